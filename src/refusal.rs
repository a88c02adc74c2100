//! Who refused a request: AWS's answer, read once, for everything that was refused.
//!
//! S3 names the kind of policy that refused only to callers of the bucket's own account or organization; everybody
//! else gets a bare "Access Denied" (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>).
//! [`Refusal::of`] reads the operation, the status, the code and the sentence, [`Refusal::advice`] says what that means
//! for you and for Sailthru, who can lift it, and how. The table with its sources is `docs/design/refusals.md`.

mod advice;
mod cause;
mod codes;
pub mod error_text;
mod secrets;
mod sentence;

pub use advice::Advice;
pub(crate) use advice::PermissionRequest;
pub use cause::{Cause, Denial, Side};
pub(crate) use codes::known_codes;
pub(crate) use secrets::without_secrets;

use crate::names::needs_opt_in;
use crate::report::Failure;
use crate::snapshot::ReadFailure;

use sentence::Sentence;

/// What a service answered to a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answer<'a> {
    /// `s3:PutObject`; may be empty where nothing names it.
    pub operation: &'a str,
    /// The HTTP status, where there is one.
    pub status: Option<u16>,
    /// `AccessDenied`, or the status where the answer had no body; may be empty.
    pub code: &'a str,
    /// The service's sentence; may be empty.
    pub message: &'a str,
}

impl<'a> From<&'a ReadFailure> for Answer<'a> {
    fn from(failure: &'a ReadFailure) -> Self {
        Self {
            operation: failure.operation.name(),
            status: failure.status,
            code: &failure.code,
            message: &failure.message,
        }
    }
}

impl<'a> From<&'a Failure> for Answer<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self { operation: failure.operation.name(), status: None, code: &failure.code, message: &failure.message }
    }
}

/// What is known of the caller and the bucket, which one answer alone does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known<'a> {
    /// Whether STS took the same credentials.
    pub signed_in: bool,
    /// Whether the caller is of the account that owns the bucket, where that is known.
    pub is_owner: Option<bool>,
    /// The bucket's Region, where it is known.
    pub region: Option<&'a str>,
    /// The account that owns the key, where it is not the caller's.
    pub key_owner: Option<&'a str>,
}

/// A refusal, attributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// Who, or what, refused.
    pub cause: Cause,
    /// Whether a policy denies or none allows, where AWS says so.
    pub denial: Option<Denial>,
    /// The action that AWS names: `kms:GenerateDataKey`.
    pub action: Option<&'a str>,
    /// Who asked, as AWS names it.
    pub principal: Option<&'a str>,
    /// What was asked for, as AWS names it.
    pub resource: Option<&'a str>,
    /// The policies that AWS names by ARN.
    pub policies: Vec<&'a str>,
    answer: Answer<'a>,
    known: Known<'a>,
}

impl<'a> Refusal<'a> {
    /// Reads an answer.
    #[must_use]
    pub fn of(answer: Answer<'a>, known: Known<'a>) -> Self {
        let sentence = Sentence::read(answer.message);
        let cause = in_context(cause(answer, &sentence), answer, known);
        let known = Known { key_owner: known.key_owner.or_else(|| owner_of_foreign_policy(&sentence)), ..known };
        let Sentence { denial, action, principal, resource, policies, .. } = sentence;
        Self { cause, denial, action, principal, resource, policies, answer, known }
    }

    /// Who can act on it.
    #[must_use]
    pub fn side(&self) -> Side {
        self.cause.side()
    }

    /// Whether a policy, a setting or an account refused who asked: not the load, the login or the request's form.
    pub(crate) fn is_denial(&self) -> bool {
        self.cause.is_denial()
    }

    /// Whether a permission may be all that is missing: AWS names no other layer and no Deny, which another Allow would not
    /// lift.
    pub(crate) fn may_lack_permission(&self) -> bool {
        match self.cause {
            Cause::IdentityPolicy => self.denial == Some(Denial::Implicit),
            Cause::Bare | Cause::Silent => true,
            _ => false,
        }
    }
}

/// The sentence first, since it is exact; then the code; then the status.
fn cause(answer: Answer<'_>, sentence: &Sentence<'_>) -> Cause {
    let code = answer.code;
    let is_denied = code.starts_with("AccessDenied")
        || code == "KMS.AccessDeniedException"
        || matches!(code, "" | "Client.UnauthorizedOperation" | "UnauthorizedOperation" | "403" | "Forbidden");
    if let Some(policy) = sentence.policy.filter(|_| is_denied) {
        return of_policy(policy, service(answer, sentence));
    }
    if let Some(cause) = sentence.special.filter(|_| is_denied || matches!(code, "InvalidRequest" | "InvalidArgument"))
    {
        return cause;
    }
    if sentence.denial == Some(Denial::Explicit) && is_denied {
        return Cause::UnnamedPolicy;
    }
    codes::cause(answer).unwrap_or(Cause::Unrecognised)
}

/// The account that alone reads the key policy which somebody else asked for, where the sentence names both.
fn owner_of_foreign_policy<'a>(sentence: &Sentence<'a>) -> Option<&'a str> {
    sentence.action.filter(|action| *action == "kms:GetKeyPolicy")?;
    let account = |arn: &'a str| arn.split(':').nth(4).filter(|account| !account.is_empty());
    let owner = account(sentence.resource?)?;
    (account(sentence.principal?)? != owner).then_some(owner)
}

/// A resource-based policy is that of a bucket, a key or a role, by the service that refused.
fn of_policy(policy: Cause, service: &str) -> Cause {
    match (policy, service) {
        (Cause::BucketPolicy, "kms") => Cause::KeyPolicy,
        (Cause::BucketPolicy, "sts") => Cause::TrustPolicy,
        _ => policy,
    }
}

/// The service whose action was refused: what the sentence names, else the operation's own.
fn service<'a>(answer: Answer<'a>, sentence: &Sentence<'a>) -> &'a str {
    let named = sentence.action.unwrap_or(answer.operation);
    named.split(':').next().unwrap_or_default()
}

/// What the answer alone leaves open, and the rest of what is known does not.
fn in_context(cause: Cause, answer: Answer<'_>, known: Known<'_>) -> Cause {
    let blames_credentials = matches!(cause, Cause::RegionNotEnabled | Cause::CredentialsRefused);
    let by_sts = answer.operation.starts_with("sts:");
    if !blames_credentials || by_sts || answer.code == "RegionDisabledException" {
        return cause;
    }
    // Where STS took the same credentials, it is not they that are wrong. `InvalidToken` alone leaves both open.
    let may_be_the_region =
        answer.code == "InvalidToken" || (known.signed_in && WHERE_NOT_ENABLED.contains(&answer.code));
    let every_account_has_it = known.region.is_some_and(|region| !needs_opt_in(region));
    if may_be_the_region && !every_account_has_it { Cause::RegionNotEnabled } else { Cause::CredentialsRefused }
}

/// How services answer in a Region that the caller's account has not enabled, beside `InvalidToken`
/// (<https://github.com/aws/aws-cli/issues/8413>).
const WHERE_NOT_ENABLED: [&str; 4] =
    ["InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "UnrecognizedClient"];
