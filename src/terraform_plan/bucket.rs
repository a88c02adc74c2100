//! Which bucket of the plan to check, its Region and its account.

use serde_json::Value;

use super::InvalidPlan;
use super::address::Address;
use super::graph::PlanGraph;
use super::resource::{Fate, Resource};
use crate::names::{AccountId, BucketName};
use crate::text::list::{joined, listed};
use crate::text::shell::command;

/// The bucket that is judged.
#[derive(Debug)]
pub(super) struct Bucket<'a> {
    /// Its name, or its address where the plan does not tell the name.
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

    /// Its name, where the plan tells it.
    pub(super) fn known_name(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|_| !self.name.is_address())
    }
}

/// A bucket of which the plan will hold something.
#[derive(Debug, Clone, Copy)]
struct Choice<'a> {
    name: Option<&'a str>,
    /// Its own resource, or the first of its settings.
    resource: &'a Resource<'a>,
}

impl<'a> Choice<'a> {
    fn is_own(&self) -> bool {
        self.resource.is("aws_s3_bucket")
    }

    /// What `--bucket` takes for it: its name, or its address where it has none that S3 takes.
    fn spelled(&self) -> &'a str {
        self.name.filter(|name| BucketName::parse(name).is_ok()).unwrap_or(self.resource.label)
    }

    /// Whether `--bucket` names it: by its name, or by its address, from which a shell may have taken quotation marks.
    fn is_called(&self, text: &str) -> bool {
        let bare = |text: &str| text.replace('"', "");
        self.name == Some(text) || (self.is_own() && bare(self.resource.label) == bare(text))
    }

    fn bucket(self) -> Result<Bucket<'a>, InvalidPlan> {
        let Self { name, resource } = self;
        let named = BucketName::parse(name.unwrap_or(resource.label)).map_err(|error| {
            let wrong = format!("`{}`: `{}`: {error}", resource.label, name.unwrap_or(resource.label));
            InvalidPlan::new(wrong, "correct the bucket's name in the configuration")
        })?;
        Ok(Bucket { name: named, resource: self.is_own().then_some(resource), anchor: &resource.address })
    }
}

/// The bucket to check: the one that is named, or the only one.
pub(super) fn choose<'a>(graph: &PlanGraph<'a>, named: Option<&BucketName>) -> Result<Bucket<'a>, InvalidPlan> {
    let choices = choices(graph);
    let meant: Vec<&Choice<'_>> = match named {
        Some(named) => choices.iter().filter(|choice| choice.is_called(named.as_str())).collect(),
        None => choices.iter().collect(),
    };
    match (meant.as_slice(), named) {
        ([only], _) => only.bucket(),
        ([one, other, ..], Some(named)) => Err(InvalidPlan::new(
            format!("`{}` and `{}` are both named `{named}`", one.resource.label, other.resource.label),
            format!("choose one by its address: {}", options(meant.iter().map(|choice| choice.resource.label))),
        )),
        ([_, ..], None) => Err(InvalidPlan::new(
            format!("it holds several buckets: {}", list(&choices)),
            format!("choose one: {}", options(choices.iter().map(Choice::spelled))),
        )),
        ([], named) => Err(not_there(graph, &choices, named)),
    }
}

/// Why the bucket is not there.
fn not_there(graph: &PlanGraph<'_>, choices: &[Choice<'_>], named: Option<&BucketName>) -> InvalidPlan {
    let mut deleted = graph.managed("aws_s3_bucket").filter(|bucket| bucket.fate == Fate::Deleted);
    let Some(named) = named else {
        let gone = deleted.next().map(|bucket| format!(" that stays: it deletes `{}`", bucket.label));
        let wrong = format!("it holds no bucket{}", gone.unwrap_or_default());
        return InvalidPlan::new(wrong, "give the plan that has the bucket, or its settings");
    };
    let called = |resource: &Resource<'_>| {
        resource.known("bucket") == Some(named.as_str()) || resource.label.replace('"', "") == named.as_str()
    };
    if deleted.any(called) {
        return InvalidPlan::new(format!("it deletes the bucket `{named}`"), "name a bucket that is to stay");
    }
    let unnamed = choices.iter().find(|choice| choice.name.is_none());
    match (choices, unnamed) {
        ([], _) => {
            InvalidPlan::new(format!("it holds no bucket, so not `{named}`"), "give the plan that has the bucket")
        }
        (_, Some(unnamed)) if !named.is_address() => InvalidPlan::new(
            format!(
                "`{named}` is not in it by name, but {}: the name of `{}` is known only after apply",
                list(choices),
                unnamed.resource.label
            ),
            format!("choose it by its address: {}", options(choices.iter().map(Choice::spelled))),
        ),
        _ => InvalidPlan::new(
            format!("the bucket `{named}` is not in it; what is: {}", list(choices)),
            format!("choose one: {}", options(choices.iter().map(Choice::spelled))),
        ),
    }
}

/// Every bucket that stays: by its own resource, or else by those of its settings, once by each name.
fn choices<'a>(graph: &PlanGraph<'a>) -> Vec<Choice<'a>> {
    let name = |bucket: &'a Resource<'a>| bucket.known("bucket").or_else(|| bucket.known("id"));
    let (gone, stay): (Vec<_>, Vec<_>) =
        graph.managed("aws_s3_bucket").partition(|bucket| bucket.fate == Fate::Deleted);
    let mut choices: Vec<Choice<'_>> =
        stay.into_iter().map(|resource| Choice { name: name(resource), resource }).collect();
    let gone: Vec<&str> = gone.into_iter().filter_map(name).collect();
    for kind in super::kinds::KINDS {
        for resource in graph.managed(kind).filter(|setting| setting.fate != Fate::Deleted) {
            let Some(bucket) = resource.known("bucket") else { continue };
            if !gone.contains(&bucket) && !choices.iter().any(|choice| choice.name == Some(bucket)) {
                choices.push(Choice { name: Some(bucket), resource });
            }
        }
    }
    choices.sort_by_key(Choice::spelled);
    choices
}

/// The options that choose, ready to be pasted.
fn options<'s>(spelled: impl Iterator<Item = &'s str>) -> String {
    let options: Vec<String> = spelled.map(|name| format!("`{}`", command(["--bucket", name]))).collect();
    joined(&options, "or")
}

/// The buckets as the plan has them, those with a name that S3 does not take too.
fn list(choices: &[Choice<'_>]) -> String {
    let of = |choice: &Choice<'_>| match choice.name.filter(|name| *name != choice.spelled()) {
        Some(name) => format!("`{}` (named `{name}`)", choice.spelled()),
        None => format!("`{}`", choice.spelled()),
    };
    listed(&choices.iter().map(of).collect::<Vec<_>>())
}

/// The region of a resource: its own, its provider's, or that which a data source tells of the same provider.
pub(super) fn region(graph: &PlanGraph<'_>, resource: Option<&Resource<'_>>, anchor: &Address) -> Option<String> {
    let of_resource = resource.and_then(|resource| {
        let told = ["region", "bucket_region"].into_iter().find_map(|name| resource.known(name));
        told.or_else(|| resource.known("arn")?.split(':').nth(3))
    });
    let of_provider = graph.provider_setting(anchor, &["region"]).and_then(Value::as_str);
    let data = graph.data("aws_region").find(|data| graph.same_provider(&data.address, anchor));
    let of_data = data.and_then(|data| ["region", "name", "id"].into_iter().find_map(|name| data.known(name)));
    [of_resource, of_provider, of_data].into_iter().flatten().find(|text| is_region(text)).map(str::to_owned)
}

/// A variable's value may be a part of the region only: `"${var.area}-1"`. What has the shape of a region is taken for one.
fn is_region(text: &str) -> bool {
    let all = |part: &str, kind: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|byte| kind(&byte));
    text.rsplit_once('-').is_some_and(|(words, number)| {
        words.contains('-')
            && words.split('-').all(|word| all(word, u8::is_ascii_lowercase))
            && all(number, u8::is_ascii_digit)
    })
}

/// The account that a resource is made in: of `aws_caller_identity` or of the provider's own settings.
pub(super) fn account(graph: &PlanGraph<'_>, anchor: &Address) -> Option<AccountId> {
    let identity = graph.data("aws_caller_identity").find(|data| graph.same_provider(&data.address, anchor));
    let of_identity = identity.and_then(|data| data.known("account_id"));
    let of_provider = || {
        let allowed = graph.provider_setting(anchor, &["allowed_account_ids"]).and_then(Value::as_array);
        if let Some([Value::String(only)]) = allowed.map(Vec::as_slice) {
            return Some(only.as_str());
        }
        graph.provider_setting(anchor, &["assume_role", "role_arn"])?.as_str()?.split(':').nth(4)
    };
    of_identity.or_else(of_provider).and_then(|account| AccountId::parse(account).ok())
}
