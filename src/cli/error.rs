//! Why the tool could not do its work: what stderr says before exit 2.

use std::fmt::Display;

/// What was tried, what went wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    /// What was tried and what went wrong: lower case, no full stop.
    pub(crate) message: String,
    /// The lines of a file that it is about, the place underlined.
    pub(crate) excerpt: Vec<String>,
    /// What to do: an imperative, or a command to run.
    pub(crate) help: Option<String>,
    /// The exit code: 2, or 130 and 143 after a signal.
    pub(crate) exit: u8,
}

impl Error {
    /// The exit code after a fault of our own: nothing was judged.
    pub(crate) const FAULT: u8 = 2;

    /// An unusable command line or file.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), excerpt: Vec::new(), help: None, exit: 2 }
    }

    /// The work on `subject` that failed, and why.
    pub(crate) fn on(tried: &str, subject: impl Display, wrong: impl Display) -> Self {
        Self::new(format!("{tried} `{subject}`: {wrong}"))
    }

    /// Says first what it is about.
    pub(crate) fn about(self, subject: &str) -> Self {
        Self { message: format!("{subject}: {}", self.message), ..self }
    }

    /// Adds what to do.
    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
