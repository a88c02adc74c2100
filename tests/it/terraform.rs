//! `--terraform-plan`: plans in the shape of `terraform show -json`, judged by the real binary before they are applied.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::collect::stc_check;

mod hostile;
mod key;
mod nameless;
mod policy;
mod recorded;
mod unusable;

/// What a run came to.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Ran {
    let Output { status, stdout, stderr } = stc_check(arguments).env("LC_ALL", "C.UTF-8").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/terraform/{name}.json"));
    path.to_str().unwrap().to_owned()
}

fn plan(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// A report, and the exit code that came with it.
struct Report {
    code: Option<i32>,
    json: Value,
}

impl Report {
    /// Of a fixture.
    fn of(name: &str, arguments: &[&str]) -> Self {
        let ran = run(&[&["--terraform-plan", &fixture(name), "--format", "json"], arguments].concat());
        let json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{name}: {error}: {}", ran.err));
        Self { code: ran.code, json }
    }

    /// Of a plan that was changed.
    fn on(plan: &Value, arguments: &[&str]) -> Self {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("plan.json");
        std::fs::write(&path, plan.to_string()).unwrap();
        let ran = run(&[&["--terraform-plan", path.to_str().unwrap(), "--format", "json"], arguments].concat());
        let json = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err));
        Self { code: ran.code, json }
    }

    fn check(&self, id: &str) -> &Value {
        self.json["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap()
    }

    fn status(&self, id: &str) -> &str {
        self.check(id)["status"].as_str().unwrap()
    }

    fn message(&self, id: &str) -> &str {
        self.check(id)["message"].as_str().unwrap()
    }

    #[track_caller]
    fn expect(&self, rows: &[(&str, &str, &str)]) {
        for (id, status, words) in rows {
            let (is, message) = (self.status(id), self.message(id));
            assert!(is == *status && message.contains(words), "{id}: {is}: {message}");
        }
    }

    /// The checks that are neither passed nor skipped.
    fn remarkable(&self) -> Vec<&str> {
        let checks = self.json["checks"].as_array().unwrap().iter();
        checks
            .filter(|check| !matches!(check["status"].as_str(), Some("pass" | "skip")))
            .map(|check| check["id"].as_str().unwrap())
            .collect()
    }
}

/// The change of one resource, and its planned values.
fn change<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    let changes = plan["resource_changes"].as_array_mut().unwrap();
    &mut changes.iter_mut().find(|change| change["address"] == address).unwrap()["change"]
}

/// Sets an attribute of a resource of the root module, wherever the plan has it.
fn set(plan: &mut Value, address: &str, attribute: &str, value: &Value) {
    let change = change(plan, address);
    change["after"][attribute] = value.clone();
    if let Some(unknown) = change["after_unknown"].as_object_mut() {
        unknown.remove(attribute);
    }
    let planned = plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap();
    planned.iter_mut().find(|resource| resource["address"] == address).unwrap()["values"][attribute] = value.clone();
}

/// Leaves an attribute open until the plan is applied.
fn open(plan: &mut Value, address: &str, attribute: &str) {
    set(plan, address, attribute, &Value::Null);
    let remove = |values: &mut Value| values.as_object_mut().unwrap().remove(attribute);
    remove(&mut change(plan, address)["after"]);
    change(plan, address)["after_unknown"][attribute] = json!(true);
    let planned = plan["planned_values"]["root_module"]["resources"].as_array_mut().unwrap();
    remove(&mut planned.iter_mut().find(|resource| resource["address"] == address).unwrap()["values"]);
}

/// Takes a resource of the root module out of the plan and its configuration.
fn remove(plan: &mut Value, address: &str) {
    for list in [
        "/resource_changes",
        "/planned_values/root_module/resources",
        "/prior_state/values/root_module/resources",
        "/configuration/root_module/resources",
    ] {
        if let Some(list) = plan.pointer_mut(list).and_then(Value::as_array_mut) {
            list.retain(|resource| resource["address"] != address);
        }
    }
}

/// The configuration of a resource of the root module.
fn expressions<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    &mut resources.iter_mut().find(|resource| resource["address"] == address).unwrap()["expressions"]
}

#[test]
fn a_bucket_that_is_there_is_judged_as_it_will_be() {
    let report = Report::of("existing", &["--expected-bucket-owner", "111122223333"]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    report.expect(&[
        ("bucket.exists", "skip", "The plan holds this bucket (`aws_s3_bucket.exports`); S3 was not asked for it"),
        ("bucket.partition", "pass", "eu-west-1"),
        ("bucket.owner", "pass", "The plan is for the expected account 111122223333."),
        ("encryption.default", "pass", "SSE-KMS"),
        ("encryption.key-arn", "pass", "arn:aws:kms:eu-west-1:111122223333:key/d3473a36-"),
        ("kms.key-usable", "pass", "planned as customer managed"),
        ("transport.tls", "skip", "A Terraform plan was checked, not AWS, so nothing was sent"),
        ("probe.upload", "skip", "A Terraform plan was checked, not AWS, so nothing was sent"),
    ]);
    assert_eq!(report.json["subject"]["region"], "eu-west-1");
    let other = Report::of("existing", &["--expected-bucket-owner", "999988887777"]);
    other.expect(&[(
        "bucket.owner",
        "fail",
        "for the account 111122223333, not for the expected account 999988887777",
    )]);
    assert_eq!(other.code, Some(1));
}

#[test]
fn what_the_plan_does_not_hold_of_a_bucket_that_is_there_is_unknown_and_named() {
    let mut plan = plan("existing");
    remove(&mut plan, "aws_s3_bucket_public_access_block.exports");
    remove(&mut plan, "aws_s3_bucket_ownership_controls.exports");
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("public.access-block", "unknown", "The plan holds no `aws_s3_bucket_public_access_block` of the bucket"),
        ("delivery.ownership", "unknown", "The plan holds no `aws_s3_bucket_ownership_controls` of the bucket"),
        ("public.acl", "pass", "grants nothing"),
        ("policy.put-object", "pass", "VendorWrites"),
    ]);
    assert_eq!(report.code, Some(3));
    assert!(!report.message("public.access-block").contains("IAM action"));

    // Without a resource of its own the policy is the one that the last refresh read, and the default encryption too.
    remove(&mut plan, "aws_s3_bucket_policy.exports");
    remove(&mut plan, "aws_s3_bucket_server_side_encryption_configuration.exports");
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("policy.put-object", "pass", "VendorWrites"),
        ("encryption.default", "pass", "SSE-KMS"),
        ("kms.decrypt", "pass", "Vendor"),
    ]);
    set(&mut plan, "aws_s3_bucket.exports", "policy", &json!(""));
    let report = Report::on(&plan, &[]);
    // Read back, and empty: there is none. Null: the provider did not ask.
    report.expect(&[("policy.put-object", "fail", "Your bucket has no policy")]);
    set(&mut plan, "aws_s3_bucket.exports", "policy", &Value::Null);
    let report = Report::on(&plan, &[]);
    report.expect(&[("policy.put-object", "unknown", "The plan holds no `aws_s3_bucket_policy` of the bucket")]);
}

#[test]
fn an_empty_text_is_what_the_provider_writes_where_nothing_is_set() {
    let encryption = "aws_s3_bucket_server_side_encryption_configuration.exports";
    for name in ["existing", "first-apply"] {
        let mut plan = plan(name);
        let mut rule = change(&mut plan, encryption)["after"]["rule"].clone();
        rule[0]["apply_server_side_encryption_by_default"][0]["kms_master_key_id"] = json!("");
        set(&mut plan, encryption, "rule", &rule);
        expressions(&mut plan, encryption)["rule"][0]["apply_server_side_encryption_by_default"][0] =
            json!({"sse_algorithm": {"constant_value": "aws:kms"}});
        let report = Report::on(&plan, &[]);
        report.expect(&[
            ("encryption.key-arn", "fail", "aws/s3"),
            ("kms.key-usable", "fail", "managed by AWS"),
            ("kms.decrypt", "fail", ""),
        ]);
        assert!(!report.json.to_string().contains("kms_master_key_id"), "{name}");
    }
    let mut plan = plan("key-without-policy");
    set(&mut plan, "aws_kms_key.exports", "policy", &json!(""));
    Report::on(&plan, &[]).expect(&[("kms.decrypt", "fail", "No statement of the key policy allows")]);
}

#[test]
fn a_first_apply_is_judged_in_full_where_the_policy_names_the_bucket_by_its_name() {
    let report = Report::of("first-apply", &[]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    report.expect(&[
        ("bucket.exists", "skip", "The plan creates this bucket (`aws_s3_bucket.exports`)"),
        ("encryption.key-arn", "pass", "`${aws_kms_key.exports.arn}`, which is known once the plan is applied"),
        ("kms.key-usable", "pass", "`${aws_kms_key.exports.arn}` is planned as customer managed"),
        ("kms.re-encrypt-to", "pass", "The statement `Vendor`"),
        // AWS's defaults on a new bucket.
        ("delivery.ownership", "pass", "owner owns"),
        ("delivery.requester-pays", "pass", "owner pays"),
        ("delivery.object-lock", "pass", "No default retention"),
    ]);
    let expected = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let report = Report::of("first-apply", &["--kms-key", expected]);
    report.expect(&[("encryption.key-arn", "unknown", "known only after apply")]);
    assert_eq!(report.code, Some(3));
}

#[test]
fn modules_and_their_variables_and_outputs_are_followed() {
    let report = Report::of("modules", &["--bucket", "acme-exports-eu"]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    report.expect(&[
        ("bucket.exists", "skip", r#"`module.exports["eu"].aws_s3_bucket.this`"#),
        ("encryption.key-arn", "pass", "${module.key.aws_kms_key.this[0].arn}"),
        ("kms.decrypt", "pass", "Vendor"),
    ]);
    let report = Report::of("modules", &["--bucket", "acme-exports-us"]);
    report.expect(&[
        ("policy.put-object", "fail", "Your bucket has no policy"),
        ("public.access-block", "pass", ""),
        ("kms.decrypt", "pass", ""),
    ]);
    assert_eq!(report.code, Some(1));

    // A local value is not in the plan: what goes through one may belong to any bucket.
    let mut plan = plan("modules");
    let call =
        &mut plan["configuration"]["root_module"]["module_calls"]["exports"]["module"]["module_calls"]["settings"];
    call["expressions"]["bucket"] = json!({"references": ["local.bucket"]});
    let report = Report::on(&plan, &["--bucket", "acme-exports-eu"]);
    report.expect(&[(
        "policy.put-object",
        "unknown",
        r#"`module.exports["eu"].module.settings.aws_s3_bucket_policy.this[0]`: bucket is known only after apply"#,
    )]);
    assert_eq!(report.code, Some(3));
}

#[test]
fn instances_of_for_each_and_count_belong_to_the_bucket_with_their_key() {
    let report = Report::of("for-each", &["--bucket", "acme-exports", "--region", "eu-west-1"]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    let report = Report::of("for-each", &["--bucket", "acme-logs"]);
    report.expect(&[
        ("policy.put-object", "fail", "Your bucket has no policy"),
        ("public.access-block", "unknown", "RestrictPublicBuckets is off on the bucket"),
        ("encryption.default", "pass", "SSE-S3"),
    ]);
    let both = run(&[
        "--terraform-plan",
        &fixture("for-each"),
        "--bucket",
        "acme-exports",
        "--bucket",
        "acme-logs",
        "--format",
        "json",
    ]);
    let reports: Value = serde_json::from_str(&both.out).unwrap();
    let verdicts: Vec<&str> =
        reports["reports"].as_array().unwrap().iter().map(|report| report["verdict"].as_str().unwrap()).collect();
    assert_eq!((both.code, verdicts), (Some(1), vec!["pass", "fail"]));
}

#[test]
fn what_is_deleted_is_gone_afterwards() {
    let report = Report::of("deletion", &[]);
    assert_eq!(report.code, Some(1));
    report.expect(&[
        // The state still holds the text of the policy that goes.
        ("policy.put-object", "fail", "Your bucket has no policy"),
        // Gone from the bucket; three of the four are on for the account.
        ("public.access-block", "fail", "BlockPublicPolicy is off on the bucket and on the account"),
        ("encryption.default", "pass", "SSE-S3"),
    ]);
}

#[test]
fn what_is_deleted_here_and_made_there_is_open() {
    let mut plan = plan("existing");
    let mut renamed = change(&mut plan, "aws_s3_bucket_policy.exports").clone();
    renamed["actions"] = json!(["create"]);
    change(&mut plan, "aws_s3_bucket_policy.exports")["actions"] = json!(["delete"]);
    plan["resource_changes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"address": "aws_s3_bucket_policy.renamed", "change": renamed}));
    let report = Report::on(&plan, &[]);
    report.expect(&[(
        "policy.put-object",
        "unknown",
        "`aws_s3_bucket_policy.exports` is deleted and `aws_s3_bucket_policy.renamed` sets the same thing",
    )]);
    // What Terraform forgets stays as it was until the other resource sets it.
    change(&mut plan, "aws_s3_bucket_policy.exports")["actions"] = json!(["forget"]);
    Report::on(&plan, &[]).expect(&[("policy.put-object", "pass", "VendorWrites")]);
    plan["resource_changes"].as_array_mut().unwrap().pop();
    Report::on(&plan, &[]).expect(&[("policy.put-object", "pass", "VendorWrites")]);
}

#[test]
fn inline_settings_of_older_providers_are_read() {
    let report = Report::of("inline", &[]);
    assert_eq!(report.code, Some(1));
    report.expect(&[
        ("policy.put-object", "pass", "VendorWrites"),
        ("encryption.default", "pass", "SSE-KMS"),
        ("encryption.key-arn", "fail", "bare alias `alias/exports`"),
        ("kms.decrypt", "pass", "Vendor"),
        ("delivery.ownership", "warn", "ObjectWriter"),
        ("delivery.requester-pays", "fail", "Requester Pays is on"),
        ("delivery.object-lock", "warn", "30 days in GOVERNANCE mode"),
        ("public.acl", "unknown", "aws_s3_account_public_access_block"),
    ]);
    let mut plan = plan("inline");
    let account = json!({"address": "aws_s3_account_public_access_block.this", "mode": "managed",
        "type": "aws_s3_account_public_access_block", "name": "this",
        "change": {"actions": ["create"], "before": null, "after": {"block_public_acls": false, "ignore_public_acls": false,
            "block_public_policy": false, "restrict_public_buckets": false}, "after_unknown": {"id": true, "account_id": true}}});
    plan["resource_changes"].as_array_mut().unwrap().push(account);
    plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
        "address": "aws_s3_account_public_access_block.this", "mode": "managed",
        "type": "aws_s3_account_public_access_block", "name": "this", "provider_config_key": "aws", "expressions": {}}));
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("public.acl", "fail", "READ to everyone"),
        (
            "public.access-block",
            "fail",
            "BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy and RestrictPublicBuckets are off",
        ),
    ]);
}

#[test]
fn the_region_and_the_account_are_of_the_buckets_own_provider() {
    let mut plan = plan("first-apply");
    plan["configuration"]["provider_config"]["aws"]["expressions"] =
        json!({"allowed_account_ids": {"constant_value": ["444455556666"]}});
    remove(&mut plan, "data.aws_caller_identity.current");
    let report = Report::on(&plan, &["--expected-bucket-owner", "444455556666"]);
    report.expect(&[
        ("bucket.partition", "unknown", "name it with `--region`"),
        ("bucket.owner", "pass", "444455556666"),
        ("kms.key-usable", "unknown", "name it with `--region`"),
    ]);
    let report = Report::on(&plan, &["--region", "cn-north-1"]);
    report.expect(&[("bucket.partition", "fail", "aws-cn")]);
    // A template of which the variable is only a part.
    plan["variables"]["region"]["value"] = json!("eu-west");
    plan["configuration"]["provider_config"]["aws"]["expressions"] = json!({"region": {"references": ["var.region"]}});
    Report::on(&plan, &[]).expect(&[("bucket.partition", "unknown", "--region")]);
    let other = json!({"name": "aws", "alias": "us", "expressions": {"region": {"constant_value": "us-east-1"}}});
    plan["configuration"]["provider_config"]["aws.us"] = other;
    let resources = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    for resource in resources.iter_mut().filter(|resource| resource["address"] == "aws_kms_key.exports") {
        resource["provider_config_key"] = json!("aws.us");
    }
    let report = Report::on(&plan, &["--region", "eu-west-1"]);
    report.expect(&[("kms.key-usable", "fail", "is in us-east-1 and the bucket in eu-west-1")]);
}

#[test]
fn previews_and_snapshots_work_on_top_of_a_plan() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"},
        "Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports/*"}]});
    std::fs::write(path("policy.json"), policy.to_string()).unwrap();
    let report = Report::of("first-apply-by-arn", &["--bucket-policy", &path("policy.json")]);
    report.expect(&[
        ("policy.put-object", "fail", "No statement of the bucket policy allows"),
        ("kms.decrypt", "pass", ""),
    ]);

    for name in ["first-apply", "first-apply-by-arn", "deletion"] {
        let report = Report::of(name, &["--save-snapshot", &path("kept.json")]);
        let again = run(&["--snapshot", &path("kept.json"), "--format", "json"]);
        let again: Value = serde_json::from_str(&again.out).unwrap();
        let told = |report: &Value| -> Vec<Value> {
            let checks = report["checks"].as_array().unwrap().iter();
            checks.map(|check| json!([check["id"], check["status"], check["message"]])).collect()
        };
        assert_eq!(told(&report.json), told(&again), "{name}");
        Report::of(name, &["--save-snapshot", &path("shared.json"), "--redact"]);
        let shared = std::fs::read_to_string(path("shared.json")).unwrap();
        assert!(!shared.contains("exports") && !shared.contains("111122223333"), "{name}: {shared}");
        let redacted = run(&["--snapshot", &path("shared.json"), "--format", "json"]);
        let redacted: Value = serde_json::from_str(&redacted.out).unwrap();
        let statuses = |report: &Value| -> Vec<Value> {
            report["checks"].as_array().unwrap().iter().map(|check| json!([check["id"], check["status"]])).collect()
        };
        assert_eq!(statuses(&report.json), statuses(&redacted), "{name}");
    }
}

#[test]
fn fix_names_the_resource_to_change_and_gives_no_command_behind_terraforms_back() {
    let ran = run(&["fix", "--terraform-plan", &fixture("key-without-policy"), "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("Checked a Terraform plan, not AWS"), "{}", ran.err);
    let fix: Value = serde_json::from_str(&ran.out).unwrap();
    let change = &fix["changes"][0];
    assert_eq!(change["document"], "key-policy");
    assert_eq!((&change["commands"], &change["rollback"]), (&json!([]), &json!([])));
    assert_eq!(change["note"], "In the configuration: `aws_kms_key.exports`.");
    assert_eq!(change["after"]["Statement"].as_array().unwrap().len(), 2);
    let text = run(&["fix", "--terraform-plan", &fixture("deletion")]);
    assert!(text.out.contains("In the configuration: keep `aws_s3_bucket_policy.exports`."), "{}", text.out);
    assert!(!text.out.contains("aws s3api"), "{}", text.out);
    let open = run(&["fix", "--terraform-plan", &fixture("first-apply-by-arn")]);
    assert_eq!(open.code, Some(3));
    assert!(open.out.contains("who can: you: change the Terraform configuration"), "{}", open.out);
    let report = Report::of("key-without-policy", &[]);
    let fix = &report.check("kms.decrypt")["fix"];
    let commands = fix["commands"].as_array().unwrap();
    assert!(commands.iter().all(|command| command.as_str().unwrap().starts_with("stc-check fix ")), "{fix}");
    assert!(fix["summary"].as_str().unwrap().ends_with("In the configuration: `aws_kms_key.exports`."), "{fix}");
}

#[test]
fn a_plan_comes_from_standard_input_and_from_the_environment_too() {
    let mut child =
        stc_check(&["--terraform-plan", "-", "-q"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), plan("first-apply").to_string().as_bytes()).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    let status = stc_check(&["-q"]).env("STC_CHECK_TERRAFORM_PLAN", fixture("deletion")).output().unwrap().status;
    assert_eq!(status.code(), Some(1));
}
