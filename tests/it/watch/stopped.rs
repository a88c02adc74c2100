//! A watch that is stopped: it tells what it saw, calls nothing missing that may still come, and writes nothing.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;

use super::{program, write};
use crate::fake_aws::{FakeAws, Fault};

/// Starts a watch, waits for the first request of an operation, and sends the signal.
fn stopped(fake: &FakeAws, arguments: &[&str], operation: &str, signal: &str) -> Output {
    let home = TempDir::new().unwrap();
    let child = program(fake, &home, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while fake.count(operation) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{operation} was never asked");
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let sent = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(sent.elapsed() < Duration::from_secs(10), "{signal} during {operation}: took {:?}", sent.elapsed());
    let acted = |method: &str| matches!(method, "PUT" | "DELETE");
    assert!(!fake.requests().iter().any(|request| acted(&request.method)), "nothing is written");
    output
}

const WATCH: [&str; 5] = ["watch", "--every", "30s", "--format", "json"];

#[test]
fn a_signal_at_any_step_prints_what_is_known() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        // During the bucket's own look-up, during a list, and (a list that is answered at once) during the pause.
        for (step, fault) in [
            ("s3:HeadBucket", Some(Fault::Late(Duration::from_millis(500)))),
            ("s3:ListObjectsV2", Some(Fault::Late(Duration::from_millis(500)))),
            ("s3:ListObjectsV2", None),
        ] {
            let fake = FakeAws::start();
            write(&fake, "campaign", true, SignedDuration::from_hours(30));
            if let Some(fault) = fault.clone() {
                fake.fail_times(step, fault, 1);
            }
            let output = stopped(&fake, &WATCH, step, signal);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            let place = format!("{signal} during {step} ({fault:?}): {error}");
            assert_eq!(output.status.code(), Some(code), "{place}");
            assert!(error.contains("reporting what was seen so far") && !error.contains("test object"), "{place}");
            let report: Value =
                serde_json::from_slice(&output.stdout).unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
            assert_eq!(report["verdict"], "unknown", "{place}: {report:#}");
            assert_eq!(report["checks"][0]["id"], "data.flowing", "{place}");
            assert_eq!(report["checks"][0]["status"], "unknown", "{place}: {report:#}");
        }
    }
}

#[test]
fn a_pause_that_is_cut_short_says_so_and_what_was_seen_last() {
    let fake = FakeAws::start();
    write(&fake, "campaign", true, SignedDuration::from_hours(30));
    let home = TempDir::new().unwrap();
    let mut command = program(&fake, &home, &WATCH);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(fake.count("s3:ListObjectsV2") > 0);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let message = report["checks"][0]["message"].as_str().unwrap();
    assert!(message.contains("30 hours old") && message.contains("stopped before its time was over"), "{message}");
}

#[test]
fn several_buckets_are_told_of_as_one_whole_document() {
    let fake = FakeAws::start();
    let buckets = ["--bucket", "acme-2", "--bucket", "acme-3", "--jobs", "2"];
    let arguments: Vec<&str> = WATCH.into_iter().chain(buckets).collect();
    let output = stopped(&fake, &arguments, "s3:ListObjectsV2", "INT");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{error}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|wrong| panic!("{wrong}: {error}"));
    assert_eq!(document["schema"], "stc-check/reports/1");
    let reports = document["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 3, "{document:#}");
    for report in reports {
        assert_eq!(report["checks"][0]["status"], "unknown", "{report:#}");
    }
}
