//! What `fix` and `policy` print, run as it is printed, with the AWS CLI.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;
use stc_check::vendor::Variant;

use super::{
    Command, Output, Seed, Statuses, Table, Value, bare, credentials, endpoint, found_in, project, show, text,
};

/// Whose the copies of the broken seeds are, and how their names begin: nobody else looks at them.
const ACCOUNT: &str = "222233334444";
const PREFIX: &str = "fix-";

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn every_broken_seed_is_fixed_by_the_commands_printed_and_as_it_was_after_the_way_back() {
    let seeded = Command::new(project("/localstack/seed")).args(["--copy", PREFIX, ACCOUNT]).envs(port()).output();
    let seeded = seeded.unwrap();
    assert!(seeded.status.success(), "{}", show(&seeded));
    let copies = Table::read().copies().seeds();
    assert!(copies.len() > 30, "{}", copies.len());
    let surprises = found_in(copies, |seed| {
        let mut surprises = Vec::new();
        seed.fix_and_return(|surprise| surprises.push(format!("{}: {surprise}", seed.bucket)));
        surprises
    });
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

impl Table {
    /// The broken seeds once more, as `localstack/seed --copy` makes them.
    fn copies(mut self) -> Self {
        let rows = self.0["seeds"].as_array_mut().unwrap();
        rows.retain(|row| text(&row["bucket"]).starts_with("broken-"));
        for row in rows {
            row["bucket"] = json!(format!("{PREFIX}{}", text(&row["bucket"])));
            row["account"] = json!(ACCOUNT);
        }
        self
    }
}

/// A policy, and how a preview of it is judged.
struct Policy {
    document: &'static str,
    /// What reads it; what tells whether it is public begins like that.
    operation: &'static str,
    option: &'static str,
    check: &'static str,
}

const POLICIES: [Policy; 2] = [
    Policy {
        document: "bucket-policy",
        operation: "s3:GetBucketPolicy",
        option: "--bucket-policy",
        check: "policy.document",
    },
    Policy {
        document: "key-policy",
        operation: "kms:GetKeyPolicy",
        option: "--key-policy",
        check: "kms.policy-document",
    },
];

/// What the bucket is, and what the check says of it.
struct State {
    /// As it was saved.
    snapshot: String,
    statuses: Statuses,
    required: BTreeSet<String>,
    /// What was read, without what changes by itself.
    settings: Value,
    exit: Option<i32>,
}

impl State {
    /// Checks that are to be fixed: `fix` is about documents and settings, not about what was done live.
    fn open(&self) -> BTreeSet<String> {
        let live = |id: &str| id.starts_with("probe.") || id.starts_with("transport.");
        let is_open = |(id, status): &(&String, &String)| match status.as_str() {
            "fail" | "warn" => !live(id),
            "unknown" => self.required.contains(*id) && !live(id),
            _ => false,
        };
        self.statuses.iter().filter(is_open).map(|(id, _)| id.clone()).collect()
    }
}

impl Seed {
    fn fix_and_return(&self, mut surprise: impl FnMut(String)) {
        let folder = tempfile::tempdir().unwrap();
        let before = self.state(folder.path());
        if before.statuses != self.expected {
            surprise("it is not as seeds.json says to begin with".to_owned());
        }
        let with_files = self.fix(folder.path(), &["--output", "changes"]);
        let inline = self.fix(folder.path(), &[]);
        let plan = self.fix(folder.path(), &["--format", "json"]);
        let plan: Value = serde_json::from_slice(&plan.stdout).unwrap_or_else(|_| panic!("{}", show(&plan)));

        for command in section(&with_files, "To apply:") {
            if let Err(error) = run(&command, folder.path()) {
                surprise(error);
            }
        }
        let fixed = self.state(folder.path());
        let checks = |rows: &Value, wanted: fn(&Value) -> bool| -> BTreeSet<String> {
            rows.as_array().unwrap().iter().filter(|row| wanted(row)).map(|row| text(&row["check"])).collect()
        };
        let listed = checks(&plan["unfixable"], |_| true);
        let optional = checks(&plan["changes"], |change| change["optional"] == true);
        let expected: BTreeSet<String> = listed.union(&optional).cloned().collect();
        if fixed.open() != expected {
            surprise(format!("once fixed, {:?} are open, and {expected:?} were to be", fixed.open()));
        }
        if before.open().iter().any(|id| !listed.contains(id)) && plan["changes"].as_array().unwrap().is_empty() {
            surprise("nothing was changed".to_owned());
        }
        let more = section(&with_files, "To apply as well:");
        assert_eq!(more.is_empty(), optional.is_empty(), "{}", show(&with_files));
        for command in &more {
            if let Err(error) = run(command, folder.path()) {
                surprise(error);
            }
        }
        let fixed = if more.is_empty() { fixed } else { self.state(folder.path()) };
        if fixed.open() != listed {
            surprise(format!("with the optional changes {:?} are open", fixed.open()));
        }
        let by_probe = self.bucket.ends_with("broken-leftover");
        if listed.is_empty() && !by_probe && fixed.exit != Some(0) {
            surprise(format!("once fixed, it exits with {:?}: {:?}", fixed.exit, fixed.statuses));
        }

        let first = section(&inline, "To roll that back, before the rest:");
        for command in first.into_iter().chain(section(&inline, "To roll back:")) {
            if let Err(error) = run(&command, folder.path()) {
                surprise(error);
            }
        }
        let after = self.state(folder.path());
        let (mut was, mut is) = (before.settings.clone(), after.settings.clone());
        let changes = plan["changes"].as_array().unwrap();
        let mut refused = false;
        for policy in &POLICIES {
            // LocalStack holds policies that S3 or KMS refuses to save. The way back then leads to what they take of it.
            let is_fixed = changes.iter().any(|change| change["document"] == policy.document);
            if !is_fixed || !self.is_refused(policy, &before, folder.path()) {
                continue;
            }
            refused = true;
            if self.is_refused(policy, &after, folder.path()) {
                surprise(format!("the way back leads to a {} that would not be saved", policy.document));
            }
            for settings in [&mut was, &mut is] {
                let operations = settings.as_object_mut().unwrap();
                operations.retain(|operation, _| !operation.starts_with(policy.operation));
            }
        }
        if was != is || (!refused && after.statuses != before.statuses) {
            surprise(format!("after the way back it is\n{:#}\nand it was\n{:#}", after.settings, before.settings));
        }
    }

    /// Whether the service was seen to refuse to save such a policy, by the judgement of a preview of it.
    fn is_refused(&self, policy: &Policy, state: &State, folder: &Path) -> bool {
        let Some(text) = state.settings[policy.operation]["Policy"].as_str() else { return false };
        let (snapshot, preview) = (folder.join("judged.json"), folder.join("preview.json"));
        std::fs::write(&snapshot, &state.snapshot).unwrap();
        std::fs::write(&preview, text).unwrap();
        let [snapshot, preview] = [&snapshot, &preview].map(|path| path.to_str().unwrap());
        let more = ["--snapshot", snapshot, policy.option, preview, "--only", policy.check, "--format", "json"];
        let output = self.bare_command(&more).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", show(&output)));
        let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == policy.check).unwrap();
        let objections = check["evidence"]["objections"].as_array().cloned().unwrap_or_default();
        objections.iter().any(|objection| objection["seen"] == true)
    }

    fn state(&self, folder: &Path) -> State {
        let file = folder.join("snapshot.json");
        let output = self.check(&["--format", "json", "--save-snapshot", file.to_str().unwrap()]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", show(&output)));
        let snapshot = std::fs::read_to_string(file).unwrap();
        let mut settings = serde_json::from_str::<Value>(&snapshot).unwrap()["operations"].take();
        // Scheduled anew, it goes somewhat later.
        if let Some(date) = settings.pointer_mut("/kms:DescribeKey/KeyMetadata/DeletionDate") {
            *date = json!("some day");
        }
        for answer in settings.as_object_mut().unwrap().values_mut() {
            if let Some(error) = answer.get_mut("Error").and_then(Value::as_object_mut) {
                error.remove("RequestId");
            }
        }
        let checks = report["checks"].as_array().unwrap();
        State {
            snapshot,
            statuses: super::json_statuses(&output),
            required: checks.iter().filter(|check| check["required"] == true).map(|check| text(&check["id"])).collect(),
            settings,
            exit: output.status.code(),
        }
    }

    fn fix(&self, folder: &Path, more: &[&str]) -> Output {
        let mut command = bare();
        command.arg("fix").args(["--bucket", &self.bucket]).args(&self.arguments).args(more);
        command.args(["--endpoint-url", &endpoint()]).envs(credentials(&self.account)).current_dir(folder);
        command.output().unwrap()
    }
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn what_policy_prints_sets_up_a_bucket_from_nothing() {
    let mut rows = Vec::new();
    for variant in Variant::ALL {
        rows.extend(["sse-s3", "sse-kms", "dsse-kms"].map(|encryption| (variant, encryption)));
    }
    let surprises = found_in(rows, |(variant, encryption)| set_up(*variant, encryption));
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

fn set_up(variant: Variant, encryption: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let bucket = format!("set-up-{variant}-{encryption}");
    let mut arguments = vec!["--bucket", &bucket, "--variant", variant.as_str()];
    if variant == Variant::DataExporter {
        arguments.extend(["--export-path", "it's/$HOME & more/"]);
    }
    run(&format!("aws s3api create-bucket --bucket {bucket}"), folder.path()).unwrap();
    let key = run("aws kms create-key --query KeyMetadata.Arn --output text", folder.path()).unwrap();
    if encryption != "sse-s3" {
        arguments.extend(["--kms-key", key.trim()]);
    }
    let mut policy = bare();
    policy.arg("policy").args(&arguments).args(["--encryption", encryption, "--endpoint-url", &endpoint()]);
    let printed = policy.args(["--format", "json"]).output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap_or_else(|_| panic!("{}", show(&printed)));

    let mut surprises = Vec::new();
    let mut refused = false;
    for command in printed["commands"].as_array().unwrap().iter().map(text) {
        match run(&command, folder.path()) {
            // LocalStack knows no DSSE-KMS, which AWS takes.
            Err(error) if encryption == "dsse-kms" && error.contains("(InvalidArgument)") => refused = true,
            Err(error) => surprises.push(error),
            Ok(_) => {}
        }
    }
    assert_eq!(refused, encryption == "dsse-kms");
    let mut check = bare();
    check.args(&arguments).args(["--endpoint-url", &endpoint(), "--format", "json"]).envs(credentials(ACCOUNT));
    let output = check.output().unwrap();
    let statuses = super::json_statuses(&output);
    for (id, status) in &statuses {
        let of_the_refused = refused && (id.starts_with("encryption.key") || id.starts_with("probe.encrypted"));
        if !matches!(status.as_str(), "pass" | "skip") && !of_the_refused {
            surprises.push(format!("{bucket}: {id} is {status}"));
        }
    }
    let by_key = if encryption == "sse-kms" { "pass" } else { "skip" };
    if (statuses["kms.decrypt"].as_str(), statuses["policy.put-object"].as_str()) != (by_key, "pass") {
        surprises.push(format!("{bucket}: {statuses:?}"));
    }
    surprises
}

/// The commands of a part of what `fix` prints.
pub(super) fn section(output: &Output, title: &str) -> Vec<String> {
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = printed.lines().skip_while(|line| *line != title).skip(2);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim_start().to_owned()).collect()
}

/// Runs a printed command as a person would, with the AWS CLI of `localstack/aws`.
fn run(command: &str, folder: &Path) -> Result<String, String> {
    let path = format!("{}:{}", project("/localstack").display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("bash")
        .args(["-c", command])
        .current_dir(folder)
        .envs(port())
        .envs(credentials(ACCOUNT))
        .env("PATH", path)
        .output()
        .unwrap();
    let succeeded = output.status.success() && output.stderr.is_empty();
    if succeeded { Ok(String::from_utf8(output.stdout).unwrap()) } else { Err(format!("{command}\n{}", show(&output))) }
}

/// Where the scripts under `localstack/` find it.
pub(super) fn port() -> [(&'static str, String); 1] {
    let endpoint = endpoint();
    [("STC_CHECK_LOCALSTACK_PORT", endpoint.rsplit(':').next().unwrap().trim_end_matches('/').to_owned())]
}
