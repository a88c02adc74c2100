//! What becomes of a request when its unknown keys are filled in: the search behind a decision that plain three-valued logic
//! leaves open, and behind the requests that show it.

use super::candidates::candidates;
use super::condition::Condition;
use super::context::KeyState;
use super::decide::{Outcome, open_keys, weigh};
use super::document::Document;
use super::request::Request;

/// More requests than this are not judged in one search.
const REQUEST_LIMIT: usize = 300;

/// Why a search for requests ended without finding out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// AWS does not document what the policy means for a request of which every key is known.
    Undocumented,
    /// The keys have more values than are tried.
    TooManyValues,
}

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Found {
    /// A request that is let through.
    pub(crate) allowed: Option<Request>,
    /// A request that is refused.
    pub(crate) refused: Option<Request>,
    /// Whether some request is refused without any Deny.
    pub(crate) implicitly: bool,
    /// The statements that decide one of the requests.
    pub(crate) statements: Vec<usize>,
    /// Why something stays open, if it does.
    pub(crate) open: Option<Reason>,
    judged: usize,
}

impl Found {
    fn is_certain(&self) -> bool {
        self.allowed.is_some() && self.refused.is_some()
    }

    /// The answer that holds for every request, where the search shows it.
    pub(crate) fn outcome(&self) -> Outcome {
        match (self.open.is_some(), &self.allowed, &self.refused) {
            (false, Some(_), None) => Outcome::Allowed,
            (false, None, Some(_)) if self.implicitly => Outcome::ImplicitlyDenied,
            (false, None, Some(_)) => Outcome::ExplicitlyDenied,
            _ => Outcome::Conditional,
        }
    }
}

/// Fills in the unknown keys one by one, as far as they matter, until both answers are found or all values are tried.
pub(crate) fn explore(document: &Document, request: &Request, granted: bool) -> Found {
    let mut found = Found::default();
    search(document, &mut request.clone(), granted, &mut found);
    found
}

fn search(document: &Document, request: &mut Request, granted: bool, found: &mut Found) {
    found.judged += 1;
    if found.judged > REQUEST_LIMIT {
        found.open = found.open.or(Some(Reason::TooManyValues));
        return;
    }
    let decision = weigh(document, request, granted);
    match decision.outcome {
        Outcome::Conditional => {}
        outcome => {
            found.statements.extend(decision.statements);
            found.implicitly |= outcome == Outcome::ImplicitlyDenied;
            let place = if outcome == Outcome::Allowed { &mut found.allowed } else { &mut found.refused };
            place.get_or_insert_with(|| request.clone());
            return;
        }
    }
    let Some(key) = next_key(document, request, &decision.statements) else {
        found.open = Some(Reason::Undocumented);
        return;
    };
    let candidates = candidates(document, request, &key);
    if !candidates.complete {
        found.open = found.open.or(Some(Reason::TooManyValues));
    }
    let before = request.context.get(&key).clone();
    for state in candidates.states {
        request.assume(&key, state);
        search(document, request, granted, found);
        request.assume(&key, before.clone());
        if found.is_certain() {
            return;
        }
    }
}

/// The unknown key to fill in next, in lower case: those that are in patterns as variables come first, because the values
/// that others are compared with follow from them.
fn next_key(document: &Document, request: &Request, statements: &[usize]) -> Option<String> {
    let unsettled = |key: &String| !request.context.get(key).is_certain();
    let mut keys: Vec<String> = open_keys(document, request, statements).into_iter().filter(unsettled).collect();
    let is_variable = |key: &str| {
        let resources = document.statements.iter().filter_map(|statement| statement.resource.as_ref());
        let resources = resources.flat_map(|resource| &resource.entries).map(|entry| &entry.pattern);
        let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
        let mut patterns = resources.chain(conditions.flat_map(Condition::patterns));
        patterns.any(|pattern| pattern.variable_keys().any(|variable| variable == key))
    };
    keys.sort_by_key(|key| (!is_variable(key), key.clone()));
    keys.into_iter().next()
}

impl Request {
    /// Sets a key, and what follows from it.
    pub(crate) fn assume(&mut self, key: &str, state: KeyState) {
        let spelling = self.context.spelling(key).map_or_else(|| key.to_owned(), str::to_owned);
        self.context.set(&spelling, state);
        if key == "aws:principalarn" {
            self.principal.forget_role();
            self.principal.learn_from(&self.context);
        }
    }
}
