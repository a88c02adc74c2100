//! What is proposed can be saved, and what goes further than its name says is named.

use serde_json::{Value, json};
use stc_check::checks::{Case, judge};
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::settings::Delivery;
use stc_check::snapshot::PolicyText;

use crate::judge::fixture::{self, Fixture};

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline)
}

fn note(plan: &Plan, document: &str) -> String {
    let change = plan.changes.iter().find(|change| change.document.as_str() == document);
    change.unwrap_or_else(|| panic!("no {document}: {plan:#?}")).note.clone().unwrap_or_default()
}

/// The fixture with its policy edited.
fn edited(name: &str, operation: &str, edit: impl FnOnce(&mut Value)) -> Fixture {
    let base = fixture::named(name);
    let text = base.document["operations"][operation]["Policy"].as_str().unwrap();
    let mut policy: Value = serde_json::from_str(text).unwrap();
    edit(&mut policy);
    base.with_answer(operation, Some(json!({"Policy": policy.to_string()})))
}

#[test]
fn every_policy_that_is_proposed_would_be_saved() {
    let mut seen = 0;
    for fixture in fixture::all() {
        for change in planned(fixture).changes {
            let mut snapshot = fixture.snapshot();
            let text = PolicyText::unsaved(&change.after.to_string());
            let check = match change.document.as_str() {
                "bucket-policy" => {
                    snapshot.preview_bucket_policy(text);
                    "policy.document"
                }
                "key-policy" => {
                    snapshot.preview_key_policy(text);
                    "kms.policy-document"
                }
                _ => continue,
            };
            let report = judge(&Case::new(&fixture.connection, &snapshot, None));
            let check = report.checks.iter().find(|found| found.id.as_str() == check).unwrap();
            let objections = check.evidence.details.get("objections").and_then(Value::as_array).cloned();
            let refused = objections.unwrap_or_default().into_iter().any(|objection| objection["seen"] == true);
            assert!(!refused, "{}: {}", fixture.name, check.message);
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// The account of Sailthru begins with a zero, which a spreadsheet takes away.
#[test]
fn a_key_policy_that_lost_a_leading_zero_gets_it_back() {
    let fixture = fixture::named("joint");
    let whole = fixture.document["operations"]["kms:GetKeyPolicy"]["Policy"].as_str().unwrap();
    let text = whole.replace("099647660399", "99647660399");
    assert_ne!(text, whole);
    let mut snapshot = fixture.snapshot();
    snapshot.preview_key_policy(PolicyText::unsaved(&text));
    let plan = plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline);
    assert_eq!((plan.exit(), plan.unfixable.as_slice()), (0, &[][..]));
    let after = &plan.changes.iter().find(|change| change.document.as_str() == "key-policy").unwrap().after;
    assert_eq!(*after, serde_json::from_str::<Value>(whole).unwrap());
}

/// A role name is unique in its account: who comes by a session of that name is Sailthru, and may gain.
#[test]
fn a_session_of_sailthrus_role_is_sailthru() {
    let fixture = edited("joint", "s3:GetBucketPolicy", |policy| {
        policy["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Deny",
            "Principal": {"AWS": "arn:aws:sts::099647660399:assumed-role/sc-event-stream-production/x"},
            "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::acme-exports"}));
    });
    let plan = planned(&fixture);
    assert!(plan.changes.iter().any(|change| change.check.as_str() == "policy.list-bucket"), "{plan:#?}");
    assert_eq!(plan.unfixable, []);
}

#[test]
fn a_bucket_that_denies_its_own_policy_to_everyone_is_for_the_root_user() {
    let locked = |actions: Value| {
        edited("policy-without-delete", "s3:GetBucketPolicy", |policy| {
            policy["Statement"].as_array_mut().unwrap().push(json!({"Sid": "Lock", "Effect": "Deny", "Principal": "*",
                "Action": actions, "Resource": "arn:aws:s3:::acme-exports"}));
        })
    };
    for (actions, deletes) in
        [(json!(["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]), false), (json!("s3:PutBucketPolicy"), true)]
    {
        let plan = planned(&locked(actions));
        let given_up = plan.unfixable.iter().find(|one| one.check.as_str() == "policy.delete-object").unwrap();
        assert_eq!(
            (plan.changes.as_slice(), given_up.who.as_str()),
            (&[][..], "the root user of the bucket's account")
        );
        assert!(given_up.why.contains("Only the account's root user"), "{given_up:?}");
        assert!(given_up.why.contains("--target-principal 111122223333"), "{given_up:?}");
        assert_eq!(given_up.why.contains("No statement denies s3:DeleteBucketPolicy"), deletes, "{given_up:?}");
    }
}

#[test]
fn a_network_that_the_calls_must_come_from_is_named_and_one_that_is_shut_out_is_not() {
    let denying = |condition: Value| {
        edited("policy-without-delete", "s3:GetBucketPolicy", |policy| {
            policy["Statement"]
                .as_array_mut()
                .unwrap()
                .push(json!({"Sid": "Network", "Effect": "Deny", "Principal": "*",
                "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::acme-exports", "Condition": condition}));
        })
    };
    let of = |condition| note(&planned(&denying(condition)), "bucket-policy");
    let endpoint = of(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}));
    assert!(endpoint.contains("Run the commands through the VPC endpoint `vpce-1a2b3c4d`"), "{endpoint}");
    let address = of(json!({"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}));
    assert!(address.contains("from the address `198.51.100.0/24`"), "{address}");
    let shut_out = of(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}));
    assert!(!shut_out.contains("Run the commands") && shut_out.contains("`aws:SourceIp`"), "{shut_out}");
    let either = of(json!({"NotIpAddressIfExists": {"aws:SourceIp": "198.51.100.0/24"},
        "StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}));
    let places = "Run the commands from the address `198.51.100.0/24` or through the VPC endpoint `vpce-1a2b3c4d`: ";
    assert!(either.contains(places), "{either}");
    let some =
        of(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d", "aws:PrincipalOrgID": "o-a1b2c3d4e5"}}));
    assert!(some.contains("unless its Condition spares you: see what it says of `aws:PrincipalOrgID`"), "{some}");
    let factor = of(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}));
    assert!(factor.contains("unless its Condition spares you"), "{factor}");
}

/// S3 gives KMS the ARN of the bucket with a Bucket Key, and that of the object without.
#[test]
fn the_condition_on_the_encryption_context_is_extended_and_the_bucket_key_is_named() {
    let context = |values: Value| {
        edited("joint", "kms:GetKeyPolicy", |policy| {
            let statements = policy["Statement"].as_array_mut().unwrap();
            let vendors =
                statements.iter_mut().find(|one| one["Principal"].to_string().contains("099647660399")).unwrap();
            vendors["Condition"] = json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": values}});
        })
    };
    let plan = planned(&context(json!("arn:aws:s3:::acme-exports/*")));
    assert!(note(&plan, "key-policy").contains("The S3 Bucket Key of this bucket is on"), "{plan:#?}");
    let after = plan.changes.iter().find(|change| change.document.as_str() == "key-policy").unwrap().after.to_string();
    assert!(after.contains(r#"["arn:aws:s3:::acme-exports/*","arn:aws:s3:::acme-exports"]"#), "{after}");
    let off = context(json!("arn:aws:s3:::acme-exports"));
    let mut encryption = off.document["operations"]["s3:GetBucketEncryption"].clone();
    encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["BucketKeyEnabled"] = json!(false);
    let plan = planned(&off.with_answer("s3:GetBucketEncryption", Some(encryption)));
    assert!(note(&plan, "key-policy").contains("This bucket has no S3 Bucket Key"), "{plan:#?}");
}

#[test]
fn who_relies_on_access_control_lists_is_named_before_they_are_switched_off() {
    let with_writer = edited("acl-log-delivery", "s3:GetBucketPolicy", |policy| {
        policy["Statement"].as_array_mut().unwrap().push(json!({"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::444455556666:role/loader"}, "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-exports/in/*"}));
    });
    let mut acl = with_writer.document["operations"]["s3:GetBucketAcl"].clone();
    acl["Grants"].as_array_mut().unwrap().push(json!({"Permission": "WRITE",
        "Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}));
    let plan = planned(&with_writer.with_answer("s3:GetBucketAcl", Some(acl)));
    let order: Vec<&str> = plan
        .changes
        .iter()
        .filter(|change| change.check.as_str() == "delivery.ownership")
        .map(|change| change.document.as_str())
        .collect();
    assert_eq!(order, ["bucket-policy", "acl", "ownership-controls"]);
    assert!(note(&plan, "bucket-policy").contains("put the policy first"), "{plan:#?}");
    assert!(note(&plan, "acl").contains("the group LogDelivery"), "{plan:#?}");
    assert!(note(&plan, "ownership-controls").contains("`arn:aws:iam::444455556666:role/loader`"), "{plan:#?}");
}

/// A text that KMS does not take for a key is not handed to a command: the AWS CLI would read `file://` as a file.
#[test]
fn what_can_be_no_key_is_no_part_of_a_command() {
    for name in ["file:///etc/passwd", "-x", "alias/it's"] {
        let base = fixture::named("key-policy-without-the-vendor");
        let mut encryption = base.document["operations"]["s3:GetBucketEncryption"].clone();
        encryption["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] =
            json!(name);
        let fixture = base.with_answer("s3:GetBucketEncryption", Some(encryption)).with_answer("kms:DescribeKey", None);
        let plan = planned(&fixture);
        let commands = plan.changes.iter().flat_map(|change| change.commands.iter().chain(&change.rollback));
        for command in commands {
            let words = stc_check::text::shell::words(command);
            assert!(!words.iter().any(|word| word == name), "{command}");
        }
    }
}
