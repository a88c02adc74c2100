//! Bucket policies that S3 refuses to save, and some that it takes, as previews.

use serde_json::{Value, json};
use stc_check::checks::{self, Case};
use stc_check::names::BucketName;
use stc_check::report::{CheckResult, Status};
use stc_check::snapshot::{PolicyText, Snapshot};
use stc_check::vendor::Connection;

fn judged(policy: &str) -> CheckResult {
    let connection = Connection::new(BucketName::parse("acme-exports").unwrap());
    let mut snapshot = Snapshot::new("acme-exports", Some("us-east-1"), "2026-11-26T06:00:00Z".parse().unwrap());
    snapshot.preview_bucket_policy(PolicyText::unsaved(policy));
    let report = checks::judge(&Case::new(&connection, &snapshot, None));
    report.checks.into_iter().find(|check| check.id.as_str() == "policy.document").unwrap()
}

/// Each case says where it is from, and whether S3 refuses it: true, false, or null where nobody knows.
#[test]
fn every_refusal_is_told_and_nothing_else() {
    for line in include_str!("save_time_cases.jsonl").lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let name = case["name"].as_str().unwrap();
        let check = judged(case["policy"].as_str().unwrap());
        let bad = matches!(check.status, Status::Fail | Status::Warn);
        match &case["refused"] {
            Value::Bool(true) => assert!(bad, "{name}: {}", check.message),
            // Other warnings, such as of rights that go too far, are no refusals.
            Value::Bool(false) => {
                assert_eq!(check.evidence.details.get("objections"), None, "{name}: {}", check.message);
                assert_ne!(check.status, Status::Fail, "{name}: {}", check.message);
            }
            _ => {}
        }
    }
}

#[test]
fn a_policy_that_is_too_long_is_refused() {
    let statement = |number: usize| json!({"Effect": "Allow", "Principal": {"AWS": "099647660399"}, "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::acme-exports/{number}/{}/*", "x".repeat(200))});
    let policy = json!({"Version": "2012-10-17", "Statement": (0..80).map(statement).collect::<Value>()});
    let check = judged(&policy.to_string());
    assert_eq!(check.status, Status::Fail);
    assert!(check.message.contains("20480"), "{}", check.message);
}

/// The culprit is underlined: the objection's place is that of the value it is about.
#[test]
fn an_objection_points_at_its_culprit() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "099647660399"}, "Action": ["s3:PutObject", "s3:GetBucketLocation"], "Resource": "arn:aws:s3:::acme-exports/*"}]}"#;
    let check = judged(policy);
    let [exhibit] = check.annotations.as_slice() else { panic!("{:?}", check.annotations) };
    assert_eq!(policy.get(exhibit.span.start..exhibit.span.end), Some("\"s3:GetBucketLocation\""));
}
