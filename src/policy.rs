//! The policy evaluator: what a resource policy says of a request of which not everything is known.
//!
//! Documents are read strictly ([`Document`]), a request carries what is known, absent and unknown ([`Request`]), and
//! [`decide()`] answers by Kleene's three-valued logic: an answer that is decided stays the same whatever the unknown
//! turns out to be.

mod address;
mod callers;
mod candidates;
mod case;
pub(crate) mod condition;
pub(crate) mod context;
mod decide;
pub(crate) mod document;
mod explore;
pub mod gain;
pub(crate) mod glob;
pub mod json;
mod kinship;
mod kms_actions;
pub mod nearest;
mod operand;
mod operator;
pub(crate) mod pattern;
pub(crate) mod principal;
pub(crate) mod public;
pub(crate) mod request;
pub(crate) mod save_time;
mod search;
pub mod simulate;
mod targets;
mod texts;
mod value;
mod walk;
pub(crate) mod weigh;
pub mod witness;

pub use context::{Context, Foreign, KeyState};
pub use decide::decide;
pub(crate) use decide::decide_granted;
pub use document::{Document, DocumentKind, Effect, InvalidDocument, Statement};
pub use nearest::{NearestMiss, nearest_miss};
pub use principal::Principal;
pub use request::{Request, Target};
pub use weigh::{Decision, Outcome};

/// Whether a name is one of IAM's condition operators, with whatever it may be prefixed and ended.
pub(crate) fn is_operator(name: &str) -> bool {
    operator::Operator::parse(name).is_some()
}

/// A table that is part of the program, from its JSON; a test of each finds that it is read.
pub(crate) fn table<T: serde::de::DeserializeOwned + Default>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}

/// A truth value of Kleene's logic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tri {
    /// Surely not.
    False,
    /// Perhaps.
    Unknown,
    /// Surely.
    True,
}

impl Tri {
    /// True where both are, false where either is.
    pub(crate) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// The same, where the other is looked at only if it matters.
    pub(crate) fn and_then(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::False { self } else { self.and(other()) }
    }

    /// True where either is, false where both are.
    pub(crate) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The same where the two agree, else unknown.
    pub(crate) fn agree(self, other: Self) -> Self {
        if self == other { self } else { Self::Unknown }
    }

    /// True where at least one of them is; false of none.
    pub(crate) fn any(values: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for value in values {
            result = result.or(value);
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// True where each of them is; true of none.
    pub(crate) fn all(values: impl IntoIterator<Item = Self>) -> Self {
        !Self::any(values.into_iter().map(|value| !value))
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
