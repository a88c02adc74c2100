//! `stc-check permissions`: each right is one operation's, and each operation's right is there.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};
use stc_check::fix::permissions::PROBE_OPERATIONS;
use stc_check::report::CheckId;
use stc_check::report::Status;
use stc_check::snapshot::Operation;

use crate::collect::check;
use crate::fake_aws::{FakeAws, Fault};
use crate::judge::without;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

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

/// Taken away from the policy, each action leaves exactly one operation refused, and exactly that one's checks unknown, each
/// naming the action.
#[test]
fn each_right_is_that_of_one_operation_and_its_loss_costs_exactly_its_checks() {
    let rows: BTreeMap<&str, &str> = Operation::READS
        .iter()
        .filter(|read| !read.is_evidence())
        .filter_map(|read| read.iam_action().map(|action| (action, read.name())))
        .collect();
    let joint = without::joint();
    let before = joint.judge();
    for arguments in [&["--no-probe"][..], &["--no-probe", "--kms-key", KEY]] {
        let actions = actions(&policy(arguments));
        assert_eq!(actions.iter().map(String::as_str).collect::<BTreeSet<_>>(), rows.keys().copied().collect());
        assert_eq!(actions.len(), rows.len(), "no action appears twice");
        for action in actions {
            let operation = rows[action.as_str()];
            let after = joint.with_answer(operation, Some(without::refusal(operation))).judge();
            let lost: Vec<_> = without::costs(operation, true).into_iter().map(|id| (id, Status::Unknown)).collect();
            assert_eq!(without::changed(&before, &after), lost, "without {action}");
            for check in after.checks.iter().filter(|check| check.status == Status::Unknown) {
                assert!(check.message.contains(&action), "{} does not name {action}: {}", check.id, check.message);
            }
        }
    }
}

/// The same for what the probe does.
#[test]
fn each_right_of_the_probe_is_that_of_one_operation() {
    let read: BTreeSet<String> = actions(&policy(&["--no-probe"])).into_iter().collect();
    let with_probe: BTreeSet<String> = actions(&policy(&[])).into_iter().collect();
    let of_the_probe: BTreeSet<&str> = with_probe.difference(&read).map(String::as_str).collect();
    let by_operation = PROBE_OPERATIONS.iter().map(|(_, action)| *action);
    // With these two S3 asks the key while it puts and reads the object.
    let by_key = ["kms:GenerateDataKey", "kms:Decrypt"];
    assert_eq!(of_the_probe, by_operation.chain(by_key).collect());
    let all = ["probe.upload", "probe.encrypted", "probe.delete"];
    let losses: [(&str, &str, &[&str]); 5] = [
        ("s3:PutObject", "s3:PutObject", &all),
        ("s3:PutObject", "kms:GenerateDataKey", &all),
        // The list of the bucket stands in; only whose object lies there is not told then.
        ("s3:HeadObject", "s3:GetObject", &[]),
        ("s3:HeadObject", "kms:Decrypt", &[]),
        ("s3:DeleteObject", "s3:DeleteObject", &all[2..]),
    ];
    assert_eq!(losses.iter().map(|(_, action, _)| *action).collect::<BTreeSet<_>>(), of_the_probe);
    let whole = check(&FakeAws::start(), &[]);
    for (operation, action, lost) in losses {
        let fake = FakeAws::start();
        let said = format!(
            "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: {action} on resource: x because no identity-based policy allows the {action} action"
        );
        fake.fail(operation, Fault::Said(403, "AccessDenied", said.leak()));
        let without = check(&fake, &[]);
        for id in CheckId::all().map(CheckId::as_str) {
            let wanted = if lost.contains(&id) { "unknown" } else { whole.status(id) };
            assert_eq!(without.status(id), wanted, "without {action}: {id}: {}", without.check(id));
        }
        if let Some(id) = lost.first() {
            let first = without.check(id).to_string();
            assert!(first.contains(action), "without {action}: {first}");
        }
    }
}

#[test]
fn the_rights_are_no_wider_than_bucket_key_and_probe_object() {
    let whole = policy(&["--kms-key", KEY]);
    insta::assert_snapshot!("permissions", format!("{whole:#}"));
    let role = policy(&["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider"]);
    let last = role["Statement"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["Action"][0], &last["Resource"]),
        (&json!("sts:AssumeRole"), &json!("arn:aws:iam::444455556666:role/outsider"))
    );
    assert!(!actions(&role).contains(&"s3:PutObject".to_owned()));
}

/// What watching asks for is in the table of rights, and nothing of it writes.
#[test]
fn watching_needs_only_rights_to_look() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["permissions", "--watch", "--bucket", "acme-exports"])
        .env_clear()
        .output()
        .unwrap();
    let policy: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let actions: Vec<&str> = statements
        .iter()
        .flat_map(|one| one["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap())
        .collect();
    let reads = Operation::READS.iter().filter(|read| read.is_evidence());
    for action in reads.filter_map(|read| read.iam_action()) {
        assert!(actions.contains(&action), "{action} is not among {actions:?}");
    }
    let looks = |action: &&str| {
        ["List", "Get", "Describe", "Lookup", "Decrypt"].iter().any(|verb| action.contains(&format!(":{verb}")))
    };
    assert!(actions.iter().all(looks), "{actions:?}");
}
