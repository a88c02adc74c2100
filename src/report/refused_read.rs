//! Reads that were refused alike, told in one sentence.

use crate::snapshot::Operation;
use crate::text::list::listed;

/// A read that was refused, perhaps for want of a permission: what a check says that waits for it, in parts, so that one
/// sentence tells of several that differ in what was read alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRead {
    /// What was read.
    pub(crate) operation: Operation,
    /// The IAM action that allows it.
    pub(crate) action: String,
    /// What AWS said, who refused, and what to do, up to the action.
    pub(crate) why: String,
    /// What follows the action.
    pub(crate) end: &'static str,
}

impl RefusedRead {
    /// Whether another one differs in the read alone.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.why, self.end) == (&other.why, other.end)
    }

    /// All of them, which are alike, as a sentence without its full stop.
    pub(crate) fn sentence(all: &[&Self]) -> String {
        let (mut reads, mut actions) = (Vec::new(), Vec::new());
        for Self { operation, action, .. } in all {
            let action = format!("`{action}`");
            if !reads.contains(&operation.name()) {
                reads.push(operation.name());
            }
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        let were = if reads.len() == 1 { "was" } else { "were" };
        let (why, end) = all.first().map_or(("", ""), |first| (&first.why, first.end));
        format!("{} {were} refused {why}{}{end}", listed(&reads), listed(&actions))
    }
}
