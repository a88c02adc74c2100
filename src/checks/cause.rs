//! The one cause behind many failures, said once, with what to run against it.

use super::refusals::of_caller;
use crate::names::needs_opt_in;
use crate::refusal::{self, Refusal, known_codes};
use crate::report::Cause;
use crate::snapshot::{Between, Operation, ReadFailure, Snapshot};
use crate::text::shell::command;

/// What helps against credentials that AWS does not take: it depends on where they come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// A clause: "run `aws login`, and run again".
    pub advice: String,
    /// The command that signs in, where there is one.
    pub command: Option<String>,
    /// The profile of the run.
    pub profile: Option<String>,
}

impl Default for SignIn {
    /// Where nothing is known of the login.
    fn default() -> Self {
        let advice =
            "sign in again (`aws login`, or `aws sso login` for a profile of IAM Identity Center), and run again";
        Self { advice: advice.to_owned(), command: None, profile: None }
    }
}

/// A cause that is none of the bucket's, in the order of precedence: the first that any failure shows is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    ProxyLogin,
    Proxy,
    WebPage,
    Clock,
    Expired,
    Region,
    Refused,
    NoCredentials,
}

impl Kind {
    fn of(snapshot: &Snapshot, failure: &ReadFailure) -> Option<Self> {
        match failure.between() {
            Some(Between::ProxyLogin) => return Some(Self::ProxyLogin),
            Some(Between::Proxy) => return Some(Self::Proxy),
            Some(Between::WebPage) => return Some(Self::WebPage),
            None if failure.code == ReadFailure::MALFORMED => return None,
            None => {}
        }
        let known = of_caller(snapshot);
        match Refusal::of(failure.into(), known).cause {
            refusal::Cause::Clock => Some(Self::Clock),
            refusal::Cause::Expired => Some(Self::Expired),
            // Without an answer of STS nothing speaks for the credentials.
            refusal::Cause::RegionNotEnabled if known.signed_in => Some(Self::Region),
            refusal::Cause::CredentialsRefused | refusal::Cause::RegionNotEnabled => Some(Self::Refused),
            refusal::Cause::NoCredentials => Some(Self::NoCredentials),
            _ => None,
        }
    }

    /// What is said of it, what to do, and the codes that it explains; HEAD answers have none but the status.
    fn told(self, detail: &str, region: Option<&str>, sign_in: &SignIn) -> Cause {
        let of = |cause: refusal::Cause| known_codes().filter(move |(_, known)| *known == cause).map(|(code, _)| code);
        let of_head = ["400", "403"];
        let refused = of(refusal::Cause::CredentialsRefused).chain(of(refusal::Cause::RegionNotEnabled)).chain(of_head);
        let cause = |headline: &str, advice: &str, codes: Vec<&'static str>| Cause {
            headline: headline.to_owned(),
            detail: detail.to_owned(),
            advice: advice.to_owned(),
            command: None,
            codes,
        };
        let run = |cause: Cause, command: String| Cause {
            advice: format!("{}: `{command}`", cause.advice),
            command: Some(command),
            ..cause
        };
        let signing_in = |headline: &str, codes: Vec<&'static str>| Cause {
            command: sign_in.command.clone(),
            ..cause(headline, &sign_in.advice, codes)
        };
        match self {
            Self::ProxyLogin => cause(
                "A proxy asks for a user name and a password",
                "put them into `HTTPS_PROXY`, or list the hosts to reach without the proxy in `NO_PROXY`",
                vec!["407", ReadFailure::UNREACHABLE],
            ),
            Self::Proxy => cause(
                "A proxy opens no connection to AWS",
                "have AWS's hosts allowed on the proxy, or list those to reach without it in `NO_PROXY`",
                vec![ReadFailure::UNREACHABLE],
            ),
            Self::WebPage => cause(
                "Something between you and AWS answers instead of AWS: a proxy or a sign-in page",
                "check `HTTPS_PROXY`, `NO_PROXY` and your network",
                vec![ReadFailure::MALFORMED],
            ),
            Self::Clock => {
                let headline = "This computer's clock is wrong, so AWS rejects your signed requests";
                let codes = of(refusal::Cause::Clock).chain(refused).collect();
                run(cause(headline, "set the clock", codes), "timedatectl set-ntp true".to_owned())
            }
            Self::Region => {
                let named =
                    region.map_or_else(|| "the bucket's Region".to_owned(), |region| format!("the Region {region}"));
                let headline = format!("Your account has most likely not enabled {named}");
                let advice = "STS takes the same credentials, so they are not at fault: enable the Region, which takes \
                              some minutes";
                let cause = cause(&headline, advice, refused.collect());
                let Some(region) = region else { return cause };
                let profile = sign_in.profile.iter().flat_map(|profile| ["--profile", profile.as_str()]);
                let enable = ["aws", "account", "enable-region", "--region-name", region];
                run(cause, command(enable.into_iter().chain(profile)))
            }
            Self::Refused => {
                let cause = signing_in("AWS does not accept your credentials", refused.collect());
                let Some(region) = region else { return cause };
                let or = format!("{}; or enable {region} in your account, if it is not enabled there", cause.advice);
                Cause { advice: or, ..cause }
            }
            Self::Expired => {
                let codes = of(refusal::Cause::Expired).chain(of_head).collect();
                signing_in("Your AWS credentials have expired", codes)
            }
            Self::NoCredentials => {
                signing_in("Getting AWS credentials failed", of(refusal::Cause::NoCredentials).collect())
            }
        }
    }
}

/// Looks through the failures of a run for a cause that is none of the bucket's. The endpoint is that of the run, where it
/// has one.
pub(crate) fn cause(snapshot: &Snapshot, sign_in: &SignIn, endpoint: Option<&str>) -> Option<Cause> {
    let failures = snapshot.failures();
    // The organization is good to know and no more: what keeps it from being read hinders nothing else.
    let matters = |failure: &&&ReadFailure| failure.operation != Operation::DescribeOrganization;
    let of_kind = failures.iter().filter(matters).filter_map(|failure| Some((Kind::of(snapshot, failure)?, failure)));
    if let Some((kind, failure)) = of_kind.min_by_key(|(kind, _)| *kind) {
        let region = snapshot.region.as_deref().filter(|region| needs_opt_in(region));
        return Some(kind.told(&quoted(failure), region, sign_in));
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
        // The number of the system's error says nothing more.
        detail: first.message.split(" (os error ").next().unwrap_or_default().to_owned(),
        advice: advice.to_owned(),
        command: None,
        codes: vec![ReadFailure::UNREACHABLE, ReadFailure::TIMED_OUT],
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{CallerIdentity, Fact};

    fn failed(operation: Operation, code: &str, message: &str) -> ReadFailure {
        let status = code.parse().ok().or(Some(403)).filter(|_| code != ReadFailure::UNREACHABLE);
        ReadFailure { operation, code: code.to_owned(), message: message.to_owned(), status, request_id: None }
    }

    fn of(snapshot: &Snapshot) -> Option<String> {
        let sign_in = SignIn {
            advice: "run `aws login --profile prod`, and run again".to_owned(),
            command: None,
            profile: Some("prod".to_owned()),
        };
        cause(snapshot, &sign_in, None).map(|cause| cause.to_string())
    }

    fn said(operation: Operation, code: &str, message: &str) -> Option<String> {
        let failure = failed(operation, code, message);
        let mut snapshot = Snapshot::new("acme-exports", None, jiff::Timestamp::UNIX_EPOCH);
        match operation {
            Operation::HeadBucket => snapshot.head_bucket = Fact::Unreadable(failure),
            Operation::DescribeOrganization => snapshot.organization = Fact::Unreadable(failure),
            _ => snapshot.acl = Fact::Unreadable(failure),
        }
        of(&snapshot)
    }

    #[track_caller]
    fn has(said: Option<&str>, words: &str) {
        assert!(said.is_some_and(|text| text.contains(words)), "{said:?}");
    }

    #[test]
    fn causes_that_are_not_the_buckets_are_named_with_what_to_run() {
        has(said(Operation::GetBucketAcl, "ExpiredToken", "gone").as_deref(), "aws login --profile prod");
        has(said(Operation::GetBucketAcl, "InvalidAccessKeyId", "").as_deref(), "does not accept");
        has(said(Operation::GetBucketAcl, "InvalidToken", "").as_deref(), "does not accept");
        has(said(Operation::GetBucketAcl, "RequestTimeTooSkewed", "").as_deref(), "clock");
        has(
            said(Operation::GetBucketAcl, "InvalidSignatureException", "Signature expired: 2026 is now earlier")
                .as_deref(),
            "clock",
        );
        has(said(Operation::GetBucketAcl, "407", "").as_deref(), "proxy");
        has(
            said(Operation::HeadBucket, ReadFailure::UNREACHABLE, "connection refused").as_deref(),
            "cannot be reached",
        );
    }

    /// <https://github.com/aws/aws-sdk-js/issues/4129>, <https://github.com/cloud-custodian/cloud-custodian/issues/9793>
    #[test]
    fn credentials_that_sts_takes_are_not_blamed_for_a_region_that_is_not_enabled() {
        let mut snapshot = Snapshot::new("acme-exports", Some("af-south-1"), jiff::Timestamp::UNIX_EPOCH);
        for code in ["InvalidToken", "InvalidAccessKeyId"] {
            snapshot.acl = Fact::Unreadable(failed(Operation::GetBucketAcl, code, "malformed"));
            snapshot.caller = Fact::NotRead;
            has(of(&snapshot).as_deref(), "AWS does not accept your credentials");
            has(of(&snapshot).as_deref(), "or enable af-south-1");
            snapshot.caller = Fact::Found(CallerIdentity::default());
            has(of(&snapshot).as_deref(), "not enabled the Region af-south-1");
            has(of(&snapshot).as_deref(), "`aws account enable-region --region-name af-south-1 --profile prod`");
        }
        snapshot.region = Some("us-east-1".to_owned());
        has(of(&snapshot).as_deref(), "AWS does not accept your credentials");
    }

    #[test]
    fn one_refused_read_is_no_cause() {
        assert_eq!(said(Operation::GetBucketAcl, "AccessDenied", ""), None);
        assert_eq!(said(Operation::GetBucketAcl, ReadFailure::TIMED_OUT, ""), None);
        assert_eq!(said(Operation::HeadBucket, "403", ""), None);
    }

    #[test]
    fn what_keeps_the_organization_from_being_read_is_no_cause() {
        assert_eq!(said(Operation::DescribeOrganization, "407", ""), None);
        assert_eq!(said(Operation::DescribeOrganization, "UnrecognizedClientException", ""), None);
    }
}
