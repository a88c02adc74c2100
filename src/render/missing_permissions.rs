//! Reads that were refused alike, told as one: checks that wait for permissions of the same role have one cause.

use crate::report::{CheckResult, Status};
use crate::text::list::listed;

/// What stands for the operation, and for the IAM action, in words that several checks share.
const OPERATION: &str = "\u{0}";
const ACTION: &str = "\u{1}";

/// A refused read in the words of its check, apart from what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MissingPermission {
    /// With [`OPERATION`] and [`ACTION`] in the places of these.
    words: String,
    operation: &'static str,
    action: &'static str,
}

impl MissingPermission {
    /// Where a check could not be decided because of one refused read alone, and says which action allows it.
    pub(super) fn of(check: &CheckResult) -> Option<Self> {
        let error = check.evidence.error.as_ref().filter(|_| check.status == Status::Unknown)?;
        let (operation, action) = (error.operation.name(), error.operation.iam_action()?);
        let rest = check.message.strip_prefix(operation)?.strip_prefix(" was refused (")?;
        let named = format!("`{action}`");
        if rest.contains(" was refused (") || !rest.contains(&named) {
            return None;
        }
        let words = format!("{OPERATION} refused ({}", rest.replace(&named, ACTION));
        Some(Self { words, operation, action })
    }

    /// Whether another one differs in the read alone.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.words == other.words
    }

    /// All of them in one sentence.
    pub(super) fn message(all: &[Self]) -> Option<String> {
        let mut reads: Vec<&str> = Vec::new();
        let mut actions: Vec<String> = Vec::new();
        for one in all {
            let action = format!("`{}`", one.action);
            if !reads.contains(&one.operation) {
                reads.push(one.operation);
            }
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        let verb = if reads.len() == 1 { "was" } else { "were" };
        let words = &all.first()?.words;
        Some(words.replace(OPERATION, &format!("{} {verb}", listed(&reads))).replace(ACTION, &listed(&actions)))
    }
}
