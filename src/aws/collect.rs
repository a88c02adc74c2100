//! The reads: every operation of the snapshot, each as soon as what it needs is known.
//!
//! Nothing waits for a whole round: the key's reads follow the encryption's answer, the account's the caller's, the
//! rest the region's. A read that hangs holds up what depends on it and nothing else.

use jiff::Timestamp;

use super::convert;
use super::reader::Reader;
use crate::snapshot::{CallerIdentity, Fact, Operation, PublicAccessBlockAnswer, Snapshot};

impl Reader<'_> {
    /// Who asks, and the public access block of the account that owns, or should own, the bucket.
    pub(super) async fn caller_and_account(&self) -> (Fact<CallerIdentity>, Fact<PublicAccessBlockAnswer>) {
        let caller = self.caller();
        if let Some(owner) = self.owner() {
            return tokio::join!(caller, self.account_access_block(owner));
        }
        let caller = caller.await;
        let account = match &caller {
            Fact::Found(CallerIdentity { account: Some(account), .. }) => {
                self.account_access_block(account.clone()).await
            }
            // Without an account there is nothing to ask; the reason is the caller's.
            Fact::Unreadable(failure) => Fact::Unreadable(failure.clone()),
            _ => Fact::NotRead,
        };
        (caller, account)
    }

    async fn account_access_block(&self, account: String) -> Fact<PublicAccessBlockAnswer> {
        let s3control = self.clients.s3control(&self.clients.first_region);
        let call = s3control.get_public_access_block().account_id(account).send();
        self.session.read(Operation::GetAccountPublicAccessBlock, call, convert::account_access_block).await
    }

    /// Everything that a region tells of the bucket and its key.
    pub(super) async fn read_bucket(&self, region: &str, taken_at: Timestamp) -> Snapshot {
        let s3 = self.clients.s3(region);
        let session = self.session;
        // One line a read: the request, and what keeps its answer.
        macro_rules! read {
            ($operation:expr, $call:ident, $keep:path) => {{
                let call = s3.$call().bucket(self.bucket()).set_expected_bucket_owner(self.owner());
                session.read($operation, call.send(), $keep)
            }};
        }
        let encryption_and_key = async {
            let encryption = read!(Operation::GetBucketEncryption, get_bucket_encryption, convert::encryption).await;
            let key = Box::pin(self.read_key(&encryption, region)).await;
            (encryption, key)
        };
        let (
            (encryption, key),
            bucket_policy,
            policy_status,
            access_block,
            ownership,
            acl,
            versioning,
            object_lock,
            request_payment,
            abac,
            tagging,
        ) = tokio::join!(
            encryption_and_key,
            self.policy(region),
            read!(Operation::GetBucketPolicyStatus, get_bucket_policy_status, convert::policy_status),
            read!(Operation::GetPublicAccessBlock, get_public_access_block, convert::bucket_access_block),
            read!(Operation::GetBucketOwnershipControls, get_bucket_ownership_controls, convert::ownership),
            read!(Operation::GetBucketAcl, get_bucket_acl, convert::acl),
            self.versioning(region),
            self.object_lock(region),
            read!(Operation::GetBucketRequestPayment, get_bucket_request_payment, convert::request_payment),
            read!(Operation::GetBucketAbac, get_bucket_abac, convert::abac),
            read!(Operation::GetBucketTagging, get_bucket_tagging, convert::tagging),
        );
        let mut snapshot = self.nothing_read(Some(region), taken_at);
        snapshot.encryption = encryption;
        (snapshot.key, snapshot.key_policy, snapshot.grants) = key;
        snapshot.bucket_policy = bucket_policy;
        snapshot.policy_status = policy_status;
        snapshot.bucket_public_access_block = access_block;
        snapshot.ownership = ownership;
        snapshot.acl = acl;
        snapshot.versioning = versioning;
        snapshot.object_lock = object_lock;
        snapshot.request_payment = request_payment;
        snapshot.abac = abac;
        snapshot.tagging = tagging;
        snapshot
    }
}
