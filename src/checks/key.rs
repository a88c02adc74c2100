//! FAQ 3: whether the key of default encryption can encrypt at all.

use std::collections::HashSet;

use super::encryption::{KeyName, kms_encryption, name_key, own_key_fix};
use super::{Case, Check, Explanation, Group, Headlines, Missing, Repair, Undecided, Verdict, required};
use crate::names::{Arn, is_key_id};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::traces::time;
use crate::snapshot::{Fact, KeyMetadata, Operation, Snapshot};

/// `kms.key-usable`.
pub(crate) static USABLE: Check = Check {
    id: CheckId::KmsKeyUsable,
    headlines: Headlines::Sentences {
        pass: "S3 can encrypt with your KMS key",
        fail: "S3 cannot encrypt with your KMS key",
        unknown: "Can S3 encrypt with your KMS key?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::DescribeKey, Operation::HeadBucket],
    need: required,
    repair: Some(Repair::UsableKey),
    judge: usable,
    explain: Explanation {
        what: "Describes the key that default encryption names. It passes when the key is customer managed, enabled, \
               symmetric (SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT) and in the bucket's Region. Skipped where the default is \
               not KMS.",
        why: "S3 accepts any text as the default key and does not look at the key until somebody uploads. If the key is \
              disabled, being deleted, of the wrong kind or in another Region, every upload fails.",
        example: "An error occurred (KMS.DisabledException) when calling the PutObject operation: \
                  arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab is disabled.",
        fix: "Enable the key (`aws kms enable-key`), cancel its deletion, or create a symmetric key of your own in the \
              bucket's Region and name it in default encryption by its full ARN.",
        sources: &[
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
            "https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html",
        ],
    },
};

/// Something that keeps the key from encrypting: what, and how to fix it.
struct Fault {
    what: String,
    fix: Fix,
}

fn usable(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (rule, key) = kms_encryption(case)?;
    let algorithm = rule.algorithm.as_str();
    if key == KeyName::AwsManaged {
        return Ok(failed(case, vec![aws_managed(case, algorithm)]).with("key", rule.kms_master_key_id.clone()));
    }
    let name = rule.kms_master_key_id.as_deref().unwrap_or_default();
    if let Some(fault) = key.arn().and_then(|arn| elsewhere(case, algorithm, &arn.region)) {
        return Ok(failed(case, vec![fault]).with("key", name));
    }
    let metadata = match &case.snapshot.key {
        Fact::Found(answer) => &answer.key_metadata,
        Fact::NotRead => return Err(Undecided::NotRead(Operation::DescribeKey)),
        Fact::Absent(failure) | Fact::Unreadable(failure) if failure.code == "NotFoundException" => {
            let fault = Fault { what: format!("`{name}` does not exist"), fix: own_key_fix(case, algorithm) };
            return Ok(failed(case, vec![fault]).with_error(failure));
        }
        Fact::Absent(failure) | Fact::Unreadable(failure) => return Err(Undecided::Unreadable(failure.clone())),
    };
    if let Some(described) = metadata.arn.as_deref().filter(|described| !may_name(key, described)) {
        let (described, named) = (described.to_owned(), name.to_owned());
        return Err(Undecided::Missing(Missing::DescriptionOfKey { described, named }));
    }
    judge(case, algorithm, metadata)
}

/// Whether default encryption may mean the key with this ARN: an alias may be one of any key in its account and Region.
fn may_name(key: KeyName<'_>, described: &str) -> bool {
    match key {
        KeyName::Arn(named) => named == described,
        KeyName::Bare(id) if is_key_id(id) => described.rsplit('/').next() == id.rsplit('/').next(),
        KeyName::AliasArn(_) => match (key.arn(), Arn::parse(described)) {
            (Some(alias), Ok(key)) => (alias.region, alias.account) == (key.region, key.account),
            _ => true,
        },
        _ => true,
    }
}

fn judge(case: &Case<'_>, algorithm: &str, metadata: &KeyMetadata) -> Result<Verdict, Undecided> {
    let faults = faults(case, algorithm, metadata);
    if !faults.is_empty() {
        return Ok(with_metadata(failed(case, faults), metadata));
    }
    if case.snapshot.is_planned() && metadata.region().is_none() {
        return Err(Undecided::Missing(Missing::PlannedKeyRegion));
    }
    undecided(metadata).map_or(Ok(()), |missing| Err(Undecided::Missing(missing)))?;
    let region = case.region()?;
    let arn = metadata.arn.as_deref().unwrap_or_default();
    let is = if case.snapshot.is_planned() { "is planned as" } else { "is" };
    let message = format!(
        "The key `{arn}` {is} customer managed, enabled, symmetric and in the bucket's Region {region}.{}",
        notes(case, metadata)
    );
    Ok(with_metadata(Verdict::pass(Basis::Read, message), metadata))
}

/// What must be known of a key before it is called usable, and is not.
fn undecided(metadata: &KeyMetadata) -> Option<Missing> {
    let state = metadata.key_state.as_deref().or((metadata.enabled == Some(true)).then_some("Enabled"));
    let fields = [
        ("Arn", metadata.arn.as_deref(), None),
        ("KeyManager", metadata.key_manager.as_deref(), Some(&["CUSTOMER"][..])),
        ("KeyState", state, Some(&["Enabled", "Updating"][..])),
        ("KeySpec", metadata.spec(), None),
        ("KeyUsage", metadata.key_usage.as_deref(), None),
    ];
    fields.into_iter().find_map(|(name, value, known)| match (value, known) {
        (None, _) => Some(Missing::KeyField(name)),
        (Some(value), Some(known)) if !known.contains(&value) => {
            Some(Missing::KnownKeyField { field: name, value: value.to_owned() })
        }
        _ => None,
    })
}

/// All that keeps the key from encrypting, by <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>.
fn faults(case: &Case<'_>, algorithm: &str, metadata: &KeyMetadata) -> Vec<Fault> {
    if case.is_key_of_aws() {
        return vec![aws_managed(case, algorithm)];
    }
    let region = metadata.region();
    let mut faults: Vec<Fault> = region.and_then(|region| elsewhere(case, algorithm, &region)).into_iter().collect();
    let usage = metadata.key_usage.as_deref().unwrap_or("ENCRYPT_DECRYPT");
    let spec = metadata.spec().unwrap_or("SYMMETRIC_DEFAULT");
    if usage != "ENCRYPT_DECRYPT" || spec != "SYMMETRIC_DEFAULT" {
        let what = format!(
            "has the spec {spec} and the usage {usage}, but S3 can only use SYMMETRIC_DEFAULT with ENCRYPT_DECRYPT"
        );
        faults.push(Fault { what, fix: own_key_fix(case, algorithm) });
    }
    let id = metadata.arn.as_deref().or(metadata.key_id.as_deref()).unwrap_or("KEY_ARN");
    faults.extend(unready(case, metadata, id));
    faults
}

/// How key material is wrapped on its way.
const WRAPPING: [&str; 4] = ["--wrapping-algorithm", "RSAES_OAEP_SHA_256", "--wrapping-key-spec", "RSA_4096"];

/// The files that bring key material back.
const MATERIAL: [&str; 4] = ["--encrypted-key-material", "fileb://material.bin", "--import-token", "fileb://token.bin"];

/// The states in which a key does not encrypt. While `Updating` (a new primary region) it does.
fn unready(case: &Case<'_>, metadata: &KeyMetadata, id: &str) -> Option<Fault> {
    let kms = |operation: &str, more: &[&str]| case.kms(operation, &[&["--key-id", id], more].concat());
    let (what, summary, commands) = match metadata.key_state.as_deref() {
        Some("Disabled") => ("is disabled".to_owned(), "Enable the key.", vec![kms("enable-key", &[])]),
        Some("PendingDeletion" | "PendingReplicaDeletion") => {
            let when = metadata.deletion_date.as_ref().map(|date| format!(" (on {})", plain(date))).unwrap_or_default();
            (
                format!("is waiting to be deleted{when}"),
                "Cancel the deletion and enable the key again; once it is gone, so is all that it encrypted.",
                vec![kms("cancel-key-deletion", &[]), kms("enable-key", &[])],
            )
        }
        Some("PendingImport") => (
            "has no key material".to_owned(),
            "Import the key material again, with the files of the first command's answer.",
            vec![kms("get-parameters-for-import", &WRAPPING), kms("import-key-material", &MATERIAL)],
        ),
        Some("Unavailable") => (
            "is unavailable, because its key store is not connected".to_owned(),
            "Connect the key store again.",
            vec![case.kms("connect-custom-key-store", &["--custom-key-store-id", "KEY_STORE_ID"])],
        ),
        Some("Creating") => (
            "is still being created".to_owned(),
            "Wait until the key is enabled, and check again.",
            vec![kms("describe-key", &["--query", "KeyMetadata.KeyState"])],
        ),
        Some("Enabled" | "Updating") | None if metadata.enabled == Some(false) => {
            ("is disabled".to_owned(), "Enable the key.", vec![kms("enable-key", &[])])
        }
        _ => return None,
    };
    Some(Fault { what, fix: Fix::new(summary, commands) })
}

fn aws_managed(case: &Case<'_>, algorithm: &str) -> Fault {
    Fault {
        what: "is managed by AWS and only your own account can use it; its policy cannot allow Sailthru".to_owned(),
        fix: own_key_fix(case, algorithm),
    }
}

fn elsewhere(case: &Case<'_>, algorithm: &str, region: &str) -> Option<Fault> {
    let bucket = case.snapshot.region.as_deref().filter(|bucket| *bucket != region)?;
    let what =
        format!("is in {region} and the bucket in {bucket}, but S3 can only use a key in the bucket's own Region");
    let Some(replica) = replica_in_region(case.snapshot) else {
        return Some(Fault { what, fix: own_key_fix(case, algorithm) });
    };
    let summary = "Set default encryption to the replica in the bucket's Region.";
    let what = format!("{what}. It has a replica there, `{replica}`");
    Some(Fault { what, fix: name_key(case, summary, algorithm, replica) })
}

/// The key that belongs to the same multi-Region key as the bucket's, and lies in the bucket's Region
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>).
pub(crate) fn replica_in_region(snapshot: &Snapshot) -> Option<&str> {
    let region = snapshot.region.as_deref()?;
    let metadata = &snapshot.key.found()?.key_metadata;
    let related = metadata.multi_region_configuration.as_ref()?;
    let replicas = related.get("ReplicaKeys").and_then(|keys| keys.as_array()).into_iter().flatten();
    let keys = related.get("PrimaryKey").into_iter().chain(replicas);
    let arns = keys.filter_map(|key| key.get("Arn")?.as_str());
    arns.filter(|arn| metadata.arn.as_deref() != Some(arn))
        .find(|arn| Arn::parse(arn).is_ok_and(|arn| arn.region == region))
}

fn failed(case: &Case<'_>, faults: Vec<Fault>) -> Verdict {
    let what: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
    let message = format!("The key of default encryption {}: uploads to `{}` fail.", what.join("; it "), case.bucket());
    let summary: Vec<&str> = faults.iter().map(|fault| fault.fix.summary.as_str()).collect();
    let summary = summary.join(" ");
    let mut commands: Vec<String> = faults.into_iter().flat_map(|fault| fault.fix.commands).collect();
    let mut told = HashSet::new();
    commands.retain(|command| told.insert(command.clone()));
    Verdict::fail(Basis::Read, message, Fix::new(summary, commands))
}

/// What is worth knowing of a key that works: docs/design/aws-facts.md#the-kms-key.
fn notes(case: &Case<'_>, metadata: &KeyMetadata) -> String {
    let mut notes = String::new();
    if let Some(valid_to) = &metadata.valid_to {
        notes.extend([" Its imported material expires on ", &plain(valid_to), "."]);
    }
    if matches!(metadata.origin.as_deref(), Some("AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE")) {
        notes.push_str(" It works only while its key store is connected.");
    }
    if let (Some(owner), Some(caller)) = (metadata.account.as_deref(), case.snapshot.caller_account())
        && owner != caller
    {
        notes.extend([" It belongs to another account, ", owner, "."]);
    }
    notes
}

fn with_metadata(mut verdict: Verdict, metadata: &KeyMetadata) -> Verdict {
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(metadata) {
        verdict.evidence.details.extend(fields);
    }
    verdict
}

/// A date as the CLI printed it: RFC 3339, or seconds since 1970.
fn plain(date: &serde_json::Value) -> String {
    match date {
        serde_json::Value::String(text) => text.clone(),
        other => time(other).map_or_else(|| other.to_string(), |time| time.to_string()),
    }
}
