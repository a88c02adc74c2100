//! FAQ 3, by the key policy and the key's grants: what Sailthru may do with the key.

use super::encryption::kms_encryption;
use super::policy::{KEY_POLICY, capitalised, names, references};
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, recommended, required};
use crate::policy::public::unlimited_statements;
use crate::report::{Basis, CheckId, DocumentName, Fix};
use crate::snapshot::Operation;
use crate::vendor::KmsAction;

mod document;
mod grant;
mod permission;

pub use document::DOCUMENT;
pub(super) use permission::vendor_may;
use permission::{edit_key_policy, is_aws_managed, judge};

const NEEDS: &[Operation] = &[
    Operation::GetBucketEncryption,
    Operation::GetKeyPolicy,
    Operation::ListGrants,
    Operation::DescribeKey,
    Operation::DescribeOrganization,
];

const SOURCES: &[&str] = &[
    "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions",
    "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
];

/// One check for each permission of FAQ 3: they differ in action and words only.
macro_rules! kms_check {
    ($name:ident, $variant:ident, $action:literal, $can:literal, $why:literal, $example:literal) => {
        #[doc = concat!("The check of `", $action, "`.")]
        static $name: Check = Check {
            id: CheckId::Kms(KmsAction::$variant),
            headlines: Headlines {
                pass: concat!("Sailthru can ", $can),
                fail: concat!("Sailthru cannot ", $can),
                unknown: concat!("Can Sailthru ", $can, "?"),
            },
            group: Group::Faq(3),
            needs: NEEDS,
            need: required,
            document: Some(DocumentName::KeyPolicy),
            repair: Some(Repair::KeyAccess(KmsAction::$variant)),
            check: |case| judge(case, KmsAction::$variant),
            explain: Explanation {
                what: concat!(
                    "Evaluates the key policy and the key's grants for Sailthru's ",
                    $action,
                    ", which S3 requests from KMS on its behalf."
                ),
                why: $why,
                example: $example,
                fix: concat!("Allow ", $action, " to Sailthru's principal in the key policy, with Resource `*`."),
                sources: SOURCES,
            },
        };
    };
}

kms_check!(
    DECRYPT,
    Decrypt,
    "kms:Decrypt",
    "decrypt with your KMS key",
    "S3 decrypts the parts of a multipart upload to join them: without this permission small files arrive and large \
     ones fail.",
    "An error occurred (AccessDenied) when calling the CompleteMultipartUpload operation: … is not authorized to \
     perform: kms:Decrypt"
);
kms_check!(
    DESCRIBE_KEY,
    DescribeKey,
    "kms:DescribeKey",
    "describe your KMS key",
    "Sailthru asks for it, to see that the key exists and is enabled before it writes.",
    "An error occurred (AccessDeniedException) when calling the DescribeKey operation: … is not authorized to perform: \
     kms:DescribeKey"
);
kms_check!(
    ENCRYPT,
    Encrypt,
    "kms:Encrypt",
    "encrypt with your KMS key",
    "Sailthru asks for it in its list for multipart uploads.",
    "… is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    GENERATE_DATA_KEY,
    GenerateDataKey,
    "kms:GenerateDataKey",
    "create data keys with your KMS key",
    "S3 needs a data key for every object and for the start of every multipart upload: without it nothing arrives.",
    "An error occurred (AccessDenied) when calling the PutObject operation: … is not authorized to perform: \
     kms:GenerateDataKey"
);
kms_check!(
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
    GenerateDataKeyWithoutPlaintext,
    "kms:GenerateDataKeyWithoutPlaintext",
    "create data keys without plaintext",
    "Sailthru asks for it; `kms:GenerateDataKey` alone does not cover it, `kms:GenerateDataKey*` does.",
    "… is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext on resource: \
     arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    RE_ENCRYPT_FROM,
    ReEncryptFrom,
    "kms:ReEncryptFrom",
    "re-encrypt from your KMS key",
    "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    "… is not authorized to perform: kms:ReEncryptFrom on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    RE_ENCRYPT_TO,
    ReEncryptTo,
    "kms:ReEncryptTo",
    "re-encrypt to your KMS key",
    "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    "… is not authorized to perform: kms:ReEncryptTo on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);

/// The entry of a permission's check.
pub(super) fn entry(action: KmsAction) -> &'static Check {
    match action {
        KmsAction::Decrypt => &DECRYPT,
        KmsAction::DescribeKey => &DESCRIBE_KEY,
        KmsAction::Encrypt => &ENCRYPT,
        KmsAction::GenerateDataKey => &GENERATE_DATA_KEY,
        KmsAction::GenerateDataKeyWithoutPlaintext => &GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
        KmsAction::ReEncryptFrom => &RE_ENCRYPT_FROM,
        KmsAction::ReEncryptTo => &RE_ENCRYPT_TO,
    }
}

/// `kms.policy-scope`.
pub static POLICY_SCOPE: Check = Check {
    id: CheckId::KmsPolicyScope,
    headlines: Headlines {
        pass: "Your key policy is not open to everyone",
        fail: "Your key policy is open to everyone",
        unknown: "Is your key policy open to everyone?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::GetKeyPolicy, Operation::DescribeKey],
    need: recommended,
    document: Some(DocumentName::KeyPolicy),
    repair: Some(Repair::LimitKeyPolicy),
    check: policy_scope,
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
        Verdict::pass(
            Basis::Evaluated,
            "Every statement of the key policy that allows something is limited to accounts, an organization or \
             principals.",
        )
    } else {
        let named = names(document, &open);
        Verdict::warn(
            Basis::Evaluated,
            format!(
                "{} of the key policy allows every identity in any AWS account, if that account's own administrators \
                 allow it.",
                capitalised(&named)
            ),
            Fix::new(
                format!(
                    "Name the principals of {named}, or limit it with `\"StringEquals\": {{\"kms:CallerAccount\": \
                     [\"ACCOUNT\"]}}`."
                ),
                edit_key_policy(case),
            ),
        )
    };
    Ok(verdict.with_statements(references(document, KEY_POLICY, &open)))
}
