//! `stc-check permissions`: each right is one operation's, and each operation's right is there.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use stc_check::report::Status;
use stc_check::requirement::ALL;
use stc_check::snapshot::OPERATIONS;

use crate::judge::fixture;

fn policy(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["permissions", "--bucket", "acme-exports"])
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap();
    let of = |statement: &Value| statement["Action"].as_array().unwrap().clone();
    statements.iter().flat_map(of).map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn each_right_is_that_of_one_operation_and_its_loss_costs_exactly_its_checks() {
    let actions = actions(&policy(&["--no-probe"]));
    let rows: BTreeSet<&str> = OPERATIONS.iter().filter_map(|operation| operation.iam_action).collect();
    assert_eq!(actions.iter().map(String::as_str).collect::<BTreeSet<_>>(), rows);
    assert_eq!(actions.len(), rows.len());
    let fixture = fixture::named("joint");
    for action in actions {
        let operation = OPERATIONS.iter().find(|operation| operation.iam_action == Some(action.as_str())).unwrap();
        let refused =
            fixture.with_answer(operation.name, Some(json!({"Error": {"Code": "AccessDenied", "Message": ""}})));
        for check in refused.judge().checks.iter().filter(|check| check.status == Status::Unknown) {
            let requirement = ALL.iter().find(|requirement| requirement.id == check.id).unwrap();
            assert!(requirement.needs.contains(&operation.name), "{} without {action}", check.id);
            assert!(check.message.contains(&action), "{} does not name {action}: {}", check.id, check.message);
        }
    }
}

#[test]
fn the_rights_are_no_wider_than_bucket_key_and_probe_object() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let whole = policy(&["--kms-key", key]);
    insta::assert_snapshot!("permissions", format!("{whole:#}"));
    let role = policy(&["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider"]);
    let last = role["Statement"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["Action"][0], &last["Resource"]),
        (&json!("sts:AssumeRole"), &json!("arn:aws:iam::444455556666:role/outsider"))
    );
    assert!(!actions(&role).contains(&"s3:PutObject".to_owned()));
}
