//! The key of the default encryption: what it is, its policy and its grants.

use aws_sdk_kms::operation::describe_key::DescribeKeyOutput;
use aws_sdk_kms::types::{GrantListEntry, MultiRegionConfiguration, MultiRegionKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::failure::malformed;
use super::super::reader::Reader;
use super::{Kept, name, names, policy_text};
use crate::names::Arn;
use crate::snapshot::{
    DescribeKeyAnswer, EncryptionAnswer, Fact, Grant, GrantConstraints, GrantsAnswer, KeyMetadata, Operation,
    PolicyText, Snapshot,
};

/// KMS allows 50,000 grants a key, a hundred on a page.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>
const MOST_GRANT_PAGES: usize = 500;

/// The key, its policy and its grants.
type KeyFacts = (Fact<DescribeKeyAnswer>, Fact<PolicyText>, Fact<GrantsAnswer>);

impl Reader<'_> {
    /// The key that the default encryption names, by ARN, alias or id, in the region that its ARN names.
    pub(in crate::aws) async fn read_key(&self, encryption: &Fact<EncryptionAnswer>, region: &str) -> KeyFacts {
        let Some(id) = encryption.found().and_then(named_key) else {
            return (Fact::NotRead, Fact::NotRead, Fact::NotRead);
        };
        let arn = Arn::parse(&id).ok();
        let kms = self.clients.kms(&region_of(&id, region));
        let describe = self.key(&id, region);
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

    /// What KMS says of a key.
    pub(in crate::aws) async fn key(&self, id: &str, region: &str) -> Fact<DescribeKeyAnswer> {
        let call = self.clients.kms(&region_of(id, region)).describe_key().key_id(id).send();
        self.session.read(Operation::DescribeKey, call, key).await
    }

    async fn key_policy(&self, kms: &aws_sdk_kms::Client, key: &str) -> Fact<PolicyText> {
        let call = kms.get_key_policy().key_id(key).policy_name("default").send();
        self.session.read(Operation::GetKeyPolicy, call, |output| policy_text(output.policy)).await
    }

    /// Every page; half a list is no list.
    async fn grants(&self, kms: &aws_sdk_kms::Client, key: &str) -> Fact<GrantsAnswer> {
        let broken = |why| Fact::Unreadable(malformed(Operation::ListGrants, why));
        let (mut grants, mut marker) = (Vec::new(), None);
        for _ in 0..MOST_GRANT_PAGES {
            let call = kms.list_grants().key_id(key).limit(100).set_marker(marker).send();
            let page = match self.session.read(Operation::ListGrants, call, Ok).await {
                Fact::Found(page) => page,
                Fact::Absent(failure) | Fact::Unreadable(failure) => return Fact::Unreadable(failure),
                Fact::NotRead => return Fact::NotRead,
            };
            let Some(entries) = page.grants else { return broken("the answer holds no list of grants") };
            grants.extend(entries.into_iter().map(grant));
            if !page.truncated {
                return Fact::Found(GrantsAnswer { grants, ..GrantsAnswer::default() });
            }
            marker = page.next_marker;
            if marker.is_none() {
                return broken("a page promises more grants and does not say where");
            }
        }
        broken("the list of grants has no end")
    }
}

/// The default key by its ARN or id, an alias resolved; none under SSE-S3.
pub(in crate::aws) fn default_key(snapshot: &Snapshot) -> Option<String> {
    let described = snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
    described.or_else(|| snapshot.encryption.found().and_then(named_key)).filter(|id| !id.contains("alias/"))
}

/// The Region of a key: its ARN's, else the bucket's.
pub(in crate::aws) fn region_of(key: &str, region: &str) -> String {
    let of_arn = Arn::parse(key).ok().map(|arn| arn.region).filter(|region| !region.is_empty());
    of_arn.unwrap_or_else(|| region.to_owned())
}

/// The key of the first rule, as the owner typed it; none under SSE-S3 and under the AWS managed key.
pub(in crate::aws) fn named_key(encryption: &EncryptionAnswer) -> Option<String> {
    let default = encryption.by_default().filter(|default| default.algorithm.starts_with("aws:kms"))?;
    default.kms_master_key_id.clone().filter(|id| !id.is_empty())
}

#[expect(deprecated, reason = "the AWS CLI prints the older name of the spec too")]
fn key(output: DescribeKeyOutput) -> Kept<DescribeKeyAnswer> {
    let key = output.key_metadata.ok_or("the answer holds no key")?;
    let state = key.key_state.ok_or("the answer does not say what state the key is in")?;
    Ok(DescribeKeyAnswer {
        key_metadata: KeyMetadata {
            account: key.aws_account_id,
            key_id: Some(key.key_id),
            region: None,
            arn: key.arn,
            creation_date: key.creation_date.map(iso8601),
            description: key.description,
            enabled: Some(key.enabled),
            key_state: Some(state.as_str().to_owned()),
            key_usage: name(key.key_usage),
            key_spec: name(key.key_spec),
            customer_master_key_spec: name(key.customer_master_key_spec),
            key_manager: name(key.key_manager),
            origin: name(key.origin),
            multi_region: key.multi_region,
            deletion_date: key.deletion_date.map(iso8601),
            valid_to: key.valid_to.map(iso8601),
            expiration_model: name(key.expiration_model),
            custom_key_store_id: key.custom_key_store_id,
            cloud_hsm_cluster_id: key.cloud_hsm_cluster_id,
            encryption_algorithms: key.encryption_algorithms.map(names),
            signing_algorithms: key.signing_algorithms.map(names),
            key_agreement_algorithms: key.key_agreement_algorithms.map(names),
            mac_algorithms: key.mac_algorithms.map(names),
            multi_region_configuration: key.multi_region_configuration.map(multi_region),
            pending_deletion_window_in_days: key.pending_deletion_window_in_days.map(i64::from),
            xks_key_configuration: key.xks_key_configuration.map(|key| json!({"Id": key.id})),
            current_key_material_id: key.current_key_material_id,
        },
    })
}

/// A time as the AWS CLI prints it, in UTC.
fn iso8601(time: aws_smithy_types::DateTime) -> Value {
    let Ok(timestamp) = Timestamp::new(time.secs(), 0) else { return Value::from(time.secs()) };
    let micros = match time.subsec_nanos() / 1_000 {
        0 => String::new(),
        micros => format!(".{micros:06}"),
    };
    format!("{}{micros}+00:00", timestamp.strftime("%Y-%m-%dT%H:%M:%S")).into()
}

fn multi_region(configuration: MultiRegionConfiguration) -> Value {
    let key = |key: MultiRegionKey| json!({"Arn": key.arn, "Region": key.region});
    json!({
        "MultiRegionKeyType": name(configuration.multi_region_key_type),
        "PrimaryKey": configuration.primary_key.map(key),
        "ReplicaKeys": configuration.replica_keys.unwrap_or_default().into_iter().map(key).collect::<Vec<_>>(),
    })
}

fn grant(grant: GrantListEntry) -> Grant {
    Grant {
        grant_id: grant.grant_id,
        name: grant.name,
        key_id: grant.key_id,
        creation_date: grant.creation_date.map(iso8601),
        grantee_principal: grant.grantee_principal,
        retiring_principal: grant.retiring_principal,
        issuing_account: grant.issuing_account,
        operations: names(grant.operations.unwrap_or_default()),
        constraints: grant.constraints.map(|constraints| GrantConstraints {
            encryption_context_subset: constraints.encryption_context_subset.map(|pairs| pairs.into_iter().collect()),
            encryption_context_equals: constraints.encryption_context_equals.map(|pairs| pairs.into_iter().collect()),
            source_arn: constraints.source_arn,
        }),
    }
}
