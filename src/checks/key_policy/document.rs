//! The key policy as a document: one that KMS takes, without ids of principals that no longer exist.

use super::is_aws_managed;
use crate::checks::encryption::kms_encryption;
use crate::checks::flaw;
use crate::checks::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, read, recommended};
use crate::policy::{Document, DocumentKind, decide};
use crate::report::CheckId;
use crate::snapshot::Operation;
use crate::vendor::KmsAction;

/// `kms.policy-document`.
pub(crate) static DOCUMENT: Check = Check {
    id: CheckId::KmsPolicyDocument,
    headlines: Headlines::Sentences {
        pass: "Your key policy is valid",
        fail: "Your key policy has mistakes",
        unknown: "Is your key policy valid?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::GetKeyPolicy, Operation::DescribeKey],
    need: recommended,
    repair: Some(Repair::KeyPolicyMistakes),
    judge: key_document,
    explain: Explanation {
        what: "Reads the key policy as strictly as KMS does, and looks for ids of roles and users that no longer exist. \
               A policy that is still to be saved is also compared with what KMS refuses: a policy that locks its owner \
               out, one that names a deleted principal, one with characters beyond Latin-1.",
        why: "A role that was deleted and created again has a new id, so a statement that names the old one does \
              nothing for the new one. KMS also refuses to save a policy that still contains the old id.",
        example: "\"Principal\": {\"AWS\": \"AROAEXAMPLEID12345678\"}",
        fix: "Write the principal's ARN in place of its old id, and keep the statement that gives your own account \
              `kms:*`.",
        sources: &[
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html",
            "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
        ],
    },
};

fn key_document(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (_, key) = kms_encryption(case)?;
    if is_aws_managed(case, key) {
        return Ok(Verdict::skip("the key is managed by AWS for S3, and so is its policy"));
    }
    let Some(text) = read(&case.snapshot.key_policy, Operation::GetKeyPolicy)? else {
        return Err(Undecided::NotRead(Operation::GetKeyPolicy));
    };
    let whole = "The key policy is valid and names no deleted role or user.";
    Ok(flaw::judge(case, DocumentKind::Key, text, whole, |document, flaws| {
        if text.to_save().is_none() {
            flaws.add_orphans(document, orphan, || is_refused(case, document));
        }
        flaws.add_length(DocumentKind::Key, text.policy.len());
    }))
}

/// What is wrong with the id of a role or user that no longer exists, and what to write instead.
fn orphan(id: &str, _: bool) -> (String, String) {
    let message = format!(
        "`{id}` is the id of a role or user that no longer exists. It matches nobody, not even a new one with the same name, and \
         KMS will not save the policy again with it."
    );
    (message, format!("Write the principal's ARN in place of `{id}`, or remove it."))
}

/// Whether the policy itself lets Sailthru do less than all it needs.
fn is_refused(case: &Case<'_>, document: &Document) -> bool {
    let vendor = case.vendor();
    let keys = vendor.object_keys();
    vendor.writers().iter().any(|writer| {
        let refused =
            |action: &str, key: &str| decide(document, &vendor.key_request(writer, action, key)).outcome.is_denied();
        KmsAction::ALL.iter().any(|action| keys.iter().any(|key| refused(action.as_str(), key)))
    })
}
