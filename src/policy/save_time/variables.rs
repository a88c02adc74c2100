//! Variables that are written so that no request can fill them in
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).

use super::Objection;
use super::shared::ANALYZER;
use crate::policy::condition::Condition;
use crate::policy::document::{Document, PatternEntry, Statement};
use crate::policy::json::Span;
use crate::policy::nearest::statement_name;
use crate::policy::operator::Family;

pub(super) fn objections(document: &Document) -> Vec<Objection> {
    let statements = document.statements.iter().filter(|_| document.has_variables());
    statements.flat_map(of_statement).collect()
}

fn of_statement(statement: &Statement) -> Vec<Objection> {
    let name = statement_name(statement);
    let object = |span: Span, (cause, advice): (String, String)| {
        Objection::inferred(ANALYZER).at(statement.index, span).because(cause, advice)
    };
    let in_resource = |entry: &PatternEntry| {
        let (cause, advice) = mistake(&entry.text)?;
        Some(object(entry.span, (format!("the Resource of {name} holds {cause}"), advice)))
    };
    let in_condition = |condition: &Condition| {
        let key = &condition.key_name;
        let found = condition.values().find_map(|value| {
            let (cause, advice) = mistake(value).or_else(|| out_of_place(condition.operator.family, value))?;
            Some((format!("a value of `{key}` in {name} holds {cause}"), advice))
        });
        Some(object(condition.span, found?))
    };
    statement
        .resource
        .entries
        .iter()
        .filter_map(in_resource)
        .chain(statement.conditions.iter().filter_map(in_condition))
        .collect()
}

/// What is wrong with a variable of a text, as a clause, and what to write instead.
fn mistake(text: &str) -> Option<(String, String)> {
    variables(text).find_map(|inside| {
        let (key, default) =
            inside.split_once(',').map_or((inside, None), |(key, default)| (key, Some(default.trim())));
        let quoted = |default: &str| default.len() > 1 && default.starts_with('\'') && default.ends_with('\'');
        if inside.is_empty() {
            Some((
                "`${}`, a variable without a name".to_owned(),
                "Write the value itself in place of `${}`.".to_owned(),
            ))
        } else if key.trim() != key {
            let right = format!("Write `${{{}}}`, without the space.", inside.trim());
            Some((format!("`${{{inside}}}`, a variable with a space around its name"), right))
        } else if default.is_some_and(|default| !quoted(default)) {
            let default = default.unwrap_or_default().trim_matches('\'');
            let right = format!("Write `${{{key}, '{default}'}}`, with the default in single quotes.");
            Some((format!("`${{{inside}}}`, a variable whose default is not in single quotes"), right))
        } else {
            None
        }
    })
}

/// A variable where the operator compares something else than texts or ARNs.
fn out_of_place(family: Family, text: &str) -> Option<(String, String)> {
    if matches!(family, Family::String | Family::StringIgnoreCase | Family::StringLike | Family::Arn) {
        return None;
    }
    let inside = variables(text).next()?;
    let cause = format!("the variable `${{{inside}}}`, and only operators for texts and ARNs take variables");
    Some((cause, format!("Write the value itself in place of `${{{inside}}}`.")))
}

/// What is between the braces of each variable.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}
