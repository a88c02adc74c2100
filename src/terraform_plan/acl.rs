//! The access control list: canned, or written out.

use super::attribute::{Attribute, PlanResult};
use super::graph::Holder;
use super::kinds::ACL;
use super::setting::Settings;
use crate::snapshot::{AclAnswer, AclGrant, AclGrantee};

impl Settings<'_, '_> {
    /// Why S3 will refuse the access control list when the plan is applied, if it will:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>.
    pub(super) fn refused_acl(&self) -> Option<String> {
        let (resource, canned) = match self.holder(ACL).ok()? {
            Holder::Planned(resource) => (resource, resource.attribute("acl").text().ok()?),
            Holder::Deleted(_) => return None,
            Holder::None => (self.bucket.resource?, self.inline("acl").ok()??.text().ok()?),
        };
        let separate = resource.is(ACL);
        let plain = canned == Some("bucket-owner-full-control") || (!separate && canned == Some("private"));
        if !resource.writes("acl") || plain {
            return None;
        }
        let label = resource.label;
        let enforced = self.ownership().ok().flatten().is_some_and(|answer| {
            answer.ownership_controls.rules.iter().any(|rule| rule.object_ownership == "BucketOwnerEnforced")
        });
        if enforced {
            return Some(format!(
                "S3 will refuse the access control list of `{label}` when the plan is applied, because Object Ownership is \
                 BucketOwnerEnforced."
            ));
        }
        let acl = self.acl().ok().flatten().unwrap_or_default();
        let public = acl.grants.iter().any(|grant| {
            let uri = grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref()).unwrap_or_default();
            uri.ends_with("/global/AllUsers") || uri.ends_with("/global/AuthenticatedUsers")
        });
        let blocked = self.access_block().ok().flatten();
        let blocked = blocked.is_some_and(|block| block.public_access_block_configuration.block_public_acls);
        (public && blocked).then(|| {
            format!(
                "S3 will refuse the public access control list of `{label}` when the plan is applied, because \
                 BlockPublicAcls is on."
            )
        })
    }

    /// The access control list; a new bucket's grants nothing to others.
    pub(super) fn acl(&self) -> PlanResult<Option<AclAnswer>> {
        match self.holder(ACL)? {
            Holder::Planned(resource) => {
                if let Some(canned) = resource.attribute("acl").text()? {
                    return Ok(Some(canned_acl(canned)));
                }
                let policy = resource.attribute("access_control_policy").required_block()?;
                Ok(Some(AclAnswer { owner: None, grants: grants(&policy.get("grant"), false)? }))
            }
            // The provider leaves the list as it is when its resource goes.
            Holder::Deleted(_) => self.untouched(ACL, None),
            Holder::None => match (self.inline("acl")?, self.inline("grant")?) {
                (Some(canned), _) => Ok(canned.text()?.map(canned_acl)),
                (None, Some(grant)) => Ok(Some(AclAnswer { owner: None, grants: grants(&grant, true)? })),
                (None, None) => self.untouched(ACL, Some(AclAnswer::default())),
            },
        }
    }
}

/// What a canned list grants to groups, by <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>;
/// what it grants to the owner and to AWS's own accounts is left out.
fn canned_acl(name: &str) -> AclAnswer {
    let grants: &[(&str, &str)] = match name {
        "public-read" => &[("global/AllUsers", "READ")],
        "public-read-write" => &[("global/AllUsers", "READ"), ("global/AllUsers", "WRITE")],
        "authenticated-read" => &[("global/AuthenticatedUsers", "READ")],
        "log-delivery-write" => &[("s3/LogDelivery", "WRITE"), ("s3/LogDelivery", "READ_ACP")],
        _ => &[],
    };
    let grant = |(group, permission): &(&str, &str)| {
        acl_grant("Group", None, Some(&format!("http://acs.amazonaws.com/groups/{group}")), permission)
    };
    AclAnswer { owner: None, grants: grants.iter().map(grant).collect() }
}

fn acl_grant(kind: &str, id: Option<&str>, uri: Option<&str>, permission: &str) -> AclGrant {
    let [id, uri] = [id, uri].map(|text| text.map(str::to_owned));
    let grantee = AclGrantee { r#type: Some(kind.to_owned()), id, uri, ..AclGrantee::default() };
    AclGrant { grantee: Some(grantee), permission: Some(permission.to_owned()) }
}

/// Grants that are written out: each of one permission, or within the bucket's own resource of several.
fn grants(part: &Attribute<'_>, inline: bool) -> PlanResult<Vec<AclGrant>> {
    let mut grants = Vec::new();
    for grant in part.blocks()? {
        let grantee = if inline { grant.clone() } else { grant.get("grantee").required_block()? };
        let (kind, id, uri) = (grantee.get("type").text()?, grantee.get("id").text()?, grantee.get("uri").text()?);
        let permissions = if inline {
            grant.get("permissions").texts()?
        } else {
            vec![grant.get("permission").text()?.unwrap_or_default()]
        };
        grants
            .extend(permissions.into_iter().map(|permission| acl_grant(kind.unwrap_or_default(), id, uri, permission)));
    }
    Ok(grants)
}
