//! `stc-check fix`: every broken fixture, mended in memory, passes; rolled back, it is as it was.

use std::fmt::Write;
use std::process::Command;

use serde_json::{Value, json};
use stc_check::policy::simulate::request;
use stc_check::policy::{Document, DocumentKind, decide};
use stc_check::remedy::fix::{Plan, plan};
use stc_check::remedy::settings::Delivery;
use stc_check::report::{FailOn, Report, Status};
use stc_check::requirement::{Case, judge};
use stc_check::snapshot::Snapshot;
use tempfile::TempDir;

use crate::judge::fixture::{self, Fixture};

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    plan(&Case { connection: &fixture.connection, snapshot: &snapshot, live: None }, Delivery::Inline)
}

/// The fixture with every change made, as the service would answer then.
fn mended(fixture: &Fixture, plan: &Plan) -> Snapshot {
    let mut document = fixture.document.clone();
    let operations = document["operations"].as_object_mut().unwrap();
    for change in &plan.changes {
        let after = change.after.clone();
        let (operation, answer) = match change.document {
            "bucket-policy" => ("s3:GetBucketPolicy", json!({"Policy": after.to_string()})),
            "key-policy" => ("kms:GetKeyPolicy", json!({"Policy": after.to_string()})),
            "public-access-block" => ("s3:GetPublicAccessBlock", json!({"PublicAccessBlockConfiguration": after})),
            "default-encryption" => ("s3:GetBucketEncryption", json!({"ServerSideEncryptionConfiguration": after})),
            "ownership-controls" => ("s3:GetBucketOwnershipControls", json!({"OwnershipControls": after})),
            "acl" => ("s3:GetBucketAcl", after),
            "request-payment" => ("s3:GetBucketRequestPayment", after),
            "object-lock" => ("s3:GetObjectLockConfiguration", json!({"ObjectLockConfiguration": after})),
            "key" => {
                let mut metadata = operations["kms:DescribeKey"]["KeyMetadata"].clone();
                metadata["KeyState"] = after["KeyState"].clone();
                metadata["Enabled"] = after["Enabled"].clone();
                metadata["DeletionDate"] = after["DeletionDate"].clone();
                ("kms:DescribeKey", json!({"KeyMetadata": metadata}))
            }
            other => panic!("{}: `{other}` is no document", fixture.name),
        };
        if operation == "s3:GetBucketPolicy" {
            operations.remove("s3:GetBucketPolicyStatus");
        }
        operations.insert(operation.to_owned(), answer);
    }
    Snapshot::from_json(&document.to_string()).unwrap()
}

fn judged(fixture: &Fixture, snapshot: &Snapshot) -> Report {
    judge(&Case { connection: &fixture.connection, snapshot, live: None })
}

#[test]
fn every_broken_fixture_passes_once_mended() {
    let mut wrong = String::new();
    for fixture in fixture::all() {
        let (before, plan) = (fixture.judge(), planned(fixture));
        let after = judged(fixture, &mended(fixture, &plan));
        for (old, new) in before.checks.iter().zip(&after.checks) {
            let broken = matches!(old.status, Status::Fail | Status::Warn);
            let changed = plan.changes.iter().any(|change| change.check == old.id);
            let given_up = plan.unfixable.iter().any(|unfixable| unfixable.check == old.id);
            if broken && changed == given_up {
                writeln!(wrong, "{}: {} changed {changed}, given up {given_up}", fixture.name, old.id).unwrap();
            }
            if changed && !matches!(new.status, Status::Pass | Status::Skip) {
                writeln!(wrong, "{}: {} is still {}: {}", fixture.name, old.id, new.status.as_str(), new.message)
                    .unwrap();
            }
            if !broken && matches!(new.status, Status::Fail | Status::Warn) {
                writeln!(wrong, "{}: {} is now {}: {}", fixture.name, old.id, new.status.as_str(), new.message)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What a command hands to the AWS CLI, word by word.
fn words(command: &str) -> Vec<String> {
    let script = format!("aws() {{ printf '%s\\0' \"$@\"; }}; {command}");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{command}");
    String::from_utf8(output.stdout).unwrap().split_terminator('\0').map(str::to_owned).collect()
}

fn value_of<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| word == option)?;
    words.get(at + 1).map(String::as_str)
}

#[test]
fn the_commands_carry_the_policies_there_and_back() {
    for fixture in fixture::all() {
        let snapshot = fixture.snapshot();
        let mut seen: Vec<&str> = Vec::new();
        for change in planned(fixture).changes {
            if seen.contains(&change.document) {
                continue;
            }
            seen.push(change.document);
            assert!(
                !change.commands.is_empty() && !change.rollback.is_empty(),
                "{}: {}",
                fixture.name,
                change.document
            );
            let policy = match change.document {
                "bucket-policy" => snapshot.bucket_policy.found(),
                "key-policy" => snapshot.key_policy.found(),
                _ => continue,
            };
            let [apply, back] = [&change.commands, &change.rollback].map(|commands| words(&commands[0]));
            let put: Value = serde_json::from_str(value_of(&apply, "--policy").unwrap()).unwrap();
            assert_eq!(put, change.after, "{}", fixture.name);
            match policy {
                Some(text) => assert_eq!(value_of(&back, "--policy"), Some(text.policy.as_str()), "{}", fixture.name),
                None => assert_eq!(back[..2], ["s3api", "delete-bucket-policy"], "{}", fixture.name),
            }
        }
    }
}

/// The joint bucket with one more statement.
fn with_statement(statement: &Value) -> Fixture {
    let base = fixture::named("joint");
    let text = base.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
    let mut policy: Value = serde_json::from_str(text).unwrap();
    policy["Statement"].as_array_mut().unwrap().push(statement.clone());
    base.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": policy.to_string()})))
}

const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";

#[test]
fn a_deny_that_hits_the_vendor_spares_it_alone() {
    let put = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/*", "Condition": condition});
    let header = "s3:x-amz-server-side-encryption";
    let everything = ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"];
    let denies = [
        put(json!({"Null": {header: "true"}})),
        put(json!({"StringNotEquals": {header: "aws:kms"}})),
        put(json!({"StringNotEqualsIfExists": {header: ["aws:kms", "AES256"]}, "Null": {header: "true"}})),
        put(json!({"ForAllValues:StringNotEquals": {header: "aws:kms"}})),
        put(json!({"StringNotEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}})),
        put(json!({"ArnNotEquals": {"AWS:principalarn": "arn:aws:iam::111122223333:role/loader"}})),
        put(json!({"ArnNotEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:topic"}})),
        put(json!({"StringNotEquals": {"aws:PrincipalAccount": "111122223333"}})),
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything,
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}),
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/loader"]},
            "Action": "s3:*", "Resource": everything}),
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": "AROAEXAMPLEORPHAN1234"}, "Action": "s3:PutObject", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": {"AWS": "099647660399"}, "NotAction": "s3:GetObject", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": {"AWS": [ROLE, "arn:aws:iam::444455556666:role/other"]}, "Action": "s3:Put*", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": "arn:aws:s3:::acme-exports/public/*"}),
    ];
    for deny in denies {
        let fixture = with_statement(&deny);
        let before = fixture.judge();
        assert_eq!(before.exit(FailOn::Fail), 1, "{deny} breaks nothing");
        let plan = planned(&fixture);
        let after = judged(&fixture, &mended(&fixture, &plan));
        assert_eq!((plan.exit(), after.exit(FailOn::Warn)), (0, 0), "{deny}: {:#?}", plan.unfixable);
        let policy = &plan.changes[0].after;
        assert_eq!(policy["Statement"].as_array().unwrap().len(), 4, "{deny}: {policy:#}");
        for (index, statement) in policy["Statement"].as_array().unwrap().iter().enumerate().take(3) {
            assert_eq!(*statement, with_statement_policy(&fixture)["Statement"][index], "the rest is as it was");
        }
        // Others are hit as before.
        let [old, new] = [with_statement_policy(&fixture), policy.clone()]
            .map(|policy| Document::parse(&policy.to_string(), DocumentKind::Bucket).unwrap());
        for other in [
            "*",
            "arn:aws:iam::444455556666:role/other",
            "arn:aws:iam::099647660399:role/other",
            "arn:aws:iam::111122223333:role/analyst",
        ] {
            for action in ["s3:PutObject", "s3:DeleteObject", "s3:GetObject"] {
                let request = request(other, action, "arn:aws:s3:::acme-exports/a", None, &[], &[]).unwrap();
                assert_eq!(decide(&old, &request).outcome, decide(&new, &request).outcome, "{deny}: {other} {action}");
            }
        }
    }
}

fn with_statement_policy(fixture: &Fixture) -> Value {
    serde_json::from_str(fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap()).unwrap()
}

#[test]
fn what_would_give_rights_to_others_or_outgrow_the_limit_is_not_proposed() {
    // Somebody else's account lost its zero: to mend that would let them in.
    let stranger = json!({"Effect": "Allow", "Principal": {"AWS": "11122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-exports/*"});
    let plan = planned(&with_statement(&stranger));
    assert!(plan.unfixable.iter().any(|unfixable| unfixable.check == "policy.document"), "{plan:#?}");
    assert_eq!(plan.exit(), 1);
    // No room for the exemption.
    let deny = |length: usize| {
        let condition = json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "x".repeat(length)}});
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/*", "Condition": condition})
    };
    let short = with_statement_policy(&with_statement(&deny(0))).to_string().len();
    let fixture = with_statement(&deny(20_480 - short));
    assert_eq!(with_statement_policy(&fixture).to_string().len(), 20_480);
    let plan = planned(&fixture);
    let put = plan.unfixable.iter().find(|unfixable| unfixable.check == "policy.put-object").unwrap();
    assert!(put.why.contains("20480"), "{put:?}");
}

#[test]
fn rights_that_a_deny_hid_do_not_come_to_light() {
    let fixture = with_statement(
        &json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["s3:*"], "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]}),
    );
    let mut policy = with_statement_policy(&fixture);
    policy["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"], "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}));
    let fixture = fixture.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": policy.to_string()})));
    let plan = planned(&fixture);
    let after = judged(&fixture, &mended(&fixture, &plan));
    assert_eq!((plan.exit(), after.exit(FailOn::Warn)), (0, 0), "{plan:#?}");
    assert_eq!(
        plan.changes[0].after["Statement"][3]["Action"],
        json!(["s3:ListBucket", "s3:PutObject", "s3:DeleteObject"])
    );
}

/// A run of the binary on the snapshot of a fixture, in a directory of its own.
fn run(fixture: &Fixture, directory: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    std::fs::write(directory.path().join("snapshot.json"), fixture.document.to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["fix", "--snapshot", "snapshot.json"])
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_binary_prints_the_contract_and_writes_the_documents() {
    let fixture = fixture::named("policy-demands-an-encryption-header");
    let directory = TempDir::new().unwrap();
    let (code, out, err) = run(&fixture, &directory, &["--format", "json", "--output", "changes"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["unfixable"], json!([]));
    let change = &plan["changes"][0];
    assert_eq!(
        (change["check"].as_str(), change["document"].as_str()),
        (Some("policy.put-object"), Some("bucket-policy"))
    );
    assert!(change["diff"].as_str().unwrap().contains("\n+        \"ArnNotEquals\": {"), "{change:#}");
    assert_eq!(
        change["commands"],
        json!(["aws s3api put-bucket-policy --bucket acme-exports --policy file://changes/bucket-policy.json"])
    );
    let read = |name: &str| std::fs::read_to_string(directory.path().join("changes").join(name)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&read("bucket-policy.json")).unwrap(), change["after"]);
    assert_eq!(
        read("bucket-policy.before.json"),
        fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap()
    );
    assert_eq!(std::fs::read_dir(directory.path().join("changes")).unwrap().count(), 2);
    // The report over the preview says the same.
    let checked = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["--snapshot", "snapshot.json", "--bucket-policy", "changes/bucket-policy.json"])
        .current_dir(directory.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[test]
fn a_directory_that_cannot_be_written_leaves_nothing_behind() {
    let fixture = fixture::named("no-policy");
    let directory = TempDir::new().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    std::fs::create_dir_all(directory.path().join("taken/bucket-policy.json")).unwrap();
    for place in ["file", "missing/changes", "taken"] {
        let (code, out, err) = run(&fixture, &directory, &["--output", place]);
        assert_eq!((code, out.as_str()), (2, ""), "{place}");
        assert!(err.contains(place), "{place}: {err}");
    }
    assert_eq!(std::fs::read_dir(directory.path().join("taken")).unwrap().count(), 1);
}

#[test]
fn the_text_says_what_to_do_and_who_can() {
    let directory = TempDir::new().unwrap();
    let (code, out, _) = run(&fixture::named("policy-for-our-endpoint-only"), &directory, &[]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("text", out);
    let (code, out, _) = run(&fixture::named("key-of-another-account"), &directory, &[]);
    assert_eq!(code, 3);
    assert!(out.contains("who can: the account 444455556666, which owns the key"), "{out}");
    let (code, out, _) = run(&fixture::named("joint"), &directory, &[]);
    assert_eq!((code, out.as_str()), (0, "Nothing to fix in acme-exports.\n"));
}

/// What is proposed for each fault, for review.
#[test]
fn every_change_for_every_fault() {
    let mut text = String::new();
    for fixture in fixture::cases() {
        let plan = planned(fixture);
        writeln!(text, "== {} ({}): exit {}", fixture.name, fixture.base, plan.exit()).unwrap();
        let mut shown: Vec<&str> = Vec::new();
        for change in &plan.changes {
            writeln!(text, "{}: {}", change.check, change.document).unwrap();
            if !shown.contains(&change.document) {
                shown.push(change.document);
                for line in change.diff.lines().filter(|line| line.starts_with(['+', '-'])).skip(2) {
                    writeln!(text, "    {}", line.trim_end()).unwrap();
                }
                if let Some(note) = &change.note {
                    writeln!(text, "    note: {note}").unwrap();
                }
            }
        }
        for unfixable in &plan.unfixable {
            writeln!(text, "unfixable {}: {} -- {}", unfixable.check, unfixable.who, unfixable.why).unwrap();
        }
    }
    insta::assert_snapshot!("changes", text);
}
