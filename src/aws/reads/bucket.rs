//! The bucket: its policy, its settings, and the key that it encrypts with.

use aws_sdk_s3::operation::get_bucket_acl::GetBucketAclOutput;
use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::operation::get_object_lock_configuration::GetObjectLockConfigurationOutput;
use jiff::Timestamp;

use super::super::reader::Reader;
use super::{Kept, access_block, name, names, policy_text};
use crate::snapshot::{
    AbacAnswer, AbacStatus, AclAnswer, AclGrant, AclGrantee, AclOwner, BlockedEncryptionTypes, DefaultRetention,
    EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration, EncryptionRule, EventHold, Fact, ObjectLockAnswer,
    ObjectLockConfiguration, ObjectLockRule, Operation, OwnershipAnswer, OwnershipControls, OwnershipRule,
    PolicyStatus, PolicyStatusAnswer, PolicyText, PublicAccessBlockAnswer, RequestPayment, Snapshot, Tag,
    TaggingAnswer, Versioning,
};

/// A read of the bucket: the operation, as we and as the SDK call it, and what is kept of its answer.
macro_rules! read {
    ($reader:ident, $region:expr, $operation:ident, $call:ident, $keep:expr) => {{
        let call = $reader.clients.s3($region).$call().bucket($reader.bucket());
        let call = call.set_expected_bucket_owner($reader.owner()).send();
        $reader.session.read(Operation::$operation, call, $keep)
    }};
}

impl Reader<'_> {
    /// Everything that a region tells of the bucket and its key.
    pub(in crate::aws) async fn read_bucket(&self, region: &str, taken_at: Timestamp) -> Snapshot {
        let mut snapshot = self.nothing_read(Some(region), taken_at);
        let encryption_and_key = async {
            let encryption = self.encryption(region).await;
            let key = Box::pin(self.read_key(&encryption, region)).await;
            (encryption, key)
        };
        (
            (snapshot.encryption, (snapshot.key, snapshot.key_policy, snapshot.grants)),
            snapshot.bucket_policy,
            snapshot.policy_status,
            snapshot.bucket_public_access_block,
            snapshot.ownership,
            snapshot.acl,
            snapshot.versioning,
            snapshot.object_lock,
            snapshot.request_payment,
            snapshot.abac,
            snapshot.tagging,
        ) = tokio::join!(
            encryption_and_key,
            self.policy(region),
            read!(self, region, GetBucketPolicyStatus, get_bucket_policy_status, |output| {
                let status = output.policy_status.and_then(|status| status.is_public);
                let is_public = status.ok_or("the answer holds no IsPublic")?;
                Ok(PolicyStatusAnswer { policy_status: PolicyStatus { is_public } })
            }),
            read!(self, region, GetPublicAccessBlock, get_public_access_block, |output| access_block!(output)),
            read!(self, region, GetBucketOwnershipControls, get_bucket_ownership_controls, |output| {
                let rules =
                    output.ownership_controls.ok_or("the answer holds no ownership controls")?.rules.into_iter();
                let rules = rules.map(|rule| OwnershipRule { object_ownership: rule.object_ownership.to_string() });
                Ok(OwnershipAnswer { ownership_controls: OwnershipControls { rules: rules.collect() } })
            }),
            read!(self, region, GetBucketAcl, get_bucket_acl, acl),
            self.versioning(region),
            self.object_lock(region),
            read!(self, region, GetBucketRequestPayment, get_bucket_request_payment, |output| {
                let payer = output.payer.ok_or("the answer names no payer")?;
                Ok(RequestPayment { payer: Some(payer.to_string()) })
            }),
            read!(self, region, GetBucketAbac, get_bucket_abac, |output| {
                Ok(AbacAnswer { abac_status: output.abac_status.map(|abac| AbacStatus { status: name(abac.status) }) })
            }),
            read!(self, region, GetBucketTagging, get_bucket_tagging, |output| {
                let tags = output.tag_set.into_iter().map(|tag| Tag { key: tag.key, value: tag.value });
                Ok(TaggingAnswer { tag_set: tags.collect() })
            }),
        );
        snapshot
    }

    /// The default encryption.
    pub(in crate::aws) async fn encryption(&self, region: &str) -> Fact<EncryptionAnswer> {
        read!(self, region, GetBucketEncryption, get_bucket_encryption, encryption).await
    }

    /// The bucket policy, as a region answers for it; asked once, as the two that follow.
    pub(in crate::aws) async fn policy(&self, region: &str) -> Fact<PolicyText> {
        let ask = || read!(self, region, GetBucketPolicy, get_bucket_policy, |output| policy_text(output.policy));
        self.once.regional(region).policy.get_or_init(ask).await.clone()
    }

    /// Whether the bucket keeps versions.
    pub(in crate::aws) async fn versioning(&self, region: &str) -> Fact<Versioning> {
        let ask = || {
            read!(self, region, GetBucketVersioning, get_bucket_versioning, |output| {
                Ok(Versioning { status: name(output.status), mfa_delete: name(output.mfa_delete) })
            })
        };
        self.once.regional(region).versioning.get_or_init(ask).await.clone()
    }

    /// How long the bucket retains what is deleted.
    pub(in crate::aws) async fn object_lock(&self, region: &str) -> Fact<ObjectLockAnswer> {
        let ask = || async {
            let answer =
                read!(self, region, GetObjectLockConfiguration, get_object_lock_configuration, object_lock).await;
            if retention(&answer) == Some(false) {
                self.session.run().set_retains_nothing();
            }
            answer
        };
        self.once.regional(region).object_lock.get_or_init(ask).await.clone()
    }
}

/// Whether uploads are retained by default; none where that was not read.
pub(in crate::aws) fn retention(answer: &Fact<ObjectLockAnswer>) -> Option<bool> {
    match answer {
        Fact::Found(found) => Some(found.object_lock_configuration.rule.is_some()),
        Fact::Absent(_) => Some(false),
        Fact::Unreadable(_) | Fact::NotRead => None,
    }
}

fn encryption(output: GetBucketEncryptionOutput) -> Kept<EncryptionAnswer> {
    let configuration = output.server_side_encryption_configuration.ok_or("the answer holds no configuration")?;
    let rules = configuration.rules.into_iter().map(|rule| EncryptionRule {
        apply_server_side_encryption_by_default: rule.apply_server_side_encryption_by_default.map(|default| {
            EncryptionByDefault {
                algorithm: default.sse_algorithm.to_string(),
                kms_master_key_id: default.kms_master_key_id,
            }
        }),
        bucket_key_enabled: rule.bucket_key_enabled,
        blocked_encryption_types: rule.blocked_encryption_types.map(|blocked| BlockedEncryptionTypes {
            encryption_type: names(blocked.encryption_type.unwrap_or_default()),
        }),
    });
    Ok(EncryptionAnswer { server_side_encryption_configuration: EncryptionConfiguration { rules: rules.collect() } })
}

fn acl(output: GetBucketAclOutput) -> Kept<AclAnswer> {
    let owner = output.owner.ok_or("the answer names no owner")?;
    let grants = output.grants.unwrap_or_default().into_iter().map(|grant| AclGrant {
        grantee: grant.grantee.map(|grantee| AclGrantee {
            r#type: Some(grantee.r#type.to_string()),
            display_name: grantee.display_name,
            email_address: grantee.email_address,
            id: grantee.id,
            uri: grantee.uri,
        }),
        permission: name(grant.permission),
    });
    let owner = AclOwner { display_name: owner.display_name, id: owner.id };
    Ok(AclAnswer { owner: Some(owner), grants: grants.collect() })
}

fn object_lock(output: GetObjectLockConfigurationOutput) -> Kept<ObjectLockAnswer> {
    let configuration = output.object_lock_configuration.ok_or("the answer holds no configuration")?;
    let rule = configuration.rule.map(|rule| ObjectLockRule {
        default_retention: rule.default_retention.map(|retention| DefaultRetention {
            mode: name(retention.mode),
            days: retention.days.map(i64::from),
            years: retention.years.map(i64::from),
            default_event_hold: retention
                .default_event_hold
                .map(|hold| EventHold { days: hold.days.map(i64::from), years: hold.years.map(i64::from) }),
        }),
    });
    let object_lock_enabled = name(configuration.object_lock_enabled);
    Ok(ObjectLockAnswer { object_lock_configuration: ObjectLockConfiguration { object_lock_enabled, rule } })
}
