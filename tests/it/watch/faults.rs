//! `watch` under the faults of the matrix: it ends in time, fails nobody for what it could not see, and writes nothing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{look, said, write};
use crate::fake_aws::{FakeAws, Fault};
use jiff::SignedDuration;

/// The limit of the run, and room for a busy machine.
const LIMIT: &str = "2s";
const LONGEST: Duration = Duration::from_secs(20);

const OPERATIONS: [&str; 8] = [
    "s3:HeadBucket",
    "s3:ListObjectsV2",
    "s3:HeadObject",
    "s3:GetBucketEncryption",
    "s3:ListObjectVersions",
    "s3:ListMultipartUploads",
    "kms:GetKeyLastUsage",
    "cloudtrail:LookupEvents",
];

fn faults(operation: &str) -> Vec<(&'static str, Fault, usize)> {
    const EVER: usize = usize::MAX;
    let xml = operation.starts_with("s3:");
    let (denied, throttled) =
        if xml { ("AccessDenied", "SlowDown") } else { ("AccessDeniedException", "ThrottlingException") };
    let (kind, junk) = if xml {
        ("application/xml", "<Unfinished><Answer")
    } else {
        ("application/x-amz-json-1.1", "{\"Events\": [{")
    };
    let mut faults = vec![
        ("403", Fault::Error(403, denied), EVER),
        ("400", Fault::Error(400, "InvalidRequest"), EVER),
        ("500", Fault::Error(500, "InternalError"), EVER),
        ("throttled", Fault::Error(if xml { 503 } else { 400 }, throttled), EVER),
        ("throttled once", Fault::Error(if xml { 503 } else { 400 }, throttled), 1),
        ("reset", Fault::Reset, EVER),
        ("no answer", Fault::Silence, EVER),
        ("half an answer", Fault::Half, EVER),
    ];
    // A HEAD answer has no body that could be broken.
    if !operation.contains(":Head") {
        faults.extend([
            ("malformed", Fault::Answer(200, kind, junk.to_owned()), EVER),
            ("a web page", Fault::Answer(200, "text/html", "<!doctype html><p>Sign in".to_owned()), EVER),
            ("10 MB", Fault::Answer(200, kind, "x".repeat(10 << 20)), EVER),
        ]);
    }
    faults
}

/// What is wrong with how a watch took a fault.
fn wrong(operation: &str, name: &str, fault: Fault, times: usize) -> Vec<String> {
    let fake = FakeAws::start();
    write(&fake, "campaign", true, SignedDuration::from_mins(20));
    fake.fail_times(operation, fault, times);
    let begun = Instant::now();
    let (code, checks) = look(&fake, &["watch", "--once", "--timeout", LIMIT]);
    let mut wrong = Vec::new();
    let mut note = |what: String| wrong.push(format!("{operation}, {name}: {what}"));
    if begun.elapsed() > LONGEST {
        note(format!("took {:?}", begun.elapsed()));
    }
    let flowing = said(&checks, "data.flowing");
    let wanted = match operation {
        "s3:HeadBucket" | "s3:ListObjectsV2" if name != "throttled once" => ("unknown", 3),
        _ => ("pass", 0),
    };
    // A bucket that was not found is still listed, where its Region is known or tried.
    let is_right =
        (flowing.0.as_str(), code) == wanted || (operation == "s3:HeadBucket" && flowing.0 == "pass" && code == 0);
    if !is_right {
        note(format!("exit {code}, data.flowing is {}: {}", flowing.0, flowing.1));
    }
    for id in ["data.encrypted", "vendor.seen"] {
        let (status, message) = said(&checks, id);
        if !["pass", "unknown", "skip"].contains(&status.as_str()) {
            note(format!("{id} is {status}: {message}"));
        }
    }
    if fake
        .requests()
        .iter()
        .any(|request| !["GET", "HEAD"].contains(&request.method.as_str()) && request.operation.starts_with("s3:"))
    {
        note("something was written".to_owned());
    }
    wrong
}

#[test]
fn watch_takes_every_fault_of_every_operation() {
    let cases: Vec<_> = OPERATIONS
        .into_iter()
        .flat_map(|operation| {
            faults(operation).into_iter().map(move |(name, fault, times)| (operation, name, fault, times))
        })
        .collect();
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((operation, name, fault, times)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    found.lock().unwrap().extend(wrong(operation, name, fault.clone(), *times));
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{} of {}:\n{}", found.len(), cases.len(), found.join("\n"));
}
