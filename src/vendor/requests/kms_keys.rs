//! S3's requests to KMS on Sailthru's behalf (docs/design/aws-facts.md#s3s-requests-to-kms).

use super::organization::{ORGANIZATION, organization_of, organization_paths_of};
use super::{Facts, Row, VendorAction, VendorRequests, WRITER_KEYS, absent, context_of, principal, row, unknown};
use crate::names::{Arn, partition_of_region};
use crate::policy::{KeyState, Request, Target};
use crate::snapshot::{KeyMetadata, Operation};
use crate::vendor::Writer;

const DESCRIPTION: &[Operation] = &[Operation::DescribeKey];

/// The keys, where [`WRITER_KEYS`] does not have them.
pub(super) static KEYS: &[Row] = &[
    row("kms:ViaService", via_service, "KMS conditions, kms:ViaService"),
    row(
        "kms:CallerAccount",
        |facts| KeyState::known(facts.writer.arn().account.clone()),
        "KMS conditions, kms:CallerAccount: Sailthru's account",
    ),
    row("kms:EncryptionContext:*", absent, "S3 user guide, UsingKMSEncryption: no context of Sailthru's own"),
    row("kms:EncryptionContext:aws:s3:arn", encryption_context_arn, "S3 user guide, UsingKMSEncryption and bucket-key"),
    row("kms:EncryptionContextKeys", encryption_context_keys, "S3 user guide, UsingKMSEncryption"),
    row("kms:RequestAlias", request_alias, "KMS conditions, kms:RequestAlias"),
    row("kms:EncryptionAlgorithm", encryption_algorithm, "KMS conditions, kms:EncryptionAlgorithm"),
    row("kms:KeySpec", |facts| described(facts, |key| key.spec().map(str::to_owned)), "KMS conditions, kms:KeySpec")
        .from(DESCRIPTION),
    row(
        "kms:CustomerMasterKeySpec",
        |facts| described(facts, |key| key.spec().map(str::to_owned)),
        "KMS conditions, the older name of kms:KeySpec",
    )
    .from(DESCRIPTION),
    row("kms:KeyUsage", |facts| described(facts, |key| key.key_usage.clone()), "KMS conditions, kms:KeyUsage")
        .from(DESCRIPTION),
    row(
        "kms:CustomerMasterKeyUsage",
        |facts| described(facts, |key| key.key_usage.clone()),
        "KMS conditions, the older name of kms:KeyUsage",
    )
    .from(DESCRIPTION),
    row("kms:KeyOrigin", |facts| described(facts, |key| key.origin.clone()), "KMS conditions, kms:KeyOrigin")
        .from(DESCRIPTION),
    row(
        "kms:MultiRegion",
        |facts| described(facts, |key| key.multi_region.map(|value| value.to_string())),
        "KMS conditions, kms:MultiRegion",
    )
    .from(DESCRIPTION),
    row("kms:GrantIsForAWSResource", absent, "KMS conditions: grant operations only"),
    row("kms:GrantOperations", absent, "KMS conditions: grant operations only"),
    row("kms:GranteePrincipal", absent, "KMS conditions: grant operations only"),
    row("kms:GrantConstraintType", absent, "KMS conditions: grant operations only"),
    row("kms:RetiringPrincipal", absent, "KMS conditions: grant operations only"),
    row("kms:RecipientAttestation:*", absent, "KMS conditions: Nitro enclaves only"),
    row(
        "aws:ViaAWSService",
        |_| KeyState::known("true"),
        "IAM condition keys, aws:ViaAWSService: S3 calls for Sailthru",
    ),
    row("aws:CalledVia", unknown, "IAM condition keys, aws:CalledVia: S3 is not among the services named"),
    row("aws:CalledViaFirst", unknown, "IAM condition keys, aws:CalledVia: S3 is not among the services named"),
    row("aws:CalledViaLast", unknown, "IAM condition keys, aws:CalledVia: S3 is not among the services named"),
    row("aws:SourceVpc", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:SourceVpce", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:SourceVpcArn", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:VpcSourceIp", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:VpceAccount", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:VpceOrgID", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:VpceOrgPaths", absent, "KMS conditions-aws: not through an endpoint"),
    row("aws:ResourceAccount", key_owner, "IAM condition keys, aws:ResourceAccount: the key's owner"),
    row(
        "aws:ResourceOrgID",
        |facts| organization_of(&facts.vendor, owner_of_key(&facts.vendor).as_deref()),
        "IAM condition keys, aws:ResourceOrgID: the organization of the key's owner",
    )
    .from(ORGANIZATION),
    row(
        "aws:ResourceOrgPaths",
        |facts| organization_paths_of(&facts.vendor, owner_of_key(&facts.vendor).as_deref()),
        "IAM condition keys, aws:ResourceOrgPaths: the organization of the key's owner",
    )
    .from(ORGANIZATION),
    row(
        "aws:ResourceTag/*",
        unknown,
        "your own: the key's tags, which this check does not read; KMS developer guide, tag-authorization",
    )
    .own(),
];

pub(super) fn request(vendor: &VendorRequests<'_>, writer: &Writer, action: &str, object_key: &str) -> Request {
    let describes = action.eq_ignore_ascii_case("kms:DescribeKey");
    let facts =
        Facts { vendor: *vendor, writer, action: VendorAction::Put { creates_object: true }, object_key, describes };
    let context = context_of([WRITER_KEYS, KEYS], &facts);
    let owner = owner_of_key(vendor);
    let resource = match vendor.default_key_arn() {
        Some(arn) => Target::One(arn),
        // The ARN is not known in full: every key that it may be must give the same answer.
        None => Target::Every(known_start(vendor)),
    };
    Request::general(principal(writer), Target::One(action.to_owned()), resource, owner.as_deref(), context)
}

/// How the ARN of the default key certainly begins: that of a planned key is known up to its id.
fn known_start(vendor: &VendorRequests<'_>) -> String {
    let planned = vendor.snapshot.key.found().and_then(|answer| answer.key_metadata.region());
    let Some(region) = planned else { return "arn:".to_owned() };
    let start = format!("arn:{}:kms:{region}:", partition_of_region(&region));
    owner_of_key(vendor).map(|account| format!("{start}{account}:key/")).unwrap_or(start)
}

/// The encryption context that S3 sends with the request, as grants compare it.
pub(super) fn encryption_context(vendor: &VendorRequests<'_>, object_key: &str) -> String {
    let bucket = vendor.bucket_arn();
    if vendor.snapshot.uses_bucket_key() { bucket } else { format!("{bucket}/{object_key}") }
}

/// The account that the default key belongs to.
pub(super) fn owner_of_key(vendor: &VendorRequests<'_>) -> Option<String> {
    let named = vendor.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone());
    let described = || vendor.snapshot.key.found().and_then(|answer| answer.key_metadata.owner());
    let by_arn = [vendor.default_key_arn(), named].into_iter().flatten().find_map(|arn| Arn::parse(&arn).ok());
    by_arn.map(|arn| arn.account).or_else(described)
}

fn via_service(facts: &Facts<'_>) -> KeyState {
    match &facts.vendor.snapshot.region {
        // How the key is spelled in other partitions is not documented.
        Some(region) if !matches!(partition_of_region(region), "aws" | "aws-us-gov") => KeyState::Unknown,
        Some(region) => KeyState::known(format!("s3.{region}.amazonaws.com")),
        None => KeyState::begins_with("s3."),
    }
}

fn encryption_context_arn(facts: &Facts<'_>) -> KeyState {
    when_encrypting(facts, encryption_context(&facts.vendor, facts.object_key))
}

fn encryption_context_keys(facts: &Facts<'_>) -> KeyState {
    when_encrypting(facts, "aws:s3:arn")
}

fn encryption_algorithm(facts: &Facts<'_>) -> KeyState {
    when_encrypting(facts, "SYMMETRIC_DEFAULT")
}

fn when_encrypting(facts: &Facts<'_>, value: impl Into<String>) -> KeyState {
    if facts.describes { KeyState::Absent } else { KeyState::known(value) }
}

fn request_alias(facts: &Facts<'_>) -> KeyState {
    let named = facts.vendor.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.as_deref());
    if named.is_some_and(|name| name.contains("alias/")) { KeyState::Unknown } else { KeyState::Absent }
}

fn described(facts: &Facts<'_>, field: impl Fn(&KeyMetadata) -> Option<String>) -> KeyState {
    let value = facts.vendor.snapshot.key.found().and_then(|answer| field(&answer.key_metadata));
    value.map_or(KeyState::Unknown, KeyState::known)
}

fn key_owner(facts: &Facts<'_>) -> KeyState {
    owner_of_key(&facts.vendor).map_or(KeyState::Unknown, KeyState::known)
}
