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
const PREFIX: &str = "mend-";

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn every_broken_seed_is_mended_by_the_commands_printed_and_as_it_was_after_the_way_back() {
    let seeded = Command::new(project("/localstack/seed")).args(["--copy", PREFIX, ACCOUNT]).envs(port()).output();
    let seeded = seeded.unwrap();
    assert!(seeded.status.success(), "{}", show(&seeded));
    let copies = Table::read().copies().seeds();
    assert!(copies.len() > 30, "{}", copies.len());
    let surprises = found_in(copies, |seed| {
        let mut surprises = Vec::new();
        seed.mend(|surprise| surprises.push(format!("{}: {surprise}", seed.bucket)));
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

/// What the bucket is, and what the check says of it.
struct State {
    statuses: Statuses,
    required: BTreeSet<String>,
    /// What was read, without what changes by itself.
    settings: Value,
    exit: Option<i32>,
}

impl State {
    /// Checks that are to be mended: `fix` is about documents and settings, not about what was done live.
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
    fn mend(&self, mut surprise: impl FnMut(String)) {
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
        let mended = self.state(folder.path());
        let checks = |rows: &Value, wanted: fn(&Value) -> bool| -> BTreeSet<String> {
            rows.as_array().unwrap().iter().filter(|row| wanted(row)).map(|row| text(&row["check"])).collect()
        };
        let listed = checks(&plan["unfixable"], |_| true);
        let optional = checks(&plan["changes"], |change| change["optional"] == true);
        let expected: BTreeSet<String> = listed.union(&optional).cloned().collect();
        if mended.open() != expected {
            surprise(format!("mended, {:?} are open, and {expected:?} were to be", mended.open()));
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
        let mended = if more.is_empty() { mended } else { self.state(folder.path()) };
        if mended.open() != listed {
            surprise(format!("with the optional changes {:?} are open", mended.open()));
        }
        let by_probe = self.bucket.ends_with("broken-leftover");
        if listed.is_empty() && !by_probe && mended.exit != Some(0) {
            surprise(format!("mended, it exits with {:?}: {:?}", mended.exit, mended.statuses));
        }

        let first = section(&inline, "To roll that back, before the rest:");
        for command in first.into_iter().chain(section(&inline, "To roll back:")) {
            if let Err(error) = run(&command, folder.path()) {
                surprise(error);
            }
        }
        let after = self.state(folder.path());
        // LocalStack holds policies that S3 refuses to save: of those there is no way back, and `fix` offers none.
        let refused = ["broken-leading-zero", "broken-other-bucket-named", "broken-placeholder"];
        let way_back = !refused.iter().any(|seed| self.bucket.ends_with(seed));
        if way_back && (&after.statuses, &after.settings) != (&before.statuses, &before.settings) {
            surprise(format!("after the way back it is\n{:#}\nand it was\n{:#}", after.settings, before.settings));
        }
    }

    fn state(&self, folder: &Path) -> State {
        let file = folder.join("snapshot.json");
        let output = self.check(&["--format", "json", "--save-snapshot", file.to_str().unwrap()]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", show(&output)));
        let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let mut settings = snapshot["operations"].take();
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
