//! Several buckets in one run of the real binary: one report over all, the worst verdict, bounded work and memory.

use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::collect::stc_check;
use crate::fake_aws::{FakeAws, Fault, KEY};

/// What a run came to.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

fn ran(Output { status, stdout, stderr }: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

/// Checks these buckets of the fake.
fn check(fake: &FakeAws, buckets: &[&str], arguments: &[&str]) -> Ran {
    let url = fake.url();
    let mut all = vec!["--endpoint-url", url.as_str()];
    all.extend(buckets.iter().flat_map(|bucket| ["--bucket", bucket]));
    all.extend(arguments);
    ran(stc_check(&all).env("LC_ALL", "C.UTF-8").output().unwrap())
}

fn buckets_of(reports: &Value) -> Vec<&str> {
    reports["reports"].as_array().unwrap().iter().map(|report| report["subject"]["bucket"].as_str().unwrap()).collect()
}

fn verdicts(reports: &Value) -> Vec<&str> {
    reports["reports"].as_array().unwrap().iter().map(|report| report["verdict"].as_str().unwrap()).collect()
}

/// A fake with one bucket that fails and one that cannot be decided.
fn mixed() -> FakeAws {
    let fake = FakeAws::start();
    fake.fail("s3:HeadBucket acme-gone", Fault::Error(404, "NotFound"));
    fake.fail("s3:GetBucketEncryption acme-shut", Fault::Error(403, "AccessDenied"));
    fake
}

#[test]
fn one_report_holds_all_in_the_order_given_and_the_worst_verdict() {
    let fake = mixed();
    let ran = check(&fake, &["acme-gone", "acme-good", "acme-shut"], &["--format", "json"]);
    let reports = ran.json();
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert_eq!(reports["schema"], "stc-check/reports/1");
    assert_eq!(buckets_of(&reports), ["acme-gone", "acme-good", "acme-shut"]);
    assert_eq!(verdicts(&reports), ["fail", "pass", "unknown"]);
    assert_eq!(reports["verdict"], "fail");
    assert_eq!(reports["summary"]["buckets"], json!({"pass": 1, "fail": 1, "unknown": 1}));
    assert_eq!(reports["reports"][1]["schema"], "stc-check/report/1");
    assert_eq!(fake.objects(), 0, "every probe took its object away");

    // What the fake numbers is not the same twice.
    let numbered = |mut report: Value| {
        for check in report["checks"].as_array_mut().unwrap() {
            check["evidence"]["etag"] = Value::Null;
        }
        report["run"] = Value::Null;
        report
    };
    let alone = check(&fake, &["acme-good"], &["--format", "json"]).json();
    assert!(numbered(alone) == numbered(reports["reports"][1].clone()), "it is the same alone and among others");
    for (buckets, code) in [(["acme-good", "acme-shut"], 3), (["acme-good", "acme-also-good"], 0)] {
        assert_eq!(check(&fake, &buckets, &["--no-probe"]).code, Some(code), "{buckets:?}");
    }
}

#[test]
fn a_slow_bucket_holds_up_no_order_and_jobs_bound_the_work() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketAcl acme-1", Fault::Late(Duration::from_secs(1)));
    let buckets = ["acme-1", "acme-2", "acme-3", "acme-4", "acme-5"];
    let reports = check(&fake, &buckets, &["--no-probe", "--format", "json"]).json();
    assert_eq!(buckets_of(&reports), buckets);
    assert_eq!(verdicts(&reports), ["pass"; 5]);

    let fake = FakeAws::start();
    let reports = check(&fake, &buckets, &["--no-probe", "--format", "json", "--jobs", "1"]).json();
    assert_eq!(verdicts(&reports), ["pass"; 5]);
    let seen: Vec<String> = fake
        .requests()
        .iter()
        .filter(|request| request.operation.starts_with("s3:"))
        .map(|request| request.target.split(['/', '?']).nth(1).unwrap_or_default().to_owned())
        .collect();
    assert!(seen.is_sorted(), "one after the other: {seen:?}");
}

#[test]
fn the_time_limit_is_for_all_together() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketEncryption", Fault::Silence);
    let begun = Instant::now();
    let arguments = ["--no-probe", "--format", "json", "--jobs", "1", "--timeout", "2s"];
    let ran = check(&fake, &["acme-1", "acme-2", "acme-3", "acme-4"], &arguments);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let reports = ran.json();
    assert_eq!(ran.code, Some(3));
    assert_eq!(verdicts(&reports), ["unknown"; 4]);
    let late = reports["reports"][3]["notice"].as_str().unwrap_or_default();
    assert!(late.contains("time limit"), "{late}");
}

#[test]
fn text_shows_each_under_its_name_and_all_in_a_table() {
    let ran = check(&mixed(), &["acme-gone", "acme-good", "acme-shut"], &["--no-probe"]);
    for wanted in [
        "s3://acme-gone",
        "s3://acme-good  us-east-1",
        "3 buckets: 1 pass, 1 fail, 1 unknown",
        "verdict: fail  1 of 3 buckets failed, and 1 could not be decided",
    ] {
        assert!(ran.out.contains(wanted), "lacks {wanted:?}: {}", ran.out);
    }
    let quiet = check(&mixed(), &["acme-gone", "acme-good", "acme-shut"], &["--no-probe", "-q"]).out;
    assert!(!quiet.contains("acme-good") && quiet.contains("acme-gone"), "{quiet}");
    assert!(quiet.ends_with("could not be decided\n"), "{quiet}");

    let many = check(&mixed(), &["acme-1", "acme-2", "acme-3", "acme-gone"], &["--no-probe"]).out;
    assert_eq!(many.matches("acme-2").count(), 1, "one that passes is a line of the table: {many}");
    assert!(many.contains("s3://acme-gone\n✘ Your bucket does not exist"), "{many}");
    assert!(many.contains("verdict: fail  bucket.exists\nnext:    aws s3api list-buckets"), "{many}");
    assert!(many.contains("  ✘ fail    acme-gone  bucket.exists\n"), "{many}");
}

#[test]
fn every_form_of_many_is_one_document() {
    let fake = mixed();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (junit, sarif, markdown) = (file("junit.xml"), file("log.sarif"), file("report.md"));
    let mut arguments = vec!["--no-probe", "--kms-key", KEY, "--format", "text"];
    for (form, file) in [("junit", &junit), ("sarif", &sarif), ("markdown", &markdown)] {
        arguments.extend(["--format", form, "--output", file]);
    }
    let ran = check(&fake, &["acme-gone", "acme-good"], &arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    let read = |file: &str| std::fs::read_to_string(file).unwrap();
    let xml = read(&junit);
    let suites = roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let classes: std::collections::HashSet<_> =
        suites.descendants().filter_map(|node| node.attribute("classname")).collect();
    assert_eq!(classes, ["stc-check.acme-gone", "stc-check.acme-good"].into());
    let log: Value = serde_json::from_str(&read(&sarif)).unwrap();
    let runs = log["runs"].as_array().unwrap();
    assert_eq!((log["version"].as_str(), runs.len()), (Some("2.1.0"), 2));
    assert_eq!(runs[1]["properties"]["bucket"], "acme-good");
    let markdown = read(&markdown);
    assert!(markdown.contains("| ✔ pass | `acme-good` |") && markdown.contains("1 of 2 buckets failed"), "{markdown}");
}

#[test]
fn what_cannot_be_meant_for_several_is_refused_before_anything_is_asked() {
    let fake = FakeAws::start();
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.json");
    std::fs::write(&policy, "{}").unwrap();
    let policy = policy.to_str().unwrap();
    let two = ["acme-1", "acme-2"];
    let rows: &[(&[&str], &[&str], &[&str])] = &[
        (&["acme-1", "acme-1"], &[], &["`acme-1`", "twice"]),
        (&two, &["--save-snapshot", policy], &["--save-snapshot", "2"]),
        (&two, &["--bucket-policy", policy], &["--bucket-policy", "one bucket"]),
        (&two, &["--snapshot", policy], &["--bucket", "--snapshot"]),
        (&two, &["--jobs", "0"], &["--jobs"]),
    ];
    for (buckets, arguments, wanted) in rows {
        let ran = check(&fake, buckets, arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.err);
        assert!(wanted.iter().all(|word| ran.err.contains(word)), "{arguments:?}: {}", ran.err);
    }
    assert!(fake.requests().is_empty());

    let mut nobody = stc_check(&["--bucket", "acme-1", "--bucket", "acme-2", "--endpoint-url", &fake.url()]);
    let ran = ran(nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
    assert!(ran.err.contains("credentials"), "{}", ran.err);
}

#[test]
fn several_snapshots_are_judged_together() {
    let fake = FakeAws::start();
    let folder = tempfile::tempdir().unwrap();
    let files = ["acme-1", "acme-2"].map(|bucket| {
        let file = folder.path().join(bucket).to_str().unwrap().to_owned();
        assert_eq!(check(&fake, &[bucket], &["--save-snapshot", &file]).code, Some(0));
        file
    });
    let [one, two] = &files;
    let judged = |arguments: &[&str]| ran(stc_check(arguments).output().unwrap());
    let reports = judged(&["--snapshot", one, "--snapshot", two, "--format", "json"]);
    assert_eq!((reports.code, buckets_of(&reports.json())), (Some(0), vec!["acme-1", "acme-2"]));
    let twice = judged(&["--snapshot", one, "--snapshot", one]);
    assert_eq!((twice.code, twice.out.as_str()), (Some(2), ""));
}

#[test]
fn a_signal_ends_all_of_them_after_their_probes_cleaned_up() {
    let fake = FakeAws::start();
    fake.fail("s3:DeleteObject", Fault::Late(Duration::from_secs(1)));
    let url = fake.url();
    let mut command =
        stc_check(&["--endpoint-url", &url, "--bucket", "acme-1", "--bucket", "acme-2", "--bucket", "acme-3"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while fake.objects() < 3 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the probes never wrote");
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = ran(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(130), ""), "{}", ran.err);
    assert!(ran.err.contains("0 of 3 buckets were judged"), "{}", ran.err);
    assert_eq!(fake.objects(), 0);
}
