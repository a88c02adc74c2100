//! What no change fixes, and who can do something about it.

use std::collections::{BTreeMap, BTreeSet};

use super::no_fix::NoFix;
use super::plan::Unfixable;
use super::settings::policy_in;
use crate::checks::Case;
use crate::checks::refusals::attributed;
use crate::policy::Document;
use crate::refusal::{Cause, Side};
use crate::report::{CheckId, CheckResult, DocumentName, Report, Status};
use crate::snapshot::{ReadFailure, Snapshot};

/// Who can let Sailthru into a bucket of another partition.
const NOBODY: &str = "nobody, while the bucket is in this partition";

/// Who changes what applies to all accounts of an organization.
const ADMINISTRATORS: &str = "the administrators of your organization";

/// Whether a check is about what a resource control policy can deny.
fn is_permission(id: CheckId) -> bool {
    use CheckId as C;
    matches!(
        id,
        C::PolicyListBucket | C::PolicyPutObject | C::PolicyDeleteObject | C::EncryptionNoHeaderDemand | C::Kms(_)
    )
}

/// The checks that are left, why, and who can do something about each.
pub(super) fn unfixable(
    case: &Case<'_>,
    original: &Report,
    report: &Report,
    fixed: &BTreeSet<CheckId>,
    reasons: &BTreeMap<CheckId, NoFix>,
) -> Vec<Unfixable> {
    let left = |check: &&CheckResult| {
        let broken = matches!(check.status, Status::Fail | Status::Warn);
        // Of a key that is only to be named nothing was read yet.
        let open = check.required && check.status == Status::Unknown && !fixed.contains(&check.id);
        let skipped = matches!(original.check(check.id).map(|check| check.status), Some(Status::Skip));
        (broken || open) && !skipped
    };
    let fails = |id: CheckId| report.check(id).is_some_and(|check| check.status == Status::Fail);
    let partition = fails(CheckId::BucketPartition);
    let naming = [CheckId::EncryptionDefault, CheckId::EncryptionKeyArn, CheckId::KmsKeyUsable];
    let names_another_key = naming.iter().any(|id| fixed.contains(id));
    let entry = |check: &CheckResult| {
        let check_again = names_another_key && check.id.family() == "kms" && check.evidence.not_read.is_some();
        let why = match (reasons.get(&check.id), check.status) {
            _ if check_again => {
                "Nothing was read yet of the key that default encryption is to name, so this is for the next check."
                    .to_owned()
            }
            // What AWS would refuse a document for is what the check itself says.
            (Some(NoFix::RefusedDocument(_)), _) => check.message.clone(),
            (Some(NoFix::StillSays(message)), _) if *message == check.message => check.message.clone(),
            (Some(reason), Status::Fail | Status::Warn) => {
                format!("{} But {}.", check.message, reason.to_string().trim_end_matches('.'))
            }
            _ => check.message.clone(),
        };
        let by_organization = fails(CheckId::OrganizationRcp) && is_permission(check.id);
        let who = match (partition, check_again) {
            (true, _) => NOBODY.to_owned(),
            (_, true) => "you: make the change, and run the check again".to_owned(),
            _ if by_organization => ADMINISTRATORS.to_owned(),
            (false, false) => who(case, check),
        };
        Unfixable { check: check.id, who, why }
    };
    report.checks.iter().filter(left).map(entry).collect()
}

/// Who can do something about a check that no change of the owner's fixes.
fn who(case: &Case<'_>, check: &CheckResult) -> String {
    let key_account = case.snapshot.named_key().and_then(|key| key.split(':').nth(4)).filter(|one| !one.is_empty());
    if let (Some(account), Some(caller), "kms") = (key_account, case.snapshot.caller_account(), check.id.family())
        && account != caller
    {
        return format!("the account {account}, which owns the key");
    }
    let who = match (check.id, check.status) {
        (CheckId::BucketExists, Status::Fail) => "you: create the bucket, or correct its name",
        (CheckId::BucketPartition, Status::Fail) => NOBODY,
        (CheckId::BucketRegionEnabled, _) => "Sailthru Support, who know which Regions Sailthru's account has enabled",
        (CheckId::PolicyDocument, Status::Fail) if is_refused(DocumentName::BucketPolicy, case.snapshot) => {
            "you: correct the policy by hand, or put the whole one of `stc-check policy` in its place"
        }
        (CheckId::OrganizationRcp, _) => ADMINISTRATORS,
        (CheckId::BucketOwner, Status::Fail) => "the account that owns the bucket",
        (_, Status::Unknown) => return who_can_tell(case, check),
        (id, _) if id.family() == "kms" => "whoever administers the key",
        _ => "you, by hand",
    };
    who.to_owned()
}

/// Who can supply what is missing to decide a check.
fn who_can_tell(case: &Case<'_>, check: &CheckResult) -> String {
    let evidence = &check.evidence;
    let Some(error) = &evidence.error else {
        let hangs_on_requests = evidence.depends_on.as_ref().is_some_and(|keys| !keys.is_empty());
        let who = if hangs_on_requests { "Sailthru Support, who know how Sailthru's requests are made" } else { "you" };
        return who.to_owned();
    };
    if matches!(error.code.as_str(), ReadFailure::KNOWN_AFTER_APPLY | ReadFailure::NOT_IN_PLAN) {
        return "you: change the Terraform configuration, or run the check once it is applied".to_owned();
    }
    let refusal = attributed(case, error.into());
    if refusal.is_denial() && !refusal.may_lack_permission() {
        return refusal.advice().who;
    }
    let who = match (refusal.cause, refusal.side()) {
        (Cause::Expired | Cause::CredentialsRefused | Cause::NoCredentials, _) => "you, once you have signed in again",
        (_, Side::Passing) => "you, later: AWS was busy",
        _ if refusal.is_denial() => {
            "whoever manages your IAM permissions: `stc-check permissions` prints what the check needs"
        }
        _ => "you",
    };
    who.to_owned()
}

/// Whether AWS would refuse a policy as it is.
pub(super) fn is_refused(name: DocumentName, snapshot: &Snapshot) -> bool {
    policy_in(snapshot, name)
        .is_some_and(|(kind, fact)| fact.found().is_some_and(|text| Document::parse(&text.policy, kind).is_err()))
}
