//! Keys of a plan, their policies and grants.

use serde_json::{Value, json};

use super::{Report, change, expressions, plan, remove, set};

#[test]
fn a_key_is_judged_as_it_is_planned() {
    let report = Report::of("key-without-policy", &[]);
    report.expect(&[
        ("kms.decrypt", "fail", "No statement of the key policy allows"),
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

    // KMS refuses a policy that locks its owner out, but where it is told not to look.
    let vendor_alone = json!({"Version": "2012-10-17", "Statement": [{
        "Sid": "Vendor", "Effect": "Allow", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::099647660399:role/sc-event-stream-production"},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
    }]});
    let mut locked = plan("first-apply");
    set(&mut locked, "aws_kms_key.exports", "policy", &json!(vendor_alone.to_string()));
    Report::on(&locked, &[]).expect(&[("kms.policy-document", "fail", "would keep `kms:PutKeyPolicy`")]);
    set(&mut locked, "aws_kms_key.exports", "bypass_policy_lockout_safety_check", &json!(true));
    Report::on(&locked, &[]).expect(&[("kms.policy-document", "pass", "valid"), ("kms.decrypt", "pass", "Vendor")]);

    let mut signing = plan("first-apply");
    set(&mut signing, "aws_kms_key.exports", "key_usage", &json!("SIGN_VERIFY"));
    Report::on(&signing, &[]).expect(&[("kms.key-usable", "fail", "SIGN_VERIFY")]);

    // By its id.
    let mut by_id = plan("first-apply");
    let encryption = "aws_s3_bucket_server_side_encryption_configuration.exports";
    let rule = &mut expressions(&mut by_id, encryption)["rule"][0]["apply_server_side_encryption_by_default"][0];
    rule["kms_master_key_id"] = json!({"references": ["aws_kms_key.exports.key_id", "aws_kms_key.exports"]});
    let report = Report::on(&by_id, &[]);
    report.expect(&[
        ("encryption.key-arn", "fail", "bare id `${aws_kms_key.exports.key_id}`"),
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
        ("kms.decrypt", "warn", "Only the 1st grant of the key allows kms:Decrypt"),
        ("kms.encrypt", "fail", "No statement of the key policy allows"),
    ]);

    let owner = "arn:aws:iam::111122223333:root";
    let vendor = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": owner}, "Action": "kms:*", "Resource": "*"},
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
