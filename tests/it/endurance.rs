//! Many runs in a row: nothing piles up, neither in the bucket nor in memory.

use std::process::Command;
use std::time::Duration;

use stc_check::aws::{ProbeSettings, Run, Settings, Shared, gather};
use stc_check::names::BucketName;
use stc_check::snapshot::observations::Step;

use crate::fake_aws::{BUCKET, FakeAws};

/// Pages of memory that this process holds.
fn resident_pages() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number")
}

/// The runs themselves, in a process of their own whose environment holds credentials.
#[tokio::test]
#[ignore = "started by the tests that set its environment"]
async fn runs_in_a_row() {
    let variable = |name: &str| std::env::var(name).ok();
    // `tests/run` runs every ignored test; this one is nothing without its parent.
    let Some(url) = variable("STC_CHECK_ENDURANCE_URL") else { return };
    let runs: u32 = variable("STC_CHECK_ENDURANCE_RUNS").and_then(|runs| runs.parse().ok()).expect("a number");
    let settings = Settings {
        bucket: BucketName::parse(&variable("STC_CHECK_ENDURANCE_BUCKET").expect("a bucket")).expect("its name"),
        region: None,
        profile: None,
        endpoint_url: Some(url),
        expected_owner: None,
        reads: None,
        evidence: None,
        probe: Some(ProbeSettings { multipart: true, ..ProbeSettings::default() }),
        plain_http: true,
        timeout: Some(Duration::from_mins(1)),
    };
    let mut settled = 0;
    for number in 0..runs {
        let gathered =
            Box::pin(gather(&settings, &Run::default(), &Shared::default())).await.expect("there are credentials");
        let Step::Done(probe) = &gathered.live.probe else { panic!("run {number}: {:?}", gathered.live.probe) };
        assert_eq!(probe.gone, Step::Done(true), "run {number}: {probe:?}");
        assert!(matches!(probe.multipart, Some(Step::Done(_))), "run {number}: {probe:?}");
        assert_eq!(gathered.left_behind, None, "run {number}");
        if number == runs / 2 {
            settled = resident_pages();
        }
    }
    let grown = resident_pages().saturating_sub(settled) * 4096;
    println!("{runs} runs; {} MB held, {} kB grown since half of them", (resident_pages() * 4096) >> 20, grown >> 10);
    assert!(grown < 4 << 20, "{grown} bytes grown in the second half of {runs} runs");
}

/// Starts [`runs_in_a_row`] in a process of its own.
fn in_a_row(runs: u32, url: &str, bucket: &str) {
    let output = Command::new(std::env::current_exe().expect("this very binary"))
        .args(["--exact", "endurance::runs_in_a_row", "--ignored", "--nocapture"])
        .env("STC_CHECK_ENDURANCE_URL", url)
        .env("STC_CHECK_ENDURANCE_BUCKET", bucket)
        .env("STC_CHECK_ENDURANCE_RUNS", runs.to_string())
        .env("AWS_ACCESS_KEY_ID", "111122223333")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    println!("{said}");
}

#[test]
fn runs_in_a_row_leave_nothing_and_hold_no_more_memory() {
    let fake = FakeAws::start();
    in_a_row(60, &fake.url(), BUCKET);
    assert_eq!((fake.object(), fake.open_uploads()), (None, 0));
    assert_eq!(fake.count("s3:PutObject"), 60);
}

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn a_thousand_runs_against_localstack_leave_nothing() {
    let Ok(url) = std::env::var("STC_CHECK_LOCALSTACK") else { panic!("STC_CHECK_LOCALSTACK is not set") };
    let runs = std::env::var("STC_CHECK_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(50);
    // A bucket of its own: two probes at once see each other, as they should.
    let bucket = format!("endurance-{}", std::process::id());
    let ask = |method: &str, query: &str| {
        let output = Command::new("curl")
            .args(["--silent", "--fail", "--request", method, &format!("{url}/{bucket}{query}"), "--header"])
            .arg("Authorization: AWS4-HMAC-SHA256 Credential=111122223333/20261123/us-east-1/s3/aws4_request")
            .output()
            .expect("curl runs");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    ask("PUT", "");
    in_a_row(runs, &url, &bucket);
    let (objects, uploads) = (ask("GET", "?list-type=2"), ask("GET", "?uploads"));
    ask("DELETE", "");
    assert!(!objects.contains("<Key>"), "{objects}");
    assert!(!uploads.contains("<UploadId>"), "{uploads}");
}
