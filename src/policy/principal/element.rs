//! Whom a Principal or `NotPrincipal` element covers.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>;
//! spelling by spelling in docs/design/aws-facts.md#who-a-principal-covers and docs/design/evaluation.md#principals.

use super::Principal;
use super::covers::{Covers, same_account};
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
