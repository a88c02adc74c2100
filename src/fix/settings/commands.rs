//! Each thing that a change replaces: as in a snapshot, and the commands of the AWS CLI that put it.

use serde_json::{Value, json};

use super::{Delivery, policy_in};
use crate::checks::Case;
use crate::names::is_key_id;
use crate::report::DocumentName;
use crate::snapshot::traces::time;
use crate::snapshot::{Operation, Snapshot};
use crate::text::aws_cli::shorthand;

/// A thing as in a snapshot; none where it is not set or not known.
pub(in crate::fix) fn show(snapshot: &Snapshot, name: DocumentName) -> Option<Value> {
    let shown = match name {
        DocumentName::Key => {
            let key = &snapshot.key.found()?.key_metadata;
            let (state, date) = (&key.key_state, &key.deletion_date);
            return Some(json!({"Arn": key.arn, "KeyState": state, "Enabled": key.enabled, "DeletionDate": date}));
        }
        DocumentName::KeyPolicy | DocumentName::BucketPolicy => {
            let (_, policy) = policy_in(snapshot, name)?;
            serde_json::from_str(&policy.found()?.policy)
        }
        DocumentName::DefaultEncryption => {
            serde_json::to_value(&snapshot.encryption.found()?.server_side_encryption_configuration)
        }
        DocumentName::Acl => serde_json::to_value(snapshot.acl.found()?),
        DocumentName::OwnershipControls => serde_json::to_value(&snapshot.ownership.found()?.ownership_controls),
        DocumentName::PublicAccessBlock => {
            serde_json::to_value(snapshot.bucket_public_access_block.found()?.public_access_block_configuration)
        }
        DocumentName::RequestPayment => serde_json::to_value(snapshot.request_payment.found()?),
        DocumentName::ObjectLock => serde_json::to_value(&snapshot.object_lock.found()?.object_lock_configuration),
    };
    shown.ok()
}

/// The option that makes the AWS CLI take a document from a file.
pub(in crate::fix) fn file_argument(directory: &str, name: &str) -> String {
    format!("file://{directory}/{name}")
}

/// The commands that make the case's own state of a thing like another; `file` is where its policy is.
pub(super) fn commands(
    case: &Case<'_>,
    after: &Snapshot,
    name: DocumentName,
    delivery: Delivery<'_>,
    file: &str,
) -> Vec<String> {
    match name {
        DocumentName::Key => key_commands(case, after),
        _ => command(case, after, name, delivery, file).into_iter().collect(),
    }
}

fn command(
    case: &Case<'_>,
    after: &Snapshot,
    name: DocumentName,
    delivery: Delivery<'_>,
    file: &str,
) -> Option<String> {
    use DocumentName as D;
    let policy = policy_in(after, name).and_then(|(_, fact)| fact.found()).map(|text| match delivery {
        Delivery::Inline => text.policy.clone(),
        Delivery::Directory(directory) => file_argument(directory, file),
    });
    let shown = show(after, name);
    let document = policy.or_else(|| shown.as_ref().map(Value::to_string));
    // What was read and is not there was not set.
    let is_absent = |operation| after.gap(operation).is_none();
    let command = match (name, document) {
        (D::KeyPolicy, Some(policy)) => {
            let key = key_id(case)?;
            case.kms("put-key-policy", &["--key-id", &key, "--policy-name", "default", "--policy", &policy])
        }
        (D::BucketPolicy, Some(policy)) => case.s3api("put-bucket-policy", &["--policy", &policy]),
        (D::BucketPolicy, None) if is_absent(Operation::GetBucketPolicy) => case.s3api("delete-bucket-policy", &[]),
        (D::DefaultEncryption, Some(configuration)) => {
            case.s3api("put-bucket-encryption", &["--server-side-encryption-configuration", &configuration])
        }
        (D::DefaultEncryption, None) => case.s3api("delete-bucket-encryption", &[]),
        (D::Acl, Some(list)) => {
            let has_owner = after.acl.found().is_some_and(|acl| acl.owner.is_some());
            // A list whose owner is not known can only be made private.
            let words = if has_owner { ["--access-control-policy", &list] } else { ["--acl", "private"] };
            case.s3api("put-bucket-acl", &words)
        }
        (D::OwnershipControls, Some(controls)) => {
            case.s3api("put-bucket-ownership-controls", &["--ownership-controls", &controls])
        }
        (D::OwnershipControls, None) if is_absent(Operation::GetBucketOwnershipControls) => {
            case.s3api("delete-bucket-ownership-controls", &[])
        }
        (D::PublicAccessBlock, Some(_)) => {
            let settings = shorthand(&shown.unwrap_or_default());
            case.s3api("put-public-access-block", &["--public-access-block-configuration", &settings])
        }
        (D::PublicAccessBlock, None) if is_absent(Operation::GetPublicAccessBlock) => {
            case.s3api("delete-public-access-block", &[])
        }
        (D::RequestPayment, _) => {
            let payer = after.request_payment.found().and_then(|payment| payment.payer.as_deref());
            let payer = payer.filter(|payer| *payer == "Requester").unwrap_or("BucketOwner");
            let configuration = format!("Payer={payer}");
            case.s3api("put-bucket-request-payment", &["--request-payment-configuration", &configuration])
        }
        (D::ObjectLock, configuration) => {
            let configuration = configuration.unwrap_or_else(|| json!({"ObjectLockEnabled": "Enabled"}).to_string());
            case.s3api("put-object-lock-configuration", &["--object-lock-configuration", &configuration])
        }
        (D::Key, _) | (D::KeyPolicy | D::BucketPolicy | D::Acl | D::OwnershipControls | D::PublicAccessBlock, None) => {
            return None;
        }
    };
    Some(command)
}

/// What names the key to KMS; none where what the bucket names is nothing that KMS knows as a key's name.
pub(in crate::fix) fn key_id(case: &Case<'_>) -> Option<String> {
    let named = || case.snapshot.named_key().map(str::to_owned);
    case.vendor().default_key_arn().or_else(named).filter(|key| is_key_id(key))
}

/// From one state of the key to another: KMS cancels a deletion into the disabled state.
fn key_commands(case: &Case<'_>, after: &Snapshot) -> Vec<String> {
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
    let days = |when: jiff::Timestamp| (when.as_second() - now.as_second()).div_euclid(86_400) + 1;
    date.and_then(time).map_or(30, days).clamp(7, 30)
}
