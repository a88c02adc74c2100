//! Nothing is kept or printed that carries a secret, no file is read without bounds or put where a link points.

use std::process::{Command, Output};

use tempfile::TempDir;

use crate::fake_aws::{BUCKET, FakeAws, Fault};
use crate::judge::fixture;

const KEY_ID: &str = "ASIAQEXAMPLEKEYID123";
const SECRET: &str = "wJalrXUtnFEMIEXAMPLEKEYSECRETSECRET";
const TOKEN: &str = "FwoGZXIvYXdzEXAMPLETOKENTOKEN";

fn run(home: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_SESSION_TOKEN", TOKEN)
        .output()
        .unwrap()
}

const EVERYTHING: [&str; 23] = [
    "s3:ListObjectVersions",
    "s3:ListMultipartUploads",
    "kms:GetKeyLastUsage",
    "cloudtrail:LookupEvents",
    "s3:GetBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetPublicAccessBlock",
    "s3control:GetPublicAccessBlock",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketAcl",
    "s3:GetBucketVersioning",
    "s3:GetObjectLockConfiguration",
    "s3:GetBucketRequestPayment",
    "s3:GetBucketAbac",
    "s3:GetBucketTagging",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "sts:GetCallerIdentity",
    "s3:ListObjectsV2",
    "s3:HeadObject",
    "s3:PutObject",
    "s3:DeleteObject",
];

/// Fails if a text holds what this run signs with, or a signature.
fn assert_no_secret(place: &str, text: &str) {
    for secret in [KEY_ID, SECRET, TOKEN] {
        assert!(!text.contains(secret), "{place}: {secret} is in {text}");
    }
    // A signature of version 4 has 64 hexadecimal digits.
    let digits = text.split(|character: char| !character.is_ascii_hexdigit() || character.is_ascii_uppercase());
    let canonical = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let stand_in = |word: &str| word.starts_with(&"0".repeat(60));
    let signature =
        digits.into_iter().find(|word| word.len() >= 64 && ![canonical, empty].contains(word) && !stand_in(word));
    assert!(signature.is_none(), "{place}: {signature:?} is in {text}");
}

#[test]
fn a_server_that_repeats_every_header_gets_no_secret_into_any_output() {
    for (status, code) in [(403, "AccessDenied"), (400, "InvalidRequest")] {
        let fake = FakeAws::start();
        for operation in EVERYTHING {
            fake.fail(operation, Fault::Echo(status, code));
        }
        let url = fake.url();
        for format in ["text", "json", "junit", "sarif", "markdown", "html"] {
            let home = TempDir::new().unwrap();
            let run = |more: &[&str]| {
                let arguments = [
                    "--bucket",
                    BUCKET,
                    "--endpoint-url",
                    &url,
                    "--format",
                    format,
                    "--data",
                    "--save-snapshot",
                    "s.json",
                ];
                let output = run(&home, &[&arguments[..], more].concat());
                let kept = std::fs::read_to_string(home.path().join("s.json")).unwrap();
                (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap(), kept)
            };
            let (out, log, kept) = run(&["-vvv"]);
            assert!(kept.contains("authorization"), "the server's words are kept: {kept}");
            assert!(log.contains("GetBucketPolicy") && log.contains("request_id"), "{log}");
            for (place, text) in [("output", &out), ("log", &log), ("snapshot", &kept)] {
                assert_no_secret(&format!("{format}, {status}, {place}"), text);
            }
            let (out, log, redacted) = run(&["--redact"]);
            assert_no_secret(&format!("{format}, {status}, redacted"), &(out + &log + &redacted));
        }
    }
    // The test itself would see one.
    let seen = |text: String| std::panic::catch_unwind(move || assert_no_secret("", &text)).is_err();
    assert!(seen(format!("Credential={KEY_ID}/")) && seen(format!("Signature={}", "0f".repeat(32))));
}

/// What a helper program says to whoever runs it is not for a report that is passed on.
#[test]
fn what_a_credential_helper_writes_to_its_stderr_stays_there() {
    let home = TempDir::new().unwrap();
    let helper = "[default]\nregion = us-east-1\ncredential_process = sh -c \"echo 'the vault pin of falcon is wrong' >&2; exit 3\"\n";
    std::fs::write(home.path().join("config"), helper).unwrap();
    for format in ["text", "json", "junit", "sarif", "markdown", "html"] {
        let output = Command::new(env!("CARGO_BIN_EXE_stc-check"))
            .args([
                "--bucket",
                BUCKET,
                "--endpoint-url",
                "http://127.0.0.1:9",
                "--format",
                format,
                "--save-snapshot",
                "s.json",
            ])
            .current_dir(home.path())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", home.path())
            .env("AWS_CONFIG_FILE", home.path().join("config"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3), "{format}");
        let kept = std::fs::read_to_string(home.path().join("s.json")).unwrap();
        let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap() + &kept;
        assert!(!text.contains("falcon") && kept.contains("run the helper program by itself"), "{format}: {text}");
    }
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_for_its_owner_alone_and_a_link_is_replaced() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let fake = FakeAws::start();
    let home = TempDir::new().unwrap();
    let (elsewhere, folder) = (home.path().join("elsewhere.json"), home.path().join("folder"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(&elsewhere, "precious").unwrap();
    symlink(&elsewhere, home.path().join("s.json")).unwrap();
    symlink(&elsewhere, home.path().join("report.json")).unwrap();
    symlink(&folder, home.path().join("link")).unwrap();
    let url = fake.url();
    let output = run(
        &home,
        &[
            "--bucket",
            BUCKET,
            "--endpoint-url",
            &url,
            "--save-snapshot",
            "s.json",
            "--format",
            "json",
            "--output",
            "report.json",
            "--format",
            "text",
            "--output",
            "link/report.txt",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "precious");
    let snapshot = std::fs::symlink_metadata(home.path().join("s.json")).unwrap();
    assert!(snapshot.is_file());
    assert_eq!(snapshot.permissions().mode() & 0o777, 0o600);
    assert!(std::fs::symlink_metadata(home.path().join("report.json")).unwrap().is_file());
    assert!(folder.join("report.txt").is_file(), "links among the folders are followed");
}

#[test]
fn what_a_killed_run_left_stops_no_other() {
    let fake = FakeAws::start();
    let home = TempDir::new().unwrap();
    // Names as process ids would make them: a container's second run has the same id as its first.
    for id in 1..100 {
        std::fs::write(home.path().join(format!(".s.json.{id}.new")), "").unwrap();
    }
    let url = fake.url();
    let output = run(&home, &["--bucket", BUCKET, "--endpoint-url", &url, "--save-snapshot", "s.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_device_of_standard_output_is_written_in_place() {
    let home = TempDir::new().unwrap();
    let snapshot = fixture::named("joint").document.to_string();
    std::fs::write(home.path().join("snapshot.json"), snapshot).unwrap();
    let output = run(&home, &["--snapshot", "snapshot.json", "--format", "json", "--output", "/dev/stdout"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("stc-check/report/1"));
}

#[test]
fn files_have_bounds_and_depth_has_one() {
    let home = TempDir::new().unwrap();
    let large = format!("{{\"schema\": \"{}\"}}", "x".repeat(33 << 20));
    std::fs::write(home.path().join("large.json"), large).unwrap();
    std::fs::write(home.path().join("deep.json"), "[".repeat(200_000)).unwrap();
    let policy = format!("{{\"Version\":\"2012-10-17\",\"Id\":\"{}\"}}", "x".repeat(2 << 20));
    std::fs::write(home.path().join("policy.json"), policy).unwrap();
    std::fs::write(home.path().join("good.json"), fixture::named("joint").document.to_string()).unwrap();
    for (arguments, said) in [
        (&["--snapshot", "large.json"][..], "32 MB"),
        (&["--snapshot", "good.json", "--bucket-policy", "policy.json"][..], "1 MB"),
        (&["--snapshot", "good.json", "--key-policy", "policy.json"][..], "1 MB"),
        (&["diff", "large.json", "good.json"][..], "32 MB"),
        (&["--config", "large.json"][..], "32 MB"),
        (&["--snapshot", "deep.json"][..], ""),
        (&["--terraform-plan", "deep.json"][..], ""),
        (&["--snapshot", "good.json", "--bucket-policy", "deep.json"][..], ""),
        (&["diff", "deep.json", "deep.json"][..], ""),
    ] {
        let output = run(&home, arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(said) && error.starts_with("error:"), "{arguments:?}: {error}");
    }
}

#[test]
fn a_line_that_is_too_long_is_answered_and_the_rest_goes_on() {
    let home = TempDir::new().unwrap();
    let question = |id: &str, filler: &str| {
        serde_json::json!({"id": id, "policy": {"Version": "2012-10-17", "Statement": []}, "principal": "arn:aws:iam::111122223333:user/x",
            "action": "s3:PutObject", "resource": "arn:aws:s3:::b/k", "filler": filler})
        .to_string()
    };
    let batch = [question("1", ""), question("2", &"x".repeat(3 << 20)), question("3", "")].join("\n");
    std::fs::write(home.path().join("batch.jsonl"), batch).unwrap();
    let output = run(&home, &["simulate", "--batch", "batch.jsonl"]);
    let answers: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<(&str, &str)> = answers
        .iter()
        .map(|answer| (answer["id"].as_str().unwrap_or("null"), answer["decision"].as_str().unwrap()))
        .collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert_eq!(said[1].1, "invalid");
    assert!(answers[1]["message"].as_str().unwrap().contains("1 MB"));
    assert_eq!((said[0].0, said[2].0), ("1", "3"));
}

/// An endpoint may be anything that speaks S3: what does not know uploads with a condition must lose nothing.
#[test]
fn under_an_endpoint_override_the_probe_looks_before_it_uploads() {
    let fake = FakeAws::start();
    fake.place_object("\"theirs\"", &[]);
    let home = TempDir::new().unwrap();
    let output = run(&home, &["--bucket", BUCKET, "--endpoint-url", &fake.url()]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(fake.count("s3:PutObject"), 0);
    assert_eq!(fake.object().unwrap().etag, "\"theirs\"");
}

/// A policy is looked through once, and not once for each of its statements.
#[test]
fn ten_thousand_statements_are_shown_in_every_format() {
    let home = TempDir::new().unwrap();
    let mut snapshot = fixture::named("joint").document;
    let policy = &mut snapshot["operations"]["s3:GetBucketPolicy"]["Policy"];
    let mut document: serde_json::Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    let deny = serde_json::json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"});
    document["Statement"].as_array_mut().unwrap().extend(std::iter::repeat_n(deny, 10_000));
    *policy = document.to_string().into();
    std::fs::write(home.path().join("s.json"), snapshot.to_string()).unwrap();
    for format in ["text", "json", "junit", "sarif", "markdown", "html"] {
        let begun = std::time::Instant::now();
        let output = run(&home, &["--snapshot", "s.json", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        // Without optimization, on a busy machine; what is quadratic takes ten minutes.
        assert!(begun.elapsed().as_secs() < 60, "{format} took {:?}", begun.elapsed());
    }
}
