//! The checks: one entry each, pure functions of a [`Case`], in the order of the report.
//!
//! Adding a check is adding one [`Requirement`] and naming it in [`ALL`].

use serde_json::Value;

use crate::connection::Connection;
use crate::live::Live;
use crate::report::{Basis, CheckResult, Evidence, Fix, Report, StatementReference, Status, Subject};
use crate::snapshot::{Fact, ReadFailure, Snapshot, operation};

pub mod bucket;
pub mod delivery;
pub mod encryption;
pub mod key;
pub mod policy;
pub mod probe;
pub mod public;
pub mod transport;

/// Where a check stands in a report for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The bucket and its policy.
    Setup,
    /// One of the four questions of the vendor's FAQ.
    Faq(u8),
    /// What becomes of the data once it is written.
    Delivery,
    /// The live upload and delete.
    Probe,
}

/// What one check looks at: what is expected, what was read, what was done.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What the owner expects.
    pub connection: &'a Connection,
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What was done live; none when a stored snapshot is judged.
    pub live: Option<&'a Live>,
}

/// One requirement of the vendor's, or of good sense.
#[derive(Debug)]
pub struct Requirement {
    /// From contracts.md; never changes its meaning.
    pub id: &'static str,
    /// The fact that holds when it passes.
    pub title: &'static str,
    /// Where it stands in a report; gives the FAQ number too.
    pub group: Group,
    /// The operations it is decided from.
    pub needs: &'static [&'static str],
    /// Whether the verdict needs it, in this case.
    pub required: fn(&Case<'_>) -> bool,
    /// The judgement itself.
    pub check: fn(&Case<'_>) -> Result<Verdict, Undecided>,
    /// What `explain` prints.
    pub explain: Explanation,
}

/// What a check means, for `stc-check explain`.
#[derive(Debug)]
pub struct Explanation {
    /// What it looks at and when it passes.
    pub what: &'static str,
    /// Why the vendor needs it, or what goes wrong without.
    pub why: &'static str,
    /// What one sees when it is broken: the symptom, an error text, an example.
    pub example: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// Pages that the rule comes from.
    pub sources: &'static [&'static str],
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How it came out.
    pub status: Status,
    /// How that was come by; dropped on unknown and skip.
    pub basis: Basis,
    /// One or two sentences: what is, why it matters.
    pub message: String,
    /// What it was decided from.
    pub evidence: Evidence,
    /// How to mend it; dropped unless fail or warn.
    pub fix: Option<Fix>,
}

/// A check that could not be decided, and what would settle it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// An operation gave no answer.
    Unreadable(ReadFailure),
    /// An operation was never asked.
    NotRead(&'static str),
}

impl Verdict {
    /// A verdict with a status and a sentence, and nothing else yet.
    pub fn new(status: Status, basis: Basis, message: impl Into<String>) -> Self {
        Self { status, basis, message: message.into(), evidence: Evidence::default(), fix: None }
    }

    /// It holds.
    pub fn pass(basis: Basis, message: impl Into<String>) -> Self {
        Self::new(Status::Pass, basis, message)
    }

    /// It does not hold; this is how to mend it.
    pub fn fail(basis: Basis, message: impl Into<String>, fix: Fix) -> Self {
        Self { fix: Some(fix), ..Self::new(Status::Fail, basis, message) }
    }

    /// Works today, but; this is how to mend it.
    pub fn warn(basis: Basis, message: impl Into<String>, fix: Fix) -> Self {
        Self { fix: Some(fix), ..Self::new(Status::Warn, basis, message) }
    }

    /// Undecided, for a reason of its own; the message says what would settle it.
    pub fn unknown(message: impl Into<String>) -> Self {
        Self::new(Status::Unknown, Basis::Read, message)
    }

    /// Does not apply here.
    pub fn skip(message: impl Into<String>) -> Self {
        Self::new(Status::Skip, Basis::Read, message)
    }

    /// Adds a detail to the evidence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.details.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the statements that decided.
    #[must_use]
    pub fn with_statements(mut self, statements: Vec<StatementReference>) -> Self {
        self.evidence.statements = Some(statements);
        self
    }

    /// Sets the condition keys that could tip it.
    #[must_use]
    pub fn with_depends_on(mut self, keys: Vec<String>) -> Self {
        self.evidence.depends_on = Some(keys);
        self
    }
}

impl Fix {
    /// Words and the commands that do it.
    pub fn new(summary: impl Into<String>, commands: Vec<String>) -> Self {
        Self { summary: summary.into(), commands }
    }
}

/// The value of a fact: none where the service said that it is not set.
///
/// # Errors
/// When the fact is not known; `operation` names it if it was never read.
pub fn read<'a, T>(fact: &'a Fact<T>, operation: &'static str) -> Result<Option<&'a T>, Undecided> {
    match fact {
        Fact::Found(value) => Ok(Some(value)),
        Fact::Absent(_) => Ok(None),
        Fact::Unreadable(failure) => Err(Undecided::Unreadable(failure.clone())),
        Fact::NotRead => Err(Undecided::NotRead(operation)),
    }
}

impl Undecided {
    /// The sentence that the report prints: what is missing and who can supply it.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::NotRead(operation) => {
                format!(
                    "{operation} was not read, so this could not be decided; run the check live, or add its answer to the snapshot"
                )
            }
            Self::Unreadable(failure) => unreadable_message(failure),
        }
    }

    fn verdict(&self) -> Verdict {
        let verdict = Verdict::unknown(self.message());
        match self {
            Self::NotRead(operation) => verdict.with("not_read", *operation),
            Self::Unreadable(failure) => {
                let mut error = serde_json::json!({
                    "operation": failure.operation, "code": failure.code, "message": failure.message,
                });
                if let (Some(id), Some(error)) = (&failure.request_id, error.as_object_mut()) {
                    error.insert("request_id".to_owned(), id.clone().into());
                }
                verdict.with("error", error)
            }
        }
    }
}

fn unreadable_message(failure: &ReadFailure) -> String {
    let ReadFailure { operation: name, code, message, .. } = failure;
    let said = if message.is_empty() { code.clone() } else { format!("{code}: {message}") };
    if failure.is_denied() {
        return match operation(name).and_then(|operation| operation.iam_action) {
            Some(action) => format!("{name} was refused ({said}): give whoever runs the check the IAM action {action}"),
            None => format!("{name} was refused ({said})"),
        };
    }
    if failure.is_throttled() {
        return format!("{name} was throttled ({said}): run the check again later");
    }
    match code.as_str() {
        ReadFailure::TIMED_OUT => {
            format!("{name} timed out ({said}): check the network, or run the check again with a longer --timeout")
        }
        ReadFailure::UNREACHABLE => {
            format!("{name} got no answer ({said}): check the network, the proxy and the endpoint")
        }
        _ => format!("{name} could not be read ({said})"),
    }
}

/// Every check, in the order of contracts.md, which is the report's.
pub static ALL: &[&Requirement] = &[];

/// Judges a case: every requirement, in the table's order.
///
/// A bucket that does not exist fails `bucket.exists`, and every other check is skipped, naming it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Report {
    let mut checks = Vec::with_capacity(ALL.len());
    let mut bucket_missing = false;
    for requirement in ALL {
        let required = (requirement.required)(case);
        let verdict = if bucket_missing {
            Verdict::skip("bucket.exists failed, so there is nothing to look at")
        } else {
            (requirement.check)(case).unwrap_or_else(|undecided| undecided.verdict())
        };
        bucket_missing |= requirement.id == bucket::EXISTS.id && verdict.status == Status::Fail;
        checks.push(requirement.result(required, verdict));
    }
    Report { subject: subject(case), notice: None, checks }
}

impl Requirement {
    /// The number of the FAQ question that it answers.
    #[must_use]
    pub fn faq(&self) -> Option<u8> {
        match self.group {
            Group::Faq(number) => Some(number),
            _ => None,
        }
    }

    fn result(&self, required: bool, verdict: Verdict) -> CheckResult {
        let Verdict { status, basis, message, evidence, fix } = verdict;
        let decided = !matches!(status, Status::Unknown | Status::Skip);
        CheckResult {
            id: self.id,
            title: self.title,
            faq: self.faq(),
            required,
            status,
            basis: decided.then_some(basis),
            message,
            evidence,
            fix: fix.filter(|_| matches!(status, Status::Fail | Status::Warn)),
        }
    }
}

/// For requirements whose verdict always counts.
#[must_use]
pub fn always(_: &Case<'_>) -> bool {
    true
}

/// For requirements whose verdict never counts.
#[must_use]
pub fn never(_: &Case<'_>) -> bool {
    false
}

fn subject(case: &Case<'_>) -> Subject {
    let Case { connection, snapshot, .. } = case;
    let expected = || connection.kms_key.as_ref().map(ToString::to_string);
    Subject {
        bucket: snapshot.bucket.clone(),
        region: snapshot.region.clone(),
        variant: connection.variant.as_str(),
        kms_key: snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone()).or_else(expected),
        principals: connection.principal_arns(),
    }
}
