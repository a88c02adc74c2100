//! What S3 or KMS would answer to saving a policy, as far as the bucket, the key and your principal are known.

use super::Case;
use crate::names::Arn;
use crate::policy::save_time::{self, KeyOwner, Objection, Target};
use crate::policy::{DocumentKind, Principal};
use crate::snapshot::PolicyText;

/// Why the service would refuse a text, as a policy that is still to be saved.
pub(crate) fn objections(case: &Case<'_>, kind: DocumentKind, text: &str) -> Vec<Objection> {
    match kind {
        DocumentKind::Bucket => save_time::judge(text, Target::Bucket(&case.vendor().bucket_arn())),
        DocumentKind::Key => {
            let key = case.vendor().default_key_arn().and_then(|key| Arn::parse(&key).ok());
            let described = case.snapshot.key.found().and_then(|answer| answer.key_metadata.account.clone());
            let account = key.as_ref().map(|key| key.account.clone()).or(described);
            let caller = case.snapshot.caller.found();
            let principal = caller.and_then(|caller| Principal::parse(caller.arn.as_deref()?).ok());
            let owner = KeyOwner {
                account: account.as_deref().filter(|account| account.bytes().all(|byte| byte.is_ascii_digit())),
                partition: key.as_ref().map_or("aws", |key| &key.partition),
                caller: principal.as_ref(),
            };
            save_time::judge(text, Target::Key(owner))
        }
    }
}

/// The same for a policy that may be in force: none, since the service took it.
pub(super) fn of_unsaved(case: &Case<'_>, kind: DocumentKind, policy: &PolicyText) -> Vec<Objection> {
    let text = policy.to_save();
    let mut objections = text.map_or_else(Vec::new, |text| objections(case, kind, &text));
    objections.retain(|objection| !(objection.is_lockout && policy.may_lock_out()));
    objections
}
