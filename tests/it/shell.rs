//! The real binary against a small AWS on 127.0.0.1: signals, time, `--wait`, secrets.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::fake_aws::{BUCKET, FakeAws, Fault, KEY};

const SECRET: &str = "wJalrXUtnFEMIEXAMPLEKEYSECRETSECRET";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKENTOKEN";

/// The check of the fake's bucket, in an environment with nothing but these credentials.
fn check(fake: &FakeAws, home: &TempDir, arguments: &[&str]) -> Command {
    let mut command = bare(home);
    command
        .args(["--bucket", BUCKET, "--kms-key", KEY, "--endpoint-url", &fake.url()])
        .args(arguments)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN);
    command
}

fn bare(home: &TempDir) -> Command {
    let mut command = crate::collect::program();
    command
        .env_clear()
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn home() -> TempDir {
    TempDir::new().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let killed = Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap();
    assert!(killed.success());
}

/// Waits until the fake was asked this.
fn until_asked(fake: &FakeAws, operation: &str) {
    let begun = Instant::now();
    while fake.count(operation) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{operation} was never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn without_credentials_nothing_is_sent() {
    let fake = FakeAws::start();
    let Output { status, stdout, stderr } =
        bare(&home()).args(["--bucket", BUCKET, "--endpoint-url", &fake.url()]).output().unwrap();
    let stderr = text(&stderr);
    assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains("credentials"), "{stderr}");
    assert!(fake.requests().is_empty());
}

#[test]
fn an_unknown_profile_is_named() {
    let fake = FakeAws::start();
    let output = check(&fake, &home(), &["--profile", "nobody"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`nobody`"), "{}", text(&output.stderr));
    assert!(fake.requests().is_empty());
}

#[test]
fn a_snapshot_saved_live_is_judged_alike_offline() {
    let (fake, home) = (FakeAws::start(), home());
    let live = check(&fake, &home, &["--format", "json", "--save-snapshot", "kept.json"]).output().unwrap();
    let live: Value = serde_json::from_slice(&live.stdout).unwrap_or_else(|_| panic!("{}", text(&live.stderr)));
    let stored = bare(&home).args(["--snapshot", "kept.json", "--kms-key", KEY, "--format", "json"]).output().unwrap();
    let stored: Value = serde_json::from_slice(&stored.stdout).unwrap();
    assert_eq!(live["subject"], stored["subject"]);
    for (live, stored) in live["checks"].as_array().unwrap().iter().zip(stored["checks"].as_array().unwrap()) {
        let id = live["id"].as_str().unwrap();
        if id.starts_with("probe.") || id.starts_with("transport.") {
            assert_eq!(stored["status"], "skip", "{id}");
        } else {
            assert_eq!(live, stored);
        }
    }
}

#[test]
fn refusals_are_told_alike_live_and_offline() {
    let (fake, home) = (FakeAws::start(), home());
    for operation in ["s3:GetBucketAcl", "s3:GetBucketPolicy", "kms:GetKeyPolicy", "s3:GetBucketOwnershipControls"] {
        fake.fail(operation, Fault::Error(403, "AccessDenied"));
    }
    let live = check(&fake, &home, &["--format", "json", "--save-snapshot", "kept.json"]).output().unwrap();
    let live: Value = serde_json::from_slice(&live.stdout).unwrap_or_else(|_| panic!("{}", text(&live.stderr)));
    let stored = bare(&home).args(["--snapshot", "kept.json", "--kms-key", KEY, "--format", "json"]).output().unwrap();
    let stored: Value = serde_json::from_slice(&stored.stdout).unwrap();
    for (live, stored) in live["checks"].as_array().unwrap().iter().zip(stored["checks"].as_array().unwrap()) {
        let id = live["id"].as_str().unwrap();
        if !id.starts_with("probe.") && !id.starts_with("transport.") {
            assert_eq!(live, stored);
        }
    }
    assert!(live.to_string().contains("\"request_id\":\"FAKE403\""), "{live}");
}

#[test]
fn the_whole_run_ends_in_time_and_reports_what_is_known() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketAcl", Fault::Silence);
    fake.fail("s3:GetBucketOwnershipControls", Fault::Silence);
    let begun = Instant::now();
    let output = check(&fake, &home(), &["--timeout", "2s", "--format", "json"]).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let status = |id: &str| {
        let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap();
        check["status"].as_str().unwrap().to_owned()
    };
    assert_eq!((status("delivery.ownership"), status("encryption.default")), ("unknown".into(), "pass".into()));
    assert_eq!(fake.object(), None);
}

#[test]
fn a_signal_waits_for_the_probe_to_clean_up() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let fake = FakeAws::start();
        fake.fail("s3:DeleteObject", Fault::Late(Duration::from_secs(1)));
        let child = check(&fake, &home(), &[]).spawn().unwrap();
        until_asked(&fake, "s3:PutObject");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{name}: {stderr}");
        assert!(stderr.contains(&format!("SIG{name}")), "{stderr}");
        assert_eq!(fake.object(), None, "{name}: {stderr}");
    }
}

#[test]
fn a_second_signal_ends_at_once_and_says_what_is_left() {
    let fake = FakeAws::start();
    fake.fail("s3:DeleteObject", Fault::Silence);
    let child = check(&fake, &home(), &[]).spawn().unwrap();
    until_asked(&fake, "s3:DeleteObject");
    signal(&child, "TERM");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    signal(&child, "TERM");
    let output = child.wait_with_output().unwrap();
    let stderr = text(&output.stderr);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}: {stderr}", begun.elapsed());
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert!(stderr.contains("_ACCESS_CONFIRMATION") && stderr.contains("aws s3api"), "{stderr}");
}

#[test]
fn a_signal_during_a_pause_of_wait_ends_it() {
    let fake = FakeAws::start();
    fake.answer(
        "s3:GetBucketRequestPayment",
        "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
    );
    let child = check(&fake, &home(), &["--wait", "5m"]).spawn().unwrap();
    until_asked(&fake, "s3:DeleteObject");
    std::thread::sleep(Duration::from_millis(1_500));
    let begun = Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
}

#[test]
fn wait_reads_again_until_it_passes() {
    let fake = FakeAws::start();
    fake.fail_times("s3:GetBucketEncryption", Fault::Error(403, "AccessDenied"), 1);
    let begun = Instant::now();
    let only = ["--only", "encryption.default", "--wait", "1m", "--format", "json"];
    let output = check(&fake, &home(), &only).output().unwrap();
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert!(stderr.contains("waiting: not yet: encryption.default"), "{stderr}");
    assert!(!stderr.contains('\r') && !stderr.contains('\u{1b}'), "no progress line in a pipe: {stderr}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "pass");
}

#[test]
fn a_short_timeout_shortens_the_pause() {
    let fake = FakeAws::start();
    fake.fail_times("s3:GetBucketEncryption", Fault::Error(403, "AccessDenied"), 1);
    let only = ["--only", "encryption.default", "--wait", "1m", "--timeout", "6s", "--no-probe"];
    let output = check(&fake, &home(), &only).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn wait_ends_when_its_time_is_up() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketEncryption", Fault::Error(403, "AccessDenied"));
    let begun = Instant::now();
    let output =
        check(&fake, &home(), &["--only", "encryption.default", "--wait", "2s", "--no-probe"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!((Duration::from_secs(2)..Duration::from_secs(12)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert_eq!(fake.count("s3:GetBucketEncryption"), 2);
}

#[test]
fn secrets_are_never_shown_but_operations_are() {
    let fake = FakeAws::start();
    let output = check(&fake, &home(), &["-vvv", "--save-snapshot", "kept.json"]).output().unwrap();
    let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let signature = fake.requests().iter().find_map(|request| {
        let header = request.headers.get("authorization")?;
        header.split("Signature=").nth(1).map(str::to_owned)
    });
    for secret in [SECRET, TOKEN, &signature.unwrap(), "Signature="] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert!(all.contains("s3:GetBucketPolicy") && all.contains("milliseconds"), "{all}");
}

#[test]
fn no_probe_uploads_nothing() {
    let fake = FakeAws::start();
    check(&fake, &home(), &["--no-probe"]).output().unwrap();
    assert_eq!((fake.count("s3:PutObject"), fake.count("s3:DeleteObject")), (0, 0));
    assert!(fake.count("s3:GetBucketPolicy") > 0);
}
