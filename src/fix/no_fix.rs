//! Why no change fixes a check.

/// Why no change fixes a check; each is a clause that a sentence can end in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoFix {
    /// AWS would not take the document as it is, for this reason.
    #[error("AWS would not take the document as it is: {0}")]
    RefusedDocument(String),
    /// With every change that is known the check still says this.
    #[error("no change that is known decides it: {0}")]
    StillSays(String),
    /// For a reason of its own.
    #[error("{0}")]
    Because(String),
}

impl<T: Into<String>> From<T> for NoFix {
    fn from(reason: T) -> Self {
        Self::Because(reason.into())
    }
}
