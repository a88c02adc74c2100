//! The documents in Terraform's language, as users of the AWS provider write them and as `terraform fmt` lays them out.
//!
//! Policies are `aws_iam_policy_document` data sources. What a plan has a resource for is shown as a change to that resource,
//! so that nothing here collides with it.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::changes::{Change, Plan};
use crate::report::DocumentName;
use crate::text::sanitise::{self, is_disturbing};
use crate::vendor::documents::{self, Encryption, KeyReference};
use crate::vendor::requests::VendorRequests;

/// What holds the place of the bucket's name where that is an expression.
const BUCKET: &str = "sailthru-connect-bucket-name";

/// Where the configuration has things.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// A reference to the bucket's name, such as `aws_s3_bucket.exports.bucket`.
    pub bucket: Option<String>,
    /// The resources that hold documents, by the names of `stc-check fix`: `bucket-policy`, `aws_s3_bucket_policy.exports`.
    pub resources: Vec<(String, String)>,
}

impl Configuration {
    fn resource(&self, document: &str) -> Option<&str> {
        self.resources.iter().find(|(name, _)| name == document).map(|(_, address)| address.as_str())
    }

    /// A whole resource, or the attributes to set in the one that there is.
    fn place(&self, document: &str, kind: &str, identity: &str, body: &str) -> String {
        match self.resource(document) {
            Some(address) => {
                let lines = body.lines().fold(String::new(), |lines, line| lines + "#" + line + "\n");
                format!("{}{lines}", comment(&format!("Change `{address}`:")))
            }
            None => format!("resource \"{kind}\" \"sailthru_connect\" {{\n{identity}{body}}}\n"),
        }
    }

    fn bucket(&self, name: &str) -> String {
        self.bucket.clone().unwrap_or_else(|| quoted(name))
    }
}

/// All that a bucket needs from scratch. The key policy's statement is a data source of its own, to be named among the
/// `source_policy_documents` of the key's policy: that has statements which are not ours to know.
#[must_use]
pub fn resources(vendor: &VendorRequests<'_>, encryption: &Encryption, configuration: &Configuration) -> String {
    let name = &vendor.connection.bucket;
    let mut bucket = configuration.bucket(&vendor.snapshot.bucket);
    let mut policy = documents::bucket_policy(vendor).to_string();
    let mut placeholder = None;
    if name.is_address() {
        // Only Terraform knows what the bucket will be called.
        let resource = sanitise::visible(name.as_str());
        bucket = format!("{resource}.id");
        placeholder = Some(format!("${{{bucket}}}"));
        policy = policy.replace(name.as_str(), BUCKET);
    }
    let policy: Value = serde_json::from_str(&policy).unwrap_or_default();
    let key = encryption.key().map(|key| match key {
        KeyReference::Arn(arn) => quoted(&arn.to_string()),
        KeyReference::Planned(expression) => sanitise::visible(expression).into_owned(),
    });
    let rule = documents::default_encryption(encryption);
    let policy = bucket_policy(&policy, &bucket, configuration);
    let mut parts = vec![
        access_block(&documents::public_access_block(), &bucket, configuration),
        default_encryption(&rule, key, &bucket, configuration),
        placeholder.map_or_else(|| policy.clone(), |placeholder| policy.replace(BUCKET, &placeholder)),
    ];
    if encryption.key().is_some() {
        let statement = serde_json::json!({"Version": "2012-10-17", "Statement": [documents::key_statement(vendor)]});
        parts.push(format!(
            "# Add this to the key's policy: name its `json` among the `source_policy_documents` of that data source.\n{}",
            policy_document("sailthru_connect_key_statement", &statement)
        ));
    }
    parts.join("\n")
}

/// The changes of a plan, each document once, in the order in which they are to be made.
#[must_use]
pub fn changes(plan: &Plan, bucket: &str, configuration: &Configuration) -> String {
    let bucket = configuration.bucket(bucket);
    let mut seen: Vec<DocumentName> = Vec::new();
    let mut changes: Vec<&Change> = plan.changes.iter().collect();
    // A later step holds the changes of the one before.
    changes.sort_by_key(|change| (change.document, !change.optional));
    let mut parts = Vec::new();
    for change in changes {
        if seen.contains(&change.document) {
            continue;
        }
        seen.push(change.document);
        let optional = if change.optional { "# Optional: this also decides what is not known.\n" } else { "" };
        parts.push(format!("{optional}{}", one(change, &bucket, configuration)));
    }
    for unfixable in &plan.unfixable {
        parts.push(comment(&format!(
            "No change fixes {}: {} Who can: {}.",
            unfixable.check, unfixable.why, unfixable.who
        )));
    }
    if parts.is_empty() { "# There is nothing to change.\n".to_owned() } else { parts.join("\n") }
}

fn one(change: &Change, bucket: &str, configuration: &Configuration) -> String {
    let after = &change.after;
    let identity = format!("  bucket = {bucket}\n\n");
    match change.document {
        DocumentName::BucketPolicy => bucket_policy(after, bucket, configuration),
        DocumentName::KeyPolicy => {
            let key = change.commands.first().map(|line| crate::text::shell::words(line)).unwrap_or_default();
            let key = key.iter().skip_while(|word| *word != "--key-id").nth(1).cloned().unwrap_or_default();
            let body = "  policy = data.aws_iam_policy_document.sailthru_connect_key_policy.json\n";
            let identity = format!("  key_id = {}\n", quoted(&key));
            format!(
                "{}\n{}",
                policy_document("sailthru_connect_key_policy", after),
                configuration.place("key-policy", "aws_kms_key_policy", &identity, body)
            )
        }
        DocumentName::PublicAccessBlock => access_block(after, bucket, configuration),
        DocumentName::DefaultEncryption => default_encryption(after, None, bucket, configuration),
        DocumentName::OwnershipControls => configuration.place(
            "ownership-controls",
            "aws_s3_bucket_ownership_controls",
            &identity,
            "  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n",
        ),
        DocumentName::RequestPayment => configuration.place(
            "request-payment",
            "aws_s3_bucket_request_payment_configuration",
            &format!("  bucket = {bucket}\n"),
            "  payer  = \"BucketOwner\"\n",
        ),
        DocumentName::Acl => comment(
            "Take the other grants out of the bucket's access control list (`aws_s3_bucket_acl`), or leave it out once access control lists are off.",
        ),
        DocumentName::ObjectLock => {
            comment("Take the `rule` out of the bucket's `aws_s3_bucket_object_lock_configuration`.")
        }
        DocumentName::Key => comment("Set `is_enabled = true` in the `aws_kms_key`, and cancel its deletion."),
    }
}

fn comment(text: &str) -> String {
    let text: String = text.chars().map(|c| if is_disturbing(c) { '\u{fffd}' } else { c }).collect();
    format!("# {text}\n")
}

fn bucket_policy(policy: &Value, bucket: &str, configuration: &Configuration) -> String {
    let body = "  policy = data.aws_iam_policy_document.sailthru_connect_bucket_policy.json\n";
    format!(
        "{}\n{}",
        policy_document("sailthru_connect_bucket_policy", policy),
        configuration.place("bucket-policy", "aws_s3_bucket_policy", &format!("  bucket = {bucket}\n"), body)
    )
}

fn access_block(settings: &Value, bucket: &str, configuration: &Configuration) -> String {
    let on = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or_default();
    let body = format!(
        "  block_public_acls       = {}\n  ignore_public_acls      = {}\n  block_public_policy     = {}\n  restrict_public_buckets = {}\n",
        on("BlockPublicAcls"),
        on("IgnorePublicAcls"),
        on("BlockPublicPolicy"),
        on("RestrictPublicBuckets")
    );
    configuration.place(
        "public-access-block",
        "aws_s3_bucket_public_access_block",
        &format!("  bucket = {bucket}\n\n"),
        &body,
    )
}

fn default_encryption(configured: &Value, key: Option<String>, bucket: &str, configuration: &Configuration) -> String {
    let rule = configured.pointer("/Rules/0").cloned().unwrap_or_default();
    let by_default = rule.get("ApplyServerSideEncryptionByDefault").cloned().unwrap_or_default();
    let text = |name: &str| by_default.get(name).and_then(Value::as_str);
    let algorithm = quoted(text("SSEAlgorithm").unwrap_or("AES256"));
    let inner = match key.or_else(|| text("KMSMasterKeyID").map(quoted)) {
        Some(key) => format!("      sse_algorithm     = {algorithm}\n      kms_master_key_id = {key}\n"),
        None => format!("      sse_algorithm = {algorithm}\n"),
    };
    let bucket_key = match rule.get("BucketKeyEnabled").and_then(Value::as_bool) {
        Some(on) => format!("    bucket_key_enabled = {on}\n"),
        None => String::new(),
    };
    let body = format!("  rule {{\n    apply_server_side_encryption_by_default {{\n{inner}    }}\n{bucket_key}  }}\n");
    configuration.place(
        "default-encryption",
        "aws_s3_bucket_server_side_encryption_configuration",
        &format!("  bucket = {bucket}\n\n"),
        &body,
    )
}

/// A policy as a data source:
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>.
fn policy_document(name: &str, policy: &Value) -> String {
    let mut text = format!("data \"aws_iam_policy_document\" \"{name}\" {{\n");
    let version = policy.get("Version").and_then(Value::as_str).unwrap_or("2008-10-17");
    let id = policy.get("Id").and_then(Value::as_str);
    let mut head: Vec<(String, String)> = Vec::new();
    head.extend((version != "2012-10-17").then(|| ("version".to_owned(), quoted(version))));
    head.extend(id.map(|id| ("policy_id".to_owned(), quoted(id))));
    let mut blocks: Vec<String> = Vec::new();
    if !head.is_empty() {
        blocks.push(aligned(&head, "  "));
    }
    let statements = policy.get("Statement").map(list).unwrap_or_default();
    blocks.extend(statements.into_iter().filter_map(Value::as_object).map(statement));
    text.push_str(&blocks.join("\n"));
    text.push_str("}\n");
    text
}

fn statement(statement: &Map<String, Value>) -> String {
    let mut attributes: Vec<(String, String)> = Vec::new();
    for (element, attribute) in [
        ("Sid", "sid"),
        ("Effect", "effect"),
        ("Action", "actions"),
        ("NotAction", "not_actions"),
        ("Resource", "resources"),
        ("NotResource", "not_resources"),
    ] {
        let Some(value) = statement.get(element) else { continue };
        let value = match element {
            "Sid" | "Effect" => quoted(value.as_str().unwrap_or_default()),
            _ => texts(value),
        };
        attributes.push((attribute.to_owned(), value));
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

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// A list of texts on one line.
fn texts(value: &Value) -> String {
    let text = |value: &Value| match value {
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    };
    format!("[{}]", list(value).into_iter().map(text).collect::<Vec<_>>().join(", "))
}

/// Attributes one below the other, the signs of equality in a column.
fn aligned(attributes: &[(String, String)], indent: &str) -> String {
    let width = attributes.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in attributes {
        let _ = writeln!(text, "{indent}{name:width$} = {value}");
    }
    text
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
