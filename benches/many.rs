//! How long a thousand buckets take beside one, and that memory does not grow with them.
//!
//! `cargo bench --bench many`. The binary checks the connections of a `--config`, probes included, against the small AWS
//! of the tests on 127.0.0.1, which holds every answer back for 20 ms and works on the same processor. Ends with 1 when
//! a thousand buckets take more memory than the limit, or longer for each than one alone.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise and prints what it measured"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use fake_aws::FakeAws;
use watched::watched;

#[path = "../tests/it/fake_aws.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod fake_aws;
#[path = "support/watched.rs"]
mod watched;

const DELAY: Duration = Duration::from_millis(20);
/// What a thousand buckets may take of memory, in MB, by how many are checked at a time.
const LIMITS: [(usize, u64); 2] = [(4, 40), (32, 80)];

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    println!("{:>8} {:>6} {:>10} {:>14} {:>9}", "buckets", "jobs", "wall (s)", "each (ms)", "peak (MB)");
    let mut fine = true;
    for (jobs, limit) in LIMITS {
        let mut alone = Duration::ZERO;
        for buckets in [1_u32, 10, 100, 1_000] {
            let (wall, peak) = measured(buckets, jobs, folder.path());
            let each = wall / buckets;
            if buckets == 1 {
                alone = wall;
            }
            println!(
                "{buckets:>8} {jobs:>6} {:>10.2} {:>14.1} {peak:>9}",
                wall.as_secs_f64(),
                each.as_secs_f64() * 1e3
            );
            fine &= each <= alone && peak <= limit;
        }
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Wall time, and the peak of resident memory in MB, of so many good buckets.
fn measured(buckets: u32, jobs: usize, folder: &Path) -> (Duration, u64) {
    let fake = FakeAws::start();
    fake.slow_down(DELAY);
    let mut config = format!("[defaults]\nendpoint-url = \"{}\"\n", fake.url());
    for number in 0..buckets {
        write!(config, "\n[[connection]]\nbucket = \"acme-{number}\"\n").unwrap();
    }
    let file = folder.join("stc.toml");
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
    command.env_clear().env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "test");
    command.args(["--jobs", &jobs.to_string(), "--format", "json", "--config"]).arg(&file);
    let measured = watched(command);
    assert_eq!((fake.objects(), fake.count("s3:PutObject")), (0, usize::try_from(buckets).unwrap()));
    measured
}
