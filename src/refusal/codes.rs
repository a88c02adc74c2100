//! Error codes that say by themselves what is wrong.
//!
//! From <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>; the codes that begin with `KMS.` are S3's, for
//! what KMS answered to it.

use super::{Answer, Cause};
use crate::snapshot::ReadFailure;

/// The codes of each cause.
const CODES: &[(Cause, &[&str])] = &[
    (Cause::Bare, &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"]),
    (Cause::KeyPolicy, &["KMS.AccessDeniedException"]),
    (Cause::AclsDisabled, &["AccessControlListNotSupported", "InvalidBucketAclWithObjectOwnership"]),
    (Cause::NotTheOwner, &["MethodNotAllowed"]),
    (
        Cause::BadRequest,
        &[
            "InvalidBucketOwnerAWSAccountID",
            "InvalidBucketName",
            "InvalidArgument",
            "InvalidRequest",
            "MissingContentLength",
            "EntityTooLarge",
            "ValidationException",
        ],
    ),
    (Cause::ShutByAws, &["AllAccessDisabled", "AccountProblem", "NotSignedUp", "OptInRequired", "InvalidPayer"]),
    (Cause::RegionNotEnabled, &["InvalidToken", "RegionDisabledException"]),
    (
        Cause::CredentialsRefused,
        &[
            "UnrecognizedClientException",
            "UnrecognizedClient",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "IncompleteSignature",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "AuthFailure",
            "InvalidSecurity",
        ],
    ),
    (Cause::Expired, &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"]),
    (Cause::Clock, &["RequestTimeTooSkewed", "RequestInTheFuture"]),
    (Cause::NoCredentials, &[ReadFailure::NO_CREDENTIALS]),
    (
        Cause::WrongRegion,
        &[
            "IllegalLocationConstraintException",
            "PermanentRedirect",
            "TemporaryRedirect",
            "AuthorizationHeaderMalformed",
        ],
    ),
    (Cause::KeyMissing, &["KMS.NotFoundException"]),
    (Cause::KeyDisabled, &["KMS.DisabledException", "DisabledException"]),
    (
        Cause::KeyState,
        &[
            "KMS.KMSInvalidStateException",
            "KMS.InvalidStateException",
            "KMS.KeyUnavailableException",
            "KMSInvalidStateException",
            "KeyUnavailableException",
        ],
    ),
    (
        Cause::KeyUsage,
        &["KMS.InvalidKeyUsageException", "KMS.UnsupportedOperationException", "InvalidKeyUsageException"],
    ),
    (Cause::KeyName, &["KMS.InvalidArnException", "InvalidArnException"]),
    (
        Cause::Throttled,
        &[
            "KMS.ThrottlingException",
            "KMS.LimitExceededException",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "TooManyRequestsException",
            "TooManyRequests",
        ],
    ),
    (
        Cause::ServiceFault,
        &[
            "ServiceUnavailable",
            "InternalError",
            "InternalFailure",
            "KMSInternalException",
            "KMS.KMSInternalException",
            "KMS.DependencyTimeoutException",
            "DependencyTimeoutException",
        ],
    ),
    (Cause::ChecksumWrong, &["BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"]),
    (Cause::Conflict, &["ConditionalRequestConflict"]),
    (Cause::Taken, &["PreconditionFailed"]),
    (Cause::BucketBusy, &["OperationAborted"]),
    (Cause::NoBucket, &["NoSuchBucket"]),
    (
        Cause::NotThere,
        &[
            "NoSuchKey",
            "NoSuchUpload",
            "NoSuchVersion",
            "NoSuchBucketPolicy",
            "NoSuchPublicAccessBlockConfiguration",
            "OwnershipControlsNotFoundError",
            "ServerSideEncryptionConfigurationNotFoundError",
            "ObjectLockConfigurationNotFoundError",
            "NoSuchObjectLockConfiguration",
            "NoSuchTagSet",
            "AWSOrganizationsNotInUseException",
        ],
    ),
    (
        Cause::DocumentRefused,
        &[
            "MalformedPolicy",
            "MalformedPolicyDocument",
            "MalformedPolicyDocumentException",
            "InvalidPolicyDocument",
            "PolicyTooLarge",
        ],
    ),
    (Cause::NotOffered, &["NotImplemented"]),
    (Cause::NoAnswer, &[ReadFailure::UNREACHABLE, ReadFailure::TIMED_OUT]),
    (Cause::Intermediary, &[ReadFailure::MALFORMED]),
];

/// The codes that are known, with what they mean.
pub fn known_codes() -> impl Iterator<Item = (&'static str, Cause)> {
    CODES.iter().flat_map(|(cause, codes)| codes.iter().map(|code| (*code, *cause)))
}

/// What the code says, else the status.
pub(super) fn cause(answer: Answer<'_>) -> Option<Cause> {
    let Answer { operation, code, message, status } = answer;
    let is_kms = operation.starts_with("kms:");
    let known = known_codes().find(|(known, _)| *known == code).map(|(_, cause)| cause);
    match known {
        // A key, where KMS itself says so; S3 and STS mean other things by this code.
        None if code == "NotFoundException" && is_kms => Some(Cause::KeyMissing),
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
