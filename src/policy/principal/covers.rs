//! What one entry of a Principal element names, and whether that is a principal
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).

use super::{Identity, Principal};
use crate::names::{arn_parts, is_account_id};
use crate::policy::Tri;

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
        use Principal::{FederatedUser, Role, Root, Session, User};
        if text == "*" {
            return Self::Everyone;
        }
        if is_account_id(text) {
            return Self::Account { partition: None, account: text.into() };
        }
        if is_deleted_identity(text) {
            return Self::DeletedIdentity;
        }
        let Some([_, _, "", account, resource]) = arn_parts(text) else { return Self::Nobody };
        if account == "cloudfront" && resource.starts_with("user/CloudFront Origin Access Identity ") {
            return Self::Identity { account: account.into() };
        }
        if text.contains(['*', '?']) {
            return Self::Nobody;
        }
        match Principal::parse(text) {
            Ok(Root(own)) => Self::Account { partition: Some(own.partition), account: own.account },
            Ok(Role(own) | User(own) | FederatedUser(own)) => Self::Identity { account: own.account },
            Ok(Session { session, role }) => Self::Session { account: session.account, role_name: role.name },
            _ => Self::Nobody,
        }
    }

    /// Whether the entry, written as `name`, is a session of the role.
    pub(super) fn is_session_of(&self, name: &str, role: &Identity) -> bool {
        let Self::Session { account, role_name } = self else { return false };
        let partition = name.split(':').nth(1);
        *account == role.account && partition == Some(&role.partition) && role_name == role.name()
    }

    /// Whether the entry, written as `name`, covers the principal.
    #[expect(clippy::match_same_arms, reason = "the cases are decided in this order")]
    pub(super) fn covers(&self, name: &str, principal: &Principal) -> Tri {
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

pub(super) fn same_account(partition: Option<&str>, account: &str, principal: &Principal) -> bool {
    let Some((own_partition, own_account)) = principal.home() else { return false };
    own_account == account && partition.is_none_or(|partition| partition == own_partition)
}

/// The unique ids of identities that no longer exist:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.
pub(in crate::policy) fn is_deleted_identity(text: &str) -> bool {
    ["AROA", "AIDA", "AGPA", "ANPA", "AIPA"].iter().any(|prefix| text.starts_with(prefix))
        && text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
