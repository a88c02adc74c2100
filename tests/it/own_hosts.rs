//! AWS at its own host names, over TLS and through a proxy: every situation of the table, FIPS and dual-stack endpoints,
//! bucket names with dots, and the request over plain HTTP.

use crate::collect::{Outcome, outcome, stc_check};
use crate::fake_aws::{FakeAws, Fault};
use crate::refused::{Row, envelope, rows, status_of_upload};
use crate::tls_proxy::TlsProxy;

const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
const DUAL_STACK: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");
/// The kinds of endpoints, and the host that each gives a bucket.
const KINDS: [(&[(&str, &str)], &str); 4] = [
    (&[], "acme-exports.s3.us-east-1.amazonaws.com"),
    (&[FIPS], "acme-exports.s3-fips.us-east-1.amazonaws.com"),
    (&[DUAL_STACK], "acme-exports.s3.dualstack.us-east-1.amazonaws.com"),
    (&[FIPS, DUAL_STACK], "acme-exports.s3-fips.dualstack.us-east-1.amazonaws.com"),
];
const DENIED: &str = "User: arn:aws:iam::111122223333:user/owner is not authorized to perform: s3:ListBucket on resource: \
                      \"arn:aws:s3:::acme-exports\" with an explicit deny in a ";

/// Checks a bucket at AWS's own hosts, which the fake answers for.
fn check(fake: &FakeAws, bucket: &str, environment: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let proxy = TlsProxy::start(fake);
    let mut command = stc_check(&["--bucket", bucket, "--format", "json"]);
    proxy.lead(&mut command);
    let output = command.envs(environment.iter().copied()).args(arguments).output().expect("the binary runs");
    outcome(&output, "")
}

fn refused_by(policy: &str) -> Fault {
    let message = format!("{DENIED}{policy}").replace('"', "&quot;");
    let body = format!("<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    Fault::Chunked(403, "application/xml", body)
}

#[test]
fn a_good_bucket_passes_at_every_kind_of_endpoint_and_under_every_name() {
    let of = |bucket: &'static str, host: &'static str| {
        move |kind: &[(&'static str, &'static str)]| (bucket, kind.to_vec(), host)
    };
    let dotted = [
        of("acme.exports", "s3.us-east-1.amazonaws.com")(&[]),
        of("acme.exports", "s3-fips.dualstack.us-east-1.amazonaws.com")(&[FIPS, DUAL_STACK]),
    ];
    for (bucket, kind, host) in KINDS.map(|(kind, host)| of("acme-exports", host)(kind)).into_iter().chain(dotted) {
        let fake = FakeAws::start();
        fake.fail_plain_http(refused_by("resource-based policy"));
        let outcome = check(&fake, bucket, &kind, &[]);
        let hosts: std::collections::BTreeSet<String> =
            fake.requests().iter().map(|request| request.headers["host"].clone()).collect();
        assert_eq!(outcome.code, Some(0), "{bucket} {kind:?} {hosts:?}: {:?} {}", outcome.statuses(), outcome.stderr);
        assert!(hosts.contains(host), "{hosts:?}");
        for id in ["transport.tls", "transport.http-denied", "probe.upload", "probe.delete"] {
            assert_eq!(outcome.status(id), "pass", "{bucket} {kind:?} {id}: {}", outcome.check(id));
        }
        // Only endpoints of the usual kind offer plain HTTP with the bucket's name in the path.
        let plain: Vec<_> = fake.requests().into_iter().filter(|request| request.plain).collect();
        assert!(!plain.is_empty(), "something was sent over plain HTTP");
        for request in plain {
            assert_eq!(
                (request.method.as_str(), request.headers["host"].as_str()),
                ("GET", "s3.us-east-1.amazonaws.com")
            );
        }
    }
}

#[test]
fn every_situation_of_the_table_is_told_alike_at_every_kind_of_endpoint() {
    let situations = rows("s3:PutObject").into_iter().chain(rows("s3:GetBucketPolicy"));
    let mut told = 0;
    for (number, Row { answer, cause }) in situations.enumerate() {
        let fake = FakeAws::start();
        let Fault::Answer(status, kind, body) = envelope(answer, false) else { panic!("an answer") };
        fake.fail(answer.operation, Fault::Chunked(status, kind, body));
        let (environment, _) = KINDS[number % KINDS.len()];
        let (id, status, arguments) = match answer.operation {
            "s3:PutObject" => ("probe.upload", status_of_upload(cause), &["--no-plain-http"][..]),
            _ => ("policy.put-object", "unknown", &["--no-plain-http", "--no-probe"][..]),
        };
        let outcome = check(&fake, "acme-exports", environment, arguments);
        let said = outcome.check(id).to_string();
        assert_eq!(outcome.status(id), status, "{environment:?} {cause}: {said}");
        assert!(said.contains(answer.code), "AWS's own code stays: {said}");
        told += 1;
    }
    assert!(told >= 30, "{told} situations");
}

#[test]
fn a_refused_head_still_tells_the_region_that_everything_else_is_asked_in() {
    let fake = FakeAws::start();
    fake.fail("s3:HeadBucket", Fault::Elsewhere(403, "eu-west-1"));
    let outcome = check(&fake, "acme-exports", &[], &["--no-plain-http", "--no-probe"]);
    assert_eq!(outcome.status("bucket.exists"), "pass", "{}", outcome.check("bucket.exists"));
    assert!(outcome.check("bucket.exists").to_string().contains("eu-west-1"), "{}", outcome.check("bucket.exists"));
    let policy = fake.requests().into_iter().find(|request| request.operation == "s3:GetBucketPolicy").expect("asked");
    assert_eq!(policy.headers["host"], "acme-exports.s3.eu-west-1.amazonaws.com");
}

/// <https://github.com/aws/aws-sdk-js/issues/4129>
#[test]
fn a_region_that_is_not_enabled_is_not_called_a_bad_login() {
    let fake = FakeAws::start();
    fake.fail("s3:HeadBucket", Fault::Elsewhere(400, "af-south-1"));
    let error = "<Error><Code>InvalidToken</Code><Message>The provided token is malformed or otherwise invalid.</Message></Error>";
    for read in stc_check::snapshot::Operation::READS {
        if read.name().starts_with("s3:") && read.name() != "s3:HeadBucket" {
            fake.fail(read.name(), Fault::Chunked(400, "application/xml", error.to_owned()));
        }
    }
    let proxy = TlsProxy::start(&fake);
    let mut command = stc_check(&["--bucket", "acme-exports", "--no-plain-http"]);
    proxy.lead(&mut command);
    let output = command.output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("Your account has most likely not enabled the Region af-south-1"), "{text}");
    assert!(text.contains("aws account enable-region --region-name af-south-1"), "{text}");
    for wrong in ["does not accept your credentials", "aws sso login", "does not know this answer"] {
        assert!(!text.contains(wrong), "{wrong}: {text}");
    }
}

#[test]
fn a_plain_request_passes_only_where_its_refusal_binds_sailthru_too() {
    for (fault, status) in [
        (refused_by("resource control policy"), "pass"),
        (
            refused_by(
                "service control policy: arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-1",
            ),
            "unknown",
        ),
        (refused_by("VPC endpoint policy"), "unknown"),
        (Fault::Error(403, "AccessDenied"), "pass"),
        (Fault::Error(503, "SlowDown"), "unknown"),
    ] {
        let fake = FakeAws::start();
        fake.fail_plain_http(fault.clone());
        let outcome = check(&fake, "acme-exports", &[FIPS], &["--no-probe"]);
        assert_eq!(
            outcome.status("transport.http-denied"),
            status,
            "{fault:?}: {}",
            outcome.check("transport.http-denied")
        );
    }
    let answered = check(&FakeAws::start(), "acme-exports", &[DUAL_STACK], &["--no-probe"]);
    assert_eq!(answered.status("transport.http-denied"), "fail", "{}", answered.check("transport.http-denied"));
    let fake = FakeAws::start();
    fake.fail("s3:ListObjectsV2", Fault::Error(403, "AccessDenied"));
    let both = check(&fake, "acme-exports", &[], &["--no-probe"]);
    assert_eq!(both.status("transport.http-denied"), "unknown", "{}", both.check("transport.http-denied"));
}
