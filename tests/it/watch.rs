//! `stc-check watch` and `--data` against a small AWS: data that flows, stalls, lies elsewhere, is not there.

use std::process::{Command, Output};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::fake_aws::{BUCKET, FakeAws, Fault, KEY};

mod faults;
mod flow;
mod stopped;

const VENDOR: &str = "099647660399";

fn run(fake: &FakeAws, arguments: &[&str]) -> Output {
    let home = TempDir::new().unwrap();
    program(fake, &home, arguments).output().unwrap()
}

fn program(fake: &FakeAws, home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = crate::collect::program();
    command
        .args(arguments)
        .args(["--bucket", BUCKET, "--endpoint-url", &fake.url()])
        .env_clear()
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    command
}

/// The exit code, and what each check came to.
fn look(fake: &FakeAws, arguments: &[&str]) -> (i32, Vec<Value>) {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let output = run(fake, &arguments);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report["checks"].as_array().unwrap().clone())
}

fn of<'a>(checks: &'a [Value], id: &str) -> &'a Value {
    checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id} is not among {checks:#?}"))
}

fn said(checks: &[Value], id: &str) -> (String, String) {
    let text = |name: &str| of(checks, id)[name].as_str().unwrap().to_owned();
    (text("status"), text("message"))
}

fn ago(time: SignedDuration) -> Timestamp {
    Timestamp::now().checked_sub(time).unwrap()
}

/// Writes a table as the vendor does, so long ago; a lookup table has an hour.
fn write(fake: &FakeAws, table: &str, is_lookup: bool, age: SignedDuration) {
    let at = ago(age);
    let day = at.strftime("%Y%m%d");
    let hour = if is_lookup { format!("hr={}/", at.strftime("%H")) } else { String::new() };
    fake.place_file(&format!("{table}/dt={day}/{hour}client_id=3386/part.csv"), &at.to_string());
}

const ONCE: &[&str] = &["watch", "--once"];

#[test]
fn data_that_flows_passes_and_nothing_is_written() {
    let fake = FakeAws::start();
    write(&fake, "campaign", true, SignedDuration::from_mins(20));
    write(&fake, "campaign_send", false, SignedDuration::from_hours(5));
    let (code, checks) = look(&fake, ONCE);
    assert_eq!(code, 0, "{checks:#?}");
    let ids: Vec<&str> = checks.iter().map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["data.flowing", "data.encrypted", "vendor.seen"]);
    let (status, message) = said(&checks, "data.flowing");
    assert_eq!(status, "pass");
    assert!(
        message.contains("20 minutes old") && message.contains("2 tables: `campaign`, `campaign_send`"),
        "{message}"
    );
    assert_eq!(of(&checks, "data.flowing")["basis"], "observed");
    assert_eq!(said(&checks, "data.encrypted").0, "pass");
    let wrote = fake.requests().into_iter().any(|request| matches!(request.method.as_str(), "PUT" | "DELETE"));
    assert!(!wrote && fake.count("s3:GetBucketPolicy") == 0, "watch only looks");
}

#[test]
fn data_that_stalled_or_never_came_fails() {
    let fake = FakeAws::start();
    write(&fake, "campaign", true, SignedDuration::from_hours(5));
    let (code, checks) = look(&fake, ONCE);
    assert_eq!(code, 1);
    assert!(said(&checks, "data.flowing").1.contains("is 5 hours old"), "{checks:#?}");
    assert_eq!(look(&fake, &["watch", "--once", "--fresh", "6h"]).0, 0);
    assert_eq!(look(&fake, &["watch", "--once", "--fresh", "6h", "--since", "1h"]).0, 1);

    fake.clear_files();
    let (code, checks) = look(&fake, ONCE);
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (1, "fail"));
}

/// Under `--data` the connection may be minutes old: only data that stopped is a failure.
#[test]
fn beside_the_check_missing_data_is_unknown_and_stalled_data_fails() {
    let fake = FakeAws::start();
    let (code, checks) = look(&fake, &["--data"]);
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (0, "unknown"));
    write(&fake, "campaign", true, SignedDuration::from_hours(5));
    let (code, checks) = look(&fake, &["--data"]);
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (1, "fail"));
    let last_usage = fake.requests().iter().position(|request| request.operation == "kms:GetKeyLastUsage");
    let upload = fake.requests().iter().position(|request| request.operation == "s3:PutObject");
    assert!(last_usage.unwrap() < upload.unwrap(), "our own probe uses the key, so it comes later");
}

#[test]
fn what_has_another_shape_is_nobodys_data() {
    let fake = FakeAws::start();
    let now = Timestamp::now();
    let day = now.strftime("%Y%m%d");
    for key in [
        "_ACCESS_CONFIRMATION".to_owned(),
        format!("campaign/dt={day}/hour=08/client_id=3386/part.csv"),
        format!("campaign/dt={day}/part.csv"),
        format!("logs/{day}.csv"),
    ] {
        fake.place_file(&key, &now.to_string());
    }
    let (code, checks) = look(&fake, ONCE);
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (1, "fail"), "{checks:#?}");
}

#[test]
fn a_mobile_event_may_land_in_a_folder_two_days_old() {
    let fake = FakeAws::start();
    let day = ago(SignedDuration::from_hours(47)).strftime("%Y%m%d").to_string();
    fake.place_file(&format!("push_open/dt={day}/client_id=3386/part.csv"), &Timestamp::now().to_string());
    assert_eq!(look(&fake, ONCE).0, 0);
}

#[test]
fn a_million_other_keys_cost_no_more_than_the_bounds() {
    let fake = FakeAws::start();
    // Three hundred folders and ten full pages of keys that come before every table's name.
    for number in 0..300 {
        fake.place_file(&format!("a-folder-{number:03}/x.csv"), "2026-01-01T00:00:00Z");
    }
    let (code, checks) = look(&fake, ONCE);
    assert!(fake.count("s3:ListObjectsV2") <= 200, "{}", fake.count("s3:ListObjectsV2"));
    assert_eq!((code, said(&checks, "data.flowing").0.as_str()), (3, "unknown"));

    let fake = FakeAws::start();
    for number in 0..12_000 {
        fake.place_file(&format!("a-{number:05}.csv"), "2026-01-01T00:00:00Z");
    }
    write(&fake, "campaign", true, SignedDuration::from_mins(5));
    let (code, checks) = look(&fake, ONCE);
    assert_eq!(code, 3);
    let (status, message) = said(&checks, "data.flowing");
    assert_eq!(status, "unknown");
    assert!(message.contains("the first 10 pages of the bucket's top level"), "{message}");
    assert!(fake.count("s3:ListObjectsV2") <= 200);
}

#[test]
fn the_exporters_path_is_looked_at_alone() {
    let fake = FakeAws::start();
    fake.place_file("reports/sailthru/2026/list.csv", &ago(SignedDuration::from_hours(30)).to_string());
    let exporter = ["watch", "--once", "--variant", "data-exporter", "--export-path", "reports/sailthru"];
    assert_eq!(look(&fake, &exporter).0, 0);
    let (code, checks) = look(&fake, &["watch", "--once", "--variant", "data-exporter"]);
    assert_eq!(code, 3);
    assert!(said(&checks, "data.flowing").1.contains("--export-path"), "{checks:#?}");
}

#[test]
fn refused_lists_are_told_and_end_the_watch() {
    let fake = FakeAws::start();
    fake.fail("s3:ListObjectsV2", Fault::Error(403, "AccessDenied"));
    let (code, checks) = look(&fake, &["watch", "--every", "30s"]);
    assert_eq!(code, 3);
    assert!(said(&checks, "data.flowing").1.contains("s3:ListBucket"), "{checks:#?}");
}

#[test]
fn another_key_than_the_default_is_a_warning() {
    let fake = FakeAws::start();
    write(&fake, "campaign", true, SignedDuration::from_mins(20));
    fake.answer(
        "s3:GetBucketEncryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    );
    let (_, checks) = look(&fake, ONCE);
    assert_eq!(said(&checks, "data.encrypted").0, "warn", "{checks:#?}");
}

/// An event of CloudTrail as the owner's account sees the vendor use the key.
fn event(account: &str, context: &str, error: &str) -> String {
    let record = format!(
        r#"{{"userIdentity":{{"type":"AWSAccount","principalId":"AROAEXAMPLE:x","accountId":"{account}"}},"eventName":"GenerateDataKey","sourceIPAddress":"203.0.113.7","requestParameters":{{"encryptionContext":{{"aws:s3:arn":"{context}"}}}},"resources":[{{"ARN":"{KEY}"}}]{error}}}"#
    );
    serde_json::json!({"EventId": "e-1", "EventTime": 1_764_140_400, "EventName": "GenerateDataKey", "CloudTrailEvent": record}).to_string()
}

#[test]
fn the_vendors_use_of_the_key_is_seen() {
    let bucket = format!("arn:aws:s3:::{BUCKET}");
    for (account, context, error, status) in [
        (VENDOR, bucket.clone(), "", "pass"),
        (VENDOR, format!("{bucket}/campaign/x.csv"), "", "pass"),
        (VENDOR, format!("{bucket}-2/x.csv"), "", "unknown"),
        ("111122223333", bucket.clone(), "", "unknown"),
        (VENDOR, bucket.clone(), r#","errorCode":"AccessDenied""#, "unknown"),
    ] {
        let fake = FakeAws::start();
        write(&fake, "campaign", true, SignedDuration::from_mins(20));
        fake.record("GenerateDataKey", &event(account, &context, error));
        let (_, checks) = look(&fake, ONCE);
        assert_eq!(said(&checks, "vendor.seen").0, status, "{account} {context} {error}: {checks:#?}");
    }
}

#[test]
fn the_event_of_the_last_use_is_looked_up_first() {
    let fake = FakeAws::start();
    fake.answer(
        "kms:GetKeyLastUsage",
        r#"{"KeyLastUsage":{"Operation":"GenerateDataKey","Timestamp":1764140400,"CloudTrailEventId":"5f1c"}}"#,
    );
    fake.record("5f1c", &event(VENDOR, &format!("arn:aws:s3:::{BUCKET}"), ""));
    let (_, checks) = look(&fake, ONCE);
    assert_eq!(said(&checks, "vendor.seen").0, "pass");
    assert_eq!(fake.count("cloudtrail:LookupEvents"), 1);
}

#[test]
fn an_upload_that_the_vendor_began_is_seen_and_a_refused_reading_names_its_right() {
    let fake = FakeAws::start();
    fake.fail("cloudtrail:LookupEvents", Fault::Error(400, "AccessDeniedException"));
    let (_, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "vendor.seen");
    assert_eq!(status, "unknown");
    assert!(message.contains("cloudtrail:LookupEvents"), "{message}");
    let initiator = format!("arn:aws:sts::{VENDOR}:assumed-role/sc-event-stream-production/x");
    fake.fail(
        "s3:ListMultipartUploads",
        Fault::Answer(200, "application/xml", format!("<ListMultipartUploadsResult><Upload><Key>campaign_send/x.csv</Key><UploadId>u</UploadId><Initiator><ID>{initiator}</ID></Initiator><Initiated>2026-11-26T05:00:00Z</Initiated></Upload></ListMultipartUploadsResult>")),
    );
    let (_, checks) = look(&fake, ONCE);
    assert!(said(&checks, "vendor.seen").1.contains(&initiator), "{checks:#?}");
}

#[test]
fn a_confirmation_by_somebody_else_is_a_remark_and_no_proof() {
    let fake = FakeAws::start();
    fake.answer(
        "s3:ListObjectVersions",
        "<ListVersionsResult><Version><Key>_ACCESS_CONFIRMATION</Key><VersionId>v1</VersionId><LastModified>2026-11-26T05:00:00Z</LastModified></Version><DeleteMarker><Key>_ACCESS_CONFIRMATION</Key><VersionId>m1</VersionId><LastModified>2026-11-26T05:00:01Z</LastModified></DeleteMarker></ListVersionsResult>",
    );
    fake.place_file("_ACCESS_CONFIRMATION", "2026-11-26T05:00:00Z");
    let (_, checks) = look(&fake, ONCE);
    let (status, message) = said(&checks, "vendor.seen");
    assert_eq!(status, "unknown");
    assert!(message.contains("uploaded and deleted") && message.contains("not by stc-check"), "{message}");
}

#[test]
fn options_that_contradict_a_watch_are_refused() {
    let fake = FakeAws::start();
    for arguments in [
        &["watch", "--once", "--for", "1h"][..],
        &["watch", "--once", "--every", "1m"][..],
        &["watch", "--every", "5s"][..],
        &["watch", "--snapshot", "x.json"][..],
        &["watch", "--terraform-plan", "x.json"][..],
        &["watch", "--bucket-policy", "x.json"][..],
        &["watch", "--since", "soon"][..],
    ] {
        assert_eq!(run(&fake, arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn the_window_ends_a_watch_that_sees_nothing() {
    let fake = FakeAws::start();
    let begun = std::time::Instant::now();
    let (code, _) = look(&fake, &["watch", "--for", "2s", "--every", "30s"]);
    assert_eq!(code, 1);
    assert!(begun.elapsed().as_secs() < 30, "the last look comes when the window ends");
    assert!(fake.count("s3:HeadBucket") >= 2);
}
