//! Everything that was read from AWS, as plain data: one [`Fact`] an operation.
//!
//! The file form is `stc-check/snapshot/1` of contracts.md: each value is what
//! `aws <service> <operation> --output json` prints, or `{"Error": {"Code", "Message"}}`.

use jiff::Timestamp;
use serde_json::{Map, Value};

mod answer;
mod file;
pub mod observations;

pub use answer::{
    AbacAnswer, AbacStatus, AclAnswer, AclGrant, AclGrantee, AclOwner, BlockedEncryptionTypes, CallerIdentity,
    DefaultRetention, DescribeKeyAnswer, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration,
    EncryptionRule, EventHold, Grant, GrantConstraints, GrantsAnswer, HeadBucket, KeyMetadata, ObjectLockAnswer,
    ObjectLockConfiguration, ObjectLockRule, OwnershipAnswer, OwnershipControls, OwnershipRule, PolicyStatus,
    PolicyStatusAnswer, PolicyText, PublicAccessBlock, PublicAccessBlockAnswer, RequestPayment, Tag, TaggingAnswer,
    Versioning,
};
pub use file::InvalidSnapshot;
use file::{answer_from_json, answer_to_json};

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
