//! The grants of the key: whether one lets Sailthru do what the key policy does not.

use super::super::{Case, Undecided, read};
use crate::policy::Tri;
use crate::policy::principal::{Covers, PrincipalElement, PrincipalEntry};
use crate::report::{StatementReference, StatementSource};
use crate::snapshot::{Grant, Operation};
use crate::vendor::Writer;
use crate::vendor::requests::{VendorRequests, principal};

/// The grant that lets Sailthru, certainly or perhaps, for every object that is judged.
pub(super) fn granted(
    case: &Case<'_>,
    writer: &Writer,
    action: &str,
) -> Result<Option<(Tri, StatementReference)>, Undecided> {
    let Some(answer) = read(&case.snapshot.grants, Operation::ListGrants)? else { return Ok(None) };
    let vendor = case.vendor();
    let grants = answer.grants.iter().enumerate().map(|(index, grant)| (allows(&vendor, grant, writer, action), index));
    let reference = |index| StatementReference { document: StatementSource::Grant, index, sid: None, effect: "Allow" };
    match grants.max_by_key(|(allows, index)| (*allows, std::cmp::Reverse(*index))) {
        Some((allows, index)) if allows != Tri::False => Ok(Some((allows, reference(index)))),
        _ if answer.truncated == Some(true) => Err(Undecided::Because(
            "kms:ListGrants gave a part of the grants only (`Truncated`), and the writer's may be among the rest; read \
             them all"
                .to_owned(),
        )),
        _ => Ok(None),
    }
}

fn allows(vendor: &VendorRequests<'_>, grant: &Grant, writer: &Writer, action: &str) -> Tri {
    let Some(grantee) = &grant.grantee_principal else { return Tri::False };
    let span = crate::policy::json::Span::default();
    let entry = PrincipalEntry { text: grantee.into(), covers: Covers::parse_aws(grantee), span };
    let element = PrincipalElement { negated: false, entries: vec![entry], span };
    let operation = action.strip_prefix("kms:").unwrap_or(action);
    let serves = grant.operations.iter().any(|allowed| allowed == operation) && constraints_hold(vendor, grant, action);
    Tri::from(serves).and(element.applies_to(&principal(writer)))
}

/// Grant constraints compare the encryption context exactly but for the case of its names; `DescribeKey` has none and is
/// not bound by them. One on the source ARN holds for services that act for a resource, which Sailthru is not.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
fn constraints_hold(vendor: &VendorRequests<'_>, grant: &Grant, action: &str) -> bool {
    let Some(constraints) = &grant.constraints else { return true };
    if constraints.source_arn.is_some() {
        return false;
    }
    if action == "kms:DescribeKey" {
        return true;
    }
    let pairs = [(&constraints.encryption_context_equals, true), (&constraints.encryption_context_subset, false)];
    pairs.into_iter().all(|(pairs, exactly)| {
        let Some(pairs) = pairs else { return true };
        let holds = |key: &String| {
            let context = vendor.encryption_context(key);
            pairs.iter().all(|(name, value)| name.eq_ignore_ascii_case("aws:s3:arn") && *value == context)
                && (!exactly || pairs.len() == 1)
        };
        vendor.object_keys().iter().all(holds)
    })
}
