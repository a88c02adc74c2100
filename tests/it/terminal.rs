//! What a person at a terminal sees beside the report, through a pseudo-terminal: what will be written, what is waited for,
//! and that Ctrl-C is heard.

use std::process::Command;
use std::time::Duration;

use crate::fake_aws::{ACCOUNT, BUCKET, FakeAws, Fault};

/// Runs a program with the terminal on its standard error, types Ctrl-C once a text was seen there, and copies what was
/// written to it.
const PTY: &str = r#"
import os, pty, sys, time
wanted, program = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execv(program[0], program)
seen = b""
while True:
    try:
        some = os.read(terminal, 4096)
    except OSError:
        break
    if not some:
        break
    seen += some
    if wanted and wanted in seen:
        os.write(terminal, b"\x03")
        wanted = b""
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// What a check of the fake's bucket shows on a terminal, and its exit code.
fn on_a_terminal(fake: &FakeAws, arguments: &[&str], stop_at: &str) -> (String, Option<i32>) {
    let output = Command::new("python3")
        .args(["-c", PTY, stop_at, env!("CARGO_BIN_EXE_stc-check")])
        .args(["--bucket", BUCKET, "--endpoint-url", &fake.url()])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .output()
        .expect("python3 runs");
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code())
}

#[test]
fn what_the_probe_writes_is_said_before_it_is_written() {
    let versioning = |status: &str| format!("<VersioningConfiguration>{status}</VersioningConfiguration>");
    let locked = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
                  <Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    let fake = |status: &str| {
        let fake = FakeAws::start();
        fake.answer("s3:GetBucketVersioning", &versioning(status));
        // The upload gets no answer until the run is over: what is said of it is said before.
        fake.fail("s3:PutObject", Fault::Silence);
        fake
    };
    let place = format!("uploading a test object `_ACCESS_CONFIRMATION` to s3://{BUCKET} of account {ACCOUNT}");
    for (status, said) in [
        ("", "and deleting it (`--no-probe` only reads)"),
        ("<Status>Enabled</Status>", "so a version and a delete marker of it will stay (`--no-probe` only reads)"),
        ("<Status>Suspended</Status>", "so a delete marker of it will stay"),
    ] {
        let (screen, _) = on_a_terminal(&fake(status), &["--timeout", "2s"], "");
        let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("`{text}` is not in {screen}"));
        assert!(at(&place) < at("waiting for s3:PutObject"), "{screen}");
        assert_eq!(screen.matches(&place).count(), 1, "{screen}");
        at(said);
    }
    let fake = fake("<Status>Enabled</Status>");
    fake.answer("s3:GetObjectLockConfiguration", locked);
    let (screen, _) = on_a_terminal(&fake, &["--timeout", "2s"], "");
    assert!(screen.contains("Object Lock keeps a version of it until its retention ends"), "{screen}");
}

#[test]
fn nothing_is_said_where_nothing_is_written_or_nobody_wants_to_know() {
    for arguments in [&["--no-probe"][..], &["-q"], &["--only", "kms"], &["--skip", "probe.upload=known"]] {
        let (screen, code) = on_a_terminal(&FakeAws::start(), arguments, "");
        assert_eq!((screen.as_str(), code), ("", Some(0)), "{arguments:?}");
    }
}

#[test]
fn a_slow_run_says_what_it_waits_for_and_takes_the_line_away() {
    let fake = FakeAws::start();
    fake.fail_times("s3:GetBucketAcl", Fault::Late(Duration::from_secs(2)), 1);
    let (screen, code) = on_a_terminal(&fake, &["--no-probe"], "");
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains(" 1 s  waiting for s3:GetBucketAcl"), "{screen}");
    assert!(screen.ends_with("\r\u{1b}[K"), "the line is taken away: {screen:?}");
    fake.fail_times("s3:GetBucketAcl", Fault::Late(Duration::from_secs(2)), 1);
    assert_eq!(on_a_terminal(&fake, &["--no-probe", "-q"], "").0, "");
}

#[test]
fn a_pause_of_wait_counts_down() {
    let fake = FakeAws::start();
    fake.fail_times("s3:GetBucketEncryption", Fault::Error(403, "AccessDenied"), 1);
    let (screen, code) =
        on_a_terminal(&fake, &["--only", "encryption.default", "--wait", "3s"], "reading again in 2 s");
    assert_eq!(code, Some(130), "{screen}");
    assert!(screen.contains("waiting:") && screen.contains("not yet: encryption.default"), "{screen}");
}

#[test]
fn ctrl_c_is_answered_at_once_and_the_test_object_taken_away() {
    let fake = FakeAws::start();
    fake.fail("s3:DeleteObject", Fault::Late(Duration::from_secs(2)));
    let (screen, code) = on_a_terminal(&fake, &[], "waiting for s3:DeleteObject");
    assert_eq!((code, fake.object()), (Some(130), None), "{screen}");
    let answer =
        screen.find("stopping: removing the test object, if there is one").unwrap_or_else(|| panic!("{screen}"));
    assert!(screen[answer..].contains("waiting for s3:DeleteObject"), "it is said before that is done: {screen}");
}
