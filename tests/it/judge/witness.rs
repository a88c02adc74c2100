//! The requests that the evidence shows: each is answered by `simulate --batch` as it says, and none is missing.

use serde_json::Value;
use stc_check::policy::simulate::answer_line;
use stc_check::report::{CheckResult, Status};

use super::fixture::{Fixture, all};

fn of_evidence(check: &CheckResult) -> Vec<&Value> {
    check.evidence.details.get("witness").and_then(Value::as_array).into_iter().flatten().collect()
}

/// The decisions of the requests, each of them as `simulate` makes it.
fn replayed(fixture: &Fixture, check: &CheckResult) -> Vec<String> {
    let replay = |(number, line): (usize, &Value)| {
        let answer: Value = serde_json::from_str(&answer_line(&line.to_string())).unwrap();
        assert_eq!(answer["decision"], line["decision"], "{}: {line}", fixture.name);
        assert_eq!(line["id"], format!("{}/{}", check.id, number + 1), "{}", fixture.name);
        assert_eq!(line["unknown"], serde_json::json!([]), "{}", fixture.name);
        line["decision"].as_str().unwrap().to_owned()
    };
    of_evidence(check).into_iter().enumerate().map(replay).collect()
}

#[test]
fn a_check_that_fails_or_is_open_shows_requests_that_simulate_answers_alike() {
    let (mut failed, mut open) = (0, 0);
    for fixture in all() {
        for check in fixture.judge().checks {
            let decisions = replayed(fixture, &check);
            let id = check.id.to_string();
            let permission = ["policy.list-bucket", "policy.put-object", "policy.delete-object"].contains(&id.as_str())
                || id.starts_with("kms.") && check.evidence.access.is_some();
            let decided_by_statements = permission && check.evidence.principal.is_some();
            match check.status {
                Status::Fail if decided_by_statements => {
                    assert_eq!(decisions.len(), 1, "{}: {id}: {}", fixture.name, check.message);
                    assert!(decisions[0].ends_with("-denied"), "{}: {id}", fixture.name);
                    failed += 1;
                }
                Status::Unknown if !decisions.is_empty() => {
                    assert!(decisions[0].ends_with("-denied") && decisions[1] == "allowed", "{}: {id}", fixture.name);
                    open += 1;
                }
                _ => assert!(decisions.is_empty(), "{}: {id}", fixture.name),
            }
        }
    }
    assert!(failed >= 50 && open >= 5, "{failed} checks that fail and {open} that are open");
}

#[test]
fn what_makes_the_difference_is_said() {
    let office = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::099647660399:root"}, "Action": "s3:*", "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/*", "Condition": {"NotIpAddress": {"aws:SourceIp": "8.8.8.0/24"}}}]}"#;
    let good = super::fixture::named("joint");
    let fixture = good.with_answer("s3:GetBucketPolicy", Some(serde_json::json!({"Policy": office})));
    let check = fixture.judge().checks.into_iter().find(|check| check.id.to_string() == "policy.put-object").unwrap();
    assert_eq!(check.status, Status::Unknown, "{}", check.message);
    assert!(check.message.contains("allowed from 8.8.8.8 and denied from 9.9.9.9"), "{}", check.message);
    let [refused, allowed] = of_evidence(&check)[..] else { panic!("two requests") };
    assert_eq!(refused["context"], serde_json::json!({"aws:SourceIp": "9.9.9.9"}));
    assert_eq!(allowed["context"], serde_json::json!({"aws:SourceIp": "8.8.8.8"}));
}
