//! Whether a policy is open to everyone, for when the service's own answer could not be read.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
//! and docs/design/aws-facts.md#what-public-means: a policy is presumed public, and it is not when every Allow is pinned to fixed values. Where that page and what others
//! saw S3 take differ, or the page is silent, the answer is open.

mod pinning;

use std::collections::BTreeSet;

use super::Tri;
use super::case::lower_case;
use super::condition::Condition;
use super::document::{Document, Effect, PatternElement, Statement};
use super::glob::Glob;
use super::operator::Family;
use super::principal::Covers;

use pinning::{limits, pins};

/// Whether we consider a policy public, and which statements make it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publicity {
    /// Whether the policy is public.
    pub(crate) public: Tri,
    /// The statements that are, or may be, public.
    pub(crate) statements: Vec<usize>,
}

/// Reads a bucket policy as Block Public Access does.
pub(crate) fn publicity(document: &Document) -> Publicity {
    let mut public = Tri::False;
    let mut statements = Vec::new();
    // Each once, so that a policy of many alike is not looked through for each of its statements.
    let kept: BTreeSet<Kept<'_>> = document.statements.iter().filter_map(Kept::of).collect();
    for statement in &document.statements {
        let open = is_public(statement);
        // What S3 makes of an Allow for everyone beside a Deny for everyone outside an organization is not documented.
        let outsiders_kept_out = open == Tri::True && kept.iter().any(|kept| kept.covers(statement));
        let open = if outsiders_kept_out { Tri::Unknown } else { open };
        if open != Tri::False {
            statements.push(statement.index);
        }
        public = public.or(open);
    }
    Publicity { public, statements }
}

/// The Allows of a key policy that are open to everyone without a limit on account, organization or principal.
pub(crate) fn unlimited_statements(document: &Document) -> Vec<usize> {
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

/// What a Deny for everyone outside an organization is of, in lower case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kept<'a> {
    actions: Vec<&'a str>,
    resources: Vec<&'a str>,
}

impl<'a> Kept<'a> {
    fn of(deny: &'a Statement) -> Option<Self> {
        let of_organization = |condition: &Condition| {
            let operator = condition.operator;
            let compares = matches!(operator.family, Family::String | Family::StringIgnoreCase | Family::StringLike);
            let key = matches!(condition.key.as_str(), "aws:principalorgid" | "aws:principalorgpaths");
            compares && operator.negated && key && !condition.operands.is_empty()
        };
        let everyone = || deny.principal.entries.iter().any(|entry| entry.covers == Covers::Everyone);
        let here = deny.effect == Effect::Deny && deny.conditions.iter().any(of_organization) && everyone();
        let entries = |element: &'a PatternElement| {
            (!element.negated).then(|| element.entries.iter().map(|entry| entry.text.as_str()).collect())
        };
        let (actions, resources) = (entries(&deny.action)?, entries(&deny.resource)?);
        here.then_some(Self { actions, resources })
    }

    /// Whether it is of everything that an Allow grants.
    fn covers(&self, allow: &Statement) -> bool {
        let covers = |patterns: &[&str], allow: &PatternElement| {
            let globs: Vec<Glob> = patterns.iter().map(|text| Glob::new(&lower_case(text), true)).collect();
            let within = |text: &str| globs.iter().any(|glob| glob.matches(&lower_case(text)));
            !allow.negated && allow.entries.iter().all(|entry| within(&entry.text))
        };
        covers(&self.actions, &allow.action) && covers(&self.resources, &allow.resource)
    }
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
            (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, Unknown),
            (r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}"#, True),
            (r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}"#, True),
            (r#"{"StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#, Unknown),
            (r#"{"StringLike": {"aws:PrincipalOrgPaths": "o-*"}}"#, True),
            (r#"{"StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/"}}"#, False),
            (r#"{"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/r-ab12/"}}"#, Unknown),
            (r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}"#, Unknown),
            (r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "*"}}"#, True),
            (r#"{"StringLike": {"aws:VpceOrgPaths": "o-a1b2c3d4e5/*"}}"#, Unknown),
            (r#"{"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": "logging.s3.amazonaws.com"}}"#, Unknown),
            (r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#, Unknown),
            (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, True),
            (
                r#"{"StringEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111122223333:key/x"}}"#,
                Unknown,
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
    fn a_deny_for_everyone_outside_the_organization_leaves_it_open() {
        let with = |action: &str, deny: &str| {
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": [
                    {{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "arn:aws:s3:::b/*"}},
                    {{"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::b/*", {deny}}}]}}"#
            );
            publicity(&Document::parse(&text, DocumentKind::Bucket).unwrap()).public
        };
        let outside = r#""Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}"#;
        assert_eq!(with("s3:GetObject", &format!(r#""Action": "s3:*", {outside}"#)), Tri::Unknown);
        assert_eq!(with("s3:GetObject", &format!(r#""Action": "s3:PutObject", {outside}"#)), Tri::True);
        let plain = r#""Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#;
        assert_eq!(with("s3:GetObject", plain), Tri::True);
        // An action that S3 does not know is counted like any other.
        assert_eq!(with("s3:HeadBucket", plain), Tri::True);
    }

    #[test]
    fn named_principals_are_not_public() {
        assert_eq!(public(r#"{"AWS": "arn:aws:iam::099647660399:root"}"#, "{}"), Tri::False);
        assert_eq!(public(r#"{"Service": "logging.s3.amazonaws.com"}"#, "{}"), Tri::False);
        assert_eq!(public(r#"{"Federated": "accounts.google.com"}"#, "{}"), Tri::True);
        assert_eq!(public(r#"{"AWS": ["arn:aws:iam::099647660399:root", "*"]}"#, "{}"), Tri::True);
    }
}
