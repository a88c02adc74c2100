//! One question: may this principal do this action on this resource, with what is known of the condition keys.

use super::Tri;
use super::case::lower_case;
use super::context::Context;
use super::kms_actions::KMS_ACTIONS;
use super::pattern::Pattern;
use super::principal::Principal;

/// What a question is about: one resource, or all that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Exactly this.
    One(String),
    /// Every one that begins so: `s3:` for every action of S3, `arn:aws:s3:::acme/` for every object of a bucket.
    Every(String),
}

impl Target {
    /// Whether a pattern matches it: for every one of many, where it certainly matches each of them. An action is in
    /// lower case by then.
    pub(crate) fn matched_by(&self, pattern: &Pattern, context: &Context) -> Tri {
        match self {
            Self::One(text) => pattern.matches_folded(text, context),
            Self::Every(beginning) => pattern.matches_framed(beginning, "", context),
        }
    }

    /// The text of it, with a star for the rest.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Every(beginning) => format!("{beginning}*"),
        }
    }
}

/// A request to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action, in lower case, as actions are compared.
    pub(crate) action: Target,
    /// The action as it was given.
    pub(crate) action_name: String,
    /// The ARN of what it is done to.
    pub(crate) resource: Target,
    /// The account that owns the resource.
    pub resource_account: Option<String>,
    /// The condition keys.
    pub context: Context,
}

impl Request {
    /// A request for one action on one resource; the keys that follow from the principal are filled in where `context`
    /// does not set them.
    #[must_use]
    pub fn new(
        principal: Principal,
        action: &str,
        resource: &str,
        resource_account: Option<&str>,
        context: Context,
    ) -> Self {
        let (action, resource) = (Target::One(action.to_owned()), Target::One(resource.to_owned()));
        Self::general(principal, action, resource, resource_account, context)
    }

    /// The same for actions and resources that may each be one or many.
    pub(crate) fn general(
        mut principal: Principal,
        action: Target,
        resource: Target,
        resource_account: Option<&str>,
        mut context: Context,
    ) -> Self {
        principal.learn_from(&context);
        principal.describe(&mut context);
        let action_name = action.text();
        let action = match action {
            Target::One(name) => Target::One(lower_case(&name)),
            Target::Every(beginning) => Target::Every(lower_case(&beginning)),
        };
        Self {
            principal,
            action,
            action_name,
            resource,
            resource_account: resource_account.map(str::to_owned),
            context,
        }
    }

    /// The action as it was given.
    #[must_use]
    pub fn action_name(&self) -> &str {
        &self.action_name
    }

    /// What it is done to.
    #[must_use]
    pub fn resource_text(&self) -> String {
        self.resource.text()
    }

    /// Whether it is a KMS operation that no policy can open to another account.
    #[must_use]
    pub fn is_closed_to_other_accounts(&self) -> bool {
        let Target::One(action) = &self.action else { return false };
        let other_account = match (self.principal.account(), &self.resource_account) {
            (Some(own), Some(owner)) => own != owner,
            _ => false,
        };
        let across_accounts =
            || KMS_ACTIONS.iter().any(|known| known.across_accounts && known.name.eq_ignore_ascii_case(action));
        action.starts_with("kms:") && other_account && !across_accounts()
    }
}
