//! The key that default encryption names: what it is, its policy and its grants, as far as the plan manages them.

use std::collections::BTreeMap;

use serde_json::json;

use super::attribute::{Attribute, Gap, PlanResult};
use super::bucket::{self, Bucket};
use super::context::Place;
use super::document::{self, Text};
use super::encryption::Named;
use super::graph::{Holder, Link, PlanGraph, holder, is_key};
use super::resource::{Fate, Resource};
use crate::names::{Arn, partition_of_region};
use crate::report::DocumentName;
use crate::snapshot::{DescribeKeyAnswer, Grant, GrantConstraints, GrantsAnswer, KeyMetadata, PolicyText};

/// The type of the resources that hold a key policy beside the key.
const SEPARATE_POLICY: &str = "aws_kms_key_policy";

/// The key, where the plan has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedKey<'v, 'a> {
    pub(super) graph: &'v PlanGraph<'a>,
    pub(super) resource: &'a Resource<'a>,
    pub(super) bucket: &'v Bucket<'a>,
    /// The bucket's region.
    pub(super) region: Option<&'v str>,
}

/// The resource of the key that is named.
///
/// # Errors
/// When the plan does not have it, or does not tell which it is.
pub(super) fn find<'a>(graph: &PlanGraph<'a>, named: &Named) -> PlanResult<&'a Resource<'a>> {
    let text = match named {
        Named::Resource { key, .. } => {
            let key = graph.resources.get(key);
            return key.ok_or_else(|| Gap::not_in_plan("the plan does not hold the key of default encryption"));
        }
        Named::Open(expression) => {
            let expression = expression.as_ref().map(|expression| format!(" (`{expression}`)")).unwrap_or_default();
            return Err(Gap::after_apply(format!(
                "which key default encryption names{expression} is known only after apply"
            )));
        }
        Named::Nothing => return Err(Gap::not_in_plan("default encryption names no key")),
        Named::Text(text) => text.as_str(),
    };
    let own = |name: &str| text == name || text.rsplit('/').next() == Some(name) && !text.contains("alias/");
    let keys = || graph.resources.values().filter(|resource| is_key(&resource.address.kind));
    let by_id = keys()
        .find(|key| key.known("arn") == Some(text) || key.known("key_id").is_some_and(own) && same_region(key, text));
    let alias = || {
        graph
            .managed("aws_kms_alias")
            .filter(|alias| alias.fate != Fate::Deleted)
            .find(|alias| alias.known("arn") == Some(text) || alias.known("name") == Some(text))
    };
    let by_alias = || {
        let alias = alias()?;
        if let Some(target) = alias.known("target_key_arn").or_else(|| alias.known("target_key_id")) {
            return keys().find(|key| [key.known("arn"), key.known("key_id")].contains(&Some(target)));
        }
        let origin = graph.references.origin(alias, &["target_key_id"])?;
        graph.resources.get(&graph.stands_for(&origin, 0)?)
    };
    by_id.or_else(by_alias).ok_or_else(|| Gap::not_in_plan(format!("the key `{text}` is not in the plan")))
}

/// A bare id may be that of a multi-Region key, which has a replica with the same id elsewhere.
fn same_region(key: &Resource<'_>, text: &str) -> bool {
    let named = Arn::parse(text).ok().map(|arn| arn.region);
    let own = key.known("arn").and_then(|arn| Arn::parse(arn).ok()).map(|arn| arn.region);
    match (named, own) {
        (Some(named), Some(own)) => named == own,
        _ => !text.starts_with("arn:"),
    }
}

impl<'a> PlannedKey<'_, 'a> {
    fn is_new(&self) -> bool {
        self.resource.fate == Fate::Created
    }

    /// What `DescribeKey` will answer.
    pub(super) fn metadata(&self) -> PlanResult<DescribeKeyAnswer> {
        let data = self.resource.address.data;
        let text = |name: &str| self.resource.attribute(name).text().map(|text| text.map(str::to_owned));
        let known = |name: &str| self.resource.known(name).map(str::to_owned);
        let flag = |name: &str| self.resource.attribute(name).flag();
        let kind = self.resource.address.kind.as_str();
        let imported = kind.contains("external");
        let enabled = if kind == "aws_kms_key" && !data {
            flag("is_enabled")?.or(Some(true))
        } else {
            flag("enabled")?.or((!imported && !data).then_some(true))
        };
        let state = match (self.resource.fate, enabled) {
            (Fate::Deleted, _) => Some("PendingDeletion".to_owned()),
            (_, Some(false)) => Some("Disabled".to_owned()),
            // Imported material, or none yet: the provider tells the state once there is one.
            _ if imported || data => known("key_state"),
            (_, Some(true)) => Some("Enabled".to_owned()),
            (_, None) => None,
        };
        // A replica, and imported material, are always such keys as S3 uses; of a key of its own these are the defaults.
        let (symmetric, encrypts) = (|| Some("SYMMETRIC_DEFAULT".to_owned()), || Some("ENCRYPT_DECRYPT".to_owned()));
        let (spec, usage) = match kind {
            _ if data => (text("key_spec")?, text("key_usage")?),
            "aws_kms_key" => {
                (text("customer_master_key_spec")?.or_else(symmetric), text("key_usage")?.or_else(encrypts))
            }
            "aws_kms_external_key" => (symmetric(), encrypts()),
            _ => (known("key_spec"), known("key_usage")),
        };
        let custom_store = self.resource.known("custom_key_store_id").is_some();
        Ok(DescribeKeyAnswer {
            key_metadata: KeyMetadata {
                account: self.account(),
                region: self.region(),
                key_id: known("key_id"),
                enabled: state.as_ref().map(|state| state == "Enabled"),
                key_state: state,
                key_usage: usage,
                key_spec: spec,
                key_manager: if data { text("key_manager")? } else { Some("CUSTOMER".to_owned()) },
                origin: match (data, imported, custom_store) {
                    (true, ..) => known("origin"),
                    (_, true, _) => Some("EXTERNAL".to_owned()),
                    (_, _, true) => None,
                    _ => Some("AWS_KMS".to_owned()),
                },
                multi_region: self.multi_region(),
                valid_to: self.resource.known("valid_to").map(|time| json!(time)),
                arn: Some(self.arn()),
                ..KeyMetadata::default()
            },
        })
    }

    fn multi_region(&self) -> Option<bool> {
        let replica = self.resource.address.kind.contains("replica");
        let told = self.resource.attribute("multi_region").flag().ok().flatten();
        let is_open = self.resource.attribute("multi_region").is_unknown();
        told.or(replica.then_some(true)).or((self.is_new() && !is_open).then_some(false))
    }

    /// Its ARN; of a key that is made, Terraform's own expression for it.
    fn arn(&self) -> String {
        let planned = || format!("${{{}.arn}}", self.resource.address);
        self.resource.known("arn").map_or_else(planned, str::to_owned)
    }

    fn known_arn(&self) -> Option<Arn> {
        self.resource.known("arn").and_then(|arn| Arn::parse(arn).ok())
    }

    fn region(&self) -> Option<String> {
        let address = &self.resource.address;
        let beside =
            || self.region.filter(|_| self.graph.same_provider(address, self.bucket.anchor)).map(str::to_owned);
        bucket::region(self.graph, Some(self.resource), address).or_else(beside)
    }

    fn account(&self) -> Option<String> {
        let planned = || bucket::account(self.graph, &self.resource.address).map(|account| account.to_string());
        self.known_arn().map(|arn| arn.account).or_else(planned)
    }

    fn link(&self, resource: &'a Resource<'a>) -> Link {
        let known: Vec<&str> =
            ["arn", "key_id", "id"].into_iter().filter_map(|name| self.resource.known(name)).collect();
        self.graph.link(resource, "key_id", &known, Some(&self.resource.address))
    }

    /// The resource of the key policy, where it has one.
    fn policy_holder(&self) -> PlanResult<Holder<'a>> {
        holder(self.graph.managed(SEPARATE_POLICY), |resource| self.link(resource))
    }

    /// The resource that holds the key policy.
    pub(super) fn place(&self) -> Place {
        let resource = if let Ok(Holder::Planned(own)) = self.policy_holder() { own } else { self.resource };
        let address = Some(resource.label.to_owned());
        Place { document: DocumentName::KeyPolicy, address, text: self.graph.located(resource) }
    }

    /// The key policy. A key that is made without one gets KMS's default policy.
    pub(super) fn policy(&self) -> PlanResult<Text> {
        let own = self.graph.references.expression(self.resource, &["policy"]).is_some();
        let holder = self.policy_holder()?;
        if let (Holder::None, Some(gap)) = (holder, self.graph.left_out(SEPARATE_POLICY)) {
            return Err(gap);
        }
        match holder {
            Holder::Planned(separate) => {
                let resource = document::last(self.graph, self.resource, separate, "key policy")?;
                resource.attribute("policy").required(self.text(resource)?)
            }
            Holder::Deleted(_) if !own => self.default_policy(),
            _ if self.resource.address.data => {
                Err(Gap::not_in_plan(format!("`{}` does not tell the key policy", self.resource.label)))
            }
            _ => {
                let part = self.resource.attribute("policy");
                // Unknown because KMS will choose it, not because the configuration leaves it open.
                let computed =
                    self.is_new() && !own && self.graph.references.configuration(&self.resource.address).is_some();
                if computed && part.value.is_null() || self.is_new() && part.is_null() {
                    return self.default_policy();
                }
                match self.text(self.resource)? {
                    None if self.is_new() => self.default_policy(),
                    text => part.required(text),
                }
            }
        }
    }

    /// A key policy as the provider saves it: without KMS's check of lockouts where the resource says so
    /// (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key#bypass_policy_lockout_safety_check-1>).
    fn text(&self, resource: &'a Resource<'a>) -> PlanResult<Option<Text>> {
        let text = document::text(self.graph, resource, None)?;
        let unchecked = matches!(resource.attribute("bypass_policy_lockout_safety_check").flag(), Ok(Some(true)));
        let as_saved = |policy: PolicyText| if unchecked { policy.that_may_lock_out() } else { policy };
        Ok(text.map(|text| Text { policy: as_saved(text.policy), ..text }))
    }

    /// The widest and the narrowest that the key policy can be, where it is known only after apply.
    pub(super) fn policy_bounds(&self) -> Option<[PolicyText; 2]> {
        let own = match self.policy_holder().ok()? {
            Holder::Planned(resource) => resource,
            Holder::Deleted(_) | Holder::None => self.resource,
        };
        document::bounds(self.graph, own, false)
    }

    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>, as made by the API: it lets in the
    /// key's own account alone.
    fn default_policy(&self) -> PlanResult<Text> {
        let Some(account) = self.account() else {
            return Err(Gap::not_in_plan(format!(
                "`{}` has no policy of its own, and KMS's default policy lets in nobody but the key's own account, \
                 which the plan does not tell: name Sailthru in a policy of the key",
                self.resource.label
            )));
        };
        let partition = self.region().map_or("aws", |region| partition_of_region(&region));
        let root = json!({"AWS": format!("arn:{partition}:iam::{account}:root")});
        let statement = json!({"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"});
        let policy = json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]});
        Ok(Text { policy: PolicyText::in_force(format!("{policy:#}")), sensitive: None })
    }

    /// Its grants: all there are where the key is new, and otherwise not for the plan to know.
    pub(super) fn grants(&self) -> PlanResult<GrantsAnswer> {
        if !self.is_new() {
            return Err(Gap::not_in_plan("the plan does not tell every grant of a key that is there already"));
        }
        if let Some(gap) = self.graph.left_out("aws_kms_grant") {
            return Err(gap);
        }
        let mut grants = Vec::new();
        for resource in self.graph.managed("aws_kms_grant").filter(|grant| grant.fate != Fate::Deleted) {
            match self.link(resource) {
                Link::Yes => grants.push(grant(resource)?),
                Link::No => {}
                Link::Unsure(gap) => return Err(gap),
            }
        }
        Ok(GrantsAnswer { grants, ..GrantsAnswer::default() })
    }
}

fn grant<'a>(resource: &'a Resource<'a>) -> PlanResult<Grant> {
    let mut constraints = None;
    if let Some(block) = resource.attribute("constraints").block()? {
        let pairs = |part: Attribute<'a>| -> PlanResult<Option<BTreeMap<String, String>>> {
            let pairs = part.pairs()?;
            let owned = pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            Ok((!part.is_null()).then(|| owned.collect()))
        };
        constraints = Some(GrantConstraints {
            encryption_context_subset: pairs(block.get("encryption_context_subset"))?,
            encryption_context_equals: pairs(block.get("encryption_context_equals"))?,
            ..GrantConstraints::default()
        });
    }
    Ok(Grant {
        grant_id: resource.known("grant_id").map(str::to_owned),
        name: resource.known("name").map(str::to_owned),
        grantee_principal: Some(resource.attribute("grantee_principal").required_text()?.to_owned()),
        operations: resource.attribute("operations").texts()?.into_iter().map(str::to_owned).collect(),
        constraints,
        ..Grant::default()
    })
}
