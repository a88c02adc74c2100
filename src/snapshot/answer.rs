//! What each operation answers: the JSON that the AWS CLI prints, as far as a check, a fix or a reader looks at it.

use serde::{Deserialize, Serialize};

use crate::policy::save_time::without_lead;

mod kms;

pub use kms::{DescribeKeyAnswer, Grant, GrantConstraints, GrantsAnswer, KeyMetadata};

/// `s3:GetBucketPolicy` and `kms:GetKeyPolicy`: the document as a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct PolicyText {
    /// JSON as the service stores it, or is to store it.
    pub policy: String,
    /// What precedes a policy that is still to be saved, in its file; `None` where the policy is in force.
    #[serde(skip)]
    lead: Option<String>,
    /// Whether it is a key policy that is saved without KMS's check that its caller can still change it.
    #[serde(skip)]
    may_lock_out: bool,
}

impl PolicyText {
    /// A policy that the service has taken.
    pub fn in_force(policy: impl Into<String>) -> Self {
        Self { policy: policy.into(), lead: None, may_lock_out: false }
    }

    /// A policy that is still to be saved. What precedes it, a byte order mark or white space, is kept apart.
    #[must_use]
    pub fn unsaved(text: &str) -> Self {
        let policy = without_lead(text);
        let lead = text.strip_suffix(policy).unwrap_or_default();
        Self { policy: policy.to_owned(), lead: Some(lead.to_owned()), may_lock_out: false }
    }

    /// The same, saved with `BypassPolicyLockoutSafetyCheck`
    /// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>).
    #[must_use]
    pub fn that_may_lock_out(self) -> Self {
        Self { may_lock_out: true, ..self }
    }

    /// Whether KMS is told not to check that its caller can still change it.
    #[must_use]
    pub fn may_lock_out(&self) -> bool {
        self.may_lock_out
    }

    /// The whole text that would be sent to the service, where it is still to be saved.
    #[must_use]
    pub fn to_save(&self) -> Option<String> {
        Some(format!("{}{}", self.lead.as_deref()?, self.policy))
    }
}

/// `s3:GetBucketPolicyStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct PolicyStatusAnswer {
    /// The one member.
    pub policy_status: PolicyStatus,
}

/// Whether S3 calls the policy public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct PolicyStatus {
    /// S3's own verdict.
    pub is_public: bool,
}

/// `s3:GetPublicAccessBlock` and `s3control:GetPublicAccessBlock`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct PublicAccessBlockAnswer {
    /// The one member.
    pub public_access_block_configuration: PublicAccessBlock,
}

/// `s3:GetBucketEncryption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionAnswer {
    /// The one member.
    pub server_side_encryption_configuration: EncryptionConfiguration,
}

/// Declares answers, and what is in them: as the AWS CLI prints them, and any part may be missing.
macro_rules! answers {
    ($(
        $(#[$about:meta])*
        pub struct $name:ident { $($(#[$part_about:meta])* pub $part:ident: $type:ty,)* }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
            #[cfg_attr(test, derive(schemars::JsonSchema))]
            #[serde(rename_all = "PascalCase", default)]
            pub struct $name {
                $(
                    $(#[$part_about])*
                    #[serde(skip_serializing_if = "crate::snapshot::answer::is_missing")]
                    pub $part: $type,
                )*
            }
        )*
    };
}
pub(super) use answers;

/// Whether a part of an answer is missing, which is left out in files and commands: JSON would say `null`.
pub(super) fn is_missing<T: Serialize>(part: &T) -> bool {
    serde_json::to_value(part).is_ok_and(|part| part.is_null())
}

answers! {
    /// `s3:HeadBucket`.
    pub struct HeadBucket {
        /// The bucket's ARN; said of directory buckets alone by older services.
        pub bucket_arn: Option<String>,
        /// `AvailabilityZone` or `LocalZone`, of a directory bucket.
        pub bucket_location_type: Option<String>,
        /// The name of that zone.
        pub bucket_location_name: Option<String>,
        /// The region the bucket is in, from the header `x-amz-bucket-region`.
        pub bucket_region: Option<String>,
        /// Whether the name is an access point alias.
        pub access_point_alias: Option<bool>,
    }

    /// The owner as an ACL names it.
    pub struct AclOwner {
        /// A name for people, where the service still gives one.
        pub display_name: Option<String>,
        /// The canonical user id.
        #[serde(rename = "ID")]
        pub id: Option<String>,
    }

    /// The four settings; one that the service leaves out is off.
    #[derive(Copy)]
    pub struct PublicAccessBlock {
        /// New public ACLs are refused.
        pub block_public_acls: bool,
        /// Existing public ACLs have no effect.
        pub ignore_public_acls: bool,
        /// New public policies are refused.
        pub block_public_policy: bool,
        /// A public policy is cut down to the owner's account and AWS services.
        pub restrict_public_buckets: bool,
    }

    /// The rules of default encryption.
    pub struct EncryptionConfiguration {
        /// In practice exactly one.
        pub rules: Vec<EncryptionRule>,
    }

    /// One rule of default encryption.
    pub struct EncryptionRule {
        /// What objects without headers get.
        pub apply_server_side_encryption_by_default: Option<EncryptionByDefault>,
        /// Whether S3 Bucket Keys are used.
        pub bucket_key_enabled: Option<bool>,
        /// Kinds of encryption that writers may not use.
        pub blocked_encryption_types: Option<BlockedEncryptionTypes>,
    }

    /// Algorithm and key of default encryption.
    pub struct EncryptionByDefault {
        /// `AES256`, `aws:kms` or `aws:kms:dsse`.
        #[serde(rename = "SSEAlgorithm")]
        pub algorithm: String,
        /// As the owner typed it: key ARN, alias ARN, alias or bare id.
        #[serde(rename = "KMSMasterKeyID")]
        pub kms_master_key_id: Option<String>,
    }

    /// The kinds of encryption that the bucket refuses.
    pub struct BlockedEncryptionTypes {
        /// `SSE-C` or `NONE`.
        pub encryption_type: Vec<String>,
    }

    /// `s3:GetBucketOwnershipControls`.
    pub struct OwnershipAnswer {
        /// The one member.
        pub ownership_controls: OwnershipControls,
    }

    /// Who owns what others upload.
    pub struct OwnershipControls {
        /// In practice exactly one.
        pub rules: Vec<OwnershipRule>,
    }

    /// One rule of object ownership.
    pub struct OwnershipRule {
        /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
        pub object_ownership: String,
    }

    /// `s3:GetBucketAcl`.
    pub struct AclAnswer {
        /// The owner's canonical id.
        pub owner: Option<AclOwner>,
        /// Who has what.
        pub grants: Vec<AclGrant>,
    }

    /// One grant of an ACL.
    pub struct AclGrant {
        /// To whom.
        pub grantee: Option<AclGrantee>,
        /// `FULL_CONTROL`, `READ`, `WRITE`, `READ_ACP` or `WRITE_ACP`.
        pub permission: Option<String>,
    }

    /// Who an ACL grants to.
    pub struct AclGrantee {
        /// `CanonicalUser`, `Group` or `AmazonCustomerByEmail`.
        pub r#type: Option<String>,
        /// A name for people, where the service still gives one.
        pub display_name: Option<String>,
        /// Of an account that was named by it.
        pub email_address: Option<String>,
        /// Of a canonical user.
        #[serde(rename = "ID")]
        pub id: Option<String>,
        /// Of a group.
        #[serde(rename = "URI")]
        pub uri: Option<String>,
    }

    /// `s3:GetBucketVersioning`.
    pub struct Versioning {
        /// `Enabled`, `Suspended` or not there.
        pub status: Option<String>,
        /// `Enabled` or `Disabled`.
        #[serde(rename = "MFADelete")]
        pub mfa_delete: Option<String>,
    }

    /// `s3:GetObjectLockConfiguration`.
    pub struct ObjectLockAnswer {
        /// The one member.
        pub object_lock_configuration: ObjectLockConfiguration,
    }

    /// Object Lock of a bucket.
    pub struct ObjectLockConfiguration {
        /// `Enabled` or not there.
        pub object_lock_enabled: Option<String>,
        /// The default retention, where one is set.
        pub rule: Option<ObjectLockRule>,
    }

    /// The rule of Object Lock.
    pub struct ObjectLockRule {
        /// What every new object gets.
        pub default_retention: Option<DefaultRetention>,
    }

    /// How long every new object is kept.
    pub struct DefaultRetention {
        /// `GOVERNANCE` or `COMPLIANCE`.
        pub mode: Option<String>,
        /// Days, or else years.
        pub days: Option<i64>,
        /// Years, or else days.
        pub years: Option<i64>,
        /// How long it is kept from an event on, where that is set.
        pub default_event_hold: Option<EventHold>,
    }

    /// How long an object is kept from an event on.
    pub struct EventHold {
        /// Days, or else years.
        pub days: Option<i64>,
        /// Years, or else days.
        pub years: Option<i64>,
    }

    /// `s3:GetBucketRequestPayment`.
    pub struct RequestPayment {
        /// `BucketOwner` or `Requester`.
        pub payer: Option<String>,
    }

    /// `s3:GetBucketAbac`.
    pub struct AbacAnswer {
        /// The one member.
        pub abac_status: Option<AbacStatus>,
    }

    /// Whether bucket tags count in conditions.
    pub struct AbacStatus {
        /// `Enabled` or `Disabled`.
        pub status: Option<String>,
    }

    /// `s3:GetBucketTagging`.
    pub struct TaggingAnswer {
        /// The bucket's tags.
        pub tag_set: Vec<Tag>,
    }

    /// `organizations:DescribeOrganization`: the organization that the account is in.
    pub struct OrganizationAnswer {
        /// The organization.
        pub organization: Option<Organization>,
    }

    /// An organization.
    pub struct Organization {
        /// `o-a1b2c3d4e5`.
        pub id: Option<String>,
        /// The account that manages it.
        pub master_account_id: Option<String>,
    }

    /// `sts:GetCallerIdentity`: who runs the check.
    pub struct CallerIdentity {
        /// The account.
        pub account: Option<String>,
        /// The user's, role session's or root's ARN.
        pub arn: Option<String>,
        /// The unique id.
        pub user_id: Option<String>,
    }
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl PublicAccessBlockAnswer {
    /// Block Public Access with all four settings on.
    pub(crate) fn all_on() -> Self {
        let on = true;
        Self {
            public_access_block_configuration: PublicAccessBlock {
                block_public_acls: on,
                ignore_public_acls: on,
                block_public_policy: on,
                restrict_public_buckets: on,
            },
        }
    }
}

impl EncryptionAnswer {
    /// What objects without headers get, where a rule says so.
    #[must_use]
    pub fn by_default(&self) -> Option<&EncryptionByDefault> {
        let mut rules = self.server_side_encryption_configuration.rules.iter();
        rules.find_map(|rule| rule.apply_server_side_encryption_by_default.as_ref())
    }
}
