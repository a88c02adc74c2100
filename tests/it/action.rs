//! The GitHub Action, run step by step as GitHub runs it, but for the steps that are other people's actions.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use tempfile::TempDir;

use super::judge::fixture::named;

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
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let action = &documents[0];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("snapshot.json"), named(fixture).document.to_string()).unwrap();
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for (name, input) in action["inputs"].as_mapping().unwrap() {
        values.insert(format!("inputs.{}", name.as_str().unwrap()), input["default"].as_str().unwrap().to_owned());
    }
    for (name, value) in [("binary", env!("CARGO_BIN_EXE_stc-check"))].iter().chain(inputs) {
        assert!(values.insert(format!("inputs.{name}"), (*value).to_owned()).is_some(), "{name} is an input");
    }
    let steps = action["runs"]["steps"].as_sequence().unwrap();
    let step = |name: &str| steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();

    let (exit, log) = run_step(step("Check the bucket"), &values, &folder);
    assert_eq!(exit, Some(0), "the step itself goes on, so that SARIF is uploaded: {log}");
    let written = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    let outputs: BTreeMap<String, String> = written("output")
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    values.extend(outputs.iter().map(|(name, value)| (format!("steps.check.outputs.{name}"), value.clone())));
    let (exit, _) = run_step(step("Say how it came out"), &values, &folder);
    Job { outputs, summary: written("summary"), log, exit, folder }
}

/// Runs one step under the shell that GitHub takes for `shell: bash`.
fn run_step(step: &Yaml<'_>, values: &BTreeMap<String, String>, folder: &TempDir) -> (Option<i32>, String) {
    assert_eq!(step["shell"].as_str(), Some("bash"));
    let variables = step["env"].as_mapping().unwrap().iter().map(|(name, value)| {
        let value = value.as_str().unwrap().trim_start_matches("${{ ").trim_end_matches(" }}");
        (name.as_str().unwrap().to_owned(), values.get(value).cloned().unwrap_or_default())
    });
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"].as_str().unwrap()])
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("RUNNER_TEMP", folder.path())
        .env("GITHUB_OUTPUT", folder.path().join("output"))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
        .envs(variables)
        .current_dir(folder)
        .output()
        .unwrap();
    let log = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(log).unwrap())
}

#[test]
fn the_job_ends_as_the_bucket_is_and_has_every_report() {
    for (fixture, exit, verdict) in
        [("joint", 0, "pass"), ("policy-for-our-endpoint-only", 1, "fail"), ("policy-for-some-addresses", 3, "unknown")]
    {
        let job = run(fixture, &[("snapshot", "snapshot.json"), ("variant", "joint")]);
        assert_eq!(job.exit, Some(exit), "{fixture}: {}", job.log);
        assert_eq!(job.outputs["exit-code"], exit.to_string());
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
    assert_eq!((job.outputs.len(), job.summary.as_str()), (1, ""), "nothing was checked, so there is no report");

    let warned = [("snapshot", "snapshot.json"), ("variant", "event-stream"), ("fail-on", "warn")];
    assert_eq!(run("event-stream-role-only", &warned).exit, Some(1));
    assert_eq!(run("event-stream-role-only", &warned[..2]).exit, Some(0));
}
