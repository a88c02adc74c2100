//! What a document must lose before the service takes it: words that have no effect where they are in force, and for which S3
//! or KMS refuses to save the document again.
//!
//! A deleted principal is nobody; an action that applies to no resource of its statement, or under a condition that no
//! request for it fulfils, is never allowed or denied by it. So nobody gains or loses by what is taken out here.

use serde_json::{Map, Value, json};

use super::edit::{Draft, drop_empty_blocks, drop_principals};
use super::lists::{list, one_or_many, with_more};
use crate::checks::Case;
use crate::checks::saving::objections;
use crate::policy::DocumentKind;
use crate::policy::principal::Covers;
use crate::policy::save_time::{Culprit, Objection};

/// How often a document is looked at again: each look finds what the one before uncovered.
const ROUNDS: usize = 64;

/// Takes out of a draft what the service was seen to refuse, as far as that changes nothing for anybody.
pub(super) fn make_saveable(case: &Case<'_>, kind: DocumentKind, draft: &mut Draft) {
    let bucket = case.vendor().bucket_arn();
    for _ in 0..ROUNDS {
        let refused = objections(case, kind, &draft.text().policy);
        let mut refused: Vec<&Objection> = refused.iter().filter(|objection| is_without_effect(objection)).collect();
        // From the last statement to the first: taking one out moves those after it.
        refused.sort_by_key(|objection| std::cmp::Reverse(objection.statement));
        let Some(last) = refused.first().and_then(|objection| objection.statement) else { return };
        for objection in refused.iter().filter(|objection| objection.statement == Some(last)) {
            let Some(culprit) = &objection.culprit else { continue };
            take_out(draft, last, culprit, &bucket);
        }
    }
}

/// Whether the culprit can go without a loss. A principal that is misspelled cannot: its owner has to say whom it means.
fn is_without_effect(objection: &Objection) -> bool {
    objection.seen
        && objection.culprit.as_ref().is_some_and(|culprit| match culprit {
            Culprit::Principal(text) => Covers::parse_aws(text) == Covers::DeletedIdentity,
            _ => true,
        })
}

fn take_out(draft: &mut Draft, index: usize, culprit: &Culprit, bucket: &str) {
    let Some(Value::Object(statement)) = draft.statements().get_mut(index) else { return };
    let (kept, split) = match culprit {
        Culprit::Principal(text) => (drop_principals(statement, &|_, entry| entry == text), None),
        Culprit::Action(text) => (entry(statement, "Action", text, &[]), None),
        Culprit::Resource(text) if text == "*" => {
            (entry(statement, "Resource", text, &[json!(bucket), json!(format!("{bucket}/*"))]), None)
        }
        Culprit::Resource(text) => (entry(statement, "Resource", text, &[]), None),
        Culprit::Condition { operator, key, action, holds_without_key } => {
            let mut alone = statement.clone();
            alone.insert("Action".to_owned(), json!(action));
            alone.remove("Sid");
            drop_condition(&mut alone, operator, key);
            (entry(statement, "Action", action, &[]), holds_without_key.then_some(alone))
        }
    };
    let statements = draft.statements();
    if let Some(split) = split {
        statements.insert(index + 1, Value::Object(split));
    }
    if !kept {
        statements.remove(index);
    }
}

/// Takes an entry out of a list, in favour of others; whether any is left.
fn entry(statement: &mut Map<String, Value>, element: &str, text: &str, others: &[Value]) -> bool {
    let Some(value) = statement.get_mut(element) else { return true };
    let mut kept = list(value).to_vec();
    kept.retain(|entry| entry != text);
    let kept = with_more(&kept, others.iter().cloned());
    let left = !kept.is_empty();
    *value = one_or_many(kept);
    left
}

fn drop_condition(statement: &mut Map<String, Value>, operator: &str, key: &str) {
    let Some(Value::Object(blocks)) = statement.get_mut("Condition") else { return };
    if let Some(Value::Object(block)) = blocks.get_mut(operator) {
        block.remove(key);
    }
    drop_empty_blocks(blocks);
    if blocks.is_empty() {
        statement.remove("Condition");
    }
}
