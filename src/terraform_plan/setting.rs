//! The settings of the bucket: each from its own resource, else from the bucket's, else as AWS sets it on a new bucket.

use super::attribute::{Attribute, Gap, PlanResult};
use super::bucket::{self, Bucket};
use super::context::Place;
use super::document::{self, Text};
use super::graph::{Holder, Link, PlanGraph, holder};
use super::kinds::{ABAC, ACCESS_BLOCK, ACL, ENCRYPTION, OBJECT_LOCK, OWNERSHIP, POLICY, REQUEST_PAYMENT, VERSIONING};
use super::resource::{Fate, Resource};
use crate::report::DocumentName;
use crate::snapshot::{
    AbacAnswer, AbacStatus, OwnershipAnswer, OwnershipControls, OwnershipRule, PolicyText, PublicAccessBlock,
    PublicAccessBlockAnswer, RequestPayment, Tag, TaggingAnswer, Versioning,
};

const ACCESS_BLOCK_SETTINGS: [&str; 4] =
    ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

/// Reads the settings of one bucket. Each is `None` where it will certainly not be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'v, 'a> {
    pub(super) graph: &'v PlanGraph<'a>,
    pub(super) bucket: &'v Bucket<'a>,
}

impl<'a> Settings<'_, 'a> {
    /// The resource of a setting.
    pub(super) fn holder(&self, kind: &'static str) -> PlanResult<Holder<'a>> {
        let names: Vec<&str> = self.bucket.known_name().into_iter().collect();
        let target = self.bucket.resource.map(|resource| &resource.address);
        let elsewhere = |resource: &Resource<'_>| {
            // What was on a bucket that is replaced went with it.
            resource.fate == Fate::Deleted && self.bucket.is_new()
        };
        let holder = holder(self.graph.managed(kind), |resource| {
            if elsewhere(resource) { Link::No } else { self.graph.link(resource, "bucket", &names, target) }
        })?;
        match (holder, self.graph.left_out(kind)) {
            (Holder::None, Some(gap)) => Err(gap),
            _ => Ok(holder),
        }
    }

    /// The resource to change for a setting: its own, else the bucket where that sets it, else one to add.
    fn place(&self, document: DocumentName, kind: &'static str, inline: &str) -> Place {
        let there = |resource: &Resource<'_>, before: &str| Place {
            document,
            address: Some(resource.label.to_owned()),
            text: format!("{before}{}", self.graph.located(resource)),
        };
        let configured = |bucket: &&Resource<'_>| self.graph.references.expression(bucket, &[inline]).is_some();
        match (self.holder(kind), self.bucket.resource.filter(configured)) {
            (Ok(Holder::Planned(resource)), _) if kind == ACCESS_BLOCK => {
                let off = ACCESS_BLOCK_SETTINGS.iter().filter(|name| resource.attribute(name).flag() != Ok(Some(true)));
                let off: Vec<String> = off.map(|name| format!("`{name}`")).collect();
                let of = if off.is_empty() { String::new() } else { format!("{} of ", off.join(", ")) };
                there(resource, &of)
            }
            (Ok(Holder::Planned(resource)), _) => there(resource, ""),
            (Ok(Holder::Deleted(resource)), _) => there(resource, "keep "),
            (_, Some(bucket)) => there(bucket, &format!("`{inline}` of ")),
            _ => Place { document, address: None, text: format!("add an `{kind}`") },
        }
    }

    /// Where each setting is that can be fixed.
    pub(super) fn places(&self) -> Vec<Place> {
        let kinds = [
            (DocumentName::BucketPolicy, POLICY, "policy"),
            (DocumentName::PublicAccessBlock, ACCESS_BLOCK, ""),
            (DocumentName::DefaultEncryption, ENCRYPTION, "server_side_encryption_configuration"),
            (DocumentName::OwnershipControls, OWNERSHIP, ""),
            (DocumentName::Acl, ACL, "acl"),
            (DocumentName::RequestPayment, REQUEST_PAYMENT, "request_payer"),
            (DocumentName::ObjectLock, OBJECT_LOCK, "object_lock_configuration"),
        ];
        kinds.into_iter().map(|(document, kind, inline)| self.place(document, kind, inline)).collect()
    }

    /// An attribute of the bucket's own resource that says something: it was set there, or read there when the state was
    /// refreshed. What is empty says nothing: older providers read back only what was set there.
    pub(super) fn inline(&self, name: &str) -> PlanResult<Option<Attribute<'a>>> {
        let Some(bucket) = self.bucket.resource else { return Ok(None) };
        let part = bucket.attribute(name);
        if part.is_unknown() {
            // Computed by the provider, unless the configuration sets it.
            let configured = self.graph.references.configuration(&bucket.address).map(|own| own.expressions.get(name));
            return if matches!(configured, Some(None)) { Ok(None) } else { Err(part.gap()) };
        }
        let empty = match part.value {
            serde_json::Value::Null => true,
            serde_json::Value::String(text) => text.is_empty(),
            serde_json::Value::Array(items) => items.is_empty(),
            _ => false,
        };
        Ok((!empty).then_some(part))
    }

    /// Whether the provider asked for a block of the bucket that is there, and found none.
    pub(super) fn read_back_empty(&self, name: &str) -> bool {
        let empty = |bucket: &Resource<'_>| bucket.attribute(name).value.as_array().is_some_and(Vec::is_empty);
        !self.bucket.is_new() && self.bucket.resource.is_some_and(empty)
    }

    /// What is in force without any resource: AWS's defaults on a new bucket, and on another what nobody here knows.
    pub(super) fn untouched<T>(&self, kind: &str, new: Option<T>) -> PlanResult<Option<T>> {
        if self.bucket.is_new() {
            return Ok(new);
        }
        Err(Gap::not_in_plan(format!("the plan holds no `{kind}` of the bucket")))
    }

    /// The bucket policy.
    pub(super) fn policy(&self) -> PlanResult<Option<Text>> {
        match self.policy_holder()? {
            Holder::Planned(resource) => document::text(self.graph, resource, Some(self.bucket)),
            Holder::Deleted(_) => Ok(None),
            Holder::None => self.untouched(POLICY, None),
        }
    }

    /// The widest and the narrowest that the bucket policy can be, where it is known only after apply.
    pub(super) fn policy_bounds(&self) -> Option<[PolicyText; 2]> {
        match self.policy_holder().ok()? {
            Holder::Planned(resource) => document::bounds(self.graph, resource, self.bucket.known_name().is_none()),
            Holder::Deleted(_) | Holder::None => None,
        }
    }

    /// The resource whose `policy` is the bucket's: one of its own, or the bucket's.
    fn policy_holder(&self) -> PlanResult<Holder<'a>> {
        let holder = self.holder(POLICY)?;
        let Some(bucket) = self.bucket.resource else { return Ok(holder) };
        match holder {
            Holder::Planned(resource) => {
                document::last(self.graph, bucket, resource, "bucket policy").map(Holder::Planned)
            }
            Holder::Deleted(_) if self.graph.references.expression(bucket, &["policy"]).is_none() => Ok(holder),
            // What the provider did not ask for is null; what it found empty is a text.
            _ if !matches!(self.inline("policy"), Ok(None)) || bucket.attribute("policy").value == "" => {
                Ok(Holder::Planned(bucket))
            }
            _ => Ok(Holder::None),
        }
    }

    /// Block Public Access of the bucket.
    pub(super) fn access_block(&self) -> PlanResult<Option<PublicAccessBlockAnswer>> {
        match self.holder(ACCESS_BLOCK)? {
            Holder::Planned(resource) => access_block(resource).map(Some),
            Holder::Deleted(resource) if resource.attribute("skip_destroy").flag() == Ok(Some(true)) => {
                access_block(resource).map(Some)
            }
            Holder::Deleted(_) => Ok(None),
            Holder::None => self.untouched(ACCESS_BLOCK, Some(PublicAccessBlockAnswer::all_on())),
        }
    }

    /// Block Public Access of the account, where the plan manages it.
    pub(super) fn account_access_block(&self) -> PlanResult<Option<PublicAccessBlockAnswer>> {
        const KIND: &str = "aws_s3_account_public_access_block";
        let account = bucket::account(self.graph, self.bucket.anchor).map(|account| account.to_string());
        let of_account = self.graph.managed(KIND).filter(|resource| match (resource.known("account_id"), &account) {
            (Some(named), Some(account)) => named == account,
            _ => self.graph.same_provider(&resource.address, self.bucket.anchor),
        });
        match holder(of_account, |_| Link::Yes)? {
            Holder::Planned(resource) => access_block(resource).map(Some),
            Holder::Deleted(_) => Ok(None),
            Holder::None => Err(Gap::not_in_plan(format!("the plan holds no `{KIND}`"))),
        }
    }

    /// Object Ownership; a new bucket enforces its owner.
    pub(super) fn ownership(&self) -> PlanResult<Option<OwnershipAnswer>> {
        let answer = |ownership: &str| OwnershipAnswer {
            ownership_controls: OwnershipControls {
                rules: vec![OwnershipRule { object_ownership: ownership.to_owned() }],
            },
        };
        match self.holder(OWNERSHIP)? {
            Holder::Planned(resource) => {
                let rule = resource.attribute("rule").required_block()?;
                Ok(Some(answer(rule.get("object_ownership").required_text()?)))
            }
            Holder::Deleted(_) => Ok(None),
            Holder::None => self.untouched(OWNERSHIP, Some(answer("BucketOwnerEnforced"))),
        }
    }

    /// Versioning.
    pub(super) fn versioning(&self) -> PlanResult<Option<Versioning>> {
        let status = |status: Option<&str>| Versioning {
            status: status.filter(|status| *status != "Disabled").map(str::to_owned),
            mfa_delete: None,
        };
        match self.holder(VERSIONING)? {
            Holder::Planned(resource) => {
                let configuration = resource.attribute("versioning_configuration").required_block()?;
                Ok(Some(status(configuration.get("status").text()?)))
            }
            Holder::Deleted(_) => Ok(Some(status(Some("Suspended")))),
            Holder::None => match self.inline("versioning")? {
                Some(versioning) => {
                    let enabled = versioning.block()?.map(|block| block.get("enabled").flag()).transpose()?.flatten();
                    Ok(Some(status(enabled.filter(|enabled| *enabled).map(|_| "Enabled"))))
                }
                None => self.untouched(VERSIONING, Some(Versioning::default())),
            },
        }
    }

    /// Who pays for requests.
    pub(super) fn request_payment(&self) -> PlanResult<Option<RequestPayment>> {
        let payer = |payer: &str| Some(RequestPayment { payer: Some(payer.to_owned()) });
        match self.holder(REQUEST_PAYMENT)? {
            Holder::Planned(resource) => Ok(payer(resource.attribute("payer").required_text()?)),
            // The provider puts the default back.
            Holder::Deleted(_) => Ok(payer("BucketOwner")),
            Holder::None => match self.inline("request_payer")? {
                Some(part) => Ok(part.text()?.and_then(payer)),
                None => self.untouched(REQUEST_PAYMENT, payer("BucketOwner")),
            },
        }
    }

    /// Whether the bucket's tags count in conditions.
    pub(super) fn abac(&self) -> PlanResult<Option<AbacAnswer>> {
        let answer =
            |status: &str| Some(AbacAnswer { abac_status: Some(AbacStatus { status: Some(status.to_owned()) }) });
        match self.holder(ABAC)? {
            Holder::Planned(resource) => {
                let block = resource.attribute("abac_status").required_block()?;
                Ok(answer(block.get("status").required_text()?))
            }
            Holder::Deleted(_) => Ok(answer("Disabled")),
            Holder::None => self.untouched(ABAC, answer("Disabled")),
        }
    }

    /// The bucket's tags, those of the provider's defaults among them.
    pub(super) fn tags(&self) -> PlanResult<Option<TaggingAnswer>> {
        let Some(bucket) = self.bucket.resource else { return self.untouched("aws_s3_bucket", None) };
        let all = bucket.attribute("tags_all");
        let all = if all.is_null() { bucket.attribute("tags") } else { all };
        let tags = all.pairs()?.into_iter().map(|(key, value)| Tag { key: key.to_owned(), value: value.to_owned() });
        let tag_set: Vec<Tag> = tags.collect();
        Ok((!tag_set.is_empty()).then_some(TaggingAnswer { tag_set }))
    }
}

/// A setting that is left out is off.
fn access_block<'a>(resource: &'a Resource<'a>) -> PlanResult<PublicAccessBlockAnswer> {
    let is_on = |name: &str| resource.attribute(name).flag().map(|flag| flag == Some(true));
    Ok(PublicAccessBlockAnswer {
        public_access_block_configuration: PublicAccessBlock {
            block_public_acls: is_on("block_public_acls")?,
            ignore_public_acls: is_on("ignore_public_acls")?,
            block_public_policy: is_on("block_public_policy")?,
            restrict_public_buckets: is_on("restrict_public_buckets")?,
        },
    })
}
