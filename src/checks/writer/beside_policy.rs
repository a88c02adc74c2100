//! What else than the bucket policy's statements lets Sailthru in or keeps it out: Block Public Access, and the bucket's
//! access control list (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>).

use crate::checks::delivery::is_owner_enforced;
use crate::checks::policy::{is_public, names};
use crate::checks::public::{RESTRICT_PUBLIC_BUCKETS, in_effect};
use crate::checks::{Case, Verdict};
use crate::policy::public::publicity;
use crate::policy::{Document, Tri};
use crate::snapshot::{AclAnswer, AclGrant};
use crate::vendor::VendorAction;

/// Whether Block Public Access denies other accounts whatever the statements say, and why:
/// docs/design/aws-facts.md#block-public-access.
pub(super) fn cut_off(case: &Case<'_>, document: &Document) -> (Tri, String) {
    let public = is_public(case, document);
    let restricted = in_effect(case, RESTRICT_PUBLIC_BUCKETS);
    let in_effect = restricted.as_ref().map_or(Tri::Unknown, |on| Tri::from(*on));
    let statements = publicity(document).statements;
    let which = if statements.is_empty() { String::new() } else { format!(" ({})", names(document, &statements)) };
    let message = match public.and(in_effect) {
        Tri::True => format!(
            "Your bucket policy is public{which} and RestrictPublicBuckets is in effect, so S3 denies every other account, \
             including Sailthru, whatever the other statements say."
        ),
        _ => match &restricted {
            Err(undecided) if public == Tri::True => format!(
                "Your bucket policy is public{which}; if RestrictPublicBuckets is in effect, S3 denies Sailthru. {}",
                undecided.message(case)
            ),
            _ if case.snapshot.is_planned() => format!(
                "AWS does not document whether S3 considers this bucket policy public{which}; if it does, RestrictPublicBuckets \
                 denies Sailthru. Check the bucket once the plan is applied"
            ),
            _ => {
                let missing = restricted.as_ref().err().map(|undecided| format!(" {}.", undecided.message(case)));
                format!(
                    "AWS does not document whether S3 considers this bucket policy public{which}; if it does, RestrictPublicBuckets \
                     denies Sailthru. To find out, your role needs s3:GetBucketPolicyStatus.{}",
                    missing.unwrap_or_default()
                )
            }
        },
    };
    (public.and(in_effect), message)
}

/// What a grant to another account leaves open: whose a canonical id is cannot be looked up. None where no grant in effect
/// covers the action. `silent` says why the policy does not decide.
pub(super) fn leaves_open(case: &Case<'_>, action: VendorAction, silent: &str) -> Option<Verdict> {
    let enforced = is_owner_enforced(case);
    if enforced == Ok(true) {
        return None;
    }
    if let Some(acl) = case.snapshot.acl.found() {
        return open(acl, action, silent);
    }
    enforced.is_ok().then(|| {
        Verdict::unknown(format!(
            "{silent}, but the bucket's access control list is in effect and could not be read. To see whom it lets in, \
             your role needs `s3:GetBucketAcl`"
        ))
    })
}

fn open(acl: &AclAnswer, action: VendorAction, silent: &str) -> Option<Verdict> {
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
            "{silent}, but the bucket's access control list lets the canonical id `{id}` {does}. Nobody can look up whose \
             account that is: ask Sailthru Support whether it is Sailthru's, or grant access in a bucket policy \
             (`stc-check policy` prints it)"
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
