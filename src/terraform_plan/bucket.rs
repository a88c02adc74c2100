//! Which bucket of the plan is meant, where it is and whose it is.

use std::collections::BTreeMap;

use super::InvalidPlan;
use super::address::Address;
use super::graph::PlanGraph;
use super::resource::{Fate, Resource};
use crate::names::{AccountId, Arn, BucketName};

/// The bucket that is judged.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    pub(super) name: BucketName,
    /// Its own resource; none where the plan only manages settings of it.
    pub(super) resource: Option<&'a Resource<'a>>,
    /// The resource whose provider is the bucket's.
    pub(super) anchor: &'a Address,
}

impl Bucket<'_> {
    /// Whether it is made by the plan, so that nothing was set on it before.
    pub(super) fn is_new(&self) -> bool {
        self.resource.is_some_and(|resource| resource.fate == Fate::Created)
    }
}

/// The bucket that is meant: the one that is named, or the only one.
pub(super) fn choose<'a>(graph: &PlanGraph<'a>, named: Option<&BucketName>) -> Result<Bucket<'a>, InvalidPlan> {
    let (found, unnamed) = buckets(graph);
    let deleted = graph.managed("aws_s3_bucket").filter(|bucket| bucket.fate == Fate::Deleted);
    let all =
        || list(found.keys().map(|name| format!("`{name}`")).chain(unnamed.iter().map(|label| format!("`{label}`"))));
    let after_apply = |label: &str| {
        format!("the name of `{label}` is known only after apply, and without it nothing could be judged")
    };
    let own_name = "give `bucket` a name that Terraform knows before, or check the bucket once it is applied";
    let name = match (named, found.len(), unnamed.as_slice()) {
        (Some(name), ..) if found.contains_key(name.as_str()) => name.as_str(),
        (Some(name), ..) if deleted.into_iter().any(|bucket| bucket.known("bucket") == Some(name.as_str())) => {
            return Err(InvalidPlan::new(format!("it deletes the bucket `{name}`"), "name a bucket that is to stay"));
        }
        (Some(name), 0, [label]) => {
            return Err(InvalidPlan::new(format!("`{name}` is not in it by name: {}", after_apply(label)), own_name));
        }
        (Some(name), 0, []) => {
            return Err(InvalidPlan::new(
                format!("it holds no bucket, so not `{name}`"),
                "give the plan that has the bucket",
            ));
        }
        (Some(name), ..) => {
            return Err(InvalidPlan::new(
                format!("the bucket `{name}` is not in it, but {}", all()),
                "name one of these",
            ));
        }
        (None, 0, []) => {
            let gone = graph.managed("aws_s3_bucket").find(|bucket| bucket.fate == Fate::Deleted);
            let gone = gone.map(|bucket| format!(" that stays: it deletes `{}`", bucket.label)).unwrap_or_default();
            return Err(InvalidPlan::new(
                format!("it holds no bucket{gone}"),
                "give the plan that has the bucket, or its settings",
            ));
        }
        (None, 0, [label]) => return Err(InvalidPlan::new(after_apply(label), own_name)),
        (None, 1, []) => found.keys().next().copied().unwrap_or_default(),
        (None, ..) => {
            return Err(InvalidPlan::new(
                format!("it holds several buckets: {}", all()),
                "choose one with --bucket NAME",
            ));
        }
    };
    let parsed = BucketName::parse(name)
        .map_err(|error| InvalidPlan::new(error.to_string(), "correct the bucket's name in the configuration"))?;
    match found.get(name).map(Vec::as_slice).unwrap_or_default() {
        [only] if only.is("aws_s3_bucket") => Ok(Bucket { name: parsed, resource: Some(only), anchor: &only.address }),
        [one, other, ..] if other.is("aws_s3_bucket") => Err(InvalidPlan::new(
            format!("`{}` and `{}` are both named `{name}`", one.label, other.label),
            "give the plan of one of them alone",
        )),
        [first, ..] => Ok(Bucket { name: parsed, resource: None, anchor: &first.address }),
        [] => Err(InvalidPlan::new("it holds no bucket", "give the plan that has the bucket, or its settings")),
    }
}

/// Every bucket of which the plan will hold something, by its name: its own resource, or else those of its settings. Those
/// whose name is known only after apply stand beside.
fn buckets<'a>(graph: &PlanGraph<'a>) -> (BTreeMap<&'a str, Vec<&'a Resource<'a>>>, Vec<&'a str>) {
    let mut found: BTreeMap<&str, Vec<&Resource<'_>>> = BTreeMap::new();
    let mut unnamed = Vec::new();
    let stays = |resource: &&Resource<'_>| resource.fate != Fate::Deleted;
    for bucket in graph.managed("aws_s3_bucket").filter(stays) {
        match bucket.known("bucket").or_else(|| bucket.known("id")) {
            Some(name) => found.entry(name).or_default().push(bucket),
            None => unnamed.push(bucket.label),
        }
    }
    let owned: Vec<&str> = found.keys().copied().collect();
    let gone = |name: &str| {
        graph
            .managed("aws_s3_bucket")
            .any(|bucket| bucket.fate == Fate::Deleted && bucket.known("bucket") == Some(name))
    };
    for kind in super::setting::KINDS {
        for setting in graph.managed(kind).filter(stays) {
            if let Some(name) = setting.known("bucket").filter(|name| !owned.contains(name) && !gone(name)) {
                found.entry(name).or_default().push(setting);
            }
        }
    }
    (found, unnamed)
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The region of a resource: its own, its provider's, or that which a data source tells of the same provider.
pub(super) fn region(graph: &PlanGraph<'_>, resource: Option<&Resource<'_>>, anchor: &Address) -> Option<String> {
    let own = resource.and_then(|resource| {
        let of_resource = ["region", "bucket_region"].into_iter().find_map(|name| known(resource, name));
        of_resource.or_else(|| Arn::parse(&known(resource, "arn")?).ok().map(|arn| arn.region))
    });
    let of_provider = || {
        let provider = graph.provider(anchor)?;
        graph.provider_setting(provider, &["region"])?.as_str().map(str::to_owned)
    };
    let of_data = || {
        let data = graph.data("aws_region").find(|data| graph.same_provider(&data.address, anchor))?;
        ["region", "name", "id"].into_iter().find_map(|name| known(data, name))
    };
    own.filter(|region| is_region(region))
        .or_else(|| of_provider().filter(|region| is_region(region)))
        .or_else(|| of_data().filter(|region| is_region(region)))
}

fn known(resource: &Resource<'_>, name: &str) -> Option<String> {
    resource.whole().get(name).text().ok().flatten().map(str::to_owned)
}

/// A variable's value may be a part of the region only: `"${var.area}-1"`. What has the shape of a region is taken for one.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            words.len() >= 2
                && words.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}

/// The account that a resource is made in: of `aws_caller_identity` or of the provider's own settings.
pub(super) fn account(graph: &PlanGraph<'_>, anchor: &Address) -> Option<AccountId> {
    let identity = graph.data("aws_caller_identity").find(|data| graph.same_provider(&data.address, anchor));
    let of_identity = identity.and_then(|data| known(data, "account_id"));
    let of_provider = || {
        let provider = graph.provider(anchor)?;
        let allowed = graph.provider_setting(provider, &["allowed_account_ids"]).and_then(|allowed| {
            match allowed.as_array()?.as_slice() {
                [only] => only.as_str().map(str::to_owned),
                _ => None,
            }
        });
        let role = || graph.provider_setting(provider, &["assume_role", "role_arn"])?.as_str().map(str::to_owned);
        allowed.or_else(|| Arn::parse(&role()?).ok().map(|arn| arn.account))
    };
    of_identity.or_else(of_provider).and_then(|account| AccountId::parse(&account).ok())
}
