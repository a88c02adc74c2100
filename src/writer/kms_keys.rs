//! S3's requests to KMS on the writer's behalf (section 3.4 of the fact sheet).

use super::{Deed, Facts, Row, Setting, WRITER_KEYS, context_of, principal};
use crate::connection::Writer;
use crate::names::Arn;
use crate::policy::{KeyState, Request, Target};
use crate::snapshot::KeyMetadata;

/// The keys, where [`WRITER_KEYS`] does not have them.
pub(super) static KEYS: &[Row] = &[
    Row { key: "kms:ViaService", state: via_service, source: "KMS conditions, kms:ViaService" },
    Row {
        key: "kms:CallerAccount",
        state: |facts| KeyState::known(facts.writer.arn().account.clone()),
        source: "KMS conditions, kms:CallerAccount: the writer's account",
    },
    Row {
        key: "kms:EncryptionContext:*",
        state: |_| KeyState::Absent,
        source: "S3 user guide, UsingKMSEncryption: no context of the writer's own",
    },
    Row {
        key: "kms:EncryptionContext:aws:s3:arn",
        state: encryption_context_arn,
        source: "S3 user guide, UsingKMSEncryption and bucket-key",
    },
    Row {
        key: "kms:EncryptionContextKeys",
        state: encryption_context_keys,
        source: "S3 user guide, UsingKMSEncryption",
    },
    Row { key: "kms:RequestAlias", state: request_alias, source: "KMS conditions, kms:RequestAlias" },
    Row {
        key: "kms:EncryptionAlgorithm",
        state: encryption_algorithm,
        source: "KMS conditions, kms:EncryptionAlgorithm",
    },
    Row {
        key: "kms:KeySpec",
        state: |facts| described(facts, |key| key.key_spec.clone()),
        source: "KMS conditions, kms:KeySpec",
    },
    Row {
        key: "kms:CustomerMasterKeySpec",
        state: |facts| described(facts, |key| key.key_spec.clone()),
        source: "KMS conditions, the older name of kms:KeySpec",
    },
    Row {
        key: "kms:KeyUsage",
        state: |facts| described(facts, |key| key.key_usage.clone()),
        source: "KMS conditions, kms:KeyUsage",
    },
    Row {
        key: "kms:CustomerMasterKeyUsage",
        state: |facts| described(facts, |key| key.key_usage.clone()),
        source: "KMS conditions, the older name of kms:KeyUsage",
    },
    Row {
        key: "kms:KeyOrigin",
        state: |facts| described(facts, |key| key.origin.clone()),
        source: "KMS conditions, kms:KeyOrigin",
    },
    Row {
        key: "kms:MultiRegion",
        state: |facts| described(facts, |key| key.multi_region.map(|value| value.to_string())),
        source: "KMS conditions, kms:MultiRegion",
    },
    Row {
        key: "kms:GrantIsForAWSResource",
        state: |_| KeyState::Absent,
        source: "KMS conditions: grant operations only",
    },
    Row { key: "kms:GrantOperations", state: |_| KeyState::Absent, source: "KMS conditions: grant operations only" },
    Row { key: "kms:GranteePrincipal", state: |_| KeyState::Absent, source: "KMS conditions: grant operations only" },
    Row {
        key: "kms:GrantConstraintType",
        state: |_| KeyState::Absent,
        source: "KMS conditions: grant operations only",
    },
    Row { key: "kms:RetiringPrincipal", state: |_| KeyState::Absent, source: "KMS conditions: grant operations only" },
    Row {
        key: "kms:RecipientAttestation:*",
        state: |_| KeyState::Absent,
        source: "KMS conditions: Nitro enclaves only",
    },
    Row {
        key: "aws:ViaAWSService",
        state: |_| KeyState::known("true"),
        source: "IAM condition keys, aws:ViaAWSService: S3 calls for the writer",
    },
    Row {
        key: "aws:CalledVia",
        state: |_| KeyState::Unknown,
        source: "IAM condition keys, aws:CalledVia: S3 is not among the services named",
    },
    Row {
        key: "aws:CalledViaFirst",
        state: |_| KeyState::Unknown,
        source: "IAM condition keys, aws:CalledVia: S3 is not among the services named",
    },
    Row {
        key: "aws:CalledViaLast",
        state: |_| KeyState::Unknown,
        source: "IAM condition keys, aws:CalledVia: S3 is not among the services named",
    },
    Row { key: "aws:SourceVpc", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:SourceVpce", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:SourceVpcArn", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:VpcSourceIp", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:VpceAccount", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:VpceOrgID", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row { key: "aws:VpceOrgPaths", state: |_| KeyState::Absent, source: "KMS conditions-aws: not through an endpoint" },
    Row {
        key: "aws:ResourceAccount",
        state: key_owner,
        source: "IAM condition keys, aws:ResourceAccount: the key's owner",
    },
];

pub(super) fn request(setting: &Setting<'_>, writer: &Writer, action: &str, object_key: &str) -> Request {
    let describes = action.eq_ignore_ascii_case("kms:DescribeKey");
    let facts = Facts { setting: *setting, writer, deed: Deed::Put { creates_object: true }, object_key, describes };
    let context = context_of([WRITER_KEYS, KEYS], &facts);
    let owner = owner_of_key(setting);
    let resource = match setting.default_key_arn() {
        Some(arn) => Target::One(arn),
        // The ARN is not known in full: every key that it may be must give the same answer.
        None => Target::Every("arn:".to_owned()),
    };
    Request::general(principal(writer), Target::One(action.to_owned()), resource, owner.as_deref(), context)
}

/// The encryption context that S3 sends with the request, as grants compare it.
pub(super) fn encryption_context(setting: &Setting<'_>, object_key: &str) -> String {
    let bucket = setting.bucket_arn();
    if bucket_key_enabled(setting) { bucket } else { format!("{bucket}/{object_key}") }
}

fn bucket_key_enabled(setting: &Setting<'_>) -> bool {
    let rules = setting.snapshot.encryption.found().map(|answer| &answer.server_side_encryption_configuration.rules);
    rules.is_some_and(|rules| rules.iter().any(|rule| rule.bucket_key_enabled == Some(true)))
}

fn owner_of_key(setting: &Setting<'_>) -> Option<String> {
    let named = setting.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone());
    [setting.default_key_arn(), named]
        .into_iter()
        .flatten()
        .find_map(|arn| Arn::parse(&arn).ok())
        .map(|arn| arn.account)
}

fn via_service(facts: &Facts<'_>) -> KeyState {
    match &facts.setting.snapshot.region {
        Some(region) => KeyState::known(format!("s3.{region}.amazonaws.com")),
        None => KeyState::BeginsWith("s3.".to_owned()),
    }
}

fn encryption_context_arn(facts: &Facts<'_>) -> KeyState {
    if facts.describes {
        KeyState::Absent
    } else {
        KeyState::known(encryption_context(&facts.setting, facts.object_key))
    }
}

fn encryption_context_keys(facts: &Facts<'_>) -> KeyState {
    if facts.describes { KeyState::Absent } else { KeyState::known("aws:s3:arn") }
}

fn encryption_algorithm(facts: &Facts<'_>) -> KeyState {
    if facts.describes { KeyState::Absent } else { KeyState::known("SYMMETRIC_DEFAULT") }
}

fn request_alias(facts: &Facts<'_>) -> KeyState {
    let named = facts.setting.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.as_deref());
    if named.is_some_and(|name| name.contains("alias/")) { KeyState::Unknown } else { KeyState::Absent }
}

fn described(facts: &Facts<'_>, field: impl Fn(&KeyMetadata) -> Option<String>) -> KeyState {
    let value = facts.setting.snapshot.key.found().and_then(|answer| field(&answer.key_metadata));
    value.map_or(KeyState::Unknown, KeyState::known)
}

fn key_owner(facts: &Facts<'_>) -> KeyState {
    owner_of_key(&facts.setting).map_or(KeyState::Unknown, KeyState::known)
}
