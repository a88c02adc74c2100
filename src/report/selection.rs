//! What of a report is shown: `--only` and `--skip`, before anything is counted.

use super::{Basis, CheckResult, Report, Status};

/// Which checks count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Ids of the checks to keep; empty for all.
    pub only: Vec<String>,
    /// Checks that are waived.
    pub waived: Vec<Waiver>,
}

/// A check that its owner chose not to have judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The check's id.
    pub id: String,
    /// Why, in the owner's words.
    pub reason: String,
}

impl Selection {
    /// Keeps the selected checks and turns the waived ones into skips that carry their reason.
    ///
    /// A failed `bucket.exists` stays whatever was selected: every other check is then a skip that refers to it, and
    /// a report of skips alone would read as a pass.
    #[must_use]
    pub fn apply(&self, report: Report) -> Report {
        let kept = |check: &CheckResult| {
            self.only.is_empty()
                || self.only.iter().any(|id| id == check.id)
                || (check.id == "bucket.exists" && check.status == Status::Fail)
        };
        let checks = report.checks.into_iter().filter(kept).map(|check| self.waive(check)).collect();
        Report { checks, ..report }
    }

    fn waive(&self, mut check: CheckResult) -> CheckResult {
        if let Some(waiver) = self.waived.iter().find(|waiver| waiver.id == check.id) {
            check.status = Status::Skip;
            check.basis = None::<Basis>;
            check.message = format!("waived: {}", waiver.reason);
            check.fix = None;
        }
        check
    }
}
