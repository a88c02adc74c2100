//! The GitHub Action, run step by step as GitHub runs it, but for the steps that are other people's actions.

mod runner;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::json;
use tempfile::TempDir;

use super::judge::fixture::{Fixture, named};

/// What a job has of the action once it is over.
struct Job {
    outputs: BTreeMap<String, String>,
    summary: String,
    log: String,
    /// Of the step that the job fails or passes by.
    exit: Option<i32>,
    folder: TempDir,
}

/// Runs the action with these inputs, in a repository that holds `snapshot.json`.
fn run(fixture: &str, inputs: &[(&str, &str)]) -> Job {
    run_over(&named(fixture), inputs)
}

fn run_over(fixture: &Fixture, inputs: &[(&str, &str)]) -> Job {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("snapshot.json"), fixture.document.to_string()).unwrap();
    let mut values: BTreeMap<String, String> = with_action(|action| {
        let inputs = action["inputs"].as_mapping().unwrap().iter();
        inputs
            .map(|(name, input)| {
                (format!("inputs.{}", name.as_str().unwrap()), input["default"].as_str().unwrap().to_owned())
            })
            .collect()
    });
    for (name, value) in [("binary", env!("CARGO_BIN_EXE_stc-check"))].iter().chain(inputs) {
        assert!(values.insert(format!("inputs.{name}"), (*value).to_owned()).is_some(), "{name} is an input");
    }

    let (exit, log) = run_step("Check the bucket", &values, &folder, &[]);
    assert_eq!(exit, Some(0), "the step itself goes on, so that SARIF is uploaded: {log}");
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let outputs: BTreeMap<String, String> = written("output")
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    values.extend(outputs.iter().map(|(name, value)| (format!("steps.check.outputs.{name}"), value.clone())));
    let (exit, _) = run_step("Say how it came out", &values, &folder, &[]);
    Job { outputs, summary: written("summary"), log, exit, folder }
}

fn with_action<T>(read: impl FnOnce(&Yaml<'_>) -> T) -> T {
    let text = fs::read_to_string(project().join("action.yml")).unwrap();
    read(&Yaml::load_from_str(&text).unwrap()[0])
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs one step under the shell that GitHub takes for `shell: bash`, in a job with these variables.
fn run_step(
    name: &str,
    values: &BTreeMap<String, String>,
    folder: &TempDir,
    job: &[(&str, &str)],
) -> (Option<i32>, String) {
    let (script, variables): (String, Vec<(String, String)>) = with_action(|action| {
        let steps = action["runs"]["steps"].as_sequence().unwrap();
        let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
        assert_eq!(step["shell"].as_str(), Some("bash"));
        let variables =
            step.as_mapping_get("env").and_then(Yaml::as_mapping).into_iter().flatten().map(|(name, value)| {
                let value = value.as_str().unwrap().trim_start_matches("${{ ").trim_end_matches(" }}");
                (name.as_str().unwrap().to_owned(), values.get(value).cloned().unwrap_or_default())
            });
        (step["run"].as_str().unwrap().to_owned(), variables.collect())
    });
    // The runner reads both streams as one log; which of them comes first it does not say.
    let together = format!("exec 2>&1\n{script}");
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &together])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("RUNNER_TEMP", folder.path())
        .env("GITHUB_OUTPUT", folder.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
        .envs(variables)
        .envs(job.iter().copied())
        .current_dir(folder)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// An executable file with this text.
fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Fails unless the only commands in the log are the action's own: it stops commands, and resumes them at the end.
fn assert_no_command_but_ours(log: &str) {
    let commands = runner::commands(log);
    let [stop, resume] = commands.as_slice() else { panic!("{commands:#?}\n{log}") };
    let token = stop.strip_prefix("::stop-commands::").unwrap();
    assert_eq!(resume, &format!("::{token}::"));
    assert_eq!((token.len(), log.matches(token).count()), (42, 2), "{log}");
}

#[test]
fn the_job_ends_as_the_bucket_is_and_has_every_report() {
    for (fixture, exit, verdict) in
        [("joint", 0, "pass"), ("policy-for-our-endpoint-only", 1, "fail"), ("policy-for-some-addresses", 3, "unknown")]
    {
        let job = run(fixture, &[("snapshot", "snapshot.json"), ("variant", "joint")]);
        assert_eq!(job.exit, Some(exit), "{fixture}: {}", job.log);
        assert_eq!(job.outputs["exit-code"], exit.to_string());
        assert_no_command_but_ours(&job.log);
        assert!(job.summary.starts_with("## ") && job.summary.contains(&format!(" {verdict}: ")), "{}", job.summary);
        assert!(job.log.contains(&format!("verdict: {verdict}")), "{}", job.log);
        for (output, beginning) in [("sarif", "{"), ("json", "{"), ("junit", "<?xml"), ("html", "<!DOCTYPE html>")] {
            let path = PathBuf::from(&job.outputs[output]);
            assert!(path.starts_with(job.folder.path()), "{}", path.display());
            assert!(fs::read_to_string(&path).unwrap().starts_with(beginning), "{output}");
        }
    }
}

#[test]
fn inputs_reach_the_program_as_they_are() {
    let job = run("joint", &[("snapshot", "snapshot.json"), ("bucket", "$(touch pwned); `touch pwned`")]);
    assert_eq!(job.exit, Some(2), "{}", job.log);
    assert!(job.log.contains("`$(touch`"), "{}", job.log);
    assert!(!job.folder.path().join("pwned").exists());
    let empty = ["html", "json", "junit", "sarif"].map(|name| (name.to_owned(), String::new()));
    let outputs: BTreeMap<String, String> =
        empty.into_iter().chain([("exit-code".to_owned(), "2".to_owned())]).collect();
    assert_eq!((job.outputs, job.summary.as_str()), (outputs, ""), "nothing was checked, so there is no report");

    let warned = [("snapshot", "snapshot.json"), ("variant", "event-stream"), ("fail-on", "warn")];
    assert_eq!(run("event-stream-role-only", &warned).exit, Some(1));
    assert_eq!(run("event-stream-role-only", &warned[..2]).exit, Some(0));
}

#[test]
fn a_plan_is_judged_before_it_is_applied() {
    let plan = project().join("tests/fixtures/terraform/existing.json");
    let job = run("joint", &[("terraform-plan", plan.to_str().unwrap())]);
    assert_eq!(job.exit, Some(0), "{}", job.log);
    assert!(job.log.contains("Terraform plan"), "{}", job.log);
}

#[test]
fn a_file_of_connections_gives_every_report_too() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("stc.toml");
    fs::write(folder.path().join("a.json"), named("joint").document.to_string()).unwrap();
    fs::write(&config, "[[connection]]\nbucket = \"acme-exports\"\nsnapshot = \"a.json\"\n").unwrap();
    let job = run("joint", &[("config", config.to_str().unwrap())]);
    assert_eq!(job.exit, Some(0), "{}", job.log);
    for output in ["sarif", "json", "junit", "html"] {
        assert!(fs::read_to_string(&job.outputs[output]).unwrap().contains("acme-exports"), "{output}");
    }
}

/// Commands of both forms, as names, lines and parts of lines.
const HOSTILE: [&str; 5] = [
    "::set-output name=html::/etc/passwd",
    "\n::error title=pwned::pwned\n",
    "\r::add-mask::pass\r",
    "text ##[set-output name=exit-code]0",
    "\n::stop-commands::mine\n::mine::\n::set-env name=PATH::.\n",
];

#[test]
fn no_name_or_text_of_a_bucket_is_a_command_to_the_runner() {
    for hostile in HOSTILE {
        assert_ne!(runner::commands(hostile), [""; 0], "{hostile:?} would be a command");
        let mut fixture = named("policy-for-our-endpoint-only");
        let policy = fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"].as_str().unwrap().to_owned();
        let mut policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        for statement in policy["Statement"].as_array_mut().unwrap() {
            statement["Sid"] = hostile.into();
            statement["Condition"] = json!({ "StringNotEquals": { "aws:SourceVpce": hostile } });
        }
        fixture.document["operations"]["s3:GetBucketPolicy"]["Policy"] = policy.to_string().into();
        fixture.document["operations"]["s3:GetBucketAcl"] =
            json!({ "Error": { "Code": "AccessDenied", "Message": hostile } });
        let job = run_over(&fixture, &[("snapshot", "snapshot.json")]);
        assert_eq!(job.exit, Some(1), "{}", job.log);
        assert_no_command_but_ours(&job.log);

        for (input, exit) in [("bucket", 2), ("snapshot", 2), ("region", 2), ("variant", 2)] {
            let job = run("joint", &[("snapshot", "snapshot.json"), (input, hostile)]);
            assert_eq!(job.exit, Some(exit), "{input} {hostile:?}: {}", job.log);
            assert_no_command_but_ours(&job.log);
        }
    }
}

#[test]
fn what_the_program_prints_sets_nothing_whatever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    script(&program, &format!("#!/bin/sh\ncat <<'E'\n{0}\nE\nprintf '%s' '{0}' >&2\nexit 1\n", HOSTILE.join("\n")));
    let job = run("joint", &[("binary", program.to_str().unwrap())]);
    assert!(job.log.contains("pwned"), "{}", job.log);
    assert_no_command_but_ours(&job.log);
    assert_eq!((job.exit, job.outputs["html"].as_str(), job.outputs.len()), (Some(1), "", 5));
}

#[test]
fn a_summary_that_github_would_drop_says_where_the_report_is() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    script(
        &program,
        "#!/bin/sh\nhead -c 1100000 /dev/zero | tr '\\0' x > \"$RUNNER_TEMP/stc-check-reports/report.md\"\n",
    );
    let job = run("joint", &[("binary", program.to_str().unwrap())]);
    assert_eq!(job.exit, Some(0), "{}", job.log);
    assert!(job.summary.len() < 200 && job.summary.contains("too long"), "{}", job.summary);
}

/// What a job may have in its environment that no compiler needs.
const SECRETS: [(&str, &str); 6] = [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIEXAMPLEKEYSECRETSECRET"),
    ("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEXAMPLETOKENTOKEN"),
    ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "eyJhbGciEXAMPLE"),
    ("GITHUB_TOKEN", "ghs_EXAMPLE"),
    ("STC_CHECK_EXTERNAL_ID", "external-id-EXAMPLE"),
];

#[test]
fn what_is_compiled_sees_no_credentials_and_commands_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let seen = folder.path().join("seen");
    let text = format!("#!/bin/sh\n{{ env; cat /proc/$PPID/environ; pwd; echo \"$@\"; }} > {}\n", seen.display());
    script(&bin.join("cargo"), &format!("{text}echo '::error::pwned'\necho '##[set-env name=PATH].' >&2\n"));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let job = [("PATH", path.as_str()), ("HOME", "/nowhere"), ("GITHUB_ACTION_PATH", project().to_str().unwrap())];
    let (exit, log) = run_step("Get stc-check", &BTreeMap::new(), &folder, &[&job[..], &SECRETS].concat());
    assert_eq!(exit, Some(0), "{log}");
    assert_no_command_but_ours(&log);
    assert!(log.contains("has no released binary yet: compiling it"), "{log}");

    let seen = fs::read_to_string(seen).unwrap();
    for (name, value) in SECRETS {
        assert!(!seen.contains(name) && !seen.contains(value), "{name} in {seen}");
    }
    let root = folder.path().join("stc-check");
    let ends = format!("{}\ninstall --locked --quiet --path . --root {}\n", project().display(), root.display());
    assert!(seen.contains("HOME=/nowhere") && seen.ends_with(&ends), "{seen}");
}

#[test]
fn a_version_that_was_released_is_not_compiled() {
    let folder = tempfile::tempdir().unwrap();
    let (action, bin) = (folder.path().join("action"), folder.path().join("bin"));
    fs::create_dir_all(action.join("packaging")).unwrap();
    fs::create_dir(&bin).unwrap();
    script(&bin.join("cargo"), "#!/bin/sh\necho compiled\n");
    fs::copy(project().join("packaging/action-binary"), action.join("packaging/action-binary")).unwrap();
    fs::write(action.join("Cargo.toml"), "[package]\nname = \"stc-check\"\nversion = \"1.2.3\"\n").unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let job = [("PATH", path.as_str()), ("GITHUB_ACTION_PATH", action.to_str().unwrap())];
    for (released, got) in [("1.2.3", "downloaded --to"), ("1.2.2", "compiled")] {
        let installer = format!("version='{released}'\necho downloaded \"$@\"\n");
        fs::write(action.join("packaging/install.sh"), installer).unwrap();
        let (exit, log) = run_step("Get stc-check", &BTreeMap::new(), &folder, &job);
        assert_eq!(exit, Some(0), "{log}");
        assert!(log.contains(got), "{released}: {log}");
    }
}
