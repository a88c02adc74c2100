//! The one cause behind many failures, said once, with what to run against it.

use crate::snapshot::{ReadFailure, Snapshot};

/// Looks through the failures of a run for a cause that is none of the bucket's.
pub(super) fn notice(snapshot: &Snapshot, profile: Option<&str>, endpoint: Option<&str>) -> Option<String> {
    let failures = snapshot.failures();
    let find = |is: fn(&ReadFailure) -> bool| failures.iter().find(|failure| is(failure));
    let quoted = |failure: &ReadFailure| match (failure.message.as_str(), failure.request_id.as_deref()) {
        ("", None) => format!("`{}` said `{}`", failure.operation, failure.code),
        (message, None) => format!("`{}` said `{}`: {message}", failure.operation, failure.code),
        (message, Some(id)) => format!("`{}` said `{}`: {message} (request {id})", failure.operation, failure.code),
    };
    if let Some(failure) = find(|failure| failure.code == "407" || failure.status == Some(407)) {
        return Some(format!(
            "a proxy stands in the way: {}; put the user name and password into `HTTPS_PROXY`, or name the hosts to \
             reach directly in `NO_PROXY`",
            quoted(failure)
        ));
    }
    if let Some(failure) =
        find(|failure| failure.code == ReadFailure::MALFORMED && failure.message.starts_with("a web page"))
    {
        return Some(format!(
            "something between here and AWS answers in its place, a proxy or a sign-in page: {}; check `HTTPS_PROXY`, \
             `NO_PROXY` and the network",
            quoted(failure)
        ));
    }
    if let Some(failure) = find(is_clock) {
        return Some(format!(
            "this computer's clock is off, so AWS refuses what it signs: {}; set the clock (`timedatectl set-ntp true`) \
             and run again",
            quoted(failure)
        ));
    }
    if let Some(failure) = find(|failure| EXPIRED.contains(&failure.code.as_str())) {
        return Some(format!("the AWS credentials have expired: {}; {}", quoted(failure), sign_in(profile)));
    }
    if let Some(failure) = find(|failure| REFUSED.contains(&failure.code.as_str())) {
        return Some(format!("AWS does not accept the credentials: {}; {}", quoted(failure), sign_in(profile)));
    }
    if let Some(failure) = find(|failure| failure.code == ReadFailure::NO_CREDENTIALS) {
        return Some(format!("getting AWS credentials failed: {}; {}", failure.message, sign_in(profile)));
    }
    let first = failures.first().filter(|failure| failure.operation == "s3:HeadBucket")?;
    let whither = endpoint.map_or("AWS".to_owned(), |endpoint| format!("`{endpoint}`"));
    match first.code.as_str() {
        ReadFailure::UNREACHABLE => Some(format!(
            "{whither} cannot be reached: {}; check the network, `HTTPS_PROXY` and the endpoint",
            first.message
        )),
        ReadFailure::TIMED_OUT => Some(format!(
            "{whither} did not answer in time: {}; check the network, or give more time with `--timeout`",
            first.message
        )),
        _ => None,
    }
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

    fn said(operation: &'static str, code: &str, message: &str) -> Option<String> {
        let failure = ReadFailure {
            operation,
            code: code.to_owned(),
            message: message.to_owned(),
            status: None,
            request_id: None,
        };
        let mut snapshot = Snapshot::new("acme-exports", None, jiff::Timestamp::UNIX_EPOCH);
        match operation {
            "s3:HeadBucket" => snapshot.head_bucket = Fact::Unreadable(failure),
            _ => snapshot.acl = Fact::Unreadable(failure),
        }
        notice(&snapshot, Some("prod"), None)
    }

    #[test]
    fn causes_that_are_not_the_buckets_are_named_with_what_to_run() {
        let has = |said: Option<String>, words: &str| {
            assert!(said.clone().is_some_and(|text| text.contains(words)), "{said:?}");
        };
        has(said("s3:GetBucketAcl", "ExpiredToken", "gone"), "aws sso login --profile prod");
        has(said("s3:GetBucketAcl", "InvalidAccessKeyId", ""), "does not accept");
        has(said("s3:GetBucketAcl", "RequestTimeTooSkewed", ""), "clock");
        has(said("s3:GetBucketAcl", "InvalidSignatureException", "Signature expired: 2026 is now earlier"), "clock");
        has(said("s3:GetBucketAcl", "407", ""), "proxy");
        has(said("s3:HeadBucket", ReadFailure::UNREACHABLE, "connection refused"), "cannot be reached");
    }

    #[test]
    fn one_refused_read_is_no_cause() {
        assert_eq!(said("s3:GetBucketAcl", "AccessDenied", ""), None);
        assert_eq!(said("s3:GetBucketAcl", ReadFailure::TIMED_OUT, ""), None);
        assert_eq!(said("s3:HeadBucket", "403", ""), None);
    }
}
