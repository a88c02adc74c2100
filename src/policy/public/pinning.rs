//! Conditions that pin a grant to everyone to an account, an organization, a network or a principal.

use ipnet::IpNet;

use crate::names::is_account_id;
use crate::policy::Tri;
use crate::policy::condition::Condition;
use crate::policy::operator::{Family, Quantifier};

/// Keys whose fixed values make a grant to everyone a grant to somebody, in lower case.
const PINNING_KEYS: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "aws:sourceip",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Keys of the same kind that the documented list does not have, not yet or no longer.
const PERHAPS_PINNING_KEYS: [&str; 8] = [
    "aws:sourcevpcarn",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicenameslist",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Keys that limit a key policy's Allow for everyone to an account, an organization or a principal.
const LIMITING_KEYS: [&str; 8] = [
    "kms:calleraccount",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:userid",
];

/// Whether a condition holds only for fixed values of a key that says who or where from.
pub(super) fn pins(condition: &Condition) -> Tri {
    let key = condition.key.as_str();
    let operator = condition.operator;
    let values = || condition.values();
    if key == "aws:principalisawsservice" {
        let services_only = operator.family == Family::Bool && !operator.if_exists;
        let wanted = condition.operands.iter().all(|operand| operand.boolean() == Some(true));
        return Tri::from(services_only && wanted && !condition.operands.is_empty()).and(Tri::Unknown);
    }
    let set_of_paths = operator.quantifier != Quantifier::Single
        && matches!(key, "aws:principalorgpaths" | "aws:principalservicenameslist" | "aws:vpceorgpaths");
    let demands = demands_a_value(condition) || set_of_paths && compares_a_value(condition);
    if !demands {
        return Tri::False;
    }
    let fixed = values().all(is_fixed);
    let of_organization = values().all(|value| value.starts_with("o-") && !value.starts_with("o-*"));
    if key.ends_with("orgpaths") && (set_of_paths || !fixed) {
        return Tri::from(fixed || of_organization).and(Tri::Unknown);
    }
    if PERHAPS_PINNING_KEYS.contains(&key) {
        return Tri::from(fixed).and(Tri::Unknown);
    }
    if !PINNING_KEYS.contains(&key) {
        return Tri::False;
    }
    match key {
        "aws:sourceip" => condition.operands.iter().all(|operand| operand.network().is_some_and(is_narrow)).into(),
        "s3:dataaccesspointarn" => values().all(names_an_account).into(),
        // The page allows no wildcard; policies with one in a fixed account are saved under Block Public Access all the same.
        "aws:principalarn" if !fixed && operator.family == Family::Arn => {
            Tri::from(values().all(names_an_account)).and(Tri::Unknown)
        }
        _ => fixed.into(),
    }
}

pub(super) fn limits(condition: &Condition) -> bool {
    let specific = |value: &str| match condition.key.as_str() {
        "aws:principalarn" | "aws:sourcearn" => names_an_account(value),
        "aws:principalorgpaths" => value.starts_with("o-") && !value.starts_with("o-*"),
        _ => is_fixed(value),
    };
    demands_a_value(condition) && LIMITING_KEYS.contains(&condition.key.as_str()) && condition.values().all(specific)
}

/// Whether the condition is false where the key is absent or has another value: `IfExists` and `ForAllValues:`
/// hold on an absent key, negated operators on any other value.
fn demands_a_value(condition: &Condition) -> bool {
    compares_a_value(condition) && condition.operator.quantifier != Quantifier::ForAll
}

/// The same but for `ForAllValues:`.
fn compares_a_value(condition: &Condition) -> bool {
    let operator = condition.operator;
    let compares_identity = matches!(
        operator.family,
        Family::String | Family::StringIgnoreCase | Family::StringLike | Family::Arn | Family::IpAddress
    );
    compares_identity && !operator.negated && !operator.if_exists && !condition.operands.is_empty()
}

/// Neither wildcards nor variables.
fn is_fixed(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// An ARN whose account is fixed, whatever follows it.
fn names_an_account(value: &str) -> bool {
    value.split(':').nth(4).is_some_and(is_account_id)
}

/// Ranges wider than /8 (IPv4) or /32 (IPv6) count as public, private ones never.
fn is_narrow(range: IpNet) -> bool {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .iter()
        .any(|private| private.parse().is_ok_and(|private: IpNet| private.contains(&range)));
    private || range.prefix_len() >= if range.addr().is_ipv4() { 8 } else { 32 }
}
