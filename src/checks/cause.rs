//! The one cause behind many failures, said once, with what to run against it.

use crate::report::Cause;
use crate::snapshot::{Operation, ReadFailure, Snapshot};
use crate::text::shell::command;

/// A cause that is none of the bucket's, how a failure shows it, and what to do against it.
struct Row {
    shows: fn(&ReadFailure) -> bool,
    headline: &'static str,
    advice: Advice,
    codes: &'static [&'static str],
}

enum Advice {
    Words(&'static str),
    Command(&'static str, &'static str),
    SignIn,
}

/// In the order of precedence: the first that any failure shows is named.
const ROWS: [Row; 6] = [
    Row {
        shows: is_proxy,
        headline: "A proxy asks for a user name and a password",
        advice: Advice::Words(
            "put them into `HTTPS_PROXY`, or list the hosts to reach without the proxy in `NO_PROXY`",
        ),
        codes: &["407", ReadFailure::UNREACHABLE],
    },
    Row {
        shows: |failure| failure.code == ReadFailure::MALFORMED && failure.message.starts_with("a web page"),
        headline: "Something between you and AWS answers instead of AWS: a proxy or a sign-in page",
        advice: Advice::Words("check `HTTPS_PROXY`, `NO_PROXY` and your network"),
        codes: &[ReadFailure::MALFORMED],
    },
    Row {
        shows: is_clock,
        headline: "This computer's clock is wrong, so AWS rejects your signed requests",
        advice: Advice::Command("timedatectl set-ntp true", "set the clock"),
        codes: CLOCK,
    },
    Row {
        shows: |failure| EXPIRED.contains(&failure.code.as_str()),
        headline: "Your AWS credentials have expired",
        advice: Advice::SignIn,
        codes: EXPIRED,
    },
    Row {
        shows: |failure| REFUSED.contains(&failure.code.as_str()),
        headline: "AWS does not accept your credentials",
        advice: Advice::SignIn,
        codes: REFUSED,
    },
    Row {
        shows: |failure| failure.code == ReadFailure::NO_CREDENTIALS,
        headline: "Getting AWS credentials failed",
        advice: Advice::SignIn,
        codes: &[ReadFailure::NO_CREDENTIALS],
    },
];

/// Looks through the failures of a run for a cause that is none of the bucket's. The profile and the endpoint are those of
/// the run, where it has any.
#[must_use]
pub fn cause(snapshot: &Snapshot, profile: Option<&str>, endpoint: Option<&str>) -> Option<Cause> {
    let failures = snapshot.failures();
    let seen = ROWS.iter().find_map(|row| Some((row, failures.iter().find(|failure| (row.shows)(failure))?)));
    if let Some((row, failure)) = seen {
        let (advice, command) = advice(&row.advice, profile);
        let (headline, detail) = (row.headline.to_owned(), quoted(failure));
        return Some(Cause { headline, detail, advice, command, codes: row.codes });
    }
    let first = failures.first().filter(|failure| failure.operation == Operation::HeadBucket)?;
    let place = endpoint.map_or("AWS".to_owned(), |endpoint| format!("`{endpoint}`"));
    let (what, advice) = match first.code.as_str() {
        ReadFailure::UNREACHABLE => ("cannot be reached", "check your network, `HTTPS_PROXY` and the endpoint"),
        ReadFailure::TIMED_OUT => ("did not answer in time", "check your network, or allow more time with `--timeout`"),
        _ => return None,
    };
    Some(Cause {
        headline: format!("{place} {what}"),
        detail: first.message.clone(),
        advice: advice.to_owned(),
        command: None,
        codes: &[ReadFailure::UNREACHABLE, ReadFailure::TIMED_OUT],
    })
}

fn advice(advice: &Advice, profile: Option<&str>) -> (String, Option<String>) {
    match advice {
        Advice::Words(words) => ((*words).to_owned(), None),
        Advice::Command(command, words) => (format!("{words}: `{command}`"), Some((*command).to_owned())),
        Advice::SignIn => {
            let profile = profile.map(|profile| ["--profile", profile]);
            let sign_in = command(["aws", "sso", "login"].into_iter().chain(profile.into_iter().flatten()));
            let keys = match profile {
                Some(_) => "renew the keys of that profile",
                None => "renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`",
            };
            (format!("run `{sign_in}` or {keys}, then check again"), Some(sign_in))
        }
    }
}

fn quoted(failure: &ReadFailure) -> String {
    let ReadFailure { operation, code, message, .. } = failure;
    if failure.status.is_none() && ReadFailure::OWN_CODES.contains(&code.as_str()) {
        return message.clone();
    }
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    let request = failure.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
    format!("`{operation}` answered `{code}`{words}{request}")
}

fn is_proxy(failure: &ReadFailure) -> bool {
    let no_tunnel = failure.code == ReadFailure::UNREACHABLE && failure.message.starts_with("tunnel error");
    no_tunnel || failure.status == Some(407)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];
const REFUSED: &[&str] = &[
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

const CLOCK: &[&str] =
    &["RequestTimeTooSkewed", "RequestInTheFuture", "SignatureDoesNotMatch", "InvalidSignatureException"];

/// KMS and STS have no code of their own for a clock that is off, only these words.
fn is_clock(failure: &ReadFailure) -> bool {
    let signature = REFUSED.contains(&failure.code.as_str());
    matches!(failure.code.as_str(), "RequestTimeTooSkewed" | "RequestInTheFuture")
        || (signature
            && ["Signature expired", "Signature not yet current"].iter().any(|words| failure.message.contains(words)))
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
        cause(&snapshot, Some("prod"), None).map(|cause| cause.to_string())
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
