//! What is known of the keys of Sailthru's own requests to S3 (docs/design/aws-facts.md#requests-to-s3).

use super::organization::{ORGANIZATION, organization_of, organization_paths_of};
use super::{
    Facts, OUTSIDE_ORGANIZATIONS, OUTSIDE_VPCS, Row, VendorAction, VendorRequests, absent, foreign, foreign_account,
    present, row, unknown,
};
use crate::policy::KeyState;
use crate::snapshot::{Fact, Operation, TaggingAnswer};

const OWNER: &[Operation] = &[Operation::GetCallerIdentity];
const TAGS: &[Operation] = &[Operation::GetBucketAbac, Operation::GetBucketTagging];
const TAGS_SOURCE: &str = "S3 user guide, buckets-tagging-enable-abac: only where ABAC is enabled";
const OBJECT_LOCK: &[Operation] = &[Operation::GetObjectLockConfiguration];
const OBJECT_LOCK_SOURCE: &str = "whether a default retention counts is not documented";

/// The keys, where [`super::WRITER_KEYS`] does not have them.
pub(super) static KEYS: &[Row] = &[
    row("aws:ViaAWSService", |_| KeyState::known("false"), "IAM condition keys, aws:ViaAWSService: a direct call"),
    row("aws:CalledVia", absent, "IAM condition keys, aws:CalledVia: a direct call"),
    row("aws:CalledViaFirst", absent, "IAM condition keys, aws:CalledViaFirst: a direct call"),
    row("aws:CalledViaLast", absent, "IAM condition keys, aws:CalledViaLast: a direct call"),
    row("aws:SourceVpc", foreign, OUTSIDE_VPCS).assumed(),
    row("aws:SourceVpce", foreign, OUTSIDE_VPCS).assumed(),
    row("aws:SourceVpcArn", foreign, OUTSIDE_VPCS).assumed(),
    row("aws:VpceAccount", |facts| foreign_account(facts.writer), OUTSIDE_VPCS).assumed(),
    row("aws:VpceOrgID", foreign, OUTSIDE_ORGANIZATIONS).assumed(),
    row("aws:VpceOrgPaths", foreign, OUTSIDE_ORGANIZATIONS).assumed(),
    row("aws:VpcSourceIp", unknown, "IAM condition keys, aws:VpcSourceIp: only through a VPC endpoint of Sailthru's"),
    row("aws:ResourceAccount", owner, "IAM condition keys, aws:ResourceAccount: the bucket's owner").from(OWNER),
    row(
        "aws:ResourceOrgID",
        |facts| organization_of(&facts.vendor, facts.vendor.owner_account()),
        "IAM condition keys, aws:ResourceOrgID: your organization",
    )
    .from(ORGANIZATION),
    row(
        "aws:ResourceOrgPaths",
        |facts| organization_paths_of(&facts.vendor, facts.vendor.owner_account()),
        "IAM condition keys, aws:ResourceOrgPaths: your organization, and where in it the account is",
    )
    .from(ORGANIZATION),
    row("s3:ResourceAccount", owner, "S3 condition keys, s3:ResourceAccount: the bucket's owner").from(OWNER),
    row("aws:ResourceTag/*", |facts| tag_family(&facts.vendor), TAGS_SOURCE).from(TAGS),
    row("s3:BucketTag/*", |facts| tag_family(&facts.vendor), TAGS_SOURCE).from(TAGS),
    row(
        "s3:authType",
        |_| KeyState::known("REST-HEADER"),
        "S3 API, bucket-policy-s3-sigv4-conditions: SDK and CLI use the header",
    ),
    row(
        "s3:signatureversion",
        |_| KeyState::known("AWS4-HMAC-SHA256"),
        "S3 API, bucket-policy-s3-sigv4-conditions: Signature Version 4",
    ),
    row(
        "s3:signatureAge",
        unknown,
        "S3 API, bucket-policy-s3-sigv4-conditions: documented for presigned requests only",
    ),
    row("s3:TlsVersion", |_| KeyState::AtLeast(1.2), "S3 user guide, UsingEncryptionInTransit: 1.2 or 1.3"),
    row("s3:x-amz-content-sha256", present, "S3 API, bucket-policy-s3-sigv4-conditions: depends on the client"),
    row("s3:prefix", prefix, "S3 user guide, amazon-s3-policy-keys: what a sync lists"),
    row("s3:delimiter", when_listing, "S3 user guide, amazon-s3-policy-keys: depends on the client"),
    row("s3:max-keys", when_listing, "S3 user guide, amazon-s3-policy-keys: depends on the client"),
    row(
        "s3:x-amz-server-side-encryption",
        absent,
        "FAQ 2: no encryption headers; S3 user guide, UsingServerSideEncryption",
    ),
    row(
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        default_key_id,
        "S3 user guide, UsingKMSEncryption: its pages differ on whether default encryption fills it in",
    )
    .from(&[Operation::GetBucketEncryption]),
    row("s3:x-amz-server-side-encryption-customer-algorithm", absent, "FAQ 2: no encryption headers"),
    row("s3:x-amz-acl", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-grant-full-control", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-grant-read", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-grant-read-acp", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-grant-write", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-grant-write-acp", absent, "measured: `aws s3 sync` sends no ACL"),
    row("s3:x-amz-storage-class", storage_class, "whether the default class counts is not documented"),
    row("s3:RequestObjectTag/*", absent, "measured: `aws s3 sync` sends no tags"),
    row("s3:RequestObjectTagKeys", absent, "measured: `aws s3 sync` sends no tags"),
    row("s3:ExistingObjectTag/*", absent, "service authorization reference: not a key of these actions"),
    row("s3:if-none-match", absent, "S3 user guide, conditional-writes-enforce: a sync sends no precondition"),
    row("s3:if-match", absent, "S3 user guide, conditional-writes-enforce: a sync sends no precondition"),
    row("s3:ObjectCreationOperation", creation, "S3 user guide, conditional-writes-enforce"),
    row("s3:object-lock-mode", object_lock, OBJECT_LOCK_SOURCE).from(OBJECT_LOCK),
    row("s3:object-lock-retain-until-date", object_lock, OBJECT_LOCK_SOURCE).from(OBJECT_LOCK),
    row("s3:object-lock-remaining-retention-days", object_lock, OBJECT_LOCK_SOURCE).from(OBJECT_LOCK),
    row("s3:object-lock-legal-hold", object_lock, OBJECT_LOCK_SOURCE).from(OBJECT_LOCK),
    row("s3:x-amz-copy-source", absent, "service authorization reference: not a copy"),
    row("s3:x-amz-metadata-directive", absent, "service authorization reference: not a copy"),
    row("s3:x-amz-website-redirect-location", absent, "measured: `aws s3 sync` does not send it"),
    row("s3:versionid", absent, "service authorization reference: a simple delete"),
    row("s3:DataAccessPointArn", absent, "S3 user guide, access-points-policies: the bucket is addressed itself"),
    row("s3:DataAccessPointAccount", absent, "S3 user guide, access-points-policies: the bucket is addressed itself"),
    row("s3:AccessPointNetworkOrigin", absent, "S3 user guide, access-points-policies: the bucket is addressed itself"),
    row("s3:AccessPointTag/*", absent, "S3 user guide, access-points-policies: the bucket is addressed itself"),
    row("s3:AccessGrantsInstanceArn", absent, "S3 user guide, access-grants: no such credentials"),
];

/// The keys of the bucket's tags, where they count; set one by one over their families.
pub(super) fn tags<'a>(vendor: &VendorRequests<'a>) -> &'a [crate::snapshot::Tag] {
    match &vendor.snapshot.tagging {
        Fact::Found(TaggingAnswer { tag_set }) if abac_enabled(vendor) == Some(true) => tag_set,
        _ => &[],
    }
}

fn abac_enabled(vendor: &VendorRequests<'_>) -> Option<bool> {
    let answer = vendor.snapshot.abac.found()?;
    let status = answer.abac_status.as_ref().and_then(|status| status.status.as_deref());
    Some(status == Some("Enabled"))
}

/// Tags that the bucket does not have are absent, once that is known.
fn tag_family(vendor: &VendorRequests<'_>) -> KeyState {
    match (abac_enabled(vendor), &vendor.snapshot.tagging) {
        (Some(false), _) | (Some(true), Fact::Found(_) | Fact::Absent(_)) => KeyState::Absent,
        _ => KeyState::Unknown,
    }
}

fn owner(facts: &Facts<'_>) -> KeyState {
    facts.vendor.owner_account().map_or(KeyState::Unknown, KeyState::known)
}

fn prefix(facts: &Facts<'_>) -> KeyState {
    let listed = facts.vendor.export_path().unwrap_or_default();
    if facts.action == VendorAction::List { KeyState::known(listed) } else { KeyState::Absent }
}

fn when_listing(facts: &Facts<'_>) -> KeyState {
    if facts.action == VendorAction::List { KeyState::Unknown } else { KeyState::Absent }
}

/// The state of a key of uploads, by whether the request creates the object; absent in others.
fn when_uploading(facts: &Facts<'_>, state: impl FnOnce(bool) -> KeyState) -> KeyState {
    match facts.action {
        VendorAction::Put { creates_object } => state(creates_object),
        VendorAction::List | VendorAction::Delete => KeyState::Absent,
    }
}

fn default_key_id(facts: &Facts<'_>) -> KeyState {
    when_uploading(facts, |_| key_of_default_encryption(&facts.vendor))
}

fn key_of_default_encryption(vendor: &VendorRequests<'_>) -> KeyState {
    if matches!(vendor.snapshot.encryption, Fact::Unreadable(_) | Fact::NotRead) {
        return KeyState::Unknown;
    }
    match vendor.snapshot.default_encryption().map(|default| default.algorithm.as_str()) {
        None | Some("AES256") => KeyState::Absent,
        Some("aws:kms" | "aws:kms:dsse") => vendor
            .default_key_arn()
            .map_or(KeyState::Unknown, |arn| KeyState::OneOf(vec![KeyState::Absent, KeyState::known(arn)])),
        Some(_) => KeyState::Unknown,
    }
}

fn storage_class(facts: &Facts<'_>) -> KeyState {
    when_uploading(facts, |_| KeyState::OneOf(vec![KeyState::Absent, KeyState::known("STANDARD")]))
}

fn creation(facts: &Facts<'_>) -> KeyState {
    when_uploading(facts, |creates_object| KeyState::known(creates_object.to_string()))
}

fn object_lock(facts: &Facts<'_>) -> KeyState {
    when_uploading(facts, |_| match &facts.vendor.snapshot.object_lock {
        Fact::Found(answer) => {
            let rule = answer.object_lock_configuration.rule.as_ref();
            let retention = rule.and_then(|rule| rule.default_retention.as_ref());
            if retention.is_some() { KeyState::Unknown } else { KeyState::Absent }
        }
        Fact::Absent(_) => KeyState::Absent,
        Fact::Unreadable(_) | Fact::NotRead => KeyState::Unknown,
    })
}
