//! The changes in the forms that people use them in: Terraform, a ticket, PowerShell, files beside those of before.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::markdown::markdown;
use stc_check::fix::settings::Delivery;
use stc_check::fix::terraform::{Configuration, changes};
use stc_check::report::DocumentName;
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

/// S3 takes a Sid twice, and `aws_iam_policy_document` does not.
#[test]
fn terraform_gets_each_sid_once() {
    let base = fixture::named("policy-without-delete");
    let text = base.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
    let mut policy: Value = serde_json::from_str(text).unwrap();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Sid"] = json!("Same");
    }
    let fixture = base.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": policy.to_string()})));
    let hcl = changes(&planned(&fixture), "acme-exports", &Configuration::default());
    assert!(policy["Statement"].as_array().unwrap().len() > 1);
    assert_eq!(hcl.matches("\"Same\"").count(), 1, "{hcl}");
}

/// What the configuration has a resource for is changed there, and nothing collides with it.
#[test]
fn terraform_changes_the_resources_that_there_are() {
    let plan = planned(&fixture::named("no-policy"));
    let configuration = Configuration {
        bucket: Some("aws_s3_bucket.exports.bucket".to_owned()),
        resources: vec![(DocumentName::BucketPolicy, "aws_s3_bucket_policy.exports".to_owned())],
        taken: vec!["data.aws_iam_policy_document.sailthru_connect_bucket_policy".to_owned()],
        module: None,
    };
    let hcl = changes(&plan, "acme-exports", &configuration);
    assert!(hcl.contains("# Change `aws_s3_bucket_policy.exports`:"), "{hcl}");
    assert!(!hcl.contains("resource \"aws_s3_bucket_policy\""), "{hcl}");
    assert!(hcl.contains("#  policy = data.aws_iam_policy_document.sailthru_connect_bucket_policy_2.json\n"), "{hcl}");
    let none = Configuration { resources: Vec::new(), ..configuration };
    let hcl = changes(&plan, "acme-exports", &none);
    assert!(hcl.contains("  bucket = aws_s3_bucket.exports.bucket\n"), "{hcl}");
}

/// The settings may be in a module within the module of the bucket.
#[test]
fn terraform_changes_resources_of_inner_modules() {
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/terraform/modules.json");
    let options = ["policy", "acme-exports-eu", "--terraform-plan", plan, "--format", "terraform"];
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check")).args(options).env_clear().output().unwrap();
    let hcl = String::from_utf8(output.stdout).unwrap();
    for kind in ["aws_s3_bucket_policy", "aws_s3_bucket_public_access_block"] {
        assert!(hcl.contains(&format!("# Change `module.exports[\"eu\"].module.settings.{kind}.this")), "{hcl}");
        assert!(!hcl.contains(&format!("resource \"{kind}\"")), "{hcl}");
    }
}

/// The one that `tests/run` installed what the stand-in provider needs for, else any.
fn python() -> Command {
    Command::new(std::env::var_os("STC_CHECK_TERRAFORM_PYTHON").unwrap_or_else(|| "python3".into()))
}

/// Why Terraform cannot validate here, if it cannot. CI has to, where it has a Terraform.
fn why_not_validated(script: &str) -> Option<String> {
    let probe = python().args([script, "--probe"]).output();
    let reason = match probe {
        Ok(output) if output.status.success() => return None,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => format!("there is no Python: {error}"),
    };
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let has_terraform = Command::new("terraform").arg("version").output().is_ok();
    assert!(!in_ci || !has_terraform, "CI validates what is printed for Terraform: {reason}");
    Some(reason)
}

/// Terraform takes what is printed, beside the configuration of the plan as well. Only where there are a Terraform and what the
/// stand-in provider needs (tests/terraform/README.md).
#[test]
fn terraform_validates_what_is_printed() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terraform/validate.py");
    if let Some(reason) = why_not_validated(script) {
        // Not by a macro: the output of a test that passes is not shown.
        let _ = writeln!(std::io::stderr(), "terraform validate is left out: {reason}");
        return;
    }
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stc-check")).args(arguments).env_clear().output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut all: Vec<Value> = Vec::new();
    for fixture in fixture::all() {
        let text = changes(&planned(fixture), "acme-exports", &Configuration::default());
        if !all.iter().any(|one| one["text"] == text) {
            all.push(json!({"text": text, "configuration": null}));
        }
    }
    for variant in ["joint", "event-stream", "data-exporter"] {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let options = ["policy", "acme-exports", "--variant", variant, "--kms-key", key, "--format", "terraform"];
        all.push(json!({"text": run(&options), "configuration": null}));
    }
    for name in ["existing", "first-apply", "for-each", "key-without-policy", "nameless", "partial-block", "provider-6"]
    {
        let plan = format!("{}/tests/fixtures/terraform/{name}.json", env!("CARGO_MANIFEST_DIR"));
        for command in ["fix", "policy"] {
            let bucket: &[&str] = if name == "for-each" { &["--bucket", "acme-exports"] } else { &[] };
            let text = run(&[&[command, "--terraform-plan", &plan, "--format", "terraform"], bucket].concat());
            assert!(!text.is_empty(), "{command} {name}");
            all.push(json!({"text": text, "configuration": name}));
        }
    }
    let mut child =
        python().arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!(all).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
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

/// A second run keeps what the first one found: it may be the only copy of the policy of before.
#[test]
fn what_was_before_is_never_overwritten() {
    let directory = TempDir::new().unwrap();
    let fixture = fixture::named("policy-with-an-orphan");
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
    std::fs::write(path("bucket-policy.json"), "mine").unwrap();
    std::fs::write(path("bucket-policy.rollback.json"), "a way back").unwrap();
    let printed = run();
    for (name, text) in
        [("bucket-policy.before", "kept"), ("bucket-policy", "mine"), ("bucket-policy.rollback", "a way back")]
    {
        assert_eq!(std::fs::read_to_string(path(&format!("{name}.json"))).unwrap(), text);
        assert!(!printed.contains(&format!("/{name}.json")), "{printed}");
    }
    assert_eq!(std::fs::read_to_string(path("bucket-policy.before-2.json")).unwrap(), first);
    assert!(printed.contains("--policy file://changes/bucket-policy-2.json\n"), "{printed}");
    assert!(printed.contains("--policy file://changes/bucket-policy.rollback-2.json\n"), "{printed}");
}

/// The AWS CLI expands what is in a path, and no shell hands on a control character.
#[test]
fn a_directory_that_the_aws_cli_would_read_as_another_is_refused() {
    let directory = TempDir::new().unwrap();
    let fixture = fixture::named("no-policy");
    std::fs::write(directory.path().join("snapshot.json"), fixture.document.to_string()).unwrap();
    for name in ["$HOME", "~", "a\nb", "a\u{202e}b"] {
        let arguments = ["fix", "--snapshot", "snapshot.json", "--output", name];
        let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
        let output = command.args(arguments).env_clear().current_dir(directory.path()).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{name:?}");
        assert!(!directory.path().join(name).exists(), "{name:?}");
    }
}
