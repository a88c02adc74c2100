//! Names of KMS keys.

use std::fmt;

use super::{Arn, InvalidName, is_account_id, is_region};

/// The full ARN of a KMS key: `arn:aws:kms:REGION:ACCOUNT:key/ID`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyArn(Arn);

impl KeyArn {
    /// Reads a key ARN.
    ///
    /// # Errors
    /// When it is an alias, a bare id or anything else: the vendor needs the fully qualified key
    /// ARN (FAQ 3), because aliases and ids are looked up in the caller's account.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const WANTED: &str = "give the full key ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID` (`aws kms describe-key --key-id … --query KeyMetadata.Arn`)";
        let Ok(arn) = Arn::parse(text) else {
            let what = if text.starts_with("alias/") { "an alias" } else { "not an ARN" };
            return Err(InvalidName(format!("this is {what}: {WANTED}")));
        };
        if arn.service == "kms" && arn.resource.starts_with("alias/") {
            return Err(InvalidName(format!("this is the ARN of an alias: {WANTED}")));
        }
        let is_key = arn.resource.strip_prefix("key/").is_some_and(is_bare_key_id);
        if arn.service != "kms" || !is_key || arn.region.is_empty() || !is_account_id(&arn.account) {
            return Err(InvalidName(format!("this is not the ARN of a KMS key: {WANTED}")));
        }
        Ok(Self(arn))
    }

    /// Its parts.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        &self.0
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Whether a text can name a key to KMS: an id, an alias, or the ARN of either
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>).
pub(crate) fn is_key_id(text: &str) -> bool {
    let is_id = |text: &str| is_bare_key_id(text) && !text.starts_with('-');
    let is_alias = |text: &str| {
        text.strip_prefix("alias/").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
        })
    };
    let is_resource = |text: &str| is_alias(text) || text.strip_prefix("key/").is_some_and(is_id);
    text.len() <= 2048
        && (is_id(text)
            || is_alias(text)
            || Arn::parse(text).is_ok_and(|arn| {
                arn.service == "kms"
                    && is_region(&arn.region)
                    && is_account_id(&arn.account)
                    && is_resource(&arn.resource)
            }))
}

fn is_bare_key_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
