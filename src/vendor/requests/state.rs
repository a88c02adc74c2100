//! The states of condition keys, by what they follow from.

use serde::Deserialize;

use super::organization::{ORGANIZATION, organization};
use super::{Facts, VendorAction, s3_keys};
use crate::names::partition_of_region;
use crate::policy::{Foreign, KeyState};
use crate::snapshot::Operation;
use crate::vendor::Writer;

/// How a row of the tables says what state a key has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Absent,
    Unknown,
    Present,
    /// It has this value.
    Known(String),
    AbsentOrFalse,
    /// The owner can look it up, and this check does not.
    Own,
    /// Taken as given: Sailthru is in none of the customer's VPCs and organizations.
    Foreign,
    /// Likewise, but the vendor's own account may well be named.
    ForeignAccount,
    PublicAddress,
    Time,
    EpochTime,
    Region,
    /// Who writes: a user, a role or a session of one, or any principal of an account.
    UserName,
    MultiFactor,
    TokenIssueTime,
    TemporaryCredentials,
    AssumedRoot,
    BucketOwner,
    BucketOrganization,
    BucketOrganizationPath,
    BucketTag,
    TlsVersion,
    Prefix,
    UnknownWhenListing,
    DefaultKey,
    StorageClass,
    CreatesObject,
    ObjectLock,
    ViaService,
    CallerAccount,
    EncryptionContext,
    /// It has this value, but for `DescribeKey`, which encrypts nothing.
    WhenEncrypting(String),
    RequestAlias,
    KeySpec,
    KeyUsage,
    KeyOrigin,
    MultiRegion,
    KeyOwner,
    KeyOrganization,
    KeyOrganizationPath,
}

impl State {
    /// Whether it rests on our assumption that Sailthru is outside the customer's VPCs and organizations, and not on the
    /// documentation of AWS or of the vendor (docs/design/evaluation.md#the-request).
    pub(super) fn is_assumed(&self) -> bool {
        matches!(self, Self::Foreign | Self::ForeignAccount)
    }

    /// The operations that it is read from.
    pub(super) fn reads(&self) -> &'static [Operation] {
        match self {
            Self::Region => &[Operation::HeadBucket],
            Self::BucketOwner => &[Operation::GetCallerIdentity],
            Self::BucketTag => &[Operation::GetBucketAbac, Operation::GetBucketTagging],
            Self::DefaultKey => &[Operation::GetBucketEncryption],
            Self::ObjectLock => &[Operation::GetObjectLockConfiguration],
            Self::KeySpec | Self::KeyUsage | Self::KeyOrigin | Self::MultiRegion => &[Operation::DescribeKey],
            Self::BucketOrganization
            | Self::BucketOrganizationPath
            | Self::KeyOrganization
            | Self::KeyOrganizationPath => ORGANIZATION,
            _ => &[],
        }
    }

    /// The state in one request.
    pub(super) fn of(&self, facts: &Facts<'_>) -> KeyState {
        let Facts { vendor, writer, action, .. } = facts;
        let snapshot = vendor.snapshot;
        let account = &writer.arn().account;
        let by_writer = |[user, role, anyone]: [KeyState; 3]| match writer {
            Writer::User(_) => user,
            Writer::Role(_) | Writer::Session(_) => role,
            Writer::Account { .. } => anyone,
        };
        let when_listing = |state| if *action == VendorAction::List { state } else { KeyState::Absent };
        // By whether the request creates the object; absent where none is uploaded.
        let when_uploading = |state: &dyn Fn(bool) -> KeyState| match action {
            VendorAction::Put { creates_object } => state(*creates_object),
            VendorAction::List | VendorAction::Delete => KeyState::Absent,
        };
        let when_encrypting = |value: String| if facts.describes { KeyState::Absent } else { KeyState::known(value) };
        let known = |value: Option<String>| value.map_or(KeyState::Unknown, KeyState::known);
        let id = |organization: &str| KeyState::known(organization);
        // Of the path only the beginning is known.
        let path = |organization: &str| KeyState::begins_with(format!("{organization}/"));
        let key = snapshot.key.found().map(|answer| &answer.key_metadata);
        match self {
            Self::Absent => KeyState::Absent,
            Self::Unknown | Self::Own => KeyState::Unknown,
            Self::Present => KeyState::Present,
            Self::Known(value) => KeyState::known(value),
            Self::AbsentOrFalse => KeyState::OneOf(vec![KeyState::Absent, KeyState::known("false")]),
            Self::Foreign => KeyState::Excluded(Foreign::Identifier { vendor: Vec::new() }),
            Self::ForeignAccount => KeyState::Excluded(Foreign::Identifier { vendor: vec![account.clone()] }),
            Self::PublicAddress => KeyState::Excluded(Foreign::PublicAddress),
            Self::Time => KeyState::known(snapshot.taken_at.to_string()),
            Self::EpochTime => KeyState::known(snapshot.taken_at.as_second().to_string()),
            Self::Region => snapshot.region.as_deref().map_or(KeyState::Present, KeyState::known),
            Self::UserName => {
                let name = writer.arn().resource.rsplit('/').next().unwrap_or_default();
                by_writer([KeyState::known(name), KeyState::Absent, KeyState::Unknown])
            }
            Self::MultiFactor => by_writer([KeyState::Absent, KeyState::known("false"), KeyState::known("false")]),
            Self::TokenIssueTime => by_writer([KeyState::Absent, KeyState::Present, KeyState::Unknown]),
            Self::TemporaryCredentials => by_writer([KeyState::Absent, KeyState::Unknown, KeyState::Unknown]),
            Self::AssumedRoot => by_writer([KeyState::Absent, KeyState::Absent, KeyState::Unknown]),
            Self::BucketOwner => known(vendor.owner_account().map(str::to_owned)),
            Self::BucketOrganization => organization(vendor, vendor.owner_account(), id),
            Self::BucketOrganizationPath => organization(vendor, vendor.owner_account(), path),
            Self::BucketTag => s3_keys::tag_family(vendor),
            Self::TlsVersion => KeyState::AtLeast(1.2),
            Self::Prefix => when_listing(KeyState::known(vendor.export_path().unwrap_or_default())),
            Self::UnknownWhenListing => when_listing(KeyState::Unknown),
            Self::DefaultKey => when_uploading(&|_| s3_keys::key_of_default_encryption(vendor)),
            Self::StorageClass => {
                when_uploading(&|_| KeyState::OneOf(vec![KeyState::Absent, KeyState::known("STANDARD")]))
            }
            Self::CreatesObject => when_uploading(&|creates_object| KeyState::known(creates_object.to_string())),
            Self::ObjectLock => when_uploading(&|_| s3_keys::object_lock(vendor)),
            Self::ViaService => match &snapshot.region {
                // How the key is spelled in other partitions is not documented.
                Some(region) if !matches!(partition_of_region(region), "aws" | "aws-us-gov") => KeyState::Unknown,
                Some(region) => KeyState::known(format!("s3.{region}.amazonaws.com")),
                None => KeyState::begins_with("s3."),
            },
            Self::CallerAccount => KeyState::known(account),
            Self::EncryptionContext => when_encrypting(vendor.encryption_context(facts.object_key)),
            Self::WhenEncrypting(value) => when_encrypting(value.clone()),
            Self::RequestAlias => match snapshot.named_key() {
                Some(name) if name.contains("alias/") => KeyState::Unknown,
                _ => KeyState::Absent,
            },
            Self::KeySpec => known(key.and_then(|key| key.spec()).map(str::to_owned)),
            Self::KeyUsage => known(key.and_then(|key| key.key_usage.clone())),
            Self::KeyOrigin => known(key.and_then(|key| key.origin.clone())),
            Self::MultiRegion => known(key.and_then(|key| key.multi_region).map(|is_one| is_one.to_string())),
            Self::KeyOwner => known(vendor.key_owner()),
            Self::KeyOrganization => organization(vendor, vendor.key_owner().as_deref(), id),
            Self::KeyOrganizationPath => organization(vendor, vendor.key_owner().as_deref(), path),
        }
    }
}
