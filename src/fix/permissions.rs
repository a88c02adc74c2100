//! The least rights of the caller, from the same table that the reads are made by.

use serde_json::{Value, json};

use crate::checks::Case;
use crate::snapshot::Operation;
use crate::vendor::PROBE_KEY;

/// What the probe does to its one object, and the IAM action behind it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>). Listing is among the reads.
pub static PROBE_OPERATIONS: [(&str, &str); 3] =
    [("s3:PutObject", "s3:PutObject"), ("s3:HeadObject", "s3:GetObject"), ("s3:DeleteObject", "s3:DeleteObject")];

/// What S3 asks of the key on behalf of a caller that uploads and reads an object
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>).
const PROBE_KEY_ACTIONS: [&str; 2] = ["kms:GenerateDataKey", "kms:Decrypt"];

/// What the evidence is read by (docs/design/evidence.md): of the bucket, of its objects, of its key.
const EVIDENCE_OF_BUCKET: [&str; 4] =
    ["s3:ListBucket", "s3:GetEncryptionConfiguration", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"];
const EVIDENCE_OF_OBJECTS: [&str; 2] = ["s3:GetObject", "s3:GetObjectVersion"];
const EVIDENCE_OF_KEY: [&str; 2] = ["kms:DescribeKey", "kms:GetKeyLastUsage"];

/// Who makes the probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe<'a> {
    /// Nobody: the check only reads.
    None,
    /// Whoever runs the check.
    Caller,
    /// A role that the caller assumes; it needs the probe's rights itself.
    Role(&'a str),
}

/// What the rights are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// The check.
    Check,
    /// The check with `--data`.
    CheckWithData,
    /// `stc-check watch`.
    Watch,
}

/// The identity policy, for the bucket and the key of the connection; without a key, for whichever the bucket names.
#[must_use]
pub fn identity_policy(case: &Case<'_>, probe: &Probe<'_>, occasion: Occasion) -> Value {
    let vendor = case.vendor();
    let bucket = vendor.bucket_arn();
    let key = case.connection.kms_key.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string);
    let reads_of = |service: &str| -> Vec<&str> {
        let reads = Operation::READS.iter().filter(|read| !read.is_evidence() && read.name().starts_with(service));
        reads.filter_map(|read| read.iam_action()).collect()
    };
    let statement = |sid: &str, actions: Vec<&str>, resource: &str| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource});
    let evidence = [
        statement("LookAtTheBucket", EVIDENCE_OF_BUCKET.to_vec(), &bucket),
        statement("LookAtTheData", EVIDENCE_OF_OBJECTS.to_vec(), &format!("{bucket}/*")),
        statement("LookAtTheKey", EVIDENCE_OF_KEY.to_vec(), &key),
        // S3 decrypts nothing to tell how an object is encrypted, but asks whether the caller might.
        via_s3("LookThroughTheKey", &["kms:Decrypt"], &key),
        // The event history is the account's: the action takes no narrower resource.
        statement("LookIntoTheEventHistory", vec!["cloudtrail:LookupEvents"], "*"),
    ];
    if occasion == Occasion::Watch {
        return json!({"Version": "2012-10-17", "Statement": evidence});
    }
    let mut statements = vec![
        statement("ReadTheBucket", reads_of("s3:"), &bucket),
        // The account's settings are no bucket's: the action takes no narrower resource.
        statement("ReadTheAccount", reads_of("s3control:"), "*"),
        statement("ReadTheKey", reads_of("kms:"), &key),
        // What no check requires: it can be left out. The action takes no narrower resource.
        statement("OptionallyReadTheOrganization", reads_of("organizations:"), "*"),
    ];
    match probe {
        Probe::None => {}
        Probe::Caller => statements.extend(probe_statements(&bucket, &key)),
        Probe::Role(role) => statements.push(statement("AssumeTheProbesRole", vec!["sts:AssumeRole"], role)),
    }
    if occasion == Occasion::CheckWithData {
        statements.extend(evidence);
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Rights on a key that are used by S3 on the caller's behalf alone.
fn via_s3(sid: &str, actions: &[&str], key: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": key,
        "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}})
}

fn probe_statements(bucket: &str, key: &str) -> [Value; 2] {
    let actions = PROBE_OPERATIONS.map(|(_, action)| action);
    [
        json!({"Sid": "Probe", "Effect": "Allow", "Action": actions, "Resource": format!("{bucket}/{PROBE_KEY}")}),
        via_s3("ProbeTheKey", &PROBE_KEY_ACTIONS, key),
    ]
}
