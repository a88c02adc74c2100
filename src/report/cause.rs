//! The one reason behind many failures, said once.

use std::fmt;

/// Why most of a run could not be decided, although the bucket may be fine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What is wrong: "Your AWS credentials have expired".
    pub headline: String,
    /// How it showed: the operation, the code, AWS's words.
    pub detail: String,
    /// What to do about it: a clause.
    pub advice: String,
    /// The command that does it, where one does.
    pub command: Option<String>,
    /// The error codes that it explains.
    pub codes: Vec<&'static str>,
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}; {}", self.headline, self.detail.trim_end_matches('.'), self.advice)
    }
}
