//! The JSON of an `aws_iam_policy_document` that Terraform reads only when it applies the plan:
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>.
//!
//! What of it is known only then is a gap, or is filled so that the document is certainly wider, or narrower, than it
//! will be.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::attribute::{Attribute, Gap, PlanResult};
use super::graph::PlanGraph;
use super::reference::Reach;
use super::resource::Resource;
use crate::vendor::documents::one_or_many;

/// What replaces the parts that are known only after apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// Nothing does: the document is not known.
    Nothing,
    /// All in an Allow, nothing in a Deny.
    Widest,
    /// Nothing in an Allow, all in a Deny.
    Narrowest,
}

/// How many documents deep sources are followed.
const DEEPEST: usize = 8;

/// Stands for a principal that is known only after apply: any of those that are judged.
pub(super) const JUDGED: &str = "(known after apply)";

impl Fill {
    /// Whether the parts of a statement are filled with everything or with nothing.
    fn covers(self, effect: &str) -> Option<bool> {
        match self {
            Self::Nothing => None,
            Self::Widest => Some(effect == "Allow"),
            Self::Narrowest => Some(effect != "Allow"),
        }
    }
}

/// The document; an error where a part of it is known only after apply, and is not filled. `depth` says how many documents
/// it is a source of.
pub(super) fn document<'a>(
    graph: &PlanGraph<'a>,
    data: &'a Resource<'a>,
    fill: Fill,
    depth: usize,
) -> PlanResult<Value> {
    let mut document = Map::new();
    document.insert("Version".into(), data.known("version").unwrap_or("2012-10-17").into());
    document.extend(data.known("policy_id").map(|id| ("Id".into(), id.into())));
    let part = data.attribute("statement");
    let own = part.blocks()?.iter().map(|part| statement(part, fill)).collect::<PlanResult<Vec<_>>>()?;
    let sources = merged(graph, data, ["source_json", "source_policy_documents"], fill, Some(depth))?;
    let overrides = merged(graph, data, ["override_json", "override_policy_documents"], fill, None)?;
    let has_sources = !sources.is_empty();
    let mut statements: Vec<Value> = Vec::new();
    for statement in sources.into_iter().chain(own.into_iter().flatten()).chain(overrides) {
        replace(&mut statements, statement);
    }
    if statements.is_empty() {
        if fill == Fill::Nothing && !has_sources {
            return Err(Gap::not_in_plan(format!("the plan does not tell {}", part.name())));
        }
        statements.push(nobodys());
    }
    document.insert("Statement".into(), Value::Array(statements));
    Ok(Value::Object(document))
}

/// A statement takes the place of another with its Sid.
fn replace(statements: &mut Vec<Value>, statement: Value) {
    let sid = statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
    let same = statements.iter_mut().find(|other| sid.is_some() && other.get("Sid").and_then(Value::as_str) == sid);
    match same {
        Some(same) => *same = statement,
        None => statements.push(statement),
    }
}

/// The statements that are merged in from other documents: those whose text is known and, at a depth, other data sources.
fn merged<'a>(
    graph: &PlanGraph<'a>,
    data: &'a Resource<'a>,
    attributes: [&str; 2],
    fill: Fill,
    depth: Option<usize>,
) -> PlanResult<Vec<Value>> {
    let mut statements = Vec::new();
    for name in attributes {
        let part = data.attribute(name);
        let gap = || Gap::after_apply(format!("{} is merged in only then", part.name()));
        let (texts, open) = part.known_texts()?;
        statements.extend(parsed(&texts, &part)?);
        if open == 0 {
            continue;
        }
        let depth = depth.filter(|depth| *depth <= DEEPEST).ok_or_else(gap)?;
        let Reach { origins, incomplete, .. } = graph.references.reach(data, &[name]);
        // Of a list that is open as a whole, what is known of it does not show.
        if part.is_unknown() || incomplete || origins.len() != open {
            return Err(gap());
        }
        for origin in origins {
            let source = graph.document_behind(&origin).ok_or_else(gap)?;
            statements.extend(take_statements(&mut document(graph, source, fill, depth + 1)?));
        }
    }
    Ok(statements)
}

/// The statements of documents that an attribute holds as texts.
fn parsed(texts: &[&str], part: &Attribute<'_>) -> PlanResult<Vec<Value>> {
    let mut statements = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        let mut document: Value = serde_json::from_str(text)
            .map_err(|_| Gap::not_in_plan(format!("{} holds a text that is not JSON", part.name())))?;
        statements.extend(take_statements(&mut document));
    }
    Ok(statements)
}

fn take_statements(document: &mut Value) -> Vec<Value> {
    match document.get_mut("Statement").map(Value::take) {
        Some(Value::Array(statements)) => statements,
        Some(statement) => vec![statement],
        None => Vec::new(),
    }
}

/// A statement that says nothing to anybody, where there must be one.
fn nobodys() -> Value {
    // No bucket's name begins with a hyphen.
    json!({"Effect": "Deny", "Principal": {"AWS": "000000000000"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::-/-"})
}

/// A statement; none where nothing of it is sure to be there.
fn statement(part: &Attribute<'_>, fill: Fill) -> PlanResult<Option<Value>> {
    let mut statement = Map::new();
    statement.extend(part.get("sid").text().ok().flatten().map(|sid| ("Sid".into(), sid.into())));
    let effect = part.get("effect").text()?.unwrap_or("Allow");
    statement.insert("Effect".into(), effect.into());
    let covers = fill.covers(effect);
    for (one, other) in [("actions", "not_actions"), ("resources", "not_resources")] {
        if part.get(one).is_null() && part.get(other).is_null() {
            return Err(Gap::not_in_plan(format!("the plan does not tell {}", part.get(one).name())));
        }
    }
    let elements = [
        ("actions", "Action", None),
        ("not_actions", "NotAction", Some("Action")),
        ("resources", "Resource", None),
        ("not_resources", "NotResource", Some("Resource")),
    ];
    for (attribute, element, inverts) in elements {
        let part = part.get(attribute);
        let (texts, open) = part.known_texts()?;
        let texts: Vec<String> = texts.into_iter().map(variables).collect();
        let (element, value) = match (open > 0, covers) {
            (false, _) if texts.is_empty() => continue,
            (false, _) => (element, one_or_many(&texts)),
            (true, None) => return Err(part.open()),
            // What is known of it is the most of an inverted element, and the least of another.
            (true, Some(all)) if all == inverts.is_some() && !texts.is_empty() => (element, one_or_many(&texts)),
            (true, Some(true)) => (inverts.unwrap_or(element), "*".into()),
            (true, Some(false)) => return Ok(None),
        };
        statement.insert(element.to_owned(), value);
    }
    for (block, element, inverted) in [("principals", "Principal", false), ("not_principals", "NotPrincipal", true)] {
        let (mut principals, open) = principals(&part.get(block))?;
        match (open.then_some(covers), inverted) {
            (None, _) => {}
            (Some(None), _) => return Err(part.get(block).open()),
            (Some(Some(true)), false) if effect == "Allow" => {
                principals.entry("AWS").or_default().push(JUDGED.to_owned());
            }
            (Some(Some(true)), true) | (Some(Some(false)), false) if !principals.is_empty() => {}
            (Some(Some(true)), _) => principals = BTreeMap::from([("*", vec!["*".to_owned()])]),
            (Some(Some(false)), _) => return Ok(None),
        }
        if !principals.is_empty() {
            let everyone =
                principals.len() == 1 && principals.get("*").is_some_and(|all| all.iter().all(|id| id == "*"));
            let element = if open && everyone { "Principal" } else { element };
            statement.insert(element.into(), if everyone { json!("*") } else { by_kind(principals, open) });
        }
    }
    match conditions(&part.get("condition")) {
        Ok(conditions) if conditions.is_empty() => {}
        Ok(conditions) => drop(statement.insert("Condition".into(), Value::Object(conditions))),
        Err(gap) => match covers {
            None => return Err(gap),
            // Without its condition the statement covers at least as much.
            Some(true) => {}
            Some(false) => return Ok(None),
        },
    }
    Ok(Some(Value::Object(statement)))
}

/// The principals that are known, by their kinds, and whether there are others.
fn principals<'a>(part: &Attribute<'a>) -> PlanResult<(BTreeMap<&'a str, Vec<String>>, bool)> {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut any_open = part.is_unknown();
    if any_open {
        return Ok((kinds, true));
    }
    for block in part.blocks()? {
        let (kind, identifiers) = (block.get("type"), block.get("identifiers"));
        let (known, open) = identifiers.known_texts()?;
        any_open |= open > 0 || kind.is_unknown();
        if !kind.is_unknown() && !known.is_empty() {
            let kind = kind.required_text()?;
            kinds.entry(kind).or_default().extend(known.into_iter().map(variables));
        }
    }
    Ok((kinds, any_open))
}

fn by_kind(kinds: BTreeMap<&str, Vec<String>>, as_lists: bool) -> Value {
    let of = |identifiers: Vec<String>| if as_lists { json!(identifiers) } else { one_or_many(&identifiers) };
    Value::Object(kinds.into_iter().map(|(kind, identifiers)| (kind.to_owned(), of(identifiers))).collect())
}

fn conditions(part: &Attribute<'_>) -> PlanResult<Map<String, Value>> {
    let mut conditions: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for condition in part.blocks()? {
        let (test, variable) = (condition.get("test").required_text()?, condition.get("variable").required_text()?);
        let values = condition.get("values").texts()?.into_iter().map(variables);
        conditions.entry(test).or_default().entry(variable).or_default().extend(values);
    }
    let block = |keys: BTreeMap<&str, Vec<String>>| {
        keys.into_iter().map(|(key, values)| (key.to_owned(), one_or_many(&values))).collect::<Map<_, _>>()
    };
    Ok(conditions.into_iter().map(|(test, keys)| (test.to_owned(), Value::Object(block(keys)))).collect())
}

/// The document as if nothing were known of its resources.
pub(super) fn without_resources(mut document: Value, fill: Fill) -> Value {
    let statements = take_statements(&mut document);
    let mut kept: Vec<Value> = Vec::new();
    for mut statement in statements {
        let covers = fill.covers(statement.get("Effect").and_then(Value::as_str).unwrap_or("Allow"));
        let everything = statement.get("Resource") == Some(&"*".into());
        if let Some(members) = statement.as_object_mut().filter(|_| covers == Some(true) || everything) {
            members.remove("NotResource");
            members.insert("Resource".into(), "*".into());
            kept.push(statement);
        }
    }
    if kept.is_empty() {
        kept.push(nobodys());
    }
    if let Some(members) = document.as_object_mut() {
        members.insert("Statement".into(), Value::Array(kept));
    }
    document
}

/// The data source writes policy variables as `&{aws:username}`, since `${` is Terraform's own.
fn variables(text: &str) -> String {
    text.replace("&{", "${")
}
