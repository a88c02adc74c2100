//! What the keys of Sailthru's own requests to S3 follow from (docs/design/aws-facts.md#requests-to-s3).

use super::VendorRequests;
use crate::policy::KeyState;
use crate::snapshot::{Fact, TaggingAnswer};

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
pub(super) fn tag_family(vendor: &VendorRequests<'_>) -> KeyState {
    match (abac_enabled(vendor), &vendor.snapshot.tagging) {
        (Some(false), _) | (Some(true), Fact::Found(_) | Fact::Absent(_)) => KeyState::Absent,
        _ => KeyState::Unknown,
    }
}

pub(super) fn key_of_default_encryption(vendor: &VendorRequests<'_>) -> KeyState {
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

pub(super) fn object_lock(vendor: &VendorRequests<'_>) -> KeyState {
    match &vendor.snapshot.object_lock {
        Fact::Found(answer) => {
            let rule = answer.object_lock_configuration.rule.as_ref();
            let retention = rule.and_then(|rule| rule.default_retention.as_ref());
            if retention.is_some() { KeyState::Unknown } else { KeyState::Absent }
        }
        Fact::Absent(_) => KeyState::Absent,
        Fact::Unreadable(_) | Fact::NotRead => KeyState::Unknown,
    }
}
