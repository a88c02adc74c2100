//! `stc-check fix`: every broken fixture, fixed in memory, passes; rolled back, it is as it was.

use std::fmt::Write;
use std::process::Command;

use serde_json::{Value, json};
use stc_check::checks::{Case, judge};
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::settings::Delivery;
use stc_check::policy::simulate::request;
use stc_check::policy::{Document, DocumentKind, Outcome, Request, decide};
use stc_check::report::{DocumentName, FailOn, Report, Status};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::Variant;
use tempfile::TempDir;

use crate::judge::fixture::{self, Fixture};

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline)
}

/// The fixture with every change made, as the service would answer then.
fn changed(fixture: &Fixture, plan: &Plan) -> Snapshot {
    let mut document = fixture.document.clone();
    let operations = document["operations"].as_object_mut().unwrap();
    for change in &plan.changes {
        let after = change.after.clone();
        let (operation, answer) = match change.document.as_str() {
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
    judge(&Case::new(&fixture.connection, snapshot, None))
}

#[test]
fn every_broken_fixture_passes_once_changed() {
    let rank = |status: Status| match status {
        Status::Pass | Status::Skip => 0,
        Status::Warn => 1,
        Status::Unknown => 2,
        Status::Fail => 3,
    };
    let mut wrong = String::new();
    for fixture in fixture::all() {
        let (before, plan) = (fixture.judge(), planned(fixture));
        let after = judged(fixture, &changed(fixture, &plan));
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
            let unread = |note: &String| note.contains("The policy of this key was not read");
            let unread = plan.changes.iter().any(|change| change.note.as_ref().is_some_and(unread));
            if rank(new.status) > rank(old.status) && !(new.id.family() == "kms" && unread) {
                writeln!(wrong, "{}: {} is now {}: {}", fixture.name, old.id, new.status.as_str(), new.message)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// How far a document lets somebody: not at all, perhaps, surely.
fn openness(document: Option<&Document>, request: &Request) -> u8 {
    match document.map(|document| decide(document, request).outcome) {
        None | Some(Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied) => 0,
        Some(Outcome::Conditional) => 1,
        Some(Outcome::Allowed) => 2,
    }
}

#[test]
fn nobody_else_gains_by_any_change() {
    let others = [
        "*",
        "arn:aws:iam::099647660399:role/other",
        "arn:aws:iam::099647660399:user/other",
        "arn:aws:iam::728023223659:user/other",
        "arn:aws:iam::444455556666:root",
        "arn:aws:iam::444455556666:role/other",
        "arn:aws:iam::111122223333:role/analyst",
        "arn:aws:iam::111122223333:root",
        "logging.s3.amazonaws.com",
    ];
    let mut questions = 0;
    for fixture in fixture::all() {
        let granted = |other: &str| {
            let event_stream = fixture.connection.variant == Variant::EventStream;
            event_stream && other.contains("::099647660399:")
        };
        for change in planned(fixture).changes {
            let (kind, actions, targets): (_, &[&str], &[&str]) = match change.document.as_str() {
                "bucket-policy" => (
                    DocumentKind::Bucket,
                    &[
                        "s3:ListBucket",
                        "s3:GetObject",
                        "s3:PutObject",
                        "s3:DeleteObject",
                        "s3:PutBucketPolicy",
                        "s3:PutObjectAcl",
                    ],
                    &[
                        "arn:aws:s3:::acme-exports",
                        "arn:aws:s3:::acme-exports/_ACCESS_CONFIRMATION",
                        "arn:aws:s3:::acme-exports/a/b",
                    ],
                ),
                "key-policy" => (
                    DocumentKind::Key,
                    &["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt", "kms:CreateGrant", "kms:PutKeyPolicy"],
                    &["arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"],
                ),
                _ => continue,
            };
            let read = |document: &Value| Document::parse(&document.to_string(), kind).ok();
            let (old, new) = (change.before.as_ref().and_then(read), read(&change.after));
            for other in others.into_iter().filter(|other| !granted(other)) {
                for action in actions {
                    for target in targets {
                        for (known, unknown) in [
                            (&[][..], &["*"][..]),
                            (&[("aws:SecureTransport", "true")], &[]),
                            (&[("aws:SecureTransport", "false")], &[]),
                        ] {
                            let known: Vec<_> = known
                                .iter()
                                .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]))
                                .collect();
                            let unknown: Vec<_> = unknown.iter().map(|key| (*key).to_owned()).collect();
                            let request =
                                request(other, action, target, Some("111122223333"), &known, &unknown).unwrap();
                            questions += 1;
                            assert!(
                                openness(new.as_ref(), &request) <= openness(old.as_ref(), &request),
                                "{}: {other} gains {action} on {target} by\n{}",
                                fixture.name,
                                change.diff
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(questions > 10_000, "{questions}");
}

#[test]
fn what_is_not_touched_keeps_its_place() {
    for fixture in fixture::all() {
        for change in planned(fixture).changes {
            let statements = |document: &Value| document.get("Statement").and_then(Value::as_array).cloned();
            let Some((old, new)) = change.before.as_ref().and_then(statements).zip(statements(&change.after)) else {
                continue;
            };
            let places: Vec<_> = old.iter().filter_map(|one| new.iter().position(|other| one == other)).collect();
            assert!(places.is_sorted(), "{}: {}", fixture.name, change.diff);
            assert_eq!(change.before.unwrap()["Id"], change.after["Id"], "{}", fixture.name);
        }
    }
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
        let mut seen: Vec<DocumentName> = Vec::new();
        for change in planned(fixture).changes {
            if seen.contains(&change.document) {
                continue;
            }
            seen.push(change.document);
            let no_way_back = change.note.as_ref().is_some_and(|note| note.contains("There is no way back"));
            assert!(!change.commands.is_empty(), "{}: {}", fixture.name, change.document);
            assert_eq!(change.rollback.is_empty(), no_way_back, "{}: {}", fixture.name, change.document);
            if no_way_back {
                continue;
            }
            let policy = match change.document.as_str() {
                "bucket-policy" => snapshot.bucket_policy.found(),
                "key-policy" => snapshot.key_policy.found(),
                _ => continue,
            };
            let [apply, back] = [&change.commands, &change.rollback].map(|commands| words(&commands[0]));
            let put: Value = serde_json::from_str(value_of(&apply, "--policy").unwrap()).unwrap();
            assert_eq!(put, change.after, "{}", fixture.name);
            let refused = change.note.is_some_and(|note| note.contains("does not take the"));
            match policy {
                // What goes back then is the same without what S3 or KMS refuses.
                Some(text) if refused => assert_ne!(value_of(&back, "--policy"), Some(text.policy.as_str())),
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
        put(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
        put(json!({"Null": {"aws:MultiFactorAuthAge": "true"}})),
        put(json!({"Null": {"s3:RequestObjectTag/class": "true"}})),
        put(json!({"Null": {"s3:object-lock-mode": "true"}})),
        put(json!({"Null": {"s3:if-none-match": "true"}})),
        put(json!({"StringNotEquals": {"s3:if-none-match": "*"}})),
        put(json!({"StringNotEquals": {"s3:signatureversion": "AWS"}})),
        put(json!({"StringNotEquals": {"aws:ResourceTag/open": "yes"}})),
        put(json!({"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.168.0.0/16"]}})),
        put(json!({"StringNotEquals": {"s3:DataAccessPointAccount": "111122223333"}})),
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything,
            "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}),
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/loader"]},
            "Action": ["s3:List*", "s3:*Object"], "Resource": everything}),
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": "AROAEXAMPLEORPHAN1234"}, "Action": "s3:PutObject", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": {"AWS": "099647660399"}, "NotAction": "s3:GetObject", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": {"AWS": [ROLE, "arn:aws:iam::444455556666:role/other"]}, "Action": "s3:Put*", "Resource": everything}),
        json!({"Effect": "Deny", "Principal": "*", "Action": ["s3:List*", "s3:*Object"], "NotResource": "arn:aws:s3:::acme-exports/public/*"}),
    ];
    for deny in denies {
        let fixture = with_statement(&deny);
        let before = fixture.judge();
        assert_eq!(before.exit(FailOn::Fail), 1, "{deny} breaks nothing");
        let plan = planned(&fixture);
        let after = judged(&fixture, &changed(&fixture, &plan));
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

/// The joint bucket with another text as its policy.
fn with_policy(text: &str) -> Fixture {
    fixture::named("joint").with_answer("s3:GetBucketPolicy", Some(json!({"Policy": text})))
}

#[test]
fn a_document_that_aws_would_refuse_for_its_spelling_is_respelt() {
    let joint = with_statement_policy(&fixture::named("joint"));
    let text = joint.to_string();
    let respellings = [
        (r#""Effect":"Allow""#, r#""Effect":"allow""#),
        (r#""Effect":"#, r#""effect":"#),
        (r#""Statement":"#, r#""statement":"#),
        (
            r#"{"AWS":"arn:aws:iam::099647660399:role/sc-event-stream-production"}"#,
            r#""arn:aws:iam::099647660399:role/sc-event-stream-production""#,
        ),
        (r#""AWS":"#, r#""aws":"#),
        (r#""2012-10-17""#, r#""2026-11-23""#),
        (r#""s3:ListBucket""#, r#""ListBucket""#),
        (r#""arn:aws:s3:::acme-exports/*""#, r#""acme-exports/*""#),
        (r#""arn:aws:s3:::acme-exports/*""#, r#""s3://acme-exports/*""#),
        (r#""arn:aws:s3:::acme-exports/*""#, r#""[yourbucketname]/*""#),
        (r#""arn:aws:iam::099647660399:role/sc-event-stream-production""#, "99647660399"),
    ];
    for (right, wrong) in respellings {
        assert!(text.contains(right), "{right}: {text}");
        let fixture = with_policy(&text.replace(right, wrong));
        assert_eq!(fixture.judge().exit(FailOn::Fail), 1, "{wrong} breaks nothing");
        let plan = planned(&fixture);
        let after = judged(&fixture, &changed(&fixture, &plan));
        assert_eq!((plan.exit(), after.exit(FailOn::Warn)), (0, 0), "{wrong}: {plan:#?}");
        assert_eq!(plan.changes[0].after, joint, "{wrong}");
        assert_eq!(plan.changes[0].before.as_ref().unwrap().to_string(), text.replace(right, wrong));
        assert!(plan.changes[0].note.as_ref().unwrap().contains("none of it is in force"), "{plan:#?}");
    }
    // What could mean more than one thing is nobody's to guess.
    let guesses = [
        (r#""Principal":"#, r#""NotPrincipal":"#),
        (r#""Effect":"Allow","#, r#""Effect":"Allow","Effect":"Deny","#),
        (r#""Effect":"Allow","#, ""),
        (r#""Bool":"#, r#""Boolean":"#),
        (r#""Action":"s3:ListBucket","#, ""),
        ("}", ""),
    ];
    for (right, wrong) in guesses {
        assert!(text.contains(right), "{right}: {text}");
        let plan = planned(&with_policy(&text.replacen(right, wrong, 1)));
        let given_up = plan.unfixable.iter().find(|unfixable| unfixable.check.as_str() == "policy.document").unwrap();
        assert!(plan.changes.is_empty() && plan.exit() == 1, "{wrong}: {plan:#?}");
        assert!(given_up.who.contains("`stc-check policy`"), "{given_up:?}");
    }
}

#[test]
fn a_variable_without_its_version_gets_it_where_that_opens_nothing() {
    let spares = json!({"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::acme-exports/home/${aws:username}/*"});
    let with = |statement: &Value| {
        let mut policy = with_statement_policy(&with_statement(statement));
        policy.as_object_mut().unwrap().remove("Version");
        with_policy(&policy.to_string())
    };
    let fixture = with(&spares);
    let plan = planned(&fixture);
    assert_eq!(plan.exit(), 0, "{plan:#?}");
    assert_eq!(plan.changes[0].after["Version"], "2012-10-17");
    // Here it would let people into their folders who are shut out now.
    let opens = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-exports/home/${aws:username}/*"});
    let plan = planned(&with(&opens));
    let given_up = plan.unfixable.iter().find(|unfixable| unfixable.check.as_str() == "policy.document").unwrap();
    assert!(given_up.why.contains("gives rights to others"), "{given_up:?}");
}

#[test]
fn what_nobody_can_know_is_settled_by_an_exemption_that_is_optional() {
    let everything = ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"];
    let deny = |condition: Value| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything, "Condition": condition});
    let denies = [
        deny(json!({"NotIpAddress": {"aws:SourceIp": "52.95.0.0/16"}})),
        deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.3"}})),
        deny(json!({"StringNotLike": {"aws:SourceVpce": "vpce-*"}})),
        deny(json!({"StringNotEquals": {"aws:PrincipalTag/team": "data"}})),
        json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", ROLE]}, "Action": ["s3:List*", "s3:*Object"], "Resource": everything}),
    ];
    for deny in denies {
        let fixture = with_statement(&deny);
        assert_eq!(fixture.judge().exit(FailOn::Fail), 3, "{deny}");
        let plan = planned(&fixture);
        // Without it nothing is decided; it is not needed for anything that failed.
        assert_eq!(plan.exit(), 3, "{deny}");
        assert!(!plan.changes.is_empty() && plan.changes.iter().all(|change| change.optional), "{deny}: {plan:#?}");
        assert_eq!(plan.unfixable, [], "{deny}");
        assert_eq!(judged(&fixture, &changed(&fixture, &plan)).exit(FailOn::Warn), 0, "{deny}");
    }
    // Beside a fail it stays a change of its own, with a way back to the needed one.
    let mut policy =
        with_statement_policy(&with_statement(&deny(json!({"NotIpAddress": {"aws:SourceIp": "52.95.0.0/16"}}))));
    policy["Statement"]
        .as_array_mut()
        .unwrap()
        .retain(|statement| statement.get("Condition") != Some(&json!({"Bool": {"aws:SecureTransport": "false"}})));
    let plan = planned(&with_policy(&policy.to_string()));
    let [needed, optional] =
        [false, true].map(|wanted| plan.changes.iter().find(|change| change.optional == wanted).unwrap());
    assert_eq!((needed.check.as_str(), optional.check.as_str()), ("policy.tls-only", "policy.list-bucket"));
    assert!(!needed.after.to_string().contains("aws:PrincipalArn"), "{needed:#?}");
    assert_eq!(optional.before.as_ref(), Some(&needed.after));
    let back = words(&optional.rollback[0]);
    assert_eq!(serde_json::from_str::<Value>(value_of(&back, "--policy").unwrap()).unwrap(), needed.after);
}

/// Each variant by the principals that it documents.
#[test]
fn a_deny_spares_the_principals_of_the_variant() {
    for (base, exemption) in [
        ("joint", json!({"ArnNotEquals": {"aws:PrincipalArn": [ROLE]}})),
        ("event-stream", json!({"StringNotEquals": {"aws:PrincipalAccount": ["099647660399"]}})),
        ("data-exporter", json!({"ArnNotEquals": {"aws:PrincipalArn": ["arn:aws:iam::728023223659:user/integ"]}})),
    ] {
        let fixture = fixture::named(base);
        let mut policy = with_statement_policy(&fixture);
        policy["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"], "Condition": {"Null": {"aws:PrincipalOrgID": "true"}, "StringNotLike": {"aws:Referer": "x"}, "Bool": {"aws:SecureTransport": "true"}}}));
        policy["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"], "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}}));
        let fixture = fixture.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": policy.to_string()})));
        let plan = planned(&fixture);
        assert_eq!(plan.exit(), 0, "{base}: {plan:#?}");
        assert_eq!(judged(&fixture, &changed(&fixture, &plan)).exit(FailOn::Warn), 0, "{base}");
        let statements = plan.changes[0].after["Statement"].as_array().unwrap();
        for (operator, block) in exemption.as_object().unwrap() {
            for (key, values) in block.as_object().unwrap() {
                assert_eq!(&statements.last().unwrap()["Condition"][operator][key], values, "{base}");
            }
        }
    }
}

/// What was not set is taken away again, and what was set comes back whole.
#[test]
fn the_way_back_restores_what_was_there() {
    let first_back = |fixture: &Fixture, document: &str| {
        let plan = planned(fixture);
        let change = plan.changes.iter().find(|change| change.document.as_str() == document);
        change.unwrap_or_else(|| panic!("{}: {plan:#?}", fixture.name)).rollback.clone()
    };
    for (name, document, operation) in [
        ("no-policy", "bucket-policy", "delete-bucket-policy"),
        ("encryption-none", "default-encryption", "delete-bucket-encryption"),
        ("access-block-nowhere", "public-access-block", "delete-public-access-block"),
        ("ownership-legacy", "ownership-controls", "delete-bucket-ownership-controls"),
        ("key-disabled", "key", "disable-key"),
        ("key-pending-deletion", "key", "schedule-key-deletion"),
        ("key-pending-replica-deletion", "key", "schedule-key-deletion"),
        ("requester-pays", "request-payment", "put-bucket-request-payment"),
    ] {
        let back = first_back(&fixture::named(name), document);
        assert_eq!(words(&back[0])[1], operation, "{name}");
    }
    let rule = |key: &str, bucket_key: bool| json!({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}, "BucketKeyEnabled": bucket_key, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}});
    let bare = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for bucket_key in [true, false] {
        let answer = json!({"ServerSideEncryptionConfiguration": {"Rules": [rule(bare, bucket_key)]}});
        let fixture = fixture::named("joint").with_answer("s3:GetBucketEncryption", Some(answer));
        let plan = planned(&fixture);
        let arn = format!("arn:aws:kms:us-east-1:111122223333:key/{bare}");
        assert_eq!(plan.changes[0].after, json!({"Rules": [rule(&arn, bucket_key)]}));
        let back = words(&plan.changes[0].rollback[0]);
        let put = value_of(&back, "--server-side-encryption-configuration").unwrap();
        assert_eq!(serde_json::from_str::<Value>(put).unwrap(), json!({"Rules": [rule(bare, bucket_key)]}));
    }
    let retention = json!({"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 7, "DefaultEventHold": {"Days": 3}}}});
    let fixture = fixture::named("joint")
        .with_answer("s3:GetObjectLockConfiguration", Some(json!({"ObjectLockConfiguration": retention})));
    let back = words(&first_back(&fixture, "object-lock")[0]);
    assert_eq!(
        serde_json::from_str::<Value>(value_of(&back, "--object-lock-configuration").unwrap()).unwrap(),
        retention
    );
    // Of several the order matters: what refuses the others comes last, and goes first on the way back.
    let order = [DocumentName::Acl, DocumentName::OwnershipControls, DocumentName::PublicAccessBlock];
    assert!(order.is_sorted() && DocumentName::BucketPolicy < order[2]);
}

fn with_statement_policy(fixture: &Fixture) -> Value {
    serde_json::from_str(fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap()).unwrap()
}

#[test]
fn what_would_give_rights_to_others_or_outgrow_the_limit_is_not_proposed() {
    // Somebody else's account lost its zero: to correct that would let them in.
    let stranger = json!({"Effect": "Allow", "Principal": {"AWS": "11122223333"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-exports/*"});
    let plan = planned(&with_statement(&stranger));
    assert!(plan.unfixable.iter().any(|unfixable| unfixable.check.as_str() == "policy.document"), "{plan:#?}");
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
    let put = plan.unfixable.iter().find(|unfixable| unfixable.check.as_str() == "policy.put-object").unwrap();
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
    let after = judged(&fixture, &changed(&fixture, &plan));
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
fn bad_files_are_refused_and_nothing_is_written() {
    let directory = TempDir::new().unwrap();
    let good = fixture::named("no-policy");
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    let policy = with_statement_policy(&fixture::named("joint"));
    write("truncated.json", &policy.to_string()[..100]);
    for (arguments, why) in [
        (["--bucket-policy", "truncated.json"], "not JSON"),
        (["--key-policy", "truncated.json"], "not JSON"),
        (["--bucket-policy", "missing.json"], "no such file"),
    ] {
        let (code, out, err) = run(&good, &directory, &[&arguments[..], &["--output", "changes"]].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(why) && err.contains(arguments[1]), "{arguments:?}: {err}");
        assert!(!directory.path().join("changes").exists());
    }
    // With spaces alone too many it is still a document that S3 can be given.
    write("spaced.json", &format!("{:#}{}", policy, " ".repeat(20_480)));
    let (code, _, err) = run(&good, &directory, &["--bucket-policy", "spaced.json", "--output", "changes"]);
    assert_eq!(code, 0, "{err}");
    write("snapshot.json", &good.document.to_string()[..200]);
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["fix", "--snapshot", "snapshot.json", "--output", "other"])
        .current_dir(directory.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(!directory.path().join("other").exists());
}

#[test]
fn the_way_back_from_a_preview_leads_to_what_is_in_force() {
    let directory = TempDir::new().unwrap();
    let fixture = fixture::named("joint");
    let in_force = fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
    let mut preview = with_statement_policy(&fixture);
    preview["Statement"].as_array_mut().unwrap().pop();
    std::fs::write(directory.path().join("preview.json"), preview.to_string()).unwrap();
    let arguments = ["--bucket-policy", "preview.json", "--output", "changes", "--profile", "exports"];
    let (code, out, err) = run(&fixture, &directory, &arguments);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("file://changes/bucket-policy.before.json --profile exports\n"), "{out}");
    assert!(out.contains("--- bucket-policy given\n"), "{out}");
    let before = std::fs::read_to_string(directory.path().join("changes/bucket-policy.before.json")).unwrap();
    assert_eq!(before, in_force);
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
        let mut shown: Vec<DocumentName> = Vec::new();
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
