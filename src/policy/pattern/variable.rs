//! Policy variables, and the parts of a pattern that has some.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.

use super::PatternKind;
use crate::policy::case::{fold, lower_case};
use crate::policy::context::{Context, KeyState};
use crate::policy::glob::{self, Token};

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Tokens(Vec<Token>),
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variable {
    /// In lower case.
    pub(super) key: String,
    pub(super) default: Option<String>,
}

/// The value of a variable in one request.
pub(super) enum Value<'a> {
    Text(&'a str),
    /// It has no value, so that nothing matches.
    None,
    /// It may have any value.
    Open,
}

/// The pieces of a text with variables; `${*}`, `${?}` and `${$}` are the characters themselves.
pub(super) fn pieces(text: &str, kind: PatternKind) -> Result<Vec<Piece>, String> {
    let own = |text: &str, wildcards: bool| glob::tokens(&fold(text, kind.ignores_case()), wildcards).collect();
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, from_variable)) = rest.split_once("${") {
        let Some((inside, after)) = from_variable.split_once('}') else {
            return Err(format!("`{text}` has a `${{` that is never closed"));
        };
        if !before.is_empty() {
            pieces.push(Piece::Tokens(own(before, kind.has_wildcards())));
        }
        pieces.push(match inside {
            "*" | "?" | "$" => Piece::Tokens(own(inside, false)),
            _ => Piece::Variable(Variable::parse(inside)),
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Tokens(own(rest, kind.has_wildcards())));
    }
    Ok(pieces)
}

impl Variable {
    fn parse(inside: &str) -> Self {
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => {
                let default = default.trim();
                let unquoted = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                (key, Some(unquoted.unwrap_or(default).to_owned()))
            }
            None => (inside, None),
        };
        Self { key: lower_case(key.trim()), default }
    }

    /// Whether the request has the key with an empty value.
    pub(super) fn is_empty(&self, context: &Context) -> bool {
        matches!(context.get(&self.key), KeyState::Known(values) if values.iter().all(String::is_empty))
    }

    /// The value; an empty one counts as none unless `empty_counts`.
    pub(super) fn value<'a>(&'a self, context: &'a Context, empty_counts: bool) -> Value<'a> {
        let absent = || self.default.as_deref().map_or(Value::None, Value::Text);
        if !may_be_a_key(&self.key) {
            return absent();
        }
        match context.get(&self.key) {
            KeyState::Known(values) => match values.as_slice() {
                [empty] if empty.is_empty() && !empty_counts => absent(),
                [value] => Value::Text(value),
                _ => Value::Open,
            },
            KeyState::Absent => absent(),
            _ => Value::Open,
        }
    }
}

/// What the Serverless Framework's own variables begin with (<https://www.serverless.com/framework/docs/guides/variables>).
const OF_TEMPLATES: [&str; 6] = ["self", "opt", "env", "sls", "cf", "param"];

/// Whether a condition key may be called so: a service, or an identity provider, and a name. What templates call theirs is
/// none: `${bucket}`, `${AWS::Region}` of `CloudFormation`, `${self:custom.bucket}`.
pub(super) fn may_be_a_key(name: &str) -> bool {
    let Some((service, name)) = name.split_once(':') else { return false };
    let is_service = service.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/".contains(c));
    is_service && !OF_TEMPLATES.contains(&service) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}
