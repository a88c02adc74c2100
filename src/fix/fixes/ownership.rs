//! Who owns what is uploaded: access control lists, and what relies on them.

use super::propose;
use crate::checks::Case;
use crate::fix::edit::Draft;
use crate::fix::escalation::has_log_delivery;
use crate::fix::no_fix::NoFix;
use crate::policy::{Context, DocumentKind, KeyState, Principal, Request, decide};
use crate::snapshot::{
    AclAnswer, AclGrant, AclGrantee, Fact, OwnershipAnswer, OwnershipControls, OwnershipRule, Snapshot,
};
use crate::vendor::documents;
use crate::vendor::requests::VendorRequests;

/// Takes the grants to everyone out of the access control list.
pub(super) fn private_acl(snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let Fact::Found(acl) = &mut snapshot.acl else {
        return Err("the access control list could not be read".into());
    };
    acl.grants.retain(|grant| {
        let uri = grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref()).unwrap_or_default();
        !uri.contains("/groups/global/")
    });
    Ok(())
}

/// Switches access control lists off; S3 refuses that while the list grants anything to others. Where S3 delivers access
/// logs by the list, the bucket policy lets it first.
pub(super) fn enforce(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    if has_log_delivery(snapshot) {
        keep_log_delivery(case, snapshot)?;
    }
    if let Fact::Found(acl) = &snapshot.acl
        && let Some(owner) = acl.owner.as_ref().and_then(|owner| owner.id.clone())
        && acl.grants.iter().any(|grant| grant.grantee.as_ref().and_then(|grantee| grantee.id.as_ref()) != Some(&owner))
    {
        snapshot.acl = Fact::Found(owner_alone(acl, &owner));
    }
    let rule = OwnershipRule { object_ownership: "BucketOwnerEnforced".to_owned() };
    snapshot.ownership = Fact::Found(OwnershipAnswer { ownership_controls: OwnershipControls { rules: vec![rule] } });
    Ok(())
}

/// Lets S3 deliver access logs by the bucket policy, where that does not let it yet.
fn keep_log_delivery(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)?;
    let vendor = VendorRequests { connection: case.connection, snapshot };
    let mut context = Context::new(KeyState::Unknown);
    context.set("aws:SecureTransport", KeyState::known("true"));
    let service = Principal::Service(documents::LOG_DELIVERY.to_owned());
    let log = format!("{}/any", vendor.bucket_arn());
    let request = Request::new(service, "s3:PutObject", &log, vendor.owner_account(), context);
    let allowed = draft.document().is_some_and(|document| !decide(&document, &request).outcome.is_denied());
    if !allowed {
        draft.add(documents::log_delivery(&vendor));
        propose(case, snapshot, draft);
    }
    Ok(())
}

fn owner_alone(acl: &AclAnswer, owner: &str) -> AclAnswer {
    let grantee =
        AclGrantee { r#type: Some("CanonicalUser".to_owned()), id: Some(owner.to_owned()), ..AclGrantee::default() };
    let grant = AclGrant { grantee: Some(grantee), permission: Some("FULL_CONTROL".to_owned()) };
    AclAnswer { owner: acl.owner.clone(), grants: vec![grant] }
}
