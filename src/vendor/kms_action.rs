//! The permissions on the KMS key that Sailthru asks for, in one list.
//!
//! Source: question 3 of the vendor's FAQ
//! (<https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/>).

use std::fmt;

macro_rules! kms_actions {
    ($($name:ident: $action:literal, $check:literal;)*) => {
        /// A permission on the KMS key that Sailthru asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum KmsAction {
            $(#[doc = concat!("`", $action, "`.")] $name,)*
        }

        impl KmsAction {
            /// Every permission, in the order of the report.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// As IAM names it, such as `kms:Decrypt`.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $action,)*
                }
            }

            /// The id of the check that reports it, such as `kms.decrypt`.
            pub(crate) const fn check(self) -> &'static str {
                match self {
                    $(Self::$name => $check,)*
                }
            }
        }
    };
}

kms_actions! {
    Decrypt: "kms:Decrypt", "kms.decrypt";
    DescribeKey: "kms:DescribeKey", "kms.describe-key";
    Encrypt: "kms:Encrypt", "kms.encrypt";
    GenerateDataKey: "kms:GenerateDataKey", "kms.generate-data-key";
    GenerateDataKeyWithoutPlaintext: "kms:GenerateDataKeyWithoutPlaintext", "kms.generate-data-key-without-plaintext";
    ReEncryptFrom: "kms:ReEncryptFrom", "kms.re-encrypt-from";
    ReEncryptTo: "kms:ReEncryptTo", "kms.re-encrypt-to";
}

impl fmt::Display for KmsAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
