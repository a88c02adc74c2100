//! Who makes a request.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.

mod covers;
mod element;

pub(crate) use covers::Covers;
pub(super) use covers::is_deleted_identity;
pub(crate) use element::telling_key;
pub(crate) use element::{PrincipalElement, PrincipalEntry};

use super::Tri;
use super::case::lower_case;
use super::context::{Context, KeyState};
use crate::names::{AccountId, Arn, InvalidName};

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Anyone at all, signed or not.
    Anyone,
    /// Any one principal of an account.
    AnyOf {
        /// The partition of the account.
        partition: String,
        /// The account.
        account: String,
    },
    /// Some session of a role, whatever its name.
    Role(Identity),
    /// A named session of a role.
    Session {
        /// The session itself.
        session: Identity,
        /// The role.
        role: SessionRole,
    },
    /// A user with access keys of its own.
    User(Identity),
    /// The root user of an account.
    Root(Identity),
    /// A user federated by STS.
    FederatedUser(Identity),
    /// An AWS service, by its name: `logging.s3.amazonaws.com`.
    Service(String),
    /// A request that is not signed.
    Anonymous,
}

/// The role of a session. A session's ARN shows the role's name, which is unique in its account, and not its path
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRole {
    /// Everything of the role's ARN before its path: `arn:aws:iam::111122223333:role/`.
    beginning: String,
    /// Its name.
    name: String,
    /// The whole ARN, once `aws:PrincipalArn` is known.
    arn: Option<String>,
}

impl SessionRole {
    /// The role of a session, given by the session's partition, account and role name.
    pub(crate) fn new(partition: &str, account: &str, name: &str) -> Self {
        Self { beginning: format!("arn:{partition}:iam::{account}:role/"), name: name.to_owned(), arn: None }
    }

    /// The role's ARN if it has no path.
    pub(crate) fn without_path(&self) -> String {
        format!("{}{}", self.beginning, self.name)
    }

    /// The whole ARN, where it is known.
    pub(crate) fn known_arn(&self) -> Option<&str> {
        self.arn.as_deref()
    }

    /// The ARNs that it may have, as values of an ARN operator.
    pub(crate) fn with_any_path(&self) -> [String; 2] {
        [self.without_path(), format!("{}*/{}", self.beginning, self.name)]
    }

    /// Whether an ARN may be that of the role, by everything but its path.
    pub(crate) fn may_be(&self, arn: &str) -> bool {
        self.is(arn) != Tri::False
    }

    /// Whether an ARN is that of the role: one without a path is, because AWS found the role when it saved the policy; one
    /// with a path may be.
    fn is(&self, arn: &str) -> Tri {
        if let Some(own) = &self.arn {
            return (own == arn).into();
        }
        let Some(path) = arn.strip_prefix(&self.beginning).and_then(|rest| rest.strip_suffix(&self.name)) else {
            return Tri::False;
        };
        if path.is_empty() { Tri::True } else { Tri::from(path.ends_with('/')).and(Tri::Unknown) }
    }

    /// What is known of `aws:PrincipalArn`.
    fn principal_arn(&self) -> KeyState {
        match &self.arn {
            Some(arn) => KeyState::known(arn),
            None => KeyState::OneOf(vec![
                KeyState::known(self.without_path()),
                KeyState::Framed { beginning: self.beginning.clone(), end: format!("/{}", self.name) },
            ]),
        }
    }
}

/// An ARN and the account in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The whole ARN.
    pub arn: String,
    /// Its partition.
    pub partition: String,
    /// Its account.
    pub account: String,
}

impl Identity {
    /// What its ARN ends in: the name of a role, user or session.
    pub(crate) fn name(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }
}

impl Principal {
    /// Reads the ARN of a role, role session, user, federated user or account root, `*` for an anonymous caller, or the
    /// name of a service (`….amazonaws.com`).
    ///
    /// # Errors
    /// When the text is none of these.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text == "*" {
            return Ok(Self::Anonymous);
        }
        if !text.starts_with("arn:") && text.contains(".amazonaws.com") {
            return Ok(Self::Service(text.to_owned()));
        }
        let arn = Arn::parse(text)?;
        AccountId::parse(&arn.account)?;
        let identity =
            Identity { arn: text.to_owned(), partition: arn.partition.clone(), account: arn.account.clone() };
        let named = |kind: &str| arn.resource.strip_prefix(kind).is_some_and(|name| !name.is_empty());
        match arn.service.as_str() {
            "iam" if arn.resource == "root" => Ok(Self::Root(identity)),
            "iam" if named("role/") => Ok(Self::Role(identity)),
            "iam" if named("user/") => Ok(Self::User(identity)),
            "sts" if named("federated-user/") => Ok(Self::FederatedUser(identity)),
            "sts" if named("assumed-role/") => match arn.resource.split('/').collect::<Vec<_>>().as_slice() {
                [_, role, name] if !role.is_empty() && !name.is_empty() => {
                    let role = SessionRole::new(&arn.partition, &arn.account, role);
                    Ok(Self::Session { session: identity, role })
                }
                _ => Err(InvalidName("a session's ARN ends in `assumed-role/ROLE/SESSION`".to_owned())),
            },
            _ => Err(InvalidName(
                "only a role, a role session, a user or an account root makes requests: give the ARN of one".to_owned(),
            )),
        }
    }

    /// The account that the principal belongs to.
    pub(crate) fn account(&self) -> Option<&str> {
        self.home().map(|(_, account)| account)
    }

    /// The partition and the account that the principal belongs to.
    fn home(&self) -> Option<(&str, &str)> {
        match self {
            Self::AnyOf { partition, account } => Some((partition, account)),
            Self::Role(own)
            | Self::User(own)
            | Self::Root(own)
            | Self::FederatedUser(own)
            | Self::Session { session: own, .. } => Some((&own.partition, &own.account)),
            Self::Anyone | Self::Service(_) | Self::Anonymous => None,
        }
    }

    /// Takes over what the context tells of the principal: a session's role, by `aws:PrincipalArn`.
    pub(crate) fn learn_from(&mut self, context: &Context) {
        let Self::Session { role, .. } = self else { return };
        role.arn = None;
        if let KeyState::Known(values) = context.get("aws:principalarn")
            && let [arn] = values.as_slice()
            && role.may_be(arn)
        {
            role.arn = Some(arn.clone());
        }
    }

    /// Fills in the keys that follow from the principal itself, where they are not set yet: `aws:PrincipalArn`,
    /// `aws:PrincipalAccount` and `aws:PrincipalType`
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>).
    pub(crate) fn describe(&self, context: &mut Context) {
        let known = |value: &str| KeyState::known(value);
        let (arn, kind) = match self {
            Self::Anyone => (KeyState::Unknown, KeyState::Unknown),
            Self::AnyOf { partition, account } => {
                (KeyState::begins_with(format!("arn:{partition}:iam::{account}:")), KeyState::Present)
            }
            Self::Role(identity) => (known(&identity.arn), known("AssumedRole")),
            Self::Session { role, .. } => (role.principal_arn(), known("AssumedRole")),
            Self::User(identity) => (known(&identity.arn), known("User")),
            Self::Root(identity) => (known(&identity.arn), known("Account")),
            Self::FederatedUser(identity) => (known(&identity.arn), known("FederatedUser")),
            Self::Service(_) => (KeyState::Absent, KeyState::Unknown),
            Self::Anonymous => (KeyState::Absent, known("Anonymous")),
        };
        let account = match self {
            Self::Anyone => KeyState::Unknown,
            // The key is there in every request (IAM condition keys, aws:PrincipalAccount).
            Self::Anonymous => known("anonymous"),
            Self::Service(_) => KeyState::Present,
            _ => self.account().map_or(KeyState::Absent, KeyState::known),
        };
        for (key, state) in [("aws:PrincipalArn", arn), ("aws:PrincipalAccount", account), ("aws:PrincipalType", kind)]
        {
            // Of a session's role everything but the path is known.
            let narrows = matches!(self, Self::Session { .. }) && *context.get(&lower_case(key)) == KeyState::Unknown;
            if narrows || !context.is_set(key) {
                context.set(key, state);
            }
        }
    }
}
