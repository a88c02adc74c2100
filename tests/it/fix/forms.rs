//! The changes in the forms that people use them in: Terraform, a ticket, PowerShell, files beside those of before.

use std::process::Command;

use serde_json::Value;
use stc_check::checks::Case;
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::markdown::markdown;
use stc_check::fix::settings::Delivery;
use stc_check::fix::terraform::{Configuration, changes};
use tempfile::TempDir;

use super::setup::{as_blocks, assert_is_laid_out, statements_of};
use crate::judge::fixture::{self, Fixture};

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline)
}

#[test]
fn terraform_holds_the_documents_that_json_holds() {
    let mut policies = 0;
    let mut all = String::new();
    for fixture in fixture::all() {
        let plan = planned(fixture);
        let hcl = changes(&plan, "acme-exports", &Configuration::default());
        for name in ["bucket-policy", "key-policy"] {
            let of_it = || plan.changes.iter().filter(|change| change.document.as_str() == name);
            let Some(change) = of_it().find(|change| change.optional).or_else(|| of_it().next()) else { continue };
            let data = format!("sailthru_connect_{}", name.replace('-', "_"));
            assert_eq!(statements_of(&hcl, &data), as_blocks(&change.after), "{}: {hcl}", fixture.name);
            policies += 1;
        }
        all.push_str(&hcl);
        all.push('\n');
    }
    assert!(policies > 30);
    assert_is_laid_out(&all.replace("\n\n\n", "\n\n"));
}

/// What the configuration has a resource for is changed there, and nothing collides with it.
#[test]
fn terraform_changes_the_resources_that_there_are() {
    let plan = planned(&fixture::named("no-policy"));
    let configuration = Configuration {
        bucket: Some("aws_s3_bucket.exports.bucket".to_owned()),
        resources: vec![("bucket-policy".to_owned(), "aws_s3_bucket_policy.exports".to_owned())],
    };
    let hcl = changes(&plan, "acme-exports", &configuration);
    assert!(hcl.contains("# Change `aws_s3_bucket_policy.exports`:"), "{hcl}");
    assert!(!hcl.contains("resource \"aws_s3_bucket_policy\""), "{hcl}");
    let none = Configuration { resources: Vec::new(), ..configuration };
    let hcl = changes(&plan, "acme-exports", &none);
    assert!(hcl.contains("  bucket = aws_s3_bucket.exports.bucket\n"), "{hcl}");
}

#[test]
fn markdown_shows_every_document_once_with_its_commands() {
    for fixture in fixture::all() {
        let plan = planned(fixture);
        let text = markdown(&plan, "acme-exports", "sh");
        for change in plan.changes.iter().filter(|change| !change.optional) {
            assert_eq!(text.matches(&format!("\n## {}\n", change.document)).count(), 1, "{text}");
            assert!(change.commands.iter().all(|command| text.contains(command)), "{text}");
        }
        for unfixable in &plan.unfixable {
            assert!(text.contains(unfixable.check.as_str()), "{text}");
        }
        assert!(!text.contains('\u{1b}'));
    }
}

#[test]
fn powershell_reads_the_commands_as_well() {
    let plan = planned(&fixture::named("no-policy"));
    let before = plan.changes[0].commands[0].clone();
    let line = plan.in_powershell().changes[0].commands[0].clone();
    assert!(line.starts_with("aws s3api put-bucket-policy --bucket acme-exports --policy '{\"Version\""), "{line}");
    assert_eq!(line, before, "there is nothing that the two read differently");
}

/// A second run keeps what the first one found: it may be the only copy of the policy of before.
#[test]
fn what_was_before_is_never_overwritten() {
    let directory = TempDir::new().unwrap();
    let fixture = fixture::named("policy-of-another-bucket");
    std::fs::write(directory.path().join("snapshot.json"), fixture.document.to_string()).unwrap();
    let run = || {
        let arguments = ["fix", "--snapshot", "snapshot.json", "--output", "changes"];
        let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
            .args(arguments)
            .env_clear()
            .current_dir(directory.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let path = |name: &str| directory.path().join("changes").join(name);
    run();
    let first = std::fs::read_to_string(path("bucket-policy.before.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&first).unwrap()["Statement"].as_array().unwrap().len(), 3);
    run();
    assert!(!path("bucket-policy.before-2.json").exists(), "the same contents need no other file");
    std::fs::write(path("bucket-policy.before.json"), "kept").unwrap();
    run();
    assert_eq!(std::fs::read_to_string(path("bucket-policy.before.json")).unwrap(), "kept");
    assert_eq!(std::fs::read_to_string(path("bucket-policy.before-2.json")).unwrap(), first);
}
