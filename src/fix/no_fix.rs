//! Why no change fixes a check.

use std::fmt;

/// Why no change fixes a check; each is a clause that a sentence can end in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoFix {
    /// AWS would not take the document as it is, for this reason.
    RefusedDocument(String),
    /// With every change that is known the check still says this.
    StillSays(String),
    /// For a reason of its own.
    Because(String),
}

impl fmt::Display for NoFix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RefusedDocument(reason) => write!(formatter, "AWS would not take the document as it is: {reason}"),
            Self::StillSays(message) => write!(formatter, "no change that is known decides it: {message}"),
            Self::Because(reason) => formatter.write_str(reason),
        }
    }
}

impl From<&str> for NoFix {
    fn from(reason: &str) -> Self {
        Self::Because(reason.to_owned())
    }
}

impl From<String> for NoFix {
    fn from(reason: String) -> Self {
        Self::Because(reason)
    }
}
