//! What of a report is shown: `--only`, `--skip` and the waivers of the configuration, before anything is counted.

use jiff::civil::Date;

use super::waiver::{Waiver, WaiverMatch};
use super::{Basis, CheckId, CheckResult, Report, Status, Waived};

/// Which checks count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The checks to keep; empty for all.
    pub only: Vec<CheckId>,
    /// Checks that are waived; of two waivers of a check, the first that is not over.
    pub waived: Vec<Waiver>,
    /// The day of the run, in UTC, which says what is over.
    pub today: Date,
}

impl Selection {
    /// Keeps the selected checks, turns the waived ones into skips that carry their reason, and says what became of
    /// the waivers.
    ///
    /// A failed `bucket.exists` stays whatever was selected or waived: every other check is then a skip that refers to
    /// it, and a report of skips alone would read as a pass.
    #[must_use]
    pub fn apply(&self, report: Report) -> Report {
        let met = self.waived.iter().map(|waiver| self.met(waiver, &report));
        let outcomes = self.waived.iter().zip(met).filter_map(|(waiver, met)| {
            let reported = waiver.expires.is_some() || met == WaiverMatch::MissingBucket;
            reported.then(|| waiver.outcome(met, self.today))
        });
        let waivers = outcomes.collect();
        let bucket = &report.subject.bucket;
        let kept = |check: &CheckResult| self.keeps(check.id) || is_missing_bucket(check);
        let checks = report.checks.into_iter().filter(kept).map(|check| self.waive(check, bucket)).collect();
        Report { waivers, checks, ..report }
    }

    /// Whether a check is shown and not waived: what is done for it alone is not done otherwise.
    #[must_use]
    pub fn wants(&self, id: CheckId, bucket: &str) -> bool {
        self.keeps(id) && self.waiver(id, bucket).is_none()
    }

    /// Whether a check was selected.
    #[must_use]
    pub fn keeps(&self, id: CheckId) -> bool {
        self.only.is_empty() || self.only.contains(&id)
    }

    /// The waiver of a check that counts.
    fn waiver(&self, id: CheckId, bucket: &str) -> Option<&Waiver> {
        let of_bucket = |waiver: &&Waiver| waiver.bucket.as_deref().is_none_or(|name| name == bucket);
        self.waived.iter().filter(of_bucket).find(|waiver| waiver.id == id && !waiver.is_expired(self.today))
    }

    fn met(&self, waiver: &Waiver, report: &Report) -> WaiverMatch {
        let bucket = &report.subject.bucket;
        let check = report.checks.iter().find(|check| check.id == waiver.id);
        match check {
            _ if waiver.bucket.as_ref().is_some_and(|name| name != bucket) => WaiverMatch::NoBucket,
            Some(check) if is_missing_bucket(check) => WaiverMatch::MissingBucket,
            _ if report.checks.iter().any(is_missing_bucket) => WaiverMatch::Nothing,
            Some(check) if self.keeps(check.id) => match self.waiver(check.id, bucket) {
                Some(other) if other != waiver => WaiverMatch::OtherWaiver,
                _ => WaiverMatch::Check(check.status),
            },
            _ => WaiverMatch::LeftOut,
        }
    }

    fn waive(&self, mut check: CheckResult, bucket: &str) -> CheckResult {
        let Some(waiver) = self.waiver(check.id, bucket).filter(|_| !is_missing_bucket(&check)) else { return check };
        let Waiver { reason, expires, .. } = waiver;
        let message = waiver.message(check.status);
        check.evidence.waived = Some(Waived {
            reason: reason.clone(),
            expires: expires.map(|last| last.to_string()),
            status: check.status,
            message: std::mem::replace(&mut check.message, message),
        });
        check.status = Status::Skip;
        check.basis = None::<Basis>;
        check.fix = None;
        check
    }
}

fn is_missing_bucket(check: &CheckResult) -> bool {
    check.id == CheckId::BucketExists && check.status == Status::Fail
}
