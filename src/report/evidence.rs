//! What a status was decided from, as the JSON report prints it.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{RefusedRead, Status};
use crate::policy::Outcome;
use crate::policy::json::Span;
use crate::snapshot::{Operation, ReadFailure};

/// What a status was decided from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Evidence {
    /// The statements that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statements: Option<Vec<StatementReference>>,
    /// The condition keys that could tip it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
    /// Of a check of what Sailthru may do: the principal that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// Of a check of what Sailthru may do: what the deciding request was made to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Of a check of what Sailthru may do: the IAM action and every principal.
    #[serde(flatten)]
    pub access: Option<Access>,
    /// The answer of AWS that left the check undecided, or that decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// That answer in the words of the check, where it is a refusal and all that keeps it undecided.
    #[serde(skip)]
    pub refused: Option<RefusedRead>,
    /// The operation that was never asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub not_read: Option<Operation>,
    /// Everything else: settings, answers of the service, by name. For readers of the JSON alone.
    #[serde(flatten)]
    pub details: Map<String, Value>,
    /// Of a waived check: why, and its status without the waiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
}

/// A statement of a policy, or a grant, that took part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StatementReference {
    /// `bucket-policy`, `key-policy` or `grant`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub document: StatementSource,
    /// From 0.
    pub index: usize,
    /// As written; null where there is none.
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: &'static str,
}

/// Where a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementSource {
    /// In the bucket policy.
    BucketPolicy,
    /// In the key policy.
    KeyPolicy,
    /// It is a grant of the key.
    Grant,
}

impl StatementSource {
    /// As in JSON: `bucket-policy`, `key-policy`, `grant`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BucketPolicy => "bucket-policy",
            Self::KeyPolicy => "key-policy",
            Self::Grant => "grant",
        }
    }

    /// As in sentences: `bucket policy`.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::BucketPolicy => "bucket policy",
            Self::KeyPolicy => "key policy",
            Self::Grant => "grant",
        }
    }
}

impl fmt::Display for StatementSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A place in a policy document that a check points at; not part of the JSON form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The document.
    pub document: StatementSource,
    /// Where, in the bytes of the document's text.
    pub span: Span,
    /// A few words beside the underlined place: `this refuses it`.
    pub label: String,
}

/// What the policies let each principal do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Access {
    /// The IAM action that was judged.
    pub action: &'static str,
    /// The decision for each principal.
    pub judged: Vec<JudgedPrincipal>,
}

/// The decision for one principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct JudgedPrincipal {
    /// Its ARN.
    pub principal: String,
    /// `allowed`, `explicitly-denied`, `implicitly-denied` or `conditional`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub decision: Outcome,
    /// What the deciding request was made to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

/// An answer of AWS that is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// What was asked, such as `s3:GetBucketPolicy`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub operation: Operation,
    /// The service's error code, or one of our own where no answer came.
    pub code: String,
    /// The service's message; may be empty.
    pub message: String,
    /// The service's request id, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What a waiver did to a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Waived {
    /// Why, in the owner's words.
    pub reason: String,
    /// The last day on which the waiver counts; null for one of `--skip`.
    pub expires: Option<String>,
    /// How the check came out without the waiver.
    pub status: Status,
    /// What it said.
    pub message: String,
}

impl From<&ReadFailure> for Failure {
    fn from(failure: &ReadFailure) -> Self {
        let ReadFailure { operation, code, message, request_id, .. } = failure.clone();
        Self { operation, code, message, request_id }
    }
}
