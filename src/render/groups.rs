//! Each cause once: which checks a report shows together, and in which order.

use std::fmt;

use super::wording::was;
use crate::report::{CheckId, CheckResult, Fix, Headline, RefusedRead, Report, Status};
use crate::vendor::KmsAction;

/// Checks that one cause explains.
#[derive(Debug, Clone)]
pub(super) struct Group<'a> {
    /// At least one, in the report's order.
    pub(super) checks: Vec<&'a CheckResult>,
}

/// A line of a report: what is true, and of which checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) headline: String,
    pub(super) ids: Vec<Id>,
}

/// A check by its id, and what it was in the baseline where that is something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id {
    pub(super) id: &'static str,
    pub(super) was: String,
}

impl Id {
    pub(super) fn of(check: &CheckResult) -> Self {
        Self { id: check.id.as_str(), was: was(check) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.id, self.was)
    }
}

impl<'a> Group<'a> {
    pub(super) fn first(&self) -> Option<&'a CheckResult> {
        self.checks.first().copied()
    }

    /// What fixes it.
    pub(super) fn fix(&self) -> Option<&'a Fix> {
        self.first()?.fix.as_ref()
    }

    /// What the checks say together: of reads that were refused alike, one sentence about all of them.
    pub(super) fn message(&self) -> String {
        let refused: Option<Vec<&RefusedRead>> = self.checks.iter().map(|check| refused(check)).collect();
        match refused {
            Some(refused) => RefusedRead::sentence(&refused) + ".",
            None => self.first().map(|check| check.message.clone()).unwrap_or_default(),
        }
    }

    pub(super) fn status(&self) -> Status {
        self.first().map_or(Status::Skip, |check| check.status)
    }

    /// The headlines, those of one kind joined into one.
    pub(super) fn lines(&self) -> Vec<Line> {
        lines(&self.checks)
    }
}

/// What failed, then what a verdict lacks, then warnings, then what else could not be decided. What the cause at the head of
/// the report explains is left out.
pub(super) fn problems(report: &Report) -> Vec<Group<'_>> {
    let of_rank = |rank: u8| {
        let checks = report.checks.iter().filter(move |check| self::rank(check) == Some(rank));
        checks.filter(|check| !is_explained(report, check))
    };
    grouped((0..4).flat_map(of_rank), is_same_cause)
}

/// Checks together that are of one kind, each kind where its first check is.
fn grouped<'a>(
    checks: impl Iterator<Item = &'a CheckResult>,
    is_same: impl Fn(&CheckResult, &CheckResult) -> bool,
) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for check in checks {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_same(first, check))) {
            Some(group) => group.checks.push(check),
            None => groups.push(Group { checks: vec![check] }),
        }
    }
    groups
}

/// Whether the cause at the head of the report says why a check could not be decided.
pub(super) fn is_explained(report: &Report, check: &CheckResult) -> bool {
    let Some(cause) = report.cause.as_ref().filter(|_| check.status == Status::Unknown) else { return false };
    error(check).is_none_or(|(_, code)| cause.codes.contains(&code))
}

/// Checks that passed, a line each; the permissions on the key share one where all of them passed.
pub(super) fn passed(report: &Report) -> Vec<Line> {
    let passed: Vec<&CheckResult> = report.checks.iter().filter(|check| check.status == Status::Pass).collect();
    a_line_each(&passed)
}

/// Checks that were skipped, together where they have one reason.
pub(super) fn skipped(report: &Report) -> Vec<Group<'_>> {
    let skipped = report.checks.iter().filter(|check| check.status == Status::Skip);
    grouped(skipped, |one, other| one.message == other.message)
}

/// The operation and the error code that left a check undecided.
pub(super) fn error(check: &CheckResult) -> Option<(&str, &str)> {
    let error = check.evidence.error.as_ref().filter(|_| check.status == Status::Unknown)?;
    Some((error.operation.name(), &error.code))
}

/// The one refused read that left a check undecided.
fn refused(check: &CheckResult) -> Option<&RefusedRead> {
    check.evidence.refused.as_ref().filter(|_| check.status == Status::Unknown)
}

fn rank(check: &CheckResult) -> Option<u8> {
    match check.status {
        Status::Fail => Some(0),
        Status::Unknown if check.required => Some(1),
        Status::Warn => Some(2),
        Status::Unknown => Some(3),
        Status::Pass | Status::Skip => None,
    }
}

fn is_same_cause(one: &CheckResult, other: &CheckResult) -> bool {
    if rank(one) != rank(other) {
        return false;
    }
    let statements = one.evidence.statements.as_ref().filter(|statements| !statements.is_empty());
    one.message == other.message
        || (one.fix.is_some() && one.fix == other.fix)
        || (error(one).is_some() && error(one) == error(other))
        || refused(one).zip(refused(other)).is_some_and(|(one, other)| one.is_like(other))
        || (statements.is_some()
            && one.evidence.statements == other.evidence.statements
            && one.evidence.depends_on == other.evidence.depends_on)
}

fn is_kms(check: &CheckResult) -> bool {
    matches!(check.id, CheckId::Kms(_))
}

/// A line for all checks whose headlines are of one kind; else a line a check.
fn lines(checks: &[&CheckResult]) -> Vec<Line> {
    joined(checks).map_or_else(|| a_line_each(checks), |line| vec![line])
}

/// A line a check, and one for all permissions on the key.
fn a_line_each(checks: &[&CheckResult]) -> Vec<Line> {
    let kms: Vec<&CheckResult> = checks.iter().copied().filter(|check| is_kms(check)).collect();
    let of_the_key = joined(&kms).filter(|_| kms.len() == KmsAction::ALL.len());
    let mut lines = Vec::new();
    for check in checks {
        match (&of_the_key, kms.first()) {
            (Some(line), Some(first)) if is_kms(check) => lines.extend((first.id == check.id).then(|| line.clone())),
            _ => lines.push(Line { headline: check.headline.to_string(), ids: vec![Id::of(check)] }),
        }
    }
    lines
}

/// The line of checks whose headlines differ only in what is done.
fn joined(checks: &[&CheckResult]) -> Option<Line> {
    let headline = Headline::joined(checks.iter().map(|check| &check.headline))?;
    let ids: Vec<Id> = checks.iter().map(|check| Id::of(check)).collect();
    let all_of_kms = checks.len() == KmsAction::ALL.len() && checks.iter().all(|check| is_kms(check));
    Some(match headline {
        Headline::Ability { who, answer, .. } if all_of_kms => {
            let headline = Headline::Ability { who, answer, tasks: vec!["use your KMS key"] };
            Line { headline: headline.to_string(), ids: of_the_key(ids) }
        }
        headline => Line { headline: headline.to_string(), ids },
    })
}

/// The ids of all seven permissions on the key: one name for all of them, where the baseline says the same of each.
fn of_the_key(mut ids: Vec<Id>) -> Vec<Id> {
    if ids.iter().all(|id| ids.first().is_some_and(|first| first.was == id.was)) {
        ids.truncate(1);
        for id in &mut ids {
            id.id = "kms (all seven permissions)";
        }
    }
    ids
}
