//! Answers that more than one part of a run waits for, asked for once: who the caller is, and the bucket's policy.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::collect::Reader;
use super::convert;
use super::failure::{malformed, no_answer};
use crate::snapshot::{CallerIdentity, Fact, Operation, PolicyText, ReadFailure};

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Once {
    caller: OnceCell<Fact<CallerIdentity>>,
    /// The bucket policy, as each region answered for it.
    by_region: Mutex<BTreeMap<String, Arc<OnceCell<Fact<PolicyText>>>>>,
}

impl Reader<'_> {
    /// Who asks.
    pub(super) async fn caller(&self) -> Fact<CallerIdentity> {
        let ask = || async {
            let sts = self.clients.sts();
            self.session.read(Operation::GetCallerIdentity, sts.get_caller_identity().send(), convert::caller).await
        };
        self.once.caller.get_or_init(ask).await.clone()
    }

    /// The bucket policy, as a region answers for it.
    pub(super) async fn policy(&self, region: &str) -> Fact<PolicyText> {
        let answer = {
            let mut policies = self.once.by_region.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(policies.entry(region.to_owned()).or_default())
        };
        let ask = || async {
            let s3 = self.clients.s3(region);
            let call = s3.get_bucket_policy().bucket(self.bucket()).set_expected_bucket_owner(self.owner());
            self.session.read(Operation::GetBucketPolicy, call.send(), convert::bucket_policy).await
        };
        answer.get_or_init(ask).await.clone()
    }

    /// Whether the probe may write to a bucket only where the caller's account owns it: nobody named another owner.
    pub(super) fn guards_owner(&self) -> bool {
        self.settings.probe.is_some() && self.settings.expected_owner.is_none()
    }

    /// The account that the probe's requests expect to own the bucket: the one that was named, else the caller's. S3 lets
    /// nobody write where that is wrong. None where the caller's account is not known, and the bucket policy was shown,
    /// which it is to callers of the owner's account only.
    ///
    /// # Errors
    /// With the answer that leaves the owner in doubt, or rules the caller's account out: then nothing is written.
    pub(super) async fn owner_for_probe(&self, region: &str) -> Result<Option<String>, ReadFailure> {
        if let Some(owner) = self.owner() {
            return Ok(Some(owner));
        }
        let patience = self.clients.patience;
        let (caller, policy) = tokio::join!(
            Box::pin(tokio::time::timeout(patience, self.caller())),
            Box::pin(tokio::time::timeout(patience, self.policy(region)))
        );
        match (policy, caller) {
            (Ok(Fact::Unreadable(failure)), _) if failure.status == Some(405) => Err(failure),
            (_, Ok(Fact::Found(CallerIdentity { account: Some(account), .. }))) => Ok(Some(account)),
            (Ok(Fact::Found(_) | Fact::Absent(_)), _) => Ok(None),
            (_, Ok(Fact::Unreadable(failure) | Fact::Absent(failure))) => Err(failure),
            (_, Ok(Fact::Found(_) | Fact::NotRead)) => {
                Err(malformed(Operation::GetCallerIdentity, "the answer names no account"))
            }
            (_, Err(_)) => {
                let message = "no answer came in time".to_owned();
                Err(no_answer(Operation::GetCallerIdentity, ReadFailure::TIMED_OUT, message))
            }
        }
    }
}
