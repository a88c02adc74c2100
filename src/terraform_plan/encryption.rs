//! Default encryption, and what it names its key by.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::Address;
use super::attribute::{Attribute, PlanResult};
use super::graph::{Holder, is_key};
use super::kinds::ENCRYPTION;
use super::reference::{Origin, Reach};
use super::resource::Resource;
use super::sensitive_name;
use super::setting::Settings;
use crate::snapshot::{
    BlockedEncryptionTypes, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration, EncryptionRule,
};

const BY_DEFAULT: &str = "apply_server_side_encryption_by_default";
const KEY: &str = "kms_master_key_id";

/// The default encryption of the bucket.
#[derive(Debug)]
pub(super) struct Default {
    pub(super) answer: EncryptionAnswer,
    pub(super) key: Named,
    /// Whether it is known only after apply that the bucket uses an S3 Bucket Key.
    pub(super) bucket_key_open: bool,
    /// That the plan marks the attribute that names the key as sensitive; what was concluded, because the plan does not say it.
    pub(super) note: Option<String>,
}

/// What the default names its key by.
#[derive(Debug, PartialEq)]
pub(super) enum Named {
    /// No key.
    Nothing,
    /// A text: an ARN, an id, an alias.
    Text(String),
    /// A key of the plan, by an attribute that is known only after apply; which one may be open too.
    Resource { key: Address, expression: Option<String> },
    /// That is known only after apply; it is made of this, where that is known.
    Open(Option<String>),
}

/// What the snapshot says of a name that is not known.
const AFTER_APPLY: &str = "(known after apply)";

impl<'a> Settings<'_, 'a> {
    /// Default encryption; a new bucket, and one whose own setting is deleted, has SSE-S3.
    pub(super) fn encryption(&self) -> PlanResult<Option<Default>> {
        let resource = match self.holder(ENCRYPTION)? {
            Holder::Planned(resource) => return self.rules(resource, &resource.attribute("rule"), &["rule"]).map(Some),
            Holder::Deleted(_) => return Ok(Some(sse_s3())),
            Holder::None => self.bucket.resource,
        };
        let inline = self.inline("server_side_encryption_configuration")?;
        let (Some(resource), Some(inline)) = (resource, inline) else {
            if self.read_back_empty("server_side_encryption_configuration") {
                return Ok(Some(sse_s3()));
            }
            return self.untouched(ENCRYPTION, Some(sse_s3()));
        };
        let rule = inline.required_block()?.get("rule");
        self.rules(resource, &rule, &["server_side_encryption_configuration", "rule"]).map(Some)
    }

    fn rules(&self, resource: &'a Resource<'a>, part: &Attribute<'a>, path: &[&str]) -> PlanResult<Default> {
        if part.is_unknown() {
            return self.concluded(resource, part, path);
        }
        let mut default = Default { answer: answer(Vec::new()), ..sse_s3() };
        for rule in part.blocks()? {
            let blocked = rule.get("blocked_encryption_types");
            let blocked = if blocked.is_unknown() { Vec::new() } else { blocked.texts()? };
            let mut by_default = None;
            if let Some(block) = rule.get(BY_DEFAULT).block()? {
                let algorithm = block.get("sse_algorithm").required_text()?.to_owned();
                let name = block.get(KEY);
                let key = self.key_name(resource, &name, &[path, &[BY_DEFAULT, KEY]].concat());
                default.note = default.note.or_else(|| name.is_sensitive().then(|| sensitive_name(&name.name())));
                by_default = Some(EncryptionByDefault { algorithm, kms_master_key_id: spelled(&key) });
                default.key = key;
            }
            let bucket_key = rule.get("bucket_key_enabled");
            default.bucket_key_open |= bucket_key.is_unknown();
            let bucket_key = if bucket_key.is_unknown() { None } else { bucket_key.flag()? };
            default.answer.server_side_encryption_configuration.rules.push(EncryptionRule {
                apply_server_side_encryption_by_default: by_default,
                bucket_key_enabled: Some(bucket_key.unwrap_or_default()),
                blocked_encryption_types: (!blocked.is_empty()).then(|| BlockedEncryptionTypes {
                    encryption_type: blocked.into_iter().map(str::to_owned).collect(),
                }),
            });
        }
        let rules = &default.answer.server_side_encryption_configuration.rules;
        let told = rules.iter().any(|rule| rule.apply_server_side_encryption_by_default.is_some());
        part.get(BY_DEFAULT).required(told.then_some(()))?;
        Ok(default)
    }

    /// The rule is known only after apply, since what it is made of is: a key of the plan, if there is one and nothing else.
    /// Only SSE-KMS and DSSE-KMS take a key.
    fn concluded(&self, resource: &'a Resource<'a>, part: &Attribute<'a>, path: &[&str]) -> PlanResult<Default> {
        let reach = self.graph.references.reach(resource, path);
        let key = self.key_within(&reach).filter(|(key, _)| !key.data);
        let Some((key, expression)) = key else { return Err(part.gap()) };
        let note = format!(
            "{} is known only after apply; it can name no key but `{key}`, so it was checked with that.",
            part.name()
        );
        let key = Named::Resource { key, expression };
        let answer = answer(vec![rule("aws:kms", spelled(&key))]);
        Ok(Default { answer, key, bucket_key_open: true, note: Some(note) })
    }

    fn key_name(&self, resource: &'a Resource<'a>, part: &Attribute<'a>, path: &[&str]) -> Named {
        match part.text() {
            Ok(Some(text)) => return Named::Text(text.to_owned()),
            // The provider writes an empty text where nothing is set.
            Ok(None) if !part.is_null() => return Named::Nothing,
            _ => {}
        }
        let references = &self.graph.references;
        let configured =
            references.expression(resource, path).is_some_and(|expression| match expression.get("constant_value") {
                Some(constant) => !matches!(constant, Value::Null),
                None => expression.get("references").is_some(),
            });
        // A plan that holds no word about it, not even that it is unknown, may still have been made from a reference.
        if part.is_null() && !configured {
            return Named::Nothing;
        }
        let reach = references.reach(resource, path);
        if part.is_null() && reach.origins.is_empty() && !reach.incomplete {
            return Named::Nothing;
        }
        if let Some((key, expression)) = self.key_within(&reach) {
            return Named::Resource { key, expression };
        }
        let mut origins = reach.origins.iter().filter(|_| !reach.incomplete);
        let only = origins.next().filter(|origin| origins.next().is_none() && !origin.attribute.is_empty());
        Named::Open(only.map(|origin| format!("{}.{}", origin.address, origin.attribute)))
    }

    /// The one key that a value is made of, if no other and nothing else that may hold the name of one; and the expression
    /// that names it, where that is sure.
    fn key_within(&self, reach: &Reach) -> Option<(Address, Option<String>)> {
        let (key, by) = self.graph.only_one(reach, |found| is_key(&found.kind), may_hold_a_key)?;
        let mut expressions: BTreeSet<_> = by.into_iter().map(|origin| self.names_a_key(origin)).collect();
        Some((key, expressions.pop_first().flatten().filter(|_| expressions.is_empty())))
    }

    /// The expression that names a key, of what stands for one: by an attribute of which it is known what it holds.
    fn names_a_key(&self, origin: &Origin) -> Option<String> {
        let Origin { address, attribute } = origin;
        let follow = match (address.kind.as_str(), attribute.as_str()) {
            (_, "") | ("aws_kms_grant", _) => return None,
            ("aws_kms_alias", "target_key_id") => "target_key_id",
            ("aws_kms_key_policy", _) => "key_id",
            _ => return Some(format!("{address}.{attribute}")),
        };
        self.names_a_key(&self.graph.references.origin(self.graph.resources.get(address)?, &[follow])?)
    }
}

/// Whether resources of this type may hold the name of a key that is not in the configuration: of AWS's those of KMS, and
/// those that keep texts for others; of other providers all that are not sources of names and times.
fn may_hold_a_key(kind: &str) -> bool {
    match kind.strip_prefix("aws_") {
        Some(kind) => {
            ["kms", "ssm", "secretsmanager", "cloudformation", "appconfig"].iter().any(|word| kind.contains(word))
        }
        None => !["random_", "time_", "null_", "tls_", "archive_"].iter().any(|start| kind.starts_with(start)),
    }
}

/// How the snapshot spells the name: what is known only after apply as Terraform's own expression.
fn spelled(name: &Named) -> Option<String> {
    match name {
        Named::Nothing => None,
        Named::Text(text) => Some(text.clone()),
        Named::Resource { expression: Some(expression), .. } | Named::Open(Some(expression)) => {
            Some(format!("${{{expression}}}"))
        }
        Named::Resource { expression: None, .. } | Named::Open(None) => Some(AFTER_APPLY.to_owned()),
    }
}

fn sse_s3() -> Default {
    let answer = answer(vec![rule("AES256", None)]);
    Default { answer, key: Named::Nothing, bucket_key_open: false, note: None }
}

/// A rule without an S3 Bucket Key.
fn rule(algorithm: &str, kms_master_key_id: Option<String>) -> EncryptionRule {
    let by_default = EncryptionByDefault { algorithm: algorithm.to_owned(), kms_master_key_id };
    EncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled: Some(false),
        blocked_encryption_types: None,
    }
}

fn answer(rules: Vec<EncryptionRule>) -> EncryptionAnswer {
    EncryptionAnswer { server_side_encryption_configuration: EncryptionConfiguration { rules } }
}
