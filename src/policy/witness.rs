//! Requests that show a decision: one that is refused and, where the answer depends on unknown keys, one that is let through.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::callers::sessions_if_named;
use super::candidates::Candidates;
use super::context::KeyState;
use super::document::{Document, Statement};
use super::explore::explore;
use super::pattern::Pattern;
use super::principal::Principal;
use super::request::{Request, Target};
pub use super::search::Reason;
use super::simulate::answer_line;
use super::weigh::{Outcome, weigh};

/// Requests in which every key that the policy mentions has a value or is absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Witnesses {
    /// One that is let through.
    pub allowed: Option<Request>,
    /// One that is refused. The two differ in one key wherever that can be.
    pub refused: Option<Request>,
    /// Why there may be no request for each of the two answers although the policy leaves it open.
    pub reason: Option<Reason>,
}

/// Looks for the requests that show what a policy says of a request.
#[must_use]
pub fn witnesses(document: &Document, request: &Request) -> Witnesses {
    let mut found = Witnesses::default();
    for principal in principals(document, request) {
        let asked = Request { principal, ..request.clone() };
        let (mut allowed, mut refused) = (None, None);
        let one = explore(document, &asked, false, |request, lets_through| {
            let place = if lets_through { &mut allowed } else { &mut refused };
            place.get_or_insert_with(|| complete(document, request));
        });
        let both = allowed.is_some() && refused.is_some();
        found.reason = found.reason.or(one.open);
        found.allowed = if both { allowed } else { found.allowed.or(allowed) };
        found.refused = if both { refused } else { found.refused.or(refused) };
        if both {
            break;
        }
    }
    if let (Some(allowed), Some(refused)) = (&found.allowed, &found.refused) {
        let (allowed, refused) = closest(document, allowed, refused);
        found = Witnesses { allowed: Some(allowed), refused: Some(refused), reason: None };
    }
    found
}

/// Who may be asking: where a policy names a session of the role that asks, that session and another.
fn principals(document: &Document, request: &Request) -> Vec<Principal> {
    let mut principals = vec![request.principal.clone()];
    let sessions = sessions_if_named(&document.statements.iter().collect::<Vec<_>>(), request.principal.clone());
    principals.extend(sessions.into_iter().filter(|session| *session != request.principal));
    principals
}

/// The request in which every key that the policy mentions has a value or is absent.
fn complete(document: &Document, request: &Request) -> Request {
    let mut request = request.clone();
    let statements: Vec<&Statement> = document.statements.iter().collect();
    for key in mentioned_keys(document).into_keys() {
        if request.context.get(&key).is_certain() {
            continue;
        }
        let states = Candidates::new(&statements, &request, &key).likely;
        let usually_there = ["aws:sourceip", "aws:securetransport", "s3:tlsversion", "aws:useragent", "aws:userid"];
        let absent = states.iter().find(|state| **state == KeyState::Absent && !usually_there.contains(&key.as_str()));
        if let Some(state) = absent.or(states.first()) {
            request.assume(&key, state.clone());
        }
    }
    request
}

/// Turns the request that is let through into the one that is refused, key by key, and returns the two between which the
/// answer changes: in the order of the keys or against it, whichever leaves less between them.
fn closest(document: &Document, allowed: &Request, refused: &Request) -> (Request, Request) {
    let keys: Vec<String> = mentioned_keys(document).into_keys().collect();
    let forward = walk(document, allowed, refused, keys.iter());
    let back = walk(document, allowed, refused, keys.iter().rev());
    if differing(&keys, &back) < differing(&keys, &forward) { back } else { forward }
}

fn walk<'a>(
    document: &Document,
    allowed: &Request,
    refused: &Request,
    keys: impl Iterator<Item = &'a String>,
) -> (Request, Request) {
    let mut last_allowed = allowed.clone();
    let mut between = allowed.clone();
    for key in keys {
        let wanted = refused.context.get(key);
        if between.context.get(key) == wanted {
            continue;
        }
        between.assume(key, wanted.clone());
        match weigh(document, &between, false).outcome() {
            Outcome::Allowed => last_allowed = between.clone(),
            outcome if outcome.is_denied() => return (last_allowed, between),
            _ => {}
        }
    }
    (last_allowed, refused.clone())
}

fn differing(keys: &[String], (one, other): &(Request, Request)) -> usize {
    keys.iter().filter(|key| one.context.get(key) != other.context.get(key)).count()
}

/// The condition keys that a policy mentions, in lower case, each as it is spelled there.
fn mentioned_keys(document: &Document) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    let patterns = document.statements.iter().flat_map(Statement::patterns);
    for variable in patterns.flat_map(Pattern::variable_keys).filter(|key| key.contains(':')) {
        keys.insert(variable.to_owned(), variable.to_owned());
    }
    keys.extend(document.conditions().map(|condition| (condition.key.clone(), condition.key_name.clone())));
    keys
}

/// A request as a line of `simulate --batch`, with the decision that it gets: docs/design/interfaces.md#simulate. None where
/// the line cannot say all of it, so that it would be answered otherwise.
#[must_use]
pub fn line(id: &str, policy: &Json, document: &Document, request: &Request) -> Option<Json> {
    let outcome = weigh(document, request, false).outcome();
    let Target::One(resource) = &request.resource else { return None };
    let mut context = Map::new();
    for (key, spelling) in mentioned_keys(document) {
        if let KeyState::Known(values) = request.context.get(&key) {
            let spelling = request.context.spelling(&key).filter(|own| *own != key).unwrap_or(&spelling);
            let value = match values.as_slice() {
                [only] => json!(only),
                several => json!(several),
            };
            context.insert(spelling.to_owned(), value);
        }
    }
    let principal = match &request.principal {
        Principal::Role(own) | Principal::User(own) | Principal::Root(own) | Principal::FederatedUser(own) => &own.arn,
        Principal::Session { session, role } => {
            if let Some(role) = role.known_arn() {
                context.insert("aws:PrincipalArn".to_owned(), json!(role));
            }
            &session.arn
        }
        Principal::Service(name) => name,
        Principal::Anonymous => "*",
        Principal::Anyone | Principal::AnyOf { .. } => return None,
    };
    let line = json!({
        "id": id, "decision": outcome.as_str(), "policy": policy, "principal": principal, "action": request.action_name,
        "resource": resource, "resource_account": request.resource_account, "context": context, "unknown": [],
    });
    let answer: Json = serde_json::from_str(&answer_line(&line.to_string())).ok()?;
    (outcome != Outcome::Conditional && answer.get("decision") == line.get("decision")).then_some(line)
}

/// The condition keys of documents that have a certain value in a request, each as a clause, without those that follow from the principal.
pub(crate) fn certain_keys(documents: &[&Document], request: &Request) -> Vec<String> {
    let derived =
        ["aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username", "aws:resourceaccount"];
    let mut keys: BTreeMap<String, String> = documents.iter().flat_map(|document| mentioned_keys(document)).collect();
    keys.retain(|key, _| !derived.contains(&key.as_str()));
    keys.iter().filter_map(|(key, spelling)| said(request, key, spelling)).collect()
}

/// The value of a condition key in a request, where it is certain.
fn said(request: &Request, key: &str, spelling: &str) -> Option<String> {
    match request.context.get(key) {
        KeyState::Known(values) if key == "aws:sourceip" => Some(format!("from {}", values.join(", "))),
        KeyState::Known(values) => Some(format!("with {spelling} `{}`", values.join("`, `"))),
        KeyState::Absent => Some(format!("without {spelling}")),
        _ => None,
    }
}

/// What makes the difference between two requests, in one clause: ``allowed from 8.8.8.8 and denied from 9.9.9.9``.
pub(crate) fn difference(document: &Document, allowed: &Request, refused: &Request) -> Option<String> {
    if let (Principal::Session { session: one, .. }, Principal::Session { session: other, .. }) =
        (&allowed.principal, &refused.principal)
        && one != other
    {
        return Some(format!("allowed as session `{}` and denied as session `{}`", one.name(), other.name()));
    }
    let mut differing =
        mentioned_keys(document).into_iter().filter(|(key, _)| allowed.context.get(key) != refused.context.get(key));
    let (key, spelling) = differing.next().filter(|_| differing.next().is_none())?;
    let said = |request: &Request| said(request, &key, &spelling);
    Some(format!("allowed {} and denied {}", said(allowed)?, said(refused)?))
}
