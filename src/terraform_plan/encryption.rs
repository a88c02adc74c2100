//! Default encryption, and what it names its key by.

use serde_json::Value;

use super::address::Address;
use super::attribute::{Attribute, PlanResult};
use super::graph::{Holder, is_key};
use super::resource::Resource;
use super::setting::{ENCRYPTION, Settings, required};
use crate::snapshot::{
    BlockedEncryptionTypes, EncryptionAnswer, EncryptionByDefault, EncryptionConfiguration, EncryptionRule,
};

/// The default encryption of the bucket.
#[derive(Debug)]
pub(super) struct Default {
    pub(super) answer: EncryptionAnswer,
    pub(super) key: Named,
    /// The attribute that names the key, where the plan marks it as sensitive.
    pub(super) sensitive: Option<String>,
}

/// What the default names its key by.
#[derive(Debug, PartialEq)]
pub(super) enum Named {
    /// No key.
    Nothing,
    /// A text: an ARN, an id, an alias.
    Text(String),
    /// A key of the plan, by an attribute that is known only after apply.
    Resource(Address),
    /// That is known only after apply, and not what it is made of either.
    Open(String),
}

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
            return self.untouched(ENCRYPTION, Some(sse_s3()));
        };
        let block = required(inline.block()?, &inline)?;
        self.rules(resource, &block.get("rule"), &["server_side_encryption_configuration", "rule"]).map(Some)
    }

    fn rules(&self, resource: &'a Resource<'a>, part: &Attribute<'a>, path: &[&str]) -> PlanResult<Default> {
        const BY_DEFAULT: &str = "apply_server_side_encryption_by_default";
        const KEY: &str = "kms_master_key_id";
        let (mut rules, mut key, mut sensitive) = (Vec::new(), Named::Nothing, None);
        for rule in part.blocks()? {
            let blocked = rule.get("blocked_encryption_types").texts()?;
            let mut by_default = None;
            if let Some(block) = rule.get(BY_DEFAULT).block()? {
                let algorithm = block.get("sse_algorithm");
                let algorithm = required(algorithm.text()?, &algorithm)?.to_owned();
                let name = block.get(KEY);
                let id = self.key_name(resource, &name, &[path, &[BY_DEFAULT, KEY]].concat());
                sensitive = sensitive.or_else(|| name.is_sensitive().then(|| name.name()));
                by_default = Some(EncryptionByDefault { algorithm, kms_master_key_id: spelled(&id, &name) });
                key = id;
            }
            rules.push(EncryptionRule {
                apply_server_side_encryption_by_default: by_default,
                bucket_key_enabled: Some(rule.get("bucket_key_enabled").flag()?.unwrap_or_default()),
                blocked_encryption_types: (!blocked.is_empty()).then(|| BlockedEncryptionTypes {
                    encryption_type: blocked.into_iter().map(str::to_owned).collect(),
                }),
            });
        }
        let told = rules.iter().any(|rule: &EncryptionRule| rule.apply_server_side_encryption_by_default.is_some());
        required(told.then_some(()), &part.get(BY_DEFAULT))?;
        Ok(Default { answer: answer(rules), key, sensitive })
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
        let Some(origin) = references.origin(resource, path) else {
            return if part.is_null() { Named::Nothing } else { Named::Open(format!("{}.{}", part.of, part.path)) };
        };
        let open = || Named::Open(format!("{}.{}", origin.address, origin.attribute));
        match (self.graph.stands_for(&origin, 0), origin.attribute.as_str()) {
            (Some(key), "arn" | "target_key_arn") if is_key(&key.kind) && origin.address.kind != "aws_kms_alias" => {
                Named::Resource(key)
            }
            (Some(key), "target_key_arn") if is_key(&key.kind) => Named::Resource(key),
            _ => open(),
        }
    }
}

/// How the snapshot spells the name: what is known only after apply as Terraform's own expression.
fn spelled(name: &Named, part: &Attribute<'_>) -> Option<String> {
    match name {
        Named::Nothing => None,
        Named::Text(text) => Some(text.clone()),
        Named::Resource(address) => Some(format!("${{{address}.arn}}")),
        Named::Open(expression) if expression.is_empty() => Some(format!("${{{}.{}}}", part.of, part.path)),
        Named::Open(expression) => Some(format!("${{{expression}}}")),
    }
}

fn sse_s3() -> Default {
    let by_default = EncryptionByDefault { algorithm: "AES256".to_owned(), kms_master_key_id: None };
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: Some(by_default),
        bucket_key_enabled: Some(false),
        blocked_encryption_types: None,
    };
    Default { answer: answer(vec![rule]), key: Named::Nothing, sensitive: None }
}

fn answer(rules: Vec<EncryptionRule>) -> EncryptionAnswer {
    EncryptionAnswer { server_side_encryption_configuration: EncryptionConfiguration { rules } }
}
