//! What people should know of a change before they make it, and who can do what no change can.

use std::collections::BTreeMap;

use super::edit::Draft;
use super::escalation::has_log_delivery;
use super::no_fix::NoFix;
use super::plan::Unfixable;
use super::settings::{ReplaceableSetting, Step, WayBack, policy_in, to_return_to};
use crate::checks::Case;
use crate::checks::saving::objections;
use crate::policy::public::publicity;
use crate::policy::save_time::Objection;
use crate::policy::{Document, DocumentKind};
use crate::refusal::{Known, Refusal};
use crate::report::{CheckId, CheckResult, DocumentName, Report, Status};
use crate::snapshot::{AclGrant, Fact, ReadFailure, Snapshot};

/// What the owner should know of a change that decides what is not known.
const EXEMPTION: &str = "Optional: whether Sailthru is allowed depends on what cannot be seen from your account. This exempts Sailthru only.";

/// What the owner should know of a change before it is made.
pub(super) fn notes(setting: &ReplaceableSetting, case: &Case<'_>, after: &Snapshot, step: Step) -> Option<String> {
    let mut notes: Vec<String> = match step {
        Step::Optional => vec![EXEMPTION.to_owned()],
        Step::Needed => note(setting.name, case, after).into_iter().collect(),
    };
    notes.extend(saving_notes(setting, case, after, step));
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// How many causes a note names.
const MOST_CAUSES: usize = 4;

/// What was left out of a policy because the service would not take it back, what it may refuse all the same, and that the
/// policy of before cannot be put back as it is.
fn saving_notes(setting: &ReplaceableSetting, case: &Case<'_>, after: &Snapshot, step: Step) -> Vec<String> {
    let Some((kind, before, now)) = policies(setting.name, case.snapshot, after) else { return Vec::new() };
    let service = kind.service();
    let causes = |found: &[Objection], wanted: &dyn Fn(&Objection) -> bool| {
        let mut causes: Vec<String> = Vec::new();
        for objection in found.iter().filter(|objection| wanted(objection)) {
            if !causes.contains(&objection.cause) {
                causes.push(objection.cause.clone());
            }
        }
        let more = causes.len().saturating_sub(MOST_CAUSES);
        causes.truncate(MOST_CAUSES);
        causes.extend((more > 0).then(|| format!("and {more} more")));
        causes.join("; ")
    };
    let mut notes = Vec::new();
    if let Some(before) = before {
        let gone = causes(&objections(case, kind, before), &|found| found.seen && found.culprit.is_some());
        if !gone.is_empty() {
            notes.push(format!("Corrected or left out, because {service} refuses to save a policy with it: {gone}."));
        }
    }
    let doubtful = causes(&objections(&case.with_snapshot(after), kind, now), &|found| !found.seen);
    if !doubtful.is_empty() {
        notes.push(format!("{service} may refuse what was there before: {doubtful}."));
    }
    let name = setting.name.as_str().replace('-', " ");
    match setting.way_back(case, &to_return_to(case.snapshot, step)) {
        WayBack::AsItWas => {}
        WayBack::Without(_) => notes.push(format!(
            "{service} does not take the {name} of before back as it was: the way back leaves out what it refuses."
        )),
        WayBack::None => notes.push(format!("There is no way back: {service} does not take the {name} of before.")),
    }
    notes
}

/// The kind of a policy, and its text before and after.
fn policies<'a>(
    name: DocumentName,
    before: &'a Snapshot,
    after: &'a Snapshot,
) -> Option<(DocumentKind, Option<&'a str>, &'a str)> {
    let (kind, after) = policy_in(after, name)?;
    let (_, before) = policy_in(before, name)?;
    Some((kind, before.found().map(|text| text.policy.as_str()), after.found()?.policy.as_str()))
}

/// What the owner should know of a change that goes further than its name says.
fn note(thing: DocumentName, case: &Case<'_>, after: &Snapshot) -> Option<String> {
    let algorithm = |snapshot: &Snapshot| snapshot.default_encryption().map(|rule| rule.algorithm.clone());
    let grants = |snapshot: &Snapshot| snapshot.acl.found().map(|acl| acl.grants.clone()).unwrap_or_default();
    let is_public = |snapshot: &Snapshot| {
        let document = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, case.bucket()).ok()?.document()?;
        Some(!publicity(&document).statements.is_empty())
    };
    match thing {
        DocumentName::BucketPolicy if is_public(case.snapshot) == Some(true) && is_public(after) == Some(false) => Some(
            "On the way back, S3 refuses a policy that is public for as long as BlockPublicPolicy is in effect.".to_owned(),
        ),
        DocumentName::BucketPolicy | DocumentName::KeyPolicy if is_refused(thing, case.snapshot) => Some(
            "AWS would not take the document as it was, so none of it is in force: see first what its other statements give."
                .to_owned(),
        ),
        DocumentName::OwnershipControls if after.acl.found().is_none() => Some(
            "The access control list was not read; S3 refuses this while it grants anything to others than the owner."
                .to_owned(),
        ),
        DocumentName::DefaultEncryption if algorithm(after).as_deref() == Some("AES256") => {
            let was_kms = algorithm(case.snapshot).is_some_and(|algorithm| algorithm.starts_with("aws:kms"));
            was_kms.then(|| {
                "No key of yours that serves is named, so SSE-S3 is proposed, which needs none; to stay with KMS, give a key of \
                 your own with --kms-key."
                    .to_owned()
            })
        }
        DocumentName::DefaultEncryption if matches!(after.key_policy, Fact::NotRead) => Some(
            "Nothing of this key was read, so what its policy lets Sailthru do is not known: run the check again \
             once the key is named, or see `stc-check policy` for the statement that it needs."
                .to_owned(),
        ),
        DocumentName::Acl => {
            let gone: Vec<AclGrant> =
                grants(case.snapshot).into_iter().filter(|grant| !grants(after).contains(grant)).collect();
            (!gone.is_empty()).then(|| grants_that_go(&gone, has_log_delivery(case.snapshot)))
        }
        DocumentName::ObjectLock => Some("Files that are locked already stay locked. Leave it where the retention is wanted.".to_owned()),
        _ => None,
    }
}

/// Names those who lose what the access control list gives them.
fn grants_that_go(gone: &[AclGrant], logs: bool) -> String {
    let mut names: Vec<String> = Vec::new();
    for grantee in gone.iter().filter_map(|grant| grant.grantee.as_ref()) {
        let name = match (grantee.uri.as_deref(), grantee.id.as_deref()) {
            (Some(uri), _) => {
                format!("the group {}", uri.rsplit('/').next().unwrap_or(uri))
            }
            (None, Some(id)) => format!("the canonical id {id}"),
            (None, None) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut note = format!(
        "The access control list grants something to {}, which this takes away: check first that nobody relies on it.",
        names.join(", ")
    );
    if logs {
        note.push_str(
            " By LogDelivery S3 delivers access logs into this bucket; from now on the bucket policy lets \
             logging.s3.amazonaws.com do that.",
        );
    }
    note
}

/// Whether AWS would refuse a policy as it is.
fn is_refused(name: DocumentName, snapshot: &Snapshot) -> bool {
    policy_in(snapshot, name)
        .is_some_and(|(kind, fact)| fact.found().is_some_and(|text| Document::parse(&text.policy, kind).is_err()))
}

pub(super) fn unfixable(
    case: &Case<'_>,
    original: &Report,
    report: &Report,
    reasons: &BTreeMap<CheckId, NoFix>,
) -> Vec<Unfixable> {
    let left = |check: &&CheckResult| {
        let broken = matches!(check.status, Status::Fail | Status::Warn);
        let open = check.required && check.status == Status::Unknown;
        let settled = matches!(original.check(check.id).map(|check| check.status), Some(Status::Skip));
        (broken || open) && !settled
    };
    let entry = |check: &CheckResult| {
        let why = match (reasons.get(&check.id), check.status) {
            // What AWS would refuse a document for is what the check itself says.
            (Some(NoFix::RefusedDocument(_)), _) => check.message.clone(),
            (Some(NoFix::StillSays(message)), _) if *message == check.message => check.message.clone(),
            (Some(reason), Status::Fail | Status::Warn) => {
                format!("{} But {}.", check.message, reason.to_string().trim_end_matches('.'))
            }
            _ => check.message.clone(),
        };
        Unfixable { check: check.id, who: who(case, check), why }
    };
    report.checks.iter().filter(left).map(entry).collect()
}

/// Who can do something about a check that no change of the owner's fixes.
fn who(case: &Case<'_>, check: &CheckResult) -> String {
    let key = case.snapshot.default_encryption().and_then(|rule| rule.kms_master_key_id.as_deref());
    let key_account = key.and_then(|key| key.split(':').nth(4)).filter(|account| !account.is_empty());
    let caller = case.snapshot.caller.found().and_then(|caller| caller.account.as_deref());
    let foreign_key =
        key_account.filter(|account| check.id.family() == "kms" && caller.is_some_and(|caller| caller != *account));
    if let Some(account) = foreign_key {
        return format!("the account {account}, which owns the key");
    }
    let code = check.evidence.error.as_ref().map(|error| error.code.as_str());
    let refusal = check.evidence.error.as_ref().map(|error| Refusal::of(error.into(), Known::default()));
    let refusal = refusal.filter(|refusal| check.status == Status::Unknown && refusal.is_denial());
    if let Some(other) = refusal.as_ref().filter(|refusal| !refusal.may_lack_permission()) {
        return other.advice().who;
    }
    let who = match (check.id, check.status, code) {
        (CheckId::BucketExists, Status::Fail, _) => "whoever is to own the bucket: create it, or correct its name",
        (CheckId::BucketPartition, Status::Fail, _) => "nobody: only a bucket in a commercial region can be reached",
        (CheckId::PolicyDocument, Status::Fail, _) if is_refused(DocumentName::BucketPolicy, case.snapshot) => {
            "whoever wrote the document: correct it by hand, or put the whole one of `stc-check policy` in its place"
        }
        (CheckId::BucketOwner, Status::Fail, _) => "the account that owns the bucket",
        (_, Status::Unknown, Some("MethodNotAllowed")) => "the account that owns the bucket: run this there",
        (_, Status::Unknown, Some(ReadFailure::KNOWN_AFTER_APPLY | ReadFailure::NOT_IN_PLAN)) => {
            "whoever writes the Terraform configuration, or runs the check once it is applied"
        }
        _ if refusal.is_some() => "whoever manages the IAM policies of your role",
        (_, Status::Unknown, _) if check.evidence.depends_on.as_ref().is_some_and(|keys| !keys.is_empty()) => {
            "Sailthru Support, who know how Sailthru's requests are made"
        }
        (_, Status::Unknown, _) => "your role",
        (id, ..) if id.family() == "kms" => "whoever administers the key",
        _ => "the bucket's owner, by hand",
    };
    who.to_owned()
}
