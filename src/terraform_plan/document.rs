//! Policy documents: texts as the plan holds them, and those that Terraform puts together only when it applies the plan.

use serde_json::Value;

use super::attribute::{Attribute, Gap, PlanResult};
use super::bucket::Bucket;
use super::graph::PlanGraph;
use super::rebuild::{self, Fill};
use super::resource::Resource;
use crate::snapshot::PolicyText;

/// A policy of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) policy: PolicyText,
    /// The attribute that the plan marks as sensitive, where it does.
    pub(super) sensitive: Option<String>,
}

/// The policy in an attribute; `None` where it is empty, as the provider writes what is not set. One that is known only
/// after apply is put together from the data source that it is, where the plan tells all of that.
pub(super) fn text<'a>(
    graph: &PlanGraph<'a>,
    resource: &'a Resource<'a>,
    attribute: &str,
    bucket: Option<&Bucket<'a>>,
) -> PlanResult<Option<Text>> {
    let part = resource.attribute(attribute);
    match part.text() {
        Ok(Some(text)) if resource.writes(attribute) => Ok(Some(whole(PolicyText::unsaved(text), &part))),
        Ok(Some(text)) => Ok(Some(whole(PolicyText::in_force(text), &part))),
        Ok(None) if part.value.is_string() => Ok(None),
        Ok(None) | Err(_) => {
            let data = data_source(graph, resource, attribute);
            let open = |why: &str| {
                let advice = bucket.map(|bucket| advice(graph, data, resource, attribute, bucket)).unwrap_or_default();
                Gap::after_apply(format!("{} is known only after apply{why}{advice}", part.name()))
            };
            let Some(data) = data else { return Err(open("")) };
            let rebuilt = rebuild::document(graph, data, Fill::Nothing);
            let rebuilt = rebuilt.map_err(|gap| open(&format!(" ({})", gap.message)))?;
            let marked = [part.clone(), data.attribute("statement")].into_iter().find(Attribute::is_sensitive);
            let policy = PolicyText::unsaved(&format!("{rebuilt:#}"));
            Ok(Some(Text { policy, sensitive: marked.map(|part| part.name()) }))
        }
    }
}

/// Between what a policy will be of which parts are known only after apply: the document that allows most and refuses least
/// of all that it may turn out to be, and the one that allows least and refuses most. `nameless` where the name of the bucket
/// that it is of is known only then, so that no resource in it is known to be the bucket's or not.
pub(super) fn bounds<'a>(
    graph: &PlanGraph<'a>,
    resource: &'a Resource<'a>,
    attribute: &str,
    nameless: bool,
) -> Option<[PolicyText; 2]> {
    let part = resource.attribute(attribute);
    (!part.is_sensitive()).then_some(())?;
    let bound = |fill| {
        let document = match part.text() {
            Ok(Some(text)) => serde_json::from_str(text).ok()?,
            _ => rebuild::document(graph, data_source(graph, resource, attribute)?, fill).ok()?,
        };
        let document = if nameless { rebuild::without_resources(document, fill) } else { document };
        Some(PolicyText::in_force(format!("{document:#}")))
    };
    let data = data_source(graph, resource, attribute);
    (!data.is_some_and(|data| data.attribute("statement").is_sensitive())).then_some(())?;
    Some([bound(Fill::Widest)?, bound(Fill::Narrowest)?])
}

/// The data source that an attribute is the JSON of.
fn data_source<'a>(graph: &PlanGraph<'a>, resource: &'a Resource<'a>, attribute: &str) -> Option<&'a Resource<'a>> {
    let origin = graph.references.origin(resource, &[attribute])?;
    let data =
        matches!(origin.attribute.as_str(), "json" | "minified_json").then(|| graph.resources.get(&origin.address))?;
    data.filter(|data| data.is_data("aws_iam_policy_document"))
}

fn whole(policy: PolicyText, part: &Attribute<'_>) -> Text {
    Text { policy, sensitive: part.is_sensitive().then(|| part.name()) }
}

/// What makes a policy known before: on a first apply it is open as soon as it names the bucket by an attribute that AWS
/// gives it, and not by the name that Terraform gives it.
fn advice<'a>(
    graph: &PlanGraph<'a>,
    data: Option<&'a Resource<'a>>,
    resource: &'a Resource<'a>,
    attribute: &str,
    bucket: &Bucket<'a>,
) -> String {
    let Some(own) = bucket.resource.filter(|_| bucket.is_new()) else { return String::new() };
    let expressions = match data {
        Some(data) => graph.references.configuration(&data.address).map(|configuration| &configuration.expressions),
        None => graph.references.expression(resource, &[attribute]),
    };
    let Some(expressions) = expressions else { return String::new() };
    let name = own.address.in_configuration();
    let given_by_aws = |text: &str| {
        let rest = text.strip_prefix(name.as_str());
        rest.is_some_and(|rest| matches!(rest.rsplit('.').next(), Some("arn" | "id")))
    };
    let Some(open) = reference(expressions, &given_by_aws) else { return String::new() };
    if bucket.known_name().is_none() {
        return format!(", because `{open}` is: give the bucket a name with `bucket`, and write the name in its place");
    }
    format!(", because `{open}` is; write `arn:aws:s3:::${{{name}.bucket}}` in its place, which is known before")
}

/// The first reference of any expression that is wanted.
fn reference<'e>(expressions: &'e Value, wanted: &impl Fn(&str) -> bool) -> Option<&'e str> {
    match expressions {
        Value::String(text) => Some(text.as_str()).filter(|text| wanted(text)),
        Value::Array(items) => items.iter().find_map(|item| reference(item, wanted)),
        Value::Object(members) => {
            members.iter().filter(|(name, _)| *name != "constant_value").find_map(|(_, value)| reference(value, wanted))
        }
        _ => None,
    }
}
