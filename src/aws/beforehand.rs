//! What the probe waits for before it writes: whose the bucket is, and what it keeps of what is deleted.

use super::failure::{malformed, no_answer};
use super::reader::Reader;
use super::reads::retention;
use super::run::{Kept, Upcoming};
use crate::snapshot::{CallerIdentity, Fact, Operation, ReadFailure};

impl Reader<'_> {
    /// What the probe waits for before it writes, asked for before the bucket's region is known: a round is saved where the
    /// first region is the bucket's.
    pub(super) async fn before_the_probe(&self, region: &str) {
        if self.settings.probe.is_none() {
            return;
        }
        let policy = async {
            if self.settings.expected_owner.is_none() {
                self.policy(region).await;
            }
        };
        tokio::join!(Box::pin(policy), Box::pin(self.versioning(region)), Box::pin(self.object_lock(region)));
    }

    /// What the probe is about to write, as far as the first reads say; a read that hangs is not waited for.
    pub(super) async fn upcoming(&self, region: &str, owner: Option<&str>) -> Upcoming {
        let patience = self.clients.patience;
        let (versioning, lock) = tokio::join!(
            Box::pin(tokio::time::timeout(patience, self.versioning(region))),
            Box::pin(tokio::time::timeout(patience, self.object_lock(region)))
        );
        let kept = match versioning {
            Ok(Fact::Found(versioning)) => Some(match versioning.status.as_deref() {
                Some("Enabled") => Kept::VersionAndMarker,
                Some("Suspended") => Kept::Marker,
                _ => Kept::Nothing,
            }),
            _ => None,
        };
        let retains = lock.ok().as_ref().and_then(retention);
        Upcoming { owner: owner.map(str::to_owned), kept, retains }
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
