//! `--redact`: the same statuses, and no name of the customer's left.

use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};
use stc_check::checks::{Case, judge};
use stc_check::names::{AccountId, BucketName, KeyArn};
use stc_check::redact::Redactor;
use stc_check::snapshot::Snapshot;
use stc_check::vendor::{Connection, OrganizationPolicy, Writer};

use crate::judge::fixture;

/// The connection as one would type it for the redacted snapshot.
fn redacted_connection(redactor: &mut Redactor, connection: &Connection, snapshot: &Snapshot) -> Connection {
    Connection {
        reach: Vec::new(),
        bucket: BucketName::parse(&snapshot.bucket).unwrap(),
        principals: connection
            .principals
            .iter()
            .map(|writer| Writer::parse(&redactor.text(&writer.to_string())).unwrap())
            .collect(),
        kms_key: connection.kms_key.as_ref().map(|key| KeyArn::parse(&redactor.text(&key.to_string())).unwrap()),
        expected_owner: connection
            .expected_owner
            .as_ref()
            .map(|owner| AccountId::parse(&redactor.text(owner.as_str())).unwrap()),
        organization_policies: connection
            .organization_policies
            .iter()
            .map(|policy| OrganizationPolicy {
                name: policy.name.clone(),
                text: with_stand_ins(redactor, policy.text.parse().unwrap()).to_string(),
            })
            .collect(),
        ..connection.clone()
    }
}

/// A policy that is not part of the snapshot, with the names that the redacted snapshot has.
fn with_stand_ins(redactor: &mut Redactor, value: Value) -> Value {
    match value {
        Value::String(text) => redactor.text(&text).into(),
        Value::Array(values) => values.into_iter().map(|value| with_stand_ins(redactor, value)).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, with_stand_ins(redactor, value))).collect()
        }
        other => other,
    }
}

#[test]
fn every_fixture_keeps_its_statuses_and_loses_its_names() {
    for fixture in fixture::all() {
        let mut redactor = Redactor::new("acme-exports");
        let redacted = redactor.snapshot(&fixture.snapshot()).unwrap();
        let connection = redacted_connection(&mut redactor, &fixture.connection, &redacted);
        let after = judge(&Case::new(&connection, &redacted, None));
        for (old, new) in fixture.judge().checks.iter().zip(&after.checks) {
            assert_eq!(old.status, new.status, "{}: {}: {} / {}", fixture.name, old.id, old.message, new.message);
        }
        let text = redacted.to_json();
        for name in [
            "111122223333",
            "444455556666",
            "acme-exports",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "75aa57f09aa0c8caeab4f8c24e99d10f",
        ] {
            assert!(!text.contains(name), "{}: `{name}` is still there:\n{text}", fixture.name);
        }
    }
}

#[test]
fn words_of_people_are_left_out() {
    let mut snapshot: Value = fixture::all()[0].snapshot().to_json().parse().unwrap();
    let operations = snapshot["operations"].as_object_mut().unwrap();
    operations.insert(
        "kms:DescribeKey".to_owned(),
        json!({"KeyMetadata": {"KeyState": "Enabled", "Description": "for Project Falcon", "XksKeyConfiguration": {"Id": "falcon-1"},
            "CustomKeyStoreId": "cks-falcon", "CurrentKeyMaterialId": "96083e4fb6dbc41d77578a213a6b6669c044dd4c143e97755396d2bf11fd6068"}}),
    );
    operations.insert(
        "s3:GetBucketAcl".to_owned(),
        json!({"Owner": {"DisplayName": "falcon", "ID": "c0ffee"}, "Grants": [
            {"Grantee": {"EmailAddress": "falcon@example.com", "DisplayName": "falcon"}, "Permission": "READ"}]}),
    );
    operations.insert(
        "kms:ListGrants".to_owned(),
        json!({"NextMarker": "grant-of-falcon", "NextToken": "ZmFsY29u", "Grants": [{"RetiringPrincipal": "arn:aws:iam::444455556666:role/falcon", "IssuingAccount": "arn:aws:iam::444455556666:root",
            "KeyId": "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"}]}),
    );
    let snapshot = Snapshot::from_json(&snapshot.to_string()).unwrap();
    let text = Redactor::new("acme-exports").snapshot(&snapshot).unwrap().to_json().to_lowercase();
    for name in ["falcon", "zmfsy29u", "444455556666", "1234abcd", "96083e4f"] {
        assert!(!text.contains(name), "`{name}` is still there:\n{text}");
    }
    assert!(text.contains("retiringprincipal") && text.contains("nexttoken"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_name_survives(
        accounts in prop::collection::vec("[1-8][0-9]{11}", 4),
        bucket in "[a-z]q[a-z0-9]{4,12}-[a-z0-9]{3,8}",
        names in prop::collection::vec("[A-Z]q[a-z0-9]{6,14}", 36),
        key in "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}",
        canonical in "[0-9a-f]{64}",
        id in "[A-Z0-9]{17}",
        organization in "[a-z]{10}",
        network in "[0-9a-f]{17}",
    ) {
        let [own, other, third, fourth] = &accounts[..] else { unreachable!() };
        let [user, role, session, sid, alias, grant, tag, value, team, folder, policy_id, gone, part, context, nobody, provider, display, policy, access_point, dashed, host, copied, copy_path, variable, fallback, leftover, element, nested, extra, words, operator, proxy, object, elsewhere, other_sid, effect] = &names[..] else { unreachable!() };
        let arn = format!("arn:aws:kms:us-east-1:{own}:key/{key}");
        let dashes = |account: &str| format!("{}-{}-{}", &account[..4], &account[4..8], &account[8..]);
        let bucket_policy = json!({"Version": "2012-10-17", "Id": policy_id, "Statement": [
            {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": [format!("arn:aws:iam::{other}:role/{team}/{role}"), third, format!("AROA{id}")]},
             "Action": "s3:*", "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
             "Condition": {"StringEquals": {(format!("aws:ResourceTag/{tag}")): value, "aws:PrincipalAccount": [other, third],
                               "aws:PrincipalOrgID": format!("o-{organization}"), "aws:SourceVpce": format!("vpce-{network}"), "aws:username": user,
                               "saml:sub": format!("{display}@example.com"), "s3:DataAccessPointArn": format!("arn:aws:s3:us-east-1:{third}:accesspoint/{access_point}")},
                           "StringEqualsIgnoreCase": {(format!("aws:ResourceTag/{}", tag.to_uppercase())): value.to_uppercase()},
                           "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": format!("o-{organization}/r-{organization}/ou-{organization}-{network}/*")},
                           "ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{other}:role/{team}/{role}-*")},
                           "StringLike": {"aws:userid": format!("AROA{id}:{session}")}}},
            {"Effect": "Deny", "Principal": {"AWS": nobody, "CanonicalUser": canonical, "Federated": [format!("arn:aws:iam::{other}:saml-provider/{provider}"), format!("idp.{host}.com")]},
             "Condition": {"StringEquals": {(format!("idp.{host}.com:sub")): user}},
             "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{bucket}-{}/*", dashed.to_lowercase())},
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::099647660399:role/sc-event-stream-production"},
             "Action": ["s3:ListBucket", "s3:PutObject", "s3:DeleteObject"], "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")]},
            {"Sid": format!("{other_sid} of {}", dashes(fourth)), "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
             "Resource": format!("arn:aws:s3:::{bucket}/home/${{aws:PrincipalTag/{variable}, '{fallback}'}}/*"),
             "Condition": {"StringLike": {"s3:x-amz-copy-source": [format!("/{}-{copied}/{copy_path}/*", copied.to_lowercase()), format!("{}/{copy_path}", copied.to_lowercase())],
                 "aws:userid": format!("${{aws:ResourceTag/{variable}}}")}}},
        ]});
        // What IAM refuses: it is told of all the same, and shared with whoever helps.
        let refused = json!({"Version": "2012-10-17", (element.as_str()): {(nested.as_str()): [words]}, "Statement": [
            {"Sid": [extra], "Effect": effect, "Principal": "*", "Action": [words], (element.as_str()): words, "Resource": format!("arn:aws:s3:::${{{leftover}}}/*"),
             "Condition": {(operator.as_str()): {"aws:username": user}, "StringEquals": [words]}}, words]});
        let key_policy = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{own}:root")}, "Action": "kms:*", "Resource": "*",
            "Condition": {"StringEquals": {"kms:CallerAccount": fourth, "kms:EncryptionContext:aws:s3:arn": format!("arn:aws:s3:::{bucket}"),
                (format!("kms:EncryptionContext:{context}")): part, "kms:RequestAlias": format!("alias/{alias}")},
                "ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": [context]}}}});
        let document = json!({"schema": "stc-check/snapshot/1", "taken_at": "2026-11-23T18:00:00Z", "bucket": bucket, "region": "us-east-1", "operations": {
            "s3:HeadBucket": {"BucketRegion": "us-east-1"},
            "s3:GetBucketPolicy": {"Policy": bucket_policy.to_string()},
            "s3:GetBucketPolicyStatus": {"Error": {"Code": "AccessDenied", "Message":
                format!("User: arn:aws:sts::{own}:assumed-role/{role}/{session} is not authorized to perform: s3:GetBucketPolicyStatus on resource: \"arn:aws:s3:::{bucket}\" because {user} of {own} may not, nor assumed-role/{role}/{session}, nor {display}@{host}.com; the key is alias/{alias}. It is not {user}.")}},
            "s3:GetBucketVersioning": {"Error": {"Code": "AccessDenied", "Message":
                format!("with an explicit deny in a service control policy: arn:aws:organizations::{own}:policy/o-{organization}/service_control_policy/p-{network}, named '{policy}' (vpce-{network})")}},
            "s3:GetBucketTagging": {"TagSet": [{"Key": tag, "Value": value}]},
            "s3:GetBucketRequestPayment": {"Error": {"Code": "PermanentRedirect", "Message":
                format!("The bucket you are attempting to access must be addressed using the specified endpoint: https://{bucket}.s3.eu-west-1.amazonaws.com:443/{object}/x.csv?{elsewhere}=1 or {}.s3-eu-west-1.amazonaws.com, {proxy}.example.net:3128, of {}", elsewhere.to_lowercase(), dashes(third))}},
            "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault":
                {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": format!("arn:aws:kms:us-east-1:{own}:alias/{alias}")}}]}},
            "s3:GetBucketAcl": {"Owner": {"ID": canonical, "DisplayName": display}, "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": canonical, "DisplayName": display, "EmailAddress": format!("{display}@example.com")}, "Permission": "FULL_CONTROL"}]},
            "s3:GetBucketAbac": {"Error": {"Code": "AccessDenied", "Message": format!("{tag} and {value}")}},
            "kms:DescribeKey": {"KeyMetadata": {"AWSAccountId": own, "KeyId": key, "Arn": arn, "Description": folder}},
            "kms:GetKeyPolicy": {"Policy": key_policy.to_string()},
            "kms:ListGrants": {"Grants": [{"GrantId": grant, "Name": gone, "GranteePrincipal": format!("arn:aws:iam::{fourth}:user/{user}"), "Operations": ["Decrypt"],
                "RetiringPrincipal": format!("arn:aws:iam::{fourth}:role/{role}"), "IssuingAccount": own,
                "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": format!("arn:aws:s3:::{bucket}/{bucket}.csv"), (context): part}, "SourceArn": format!("arn:aws:sns:us-east-1:{third}:{team}")}}]},
            "sts:GetCallerIdentity": {"Account": own, "Arn": format!("arn:aws:iam::{own}:user/{user}"), "UserId": format!("AIDA{id}")},
        }});
        let snapshot = Snapshot::from_json(&document.to_string()).unwrap();
        let redacted = Redactor::new(&bucket).snapshot(&snapshot).unwrap();
        let text = redacted.to_json();
        for name in accounts.iter().chain(&names).chain([&bucket, &key, &canonical, &id, &organization, &network]) {
            prop_assert!(!text.to_lowercase().contains(&name.to_lowercase()), "`{}` is still there:\n{}", name, text);
        }
        prop_assert!(text.contains("arn:aws:iam::099647660399:role/sc-event-stream-production"));
        for key in ["s3:GetBucketPolicy", "kms:GetKeyPolicy"] {
            let mut document = document.clone();
            document["operations"][key] = json!({"Policy": refused.to_string()});
            let snapshot = Snapshot::from_json(&document.to_string()).unwrap();
            let text = Redactor::new(&bucket).snapshot(&snapshot).unwrap().to_json().to_lowercase();
            for name in &names {
                prop_assert!(!text.contains(&name.to_lowercase()), "`{}` is still there:\n{}", name, text);
            }
        }
        let judged = |snapshot: &Snapshot| {
            let connection = Connection::new(BucketName::parse(&snapshot.bucket).unwrap());
            judge(&Case::new(&connection, snapshot, None)).checks.iter().map(|check| (check.id, check.status)).collect::<Vec<_>>()
        };
        prop_assert_eq!(judged(&snapshot), judged(&redacted));
    }
}

/// Conditions on tags come out alike, however they compare.
#[test]
fn conditions_on_tags_are_judged_alike() {
    let conditions = [
        json!({"StringEquals": {"aws:ResourceTag/team": "growth-eu"}}),
        json!({"StringEquals": {"aws:ResourceTag/TEAM": "growth-eu"}}),
        json!({"StringEquals": {"aws:ResourceTag/team": ["sales", "finance"]}}),
        json!({"StringNotEquals": {"s3:BucketTag/team": "growth-eu"}}),
        json!({"StringEqualsIgnoreCase": {"aws:ResourceTag/team": "GROWTH-EU"}}),
        json!({"StringEquals": {"aws:ResourceTag/team": "GROWTH-EU"}}),
        json!({"StringLike": {"aws:ResourceTag/team": "growth-*"}}),
        json!({"StringLike": {"aws:ResourceTag/team": "g?owth-*"}}),
        json!({"StringLike": {"aws:ResourceTag/team": "sales-*"}}),
        json!({"StringNotLike": {"aws:ResourceTag/team": ["sales-*", "*-eu"]}}),
        json!({"NumericLessThan": {"aws:ResourceTag/level": "5"}}),
        json!({"Bool": {"aws:ResourceTag/open": "true"}}),
        json!({"Null": {"aws:ResourceTag/owner": "true"}}),
        json!({"StringEquals": {"aws:username": "integ"}}),
    ];
    let tags = json!({"TagSet": [{"Key": "team", "Value": "growth-eu"}, {"Key": "level", "Value": "3"}, {"Key": "open", "Value": "true"}, {"Key": "sales", "Value": "finance"}]});
    for base in ["joint", "data-exporter"] {
        let base = fixture::named(base)
            .with_answer("s3:GetBucketAbac", Some(json!({"AbacStatus": {"Status": "Enabled"}})))
            .with_answer("s3:GetBucketTagging", Some(tags.clone()));
        let text = base.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
        let policy: Value = serde_json::from_str(text).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for condition in &conditions {
            for effect in ["Allow", "Deny"] {
                let mut policy = policy.clone();
                let statements = policy["Statement"].as_array_mut().unwrap();
                if effect == "Allow" {
                    statements
                        .iter_mut()
                        .filter(|one| one["Effect"] == "Allow")
                        .for_each(|one| one["Condition"] = condition.clone());
                } else {
                    statements.push(json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/*", "Condition": condition}));
                }
                let fixture = base.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": policy.to_string()})));
                let mut redactor = Redactor::new("acme-exports");
                let redacted = redactor.snapshot(&fixture.snapshot()).unwrap();
                let connection = redacted_connection(&mut redactor, &fixture.connection, &redacted);
                let after = judge(&Case::new(&connection, &redacted, None));
                for (old, new) in fixture.judge().checks.iter().zip(&after.checks) {
                    assert_eq!(old.status, new.status, "{effect} {condition}: {}: {}", old.id, new.message);
                    if old.id.as_str() == "policy.put-object" {
                        seen.insert(old.status.as_str());
                    }
                }
                let text = redacted.to_json().to_lowercase();
                assert!(!text.contains("growth") && !text.contains("sales") && !text.contains("finance"), "{text}");
            }
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["fail", "pass"], "both ways are tried");
    }
}

/// What breaks off is no policy; the names in it go all the same.
#[test]
fn a_document_that_is_no_json_loses_its_names_too() {
    let broken = r#"{"Id": "Wobble", "Statement": [{"Sid" : "Quux", "Principal": {"AWS": "arn:aws:iam::444455556666:role/team/frob"}, "Resource": "arn:aws:s3:::acme-exports/*""#;
    let fixture = fixture::named("joint").with_answer("s3:GetBucketPolicy", Some(json!({"Policy": broken})));
    let text = Redactor::new("acme-exports").snapshot(&fixture.snapshot()).unwrap().to_json();
    for name in ["Wobble", "Quux", "444455556666", "team", "frob", "acme"] {
        assert!(!text.contains(name), "`{name}` is still there: {text}");
    }
}

#[test]
fn the_binary_saves_it_redacted() {
    let directory = tempfile::TempDir::new().unwrap();
    let fixture = fixture::named("joint");
    std::fs::write(directory.path().join("snapshot.json"), fixture.document.to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
        command.args(arguments).current_dir(directory.path()).env_clear().output().unwrap()
    };
    let saved = run(&["--snapshot", "snapshot.json", "--save-snapshot", "shared.json", "--redact", "--quiet"]);
    assert_eq!(saved.status.code(), Some(0));
    let shared = std::fs::read_to_string(directory.path().join("shared.json")).unwrap();
    assert!(!shared.contains("111122223333") && !shared.contains("acme"), "{shared}");
    let statuses = |file: &str| {
        let output = run(&["--snapshot", file, "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| (check["id"].clone(), check["status"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses("snapshot.json"), statuses("shared.json"));
    assert_eq!(run(&["--snapshot", "snapshot.json", "--redact"]).status.code(), Some(2));
}
