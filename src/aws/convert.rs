//! The SDK's answers, as the snapshot keeps them. `Err` names the member that an answer must have and lacks.

#![expect(clippy::unnecessary_wraps, reason = "every conversion has the same shape")]

use aws_sdk_kms::operation::describe_key::DescribeKeyOutput;
use aws_sdk_kms::operation::get_key_policy::GetKeyPolicyOutput;
use aws_sdk_kms::types::{MultiRegionConfiguration, MultiRegionKey};
use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationOutput;
use aws_sdk_s3::operation as s3;
use aws_sdk_s3control::operation::get_public_access_block::GetPublicAccessBlockOutput as AccountAccessBlock;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::names::is_region;
use crate::snapshot::{
    AbacAnswer, AbacStatus, AclAnswer, AclGrant, AclGrantee, AclOwner, BlockedEncryptionTypes, CallerIdentity,
    DefaultRetention, DescribeKeyAnswer, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration,
    EncryptionRule, EventHold, Grant, GrantConstraints, HeadBucket, KeyMetadata, ObjectLockAnswer,
    ObjectLockConfiguration, ObjectLockRule, Organization, OrganizationAnswer, OwnershipAnswer, OwnershipControls,
    OwnershipRule, PolicyStatus, PolicyStatusAnswer, PolicyText, PublicAccessBlock, PublicAccessBlockAnswer,
    RequestPayment, Tag, TaggingAnswer, Versioning,
};

/// What converts an answer: the value, or what is missing.
type Kept<T> = Result<T, &'static str>;

pub(super) fn head_bucket(output: s3::head_bucket::HeadBucketOutput) -> Kept<HeadBucket> {
    Ok(HeadBucket {
        bucket_arn: output.bucket_arn,
        bucket_location_type: output.bucket_location_type.map(|kind| kind.as_str().to_owned()),
        bucket_location_name: output.bucket_location_name,
        // It becomes a part of host names, so what is none is not taken.
        bucket_region: output.bucket_region.filter(|region| is_region(region)),
        access_point_alias: output.access_point_alias,
    })
}

/// The services accept nothing but JSON as a policy, so anything else is a broken answer and not a broken policy.
fn policy_text(policy: Option<String>) -> Kept<PolicyText> {
    let policy = policy.ok_or("the answer holds no policy")?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&policy) {
        Ok(_) => Ok(PolicyText::in_force(policy)),
        Err(_) => Err("what came in the policy's place is not JSON, or breaks off"),
    }
}

pub(super) fn bucket_policy(output: s3::get_bucket_policy::GetBucketPolicyOutput) -> Kept<PolicyText> {
    policy_text(output.policy)
}

pub(super) fn organization(output: DescribeOrganizationOutput) -> Kept<OrganizationAnswer> {
    let organization = output.organization.ok_or("the answer holds no organization")?;
    let organization = Organization { id: organization.id, master_account_id: organization.master_account_id };
    Ok(OrganizationAnswer { organization: Some(organization) })
}

pub(super) fn policy_status(
    output: s3::get_bucket_policy_status::GetBucketPolicyStatusOutput,
) -> Kept<PolicyStatusAnswer> {
    let is_public = output.policy_status.and_then(|status| status.is_public).ok_or("the answer holds no IsPublic")?;
    Ok(PolicyStatusAnswer { policy_status: PolicyStatus { is_public } })
}

/// The same for the bucket and for the account, whose answers are of two types.
macro_rules! access_block {
    ($output:ident) => {{
        let block = $output.public_access_block_configuration.ok_or("the answer holds no configuration")?;
        let public_access_block_configuration = PublicAccessBlock {
            block_public_acls: block.block_public_acls.unwrap_or_default(),
            ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
            block_public_policy: block.block_public_policy.unwrap_or_default(),
            restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
        };
        Ok(PublicAccessBlockAnswer { public_access_block_configuration })
    }};
}

pub(super) fn bucket_access_block(
    output: s3::get_public_access_block::GetPublicAccessBlockOutput,
) -> Kept<PublicAccessBlockAnswer> {
    access_block!(output)
}

pub(super) fn account_access_block(output: AccountAccessBlock) -> Kept<PublicAccessBlockAnswer> {
    access_block!(output)
}

pub(super) fn encryption(output: s3::get_bucket_encryption::GetBucketEncryptionOutput) -> Kept<EncryptionAnswer> {
    let configuration = output.server_side_encryption_configuration.ok_or("the answer holds no configuration")?;
    let rules = configuration
        .rules
        .into_iter()
        .map(|rule| EncryptionRule {
            apply_server_side_encryption_by_default: rule.apply_server_side_encryption_by_default.map(|default| {
                EncryptionByDefault {
                    algorithm: default.sse_algorithm.as_str().to_owned(),
                    kms_master_key_id: default.kms_master_key_id,
                }
            }),
            bucket_key_enabled: rule.bucket_key_enabled,
            blocked_encryption_types: rule.blocked_encryption_types.map(|blocked| BlockedEncryptionTypes {
                encryption_type: names(blocked.encryption_type.unwrap_or_default()),
            }),
        })
        .collect();
    Ok(EncryptionAnswer { server_side_encryption_configuration: EncryptionConfiguration { rules } })
}

pub(super) fn ownership(
    output: s3::get_bucket_ownership_controls::GetBucketOwnershipControlsOutput,
) -> Kept<OwnershipAnswer> {
    let controls = output.ownership_controls.ok_or("the answer holds no ownership controls")?;
    let rules = controls
        .rules
        .into_iter()
        .map(|rule| OwnershipRule { object_ownership: rule.object_ownership.as_str().to_owned() })
        .collect();
    Ok(OwnershipAnswer { ownership_controls: OwnershipControls { rules } })
}

pub(super) fn acl(output: s3::get_bucket_acl::GetBucketAclOutput) -> Kept<AclAnswer> {
    if output.owner.is_none() {
        return Err("the answer names no owner");
    }
    let grants = output
        .grants
        .unwrap_or_default()
        .into_iter()
        .map(|grant| AclGrant {
            grantee: grant.grantee.map(|grantee| AclGrantee {
                r#type: Some(grantee.r#type.as_str().to_owned()),
                display_name: grantee.display_name,
                email_address: grantee.email_address,
                id: grantee.id,
                uri: grantee.uri,
            }),
            permission: grant.permission.map(|permission| permission.as_str().to_owned()),
        })
        .collect();
    Ok(AclAnswer {
        owner: output.owner.map(|owner| AclOwner { display_name: owner.display_name, id: owner.id }),
        grants,
    })
}

pub(super) fn versioning(output: s3::get_bucket_versioning::GetBucketVersioningOutput) -> Kept<Versioning> {
    Ok(Versioning {
        status: output.status.map(|status| status.as_str().to_owned()),
        mfa_delete: output.mfa_delete.map(|status| status.as_str().to_owned()),
    })
}

pub(super) fn object_lock(
    output: s3::get_object_lock_configuration::GetObjectLockConfigurationOutput,
) -> Kept<ObjectLockAnswer> {
    let configuration = output.object_lock_configuration.ok_or("the answer holds no configuration")?;
    let rule = configuration.rule.map(|rule| ObjectLockRule {
        default_retention: rule.default_retention.map(|retention| DefaultRetention {
            mode: retention.mode.map(|mode| mode.as_str().to_owned()),
            days: retention.days.map(i64::from),
            years: retention.years.map(i64::from),
            default_event_hold: retention
                .default_event_hold
                .map(|hold| EventHold { days: hold.days.map(i64::from), years: hold.years.map(i64::from) }),
        }),
    });
    Ok(ObjectLockAnswer {
        object_lock_configuration: ObjectLockConfiguration {
            object_lock_enabled: configuration.object_lock_enabled.map(|enabled| enabled.as_str().to_owned()),
            rule,
        },
    })
}

pub(super) fn request_payment(
    output: s3::get_bucket_request_payment::GetBucketRequestPaymentOutput,
) -> Kept<RequestPayment> {
    let payer = output.payer.ok_or("the answer names no payer")?;
    Ok(RequestPayment { payer: Some(payer.as_str().to_owned()) })
}

pub(super) fn abac(output: s3::get_bucket_abac::GetBucketAbacOutput) -> Kept<AbacAnswer> {
    Ok(AbacAnswer {
        abac_status: output
            .abac_status
            .map(|abac| AbacStatus { status: abac.status.map(|status| status.as_str().to_owned()) }),
    })
}

pub(super) fn tagging(output: s3::get_bucket_tagging::GetBucketTaggingOutput) -> Kept<TaggingAnswer> {
    Ok(TaggingAnswer {
        tag_set: output.tag_set.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect(),
    })
}

#[expect(deprecated, reason = "the AWS CLI prints the older name of the spec too")]
pub(super) fn key(output: DescribeKeyOutput) -> Kept<DescribeKeyAnswer> {
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
            key_usage: key.key_usage.map(|usage| usage.as_str().to_owned()),
            key_spec: key.key_spec.map(|spec| spec.as_str().to_owned()),
            customer_master_key_spec: key.customer_master_key_spec.map(|spec| spec.as_str().to_owned()),
            key_manager: key.key_manager.map(|manager| manager.as_str().to_owned()),
            origin: key.origin.map(|origin| origin.as_str().to_owned()),
            multi_region: key.multi_region,
            deletion_date: key.deletion_date.map(iso8601),
            valid_to: key.valid_to.map(iso8601),
            expiration_model: key.expiration_model.map(|model| model.as_str().to_owned()),
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

fn names<T: AsRef<str>>(values: Vec<T>) -> Vec<String> {
    values.into_iter().map(|value| value.as_ref().to_owned()).collect()
}

fn multi_region(configuration: MultiRegionConfiguration) -> Value {
    let key = |key: MultiRegionKey| json!({"Arn": key.arn, "Region": key.region});
    json!({
        "MultiRegionKeyType": configuration.multi_region_key_type.map(|kind| kind.as_str().to_owned()),
        "PrimaryKey": configuration.primary_key.map(key),
        "ReplicaKeys": configuration.replica_keys.unwrap_or_default().into_iter().map(key).collect::<Vec<_>>(),
    })
}

pub(super) fn key_policy(output: GetKeyPolicyOutput) -> Kept<PolicyText> {
    policy_text(output.policy)
}

pub(super) fn grant(grant: aws_sdk_kms::types::GrantListEntry) -> Grant {
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

pub(super) fn caller(output: GetCallerIdentityOutput) -> Kept<CallerIdentity> {
    if output.account.is_none() {
        return Err("the answer names no account");
    }
    Ok(CallerIdentity { account: output.account, arn: output.arn, user_id: output.user_id })
}
