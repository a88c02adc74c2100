//! Questions to the evaluator as JSON, and its answers, docs/design/interfaces.md#simulate.

use serde_json::{Value as Json, json};

use super::case::lower_case;
use super::context::{Context, KeyState};
use super::decide::decide;
use super::document::{Document, DocumentKind, SIZE_LIMIT};
use super::json::{self, Node, Value};
use super::principal::Principal;
use super::request::Request;
use super::weigh::Decision;
use crate::names::{AccountId, Arn};

/// Lines longer than this, in bytes, are not read: a policy has at most 32,768.
pub const LINE_LIMIT: usize = 1 << 20;

/// A question, read from one line of JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The policy.
    pub document: Document,
    /// What is asked of it.
    pub request: Request,
}

/// A context value as a person or a program gives it.
pub type Given = (String, Vec<String>);

/// Builds a request from its parts, as `simulate` takes them. Keys neither given nor named as unknown are absent;
/// the unknown key `*` makes every key that is not given unknown.
///
/// # Errors
/// When the principal, the resource account or the action cannot be read.
pub fn request(
    principal: &str,
    action: &str,
    resource: &str,
    resource_account: Option<&str>,
    given: &[Given],
    unknown: &[String],
) -> Result<Request, String> {
    let principal = Principal::parse(principal).map_err(|error| format!("principal `{principal}`: {error}"))?;
    if !action.contains(':') || action.contains(['*', '?']) {
        return Err(format!("action: `{action}` is not one action: give a name like `s3:PutObject`"));
    }
    let arn = Arn::parse(resource).map_err(|error| format!("resource `{resource}`: {error}"))?;
    if let Some(account) = resource_account {
        AccountId::parse(account).map_err(|error| format!("resource_account `{account}`: {error}"))?;
    }
    let account = resource_account.or(Some(arn.account.as_str()).filter(|account| !account.is_empty()));
    let everything = unknown.iter().any(|key| key == "*");
    let mut context = Context::new(if everything { KeyState::Unknown } else { KeyState::Absent });
    for key in unknown.iter().filter(|key| *key != "*") {
        context.set(key, KeyState::Unknown);
    }
    for (key, values) in given {
        let state = if values.is_empty() { KeyState::Absent } else { KeyState::Known(values.clone()) };
        context.set(key, state);
    }
    Ok(Request::new(principal, action, resource, account, context))
}

/// The kind of document that an action is judged by.
#[must_use]
pub fn kind_of(action: &str) -> DocumentKind {
    let kms = action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("kms"));
    if kms { DocumentKind::Key } else { DocumentKind::Bucket }
}

/// Answers one line of a batch; a line that cannot be read, or is longer than a policy may be, is answered too.
#[must_use]
pub fn answer_line(line: &str) -> String {
    if line.len() > LINE_LIMIT {
        return unreadable_line(line, &format!("the line is {} bytes long; the limit is {LINE_LIMIT}", line.len()));
    }
    match json::parse(line.trim()) {
        Ok(node) => {
            let answered = match read_question(&node) {
                Ok(question) => answer(&question),
                Err(message) => invalid(&message),
            };
            with_id(&answered, line.trim(), node.member("id"))
        }
        Err(error) => unreadable_line(line, &format!("not JSON: column {}: {}", error.offset + 1, error.message)),
    }
}

/// The answer to a line that is no JSON, or no text in the first place: with its id where one is before the fault.
#[must_use]
pub fn unreadable_line(line: &str, message: &str) -> String {
    let id = json::salvage_member(line.trim(), "id");
    with_id(&invalid(message), line.trim(), id.as_ref())
}

/// An answer as a line, with the id that the question has: to the digit, where it is a number that readers of JSON take.
fn with_id(answer: &Json, question: &str, id: Option<&Node<'_>>) -> String {
    let Some(Node { value, span }) = id else { return answer.to_string() };
    let text = question.get(span.start..span.end).unwrap_or_default();
    let id = match value {
        Value::Number(_) if text.parse().is_ok_and(f64::is_finite) => text.to_owned(),
        _ => serde_json::from_str(text).unwrap_or(Json::Null).to_string(),
    };
    answer.to_string().replacen("{\"id\":null", &format!("{{\"id\":{id}"), 1)
}

/// The answer to a question, as one JSON object.
#[must_use]
pub fn answer(Question { document, request }: &Question) -> Json {
    let decision = decide(document, request);
    let statements: Vec<Json> = document
        .statements_at(&decision.statements)
        .map(|statement| json!({"index": statement.index, "sid": statement.sid.as_deref(), "effect": statement.effect.as_str()}))
        .collect();
    json!({"id": null, "decision": decision.outcome.as_str(), "statements": statements, "depends_on": depends_on(&decision, request)})
}

/// The keys that could tip a decision and that the question leaves unknown: where the documentation leaves a principal open, no
/// key of it is named.
#[must_use]
pub fn depends_on<'a>(decision: &'a Decision, request: &Request) -> Vec<&'a str> {
    let unknown = |key: &&str| !request.context.get(&lower_case(key)).is_certain();
    decision.depends_on.iter().map(String::as_str).filter(unknown).collect()
}

/// The answer to what cannot be read, as one JSON object.
#[must_use]
pub fn invalid(message: &str) -> Json {
    json!({"id": null, "decision": "invalid", "statements": [], "depends_on": [], "message": message})
}

fn read_question(node: &Node<'_>) -> Result<Question, String> {
    if !matches!(node.value, Value::Object(_)) {
        return Err(format!("expected an object, found {}", node.kind()));
    }
    let action = node.text("action")?;
    let policy = node.member("policy").ok_or("policy: is missing")?;
    let kind = kind_of(action);
    let document = match &policy.value {
        Value::String(text) => Document::parse(text, kind).map_err(|error| format!("policy: {error}"))?,
        _ if policy.span.end - policy.span.start > SIZE_LIMIT => {
            return Err("policy: it is longer than a mebibyte; S3 takes 20,480 bytes and KMS 32,768".to_owned());
        }
        _ => Document::from_node(policy, kind).map_err(|refusal| {
            let place = if refusal.path.is_empty() { String::new() } else { format!("{}: ", refusal.path) };
            format!("policy: {place}{}", refusal.message)
        })?,
    };
    let resource_account = node.optional("resource_account").map(|_| node.text("resource_account")).transpose()?;
    let given = node.optional("context").map(read_context).transpose()?.unwrap_or_default();
    let unknown = node.optional("unknown").map(|list| list.names("unknown")).transpose()?.unwrap_or_default();
    let request = request(node.text("principal")?, action, node.text("resource")?, resource_account, &given, &unknown)?;
    Ok(Question { document, request })
}

fn read_context(node: &Node<'_>) -> Result<Vec<Given>, String> {
    let Value::Object(members) = &node.value else { return Err("context: expected an object".to_owned()) };
    members
        .iter()
        .map(|member| Ok((member.name.clone().into_owned(), member.value.texts(&format!("context.{}", member.name))?)))
        .collect()
}

impl Node<'_> {
    fn member(&self, name: &str) -> Option<&Self> {
        match &self.value {
            Value::Object(members) => {
                members.iter().rev().find(|member| member.name == name).map(|member| &member.value)
            }
            _ => None,
        }
    }

    /// A member that is neither left out nor null.
    fn optional(&self, name: &str) -> Option<&Self> {
        self.member(name).filter(|member| member.value != Value::Null)
    }

    fn text(&self, name: &str) -> Result<&str, String> {
        match self.member(name).map(|node| &node.value) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(format!("{name}: expected a string")),
            None => Err(format!("{name}: is missing")),
        }
    }

    /// A string, or a list of them.
    fn names(&self, path: &str) -> Result<Vec<String>, String> {
        let name = |node: &Node<'_>| match &node.value {
            Value::String(text) if !text.is_empty() => Ok(text.clone().into_owned()),
            _ => Err(format!("{path}: expected the name of a condition key, or a list of them")),
        };
        self.items().iter().map(name).collect()
    }

    /// A string, number or boolean, or a list of them, as texts.
    fn texts(&self, path: &str) -> Result<Vec<String>, String> {
        let text = |node: &Node<'_>| match &node.value {
            Value::String(text) => Ok(text.clone().into_owned()),
            Value::Number(text) => Ok((*text).to_owned()),
            Value::Bool(value) => Ok(value.to_string()),
            _ => Err(format!("{path}: expected a string, number or boolean, or a list of them")),
        };
        self.items().iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_to_the_digit() {
        for (id, expected) in [
            ("12345678901234567890123", "12345678901234567890123"),
            ("1.50", "1.50"),
            ("\"a\\u0062\"", "\"ab\""),
            ("[1, {\"a\": null}]", "[1,{\"a\":null}]"),
            ("1e999", "null"),
        ] {
            for line in [format!("{{\"id\": {id}}}"), format!("{{\"id\": {id}, \"policy\": ")] {
                let answer = answer_line(&line);
                assert!(
                    answer.starts_with(&format!("{{\"id\":{expected},\"decision\":\"invalid\"")),
                    "{line}: {answer}"
                );
            }
        }
        assert!(unreadable_line("{\"id\": 7, \"policy\": \"\u{fffd}", "not text").starts_with("{\"id\":7,"));
        assert!(answer_line("").starts_with("{\"id\":null,"));
    }
}
