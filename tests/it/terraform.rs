//! `--terraform-plan`: plans in the shape of `terraform show -json`, judged by the real binary before they are applied.

use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::collect::stc_check;

mod hostile;
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
        ("bucket.exists", "skip", "the plan holds this bucket (`aws_s3_bucket.exports`); S3 was not asked for it"),
        ("bucket.partition", "pass", "eu-west-1"),
        ("bucket.owner", "pass", "The plan is for the account 111122223333, as expected."),
        ("encryption.default", "pass", "SSE-KMS"),
        ("encryption.key-arn", "pass", "key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("kms.key-usable", "pass", "planned as customer managed"),
        ("transport.tls", "skip", "a Terraform plan was judged, so nothing was sent"),
        ("probe.upload", "skip", "a Terraform plan was judged, so nothing was uploaded"),
    ]);
    assert_eq!(report.json["subject"]["region"], "eu-west-1");
    let other = Report::of("existing", &["--expected-bucket-owner", "999988887777"]);
    other.expect(&[("bucket.owner", "fail", "for the account 111122223333, not for 999988887777")]);
    assert_eq!(other.code, Some(1));
}

#[test]
fn what_the_plan_does_not_hold_of_a_bucket_that_is_there_is_unknown_and_named() {
    let mut plan = plan("existing");
    remove(&mut plan, "aws_s3_bucket_public_access_block.exports");
    remove(&mut plan, "aws_s3_bucket_ownership_controls.exports");
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("public.access-block", "unknown", "the plan holds no `aws_s3_bucket_public_access_block` of the bucket"),
        ("delivery.ownership", "unknown", "the plan holds no `aws_s3_bucket_ownership_controls` of the bucket"),
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
        ("encryption.default", "pass", "SSE-S3"),
        ("kms.decrypt", "skip", "not encrypted with KMS"),
    ]);
    set(&mut plan, "aws_s3_bucket.exports", "policy", &json!(""));
    let report = Report::on(&plan, &[]);
    report.expect(&[("policy.put-object", "unknown", "the plan holds no `aws_s3_bucket_policy` of the bucket")]);
}

#[test]
fn a_first_apply_is_judged_in_full_where_the_policy_names_the_bucket_by_its_name() {
    let report = Report::of("first-apply", &[]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    report.expect(&[
        ("bucket.exists", "skip", "the plan makes this bucket (`aws_s3_bucket.exports`)"),
        ("encryption.key-arn", "pass", "`${aws_kms_key.exports.arn}`, which is known once the plan is applied"),
        (
            "kms.key-usable",
            "pass",
            "`arn:aws:kms:eu-west-1:111122223333:key/${aws_kms_key.exports.key_id}` is planned as customer managed",
        ),
        ("kms.re-encrypt-to", "pass", "statement 1 (`Vendor`)"),
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
fn a_policy_that_is_known_only_after_apply_is_unknown_and_says_why() {
    let report = Report::of("first-apply-by-arn", &[]);
    assert_eq!(report.code, Some(3));
    let unknown = [
        "policy.document",
        "policy.list-bucket",
        "policy.put-object",
        "policy.delete-object",
        "policy.tls-only",
        "encryption.no-header-demand",
        "public.policy",
    ];
    assert_eq!(report.remarkable(), unknown);
    for id in unknown {
        report.expect(&[
            (id, "unknown", "`aws_s3_bucket_policy.exports`: policy is known only after apply"),
            (id, "unknown", "`data.aws_iam_policy_document.exports`: statement[0].resources is known only after apply"),
            (
                id,
                "unknown",
                "because `aws_s3_bucket.exports.arn` is; write `arn:aws:s3:::${aws_s3_bucket.exports.bucket}`",
            ),
            (id, "unknown", "--bucket-policy FILE"),
        ]);
        assert!(!report.message(id).contains("IAM action"), "{}", report.message(id));
    }
    let text = run(&["--terraform-plan", &fixture("first-apply-by-arn")]);
    assert!(text.out.contains("`aws_s3_bucket_policy.exports`: policy is known only after apply"), "{}", text.out);
    assert!(!text.out.contains("head of the report"), "{}", text.out);

    // The same without a data source in between: `jsonencode` leaves no text in the plan.
    let mut plan = plan("first-apply");
    open(&mut plan, "aws_s3_bucket_policy.exports", "policy");
    expressions(&mut plan, "aws_s3_bucket_policy.exports")["policy"] =
        json!({"references": ["aws_s3_bucket.exports.arn", "aws_s3_bucket.exports"]});
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("policy.put-object", "unknown", "`aws_s3_bucket_policy.exports`: policy is known only after apply, because"),
        ("public.access-block", "pass", "All four"),
    ]);
}

#[test]
fn a_document_that_only_waits_for_its_turn_is_put_together() {
    let report = Report::of("deferred-document", &[]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    report.expect(&[("policy.put-object", "pass", "statement 1 (`VendorWrites`)")]);

    let data = "data.aws_iam_policy_document.exports";
    let mut denied = plan("deferred-document");
    let mut statements = change(&mut denied, data)["after"]["statement"].clone();
    statements[1]["actions"] = json!(["s3:GetObject"]);
    set(&mut denied, data, "statement", &statements);
    Report::on(&denied, &[]).expect(&[("policy.put-object", "fail", "no Allow of the bucket policy covers it")]);

    // The data source's own spelling of a policy variable.
    statements[1]["actions"] = json!(["s3:PutObject"]);
    statements[1]["resources"] = json!(["arn:aws:s3:::acme-exports/&{aws:userid}/*"]);
    set(&mut denied, data, "statement", &statements);
    Report::on(&denied, &[]).expect(&[("policy.put-object", "fail", "")]);

    let mut merged = plan("deferred-document");
    set(&mut merged, data, "source_policy_documents", &json!(["{}"]));
    Report::on(&merged, &[]).expect(&[(
        "policy.put-object",
        "unknown",
        "source_policy_documents is merged in only then",
    )]);
}

#[test]
fn what_comes_out_the_same_whatever_is_still_open_is_decided() {
    let data = "data.aws_iam_policy_document.exports";
    let of = |edit: &dyn Fn(&mut Value)| {
        let mut plan = plan("first-apply-by-arn");
        let mut statements = change(&mut plan, data)["after"]["statement"].clone();
        edit(&mut statements);
        set(&mut plan, data, "statement", &statements);
        let open = json!({"resources": true});
        change(&mut plan, data)["after_unknown"]["statement"] = json!([open, open, open]);
        Report::on(&plan, &[])
    };
    // Nobody grants the delete, on whatever resources.
    let report = of(&|statements| statements[1]["actions"] = json!(["s3:PutObject"]));
    assert_eq!(report.code, Some(1));
    report.expect(&[
        ("policy.delete-object", "fail", "no Allow of the bucket policy covers it"),
        ("policy.delete-object", "fail", "whatever its resources turn out to be"),
        ("policy.put-object", "unknown", "known only after apply"),
        ("policy.tls-only", "unknown", "known only after apply"),
        ("policy.document", "unknown", "known only after apply"),
    ]);
    // A refusal may be of another resource, and a grant too.
    let report = of(&|statements| {
        statements[2]["condition"] = json!([]);
        statements[0]["effect"] = json!("Deny");
    });
    report.expect(&[
        ("policy.put-object", "unknown", ""),
        ("policy.list-bucket", "fail", "whatever its resources"),
        ("policy.tls-only", "unknown", ""),
    ]);
    let report = of(&|statements| statements[2]["effect"] = json!("Allow"));
    report.expect(&[("policy.tls-only", "fail", "no Deny of the bucket policy does")]);
    // What is known of the others is enough.
    let mut some = plan("first-apply-by-arn");
    let mut statements = change(&mut some, data)["after"]["statement"].clone();
    statements[1]["resources"] = json!(["arn:aws:s3:::acme-exports/*"]);
    set(&mut some, data, "statement", &statements);
    let open = json!({"resources": true});
    change(&mut some, data)["after_unknown"]["statement"] = json!([open, {}, open]);
    let report = Report::on(&some, &[]);
    report.expect(&[("policy.put-object", "pass", "VendorWrites"), ("policy.list-bucket", "unknown", "")]);
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
        ("policy.put-object", "fail", "There is no bucket policy"),
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
        r#"`module.exports["eu"].module.settings.aws_s3_bucket_policy.this`: bucket is known only after apply"#,
    )]);
    assert_eq!(report.code, Some(3));
}

#[test]
fn instances_of_for_each_and_count_belong_to_the_bucket_with_their_key() {
    let report = Report::of("for-each", &["--bucket", "acme-exports", "--region", "eu-west-1"]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
    let report = Report::of("for-each", &["--bucket", "acme-logs"]);
    report.expect(&[
        ("policy.put-object", "fail", "There is no bucket policy"),
        ("public.access-block", "unknown", "the plan holds no `aws_s3_account_public_access_block`"),
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
        ("policy.put-object", "fail", "There is no bucket policy"),
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
        ("delivery.requester-pays", "fail", "requesters pay"),
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
            "BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets are off",
        ),
    ]);
}

#[test]
fn a_key_is_judged_as_it_is_planned() {
    let report = Report::of("key-without-policy", &[]);
    report.expect(&[
        ("kms.decrypt", "fail", "no Allow of the key policy covers it"),
        ("kms.key-usable", "pass", "planned as customer managed"),
    ]);
    assert_eq!(report.code, Some(1));

    // Whose account KMS's default policy would name is not known: no verdict on a document that was not seen.
    let mut nameless = plan("key-without-policy");
    remove(&mut nameless, "data.aws_caller_identity.current");
    let report = Report::on(&nameless, &[]);
    report.expect(&[("kms.decrypt", "unknown", "`aws_kms_key.exports` has no policy of its own")]);

    let mut disabled = plan("first-apply");
    set(&mut disabled, "aws_kms_key.exports", "is_enabled", &json!(false));
    Report::on(&disabled, &[]).expect(&[("kms.key-usable", "fail", "is disabled")]);

    let mut signing = plan("first-apply");
    set(&mut signing, "aws_kms_key.exports", "key_usage", &json!("SIGN_VERIFY"));
    Report::on(&signing, &[]).expect(&[("kms.key-usable", "fail", "SIGN_VERIFY")]);

    // By its id, alone or in a template: the plan does not say which, so neither pass nor fail.
    let mut by_id = plan("first-apply");
    let encryption = "aws_s3_bucket_server_side_encryption_configuration.exports";
    let rule = &mut expressions(&mut by_id, encryption)["rule"][0]["apply_server_side_encryption_by_default"][0];
    rule["kms_master_key_id"] = json!({"references": ["aws_kms_key.exports.key_id", "aws_kms_key.exports"]});
    let report = Report::on(&by_id, &[]);
    report.expect(&[
        ("encryption.key-arn", "unknown", "(`${aws_kms_key.exports.key_id}`) is known only after apply"),
        ("encryption.default", "pass", "SSE-KMS"),
        ("kms.decrypt", "pass", "Vendor"),
    ]);

    // A key that is not in the plan.
    let elsewhere = "arn:aws:kms:eu-west-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab";
    let mut foreign = plan("existing");
    let mut rule = change(&mut foreign, encryption)["after"]["rule"].clone();
    rule[0]["apply_server_side_encryption_by_default"][0]["kms_master_key_id"] = json!(elsewhere);
    set(&mut foreign, encryption, "rule", &rule);
    let report = Report::on(&foreign, &[]);
    report.expect(&[
        ("encryption.key-arn", "pass", elsewhere),
        ("kms.key-usable", "unknown", "is not in the plan"),
        ("kms.decrypt", "unknown", "give the policy with --key-policy FILE"),
    ]);
    assert_eq!(report.code, Some(3));

    // A key that goes takes the data with it.
    let mut deleted = plan("existing");
    let key = change(&mut deleted, "aws_kms_key.exports");
    (key["actions"], key["after"]) = (json!(["delete"]), Value::Null);
    Report::on(&deleted, &[]).expect(&[("kms.key-usable", "fail", "waiting to be deleted")]);
}

#[test]
fn a_key_policy_and_grants_of_their_own_are_found_by_reference() {
    let mut plan = plan("key-without-policy");
    let resource = |kind: &str, after: &Value, unknown: &Value| {
        json!({"address": format!("{kind}.exports"), "mode": "managed", "type": kind, "name": "exports",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": unknown}})
    };
    let configured = |kind: &str, expressions: Value| {
        json!({"address": format!("{kind}.exports"), "mode": "managed", "type": kind, "name": "exports",
            "provider_config_key": "aws", "expressions": expressions})
    };
    let by_key = json!({"references": ["aws_kms_key.exports.id", "aws_kms_key.exports"]});
    let role = "arn:aws:iam::099647660399:role/sc-event-stream-production";
    let grant = json!({"grantee_principal": role, "operations": ["Decrypt", "GenerateDataKey"], "constraints": []});
    plan["resource_changes"].as_array_mut().unwrap().push(resource(
        "aws_kms_grant",
        &grant,
        &json!({"id": true, "key_id": true}),
    ));
    let configuration = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    configuration.push(configured("aws_kms_grant", json!({"key_id": by_key})));
    let report = Report::on(&plan, &[]);
    report.expect(&[
        ("kms.decrypt", "warn", "by grant 0 of the key only"),
        ("kms.encrypt", "fail", "no Allow of the key policy covers it"),
    ]);

    let vendor = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:*", "Resource": "*"}]});
    plan["resource_changes"].as_array_mut().unwrap().push(resource(
        "aws_kms_key_policy",
        &json!({"policy": vendor.to_string()}),
        &json!({"id": true, "key_id": true}),
    ));
    let configuration = plan["configuration"]["root_module"]["resources"].as_array_mut().unwrap();
    configuration.push(configured("aws_kms_key_policy", json!({"key_id": by_key, "policy": {}})));
    let report = Report::on(&plan, &[]);
    assert_eq!((report.code, report.remarkable()), (Some(0), vec![]));
}

#[test]
fn a_sensitive_policy_is_judged_and_not_shown() {
    let report = Report::of("sensitive", &["--region", "eu-west-1"]);
    assert_eq!(report.code, Some(1));
    report.expect(&[("policy.put-object", "fail", "statement 3 (`Partner`) refuses it")]);
    let file = fixture("sensitive");
    for format in ["text", "json", "html", "markdown", "sarif", "junit"] {
        let ran = run(&["--terraform-plan", &file, "--format", format]);
        assert!(!ran.out.contains("open-sesame") && ran.out.contains("policy.put-object"), "{format}: {}", ran.out);
        assert!(!ran.out.contains("StringNotEquals\": {"), "{format}: {}", ran.out);
    }
    let text = run(&["--terraform-plan", &file]).out;
    assert!(text.contains("`aws_s3_bucket_policy.exports`: policy is marked sensitive"), "{text}");
    let directory = tempfile::TempDir::new().unwrap();
    let kept = directory.path().join("kept.json");
    let refused = [
        run(&["--terraform-plan", &file, "--save-snapshot", kept.to_str().unwrap()]),
        run(&["fix", "--terraform-plan", &file]),
    ];
    for ran in refused {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.contains("sensitive") && ran.err.contains("aws_s3_bucket_policy.exports"), "{}", ran.err);
    }
    assert!(!kept.exists());
}

#[test]
fn the_region_and_the_account_are_of_the_buckets_own_provider() {
    let mut plan = plan("first-apply");
    plan["configuration"]["provider_config"]["aws"]["expressions"] =
        json!({"allowed_account_ids": {"constant_value": ["444455556666"]}});
    remove(&mut plan, "data.aws_caller_identity.current");
    let report = Report::on(&plan, &["--expected-bucket-owner", "444455556666"]);
    report.expect(&[
        ("bucket.partition", "unknown", "give it with --region"),
        ("bucket.owner", "pass", "444455556666"),
        ("kms.key-usable", "unknown", "give it with --region"),
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
    report.expect(&[("kms.key-usable", "fail", "is in us-east-1, the bucket in eu-west-1")]);
}

#[test]
fn previews_and_snapshots_work_on_top_of_a_plan() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "444455556666"},
        "Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports/*"}]});
    std::fs::write(path("policy.json"), policy.to_string()).unwrap();
    let report = Report::of("first-apply-by-arn", &["--bucket-policy", &path("policy.json")]);
    report.expect(&[("policy.put-object", "fail", "no Allow of the bucket policy"), ("kms.decrypt", "pass", "")]);

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
    assert!(ran.err.contains("a Terraform plan was judged"), "{}", ran.err);
    let fix: Value = serde_json::from_str(&ran.out).unwrap();
    let change = &fix["changes"][0];
    assert_eq!(change["document"], "key-policy");
    assert_eq!((&change["commands"], &change["rollback"]), (&json!([]), &json!([])));
    assert_eq!(change["note"], "In the configuration: `aws_kms_key.exports`.");
    assert_eq!(change["after"]["Statement"].as_array().unwrap().len(), 2);
    let text = run(&["fix", "--terraform-plan", &fixture("deletion")]);
    assert!(text.out.contains("In the configuration: add an `aws_s3_bucket_policy`."), "{}", text.out);
    assert!(!text.out.contains("aws s3api"), "{}", text.out);
    let report = Report::of("key-without-policy", &[]);
    let fix = &report.check("kms.decrypt")["fix"];
    assert_eq!(fix["commands"], json!([]));
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
