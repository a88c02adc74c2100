//! What is missing for a verdict, beyond an answer of AWS: each worded once, as a clause that says who can supply it.

use crate::names::AccountId;
use crate::policy::InvalidDocument;
use crate::text::list::listed;

/// What is missing for a verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Missing {
    /// A policy that can be judged.
    #[error("the {document} is not valid ({error}), so nobody can say what it allows: correct it first")]
    ReadablePolicy {
        /// What the policy is called.
        document: &'static str,
        /// What is wrong with it.
        error: InvalidDocument,
    },
    /// The bucket's Region, which the plan does not tell.
    #[error("the bucket's Region is not known, so this could not be decided: name it with `--region`")]
    PlannedRegion,
    /// The bucket's Region, which every answer of S3 has.
    #[error(
        "no answer names the bucket's Region, which S3 always does, so this could not be decided: check that nothing answers in \
         AWS's place (a proxy, a sign-in page), or add `region` to a snapshot that you put together by hand"
    )]
    Region,
    /// The key's Region, which the plan does not tell.
    #[error("the plan does not say which Region the key is in, so this could not be decided: name it with `--region`")]
    PlannedKeyRegion,
    /// The account that a plan is for.
    #[error(
        "the plan does not say which account it is for, so this could not be decided: set `allowed_account_ids` of the \
         provider, or check the bucket once it is applied"
    )]
    PlannedAccount,
    /// What a bare refusal would have to say to be the owner's.
    #[error("S3 refuses in the same way if another account than {0} owns the bucket")]
    Owner(AccountId),
    /// The owner, without whom nothing is written.
    #[error(
        "stc-check writes nothing to a bucket that your account may not own; name the owner with `--expected-bucket-owner` to \
         allow the test upload"
    )]
    KnownOwner,
    /// The test object, to do this with.
    #[error("The test upload did not succeed, so there was nothing to {0} (see probe.upload)")]
    TestObject(&'static str),
    /// The path of the data.
    #[error(
        "name the path that you agreed with Sailthru with --export-path: Data Exporter's files have no shape to know them by"
    )]
    ExportPath,
    /// A look at the data.
    #[error("the run ended before the data was looked at: run it again with a longer `--timeout`")]
    LookAtTheData,
    /// One default encryption.
    #[error(
        "s3:GetBucketEncryption returned several rules that differ, and AWS does not say which one applies: keep one of them"
    )]
    OneEncryptionRule,
    /// An algorithm that is known.
    #[error(
        "default encryption uses `{0}`, which this version of stc-check does not know: install a newer one, or use SSE-S3 or \
         SSE-KMS"
    )]
    KnownAlgorithm(String),
    /// The key that an alias means.
    #[error("kms:DescribeKey did not say which key the alias `{0}` points to: read it again")]
    KeyOfAlias(String),
    /// The key that a plan will name, to compare it with the expected one.
    #[error(
        "default encryption names its key by `{key}`, which is known only after apply, so whether it is the expected `{expected}` \
         could not be decided: leave --kms-key out, or check the bucket once it is applied"
    )]
    PlannedKey {
        /// The expression that names it.
        key: String,
        /// The expected key.
        expected: String,
    },
    /// How a plan will name the key.
    #[error(
        "how default encryption names its key{0} is known only after apply: name it by the `arn` of the key's own resource, or \
         check the bucket once the plan is applied"
    )]
    PlannedKeyName(String),
    /// The description of the key that is named.
    #[error("kms:DescribeKey was answered for `{described}`, but default encryption names `{named}`; read that key")]
    DescriptionOfKey {
        /// The key that was described.
        described: String,
        /// The key that is named.
        named: String,
    },
    /// The policy of a key that exists.
    #[error("the key that default encryption names does not exist, so it has no policy: fix kms.key-usable first")]
    ExistingKey,
    /// A field of the key's description.
    #[error("kms:DescribeKey did not say the key's {0}: read it again")]
    KeyField(&'static str),
    /// A value of the key's description that is known.
    #[error(
        "kms:DescribeKey gave the {field} `{value}`, which this version of stc-check does not know: install a newer one"
    )]
    KnownKeyField {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The rest of the grants.
    #[error("kms:ListGrants returned only some of the grants, and Sailthru's may be among the others: list them all")]
    AllGrants,
    /// The grants of the key that is named.
    #[error(
        "kms:ListGrants was answered for `{listed}`, but default encryption names `{named}`; list the grants of that key"
    )]
    GrantsOfKey {
        /// The key whose grants were listed.
        listed: String,
        /// The key that is named.
        named: String,
    },
    /// The account's settings, where one is off on the bucket.
    #[error("{0} is off on the bucket: switch it on")]
    SettingOnBucket(&'static str),
    /// The same of several.
    #[error("{} are off on the bucket: switch them on", listed(.0))]
    SettingsOnBucket(Vec<&'static str>),
}
