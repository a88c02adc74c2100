//! The runbook, walked as it is written: from a bucket without a policy to the hand-over, each exit code on the way.

use std::path::Path;

use super::fixes::{port, section};
use super::{Command, Output, alone, credentials, endpoint, project, show};
use crate::pages::typed;

/// The bucket of the page, and its account.
const BUCKET: &str = "acme-exports";
const ACCOUNT: &str = "111122223333";

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn the_runbook_leads_from_a_bare_bucket_to_the_hand_over() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let page = std::fs::read_to_string(project("/docs/runbook.md")).unwrap();
    let commands = typed(&page);
    let step = |words: &str| -> &str {
        commands.iter().find(|command| command.contains(words)).unwrap_or_else(|| panic!("no command {words}"))
    };
    let expect = |code: i32, command: &str| -> Output {
        let output = type_in(command, folder);
        assert_eq!(output.status.code(), Some(code), "{command}\n{}", show(&output));
        output
    };
    let check = step("--save-snapshot before.json");

    expect(0, &format!("aws s3api delete-bucket --bucket {BUCKET} || true; aws s3api create-bucket --bucket {BUCKET}"));
    expect(0, step("stc-check permissions"));
    expect(0, step("stc-check policy"));
    expect(2, &format!("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; {check}"));
    expect(3, &check.replace(BUCKET, "broken-source-address"));
    expect(1, check);
    let fix = expect(0, step("stc-check fix"));
    expect(0, step("--bucket-policy changes"));
    let printed = section(&fix, "To apply:");
    assert!(!printed.is_empty(), "{}", show(&fix));
    for command in printed {
        expect(0, &command);
    }
    expect(0, step("--wait"));
    expect(0, check);
    expect(0, step("handover.md"));
    expect(0, step("--redact"));
    // Sailthru writes its first file, and later the hourly lookups.
    let watch = step("stc-check watch");
    expect(1, &format!("{watch} --once"));
    let now = "$(date -u +%Y%m%d)/hr=$(date -u +%H)";
    let key = format!("campaign/dt={now}/client_id=3386/part.csv");
    expect(0, &format!("echo id > part.csv && aws s3api put-object --bucket {BUCKET} --key {key} --body part.csv"));
    expect(0, watch);
    expect(0, step("baseline.json"));
    expect(0, step("--save-snapshot after.json"));
    expect(0, step("stc-check diff"));
    for file in ["before.html", "handover.md", "shared.json", "baseline.json"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    let shared = std::fs::read_to_string(folder.join("shared.json")).unwrap();
    assert!(!shared.contains(BUCKET) && !shared.contains(ACCOUNT), "{shared}");
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn the_readme_s_line_checks_a_seeded_bucket() {
    let _alone = alone();
    let readme = std::fs::read_to_string(project("/README.md")).unwrap();
    let line = typed(&readme).into_iter().find(|line| line.contains("--endpoint-url")).unwrap();
    let output = type_in(&line.replace("http://127.0.0.1:4566", &endpoint()), &std::env::temp_dir());
    assert_eq!(output.status.code(), Some(1), "{}", show(&output));
    assert!(show(&output).contains("vpce-"), "{}", show(&output));
}

/// Runs a command of the page as a person would, with the AWS CLI of `localstack/aws`.
fn type_in(command: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_stc-check")).parent().unwrap().display();
    let path = format!("{}:{program}:{}", project("/localstack").display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    shell.args(["-c", command]).current_dir(folder).env_clear().env("PATH", path).env("HOME", folder);
    shell.envs(port()).envs(credentials(ACCOUNT)).env("AWS_ENDPOINT_URL", endpoint()).env("AWS_REGION", "us-east-1");
    shell.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap()
}
