//! What the printed commands hand to the AWS CLI, in every shell that people paste them into.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes::{Plan, plan};
use stc_check::fix::settings::Delivery;
use stc_check::text::shell::words;
use tempfile::TempDir;

use crate::judge::fixture::{self, Fixture};

const SHELLS: [&str; 5] = ["bash", "dash", "zsh", "fish", "busybox"];

fn planned(fixture: &Fixture) -> Plan {
    let snapshot = fixture.snapshot();
    let options = ["--profile", "it's \\ `x` $HOME"];
    plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline).with_options(&options)
}

/// What a policy may hold that somebody planted there.
fn hostile() -> Fixture {
    let base = fixture::named("joint");
    let text = base.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap();
    let mut policy: Value = serde_json::from_str(text).unwrap();
    for (index, sid) in [
        "'; touch planted; '",
        "$'\\x27; touch planted #'",
        "\\'; touch planted #",
        "a\nb\u{1b}[31m\u{202e}\"\\",
        "$(touch planted)`touch planted`",
        "!! %s ; (touch planted)",
    ]
    .into_iter()
    .enumerate()
    {
        policy["Statement"].as_array_mut().unwrap().push(json!({"Sid": sid, "Effect": "Deny",
            "Principal": "*", "Action": "s3:PutObject", "Resource": format!("arn:aws:s3:::acme-exports/{sid}/*"),
            "Condition": {"StringNotEquals": {"aws:SourceVpce": format!("vpce-{index}")}}}));
    }
    policy["Statement"][1]["Action"] = json!(["s3:PutObject"]);
    base.with_answer("s3:GetBucketPolicy", Some(json!({"Policy": format!("{policy:#}")})))
}

/// Runs lines in a shell where `aws` is a program that writes down its arguments, one list a line.
fn recorded(shell: &str, lines: &[String], folder: &Path) -> Option<Vec<Vec<String>>> {
    let record = folder.join("record");
    let _ = fs::remove_file(&record);
    let stub = folder.join("bin/aws");
    fs::create_dir_all(stub.parent().unwrap()).unwrap();
    fs::write(
        &stub,
        format!("#!/bin/bash\nprintf '%s\\0' \"$@\" >> '{0}'\nprintf '\\001\\0' >> '{0}'\n", record.display()),
    )
    .unwrap();
    fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(shell);
    command.args((shell == "busybox").then_some("sh")).args(["-c", &lines.join("\n")]);
    let output = command.current_dir(folder).env("PATH", path).env("HOME", folder).output().ok()?;
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{shell}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let bytes = fs::read_to_string(&record).unwrap_or_default();
    let calls = bytes.split_terminator("\u{1}\0");
    Some(calls.map(|call| call.split_terminator('\0').map(str::to_owned).collect()).collect())
}

#[test]
fn every_shell_hands_on_the_same_bytes_and_runs_nothing_else() {
    let folder = TempDir::new().unwrap();
    let hostile = hostile();
    let plans: Vec<Plan> = fixture::all().iter().chain([&hostile]).map(planned).collect();
    let changes = || plans.iter().flat_map(|plan| &plan.changes);
    assert!(
        planned(&hostile).changes.iter().any(|change| change.document.as_str() == "bucket-policy"),
        "{:#?}",
        planned(&hostile).unfixable
    );
    let mut lines: Vec<String> =
        changes().flat_map(|change| change.commands.iter().chain(&change.rollback)).cloned().collect();
    lines.sort();
    lines.dedup();
    assert!(lines.len() > 100, "{}", lines.len());
    let meant: Vec<Vec<String>> = lines.iter().map(|line| words(line).split_off(1)).collect();
    let mut tried = 0;
    for shell in SHELLS {
        // One script a hundred commands: a command line has its limits.
        for (lines, meant) in lines.chunks(100).zip(meant.chunks(100)) {
            let Some(calls) = recorded(shell, lines, folder.path()) else { continue };
            assert_eq!(calls.len(), lines.len(), "{shell}");
            for ((line, call), meant) in lines.iter().zip(&calls).zip(meant) {
                assert_eq!(call, meant, "{shell}: {line}");
                assert_eq!(
                    call.iter().find(|word| word.starts_with("it's")).map(String::as_str),
                    Some("it's \\ `x` $HOME")
                );
            }
            tried += 1;
        }
        assert!(!folder.path().join("planted").exists(), "{shell} ran what a policy holds");
    }
    assert!(tried > 0, "there is no shell");
    // The policy that arrives is the policy that was shown.
    for change in changes().filter(|change| change.document.as_str().ends_with("-policy")) {
        let words = words(&change.commands[0]);
        let at = words.iter().position(|word| word == "--policy").unwrap();
        assert_eq!(serde_json::from_str::<Value>(&words[at + 1]).unwrap(), change.after);
    }
}
