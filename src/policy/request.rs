//! One question: may this principal do this action on this resource, with what is known of the condition keys.

use super::context::Context;
use super::principal::Principal;

/// KMS operations that a principal of another account can be allowed to do
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>), in lower case.
const CROSS_ACCOUNT_KMS_OPERATIONS: [&str; 20] = [
    "creategrant",
    "decrypt",
    "derivesharedsecret",
    "describekey",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "revokegrant",
    "sign",
    "verify",
    "verifymac",
];

/// A request to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action, as given: `s3:PutObject`.
    pub action: String,
    /// In lower case, as actions are compared.
    pub(crate) folded_action: String,
    /// The ARN of what it is done to.
    pub resource: String,
    /// The account that owns the resource.
    pub resource_account: Option<String>,
    /// The condition keys.
    pub context: Context,
}

impl Request {
    /// A request; the keys that follow from the principal are filled in where `context` does not set them.
    #[must_use]
    pub fn new(
        principal: Principal,
        action: &str,
        resource: &str,
        resource_account: Option<&str>,
        mut context: Context,
    ) -> Self {
        principal.describe(&mut context);
        Self {
            principal,
            action: action.to_owned(),
            folded_action: action.to_lowercase(),
            resource: resource.to_owned(),
            resource_account: resource_account.map(str::to_owned),
            context,
        }
    }

    /// Whether it is a KMS operation that no policy can open to another account.
    #[must_use]
    pub fn is_closed_to_other_accounts(&self) -> bool {
        let Some(operation) = self.folded_action.strip_prefix("kms:") else { return false };
        let other_account = match (self.principal.account(), &self.resource_account) {
            (Some(own), Some(owner)) => own != owner,
            _ => false,
        };
        other_account && !CROSS_ACCOUNT_KMS_OPERATIONS.contains(&operation)
    }
}
