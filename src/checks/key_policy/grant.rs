//! The grants of the key: whether one lets Sailthru do what the key policy does not.

use super::super::access::Asked;
use super::super::{Case, Missing, Undecided, read};
use crate::names::KeyArn;
use crate::policy::json::Span;
use crate::policy::principal::{Covers, PrincipalElement, PrincipalEntry};
use crate::policy::{Principal, Tri};
use crate::report::{StatementReference, StatementSource};
use crate::snapshot::{Grant, GrantConstraints, Operation};
use crate::vendor::Writer;
use crate::vendor::requests::{VendorRequests, principal};

/// The grant that lets Sailthru, certainly or perhaps, for every object that is judged.
pub(super) fn granted(
    asked: &Asked<'_>,
    writer: &Writer,
    keys: &[String],
) -> Result<Option<(Tri, StatementReference)>, Undecided> {
    let case = asked.case;
    let Some(answer) = read(&case.snapshot.grants, Operation::ListGrants)? else { return Ok(None) };
    if let Some((listed, named)) = of_another_key(case, &answer.grants) {
        return Err(Undecided::Missing(Missing::GrantsOfKey { listed, named }));
    }
    let request = KeyRequest::new(&case.vendor(), writer, asked.action, keys);
    let grants = answer.grants.iter().enumerate().map(|(index, grant)| (request.is_allowed_by(grant), index));
    let reference = |index| StatementReference { document: StatementSource::Grant, index, sid: None, effect: "Allow" };
    let more = answer.truncated == Some(true) || answer.next_marker.is_some() || answer.next_token.is_some();
    match grants.max_by_key(|(allows, index)| (*allows, std::cmp::Reverse(*index))) {
        Some((allows, index)) if allows != Tri::False => Ok(Some((allows, reference(index)))),
        _ if more => Err(Undecided::Missing(Missing::AllGrants)),
        _ => Ok(None),
    }
}

/// The key whose grants were listed, and the key of default encryption, where they are two.
fn of_another_key(case: &Case<'_>, grants: &[Grant]) -> Option<(String, String)> {
    let named = case.vendor().default_key_arn()?;
    let listed = grants.iter().find_map(|grant| grant.key_id.as_ref().filter(|id| KeyArn::parse(id).is_ok()))?;
    (*listed != named).then(|| (listed.clone(), named))
}

/// The values that grants ask of the encryption context.
pub(super) fn contexts_of_grants<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a str> {
    let grants = case.snapshot.grants.found().into_iter().flat_map(|answer| &answer.grants);
    let constraints = grants.filter_map(|grant| grant.constraints.as_ref());
    let pairs = constraints.flat_map(|all| [&all.encryption_context_equals, &all.encryption_context_subset]);
    pairs.flatten().flat_map(|pairs| pairs.values()).map(String::as_str)
}

/// What grants are compared with, worked out once for all of them: a key may have 50,000
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>).
struct KeyRequest {
    principal: Principal,
    operation: String,
    /// The encryption contexts of all objects that are judged; none for `DescribeKey`, which has no context.
    contexts: Vec<String>,
}

impl KeyRequest {
    fn new(vendor: &VendorRequests<'_>, writer: &Writer, action: &str, keys: &[String]) -> Self {
        let operation = action.strip_prefix("kms:").unwrap_or(action).to_owned();
        let keys = if operation == "DescribeKey" { &[][..] } else { keys };
        let contexts = keys.iter().map(|key| vendor.encryption_context(key)).collect();
        Self { principal: principal(writer), operation, contexts }
    }

    fn is_allowed_by(&self, grant: &Grant) -> Tri {
        let Some(grantee) = &grant.grantee_principal else { return Tri::False };
        let serves = grant.operations.contains(&self.operation);
        if !serves || !grant.constraints.as_ref().is_none_or(|constraints| self.meets(constraints)) {
            return Tri::False;
        }
        let span = Span::default();
        let entry = PrincipalEntry { text: grantee.into(), covers: Covers::parse_aws(grantee), span };
        PrincipalElement { negated: false, entries: vec![entry], span }.applies_to(&self.principal)
    }

    /// Constraints compare the encryption context exactly but for the case of its names. One on the source ARN holds for
    /// services that act for a resource, which Sailthru is not.
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
    fn meets(&self, constraints: &GrantConstraints) -> bool {
        let pairs = [(&constraints.encryption_context_equals, true), (&constraints.encryption_context_subset, false)];
        constraints.source_arn.is_none()
            && pairs.into_iter().filter_map(|(pairs, exactly)| Some((pairs.as_ref()?, exactly))).all(
                |(pairs, exactly)| {
                    let holds = |context: &String| {
                        pairs.iter().all(|(name, value)| name.eq_ignore_ascii_case("aws:s3:arn") && value == context)
                            && (!exactly || pairs.len() == 1)
                    };
                    self.contexts.iter().all(holds)
                },
            )
    }
}
