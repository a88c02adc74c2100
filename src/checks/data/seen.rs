//! `vendor.seen`: what AWS recorded of the vendor's own acts.

use super::super::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, recommended};
use crate::names::Arn;
use crate::report::{Basis, CheckId};
use crate::snapshot::traces::{EventsAnswer, KeyEvent, ObjectVersion, ObjectVersionsAnswer, UploadBegun};
use crate::snapshot::{Fact, Gap, Operation};
use crate::vendor::PROBE_KEY;

/// What of the vendor's acts can be read.
const READS: [Operation; 4] = [
    Operation::LookupEvents,
    Operation::ListMultipartUploads,
    Operation::GetKeyLastUsage,
    Operation::ListObjectVersions,
];

/// `vendor.seen`.
pub(crate) static VENDOR_SEEN: Check = Check {
    id: CheckId::VendorSeen,
    headlines: Headlines::Sentences {
        pass: "AWS recorded Sailthru at work",
        fail: "AWS recorded nothing of Sailthru",
        unknown: "Did AWS record Sailthru at work?",
    },
    group: Group::Data,
    needs: &READS,
    need: recommended,
    repair: None,
    judge: |case| Ok(seen(case)),
    explain: Explanation {
        what: "Looks for Sailthru's account in CloudTrail's event history of the KMS key, with this bucket as the \
               encryption context, and among the multipart uploads in progress. It passes only if AWS names that \
               account.",
        why: "This is the closest thing to a proof that Sailthru's own permissions are sufficient. If AWS recorded \
              nothing, that proves nothing: AWS records refusals in Sailthru's account only.",
        example: "Account 099647660399 used the key for this bucket at 2026-11-26T06:02:11Z (GenerateDataKey).",
        fix: "If nothing was recorded, nothing needs fixing. A trail with data events, or server access logs, would \
              show more.",
        sources: &[
            "https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html",
            "https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html",
        ],
    },
};

/// Whether AWS recorded the vendor at work.
pub(super) fn seen(case: &Case<'_>) -> Verdict {
    let snapshot = case.snapshot;
    if let Some(event) = snapshot.events.found().and_then(|answer| use_of_key(case, answer)) {
        return event;
    }
    let uploads = snapshot.multipart_uploads.found().into_iter().flat_map(|answer| &answer.uploads);
    if let Some(upload) = uploads.into_iter().find_map(|upload| begun_by_vendor(case, upload)) {
        return upload;
    }
    unseen(case)
}

/// The newest event in which the vendor's account used a key for this bucket.
fn use_of_key(case: &Case<'_>, answer: &EventsAnswer) -> Option<Verdict> {
    let vendor = case.vendor();
    let (bucket, accounts) = (vendor.bucket_arn(), case.vendor_accounts());
    let (event, record) = answer.events.iter().find_map(|event| {
        let record = KeyEvent::parse(&event.cloud_trail_event)?;
        let is_vendor = record.account.as_ref().is_some_and(|account| accounts.contains(account));
        (is_vendor && record.is_for_bucket(&bucket)).then_some((event, record))
    })?;
    let account = record.account.unwrap_or_default();
    let id = record.principal_id.map_or_else(String::new, |id| format!(" (principal id {id})"));
    let when = event.time().map_or_else(|| "an unknown time".to_owned(), |time| time.to_string());
    let default = vendor.default_key_arn();
    let other = record.key.as_ref().filter(|key| default.as_ref().is_some_and(|default| default != *key));
    let key = other.map_or_else(|| "the key".to_owned(), |key| format!("another key than the default, {key},"));
    let name = &event.event_name;
    let message = format!(
        "account {account}{id} used {key} for this bucket at {when} ({name}), so its own permissions allow that"
    );
    let verdict = Verdict::pass(Basis::Observed, message);
    Some(verdict.with("account", account).with("event", event.event_id.as_str()).with("at", when))
}

/// An upload whose initiator is of the vendor's account.
fn begun_by_vendor(case: &Case<'_>, upload: &UploadBegun) -> Option<Verdict> {
    let UploadBegun { key, initiated, initiator } = upload;
    let initiator = initiator.as_ref()?.id.as_deref()?;
    let account = Arn::parse(initiator).ok()?.account;
    let message = format!("`{initiator}` began to upload `{key}` at {initiated}, so its own permissions allow that");
    let verdict = Verdict::pass(Basis::Observed, message).with("initiator", initiator).with("at", initiated.as_str());
    Some(verdict).filter(|_| case.vendor_accounts().contains(&account))
}

/// Nobody was seen, which proves nothing: what was looked at, and what could not be.
fn unseen(case: &Case<'_>) -> Verdict {
    let snapshot = case.snapshot;
    let mut sentences: Vec<String> = snapshot.versions.found().and_then(confirmed_by_somebody).into_iter().collect();
    // What was not asked for, such as a key's use where there is no key, is no gap.
    let failed = READS.iter().filter_map(|read| snapshot.gap(*read)).filter(|gap| matches!(gap, Gap::Failed(_)));
    let gaps: Vec<Undecided> = failed.map(Undecided::from).collect();
    if matches!(snapshot.events, Fact::Found(_)) || matches!(snapshot.multipart_uploads, Fact::Found(_)) {
        let nothing = "AWS has recorded no request of Sailthru's account. This proves nothing: records are up to 15 minutes \
                       late and never show a refusal";
        sentences.push(nothing.to_owned());
    }
    match (sentences.as_slice(), gaps.as_slice()) {
        ([], []) => return Verdict::unknown("none of AWS's records of Sailthru's requests was read"),
        ([], [gap]) => return gap.verdict(case),
        _ => sentences.extend(gaps.iter().map(|gap| gap.message(case))),
    }
    gaps.iter().fold(Verdict::unknown(sentences.join(". ")), |verdict, gap| gap.add_to(verdict))
}

/// A put and a delete of the confirmation object that were not ours: whose, the bucket's owner cannot read.
fn confirmed_by_somebody(answer: &ObjectVersionsAnswer) -> Option<String> {
    let confirmed = |version: &&ObjectVersion| version.key == PROBE_KEY;
    let put = answer.versions.iter().filter(confirmed).max_by_key(|version| &version.last_modified)?;
    let mut markers = answer.delete_markers.iter().filter(confirmed);
    let deleted = markers.any(|marker| marker.last_modified >= put.last_modified);
    let done = if deleted { "uploaded and deleted" } else { "uploaded" };
    let owner = put.owner.as_ref().and_then(|owner| owner.id.as_ref()).map(|id| format!(" by {id}"));
    let (at, by) = (&put.last_modified, owner.unwrap_or_default());
    Some(format!("`{PROBE_KEY}` was {done} at {at}{by}, not by stc-check"))
}
