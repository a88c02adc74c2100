//! `stc-check diff`: what changed, and which change turned which check.

use std::process::Command;

use serde_json::Value;
use stc_check::checks::{Case, judge};
use stc_check::comparison::Comparison;
use stc_check::report::Direction;
use tempfile::TempDir;

use crate::judge::fixture::{self, Fixture};

mod baseline;
mod seeds;

/// The change from a good bucket to a broken one, judged as the broken one's owner expects it.
fn from_good(broken: &Fixture) -> Comparison {
    let (old, new) = (broken.base().snapshot(), broken.snapshot());
    let verdict = |snapshot: &_| judge(&Case::new(&broken.connection, snapshot, None));
    Comparison::of_snapshots(&old, &new, verdict).expect("one bucket and variant")
}

#[test]
fn each_broken_bucket_names_the_change_that_broke_it() {
    let mut seen = 0;
    for broken in fixture::cases() {
        let comparison = from_good(broken);
        let changed: Vec<&str> = comparison.changes.iter().map(|change| change.document.as_str()).collect();
        for own in &broken.own {
            let answers = |fixture: &Fixture| fixture.document["operations"].get(own).cloned();
            let differs = answers(broken) != answers(&broken.base());
            assert!(!differs || changed.contains(&own.as_str()), "{}: {own} is not among {changed:?}", broken.name);
        }
        let worse = comparison.turned.iter().filter(|turn| turn.direction == Direction::Worse);
        for turn in worse.filter(|_| comparison.changes.len() == 1) {
            seen += 1;
            assert!(comparison.changes[0].turns.contains(&turn.check), "{}: {}", broken.name, turn.check);
        }
    }
    assert!(seen > 100, "only {seen} checks turned by a single change");
}

#[test]
fn the_way_back_is_better_and_never_worse() {
    for broken in fixture::cases() {
        let forth = from_good(broken);
        let verdict = |snapshot: &_| judge(&Case::new(&broken.connection, snapshot, None));
        let back = Comparison::of_snapshots(&broken.snapshot(), &broken.base().snapshot(), verdict).unwrap();
        let count = |comparison: &Comparison, direction| {
            comparison.turned.iter().filter(|turn| turn.direction == direction).count()
        };
        assert_eq!(count(&forth, Direction::Worse), count(&back, Direction::Better), "{}", broken.name);
        assert_eq!(count(&forth, Direction::Better), count(&back, Direction::Worse), "{}", broken.name);
    }
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn run(directory: &TempDir, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder with the snapshots of a good bucket and of the same without its grant, and the reports of both.
fn folder() -> TempDir {
    let directory = TempDir::new().unwrap();
    let good = fixture::named("joint");
    let mut broken = good.document.clone();
    broken["operations"]["s3:GetBucketPolicy"] =
        serde_json::json!({"Error": {"Code": "NoSuchBucketPolicy", "Message": "none"}});
    for (name, document) in [("good", &good.document), ("broken", &broken)] {
        let file = format!("{name}.json");
        std::fs::write(directory.path().join(&file), document.to_string()).unwrap();
        let report = run(&directory, &["--snapshot", &file, "--format", "json"]);
        std::fs::write(directory.path().join(format!("{name}.report.json")), report.out).unwrap();
    }
    directory
}

#[test]
fn the_exit_code_says_whether_something_is_worse() {
    let directory = folder();
    let worse = run(&directory, &["diff", "good.json", "broken.json"]);
    assert_eq!(worse.code, 1, "{}", worse.err);
    assert!(worse.out.contains("This change alone turns policy.document") || worse.out.contains("policy.put-object"));
    assert!(worse.out.contains("-  \"Version\": \"2012-10-17\""), "{}", worse.out);
    assert_eq!(run(&directory, &["diff", "broken.json", "good.json"]).code, 0);
    let same = run(&directory, &["diff", "good.json", "good.json"]);
    assert_eq!((same.code, same.out.contains("Nothing changed.")), (0, true), "{}", same.out);
}

#[test]
fn standard_input_takes_the_place_of_either_file() {
    let directory = folder();
    for (arguments, name, code) in [
        (["diff", "-", "broken.json"], "good.json", 1),
        (["diff", "good.json", "-"], "good.json", 0),
        (["diff", "-", "broken.report.json"], "good.report.json", 1),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .stdin(std::fs::File::open(directory.path().join(name)).unwrap())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
    }
}

#[test]
fn reports_are_compared_without_documents() {
    let directory = folder();
    let ran = run(&directory, &["diff", "good.report.json", "broken.report.json", "--format", "json"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let comparison = &document["comparisons"][0];
    assert_eq!(comparison["changes"], serde_json::json!([]));
    let turned = comparison["turned"].as_array().unwrap();
    let put = turned.iter().find(|turn| turn["check"] == "policy.put-object").unwrap();
    assert_eq!((&put["before"], &put["after"], &put["direction"]), (&"pass".into(), &"fail".into(), &"worse".into()));
    let markdown = run(&directory, &["diff", "good.report.json", "broken.report.json", "--format", "markdown"]);
    assert!(markdown.out.contains("| `policy.put-object` | pass | fail |"), "{}", markdown.out);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let directory = folder();
    let other =
        std::fs::read_to_string(directory.path().join("good.json")).unwrap().replace("acme-exports", "acme-other");
    std::fs::write(directory.path().join("other.json"), other).unwrap();
    std::fs::write(directory.path().join("text.json"), "{\"schema\": 1}").unwrap();
    for (arguments, said) in [
        (&["diff", "good.json", "other.json"][..], "of the bucket"),
        (&["diff", "good.json", "good.report.json"][..], "a snapshot and the other a report"),
        (&["diff", "good.json", "text.json"][..], "neither a snapshot nor a report"),
        (&["diff", "good.json", "nothing.json"][..], "nothing.json"),
        (&["diff", "good.json", "good.json", "--bucket", "acme-other"][..], "not of `acme-other`"),
    ] {
        let ran = run(&directory, arguments);
        assert_eq!(ran.code, 2, "{arguments:?}");
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
    }
}
