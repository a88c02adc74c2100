//! What a fix replaces as a whole: the two policies, the settings of the bucket, the key.

use std::fmt;

use serde::Serialize;

/// A document or setting that a fix replaces as a whole, in the order in which changes are made: a key before what is
/// encrypted under it, the access control list before lists are switched off, and Block Public Access after both and
/// after the bucket policy, so that on the way back it lets them through again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "&'static str")]
pub enum DocumentName {
    /// The state of the KMS key.
    Key,
    /// The key policy.
    KeyPolicy,
    /// The bucket's default encryption.
    DefaultEncryption,
    /// The bucket policy.
    BucketPolicy,
    /// The bucket's access control list.
    Acl,
    /// Object Ownership.
    OwnershipControls,
    /// Block Public Access of the bucket.
    PublicAccessBlock,
    /// Who pays for requests.
    RequestPayment,
    /// Object Lock.
    ObjectLock,
}

impl DocumentName {
    /// All of them, in the order in which changes are made.
    pub const ALL: [Self; 9] = [
        Self::Key,
        Self::KeyPolicy,
        Self::DefaultEncryption,
        Self::BucketPolicy,
        Self::Acl,
        Self::OwnershipControls,
        Self::PublicAccessBlock,
        Self::RequestPayment,
        Self::ObjectLock,
    ];

    /// As `stc-check fix --format json` names it, such as `bucket-policy`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::KeyPolicy => "key-policy",
            Self::DefaultEncryption => "default-encryption",
            Self::BucketPolicy => "bucket-policy",
            Self::Acl => "acl",
            Self::OwnershipControls => "ownership-controls",
            Self::PublicAccessBlock => "public-access-block",
            Self::RequestPayment => "request-payment",
            Self::ObjectLock => "object-lock",
        }
    }
}

impl fmt::Display for DocumentName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl From<DocumentName> for &'static str {
    fn from(name: DocumentName) -> Self {
        name.as_str()
    }
}
