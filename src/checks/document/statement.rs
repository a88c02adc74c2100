//! What is wrong with one statement: placeholders, lost zeros, principals that can be nobody, other partitions.

use crate::checks::Case;
use crate::checks::flaw::Flaw;
use crate::names::Arn;
use crate::policy::condition::Condition;
use crate::policy::pattern::Pattern;
use crate::policy::principal::Covers;
use crate::policy::{Document, Effect, Statement};

/// Names that samples use for a bucket.
const SAMPLE_NAMES: [&str; 15] = [
    "yourbucketname",
    "yourbucket",
    "your-bucket",
    "your_bucket",
    "your-bucket-name",
    "your_bucket_name",
    "your-bucket-here",
    "bucket-name",
    "bucket_name",
    "%bucket%",
    "amzn-s3-demo-bucket",
    "amzn-s3-demo-source-bucket",
    "amzn-s3-demo-destination-bucket",
    "amzn-s3-demo-logging-bucket",
    "doc-example-bucket",
];

/// Condition keys whose values are anybody's words, in lower case: brackets there mean nothing.
const FREE_TEXTS: [&str; 4] = ["aws:useragent", "aws:referer", "aws:principaltag/", "s3:requestobjecttag/"];

/// What is wrong with one statement.
pub(super) fn faults(case: &Case<'_>, document: &Document, statement: &Statement) -> Vec<Flaw> {
    let flaw = |message: String, advice: String| Flaw::within(statement.index, message, advice);
    let mut flaws = Vec::new();
    for entry in &statement.resource.entries {
        if let Some(leftover) = leftover_in_resource(case, &entry.text) {
            flaws.push(flaw(
                format!("the bucket in Resource is still `{leftover}`, a placeholder."),
                format!("Write the name of your bucket in its place: `{}`.", case.snapshot.bucket_arn()),
            ));
        } else if let Some(leftover) = placeholder(case, &entry.text) {
            flaws.push(flaw(
                format!("the Resource `{}` still contains the placeholder `{leftover}`.", entry.text),
                format!("Write the real value in place of `{leftover}`."),
            ));
        }
    }
    for variable in impossible_variables(document, statement) {
        flaws.push(flaw(
            format!("`${{{variable}}}` is a template placeholder that AWS never fills in."),
            format!("Write the real value in place of `${{{variable}}}`."),
        ));
    }
    for text in texts_that_may_hold_accounts(statement) {
        if let Some(account) = short_account(text) {
            flaws.push(flaw(
                format!("the account id of `{text}` has only 11 digits: its leading zero is missing."),
                format!("Write `0{account}`, in quotes."),
            ));
        }
    }
    for (text, leftover) in filled_in_texts(statement).filter_map(|text| Some((text, placeholder(case, text)?))) {
        let what = if leftover == text {
            "is still a placeholder".to_owned()
        } else {
            format!("still contains the placeholder `{leftover}`")
        };
        flaws.push(flaw(format!("`{text}` {what}."), format!("Write the real value in place of `{leftover}`.")));
    }
    // S3 refuses to save such a policy, which is said once.
    let unsaved = case.snapshot.bucket_policy.found().is_some_and(|text| text.to_save().is_some());
    for entry in statement.principal.entries.iter().filter(|_| !unsaved) {
        if entry.covers == Covers::Nobody && short_account(&entry.text).is_none() && !is_bracketed(&entry.text) {
            flaws.push(flaw(
                format!(
                    "`{}` matches nobody: a principal is an exact ARN or a 12-digit account id, without wildcards.",
                    entry.text
                ),
                format!("Write an exact principal in place of `{}`.", entry.text),
            ));
        }
    }
    if statement.effect == Effect::Allow {
        let partition = case.snapshot.partition();
        flaws.extend(foreign_partitions(case, statement).into_iter().map(|text| {
            flaw(
                format!("`{text}` belongs to another AWS partition than the bucket, so it grants nothing."),
                format!("Write ARNs of the bucket's partition, which begin with `arn:{partition}:`."),
            )
        }));
    }
    flaws
}

/// A placeholder or braces in the part of an ARN that names the bucket.
pub(crate) fn leftover_in_resource<'a>(case: &Case<'_>, text: &'a str) -> Option<&'a str> {
    let bucket = text.splitn(6, ':').nth(5)?.split('/').next().unwrap_or_default();
    let braces = bucket.contains(['[', ']', '{', '}', '<', '>']) && !bucket.contains("${");
    let template = bucket.contains("${") && !bucket.contains(':');
    let sample = is_sample_name(bucket) && bucket != case.bucket();
    (braces || template || sample).then_some(bucket)
}

/// Whether samples call a bucket so, also with a number at the end.
pub(crate) fn is_sample_name(text: &str) -> bool {
    let name = text.trim_end_matches(|last: char| last.is_ascii_digit());
    SAMPLE_NAMES.iter().any(|sample| name.eq_ignore_ascii_case(sample))
}

/// The first part of an ARN, a path or a value that is in brackets as a whole: `<role-name>`, `{prefix}`, `[vpc-id]`. A path
/// that is agreed on may be called so.
fn placeholder<'a>(case: &Case<'_>, text: &'a str) -> Option<&'a str> {
    let agreed = case.connection.export_path.as_deref().unwrap_or_default();
    let mut parts = text.split(['/', ':']).map(|part| part.trim_end_matches('*'));
    parts
        .find(|part| is_in_brackets(part) && !part.contains("${") && agreed.split(['/', ':']).all(|name| name != *part))
}

fn is_in_brackets(text: &str) -> bool {
    let pairs = [('[', ']'), ('<', '>'), ('{', '}')];
    pairs.iter().any(|(open, close)| text.len() > 2 && text.starts_with(*open) && text.ends_with(*close))
}

/// What somebody had to fill in: principals, and the values of conditions that are not free text.
fn filled_in_texts(statement: &Statement) -> impl Iterator<Item = &str> {
    texts(statement, |key| !FREE_TEXTS.iter().any(|name| key.starts_with(name)))
}

/// Principals, and the values of conditions on keys of a kind, which come in lower case.
fn texts(statement: &Statement, is_wanted: fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let principals = statement.principal.entries.iter().map(|entry| entry.text.as_str());
    let conditions = statement.conditions.iter();
    let wanted = conditions.filter(move |condition| is_wanted(&condition.key_name.to_lowercase()));
    principals.chain(wanted.flat_map(Condition::values))
}

fn impossible_variables<'a>(document: &Document, statement: &'a Statement) -> Vec<&'a str> {
    if !document.has_variables() {
        return Vec::new();
    }
    statement.patterns().flat_map(Pattern::impossible_variables).collect()
}

/// Principals, and the values of conditions on accounts and ARNs.
fn texts_that_may_hold_accounts(statement: &Statement) -> impl Iterator<Item = &str> {
    texts(statement, |key| ["account", "arn", "sourceowner"].iter().any(|end| key.ends_with(end)))
}

/// An account id of eleven digits, alone or in an ARN.
pub(crate) fn short_account(text: &str) -> Option<&str> {
    let account = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text };
    (account.len() == 11 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

pub(crate) fn is_bracketed(text: &str) -> bool {
    let account = if text.starts_with("arn:") { text.split(':').nth(4).unwrap_or_default() } else { text };
    is_in_brackets(account)
}

/// Principals and resources of an Allow that are of another partition than the bucket.
fn foreign_partitions<'a>(case: &Case<'_>, statement: &'a Statement) -> Vec<&'a str> {
    let own = case.snapshot.partition();
    let resources = statement.resource.entries.iter().map(|entry| entry.text.as_str());
    let principals = statement.principal.entries.iter().map(|entry| entry.text.as_str());
    let foreign = |text: &&str| {
        Arn::parse(text).is_ok_and(|arn| arn.partition != own && !arn.partition.contains(['*', '?', '$']))
    };
    principals.chain(resources).filter(foreign).collect()
}
