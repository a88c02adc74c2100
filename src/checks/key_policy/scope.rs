//! `kms.policy-scope`: whom the key policy lets use the key beside those that it names.

use super::is_aws_managed;
use crate::checks::encryption::kms_encryption;
use crate::checks::policy::{KEY_POLICY, capitalised, names, references};
use crate::checks::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, recommended};
use crate::policy::public::unlimited_statements;
use crate::report::{Basis, CheckId};
use crate::snapshot::Operation;

/// `kms.policy-scope`.
pub(crate) static POLICY_SCOPE: Check = Check {
    id: CheckId::KmsPolicyScope,
    headlines: Headlines::Sentences {
        pass: "Your key policy is not open to everyone",
        fail: "Your key policy is open to everyone",
        unknown: "Is your key policy open to everyone?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::GetKeyPolicy, Operation::DescribeKey],
    need: recommended,
    repair: Some(Repair::LimitKeyPolicy),
    judge: policy_scope,
    explain: Explanation {
        what: "Looks in the key policy for an Allow with Principal `*` without a condition that limits it to an \
               account, an organization or a principal.",
        why: "Any identity in any AWS account could then use the key, if its own account allows it.",
        example: "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\", \"Resource\": \"*\"}",
        fix: "Name the principals, or limit the statement with `kms:CallerAccount`.",
        sources: &[
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
            "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account",
        ],
    },
};

fn policy_scope(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (_, key) = kms_encryption(case)?;
    if is_aws_managed(case, key) {
        return Ok(Verdict::skip("the key is managed by AWS for S3, and so is its policy"));
    }
    let document = case.key_policy()?;
    let open = unlimited_statements(document);
    let verdict = if open.is_empty() {
        let message = "Every statement of the key policy that allows something is limited to accounts, an organization or \
                       principals.";
        Verdict::pass(Basis::Evaluated, message)
    } else {
        let named = names(document, &open);
        let message = format!(
            "{} of the key policy allows every identity in any AWS account, if that account's own administrators allow it.",
            capitalised(&named)
        );
        let summary = format!(
            "Name the principals of {named}, or limit it with `\"StringEquals\": {{\"kms:CallerAccount\": \
             [\"ACCOUNT\"]}}`."
        );
        Verdict::warn(Basis::Evaluated, message, case.edit(summary))
    };
    Ok(verdict.with_statements(references(document, KEY_POLICY, &open)))
}
