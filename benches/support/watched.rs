//! A run of the program under watch.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Wall time, and the peak of resident memory in MB as Linux counts it.
pub(super) fn watched(mut command: Command) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kb: u64 = 0;
    let status = loop {
        let status = std::fs::read_to_string(&status_file).unwrap_or_default();
        let high_water = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = high_water.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak_kb = kb.unwrap_or(0).max(peak_kb);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    assert!(
        status.success(),
        "the check ended with {status}; where it is one of a seeded bucket: was LocalStack seeded?"
    );
    (began.elapsed(), peak_kb.div_ceil(1024))
}
