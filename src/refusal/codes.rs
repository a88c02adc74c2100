//! Error codes that say by themselves what is wrong.
//!
//! From <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>; the codes that begin with `KMS.` are S3's, for
//! what KMS answered to it.

use super::{Answer, Cause};
use crate::snapshot::ReadFailure;

const CODES: &[(&str, Cause)] = &[
    ("AccessDenied", Cause::Bare),
    ("AccessDeniedException", Cause::Bare),
    ("UnauthorizedOperation", Cause::Bare),
    ("UnauthorizedAccess", Cause::Bare),
    ("KMS.AccessDeniedException", Cause::KeyPolicy),
    ("AccessControlListNotSupported", Cause::AclsDisabled),
    ("InvalidBucketAclWithObjectOwnership", Cause::AclsInUse),
    ("MethodNotAllowed", Cause::NotTheOwner),
    ("InvalidBucketOwnerAWSAccountID", Cause::BadRequest),
    ("AllAccessDisabled", Cause::ShutByAws),
    ("AccountProblem", Cause::ShutByAws),
    ("NotSignedUp", Cause::ShutByAws),
    ("OptInRequired", Cause::ShutByAws),
    ("InvalidPayer", Cause::ShutByAws),
    ("InvalidToken", Cause::RegionNotEnabled),
    ("RegionDisabledException", Cause::RegionNotEnabled),
    ("UnrecognizedClientException", Cause::CredentialsRefused),
    ("UnrecognizedClient", Cause::CredentialsRefused),
    ("InvalidAccessKeyId", Cause::CredentialsRefused),
    ("InvalidClientTokenId", Cause::CredentialsRefused),
    ("SignatureDoesNotMatch", Cause::CredentialsRefused),
    ("InvalidSignatureException", Cause::CredentialsRefused),
    ("IncompleteSignature", Cause::CredentialsRefused),
    ("MissingAuthenticationToken", Cause::CredentialsRefused),
    ("MissingAuthenticationTokenException", Cause::CredentialsRefused),
    ("AuthFailure", Cause::CredentialsRefused),
    ("InvalidSecurity", Cause::CredentialsRefused),
    ("ExpiredToken", Cause::Expired),
    ("ExpiredTokenException", Cause::Expired),
    ("RequestExpired", Cause::Expired),
    ("TokenRefreshRequired", Cause::Expired),
    ("RequestTimeTooSkewed", Cause::Clock),
    ("RequestInTheFuture", Cause::Clock),
    (ReadFailure::NO_CREDENTIALS, Cause::NoCredentials),
    ("IllegalLocationConstraintException", Cause::WrongRegion),
    ("PermanentRedirect", Cause::WrongRegion),
    ("TemporaryRedirect", Cause::WrongRegion),
    ("AuthorizationHeaderMalformed", Cause::WrongRegion),
    ("KMS.NotFoundException", Cause::KeyMissing),
    ("KMS.DisabledException", Cause::KeyDisabled),
    ("KMS.KMSInvalidStateException", Cause::KeyState),
    ("KMS.InvalidStateException", Cause::KeyState),
    ("KMS.KeyUnavailableException", Cause::KeyState),
    ("KMS.InvalidKeyUsageException", Cause::KeyUsage),
    ("KMS.UnsupportedOperationException", Cause::KeyUsage),
    ("KMS.InvalidArnException", Cause::KeyName),
    ("InvalidArnException", Cause::KeyName),
    ("DisabledException", Cause::KeyDisabled),
    ("KMSInvalidStateException", Cause::KeyState),
    ("KeyUnavailableException", Cause::KeyState),
    ("InvalidKeyUsageException", Cause::KeyUsage),
    ("KMS.ThrottlingException", Cause::Throttled),
    ("KMS.LimitExceededException", Cause::Throttled),
    ("SlowDown", Cause::Throttled),
    ("Throttling", Cause::Throttled),
    ("ThrottlingException", Cause::Throttled),
    ("ThrottledException", Cause::Throttled),
    ("RequestLimitExceeded", Cause::Throttled),
    ("RequestThrottled", Cause::Throttled),
    ("TooManyRequestsException", Cause::Throttled),
    ("TooManyRequests", Cause::Throttled),
    ("ServiceUnavailable", Cause::ServiceFault),
    ("InternalError", Cause::ServiceFault),
    ("InternalFailure", Cause::ServiceFault),
    ("KMSInternalException", Cause::ServiceFault),
    ("KMS.KMSInternalException", Cause::ServiceFault),
    ("KMS.DependencyTimeoutException", Cause::ServiceFault),
    ("DependencyTimeoutException", Cause::ServiceFault),
    ("BadDigest", Cause::ChecksumWrong),
    ("InvalidDigest", Cause::ChecksumWrong),
    ("XAmzContentSHA256Mismatch", Cause::ChecksumWrong),
    ("XAmzContentChecksumMismatch", Cause::ChecksumWrong),
    ("ConditionalRequestConflict", Cause::Conflict),
    ("PreconditionFailed", Cause::Taken),
    ("OperationAborted", Cause::BucketBusy),
    ("NoSuchBucket", Cause::NoBucket),
    ("NoSuchKey", Cause::NotThere),
    ("NoSuchUpload", Cause::NotThere),
    ("NoSuchVersion", Cause::NotThere),
    ("NoSuchBucketPolicy", Cause::NotThere),
    ("NoSuchPublicAccessBlockConfiguration", Cause::NotThere),
    ("OwnershipControlsNotFoundError", Cause::NotThere),
    ("ServerSideEncryptionConfigurationNotFoundError", Cause::NotThere),
    ("ObjectLockConfigurationNotFoundError", Cause::NotThere),
    ("NoSuchObjectLockConfiguration", Cause::NotThere),
    ("NoSuchTagSet", Cause::NotThere),
    ("AWSOrganizationsNotInUseException", Cause::NotThere),
    ("MalformedPolicy", Cause::DocumentRefused),
    ("MalformedPolicyDocument", Cause::DocumentRefused),
    ("MalformedPolicyDocumentException", Cause::DocumentRefused),
    ("InvalidPolicyDocument", Cause::DocumentRefused),
    ("PolicyTooLarge", Cause::DocumentRefused),
    ("InvalidBucketName", Cause::BadRequest),
    ("InvalidArgument", Cause::BadRequest),
    ("InvalidRequest", Cause::BadRequest),
    ("MissingContentLength", Cause::BadRequest),
    ("EntityTooLarge", Cause::BadRequest),
    ("ValidationException", Cause::BadRequest),
    ("NotImplemented", Cause::NotOffered),
    (ReadFailure::UNREACHABLE, Cause::NoAnswer),
    (ReadFailure::TIMED_OUT, Cause::NoAnswer),
    (ReadFailure::MALFORMED, Cause::Intermediary),
];

/// The codes that are known, with what they mean.
pub(crate) fn known_codes() -> impl Iterator<Item = (&'static str, Cause)> {
    CODES.iter().copied()
}

/// What the code says, else the status.
pub(super) fn cause(answer: Answer<'_>) -> Option<Cause> {
    let Answer { operation, code, message, status } = answer;
    let is_kms = operation.starts_with("kms:");
    let known = CODES.iter().find(|(known, _)| *known == code).map(|(_, cause)| *cause);
    match known {
        // A key, where KMS itself says so; S3 and STS mean other things by this code.
        None if code == "NotFoundException" && (is_kms || is_of_a_key(message)) => Some(Cause::KeyMissing),
        Some(Cause::Bare) if operation == "sts:AssumeRole" => Some(Cause::AssumeRole),
        // 405 tells callers of other accounts from the owner's on bucket policies only.
        Some(Cause::NotTheOwner) if !is_bucket_policy(operation) => Some(Cause::BadRequest),
        Some(Cause::CredentialsRefused) if is_clock(message) => Some(Cause::Clock),
        Some(cause) => Some(cause),
        None if code.starts_with("AccessDenied") => Some(Cause::Bare),
        // What KMS answered to S3, by a name that is not in the table.
        None if code.starts_with("KMS.") => Some(Cause::KeyUsage),
        None => by_status(code.parse().ok().or(status)?, code),
    }
}

/// KMS and STS have no code for a clock that is off, only these words.
fn is_clock(message: &str) -> bool {
    ["Signature expired", "Signature not yet current"].iter().any(|words| message.contains(words))
}

/// A pasted line may not name the operation, but KMS names the key.
fn is_of_a_key(message: &str) -> bool {
    ["Invalid keyId", "Key '", ":kms:"].iter().any(|words| message.contains(words))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
fn is_bucket_policy(operation: &str) -> bool {
    operation.is_empty() || operation.contains("BucketPolicy")
}

fn by_status(status: u16, code: &str) -> Option<Cause> {
    match status {
        301 | 307 | 308 => Some(Cause::WrongRegion),
        403 => Some(Cause::Silent),
        404 => Some(Cause::NotThere),
        407 => Some(Cause::Intermediary),
        409 if code.parse::<u16>().is_ok() => Some(Cause::Conflict),
        412 => Some(Cause::Taken),
        429 | 503 => Some(Cause::Throttled),
        501 => Some(Cause::NotOffered),
        500..=599 => Some(Cause::ServiceFault),
        400..=499 => Some(Cause::BadRequest),
        _ => None,
    }
}
