//! The key of the default encryption: what it is, its policy and its grants.

use super::convert;
use super::failure::malformed;
use super::reader::Reader;
use crate::names::Arn;
use crate::snapshot::{DescribeKeyAnswer, EncryptionAnswer, Fact, GrantsAnswer, Operation, PolicyText, Snapshot};

/// KMS allows 50,000 grants a key, a hundred on a page.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
const MOST_GRANT_PAGES: usize = 500;

/// The key, its policy and its grants.
type KeyFacts = (Fact<DescribeKeyAnswer>, Fact<PolicyText>, Fact<GrantsAnswer>);

impl Reader<'_> {
    /// The key that the default encryption names, by ARN, alias or id, in the region that its ARN names.
    pub(super) async fn read_key(&self, encryption: &Fact<EncryptionAnswer>, region: &str) -> KeyFacts {
        let Some(id) = encryption.found().and_then(named_key) else {
            return (Fact::NotRead, Fact::NotRead, Fact::NotRead);
        };
        let arn = Arn::parse(&id).ok();
        let kms = self.clients.kms(&region_of(&id, region));
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

    async fn key_policy(&self, kms: &aws_sdk_kms::Client, key: &str) -> Fact<PolicyText> {
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
                return Fact::Found(GrantsAnswer { grants, ..GrantsAnswer::default() });
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

/// The default key by its ARN or id, an alias resolved; none under SSE-S3.
pub(super) fn default_key(snapshot: &Snapshot) -> Option<String> {
    let described = snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
    described.or_else(|| snapshot.encryption.found().and_then(named_key)).filter(|id| !id.contains("alias/"))
}

/// The Region of a key: its ARN's, else the bucket's.
pub(super) fn region_of(key: &str, region: &str) -> String {
    let of_arn = Arn::parse(key).ok().map(|arn| arn.region).filter(|region| !region.is_empty());
    of_arn.unwrap_or_else(|| region.to_owned())
}

/// The key of the first rule, as the owner typed it; none under SSE-S3 and under the AWS managed key.
pub(super) fn named_key(encryption: &EncryptionAnswer) -> Option<String> {
    let default = encryption.by_default().filter(|default| default.algorithm.starts_with("aws:kms"))?;
    default.kms_master_key_id.clone().filter(|id| !id.is_empty())
}
