//! Which change fixes a check. `stc-check fix` makes the change; here it has its name alone, so that a check without
//! one, or a change that nobody makes, does not compile.

use crate::report::DocumentName;
use crate::vendor::KmsAction;
use crate::vendor::requests::VendorAction;

/// The change that fixes a check, in the order in which changes are tried: what keeps Sailthru out before what only
/// closes the bucket to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repair {
    /// Set default encryption, under a key named by its full ARN.
    DefaultEncryption,
    /// Enable the key, or name another.
    UsableKey,
    /// Correct placeholders, lost zeros and other mistakes of the bucket policy.
    PolicyMistakes,
    /// Take everyone out of the public statements of the bucket policy.
    LimitPublicStatements,
    /// Allow Sailthru's requests in the bucket policy, and exempt it from the Denies that hit them.
    Access(&'static [VendorAction]),
    /// Add the Deny of plain HTTP to the bucket policy.
    DenyPlainHttp,
    /// Correct the principals of the key policy, and give it back to the key's own account.
    KeyPolicyMistakes,
    /// Allow Sailthru the permission in the key policy, and exempt it from the Denies that hit it.
    KeyAccess(KmsAction),
    /// Limit the statements of the key policy that are open to everyone to the key's own account.
    LimitKeyPolicy,
    /// Switch Block Public Access on.
    BlockPublicAccess,
    /// Make the access control list private.
    PrivateAcl,
    /// Let the bucket's owner own every object.
    OwnerEnforced,
    /// Switch Requester Pays off.
    OwnerPays,
    /// Take the default retention off.
    NoDefaultRetention,
}

impl Repair {
    /// The document or setting that it changes.
    pub(crate) fn document(self) -> DocumentName {
        match self {
            Self::DefaultEncryption => DocumentName::DefaultEncryption,
            Self::UsableKey => DocumentName::Key,
            Self::PolicyMistakes | Self::LimitPublicStatements | Self::Access(_) | Self::DenyPlainHttp => {
                DocumentName::BucketPolicy
            }
            Self::KeyPolicyMistakes | Self::KeyAccess(_) | Self::LimitKeyPolicy => DocumentName::KeyPolicy,
            Self::BlockPublicAccess => DocumentName::PublicAccessBlock,
            Self::PrivateAcl => DocumentName::Acl,
            Self::OwnerEnforced => DocumentName::OwnershipControls,
            Self::OwnerPays => DocumentName::RequestPayment,
            Self::NoDefaultRetention => DocumentName::ObjectLock,
        }
    }
}
