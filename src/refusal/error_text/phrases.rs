//! Sentences that come without their code: .NET prints none, and people quote the sentence alone.

use super::layout::without_spaces;
use crate::snapshot::ReadFailure;

/// The words, in lower case, and the code that AWS gives with them.
const PHRASES: [(&str, &str); 48] = [
    // Of KMS, by way of S3; before the general words for a refusal.
    ("invalid keyid '", "KMS.NotFoundException"),
    ("invalid arn ", "KMS.NotFoundException"),
    ("key 'arn:aws", "KMS.NotFoundException"),
    ("alias arn:aws", "KMS.NotFoundException"),
    ("rate at which you may call kms", "ThrottlingException"),
    ("not authorized to perform", "AccessDenied"),
    ("explicit deny", "AccessDenied"),
    ("access denied", "AccessDenied"),
    ("does not exist in this region, or you are not allowed to access", "AccessDeniedException"),
    ("all access to this object has been disabled", "AllAccessDisabled"),
    ("token is malformed or otherwise invalid", "InvalidToken"),
    ("http header is required for put object requests with object lock", "InvalidRequest"),
    ("must be made over a secure connection", "InvalidArgument"),
    ("conditional request cannot succeed due to a conflicting operation", "ConditionalRequestConflict"),
    ("pre-conditions you specified did not hold", "PreconditionFailed"),
    ("location constraint is incompatible", "IllegalLocationConstraintException"),
    ("must be addressed using the specified endpoint", "PermanentRedirect"),
    ("authorization header is malformed; the region", "AuthorizationHeaderMalformed"),
    ("specified bucket does not exist", "NoSuchBucket"),
    ("bucket policy does not exist", "NoSuchBucketPolicy"),
    ("public access block configuration was not found", "NoSuchPublicAccessBlockConfiguration"),
    ("bucket ownership controls were not found", "OwnershipControlsNotFoundError"),
    ("server side encryption configuration was not found", "ServerSideEncryptionConfigurationNotFoundError"),
    ("object lock configuration does not exist", "ObjectLockConfigurationNotFoundError"),
    ("bucket does not allow acls", "AccessControlListNotSupported"),
    ("bucket cannot have acls set with objectownership", "InvalidBucketAclWithObjectOwnership"),
    ("policy has invalid ", "MalformedPolicy"),
    ("invalid principal in policy", "MalformedPolicy"),
    ("does not apply to any resource(s) in statement", "MalformedPolicy"),
    ("new key policy will not allow you to update the key policy", "MalformedPolicyDocumentException"),
    ("reduce your request rate", "SlowDown"),
    ("request time and the current time is too large", "RequestTimeTooSkewed"),
    ("request signature we calculated does not match", "SignatureDoesNotMatch"),
    ("access key id you provided does not exist", "InvalidAccessKeyId"),
    ("unable to locate credentials", ReadFailure::NO_CREDENTIALS),
    ("no valid credential sources", ReadFailure::NO_CREDENTIALS),
    ("failed to refresh cached credentials", ReadFailure::NO_CREDENTIALS),
    ("could not load credentials", ReadFailure::NO_CREDENTIALS),
    ("sso session associated with this profile has expired", "ExpiredToken"),
    ("session has expired", "ExpiredToken"),
    ("token has expired", "ExpiredToken"),
    ("token included in the request is expired", "ExpiredToken"),
    ("token included in the request is invalid", "InvalidClientTokenId"),
    ("could not connect to the endpoint", ReadFailure::UNREACHABLE),
    ("timeout on endpoint", ReadFailure::TIMED_OUT),
    ("ssl validation failed", ReadFailure::MALFORMED),
    ("certificate verify failed", ReadFailure::MALFORMED),
    ("no such host", ReadFailure::UNREACHABLE),
];

/// What KMS says of a key's state, of which S3 gives the key's ARN and this ending.
const OF_A_STATE: [(&str, &str); 3] = [
    ("is disabled", "KMS.DisabledException"),
    ("is pending deletion", "KMS.KMSInvalidStateException"),
    ("is pending import", "KMS.KMSInvalidStateException"),
];

/// The code of a sentence, if it is one of these.
pub(super) fn code(text: &str) -> Option<&'static str> {
    let plain = without_spaces(&text.to_lowercase());
    let holds = |words: &str| plain.contains(&without_spaces(words));
    let of_a_key = plain.contains("arn:aws") && plain.contains(":kms:");
    let state = OF_A_STATE.into_iter().filter(|_| of_a_key).find(|(words, _)| holds(words));
    state.or_else(|| PHRASES.into_iter().find(|(words, _)| holds(words))).map(|(_, code)| code)
}
