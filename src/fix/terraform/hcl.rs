//! The words of Terraform's language: texts, lists, and policies as data sources.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::fix::lists::list;
use crate::text::sanitise::is_disturbing;

/// A policy as a data source:
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>.
pub(super) fn policy_document(name: &str, policy: &Value) -> String {
    let mut text = format!("data \"aws_iam_policy_document\" \"{name}\" {{\n");
    let version = policy.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17");
    let id = policy.get("Id").and_then(Value::as_str);
    let mut head: Vec<(&str, String)> = Vec::new();
    head.extend((version != "2012-10-17").then(|| ("version", quoted(version))));
    head.extend(id.map(|id| ("policy_id", quoted(id))));
    let mut blocks: Vec<String> = Vec::new();
    if !head.is_empty() {
        blocks.push(aligned(&head, "  "));
    }
    let statements = policy.get("Statement").map(list).unwrap_or_default();
    let statements: Vec<_> = statements.iter().filter_map(Value::as_object).collect();
    blocks.extend(statements.iter().enumerate().map(|(index, one)| {
        let sid = one.get("Sid");
        let is_new = !statements.iter().take(index).any(|earlier| earlier.get("Sid") == sid);
        statement(one, sid.and_then(Value::as_str).filter(|_| is_new))
    }));
    text.push_str(&blocks.join("\n"));
    text.push_str("}\n");
    text
}

/// S3 and KMS take a Sid twice, and the data source does not: the second time it has to go.
fn statement(statement: &Map<String, Value>, sid: Option<&str>) -> String {
    let mut attributes: Vec<(&str, String)> = sid.map(|sid| ("sid", quoted(sid))).into_iter().collect();
    for (element, attribute) in [
        ("Effect", "effect"),
        ("Action", "actions"),
        ("NotAction", "not_actions"),
        ("Resource", "resources"),
        ("NotResource", "not_resources"),
    ] {
        let Some(value) = statement.get(element) else { continue };
        let value = match element {
            "Effect" => quoted(value.as_str().unwrap_or_default()),
            _ => texts(value),
        };
        attributes.push((attribute, value));
    }
    let mut blocks = vec![aligned(&attributes, "    ")];
    for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        let kinds: Vec<(&str, String)> = match statement.get(element) {
            Some(Value::Object(kinds)) => kinds.iter().map(|(kind, names)| (kind.as_str(), texts(names))).collect(),
            Some(everyone) => vec![("*", texts(everyone))],
            None => Vec::new(),
        };
        blocks.extend(kinds.into_iter().map(|(kind, names)| {
            format!("    {block} {{\n      type        = {}\n      identifiers = {names}\n    }}\n", quoted(kind))
        }));
    }
    let conditions = statement.get("Condition").and_then(Value::as_object);
    for (operator, keys) in conditions.into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            blocks.push(format!(
                "    condition {{\n      test     = {}\n      variable = {}\n      values   = {}\n    }}\n",
                quoted(operator),
                quoted(key),
                texts(values)
            ));
        }
    }
    format!("  statement {{\n{}  }}\n", blocks.join("\n"))
}

/// A list of texts on one line.
fn texts(value: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    };
    format!("[{}]", list(value).iter().map(text).collect::<Vec<_>>().join(", "))
}

/// Attributes one below the other, the signs of equality in a column.
fn aligned(attributes: &[(&str, String)], indent: &str) -> String {
    let width = attributes.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in attributes {
        let _ = writeln!(text, "{indent}{name:width$} = {value}");
    }
    text
}

/// A text in quotes, in which nothing is a template and nothing disturbs a terminal:
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        let _ = match (character, u32::from(character)) {
            ('"' | '\\', _) => write!(quoted, "\\{character}"),
            ('\n' | '\r' | '\t', _) => write!(quoted, "{}", character.escape_default()),
            (_, code @ ..=0xffff) if is_disturbing(character) => write!(quoted, "\\u{code:04x}"),
            (_, code) if is_disturbing(character) => write!(quoted, "\\U{code:08x}"),
            _ => write!(quoted, "{character}"),
        };
    }
    quoted.push('"');
    quoted.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_template_and_steers_no_terminal() {
        assert_eq!(quoted("a\"b\\${c}%{d}\n"), r#""a\"b\\$${c}%%{d}\n""#);
        assert_eq!(quoted("\u{8}\u{1b}\u{202e}\u{e0041}é"), r#""\u0008\u001b\u202e\U000e0041é""#);
    }
}
