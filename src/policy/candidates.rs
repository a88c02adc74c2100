//! The values that a condition key may have in a request: one for each way in which the conditions of a policy can answer.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::Tri;
use super::context::KeyState;
use super::document::Statement;
use super::request::Request;
use super::texts::{Frame, texts};

mod known_keys;
mod likely;
mod uses;

use uses::Uses;

/// More values than this are not tried for one key.
const VALUE_LIMIT: usize = 1_000;
/// So many values are found at once: most searches end with the first ones, and a long policy tells hundreds apart.
const LIKELY_VALUES: usize = 16;
/// More values than this are not tried in sets: there is one for each choice of them.
const SET_LIMIT: usize = 5;

/// What a key may be, as certain states.
pub(crate) struct Candidates<'a> {
    uses: Uses<'a>,
    /// The likeliest, no two of which every condition answers alike.
    pub(crate) likely: Vec<KeyState>,
    /// The values among them, for each state that the key may be in.
    found: Vec<Found>,
    others: OnceCell<Others>,
}

/// What else a key may be.
pub(crate) struct Others {
    pub(crate) states: Vec<KeyState>,
    /// Whether with these and the likely ones every possible request answers as one of them does.
    pub(crate) complete: bool,
}

/// The values of a key in one state.
#[derive(Clone)]
struct Found {
    state: KeyState,
    values: Vec<String>,
    /// Values that were not looked at yet.
    left: Vec<String>,
    /// How the conditions answer to them.
    answers: HashSet<Vec<Tri>>,
    complete: bool,
}

impl Found {
    fn take(&mut self, value: String, uses: &Uses<'_>, request: &Request) {
        if self.values.len() >= VALUE_LIMIT {
            self.complete = false;
        } else if uses.may_be(&value, &self.state, &request.context)
            && self.answers.insert(uses.answers(&value, request))
        {
            self.values.push(value);
        }
    }
}

impl<'a> Candidates<'a> {
    /// The candidates for a key whose state is not certain, given in lower case.
    pub(crate) fn new(statements: &[&'a Statement], request: &Request, key: &str) -> Self {
        let uses = Uses::of(statements, key);
        let (mut likely, mut found) = (Vec::new(), Vec::new());
        for state in flatten(request.context.get(key)) {
            if state.is_certain() {
                likely.push(state.clone());
                continue;
            }
            let (mut pool, complete) = uses.pool(request, state);
            // Whether an empty value counts as one is not documented: another that answers alike is better.
            pool.sort_by_key(String::is_empty);
            let left = pool.split_off(pool.len().min(LIKELY_VALUES));
            let mut one = Found { state: state.clone(), values: Vec::new(), left, answers: HashSet::new(), complete };
            for value in pool {
                one.take(value, &uses, request);
            }
            likely.extend(one.values.iter().map(KeyState::known));
            if matches!(state, KeyState::Unknown | KeyState::Excluded(_)) {
                likely.push(KeyState::Absent);
            }
            found.push(one);
        }
        Self { uses, likely, found, others: OnceCell::new() }
    }

    /// Whether other keys of the request make no difference to the candidates.
    pub(crate) fn are_the_same_in_every_request(&self) -> bool {
        !self.uses.has_variables()
    }

    /// The rest of the candidates, which takes longer to find.
    pub(crate) fn others(&self, request: &Request) -> &Others {
        self.others.get_or_init(|| {
            let mut others = Others { states: Vec::new(), complete: true };
            for found in &self.found {
                let mut more = found.clone();
                for value in std::mem::take(&mut more.left) {
                    more.take(value, &self.uses, request);
                }
                self.add_texts(&mut more, request);
                others.states.extend(more.values.iter().skip(found.values.len()).map(KeyState::known));
                if self.uses.come_in_sets() {
                    more.complete &= more.values.len() <= SET_LIMIT;
                    others.states.extend(sets(&more.values));
                }
                others.complete &= more.complete;
            }
            others
        })
    }

    /// Adds texts for the ways in which patterns can answer that no value was found for yet.
    fn add_texts(&self, found: &mut Found, request: &Request) {
        let Some(patterns) = self.uses.resolved_patterns(&request.context) else {
            found.complete = false;
            return;
        };
        if patterns.is_empty() {
            return;
        }
        // The shortest text for an answer may be none that the key can have, where a longer one is.
        found.complete &= !self.uses.takes_few_texts(&found.state);
        // Of a key that has none of the customer's values it is each pattern that says which these are, not the condition.
        let patterns = match found.state {
            KeyState::Excluded(_) => patterns.into_iter().flatten().map(|pattern| vec![pattern]).collect(),
            _ => patterns,
        };
        if found.values.len() < 1 << patterns.len().min(16) {
            let all = texts(&patterns, Frame::of(&found.state));
            for text in all.found {
                found.take(text, &self.uses, request);
            }
            found.complete &= all.complete;
        }
    }

    /// All of them, the likeliest first; the others are looked for only if they are asked for.
    pub(crate) fn all(&self, request: &Request) -> impl Iterator<Item = &KeyState> {
        let others = std::iter::once_with(|| &self.others(request).states);
        self.likely.iter().chain(others.flatten())
    }
}

fn flatten(state: &KeyState) -> Vec<&KeyState> {
    match state {
        KeyState::OneOf(states) => states.iter().flat_map(flatten).collect(),
        state => vec![state],
    }
}

/// Sets of several of the values: all of them, of five at most.
fn sets(values: &[String]) -> Vec<KeyState> {
    let few: Vec<&String> = values.iter().take(SET_LIMIT).collect();
    (1_u32..1 << few.len())
        .filter(|set| set.count_ones() > 1)
        .map(|set| {
            let members = few.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            KeyState::Known(members.map(|(_, value)| (*value).clone()).collect())
        })
        .collect()
}
