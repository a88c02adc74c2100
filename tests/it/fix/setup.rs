//! `stc-check policy`: what it prints passes the check.

use std::process::Command;

use proptest::prelude::*;
use serde_json::{Value, json};
use stc_check::checks::{Case, judge};
use stc_check::fix::setup::{CommandStyle, Setup, setup};
use stc_check::names::{BucketName, KeyArn};
use stc_check::report::{Report, Status};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::documents::{Encryption, KeyReference};
use stc_check::vendor::{Connection, Variant, Writer};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Regions of the vendor's partition: the oldest, a usual one, one that has to be opted into.
const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "me-central-1"];

/// A bucket in which the documents, and nothing else, were put in place.
fn furnished(setup: &Setup, region: &str) -> Snapshot {
    let nothing = |code: &str| json!({"Error": {"Code": code, "Message": ""}});
    let mut operations = json!({
        "s3:HeadBucket": {"BucketRegion": region},
        "s3:GetBucketPolicy": {"Policy": setup.bucket_policy.to_string()},
        "s3:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": setup.public_access_block},
        "s3control:GetPublicAccessBlock": nothing("NoSuchPublicAccessBlockConfiguration"),
        "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": setup.default_encryption},
        "s3:GetBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        "s3:GetBucketAcl": {"Grants": []},
        "s3:GetBucketVersioning": {},
        "s3:GetObjectLockConfiguration": nothing("ObjectLockConfigurationNotFoundError"),
        "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
        "sts:GetCallerIdentity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ada"},
    });
    if let Some(statement) = &setup.key_policy_statement {
        let owner = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Statement": [owner, statement]});
        operations["kms:GetKeyPolicy"] = json!({"Policy": policy.to_string()});
        operations["kms:ListGrants"] = json!({"Grants": []});
        operations["kms:DescribeKey"] = json!({"KeyMetadata": {
            "AWSAccountId": "111122223333", "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab", "Arn": KEY.replace("eu-west-1", region), "Enabled": true,
            "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT", "KeyManager": "CUSTOMER",
            "Origin": "AWS_KMS", "MultiRegion": false}});
    }
    let document = json!({"schema": "stc-check/snapshot/1", "taken_at": "2026-11-23T18:00:00Z", "bucket": "acme-exports",
        "region": region, "operations": operations});
    Snapshot::from_json(&document.to_string()).unwrap()
}

fn judged(connection: &Connection, encryption: &Encryption, region: &str) -> Report {
    let plan = Snapshot::new("acme-exports", Some(region), jiff::Timestamp::UNIX_EPOCH);
    let setup = setup(&Case::new(connection, &plan, None), encryption, CommandStyle::default());
    judge(&Case::new(connection, &furnished(&setup, region), None))
}

/// Whether Sailthru has enabled a Region that it has to choose, no setting of the bucket tells.
fn is_region_of_choice(check: &stc_check::report::CheckResult) -> bool {
    check.id.as_str() == "bucket.region-enabled" && check.status == Status::Warn
}

fn assert_all_is_well(report: &Report, what: &str) {
    for check in &report.checks {
        assert!(
            matches!(check.status, Status::Pass | Status::Skip) || is_region_of_choice(check),
            "{what}: {} is {}: {}",
            check.id,
            check.status.as_str(),
            check.message
        );
    }
    for id in ["policy.list-bucket", "policy.put-object", "policy.delete-object", "policy.tls-only"] {
        let check = report.checks.iter().find(|check| check.id.as_str() == id).unwrap();
        assert_eq!(check.status, Status::Pass, "{what}: {id}");
    }
}

fn connection(variant: Variant, path: Option<&str>, principals: &[&str], encryption: &Encryption) -> Connection {
    Connection {
        reach: Vec::new(),
        variant,
        export_path: path.map(str::to_owned),
        principals: principals.iter().map(|arn| Writer::parse(arn).unwrap()).collect(),
        kms_key: match encryption.key() {
            Some(KeyReference::Arn(key)) => Some(key.clone()),
            _ => None,
        },
        ..Connection::new(BucketName::parse("acme-exports").unwrap())
    }
}

fn encryptions(region: &str) -> [Encryption; 3] {
    let key = || KeyArn::parse(&KEY.replace("eu-west-1", region)).unwrap();
    [Encryption::S3, Encryption::Kms(KeyReference::Arn(key())), Encryption::Dsse(KeyReference::Arn(key()))]
}

#[test]
fn what_it_prints_passes_every_check_for_every_variant_and_encryption() {
    let paths = [None, Some("reports/sailthru/"), Some("a*b?/${aws:username}/ü '\"/")];
    let others: [&[&str]; 3] = [
        &[],
        &["arn:aws:iam::123456789012:role/writer", "arn:aws:iam::123456789013:user/writer"],
        &["arn:aws:iam::123456789012:root"],
    ];
    for region in REGIONS {
        for variant in Variant::ALL {
            for encryption in encryptions(region) {
                for path in paths.into_iter().filter(|path| path.is_none() || variant != Variant::EventStream) {
                    for principals in others {
                        let connection = connection(variant, path, principals, &encryption);
                        let report = judged(&connection, &encryption, region);
                        let what = format!("{region} {variant} {encryption:?} {path:?} {principals:?}");
                        assert_all_is_well(&report, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn in_another_partition_it_passes_for_writers_of_that_partition() {
    for (region, writer) in [
        ("cn-north-1", "arn:aws-cn:iam::444455556666:role/writer"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::444455556666:user/writer"),
    ] {
        let connection = connection(Variant::Joint, None, &[writer], &Encryption::S3);
        assert_all_is_well(&judged(&connection, &Encryption::S3, region), region);
    }
}

proptest! {
    #[test]
    fn any_export_path_is_granted_and_no_other(path in "[^/\\p{C}][^\\p{C}/]{0,20}(/[^/\\p{C}]{1,20}){0,2}", other in "[a-z]{1,8}") {
        let path = format!("{path}/");
        let encryption = Encryption::S3;
        let granted = connection(Variant::DataExporter, Some(&path), &[], &encryption);
        assert_all_is_well(&judged(&granted, &encryption, "eu-west-1"), &path);
        let plan = Snapshot::new("acme-exports", Some("eu-west-1"), jiff::Timestamp::UNIX_EPOCH);
        let setup = setup(&Case::new(&granted, &plan, None), &encryption, CommandStyle::default());
        let elsewhere = connection(Variant::DataExporter, Some(&format!("{other}/")), &[], &encryption);
        let report = judge(&Case::new(&elsewhere, &furnished(&setup, "eu-west-1"), None));
        let put = report.checks.iter().find(|check| check.id.as_str() == "policy.put-object").unwrap();
        prop_assert_eq!(put.status == Status::Pass, path == format!("{other}/"));
    }
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_stc-check")).arg("policy").args(arguments).env_clear().output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn json_has_the_members_of_the_contract() {
    let (code, out, _) = run(&["--bucket", "s3://acme-exports", "--variant", "event-stream", "--format", "json"]);
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    let members: Vec<_> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["bucket_policy", "key_policy_statement", "public_access_block", "default_encryption", "commands"]
    );
    assert_eq!(document["key_policy_statement"], Value::Null);
    assert_eq!(document["bucket_policy"]["Statement"][0]["Principal"]["AWS"], "arn:aws:iam::099647660399:root");
    assert_eq!(
        document["default_encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
        "AES256"
    );
    for command in document["commands"].as_array().unwrap() {
        assert!(command.as_str().unwrap().starts_with("aws "), "{command}");
    }
}

/// What a shell hands to the AWS CLI is the document itself.
#[test]
fn the_commands_carry_the_documents_through_a_shell() {
    let path = "it's/$HOME `id`";
    let arguments =
        ["--bucket", "acme-exports", "--variant", "data-exporter", "--export-path", path, "--format", "json"];
    let document: Value = serde_json::from_str(&run(&arguments).1).unwrap();
    let command = document["commands"].as_array().unwrap().last().unwrap().as_str().unwrap();
    let script = format!("aws() {{ printf '%s' \"${{@: -1}}\"; }}; {command}");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let policy: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(policy, document["bucket_policy"]);
}

#[test]
fn terraform_has_the_same_documents() {
    let (code, out, _) = run(&["--bucket", "acme-exports", "--kms-key", KEY, "--format", "terraform"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("terraform", out);
}

/// The statements of a policy document in Terraform's language. Each attribute and each end of a block has a line.
pub(super) fn statements_of(hcl: &str, name: &str) -> Vec<Value> {
    let Some((_, body)) = hcl.split_once(&format!("data \"aws_iam_policy_document\" \"{name}\" {{\n")) else {
        return Vec::new();
    };
    let (mut statements, mut open): (Vec<Value>, Vec<(String, Value)>) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        if let Some(block) = line.strip_suffix(" {") {
            open.push((block.to_owned(), json!({})));
        } else if line == "}" {
            let Some((name, block)) = open.pop() else { break };
            match open.last_mut() {
                None => statements.push(block),
                Some((_, outer)) => {
                    let list = outer.as_object_mut().unwrap().entry(name).or_insert_with(|| json!([]));
                    list.as_array_mut().unwrap().push(block);
                }
            }
        } else if let Some((attribute, value)) = line.split_once(" = ") {
            let value = value.replace("$${", "${").replace("%%{", "%{");
            let value: Value = serde_json::from_str(&value).unwrap_or_else(|error| panic!("{error}: {line}"));
            let Some((_, block)) = open.last_mut() else { continue };
            block[attribute.trim()] = value;
        }
    }
    statements
}

/// The statements of a policy as the data source has them.
pub(super) fn as_blocks(policy: &Value) -> Vec<Value> {
    let list = |value: &Value| if value.is_array() { value.clone() } else { json!([value]) };
    let statement = |statement: &Value| {
        let mut block = json!({"effect": statement["Effect"]});
        if let Some(sid) = statement.get("Sid") {
            block["sid"] = sid.clone();
        }
        for (element, attribute) in [
            ("Action", "actions"),
            ("NotAction", "not_actions"),
            ("Resource", "resources"),
            ("NotResource", "not_resources"),
        ] {
            if let Some(value) = statement.get(element) {
                block[attribute] = list(value);
            }
        }
        for (element, name) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
            let blocks: Vec<Value> = match statement.get(element) {
                Some(Value::Object(kinds)) => {
                    kinds.iter().map(|(kind, names)| json!({"type": kind, "identifiers": list(names)})).collect()
                }
                Some(everyone) => vec![json!({"type": "*", "identifiers": [everyone]})],
                None => continue,
            };
            block[name] = json!(blocks);
        }
        for (operator, keys) in statement.get("Condition").and_then(Value::as_object).into_iter().flatten() {
            for (key, values) in keys.as_object().unwrap() {
                let texts = |value: &Value| json!(value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                let values: Vec<Value> = list(values).as_array().unwrap().iter().map(texts).collect();
                if block.get("condition").is_none() {
                    block["condition"] = json!([]);
                }
                let one = json!({"test": operator, "variable": key, "values": values});
                block["condition"].as_array_mut().unwrap().push(one);
            }
        }
        block
    };
    list(&policy["Statement"]).as_array().unwrap().iter().map(statement).collect()
}

/// `terraform fmt` leaves it as it is, where there is a Terraform.
pub(super) fn assert_is_laid_out(hcl: &str) {
    use std::io::Write as _;
    let mut command = Command::new("terraform");
    command
        .args(["fmt", "-check", "-diff", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped());
    let Ok(mut child) = command.stderr(std::process::Stdio::piped()).spawn() else { return };
    child.stdin.take().unwrap().write_all(hcl.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}\n{hcl}", String::from_utf8_lossy(&said));
}

#[test]
fn terraform_says_what_json_says_for_every_variant_and_encryption() {
    for variant in Variant::ALL.map(Variant::as_str) {
        for encryption in ["sse-s3", "sse-kms", "dsse-kms"] {
            let mut arguments = vec!["--bucket", "acme-exports", "--variant", variant, "--encryption", encryption];
            if variant == "data-exporter" {
                arguments.extend(["--export-path", "reports/a b/"]);
            }
            if encryption != "sse-s3" {
                arguments.extend(["--kms-key", KEY]);
            }
            let print = |format| run(&[&arguments[..], &["--format", format]].concat()).1;
            let (json, hcl): (Value, String) = (serde_json::from_str(&print("json")).unwrap(), print("terraform"));
            assert_is_laid_out(&hcl);
            assert_eq!(
                statements_of(&hcl, "sailthru_connect_bucket_policy"),
                as_blocks(&json["bucket_policy"]),
                "{hcl}"
            );
            let statement = Some(json["key_policy_statement"].clone()).filter(|statement| !statement.is_null());
            let statement: Vec<Value> =
                statement.iter().flat_map(|statement| as_blocks(&json!({"Statement": [statement]}))).collect();
            assert_eq!(statements_of(&hcl, "sailthru_connect_key_statement"), statement, "{hcl}");
            let by_default = &json["default_encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"];
            assert!(hcl.contains(&format!("= {}\n", by_default["SSEAlgorithm"])), "{hcl}");
            assert_eq!(hcl.contains(&format!("kms_master_key_id = \"{KEY}\"")), encryption != "sse-s3", "{hcl}");
            assert_eq!(hcl.matches(" = true").count(), if encryption == "sse-kms" { 5 } else { 4 }, "{hcl}");
            let text = print("text");
            for command in json["commands"].as_array().unwrap() {
                assert!(text.contains(command.as_str().unwrap()), "{text}");
            }
        }
    }
}

#[test]
fn the_commands_need_nothing_but_a_shell_and_the_aws_cli_and_go_where_they_are_told() {
    let arguments = ["--bucket", "acme-exports", "--kms-key", KEY, "--profile", "two words", "--format", "json"];
    let document: Value = serde_json::from_str(&run(&arguments).1).unwrap();
    for command in document["commands"].as_array().unwrap().iter().map(|command| command.as_str().unwrap()) {
        assert!(!command.contains("jq "), "{command}");
        assert_eq!(command.matches("aws ").count(), command.matches(" --profile 'two words'").count(), "{command}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (arguments, why) in [
        (vec![], "no bucket given"),
        (vec!["--bucket", "acme-exports", "--encryption", "sse-kms"], "needs a key"),
        (vec!["--bucket", "acme-exports", "--encryption", "sse-s3", "--kms-key", KEY], "contradicts"),
        (vec!["--bucket", "acme-exports", "--region", "cn-north-1"], "aws-cn"),
        (vec!["--bucket", "acme-exports", "--region", "us-east-1", "--kms-key", KEY], "own Region"),
        (vec!["--bucket", "acme-exports", "--profile=-x"], "does not begin with `-`"),
        (vec!["--bucket", "acme-exports", "--profile", "a\nb"], "control or invisible"),
        (
            vec!["--bucket", "acme-exports", "--principal", "arn:aws:iam::111122223333:role/a*b"],
            "Invalid principal in policy",
        ),
    ] {
        let (code, out, err) = run(&arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(why), "{arguments:?}: {err}");
    }
}
