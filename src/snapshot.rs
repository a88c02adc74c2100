//! Everything that was read from AWS, as plain data: one [`Fact`] an operation.
//!
//! The file form is `stc-check/snapshot/1` (docs/design/interfaces.md): each value is what
//! `aws <service> <operation> --output json` prints, or `{"Error": {"Code", "Message"}}`.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::names::partition_of_region;

mod answer;
mod fact;
mod file;
pub mod observations;
pub mod traces;

pub use answer::{
    AbacAnswer, AbacStatus, AclAnswer, AclGrant, AclGrantee, AclOwner, BlockedEncryptionTypes, CallerIdentity,
    DefaultRetention, DescribeKeyAnswer, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration,
    EncryptionRule, EventHold, Grant, GrantConstraints, GrantsAnswer, HeadBucket, KeyMetadata, ObjectLockAnswer,
    ObjectLockConfiguration, ObjectLockRule, Organization, OrganizationAnswer, OwnershipAnswer, OwnershipControls,
    OwnershipRule, PolicyStatus, PolicyStatusAnswer, PolicyText, PublicAccessBlock, PublicAccessBlockAnswer,
    RequestPayment, Tag, TaggingAnswer, Versioning,
};
pub(crate) use fact::Between;
pub use fact::{Fact, Gap, ReadFailure};
pub use file::InvalidSnapshot;
use file::{answer_from_json, answer_to_json};
use traces::{EventsAnswer, KeyLastUsageAnswer, MultipartUploadsAnswer, ObjectVersionsAnswer};

/// The name of the file form.
pub const SCHEMA: &str = "stc-check/snapshot/1";

/// Declares every operation once: its place in the snapshot, the type of its answer, its name, the IAM action that it
/// needs, and the error codes that mean "not set"; then those whose answers no snapshot keeps.
macro_rules! operations {
    (
        $($(#[$doc:meta])* $read:ident, $field:ident: $type:ty = $name:literal, $iam:expr, [$($code:literal),*];)*
        { $($(#[$done_doc:meta])* $done:ident = $done_name:literal, $done_iam:expr;)* }
    ) => {
        /// A request to AWS.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* $read,)*
            $($(#[$done_doc])* $done,)*
        }

        impl Operation {
            /// The reads that a snapshot keeps, in the order of its file.
            pub const READS: &[Self] = &[$(Self::$read),*];

            /// As files and reports name it: `s3:GetBucketPolicy`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$read => $name,)*
                    $(Self::$done => $done_name,)*
                }
            }

            /// The IAM action that the caller needs, whose name is not always the operation's; none for
            /// `sts:GetCallerIdentity`, which everybody may.
            /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
            #[must_use]
            pub const fn iam_action(self) -> Option<&'static str> {
                match self {
                    $(Self::$read => $iam,)*
                    $(Self::$done => $done_iam,)*
                }
            }

            /// Error codes that mean "not set", and nothing else.
            #[must_use]
            pub const fn absent_codes(self) -> &'static [&'static str] {
                match self {
                    $(Self::$read => &[$($code),*],)*
                    $(Self::$done)|* => &[],
                }
            }
        }

        /// All that was read, and when.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Snapshot {
            /// When the reads were made; conditions on the time are judged at this moment.
            pub taken_at: Timestamp,
            /// The bucket's name.
            pub bucket: String,
            /// The bucket's region, where it is known.
            pub region: Option<String>,
            /// What S3 answered for the policy in force, where `bucket_policy` is a preview of another.
            answered_policy: Option<Fact<PolicyText>>,
            /// The same for the key policy.
            answered_key_policy: Option<Fact<PolicyText>>,
            $($(#[$doc])* pub $field: Fact<$type>,)*
        }

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
                let (bucket, region) = (bucket.to_owned(), region.map(str::to_owned));
                Self { taken_at, bucket, region, ..Self::default() }
            }

            /// A snapshot in which every read failed for the same reason, before it could be made.
            #[must_use]
            pub fn unreadable(bucket: &str, taken_at: Timestamp, code: &str, message: &str) -> Self {
                let failure = |operation| ReadFailure::new(operation, code, message.to_owned());
                Self {
                    $($field: Fact::Unreadable(failure(Operation::$read)),)*
                    ..Self::new(bucket, None, taken_at)
                }
            }

            /// Every failure among the facts, in the table's order, absences left out.
            #[must_use]
            pub fn failures(&self) -> Vec<&ReadFailure> {
                let mut failures = Vec::new();
                $(if let Fact::Unreadable(failure) = &self.$field { failures.push(failure); })*
                failures
            }

            /// Why nothing is known of a read's answer; none where it is known, or no snapshot keeps it.
            #[must_use]
            pub fn gap(&self, operation: Operation) -> Option<Gap<'_>> {
                match operation {
                    $(Operation::$read => self.$field.gap(operation),)*
                    $(Operation::$done)|* => None,
                }
            }

            /// The operations to which another snapshot has another answer.
            pub(crate) fn differing(&self, other: &Self) -> Vec<Operation> {
                let mut operations = Vec::new();
                $(if self.$field != other.$field { operations.push(Operation::$read); })*
                operations
            }

            fn operations_to_json(&self) -> Map<String, Value> {
                let mut operations = Map::new();
                $(if let Some(value) = answer_to_json(&self.$field) { operations.insert($name.to_owned(), value); })*
                operations
            }

            fn read_operations(&mut self, operations: &Map<String, Value>) -> Result<(), InvalidSnapshot> {
                $(if let Some(value) = operations.get($name) {
                    self.$field = answer_from_json(Operation::$read, value)?;
                })*
                Ok(())
            }
        }
    };
}

operations! {
    /// Whether the bucket answers, and from where.
    HeadBucket, head_bucket: HeadBucket = "s3:HeadBucket", Some("s3:ListBucket"), [];
    /// The bucket policy.
    GetBucketPolicy, bucket_policy: PolicyText = "s3:GetBucketPolicy", Some("s3:GetBucketPolicy"), ["NoSuchBucketPolicy"];
    /// S3's verdict whether the policy is public.
    GetBucketPolicyStatus, policy_status: PolicyStatusAnswer = "s3:GetBucketPolicyStatus", Some("s3:GetBucketPolicyStatus"), ["NoSuchBucketPolicy"];
    /// Block Public Access of the bucket.
    GetPublicAccessBlock, bucket_public_access_block: PublicAccessBlockAnswer = "s3:GetPublicAccessBlock", Some("s3:GetBucketPublicAccessBlock"), ["NoSuchPublicAccessBlockConfiguration"];
    /// Block Public Access of the account, the organization's included.
    GetAccountPublicAccessBlock, account_public_access_block: PublicAccessBlockAnswer = "s3control:GetPublicAccessBlock", Some("s3:GetAccountPublicAccessBlock"), ["NoSuchPublicAccessBlockConfiguration"];
    /// Default encryption.
    GetBucketEncryption, encryption: EncryptionAnswer = "s3:GetBucketEncryption", Some("s3:GetEncryptionConfiguration"), ["ServerSideEncryptionConfigurationNotFoundError"];
    /// Object ownership.
    GetBucketOwnershipControls, ownership: OwnershipAnswer = "s3:GetBucketOwnershipControls", Some("s3:GetBucketOwnershipControls"), ["OwnershipControlsNotFoundError"];
    /// The access control list.
    GetBucketAcl, acl: AclAnswer = "s3:GetBucketAcl", Some("s3:GetBucketAcl"), [];
    /// Versioning.
    GetBucketVersioning, versioning: Versioning = "s3:GetBucketVersioning", Some("s3:GetBucketVersioning"), [];
    /// Object Lock.
    GetObjectLockConfiguration, object_lock: ObjectLockAnswer = "s3:GetObjectLockConfiguration", Some("s3:GetBucketObjectLockConfiguration"), ["ObjectLockConfigurationNotFoundError"];
    /// Who pays for requests.
    GetBucketRequestPayment, request_payment: RequestPayment = "s3:GetBucketRequestPayment", Some("s3:GetBucketRequestPayment"), [];
    /// Whether the bucket's tags count in conditions.
    GetBucketAbac, abac: AbacAnswer = "s3:GetBucketAbac", Some("s3:GetBucketAbac"), [];
    /// The bucket's tags.
    GetBucketTagging, tagging: TaggingAnswer = "s3:GetBucketTagging", Some("s3:GetBucketTagging"), ["NoSuchTagSet"];
    /// The key of default encryption.
    DescribeKey, key: DescribeKeyAnswer = "kms:DescribeKey", Some("kms:DescribeKey"), [];
    /// Its policy.
    GetKeyPolicy, key_policy: PolicyText = "kms:GetKeyPolicy", Some("kms:GetKeyPolicy"), [];
    /// Its grants.
    ListGrants, grants: GrantsAnswer = "kms:ListGrants", Some("kms:ListGrants"), [];
    /// Who runs the check.
    GetCallerIdentity, caller: CallerIdentity = "sts:GetCallerIdentity", None, [];
    /// The organization that the account is in.
    DescribeOrganization, organization: OrganizationAnswer = "organizations:DescribeOrganization", Some("organizations:DescribeOrganization"), ["AWSOrganizationsNotInUseException"];
    /// What was done to the confirmation object.
    ListObjectVersions, versions: ObjectVersionsAnswer = "s3:ListObjectVersions", Some("s3:ListBucketVersions"), [];
    /// What multipart uploads are under way.
    ListMultipartUploads, multipart_uploads: MultipartUploadsAnswer = "s3:ListMultipartUploads", Some("s3:ListBucketMultipartUploads"), [];
    /// The last use of the key.
    GetKeyLastUsage, key_last_usage: KeyLastUsageAnswer = "kms:GetKeyLastUsage", Some("kms:GetKeyLastUsage"), [];
    /// Uses of the key for this bucket by the vendor's account.
    LookupEvents, events: EventsAnswer = "cloudtrail:LookupEvents", Some("cloudtrail:LookupEvents"), [];
    {
        /// Where the bucket is, for redirects that do not say so.
        GetBucketLocation = "s3:GetBucketLocation", Some("s3:GetBucketLocation");
        /// What lies under a prefix.
        ListObjectsV2 = "s3:ListObjectsV2", Some("s3:ListBucket");
        /// Whether an object is there, and how it is encrypted.
        HeadObject = "s3:HeadObject", Some("s3:GetObject, and s3:ListBucket beside it");
        /// The probe's upload.
        PutObject = "s3:PutObject", Some("s3:PutObject");
        /// The probe's removal.
        DeleteObject = "s3:DeleteObject", Some("s3:DeleteObject");
        /// The first step of a multipart upload.
        CreateMultipartUpload = "s3:CreateMultipartUpload", None;
        /// Its second step.
        UploadPart = "s3:UploadPart", None;
        /// Its last step.
        CompleteMultipartUpload = "s3:CompleteMultipartUpload", None;
        /// Its end where it went wrong.
        AbortMultipartUpload = "s3:AbortMultipartUpload", None;
        /// The probe's role.
        AssumeRole = "sts:AssumeRole", Some("sts:AssumeRole");
    }
}

impl Operation {
    /// Whether the check itself does not read it: evidence of the vendor's acts, which `watch` and `--data` ask for.
    #[must_use]
    pub const fn is_evidence(self) -> bool {
        matches!(
            self,
            Self::ListObjectVersions | Self::ListMultipartUploads | Self::GetKeyLastUsage | Self::LookupEvents
        )
    }
}

impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Snapshot {
    /// The partition of the bucket's Region; `aws` where the Region is not known.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        self.region.as_deref().map_or("aws", partition_of_region)
    }

    /// The ARN of the bucket, in the partition of its Region.
    pub(crate) fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition(), self.bucket)
    }

    /// Puts a document in the place of the bucket policy in force. What S3 said of the public state of that one says
    /// nothing about the new one, so it is forgotten.
    pub fn preview_bucket_policy(&mut self, document: PolicyText) {
        let answered = std::mem::replace(&mut self.bucket_policy, Fact::Found(document));
        self.answered_policy.get_or_insert(answered);
        self.policy_status = Fact::NotRead;
    }

    /// Puts a document in the place of the key policy in force.
    pub fn preview_key_policy(&mut self, document: PolicyText) {
        let answered = std::mem::replace(&mut self.key_policy, Fact::Found(document));
        self.answered_key_policy.get_or_insert(answered);
    }

    /// The same answers, as if they had been read at another time.
    #[must_use]
    pub fn taken_at(self, taken_at: Timestamp) -> Self {
        Self { taken_at, ..self }
    }

    /// What S3 answered for the bucket policy in force, whatever is previewed in its place.
    #[must_use]
    pub fn policy_in_force(&self) -> &Fact<PolicyText> {
        self.answered_policy.as_ref().unwrap_or(&self.bucket_policy)
    }

    /// What KMS answered for the key policy in force, whatever is previewed in its place.
    #[must_use]
    pub fn key_policy_in_force(&self) -> &Fact<PolicyText> {
        self.answered_key_policy.as_ref().unwrap_or(&self.key_policy)
    }

    /// Whether these are the facts of a Terraform plan, not of AWS.
    #[must_use]
    pub fn is_planned(&self) -> bool {
        matches!(&self.head_bucket, Fact::Unreadable(failure) if failure.code == ReadFailure::PLANNED)
    }

    /// The rule of default encryption, where one was read.
    #[must_use]
    pub fn default_encryption(&self) -> Option<&EncryptionByDefault> {
        self.encryption.found()?.by_default()
    }

    /// What default encryption names its key by, where it names one.
    #[must_use]
    pub fn named_key(&self) -> Option<&str> {
        self.default_encryption()?.kms_master_key_id.as_deref()
    }

    /// The account of whoever runs the check, where it is known.
    #[must_use]
    pub fn caller_account(&self) -> Option<&str> {
        self.caller.found()?.account.as_deref()
    }

    /// Whether S3 encrypts with a key of the bucket's own, which KMS made for it: DSSE-KMS has no S3 Bucket Keys, whatever
    /// the rule says (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html>).
    #[must_use]
    pub fn uses_bucket_key(&self) -> bool {
        let rules = self.encryption.found().map(|answer| &answer.server_side_encryption_configuration.rules);
        let enabled = rules.is_some_and(|rules| rules.iter().any(|rule| rule.bucket_key_enabled == Some(true)));
        enabled && self.default_encryption().is_some_and(|default| default.algorithm == "aws:kms")
    }
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
mod tests;
