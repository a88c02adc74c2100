//! The table of named cases, `evaluator_cases.jsonl`: one JSON object a line, each with the page or paragraph that it comes from.
//!
//! A line that `define`s a name gives a context and unknown keys for later lines to use as `given`. A case has a `name`, a
//! `source` (a heading of docs/design, or an AWS page by its file name), the expected `decision` (a list where the
//! documents leave a choice), perhaps `statements` (the indexes that must be named) and `depends_on`, and the question:
//! `policy`, or `statements_in` for the statements of a policy of Version 2012-10-17; whatever else of the question it
//! leaves out is Sailthru's role uploading its confirmation object. `line` gives the whole question as text.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use stc_check::policy::simulate::answer_line;

const TABLE: &str = include_str!("../evaluator_cases.jsonl");

#[test]
fn every_named_case_is_decided_as_documented() {
    let mut givens = BTreeMap::new();
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for line in TABLE.lines() {
        let case: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Some(name) = case["define"].as_str() {
            givens.insert(name.to_owned(), case);
            continue;
        }
        let name = case["name"].as_str().expect("a case has a name");
        assert!(names.insert(name.to_owned()), "two cases are called `{name}`");
        assert!(case["source"].is_string(), "`{name}` has no source");
        if let Some(fault) = fault(&case, &givens) {
            wrong.push(format!("{name} ({}): {fault}", case["source"]));
        }
    }
    assert!(names.len() >= 200, "only {} cases were read", names.len());
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), names.len(), wrong.join("\n"));
}

/// What is wrong with the answer to a case, if anything is.
fn fault(case: &Value, givens: &BTreeMap<String, Value>) -> Option<String> {
    let line = case["line"].as_str().map_or_else(|| question(case, givens).to_string(), str::to_owned);
    let answer: Value = serde_json::from_str(&answer_line(&line)).expect("an answer is JSON");
    let lowered = |keys: &Value| {
        keys.as_array().into_iter().flatten().map(|key| key.to_string().to_lowercase()).collect::<BTreeSet<_>>()
    };
    let expected =
        |element: &str, told: BTreeSet<String>| case.get(element).is_none_or(|expected| lowered(expected) == told);
    let indexes = answer["statements"].as_array().into_iter().flatten().map(|one| one["index"].to_string()).collect();
    let right = crate::oracle::list(&case["decision"]).contains(&&answer["decision"])
        && expected("depends_on", lowered(&answer["depends_on"]))
        && expected("statements", indexes);
    (!right)
        .then(|| format!("expected {} {} {}, was {answer}", case["decision"], case["statements"], case["depends_on"]))
}

/// The question of a case, with what it leaves out filled in.
fn question(case: &Value, givens: &BTreeMap<String, Value>) -> Value {
    let given =
        case["given"].as_str().map(|name| givens.get(name).unwrap_or_else(|| panic!("nothing is defined as `{name}`")));
    let mut context: Map<String, Value> =
        given.and_then(|given| given["context"].as_object()).cloned().unwrap_or_default();
    context.extend(case["context"].as_object().cloned().unwrap_or_default());
    let mut unknown: Vec<Value> = given.and_then(|given| given["unknown"].as_array()).cloned().unwrap_or_default();
    unknown.extend(case["unknown"].as_array().cloned().unwrap_or_default());
    unknown.retain(|key| !context.contains_key(key.as_str().unwrap_or_default()));
    for key in case["absent"].as_array().into_iter().flatten() {
        unknown.retain(|other| other != key);
        context.remove(key.as_str().unwrap_or_default());
    }
    let or = |name: &str, default: &str| case.get(name).cloned().unwrap_or_else(|| json!(default));
    let given_or = |name: &str, default: &str| {
        given
            .and_then(|given| given.get(name))
            .map_or_else(|| or(name, default), |value| case.get(name).unwrap_or(value).clone())
    };
    json!({
        "id": case["name"],
        "policy": case.get("policy").cloned().unwrap_or_else(|| json!({"Version": "2012-10-17", "Statement": case["statements_in"]})),
        "principal": given_or("principal", super::generate::ROLE),
        "action": given_or("action", "s3:PutObject"),
        "resource": given_or("resource", "arn:aws:s3:::acme-exports/_ACCESS_CONFIRMATION"),
        "resource_account": or("resource_account", "111122223333"),
        "context": context,
        "unknown": unknown,
    })
}
