//! The documents that the vendor's access needs, as the vendor documents them: made here alone, for `stc-check policy`,
//! for `stc-check fix` and for what the checks propose.
//!
//! Source: <https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/>.

use std::fmt;

use serde_json::{Value, json};

use crate::names::KeyArn;
use crate::policy::Principal;
use crate::vendor::requests::{VendorAction, VendorRequests, principal};
use crate::vendor::{KmsAction, Writer};

/// How objects that come without encryption headers, as the vendor's do, are to be encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-S3.
    S3,
    /// SSE-KMS under this key.
    Kms(KeyReference),
    /// DSSE-KMS under this key.
    Dsse(KeyReference),
}

/// What a document names a key by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// Its ARN.
    Arn(KeyArn),
    /// Terraform's expression for the ARN of a key that a plan creates: `aws_kms_key.exports.arn`.
    Planned(String),
}

impl fmt::Display for KeyReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(arn) => arn.fmt(formatter),
            Self::Planned(expression) => write!(formatter, "${{{expression}}}"),
        }
    }
}

impl Encryption {
    /// The key, where there is one.
    #[must_use]
    pub fn key(&self) -> Option<&KeyReference> {
        match self {
            Self::S3 => None,
            Self::Kms(key) | Self::Dsse(key) => Some(key),
        }
    }
}

/// The whole bucket policy: what the vendor does, for whom the vendor names, and plain HTTP refused to everyone.
pub(crate) fn bucket_policy(vendor: &VendorRequests<'_>) -> Value {
    let list = named_grant(vendor, &["s3:ListBucket"]);
    let write = named_grant(vendor, &["s3:PutObject", "s3:DeleteObject"]);
    json!({"Version": "2012-10-17", "Statement": [list, write, tls_only(vendor)]})
}

/// The same statement as [`grant`], with a Sid before the rest.
pub(crate) fn named_grant(vendor: &VendorRequests<'_>, actions: &[&str]) -> Value {
    let lists = actions == [VendorAction::List.iam_action()];
    let sid = if lists { "SailthruConnectMayListTheBucket" } else { "SailthruConnectMayWriteObjects" };
    let mut statement = json!({"Sid": sid});
    if let (Some(members), Value::Object(grant)) = (statement.as_object_mut(), grant(vendor, actions)) {
        members.extend(grant);
    }
    statement
}

/// The Allow of actions of one kind: listing, or what is done to objects. Data Exporter with an agreed path gets that
/// path alone.
pub(crate) fn grant(vendor: &VendorRequests<'_>, actions: &[&str]) -> Value {
    let bucket = vendor.bucket_arn();
    let path = vendor.export_path().map(|path| literal(path) + "*");
    let lists = actions == [VendorAction::List.iam_action()];
    let resource = if lists { bucket } else { format!("{bucket}/{}", path.as_deref().unwrap_or("*")) };
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": documented_principals(vendor)},
        "Action": one_or_many(actions),
        "Resource": resource,
    });
    if let (Some(path), Some(members)) = (path.filter(|_| lists), statement.as_object_mut()) {
        members.insert("Condition".to_owned(), json!({"StringLike": {"s3:prefix": path}}));
    }
    statement
}

/// The Deny of plain HTTP, for everyone, on the bucket and on its objects.
pub(crate) fn tls_only(vendor: &VendorRequests<'_>) -> Value {
    let bucket = vendor.bucket_arn();
    json!({
        "Sid": "DenyPlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, format!("{bucket}/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    })
}

/// The statement that the key policy needs beside the ones it has.
pub(crate) fn key_statement(vendor: &VendorRequests<'_>) -> Value {
    json!({
        "Sid": "SailthruConnectMayUseTheKey",
        "Effect": "Allow",
        "Principal": {"AWS": documented_principals(vendor)},
        "Action": KmsAction::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>(),
        "Resource": "*",
    })
}

/// The service that delivers S3's access logs
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general>).
pub const LOG_DELIVERY: &str = "logging.s3.amazonaws.com";

/// The Allow that lets S3 go on delivering access logs of the owner's buckets once access control lists are off.
pub(crate) fn log_delivery(vendor: &VendorRequests<'_>) -> Value {
    let mut statement = json!({
        "Sid": "S3ServerAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": LOG_DELIVERY},
        "Action": "s3:PutObject",
        "Resource": format!("{}/*", vendor.bucket_arn()),
    });
    if let (Some(account), Some(members)) = (vendor.owner_account(), statement.as_object_mut()) {
        members.insert("Condition".to_owned(), json!({"StringEquals": {"aws:SourceAccount": account}}));
    }
    statement
}

/// Block Public Access with all four settings on.
pub(crate) fn public_access_block() -> Value {
    json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true})
}

/// Default encryption. S3 Bucket Keys, which save requests to KMS, are not to be had with DSSE-KMS.
pub(crate) fn default_encryption(encryption: &Encryption) -> Value {
    let rule = match encryption {
        Encryption::S3 => json!({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}),
        Encryption::Kms(key) => json!({
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key.to_string()},
            "BucketKeyEnabled": true,
        }),
        Encryption::Dsse(key) => json!({
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": key.to_string()},
        }),
    };
    json!({"Rules": [rule]})
}

/// The principals that a grant names: as the vendor documents it for the variant.
pub(crate) fn documented_principals(vendor: &VendorRequests<'_>) -> Value {
    let principals: Vec<String> = match vendor.documented_account() {
        Some(account) => vec![account.to_string()],
        None => vendor.writers().iter().map(ToString::to_string).collect(),
    };
    one_or_many(&principals)
}

/// What to add to the Condition of a Deny so that it spares Sailthru: operator, key and values of each condition. All
/// conditions of a statement must hold, so each of them narrows the Deny, and widens nothing else.
pub(crate) fn exemptions(vendor: &VendorRequests<'_>) -> Vec<(&'static str, &'static str, Vec<String>)> {
    let writers = vendor.documented_account().map_or_else(|| vendor.writers(), |account| vec![account]);
    let (mut accounts, mut arns) = (Vec::new(), Vec::new());
    for writer in writers {
        match (&writer, principal(&writer)) {
            (Writer::Account { account, .. }, _) => accounts.push(account.to_string()),
            // The key carries the role's ARN, also in requests of a session, whose own ARN does not show the role's path.
            (_, Principal::Session { role, .. }) => arns.extend(role.with_any_path()),
            _ => arns.push(writer.to_string()),
        }
    }
    let all = [("ArnNotEquals", "aws:PrincipalArn", arns), ("StringNotEquals", "aws:PrincipalAccount", accounts)];
    all.into_iter().filter(|(.., values)| !values.is_empty()).collect()
}

/// A text as a pattern that matches nothing else: the characters with a meaning of their own are written as variables
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>).
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '*' | '?' | '$' => pattern.extend(["${", character.encode_utf8(&mut [0; 4]), "}"]),
            plain => pattern.push(plain),
        }
    }
    pattern
}

/// As people write it: a list only where there are several.
pub(crate) fn one_or_many<T: AsRef<str>>(texts: &[T]) -> Value {
    match texts {
        [only] => json!(only.as_ref()),
        _ => texts.iter().map(AsRef::as_ref).collect(),
    }
}
