//! The terminal: colours, width, character set, verbosity; and the only place that prints.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;
use clap::ArgAction;
use clap::builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser};
use stc_check::render::{Detail, Screen};
use stc_check::text::sanitise;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::error::Error;
use super::parse;
use super::progress::{StatusLine, Stderr};
use super::stderr::say;

/// Options of every command.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The screen")]
pub(crate) struct Arguments {
    /// When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` count where this is `auto`
    #[arg(long, global = true, env = "STC_CHECK_COLOR", value_name = "WHEN", default_value = "auto", value_parser = colours())]
    color: ColorChoice,
    /// Show every check in full; -vv and -vvv log what is done, with operations and request ids, on stderr
    #[arg(short, long, global = true, env = "STC_CHECK_VERBOSE", action = ArgAction::Count, value_parser = parse::verbosity, conflicts_with = "quiet")]
    verbose: u8,
    /// Show only the verdict, and a line for each check that fails, warns or could not be decided
    #[arg(short, long, global = true, env = "STC_CHECK_QUIET", value_parser = BoolishValueParser::new())]
    quiet: bool,
}

fn colours() -> impl TypedValueParser<Value = ColorChoice> {
    PossibleValuesParser::new(["auto", "always", "never"]).map(|choice| match choice.as_str() {
        "always" => ColorChoice::Always,
        "never" => ColorChoice::Never,
        _ => ColorChoice::Auto,
    })
}

/// Columns where the width is not known, and the most that is comfortable to read.
const WIDTH: usize = 100;
const WIDEST: usize = 120;
const NARROWEST: usize = 40;

/// How to write to the terminal.
#[derive(Debug)]
pub(crate) struct Console {
    colour: ColorChoice,
    detail: Detail,
    logs: bool,
    unicode: bool,
}

impl Console {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        arguments.color.write_global();
        log(arguments.verbose);
        Self {
            colour: arguments.color,
            detail: match arguments.verbose {
                _ if arguments.quiet => Detail::Quiet,
                0 => Detail::Short,
                _ => Detail::Full,
            },
            logs: arguments.verbose > 1,
            unicode: locale_is_utf8(|name| std::env::var(name).ok()),
        }
    }

    /// How a text on stdout is laid out.
    pub(crate) fn screen(&self) -> Screen {
        let stdout = io::stdout();
        let colour = AutoStream::choice(&stdout) != ColorChoice::Never;
        let terminal = terminal_size::terminal_size_of(&stdout).map(|(width, _)| usize::from(width.0));
        let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width = terminal.or_else(columns).unwrap_or(WIDTH).clamp(NARROWEST, WIDEST);
        Screen { width, unicode: self.unicode, colour, detail: self.detail }
    }

    /// How a text in a file is laid out: in colour only if that was asked for.
    pub(crate) fn page(&self) -> Screen {
        let colour = matches!(self.colour, ColorChoice::Always | ColorChoice::AlwaysAnsi);
        Screen { width: WIDTH, colour, ..self.screen() }
    }

    /// Prints on stdout. A reader that went away early (`| head`) is no error.
    ///
    /// # Errors
    /// When stdout cannot be written to, as on a full disk.
    #[expect(clippy::unused_self, reason = "printing belongs to the console, whose settings shaped the text")]
    pub(crate) fn print(&self, text: &str) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::on("write to", "standard output", error))
            }
            _ => Ok(()),
        }
    }

    /// Says why nothing came of it.
    #[expect(clippy::unused_self, reason = "printing belongs to the console")]
    pub(crate) fn error(&self, error: &Error) {
        say("error:", AnsiColor::Red, &error.message);
        for line in &error.excerpt {
            anstream::eprintln!("  {}", sanitise::visible(line));
        }
        if let Some(help) = &error.help {
            say("help:", AnsiColor::Green, help);
        }
    }

    /// Says something beside the report, unless only the verdict is wanted.
    pub(crate) fn note(&self, text: &str) {
        if self.detail != Detail::Quiet {
            say("note:", AnsiColor::Cyan, text);
        }
    }

    /// Writes a line to the terminal, where stderr is one; a script's log stays empty.
    pub(crate) fn hint(&self, text: &str) {
        if io::stderr().is_terminal() {
            self.note(text);
        }
    }

    /// The line that says what is waited for.
    pub(crate) fn status_line(&self) -> StatusLine {
        let terminal = io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let where_to = match self.detail {
            Detail::Quiet => Stderr::Quiet,
            _ if terminal && !self.logs => Stderr::Terminal,
            _ => Stderr::Lines,
        };
        StatusLine::new(where_to, self.unicode)
    }
}

/// Sends our own events to stderr. Those of the SDK are left out at any verbosity: they hold what signs requests.
fn log(verbosity: u8) {
    let level = match verbosity {
        0 | 1 => return,
        2 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    let ours = tracing_subscriber::filter::Targets::new().with_target("stc_check", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(AutoStream::choice(&io::stderr()) != ColorChoice::Never)
        .with_target(false);
    let _ = tracing_subscriber::registry().with(lines).with(ours).try_init();
}

/// Whether the locale's character set is UTF-8, by the order of POSIX: `LC_ALL`, `LC_CTYPE`, `LANG`.
fn locale_is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .is_some_and(|value| value.to_lowercase().replace('-', "").contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_decides() {
        let with = |pairs: &'static [(&str, &str)]| {
            locale_is_utf8(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(&[("LANG", "en_GB.UTF-8")]));
        assert!(with(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(!with(&[]));
    }
}
