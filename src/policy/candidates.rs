//! The values that a condition key may have in a request: one for each way in which the conditions of a policy can answer.

use std::collections::{HashSet, VecDeque};

use super::Tri;
use super::context::KeyState;
use super::document::Statement;
use super::request::Request;

mod likely;
mod uses;

use uses::Uses;

/// The key that never has several values, whatever operator looks at it:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>.
const SINGLE_VALUED: &str = "aws:principalarn";

/// What a key may be, as certain states, the likeliest first. Each is worked out when it is asked for, since most
/// searches end with the first ones, and to find every value that a long policy tells apart takes long.
pub(crate) struct Candidates<'a> {
    key: String,
    uses: Uses<'a>,
    /// What is known of the key, case by case; those that are not begun.
    cases: VecDeque<KeyState>,
    begun: Option<Values>,
    /// What follows the values of a case.
    ready: VecDeque<KeyState>,
    /// Whether every possible request answers as one of the states so far does, or as one of those to come.
    complete: bool,
}

/// The values that a key may have in one case.
struct Values {
    case: KeyState,
    /// Those that were not looked at yet.
    left: std::vec::IntoIter<String>,
    /// Whether the policy's patterns were asked for more.
    walked: bool,
    found: Vec<String>,
    /// How the conditions answer those that were found.
    answers: HashSet<Vec<Tri>>,
}

impl<'a> Candidates<'a> {
    /// The candidates for a key whose state is not certain in the request, given in lower case.
    pub(crate) fn new(statements: &[&'a Statement], request: &Request, key: &str) -> Self {
        let cases = flatten(request.context.get(key)).into_iter().cloned().collect();
        let uses = Uses::of(statements, key);
        Self { key: key.to_owned(), uses, cases, begun: None, ready: VecDeque::new(), complete: true }
    }

    /// The next of them for the same request.
    pub(crate) fn next(&mut self, request: &Request) -> Option<KeyState> {
        loop {
            if let Some(state) = self.ready.pop_front() {
                return Some(state);
            }
            if let Some(mut values) = self.begun.take() {
                if let Some(value) = values.next(&self.uses, request, &self.key) {
                    self.begun = Some(values);
                    return Some(KeyState::known(&value));
                }
                self.end(values, request);
                continue;
            }
            let case = self.cases.pop_front()?;
            if case.is_certain() {
                return Some(case);
            }
            self.begin(case, request);
        }
    }

    /// Whether every possible request answers as one of them does: known once there are no more.
    pub(crate) fn are_complete(&self) -> bool {
        self.complete
    }

    /// Begins with the values that are likely, and those that the policy has.
    fn begin(&mut self, case: KeyState, request: &Request) {
        let (mut pool, complete) = self.uses.pool(request, &self.key, &case);
        self.complete &= complete;
        // Whether an empty value counts as one is not documented: another that answers alike is better.
        pool.sort_by_key(String::is_empty);
        let left = pool.into_iter();
        self.begun = Some(Values { case, left, walked: false, found: Vec::new(), answers: HashSet::new() });
    }

    /// Goes on with the values that the patterns tell apart, then ends with sets of several values, and with no value.
    fn end(&mut self, mut values: Values, request: &Request) {
        if !values.walked {
            let (more, complete) = self.uses.more(&values, request);
            self.complete &= complete;
            values.walked = true;
            values.left = more.into_iter();
            self.begun = Some(values);
            return;
        }
        if self.uses.in_sets && self.key != SINGLE_VALUED {
            self.complete &= values.found.len() <= 5;
            self.ready.extend(sets(&values.found));
        }
        if may_be_absent(&values.case) {
            self.ready.push_back(KeyState::Absent);
        }
    }
}

impl Values {
    /// The next value that is possible, and that a condition answers unlike those before.
    fn next(&mut self, uses: &Uses<'_>, request: &Request, key: &str) -> Option<String> {
        let Self { case, left, answers, .. } = self;
        let is_new = |value: &String| {
            uses.may_be(value, case, &request.context) && answers.insert(uses.answers(value, request, key))
        };
        let value = left.find(is_new)?;
        self.found.push(value.clone());
        Some(value)
    }
}

/// Whether a request in which a key is in this state may be without it.
pub(crate) fn may_be_absent(state: &KeyState) -> bool {
    flatten(state).iter().any(|case| matches!(case, KeyState::Absent | KeyState::Unknown | KeyState::Excluded(_)))
}

fn flatten(state: &KeyState) -> Vec<&KeyState> {
    match state {
        KeyState::OneOf(states) => states.iter().flat_map(flatten).collect(),
        state => vec![state],
    }
}

/// Sets of several of the values: all of them, of five at most.
fn sets(values: &[String]) -> Vec<KeyState> {
    let few: Vec<&String> = values.iter().take(5).collect();
    (1_u32..1 << few.len())
        .filter(|set| set.count_ones() > 1)
        .map(|set| {
            let members = few.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            KeyState::Known(members.map(|(_, value)| (*value).clone()).collect())
        })
        .collect()
}
