//! What leaves the machine: the log of a proxy, complete, for every command and for the options that bound it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::collect::stc_check;
use crate::fake_aws::{FakeAws, Fault};
use crate::tls_proxy::TlsProxy;

/// Runs the program at AWS's own host names; the operations that it asked for, those over plain HTTP marked.
fn sent(arguments: &[&str]) -> (FakeAws, BTreeSet<String>) {
    let fake = FakeAws::start();
    fake.fail_plain_http(Fault::Error(403, "AccessDenied"));
    let proxy = TlsProxy::start(&fake);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let waivers = "[[connection]]\nbucket = \"acme-exports\"\n\n[[waiver]]\ncheck = \"probe.upload\"\nreason = \"read only\"\nexpires = 2099-12-31\n\n[[waiver]]\ncheck = \"transport.http-denied\"\nreason = \"not on this network\"\nexpires = 2099-12-31\n";
    std::fs::write(folder.path().join("waived.toml"), waivers).expect("written");
    let mut command = stc_check(arguments);
    proxy.lead(&mut command);
    let output = command.current_dir(folder.path()).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{arguments:?}: {said}");
    let log = fake.requests().into_iter().map(|request| {
        let plain = if request.plain { " over plain HTTP" } else { "" };
        format!("{}{plain}", request.operation)
    });
    let log = log.collect();
    (fake, log)
}

/// Commands as they are typed, without the bucket.
const COMMANDS: [&[&str]; 17] = [
    &[],
    &["--no-probe"],
    &["--no-plain-http"],
    &["--no-probe", "--no-plain-http"],
    &["--only", "bucket.exists"],
    &["--only", "kms"],
    &["--only", "public"],
    &["--only", "policy.tls-only"],
    &["--only", "transport.http-denied"],
    &["--only", "probe"],
    &["--skip", "probe.upload=read only"],
    &["--skip", "transport.http-denied=not on this network"],
    &["--data", "--no-probe", "--no-plain-http"],
    &["fix"],
    &["policy"],
    &["permissions"],
    &["watch", "--once"],
];

#[test]
fn nothing_is_sent_that_was_not_asked_for() {
    let mut listed = String::new();
    let mut note = |name: &str, log: &BTreeSet<String>| {
        let _ = writeln!(listed, "{name}");
        let _ = log.iter().try_for_each(|operation| writeln!(listed, "    {operation}"));
    };
    for command in COMMANDS {
        let (_, log) = sent(&[command, &["--bucket", "acme-exports"]].concat());
        note(&format!("stc-check {}", command.join(" ")), &log);
        let writes = log.iter().any(|operation| operation.contains("PutObject") || operation.contains("DeleteObject"));
        let plain = log.iter().any(|operation| operation.ends_with("plain HTTP"));
        let line = command.join(" ");
        let is_check = command.first().is_none_or(|word| word.starts_with("--"));
        let only = |word: &str| !line.contains("--only") || line.contains(&format!("--only {word}"));
        assert_eq!(
            writes,
            is_check && only("probe") && !line.contains("--no-probe") && !line.contains("probe.upload"),
            "{line}: {log:?}"
        );
        let wanted = is_check && only("transport.http-denied") && !line.contains("--no-plain-http");
        assert_eq!(plain, wanted && !line.contains("--skip transport"), "{line}: {log:?}");
    }
    let (_, log) = sent(&["--config", "waived.toml"]);
    note("stc-check --config waived.toml", &log);
    insta::assert_snapshot!(listed);
}

/// What a listener on the way reads, and no more: docs/security.md#what-is-sent.
#[test]
fn the_request_over_plain_http_is_one_list_signed_in_its_headers() {
    let (fake, _) = sent(&["--bucket", "acme-exports"]);
    let plain: Vec<_> = fake.requests().into_iter().filter(|request| request.plain).collect();
    let [request] = plain.as_slice() else { panic!("{} requests over plain HTTP", plain.len()) };
    assert_eq!(request.method, "GET");
    let (path, query) = request.target.split_once('?').expect("a query");
    assert_eq!(path.trim_end_matches('/'), "/acme-exports");
    let query: BTreeSet<&str> = query.split('&').collect();
    assert_eq!(query, BTreeSet::from(["list-type=2", "max-keys=1", "prefix=_ACCESS_CONFIRMATION"]));
    assert!(request.headers["authorization"].starts_with("AWS4-HMAC-SHA256 "));
    assert_eq!(request.body, "");
    let text = format!("{:?}", request.headers);
    assert!(!text.contains("wJalrXUtnFEMI"), "the secret key stays: {text}");
}
