//! The checks: one entry each, pure functions of a [`Case`], in the order of the report.
//!
//! Adding a check is adding its [`CheckId`] and one [`Check`]; the compiler asks for the rest.

use crate::report::{
    CheckId, CheckResult, Documents, FactSource, Fix, NextCommands, Report, RunFacts, Status, Subject,
};
use crate::snapshot::{Fact, Operation, PolicyText, Snapshot};
use crate::vendor::{Need, VariantRules};

mod access;
mod bucket;
mod case;
pub(crate) mod cause;
mod data;
mod delivery;
pub(crate) mod document;
mod encryption;
mod entry;
mod flaw;
mod header_demand;
pub(crate) mod key;
mod key_policy;
mod missing;
mod organization;
pub(crate) mod policy;
mod probe;
mod public;
pub(crate) mod refusals;
mod repair;
pub(crate) mod saving;
mod tls_only;
mod transport;
mod verdict;
mod wording;
mod writer;

pub use case::Case;
pub use entry::{Check, Explanation, Group, Headlines};
pub(crate) use missing::Missing;
pub(crate) use repair::Repair;
pub(crate) use verdict::{Undecided, Verdict, read};

/// The entry of a check.
#[must_use]
pub fn entry(id: CheckId) -> &'static Check {
    match id {
        CheckId::BucketExists => &bucket::EXISTS,
        CheckId::BucketPartition => &bucket::PARTITION_OF_VENDOR,
        CheckId::BucketRegionEnabled => &bucket::REGION_ENABLED,
        CheckId::BucketOwner => &bucket::OWNER,
        CheckId::PolicyDocument => &document::DOCUMENT,
        CheckId::PolicyListBucket => &writer::LIST_BUCKET,
        CheckId::PolicyPutObject => &writer::PUT_OBJECT,
        CheckId::PolicyDeleteObject => &writer::DELETE_OBJECT,
        CheckId::PolicyTlsOnly => &tls_only::TLS_ONLY,
        CheckId::TransportTls => &transport::TLS,
        CheckId::TransportHttpDenied => &transport::HTTP_DENIED,
        CheckId::EncryptionDefault => &encryption::DEFAULT,
        CheckId::EncryptionNoHeaderDemand => &header_demand::NO_HEADER_DEMAND,
        CheckId::EncryptionKeyArn => &encryption::KEY_ARN,
        CheckId::KmsKeyUsable => &key::USABLE,
        CheckId::Kms(action) => key_policy::entry(action),
        CheckId::KmsPolicyDocument => &key_policy::DOCUMENT,
        CheckId::KmsPolicyScope => &key_policy::POLICY_SCOPE,
        CheckId::PublicAccessBlock => &public::ACCESS_BLOCK,
        CheckId::PublicPolicy => &public::POLICY,
        CheckId::PublicAcl => &public::ACL,
        CheckId::DeliveryOwnership => &delivery::OWNERSHIP,
        CheckId::DeliveryRequesterPays => &delivery::REQUESTER_PAYS,
        CheckId::DeliveryObjectLock => &delivery::OBJECT_LOCK,
        CheckId::ProbeLeftover => &probe::LEFTOVER,
        CheckId::ProbeUpload => &probe::UPLOAD,
        CheckId::ProbeEncrypted => &probe::ENCRYPTED,
        CheckId::ProbeDelete => &probe::DELETE,
        CheckId::OrganizationRcp => &organization::RCP,
        CheckId::DataFlowing => &data::FLOWING,
        CheckId::DataEncrypted => &data::ENCRYPTED,
        CheckId::VendorSeen => &data::VENDOR_SEEN,
    }
}

/// Every check, in the order of the report.
pub fn all() -> impl Iterator<Item = &'static Check> {
    CheckId::all().map(entry)
}

/// Judges a case: every check, in the order of the report.
///
/// A bucket that does not exist fails `bucket.exists`, and every other check is skipped, naming it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Report {
    judge_with(case, |_| None)
}

/// Judges a case that differs from one that was judged by the answers to these operations alone: the checks that need none of
/// them say what they said.
pub(crate) fn judge_anew(case: &Case<'_>, before: &Report, changed: &[Operation]) -> Report {
    judge_with(case, |check| before.check(check.id).filter(|_| !check.needs.iter().any(|need| changed.contains(need))))
}

fn judge_with<'r>(case: &Case<'_>, said: impl Fn(&Check) -> Option<&'r CheckResult>) -> Report {
    let mut results = Vec::new();
    let mut bucket_missing = false;
    let watched = case.connection.data.as_ref().map(|data| data.watched);
    let asked = |check: &&Check| match watched {
        None => check.group != Group::Data,
        Some(false) => true,
        Some(true) => check.group == Group::Data || check.id == CheckId::BucketExists,
    };
    for check in all().filter(asked) {
        if let Some(result) = said(check) {
            bucket_missing |= check.id == CheckId::BucketExists && result.status == Status::Fail;
            results.push(result.clone());
            continue;
        }
        let waited_for = watched == Some(true) && check.id == CheckId::DataFlowing;
        let required = waited_for || (check.need)(case.connection.variant.rules()) == Need::Required;
        let verdict = if bucket_missing {
            Verdict::skip("bucket.exists failed, so there is nothing to look at")
        } else {
            (check.judge)(case).unwrap_or_else(|undecided| undecided.verdict(case))
        };
        let verdict = if check.judges_policies() { verdict.with_empty_lists() } else { verdict };
        bucket_missing |= check.id == CheckId::BucketExists && verdict.status == Status::Fail;
        results.push(check.result(case, required, verdict));
    }
    if watched == Some(true) && !bucket_missing {
        results.retain(|result| result.id != CheckId::BucketExists);
    }
    let Case { connection, snapshot, .. } = case;
    Report {
        subject: subject(case),
        run: run_facts(case),
        cause: cause::cause(snapshot, &cause::SignIn::default(), None),
        notice: None,
        baseline: None,
        next: NextCommands {
            before: None,
            fix: connection.fix_command(),
            permissions: connection.stc_check("permissions", &[]),
        },
        waivers: Vec::new(),
        checks: results,
        documents: documents(snapshot),
    }
}

fn run_facts(case: &Case<'_>) -> RunFacts {
    let caller = case.snapshot.caller.found();
    let source = match case.live {
        Some(_) => FactSource::Aws,
        None if case.snapshot.is_planned() => FactSource::TerraformPlan,
        None => FactSource::Snapshot,
    };
    RunFacts {
        at: case.snapshot.taken_at,
        duration: None,
        caller: caller.and_then(|caller| caller.arn.clone()),
        account: caller.and_then(|caller| caller.account.clone()),
        owner: case.vendor().owner_account().map(str::to_owned),
        source,
    }
}

fn documents(snapshot: &Snapshot) -> Documents {
    let text = |fact: &Fact<PolicyText>| fact.found().map(|answer| answer.policy.clone());
    Documents {
        bucket_policy: text(&snapshot.bucket_policy),
        key_policy: text(&snapshot.key_policy),
        ..Documents::default()
    }
}

impl Check {
    /// Whether its evidence names statements and condition keys, whatever its status.
    fn judges_policies(&self) -> bool {
        let policies = [Operation::GetBucketPolicy, Operation::GetKeyPolicy];
        self.id != CheckId::BucketOwner && self.needs.iter().any(|operation| policies.contains(operation))
    }

    fn result(&self, case: &Case<'_>, required: bool, verdict: Verdict) -> CheckResult {
        let Verdict { status, basis, message, evidence, mut annotations, fix, works } = verdict;
        let connection = case.connection;
        for annotation in &mut annotations {
            annotation.label = wording::named(&annotation.label, connection);
        }
        let fix = fix.filter(|_| matches!(status, Status::Fail | Status::Warn));
        let decided = !matches!(status, Status::Unknown | Status::Skip);
        CheckResult {
            id: self.id,
            title: self.title(),
            faq: self.faq(),
            required,
            status,
            basis: decided.then_some(basis),
            headline: wording::headline(self.headlines.of(status, works), connection),
            message: wording::named(&wording::sentence(message), connection),
            evidence,
            annotations,
            fix: fix.map(|Fix { summary, commands }| Fix {
                summary: wording::named(&summary, connection),
                commands: commands.into_iter().map(|line| connection.with_reach(line)).collect(),
            }),
            baseline: None,
        }
    }
}

/// For checks that every variant requires.
pub(crate) fn required(_: &VariantRules) -> Need {
    Need::Required
}

/// For checks that are recommended alone.
pub(crate) fn recommended(_: &VariantRules) -> Need {
    Need::Recommended
}

fn subject(case: &Case<'_>) -> Subject {
    let Case { connection, snapshot, .. } = case;
    let read = snapshot.named_key().map(str::to_owned);
    Subject {
        bucket: snapshot.bucket.clone(),
        name: None,
        region: snapshot.region.clone(),
        variant: connection.variant.as_str(),
        key_is_expected: read.is_none() && connection.kms_key.is_some(),
        kms_key: read.or_else(|| case.expected_key()),
        principals: connection.principal_arns(),
    }
}
