//! Bucket policies of a plan: known, put together, open until it is applied, sensitive.

use serde_json::{Value, json};

use super::{Report, change, expressions, fixture, open, plan, remove, run, set};

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
            (
                id,
                "unknown",
                "`data.aws_iam_policy_document.exports`: statement[0].resources[0] is known only after apply",
            ),
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
    report.expect(&[("policy.put-object", "pass", "The statement `VendorWrites`")]);

    let data = "data.aws_iam_policy_document.exports";
    let mut denied = plan("deferred-document");
    let mut statements = change(&mut denied, data)["after"]["statement"].clone();
    statements[1]["actions"] = json!(["s3:GetObject"]);
    set(&mut denied, data, "statement", &statements);
    Report::on(&denied, &[]).expect(&[("policy.put-object", "fail", "No statement of the bucket policy allows")]);

    // The data source's own spelling of a policy variable.
    statements[1]["actions"] = json!(["s3:PutObject"]);
    statements[1]["resources"] = json!(["arn:aws:s3:::acme-exports/&{aws:userid}/*"]);
    set(&mut denied, data, "statement", &statements);
    Report::on(&denied, &[]).expect(&[("policy.put-object", "fail", "")]);

    // Other documents are merged in, unless they are open too.
    let refuses = json!({"Statement": {"Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::acme-exports/*"}});
    let mut merged = plan("deferred-document");
    set(&mut merged, data, "source_policy_documents", &json!([refuses.to_string()]));
    Report::on(&merged, &[]).expect(&[("policy.put-object", "fail", "`Own`"), ("policy.list-bucket", "pass", "")]);
    change(&mut merged, data)["after_unknown"]["source_policy_documents"] = json!(true);
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
        ("policy.delete-object", "fail", "No statement of the bucket policy allows"),
        ("policy.delete-object", "fail", "What is known only after apply cannot change this"),
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
        ("policy.list-bucket", "fail", "What is known only after apply cannot change this"),
        ("policy.tls-only", "unknown", ""),
    ]);
    let report = of(&|statements| statements[2]["effect"] = json!("Allow"));
    report.expect(&[("policy.tls-only", "fail", "No Deny statement of the bucket policy blocks plain HTTP")]);
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

/// Of all that a policy may turn out to be, the widest may be public and the narrowest grant nothing, and what it becomes
/// neither.
#[test]
fn a_condition_that_is_open_may_yet_keep_a_policy_from_being_public() {
    let data = "data.aws_iam_policy_document.exports";
    let of = |edit: &dyn Fn(&mut Value)| {
        let mut plan = plan("deferred-document");
        let mut statements = change(&mut plan, data)["after"]["statement"].clone();
        let by_account = json!([{"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": [null]}]);
        for index in 0..2 {
            statements[index]["principals"] = json!([{"type": "*", "identifiers": ["*"]}]);
            statements[index]["condition"] = by_account.clone();
        }
        edit(&mut statements);
        set(&mut plan, data, "statement", &statements);
        let open = json!({"condition": [{"values": [true]}]});
        change(&mut plan, data)["after_unknown"]["statement"] = json!([open, open, {}]);
        Report::on(&plan, &[])
    };
    of(&|_| {}).expect(&[
        ("policy.list-bucket", "unknown", "known only after apply"),
        ("policy.put-object", "unknown", "known only after apply"),
        ("policy.tls-only", "pass", ""),
    ]);
    // Whatever the account, nobody grants the delete.
    of(&|statements| statements[1]["actions"] = json!(["s3:PutObject"])).expect(&[
        ("policy.delete-object", "fail", "What is known only after apply cannot change this"),
        ("policy.put-object", "unknown", ""),
    ]);
    // A statement that is public and known makes every other one useless.
    let public = of(&|statements| {
        let everyone = statements[0]["principals"].clone();
        let mut open = statements[2].clone();
        open["effect"] = json!("Allow");
        open["principals"] = everyone;
        open["condition"] = json!([]);
        open["actions"] = json!(["s3:GetObject"]);
        open["sid"] = json!("Website");
        statements[2] = open;
    });
    public.expect(&[("policy.put-object", "fail", "RestrictPublicBuckets is in effect")]);
}

/// A plan that is not complete says nothing of what it leaves out.
#[test]
fn what_a_plan_leaves_out_is_not_missing() {
    let mut complete = plan("deferred-document");
    let policy = "aws_s3_bucket_policy.exports";
    let changes = complete["resource_changes"].as_array_mut().unwrap();
    let at = changes.iter().position(|change| change["address"] == policy).unwrap();
    let deferred = changes.remove(at);
    let planned = complete["planned_values"]["root_module"]["resources"].as_array_mut().unwrap();
    planned.retain(|resource| resource["address"] != policy);
    let mut targeted = complete.clone();
    targeted["complete"] = json!(false);
    Report::on(&targeted, &[]).expect(&[
        ("policy.put-object", "unknown", "leaves out an `aws_s3_bucket_policy` of the configuration"),
        ("policy.tls-only", "unknown", ""),
        ("public.access-block", "pass", ""),
    ]);
    let mut put_off = complete.clone();
    put_off["configuration"] = json!({});
    put_off["complete"] = json!(false);
    put_off["deferred_changes"] = json!([{"reason": "provider_config_unknown", "resource_change": deferred}]);
    Report::on(&put_off, &["--region", "eu-west-1"]).expect(&[("policy.put-object", "unknown", "leaves out")]);
    // One that is complete, and has none, makes a bucket without a policy.
    remove(&mut complete, policy);
    complete["complete"] = json!(true);
    Report::on(&complete, &[]).expect(&[("policy.put-object", "fail", "no policy")]);
}

#[test]
fn a_sensitive_policy_is_judged_and_not_shown() {
    let report = Report::of("sensitive", &["--region", "eu-west-1"]);
    assert_eq!(report.code, Some(1));
    let hidden =
        "`aws_s3_bucket_policy.exports`: policy decides this; it is marked sensitive, so nothing of it is shown";
    report.expect(&[("policy.put-object", "fail", hidden), ("policy.list-bucket", "pass", hidden)]);
    assert!(report.check("policy.put-object")["fix"]["summary"].as_str().unwrap().contains("--bucket-policy FILE"));
    let file = fixture("sensitive");
    for format in ["text", "json", "html", "markdown", "sarif", "junit"] {
        let ran = run(&["--terraform-plan", &file, "--format", format]);
        assert!(!ran.out.contains("open-sesame") && ran.out.contains("policy.put-object"), "{format}: {}", ran.out);
        for part in ["Partner", "VendorWrites", "TlsOnly", "StringNotEquals", "Referer"] {
            assert!(!ran.out.contains(part), "{format} shows {part}: {}", ran.out);
        }
        let waived = run(&["--terraform-plan", &file, "--format", format, "--skip", "policy.put-object=known"]);
        assert!(!waived.out.contains("Partner") && !waived.out.contains("Referer"), "{format}: {}", waived.out);
    }
    let text = run(&["--terraform-plan", &file]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("`aws_s3_bucket_policy.exports`: policy is marked sensitive"), "{text}");
    // `fix` shows nothing of it, so the next command is another: it checks a copy of the policy.
    let next = text.split("next: ").nth(1).unwrap();
    assert!(next.starts_with("save the sensitive policy as `policy.json`, then stc-check --bucket"), "{next}");
    assert!(next.contains("--terraform-plan") && next.ends_with("--bucket-policy policy.json"), "{next}");
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
fn a_policy_of_its_own_comes_after_the_inline_one_of_a_new_bucket() {
    let (bucket, separate) = ("aws_s3_bucket.exports", "aws_s3_bucket_policy.exports");
    let nobody = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::acme-exports/*"}]});
    let mut both = plan("first-apply");
    set(&mut both, bucket, "policy", &json!(nobody.to_string()));
    expressions(&mut both, bucket)["policy"] = json!({"constant_value": nobody.to_string()});
    Report::on(&both, &[]).expect(&[("policy.put-object", "pass", "VendorWrites")]);
    // Of a bucket that is there, the one that does not change may have come first.
    let mut existing = plan("existing");
    set(&mut existing, bucket, "policy", &json!(nobody.to_string()));
    expressions(&mut existing, bucket)["policy"] = json!({"constant_value": nobody.to_string()});
    Report::on(&existing, &[]).expect(&[("policy.put-object", "unknown", "both set the bucket policy")]);
    change(&mut existing, separate)["before"]["policy"] = json!("{}");
    Report::on(&existing, &[]).expect(&[("policy.put-object", "pass", "VendorWrites")]);
}

#[test]
fn two_resources_that_say_the_same_are_one() {
    let mut twice = plan("existing");
    let mut other = change(&mut twice, "aws_s3_bucket_public_access_block.exports").clone();
    let add = |plan: &mut Value, change: &Value| {
        let other = json!({"address": "aws_s3_bucket_public_access_block.other", "change": change});
        plan["resource_changes"].as_array_mut().unwrap().push(other);
    };
    let mut same = twice.clone();
    add(&mut same, &other);
    Report::on(&same, &[]).expect(&[("public.access-block", "pass", "")]);
    other["after"]["block_public_acls"] = json!(false);
    add(&mut twice, &other);
    Report::on(&twice, &[]).expect(&[("public.access-block", "unknown", "set the same thing")]);
}
