//! Everything that was read from AWS, as plain data: one [`Fact`] an operation.
//!
//! The file form is `stc-check/snapshot/1` of contracts.md: each value is what
//! `aws <service> <operation> --output json` prints, or `{"Error": {"Code", "Message"}}`.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::names::is_region;
use crate::policy::json;
use crate::report::sanitise;

/// The name of the file form.
pub const SCHEMA: &str = "stc-check/snapshot/1";

/// What one read came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// The service answered with this.
    Found(T),
    /// The service answered that it is not set, with a code that means exactly that.
    Absent(ReadFailure),
    /// Refused, throttled, timed out, malformed: nothing is known.
    Unreadable(ReadFailure),
    /// The operation was never asked.
    NotRead,
}

impl<T> Fact<T> {
    /// The value, where one was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            _ => None,
        }
    }

    /// Why nothing is known, where nothing is; `operation` names what was never asked.
    fn gap(&self, operation: &'static str) -> Option<Gap<'_>> {
        match self {
            Self::Found(_) | Self::Absent(_) => None,
            Self::Unreadable(failure) => Some(Gap::Failed(failure)),
            Self::NotRead => Some(Gap::NotRead(operation)),
        }
    }
}

/// Why nothing is known of an operation's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap<'a> {
    /// It failed.
    Failed(&'a ReadFailure),
    /// It was never asked.
    NotRead(&'static str),
}

/// Why an operation gave no value. Codes are the service's own; where no answer came at all the code is one of
/// the constants in [`ReadFailure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFailure {
    /// As in contracts.md: `s3:GetBucketPolicy`.
    pub operation: &'static str,
    /// The service's error code: `AccessDenied`, `NoSuchBucketPolicy`, `SlowDown`.
    pub code: String,
    /// The service's message; may be empty.
    pub message: String,
    /// The HTTP status, where there was an answer. Not kept in files.
    pub status: Option<u16>,
    /// The service's request id, where there was one.
    pub request_id: Option<String>,
}

impl ReadFailure {
    /// No answer came within the time limit.
    pub const TIMED_OUT: &'static str = "RequestTimeout";
    /// No connection, or it broke.
    pub const UNREACHABLE: &'static str = "ConnectionFailed";
    /// An answer came that could not be understood.
    pub const MALFORMED: &'static str = "MalformedResponse";
    /// There were no credentials to sign with, or getting them failed.
    pub const NO_CREDENTIALS: &'static str = "NoCredentials";
    /// Nothing was asked: the facts are those of a Terraform plan, which the message names a resource of.
    pub const PLANNED: &'static str = "Planned";
    /// A Terraform plan leaves it open until it is applied; the message names resource and attribute.
    pub const KNOWN_AFTER_APPLY: &'static str = "KnownAfterApply";
    /// A Terraform plan says nothing about it; the message says what is missing.
    pub const NOT_IN_PLAN: &'static str = "NotInPlan";

    /// Whether the service said that the caller lacks the right (`AccessDenied`, `AccessDeniedException`, a bare 403).
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.code.starts_with("AccessDenied") || matches!(self.code.as_str(), "403" | "Forbidden" | "AllAccessDisabled")
    }

    /// Whether the service asked for fewer requests.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        matches!(
            self.code.as_str(),
            "SlowDown"
                | "Throttling"
                | "ThrottlingException"
                | "ThrottledException"
                | "RequestLimitExceeded"
                | "TooManyRequestsException"
                | "TooManyRequests"
                | "RequestThrottled"
                | "503"
                | "429"
        )
    }
}

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
    /// JSON as the service stores it.
    pub policy: String,
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
    /// The key outside AWS that stands behind it.
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

/// Why a file is not a snapshot, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", prefix(.path))]
pub struct InvalidSnapshot {
    /// The path of the field: `operations.s3:GetBucketAcl.Grants`; empty for the document itself.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

/// One row of the table of reads: what the report must know of an operation to name the right that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// As in contracts.md: `s3:GetBucketPolicy`.
    pub name: &'static str,
    /// The IAM action that the caller needs: `s3:GetBucketPolicy`; none for `sts:GetCallerIdentity`.
    pub iam_action: Option<&'static str>,
    /// Error codes that mean "not set", and nothing else.
    pub absent_codes: &'static [&'static str],
}

/// Declares the facts of a snapshot once: field, type, operation, IAM action, codes of absence.
macro_rules! operations {
    ($($(#[$doc:meta])* $field:ident: $type:ty = $name:literal, $iam:expr, [$($code:literal),*];)*) => {
        /// All that was read, and when.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Snapshot {
            /// When the reads were made; conditions on the time are judged at this moment.
            pub taken_at: Timestamp,
            /// The bucket's name.
            pub bucket: String,
            /// The bucket's region, where it is known.
            pub region: Option<String>,
            /// What S3 answered for the policy in force, where `bucket_policy` is a preview of another.
            answered_policy: Option<Fact<PolicyText>>,
            $($(#[$doc])* pub $field: Fact<$type>,)*
        }

        /// Every operation, in the order of contracts.md, with the right it needs and the codes that mean "not set"
        /// (table 0.1 of aws-facts.md).
        pub static OPERATIONS: &[Operation] = &[
            $(Operation { name: $name, iam_action: $iam, absent_codes: &[$($code),*] },)*
        ];

        /// The schema of each operation's answer.
        #[cfg(test)]
        fn answer_schemas(generator: &mut schemars::SchemaGenerator) -> Map<String, Value> {
            let mut schemas = Map::new();
            $(schemas.insert($name.to_owned(), generator.subschema_for::<$type>().to_value());)*
            schemas
        }

        impl Snapshot {
            /// A snapshot in which nothing has been read yet.
            #[must_use]
            pub fn new(bucket: &str, region: Option<&str>, taken_at: Timestamp) -> Self {
                Self {
                    taken_at,
                    bucket: bucket.to_owned(),
                    region: region.map(str::to_owned),
                    answered_policy: None,
                    $($field: Fact::NotRead,)*
                }
            }

            /// A snapshot in which every read failed for the same reason, before it could be made.
            #[must_use]
            pub fn unreadable(bucket: &str, taken_at: Timestamp, code: &str, message: &str) -> Self {
                let failure = |operation| ReadFailure {
                    operation,
                    code: code.to_owned(),
                    message: message.to_owned(),
                    status: None,
                    request_id: None,
                };
                Self {
                    taken_at,
                    bucket: bucket.to_owned(),
                    region: None,
                    answered_policy: None,
                    $($field: Fact::Unreadable(failure($name)),)*
                }
            }

            /// Every failure among the facts, in the table's order, absences left out.
            #[must_use]
            pub fn failures(&self) -> Vec<&ReadFailure> {
                let mut failures = Vec::new();
                $(if let Fact::Unreadable(failure) = &self.$field { failures.push(failure); })*
                failures
            }

            /// Why nothing is known of an operation's answer; none where it is known, or no operation has that name.
            #[must_use]
            pub fn gap(&self, operation: &str) -> Option<Gap<'_>> {
                match operation {
                    $($name => self.$field.gap($name),)*
                    _ => None,
                }
            }

            fn operations_to_json(&self) -> Map<String, Value> {
                let mut operations = Map::new();
                $(if let Some(value) = answer_to_json(&self.$field) { operations.insert($name.to_owned(), value); })*
                operations
            }

            fn read_operations(&mut self, operations: &Map<String, Value>) -> Result<(), InvalidSnapshot> {
                $(if let Some(value) = operations.get($name) {
                    self.$field = answer_from_json(
                        &Operation { name: $name, iam_action: $iam, absent_codes: &[$($code),*] }, value)?;
                })*
                Ok(())
            }
        }
    };
}

operations! {
    /// Whether the bucket answers, and from where.
    head_bucket: HeadBucket = "s3:HeadBucket", Some("s3:ListBucket"), [];
    /// The bucket policy.
    bucket_policy: PolicyText = "s3:GetBucketPolicy", Some("s3:GetBucketPolicy"), ["NoSuchBucketPolicy"];
    /// S3's verdict whether the policy is public.
    policy_status: PolicyStatusAnswer = "s3:GetBucketPolicyStatus", Some("s3:GetBucketPolicyStatus"), ["NoSuchBucketPolicy"];
    /// Block Public Access of the bucket.
    bucket_public_access_block: PublicAccessBlockAnswer = "s3:GetPublicAccessBlock", Some("s3:GetBucketPublicAccessBlock"), ["NoSuchPublicAccessBlockConfiguration"];
    /// Block Public Access of the account, the organization's included.
    account_public_access_block: PublicAccessBlockAnswer = "s3control:GetPublicAccessBlock", Some("s3:GetAccountPublicAccessBlock"), ["NoSuchPublicAccessBlockConfiguration"];
    /// Default encryption.
    encryption: EncryptionAnswer = "s3:GetBucketEncryption", Some("s3:GetEncryptionConfiguration"), ["ServerSideEncryptionConfigurationNotFoundError"];
    /// Object ownership.
    ownership: OwnershipAnswer = "s3:GetBucketOwnershipControls", Some("s3:GetBucketOwnershipControls"), ["OwnershipControlsNotFoundError"];
    /// The access control list.
    acl: AclAnswer = "s3:GetBucketAcl", Some("s3:GetBucketAcl"), [];
    /// Versioning.
    versioning: Versioning = "s3:GetBucketVersioning", Some("s3:GetBucketVersioning"), [];
    /// Object Lock.
    object_lock: ObjectLockAnswer = "s3:GetObjectLockConfiguration", Some("s3:GetBucketObjectLockConfiguration"), ["ObjectLockConfigurationNotFoundError"];
    /// Who pays for requests.
    request_payment: RequestPayment = "s3:GetBucketRequestPayment", Some("s3:GetBucketRequestPayment"), [];
    /// Whether the bucket's tags count in conditions.
    abac: AbacAnswer = "s3:GetBucketAbac", Some("s3:GetBucketAbac"), [];
    /// The bucket's tags.
    tagging: TaggingAnswer = "s3:GetBucketTagging", Some("s3:GetBucketTagging"), ["NoSuchTagSet"];
    /// The key of default encryption.
    key: DescribeKeyAnswer = "kms:DescribeKey", Some("kms:DescribeKey"), [];
    /// Its policy.
    key_policy: PolicyText = "kms:GetKeyPolicy", Some("kms:GetKeyPolicy"), [];
    /// Its grants.
    grants: GrantsAnswer = "kms:ListGrants", Some("kms:ListGrants"), [];
    /// Who runs the check.
    caller: CallerIdentity = "sts:GetCallerIdentity", None, [];
}

/// The row of an operation of contracts.md.
#[must_use]
pub fn operation(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

impl Snapshot {
    /// Puts a document in the place of the bucket policy in force. What S3 said of the public state of that one says
    /// nothing about the new one, so it is forgotten.
    pub fn preview_bucket_policy(&mut self, document: PolicyText) {
        let answered = std::mem::replace(&mut self.bucket_policy, Fact::Found(document));
        self.answered_policy.get_or_insert(answered);
        self.policy_status = Fact::NotRead;
    }

    /// What S3 answered for the bucket policy in force, whatever is previewed in its place.
    #[must_use]
    pub fn policy_in_force(&self) -> &Fact<PolicyText> {
        self.answered_policy.as_ref().unwrap_or(&self.bucket_policy)
    }

    /// Whether these are the facts of a Terraform plan, not of AWS.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        matches!(&self.head_bucket, Fact::Unreadable(failure) if failure.code == ReadFailure::PLANNED)
    }

    /// The rule of default encryption, where one was read.
    #[must_use]
    pub fn default_encryption(&self) -> Option<&EncryptionByDefault> {
        self.encryption
            .found()?
            .server_side_encryption_configuration
            .rules
            .iter()
            .find_map(|rule| rule.apply_server_side_encryption_by_default.as_ref())
    }

    /// The file form, pretty-printed. Characters that could disturb a terminal are escaped.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut document = Map::new();
        document.insert("schema".into(), SCHEMA.into());
        document.insert("taken_at".into(), self.taken_at.to_string().into());
        document.insert("bucket".into(), self.bucket.clone().into());
        document.insert("region".into(), self.region.clone().into());
        document.insert("operations".into(), Value::Object(self.operations_to_json()));
        sanitise::json(&format!("{:#}\n", Value::Object(document)))
    }

    /// Reads the file form.
    ///
    /// # Errors
    /// Names the path of the first field that is not as contracts.md says.
    pub fn from_json(text: &str) -> Result<Self, InvalidSnapshot> {
        let document: Value = serde_json::from_str(text).map_err(|error| invalid("", format!("not JSON: {error}")))?;
        refuse_duplicates(text)?;
        let document = document.as_object().ok_or_else(|| invalid("", "expected an object"))?;
        let text_field = |name: &str| match document.get(name) {
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            None | Some(Value::Null) => Ok(None),
            Some(_) => Err(invalid(name, "expected a string")),
        };
        let required = |name: &str| text_field(name)?.ok_or_else(|| invalid(name, "is missing"));
        let schema = required("schema")?;
        if schema != SCHEMA {
            return Err(invalid("schema", format!("expected `{SCHEMA}`, found `{schema}`")));
        }
        let taken_at = required("taken_at")?;
        let taken_at = taken_at.parse().map_err(|error| {
            invalid("taken_at", format!("`{taken_at}` is not a time like 2026-11-23T18:00:00Z: {error}"))
        })?;
        let operations = match document.get("operations") {
            Some(Value::Object(operations)) => operations,
            Some(_) => return Err(invalid("operations", "expected an object")),
            None => return Err(invalid("operations", "is missing")),
        };
        let mut snapshot = Self::new(required("bucket")?, text_field("region")?, taken_at);
        snapshot.read_operations(operations)?;
        let answered = snapshot.head_bucket.found().and_then(|head| head.bucket_region.clone());
        for (path, region) in [("region", &snapshot.region), ("operations.s3:HeadBucket.BucketRegion", &answered)] {
            if let Some(region) = region.as_ref().filter(|region| !is_region(region)) {
                return Err(invalid(path, format!("`{region}` is no region: one is named like `us-east-1`")));
            }
        }
        snapshot.region = snapshot.region.or(answered);
        Ok(snapshot)
    }
}

/// Two members of one name: the AWS CLI prints none, and which of them is meant nobody can tell.
fn refuse_duplicates(text: &str) -> Result<(), InvalidSnapshot> {
    let arena = json::arena_for(text);
    let Ok(document) = json::parse(text, &arena) else { return Ok(()) };
    let mut waiting = vec![(String::new(), document)];
    while let Some((path, node)) = waiting.pop() {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match node.value {
            json::Value::Object(members) => {
                let mut seen = HashSet::new();
                for json::Member { name, value, .. } in members {
                    if !seen.insert(*name) {
                        return Err(invalid(&inner(name), "stands there twice; keep one of them"));
                    }
                    waiting.push((inner(name), *value));
                }
            }
            json::Value::Array(items) => {
                let items = items.iter().enumerate();
                waiting.extend(items.map(|(index, item)| (format!("{path}[{index}]"), *item)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn invalid(path: &str, message: impl Into<String>) -> InvalidSnapshot {
    InvalidSnapshot { path: path.to_owned(), message: message.into() }
}

fn answer_to_json<T: Serialize>(fact: &Fact<T>) -> Option<Value> {
    match fact {
        Fact::Found(value) => serde_json::to_value(value).ok(),
        Fact::Absent(failure) | Fact::Unreadable(failure) => {
            let mut error = Map::new();
            error.insert("Code".to_owned(), failure.code.clone().into());
            error.insert("Message".to_owned(), failure.message.clone().into());
            error.extend(failure.request_id.clone().map(|id| ("RequestId".to_owned(), id.into())));
            Some(serde_json::json!({"Error": error}))
        }
        Fact::NotRead => None,
    }
}

fn answer_from_json<T: for<'de> Deserialize<'de>>(
    operation: &Operation,
    value: &Value,
) -> Result<Fact<T>, InvalidSnapshot> {
    let path = format!("operations.{}", operation.name);
    let Some(answer) = value.as_object() else {
        return Err(invalid(
            &path,
            "expected an object as the AWS CLI prints it, or {\"Error\": {\"Code\", \"Message\"}}",
        ));
    };
    if let Some(error) = answer.get("Error") {
        let optional = |name: &str| match error.get(name) {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            None => Ok(None),
            _ => Err(invalid(&format!("{path}.Error.{name}"), "expected a string")),
        };
        let code = optional("Code")?;
        let failure = ReadFailure {
            operation: operation.name,
            code: code.ok_or_else(|| invalid(&format!("{path}.Error.Code"), "expected a string"))?,
            message: optional("Message")?.unwrap_or_default(),
            status: None,
            request_id: optional("RequestId")?,
        };
        return Ok(if operation.absent_codes.contains(&failure.code.as_str()) {
            Fact::Absent(failure)
        } else {
            Fact::Unreadable(failure)
        });
    }
    serde_path_to_error::deserialize(value).map(Fact::Found).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { path } else { format!("{path}.{inner}") };
        invalid(&path, error.into_inner().to_string())
    })
}

/// The JSON Schema of the file form, generated from the types.
#[cfg(test)]
pub(crate) fn schema() -> Value {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let text = serde_json::json!({"type": "string"});
    let error = serde_json::json!({
        "description": "What the service answered instead, by its own code.",
        "type": "object",
        "properties": {"Error": {"type": "object", "properties": {"Code": text, "Message": text, "RequestId": text}, "required": ["Code"]}},
        "required": ["Error"],
    });
    let operations: Map<String, Value> = answer_schemas(&mut generator)
        .into_iter()
        .map(|(name, answer)| (name, serde_json::json!({"anyOf": [{"$ref": "#/$defs/Error"}, answer]})))
        .collect();
    let mut definitions = generator.take_definitions(true);
    definitions.insert("Error".to_owned(), error);
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "description": "Everything that stc-check read of a bucket: each operation is what `aws SERVICE OPERATION --output json` prints, or its error. What is not there was not read; what is not known is ignored.",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "taken_at": {"description": "When it was read: RFC 3339.", "type": "string", "format": "date-time"},
            "bucket": {"type": "string"},
            "region": {"type": ["string", "null"]},
            "operations": {"type": "object", "properties": operations},
        },
        "required": ["schema", "taken_at", "bucket", "operations"],
        "$defs": definitions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(operations: &Value) -> Value {
        serde_json::json!({
            "schema": SCHEMA, "taken_at": "2026-11-23T18:00:00Z", "bucket": "acme-exports", "region": "us-east-1",
            "operations": operations,
        })
    }

    fn read(operations: &Value) -> Result<Snapshot, InvalidSnapshot> {
        Snapshot::from_json(&document(operations).to_string())
    }

    /// One answer per operation, as the AWS CLI prints it.
    fn answers() -> Value {
        serde_json::json!({
            "s3:HeadBucket": {"BucketArn": "arn:aws:s3:::acme-exports", "BucketRegion": "us-east-1", "AccessPointAlias": false},
            "s3:GetBucketPolicy": {"Policy": "{\"Version\":\"2012-10-17\"}"},
            "s3:GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": false}},
            "s3:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": false}},
            "s3control:GetPublicAccessBlock": {"Error": {"Code": "NoSuchPublicAccessBlockConfiguration", "Message": "none", "RequestId": "4442587FB7D0A2F9"}},
            "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/exports"},
                "BucketKeyEnabled": true, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}},
            "s3:GetBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            "s3:GetBucketAcl": {"Owner": {"DisplayName": "ada", "ID": "abc"}, "Grants": [
                {"Grantee": {"DisplayName": "ada", "ID": "abc", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
                {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]},
            "s3:GetBucketVersioning": {"Status": "Enabled", "MFADelete": "Disabled"},
            "s3:GetObjectLockConfiguration": {"ObjectLockConfiguration": {
                "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}}},
            "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
            "s3:GetBucketAbac": {"AbacStatus": {"Status": "Disabled"}},
            "s3:GetBucketTagging": {"TagSet": [{"Key": "team", "Value": "growth"}]},
            "kms:DescribeKey": {"KeyMetadata": {
                "AWSAccountId": "111122223333", "KeyId": "1234", "Arn": "arn:aws:kms:us-east-1:111122223333:key/1234",
                "Enabled": true, "KeyState": "PendingDeletion", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
                "KeyManager": "CUSTOMER", "Origin": "EXTERNAL", "MultiRegion": false,
                "CreationDate": "2026-01-01T00:00:00.123000+00:00", "Description": "exports",
                "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
                "CurrentKeyMaterialId": "96083e4fb6dbc41d77578a213a6b6669c044dd4c143e97755396d2bf11fd6068",
                "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY", "ReplicaKeys": []},
                "DeletionDate": "2026-12-01T00:00:00+00:00", "ValidTo": 1_800_000_000.5}},
            "kms:GetKeyPolicy": {"Policy": "{}"},
            "kms:ListGrants": {"Grants": [{"KeyId": "arn:aws:kms:us-east-1:111122223333:key/1234", "GrantId": "g", "Name": "n",
                "CreationDate": "2026-01-01T00:00:00+00:00", "RetiringPrincipal": "arn:aws:iam::1:role/s", "IssuingAccount": "arn:aws:iam::1:root", "GranteePrincipal": "arn:aws:iam::1:role/r",
                "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": "x"}}}]},
            "sts:GetCallerIdentity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ada", "UserId": "AIDA"},
        })
    }

    #[test]
    fn every_operation_survives_a_round_trip() {
        let answers = answers();
        let names: Vec<_> = answers.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, OPERATIONS.iter().map(|operation| operation.name).collect::<Vec<_>>());
        let snapshot = read(&answers).unwrap();
        let written: Value = serde_json::from_str(&snapshot.to_json()).unwrap();
        assert_eq!(written, document(&answers));
        assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
    }

    #[test]
    fn the_file_disturbs_no_terminal() {
        let answers = serde_json::json!({"s3:GetBucketPolicy": {"Policy": "{\"Sid\":\"a\u{202e}\u{9b}\u{7f}\"}"}});
        let snapshot = read(&answers).unwrap();
        let text = snapshot.to_json();
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\u{7f}']), "{text:?}");
        assert_eq!(Snapshot::from_json(&text), Ok(snapshot));
    }

    #[test]
    fn an_error_is_an_absence_only_with_the_code_that_means_it() {
        let error = |code: &str| serde_json::json!({"s3:GetBucketPolicy": {"Error": {"Code": code, "Message": "m"}}});
        assert!(matches!(read(&error("NoSuchBucketPolicy")).unwrap().bucket_policy, Fact::Absent(_)));
        assert!(matches!(read(&error("AccessDenied")).unwrap().bucket_policy, Fact::Unreadable(_)));
        assert!(matches!(read(&error("NoSuchBucket")).unwrap().bucket_policy, Fact::Unreadable(_)));
        assert_eq!(read(&serde_json::json!({})).unwrap().bucket_policy, Fact::NotRead);
    }

    #[test]
    fn a_region_is_a_region() {
        for (region, answered, path) in [
            ("us-east-1/../x", "us-east-1", "region"),
            ("", "us-east-1", "region"),
            ("us-east-1", "US EAST", "operations.s3:HeadBucket.BucketRegion"),
        ] {
            let mut document = document(&serde_json::json!({"s3:HeadBucket": {"BucketRegion": answered}}));
            document["region"] = region.into();
            assert_eq!(Snapshot::from_json(&document.to_string()).unwrap_err().path, path, "{region:?} {answered}");
        }
    }

    #[test]
    fn what_stands_there_twice_is_named() {
        let text = document(&serde_json::json!({"s3:GetBucketVersioning": {}})).to_string();
        for (from, to, path) in [
            ("\"bucket\":", "\"bucket\":\"other\",\"bucket\":", "bucket"),
            ("\"s3:Get", "\"s3:GetBucketVersioning\":{},\"s3:Get", "operations.s3:GetBucketVersioning"),
            ("{}", "{\"Future\":[{\"a\":1,\"a\":2}]}", "operations.s3:GetBucketVersioning.Future[0].a"),
        ] {
            let error = Snapshot::from_json(&text.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.path, path, "{error}");
        }
    }

    #[test]
    fn what_is_not_known_is_ignored() {
        let mut document = document(&serde_json::json!({
            "s3:GetBucketFuture": 7, "s3:HeadBucket": {"BucketRegion": "eu-west-1", "Future": []}
        }));
        document["comment"] = "by hand".into();
        document["region"] = Value::Null;
        let snapshot = Snapshot::from_json(&document.to_string()).unwrap();
        assert_eq!(snapshot.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn a_wrong_shape_is_named_by_its_path() {
        let rows = [
            (serde_json::json!({"s3:HeadBucket": []}), "operations.s3:HeadBucket"),
            (serde_json::json!({"s3:GetBucketPolicy": {}}), "operations.s3:GetBucketPolicy"),
            (serde_json::json!({"s3:GetBucketPolicy": {"Policy": {}}}), "operations.s3:GetBucketPolicy.Policy"),
            (
                serde_json::json!({"s3:GetBucketAcl": {"Error": "AccessDenied"}}),
                "operations.s3:GetBucketAcl.Error.Code",
            ),
            (
                serde_json::json!({"s3:GetBucketAcl": {"Grants": [{"Permission": "READ"}, {"Permission": 3}]}}),
                "operations.s3:GetBucketAcl.Grants[1].Permission",
            ),
            (
                serde_json::json!({"kms:ListGrants": {"Grants": [{"Operations": "Decrypt"}]}}),
                "operations.kms:ListGrants.Grants[0].Operations",
            ),
        ];
        for (operations, path) in rows {
            let error = read(&operations).unwrap_err();
            assert_eq!(error.path, path, "{operations}: {error}");
        }
        for (text, path) in [("", ""), ("[]", ""), ("{}", "schema"), (r#"{"schema": 1}"#, "schema")] {
            assert_eq!(Snapshot::from_json(text).unwrap_err().path, path, "{text}");
        }
    }
}
