//! A report beside the one that was kept as its baseline.

use crate::report::{Baseline, Earlier, Report};

use super::Side;

impl Side {
    /// The report, with what this side says of each check: its exit code is then about what became worse.
    #[must_use]
    pub fn as_baseline_of(&self, mut report: Report) -> Report {
        for check in &mut report.checks {
            check.baseline = Some(Earlier { status: self.check(check.id.as_str()).map(|earlier| earlier.status) });
        }
        report.baseline = Some(Baseline { at: self.at.as_ref().and_then(|at| at.parse().ok()) });
        report
    }
}
