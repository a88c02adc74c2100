//! What is wrong with one statement: placeholders, lost zeros, principals that can be nobody, other partitions.

use super::{Flaw, capitalised};
use crate::names::{Arn, partition_of_region};
use crate::policy::condition::Condition;
use crate::policy::nearest::statement_name;
use crate::policy::pattern::Pattern;
use crate::policy::principal::Covers;
use crate::policy::{Document, Effect, Statement};
use crate::requirement::Case;

/// Names that samples use for a bucket.
pub(crate) const SAMPLE_NAMES: [&str; 9] = [
    "yourbucketname",
    "your-bucket",
    "your-bucket-name",
    "your_bucket_name",
    "your-bucket-here",
    "bucket-name",
    "bucket_name",
    "amzn-s3-demo-bucket",
    "doc-example-bucket",
];

/// What is wrong with one statement.
pub(super) fn faults(case: &Case<'_>, document: &Document, statement: &Statement) -> Vec<Flaw> {
    let name = statement_name(statement);
    let flaw = |message: String, mend: String| Flaw { message, mend, statement: Some(statement.index) };
    let mut flaws = Vec::new();
    for entry in statement.resource.iter().flat_map(|resource| &resource.entries) {
        if let Some(leftover) = leftover_in_resource(case, &entry.text) {
            flaws.push(flaw(
                format!("In {name} the Resource `{}` still holds the placeholder `{leftover}`.", entry.text),
                format!("Write the bucket's own name, without braces: `arn:aws:s3:::{}`.", case.bucket()),
            ));
        }
    }
    for variable in impossible_variables(document, statement) {
        flaws.push(flaw(
            format!(
                "{} holds `${{{variable}}}`, which no request ever has: a template's leftover.",
                capitalised(&name)
            ),
            format!("Write the value itself in place of `${{{variable}}}`."),
        ));
    }
    for text in texts_that_may_hold_accounts(statement) {
        if let Some(account) = short_account(text) {
            flaws.push(flaw(
                format!("In {name} `{text}` has the account id `{account}` of 11 digits: its leading zero was lost."),
                format!("Write `0{account}`, in quotes."),
            ));
        } else if is_bracketed(text) {
            flaws.push(flaw(
                format!("In {name} `{text}` is still a placeholder."),
                format!("Write the value itself in place of `{text}`."),
            ));
        }
    }
    for entry in &statement.principal.entries {
        if entry.covers == Covers::Nobody && short_account(&entry.text).is_none() && !is_bracketed(&entry.text) {
            flaws.push(flaw(
                format!("In {name} `{}` can be nobody: a principal is an exact ARN or a twelve-digit account id, without wildcards.", entry.text),
                format!("Write an exact principal in place of `{}`.", entry.text),
            ));
        }
    }
    if statement.effect == Effect::Allow {
        flaws.extend(foreign_partitions(case, statement).into_iter().map(|text| {
            flaw(
                format!("In {name} `{text}` is of another partition than the bucket, so that it grants nothing."),
                format!("Write `{text}` with the bucket's partition."),
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
    let sample = SAMPLE_NAMES.iter().any(|name| bucket.eq_ignore_ascii_case(name)) && bucket != case.bucket();
    (braces || template || sample).then_some(bucket)
}

fn impossible_variables<'a>(document: &Document, statement: &'a Statement) -> Vec<&'a str> {
    if !document.has_variables() {
        return Vec::new();
    }
    let resources = statement.resource.iter().flat_map(|resource| &resource.entries).map(|entry| &entry.pattern);
    let values = statement.conditions.iter().flat_map(Condition::patterns);
    resources.chain(values).flat_map(Pattern::impossible_variables).collect()
}

/// Principals, and the values of conditions on accounts and ARNs.
fn texts_that_may_hold_accounts(statement: &Statement) -> Vec<&str> {
    let principals = statement.principal.entries.iter().map(|entry| entry.text.as_str());
    let about = |name: &str| {
        let name = name.to_lowercase();
        name.ends_with("account") || name.ends_with("arn") || name.ends_with("sourceowner")
    };
    let conditions = statement.conditions.iter().filter(|condition| about(&condition.key_name));
    principals.chain(conditions.flat_map(Condition::values)).collect()
}

/// An account id of eleven digits, alone or in an ARN.
pub(crate) fn short_account(text: &str) -> Option<&str> {
    let account = if text.starts_with("arn:") { text.split(':').nth(4)? } else { text };
    (account.len() == 11 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

pub(crate) fn is_bracketed(text: &str) -> bool {
    let account = if text.starts_with("arn:") { text.split(':').nth(4).unwrap_or_default() } else { text };
    [('[', ']'), ('<', '>'), ('{', '}')]
        .iter()
        .any(|(open, close)| account.starts_with(*open) && account.ends_with(*close))
}

/// Principals and resources of an Allow that are of another partition than the bucket.
fn foreign_partitions<'a>(case: &Case<'_>, statement: &'a Statement) -> Vec<&'a str> {
    let own = case.snapshot.region.as_deref().map_or("aws", partition_of_region);
    let resources = statement.resource.iter().flat_map(|resource| &resource.entries).map(|entry| entry.text.as_str());
    let principals = statement.principal.entries.iter().map(|entry| entry.text.as_str());
    let foreign = |text: &&str| {
        Arn::parse(text).is_ok_and(|arn| arn.partition != own && !arn.partition.contains(['*', '?', '$']))
    };
    principals.chain(resources).filter(foreign).collect()
}
