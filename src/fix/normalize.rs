//! Documents that AWS would refuse for their spelling: names and words in the wrong case, principals and resources in a
//! shape that they cannot have. Only what can mean one thing is respelt.

use serde_json::{Map, Value, json};

use super::lists::{list, one_or_many};
use super::no_fix::NoFix;
use crate::checks::document::is_sample_name;
use crate::policy::{Document, DocumentKind, json};

/// Elements by the document's own spelling (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>).
const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const PRINCIPALS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

/// The document as AWS takes it, where its spelling is all that is wrong with it.
///
/// # Errors
/// What else AWS would refuse.
pub(super) fn normalize(text: &str, kind: DocumentKind, bucket: &str) -> Result<Map<String, Value>, NoFix> {
    let refused = |error: &dyn std::fmt::Display| NoFix::RefusedDocument(error.to_string());
    let original = Document::parse(text, kind);
    let Ok(Value::Object(root)) = serde_json::from_str(text) else {
        return Err(original.err().map_or_else(|| "it is not a JSON object".into(), |error| refused(&error)));
    };
    let Err(first) = original else { return Ok(root) };
    // A name that is there twice has two meanings, of which a reader of JSON shows one.
    if json::parse(text).is_ok_and(|node| repeats(&node)) {
        return Err(refused(&first));
    }
    let mut respelt = members(root, &DOCUMENT);
    if respelt.get("Version").is_some_and(|version| !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))) {
        respelt.insert("Version".to_owned(), json!("2012-10-17"));
    }
    if let Some(statements) = respelt.get_mut("Statement") {
        let is_list = statements.is_array();
        let all = list(statements).iter().map(|one| statement(one.clone(), kind, bucket)).collect();
        *statements = if is_list { Value::Array(all) } else { one_or_many(all) };
    }
    match Document::parse(&Value::Object(respelt.clone()).to_string(), kind) {
        Ok(_) => Ok(respelt),
        Err(left) => Err(refused(&left)),
    }
}

fn repeats(node: &json::Node<'_>) -> bool {
    match &node.value {
        json::Value::Array(items) => items.iter().any(repeats),
        json::Value::Object(members) => members.iter().enumerate().any(|(index, member)| {
            let earlier = members.iter().take(index);
            repeats(&member.value) || earlier.into_iter().any(|other| other.name.eq_ignore_ascii_case(&member.name))
        }),
        _ => false,
    }
}

/// The members with their names in the known spelling.
fn members(object: Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    let spelt = |name: String| {
        let right = known.iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
        right.map_or(name, |right| (*right).to_owned())
    };
    object.into_iter().map(|(name, value)| (spelt(name), value)).collect()
}

fn statement(value: Value, kind: DocumentKind, bucket: &str) -> Value {
    let Value::Object(statement) = value else { return value };
    let mut statement = members(statement, &STATEMENT);
    for (name, value) in &mut statement {
        match name.as_str() {
            "Effect" => {
                let same = |right: &&str| value.as_str().is_some_and(|text| text.trim().eq_ignore_ascii_case(right));
                if let Some(right) = ["Allow", "Deny"].into_iter().find(same) {
                    *value = json!(right);
                }
            }
            "Principal" | "NotPrincipal" => *value = principal(value.take()),
            "Action" | "NotAction" => each(value, |text| action(text, kind)),
            "Resource" | "NotResource" if kind == DocumentKind::Bucket => each(value, |text| resource(text, bucket)),
            _ => {}
        }
    }
    Value::Object(statement)
}

/// An account or ARN alone, or a list of such, is AWS's kind of principal; an account may have been written as a number.
fn principal(value: Value) -> Value {
    let mut kinds = match value {
        Value::String(text) if text != "*" => Map::from_iter([("AWS".to_owned(), json!(text))]),
        Value::Number(_) | Value::Array(_) => Map::from_iter([("AWS".to_owned(), value)]),
        Value::Object(kinds) => members(kinds, &PRINCIPALS),
        other => return other,
    };
    if let Some(names) = kinds.get_mut("AWS") {
        let texts = list(names).iter().map(|name| match name {
            Value::Number(number) => json!(number.to_string()),
            other => other.clone(),
        });
        *names = one_or_many(texts.collect());
    }
    Value::Object(kinds)
}

/// A bucket policy is about S3's actions alone, a key policy about those of KMS.
fn action(text: &str, kind: DocumentKind) -> Option<String> {
    let service = match kind {
        DocumentKind::Bucket => "s3",
        DocumentKind::Key => "kms",
    };
    let bare = text != "*" && !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '*');
    bare.then(|| format!("{service}:{text}"))
}

/// This bucket, or a placeholder for it, without the beginning of an ARN.
fn resource(text: &str, bucket: &str) -> Option<String> {
    let path = text.strip_prefix("s3://").unwrap_or(text);
    let name = path.split('/').next().unwrap_or_default();
    let placeholder = name.starts_with(['[', '{', '<']) || is_sample_name(name);
    (name == bucket || placeholder).then(|| format!("arn:aws:s3:::{path}"))
}

/// Rewrites the texts of a value or list.
fn each(value: &mut Value, rewrite: impl Fn(&str) -> Option<String>) {
    let rewrite = |item: &mut Value| {
        if let Some(right) = item.as_str().and_then(&rewrite) {
            *item = json!(right);
        }
    };
    match value {
        Value::Array(items) => items.iter_mut().for_each(rewrite),
        one => rewrite(one),
    }
}
