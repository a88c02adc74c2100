//! Refusals that are about the KMS key of the bucket's default encryption.

use super::Advice;
use crate::refusal::{Cause, Denial, Refusal};
use crate::report::CheckId;
use crate::vendor::KmsAction;

pub(super) const KEY_CHECKS: &[CheckId] = &[
    CheckId::EncryptionKeyArn,
    CheckId::KmsKeyUsable,
    CheckId::Kms(KmsAction::GenerateDataKey),
    CheckId::Kms(KmsAction::Decrypt),
    CheckId::ProbeEncrypted,
];
const OF_THE_KEY: &str = "Sailthru's uploads use the same key, so they fail as well.";
const QUOTED: &str = "The key of your bucket's default encryption stops Sailthru's uploads: fix the key.";

impl Refusal<'_> {
    pub(in crate::refusal) fn of_the_key(&self) -> Advice {
        let advice =
            |what: &str, remedy: &str, who: &str| Advice::new(what, remedy, who, OF_THE_KEY, QUOTED, KEY_CHECKS);
        let administrator = "whoever administers the key";
        let default = "whoever may change the bucket's default encryption";
        match self.cause {
            Cause::KeyPolicy => self.by_key_policy(),
            Cause::ForeignKey => self.foreign_key(),
            Cause::KeyDisabled => advice("the key is disabled", "enable the key (`aws kms enable-key`)", administrator),
            Cause::KeyState => advice(
                "the key cannot encrypt in its present state: its deletion or import is pending, or its key store is \
                 not connected",
                "bring the key back to the state Enabled (`aws kms cancel-key-deletion`, then `aws kms enable-key`), \
                 or name another in default encryption",
                administrator,
            ),
            Cause::KeyUsage => advice(
                "the key is not one that S3 can encrypt with",
                "name a symmetric key for ENCRYPT_DECRYPT in default encryption",
                default,
            ),
            Cause::KeyName => advice(
                "the key is not named by an ARN that KMS can read",
                "name the key by its full ARN in default encryption",
                default,
            ),
            _ => Advice::new(
                "S3 found no such key: it was deleted, is in another Region, or is named by an id or alias, which S3 \
                 looks up in the uploader's account",
                "name an existing key in default encryption by its full ARN, in the Region of the bucket",
                default,
                "Sailthru's uploads look for the same key, and an id or alias in Sailthru's own account.",
                "S3 looked for the key and did not find it. Name it by its full ARN: an id or alias is looked up in \
                 Sailthru's account.",
                KEY_CHECKS,
            ),
        }
    }

    /// The account that owns the key, where it alone can help: nobody else reads a key policy, whatever is allowed
    /// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>), and its key policy decides the rest.
    pub(super) fn owner_of_the_key_to_ask(&self) -> Option<&str> {
        let owner = self.known.key_owner.filter(|_| self.answer.operation.starts_with("kms:"))?;
        let by_the_key = matches!(self.cause, Cause::Bare | Cause::Silent | Cause::KeyPolicy | Cause::ForeignKey);
        (by_the_key || (self.answer.operation == "kms:GetKeyPolicy" && self.is_denial())).then_some(owner)
    }

    pub(super) fn of_another_accounts_key(&self, account: &str) -> Advice {
        let what = if self.answer.operation == "kms:GetKeyPolicy" {
            format!("the key belongs to account {account}, and KMS shows a key policy to the key's own account only")
        } else {
            format!("the key belongs to account {account}, whose key policy does not let you in")
        };
        let remedy = format!(
            "ask account {account} to run the check, or to send its key policy and judge that with `--key-policy FILE`"
        );
        Advice { what, remedy, ..self.foreign_key() }
    }

    fn by_key_policy(&self) -> Advice {
        let advice = |what: String, remedy: &str| {
            Advice::new(
                what,
                remedy,
                "whoever may change the key policy",
                "Sailthru meets the same key policy: the `kms.*` checks evaluate it for Sailthru.",
                "Your key policy does not let Sailthru use the key: `stc-check policy` prints the statement it needs.",
                KEY_CHECKS,
            )
        };
        if self.denial == Some(Denial::Explicit) {
            let what = format!("a Deny in the key policy{} applies to it", self.named_policies());
            return advice(what, "change that Deny, or exempt the uploader");
        }
        let advice = advice("the key policy does not allow it".to_owned(), "");
        advice.asking_for(self.needed_action(), "allow ", " in the key policy")
    }

    /// KMS tells no account but the key's own whether the key exists.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
    fn foreign_key(&self) -> Advice {
        let (whose, remedy, who) = match self.known.key_owner {
            Some(account) => {
                let owner = format!("account {account}, which owns the key");
                (format!("account {account}'s"), format!("ask {owner}"), owner)
            }
            None => (
                "another account's".to_owned(),
                "check the ARN of the key; if it is another account's, ask that account".to_owned(),
                "the account that owns the key".to_owned(),
            ),
        };
        Advice::new(
            format!("the key does not exist in this Region, or it is {whose} and its key policy does not let you in"),
            remedy,
            who,
            "Sailthru's account meets the same key and key policy: the `kms.*` checks evaluate it for Sailthru.",
            "To Sailthru's account KMS gives this one answer for three causes: your key policy does not let Sailthru \
             in, the key is in another Region, or the bucket names the key by an id or alias, which S3 looks up in \
             Sailthru's account.",
            KEY_CHECKS,
        )
    }
}
