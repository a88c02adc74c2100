//! Every plan that Terraform made for these tests (tests/terraform/README.md): what comes out, and what `fix` and `policy`
//! say of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use super::{Report, fixture, plan, run};

/// The plans, by their names.
pub(super) fn names() -> Vec<String> {
    entries("tests/fixtures/terraform")
        .into_iter()
        .filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()))
        .collect()
}

fn entries(folder: &str) -> BTreeSet<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The plan, the bucket, and what is neither passed nor skipped.
const PLANS: &[(&str, &str, &str)] = &[
    ("deferred-document", "", ""),
    (
        "deletion",
        "",
        "policy.list-bucket fail, policy.put-object fail, policy.delete-object fail, policy.tls-only fail, \
         public.access-block fail, delivery.ownership unknown",
    ),
    ("existing", "", ""),
    ("first-apply", "", ""),
    (
        "first-apply-by-arn",
        "",
        "policy.document unknown, policy.list-bucket unknown, policy.put-object unknown, policy.delete-object unknown, \
         policy.tls-only unknown, encryption.no-header-demand unknown, public.policy unknown",
    ),
    ("for-each", "acme-exports", ""),
    (
        "for-each",
        "acme-logs",
        "policy.list-bucket fail, policy.put-object fail, policy.delete-object fail, policy.tls-only fail, \
         public.access-block unknown",
    ),
    ("import", "", "delivery.ownership unknown"),
    (
        "inline",
        "",
        "encryption.key-arn fail, public.access-block unknown, public.acl unknown, delivery.ownership warn, \
         delivery.requester-pays fail, delivery.object-lock warn",
    ),
    ("key-by-alias", "", "encryption.key-arn warn, kms.key-usable fail"),
    ("key-by-id", "", "encryption.key-arn fail"),
    (
        "key-without-policy",
        "",
        "kms.decrypt fail, kms.describe-key fail, kms.encrypt fail, kms.generate-data-key fail, \
         kms.generate-data-key-without-plaintext fail, kms.re-encrypt-from fail, kms.re-encrypt-to fail",
    ),
    (
        "kms-without-key",
        "",
        "encryption.key-arn fail, kms.key-usable fail, kms.decrypt fail, kms.describe-key fail, kms.encrypt fail, \
         kms.generate-data-key fail, kms.generate-data-key-without-plaintext fail, kms.re-encrypt-from fail, \
         kms.re-encrypt-to fail",
    ),
    ("modules", "acme-exports-eu", ""),
    (
        "modules",
        "acme-exports-us",
        "policy.list-bucket fail, policy.put-object fail, policy.delete-object fail, policy.tls-only fail",
    ),
    ("moved", "", "delivery.ownership unknown"),
    (
        "nameless",
        "aws_s3_bucket.exports",
        "policy.document unknown, policy.list-bucket unknown, policy.put-object unknown, policy.delete-object unknown, \
         policy.tls-only unknown, encryption.no-header-demand unknown, public.policy unknown",
    ),
    (
        "own-roles",
        "",
        "policy.document unknown, encryption.no-header-demand unknown, kms.policy-document unknown, \
         kms.policy-scope unknown, public.policy unknown",
    ),
    ("partial-block", "", "public.access-block unknown"),
    ("provider-2", "", "delivery.ownership unknown"),
    ("provider-4", "", ""),
    ("provider-6", "", ""),
    ("public-acl", "", ""),
    // More than half of the checks, where the policy goes through a local value and the encryption through `dynamic`.
    (
        "published-module",
        "",
        "policy.document unknown, policy.list-bucket unknown, policy.put-object unknown, policy.delete-object unknown, \
         policy.tls-only unknown, encryption.no-header-demand unknown, public.policy unknown",
    ),
    ("refresh-only", "", ""),
    (
        "replace",
        "",
        "policy.document unknown, policy.list-bucket unknown, policy.put-object unknown, policy.delete-object unknown, \
         policy.tls-only unknown, encryption.no-header-demand unknown, public.policy unknown",
    ),
    ("sensitive", "", "policy.put-object fail"),
];

fn arguments(bucket: &str) -> Vec<&str> {
    if bucket.is_empty() { Vec::new() } else { vec!["--bucket", bucket] }
}

#[test]
fn each_comes_out_as_expected() {
    for (name, bucket, expected) in PLANS {
        let report = Report::of(name, &arguments(bucket));
        let found: Vec<String> =
            report.remarkable().into_iter().map(|id| format!("{id} {}", report.status(id))).collect();
        let messages: Vec<&str> = report.remarkable().into_iter().map(|id| report.message(id)).collect();
        assert_eq!(found.join(", "), *expected, "{name} {bucket}: {messages:#?}");
    }
}

#[test]
fn each_is_here_with_the_configuration_that_it_is_made_from() {
    let judged: BTreeSet<String> = PLANS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(names().into_iter().collect::<BTreeSet<_>>(), judged);
    assert_eq!(entries("tests/terraform/configurations"), judged);
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terraform/README.md")).unwrap();
    for name in judged {
        let plan = plan(&name);
        let provider = plan["configuration"]["provider_config"]["aws"]["version_constraint"].as_str().unwrap();
        let row = format!("| `{name}` | {} | {provider} |", plan["terraform_version"].as_str().unwrap());
        assert!(readme.contains(&row), "tests/terraform/README.md lacks {row}");
    }
}

#[test]
fn what_is_off_and_what_s3_will_refuse_is_named() {
    Report::of("partial-block", &[]).expect(&[
        ("public.access-block", "unknown", "RestrictPublicBuckets is off on the bucket: switch it on"),
        (
            "public.access-block",
            "unknown",
            "In the configuration: `restrict_public_buckets` of `aws_s3_bucket_public_access_block.exports`.",
        ),
    ]);
    let report = Report::of("public-acl", &[]);
    let refused = "S3 will refuse the access control list of `aws_s3_bucket_acl.exports` when the plan is applied";
    report.expect(&[("public.acl", "pass", refused)]);
    assert!(report.json["notice"].as_str().unwrap().contains(refused));
    // A module tells the folder that its resources are in.
    let fix = Report::of("modules", &["--bucket", "acme-exports-us"]);
    let fix = fix.check("policy.put-object")["fix"]["summary"].as_str().unwrap().to_owned();
    assert!(fix.ends_with("In the configuration: add an `aws_s3_bucket_policy`."), "{fix}");
}

#[test]
fn policy_writes_terraform_for_a_plan() {
    let of = |name: &str| run(&["policy", "--terraform-plan", &fixture(name), "--format", "terraform"]).out;
    let named = of("first-apply");
    for line in [
        "kms_master_key_id = aws_kms_key.exports.arn",
        "# Change `aws_s3_bucket_policy.exports`:",
        "arn:aws:s3:::acme-exports/*",
    ] {
        assert!(named.contains(line), "lacks {line}: {named}");
    }
    let nameless = of("nameless");
    for line in [
        "# Change `aws_s3_bucket_policy.exports`:",
        "\"arn:aws:s3:::${aws_s3_bucket.exports.id}/*\"",
        "kms_master_key_id = aws_kms_key.exports.arn",
    ] {
        assert!(nameless.contains(line), "lacks {line}: {nameless}");
    }
    assert!(!nameless.contains("$${"), "{nameless}");
    let refused = run(&["policy", "--terraform-plan", &fixture("nameless")]);
    assert!(refused.code == Some(2) && refused.err.contains("--format terraform"), "{}", refused.err);
}

#[test]
fn fix_and_policy_name_no_key_or_bucket_that_the_plan_does_not_know() {
    for (name, bucket, _) in PLANS {
        let file = fixture(name);
        for command in ["fix", "policy"] {
            let ran =
                run(&[&[command, "--terraform-plan", &file, "--format", "json"], &arguments(bucket)[..]].concat());
            let refused = (command == "fix" && *name == "sensitive") || (command == "policy" && *name == "nameless");
            assert_eq!(ran.code == Some(2), refused, "{command} {name}: {}", ran.err);
            if refused {
                continue;
            }
            let mut out: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{name}: {error}"));
            for change in out["changes"].as_array_mut().into_iter().flatten() {
                change["before"] = Value::Null;
                change["diff"] = Value::Null;
            }
            let out = out.to_string();
            for invented in ["${account_id}", "key_id}", "(known after apply)\"", "aws s3api", "aws kms"] {
                assert!(!out.contains(invented), "{command} {name} shows {invented}: {out}");
            }
        }
    }
}
