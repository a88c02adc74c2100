//! One cause told once: which checks a report tells of together, and in which order.

use std::fmt;

use super::wording::was;
use crate::report::{CheckId, CheckResult, Report, Status};
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
    let kms: Vec<&CheckResult> = passed.iter().copied().filter(|check| is_kms(check)).collect();
    let together = kms.len() == KmsAction::ALL.len();
    let mut found = Vec::new();
    for check in passed {
        match kms.first() {
            Some(first) if together && is_kms(check) => {
                if first.id == check.id {
                    found.extend(lines(&kms));
                }
            }
            _ => found.extend(lines(&[check])),
        }
    }
    found
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
        || (statements.is_some()
            && one.evidence.statements == other.evidence.statements
            && one.evidence.depends_on == other.evidence.depends_on)
}

fn is_kms(check: &CheckResult) -> bool {
    matches!(check.id, CheckId::Kms(_))
}

fn lines(checks: &[&CheckResult]) -> Vec<Line> {
    let ids = |checks: &[&CheckResult]| checks.iter().map(|check| Id::of(check)).collect::<Vec<_>>();
    let headlines: Vec<&str> = checks.iter().map(|check| check.headline.as_str()).collect();
    if let [first, _, ..] = headlines.as_slice() {
        let all_of_kms = checks.len() == KmsAction::ALL.len() && checks.iter().all(|check| is_kms(check));
        let joined = if all_of_kms { of_the_key(first) } else { joined(&headlines) };
        if let Some(headline) = joined {
            let mut ids = ids(checks);
            if all_of_kms && ids.iter().all(|id| ids.first().is_some_and(|first| first.was == id.was)) {
                ids.truncate(1);
                for id in &mut ids {
                    id.id = "kms (all seven permissions)";
                }
            }
            return vec![Line { headline, ids }];
        }
    }
    checks.iter().map(|check| Line { headline: check.headline.clone(), ids: vec![Id::of(check)] }).collect()
}

/// "Sailthru cannot decrypt with your KMS key" as all seven permissions share it.
fn of_the_key(headline: &str) -> Option<String> {
    let (who, end) = verb(headline)?;
    Some(format!("{who}use your KMS key{end}"))
}

/// "Sailthru cannot " of a headline, and the question mark after it.
fn verb(headline: &str) -> Option<(&str, &str)> {
    let end = if headline.ends_with('?') { "?" } else { "" };
    for verb in [" cannot ", " can "] {
        if let Some(at) = headline.find(verb) {
            return Some((headline.get(..at + verb.len())?, end));
        }
    }
    let rest = headline.strip_prefix("Can ")?;
    let name = rest.find(' ')? + 1;
    Some((headline.get(.."Can ".len() + name)?, end))
}

/// Headlines that only differ in what Sailthru can do, as one.
fn joined(headlines: &[&str]) -> Option<String> {
    let (who, end) = verb(headlines.first()?)?;
    let deeds: Vec<&str> =
        headlines.iter().map(|headline| headline.strip_prefix(who)?.strip_suffix(end)).collect::<Option<_>>()?;
    let (last, others) = deeds.split_last()?;
    let word = if who.ends_with(" can ") { "and" } else { "or" };
    Some(format!("{who}{} {word} {last}{end}", others.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_of_one_kind_are_joined() {
        let joined = |headlines: &[&str]| joined(headlines).unwrap_or_default();
        assert_eq!(
            joined(&["Sailthru cannot list your bucket", "Sailthru cannot upload objects"]),
            "Sailthru cannot list your bucket or upload objects"
        );
        assert_eq!(joined(&["Can Sailthru a?", "Can Sailthru b?", "Can Sailthru c?"]), "Can Sailthru a, b or c?");
        assert_eq!(joined(&["Your bucket exists", "Sailthru can list your bucket"]), "");
        assert_eq!(of_the_key("Sailthru can decrypt").as_deref(), Some("Sailthru can use your KMS key"));
        assert_eq!(of_the_key("Can `role/x` decrypt?").as_deref(), Some("Can `role/x` use your KMS key?"));
    }
}
