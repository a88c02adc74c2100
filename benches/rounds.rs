//! How many requests and sequential rounds a live check takes, and how much time and memory.
//!
//! `cargo bench --bench rounds`, with LocalStack started and seeded (`localstack/start`, `localstack/seed`; elsewhere
//! than on port 4566: `STC_CHECK_LOCALSTACK=http://127.0.0.1:PORT`). The binary talks to LocalStack through a proxy in
//! this process that holds every answer back for 100 ms. Ends with 1 when a limit is exceeded.
//!
//! Beside it, through the same proxy, a script of twelve calls with boto3. In the rounds that the check takes on AWS it has to
//! be three times as fast. The Python is LocalStack's, or `STC_CHECK_BOTO3_PYTHON`; without one that has boto3 the script is
//! left out.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use watched::watched;

#[path = "support/watched.rs"]
mod watched;

const DELAY: Duration = Duration::from_millis(100);
/// A bucket encrypted with KMS, of localstack/seeds.json.
const BUCKET: &str = "good-joint-sse-kms";

fn main() -> ExitCode {
    let localstack = std::env::var("STC_CHECK_LOCALSTACK").unwrap_or_else(|_| "http://127.0.0.1:4566".to_owned());
    let localstack = localstack.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();

    let start_up = median(|| quiet(Command::new(BINARY).arg("--version")));

    let log = Arc::new(Mutex::new(Vec::new()));
    let endpoint = proxy(localstack, Arc::clone(&log));
    let live = ["--bucket", BUCKET, "--endpoint-url", &endpoint, "--save-snapshot", snapshot];
    // Once to warm LocalStack up, once to measure.
    let _ = watched(check(&live));
    log.lock().unwrap().clear();
    let (wall, peak) = watched(check(&live));
    let mut exchanges = std::mem::take(&mut *log.lock().unwrap());
    exchanges.sort_by_key(|exchange| exchange.asked);

    let script = boto3().map(|python| {
        let run = || watched(twelve_calls(&python, &endpoint));
        let _ = run();
        run()
    });

    let judged = median(|| quiet(&mut check(&["--snapshot", snapshot])));

    println!("requests, by when they were asked and answered (ms):");
    let zero = exchanges.first().map_or_else(Instant::now, |exchange| exchange.asked);
    for Exchange { asked, answered, what } in &exchanges {
        println!("  {:>5} {:>5}  {what}", (*asked - zero).as_millis(), (*answered - zero).as_millis());
    }
    let rounds = sequential_rounds(&exchanges);
    let most = DELAY * 13 / 10 * rounds + start_up;
    println!(
        "{} requests in {rounds} rounds (at most 5: under an endpoint override the probe looks first)\n",
        exchanges.len()
    );
    let fine = [
        limit("live check through the proxy", wall, most),
        limit("start-up (--version)", start_up, Duration::from_millis(20)),
        limit("judged snapshot", judged, Duration::from_millis(30)),
    ];
    println!("{:<30} {peak:>5} MB (limit 60 MB)", "peak memory of the live check");
    let faster = script.is_none_or(|(script, peak)| {
        println!("{:<30} {peak:>5} MB", "peak memory of the script");
        // On AWS the round that looks first falls away.
        limit("the check without its look", wall.saturating_sub(DELAY), script / 3)
    });
    if !faster || fine.contains(&false) || peak >= 60 || !(1..=5).contains(&rounds) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_stc-check");

/// One request and its answer, as the proxy saw them.
struct Exchange {
    asked: Instant,
    answered: Instant,
    what: String,
}

/// The longest row of exchanges of which each began after the one before had ended.
fn sequential_rounds(exchanges: &[Exchange]) -> u32 {
    let mut by_end: Vec<_> = exchanges.iter().collect();
    by_end.sort_by_key(|exchange| exchange.answered);
    let mut last: Option<Instant> = None;
    let mut rounds = 0;
    for exchange in by_end {
        if last.is_none_or(|last| exchange.asked >= last) {
            rounds += 1;
            last = Some(exchange.answered);
        }
    }
    rounds
}

fn limit(what: &str, measured: Duration, most: Duration) -> bool {
    println!("{what:<30} {:>5.1} ms (limit {:.0} ms)", measured.as_secs_f64() * 1e3, most.as_secs_f64() * 1e3);
    measured <= most
}

fn check(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.env_clear().env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_ACCESS_KEY_ID", "111122223333").env("AWS_SECRET_ACCESS_KEY", "test");
    command.env("AWS_EC2_METADATA_DISABLED", "true").args(arguments);
    command
}

/// A Python that has boto3.
fn boto3() -> Option<String> {
    let installed = || {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.localstack")).ok()?;
        let python = |name: &std::path::Path| name.join("bin/python").to_str().map(str::to_owned);
        folder.flatten().filter_map(|entry| python(&entry.path())).find(|python| std::path::Path::new(python).exists())
    };
    let python =
        std::env::var("STC_CHECK_BOTO3_PYTHON").ok().or_else(installed).unwrap_or_else(|| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import boto3"]).stderr(Stdio::null()).status();
    if !has_it.is_ok_and(|status| status.success()) {
        println!("`{python}` has no boto3: nothing to compare with; name another in STC_CHECK_BOTO3_PYTHON\n");
        return None;
    }
    Some(python)
}

/// What a script would read of the bucket and its key, one call after the other, and the test object.
fn twelve_calls(python: &str, endpoint: &str) -> Command {
    let script = r#"
import sys, boto3
from botocore.handlers import add_expect_header
bucket, endpoint = sys.argv[1:]
client = lambda service: boto3.client(service, endpoint_url=endpoint, region_name="us-east-1")
s3, sts, kms = client("s3"), client("sts"), client("kms")
# The proxy does not ask for a body that waits to be asked for.
s3.meta.events.unregister("before-call.s3", add_expect_header)
sts.get_caller_identity()
s3.head_bucket(Bucket=bucket)
s3.get_bucket_policy(Bucket=bucket)
key = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0][
    "ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
s3.get_public_access_block(Bucket=bucket)
s3.get_bucket_ownership_controls(Bucket=bucket)
s3.get_bucket_versioning(Bucket=bucket)
kms.describe_key(KeyId=key)
kms.get_key_policy(KeyId=key, PolicyName="default")
kms.list_grants(KeyId=key)
s3.put_object(Bucket=bucket, Key="_ACCESS_CONFIRMATION", Body=b"")
s3.delete_object(Bucket=bucket, Key="_ACCESS_CONFIRMATION")
"#;
    let mut command = Command::new(python);
    command.env_clear().env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_ACCESS_KEY_ID", "111122223333").env("AWS_SECRET_ACCESS_KEY", "test");
    command.args(["-c", script, BUCKET, endpoint]);
    command
}

fn quiet(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} ended with {status}");
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..21)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .collect();
    times.sort();
    times.swap_remove(10)
}

/// Starts the proxy and says where it listens.
fn proxy(upstream: String, log: Arc<Mutex<Vec<Exchange>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (upstream, log) = (upstream.clone(), Arc::clone(&log));
            std::thread::spawn(move || relay(&client, &upstream, &log));
        }
    });
    format!("http://{address}")
}

/// Passes one connection's messages on, until either side is done.
fn relay(client: &TcpStream, upstream: &str, log: &Mutex<Vec<Exchange>>) {
    let server = TcpStream::connect(upstream).expect("LocalStack listens: run localstack/start and localstack/seed");
    let (mut to_client, mut to_server) = (client, &server);
    let (mut from_client, mut from_server) = (BufReader::new(client), BufReader::new(&server));
    while let Some(request) = message(&mut from_client, false) {
        let asked = Instant::now();
        let head = String::from_utf8_lossy(&request);
        let mut words = head.lines().next().unwrap_or_default().split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let target = head.lines().find_map(|line| line.strip_prefix("x-amz-target: ")).unwrap_or_default();
        let what = format!("{method} {path} {target}").trim_end().to_owned();
        let bodyless = method == "HEAD";
        if to_server.write_all(&request).is_err() {
            return;
        }
        let Some(answer) = message(&mut from_server, bodyless) else { return };
        std::thread::sleep(DELAY);
        log.lock().unwrap().push(Exchange { asked, answered: Instant::now(), what });
        if to_client.write_all(&answer).is_err() {
            return;
        }
    }
}

/// One HTTP/1.1 message, byte for byte; none at the end of the connection.
fn message(stream: &mut impl BufRead, bodyless: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut length, mut chunked) = (0, false);
    loop {
        let line = line(stream, &mut bytes)?;
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            "" => break,
            _ => {}
        }
    }
    while !bodyless && chunked {
        let size = line(stream, &mut bytes)?;
        let size = u64::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        // An end of line follows each chunk, and the empty one that is the last.
        stream.take(size + 2).read_to_end(&mut bytes).ok()?;
        chunked = size > 0;
    }
    if !bodyless {
        stream.take(length).read_to_end(&mut bytes).ok()?;
    }
    Some(bytes)
}

/// One line without its end, kept in `bytes` with it.
fn line(stream: &mut impl BufRead, bytes: &mut Vec<u8>) -> Option<String> {
    let before = bytes.len();
    stream.read_until(b'\n', bytes).ok().filter(|read| *read > 0)?;
    Some(String::from_utf8_lossy(bytes.get(before..)?).trim_end().to_owned())
}
