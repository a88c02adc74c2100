//! What a failed write says: about the bucket, about the caller, or about neither.

use crate::snapshot::ReadFailure;

/// Whose fault a failed write is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The bucket or its key refuse: what it means, and what to do.
    Bucket {
        /// A clause, without a full stop.
        meaning: &'static str,
        /// A sentence.
        remedy: &'static str,
    },
    /// The rights of the caller do not reach: nothing is known of the bucket.
    Runner,
    /// Something lies under the key already, or is being written there.
    Occupied,
    /// The network, the load, the credentials, or something unheard of.
    Unclear,
}

/// Parts of AWS's message about a refusal that put it down to the caller's own side
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
const RUNNERS_OWN: [&str; 9] = [
    "no identity-based policy allows",
    "no permissions boundary allows",
    "no session policy allows",
    "no service control policy allows",
    "explicit deny in an identity-based policy",
    "explicit deny in a permissions boundary",
    "explicit deny in a session policy",
    "explicit deny in a service control policy",
    "explicit deny in a VPC endpoint policy",
];

const MEANINGS: [(&str, &str, &str); 6] = [
    ("KMS.DisabledException", "the default KMS key is disabled", "Enable the key."),
    (
        "KMS.NotFoundException",
        "the default KMS key does not exist where S3 looks for it",
        "Name an existing key in default encryption by its full ARN.",
    ),
    (
        "KMS.KMSInvalidStateException",
        "the default KMS key is in a state in which it does not encrypt, such as waiting to be deleted",
        "Bring the key back to the state Enabled, or name another in default encryption.",
    ),
    (
        "KMS.InvalidKeyUsageException",
        "the default KMS key is not for encryption",
        "Name a symmetric key for ENCRYPT_DECRYPT in default encryption.",
    ),
    (
        "KMS.AccessDeniedException",
        "the default KMS key may not be used",
        "Allow kms:GenerateDataKey and kms:Decrypt in the key policy.",
    ),
    (
        "KMS.InvalidArnException",
        "the default KMS key is not named by a valid ARN",
        "Name the key in default encryption by its full ARN.",
    ),
];

impl Refusal {
    /// Reads the service's code and message.
    pub(super) fn of(failure: &ReadFailure) -> Self {
        let code = failure.code.as_str();
        if let Some((_, meaning, remedy)) = MEANINGS.into_iter().find(|(known, ..)| *known == code) {
            return Self::Bucket { meaning, remedy };
        }
        match code {
            "PreconditionFailed" | "ConditionalRequestConflict" | "412" | "409" => Self::Occupied,
            _ if failure.is_throttled() => Self::Unclear,
            _ if failure.is_denied() && RUNNERS_OWN.iter().any(|part| failure.message.contains(part)) => Self::Runner,
            _ if failure.is_denied() && failure.message.contains("resource-based policy") => {
                by_policy(&failure.message)
            }
            _ if failure.is_denied() => Self::Bucket {
                meaning: "the bucket policy or the key policy denies it, or whoever runs the check lacks the right",
                remedy: "Take away what denies it in the bucket policy and the key policy, or give whoever runs the \
                         check the right, or leave the probe out with --no-probe.",
            },
            _ if code.starts_with("KMS.")
                && !["Throttling", "Internal", "Timeout", "LimitExceeded"].iter().any(|part| code.contains(part)) =>
            {
                Self::Bucket {
                    meaning: "the default KMS key cannot be used",
                    remedy: "See kms.key-usable for what is wrong with the key.",
                }
            }
            _ => Self::Unclear,
        }
    }
}

/// A refusal that AWS puts down to a policy of the bucket's side.
fn by_policy(message: &str) -> Refusal {
    match (message.contains("perform: kms:"), message.contains("explicit deny")) {
        (true, true) => Refusal::Bucket {
            meaning: "a Deny in the key policy hits it",
            remedy: "Take the Deny out of the key policy, or exempt those who write.",
        },
        (true, false) => Refusal::Bucket {
            meaning: "the key policy does not allow it",
            remedy: "Allow kms:GenerateDataKey and kms:Decrypt in the key policy.",
        },
        (false, true) => Refusal::Bucket {
            meaning: "a Deny in the bucket policy hits it",
            remedy: "Take the Deny out of the bucket policy, or exempt those who write.",
        },
        (false, false) => {
            Refusal::Bucket { meaning: "the bucket policy does not allow it", remedy: "Allow it in the bucket policy." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Operation;

    fn refusal(code: &str, message: &str) -> Refusal {
        Refusal::of(&ReadFailure {
            operation: Operation::PutObject,
            code: code.to_owned(),
            message: message.to_owned(),
            status: None,
            request_id: None,
        })
    }

    fn meaning(message: &str) -> &'static str {
        match refusal("AccessDenied", message) {
            Refusal::Bucket { meaning, .. } => meaning,
            other => panic!("{message}: {other:?}"),
        }
    }

    #[test]
    fn a_refusal_is_put_down_to_whom_aws_names() {
        let put = "User: u is not authorized to perform: s3:PutObject on resource: r ";
        let key = "User: u is not authorized to perform: kms:GenerateDataKey on resource: r ";
        for (action, reason, part) in [
            (put, "with an explicit deny in a resource-based policy", "a Deny in the bucket policy"),
            (put, "because no resource-based policy allows the s3:PutObject action", "the bucket policy does not"),
            (key, "with an explicit deny in a resource-based policy", "a Deny in the key policy"),
            (key, "because no resource-based policy allows the kms:GenerateDataKey action", "the key policy does not"),
            ("Access Denied", "", "or whoever runs the check"),
        ] {
            let message = format!("{action}{reason}");
            assert!(meaning(&message).contains(part), "{message}");
        }
        for reason in RUNNERS_OWN {
            assert_eq!(refusal("AccessDenied", &format!("{put}with or because {reason}")), Refusal::Runner);
        }
    }

    #[test]
    fn what_passes_by_itself_is_nobodys_fault() {
        let codes = ["SlowDown", "503", "InternalError", "RequestTimeout", "ExpiredToken", "KMS.ThrottlingException"];
        for code in
            codes.into_iter().chain(["KMS.KMSInternalException", "KMS.DependencyTimeoutException", "NotImplemented"])
        {
            assert_eq!(refusal(code, ""), Refusal::Unclear, "{code}");
        }
        assert_eq!(refusal("ConditionalRequestConflict", ""), Refusal::Occupied);
    }
}
