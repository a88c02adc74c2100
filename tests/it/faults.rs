//! The fault matrix: every operation meets every fault, over real sockets, through the real binary.
//!
//! Whatever happens to one request, the report comes out in time, checks that do not depend on it stand as they
//! stood, what cannot be known is unknown and never a fail, and nothing is left in the bucket.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use stc_check::checks::all;
use stc_check::snapshot::Operation;

use crate::collect::{Outcome, check, operations};
use crate::fake_aws::{FakeAws, Fault};

/// The run's own limit, the grace for the probe's clean-up, and room for a busy machine.
const LIMIT: &str = "3s";
const LONGEST: Duration = Duration::from_secs(25);

/// What a fault must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The run gets over it: every check stands as it stood.
    Nothing,
    /// What depends on the operation is unknown, or stands as it stood.
    Unknown,
    /// The service said "not set", or "there is none", which may well be a finding.
    Finding,
}

/// The faults, by name. A HEAD answer has no body that could be broken.
fn faults(operation: &str) -> Vec<(&'static str, Fault, usize, Expected)> {
    const EVER: usize = usize::MAX;
    let kms = operation.starts_with("kms:");
    let denied = if kms { "AccessDeniedException" } else { "AccessDenied" };
    let throttled = if kms { "ThrottlingException" } else { "SlowDown" };
    let kind = if kms { "application/x-amz-json-1.1" } else { "application/xml" };
    let junk = if kms { "{\"Grants\": [{" } else { "<Unfinished><Answer" };
    let absent = Operation::READS
        .iter()
        .find(|read| read.name() == operation)
        .and_then(|read| read.absent_codes().first().copied());
    let mut faults = vec![
        ("403", Fault::Error(403, denied), EVER, Expected::Unknown),
        ("404", Fault::Error(404, absent.unwrap_or("NotFoundException")), EVER, Expected::Finding),
        ("400", Fault::Error(400, "InvalidRequest"), EVER, Expected::Unknown),
        ("500", Fault::Error(500, "InternalError"), EVER, Expected::Unknown),
        ("503 for ever", Fault::Error(503, throttled), EVER, Expected::Unknown),
        ("503 twice", Fault::Error(503, throttled), 2, Expected::Nothing),
        ("reset", Fault::Reset, EVER, Expected::Unknown),
        ("reset twice", Fault::Reset, 2, Expected::Nothing),
        ("no answer", Fault::Silence, EVER, Expected::Unknown),
        ("half an answer", Fault::Half, EVER, Expected::Unknown),
    ];
    if !operation.contains(":Head") {
        faults.extend([
            ("malformed", Fault::Answer(200, kind, junk.to_owned()), EVER, Expected::Unknown),
            (
                "a web page",
                Fault::Answer(200, "text/html", "<!doctype html><p>Sign in".into()),
                EVER,
                Expected::Unknown,
            ),
            ("wrong content type", Fault::ContentType("text/html"), EVER, Expected::Nothing),
            ("10 MB", Fault::Answer(200, kind, "x".repeat(10 << 20)), EVER, Expected::Unknown),
        ]);
    }
    faults
}

/// The checks that may change when an operation fails: those that need it, and for what the probe does the probe's.
fn dependents(operation: &str) -> Vec<&'static str> {
    let of_probe = matches!(operation, "s3:HeadBucket" | "s3:PutObject" | "s3:HeadObject" | "s3:DeleteObject");
    all()
        .filter(|check| {
            check.needs.iter().any(|needed| needed.name() == operation) || (of_probe && check.id.family() == "probe")
        })
        .map(|check| check.id.as_str())
        .collect()
}

fn judge(case: &str, operation: &str, expected: Expected, baseline: &Outcome, outcome: &Outcome) -> Vec<String> {
    let dependents = dependents(operation);
    let mut wrong = Vec::new();
    // A refused upload or delete is a finding, and so is one that is said to be done and is not.
    let refused_probe = matches!(operation, "s3:PutObject" | "s3:DeleteObject") && case.starts_with('4')
        || (operation == "s3:DeleteObject" && matches!(case, "malformed" | "a web page" | "10 MB"));
    for ((id, before), (_, after)) in baseline.statuses().iter().zip(outcome.statuses()) {
        let depends = dependents.contains(&id.as_str());
        let right = match expected {
            _ if *before == after => true,
            Expected::Nothing => false,
            Expected::Unknown => {
                depends && (after == "unknown" || after == "skip" || (refused_probe && after == "fail"))
            }
            Expected::Finding => depends || operation == "s3:HeadBucket",
        };
        if !right {
            wrong.push(format!(
                "{operation}, {case}: {id} was {before} and is {after}: {}",
                outcome.check(id)["message"]
            ));
        }
    }
    wrong
}

#[test]
fn every_operation_meets_every_fault() {
    let baseline = check(&FakeAws::start(), &[]);
    let probe = ["s3:PutObject", "s3:HeadObject", "s3:DeleteObject"];
    let cases: Vec<_> = operations()
        .chain(probe)
        .flat_map(|operation| faults(operation).into_iter().map(move |fault| (operation, fault)))
        .collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((operation, (case, fault, times, expected))) =
                    cases.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let fake = FakeAws::start();
                    fake.fail_times(operation, fault.clone(), *times);
                    let begun = Instant::now();
                    let outcome = check(&fake, &["--timeout", LIMIT]);
                    let mut found = judge(case, operation, *expected, &baseline, &outcome);
                    if begun.elapsed() > LONGEST {
                        found.push(format!("{operation}, {case}: took {:?}", begun.elapsed()));
                    }
                    if fake.object().is_some() && *operation != "s3:DeleteObject" {
                        found.push(format!("{operation}, {case}: the object was left"));
                    }
                    let said = outcome.report.to_string() + &outcome.stderr;
                    if fake.object().is_some() && !said.contains("aws s3api delete-object") {
                        found.push(format!("{operation}, {case}: the object was left and nothing says so"));
                    }
                    if said.contains("wJalrXUtnFEMI") || said.contains("Signature=") {
                        found.push(format!("{operation}, {case}: a secret was printed"));
                    }
                    wrong.lock().expect("no thread panicked").extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panicked");
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // docs/reliability.md states this number.
    assert_eq!(cases.len(), 286);
}
