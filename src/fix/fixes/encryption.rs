//! Default encryption, and the key that it names.

use crate::checks::Case;
use crate::checks::key::{USABLE, replica_in_region};
use crate::fix::no_fix::NoFix;
use crate::names::KeyArn;
use crate::report::Status;
use crate::snapshot::{EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration, EncryptionRule, Fact, Snapshot};

/// Names the expected key, else the one that is named already by its full ARN, else none: SSE-S3.
pub(super) fn name_key(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let described = snapshot.key.found().map(|answer| &answer.key_metadata);
    let own = described.filter(|key| key.key_manager.as_deref() != Some("AWS")).and_then(|key| key.arn.clone());
    let named = snapshot.named_key().unwrap_or_default();
    let aws_managed = named.is_empty() || named.ends_with("alias/aws/s3") || (described.is_some() && own.is_none());
    let key = match (&case.connection.kms_key, own) {
        (Some(expected), _) => Some(expected.to_string()),
        (None, Some(own)) => Some(own),
        (None, None) if aws_managed => None,
        (None, None) => return Err("kms:DescribeKey did not tell the key's full ARN".into()),
    };
    set_encryption(snapshot, key.as_deref())
}

/// Enables the key where that is all it takes, else names another.
pub(super) fn usable_key(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    if let Fact::Found(answer) = &mut snapshot.key
        && answer.key_metadata.key_manager.as_deref() != Some("AWS")
    {
        let key = &mut answer.key_metadata;
        match key.key_state.as_deref() {
            Some("PendingImport") => return Err("the key has no material: import it again".into()),
            Some("Unavailable") => return Err("the key's store is not connected".into()),
            Some("Creating") => return Err("the key is still being made: wait, and look again".into()),
            Some("Disabled" | "PendingDeletion" | "PendingReplicaDeletion") => {
                key.key_state = Some("Enabled".to_owned());
                key.enabled = Some(true);
                key.deletion_date = None;
            }
            _ if key.enabled == Some(false) => key.enabled = Some(true),
            _ => {}
        }
    }
    let judged = (USABLE.judge)(&case.with_snapshot(snapshot));
    if judged.is_ok_and(|verdict| verdict.status == Status::Pass) {
        return Ok(());
    }
    let expected = case.expected_key().filter(|key| snapshot.named_key() != Some(key));
    let elsewhere = |key: &String| {
        KeyArn::parse(key).is_ok_and(|key| snapshot.region.as_ref().is_some_and(|region| key.arn().region != *region))
    };
    let key = match (&case.connection.kms_key, expected) {
        (_, Some(expected)) if !elsewhere(&expected) => Some(expected),
        (Some(_), _) => {
            return Err("the expected key itself cannot serve: create another, and name it with --kms-key".into());
        }
        (None, _) => replica_in_region(snapshot).map(str::to_owned),
    };
    set_encryption(snapshot, key.as_deref())
}

/// Sets the default, keeping what else the rule says, and forgets what was read of another key.
fn set_encryption(snapshot: &mut Snapshot, key: Option<&str>) -> Result<(), NoFix> {
    let answer = match &snapshot.encryption {
        Fact::Found(answer) => Some(answer),
        Fact::Absent(_) => None,
        _ => return Err("default encryption could not be read".into()),
    };
    let present = answer.and_then(|answer| answer.server_side_encryption_configuration.rules.first()).cloned();
    let present = present.unwrap_or_default();
    let was = present.apply_server_side_encryption_by_default.as_ref().map(|rule| rule.algorithm.as_str());
    let algorithm = match key {
        None => "AES256",
        Some(_) if was == Some("aws:kms:dsse") => "aws:kms:dsse",
        Some(_) => "aws:kms",
    };
    let by_default = EncryptionByDefault { algorithm: algorithm.to_owned(), kms_master_key_id: key.map(str::to_owned) };
    let bucket_key_enabled = match (algorithm, was) {
        // Switching it changes what S3 tells KMS of the object, which the key policy may look at.
        ("aws:kms", Some("aws:kms")) => present.bucket_key_enabled,
        ("aws:kms", _) => present.bucket_key_enabled.or(Some(true)),
        _ => None,
    };
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled,
        blocked_encryption_types: present.blocked_encryption_types,
    };
    snapshot.encryption = Fact::Found(EncryptionAnswer {
        server_side_encryption_configuration: EncryptionConfiguration { rules: vec![rule] },
    });
    let described = snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
    if described.as_deref() != key {
        snapshot.key = Fact::NotRead;
        snapshot.key_policy = Fact::NotRead;
        snapshot.grants = Fact::NotRead;
    }
    Ok(())
}
