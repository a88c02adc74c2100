//! Policy documents: texts as the plan holds them, and those that Terraform puts together only when it applies the plan.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Gap, PlanResult};
use super::bucket::Bucket;
use super::graph::PlanGraph;
use super::resource::Resource;
use crate::snapshot::{PolicyText, ReadFailure};

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
        Ok(Some(text)) => Ok(Some(whole(text.to_owned(), &part))),
        Ok(None) if part.value.is_string() => Ok(None),
        Ok(None) | Err(_) => {
            let data = data_source(graph, resource, attribute);
            let open = |why: &str| {
                let advice = bucket.map(|bucket| advice(graph, data, resource, attribute, bucket)).unwrap_or_default();
                Gap::after_apply(format!("{} is known only after apply{why}{advice}", part.name()))
            };
            let Some(data) = data else { return Err(open("")) };
            let rebuilt = rebuild(data, Fill::Nothing).map_err(|gap| open(&format!(" ({})", gap.message)))?;
            let sensitive = rebuilt.sensitive.or_else(|| part.is_sensitive().then(|| part.name()));
            Ok(Some(Text { sensitive, ..rebuilt }))
        }
    }
}

/// Between what a policy will be of which only resources are known after apply: the document that allows most and refuses
/// least of all that it may turn out to be, and the one that allows least and refuses most.
pub(super) fn bounds<'a>(
    graph: &PlanGraph<'a>,
    resource: &'a Resource<'a>,
    attribute: &str,
) -> Option<[PolicyText; 2]> {
    let data = data_source(graph, resource, attribute)?;
    let bound = |fill| rebuild(data, fill).ok().filter(|text| text.sensitive.is_none()).map(|text| text.policy);
    (!resource.attribute(attribute).is_sensitive()).then_some(())?;
    Some([bound(Fill::Widest)?, bound(Fill::Narrowest)?])
}

/// The data source that an attribute is the JSON of.
fn data_source<'a>(graph: &PlanGraph<'a>, resource: &'a Resource<'a>, attribute: &str) -> Option<&'a Resource<'a>> {
    let origin = graph.references.origin(resource, &[attribute])?;
    let data =
        matches!(origin.attribute.as_str(), "json" | "minified_json").then(|| graph.resources.get(&origin.address))?;
    data.filter(|data| data.is_data("aws_iam_policy_document"))
}

fn whole(policy: String, part: &Attribute<'_>) -> Text {
    Text { policy: PolicyText { policy }, sensitive: part.is_sensitive().then(|| part.name()) }
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
    reference(expressions, &given_by_aws).map_or_else(String::new, |open| {
        format!(", because `{open}` is; write `arn:aws:s3:::${{{name}.bucket}}` in its place, which is known before")
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

/// What stands for resources that are known only after apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fill {
    /// Nothing does: the document is not known.
    Nothing,
    /// All of S3 in an Allow, nothing in a Deny.
    Widest,
    /// Nothing in an Allow, all of S3 in a Deny.
    Narrowest,
}

impl Fill {
    fn resource(self, effect: &str) -> Option<&'static str> {
        let everything = match self {
            Self::Nothing => return None,
            Self::Widest => effect == "Allow",
            Self::Narrowest => effect != "Allow",
        };
        // No bucket's name begins with a hyphen.
        Some(if everything { "arn:*:s3:::*" } else { "arn:aws:s3:::-/-" })
    }
}

/// The JSON of an `aws_iam_policy_document`:
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>.
///
/// # Errors
/// When any part of it is known only after apply, or is merged in from other documents.
fn rebuild<'a>(data: &'a Resource<'a>, fill: Fill) -> PlanResult<Text> {
    for merged in ["source_policy_documents", "override_policy_documents", "source_json", "override_json"] {
        let part = data.attribute(merged);
        if part.is_unknown() || !part.texts()?.is_empty() {
            return Err(Gap::after_apply(format!("{} is merged in only then", part.name())));
        }
    }
    let statements = data.attribute("statement");
    let mut document = Map::new();
    document.insert("Version".into(), data.attribute("version").text()?.unwrap_or("2012-10-17").into());
    if let Some(id) = data.attribute("policy_id").text()? {
        document.insert("Id".into(), id.into());
    }
    let written = statements.blocks()?.iter().map(|part| statement(part, fill)).collect::<PlanResult<Vec<_>>>()?;
    if written.is_empty() {
        return Err(Gap::not_in_plan(format!("the plan does not tell {}", statements.name())));
    }
    document.insert("Statement".into(), Value::Array(written));
    Ok(whole(format!("{:#}", Value::Object(document)), &statements))
}

fn statement(part: &Attribute<'_>, fill: Fill) -> PlanResult<Value> {
    let mut statement = Map::new();
    if let Some(sid) = part.get("sid").text()? {
        statement.insert("Sid".into(), sid.into());
    }
    let effect = part.get("effect").text()?.unwrap_or("Allow");
    statement.insert("Effect".into(), effect.into());
    for (block, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = principals(&part.get(block))? {
            statement.insert(element.into(), principals);
        }
    }
    for (one, other) in [("actions", "not_actions"), ("resources", "not_resources")] {
        if part.get(one).is_null() && part.get(other).is_null() {
            return Err(Gap::not_in_plan(format!("the plan does not tell {}", part.get(one).name())));
        }
    }
    for (attribute, element) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        let texts = match (part.get(attribute).texts(), fill.resource(effect)) {
            (Err(Gap { code: ReadFailure::KNOWN_AFTER_APPLY, .. }), Some(filled)) if attribute == "resources" => {
                vec![filled]
            }
            (texts, _) => texts?,
        };
        if !texts.is_empty() {
            statement.insert(element.into(), one_or_many(texts.into_iter().map(variables)));
        }
    }
    let mut conditions: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for condition in part.get("condition").blocks()? {
        let (test, variable) = (condition.get("test"), condition.get("variable"));
        let (test, variable) = (known(test.text()?, &test)?, known(variable.text()?, &variable)?);
        let values = condition.get("values").texts()?.into_iter().map(variables);
        conditions.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    if !conditions.is_empty() {
        let block = |keys: BTreeMap<&str, Vec<String>>| {
            keys.into_iter()
                .map(|(key, values)| (key.to_owned(), one_or_many(values.into_iter())))
                .collect::<Map<_, _>>()
        };
        let conditions: Map<String, Value> =
            conditions.into_iter().map(|(test, keys)| (test.to_owned(), Value::Object(block(keys)))).collect();
        statement.insert("Condition".into(), Value::Object(conditions));
    }
    Ok(Value::Object(statement))
}

fn principals(part: &Attribute<'_>) -> PlanResult<Option<Value>> {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for block in part.blocks()? {
        let kind = block.get("type");
        let kind = known(kind.text()?, &kind)?;
        kinds.entry(kind).or_default().extend(block.get("identifiers").texts()?.into_iter().map(variables));
    }
    if kinds.is_empty() {
        return Ok(None);
    }
    if kinds.get("*").is_some_and(|identifiers| identifiers.iter().all(|identifier| identifier == "*"))
        && kinds.len() == 1
    {
        return Ok(Some(json!("*")));
    }
    let kinds: Map<String, Value> =
        kinds.into_iter().map(|(kind, identifiers)| (kind.to_owned(), one_or_many(identifiers.into_iter()))).collect();
    Ok(Some(Value::Object(kinds)))
}

fn known<'a>(text: Option<&'a str>, part: &Attribute<'_>) -> PlanResult<&'a str> {
    super::setting::required(text, part)
}

fn one_or_many(texts: impl Iterator<Item = String>) -> Value {
    let mut texts: Vec<Value> = texts.map(Value::String).collect();
    if texts.len() == 1 { texts.pop().unwrap_or_default() } else { Value::Array(texts) }
}

/// The data source writes policy variables as `&{aws:username}`, since `${` is Terraform's own.
fn variables(text: &str) -> String {
    text.replace("&{", "${")
}
