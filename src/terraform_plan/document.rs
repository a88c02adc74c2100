//! Policy documents: texts as the plan holds them, and those that Terraform puts together only when it applies the plan.

use serde_json::Value;

use super::attribute::{Attribute, Gap, PlanResult};
use super::bucket::Bucket;
use super::graph::PlanGraph;
use super::rebuild::{self, Fill};
use super::resource::{Fate, Resource};
use crate::snapshot::PolicyText;

/// The attribute that holds a policy, of a bucket, of a key, and of a resource of the policy alone.
const POLICY: &str = "policy";

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
    bucket: Option<&Bucket<'a>>,
) -> PlanResult<Option<Text>> {
    let part = resource.attribute(POLICY);
    match part.text() {
        Ok(Some(text)) => {
            let unsaved = resource.writes(POLICY);
            let policy = if unsaved { PolicyText::unsaved(text) } else { PolicyText::in_force(text) };
            Ok(Some(Text { policy, sensitive: part.is_sensitive().then(|| part.name()) }))
        }
        Ok(None) if part.value.is_string() => Ok(None),
        Ok(None) | Err(_) => {
            let data = data_source(graph, resource);
            let open = |why: &str| {
                let advice = bucket.and_then(|bucket| advice(graph, data, resource, bucket)).unwrap_or_default();
                Gap::after_apply(format!("{} is known only after apply{why}{advice}", part.name()))
            };
            let Some(data) = data else { return Err(open("")) };
            let rebuilt = rebuild::document(graph, data, Fill::Nothing, 0);
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
pub(super) fn bounds<'a>(graph: &PlanGraph<'a>, resource: &'a Resource<'a>, nameless: bool) -> Option<[PolicyText; 2]> {
    let part = resource.attribute(POLICY);
    let data = data_source(graph, resource);
    if part.is_sensitive() || data.is_some_and(|data| data.attribute("statement").is_sensitive()) {
        return None;
    }
    let bound = |fill| {
        let document = match part.text() {
            Ok(Some(text)) => serde_json::from_str(text).ok()?,
            _ => rebuild::document(graph, data?, fill, 0).ok()?,
        };
        let document = if nameless { rebuild::without_resources(document, fill) } else { document };
        Some(PolicyText::in_force(format!("{document:#}")))
    };
    Some([bound(Fill::Widest)?, bound(Fill::Narrowest)?])
}

/// Of a resource that holds a policy itself and one of the policy alone, the one that counts: the second depends on the
/// first, so of what both change, it comes last.
pub(super) fn last<'a>(
    graph: &PlanGraph<'a>,
    own: &'a Resource<'a>,
    separate: &'a Resource<'a>,
    what: &str,
) -> PlanResult<&'a Resource<'a>> {
    let set_in_both = graph.references.expression(own, &[POLICY]).is_some();
    if set_in_both && own.fate != Fate::Created && !separate.writes(POLICY) && own.writes(POLICY) {
        return Err(Gap::not_in_plan(format!(
            "`{}` and `{}` both set the {what}, and which of them comes last is not known",
            own.label, separate.label
        )));
    }
    Ok(separate)
}

/// The data source that a policy is the JSON of.
fn data_source<'a>(graph: &PlanGraph<'a>, resource: &'a Resource<'a>) -> Option<&'a Resource<'a>> {
    graph.document_behind(&graph.references.origin(resource, &[POLICY])?)
}

/// What makes a policy known before: on a first apply it is open as soon as it names the bucket by an attribute that AWS
/// gives it, and not by the name that Terraform gives it.
fn advice<'a>(
    graph: &PlanGraph<'a>,
    data: Option<&'a Resource<'a>>,
    resource: &'a Resource<'a>,
    bucket: &Bucket<'a>,
) -> Option<String> {
    let own = bucket.resource.filter(|_| bucket.is_new())?;
    let expressions = match data {
        Some(data) => &graph.references.configuration(&data.address)?.expressions,
        None => graph.references.expression(resource, &[POLICY])?,
    };
    let name = own.address.in_configuration();
    let given_by_aws = |text: &str| {
        let rest = text.strip_prefix(name.as_str());
        rest.is_some_and(|rest| matches!(rest.rsplit('.').next(), Some("arn" | "id")))
    };
    let open = reference(expressions, &given_by_aws)?;
    Some(match bucket.known_name() {
        None => format!(", because `{open}` is: give the bucket a name with `bucket`, and write the name in its place"),
        Some(_) => {
            format!(
                ", because `{open}` is; write `arn:aws:s3:::${{{name}.bucket}}` in its place, which is known before"
            )
        }
    })
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
