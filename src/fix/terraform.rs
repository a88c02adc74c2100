//! The documents as Terraform's language, laid out as `terraform fmt` does.

use std::fmt::Write;

use serde_json::Value;

use crate::text::sanitise::{self, is_disturbing};
use crate::vendor::documents::{self, Encryption, KeyReference};
use crate::vendor::requests::VendorRequests;

/// The resources of the AWS provider that put the documents in place. The key policy's statement is a local value: the
/// key's policy is one document, with statements that are not ours to know.
#[must_use]
pub fn resources(vendor: &VendorRequests<'_>, encryption: &Encryption) -> String {
    let name = &vendor.connection.bucket;
    let mut policy = expression(&documents::bucket_policy(vendor), 1);
    let mut bucket = expression(&Value::from(vendor.snapshot.bucket.as_str()), 1);
    if name.is_address() {
        // Only Terraform knows what the bucket will be called.
        let resource = sanitise::visible(name.as_str());
        policy = policy.replace(bucket.trim_matches('"'), &format!("${{{resource}.id}}"));
        bucket = format!("{resource}.id");
    }
    let mut text = format!(
        "resource \"aws_s3_bucket_public_access_block\" \"sailthru_connect\" {{\n  bucket = {bucket}\n\n  \
         block_public_acls       = true\n  ignore_public_acls      = true\n  block_public_policy     = true\n  \
         restrict_public_buckets = true\n}}\n\n\
         resource \"aws_s3_bucket_server_side_encryption_configuration\" \"sailthru_connect\" {{\n  bucket = {bucket}\n\n  \
         rule {{\n{}  }}\n}}\n\n\
         resource \"aws_s3_bucket_policy\" \"sailthru_connect\" {{\n  bucket = {bucket}\n  policy = jsonencode({policy})\n}}\n",
        encryption_rule(encryption)
    );
    if encryption.key().is_some() {
        let statement = expression(&documents::key_statement(vendor), 1);
        let _ = write!(
            text,
            "\n# Add this to the statements of the key's policy: Statement = [..., local.sailthru_connect_key_statement]\n\
             locals {{\n  sailthru_connect_key_statement = {statement}\n}}\n"
        );
    }
    text
}

fn encryption_rule(encryption: &Encryption) -> String {
    let by_default = |lines: &str| format!("    apply_server_side_encryption_by_default {{\n{lines}    }}\n");
    let with_key = |algorithm: &str, key: &KeyReference| {
        let key = match key {
            KeyReference::Arn(arn) => format!("\"{arn}\""),
            KeyReference::Planned(expression) => sanitise::visible(expression).into_owned(),
        };
        by_default(&format!("      sse_algorithm     = \"{algorithm}\"\n      kms_master_key_id = {key}\n"))
    };
    match encryption {
        Encryption::S3 => by_default("      sse_algorithm = \"AES256\"\n"),
        Encryption::Kms(key) => with_key("aws:kms", key) + "    bucket_key_enabled = true\n",
        Encryption::Dsse(key) => with_key("aws:kms:dsse", key),
    }
}

/// A JSON value as an expression, on a line that is indented `depth` times.
fn expression(value: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let mut lines = String::new();
            for item in items {
                let _ = writeln!(lines, "{indent}{},", expression(item, depth + 1));
            }
            format!("[\n{lines}{end}]")
        }
        Value::Object(members) => {
            let members: Vec<(String, String)> =
                members.iter().map(|(name, value)| (attribute(name), expression(value, depth + 1))).collect();
            format!("{{\n{}{end}}}", aligned(&members, &indent))
        }
        other => other.to_string(),
    }
}

/// Attributes one below the other, the signs of equality of neighbouring one-line ones in a column.
fn aligned(members: &[(String, String)], indent: &str) -> String {
    let one_line = |(_, value): &(String, String)| !value.contains('\n');
    let mut text = String::new();
    for run in members.chunk_by(|one, other| one_line(one) && one_line(other)) {
        let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in run {
            let _ = writeln!(text, "{indent}{name:width$} = {value}");
        }
    }
    text
}

/// A name that is no identifier is quoted.
fn attribute(name: &str) -> String {
    let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if identifier { name.to_owned() } else { quoted(name) }
}

/// A text in quotes, in which nothing is a template and nothing disturbs a terminal:
/// <https://developer.hashicorp.com/terraform/language/expressions/strings>.
fn quoted(text: &str) -> String {
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
