//! Each thing that a change replaces: as in a snapshot, and the commands of the AWS CLI that put it.

use serde_json::{Value, json};

use super::{Commands, Delivery, Show};
use crate::checks::Case;
use crate::names::is_key_id;
use crate::report::DocumentName;
use crate::snapshot::{Fact, PolicyText, Snapshot};
use crate::text::aws_cli::shorthand;

/// How a thing is shown and put.
pub(super) fn of(name: DocumentName) -> (Show, Commands) {
    match name {
        DocumentName::Key => (key, key_commands),
        DocumentName::KeyPolicy => (|snapshot| policy(&snapshot.key_policy), key_policy_commands),
        DocumentName::DefaultEncryption => (encryption, encryption_commands),
        DocumentName::BucketPolicy => (|snapshot| policy(&snapshot.bucket_policy), bucket_policy_commands),
        DocumentName::Acl => (acl, acl_commands),
        DocumentName::OwnershipControls => (ownership, ownership_commands),
        DocumentName::PublicAccessBlock => (access_block, access_block_commands),
        DocumentName::RequestPayment => (payment, payment_commands),
        DocumentName::ObjectLock => (object_lock, object_lock_commands),
    }
}

fn policy(fact: &Fact<PolicyText>) -> Option<Value> {
    serde_json::from_str(&fact.found()?.policy).ok()
}

/// The option that makes the AWS CLI take a document from a file.
pub(in crate::fix) fn file_argument(directory: &str, name: &str) -> String {
    format!("file://{directory}/{name}")
}

/// The argument of a command that takes a policy.
fn argument(text: &str, delivery: Delivery<'_>, name: DocumentName, suffix: &str) -> String {
    match delivery {
        Delivery::Inline => text.to_owned(),
        Delivery::Directory(directory) => file_argument(directory, &format!("{name}.{suffix}")),
    }
}

fn bucket_policy_commands(case: &Case<'_>, after: &Snapshot, delivery: Delivery<'_>, suffix: &str) -> Vec<String> {
    match &after.bucket_policy {
        Fact::Found(text) => {
            let document = argument(&text.policy, delivery, DocumentName::BucketPolicy, suffix);
            vec![case.s3api("put-bucket-policy", &["--policy", &document])]
        }
        Fact::Absent(_) => vec![case.s3api("delete-bucket-policy", &[])],
        _ => Vec::new(),
    }
}

fn key_policy_commands(case: &Case<'_>, after: &Snapshot, delivery: Delivery<'_>, suffix: &str) -> Vec<String> {
    let Fact::Found(text) = &after.key_policy else { return Vec::new() };
    let document = argument(&text.policy, delivery, DocumentName::KeyPolicy, suffix);
    let Some(key) = key_id(case) else { return Vec::new() };
    vec![case.kms("put-key-policy", &["--key-id", &key, "--policy-name", "default", "--policy", &document])]
}

/// What names the key to KMS; none where what the bucket names is nothing that KMS knows as a key's name.
pub(in crate::fix) fn key_id(case: &Case<'_>) -> Option<String> {
    let named = || case.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone());
    case.vendor().default_key_arn().or_else(named).filter(|key| is_key_id(key))
}

fn key(snapshot: &Snapshot) -> Option<Value> {
    let key = &snapshot.key.found()?.key_metadata;
    Some(json!({"Arn": key.arn, "KeyState": key.key_state, "Enabled": key.enabled, "DeletionDate": key.deletion_date}))
}

/// From one state of the key to another: KMS cancels a deletion into the disabled state.
fn key_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let state = |snapshot: &Snapshot| {
        let key = snapshot.key.found().map(|answer| answer.key_metadata.clone()).unwrap_or_default();
        let enabled = if key.enabled == Some(false) { "Disabled" } else { "Enabled" };
        (key.key_state.unwrap_or_else(|| enabled.to_owned()), key.deletion_date)
    };
    let Some(key) = key_id(case) else { return Vec::new() };
    let kms = |operation: &str, more: &[&str]| case.kms(operation, &[&["--key-id", key.as_str()], more].concat());
    let ((from, _), (to, date)) = (state(case.snapshot), state(after));
    let enable = || kms("enable-key", &[]);
    match (from.as_str(), to.as_str()) {
        ("PendingDeletion" | "PendingReplicaDeletion", _) => vec![kms("cancel-key-deletion", &[]), enable()],
        (_, "PendingDeletion" | "PendingReplicaDeletion") => {
            let days = days_until(date.as_ref(), case.snapshot.taken_at).to_string();
            vec![kms("schedule-key-deletion", &["--pending-window-in-days", &days])]
        }
        (_, "Disabled") => vec![kms("disable-key", &[])],
        _ => vec![enable()],
    }
}

/// KMS takes a waiting time of 7 to 30 days.
fn days_until(date: Option<&Value>, now: jiff::Timestamp) -> i64 {
    let when = match date {
        Some(Value::String(text)) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
        Some(other) => other
            .as_f64()
            .and_then(|seconds| jiff::SignedDuration::try_from_secs_f64(seconds).ok())
            .map(|time| time.as_secs()),
        None => None,
    };
    when.map_or(30, |when| (when - now.as_second()).div_euclid(86_400) + 1).clamp(7, 30)
}

fn encryption(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.encryption.found()?.server_side_encryption_configuration).ok()
}

fn encryption_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match encryption(after) {
        Some(document) => vec![
            case.s3api("put-bucket-encryption", &["--server-side-encryption-configuration", &document.to_string()]),
        ],
        None => vec![case.s3api("delete-bucket-encryption", &[])],
    }
}

fn access_block(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.bucket_public_access_block.found()?.public_access_block_configuration).ok()
}

fn access_block_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (&after.bucket_public_access_block, access_block(after)) {
        (Fact::Found(_), Some(document)) => {
            vec![case.s3api("put-public-access-block", &["--public-access-block-configuration", &shorthand(&document)])]
        }
        (Fact::Absent(_), _) => vec![case.s3api("delete-public-access-block", &[])],
        _ => Vec::new(),
    }
}

fn acl(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.acl.found()?).ok()
}

/// A list whose owner is not known can only be made private.
fn acl_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (acl(after), after.acl.found().and_then(|acl| acl.owner.as_ref())) {
        (Some(document), Some(_)) => {
            vec![case.s3api("put-bucket-acl", &["--access-control-policy", &document.to_string()])]
        }
        (Some(_), None) => vec![case.s3api("put-bucket-acl", &["--acl", "private"])],
        _ => Vec::new(),
    }
}

fn ownership(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.ownership.found()?.ownership_controls).ok()
}

fn ownership_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (&after.ownership, ownership(after)) {
        (Fact::Found(_), Some(document)) => {
            vec![case.s3api("put-bucket-ownership-controls", &["--ownership-controls", &document.to_string()])]
        }
        (Fact::Absent(_), _) => vec![case.s3api("delete-bucket-ownership-controls", &[])],
        _ => Vec::new(),
    }
}

fn payment(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.request_payment.found()?).ok()
}

fn payment_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let requester = payment(after).is_some_and(|payment| payment == json!({"Payer": "Requester"}));
    let configuration = format!("Payer={}", if requester { "Requester" } else { "BucketOwner" });
    vec![case.s3api("put-bucket-request-payment", &["--request-payment-configuration", &configuration])]
}

fn object_lock(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.object_lock.found()?.object_lock_configuration).ok()
}

fn object_lock_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let document = object_lock(after).unwrap_or_else(|| json!({"ObjectLockEnabled": "Enabled"}));
    vec![case.s3api("put-object-lock-configuration", &["--object-lock-configuration", &document.to_string()])]
}
