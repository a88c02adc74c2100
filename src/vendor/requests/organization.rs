//! The organization that bucket and key are in, as the caller's account tells it.

use super::VendorRequests;
use crate::policy::KeyState;
use crate::snapshot::{Fact, Operation};

pub(super) const ORGANIZATION: &[Operation] = &[Operation::DescribeOrganization, Operation::GetCallerIdentity];

/// The id of the organization of the account that owns a resource: absent without one, and known for the caller's account
/// alone.
pub(super) fn organization_of(vendor: &VendorRequests<'_>, owner: Option<&str>) -> KeyState {
    match id(vendor, owner) {
        Some(Some(id)) => KeyState::known(id),
        Some(None) => KeyState::Absent,
        None => KeyState::Unknown,
    }
}

/// The path of that account in its organization, of which only the beginning is known.
pub(super) fn organization_paths_of(vendor: &VendorRequests<'_>, owner: Option<&str>) -> KeyState {
    match id(vendor, owner) {
        Some(Some(id)) => KeyState::begins_with(format!("{id}/")),
        Some(None) => KeyState::Absent,
        None => KeyState::Unknown,
    }
}

/// `Some(None)` where the account is in no organization.
#[expect(clippy::option_option, reason = "not known, none, and an id are three answers")]
fn id<'a>(vendor: &VendorRequests<'a>, owner: Option<&str>) -> Option<Option<&'a str>> {
    let caller = vendor.snapshot.caller.found()?.account.as_deref()?;
    if owner != Some(caller) {
        return None;
    }
    match &vendor.snapshot.organization {
        Fact::Absent(_) => Some(None),
        Fact::Found(answer) => Some(Some(answer.organization.as_ref()?.id.as_deref()?)),
        Fact::Unreadable(_) | Fact::NotRead => None,
    }
}
