//! One operation refused, or never asked: exactly the checks that need it turn unknown.

use serde_json::json;
use stc_check::checks::all;
use stc_check::report::{FailOn, Report, Status};
use stc_check::snapshot::Operation;

use super::fixture::{self, Fixture};

const KMS: [&str; 9] = [
    "kms.decrypt",
    "kms.describe-key",
    "kms.encrypt",
    "kms.generate-data-key",
    "kms.generate-data-key-without-plaintext",
    "kms.re-encrypt-from",
    "kms.re-encrypt-to",
    "kms.policy-document",
    "kms.policy-scope",
];

/// What turns unknown when one answer is missing from the joint base with KMS and an expected owner, and whether
/// that also happens when it is refused. Where nothing is listed, another answer settles the matter.
pub(crate) fn costs(name: &str, refused: bool) -> Vec<&'static str> {
    match name {
        // A refusal is an answer too: the bucket is there.
        "s3:HeadBucket" if refused => vec![],
        "s3:HeadBucket" => vec!["bucket.exists"],
        "s3:GetBucketPolicy" => vec![
            "bucket.owner",
            "policy.document",
            "policy.list-bucket",
            "policy.put-object",
            "policy.delete-object",
            "policy.tls-only",
            "encryption.no-header-demand",
        ],
        "s3:GetPublicAccessBlock" => vec!["public.access-block"],
        "s3:GetBucketEncryption" => {
            ["encryption.default", "encryption.key-arn", "kms.key-usable"].into_iter().chain(KMS).collect()
        }
        "s3:GetBucketOwnershipControls" => vec!["delivery.ownership"],
        "s3:GetObjectLockConfiguration" => vec!["delivery.object-lock"],
        "s3:GetBucketRequestPayment" => vec!["delivery.requester-pays"],
        "kms:DescribeKey" => vec!["kms.key-usable"],
        "kms:GetKeyPolicy" => KMS.to_vec(),
        "sts:GetCallerIdentity" => vec!["bucket.owner"],
        // Our own reading of the policy stands in for GetBucketPolicyStatus, the bucket's setting for the account's,
        // IgnorePublicAcls for the list, the key policy for grants; versions, ABAC, tags and the organization decide nothing
        // here.
        "s3:GetBucketPolicyStatus"
        | "s3control:GetPublicAccessBlock"
        | "s3:GetBucketAcl"
        | "s3:GetBucketVersioning"
        | "s3:GetBucketAbac"
        | "s3:GetBucketTagging"
        | "kms:ListGrants"
        | "organizations:DescribeOrganization" => vec![],
        other => panic!("say what {other} costs"),
    }
}

pub(crate) fn joint() -> Fixture {
    fixture::named("expected-owner")
}

pub(crate) fn changed(before: &Report, after: &Report) -> Vec<(&'static str, Status)> {
    let pairs = before.checks.iter().zip(&after.checks);
    pairs
        .filter(|(before, after)| before.status != after.status)
        .map(|(_, after)| (after.id.as_str(), after.status))
        .collect()
}

pub(crate) fn refusal(operation: &str) -> serde_json::Value {
    let code = if operation.starts_with("kms:") { "AccessDeniedException" } else { "AccessDenied" };
    json!({"Error": {"Code": code, "Message": "not authorized"}})
}

#[test]
fn taking_away_one_answer_costs_exactly_the_checks_that_need_it() {
    let joint = joint();
    let before = joint.judge();
    assert_eq!(before.exit(FailOn::Fail), 0);
    for operation in Operation::READS.iter().filter(|read| !read.is_evidence()).map(|read| read.name()) {
        for refused in [true, false] {
            let after = joint.with_answer(operation, refused.then(|| refusal(operation))).judge();
            let wanted: Vec<_> = costs(operation, refused).into_iter().map(|id| (id, Status::Unknown)).collect();
            assert_eq!(changed(&before, &after), wanted, "{operation} refused: {refused}");
            let counts = after.checks.iter().any(|check| check.required && check.status == Status::Unknown);
            assert_eq!(after.exit(FailOn::Fail), if counts { 3 } else { 0 }, "{operation}");
        }
    }
}

#[test]
fn a_refusal_names_the_right_to_add_and_an_absence_what_was_not_read() {
    let joint = joint();
    let before = joint.judge();
    for read in Operation::READS.iter().filter(|read| !read.is_evidence()) {
        let name = read.name();
        let refused = joint.with_answer(name, Some(refusal(name))).judge();
        let missing = joint.with_answer(name, None).judge();
        let action = read.iam_action().unwrap_or("sts:GetCallerIdentity");
        for (report, word) in [(refused, action), (missing, name)] {
            for (id, _) in changed(&before, &report) {
                let message = &super::find(&report, id).message;
                assert!(message.contains(word), "{id} does not say {word}: {message}");
            }
        }
    }
}

/// `Check::needs` is what `permissions` and people go by: it must be complete. And whatever is missing, nothing
/// that was not seen passes, and nothing that could not be read fails.
#[test]
fn a_missing_answer_touches_only_who_names_it_and_decides_nothing() {
    for fixture in fixture::all() {
        let before = fixture.judge();
        if super::status(&before, "bucket.exists") == "fail" {
            continue;
        }
        for operation in &fixture.own {
            let after = fixture.with_answer(operation, None).judge();
            for ((check, after), entry) in before.checks.iter().zip(&after.checks).zip(all()) {
                let (was, is) = (check.status, after.status);
                let change = format!("{}: without {operation} {} went from {was:?} to {is:?}", fixture.name, check.id);
                assert!(was == is || entry.needs.iter().any(|needed| needed.name() == operation), "{change}");
                assert!(is != Status::Pass || matches!(was, Status::Pass | Status::Skip), "{change}");
                assert!(is != Status::Fail || was == Status::Fail, "{change}");
            }
        }
    }
}
