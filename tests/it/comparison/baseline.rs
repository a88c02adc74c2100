//! `--baseline FILE`: only what became worse since an accepted report makes the exit code, and only what changed is told.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ran, run};
use crate::judge::fixture;

/// A folder with the snapshot of a bucket and changed ones, by name.
fn folder(changed: &[(&str, &str, Value)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    let good = &fixture::named("joint").document;
    keep(&directory, "good.json", good);
    for (name, operation, answer) in changed {
        let mut document = good.clone();
        document["operations"][*operation] = answer.clone();
        keep(&directory, &format!("{name}.json"), &document);
    }
    directory
}

fn keep(directory: &TempDir, name: &str, document: &Value) {
    std::fs::write(directory.path().join(name), document.to_string()).unwrap();
}

fn error(code: &str) -> Value {
    json!({"Error": {"Code": code, "Message": "said so"}})
}

/// The report of a snapshot, kept as a baseline.
fn accept(directory: &TempDir, name: &str) {
    let ran = run(directory, &["--snapshot", &format!("{name}.json"), "--format", "json", "--output", "base.json"]);
    assert!([0, 1, 3].contains(&ran.code), "{}", ran.err);
}

fn against(directory: &TempDir, name: &str, more: &[&str]) -> Ran {
    let snapshot = format!("{name}.json");
    let arguments: Vec<&str> =
        ["--snapshot", &snapshot, "--baseline", "base.json"].into_iter().chain(more.iter().copied()).collect();
    run(directory, &arguments)
}

fn three() -> TempDir {
    folder(&[
        ("fails", "s3:GetBucketPolicy", error("NoSuchBucketPolicy")),
        ("warns", "s3:GetBucketOwnershipControls", error("OwnershipControlsNotFoundError")),
        ("refused", "s3:GetBucketPolicy", error("AccessDenied")),
    ])
}

#[test]
fn the_exit_code_is_about_what_became_worse() {
    let directory = three();
    // What the baseline was of, what is checked now, with which options, and what that exits with.
    for (before, now, more, code) in [
        ("good", "good", &[][..], 0),
        ("good", "fails", &[][..], 1),
        ("fails", "fails", &[][..], 0),
        ("fails", "good", &[][..], 0),
        ("good", "warns", &[][..], 0),
        ("good", "warns", &["--fail-on", "warn"][..], 1),
        ("warns", "warns", &["--fail-on", "warn"][..], 0),
        ("good", "refused", &[][..], 3),
        ("refused", "refused", &[][..], 0),
        // A failure that can no longer be read is no worse; one that could not be read and fails is.
        ("fails", "refused", &["--only", "policy.put-object"][..], 0),
        ("refused", "fails", &["--only", "policy.put-object"][..], 1),
    ] {
        accept(&directory, before);
        for format in ["text", "json", "junit", "sarif", "markdown", "html"] {
            let more: Vec<&str> = more.iter().copied().chain(["--format", format]).collect();
            let ran = against(&directory, now, &more);
            assert_eq!(ran.code, code, "{before} to {now} as {format}, {more:?}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn text_and_markdown_show_the_changed_checks_alone_and_count_the_old_failures() {
    let directory = three();
    accept(&directory, "good");
    for format in ["text", "markdown"] {
        let ran = against(&directory, "fails", &["--format", format]);
        assert!(ran.out.contains("policy.put-object") && ran.out.contains("(was pass)"), "{}", ran.out);
        assert!(!ran.out.contains("public.access-block"), "{}", ran.out);
        assert!(ran.out.contains("newly failed: "), "{}", ran.out);
    }
    let full = against(&directory, "fails", &["-v"]);
    assert!(full.out.contains("(was pass)") && !full.out.contains("public.access-block"), "{}", full.out);
    let same = against(&directory, "good", &[]);
    assert!(same.out.contains("No check has another status than in the baseline of 20"), "{}", same.out);

    accept(&directory, "fails");
    let old = against(&directory, "fails", &[]);
    assert!(!old.out.contains('✘'), "{}", old.out);
    assert!(
        old.out.contains("verdict: fail  no worse than the baseline; ") && old.out.contains(" checks fail as before"),
        "{}",
        old.out
    );
    let better = against(&directory, "good", &["-q"]);
    assert!(better.out.starts_with("verdict: pass"), "{}", better.out);
}

#[test]
fn other_formats_stay_whole_and_carry_the_earlier_status() {
    let directory = three();
    accept(&directory, "good");
    let ran = against(&directory, "fails", &["--format", "json"]);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let whole = run(&directory, &["--snapshot", "fails.json", "--format", "json"]);
    let whole: Value = serde_json::from_str(&whole.out).unwrap();
    assert_eq!(checks.len(), whole["checks"].as_array().unwrap().len());
    assert_eq!(report["summary"], whole["summary"]);
    let put = checks.iter().find(|check| check["id"] == "policy.put-object").unwrap();
    assert_eq!((&put["status"], &put["baseline"]), (&json!("fail"), &json!({"status": "pass"})));
    assert!(checks.iter().all(|check| check["baseline"]["status"].is_string()));
    assert!(whole["checks"].as_array().unwrap().iter().all(|check| check.get("baseline").is_none()));
    let schema: Value = serde_json::from_str(stc_check::schema::REPORT).unwrap();
    assert!(jsonschema::is_valid(&schema, &report));

    let sarif: Value = serde_json::from_str(&against(&directory, "fails", &["--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let put = results.iter().find(|result| result["ruleId"] == "policy.put-object").unwrap();
    assert_eq!(put["properties"]["baseline"], json!({"status": "pass"}));
    let junit = against(&directory, "fails", &["--format", "junit"]).out;
    assert!(
        junit.contains("<system-out>baseline: pass</system-out>") && junit.contains("public.access-block"),
        "{junit}"
    );
    assert!(against(&directory, "fails", &["--format", "html"]).out.contains("(baseline: pass)"));
}

/// A check that the baseline lacks is new, never worse, and shown.
#[test]
fn a_check_that_the_baseline_lacks_is_new() {
    let directory = three();
    let ran =
        run(&directory, &["--snapshot", "good.json", "--only", "kms", "--format", "json", "--output", "base.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = against(&directory, "fails", &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("policy.put-object (new)"), "{}", ran.out);
}

#[test]
fn several_buckets_are_compared_each_with_its_own() {
    let directory = three();
    let other = |name: &str| {
        let text = std::fs::read_to_string(directory.path().join(format!("{name}.json"))).unwrap();
        text.replace("acme-exports", "acme-other")
    };
    std::fs::write(directory.path().join("other.json"), other("good")).unwrap();
    std::fs::write(directory.path().join("other-fails.json"), other("fails")).unwrap();
    let two = |one: &'static str, other: &'static str| ["--snapshot", one, "--snapshot", other];
    let write = ["--format", "json", "--output", "base.json"];
    let made = run(&directory, &[&two("fails.json", "other.json")[..], &write].concat());
    assert_eq!(made.code, 1, "{}", made.err);
    let compare = |one, other, more: &[&str]| {
        run(&directory, &[&two(one, other)[..], &["--baseline", "base.json"], more].concat())
    };

    let same = compare("fails.json", "other.json", &[]);
    assert_eq!(same.code, 0, "{}", same.out);
    assert!(
        same.out.contains("no bucket is worse than in the baseline; ") && same.out.contains("fail as before"),
        "{}",
        same.out
    );
    let worse = compare("fails.json", "other-fails.json", &[]);
    assert_eq!(worse.code, 1, "{}", worse.out);
    assert!(worse.out.contains("1 of 2 buckets worse than in the baseline"), "{}", worse.out);
    let document: Value =
        serde_json::from_str(&compare("fails.json", "other-fails.json", &["--format", "json"]).out).unwrap();
    assert_eq!(document["verdict"], "fail");
    let schema: Value = serde_json::from_str(stc_check::schema::REPORTS).unwrap();
    assert!(jsonschema::is_valid(&schema, &document));

    // Of one alone, the baseline holds more than is checked; of another, less.
    for snapshot in ["good", "other"] {
        let ran = against(&directory, snapshot, &[]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("which this run does not check"), "{}", ran.err);
    }
    accept(&directory, "good");
    let ran = compare("good.json", "other.json", &[]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("it holds no report of the bucket `acme-other`"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_baseline_that_does_not_fit_is_refused_and_never_written() {
    let directory = three();
    accept(&directory, "good");
    let accepted = std::fs::read_to_string(directory.path().join("base.json")).unwrap();
    std::os::unix::fs::symlink("base.json", directory.path().join("link.json")).unwrap();
    std::fs::write(directory.path().join("text.json"), "not JSON").unwrap();
    for (arguments, said) in [
        (&["--baseline", "nothing.json"][..], "nothing.json"),
        (&["--baseline", "text.json"][..], "it is not JSON"),
        (&["--baseline", "good.json"][..], "`stc-check/snapshot/1` is not a report"),
        (&["--baseline", "base.json", "--variant", "event-stream"][..], "was checked as `joint` then"),
        (&["--baseline", "base.json", "--format", "json", "--output", "base.json"][..], "stays as it is"),
        (&["--baseline", "base.json", "--save-snapshot", "./base.json"][..], "stays as it is"),
        (&["--baseline", "link.json", "--format", "json", "--output", "base.json"][..], "stays as it is"),
        (&["--baseline", "link.json", "--format", "json", "--output", "link.json"][..], "stays as it is"),
    ] {
        let ran = run(&directory, &[&["--snapshot", "good.json"][..], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.out);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    assert_eq!(std::fs::read_to_string(directory.path().join("base.json")).unwrap(), accepted);
    let ran = run(&directory, &["watch", "--once", "--bucket", "acme-exports", "--baseline", "base.json"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
}

/// Text of a file that was stored is text from outside.
#[test]
fn what_a_baseline_says_is_shown_harmless() {
    let directory = three();
    accept(&directory, "good");
    let text = std::fs::read_to_string(directory.path().join("base.json")).unwrap();
    let hostile = text.replace("acme-exports", "acme\\u001b[2J::set-env::");
    std::fs::write(directory.path().join("base.json"), hostile).unwrap();
    let ran = against(&directory, "good", &[]);
    assert_eq!(ran.code, 2);
    assert!(!ran.err.contains('\u{1b}'), "{:?}", ran.err);
}
