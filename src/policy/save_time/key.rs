//! Rules for key policies.

use super::{KeyOwner, Objection, shared, variables};
use crate::policy::condition::Condition;
use crate::policy::document::{Document, Statement};
use crate::policy::json::Span;
use crate::policy::nearest::statement_name;
use crate::policy::operator::Quantifier;
use crate::policy::{Context, KeyState, Principal, Request, decide};

const INVALID_PRINCIPALS: &str = "Policy contains a statement with one or more invalid principals.";
const LOCKOUT: &str = "The new key policy will not allow you to update the key policy in the future.";

/// Where the refusals were seen, or what they are inferred from.
const SEEN_LOCKOUT: &str = "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1950";
const LOCKOUT_PAGE: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html";
const ELEMENTS: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html";
const CONTEXT_KEYS: &str = "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html";

pub(super) fn objections(document: &Document, text: &str, owner: KeyOwner<'_>) -> Vec<Objection> {
    let mut objections: Vec<Objection> = characters(text).into_iter().collect();
    for statement in &document.statements {
        objections.extend(shared::principals(statement, INVALID_PRINCIPALS));
        objections.extend(elements(statement));
        objections.extend(statement.conditions.iter().filter_map(|condition| set_operator(statement, condition)));
        objections.extend(shared::conditions(statement));
    }
    objections.extend(variables::objections(document));
    objections.extend(lockout(document, owner));
    objections
}

/// KMS takes tab, line feed, carriage return and the printable characters of Latin-1.
fn characters(text: &str) -> Option<Objection> {
    let (start, strange) =
        text.char_indices().find(|(_, c)| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}' | '\u{feff}'))?;
    let span = Span { start, end: start + strange.len_utf8() };
    let objection = Objection { seen: true, span, ..Objection::inferred(LOCKOUT_PAGE) };
    Some(objection.because(
        format!("it holds the character U+{:04X}, and KMS takes only those of Latin-1", u32::from(strange)),
        format!("Write another character, or `\\u{:04x}`, in its place.", u32::from(strange)),
    ))
}

/// A statement needs an Action, and `*` as Resource: the key that has the policy.
fn elements(statement: &Statement) -> Vec<Objection> {
    let name = statement_name(statement);
    let mut objections = Vec::new();
    let mut object = |span: Span, cause: String, advice: String| {
        objections.push(Objection::inferred(ELEMENTS).at(statement.index, span).because(cause, advice));
    };
    if statement.action.entries.is_empty() {
        object(statement.action.span, format!("{name} has no Action"), format!("Give {name} an Action, or remove it."));
    }
    let resource = &statement.resource;
    if resource.negated {
        object(
            resource.span,
            format!("{name} has a NotResource, and a key policy is about its own key alone"),
            format!("Write `\"Resource\": \"*\"` in {name}."),
        );
    } else if resource.span == statement.span {
        object(resource.span, format!("{name} has no Resource"), format!("Give {name} the Resource `*`."));
    } else if resource.entries.is_empty() {
        object(
            resource.span,
            format!("the Resource of {name} is empty"),
            format!("Write `*` as the Resource of {name}."),
        );
    } else {
        for entry in resource.entries.iter().filter(|entry| entry.text != "*") {
            object(
                entry.span,
                format!("the Resource of {name} is `{}`, and in a key policy it is `*`, this key", entry.text),
                format!("Use `*` as the Resource of {name}."),
            );
        }
    }
    objections
}

/// KMS refuses the encryption context under a set operator that also holds without it.
fn set_operator(statement: &Statement, condition: &Condition) -> Option<Objection> {
    let context = condition.key.starts_with("kms:encryptioncontext:");
    (context && condition.operator.quantifier == Quantifier::ForAll).then(|| {
        let name = statement_name(statement);
        Objection::inferred(CONTEXT_KEYS).at(statement.index, condition.span).because(
            format!("{name} compares `{}` with ForAllValues", condition.key_name),
            format!("Use the operator without ForAllValues in {name}."),
        )
    })
}

/// Somebody of the key's account must keep the right to change the policy; so must the principal that saves it, unless that check is
/// bypassed.
fn lockout(document: &Document, owner: KeyOwner<'_>) -> Option<Objection> {
    let somebody = match owner.account {
        Some(account) => Principal::AnyOf { partition: owner.partition.to_owned(), account: account.to_owned() },
        None => Principal::Anyone,
    };
    let keeps = |principal: Principal| {
        let mut context = Context::new(KeyState::Unknown);
        context.set("aws:SecureTransport", KeyState::known("true"));
        if let Some(account) = principal.account() {
            context.set("kms:CallerAccount", KeyState::known(account));
        }
        let key = "arn:aws:kms:us-east-1:000000000000:key/any";
        let request = Request::new(principal, "kms:PutKeyPolicy", key, owner.account, context);
        !decide(document, &request).outcome.is_denied()
    };
    let advice = match owner.account {
        Some(account) => format!(
            "Keep a statement that allows `kms:*` to `arn:{}:iam::{account}:root`, the account of the key.",
            owner.partition
        ),
        None => "Keep a statement that allows `kms:*` to the root ARN of the key's account.".to_owned(),
    };
    if !keeps(somebody) {
        let cause = "nobody in the key's account would keep `kms:PutKeyPolicy`";
        let objection = Objection { is_lockout: true, ..Objection::seen(LOCKOUT, SEEN_LOCKOUT) };
        return Some(objection.because(cause, advice));
    }
    let own =
        |caller: &&Principal| caller.account().is_some_and(|account| owner.account.is_none_or(|own| own == account));
    let caller = owner.caller.filter(own)?;
    if keeps(caller.clone()) {
        return None;
    }
    let cause = format!("your role would not keep `kms:PutKeyPolicy` (\"{LOCKOUT}\")");
    Some(Objection::inferred(LOCKOUT_PAGE).because(cause, advice))
}
