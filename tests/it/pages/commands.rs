//! The commands of the pages, as a reader types them: in a shell, with the files and tools that the pages speak of.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{PAGES, blocks, read};
use crate::fake_aws::{BUCKET, FakeAws};
use crate::judge::fixture::named;

/// The ids that `explain` lists.
pub(super) fn ids() -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check")).args(["explain"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.split_whitespace().map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
    let groups = [
        "bucket",
        "policy",
        "transport",
        "encryption",
        "kms",
        "public",
        "delivery",
        "probe",
        "organization",
        "data",
        "vendor",
    ];
    let mut ids: Vec<_> = words
        .filter(|word| word.split_once('.').is_some_and(|(group, rest)| groups.contains(&group) && !rest.is_empty()))
        .filter(|word| word.chars().all(|letter| letter.is_ascii_lowercase() || matches!(letter, '.' | '-')))
        .map(str::to_owned)
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// A folder as the pages take it to be: a snapshot, a baseline, a configuration, a policy, and a `terraform`.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().unwrap());
        let snapshot = named("joint").document;
        let policy = snapshot["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap().to_owned();
        for name in ["snapshot.json", "before.json", "after.json"] {
            desk.write(name, &snapshot.to_string());
        }
        desk.write("policies/acme-exports.json", &policy);
        desk.write("changes/bucket-policy.json", &policy);
        desk.write("stc.toml", &format!("[[connection]]\nbucket = \"{BUCKET}\"\n"));
        let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terraform/existing.json");
        desk.tool("terraform", &format!("cat '{}'", plan.display()));
        // Nothing of these pages reaches AWS or Slack.
        desk.tool("aws", "exit 0");
        desk.tool("curl", "cat >&2");
        symlink(env!("CARGO_BIN_EXE_stc-check"), desk.0.path().join("bin/stc-check")).unwrap();
        desk
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn tool(&self, name: &str, script: &str) {
        self.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        let path = self.0.path().join("bin").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Types a line into a shell, with credentials of the fake's account.
    fn type_in(&self, fake: &FakeAws, line: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.0.path()).env_clear();
        shell.env("PATH", format!("{}:/usr/bin:/bin", self.0.path().join("bin").display()));
        shell.env("HOME", self.0.path()).env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", fake.url());
        shell.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
        shell.env("AWS_EC2_METADATA_DISABLED", "true").env("SLACK_WEBHOOK", "https://hooks.slack.example/");
        if line.contains("stc-check watch") && !line.contains("--once") {
            shell.env("STC_CHECK_FOR", "1s");
        }
        shell.output().unwrap()
    }
}

/// The lines after a prompt.
pub(crate) fn typed(page: &str) -> Vec<String> {
    let consoles = blocks(page, "console");
    consoles
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.strip_prefix("$ "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_of_the_pages_is_accepted() {
    let fake = FakeAws::start();
    let desk = Desk::new();
    let mut run = 0;
    let mut wrong = Vec::new();
    for page in PAGES {
        for line in typed(&read(page)) {
            run += 1;
            // The scripts of this repository run in `tests/run` and by hand.
            if ["localstack/", "tests/"].iter().any(|folder| line.starts_with(folder)) {
                assert!(super::path(&line).exists(), "{page}: {line}");
                continue;
            }
            let output = desk.type_in(&fake, &line.replace("http://127.0.0.1:4566", &fake.url()));
            if !matches!(output.status.code(), Some(0 | 1 | 3)) {
                wrong.push(format!("{page}: {line}\n{}", String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    assert!(run > 10, "{run} commands");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_line_to_slack_names_what_failed() {
    if Command::new("jq").arg("--version").output().is_err() {
        eprintln!("left out: the line to Slack needs jq");
        return;
    }
    let fake = FakeAws::start();
    let desk = Desk::new();
    let accepted = "stc-check --bucket acme-exports --no-probe --format json --output baseline.json";
    assert_eq!(desk.type_in(&fake, accepted).status.code(), Some(0));
    fake.answer(
        "s3:GetBucketRequestPayment",
        "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
    );
    let script = blocks(&read("docs/ci.md"), "sh").into_iter().find(|script| script.contains("SLACK")).unwrap();
    let output = desk.type_in(&fake, &script);
    let sent = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{sent}");
    assert!(sent.contains(r#""text": "stc-check: fail for acme-exports: delivery.requester-pays""#), "{sent}");
}

/// The commands of the schedules, as cron, systemd, Kubernetes and GitLab would run them: quiet about what was accepted, loud
/// about what became worse.
#[test]
fn every_schedule_runs_its_check() {
    let fake = FakeAws::start();
    let desk = Desk::new();
    let page = read("docs/ci.md");
    let baseline = typed(&page).into_iter().find(|line| line.contains("--output baseline.json")).unwrap();
    assert_eq!(desk.type_in(&fake, &baseline).status.code(), Some(0));
    let service = blocks(&page, "ini").into_iter().find(|unit| unit.contains("ExecStart")).unwrap();
    let steps = service.lines().filter_map(|line| line.strip_prefix("ExecStart="));
    let steps: Vec<_> = steps.map(|step| step.trim_start_matches('-').replace("/usr/local/bin/", "")).collect();
    let cron = blocks(&page, "text").into_iter().find(|block| block.contains("cron.d")).unwrap();
    let cron = cron.lines().find(|line| line.contains(" * * * ")).unwrap().splitn(7, ' ').nth(6).unwrap();
    let job = blocks(&page, "yaml").into_iter().find(|block| block.contains("CronJob")).unwrap();
    let arguments = job.lines().find_map(|line| line.trim().strip_prefix("args: [")?.strip_suffix(']')).unwrap();
    let job = format!("stc-check {}", arguments.replace(',', "").replace("/config/", ""));
    // What cron prints becomes a mail; a unit or a job alarms by its exit code.
    let gitlab = blocks(&page, "yaml").into_iter().find(|block| block.contains("\"schedule\"")).unwrap();
    let gitlab = gitlab.lines().find_map(|line| line.trim().strip_prefix("- stc-check ")).unwrap();
    let schedules = [
        (steps.join("; "), false),
        (format!("stc-check {gitlab}"), false),
        (cron.replace("cd /etc/stc-check && ", ""), true),
        (job, false),
    ];
    let alarmed = |(schedule, by_mail): &(String, bool)| {
        let output = desk.type_in(&fake, schedule);
        if *by_mail { !output.stdout.is_empty() } else { output.status.code() != Some(0) }
    };
    for schedule in &schedules {
        assert!(!alarmed(schedule), "{}", schedule.0);
    }
    let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    fake.answer("s3:GetBucketRequestPayment", payer);
    for schedule in &schedules {
        assert!(alarmed(schedule), "{}", schedule.0);
    }
}
