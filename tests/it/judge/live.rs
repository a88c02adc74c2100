//! What the probe and the plain-HTTP request came to, step by step, and the statuses that follow.

use std::fmt::Write;

use stc_check::report::Report;
use stc_check::snapshot::observations::{
    DataFile, Deleted, Leftover, Live, Look, PlainHttp, Probe, Step, TableSeen, Uploaded,
};
use stc_check::snapshot::{Operation, ReadFailure};

use stc_check::vendor::DataExpectation;

use super::fixture::{self, Fixture};
use super::{find, status};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER_KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/99999999-9999-9999-9999-999999999999";

pub(super) struct LiveCase {
    pub(super) name: &'static str,
    fixture: Fixture,
    live: Live,
    expect: Vec<(&'static str, &'static str)>,
}

impl LiveCase {
    pub(super) fn judge(&self) -> Report {
        self.fixture.judge_with(Some(&self.live))
    }

    fn on(mut self, fixture: &str) -> Self {
        self.fixture = fixture::named(fixture);
        self
    }
}

fn failure(operation: Operation, code: &str, message: &str) -> ReadFailure {
    ReadFailure { operation, code: code.to_owned(), message: message.to_owned(), status: None, request_id: None }
}

fn failed<T>(operation: Operation, code: &str, message: &str) -> Step<T> {
    Step::Failed(failure(operation, code, message))
}

fn uploaded(algorithm: Option<&str>, key: Option<&str>) -> Uploaded {
    Uploaded {
        etag: Some("\"5d41402abc4b2a76b9719d911017c592\"".to_owned()),
        version_id: Some("3HL4kqtJvjVBH40Nrjfkd".to_owned()),
        algorithm: algorithm.map(str::to_owned),
        kms_key: key.map(str::to_owned),
        bucket_key: key.map(|_| true),
    }
}

fn probe() -> Probe {
    Probe {
        role: None,
        leftover: Step::Done(None),
        upload: Step::Done(uploaded(Some("aws:kms"), Some(KEY))),
        delete: Step::Done(Deleted { delete_marker: true, version_id: Some("marker".to_owned()) }),
        gone: Step::Done(true),
        multipart: None,
    }
}

/// A refused request over plain HTTP, and what its twin over TLS came to.
fn over_http(message: &str, tls: Result<(), ReadFailure>) -> PlainHttp {
    PlainHttp { plain: Err(failure(Operation::ListObjectsV2, "AccessDenied", message)), tls }
}

/// AWS's sentence about an action that was refused for this reason.
fn reason(action: &str, reason: &str) -> String {
    format!(
        "User: arn:aws:iam::111122223333:user/ops is not authorized to perform: {action} on resource: \"r\" {reason}"
    )
}

fn live() -> Live {
    Live {
        endpoint_override: None,
        aws_options: ["--region", "us-east-1", "--profile", "exports"].map(str::to_owned).to_vec(),
        owner_confirmed: Step::NotTried("no account was named with --expected-bucket-owner".to_owned()),
        plain_http: Step::Done(over_http("Access Denied", Ok(()))),
        probe: Step::Done(probe()),
        look: None,
        interrupted: false,
    }
}

fn case(name: &'static str, live: Live, expect: &[(&'static str, &'static str)]) -> LiveCase {
    LiveCase { name, fixture: fixture::named("joint"), live, expect: expect.to_vec() }
}

fn probing(name: &'static str, probe: Probe, expect: &[(&'static str, &'static str)]) -> LiveCase {
    case(name, Live { probe: Step::Done(probe), ..live() }, expect)
}

/// An upload that failed, and nothing after it: what cannot be seen then is unknown, or skipped with the upload.
fn refused(name: &'static str, code: &str, message: &str, outcome: &'static str) -> LiveCase {
    let nothing = || "the upload failed".to_owned();
    let probe = Probe {
        upload: failed(Operation::PutObject, code, message),
        delete: Step::NotTried(nothing()),
        gone: Step::NotTried(nothing()),
        ..probe()
    };
    let rest = if outcome == "skip" { "skip" } else { "unknown" };
    probing(name, probe, &[("probe.upload", outcome), ("probe.encrypted", rest), ("probe.delete", rest)])
}

fn undeleted(name: &'static str, code: &str, message: &str, outcome: &'static str) -> LiveCase {
    let probe = Probe {
        delete: failed(Operation::DeleteObject, code, message),
        gone: Step::NotTried("the delete failed".to_owned()),
        ..probe()
    };
    probing(name, probe, &[("probe.upload", "pass"), ("probe.encrypted", "pass"), ("probe.delete", outcome)])
}

const ALL_WELL: [(&str, &str); 6] = [
    ("transport.tls", "pass"),
    ("transport.http-denied", "pass"),
    ("probe.leftover", "pass"),
    ("probe.upload", "pass"),
    ("probe.encrypted", "pass"),
    ("probe.delete", "pass"),
];

/// What a look at the data comes to.
fn data() -> Vec<LiveCase> {
    let look = |age: i64, key: &str| {
        let at: jiff::Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let modified = at.checked_sub(jiff::SignedDuration::from_mins(age)).unwrap();
        let file = DataFile { key: "campaign/dt=20261123/hr=17/client_id=3386/x.csv".to_owned(), modified, size: 812 };
        let table = TableSeen { name: "campaign".to_owned(), newest: Some(file), ..TableSeen::default() };
        let encryption = Some(Ok(uploaded(Some("aws:kms"), Some(key))));
        Look { at, tables: vec![table], failures: Vec::new(), bound: None, newest_encryption: encryption }
    };
    let empty = || Look { tables: Vec::new(), newest_encryption: None, ..look(0, KEY) };
    let looked = |name, look, expect: &[(&'static str, &'static str)]| {
        let mut case = case(name, Live { look: Some(look), ..live() }, expect);
        case.fixture.connection.data = Some(DataExpectation::default());
        case
    };
    let event = serde_json::json!({
        "userIdentity": {"accountId": "099647660399", "principalId": "AROAEXAMPLE:x"},
        "requestParameters": {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::acme-exports"}},
        "resources": [{"ARN": KEY}],
    });
    let events = serde_json::json!({"Events": [{
        "EventId": "e-1", "EventTime": "2026-11-23T17:40:00Z", "EventName": "GenerateDataKey",
        "CloudTrailEvent": event.to_string(),
    }]});
    let mut seen = looked("Sailthru used the key", look(20, KEY), &[("vendor.seen", "pass")]);
    seen.fixture = seen.fixture.with_answer("cloudtrail:LookupEvents", Some(events));
    let opt_in = |name, look, expect: &[(&'static str, &'static str)]| {
        let mut case = case(name, Live { look: Some(look), ..live() }, expect).on("joint-sse-s3");
        case.fixture.connection.data = Some(DataExpectation::default());
        case.fixture.document["region"] = "af-south-1".into();
        case.fixture.document["operations"]["s3:HeadBucket"]["BucketRegion"] = "af-south-1".into();
        case
    };
    vec![
        opt_in(
            "data in a Region to be enabled",
            look(20, KEY),
            &[("data.flowing", "pass"), ("bucket.region-enabled", "pass")],
        ),
        opt_in(
            "old data in a Region to be enabled",
            look(600, KEY),
            &[("data.flowing", "fail"), ("bucket.region-enabled", "warn")],
        ),
        looked("data flows", look(20, KEY), &[("data.flowing", "pass"), ("data.encrypted", "pass")]),
        looked("data stalled", look(600, KEY), &[("data.flowing", "fail"), ("data.encrypted", "pass")]),
        looked("data under another key", look(20, OTHER_KEY), &[("data.flowing", "pass"), ("data.encrypted", "warn")]),
        looked(
            "no data yet",
            empty(),
            &[("data.flowing", "unknown"), ("data.encrypted", "unknown"), ("vendor.seen", "unknown")],
        ),
        seen,
    ]
}

pub(super) fn cases() -> Vec<LiveCase> {
    let mut cases = vec![case("all is well", live(), &ALL_WELL)];
    cases.extend(transport());
    cases.extend(owners());
    cases.extend(without_a_probe());
    cases.extend(leftovers());
    cases.extend(uploads());
    cases.extend(encryption());
    cases.extend(deletes());
    cases.extend(data());
    cases
}

fn transport() -> Vec<LiveCase> {
    let endpoint = |url: &str| Live { endpoint_override: Some(url.to_owned()), ..live() };
    let answered = Live { plain_http: Step::Done(PlainHttp { plain: Ok(()), tls: Ok(()) }), ..live() };
    let because =
        |why: &str, tls| Live { plain_http: Step::Done(over_http(&reason("s3:ListBucket", why), tls)), ..live() };
    let denied = || Err(failure(Operation::ListObjectsV2, "AccessDenied", "Access Denied"));
    let by_policy = || because("with an explicit deny in a resource-based policy", Ok(()));
    let untried = Live { plain_http: Step::NotTried("the region is not known".to_owned()), ..live() };
    let silent = Live { plain_http: failed(Operation::ListObjectsV2, ReadFailure::TIMED_OUT, ""), ..live() };
    vec![
        case(
            "plain endpoint",
            endpoint("HTTP://127.0.0.1:4566"),
            &[("transport.tls", "skip"), ("transport.http-denied", "skip"), ("probe.upload", "pass")],
        ),
        case(
            "other endpoint over TLS",
            endpoint("https://localhost:4566"),
            &[("transport.tls", "pass"), ("transport.http-denied", "skip")],
        ),
        case("plain HTTP answered", answered.clone(), &[("transport.http-denied", "fail")]),
        case("plain HTTP answered, advice only", answered, &[("transport.http-denied", "warn")])
            .on("data-exporter-sse-kms"),
        case("plain HTTP without an answer", silent, &[("transport.http-denied", "unknown")]),
        case("HTTP refused by the bucket policy", by_policy(), &[("transport.http-denied", "pass")]),
        case("HTTP refused by the bucket policy to you alone", by_policy(), &[("transport.http-denied", "fail")])
            .on("policy-without-tls"),
        case(
            "HTTP refused by a resource control policy",
            because("with an explicit deny in a resource control policy", Ok(())),
            &[("transport.http-denied", "pass")],
        ),
        case(
            "HTTP refused by a service control policy",
            because("with an explicit deny in a service control policy", Ok(())),
            &[("transport.http-denied", "unknown")],
        ),
        case(
            "HTTP refused by your own policies",
            because("because no identity-based policy allows the s3:ListBucket action", Ok(())),
            &[("transport.http-denied", "unknown")],
        ),
        case(
            "HTTP refused by a VPC endpoint",
            because("because no VPC endpoint policy allows the s3:ListBucket action", Ok(())),
            &[("transport.http-denied", "unknown")],
        ),
        case(
            "HTTPS refused as well",
            Live { plain_http: Step::Done(over_http("Access Denied", denied())), ..live() },
            &[("transport.tls", "pass"), ("transport.http-denied", "unknown")],
        ),
        case(
            "region unknown, HTTP not tried",
            untried,
            &[("transport.tls", "pass"), ("transport.http-denied", "unknown")],
        )
        .on("bucket-region-unknown"),
        case("no answer at all", live(), &[("transport.tls", "unknown"), ("transport.http-denied", "unknown")])
            .on("bucket-timed-out"),
    ]
}

fn owners() -> Vec<LiveCase> {
    let confirmed = |yes| Live { owner_confirmed: Step::Done(yes), ..live() };
    let emulated = Live { endpoint_override: Some("http://127.0.0.1:4566".to_owned()), ..confirmed(true) };
    vec![
        case("owner confirmed", confirmed(true), &[("bucket.owner", "pass")]).on("owner-asked-by-a-stranger"),
        case("owner refused", confirmed(false), &[("bucket.owner", "fail")]).on("owner-asked-by-a-stranger"),
        case("owner refused to one who may not ask", confirmed(false), &[("bucket.owner", "unknown")])
            .on("owner-asked-by-a-stranger-without-rights"),
        case("owner confirmed by an emulator", emulated, &[("bucket.owner", "unknown")])
            .on("owner-asked-by-a-stranger"),
        case("owner read before it was confirmed", confirmed(true), &[("bucket.owner", "fail")])
            .on("owner-another-account"),
    ]
}

fn without_a_probe() -> Vec<LiveCase> {
    let all = |outcome| {
        [
            ("probe.leftover", outcome),
            ("probe.upload", outcome),
            ("probe.encrypted", outcome),
            ("probe.delete", outcome),
        ]
    };
    let unwanted = Live { probe: Step::NotTried("--no-probe was given".to_owned()), ..live() };
    let prevented = Live { probe: failed(Operation::AssumeRole, "AccessDenied", "not authorized"), ..live() };
    vec![
        case("probe not wanted", unwanted.clone(), &all("skip")),
        case("probe not reached", unwanted, &all("unknown")).on("bucket-timed-out"),
        case("role not assumed", prevented, &all("unknown")),
    ]
}

fn leftovers() -> Vec<LiveCase> {
    let lies_there = |ours| {
        let leftover = Leftover {
            last_modified: Some("2026-11-20T08:00:00Z".to_owned()),
            etag: Some("\"abc\"".to_owned()),
            version_id: Some("null".to_owned()),
            written_by_stc_check: ours,
            owner: None,
        };
        let untried = || "another object is already there".to_owned();
        Probe {
            leftover: Step::Done(Some(leftover)),
            upload: Step::NotTried(untried()),
            delete: Step::NotTried(untried()),
            gone: Step::NotTried(untried()),
            ..probe()
        }
    };
    let expect = [
        ("probe.leftover", "warn"),
        ("probe.upload", "unknown"),
        ("probe.encrypted", "unknown"),
        ("probe.delete", "unknown"),
    ];
    let unseen = Probe { leftover: failed(Operation::HeadObject, "403", "Forbidden"), ..probe() };
    vec![
        probing("somebody's object lies there", lies_there(false), &expect),
        probing("our own object lies there", lies_there(true), &expect),
        probing("the place could not be looked at", unseen, &[("probe.leftover", "unknown"), ("probe.upload", "pass")]),
    ]
}

fn uploads() -> Vec<LiveCase> {
    let parts = Probe { multipart: Some(failed(Operation::UploadPart, "AccessDenied", "Access Denied")), ..probe() };
    let whole = Probe { multipart: Some(Step::Done(uploaded(Some("aws:kms"), Some(KEY)))), ..probe() };
    let nothing = Probe { multipart: Some(Step::not_tried("the key is not free")), ..probe() };
    let put = |name, why: &str, outcome| refused(name, "AccessDenied", &reason("s3:PutObject", why), outcome);
    let by_key = |name, why: &str, outcome| refused(name, "AccessDenied", &reason("kms:GenerateDataKey", why), outcome);
    let by_policy = "with an explicit deny in a resource-based policy";
    let foreign = "because the resource does not exist in this Region, no resource-based policies allow access, or a \
                   resource-based policy explicitly denies access";
    vec![
        refused("upload denied without a reason", "AccessDenied", "Access Denied", "unknown"),
        refused("upload denied to another account", "AccessDenied", "Access Denied", "unknown")
            .on("owner-asked-by-a-stranger"),
        put("upload denied to you alone", by_policy, "skip"),
        put("upload denied to Sailthru too", by_policy, "fail").on("policy-for-our-endpoint-only"),
        put("upload denied, perhaps to Sailthru too", by_policy, "fail").on("policy-for-some-addresses"),
        put("upload denied while the policy is public", by_policy, "fail").on("policy-public"),
        put("upload not allowed to you", "because no resource-based policy allows the s3:PutObject action", "skip"),
        put(
            "upload denied by your own policies",
            "because no identity-based policy allows the s3:PutObject action",
            "unknown",
        ),
        put("upload denied by a Deny of yours", "with an explicit deny in an identity-based policy", "unknown"),
        put(
            "upload denied by your boundary",
            "because no permissions boundary allows the s3:PutObject action",
            "unknown",
        ),
        put("upload denied by your session", "with an explicit deny in a session policy", "unknown"),
        put(
            "upload denied by a service control policy",
            "with an explicit deny in a service control policy",
            "unknown",
        ),
        put(
            "upload denied by a VPC endpoint",
            "because no VPC endpoint policy allows the s3:PutObject action",
            "unknown",
        ),
        put(
            "upload denied by a resource control policy",
            "with an explicit deny in a resource control policy",
            "unknown",
        ),
        put(
            "upload denied by a resource control policy that was given, and denies Sailthru",
            "with an explicit deny in a resource control policy",
            "fail",
        )
        .on("organization-rcp-for-our-organization-only"),
        put(
            "upload denied by a resource control policy, and the one that was given exempts Sailthru",
            "with an explicit deny in a resource control policy",
            "skip",
        )
        .on("organization-rcp-that-exempts-the-vendor"),
        by_key("key denied to you alone", by_policy, "skip"),
        by_key("key denied to Sailthru too", by_policy, "fail").on("key-policy-without-the-vendor"),
        by_key("key of another account", foreign, "skip"),
        by_key("key of another account, for Sailthru too", foreign, "fail").on("key-policy-without-the-vendor"),
        by_key("key of another account, unread", foreign, "unknown").on("key-of-another-account"),
        refused("key disabled", "KMS.DisabledException", "the key is disabled.", "fail"),
        refused("key missing", "KMS.NotFoundException", "Invalid keyId", "fail"),
        refused("key being deleted", "KMS.KMSInvalidStateException", "the key is pending deletion.", "fail"),
        refused("key unheard of", "KMS.SomethingNewException", "", "fail"),
        refused("key throttled", "KMS.ThrottlingException", "Rate exceeded", "unknown"),
        refused("bucket shut by AWS", "AllAccessDisabled", "All access to this object has been disabled", "fail"),
        refused("slow down", "SlowDown", "Please reduce your request rate.", "unknown"),
        refused("timed out", ReadFailure::TIMED_OUT, "", "unknown"),
        refused("expired", "ExpiredToken", "The provided token has expired.", "unknown"),
        refused("internal", "InternalError", "We encountered an internal error.", "unknown"),
        refused("occupied meanwhile", "PreconditionFailed", "", "unknown"),
        refused("conflict", "ConditionalRequestConflict", "The conditional request cannot succeed", "unknown"),
        probing("parts denied", parts, &[("probe.upload", "unknown")]),
        probing("parts uploaded", whole, &[("probe.upload", "pass"), ("probe.encrypted", "pass")]),
        probing("parts came to nothing", nothing, &[("probe.upload", "unknown"), ("probe.encrypted", "pass")]),
    ]
}

fn encryption() -> Vec<LiveCase> {
    let came_out = |name, algorithm, key, outcome| {
        let probe = Probe { upload: Step::Done(uploaded(algorithm, key)), ..probe() };
        probing(name, probe, &[("probe.upload", "pass"), ("probe.encrypted", outcome)])
    };
    let emulated = |algorithm| {
        let mut case = came_out("emulator", algorithm, None, "skip").on("joint-sse-s3");
        case.live.endpoint_override = Some("http://127.0.0.1:4566".to_owned());
        case
    };
    vec![
        came_out("under another key", Some("aws:kms"), Some(OTHER_KEY), "fail"),
        came_out("under another key than was agreed", Some("aws:kms"), Some(KEY), "fail").on("key-not-the-agreed-one"),
        came_out("with another algorithm", Some("AES256"), None, "fail"),
        came_out("key unsaid", Some("aws:kms"), None, "unknown"),
        came_out("algorithm unsaid", None, None, "unknown"),
        came_out("SSE-S3", Some("AES256"), None, "pass").on("joint-sse-s3"),
        came_out("SSE-S3 unsaid", None, None, "unknown").on("joint-sse-s3"),
        came_out("KMS where SSE-S3 was set", Some("aws:kms"), Some(KEY), "fail").on("joint-sse-s3"),
        came_out("DSSE-KMS", Some("aws:kms:dsse"), Some(KEY), "pass").on("joint-dsse-kms"),
        came_out("by bare id", Some("aws:kms"), Some(KEY), "pass").on("key-by-bare-id"),
        came_out("by bare id, undescribed", Some("aws:kms"), Some(KEY), "unknown").on("key-by-bare-id-undescribed"),
        came_out("alias in the ARN's place", Some("aws:kms"), Some("alias/exports"), "pass").on("key-by-bare-alias"),
        came_out("SSE-S3 where a key was agreed", Some("AES256"), None, "fail")
            .on("encryption-sse-s3-although-a-key-was-agreed"),
        came_out("no default", Some("AES256"), None, "skip").on("encryption-none"),
        emulated(None),
    ]
}

fn deletes() -> Vec<LiveCase> {
    let there = Probe { gone: Step::Done(false), ..probe() };
    let unseen = Probe { gone: failed(Operation::HeadObject, "SlowDown", ""), ..probe() };
    let refused_but_gone = Probe {
        delete: failed(Operation::DeleteObject, "AccessDenied", "Access Denied"),
        gone: Step::Done(true),
        ..probe()
    };
    let replaced = Probe {
        delete: Step::NotTried("another object has taken the place of ours and is left alone".to_owned()),
        ..probe()
    };
    let by_policy = reason("s3:DeleteObject", "with an explicit deny in a resource-based policy");
    let unlooked = Probe { gone: Step::NotTried("time was up".to_owned()), ..probe() };
    let untried = Probe { delete: Step::NotTried("time was up".to_owned()), ..unlooked.clone() };
    vec![
        undeleted("delete denied without a reason", "AccessDenied", "Access Denied", "unknown"),
        undeleted("delete denied to you alone", "AccessDenied", &by_policy, "skip"),
        undeleted("delete denied to Sailthru too", "AccessDenied", &by_policy, "fail")
            .on("policy-protects-against-deletion"),
        LiveCase {
            expect: vec![("probe.delete", "warn")],
            ..undeleted("delete denied, advice only", "AccessDenied", &by_policy, "").on("data-exporter-no-policy")
        },
        undeleted("delete not ours to do", "AccessDenied", "because no identity-based policy allows it", "unknown"),
        undeleted("delete timed out", ReadFailure::TIMED_OUT, "", "unknown"),
        undeleted("overtaken", "PreconditionFailed", "", "unknown"),
        probing("refused, but gone", refused_but_gone, &[("probe.delete", "unknown")]),
        probing("replaced by another's", replaced, &[("probe.delete", "unknown")]),
        probing("still there", there, &[("probe.delete", "fail")]),
        probing("not seen to be gone", unseen, &[("probe.delete", "unknown")]),
        probing("not looked", unlooked, &[("probe.delete", "unknown")]),
        probing("not deleted", untried, &[("probe.delete", "unknown")]),
    ]
}

#[test]
fn each_step_has_its_statuses() {
    for case in cases() {
        let report = case.judge();
        for (id, wanted) in &case.expect {
            assert_eq!(status(&report, id), *wanted, "{}: {}", case.name, super::render(find(&report, id)));
        }
    }
}

#[test]
fn every_live_case_as_it_reads() {
    let mut text = String::new();
    for case in cases() {
        writeln!(text, "== {}", case.name).unwrap();
        let report = case.judge();
        let shown = |id| ALL_WELL.iter().chain(&case.expect).any(|(other, _)| *other == id);
        text.extend(report.checks.iter().filter(|check| shown(check.id.as_str())).map(super::render));
    }
    insta::assert_snapshot!("live", text);
}

/// The owner's own upload must not pass for the vendor's.
#[test]
fn a_probe_says_as_whom_it_was_done() {
    let own = case("own", live(), &[]).judge();
    let message = &find(&own, "probe.upload").message;
    assert!(message.contains("arn:aws:sts::111122223333:assumed-role/operations/ops"), "{message}");
    assert!(message.contains("Sailthru"), "{message}");
    let role = "arn:aws:iam::444455556666:role/outsider";
    let outside = probing("outside", Probe { role: Some(role.to_owned()), ..probe() }, &[]).judge();
    assert!(find(&outside, "probe.upload").message.contains(role));
    let mut denied = refused("outside, denied", "AccessDenied", "Access Denied", "unknown");
    if let Step::Done(probe) = &mut denied.live.probe {
        probe.role = Some(role.to_owned());
    }
    let report = denied.judge();
    let message = &find(&report, "probe.upload").message;
    assert!(message.contains("a role of another account") && !message.contains("signed in"), "{message}");
}

/// What is left behind is named, with the command that removes it, whatever the status.
#[test]
fn what_the_probe_left_is_named_with_the_command_that_removes_it() {
    let command = "aws s3api delete-object --bucket acme-exports --key _ACCESS_CONFIRMATION --version-id \
                   3HL4kqtJvjVBH40Nrjfkd";
    for (code, message) in [
        ("AccessDenied", "Access Denied"),
        ("AccessDenied", "because no identity-based policy allows it"),
        (ReadFailure::TIMED_OUT, ""),
    ] {
        let report = undeleted("left", code, message, "").judge();
        let check = find(&report, "probe.delete");
        let commands = check.fix.as_ref().map(|fix| fix.commands.join("\n")).unwrap_or_default();
        assert!(format!("{}\n{commands}", check.message).contains(command), "{check:?}");
    }
}

/// Somebody else's object under the same key is never offered for removal.
#[test]
fn what_is_not_ours_is_not_offered_for_removal() {
    for case in deletes()
        .into_iter()
        .filter(|case| ["replaced by another's", "overtaken", "refused, but gone"].contains(&case.name))
    {
        let report = case.judge();
        let check = find(&report, "probe.delete");
        let commands = check.fix.as_ref().map(|fix| fix.commands.join("\n")).unwrap_or_default();
        assert!(!format!("{}\n{commands}", check.message).contains("delete-object"), "{}: {check:?}", case.name);
    }
}
