//! The runbook as a document of AWS Systems Manager Automation: valid, connected, and right about each exit code.

use std::collections::BTreeSet;
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::read;
use crate::judge::fixture::named;

fn document() -> Value {
    value(&Yaml::load_from_str(&read("docs/runbook.automation.yaml")).unwrap()[0])
}

/// A document of YAML as JSON.
pub(super) fn value(yaml: &Yaml<'_>) -> Value {
    if let Some(mapping) = yaml.as_mapping() {
        mapping.iter().map(|(key, item)| (key.as_str().unwrap().to_owned(), value(item))).collect()
    } else if let Some(list) = yaml.as_sequence() {
        list.iter().map(value).collect()
    } else if let Some(number) = yaml.as_integer() {
        json!(number)
    } else if let Some(truth) = yaml.as_bool() {
        json!(truth)
    } else {
        json!(yaml.as_str().unwrap())
    }
}

fn steps(document: &Value) -> &Vec<Value> {
    document["mainSteps"].as_array().unwrap()
}

fn step<'a>(document: &'a Value, name: &str) -> &'a Value {
    steps(document).iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no step {name}"))
}

#[test]
fn it_is_valid_by_awss_schema() {
    // Braces of a pattern that are none of its own are escaped, as Rust's patterns want it.
    let text =
        read("tests/schema/ssm-automation-0.3.json").replace("\"^{{", r#""^\\{\\{"#).replace("}}}$", r"}\\}\\}$");
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    // The schema is older than the runtime; AWS lists it on the page of `aws:executeScript`.
    widen(&mut schema);
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors = |document: &Value| -> Vec<String> {
        schema.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    let document = document();
    assert_eq!(errors(&document), Vec::<String>::new());
    let mut without = document;
    without["mainSteps"][0]["inputs"].as_object_mut().unwrap().remove("DocumentName");
    assert_ne!(errors(&without), Vec::<String>::new(), "the schema sees what is missing");
}

/// Adds `python3.11` to each list of runtimes.
fn widen(schema: &mut Value) {
    match schema {
        Value::Array(items) => {
            if items.contains(&json!("python3.7")) {
                items.push(json!("python3.11"));
            }
            items.iter_mut().for_each(widen);
        }
        Value::Object(fields) => fields.values_mut().for_each(widen),
        _ => {}
    }
}

#[test]
fn every_step_leads_to_a_step_that_exists_and_each_is_reached() {
    let document = document();
    let names: BTreeSet<_> = steps(&document).iter().map(|step| step["name"].as_str().unwrap()).collect();
    let mut targets: BTreeSet<_> = std::iter::once("check").collect();
    for step in steps(&document) {
        let failure = step["onFailure"].as_str().and_then(|target| target.strip_prefix("step:"));
        let choices = step["inputs"]["Choices"].as_array().into_iter().flatten().map(|choice| &choice["NextStep"]);
        let others = choices.chain([&step["inputs"]["Default"], &step["nextStep"]]).filter_map(Value::as_str);
        targets.extend(others.chain(failure));
    }
    assert_eq!(targets, names);
}

#[test]
fn parameters_in_the_script_can_hold_no_quote() {
    let document = document();
    let script = step(&document, "check")["inputs"]["Parameters"]["commands"].to_string();
    for (name, parameter) in document["parameters"].as_object().unwrap() {
        let bounded = parameter["allowedValues"].is_array()
            || parameter["allowedPattern"].as_str().is_some_and(|pattern| {
                pattern.starts_with('^') && pattern.ends_with('$') && !pattern.contains(['\'', '"', '\\'])
            });
        assert!(bounded, "{name} may hold anything");
        assert!(
            script.matches(&format!("{{{{ {name} }}}}")).count()
                == script.matches(&format!("='{{{{ {name} }}}}'")).count(),
            "{name}"
        );
    }
}

#[test]
fn each_exit_code_leads_to_its_step() {
    let document = document();
    for (fixture, step) in [("joint", "tellSailthru"), ("requester-pays", "fix")] {
        let output = checked(&document, &named(fixture).document);
        assert_eq!(next(&document, &output), step, "{output}");
    }
    let mut unread = named("joint").document;
    unread["operations"].as_object_mut().unwrap().remove("s3:GetBucketPolicy");
    assert_eq!(next(&document, &checked(&document, &unread)), "undecided");
    assert_eq!(next(&document, &checked(&document, &json!([]))), "cannotRun");
    assert_eq!(next(&document, "sh: 1: stc-check: not found"), "cannotRun");
}

/// What the step `check` prints over a snapshot, by the shell of `AWS-RunShellScript`.
fn checked(document: &Value, snapshot: &Value) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("snapshot.json");
    std::fs::write(&file, snapshot.to_string()).unwrap();
    let commands = step(document, "check")["inputs"]["Parameters"]["commands"].as_array().unwrap();
    let mut script = commands.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n");
    for (name, parameter) in document["parameters"].as_object().unwrap() {
        let given = if name == "Bucket" { "acme-exports" } else { parameter["default"].as_str().unwrap_or_default() };
        script = script.replace(&format!("{{{{ {name} }}}}"), given);
    }
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_stc-check"));
    let output = Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()))
        .env("STC_CHECK_SNAPSHOT", &file)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "the step itself passes");
    String::from_utf8(output.stdout).unwrap()
}

/// The step that `decide` takes for an output.
fn next(document: &Value, output: &str) -> String {
    let inputs = &step(document, "decide")["inputs"];
    let choices = inputs["Choices"].as_array().unwrap();
    let taken = choices.iter().find(|choice| output.starts_with(choice["StartsWith"].as_str().unwrap()));
    taken.map_or(&inputs["Default"], |choice| &choice["NextStep"]).as_str().unwrap().to_owned()
}
