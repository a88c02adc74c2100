//! The probe, through the real binary and real sockets: it proves what it can and harms nothing.

use crate::collect::{Outcome, check, stc_check};
use crate::fake_aws::{BUCKET, FakeAws, Fault};

fn of_probe(outcome: &Outcome) -> [&str; 4] {
    ["probe.leftover", "probe.upload", "probe.encrypted", "probe.delete"].map(|id| outcome.status(id))
}

#[test]
fn it_uploads_conditionally_without_encryption_headers_and_takes_its_object_away() {
    let fake = FakeAws::start();
    let outcome = check(&fake, &[]);
    assert_eq!(of_probe(&outcome), ["pass"; 4], "{}", outcome.stderr);
    assert_eq!(fake.object(), None);
    let requests = fake.requests();
    let put = requests.iter().find(|request| request.operation == "s3:PutObject").expect("it uploads");
    assert!(put.target.starts_with("/acme-exports/_ACCESS_CONFIRMATION"), "{}", put.target);
    assert_eq!(put.headers["if-none-match"], "*");
    assert!(put.headers.keys().all(|name| !name.contains("encryption")), "{:?}", put.headers);
    assert!(put.headers.contains_key("x-amz-meta-stc-check-run"));
    assert!(put.body.contains("stc-check"));
    let delete = requests.iter().find(|request| request.operation == "s3:DeleteObject").expect("it deletes");
    assert_eq!(delete.headers["if-match"], "\"put-1\"", "only our own object");
    let position = |operation: &str| requests.iter().position(|request| request.operation == operation);
    assert!(position("s3:HeadBucket") < position("s3:PutObject"));
    let last = requests.iter().rposition(|request| request.operation == "s3:HeadObject");
    assert!(last > position("s3:DeleteObject"), "it looks whether the object is gone");
}

#[test]
fn an_object_that_lies_there_is_neither_overwritten_nor_deleted() {
    for metadata in [&[][..], &[("stc-check", "0.1.0"), ("stc-check-run", "another")][..]] {
        let fake = FakeAws::start();
        fake.place_object("\"theirs\"", metadata);
        let outcome = check(&fake, &[]);
        assert_eq!(outcome.status("probe.leftover"), "warn", "{}", outcome.stderr);
        assert_ne!(outcome.status("probe.upload"), "pass");
        assert_ne!(outcome.status("probe.upload"), "fail", "{}", outcome.check("probe.upload"));
        assert_eq!(fake.object().expect("it still lies there").etag, "\"theirs\"");
        assert_eq!(fake.count("s3:DeleteObject"), 0);
        let said = outcome.check("probe.leftover").to_string();
        assert!(said.contains("2026-11-23T18:00:00Z") && said.contains("d00d"), "age and owner: {said}");
    }
}

#[test]
fn an_object_that_came_in_place_of_ours_is_not_deleted() {
    for conditional in [true, false] {
        let fake = FakeAws::start();
        if !conditional {
            fake.refuse_conditional_deletes();
        }
        fake.replace_after_upload("\"theirs\"");
        let outcome = check(&fake, &[]);
        assert_eq!(fake.object().expect("theirs stays").etag, "\"theirs\"", "conditional: {conditional}");
        assert_ne!(outcome.status("probe.delete"), "pass", "{}", outcome.check("probe.delete"));
    }
}

#[test]
fn where_conditional_deletes_are_refused_it_looks_first() {
    for refusal in [None, Some(Fault::Error(403, "AccessDenied"))] {
        let fake = FakeAws::start();
        match refusal {
            None => fake.refuse_conditional_deletes(),
            Some(fault) => fake.fail_times("s3:DeleteObject", fault, 1),
        }
        let outcome = check(&fake, &[]);
        assert_eq!(of_probe(&outcome), ["pass"; 4], "{}", outcome.stderr);
        assert_eq!(fake.object(), None);
        let deletes: Vec<_> =
            fake.requests().into_iter().filter(|request| request.operation == "s3:DeleteObject").collect();
        assert_eq!(deletes.len(), 2);
        assert!(!deletes[1].headers.contains_key("if-match"));
    }
}

#[test]
fn a_refused_upload_leaves_nothing() {
    for (status, code, wanted, exit) in [
        (403, "AccessDenied", "unknown", 3),
        (400, "KMS.DisabledException", "fail", 1),
        (403, "AllAccessDisabled", "fail", 1),
    ] {
        let fake = FakeAws::start();
        fake.fail("s3:PutObject", Fault::Error(status, code));
        let outcome = check(&fake, &[]);
        assert_eq!(outcome.status("probe.upload"), wanted, "{}", outcome.check("probe.upload"));
        assert!(outcome.check("probe.upload").to_string().contains(code));
        assert_eq!(fake.count("s3:DeleteObject"), 0);
        assert_eq!(outcome.code, Some(exit), "{code}");
    }
}

#[test]
fn a_refused_delete_says_how_to_remove_what_is_left() {
    let fake = FakeAws::start();
    fake.fail("s3:DeleteObject", Fault::Error(403, "AccessDenied"));
    let outcome = check(&fake, &[]);
    assert_eq!(outcome.status("probe.upload"), "pass");
    assert_eq!(outcome.status("probe.delete"), "unknown", "a bare refusal does not say who refused");
    let said = format!("{}{}", outcome.check("probe.delete"), outcome.stderr);
    assert!(said.contains("aws s3api delete-object --bucket acme-exports --key _ACCESS_CONFIRMATION"), "{said}");
    assert!(fake.object().is_some());
}

#[test]
fn what_is_not_judged_is_not_done() {
    for (arguments, uploads) in [
        (&["--only", "policy.put-object"][..], 0),
        (&["--skip", "probe.upload=the bucket is written to by others"][..], 0),
        (&["--only", "probe.delete"][..], 1),
        (&["--skip", "probe.delete=the bucket keeps everything"][..], 1),
    ] {
        let fake = FakeAws::start();
        let outcome = check(&fake, arguments);
        assert_eq!(fake.count("s3:PutObject"), uploads, "{arguments:?}: {}", outcome.stderr);
        assert_eq!(fake.count("s3:DeleteObject"), uploads, "the probe is whole or not at all: {arguments:?}");
    }
}

#[test]
fn nothing_is_written_where_the_caller_is_not_of_the_owners_account() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketPolicy", Fault::Error(405, "MethodNotAllowed"));
    let outcome = check(&fake, &[]);
    assert_eq!(of_probe(&outcome), ["unknown"; 4], "{}", outcome.stderr);
    assert_eq!(fake.count("s3:PutObject"), 0);
    let said = outcome.check("probe.upload").to_string();
    assert!(said.contains("--expected-bucket-owner"), "{said}");
    let named = check(&fake, &["--expected-bucket-owner", "444455556666"]);
    assert_eq!(of_probe(&named), ["pass"; 4], "whoever names the owner may write there: {}", named.stderr);
}

#[test]
fn uploads_and_deletes_expect_the_callers_account_to_own_the_bucket_and_carry_a_checksum() {
    let fake = FakeAws::start();
    check(&fake, &["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider"]);
    for request in fake.requests() {
        let writes = matches!(request.operation.as_str(), "s3:PutObject" | "s3:DeleteObject");
        if writes {
            assert_eq!(
                request.headers["x-amz-expected-bucket-owner"],
                crate::fake_aws::ACCOUNT,
                "{}",
                request.operation
            );
        }
    }
    let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", &fake.url()]);
    let output = command.env("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0));
    let puts: Vec<_> = fake.requests().into_iter().filter(|request| request.operation == "s3:PutObject").collect();
    assert_eq!(puts.len(), 2);
    for put in puts {
        let by_header = put.headers.contains_key("x-amz-checksum-crc32");
        let by_trailer = put.headers.get("x-amz-trailer").is_some_and(|names| names == "x-amz-checksum-crc32");
        assert!(by_header || by_trailer, "{:?}", put.headers);
    }
}

#[test]
fn what_a_retention_keeps_is_removed_without_its_version() {
    let retention = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
                     <Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    let fake = FakeAws::start();
    fake.answer("s3:GetObjectLockConfiguration", retention);
    fake.fail("s3:DeleteObject", Fault::Error(403, "AccessDenied"));
    let outcome = check(&fake, &[]);
    let said = format!("{}{}", outcome.check("probe.delete"), outcome.stderr);
    assert!(said.contains("aws s3api delete-object") && !said.contains("--version-id"), "{said}");
}

#[test]
fn an_upload_whose_answer_is_lost_is_found_and_removed() {
    // Once, and the repeated request meets our own object; for ever, and only a look tells.
    for times in [1, usize::MAX] {
        let fake = FakeAws::start();
        fake.fail_times("s3:PutObject", Fault::ResetAfterwards, times);
        let outcome = check(&fake, &[]);
        assert_eq!(fake.object(), None, "{times}");
        assert_eq!(outcome.status("probe.upload"), "pass", "{times}: {}", outcome.check("probe.upload"));
        assert_eq!(outcome.status("probe.leftover"), "pass", "our own object is no leftover");
        assert_eq!(outcome.status("probe.delete"), "pass", "{}", outcome.check("probe.delete"));
    }
}

#[test]
fn a_delete_whose_answer_is_lost_is_looked_after() {
    for (conditional, times) in [(true, 1), (true, usize::MAX), (false, 1)] {
        let fake = FakeAws::start();
        if !conditional {
            fake.refuse_conditional_deletes();
        }
        fake.fail_times("s3:DeleteObject", Fault::ResetAfterwards, times);
        let outcome = check(&fake, &[]);
        assert_eq!(fake.object(), None, "conditional: {conditional}, {times}");
        assert_eq!(outcome.status("probe.delete"), "pass", "{}", outcome.check("probe.delete"));
    }
}

#[test]
fn a_conflict_is_tried_again() {
    let fake = FakeAws::start();
    fake.fail_times("s3:PutObject", Fault::Error(409, "ConditionalRequestConflict"), 2);
    let outcome = check(&fake, &[]);
    assert_eq!(of_probe(&outcome), ["pass"; 4], "{}", outcome.stderr);
}

#[test]
fn who_may_not_read_objects_sees_them_in_the_list() {
    let fake = FakeAws::start();
    fake.fail("s3:HeadObject", Fault::Error(403, "AccessDenied"));
    let outcome = check(&fake, &[]);
    assert_eq!(of_probe(&outcome), ["pass"; 4], "{}", outcome.stderr);
    assert_eq!(fake.object(), None);
}

#[test]
fn the_role_uploads_and_deletes_and_the_caller_looks() {
    let fake = FakeAws::start();
    let outcome = check(
        &fake,
        &["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider", "--external-id", "shared-secret"],
    );
    assert_eq!(of_probe(&outcome), ["pass"; 4], "{}", outcome.stderr);
    let requests = fake.requests();
    let assume = requests.iter().find(|request| request.operation == "sts:AssumeRole").expect("the role is assumed");
    assert!(assume.body.contains("ExternalId=shared-secret"));
    for request in &requests {
        let by_role = request.headers["authorization"].contains("ASIAROLE/");
        let writes = matches!(request.operation.as_str(), "s3:PutObject" | "s3:DeleteObject");
        assert_eq!(by_role, writes, "{}", request.operation);
    }
    assert!(!outcome.report.to_string().contains("role-secret"));
}

#[test]
fn a_role_that_cannot_be_assumed_leaves_the_probe_unknown() {
    let fake = FakeAws::start();
    fake.fail("sts:AssumeRole", Fault::Error(403, "AccessDenied"));
    let outcome = check(&fake, &["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider"]);
    assert_eq!(outcome.status("probe.upload"), "unknown", "{}", outcome.check("probe.upload"));
    assert_eq!(fake.count("s3:PutObject"), 0);
}

#[test]
fn a_multipart_upload_is_completed_and_removed_or_aborted() {
    let fake = FakeAws::start();
    let outcome = check(&fake, &["--probe-multipart"]);
    assert_eq!(fake.count("s3:CompleteMultipartUpload"), 1, "{}", outcome.stderr);
    assert_eq!((fake.object(), fake.open_uploads()), (None, 0));
    for step in ["s3:UploadPart", "s3:CompleteMultipartUpload"] {
        for fault in [Fault::Error(403, "AccessDenied"), Fault::Error(500, "InternalError"), Fault::ResetAfterwards] {
            let fake = FakeAws::start();
            fake.fail(step, fault.clone());
            check(&fake, &["--probe-multipart"]);
            assert_eq!((fake.object(), fake.open_uploads()), (None, 0), "{step} {fault:?}");
        }
    }
}

/// Starts a run, and waits until the fake has received a request of this operation.
#[cfg(unix)]
fn run_until(fake: &FakeAws, step: &str) -> std::process::Child {
    let url = fake.url();
    let child = stc_check(&["--bucket", BUCKET, "--endpoint-url", &url, "--probe-multipart"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    while fake.count(step) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child
}

#[cfg(unix)]
fn send(signal: &str, child: &std::process::Child) {
    let sent = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// Every step of a run, in order.
#[cfg(unix)]
const STEPS: [&str; 9] = [
    "s3:HeadBucket",
    "s3:GetBucketPolicy",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:HeadObject",
    "s3:CreateMultipartUpload",
    "s3:UploadPart",
    "s3:CompleteMultipartUpload",
    "kms:DescribeKey",
];

#[cfg(unix)]
#[test]
fn a_signal_at_any_step_leaves_the_bucket_as_it_was() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        for step in STEPS {
            let fake = FakeAws::start();
            fake.fail_times(step, Fault::Late(std::time::Duration::from_millis(400)), 1);
            let child = run_until(&fake, step);
            send(signal, &child);
            let output = child.wait_with_output().expect("it ends");
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{signal} during {step}: {stderr}");
            assert_eq!((fake.object(), fake.open_uploads()), (None, 0), "{signal} during {step}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_hangup_that_is_to_be_ignored_is() {
    let fake = FakeAws::start();
    fake.fail_times("s3:PutObject", Fault::Late(std::time::Duration::from_millis(600)), 1);
    let url = fake.url();
    let script = format!("trap '' HUP; exec \"$0\" --bucket {BUCKET} --endpoint-url {url}");
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_stc-check")]).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    let child = command.stdout(std::process::Stdio::null()).spawn().expect("sh runs");
    while fake.count("s3:PutObject") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    send("HUP", &child);
    assert_eq!(child.wait_with_output().expect("it ends").status.code(), Some(0));
}

#[test]
fn success_that_is_none_is_unknown() {
    for operation in ["s3:PutObject", "s3:DeleteObject"] {
        let fake = FakeAws::start();
        fake.fail(operation, Fault::Answer(200, "text/html", "<html>Please sign in</html>".to_owned()));
        let outcome = check(&fake, &[]);
        let id = if operation == "s3:PutObject" { "probe.upload" } else { "probe.delete" };
        assert_eq!(outcome.status(id), "unknown", "{}", outcome.check(id));
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_the_run_at_once_and_says_what_is_left() {
    let fake = FakeAws::start();
    fake.fail("s3:DeleteObject", Fault::Silence);
    let child = run_until(&fake, "s3:DeleteObject");
    send("INT", &child);
    std::thread::sleep(std::time::Duration::from_millis(300));
    let begun = std::time::Instant::now();
    send("INT", &child);
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("aws s3api delete-object --bucket acme-exports --key _ACCESS_CONFIRMATION"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn what_hangs_in_the_clean_up_holds_up_the_end_only_so_long() {
    use std::time::{Duration, Instant};
    // The upload succeeds, and nothing answers any more: neither the delete nor any look.
    let hanging = || {
        let fake = FakeAws::start();
        for operation in ["s3:DeleteObject", "s3:ListObjectsV2"] {
            fake.fail(operation, Fault::Silence);
        }
        // The first look, before the upload, sees that the key is free.
        fake.fail_after("s3:HeadObject", 1, Fault::Silence);
        fake
    };
    let url_of =
        |fake: &FakeAws| ["--bucket", BUCKET, "--endpoint-url"].map(str::to_owned).into_iter().chain([fake.url()]);
    for signal in [None, Some("TERM")] {
        let fake = hanging();
        let arguments: Vec<String> = url_of(&fake).collect();
        let mut command = stc_check(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        if signal.is_none() {
            command.args(["--timeout", "2s"]);
        }
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut begun = Instant::now();
        let child = command.spawn().expect("the binary runs");
        if let Some(signal) = signal {
            while fake.count("s3:DeleteObject") == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
            begun = Instant::now();
            send(signal, &child);
        }
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(begun.elapsed() < Duration::from_secs(9), "{signal:?}: {:?}: {stderr}", begun.elapsed());
        assert_eq!(output.status.code(), Some(if signal.is_some() { 143 } else { 3 }), "{stderr}");
        assert!(stderr.contains("aws s3api delete-object"), "{signal:?}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn an_upload_that_is_still_under_way_at_the_end_is_not_said_to_be_gone() {
    use std::time::Duration;
    for signal in [None, Some("INT")] {
        let fake = FakeAws::start();
        fake.fail("s3:PutObject", Fault::Late(Duration::from_secs(9)));
        let url = fake.url();
        let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", &url]);
        if signal.is_none() {
            command.args(["--timeout", "2s"]);
        }
        let child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn();
        let child = child.expect("the binary runs");
        while fake.count("s3:PutObject") == 0 {
            std::thread::sleep(Duration::from_millis(2));
        }
        if let Some(signal) = signal {
            send(signal, &child);
        }
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("may lie") && stderr.contains("aws s3api delete-object"), "{signal:?}: {stderr}");
    }
}

#[cfg(unix)]
#[test]
fn the_next_run_knows_the_object_of_a_run_that_was_killed() {
    for step in STEPS {
        let fake = FakeAws::start();
        fake.fail_times(step, Fault::Late(std::time::Duration::from_millis(400)), 1);
        let mut child = run_until(&fake, step);
        child.kill().expect("killed");
        child.wait().expect("it ends");
        std::thread::sleep(std::time::Duration::from_millis(450));
        let (left, uploads) = (fake.object(), fake.open_uploads());
        if uploads > 0 {
            let outcome = check(&fake, &["--probe-multipart"]);
            assert!(outcome.stderr.contains("aws s3api abort-multipart-upload"), "{step}: {}", outcome.stderr);
            assert_eq!(fake.open_uploads(), uploads, "it may be another run's that is under way");
        }
        let outcome = check(&fake, &[]);
        let leftover = outcome.check("probe.leftover");
        let said = leftover.to_string();
        if left.is_some() {
            assert_eq!(leftover["status"], "warn", "{step}");
            assert!(said.contains("stc-check") && !said.contains("refuses the delete"), "{step}: {said}");
            let remove = format!("--key _ACCESS_CONFIRMATION --region us-east-1 --endpoint-url {}", fake.url());
            assert!(said.contains("aws s3api delete-object") && said.contains(&remove), "{step}: {said}");
            assert_eq!(fake.object(), left, "it may be another run's that is under way");
        } else {
            assert_eq!(leftover["status"], "pass", "{step}: {said}");
        }
    }
}

#[test]
fn nothing_is_written_where_head_bucket_has_not_answered() {
    for fault in [Fault::Reset, Fault::Error(500, "InternalError"), Fault::Error(404, "NotFound")] {
        let fake = FakeAws::start();
        fake.fail("s3:HeadBucket", fault.clone());
        let outcome = check(&fake, &[]);
        assert_eq!(fake.count("s3:PutObject"), 0, "{fault:?}");
        assert_ne!(outcome.status("probe.upload"), "pass", "{fault:?}");
    }
}
