//! The reads: every operation of the snapshot, each as soon as what it needs is known.
//!
//! Nothing waits for a whole round: the key's reads follow the encryption's answer, the account's the caller's, the
//! rest the region's. A read that hangs holds up what depends on it and nothing else.

use std::sync::OnceLock;

use aws_sdk_s3::Client as S3;
use jiff::Timestamp;

use super::answer::Session;
use super::client::Clients;
use super::failure::{malformed, region_in};
use super::once::Once;
use super::{Settings, convert};
use crate::names::{Arn, is_region};
use crate::snapshot::observations::Step;
use crate::snapshot::{
    CallerIdentity, EncryptionAnswer, Fact, GrantsAnswer, HeadBucket, Operation, PublicAccessBlockAnswer, ReadFailure,
    Snapshot,
};

/// KMS allows 50,000 grants a key, a hundred on a page.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
const MOST_GRANT_PAGES: usize = 500;

/// Where the bucket is, as far as `HeadBucket` could tell.
#[derive(Debug, Clone)]
pub(super) struct Located {
    /// The answer itself.
    pub(super) head: Fact<HeadBucket>,
    /// The bucket's region, once the service has named or confirmed it.
    pub(super) region: Option<String>,
    /// The region to ask from now on: the bucket's, else the one that was asked first.
    pub(super) ask: String,
    /// Whether the answer sent us to another region.
    redirected: bool,
}

impl Located {
    /// Whether the service said that there is such a bucket: the probe may begin.
    pub(super) fn answered(&self) -> bool {
        self.region.is_some()
            || matches!(&self.head, Fact::Found(_))
            || matches!(&self.head, Fact::Unreadable(failure) if failure.is_denied())
    }

    /// Whether the service said that there is none.
    pub(super) fn is_missing(&self) -> bool {
        matches!(&self.head, Fact::Unreadable(failure) if failure.status == Some(404))
    }
}

/// What is asked, of which bucket, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) clients: &'a Clients,
    pub(super) settings: &'a Settings,
    pub(super) once: &'a Once,
}

impl Reader<'_> {
    pub(super) fn bucket(&self) -> &str {
        self.settings.bucket.as_str()
    }

    pub(super) fn owner(&self) -> Option<String> {
        self.settings.expected_owner.as_ref().map(ToString::to_string)
    }

    /// Asks any region for the bucket. Without the expected owner, so that "not there" and "not yours" stay apart
    /// (docs/design/aws-facts.md#regions-and-names); a redirect names the right region.
    pub(super) async fn locate(&self) -> Located {
        let first = self.clients.first_region.clone();
        let s3 = self.clients.s3(&first);
        let (head, mut named) = self.head_bucket(&s3).await;
        let wants_redirect = |head: &Fact<HeadBucket>| {
            matches!(head, Fact::Unreadable(ReadFailure { status: Some(301 | 307 | 400), .. }))
        };
        if named.is_none() && wants_redirect(&head) {
            named = self.bucket_location(&s3).await;
        }
        let region = match &head {
            // S3 always names it. What does not is no proof of anything: a sign-in page answers every request alike.
            Fact::Found(found) => found.bucket_region.clone(),
            _ => named,
        };
        let ask = region.clone().unwrap_or_else(|| first.clone());
        Located { redirected: wants_redirect(&head) && region.is_some(), head, region, ask }
    }

    /// `HeadBucket`, and the region that a refusal names.
    async fn head_bucket(&self, s3: &S3) -> (Fact<HeadBucket>, Option<String>) {
        let named = OnceLock::new();
        let call = async {
            let answer = s3.head_bucket().bucket(self.bucket()).send().await;
            if let Err(error) = &answer {
                let _ = region_in(error).map(|region| named.set(region));
            }
            answer
        };
        let head = self.session.read(Operation::HeadBucket, call, convert::head_bucket).await;
        (head, named.into_inner())
    }

    /// The older way to ask for the region, for redirects that name none.
    async fn bucket_location(&self, s3: &S3) -> Option<String> {
        let named = OnceLock::new();
        let call = async {
            let answer = s3.get_bucket_location().bucket(self.bucket()).send().await;
            if let Err(error) = &answer {
                let _ = region_in(error).map(|region| named.set(region));
            }
            answer
        };
        match self.session.ask(Operation::GetBucketLocation, call).await {
            Ok(location) => Some(match location.location_constraint.as_ref().map_or("", |region| region.as_str()) {
                "" => "us-east-1".to_owned(),
                "EU" => "eu-west-1".to_owned(),
                region => region.to_owned(),
            })
            .filter(|region| is_region(region)),
            Err(_) => named.into_inner(),
        }
    }

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
        let mut snapshot = Snapshot::new(self.bucket(), Some(region), taken_at);
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

    /// After a redirect: the answer of the right region.
    pub(super) async fn head_again(&self, located: &Located) -> Fact<HeadBucket> {
        if !located.redirected {
            return located.head.clone();
        }
        let (head, _) = self.head_bucket(&self.clients.s3(&located.ask)).await;
        match head {
            Fact::Found(found) => Fact::Found(HeadBucket {
                bucket_region: found.bucket_region.or_else(|| located.region.clone()),
                ..found
            }),
            head => head,
        }
    }

    /// Whether the expected owner is the owner: the same question once more, now with the condition.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    pub(super) async fn confirm_owner(&self, located: &Located) -> Step<bool> {
        let Some(owner) = self.owner() else { return Step::not_tried("no owner is expected") };
        let s3 = self.clients.s3(&located.ask);
        let call = s3.head_bucket().bucket(self.bucket()).expected_bucket_owner(owner);
        match self.session.ask(Operation::HeadBucket, call.send()).await {
            Ok(_) => Step::Done(true),
            Err(failure) => Step::Failed(failure),
        }
    }

    /// The key that the default encryption names, by ARN, alias or id, in the region that its ARN names.
    async fn read_key(&self, encryption: &Fact<EncryptionAnswer>, region: &str) -> KeyFacts {
        let Some(id) = encryption.found().and_then(named_key) else {
            return (Fact::NotRead, Fact::NotRead, Fact::NotRead);
        };
        let arn = Arn::parse(&id).ok();
        let region = arn.as_ref().map(|arn| arn.region.as_str()).filter(|region| !region.is_empty()).unwrap_or(region);
        let kms = self.clients.kms(region);
        let describe = self.session.read(Operation::DescribeKey, kms.describe_key().key_id(&id).send(), convert::key);
        let is_alias = arn.as_ref().map_or(id.as_str(), |arn| arn.resource.as_str()).starts_with("alias/");
        if !is_alias {
            return tokio::join!(describe, self.key_policy(&kms, &id), self.grants(&kms, &id));
        }
        // Key policies and grants are not found by alias.
        let key = describe.await;
        let target = match &key {
            Fact::Found(answer) => answer.key_metadata.arn.clone().or_else(|| answer.key_metadata.key_id.clone()),
            _ => None,
        };
        let (key_policy, grants) = match (target, &key) {
            (Some(target), _) => tokio::join!(self.key_policy(&kms, &target), self.grants(&kms, &target)),
            (None, Fact::Unreadable(failure)) => (Fact::Unreadable(failure.clone()), Fact::Unreadable(failure.clone())),
            (None, _) => (Fact::NotRead, Fact::NotRead),
        };
        (key, key_policy, grants)
    }

    async fn key_policy(&self, kms: &aws_sdk_kms::Client, key: &str) -> Fact<crate::snapshot::PolicyText> {
        let call = kms.get_key_policy().key_id(key).policy_name("default").send();
        self.session.read(Operation::GetKeyPolicy, call, convert::key_policy).await
    }

    /// Every page; half a list is no list.
    async fn grants(&self, kms: &aws_sdk_kms::Client, key: &str) -> Fact<GrantsAnswer> {
        let mut grants = Vec::new();
        let mut marker = None;
        for _ in 0..MOST_GRANT_PAGES {
            let call = kms.list_grants().key_id(key).limit(100).set_marker(marker).send();
            let page = match self.session.read(Operation::ListGrants, call, Ok).await {
                Fact::Found(page) => page,
                Fact::Absent(failure) | Fact::Unreadable(failure) => return Fact::Unreadable(failure),
                Fact::NotRead => return Fact::NotRead,
            };
            let Some(entries) = page.grants else {
                return Fact::Unreadable(malformed(Operation::ListGrants, "the answer holds no list of grants"));
            };
            grants.extend(entries.into_iter().map(convert::grant));
            if !page.truncated {
                return Fact::Found(GrantsAnswer { grants, truncated: None });
            }
            marker = page.next_marker;
            if marker.is_none() {
                return Fact::Unreadable(malformed(
                    Operation::ListGrants,
                    "a page promises more grants and does not say where",
                ));
            }
        }
        Fact::Unreadable(malformed(Operation::ListGrants, "the list of grants has no end"))
    }
}

impl Reader<'_> {
    /// What the evidence of the vendor's acts is judged by: default encryption, its key, and what AWS recorded.
    pub(super) async fn read_evidence(&self, region: &str, evidence: &super::Evidence, snapshot: &mut Snapshot) {
        let s3 = self.clients.s3(region);
        let call = s3.get_bucket_encryption().bucket(self.bucket()).set_expected_bucket_owner(self.owner());
        snapshot.encryption = self.session.read(Operation::GetBucketEncryption, call.send(), convert::encryption).await;
        let named = snapshot.encryption.found().and_then(named_key);
        if let Some(alias) = named.filter(|id| id.contains("alias/")) {
            let kms = self.clients.kms(region);
            let call = kms.describe_key().key_id(alias).send();
            snapshot.key = self.session.read(Operation::DescribeKey, call, convert::key).await;
        }
        let key = default_key(snapshot);
        snapshot.key_last_usage = self.key_last_usage(key.as_deref(), region).await;
        let before = snapshot.clone();
        let traces = Box::pin(self.traces(&before, key.as_deref(), region, &evidence.vendor)).await;
        snapshot.versions = traces.versions;
        snapshot.multipart_uploads = traces.uploads;
        snapshot.events = traces.events;
    }
}

/// The default key by its ARN or id, an alias resolved; none under SSE-S3.
pub(super) fn default_key(snapshot: &Snapshot) -> Option<String> {
    let described = snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
    described.or_else(|| snapshot.encryption.found().and_then(named_key)).filter(|id| !id.contains("alias/"))
}

type KeyFacts = (Fact<crate::snapshot::DescribeKeyAnswer>, Fact<crate::snapshot::PolicyText>, Fact<GrantsAnswer>);

/// The key of the first rule, as the owner typed it; none under SSE-S3 and under the AWS managed key.
fn named_key(encryption: &EncryptionAnswer) -> Option<String> {
    encryption
        .server_side_encryption_configuration
        .rules
        .iter()
        .find_map(|rule| rule.apply_server_side_encryption_by_default.as_ref())
        .filter(|default| default.algorithm.starts_with("aws:kms"))
        .and_then(|default| default.kms_master_key_id.clone())
        .filter(|id| !id.is_empty())
}
