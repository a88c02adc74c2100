//! How long the largest snapshots take: ten thousand statements in every format, fifty thousand grants.
//!
//! `cargo bench --bench large`. AWS takes no policy of that size; a file may hold one. Ends with 1 when one takes a second
//! or more.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(1);
const STATEMENTS: usize = 10_000;
const GRANTS: usize = 50_000;
const FORMATS: [&str; 6] = ["text", "json", "junit", "sarif", "markdown", "html"];

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let mut fine = true;
    let cases =
        [("denies", denies()), ("allows", allows()), ("more than a megabyte", too_large()), ("grants", grants())];
    for (name, snapshot) in cases {
        let path = folder.path().join("snapshot.json");
        std::fs::write(&path, snapshot.to_string()).unwrap();
        for format in FORMATS {
            let took = measured(&path, &["--format", format]);
            println!("{name:<24} {format:<10} {:>7.0} ms", took.as_secs_f64() * 1e3);
            fine &= took < LIMIT;
        }
        let took = measured(&path, &["-v"]);
        println!("{name:<24} {:<10} {:>7.0} ms", "text -v", took.as_secs_f64() * 1e3);
        fine &= took < LIMIT;
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The best of three: what a busy machine adds is none of the program's.
fn measured(snapshot: &Path, options: &[&str]) -> Duration {
    let once = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
        command.arg("--snapshot").arg(snapshot).args(options).stdout(Stdio::null()).env_clear();
        let begun = Instant::now();
        let code = command.status().unwrap().code();
        assert!(matches!(code, Some(0 | 1 | 3)), "{options:?}: {code:?}");
        begun.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

fn base() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/joint-sse-kms.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The good bucket with so many statements more.
fn with_statements(one: impl Fn(usize) -> Value) -> Value {
    let mut snapshot = base();
    let policy = &mut snapshot["operations"]["s3:GetBucketPolicy"]["Policy"];
    let mut document: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    document["Statement"].as_array_mut().unwrap().extend((0..STATEMENTS).map(one));
    *policy = document.to_string().into();
    snapshot
}

/// Each refuses every upload: all of them decide, and each is shown.
fn denies() -> Value {
    with_statements(|_| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}))
}

/// Each is open to everyone.
fn allows() -> Value {
    with_statements(|_| json!({"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}))
}

/// More than the megabyte that is read of a policy.
fn too_large() -> Value {
    with_statements(|number| {
        json!({"Sid": format!("Deny{number}"), "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::acme-exports/*", "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}})
    })
}

fn grants() -> Value {
    let mut snapshot = base();
    let key = snapshot["operations"]["kms:DescribeKey"]["KeyMetadata"]["Arn"].clone();
    let grant = |number: usize| {
        json!({"KeyId": key, "GrantId": format!("{number:064x}"), "Name": format!("grant-{number}"),
            "GranteePrincipal": format!("arn:aws:iam::111122223333:role/worker-{number}"), "Operations": ["Decrypt", "GenerateDataKey"],
            "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": format!("arn:aws:s3:::acme-exports/{number}")}}})
    };
    snapshot["operations"]["kms:ListGrants"] = json!({"Grants": (0..GRANTS).map(grant).collect::<Vec<_>>()});
    let policy = &mut snapshot["operations"]["kms:GetKeyPolicy"]["Policy"];
    let mut document: Value = serde_json::from_str(policy.as_str().unwrap()).unwrap();
    // The grants decide: the key policy lets its owner alone use the key.
    document["Statement"].as_array_mut().unwrap().truncate(1);
    *policy = document.to_string().into();
    snapshot
}
