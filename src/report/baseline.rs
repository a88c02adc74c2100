//! An earlier report beside this one: which checks came out otherwise, and which of them count
//! (docs/design/interfaces.md#a-baseline).

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Serialize;

use super::{CheckResult, Report, Status};

/// The earlier report that this one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Baseline {
    /// When it was made, where it says so.
    pub at: Option<Timestamp>,
}

/// What the earlier report says of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Baseline"))]
pub struct Earlier {
    /// Its status there; null where that report lacks the check.
    pub status: Option<Status>,
}

impl Earlier {
    /// Its status there as a word; `none` where that report lacks the check.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.status.map_or("none", Status::as_str)
    }
}

/// Which way a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Pass or skip to anything else, a warning to unknown or fail, unknown to fail.
    Worse,
    /// The way back.
    Better,
    /// Between pass and skip, or not at all.
    Even,
    /// Only the newer side has it.
    New,
    /// Only the older side has it.
    Gone,
}

impl Direction {
    /// From the older status to the newer.
    #[must_use]
    pub fn of(before: Option<Status>, after: Option<Status>) -> Self {
        match (before, after) {
            (None, _) => Self::New,
            (_, None) => Self::Gone,
            (Some(before), Some(after)) => match after.badness().cmp(&before.badness()) {
                Ordering::Greater => Self::Worse,
                Ordering::Less => Self::Better,
                Ordering::Equal => Self::Even,
            },
        }
    }
}

impl CheckResult {
    /// Whether its status is not that of the baseline; always, where there is none.
    pub(crate) fn is_changed(&self) -> bool {
        self.baseline.is_none_or(|earlier| earlier.status != Some(self.status))
    }

    /// Whether its status counts for the exit code: where there is a baseline, only one that is worse than before.
    pub(crate) fn counts(&self) -> bool {
        self.baseline.is_none_or(|earlier| Direction::of(earlier.status, Some(self.status)) == Direction::Worse)
    }
}

impl Report {
    /// With the checks alone whose status is not that of the baseline; the whole report where there is none.
    pub(crate) fn changed(&self) -> Cow<'_, Self> {
        if self.baseline.is_none() {
            return Cow::Borrowed(self);
        }
        let mut changed = self.clone();
        changed.checks.retain(CheckResult::is_changed);
        Cow::Owned(changed)
    }

    /// How many checks failed in the baseline and still do.
    pub(crate) fn failed_before(&self) -> usize {
        let failed = |check: &&CheckResult| {
            check.status == Status::Fail && check.baseline.is_some_and(|earlier| earlier.status == Some(Status::Fail))
        };
        self.checks.iter().filter(failed).count()
    }
}
