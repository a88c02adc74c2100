//! Files that are no plan, plans without the bucket, options that contradict a plan: exit 2, in three parts.

use serde_json::{Value, json};

use super::{change, fixture, plan, remove, run};

/// Runs on a file with this text.
#[track_caller]
fn refused(bytes: &[u8], arguments: &[&str], words: &[&str]) {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("plan.json");
    let kept = directory.path().join("kept.json");
    std::fs::write(&path, bytes).unwrap();
    let options = ["--terraform-plan", path.to_str().unwrap(), "--save-snapshot", kept.to_str().unwrap()];
    let ran = run(&[&options, arguments].concat());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    assert!(!kept.exists());
    for word in ["error: cannot read the Terraform plan `", "plan.json`: ", "\nhelp: "].iter().chain(words) {
        assert!(ran.err.contains(word), "lacks {word:?}: {}", ran.err);
    }
}

#[test]
fn what_is_no_plan_is_said_to_be_what_it_is() {
    let show = "terraform show -json tfplan > plan.json";
    let text = plan("first-apply").to_string();
    refused(&text.as_bytes()[..text.len() / 2], &[], &["not JSON: it ends too early", show]);
    refused(b"", &[], &["not JSON: it is empty", show]);
    refused(b"nothing of the kind", &[], &["not JSON", show]);
    refused(b"\xff\xfe{", &[], &["broken UTF-16 text", "utf8"]);
    refused(b"{\"a\": \"\xe9\"}", &[], &["not UTF-8 text, from byte 7"]);
    let twice = format!("{text}\n{text}");
    refused(twice.as_bytes(), &[], &["more than one JSON document", "one plan a file"]);
    refused(
        b"PK\x03\x04\x14\x00\x08\xff\xfe",
        &[],
        &["as `terraform plan -out` writes it", "terraform show -json PLAN"],
    );
    refused(b"[]", &[], &["expected an object"]);
    refused(b"{}", &[], &["not what `terraform show -json` prints of a plan", show]);
    let state = json!({"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {}}});
    refused(state.to_string().as_bytes(), &[], &["it is a state, not a plan", show]);
    let raw = json!({"version": 4, "serial": 7, "lineage": "x", "resources": []});
    refused(raw.to_string().as_bytes(), &[], &["it is a state, not a plan"]);
    let none = json!({"format_version": "1.0"});
    refused(none.to_string().as_bytes(), &[], &["neither `planned_values` nor `resource_changes`"]);
    refused(
        b"\x1b[1mTerraform used the selected providers\nTerraform will perform the following actions:\n  # aws_s3_bucket.b",
        &[],
        &["the plan as text for people", show],
    );
    let log = "{\"@level\":\"info\",\"@message\":\"Terraform 1.9.8\"}\n{\"@level\":\"info\"}\n";
    refused(log.as_bytes(), &[], &["log of `terraform plan -json`", show]);
    let snapshot = json!({"schema": "stc-check/snapshot/1"});
    refused(snapshot.to_string().as_bytes(), &[], &["snapshot of stc-check", "--snapshot"]);
    let mut deep = "{\"planned_values\":".to_owned();
    deep.push_str(&"[".repeat(100_000));
    refused(deep.as_bytes(), &[], &["recursion limit"]);
}

#[test]
fn plans_are_read_as_people_come_by_them() {
    let text = plan("first-apply").to_string();
    let units = |mark: u16| [mark].into_iter().chain(text.encode_utf16()).collect::<Vec<_>>();
    let files: [(&str, Vec<u8>); 4] = [
        ("PowerShell 5", units(0xfeff).into_iter().flat_map(u16::to_le_bytes).collect()),
        ("big-endian", units(0xfeff).into_iter().flat_map(u16::to_be_bytes).collect()),
        (
            "setup-terraform",
            format!("[command]/home/runner/work/_temp/1/terraform-bin show -json tfplan\n{text}\n").into(),
        ),
        ("its debug lines", format!("[command]terraform-bin show\r\n{text}\r\n\r\n::debug::stdout: {text}\r\n").into()),
    ];
    for (kind, bytes) in files {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("plan.json");
        std::fs::write(&path, bytes).unwrap();
        let ran = run(&["--terraform-plan", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(0), "{kind}: {}", ran.err);
    }
}

#[test]
fn plans_of_older_terraform_are_read() {
    let mut old = plan("first-apply");
    for (format, version) in [("0.1", "0.12.31"), ("0.2", "1.0.11"), ("1.0", "1.1.9")] {
        (old["format_version"], old["terraform_version"]) = (json!(format), json!(version));
        let report = super::Report::on(&old, &[]);
        assert_eq!((report.code, report.remarkable()), (Some(0), vec![]), "{format}");
        let notice = report.json["notice"].as_str().unwrap();
        assert_eq!(notice.contains("do not say which values are sensitive"), format == "0.1", "{notice}");
    }
}

#[test]
fn plans_that_cannot_be_judged_are_refused() {
    let with = |pointer: &str, value: Value| {
        let mut plan = plan("first-apply");
        match pointer.rsplit_once('/') {
            Some((parent, name)) => plan.pointer_mut(parent).unwrap()[name] = value,
            None => unreachable!(),
        }
        plan.to_string()
    };
    refused(with("/format_version", json!("2.0")).as_bytes(), &[], &["format_version: expected `1.x`, found `2.0`"]);
    refused(with("/format_version", json!("0.3")).as_bytes(), &[], &["found `0.3`", "Terraform 1.1 or newer"]);
    refused(with("/errored", json!(true)).as_bytes(), &[], &["planning failed (`errored`)", "terraform plan"]);
    refused(with("/resource_changes/0/address", json!(7)).as_bytes(), &[], &["resource_changes[0].address: "]);
    let mut empty = plan("first-apply");
    for key in ["planned_values", "prior_state", "configuration"] {
        empty[key] = json!({});
    }
    empty["resource_changes"] = json!([]);
    refused(empty.to_string().as_bytes(), &[], &["it holds no bucket"]);
    refused(
        empty.to_string().as_bytes(),
        &["--bucket", "acme-exports"],
        &["it holds no bucket, so not `acme-exports`"],
    );
    let good = plan("first-apply").to_string();
    refused(good.as_bytes(), &["--bucket", "acme-other"], &["`acme-other` is not in it; what is: `acme-exports`"]);
    refused(good.as_bytes(), &["--region", "us-east-1"], &["in eu-west-1", "`--region` says us-east-1"]);
    let two = plan("for-each").to_string();
    refused(
        two.as_bytes(),
        &[],
        &["several buckets: `acme-exports` and `acme-logs`", "`--bucket acme-exports` or `--bucket acme-logs`"],
    );
    let deletion = plan("deletion").to_string();
    refused(deletion.as_bytes(), &["--bucket", "acme-old"], &["it deletes the bucket `acme-old`"]);
    let mut refused_by_s3 = plan("first-apply");
    super::set(&mut refused_by_s3, "aws_s3_bucket.exports", "bucket", &json!("Acme"));
    refused(refused_by_s3.to_string().as_bytes(), &[], &["`aws_s3_bucket.exports`", "lower-case"]);
}

#[test]
fn a_bucket_of_which_the_plan_has_settings_only_is_found_by_its_name() {
    let mut settings = plan("existing");
    remove(&mut settings, "aws_s3_bucket.exports");
    let report = super::Report::on(&settings, &[]);
    report.expect(&[
        ("bucket.exists", "skip", "The plan holds settings of this bucket"),
        ("policy.put-object", "pass", "VendorWrites"),
        ("delivery.requester-pays", "unknown", "aws_s3_bucket_request_payment_configuration"),
    ]);
    assert_eq!(report.code, Some(3));
    // What is left of an instance that was replaced counts for nothing.
    let deposed = change(&mut settings, "aws_s3_bucket_policy.exports").clone();
    settings["resource_changes"].as_array_mut().unwrap().push(json!({
        "address": "aws_s3_bucket_policy.exports", "deposed": "00aa11bb",
        "change": {"actions": ["delete"], "before": deposed["before"], "after": null}}));
    super::Report::on(&settings, &[]).expect(&[("policy.put-object", "pass", "")]);
}

#[test]
fn a_bucket_that_a_data_source_finds_is_followed_to_the_one_that_it_asks_for() {
    let mut found = plan("first-apply");
    found["resource_changes"].as_array_mut().unwrap().push(json!({
        "address": "data.aws_s3_bucket.found", "mode": "data", "type": "aws_s3_bucket", "name": "found",
        "change": {"actions": ["read"], "before": null, "after": {}, "after_unknown": {"id": true, "bucket": true, "arn": true}}}));
    found["configuration"]["root_module"]["resources"].as_array_mut().unwrap().push(json!({
        "address": "data.aws_s3_bucket.found", "mode": "data", "type": "aws_s3_bucket", "name": "found",
        "provider_config_key": "aws",
        "expressions": {"bucket": {"references": ["aws_s3_bucket.exports.id", "aws_s3_bucket.exports"]}}}));
    let by_data = json!({"references": ["data.aws_s3_bucket.found.id", "data.aws_s3_bucket.found"]});
    super::expressions(&mut found, "aws_s3_bucket_policy.exports")["bucket"] = by_data;
    super::Report::on(&found, &[]).expect(&[("policy.put-object", "pass", "VendorWrites")]);
    super::expressions(&mut found, "data.aws_s3_bucket.found")["bucket"] = json!({"references": ["local.name"]});
    let report = super::Report::on(&found, &[]);
    report.expect(&[(
        "policy.put-object",
        "unknown",
        "`aws_s3_bucket_policy.exports`: bucket is known only after apply",
    )]);
}

#[test]
fn options_that_contradict_a_plan_are_refused() {
    let file = fixture("first-apply");
    let rows: &[(&[&str], &str)] = &[
        (&["--snapshot", "snapshot.json"], "`--snapshot` contradicts `--terraform-plan`"),
        (&["--wait", "5m"], "`--terraform-plan` contradicts `--wait`: a plan does not change"),
        (&["--probe-multipart"], "`--terraform-plan` contradicts `--probe-multipart`"),
        (
            &["--probe-role-arn", "arn:aws:iam::111122223333:role/x"],
            "`--terraform-plan` contradicts `--probe-role-arn`: a plan is judged without any network",
        ),
    ];
    for (arguments, words) in rows {
        let ran = run(&[&["--terraform-plan", &file], *arguments].concat());
        assert_eq!(ran.code, Some(2), "{}", ran.out);
        assert!(ran.err.contains(words) && ran.err.contains("\nhelp: "), "{}", ran.err);
    }
    let ran = run(&["fix", "--terraform-plan", &file, "--snapshot", "snapshot.json"]);
    assert!(ran.code == Some(2) && ran.err.contains("`--snapshot` contradicts `--terraform-plan`"), "{}", ran.err);
    let ran = run(&["--terraform-plan", "nowhere.json"]);
    assert!(ran.code == Some(2) && ran.err.contains("nowhere.json"), "{}", ran.err);
}
