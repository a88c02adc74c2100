//! What a request may be about, as far as policies tell actions and objects apart.

use std::collections::HashSet;

use super::Tri;
use super::case::lower_case;
use super::context::{Context, KeyState};
use super::document::Statement;
use super::glob::Glob;
use super::kms_actions::KMS_ACTIONS;
use super::pattern::PatternKind;
use super::save_time::s3_actions;
use super::texts::{Frame, texts};

/// Actions of S3 to show first where others are gained with them.
const USUAL_ACTIONS: [&str; 10] = [
    "s3:ListBucket",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:PutObjectAcl",
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucket",
];

/// The actions of S3 that statements tell apart, each with what in the bucket it is done to.
pub(crate) fn actions_of_bucket(
    statements: &[&Statement],
    bucket: &str,
    likely: &[String],
) -> Vec<(String, Vec<String>)> {
    let of = |on_objects: bool, targets: Vec<String>| {
        let known = || s3_actions(on_objects);
        let first = USUAL_ACTIONS.into_iter().filter(move |name| known().any(|one| one.eq_ignore_ascii_case(name)));
        let names = actions(statements, first.chain(known()));
        names.into_iter().map(|name| (name.to_owned(), targets.clone())).collect::<Vec<_>>()
    };
    [of(true, objects(statements, bucket, likely)), of(false, vec![bucket.to_owned()])].concat()
}

/// The actions of KMS that statements tell apart, each with the key.
pub(crate) fn actions_of_key(statements: &[&Statement], key: &str) -> Vec<(String, Vec<String>)> {
    let names = actions(statements, KMS_ACTIONS.iter().map(|action| action.name.as_str()));
    names.into_iter().map(|name| (name.to_owned(), vec![key.to_owned()])).collect()
}

/// Of some actions, those that statements tell apart: the first for each way in which they can answer.
fn actions<'n>(statements: &[&Statement], names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let context = Context::new(KeyState::Absent);
    let mut seen = HashSet::new();
    names
        .filter(|name| {
            let name = lower_case(name);
            let entries = statements.iter().flat_map(|statement| &statement.action.entries);
            let answers: Vec<Tri> = entries.map(|entry| entry.pattern.matches_folded(&name, &context)).collect();
            seen.insert(answers)
        })
        .collect()
}

/// Objects of a bucket, one for each way in which the Resource elements can answer; likely ones first.
fn objects(statements: &[&Statement], bucket: &str, likely: &[String]) -> Vec<String> {
    let context = Context::new(KeyState::Unknown);
    let beginning = format!("{bucket}/");
    let entries = || statements.iter().flat_map(|statement| &statement.resource.entries);
    let examples = entries().map(|entry| example(&entry.text));
    let patterns: Vec<Vec<(PatternKind, Glob)>> =
        entries().filter_map(|entry| Some(vec![(entry.pattern.kind, entry.pattern.glob()?.clone())])).collect();
    let others = texts(&patterns, Frame { beginning: &beginning, end: "" }).found;
    let all = likely.iter().map(|key| format!("{beginning}{key}")).chain(examples).chain(others);
    let mut seen = HashSet::new();
    all.filter(|object| object.len() > beginning.len() && object.starts_with(&beginning))
        .filter(|object| {
            seen.insert(entries().map(|entry| entry.pattern.matches(object, &context)).collect::<Vec<Tri>>())
        })
        .collect()
}

/// A text that a pattern may match.
fn example(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((plain, variable)) = rest.split_once("${") {
        text.push_str(plain);
        text.push('x');
        rest = variable.split_once('}').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text.replace(['*', '?'], "x")
}
