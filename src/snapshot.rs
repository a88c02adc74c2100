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
            "organizations:DescribeOrganization": {"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "444455556666"}},
            "s3:ListObjectVersions": {
                "Versions": [{"Key": "_ACCESS_CONFIRMATION", "VersionId": "v1", "LastModified": "2026-11-23T17:00:00Z", "Owner": {"ID": "abc"}}],
                "DeleteMarkers": [{"Key": "_ACCESS_CONFIRMATION", "VersionId": "m1", "LastModified": "2026-11-23T17:00:01Z"}]},
            "s3:ListMultipartUploads": {"Uploads": [{"Key": "campaign_send/x.csv", "Initiated": "2026-11-23T17:00:00Z",
                "Initiator": {"ID": "arn:aws:iam::099647660399:role/r", "DisplayName": "r"}}]},
            "kms:GetKeyLastUsage": {"KeyId": "1234", "KeyLastUsage": {
                "Operation": "GenerateDataKey", "Timestamp": "2026-11-23T17:00:00Z", "CloudTrailEventId": "e1"}},
            "cloudtrail:LookupEvents": {"Events": [{"EventId": "e1", "EventTime": "2026-11-23T17:00:00Z",
                "EventName": "GenerateDataKey", "CloudTrailEvent": "{}"}]},
        })
    }

    #[test]
    fn every_operation_survives_a_round_trip() {
        let answers = answers();
        let names: Vec<_> = answers.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, Operation::READS.iter().map(|operation| operation.name()).collect::<Vec<_>>());
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
    fn the_region_is_the_one_that_s3_names() {
        for (written, answered, region) in [
            (Some("us-east-1"), Some("eu-west-1"), Some("eu-west-1")),
            (Some("us-east-1"), None, Some("us-east-1")),
            (None, Some("eu-west-1"), Some("eu-west-1")),
            (None, None, None),
        ] {
            let mut document = document(&serde_json::json!({"s3:HeadBucket": {"BucketRegion": answered}}));
            document["region"] = written.into();
            assert_eq!(Snapshot::from_json(&document.to_string()).unwrap().region.as_deref(), region, "{document}");
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
