//! What people should know of a change before they make it.

use super::edit::document;
use super::escalation::has_log_delivery;
use super::lists::with_more;
use super::settings::{Replacement, Step, WayBack, policies};
use super::unfixable::is_refused;
use crate::checks::Case;
use crate::checks::key::replica_in_region;
use crate::checks::saving::objections;
use crate::policy::public::publicity;
use crate::policy::save_time::Objection;
use crate::policy::{DocumentKind, Effect, Statement};
use crate::report::DocumentName;
use crate::snapshot::{AclGrant, AclGrantee, Fact, Snapshot};
use crate::vendor::documents::LOG_DELIVERY;

/// What the owner should know of a change that decides what is not known.
const EXEMPTION: &str = "Optional: whether Sailthru is allowed depends on what cannot be seen from your account. This exempts Sailthru only.";

/// What the owner should know of a change before it is made.
pub(super) fn notes(change: &Replacement<'_>) -> Option<String> {
    let own = match change.step {
        Step::Optional => vec![EXEMPTION.to_owned()],
        Step::Needed => of_setting(change.name, change.case, change.after),
    };
    let notes = [own, saving_notes(change)].concat();
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// How many causes a note names.
const MOST_CAUSES: usize = 4;

/// What was left out of a policy because the service would not take it back, what it may refuse all the same, and that the
/// policy of before cannot be put back as it is.
fn saving_notes(change: &Replacement<'_>) -> Vec<String> {
    let Replacement { name, case, after, .. } = *change;
    let Some((kind, before, now)) = policies(name, case.snapshot, after) else { return Vec::new() };
    let service = kind.service();
    let causes = |found: &[Objection], wanted: &dyn Fn(&Objection) -> bool| {
        let wanted = found.iter().filter(|objection| wanted(objection));
        let mut causes = with_more(&[], wanted.map(|objection| objection.cause.clone()));
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
        notes.push(format!("{service} may refuse it for what was there before and stays: {doubtful}."));
    }
    let policy = kind.name();
    match change.way_back() {
        WayBack::AsItWas => {}
        WayBack::Without(_) => notes.push(format!(
            "{service} does not take the {policy} of before back as it was: the way back leaves out what it refuses."
        )),
        WayBack::None => notes.push(format!("There is no way back: {service} does not take the {policy} of before.")),
    }
    notes
}

/// What the owner should know of a change that goes further than its name says.
fn of_setting(name: DocumentName, case: &Case<'_>, after: &Snapshot) -> Vec<String> {
    match name {
        DocumentName::BucketPolicy => of_bucket_policy(case, after),
        DocumentName::KeyPolicy => {
            refused(name, case.snapshot).into_iter().chain(context_note(case.snapshot, after)).collect()
        }
        DocumentName::DefaultEncryption => of_encryption(case.snapshot, after),
        DocumentName::Acl => grants_that_go(case.snapshot, after).into_iter().collect(),
        DocumentName::OwnershipControls => of_ownership(case, after),
        DocumentName::ObjectLock => {
            vec!["Files that are locked already stay locked. Leave it where the retention is wanted.".to_owned()]
        }
        DocumentName::Key | DocumentName::PublicAccessBlock | DocumentName::RequestPayment => Vec::new(),
    }
}

fn refused(name: DocumentName, snapshot: &Snapshot) -> Option<String> {
    is_refused(name, snapshot).then(|| {
        "AWS would not take the document as it was, so none of it is in force: see first what its other statements give."
            .to_owned()
    })
}

/// The statements of the policy that a snapshot has.
fn statements(snapshot: &Snapshot, kind: DocumentKind) -> impl Iterator<Item = Statement> {
    document(snapshot, kind).into_iter().flat_map(|document| document.statements)
}

fn of_bucket_policy(case: &Case<'_>, after: &Snapshot) -> Vec<String> {
    let is_public = |snapshot: &Snapshot| {
        document(snapshot, DocumentKind::Bucket).map(|document| !publicity(&document).statements.is_empty())
    };
    let mut notes: Vec<String> = refused(DocumentName::BucketPolicy, case.snapshot).into_iter().collect();
    if is_public(case.snapshot) == Some(true) && is_public(after) == Some(false) {
        notes.push(
            "On the way back, S3 refuses a policy that is public for as long as BlockPublicPolicy is in effect."
                .to_owned(),
        );
    }
    let delivers = |snapshot: &Snapshot| {
        let entries = statements(snapshot, DocumentKind::Bucket).flat_map(|statement| statement.principal.entries);
        entries.filter(|entry| entry.text == LOG_DELIVERY).count()
    };
    if has_log_delivery(case.snapshot) && delivers(after) > delivers(case.snapshot) {
        notes.push(format!(
            "S3 delivers access logs into this bucket because its access control list lets LogDelivery write. The statement \
             for {LOG_DELIVERY} keeps that going once access control lists are off: put the policy first."
        ));
    }
    notes
}

fn of_encryption(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let algorithm = |snapshot: &Snapshot| snapshot.default_encryption().map(|rule| rule.algorithm.clone());
    let with_kms = |snapshot: &Snapshot| algorithm(snapshot).is_some_and(|algorithm| algorithm.starts_with("aws:kms"));
    let mut notes = Vec::new();
    if !with_kms(after) {
        notes.extend(with_kms(before).then(|| {
            "Default encryption names no key that Sailthru can use, so SSE-S3 is proposed, which needs no key. To stay with \
             KMS, run this again with `--kms-key` and the ARN of a key of your own."
                .to_owned()
        }));
        return notes;
    }
    let named = after.named_key();
    if named.is_some() && replica_in_region(before) == named {
        notes.push(
            "This names the replica of the same multi-Region key in the bucket's Region: no new key is needed."
                .to_owned(),
        );
    }
    if after.uses_bucket_key() != before.uses_bucket_key() && looks_at_context(after) {
        let (switch, what) =
            if after.uses_bucket_key() { ("on", "the ARN of the bucket") } else { ("off", "the ARN of each object") };
        notes.push(format!(
            "This also switches the S3 Bucket Key {switch}: S3 then gives KMS {what} as encryption context, so a condition of \
             the key policy on `{CONTEXT}` has to name it."
        ));
    }
    if matches!(after.key_policy, Fact::NotRead) {
        notes.push(
            "The policy of this key was not read, so whether it lets Sailthru use the key is not known: run the check again \
             once the key is named. `stc-check policy` prints the statement that it needs."
                .to_owned(),
        );
    }
    notes
}

/// The encryption context that S3 gives KMS: the object's ARN, or the bucket's with a Bucket Key
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html#bucket-key-changes>).
const CONTEXT: &str = "kms:EncryptionContext:aws:s3:arn";

/// The values that the key policy compares the encryption context with.
fn context_values(snapshot: &Snapshot) -> Vec<String> {
    let conditions = statements(snapshot, DocumentKind::Key).flat_map(|statement| statement.conditions);
    let of_context = conditions.filter(|condition| condition.key_name.eq_ignore_ascii_case(CONTEXT));
    of_context.flat_map(|condition| condition.values().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Whether it may matter to the key policy what the encryption context is.
fn looks_at_context(snapshot: &Snapshot) -> bool {
    document(snapshot, DocumentKind::Key).is_none() || !context_values(snapshot).is_empty()
}

/// Why a condition on the encryption context got another value.
fn context_note(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let [old, new] = [before, after].map(context_values);
    if new.len() <= old.len() {
        return None;
    }
    let note = if after.uses_bucket_key() {
        "The S3 Bucket Key of this bucket is on, so S3 gives KMS the ARN of the bucket as encryption context, not that of the \
         object. The condition now names both, so that it holds with the Bucket Key on or off."
    } else {
        "This bucket has no S3 Bucket Key, so S3 gives KMS the ARN of each object as encryption context. The condition \
         now names the objects as well, and what it named before stays."
    };
    Some(note.to_owned())
}

/// Who else writes into the bucket by its policy: an access control list that they send is refused once lists are off
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>).
fn of_ownership(case: &Case<'_>, after: &Snapshot) -> Vec<String> {
    let mut notes = Vec::new();
    if after.acl.found().is_none() {
        notes.push(
            "The access control list was not read; S3 refuses this while it grants anything to others than the owner."
                .to_owned(),
        );
    }
    let others = other_writers(case);
    if !others.is_empty() {
        notes.push(format!(
            "{} may write here by the bucket policy: once access control lists are off, S3 refuses uploads that set one other \
             than `bucket-owner-full-control`, so ask them first whether they do.",
            listed(&others)
        ));
    }
    notes
}

/// The principals other than Sailthru that a statement of the bucket policy lets upload.
fn other_writers(case: &Case<'_>) -> Vec<String> {
    let vendor = case.vendor();
    let ours: Vec<String> =
        vendor.writers().iter().chain(&vendor.documented_account()).map(ToString::to_string).collect();
    let uploads = |action: &str| {
        let action = action.to_ascii_lowercase();
        matches!(action.as_str(), "*" | "s3:*" | "s3:put*" | "s3:putobject*" | "s3:putobject" | "s3:putobjectacl")
    };
    let writes = |statement: &Statement| {
        let Statement { effect, principal, action, .. } = statement;
        let any_upload = action.negated || action.entries.iter().any(|entry| uploads(&entry.text));
        *effect == Effect::Allow && any_upload && !principal.negated
    };
    let writing = statements(case.snapshot, DocumentKind::Bucket).filter(writes);
    let names = writing.flat_map(|statement| statement.principal.entries).map(|entry| entry.text);
    with_more(&[], names.filter(|name| name != LOG_DELIVERY && !ours.contains(name)))
}

/// The first of some names, quoted, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_CAUSES).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(MOST_CAUSES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &more
}

/// Names those who lose what the access control list gives them.
fn grants_that_go(before: &Snapshot, after: &Snapshot) -> Option<String> {
    let grants = |snapshot: &Snapshot| snapshot.acl.found().map(|acl| acl.grants.clone()).unwrap_or_default();
    let left = grants(after);
    let gone: Vec<AclGrant> = grants(before).into_iter().filter(|grant| !left.contains(grant)).collect();
    if gone.is_empty() {
        return None;
    }
    let name = |grant: &AclGrant| match grant.grantee.as_ref()? {
        AclGrantee { uri: Some(uri), .. } => Some(format!("the group {}", uri.rsplit('/').next().unwrap_or(uri))),
        AclGrantee { id: Some(id), .. } => Some(format!("the canonical id {id}")),
        _ => None,
    };
    let names = with_more(&[], gone.iter().filter_map(name)).join(", ");
    let mut note = format!(
        "The access control list grants something to {names}, which this takes away: check first that nobody relies on it."
    );
    if has_log_delivery(before) {
        note.extend([
            " By LogDelivery S3 delivers access logs into this bucket; the bucket policy now lets ",
            LOG_DELIVERY,
            " do that.",
        ]);
    }
    Some(note)
}
