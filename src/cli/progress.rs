//! The line on a terminal that says what a run waits for, and changes in place.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use stc_check::text::sanitise;

use super::stderr::say;

/// How often the line is drawn anew.
pub(super) const TICK: Duration = Duration::from_millis(200);

/// A run that is quicker than this shows no line.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many operations are named that a run waits for.
const NAMED: usize = 3;

/// What can be said on standard error beside the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stderr {
    /// A line that changes in place: it is a terminal, and no logs go there.
    Terminal,
    /// Whole lines.
    Lines,
    /// Nothing: only the verdict is wanted.
    Quiet,
}

/// One line on stderr that changes in place; only on a terminal.
#[derive(Debug)]
pub(crate) struct StatusLine {
    where_to: Stderr,
    unicode: bool,
    shown: bool,
    drawn: usize,
}

impl StatusLine {
    pub(super) fn new(where_to: Stderr, unicode: bool) -> Self {
        Self { where_to, unicode, shown: false, drawn: 0 }
    }

    /// Shows this text in place of the one before.
    pub(crate) fn show(&mut self, text: &str) {
        if self.where_to != Stderr::Terminal {
            return;
        }
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(80, |(width, _)| usize::from(width.0));
        let text: String = sanitise::visible(text).chars().take(width.saturating_sub(1)).collect();
        self.write(&format!("\r\x1b[K{text}"));
        self.shown = true;
    }

    /// Shows what a run waits for, once it takes longer than a second: answers, or the next look.
    pub(crate) fn progress(&mut self, begun: Instant, waiting: &[&str], pause: Option<(&str, Duration)>) {
        let elapsed = begun.elapsed();
        let text = match (waiting, pause) {
            _ if elapsed < PATIENCE => return,
            ([], Some((next, left))) => format!("{next} in {} s", left.as_secs() + 1),
            ([], None) => return,
            (waiting, _) => waiting_for(waiting),
        };
        let spinner = self.spinner();
        self.show(&format!("{spinner} {} s  {text}", elapsed.as_secs()));
    }

    /// Says something that stays, in a pipe too.
    pub(crate) fn announce(&mut self, text: &str) {
        self.clear();
        if self.where_to != Stderr::Quiet {
            say("waiting:", AnsiColor::Cyan, text);
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&mut self) {
        if self.shown {
            self.write("\r\x1b[K");
            self.shown = false;
        }
    }

    /// A sign that moves, so that a run that waits does not look like one that hangs.
    fn spinner(&mut self) -> char {
        const ROUND: [char; 8] = ['⣾', '⣽', '⣻', '⢿', '⡿', '⣟', '⣯', '⣷'];
        const ASCII: [char; 4] = ['|', '/', '-', '\\'];
        self.drawn += 1;
        let signs: &[char] = if self.unicode { &ROUND } else { &ASCII };
        signs.get(self.drawn % signs.len()).copied().unwrap_or(' ')
    }

    #[expect(clippy::unused_self, reason = "only the line moves the cursor")]
    fn write(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

/// "waiting for s3:GetBucketAcl and s3:GetBucketEncryption".
fn waiting_for(operations: &[&str]) -> String {
    let named = operations.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match operations.len().saturating_sub(NAMED) {
        0 => format!("waiting for {named}"),
        more => format!("waiting for {named} and {more} more"),
    }
}
