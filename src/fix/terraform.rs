//! The documents in Terraform's language, as users of the AWS provider write them and as `terraform fmt` lays them out.
//!
//! Policies are `aws_iam_policy_document` data sources. What a plan has a resource for is shown as a change to that resource,
//! so that nothing here collides with it.

mod hcl;

use serde_json::Value;

use self::hcl::{policy_document, quoted};
use super::plan::{Change, Plan, UnfixableGroup};
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
    /// The resources that hold documents: of the bucket policy `aws_s3_bucket_policy.exports`.
    pub resources: Vec<(DocumentName, String)>,
    /// The addresses that are taken where the bucket is: `data.aws_iam_policy_document.exports`.
    pub taken: Vec<String>,
    /// The module that the bucket is in, where that is not the root.
    pub module: Option<String>,
}

impl Configuration {
    /// A whole resource, or the attributes to set in the one that there is.
    fn place(&self, document: DocumentName, kind: &str, identity: &str, body: &str) -> String {
        if let Some((_, address)) = self.resources.iter().find(|(name, _)| *name == document) {
            let lines = body.lines().fold(String::new(), |lines, line| lines + "#" + line + "\n");
            return format!("{}{lines}", comment(&format!("Change `{address}`:")));
        }
        let name = self.free(kind, "sailthru_connect");
        format!("resource \"{kind}\" \"{name}\" {{\n{identity}{body}}}\n")
    }

    /// A name that no other of its kind has.
    fn free(&self, kind: &str, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let is_free = |name: &String| !self.taken.contains(&format!("{kind}.{name}"));
        std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| name.to_owned())
    }

    /// A policy as a data source, and the attribute that takes it.
    fn policy(&self, name: &str, policy: &Value) -> (String, String) {
        let name = self.free("data.aws_iam_policy_document", name);
        let attribute = format!("  policy = data.aws_iam_policy_document.{name}.json\n");
        (policy_document(&name, policy), attribute)
    }

    /// Where all of it belongs, for the reader.
    fn head(&self) -> Option<String> {
        let module = self.module.as_ref()?;
        Some(comment(&format!("This belongs into the module `{module}`, where the bucket is.")))
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
    let mut parts: Vec<String> = configuration.head().into_iter().collect();
    parts.extend([
        access_block(&documents::public_access_block(), &bucket, configuration),
        default_encryption(&rule, key, &bucket, configuration),
        placeholder.map_or_else(|| policy.clone(), |placeholder| policy.replace(BUCKET, &placeholder)),
    ]);
    if encryption.key().is_some() {
        let statement = serde_json::json!({"Version": "2012-10-17", "Statement": [documents::key_statement(vendor)]});
        parts.push(format!(
            "# Add this to the key's policy: name its `json` among the `source_policy_documents` of that data source.\n{}",
            configuration.policy("sailthru_connect_key_statement", &statement).0
        ));
    }
    parts.join("\n")
}

/// The changes of a plan, each document once, in the order in which they are to be made.
#[must_use]
pub fn changes(plan: &Plan, bucket: &str, configuration: &Configuration) -> String {
    let bucket = configuration.bucket(bucket);
    let mut changes: Vec<&Change> = plan.changes.iter().collect();
    // A later step holds the changes of the one before.
    changes.sort_by_key(|change| (change.document, !change.optional));
    changes.dedup_by_key(|change| change.document);
    let mut parts: Vec<String> = configuration.head().filter(|_| !changes.is_empty()).into_iter().collect();
    for change in changes {
        let optional = if change.optional { "# Optional: this also decides what is not known.\n" } else { "" };
        parts.push(format!("{optional}{}", one(change, &bucket, plan.key.as_deref(), configuration)));
    }
    for UnfixableGroup { checks, who, why } in plan.unfixable_groups() {
        let checks = checks.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ");
        parts.push(comment(&format!("No change fixes {checks}: {why} Who can: {who}.")));
    }
    if parts.is_empty() { "# There is nothing to change.\n".to_owned() } else { parts.join("\n") }
}

fn one(change: &Change, bucket: &str, key: Option<&str>, configuration: &Configuration) -> String {
    let after = &change.after;
    let identity = format!("  bucket = {bucket}\n\n");
    match change.document {
        DocumentName::BucketPolicy => bucket_policy(after, bucket, configuration),
        DocumentName::KeyPolicy => {
            let (document, attribute) = configuration.policy("sailthru_connect_key_policy", after);
            let identity = format!("  key_id = {}\n", key.map_or_else(|| quoted("KEY_ARN"), quoted));
            format!(
                "{document}\n{}",
                configuration.place(DocumentName::KeyPolicy, "aws_kms_key_policy", &identity, &attribute)
            )
        }
        DocumentName::PublicAccessBlock => access_block(after, bucket, configuration),
        DocumentName::DefaultEncryption => default_encryption(after, None, bucket, configuration),
        DocumentName::OwnershipControls => configuration.place(
            DocumentName::OwnershipControls,
            "aws_s3_bucket_ownership_controls",
            &identity,
            "  rule {\n    object_ownership = \"BucketOwnerEnforced\"\n  }\n",
        ),
        DocumentName::RequestPayment => configuration.place(
            DocumentName::RequestPayment,
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
    let (document, attribute) = configuration.policy("sailthru_connect_bucket_policy", policy);
    let identity = format!("  bucket = {bucket}\n");
    format!(
        "{document}\n{}",
        configuration.place(DocumentName::BucketPolicy, "aws_s3_bucket_policy", &identity, &attribute)
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
        DocumentName::PublicAccessBlock,
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
        DocumentName::DefaultEncryption,
        "aws_s3_bucket_server_side_encryption_configuration",
        &format!("  bucket = {bucket}\n\n"),
        &body,
    )
}
