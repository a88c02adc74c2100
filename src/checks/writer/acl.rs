//! Access by the bucket's access control list alone, where there is no bucket policy.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>

use crate::checks::delivery::is_owner_enforced;
use crate::checks::{Case, Verdict};
use crate::snapshot::AclGrant;
use crate::vendor::VendorAction;

/// What a grant to another account leaves open: whose a canonical id is cannot be looked up. None where no grant in effect
/// covers the action.
pub(super) fn without_policy(case: &Case<'_>, action: VendorAction) -> Option<Verdict> {
    if is_owner_enforced(case).unwrap_or(false) {
        return None;
    }
    let Some(acl) = case.snapshot.acl.found() else {
        let in_effect = is_owner_enforced(case).is_ok();
        let why = "The bucket has no policy, but its access control list is in effect and could not be read. To see \
                   whom it lets in, your role needs `s3:GetBucketAcl`";
        return in_effect.then(|| Verdict::unknown(why));
    };
    // Without the owner's id, as in a Terraform plan, every grant may be the owner's own.
    let owner = acl.owner.as_ref()?.id.as_deref()?;
    let id = acl.grants.iter().filter(|grant| covers(grant, action)).find_map(|grant| {
        let id = grant.grantee.as_ref()?.id.as_deref()?;
        (id != owner).then_some(id)
    })?;
    let does = match action {
        VendorAction::List => "list the bucket",
        VendorAction::Put { .. } => "upload objects",
        VendorAction::Delete => "delete objects",
    };
    Some(
        Verdict::unknown(format!(
            "The bucket has no policy, but its access control list lets the canonical id `{id}` {does}. Nobody can look \
             up whose account that is: ask Sailthru Support whether it is Sailthru's, or grant access in a bucket \
             policy (`stc-check policy` prints it)"
        ))
        .with("canonical_id", id),
    )
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions>
fn covers(grant: &AclGrant, action: VendorAction) -> bool {
    matches!(
        (grant.permission.as_deref(), action),
        (Some("FULL_CONTROL"), _)
            | (Some("READ"), VendorAction::List)
            | (Some("WRITE"), VendorAction::Put { .. } | VendorAction::Delete)
    )
}
