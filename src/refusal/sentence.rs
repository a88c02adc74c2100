//! AWS's sentence about a refusal, in parts: who, what, on what, by which kind of policy.
//!
//! Its forms: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>, with policy ARNs since
//! 2025 and with an authorization id where Access Troubleshooter covers the service
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html>).

use super::{Cause, Denial};

/// The kinds of policy, as AWS names them.
const POLICY_TYPES: [(&str, Cause); 8] = [
    ("identity-based polic", Cause::IdentityPolicy),
    ("permissions boundary", Cause::PermissionsBoundary),
    ("session polic", Cause::SessionPolicy),
    ("service control polic", Cause::ServiceControlPolicy),
    ("resource control polic", Cause::ResourceControlPolicy),
    ("vpc endpoint polic", Cause::VpcEndpointPolicy),
    ("resource-based polic", Cause::BucketPolicy),
    ("role trust polic", Cause::TrustPolicy),
];

/// Sentences that name something else than a kind of policy.
const SPECIAL: [(&str, Cause); 8] = [
    // KMS, of a key that the caller's account does not have: it does not say which of the three it is.
    ("does not exist in this region, no resource-based polic", Cause::ForeignKey),
    ("customer master key that does not exist, does not exist in this region, or you are not", Cause::ForeignKey),
    ("in s3 block public access", Cause::BlockPublicAccess),
    ("has blocked upload requests that specify", Cause::BlockedEncryption),
    ("object protected by object lock", Cause::Retention),
    // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
    ("must be made over a secure connection", Cause::PlainHttp),
    ("content-md5 or x-amz-checksum- http header is required", Cause::ChecksumMissing),
    ("content-md5 http header is required for put object requests with object lock", Cause::ChecksumMissing),
];

/// What a sentence holds; nothing of it has to be there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sentence<'a> {
    pub(super) principal: Option<&'a str>,
    pub(super) action: Option<&'a str>,
    pub(super) resource: Option<&'a str>,
    pub(super) denial: Option<Denial>,
    /// The kind of policy; of a resource-based one that of a bucket, whatever the resource is.
    pub(super) policy: Option<Cause>,
    pub(super) policies: Vec<&'a str>,
    pub(super) special: Option<Cause>,
}

impl<'a> Sentence<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let plain = plain(text);
        let special =
            SPECIAL.into_iter().find(|(words, _)| plain.contains(&self::plain(words))).map(|(_, cause)| cause);
        let after = |words: &str| plain.split_once(words).map(|(_, rest)| rest);
        let explicit = after("explicitdeny");
        let implicit = after("becauseno").filter(|rest| rest.contains("allow") && policy_type(rest).is_some());
        let (denial, reason) = match (explicit, implicit) {
            (Some(rest), _) => (Some(Denial::Explicit), rest),
            (None, Some(rest)) => (Some(Denial::Implicit), rest),
            (None, None) => (None, ""),
        };
        Self {
            principal: value(text, &["User: ", "user: "]),
            action: value(text, &["to perform: ", "perform:"]).filter(|action| action.contains(':')),
            resource: value(text, &["on resource: ", "on resource:"]),
            denial: denial.filter(|_| special.is_none()),
            policy: policy_type(reason).filter(|_| special.is_none()),
            policies: if denial.is_some() { policies(text) } else { Vec::new() },
            special,
        }
    }
}

/// Lower case, without spaces: error texts are wrapped where they are printed, sometimes within words.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// The kind of policy that is named first.
fn policy_type(reason: &str) -> Option<Cause> {
    let named = POLICY_TYPES.into_iter().filter_map(|(name, policy)| Some((reason.find(&plain(name))?, policy)));
    named.min_by_key(|(place, _)| *place).map(|(_, policy)| policy)
}

/// The word after one of these labels, without quotes.
fn value<'a>(text: &'a str, labels: &[&str]) -> Option<&'a str> {
    let rest = labels.iter().find_map(|label| Some(text.split_once(*label)?.1))?.trim_start();
    let word = match rest.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.split(['"', '\'']).next()?,
        None => rest.split_whitespace().next()?.trim_end_matches([',', '.', ';', ')']),
    };
    (!word.is_empty()).then_some(word)
}

/// The policies named by ARN after the reason, before what leads to the console.
fn policies(text: &str) -> Vec<&str> {
    let lower = text.to_ascii_lowercase();
    let Some(reason) = lower.find("explicit deny").or_else(|| lower.find("because no ")) else { return Vec::new() };
    let tail = text.get(reason..).unwrap_or_default();
    let tail = tail.split("Go to http").next().unwrap_or_default();
    tail.split(|c: char| c.is_whitespace() || c == ',')
        .map(|word| word.trim_matches(['"', '\'', '.', ';', '(', ')', '[', ']']))
        .filter(|word| word.starts_with("arn:"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_optional_and_quoting_is_free() {
        let whole = Sentence::read(
            "User: arn:aws:iam::111122223333:user/ops is not authorized to perform: s3:PutObject on resource: \
             \"arn:aws:s3:::acme/a b\" with an\nexplicit deny in a service control policy: \
             arn:aws:organizations::999988887777:policy/o-x/service_control_policy/p-1. Go to \
             https://console.aws.amazon.com/iam/home#/authorization-details/E1 for complete details",
        );
        assert_eq!(whole.principal, Some("arn:aws:iam::111122223333:user/ops"));
        assert_eq!(whole.action, Some("s3:PutObject"));
        assert_eq!(whole.resource, Some("arn:aws:s3:::acme/a b"));
        assert_eq!(whole.policies, ["arn:aws:organizations::999988887777:policy/o-x/service_control_policy/p-1"]);
        assert_eq!((whole.policy, whole.denial), (Some(Cause::ServiceControlPolicy), Some(Denial::Explicit)));

        let bare = Sentence::read("with an explicit deny in a resource-based policy");
        assert_eq!((bare.policy, bare.action), (Some(Cause::BucketPolicy), None));
        let broken = Sentence::read("because no identity-\nbased pol\nicy allows the s3:PutObject action");
        assert_eq!((broken.policy, broken.denial), (Some(Cause::IdentityPolicy), Some(Denial::Implicit)));
        assert_eq!(Sentence::read("Access Denied"), Sentence::default());
        assert_eq!(Sentence::read(""), Sentence::default());
    }

    #[test]
    fn a_key_of_another_account_is_no_policy_of_the_bucket() {
        let sentence = Sentence::read(
            "User: u is not authorized to perform: kms:GenerateDataKey on this resource because the resource does not \
             exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly \
             denies access",
        );
        assert_eq!((sentence.special, sentence.policy, sentence.denial), (Some(Cause::ForeignKey), None, None));
    }
}
