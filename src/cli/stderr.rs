//! What is said on standard error, behind a label.

use std::io::Write;

use anstyle::AnsiColor;
use stc_check::text::sanitise;

/// Says why the command line cannot be used.
pub(super) fn say_error(text: &str) {
    say("error:", AnsiColor::Red, text);
}

/// Says something on stderr, behind a label.
pub(super) fn say(label: &str, colour: AnsiColor, text: &str) {
    let style = colour.on_default().bold();
    // Where stderr takes nothing, as on a full disk, there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{style}{label}{style:#} {}", sanitise::excerpt(text, 4_000));
}

/// Lets a fault of our own, or of a library, be said like any other error.
pub(crate) fn say_faults() {
    std::panic::set_hook(Box::new(|fault| {
        let words = fault.payload_as_str().unwrap_or("it left no words");
        let place = fault.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        say("error:", AnsiColor::Red, &format!("a fault of stc-check itself, and nothing was judged: {words}{place}"));
        say("help:", AnsiColor::Green, "report it, with the command that was typed and `stc-check --version`");
    }));
}
