//! The checks of the seven permissions that FAQ 3 asks for, in words.

use super::judge;
use crate::checks::{Check, Explanation, Group, Headlines, Repair, required};
use crate::report::CheckId;
use crate::snapshot::Operation;
use crate::vendor::KmsAction;

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
macro_rules! kms_checks {
    ($($variant:ident, $action:literal: $can:literal, why: $why:literal, example: $example:literal;)*) => {
        /// The entry of a permission's check.
        pub(in crate::checks) fn entry(action: KmsAction) -> &'static Check {
            match action {
                $(KmsAction::$variant => {
                    static CHECK: Check = Check {
                        id: CheckId::Kms(KmsAction::$variant),
                        headlines: Headlines::SailthruCan($can),
                        group: Group::Faq(3),
                        needs: NEEDS,
                        need: required,
                        repair: Some(Repair::KeyAccess(KmsAction::$variant)),
                        judge: |case| judge(case, KmsAction::$variant),
                        explain: Explanation {
                            what: concat!(
                                "Evaluates the key policy and the key's grants for Sailthru's ",
                                $action,
                                ", which S3 requests from KMS on its behalf."
                            ),
                            why: $why,
                            example: $example,
                            fix: concat!(
                                "Allow ",
                                $action,
                                " to Sailthru's principal in the key policy, with Resource `*`."
                            ),
                            sources: SOURCES,
                        },
                    };
                    &CHECK
                })*
            }
        }
    };
}

kms_checks! {
    Decrypt, "kms:Decrypt": "decrypt with your KMS key",
    why: "S3 decrypts the parts of a multipart upload to join them: without this permission small files arrive and large \
          ones fail.",
    example: "An error occurred (AccessDenied) when calling the CompleteMultipartUpload operation: … is not authorized to \
              perform: kms:Decrypt";

    DescribeKey, "kms:DescribeKey": "describe your KMS key",
    why: "Sailthru asks for it, to see that the key exists and is enabled before it writes.",
    example: "An error occurred (AccessDeniedException) when calling the DescribeKey operation: … is not authorized to \
              perform: kms:DescribeKey";

    Encrypt, "kms:Encrypt": "encrypt with your KMS key",
    why: "Sailthru lists it among the permissions that its multipart uploads need.",
    example: "… is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:111122223333:key/…";

    GenerateDataKey, "kms:GenerateDataKey": "create data keys with your KMS key",
    why: "S3 needs a data key for every object and for the start of every multipart upload: without it nothing arrives.",
    example: "An error occurred (AccessDenied) when calling the PutObject operation: … is not authorized to perform: \
              kms:GenerateDataKey";

    GenerateDataKeyWithoutPlaintext, "kms:GenerateDataKeyWithoutPlaintext": "create data keys without plaintext",
    why: "Sailthru asks for it; `kms:GenerateDataKey` alone does not cover it, `kms:GenerateDataKey*` does.",
    example: "… is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext on resource: \
              arn:aws:kms:us-east-1:111122223333:key/…";

    ReEncryptFrom, "kms:ReEncryptFrom": "re-encrypt from your KMS key",
    why: "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    example: "… is not authorized to perform: kms:ReEncryptFrom on resource: arn:aws:kms:us-east-1:111122223333:key/…";

    ReEncryptTo, "kms:ReEncryptTo": "re-encrypt to your KMS key",
    why: "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    example: "… is not authorized to perform: kms:ReEncryptTo on resource: arn:aws:kms:us-east-1:111122223333:key/…";
}
