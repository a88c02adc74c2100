//! What each operation answers: the JSON that the AWS CLI prints, as far as a check, a fix or a reader looks at it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::names::Arn;
use crate::policy::save_time::without_lead;

/// `s3:HeadBucket`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct HeadBucket {
    /// The bucket's ARN; said of directory buckets alone by older services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_arn: Option<String>,
    /// `AvailabilityZone` or `LocalZone`, of a directory bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_location_type: Option<String>,
    /// The name of that zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_location_name: Option<String>,
    /// The region the bucket is in, from the header `x-amz-bucket-region`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_region: Option<String>,
    /// Whether the name is an access point alias.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_point_alias: Option<bool>,
}

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
}

impl PolicyText {
    /// A policy that the service has taken.
    pub fn in_force(policy: impl Into<String>) -> Self {
        Self { policy: policy.into(), lead: None }
    }

    /// A policy that is still to be saved. What precedes it, a byte order mark or white space, is kept apart.
    #[must_use]
    pub fn unsaved(text: &str) -> Self {
        let policy = without_lead(text);
        let lead = text.strip_suffix(policy).unwrap_or_default();
        Self { policy: policy.to_owned(), lead: Some(lead.to_owned()) }
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

/// The four settings; one that the service leaves out is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
#[expect(clippy::struct_excessive_bools, reason = "the four settings of the service, by its names")]
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

/// `s3:GetBucketEncryption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionAnswer {
    /// The one member.
    pub server_side_encryption_configuration: EncryptionConfiguration,
}

/// The rules of default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct EncryptionConfiguration {
    /// In practice exactly one.
    pub rules: Vec<EncryptionRule>,
}

/// One rule of default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct EncryptionRule {
    /// What objects without headers get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_server_side_encryption_by_default: Option<EncryptionByDefault>,
    /// Whether S3 Bucket Keys are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_key_enabled: Option<bool>,
    /// Kinds of encryption that writers may not use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_encryption_types: Option<BlockedEncryptionTypes>,
}

/// Algorithm and key of default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct EncryptionByDefault {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(rename = "SSEAlgorithm")]
    pub algorithm: String,
    /// As the owner typed it: key ARN, alias ARN, alias or bare id.
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    pub kms_master_key_id: Option<String>,
}

/// The kinds of encryption that the bucket refuses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct BlockedEncryptionTypes {
    /// `SSE-C` or `NONE`.
    pub encryption_type: Vec<String>,
}

/// `s3:GetBucketOwnershipControls`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct OwnershipAnswer {
    /// The one member.
    pub ownership_controls: OwnershipControls,
}

/// Who owns what others upload.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct OwnershipControls {
    /// In practice exactly one.
    pub rules: Vec<OwnershipRule>,
}

/// One rule of object ownership.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct OwnershipRule {
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    pub object_ownership: String,
}

/// `s3:GetBucketAcl`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct AclAnswer {
    /// The owner's canonical id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<AclOwner>,
    /// Who has what.
    pub grants: Vec<AclGrant>,
}

/// The owner as an ACL names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AclOwner {
    /// A name for people, where the service still gives one.
    #[serde(rename = "DisplayName", skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The canonical user id.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// One grant of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct AclGrant {
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grantee: Option<AclGrantee>,
    /// `FULL_CONTROL`, `READ`, `WRITE`, `READ_ACP` or `WRITE_ACP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
}

/// Who an ACL grants to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct AclGrantee {
    /// `CanonicalUser`, `Group` or `AmazonCustomerByEmail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// A name for people, where the service still gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Of an account that was named by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<String>,
    /// Of a canonical user.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of a group.
    #[serde(rename = "URI", skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

/// `s3:GetBucketVersioning`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct Versioning {
    /// `Enabled`, `Suspended` or not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `Enabled` or `Disabled`.
    #[serde(rename = "MFADelete", skip_serializing_if = "Option::is_none")]
    pub mfa_delete: Option<String>,
}

/// `s3:GetObjectLockConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct ObjectLockAnswer {
    /// The one member.
    pub object_lock_configuration: ObjectLockConfiguration,
}

/// Object Lock of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct ObjectLockConfiguration {
    /// `Enabled` or not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_lock_enabled: Option<String>,
    /// The default retention, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<ObjectLockRule>,
}

/// The rule of Object Lock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct ObjectLockRule {
    /// What every new object gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_retention: Option<DefaultRetention>,
}

/// How long every new object is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct DefaultRetention {
    /// `GOVERNANCE` or `COMPLIANCE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Days, or else years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Years, or else days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<i64>,
    /// How long it is kept from an event on, where that is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_event_hold: Option<EventHold>,
}

/// How long an object is kept from an event on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct EventHold {
    /// Days, or else years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Years, or else days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<i64>,
}

/// `s3:GetBucketRequestPayment`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct RequestPayment {
    /// `BucketOwner` or `Requester`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
}

/// `s3:GetBucketAbac`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct AbacAnswer {
    /// The one member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abac_status: Option<AbacStatus>,
}

/// Whether bucket tags count in conditions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct AbacStatus {
    /// `Enabled` or `Disabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// `s3:GetBucketTagging`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct TaggingAnswer {
    /// The bucket's tags.
    pub tag_set: Vec<Tag>,
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

/// `kms:DescribeKey`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct DescribeKeyAnswer {
    /// The one member.
    pub key_metadata: KeyMetadata,
}

/// What KMS says of a key; a field that is not there was not said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct KeyMetadata {
    /// The account that owns the key.
    #[serde(rename = "AWSAccountId", skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The bare id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The full ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The Region of a key of a Terraform plan, whose ARN is known only after apply; AWS does not give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// When it was made, in the two forms of `deletion_date`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Value>,
    /// Whether it is enabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_state: Option<String>,
    /// The owner's words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<String>,
    /// `SYMMETRIC_DEFAULT`, `RSA_2048`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// The older name of `KeySpec`, which is all that an older AWS CLI prints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_master_key_spec: Option<String>,
    /// `CUSTOMER` or `AWS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_manager: Option<String>,
    /// `AWS_KMS`, `EXTERNAL`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Whether it is a multi-Region key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_region: Option<bool>,
    /// When a key pending deletion goes: RFC 3339 or seconds since 1970, as the CLI prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<Value>,
    /// When imported material expires, in the same two forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Value>,
    /// `KEY_MATERIAL_EXPIRES` or `KEY_MATERIAL_DOES_NOT_EXPIRE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_model: Option<String>,
    /// The key store that is not the service's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_key_store_id: Option<String>,
    /// The cluster behind that key store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_hsm_cluster_id: Option<String>,
    /// What it encrypts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_algorithms: Option<Vec<String>>,
    /// What it signs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_algorithms: Option<Vec<String>>,
    /// What it agrees on keys with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_agreement_algorithms: Option<Vec<String>>,
    /// What it authenticates with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac_algorithms: Option<Vec<String>>,
    /// The primary key and its replicas, of a multi-Region key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multi_region_configuration: Option<Value>,
    /// How long it waits for its deletion, once its replicas are gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_deletion_window_in_days: Option<i64>,
    /// The external key that it uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xks_key_configuration: Option<Value>,
    /// The material in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_key_material_id: Option<String>,
}

impl KeyMetadata {
    /// The spec, under its present name or the older one.
    #[must_use]
    pub fn spec(&self) -> Option<&str> {
        self.key_spec.as_deref().or(self.customer_master_key_spec.as_deref())
    }

    /// The ARN, where it is known in full: not that of a key of a Terraform plan.
    #[must_use]
    pub fn known_arn(&self) -> Option<Arn> {
        self.arn.as_deref().and_then(|arn| Arn::parse(arn).ok())
    }

    /// The Region, of the ARN or of the Terraform plan.
    #[must_use]
    pub fn region(&self) -> Option<String> {
        self.known_arn().map(|arn| arn.region).or_else(|| self.region.clone())
    }

    /// The account that owns the key.
    #[must_use]
    pub fn owner(&self) -> Option<String> {
        self.known_arn().map(|arn| arn.account).or_else(|| self.account.clone())
    }
}

/// `kms:ListGrants`, all pages together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct GrantsAnswer {
    /// Every grant of the key.
    pub grants: Vec<Grant>,
    /// Whether there are more, as a single page says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

/// One grant: <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html>.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct Grant {
    /// The key, by its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was made: RFC 3339 or seconds since 1970, as the CLI prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Value>,
    /// Who may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grantee_principal: Option<String>,
    /// Who may give it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// The account that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_account: Option<String>,
    /// `Decrypt`, `GenerateDataKey`, … without the `kms:`.
    pub operations: Vec<String>,
    /// What requests must carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraints: Option<GrantConstraints>,
}

/// What a grant asks of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct GrantConstraints {
    /// The request's context has at least these pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The request's context is exactly these pairs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The resource on whose behalf an AWS service must make the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}

/// `organizations:DescribeOrganization`: the organization that the account is in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct OrganizationAnswer {
    /// The organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct Organization {
    /// `o-a1b2c3d4e5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The account that manages it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master_account_id: Option<String>,
}

/// `sts:GetCallerIdentity`: who runs the check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct CallerIdentity {
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The user's, role session's or root's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The unique id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}
