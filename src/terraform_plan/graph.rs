//! The plan with its resources and references together, and which resources belong to which bucket or key.

use std::collections::BTreeSet;

use serde_json::Value;

use super::address::{Address, module_path};
use super::attribute::{Gap, PlanResult};
use super::format::{PlanFile, Provider};
use super::reference::{Origin, Reach, References};
use super::resource::{Fate, Resource, Resources};

/// The plan with its resources and what refers to them.
#[derive(Debug)]
pub(super) struct PlanGraph<'a> {
    pub(super) plan: &'a PlanFile,
    pub(super) resources: &'a Resources<'a>,
    pub(super) references: References<'a>,
}

/// The resource that holds a setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holder<'a> {
    /// It will be there.
    Planned(&'a Resource<'a>),
    /// It is there, and is deleted.
    Deleted(&'a Resource<'a>),
    /// The plan has none.
    None,
}

/// Whether a resource belongs to a bucket or key.
pub(super) enum Link {
    /// It does.
    Yes,
    /// It belongs to another.
    No,
    /// That is known only after apply.
    Unsure(Gap),
}

impl<'a> PlanGraph<'a> {
    pub(super) fn new(plan: &'a PlanFile, resources: &'a Resources<'a>) -> Self {
        Self { plan, resources, references: References::new(plan, resources) }
    }

    /// All managed resources of a type.
    pub(super) fn managed(&self, kind: &'a str) -> impl Iterator<Item = &'a Resource<'a>> {
        self.resources.values().filter(move |resource| resource.is(kind))
    }

    /// The gap where a plan that is not complete may have left out a resource of this type: one that is deferred, or that the
    /// configuration has and the plan does not (<https://developer.hashicorp.com/terraform/internals/json-format>).
    pub(super) fn left_out(&self, kind: &str) -> Option<Gap> {
        (self.plan.complete == Some(false)).then_some(())?;
        let mut deferred = self.plan.deferred_changes.iter().flatten();
        let of_kind = |put_off: &Value| put_off.pointer("/resource_change/type").is_some_and(|found| found == kind);
        (deferred.any(of_kind) || self.references.leaves_out(kind)).then(|| {
            Gap::not_in_plan(format!(
                "the plan is not complete (-target, or deferred changes) and leaves out an `{kind}` of the configuration: plan \
                 again without `-target`, or after this apply"
            ))
        })
    }

    /// All data sources of a type.
    pub(super) fn data(&self, kind: &'a str) -> impl Iterator<Item = &'a Resource<'a>> {
        self.resources.values().filter(move |resource| resource.is_data(kind))
    }

    /// Whether an attribute of a resource names one of these values or, where it is known only after apply, this resource.
    pub(super) fn link(
        &self,
        resource: &'a Resource<'a>,
        attribute: &str,
        values: &[&str],
        target: Option<&Address>,
    ) -> Link {
        let part = resource.attribute(attribute);
        if let Ok(Some(value)) = part.text() {
            return if values.contains(&value) { Link::Yes } else { Link::No };
        }
        let alike = |found: &Address| target.is_none_or(|target| is_key(&found.kind) == is_key(&target.kind));
        match self.only_one(&self.references.reach(resource, &[attribute]), alike, |_| false) {
            Some((only, _)) if Some(&only) == target => Link::Yes,
            // A data source that is read only then may find this very bucket or key.
            Some((only, _)) if !only.data => Link::No,
            _ => Link::Unsure(part.gap()),
        }
    }

    /// The one bucket or key that a value is made of, and what of it stands for that; none where there are several, or
    /// something else that may name one, of what is not in its expression by its type.
    pub(super) fn only_one<'r>(
        &self,
        reach: &'r Reach,
        is_wanted: impl Fn(&Address) -> bool,
        may_name_one: impl Fn(&str) -> bool,
    ) -> Option<(Address, Vec<&'r Origin>)> {
        (!reach.endless).then_some(())?;
        let others = reach.others.iter().filter(|origin| self.may_be_open(origin));
        let others = others.map(|origin| (origin, may_name_one(&origin.address.kind)));
        let (mut targets, mut by) = (BTreeSet::new(), Vec::new());
        for (origin, may) in reach.origins.iter().map(|origin| (origin, true)).chain(others) {
            match self.stands_for(origin, 0).filter(&is_wanted) {
                Some(found) => {
                    targets.insert(found);
                    by.push(origin);
                }
                None if may => return None,
                None => {}
            }
        }
        targets.pop_first().filter(|_| targets.is_empty()).map(|only| (only, by))
    }

    /// Whether something of a resource that is known only after apply may be its id: not where that is known.
    fn may_be_open(&self, origin: &Origin) -> bool {
        let known = || self.resources.get(&origin.address).is_some_and(|resource| resource.known("id").is_some());
        !origin.attribute.is_empty() || !known()
    }

    /// The bucket or key that an unknown value names: also by way of a setting of the bucket, or an alias of the key.
    pub(super) fn stands_for(&self, origin: &Origin, depth: usize) -> Option<Address> {
        let Origin { address, attribute } = origin;
        let through = match (address.kind.as_str(), attribute.as_str()) {
            ("aws_s3_bucket", "" | "id" | "bucket") => address.data.then_some("bucket"),
            (kind, "id" | "bucket") if kind.starts_with("aws_s3_bucket_") => Some("bucket"),
            ("aws_kms_alias", "" | "id" | "arn" | "name" | "target_key_id" | "target_key_arn") => Some("target_key_id"),
            ("aws_kms_key_policy" | "aws_kms_grant", "" | "id" | "key_id") => Some("key_id"),
            (kind, "" | "id" | "arn" | "key_id") if is_key(kind) => None,
            _ => return None,
        };
        let Some(attribute) = through else { return Some(address.clone()) };
        let resource = self.resources.get(address).filter(|_| depth < 8)?;
        self.stands_for(&self.references.origin(resource, &[attribute])?, depth + 1)
    }

    /// The policy document that a value is the JSON of.
    pub(super) fn document_behind(&self, origin: &Origin) -> Option<&'a Resource<'a>> {
        let data = self.resources.get(&origin.address).filter(|data| data.is_data("aws_iam_policy_document"));
        data.filter(|_| matches!(origin.attribute.as_str(), "json" | "minified_json"))
    }

    /// A resource with the module that it is written in, as far as the plan tells where that is.
    pub(super) fn located(&self, resource: &Resource<'_>) -> String {
        let source = self.references.source(&resource.address.module);
        let within = match source {
            Some(folder) if folder.starts_with("./") || folder.starts_with("../") => format!(" (in `{folder}`)"),
            Some(published) => format!(" (of the module `{published}`)"),
            None => String::new(),
        };
        format!("`{}`{within}", resource.label)
    }

    /// The provider of a resource.
    fn provider(&self, address: &Address) -> Option<&'a Provider> {
        let providers = self.plan.configuration.as_ref()?.provider_config.as_ref()?;
        let configuration = self.references.configuration(address);
        let key = configuration.and_then(|configuration| configuration.provider_config_key.as_deref());
        let only = || {
            let mut all = providers.values().filter(|provider| provider.name.as_deref() == Some("aws"));
            all.next().filter(|_| all.next().is_none())
        };
        key.and_then(|key| providers.get(key)).or_else(only)
    }

    /// Whether two resources are of the same provider, and with it of the same account and, unless one says otherwise, region.
    pub(super) fn same_provider(&self, one: &Address, other: &Address) -> bool {
        match (self.provider(one), self.provider(other)) {
            (Some(one), Some(other)) => std::ptr::eq(one, other),
            // Without any configuration of providers there is one only, of the environment.
            (None, None) => true,
            _ => false,
        }
    }

    /// A constant setting of a resource's provider.
    pub(super) fn provider_setting(&self, address: &Address, path: &[&str]) -> Option<&'a Value> {
        let provider = self.provider(address)?;
        let module = match provider.module_address.as_deref() {
            None | Some("") => Vec::new(),
            Some(module) => module_path(module)?,
        };
        self.references.constant(&module, &provider.expressions, path)
    }
}

/// The one resource among these that belongs to a bucket or key. One that Terraform forgets counts where there is no
/// other.
///
/// # Errors
/// When two do, or it is not known whether one does: Terraform changes them in no order that the plan tells.
pub(super) fn holder<'a>(
    candidates: impl Iterator<Item = &'a Resource<'a>>,
    link: impl Fn(&'a Resource<'a>) -> Link,
) -> PlanResult<Holder<'a>> {
    let (mut planned, mut forgotten): (Vec<&Resource<'_>>, Vec<&Resource<'_>>) = (Vec::new(), Vec::new());
    let (mut deleted, mut unsure) = (None, None);
    for resource in candidates {
        match (link(resource), resource.fate) {
            (Link::Yes, Fate::Deleted) => deleted = Some(resource),
            (Link::Yes, Fate::Forgotten) => forgotten.push(resource),
            (Link::Yes, Fate::Created | Fate::Kept) => planned.push(resource),
            (Link::Unsure(gap), Fate::Created | Fate::Kept) => unsure = Some(gap),
            (Link::Unsure(_), Fate::Deleted | Fate::Forgotten) | (Link::No, _) => {}
        }
    }
    let planned = if planned.is_empty() { forgotten } else { planned };
    match (planned.as_slice(), deleted, unsure) {
        ([only], None, _) => Ok(Holder::Planned(only)),
        ([one, ..], Some(deleted), _) => Err(Gap::not_in_plan(format!(
            "`{}` is deleted and `{}` sets the same thing, and which comes last is not known: move the one to the other with a \
             `moved` block",
            deleted.label, one.label
        ))),
        // Two that say the same are one, whichever comes last.
        ([one, others @ ..], None, _) if others.iter().all(|other| other.says() == one.says()) => {
            Ok(Holder::Planned(one))
        }
        ([one, other, ..], None, _) => Err(Gap::not_in_plan(format!(
            "`{}` and `{}` set the same thing, and which comes last is not known",
            one.label, other.label
        ))),
        ([], _, Some(gap)) => Err(gap),
        ([], Some(deleted), None) => Ok(Holder::Deleted(deleted)),
        ([], None, None) => Ok(Holder::None),
    }
}

/// Whether resources of this type are KMS keys.
pub(super) fn is_key(kind: &str) -> bool {
    matches!(kind, "aws_kms_key" | "aws_kms_replica_key" | "aws_kms_external_key" | "aws_kms_replica_external_key")
}
