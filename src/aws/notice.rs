//! The one cause behind many failures, said once, with what to run against it.

use crate::snapshot::{Operation, ReadFailure, Snapshot};

/// A cause that is none of the bucket's, how a failure shows it, and what to do against it.
struct Cause {
    shows: fn(&ReadFailure) -> bool,
    what: &'static str,
    /// None where signing in anew is what helps.
    advice: Option<&'static str>,
}

/// In the order of precedence: the first that any failure shows is named.
const CAUSES: [Cause; 6] = [
    Cause {
        shows: is_proxy,
        what: "a proxy stands in the way",
        advice: Some(
            "put the user name and password into `HTTPS_PROXY`, or name the hosts to reach directly in `NO_PROXY`",
        ),
    },
    Cause {
        shows: |failure| failure.code == ReadFailure::MALFORMED && failure.message.starts_with("a web page"),
        what: "something between here and AWS answers in its place, a proxy or a sign-in page",
        advice: Some("check `HTTPS_PROXY`, `NO_PROXY` and the network"),
    },
    Cause {
        shows: is_clock,
        what: "this computer's clock is off, so AWS refuses what it signs",
        advice: Some("set the clock (`timedatectl set-ntp true`) and run again"),
    },
    Cause {
        shows: |failure| EXPIRED.contains(&failure.code.as_str()),
        what: "the AWS credentials have expired",
        advice: None,
    },
    Cause {
        shows: |failure| REFUSED.contains(&failure.code.as_str()),
        what: "AWS does not accept the credentials",
        advice: None,
    },
    Cause {
        shows: |failure| failure.code == ReadFailure::NO_CREDENTIALS,
        what: "getting AWS credentials failed",
        advice: None,
    },
];

/// Looks through the failures of a run for a cause that is none of the bucket's.
pub(super) fn notice(snapshot: &Snapshot, profile: Option<&str>, endpoint: Option<&str>) -> Option<String> {
    let failures = snapshot.failures();
    let seen = CAUSES.iter().find_map(|cause| Some((cause, failures.iter().find(|failure| (cause.shows)(failure))?)));
    if let Some((cause, failure)) = seen {
        let advice = cause.advice.map_or_else(|| sign_in(profile), str::to_owned);
        return Some(format!("{}: {}; {advice}", cause.what, quoted(failure)));
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

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
const EXPIRED: [&str; 4] = ["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const REFUSED: [&str; 10] = [
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "UnrecognizedClient",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidToken",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "AuthFailure",
];

/// KMS and STS have no code of their own for a clock that is off, only these words.
fn is_clock(failure: &ReadFailure) -> bool {
    let signature = REFUSED.contains(&failure.code.as_str());
    matches!(failure.code.as_str(), "RequestTimeTooSkewed" | "RequestInTheFuture")
        || (signature
            && ["Signature expired", "Signature not yet current"].iter().any(|words| failure.message.contains(words)))
}

fn sign_in(profile: Option<&str>) -> String {
    match profile {
        Some(profile) => {
            format!("run `aws sso login --profile {profile}`, or renew the keys of that profile, and run again")
        }
        None => {
            "run `aws sso login` (or renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`) and \
                 run again"
                .to_owned()
        }
    }
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
        notice(&snapshot, Some("prod"), None)
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
}
