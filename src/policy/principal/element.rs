//! Whom a Principal or `NotPrincipal` element covers.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>;
//! spelling by spelling in docs/design/aws-facts.md#who-a-principal-covers and docs/design/evaluation.md#principals.

use super::Identity;
use super::Principal;
use crate::names::{arn_parts, is_account_id};
use crate::policy::Tri;
use crate::policy::json::Span;

/// One entry of a Principal or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalEntry {
    /// As written.
    pub text: String,
    /// What it means.
    pub(crate) covers: Covers,
    /// Where it is in the text.
    pub span: Span,
}

/// What an entry of a Principal element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Covers {
    /// `*`.
    Everyone,
    /// An account, by its root ARN or its bare id (any partition).
    Account { partition: Option<String>, account: String },
    /// A role, user or federated user, by its ARN; or a `CloudFront` origin access identity, whose ARN S3 takes
    /// (<https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>).
    Identity { account: String },
    /// One session of a role.
    Session { account: String, role_name: String },
    /// The id of a role or user that no longer exists (`AROA…`, `AIDA…`).
    DeletedIdentity,
    /// An account by its canonical user id, which only AWS can translate.
    CanonicalUser,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// Something that can never be a principal: an account id that is not twelve digits, an ARN with wildcards, a group.
    Nobody,
}

impl Covers {
    /// Reads an entry under `AWS`.
    pub(crate) fn parse_aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if is_account_id(text) {
            return Self::Account { partition: None, account: text.into() };
        }
        if is_deleted_identity(text) {
            return Self::DeletedIdentity;
        }
        let Some([partition, service, "", account, resource]) = arn_parts(text) else { return Self::Nobody };
        if account == "cloudfront" && resource.starts_with("user/CloudFront Origin Access Identity ") {
            return Self::Identity { account: account.into() };
        }
        let wildcards = text.contains('*') || text.contains('?');
        if wildcards || partition.is_empty() || !is_account_id(account) {
            return Self::Nobody;
        }
        let account = account.to_owned();
        let named = |kind: &str| resource.strip_prefix(kind).is_some_and(|name| !name.is_empty());
        match service {
            "iam" if resource == "root" => Self::Account { partition: Some(partition.into()), account },
            "iam" if named("role/") || named("user/") => Self::Identity { account },
            "sts" if named("federated-user/") => Self::Identity { account },
            "sts" => match resource.strip_prefix("assumed-role/").and_then(|name| name.split_once('/')) {
                Some((role, session)) if !role.is_empty() && !session.is_empty() && !session.contains('/') => {
                    Self::Session { account, role_name: role.into() }
                }
                _ => Self::Nobody,
            },
            _ => Self::Nobody,
        }
    }

    /// Whether the entry, written as `name`, is a session of the role.
    fn is_session_of(&self, name: &str, role: &Identity) -> bool {
        let Self::Session { account, role_name } = self else { return false };
        let partition = name.split(':').nth(1);
        *account == role.account && partition == Some(&role.partition) && role_name == last_part(&role.arn)
    }

    /// Whether the entry, written as `name`, covers the principal.
    #[expect(clippy::match_same_arms, reason = "the cases are decided in this order")]
    fn covers(&self, name: &str, principal: &Principal) -> Tri {
        use Principal::{Anonymous, AnyOf, Anyone, FederatedUser, Role, Root, Service, Session, User};
        match (self, principal) {
            (Self::Everyone, _) => Tri::True,
            (Self::DeletedIdentity | Self::Nobody, _) => Tri::False,
            (Self::Service, Service(service)) => (service == name).into(),
            (_, Anonymous | Service(_)) => Tri::False,
            (_, Anyone) => Tri::Unknown,
            (Self::Service | Self::Federated, _) => Tri::False,
            // The id may be that of the principal's account.
            (Self::CanonicalUser, _) => Tri::Unknown,
            (Self::Account { partition, account }, _) => same_account(partition.as_deref(), account, principal).into(),
            (Self::Identity { account } | Self::Session { account, .. }, AnyOf { account: own, .. }) => {
                Tri::from(account == own).and(Tri::Unknown)
            }
            (Self::Identity { .. }, Role(own) | User(own) | FederatedUser(own)) => (name == own.arn).into(),
            (Self::Identity { .. }, Session { role, .. }) => role.is(name),
            (Self::Session { .. }, Session { session, .. }) => (name == session.arn).into(),
            // The role's session may be the one that is named: session names are the role's own business.
            (Self::Session { .. }, Role(own)) => Tri::from(self.is_session_of(name, own)).and(Tri::Unknown),
            (Self::Identity { .. }, Root(_)) | (Self::Session { .. }, _) => Tri::False,
        }
    }
}

/// A Principal or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalElement {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Its entries, of all kinds together.
    pub entries: Vec<PrincipalEntry>,
    /// Where it is in the text.
    pub span: Span,
}

impl PrincipalElement {
    /// Whether a statement with this element is about the principal.
    pub(crate) fn applies_to(&self, principal: &Principal) -> Tri {
        match (self.negated, self.entries.is_empty()) {
            // What AWS makes of an empty list that exempts nobody is not documented.
            (true, true) => Tri::Unknown,
            (true, false) => !self.exempts(principal),
            (false, _) => self.covers(principal),
        }
    }

    fn covers(&self, principal: &Principal) -> Tri {
        Tri::any(self.entries.iter().map(|entry| entry.covers.covers(&entry.text, principal)))
    }

    /// Whether `NotPrincipal` exempts the principal.
    ///
    /// AWS documents that beside a role or user its account must be listed, and beside a role also the session; with
    /// anything less the Deny "might" apply. Not listed at all is certainly not exempt: naming the account alone
    /// exempts only its root user.
    fn exempts(&self, principal: &Principal) -> Tri {
        if self.entries.iter().any(|entry| entry.covers == Covers::Everyone) {
            return Tri::True;
        }
        let listed = |test: &dyn Fn(&Covers) -> bool| self.entries.iter().any(|entry| test(&entry.covers));
        let names = |arn: &str| {
            let one = |covers: &Covers| matches!(covers, Covers::Identity { .. } | Covers::Session { .. });
            self.entries.iter().any(|entry| one(&entry.covers) && entry.text == arn)
        };
        let account_listed = listed(&|covers| match covers {
            Covers::Account { partition, account } => same_account(partition.as_deref(), account, principal),
            _ => false,
        });
        let with_account = Tri::from(account_listed).or(Tri::Unknown);
        let canonical = listed(&|covers| *covers == Covers::CanonicalUser);
        let exempt = match principal {
            Principal::Root(_) => account_listed.into(),
            Principal::User(own) | Principal::FederatedUser(own) => Tri::from(names(&own.arn)).and(with_account),
            Principal::Session { session, role } => {
                let role_listed = Tri::any(self.entries.iter().map(|entry| match entry.covers {
                    Covers::Identity { .. } => role.is(&entry.text),
                    _ => Tri::False,
                }));
                match (names(&session.arn), role_listed) {
                    (true, Tri::True) => with_account,
                    (false, Tri::False) => Tri::False,
                    _ => Tri::Unknown,
                }
            }
            Principal::Role(own) => {
                let session_listed = self.entries.iter().any(|entry| entry.covers.is_session_of(&entry.text, own));
                Tri::from(names(&own.arn) || session_listed).and(Tri::Unknown)
            }
            Principal::AnyOf { account: own, .. } => {
                let any = listed(
                    &|covers| matches!(covers, Covers::Identity { account } | Covers::Session { account, .. } if account == own),
                );
                Tri::from(any || account_listed).and(Tri::Unknown)
            }
            Principal::Anyone => {
                let any = listed(&|covers| !matches!(covers, Covers::Nobody | Covers::DeletedIdentity));
                Tri::from(any).and(Tri::Unknown)
            }
            Principal::Service(service) => {
                self.entries.iter().any(|entry| entry.covers == Covers::Service && entry.text == *service).into()
            }
            Principal::Anonymous => Tri::False,
        };
        let signed = !matches!(principal, Principal::Anonymous | Principal::Service(_));
        if canonical && signed { exempt.or(Tri::Unknown) } else { exempt }
    }
}

/// The condition key that tells apart the principals which this Principal element leaves open. None tells a canonical id.
pub(crate) fn telling_key(element: &PrincipalElement, principal: &Principal) -> Option<&'static str> {
    let identities =
        element.entries.iter().any(|entry| matches!(entry.covers, Covers::Identity { .. } | Covers::Session { .. }));
    match principal {
        Principal::Role(_) => identities.then_some("aws:userid"),
        Principal::Session { role, .. } => {
            let path = element.entries.iter().any(|entry| role.is(&entry.text) == Tri::Unknown);
            if path { Some("aws:principalarn") } else { identities.then_some("aws:userid") }
        }
        Principal::AnyOf { .. } | Principal::Anyone => Some("aws:principalarn"),
        _ => None,
    }
}

fn same_account(partition: Option<&str>, account: &str, principal: &Principal) -> bool {
    let Some((own_partition, own_account)) = principal.home() else { return false };
    own_account == account && partition.is_none_or(|partition| partition == own_partition)
}

/// The unique ids of identities that no longer exist:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.
pub(in crate::policy) fn is_deleted_identity(text: &str) -> bool {
    let prefix = || ["AROA", "AIDA", "AGPA", "ANPA", "AIPA"].iter().any(|prefix| text.starts_with(prefix));
    text.starts_with('A')
        && prefix()
        && text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn last_part(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";
    const ROOT: &str = "arn:aws:iam::099647660399:root";
    const USER: &str = "arn:aws:iam::728023223659:user/integ";
    const USER_ROOT: &str = "arn:aws:iam::728023223659:root";
    const SESSION: &str = "arn:aws:sts::099647660399:assumed-role/sc-event-stream-production/sync";

    fn element(negated: bool, entries: &[&str]) -> PrincipalElement {
        let entries = entries
            .iter()
            .map(|text| PrincipalEntry { text: (*text).into(), covers: Covers::parse_aws(text), span: Span::default() })
            .collect();
        PrincipalElement { negated, entries, span: Span::default() }
    }

    fn applies(negated: bool, entries: &[&str], principal: &str) -> Tri {
        element(negated, entries).applies_to(&Principal::parse(principal).unwrap())
    }

    #[test]
    fn who_is_covered() {
        use Tri::{False, True, Unknown};
        for (entry, role, user) in [
            (ROLE, True, False),
            (ROOT, True, False),
            ("099647660399", True, False),
            ("99647660399", False, False),
            (USER, False, True),
            (USER_ROOT, False, True),
            ("728023223659", False, True),
            (SESSION, Unknown, False),
            ("arn:aws:sts::099647660399:assumed-role/other/sync", False, False),
            ("*", True, True),
            ("AROAEXAMPLEID12345678", False, False),
            ("arn:aws:iam::099647660399:role/sc-event-*", False, False),
            ("arn:aws:iam::099647660399:role/service/sc-event-stream-production", False, False),
            ("arn:aws:iam::099647660399:role/SC-event-stream-production", False, False),
            ("arn:aws-cn:iam::099647660399:root", False, False),
            ("arn:aws:iam::099647660399:group/all", False, False),
            ("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE", False, False),
        ] {
            assert_eq!(applies(false, &[entry], ROLE), role, "{entry} for the role");
            assert_eq!(applies(false, &[entry], USER), user, "{entry} for the user");
        }
        assert_eq!(applies(false, &[ROLE], SESSION), True);
        assert_eq!(applies(false, &[SESSION], SESSION), True);
        assert_eq!(applies(false, &[SESSION], &SESSION.replace("sync", "other")), False);
        assert_eq!(applies(false, &[ROLE], ROOT), False);
        assert_eq!(applies(false, &["*"], "*"), True);
        assert_eq!(applies(false, &[ROOT], "*"), False);
    }

    #[test]
    fn an_origin_access_identity_is_somebody() {
        let text = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE";
        assert!(matches!(Covers::parse_aws(text), Covers::Identity { .. }));
        assert_eq!(Covers::parse_aws("arn:aws:iam::cloudfront:user/x"), Covers::Nobody);
    }

    #[test]
    fn not_principal_exempts_surely_only_who_is_listed_with_its_account() {
        use Tri::{False, True, Unknown};
        for (entries, role, user) in [
            (&[USER][..], True, Unknown),
            (&[USER, USER_ROOT], True, False),
            (&[ROLE], Unknown, True),
            (&[ROLE, ROOT], Unknown, True),
            (&[ROLE, ROOT, SESSION], Unknown, True),
            (&[ROOT], True, True),
            (&["AROAEXAMPLEID12345678"], True, True),
            (&["*"], False, False),
        ] {
            assert_eq!(applies(true, entries, ROLE), role, "{entries:?} for the role");
            assert_eq!(applies(true, entries, USER), user, "{entries:?} for the user");
        }
        assert_eq!(applies(true, &[ROLE, ROOT, SESSION], SESSION), False);
        assert_eq!(applies(true, &[ROLE, ROOT], SESSION), Unknown);
    }

    #[test]
    fn any_principal_of_an_account() {
        let any = Principal::AnyOf { partition: "aws".into(), account: "099647660399".into() };
        assert_eq!(element(false, &[ROOT]).applies_to(&any), Tri::True);
        assert_eq!(element(false, &[ROLE]).applies_to(&any), Tri::Unknown);
        assert_eq!(element(false, &[USER]).applies_to(&any), Tri::False);
        assert_eq!(element(false, &[ROLE]).applies_to(&Principal::Anyone), Tri::Unknown);
        assert_eq!(element(true, &[ROLE]).applies_to(&Principal::Anyone), Tri::Unknown);
        assert_eq!(element(true, &["AROAEXAMPLEID12345678"]).applies_to(&Principal::Anyone), Tri::True);
    }
}
