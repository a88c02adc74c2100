//! What is known of the keys of the writer's own requests to S3 (sections 3.2 and 3.3 of the fact sheet).

use super::{Deed, Facts, Row, Setting, foreign, foreign_account};
use crate::connection::Variant;
use crate::policy::KeyState;
use crate::snapshot::{Fact, TaggingAnswer};

/// The keys, where [`super::WRITER_KEYS`] does not have them.
pub(super) static KEYS: &[Row] = &[
    Row {
        key: "aws:ViaAWSService",
        state: |_| KeyState::known("false"),
        source: "IAM condition keys, aws:ViaAWSService: a direct call",
    },
    Row {
        key: "aws:CalledVia",
        state: |_| KeyState::Absent,
        source: "IAM condition keys, aws:CalledVia: a direct call",
    },
    Row {
        key: "aws:CalledViaFirst",
        state: |_| KeyState::Absent,
        source: "IAM condition keys, aws:CalledViaFirst: a direct call",
    },
    Row {
        key: "aws:CalledViaLast",
        state: |_| KeyState::Absent,
        source: "IAM condition keys, aws:CalledViaLast: a direct call",
    },
    Row { key: "aws:SourceVpc", state: |_| foreign(), source: "taken as given: the vendor is in none of your VPCs" },
    Row { key: "aws:SourceVpce", state: |_| foreign(), source: "taken as given: the vendor is in none of your VPCs" },
    Row { key: "aws:SourceVpcArn", state: |_| foreign(), source: "taken as given: the vendor is in none of your VPCs" },
    Row {
        key: "aws:VpceAccount",
        state: |facts| foreign_account(facts.writer),
        source: "taken as given: the vendor is in none of your VPCs",
    },
    Row {
        key: "aws:VpceOrgID",
        state: |_| foreign(),
        source: "taken as given: the vendor is in none of your organizations",
    },
    Row {
        key: "aws:VpceOrgPaths",
        state: |_| foreign(),
        source: "taken as given: the vendor is in none of your organizations",
    },
    Row {
        key: "aws:ResourceAccount",
        state: owner,
        source: "IAM condition keys, aws:ResourceAccount: the bucket's owner",
    },
    Row {
        key: "s3:ResourceAccount",
        state: owner,
        source: "S3 condition keys, s3:ResourceAccount: the bucket's owner",
    },
    Row {
        key: "aws:ResourceTag/*",
        state: |facts| tag_family(&facts.setting),
        source: "S3 user guide, buckets-tagging-enable-abac: only where ABAC is enabled",
    },
    Row {
        key: "s3:BucketTag/*",
        state: |facts| tag_family(&facts.setting),
        source: "S3 user guide, buckets-tagging-enable-abac: only where ABAC is enabled",
    },
    Row {
        key: "s3:authType",
        state: |_| KeyState::known("REST-HEADER"),
        source: "S3 API, bucket-policy-s3-sigv4-conditions: SDK and CLI use the header",
    },
    Row {
        key: "s3:signatureversion",
        state: |_| KeyState::known("AWS4-HMAC-SHA256"),
        source: "S3 API, bucket-policy-s3-sigv4-conditions: Signature Version 4",
    },
    Row {
        key: "s3:signatureAge",
        state: |_| KeyState::Unknown,
        source: "S3 API, bucket-policy-s3-sigv4-conditions: documented for presigned requests only",
    },
    Row {
        key: "s3:TlsVersion",
        state: |_| KeyState::AtLeast(1.2),
        source: "S3 user guide, UsingEncryptionInTransit: 1.2 or 1.3",
    },
    Row {
        key: "s3:x-amz-content-sha256",
        state: |_| KeyState::Present,
        source: "S3 API, bucket-policy-s3-sigv4-conditions: depends on the client",
    },
    Row { key: "s3:prefix", state: prefix, source: "S3 user guide, amazon-s3-policy-keys: what a sync lists" },
    Row {
        key: "s3:delimiter",
        state: when_listing,
        source: "S3 user guide, amazon-s3-policy-keys: depends on the client",
    },
    Row {
        key: "s3:max-keys",
        state: when_listing,
        source: "S3 user guide, amazon-s3-policy-keys: depends on the client",
    },
    Row {
        key: "s3:x-amz-server-side-encryption",
        state: |_| KeyState::Absent,
        source: "FAQ 2: no encryption headers; S3 user guide, UsingServerSideEncryption",
    },
    Row {
        key: "s3:x-amz-server-side-encryption-aws-kms-key-id",
        state: default_key_id,
        source: "S3 user guide, UsingKMSEncryption: its pages differ on whether default encryption fills it in",
    },
    Row {
        key: "s3:x-amz-server-side-encryption-customer-algorithm",
        state: |_| KeyState::Absent,
        source: "FAQ 2: no encryption headers",
    },
    Row { key: "s3:x-amz-acl", state: |_| KeyState::Absent, source: "measured: `aws s3 sync` sends no ACL" },
    Row {
        key: "s3:x-amz-grant-full-control",
        state: |_| KeyState::Absent,
        source: "measured: `aws s3 sync` sends no ACL",
    },
    Row { key: "s3:x-amz-grant-read", state: |_| KeyState::Absent, source: "measured: `aws s3 sync` sends no ACL" },
    Row { key: "s3:x-amz-grant-read-acp", state: |_| KeyState::Absent, source: "measured: `aws s3 sync` sends no ACL" },
    Row { key: "s3:x-amz-grant-write", state: |_| KeyState::Absent, source: "measured: `aws s3 sync` sends no ACL" },
    Row {
        key: "s3:x-amz-grant-write-acp",
        state: |_| KeyState::Absent,
        source: "measured: `aws s3 sync` sends no ACL",
    },
    Row {
        key: "s3:x-amz-storage-class",
        state: storage_class,
        source: "whether the default class counts is not documented",
    },
    Row { key: "s3:RequestObjectTag/*", state: |_| KeyState::Absent, source: "measured: `aws s3 sync` sends no tags" },
    Row {
        key: "s3:RequestObjectTagKeys",
        state: |_| KeyState::Absent,
        source: "measured: `aws s3 sync` sends no tags",
    },
    Row {
        key: "s3:ExistingObjectTag/*",
        state: |_| KeyState::Absent,
        source: "service authorization reference: not a key of these actions",
    },
    Row {
        key: "s3:if-none-match",
        state: |_| KeyState::Absent,
        source: "S3 user guide, conditional-writes-enforce: a sync sends no precondition",
    },
    Row {
        key: "s3:if-match",
        state: |_| KeyState::Absent,
        source: "S3 user guide, conditional-writes-enforce: a sync sends no precondition",
    },
    Row { key: "s3:ObjectCreationOperation", state: creation, source: "S3 user guide, conditional-writes-enforce" },
    Row {
        key: "s3:object-lock-mode",
        state: object_lock,
        source: "whether a default retention counts is not documented",
    },
    Row {
        key: "s3:object-lock-retain-until-date",
        state: object_lock,
        source: "whether a default retention counts is not documented",
    },
    Row {
        key: "s3:object-lock-remaining-retention-days",
        state: object_lock,
        source: "whether a default retention counts is not documented",
    },
    Row {
        key: "s3:object-lock-legal-hold",
        state: object_lock,
        source: "whether a default retention counts is not documented",
    },
    Row {
        key: "s3:x-amz-copy-source",
        state: |_| KeyState::Absent,
        source: "service authorization reference: not a copy",
    },
    Row {
        key: "s3:x-amz-metadata-directive",
        state: |_| KeyState::Absent,
        source: "service authorization reference: not a copy",
    },
    Row {
        key: "s3:x-amz-website-redirect-location",
        state: |_| KeyState::Absent,
        source: "measured: `aws s3 sync` does not send it",
    },
    Row {
        key: "s3:versionid",
        state: |_| KeyState::Absent,
        source: "service authorization reference: a simple delete",
    },
    Row {
        key: "s3:DataAccessPointArn",
        state: |_| KeyState::Absent,
        source: "S3 user guide, access-points-policies: the bucket is addressed itself",
    },
    Row {
        key: "s3:DataAccessPointAccount",
        state: |_| KeyState::Absent,
        source: "S3 user guide, access-points-policies: the bucket is addressed itself",
    },
    Row {
        key: "s3:AccessPointNetworkOrigin",
        state: |_| KeyState::Absent,
        source: "S3 user guide, access-points-policies: the bucket is addressed itself",
    },
    Row {
        key: "s3:AccessPointTag/*",
        state: |_| KeyState::Absent,
        source: "S3 user guide, access-points-policies: the bucket is addressed itself",
    },
    Row {
        key: "s3:AccessGrantsInstanceArn",
        state: |_| KeyState::Absent,
        source: "S3 user guide, access-grants: no such credentials",
    },
];

/// The keys of the bucket's tags, where they count; set one by one over their families.
pub(super) fn tags<'a>(setting: &Setting<'a>) -> &'a [crate::snapshot::Tag] {
    match &setting.snapshot.tagging {
        Fact::Found(TaggingAnswer { tag_set }) if abac_enabled(setting) == Some(true) => tag_set,
        _ => &[],
    }
}

fn abac_enabled(setting: &Setting<'_>) -> Option<bool> {
    let answer = setting.snapshot.abac.found()?;
    let status = answer.abac_status.as_ref().and_then(|status| status.status.as_deref());
    Some(status == Some("Enabled"))
}

/// Tags that the bucket does not have are absent, once that is known.
fn tag_family(setting: &Setting<'_>) -> KeyState {
    match (abac_enabled(setting), &setting.snapshot.tagging) {
        (Some(false), _) | (Some(true), Fact::Found(_) | Fact::Absent(_)) => KeyState::Absent,
        _ => KeyState::Unknown,
    }
}

fn owner(facts: &Facts<'_>) -> KeyState {
    facts.setting.owner_account().map_or(KeyState::Unknown, KeyState::known)
}

fn prefix(facts: &Facts<'_>) -> KeyState {
    let connection = facts.setting.connection;
    match (facts.deed, connection.variant, &connection.export_path) {
        (Deed::List, Variant::DataExporter, Some(path)) => KeyState::known(path),
        (Deed::List, ..) => KeyState::known(""),
        _ => KeyState::Absent,
    }
}

fn when_listing(facts: &Facts<'_>) -> KeyState {
    if facts.deed == Deed::List { KeyState::Unknown } else { KeyState::Absent }
}

fn default_key_id(facts: &Facts<'_>) -> KeyState {
    let setting = &facts.setting;
    if !matches!(facts.deed, Deed::Put { .. }) {
        return KeyState::Absent;
    }
    if matches!(setting.snapshot.encryption, Fact::Unreadable(_) | Fact::NotRead) {
        return KeyState::Unknown;
    }
    match setting.snapshot.default_encryption().map(|default| default.algorithm.as_str()) {
        None | Some("AES256") => KeyState::Absent,
        Some("aws:kms" | "aws:kms:dsse") => {
            setting.default_key_arn().map_or(KeyState::Unknown, |arn| KeyState::OneOf(vec![None, Some(arn)]))
        }
        Some(_) => KeyState::Unknown,
    }
}

fn storage_class(facts: &Facts<'_>) -> KeyState {
    match facts.deed {
        Deed::Put { .. } => KeyState::OneOf(vec![None, Some("STANDARD".to_owned())]),
        Deed::List | Deed::Delete => KeyState::Absent,
    }
}

fn creation(facts: &Facts<'_>) -> KeyState {
    match facts.deed {
        Deed::Put { creates_object } => KeyState::known(creates_object.to_string()),
        Deed::List | Deed::Delete => KeyState::Absent,
    }
}

fn object_lock(facts: &Facts<'_>) -> KeyState {
    let retention = match &facts.setting.snapshot.object_lock {
        Fact::Found(answer) => {
            let rule = answer.object_lock_configuration.rule.as_ref();
            Some(rule.is_some_and(|rule| rule.default_retention.is_some()))
        }
        Fact::Absent(_) => Some(false),
        Fact::Unreadable(_) | Fact::NotRead => None,
    };
    match (facts.deed, retention) {
        (Deed::Put { .. }, Some(true) | None) => KeyState::Unknown,
        _ => KeyState::Absent,
    }
}
