//! The one cause behind many failures, said once, with what to run against it.

use super::login::Login;
use crate::names::needs_opt_in;
use crate::refusal::{Cause, Known, Refusal};
use crate::snapshot::{Operation, ReadFailure, Snapshot};

/// In the order of precedence: the first that any failure shows is named. An advice of none: sign in anew.
const CAUSES: [(Shown, &str, Option<&str>); 7] = [
    (
        Shown::Proxy,
        "a proxy stands in the way",
        Some("put the user name and password into `HTTPS_PROXY`, or name the hosts to reach directly in `NO_PROXY`"),
    ),
    (
        Shown::Page,
        "something between here and AWS answers in its place, a proxy or a sign-in page",
        Some("check `HTTPS_PROXY`, `NO_PROXY` and the network"),
    ),
    (
        Shown::Refused(Cause::Clock),
        "this computer's clock is off, so AWS refuses what it signs",
        Some("set the clock (`timedatectl set-ntp true`) and run again"),
    ),
    (Shown::Refused(Cause::Expired), "the AWS credentials have expired", None),
    (Shown::Refused(Cause::CredentialsRefused), "AWS does not accept the credentials", None),
    (
        Shown::Refused(Cause::RegionNotEnabled),
        "the bucket's Region is most likely not enabled in your account, or your session token is not valid there",
        Some("enable the Region in your account, or sign in through an STS endpoint of that Region, and run again"),
    ),
    (Shown::Refused(Cause::NoCredentials), "getting AWS credentials failed", None),
];

/// How a failure shows a cause that is none of the bucket's.
#[derive(Clone, Copy)]
enum Shown {
    /// A proxy that wants a password.
    Proxy,
    /// A web page in place of an answer.
    Page,
    /// By who refused it.
    Refused(Cause),
}

impl Shown {
    fn by(self, failure: &ReadFailure, known: Known<'_>) -> bool {
        match self {
            Self::Proxy => is_proxy(failure),
            Self::Page => failure.code == ReadFailure::MALFORMED && failure.message.starts_with("a web page"),
            Self::Refused(cause) => Refusal::of(failure.into(), known).cause == cause,
        }
    }
}

/// Looks through the failures of a run for a cause that is none of the bucket's.
pub(super) fn notice(snapshot: &Snapshot, login: &Login, endpoint: Option<&str>) -> Option<String> {
    let failures = snapshot.failures();
    let known = Known {
        signed_in: snapshot.caller.found().is_some(),
        opt_in_region: snapshot.region.as_deref().filter(|region| needs_opt_in(region)),
        ..Known::default()
    };
    let shows = |shown: Shown| failures.iter().find(|failure| shown.by(failure, known));
    let seen = CAUSES.iter().find_map(|(shown, what, advice)| Some((what, advice, shows(*shown)?)));
    if let Some((what, advice, failure)) = seen {
        let advice = advice.map_or_else(|| login.advice(), str::to_owned);
        return Some(format!("{what}: {}; {advice}", quoted(failure)));
    }
    let first = failures.first().filter(|failure| failure.operation == Operation::HeadBucket)?;
    let whither = endpoint.map_or("AWS".to_owned(), |endpoint| format!("`{endpoint}`"));
    let (what, advice) = match first.code.as_str() {
        ReadFailure::UNREACHABLE => ("cannot be reached", "check the network, `HTTPS_PROXY` and the endpoint"),
        ReadFailure::TIMED_OUT => ("did not answer in time", "check the network, or give more time with `--timeout`"),
        _ => return None,
    };
    Some(format!("{whither} {what}: {}; {advice}", first.message))
}

fn quoted(failure: &ReadFailure) -> String {
    let ReadFailure { operation, code, message, .. } = failure;
    if failure.status.is_none() {
        return message.clone();
    }
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    let request = failure.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
    format!("`{operation}` said `{code}`{words}{request}")
}

fn is_proxy(failure: &ReadFailure) -> bool {
    let no_tunnel = failure.code == ReadFailure::UNREACHABLE && failure.message.starts_with("tunnel error");
    no_tunnel || failure.status == Some(407)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Fact;

    fn said(operation: Operation, code: &str, message: &str) -> Option<String> {
        let status = code.parse().ok().or(Some(403)).filter(|_| code != ReadFailure::UNREACHABLE);
        let failure =
            ReadFailure { operation, code: code.to_owned(), message: message.to_owned(), status, request_id: None };
        let mut snapshot = Snapshot::new("acme-exports", None, jiff::Timestamp::UNIX_EPOCH);
        match operation {
            Operation::HeadBucket => snapshot.head_bucket = Fact::Unreadable(failure),
            _ => snapshot.acl = Fact::Unreadable(failure),
        }
        notice(&snapshot, &Login::Sso(Some("prod".to_owned())), None)
    }

    #[test]
    fn causes_that_are_not_the_buckets_are_named_with_what_to_run() {
        let has = |said: Option<String>, words: &str| {
            assert!(said.clone().is_some_and(|text| text.contains(words)), "{said:?}");
        };
        has(said(Operation::GetBucketAcl, "ExpiredToken", "gone"), "aws sso login --profile prod");
        has(said(Operation::GetBucketAcl, "InvalidAccessKeyId", ""), "does not accept");
        has(said(Operation::GetBucketAcl, "RequestTimeTooSkewed", ""), "clock");
        has(
            said(Operation::GetBucketAcl, "InvalidSignatureException", "Signature expired: 2026 is now earlier"),
            "clock",
        );
        has(said(Operation::GetBucketAcl, "407", ""), "proxy");
        has(said(Operation::HeadBucket, ReadFailure::UNREACHABLE, "connection refused"), "cannot be reached");
    }

    #[test]
    fn one_refused_read_is_no_cause() {
        assert_eq!(said(Operation::GetBucketAcl, "AccessDenied", ""), None);
        assert_eq!(said(Operation::GetBucketAcl, ReadFailure::TIMED_OUT, ""), None);
        assert_eq!(said(Operation::HeadBucket, "403", ""), None);
    }

    #[test]
    fn a_region_that_is_not_enabled_is_no_bad_login() {
        let failure = |code: &str| ReadFailure {
            operation: Operation::GetBucketAcl,
            code: code.to_owned(),
            message: String::new(),
            status: Some(403),
            request_id: None,
        };
        let mut snapshot = Snapshot::new("acme-exports", Some("af-south-1"), jiff::Timestamp::UNIX_EPOCH);
        snapshot.caller = Fact::Found(crate::snapshot::CallerIdentity {
            account: Some("111122223333".to_owned()),
            arn: None,
            user_id: None,
        });
        for code in ["InvalidToken", "InvalidAccessKeyId"] {
            snapshot.acl = Fact::Unreadable(failure(code));
            let said = notice(&snapshot, &Login::Environment, None).expect("a cause");
            assert!(said.contains("not enabled") && !said.contains("renew"), "{said}");
        }
    }
}
