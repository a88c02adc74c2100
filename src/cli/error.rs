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

    /// What could not be done with `subject`, and why: "cannot read `policy.json`: no such file or directory".
    pub(crate) fn on(tried: &str, subject: impl Display, wrong: impl Display) -> Self {
        Self::new(format!("cannot {tried} `{subject}`: {}", without_number(&wrong.to_string())))
    }

    /// Two options that cannot both be meant.
    pub(crate) fn contradiction(one: &str, other: &str, why: &str) -> Self {
        Self::new(format!("`{one}` contradicts `{other}`: {why}")).help("leave one of them out")
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

/// An error of the system in a sentence: without its number, which says nothing more, and without its capital.
fn without_number(wrong: &str) -> String {
    let Some((words, _)) = wrong.rsplit_once(" (os error ") else { return wrong.to_owned() };
    let mut characters = words.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_said_in_a_sentence() {
        let missing = std::io::Error::from_raw_os_error(2);
        let said = Error::on("read", "policy.json", missing).message;
        assert!(said.starts_with("cannot read `policy.json`: ") && !said.contains("os error"), "{said}");
        assert_eq!(Error::on("read", "x", "It is a file").message, "cannot read `x`: It is a file");
    }
}
