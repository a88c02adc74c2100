//! Buckets whose names are known only after apply: they are judged by their addresses.

use serde_json::{Value, json};

use super::{Report, change, open, plan, run, set};

const BUCKET: &str = "aws_s3_bucket.exports";

fn nameless() -> Value {
    let mut nameless = plan("first-apply");
    open(&mut nameless, BUCKET, "bucket");
    nameless
}

#[test]
fn what_does_not_hang_on_the_name_is_judged_all_the_same() {
    for arguments in [&[][..], &["--bucket", BUCKET]] {
        let report = Report::on(&nameless(), arguments);
        report.expect(&[
            ("bucket.exists", "skip", "The plan creates this bucket (`aws_s3_bucket.exports`)"),
            ("encryption.key-arn", "pass", "${aws_kms_key.exports.arn}"),
            ("kms.decrypt", "pass", "Vendor"),
            ("public.access-block", "pass", ""),
            ("policy.put-object", "unknown", "The name of `aws_s3_bucket.exports` is known only after apply"),
            ("policy.document", "unknown", "known only after apply"),
        ]);
        assert_eq!((report.code, &report.json["subject"]["bucket"]), (Some(3), &json!(BUCKET)));
    }
}

#[test]
fn a_policy_that_cannot_be_right_whatever_the_name_fails() {
    let mut plan = nameless();
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::099647660399:role/sc-event-stream-production"},
        "Action": ["s3:ListBucket", "s3:PutObject"], "Resource": ["arn:aws:s3:::x-*", "arn:aws:s3:::x-*/*"]});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
    set(&mut plan, "aws_s3_bucket_policy.exports", "policy", &json!(policy.to_string()));
    Report::on(&plan, &[]).expect(&[
        ("policy.put-object", "unknown", ""),
        ("policy.delete-object", "fail", "What is known only after apply cannot change this"),
        ("policy.tls-only", "fail", ""),
    ]);
}

#[test]
fn a_key_policy_with_conditions_on_the_bucket_is_left_open() {
    let mut plan = nameless();
    let key = "aws_kms_key.exports";
    let mut policy: Value = serde_json::from_str(change(&mut plan, key)["after"]["policy"].as_str().unwrap()).unwrap();
    policy["Statement"][1]["Condition"] =
        json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-*"}});
    set(&mut plan, key, "policy", &json!(policy.to_string()));
    Report::on(&plan, &[]).expect(&[("kms.decrypt", "unknown", "the key policy has conditions on it")]);
}

#[test]
fn buckets_are_chosen_by_address_and_the_list_can_be_pasted() {
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("plan.json");
    let path = path.to_str().unwrap();
    let mut two = plan("modules");
    std::fs::write(path, two.to_string()).unwrap();
    let eu = "module.exports[\"eu\"].aws_s3_bucket.this";
    // With and without the quotation marks, which a shell takes away.
    for address in [eu, "module.exports[eu].aws_s3_bucket.this", "acme-exports-eu"] {
        let ran = run(&["--terraform-plan", path, "--bucket", address, "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{address}: {}", ran.err);
        assert!(ran.out.contains("\"bucket\": \"acme-exports-eu\""), "{}", ran.out);
    }
    for change in two["resource_changes"].as_array_mut().unwrap() {
        if change["type"] == "aws_s3_bucket" {
            change["change"]["after"].as_object_mut().unwrap().remove("bucket");
            change["change"]["after_unknown"]["bucket"] = json!(true);
        }
    }
    two["planned_values"] = json!({});
    std::fs::write(path, two.to_string()).unwrap();
    let ran = run(&["--terraform-plan", path]);
    assert_eq!(ran.code, Some(2));
    let option = "`--bucket 'module.exports[\"eu\"].aws_s3_bucket.this'`";
    assert!(ran.err.contains(option), "{}", ran.err);
    let ran = run(&[
        "--terraform-plan",
        path,
        "--bucket",
        eu,
        "--bucket",
        "module.exports[us].aws_s3_bucket.this",
        "--format",
        "json",
    ]);
    let reports: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(reports["reports"][1]["subject"]["bucket"], "module.exports[\"us\"].aws_s3_bucket.this", "{}", ran.err);
    let ran = run(&["--terraform-plan", path, "--bucket", "acme-exports"]);
    assert!(ran.code == Some(2) && ran.err.contains(option), "{}", ran.err);
}

#[test]
fn a_name_that_s3_refuses_is_offered_by_its_address() {
    let mut two = plan("for-each");
    set(&mut two, "aws_s3_bucket.this[\"acme-logs\"]", "bucket", &json!("Acme_Logs"));
    let directory = tempfile::TempDir::new().unwrap();
    let path = directory.path().join("plan.json");
    std::fs::write(&path, two.to_string()).unwrap();
    let ran = run(&["--terraform-plan", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    for word in ["`acme-exports`", "(named `Acme_Logs`)", "--bucket 'aws_s3_bucket.this[\"acme-logs\"]'"] {
        assert!(ran.err.contains(word), "lacks {word}: {}", ran.err);
    }
}

#[test]
fn an_address_means_nothing_without_its_plan() {
    for arguments in [&["--bucket", BUCKET][..], &["fix", "--bucket", BUCKET], &["permissions", "--bucket", BUCKET]] {
        let ran = run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.contains("`aws_s3_bucket.exports` is an address of Terraform's"), "{}", ran.err);
        assert!(ran.err.contains("--terraform-plan FILE"), "{}", ran.err);
    }
}
