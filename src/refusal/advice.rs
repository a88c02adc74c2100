//! What a refusal means, who can lift it, and how.

mod keys;
mod login;
mod policies;
mod requests;
mod settings;

use super::Refusal;
use crate::report::CheckId;
use crate::snapshot::Operation;

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What refused: a clause that begins in lower case, without a full stop.
    pub what: String,
    /// What to do about it: a clause of the same form, an order or "your role needs …".
    pub remedy: String,
    /// The same in parts, where it asks for a permission.
    pub(crate) request: Option<PermissionRequest>,
    /// Who can lift it: "the account that owns the key".
    pub who: String,
    /// What it says of Sailthru's own requests where *you* got it: a sentence.
    pub vendor: &'static str,
    /// What it means where Sailthru quoted it: one or two sentences.
    pub quoted: &'static str,
    /// The checks that look into it.
    pub checks: &'static [CheckId],
}

/// A remedy that is a permission: what is said before the IAM action, the action, and what is said after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PermissionRequest {
    pub(crate) before: String,
    pub(crate) action: String,
    pub(crate) after: &'static str,
}

impl Advice {
    fn new(
        what: impl Into<String>,
        remedy: impl Into<String>,
        who: impl Into<String>,
        vendor: &'static str,
        quoted: &'static str,
        checks: &'static [CheckId],
    ) -> Self {
        let (what, remedy, who) = (what.into(), remedy.into(), who.into());
        Self { what, remedy, request: None, who, vendor, quoted, checks }
    }

    /// The same with a remedy that asks for this action, where one is known, between these words.
    fn asking_for(self, action: Option<&str>, before: &str, after: &'static str) -> Self {
        let Some(action) = action else { return Self { remedy: format!("{before}this{after}"), ..self } };
        let request = PermissionRequest { before: before.to_owned(), action: action.to_owned(), after };
        Self { remedy: format!("{before}`{action}`{after}"), request: Some(request), ..self }
    }
}

const NOT_ABOUT_SAILTHRU: &str = "It says nothing about Sailthru: the rule binds you, not Sailthru.";
const SAILTHRUS_OWN: &str = "The rule is on Sailthru's side, so you cannot lift it. Send Sailthru Support the line, with \
                             the ARN and the Region of your bucket, and the ARN of its key if it has one.";
const NO_VERDICT: &str = "It says nothing about Sailthru's access.";

impl Refusal<'_> {
    /// What the refusal means, who can lift it, and how.
    #[must_use]
    pub fn advice(&self) -> Advice {
        if let Some(account) = self.owner_of_the_key_to_ask() {
            return self.of_another_accounts_key(account);
        }
        self.cause.advice(self)
    }

    /// The IAM action behind the request: AWS's own word, else that of the operation.
    pub(crate) fn needed_action(&self) -> Option<&str> {
        let asked = self.answer.operation;
        let of_operation = || match asked {
            "s3:ListObjectsV2" => Some("s3:ListBucket"),
            "s3:HeadObject" => Some("s3:GetObject"),
            "s3:PutObject" | "s3:CreateMultipartUpload" | "s3:UploadPart" | "s3:CompleteMultipartUpload" => {
                Some("s3:PutObject")
            }
            "s3:ListMultipartUploads" => Some("s3:ListBucketMultipartUploads"),
            "s3:ListObjectVersions" => Some("s3:ListBucketVersions"),
            "s3:DeleteObject" | "s3:AbortMultipartUpload" | "sts:AssumeRole" => Some(asked),
            _ => Operation::READS.iter().find(|read| read.name() == asked)?.iam_action(),
        };
        self.action.or_else(of_operation)
    }

    /// The policies that AWS names, for after a noun.
    fn named_policies(&self) -> String {
        if self.policies.is_empty() { String::new() } else { format!(" (`{}`)", self.policies.join("`, `")) }
    }
}
