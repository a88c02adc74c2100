//! The pages under docs/ held against the program: their commands run, their scripts and documents are sound.

mod automation;
mod commands;
mod runbook;

pub(crate) use commands::typed;

use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, Yaml};
use serde_json::Value;

/// The pages whose commands and examples a reader copies.
const PAGES: [&str; 4] = ["README.md", "docs/runbook.md", "docs/ci.md", "docs/config.md"];

fn path(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

fn read(page: &str) -> String {
    std::fs::read_to_string(path(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The fenced blocks of a page in one language, without their indentation.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for line in page.lines() {
        let bare = line.trim_start();
        match &mut open {
            Some(_) if bare == "```" => found.extend(open.take().map(|(text, _)| text)),
            Some((text, indent)) => {
                text.push_str(line.get(*indent..).unwrap_or_default());
                text.push('\n');
            }
            None if bare.strip_prefix("```") == Some(language) => open = Some((String::new(), line.len() - bare.len())),
            None => {}
        }
    }
    found
}

#[test]
fn every_check_has_an_entry_under_troubleshooting() {
    let page = read("docs/troubleshooting.md");
    let explained = commands::ids();
    assert!(explained.len() > 30, "{explained:?}");
    for id in explained {
        assert!(page.contains(&format!("<a id=\"{id}\"></a>\n\n### `{id}`: ")), "{id}");
    }
}

#[test]
fn the_examples_in_yaml_can_be_read() {
    let examples: Vec<_> = PAGES.iter().flat_map(|page| blocks(&read(page), "yaml")).collect();
    assert!(examples.len() >= 5);
    for example in examples {
        let documents = Yaml::load_from_str(&example).unwrap_or_else(|error| panic!("{error}\n{example}"));
        assert!(documents[0].as_mapping().is_some(), "{example}");
    }
}

#[test]
fn the_examples_give_the_action_only_inputs_that_it_has() {
    let action = read("action.yml");
    let inputs = action.split_once("\ninputs:\n").unwrap().1.split_once("\noutputs:").unwrap().0;
    let mut given = 0;
    for example in blocks(&read("docs/ci.md"), "yaml") {
        let Some((_, step)) = example.split_once("- uses: ./tools/stc-check\n") else { continue };
        for line in step.lines().skip_while(|line| !line.ends_with("with:")).skip(1) {
            let name = line.trim().split(':').next().unwrap();
            assert!(inputs.lines().any(|input| input == format!("  {name}:")), "{name}");
            given += 1;
        }
    }
    assert!(given >= 5, "{given}");
}

#[test]
fn the_manifest_is_valid_by_the_schema_of_kubernetes() {
    let schema: Value = serde_json::from_str(&read("tests/schema/kubernetes-cronjob-1.33.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let example = blocks(&read("docs/ci.md"), "yaml").into_iter().find(|block| block.contains("CronJob")).unwrap();
    let errors = |example: &str| -> Vec<String> {
        let document = automation::value(&Yaml::load_from_str(example).unwrap()[0]);
        schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    assert_eq!(errors(&example), Vec::<String>::new());
    for (right, wrong) in [("image:", "picture:"), ("schedule:", "times:"), ("backoffLimit: 0", "backoffLimit: none")] {
        assert!(example.contains(right));
        assert_ne!(errors(&example.replace(right, wrong)), Vec::<String>::new(), "the schema sees {wrong}");
    }
}

/// systemd's own check of the units, where it is at hand.
#[test]
fn the_units_are_ones_that_systemd_takes() {
    let folder = tempfile::TempDir::new().unwrap();
    let page = read("docs/ci.md");
    let units = blocks(&page, "ini");
    let mut files = Vec::new();
    for unit in &units {
        let (comment, _) = unit.split_once('\n').unwrap();
        let name = comment.rsplit('/').next().unwrap();
        let text = unit.replace("/usr/local/bin/stc-check", env!("CARGO_BIN_EXE_stc-check"));
        std::fs::write(folder.path().join(name), text).unwrap();
        files.push(name.to_owned());
    }
    assert_eq!(files, ["stc-check.service", "stc-check.timer"]);
    let verify =
        || std::process::Command::new("systemd-analyze").arg("verify").args(&files).current_dir(&folder).output();
    let Ok(output) = verify() else { return eprintln!("left out: there is no systemd-analyze") };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && !said.contains("stc-check."), "{said}");
    let broken = units[1].replace("OnCalendar=*-*-* 07:15:00", "OnCalendar=every day");
    std::fs::write(folder.path().join("stc-check.timer"), broken).unwrap();
    assert!(String::from_utf8_lossy(&verify().unwrap().stderr).contains("stc-check.timer"), "a fault would be seen");
}
