//! Whether a policy is open to everyone, for when the service's own answer could not be read.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
//! and docs/design/aws-facts.md#what-public-means: a policy is presumed public, and it is not when every Allow is pinned
//! to fixed values.

use ipnet::IpNet;

use super::Tri;
use super::condition::Condition;
use super::document::{Document, Effect, Statement};
use super::operator::{Family, Quantifier};
use super::principal::Covers;

/// Keys whose fixed values make a grant to everyone a grant to somebody, in lower case.
const PINNING_KEYS: [&str; 15] = [
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
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Keys of the same kind that the documented list does not have, or not yet: not decided.
const PERHAPS_PINNING_KEYS: [&str; 6] = [
    "aws:sourcevpcarn",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
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

/// What our own reading says, and which statements made it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publicity {
    /// Whether the policy is public.
    pub public: Tri,
    /// The statements that are, or may be, public.
    pub statements: Vec<usize>,
}

/// Reads a bucket policy as Block Public Access does.
#[must_use]
pub fn publicity(document: &Document) -> Publicity {
    let mut public = Tri::False;
    let mut statements = Vec::new();
    for statement in &document.statements {
        let open = is_public(statement);
        if open != Tri::False {
            statements.push(statement.index);
        }
        public = public.or(open);
    }
    Publicity { public, statements }
}

/// The Allows of a key policy that are open to everyone without a limit on account, organization or principal.
#[must_use]
pub fn unlimited_statements(document: &Document) -> Vec<usize> {
    let open = |statement: &&Statement| {
        let everyone = statement.principal.entries.iter().any(|entry| entry.covers == Covers::Everyone);
        statement.effect == Effect::Allow && everyone && !statement.conditions.iter().any(limits)
    };
    document.statements.iter().filter(open).map(|statement| statement.index).collect()
}

fn is_public(statement: &Statement) -> Tri {
    if statement.effect == Effect::Deny {
        return Tri::False;
    }
    let open = statement.principal.entries.iter().any(|entry| match entry.covers {
        Covers::Everyone | Covers::Federated => true,
        Covers::Service => entry.text.contains(['*', '?']),
        _ => false,
    });
    Tri::from(open).and(!Tri::any(statement.conditions.iter().map(pins)))
}

/// Whether a condition holds only for fixed values of a key that says who or where from.
fn pins(condition: &Condition) -> Tri {
    if !demands_a_value(condition) {
        return Tri::False;
    }
    let key = condition.key.as_str();
    let fixed = condition.values().all(is_fixed);
    if PERHAPS_PINNING_KEYS.contains(&key) {
        return Tri::from(fixed).and(Tri::Unknown);
    }
    if !PINNING_KEYS.contains(&key) {
        return Tri::False;
    }
    match key {
        "aws:sourceip" => condition.operands.iter().all(|operand| operand.network().is_some_and(is_narrow)).into(),
        "s3:dataaccesspointarn" => condition.values().all(names_an_account).into(),
        // Whether a path that ends in a star counts as fixed is not documented.
        "aws:principalorgpaths" if !fixed => {
            Tri::from(condition.values().all(|value| value.starts_with("o-"))).and(Tri::Unknown)
        }
        _ => fixed.into(),
    }
}

fn limits(condition: &Condition) -> bool {
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
    let operator = condition.operator;
    let compares_identity = matches!(
        operator.family,
        Family::String | Family::StringIgnoreCase | Family::StringLike | Family::Arn | Family::IpAddress
    );
    compares_identity
        && !operator.negated
        && !operator.if_exists
        && operator.quantifier != Quantifier::ForAll
        && !condition.operands.is_empty()
}

/// Neither wildcards nor variables.
fn is_fixed(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// An ARN whose account is fixed, whatever follows it.
fn names_an_account(value: &str) -> bool {
    let account = value.split(':').nth(4).unwrap_or_default();
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// Ranges wider than /8 (IPv4) or /32 (IPv6) count as public, private ones never.
fn is_narrow(range: IpNet) -> bool {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
        .iter()
        .any(|private| private.parse().is_ok_and(|private: IpNet| private.contains(&range)));
    private || range.prefix_len() >= if range.addr().is_ipv4() { 8 } else { 32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::DocumentKind;

    fn public(principal: &str, condition: &str) -> Tri {
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*", "Condition": {condition}}}}}"#
        );
        publicity(&Document::parse(&text, DocumentKind::Bucket).unwrap()).public
    }

    #[test]
    fn a_grant_to_everyone_is_public_unless_pinned_to_fixed_values() {
        use Tri::{False, True, Unknown};
        for (condition, expected) in [
            ("{}", True),
            (r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#, False),
            (r#"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#, True),
            (r#"{"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#, True),
            (r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, True),
            (r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, True),
            (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#, False),
            (
                r#"{"StringEquals": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/*"]}}"#,
                True,
            ),
            (r#"{"StringEquals": {"aws:userid": "${aws:userid}"}}"#, True),
            (r#"{"IpAddress": {"aws:SourceIp": "52.0.0.0/8"}}"#, False),
            (r#"{"IpAddress": {"aws:SourceIp": ["52.0.0.0/8", "0.0.0.0/1"]}}"#, True),
            (r#"{"IpAddress": {"aws:SourceIp": "2600::/31"}}"#, True),
            (r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#, False),
            (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, True),
            (r#"{"StringLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-east-1:111122223333:accesspoint/*"}}"#, False),
            (r#"{"StringEquals": {"aws:VpceAccount": "111122223333"}}"#, Unknown),
        ] {
            assert_eq!(public("\"*\"", condition), expected, "{condition}");
        }
    }

    #[test]
    fn named_principals_are_not_public() {
        assert_eq!(public(r#"{"AWS": "arn:aws:iam::099647660399:root"}"#, "{}"), Tri::False);
        assert_eq!(public(r#"{"Service": "logging.s3.amazonaws.com"}"#, "{}"), Tri::False);
        assert_eq!(public(r#"{"Federated": "accounts.google.com"}"#, "{}"), Tri::True);
        assert_eq!(public(r#"{"AWS": ["arn:aws:iam::099647660399:root", "*"]}"#, "{}"), Tri::True);
    }
}
