//! The real binary against a real LocalStack: wire formats, defaults, error codes, the probe.
//!
//! LocalStack enforces no policy, so nothing here is proof of permissions. What every bucket must come out as stands
//! in `localstack/seeds.json`. `tests/run` starts LocalStack, seeds it, says where it is in `STC_CHECK_LOCALSTACK`
//! and runs the tests that a plain `cargo test` shows as ignored.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::report::statuses_of_text;

mod fixes;
mod runbook;
mod witness;

/// Statuses by check id.
type Statuses = BTreeMap<String, String>;

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn every_seed_comes_out_as_its_name_promises() {
    let _alone = alone();
    let surprises = found_in(Table::read().seeds(), Seed::surprises);
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn a_leftover_is_neither_overwritten_nor_deleted() {
    let _alone = alone();
    let seed = Table::read().seed("broken-leftover");
    let before = seed.get("/broken-leftover/_ACCESS_CONFIRMATION");
    let output = seed.check(&["--format", "json"]);
    let after = seed.get("/broken-leftover/_ACCESS_CONFIRMATION");
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    assert!(before.ends_with("\r\n\r\nnot ours to delete\n"), "{before}");
    for header in ["etag:", "last-modified:"] {
        assert_eq!(header_line(&after, header), header_line(&before, header));
    }
    assert!(after.ends_with("\r\n\r\nnot ours to delete\n"), "{after}");
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn over_https_the_transport_is_seen_to_be_encrypted() {
    let _alone = alone();
    let seed = Table::read().seed("good-joint-sse-kms");
    let output = seed
        .command(&endpoint().replacen("http://", "https://", 1), &["--format", "json"])
        .env("SSL_CERT_FILE", project("/.localstack/certificate.crt"))
        .output()
        .unwrap();
    let statuses = json_statuses(&output);
    assert_eq!(statuses["transport.tls"], "pass", "{}", show(&output));
    assert_eq!(statuses["transport.http-denied"], "skip");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn an_untrusted_certificate_leaves_everything_unknown_and_says_why() {
    let seed = Table::read().seed("good-joint-sse-s3");
    let endpoint = endpoint().replacen("http://", "https://", 1);
    let output = seed.command(&endpoint, &["--format", "text"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    assert!(text.to_lowercase().contains("certificate"), "{text}");
    assert!(!text.contains(" pass "), "{text}");
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn without_the_probe_nothing_is_written() {
    let _alone = alone();
    // Versioned, so that an upload would be seen even after its delete.
    let seed = Table::read().seed("good-versioned");
    let count = || seed.get("/good-versioned?versions").matches("<VersionId>").count();
    let before = count();
    let output = seed.check(&["--format", "json", "--no-probe"]);
    let statuses = json_statuses(&output);
    assert_eq!(output.status.code(), Some(0), "{}", show(&output));
    assert_eq!(statuses["probe.upload"], "skip");
    assert_eq!(count(), before);
    let _ = seed.check(&["--format", "json"]);
    assert!(count() > before, "a probe ought to be seen in this bucket");
}

/// Two probes of one bucket would meet, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `localstack/seeds.json`.
struct Table(Value);

/// One row of it.
struct Seed {
    bucket: String,
    account: String,
    arguments: Vec<String>,
    keeps_versions: bool,
    expected: Statuses,
    exit: i64,
}

impl Table {
    fn read() -> Self {
        let text = std::fs::read_to_string(project("/localstack/seeds.json")).unwrap();
        Self(serde_json::from_str(&text).unwrap())
    }

    fn seeds(&self) -> Vec<Seed> {
        let rows = self.0["seeds"].as_array().unwrap();
        rows.iter().filter(|row| row.get("localstack_refuses").is_none()).map(|row| self.parse(row)).collect()
    }

    fn seed(&self, bucket: &str) -> Seed {
        self.seeds().into_iter().find(|seed| seed.bucket == bucket).unwrap()
    }

    fn parse(&self, row: &Value) -> Seed {
        let account = row.get("account").unwrap_or(&self.0["account"]).as_str().unwrap();
        let arguments = row.get("arguments").and_then(Value::as_array).into_iter().flatten();
        Seed {
            bucket: text(&row["bucket"]),
            account: account.to_owned(),
            arguments: arguments.map(|argument| self.fill(&text(argument), row, account)).collect(),
            keeps_versions: row.pointer("/settings/versioning").is_some() || row.get("object_lock_enabled").is_some(),
            expected: self.expected(row),
            exit: row["exit"].as_i64().unwrap(),
        }
    }

    fn fill(&self, argument: &str, row: &Value, account: &str) -> String {
        argument.replace("{key}", &self.key(row, account)).replace("{account}", account)
    }

    fn key(&self, row: &Value, account: &str) -> String {
        let Some(name) = row.get("key").and_then(Value::as_str) else { return String::new() };
        let key = &self.0["keys"][name];
        let region = key.get("region").unwrap_or(&self.0["region"]).as_str().unwrap();
        format!("arn:aws:kms:{region}:{account}:key/{}", text(&key["id"]))
    }

    /// The statuses of the seed's encryption, with its own laid over them; `*` stands for every other check.
    fn expected(&self, row: &Value) -> Statuses {
        let encryption = row.get("encryption").and_then(Value::as_str).unwrap_or("sse-s3");
        let own = row.get("expect");
        let status = |id: &str, usual: &Value| {
            let own = own.and_then(|own| own.get(id).or_else(|| own.get("*")));
            text(own.unwrap_or(usual))
        };
        let usual = self.0["expect"][encryption].as_object().unwrap();
        usual.iter().map(|(id, usual)| (id.clone(), status(id, usual))).collect()
    }
}

impl Seed {
    /// Everything in which the bucket comes out otherwise than promised: as JSON, as text, from a stored snapshot.
    fn surprises(&self) -> Vec<String> {
        let mut surprises = Vec::new();
        let mut compare = |what: &str, output: &Output, expected: &Statuses, exit: i64, found: &Statuses| {
            for (id, status) in expected {
                let other = found.get(id).map_or("nothing", String::as_str);
                if other != status {
                    surprises.push(format!("{} ({what}): {id} is {other}, promised {status}", self.bucket));
                }
            }
            for id in found.keys().filter(|id| !expected.contains_key(*id)) {
                surprises.push(format!("{} ({what}): {id} is not in the table", self.bucket));
            }
            if output.status.code().map(i64::from) != Some(exit) {
                surprises.push(format!("{} ({what}): promised exit code {exit}\n{}", self.bucket, show(output)));
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let snapshot = folder.path().join("snapshot.json");
        let snapshot = snapshot.to_str().unwrap();

        let live = self.check(&["--format", "json", "--save-snapshot", snapshot]);
        compare("json", &live, &self.expected, self.exit, &json_statuses(&live));
        let live = self.check(&["--format", "text", "-v"]);
        compare("text", &live, &self.expected, self.exit, &statuses_of_text(&String::from_utf8_lossy(&live.stdout)));

        let offline = self.expected_offline();
        let exit = if offline.values().any(|status| status == "fail") {
            1
        } else if offline.values().any(|status| status == "unknown") {
            3
        } else {
            0
        };
        let judged = self.bare_command(&["--format", "json", "--snapshot", snapshot]).output().unwrap();
        compare("snapshot", &judged, &offline, exit, &json_statuses(&judged));

        if self.bucket != "broken-leftover" {
            surprises.extend(self.left_behind());
        }
        surprises
    }

    /// A snapshot comes out as the bucket does, but for what is done live.
    fn expected_offline(&self) -> Statuses {
        let only_live = |id: &str| id.starts_with("probe.") || id.starts_with("transport.");
        let offline = |(id, status): (&String, &String)| {
            (id.clone(), if only_live(id) { "skip".to_owned() } else { status.clone() })
        };
        self.expected.iter().map(offline).collect()
    }

    /// What the probe left: nothing, but for the version and the delete marker that a versioned bucket keeps.
    fn left_behind(&self) -> Option<String> {
        let object = self.get(&format!("/{}/_ACCESS_CONFIRMATION", self.bucket));
        let versions = self.get(&format!("/{}?versions", self.bucket));
        let gone = object.starts_with("HTTP/1.1 404")
            && (self.keeps_versions || !(versions.contains("<Version>") || versions.contains("<DeleteMarker>")));
        (!gone).then(|| format!("{}: the probe left something behind: {object}\n{versions}", self.bucket))
    }

    fn check(&self, more: &[&str]) -> Output {
        self.command(&endpoint(), more).output().unwrap()
    }

    fn command(&self, endpoint: &str, more: &[&str]) -> Command {
        let mut command = self.bare_command(more);
        command.args(["--endpoint-url", endpoint]).envs(credentials(&self.account));
        command
    }

    /// Without endpoint, credentials or anything else of the environment.
    fn bare_command(&self, more: &[&str]) -> Command {
        let mut command = bare();
        command.args(["--bucket", &self.bucket]).args(&self.arguments).args(more);
        command
    }

    /// LocalStack's answer to a GET, headers and all.
    fn get(&self, path: &str) -> String {
        let host = endpoint().trim_start_matches("http://").to_owned();
        let credential = format!("{}/20260101/us-east-1/s3/aws4_request", self.account);
        let mut stream = TcpStream::connect(&host).unwrap();
        let authorization = format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// The program, without anything of the environment.
fn bare() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
    command.env_clear().env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// LocalStack takes the account from the access key id.
fn credentials(account: &str) -> [(&str, &str); 2] {
    [("AWS_ACCESS_KEY_ID", account), ("AWS_SECRET_ACCESS_KEY", "test")]
}

/// What several threads find in all of these.
fn found_in<T: Send>(rows: Vec<T>, look: impl Fn(&T) -> Vec<String> + Sync) -> Vec<String> {
    let rows = Mutex::new(rows);
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(row) = rows.lock().unwrap().pop() else { break };
                    let more = look(&row);
                    found.lock().unwrap().extend(more);
                }
            });
        }
    });
    found.into_inner().unwrap()
}

fn endpoint() -> String {
    std::env::var("STC_CHECK_LOCALSTACK")
        .expect("STC_CHECK_LOCALSTACK says where LocalStack is, as http://127.0.0.1:4566; tests/run sets it")
}

fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/")).join(path.trim_start_matches('/'))
}

fn json_statuses(output: &Output) -> Statuses {
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else { return Statuses::new() };
    let checks = report["checks"].as_array().unwrap();
    checks.iter().map(|check| (text(&check["id"]), text(&check["status"]))).collect()
}

fn header_line<'a>(answer: &'a str, name: &str) -> &'a str {
    answer.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn show(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
