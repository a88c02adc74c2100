//! What S3 and KMS refuse at the moment a policy is saved, beyond what no reader of a policy understands.
//!
//! The rules count for documents that are still to be put: S3 took the ones in force. Some refusals were seen, with S3's or
//! KMS's own words, in public reports, each of which is named as a rule's source. Others follow from the documentation, but
//! nobody wrote down that they happen: a document may be refused for them.

use super::json::Span;
use super::{Document, DocumentKind, InvalidDocument, Principal};

mod bucket;
mod key;
mod lookup;
mod shared;
mod variables;

pub(crate) use lookup::names as s3_actions;

/// What a document is to be attached to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'a> {
    /// The bucket with this ARN.
    Bucket(&'a str),
    /// A key.
    Key(KeyOwner<'a>),
}

/// Who may be locked out of a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyOwner<'a> {
    /// The key's account, where it is known.
    pub(crate) account: Option<&'a str>,
    /// The partition of the account.
    pub(crate) partition: &'a str,
    /// Who is to save the policy, where that is known.
    pub(crate) caller: Option<&'a Principal>,
}

/// One reason for which a document is, or may be, refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Objection {
    /// Whether the service was seen to refuse for it; else it probably does.
    pub(crate) seen: bool,
    /// What the service answers, where that is known.
    pub(crate) answer: Option<String>,
    /// What in the document it is about: a clause that names the statement.
    pub(crate) cause: String,
    /// What to write instead: a sentence.
    pub(crate) advice: String,
    /// The statement, where it is about one.
    pub(crate) statement: Option<usize>,
    /// What a change can take out, where that is all it takes.
    pub(crate) culprit: Option<Culprit>,
    /// Whether it is that nobody in the key's account could change the policy any more.
    pub(crate) is_lockout: bool,
    /// Where the culprit is in the text.
    pub(crate) span: Span,
    /// Where the refusal was seen, or what it is inferred from.
    pub(crate) source: &'static str,
}

/// The word of a statement that the service objects to, as it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Culprit {
    /// An entry of Principal or `NotPrincipal`.
    Principal(String),
    /// An entry of Action.
    Action(String),
    /// An entry of Resource.
    Resource(String),
    /// A condition that is never about one of the statement's actions.
    Condition {
        /// The operator.
        operator: String,
        /// The key.
        key: String,
        /// The action.
        action: String,
        /// Whether the condition holds for requests without the key.
        holds_without_key: bool,
    },
}

impl Objection {
    /// A refusal that was seen.
    fn seen(answer: impl Into<String>, source: &'static str) -> Self {
        Self { seen: true, answer: Some(answer.into()), ..Self::inferred(source) }
    }

    /// A refusal that nobody has seen, but that the documentation lets one expect.
    fn inferred(source: &'static str) -> Self {
        Self {
            seen: false,
            answer: None,
            cause: String::new(),
            advice: String::new(),
            statement: None,
            culprit: None,
            is_lockout: false,
            span: Span::default(),
            source,
        }
    }

    fn at(self, statement: usize, span: Span) -> Self {
        Self { statement: Some(statement), span, ..self }
    }

    fn about(self, culprit: Culprit) -> Self {
        Self { culprit: Some(culprit), ..self }
    }

    fn because(self, cause: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { cause: cause.into(), advice: advice.into(), ..self }
    }

    /// A sentence for the report: `S3 refuses this policy with "Policy has invalid resource": …`.
    pub(crate) fn sentence(&self, kind: DocumentKind) -> String {
        let service = kind.service();
        let cause = &self.cause;
        match (&self.answer, self.seen) {
            (Some(answer), true) => format!("{service} refuses this policy with \"{answer}\": {cause}."),
            (None, true) => format!("{service} refuses this policy: {cause}."),
            (_, false) => format!("{service} will probably refuse this policy: {cause}."),
        }
    }
}

impl Target<'_> {
    fn kind(self) -> DocumentKind {
        match self {
            Self::Bucket(_) => DocumentKind::Bucket,
            Self::Key(_) => DocumentKind::Key,
        }
    }
}

/// Why the service would refuse a document that is still to be saved; empty where no reason is known. Places are those in
/// the text [`without_lead`].
pub(crate) fn judge(text: &str, target: Target<'_>) -> Vec<Objection> {
    let kind = target.kind();
    let body = without_lead(text);
    let mut objections: Vec<Objection> = shared::first_byte(text, kind).into_iter().collect();
    match Document::parse(body, kind) {
        Err(error) => objections.push(unreadable(body, &error, kind)),
        Ok(document) => objections.extend(match target {
            Target::Bucket(arn) => bucket::objections(&document, arn),
            Target::Key(owner) => key::objections(&document, body, owner),
        }),
    }
    objections
}

/// The text from its first character that is neither white space nor a byte order mark.
pub(crate) fn without_lead(text: &str) -> &str {
    text.trim_start_matches(|first: char| first == '\u{feff}' || first.is_ascii_whitespace())
}

/// A document in which the grammar itself is broken.
fn unreadable(text: &str, error: &InvalidDocument, kind: DocumentKind) -> Objection {
    const GRAMMAR: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html";
    let objection = match answer(text, error).filter(|_| kind == DocumentKind::Bucket) {
        Some(answer) => Objection::seen(answer, GRAMMAR),
        None => Objection { seen: true, ..Objection::inferred(GRAMMAR) },
    };
    Objection { span: error.span, ..objection.because(error.to_string(), format!("Correct it: {}.", error.message)) }
}

/// The words in which S3 refuses a document for its grammar, as far as they are known.
fn answer(text: &str, error: &InvalidDocument) -> Option<String> {
    if error.not_json {
        return Some("Policies must be valid JSON and the first byte must be '{'".to_owned());
    }
    let document: serde_json::Value = serde_json::from_str(text).ok()?;
    if document.get("Statement").is_none() {
        return Some("Missing required field Statement".to_owned());
    }
    let element = error.path.rsplit('.').next().unwrap_or_default().split('[').next().unwrap_or_default();
    match element {
        "Effect" => {
            let pointer = error.path.replace(['.', '['], "/").replace(']', "");
            let effect = document.pointer(&format!("/{pointer}")).and_then(|value| value.as_str())?;
            Some(format!("Invalid effect: {effect}"))
        }
        "Principal" => Some("Invalid principal in policy".to_owned()),
        "Action" | "NotAction" => Some("Policy has invalid action".to_owned()),
        "Resource" | "NotResource" => Some("Policy has invalid resource".to_owned()),
        "Statement" => {
            let statements = document.get("Statement")?;
            let index = error.path.split(['[', ']']).nth(1).and_then(|index| index.parse::<usize>().ok());
            let statement = index.map_or(Some(statements), |index| statements.get(index))?;
            let missing = [
                ("Effect", "Effect"),
                ("Principal", "NotPrincipal"),
                ("Action", "NotAction"),
                ("Resource", "NotResource"),
            ];
            let (name, _) = missing.into_iter().find(|(name, not)| {
                statement.is_object() && statement.get(name).is_none() && statement.get(not).is_none()
            })?;
            Some(format!("Missing required field {name}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
