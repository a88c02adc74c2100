//! Data as it comes and stays away, and AWS's records in pages, late and refused.

use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use super::{ONCE, VENDOR, ago, event, look, program, said, write};
use crate::fake_aws::{BUCKET, FakeAws, Fault};

#[test]
fn a_bucket_that_begins_empty_passes_once_data_flows() {
    let fake = FakeAws::start();
    let home = TempDir::new().unwrap();
    let mut command = program(&fake, &home, &["watch", "--for", "4s", "--every", "30s", "--format", "json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while fake.count("s3:ListObjectsV2") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it never looked");
        std::thread::sleep(Duration::from_millis(10));
    }
    let early = ["s3:HeadObject", "s3:ListObjectVersions", "kms:GetKeyLastUsage", "cloudtrail:LookupEvents"];
    assert!(early.iter().all(|operation| fake.count(operation) == 0), "only the lists are repeated");
    write(&fake, "campaign", true, SignedDuration::from_mins(1));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["checks"][0]["status"], "pass");
    assert_eq!((fake.count("s3:HeadObject"), fake.count("s3:ListObjectVersions")), (1, 1), "the rest is read once");
    assert!(fake.count("s3:HeadBucket") >= 2);
}

#[test]
fn lookup_tables_alone_are_data_and_their_missing_hours_are_named() {
    let fake = FakeAws::start();
    for hours in (0..12).filter(|hours| *hours != 5) {
        write(&fake, "campaign", true, SignedDuration::from_hours(hours) + SignedDuration::from_mins(1));
    }
    let (code, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "data.flowing");
    assert_eq!((code, status.as_str()), (0, "pass"), "{message}");
    let missing =
        (Timestamp::now() - SignedDuration::from_hours(5) - SignedDuration::from_mins(1)).strftime("%H:00 UTC");
    assert!(
        message.contains("One hour of the last 24 is missing") && message.contains(&missing.to_string()),
        "{message}"
    );
}

/// A page shows a thousand keys by their names; the newest file may be on none of those that were read.
#[test]
fn data_behind_a_full_page_is_never_missing() {
    let fake = FakeAws::start();
    let day = |hours| ago(SignedDuration::from_hours(hours)).strftime("%Y%m%d").to_string();
    let (old, yesterday) = (day(48), day(24));
    for number in 0..1_500 {
        fake.place_file(
            &format!("campaign_send/dt={old}/client_id=1/{number:05}.csv"),
            &ago(SignedDuration::from_hours(40)).to_string(),
        );
    }
    fake.place_file(&format!("campaign_send/dt={yesterday}/client_id=1/new.csv"), &Timestamp::now().to_string());
    let (code, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "data.flowing");
    assert_eq!((code, status.as_str()), (3, "unknown"), "{message}");
    assert!(message.contains("the first 1,000 files of `campaign_send/dt=`"), "{message}");
    assert_eq!(look(&fake, &["--data"]).0, 0, "beside the check it is not required");
    assert!(fake.count("s3:ListObjectsV2") > 0);
}

#[test]
fn a_million_keys_cost_what_a_few_do() {
    let fake = FakeAws::start();
    for number in 0..600_000 {
        fake.place_file(&format!("archive/2026/{number:06}.csv"), "2026-01-01T00:00:00Z");
    }
    for number in 0..400_000 {
        fake.place_file(&format!("export-{number:06}.csv"), "2026-01-01T00:00:00Z");
    }
    write(&fake, "campaign", true, SignedDuration::from_mins(5));
    let (code, checks) = look(&fake, ONCE);
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (0, "pass"), "{checks:#?}");
    // Ten pages of the top, three days of each of two folders, the newest hour.
    assert_eq!(fake.count("s3:ListObjectsV2"), 10 + 3 * 2 + 1);
    assert_eq!(fake.count("s3:HeadObject"), 1);
}

#[test]
fn a_bucket_without_versions_tells_of_no_confirmation() {
    let fake = FakeAws::start();
    fake.answer("s3:ListObjectVersions", "<ListVersionsResult></ListVersionsResult>");
    let (_, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "vendor.seen");
    assert_eq!(status, "unknown");
    assert!(!message.contains("_ACCESS_CONFIRMATION"), "{message}");
}

/// A page of CloudTrail that names a next one, and no event of the vendor's.
fn empty_page() -> Fault {
    Fault::Answer(200, "application/x-amz-json-1.1", r#"{"Events":[],"NextToken":"page-2"}"#.to_owned())
}

#[test]
fn the_second_page_of_the_event_history_is_read_and_no_third() {
    let recorded = event(VENDOR, &format!("arn:aws:s3:::{BUCKET}"), "");
    let fake = FakeAws::start();
    fake.record("GenerateDataKey", &recorded);
    // Two empty pages by the key, one by the event's name, and then the event.
    fake.fail_times("cloudtrail:LookupEvents", empty_page(), 3);
    let (_, checks) = look(&fake, ONCE);
    assert_eq!(said(&checks, "vendor.seen").0, "pass", "{checks:#?}");
    assert_eq!(fake.count("cloudtrail:LookupEvents"), 4);

    let fake = FakeAws::start();
    fake.fail("cloudtrail:LookupEvents", empty_page());
    let (_, checks) = look(&fake, ONCE);
    assert_eq!(said(&checks, "vendor.seen").0, "unknown");
    assert_eq!(fake.count("cloudtrail:LookupEvents"), 4, "two pages each");
    let times: Vec<_> = fake
        .requests()
        .into_iter()
        .filter(|one| one.operation == "cloudtrail:LookupEvents")
        .map(|one| one.received)
        .collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_millis(450)), "two look-ups a second");
}

#[test]
fn a_throttled_look_up_is_repeated() {
    let fake = FakeAws::start();
    fake.record("GenerateDataKey", &event(VENDOR, &format!("arn:aws:s3:::{BUCKET}"), ""));
    fake.fail_times("cloudtrail:LookupEvents", Fault::Error(400, "ThrottlingException"), 1);
    let (_, checks) = look(&fake, ONCE);
    assert_eq!(said(&checks, "vendor.seen").0, "pass", "{checks:#?}");
}

/// A refused reading costs its own line, and the others are read.
#[test]
fn each_refused_record_names_its_right_and_hides_no_other() {
    for (operation, code, right) in [
        ("kms:GetKeyLastUsage", "AccessDeniedException", "kms:GetKeyLastUsage"),
        ("s3:ListObjectVersions", "AccessDenied", "s3:ListBucketVersions"),
        ("s3:ListMultipartUploads", "AccessDenied", "s3:ListBucketMultipartUploads"),
    ] {
        let fake = FakeAws::start();
        fake.fail(operation, Fault::Error(if code.ends_with("Exception") { 400 } else { 403 }, code));
        let (_, checks) = look(&fake, ONCE);
        let (status, message) = said(&checks, "vendor.seen");
        assert_eq!(status, "unknown", "{operation}: {message}");
        assert!(message.contains(right), "{operation}: {message}");
        fake.record("GenerateDataKey", &event(VENDOR, &format!("arn:aws:s3:::{BUCKET}"), ""));
        assert_eq!(said(&look(&fake, ONCE).1, "vendor.seen").0, "pass", "{operation}");
    }
}

#[test]
fn no_credentials_that_work_leave_the_data_open() {
    let fake = FakeAws::start();
    for operation in ["s3:HeadBucket", "s3:ListObjectsV2"] {
        fake.fail(operation, Fault::Error(400, "ExpiredToken"));
    }
    let (code, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "data.flowing");
    assert_eq!((code, status.as_str()), (3, "unknown"), "{message}");
    assert!(!message.contains("snapshot"), "{message}");
}
