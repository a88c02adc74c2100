//! The organization that bucket and key are in, as the caller's account tells it.

use super::VendorRequests;
use crate::policy::KeyState;
use crate::snapshot::{Fact, Operation};

pub(super) const ORGANIZATION: &[Operation] = &[Operation::DescribeOrganization, Operation::GetCallerIdentity];

/// The organization of the account that owns a resource, as the state of a key by its id: absent without one, and known for
/// the caller's account alone.
pub(super) fn organization(
    vendor: &VendorRequests<'_>,
    owner: Option<&str>,
    of_id: impl Fn(&str) -> KeyState,
) -> KeyState {
    let caller = vendor.snapshot.caller_account();
    if caller.is_none() || owner != caller {
        return KeyState::Unknown;
    }
    match &vendor.snapshot.organization {
        Fact::Absent(_) => KeyState::Absent,
        Fact::Found(answer) => {
            let id = answer.organization.as_ref().and_then(|organization| organization.id.as_deref());
            id.map_or(KeyState::Unknown, of_id)
        }
        Fact::Unreadable(_) | Fact::NotRead => KeyState::Unknown,
    }
}
