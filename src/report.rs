//! The judgement as data: what every renderer prints, and the exit code that follows from it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

mod baseline;
mod cause;
mod check_id;
mod document_name;
mod evidence;
mod headline;
mod refused_read;
pub mod selection;
mod status;
pub mod waiver;

pub use baseline::{Baseline, Direction, Earlier};
pub use cause::Cause;
pub use check_id::CheckId;
pub use document_name::DocumentName;
pub use evidence::{
    Access, Annotation, Evidence, Failure, JudgedPrincipal, StatementReference, StatementSource, Waived,
};
pub use headline::{Answer, Headline};
pub use refused_read::RefusedRead;
pub use status::{Basis, ReportVerdict, Status, Summary};

/// The name of the JSON form.
pub const SCHEMA: &str = "stc-check/report/1";

/// Which report makes the process exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// A failed check.
    #[default]
    Fail,
    /// A failed check or a warning.
    Warn,
}

/// The documents that were judged, as texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documents {
    /// The bucket policy, where one was found.
    pub bucket_policy: Option<String>,
    /// The key policy, where one was found.
    pub key_policy: Option<String>,
    /// The file that the bucket policy was read from, as typed, where it is the document and nothing else.
    pub bucket_policy_file: Option<String>,
    /// The file of the key policy, likewise.
    pub key_policy_file: Option<String>,
}

/// A document that was judged, as renderers show it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged<'a> {
    /// As annotations name it.
    pub(crate) name: StatementSource,
    pub(crate) text: &'a str,
    pub(crate) file: Option<&'a str>,
}

impl Documents {
    /// Those that were found.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Judged<'_>> {
        let texts = [
            (StatementSource::BucketPolicy, &self.bucket_policy, &self.bucket_policy_file),
            (StatementSource::KeyPolicy, &self.key_policy, &self.key_policy_file),
        ];
        texts
            .into_iter()
            .filter_map(|(name, text, file)| Some(Judged { name, text: text.as_deref()?, file: file.as_deref() }))
    }
}

/// How to fix a fail or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fix {
    /// One or two sentences, imperative.
    pub summary: String,
    /// AWS CLI commands, ready to paste; one line each.
    pub commands: Vec<String>,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckResult {
    /// Such as `policy.put-object`; an id never changes its meaning.
    #[cfg_attr(test, schemars(with = "&'static str"))]
    pub id: CheckId,
    /// What is true when it passes.
    pub title: String,
    /// The question of the vendor's FAQ that it answers.
    pub faq: Option<u8>,
    /// Whether the verdict needs it.
    pub required: bool,
    /// Its status.
    pub status: Status,
    /// How the status was determined; none on unknown and skip.
    pub basis: Option<Basis>,
    /// What is true, in a line: "Sailthru cannot upload objects".
    #[cfg_attr(test, schemars(with = "String"))]
    pub headline: Headline,
    /// One or two sentences: what is, why it matters. On unknown: what is missing and who can supply it.
    pub message: String,
    /// What it was decided from.
    pub evidence: Evidence,
    /// Where in the documents to look; where there are none, the deciding statements are shown.
    #[serde(skip)]
    pub annotations: Vec<Annotation>,
    /// On fail and warn only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// What the report of `--baseline` says of it, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Earlier>,
}

/// What was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Subject {
    /// The bucket.
    pub bucket: String,
    /// What the configuration calls the connection, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its region, where known.
    pub region: Option<String>,
    /// `joint`, `event-stream` or `data-exporter`.
    pub variant: &'static str,
    /// The key of default encryption as read, else as expected, else none.
    pub kms_key: Option<String>,
    /// Whether that key is only expected, and was not read.
    #[serde(skip)]
    pub key_is_expected: bool,
    /// Who writes.
    pub principals: Vec<String>,
}

/// When and as whom a bucket was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// When the facts were read.
    pub at: Timestamp,
    /// How long the run took; none where nothing was asked.
    pub duration: Option<Duration>,
    /// The ARN that the check ran as, where it is known.
    pub caller: Option<String>,
    /// That caller's account.
    pub account: Option<String>,
    /// The account that owns the bucket, where that is known.
    pub owner: Option<String>,
    /// Where the facts come from.
    pub source: FactSource,
}

/// Where the facts of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactSource {
    /// AWS, just now.
    Aws,
    /// A snapshot.
    Snapshot,
    /// A Terraform plan.
    TerraformPlan,
}

/// The commands that come next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextCommands {
    /// What has to be done before the commands can run: the input came on standard input, or is not shown.
    pub before: Option<String>,
    /// Prints the documents that fix what failed.
    pub fix: String,
    /// Prints the rights that the caller needs.
    pub permissions: String,
}

/// The whole judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What was judged.
    pub subject: Subject,
    /// When and as whom.
    pub run: RunFacts,
    /// The one reason why most could not be decided: expired credentials, no network.
    pub cause: Option<Cause>,
    /// What else a reader must know first, such as that a preview was judged.
    pub notice: Option<String>,
    /// The earlier report that this one is compared with.
    pub baseline: Option<Baseline>,
    /// What to run next.
    pub next: NextCommands,
    /// What became of the waivers of the configuration.
    pub waivers: Vec<waiver::Outcome>,
    /// One result a check, in the order of [`CheckId::all`].
    pub checks: Vec<CheckResult>,
    /// What the annotations point into.
    pub documents: Documents,
}

impl Report {
    /// Everything that a reader must know first, in one line each.
    pub(crate) fn notices(&self) -> impl Iterator<Item = String> {
        let before = self.next.before.as_ref().filter(|_| self.checks.iter().any(|check| check.fix.is_some()));
        let before = before.map(|before| format!("{before} before you run the commands below"));
        self.cause.iter().map(ToString::to_string).chain(self.notice.clone()).chain(before)
    }

    /// The same, and what the owners of waivers ought to know of them.
    pub(crate) fn all_notices(&self) -> Vec<String> {
        self.notices().chain(self.waiver_notices().map(str::to_owned)).collect()
    }

    /// What the owners of waivers ought to know of them.
    pub(crate) fn waiver_notices(&self) -> impl Iterator<Item = &str> {
        self.waivers.iter().filter_map(|waiver| waiver.notice.as_deref())
    }

    /// The result of a check; none where the selection leaves it out.
    #[must_use]
    pub fn check(&self, id: CheckId) -> Option<&CheckResult> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// Counts the checks by status.
    pub(crate) fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for check in &self.checks {
            *match check.status {
                Status::Pass => &mut summary.pass,
                Status::Fail => &mut summary.fail,
                Status::Warn => &mut summary.warn,
                Status::Unknown => &mut summary.unknown,
                Status::Skip => &mut summary.skip,
            } += 1;
        }
        summary
    }

    /// How many checks were judged, waived ones included.
    pub(crate) fn judged(&self) -> usize {
        self.checks.iter().filter(|check| check.status != Status::Skip || check.evidence.waived.is_some()).count()
    }

    /// `fail` if any check failed; else `unknown` if a required one is undecided, or none was judged at all; else `pass`.
    #[must_use]
    pub fn verdict(&self) -> ReportVerdict {
        let any = |test: fn(&CheckResult) -> bool| self.checks.iter().any(test);
        if any(|check| check.status == Status::Fail) {
            ReportVerdict::Fail
        } else if self.judged() == 0 || any(|check| check.required && check.status == Status::Unknown) {
            ReportVerdict::Unknown
        } else {
            ReportVerdict::Pass
        }
    }

    /// The process's exit code: 0, 1 or 3 (docs/design/interfaces.md#exit-codes). A warning counts under
    /// [`FailOn::Warn`], which changes nothing about the verdict. Where there is a baseline, only what became worse
    /// counts.
    #[must_use]
    pub fn exit(&self, fail_on: FailOn) -> u8 {
        let any = |status, required: bool| {
            let counts = |check: &&CheckResult| check.status == status && check.counts();
            self.checks.iter().filter(counts).any(|check| check.required || !required)
        };
        if any(Status::Fail, false) || (fail_on == FailOn::Warn && any(Status::Warn, false)) {
            1
        } else if self.judged() == 0 || any(Status::Unknown, true) {
            3
        } else {
            0
        }
    }
}
