//! What a check comes to: a verdict, or what is missing for one.

use serde_json::Value;

use super::Case;
use super::missing::Missing;
use super::refusals::{refused_read, unreadable};
use crate::report::{Access, Annotation, Basis, Evidence, Fix, JudgedPrincipal, StatementReference, Status};
use crate::snapshot::{Fact, Gap, Operation, ReadFailure};
use crate::vendor::{Need, Writer};

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Its status.
    pub status: Status,
    /// How the status was determined; dropped on unknown and skip.
    pub basis: Basis,
    /// One or two sentences: what is, why it matters.
    pub message: String,
    /// What it was decided from.
    pub evidence: Evidence,
    /// Where in the documents to look.
    pub annotations: Vec<Annotation>,
    /// How to fix it; dropped unless fail or warn.
    pub fix: Option<Fix>,
    /// Whether what a warning is about works today.
    pub works: bool,
}

/// Why a check has no verdict of its own: it does not apply, or something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Undecided {
    /// It does not apply here, for this reason.
    Skip(String),
    /// An operation gave no answer.
    Unreadable(ReadFailure),
    /// An operation was never asked.
    NotRead(Operation),
    /// Something that is no answer of AWS.
    Missing(Missing),
    /// More than one answer is missing, each of which could decide it.
    Several(Vec<Undecided>),
}

/// What it comes to where something is missing that the vendor needs so much.
pub(super) fn unmet(need: Need) -> Status {
    match need {
        Need::Required => Status::Fail,
        Need::Recommended => Status::Warn,
    }
}

impl Verdict {
    /// A verdict with a status and a sentence, and nothing else yet.
    pub(crate) fn new(status: Status, basis: Basis, message: impl Into<String>) -> Self {
        Self {
            status,
            basis,
            message: message.into(),
            evidence: Evidence::default(),
            annotations: Vec::new(),
            fix: None,
            works: false,
        }
    }

    /// It holds.
    pub(crate) fn pass(basis: Basis, message: impl Into<String>) -> Self {
        Self::new(Status::Pass, basis, message)
    }

    /// It does not hold; this is how to fix it.
    pub(crate) fn fail(basis: Basis, message: impl Into<String>, fix: Fix) -> Self {
        Self::broken(Status::Fail, basis, message, fix)
    }

    /// Works today, but; this is how to fix it.
    pub(crate) fn warn(basis: Basis, message: impl Into<String>, fix: Fix) -> Self {
        Self::broken(Status::Warn, basis, message, fix)
    }

    /// A fail or a warning; this is how to fix it.
    pub(super) fn broken(status: Status, basis: Basis, message: impl Into<String>, fix: Fix) -> Self {
        Self { fix: Some(fix), ..Self::new(status, basis, message) }
    }

    /// A warning of something that Sailthru can do, and may not be able to for long.
    pub(super) fn works_for_now(message: impl Into<String>, fix: Fix) -> Self {
        Self { works: true, ..Self::warn(Basis::Evaluated, message, fix) }
    }

    /// Undecided, for a reason of its own; the message says what would decide it.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::new(Status::Unknown, Basis::Read, message)
    }

    /// Does not apply here.
    pub(crate) fn skip(message: impl Into<String>) -> Self {
        Self::new(Status::Skip, Basis::Read, message)
    }

    /// Adds a detail to the evidence.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.details.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the answer of AWS that decided it, or left it undecided.
    pub(crate) fn with_error(mut self, failure: &ReadFailure) -> Self {
        self.evidence.error = Some(failure.into());
        self
    }

    /// Sets the principal that decided, and what its request was made to.
    pub(super) fn with_principal(mut self, principal: &Writer, resource: Option<&str>) -> Self {
        self.evidence.principal = Some(principal.to_string());
        self.evidence.resource = resource.map(str::to_owned);
        self
    }

    /// Sets the IAM action that was judged, and the decision for each principal.
    pub(super) fn with_access(mut self, action: &'static str, judged: Vec<JudgedPrincipal>) -> Self {
        self.evidence.access = Some(Access { action, judged });
        self
    }

    /// Sets the statements that decided.
    pub(crate) fn with_statements(mut self, statements: Vec<StatementReference>) -> Self {
        self.evidence.statements = Some(statements);
        self
    }

    /// Sets the statements and the condition keys to none, where nothing was said of them.
    pub(super) fn with_empty_lists(mut self) -> Self {
        self.evidence.statements.get_or_insert_default();
        self.evidence.depends_on.get_or_insert_default();
        self
    }

    /// Sets the condition keys that could tip it.
    pub(crate) fn with_depends_on(mut self, keys: Vec<String>) -> Self {
        self.evidence.depends_on = Some(keys);
        self
    }
}

impl Fix {
    /// Words and the commands that do it.
    pub(crate) fn new(summary: impl Into<String>, commands: Vec<String>) -> Self {
        Self { summary: summary.into(), commands }
    }
}

/// The value of a fact: none where the service said that it is not set.
///
/// # Errors
/// When the fact is not known; `operation` names it if it was never read.
pub(crate) fn read<T>(fact: &Fact<T>, operation: Operation) -> Result<Option<&T>, Undecided> {
    match fact {
        Fact::Found(value) => Ok(Some(value)),
        Fact::Absent(_) => Ok(None),
        Fact::Unreadable(failure) => Err(Undecided::Unreadable(failure.clone())),
        Fact::NotRead => Err(Undecided::NotRead(operation)),
    }
}

impl From<Gap<'_>> for Undecided {
    fn from(gap: Gap<'_>) -> Self {
        match gap {
            Gap::Failed(failure) => Self::Unreadable(failure.clone()),
            Gap::NotRead(operation) => Self::NotRead(operation),
        }
    }
}

impl Undecided {
    /// The sentence that the report prints: what is missing and who can supply it.
    pub(crate) fn message(&self, case: &Case<'_>) -> String {
        match self {
            Self::NotRead(operation) => {
                format!("{operation} was not read. Run the check live, or add its answer to the snapshot")
            }
            Self::Unreadable(failure) => match failure.code.as_str() {
                ReadFailure::KNOWN_AFTER_APPLY | ReadFailure::NOT_IN_PLAN => not_planned(failure),
                _ => unreadable(case, failure),
            },
            Self::Missing(missing) => missing.to_string(),
            Self::Skip(reason) => reason.clone(),
            Self::Several(missing) => missing.iter().map(|one| one.message(case)).collect::<Vec<_>>().join(". "),
        }
    }

    pub(super) fn verdict(&self, case: &Case<'_>) -> Verdict {
        let mut verdict = match self {
            Self::Skip(reason) => return Verdict::skip(reason.as_str()),
            _ => self.add_to(Verdict::unknown(self.message(case))),
        };
        if let Self::Unreadable(failure) = self {
            verdict.evidence.refused = refused_read(case, failure);
        }
        verdict
    }

    pub(super) fn add_to(&self, mut verdict: Verdict) -> Verdict {
        match self {
            Self::NotRead(operation) => verdict.evidence.not_read = Some(*operation),
            Self::Unreadable(failure) => verdict.evidence.error = Some(failure.into()),
            Self::Missing(_) | Self::Skip(_) => {}
            Self::Several(missing) => return missing.iter().fold(verdict, |verdict, one| one.add_to(verdict)),
        }
        verdict
    }
}

/// What a Terraform plan does not tell, and what does.
fn not_planned(failure: &ReadFailure) -> String {
    let ReadFailure { operation, code, message, .. } = failure;
    let open = match message.as_str() {
        "" => format!("the Terraform plan does not say what {operation} will answer"),
        message => message.to_owned(),
    };
    let document = match *operation {
        Operation::GetBucketPolicy | Operation::GetBucketPolicyStatus => {
            "give the policy with --bucket-policy FILE, or "
        }
        Operation::GetKeyPolicy => "give the policy with --key-policy FILE, or ",
        _ => "",
    };
    let when = if code == ReadFailure::KNOWN_AFTER_APPLY { "once it is applied" } else { "live" };
    format!("{open}; {document}check the bucket {when}")
}
