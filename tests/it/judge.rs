//! Every check over every fixture: what each fault costs, and what it does not.

pub(crate) mod fixture;
mod live;
mod table;
pub(crate) mod without;
mod witness;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::json;
use stc_check::names::{AccountId, BucketName};
use stc_check::report::{CheckResult, FailOn, Report, Status};

use fixture::Fixture;

/// The ids of docs/design/interfaces.md#check-ids in its order; the last three are judged with `watch` and `--data` alone.
const CONTRACT: [&str; 38] = [
    "bucket.exists",
    "bucket.partition",
    "bucket.region-enabled",
    "bucket.owner",
    "policy.document",
    "policy.list-bucket",
    "policy.put-object",
    "policy.delete-object",
    "policy.tls-only",
    "transport.tls",
    "transport.http-denied",
    "encryption.default",
    "encryption.no-header-demand",
    "encryption.key-arn",
    "kms.key-usable",
    "kms.decrypt",
    "kms.describe-key",
    "kms.encrypt",
    "kms.generate-data-key",
    "kms.generate-data-key-without-plaintext",
    "kms.re-encrypt-from",
    "kms.re-encrypt-to",
    "kms.policy-document",
    "kms.policy-scope",
    "public.access-block",
    "public.policy",
    "public.acl",
    "delivery.ownership",
    "delivery.requester-pays",
    "delivery.object-lock",
    "probe.leftover",
    "probe.upload",
    "probe.encrypted",
    "probe.delete",
    "organization.rcp",
    "data.flowing",
    "data.encrypted",
    "vendor.seen",
];

fn find<'a>(report: &'a Report, id: &str) -> &'a CheckResult {
    report.checks.iter().find(|check| check.id.as_str() == id).unwrap_or_else(|| panic!("{id} is not in the report"))
}

fn status(report: &Report, id: &str) -> &'static str {
    find(report, id).status.as_str()
}

/// One check as a reviewer reads it.
fn render(check: &CheckResult) -> String {
    let mut text = format!("{:7} {}: {}\n", check.status.as_str(), check.id, check.message);
    if let Some(fix) = &check.fix {
        writeln!(text, "        fix: {}", fix.summary).unwrap();
        for command in &fix.commands {
            writeln!(text, "        $ {command}").unwrap();
        }
    }
    text
}

/// Every fixture: its name, its snapshot as in the file, its report.
pub(crate) fn judged() -> Vec<(&'static str, &'static serde_json::Value, Report)> {
    fixture::all().iter().map(|fixture| (fixture.name.as_str(), &fixture.document, fixture.judge())).collect()
}

#[test]
fn every_fixture_has_the_statuses_that_its_name_promises() {
    let mut wrong = String::new();
    for fixture in fixture::all() {
        let report = fixture.judge();
        for (id, wanted) in &fixture.expect {
            for check in report.checks.iter().filter(|check| check.id.as_str() == id || id == "*") {
                let excepted = id == "*" && fixture.expect.contains_key(check.id.as_str());
                if !excepted && check.status.as_str() != wanted {
                    writeln!(wrong, "{}: wanted {wanted}, got {}", fixture.name, render(check)).unwrap();
                }
            }
        }
        let exit = report.exit(FailOn::Fail);
        if exit != fixture.exit {
            let reasons: String = report.checks.iter().filter(|check| check.fix.is_some()).map(render).collect();
            writeln!(wrong, "{}: wanted exit {}, got {exit}\n{reasons}", fixture.name, fixture.exit).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_check_over_every_good_base() {
    for base in fixture::bases() {
        let text: String = base.judge().checks.iter().map(render).collect();
        insta::assert_snapshot!(base.name.clone(), text);
    }
}

/// What each fault changes against its base: the collateral hits show in review. A fix is shown where it first occurs.
#[test]
fn every_check_over_every_fault() {
    let mut text = String::new();
    let mut fixes = BTreeSet::new();
    for fixture in fixture::cases() {
        let base = fixture.base().judge();
        let report = fixture.judge();
        writeln!(text, "== {} ({}): exit {}", fixture.name, fixture.base, report.exit(FailOn::Fail)).unwrap();
        let changed = report.checks.iter().zip(&base.checks).filter(|(check, before)| check != before);
        for (check, _) in changed {
            let rendered = render(check);
            let fix = rendered.split_once('\n').map_or("", |(_, fix)| fix).to_owned();
            text.push_str(if fixes.insert(fix) { &rendered } else { rendered.split_inclusive('\n').next().unwrap() });
        }
    }
    insta::assert_snapshot!("faults", text);
}

/// With an account that is expected to own the bucket, a command that is pasted changes nobody else's.
#[test]
fn every_command_that_changes_the_bucket_names_the_owner_that_was_given() {
    let mut operations = BTreeSet::new();
    for mut fixture in fixture::all().iter().cloned() {
        fixture.connection.expected_owner.get_or_insert(AccountId::parse("111122223333").unwrap());
        let report = fixture.judge();
        for command in report.checks.iter().filter_map(|check| check.fix.as_ref()).flat_map(|fix| &fix.commands) {
            let Some((_, operation)) = command.split_once("aws s3api put-") else { continue };
            assert!(command.contains(" --expected-bucket-owner "), "{}: {command}", fixture.name);
            operations.insert(operation.split(' ').next().unwrap().to_owned());
        }
    }
    assert!(operations.contains("bucket-encryption") && operations.len() > 3, "{operations:?}");
}

#[test]
fn fixtures_expect_only_what_the_contract_has() {
    for Fixture { name, expect, .. } in fixture::all() {
        for id in expect.keys() {
            assert!(id == "*" || CONTRACT.contains(&id.as_str()), "{name} expects something of `{id}`");
        }
    }
}

/// A name of this kind exists in one account and Region: in another it is somebody else's bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
#[test]
fn a_name_of_another_account_or_region_says_so() {
    for (name, says) in [
        ("acme-111122223333-us-east-1-an", false),
        ("acme-444455556666-us-east-1-an", true),
        ("acme-111122223333-eu-west-1-an", true),
    ] {
        let mut fixture = fixture::named("joint");
        fixture.document = serde_json::from_str(&fixture.document.to_string().replace("acme-exports", name)).unwrap();
        fixture.connection.bucket = BucketName::parse(name).unwrap();
        for head in [json!({"BucketRegion": "us-east-1"}), json!({"Error": {"Code": "403", "Message": "Forbidden"}})] {
            let report = fixture.with_answer("s3:HeadBucket", Some(head)).judge();
            let exists = find(&report, "bucket.exists");
            assert_eq!(exists.status, Status::Pass);
            let said = exists.message.contains("only in the account and Region that it names");
            assert_eq!(said, says, "{}", exists.message);
        }
    }
}
