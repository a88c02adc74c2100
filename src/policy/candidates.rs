//! The values that a condition key may have in a request: one for each way in which the conditions of a policy can answer.

use std::collections::HashSet;
use std::net::IpAddr;

use super::Tri;
use super::address::is_special_purpose;
use super::condition::Condition;
use super::context::{Context, Foreign, KeyState};
use super::document::Statement;
use super::glob::Glob;
use super::operand::{Operand, Reading};
use super::operator::{Family, Quantifier};
use super::pattern::{Pattern, PatternKind};
use super::principal::Covers;
use super::request::{Request, Target};
use super::texts::{Frame, texts};

mod likely;

use likely::{around_dates, around_networks, around_numbers, likely_values, own_texts, unlike_any};

/// More texts than this are not tried for one key.
const TEXT_LIMIT: usize = 64;

/// The key that never has several values, whatever operator looks at it:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>.
const SINGLE_VALUED: &str = "aws:principalarn";

/// What a key may be, as certain states.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidates {
    /// The likeliest first.
    pub(crate) states: Vec<KeyState>,
    /// Whether every possible request answers as one of these does.
    pub(crate) complete: bool,
}

/// The candidates for a key whose state is not certain, given in lower case.
pub(crate) fn candidates(statements: &[&Statement], request: &Request, key: &str) -> Candidates {
    let uses = Uses::of(statements, key);
    let mut found = Candidates { states: Vec::new(), complete: true };
    for state in flatten(request.context.get(key)) {
        if state.is_certain() {
            found.states.push(state.clone());
            continue;
        }
        let (values, complete) = uses.values(request, key, state);
        found.complete &= complete;
        let classes = values.len();
        found.states.extend(values.iter().map(KeyState::known));
        if uses.in_sets && key != SINGLE_VALUED {
            found.complete &= classes <= 5;
            found.states.extend(sets(&values));
        }
        if matches!(state, KeyState::Unknown | KeyState::Excluded(_)) {
            found.states.push(KeyState::Absent);
        }
    }
    found
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

/// Where statements use a key.
struct Uses<'a> {
    /// The values that conditions compare it with.
    operands: Vec<(Family, &'a Operand)>,
    /// Whether a condition may look at several values of it.
    in_sets: bool,
    /// Patterns that it is in as a variable, with the key that they are compared with; none for the resource.
    variables: Vec<(&'a Pattern, Option<&'a str>)>,
    /// The roles and users that Principal elements name.
    roles: Vec<&'a str>,
}

impl<'a> Uses<'a> {
    fn of(statements: &[&'a Statement], key: &str) -> Self {
        let mut uses = Self { operands: Vec::new(), in_sets: false, variables: Vec::new(), roles: Vec::new() };
        let stands_in = |pattern: &Pattern| pattern.variable_keys().any(|variable| variable == key);
        for statement in statements {
            let resources = statement.resource.iter().flat_map(|resource| &resource.entries);
            uses.variables.extend(
                resources.map(|entry| &entry.pattern).filter(|pattern| stands_in(pattern)).map(|one| (one, None)),
            );
            let entries = statement.principal.entries.iter();
            uses.roles.extend(
                entries
                    .filter(|entry| matches!(entry.covers, Covers::Identity { .. }))
                    .map(|entry| entry.text.as_str()),
            );
            for condition in &statement.conditions {
                let patterns = condition.patterns().filter(|pattern| stands_in(pattern));
                uses.variables.extend(patterns.map(|pattern| (pattern, Some(condition.key.as_str()))));
                if condition.key == key {
                    uses.add(condition);
                }
            }
        }
        uses
    }

    fn add(&mut self, condition: &'a Condition) {
        let operator = condition.operator;
        if operator.family != Family::Null {
            self.operands.extend(condition.operands.iter().map(|operand| (operator.family, operand)));
            self.in_sets |= operator.quantifier != Quantifier::Single;
        }
    }

    /// Single values, no two of which every condition answers alike, and whether there is one for each way to answer.
    fn values(&self, request: &Request, key: &str, state: &KeyState) -> (Vec<String>, bool) {
        let (mut pool, mut complete) = self.pool(request, key, state);
        // Whether an empty value counts as one is not documented: another that answers alike is better.
        pool.sort_by_key(String::is_empty);
        let mut seen = HashSet::new();
        let mut values = Vec::new();
        let mut take = |value: String, values: &mut Vec<String>| {
            let answers = self.answers(&value, request, key);
            if self.may_be(&value, state, &request.context) && seen.insert(answers) {
                values.push(value);
            }
        };
        for value in pool {
            take(value, &mut values);
        }
        let patterns = self.resolved_patterns(&request.context);
        if let Some(patterns) = patterns.filter(|patterns| !patterns.is_empty()) {
            if values.len() < 1 << patterns.len().min(16) {
                let (texts, all) = texts(&patterns, Frame::of(state));
                for text in texts {
                    take(text, &mut values);
                }
                complete &= all;
            }
        } else if self.operands.iter().any(|(_, operand)| operand.pattern().is_some()) {
            complete = false;
        }
        (values, complete)
    }

    /// What every condition and every pattern with the key as a variable says of a value.
    fn answers(&self, value: &str, request: &Request, key: &str) -> Vec<Tri> {
        let compared = self.operands.iter().map(|(family, operand)| operand.compare(*family, value, &request.context));
        let mut answers: Vec<Tri> = compared.collect();
        if key == "aws:principalarn" {
            answers.extend(self.roles.iter().map(|arn| Tri::from(*arn == value)));
        }
        if !self.variables.is_empty() {
            let mut context = request.context.clone();
            context.set(key, KeyState::known(value));
            for (pattern, other) in &self.variables {
                answers.push(match other.map(|other| context.get(other)) {
                    None => request.resource.matched_by(pattern, &context),
                    Some(KeyState::Known(values)) => Tri::any(values.iter().map(|one| pattern.matches(one, &context))),
                    Some(_) => Tri::Unknown,
                });
            }
        }
        answers
    }

    /// Whether a key in this state may have the value.
    fn may_be(&self, value: &str, state: &KeyState, context: &Context) -> bool {
        let agrees = |foreign: &Foreign| {
            self.operands.iter().all(|(family, operand)| {
                let known = operand.compare_excluded(foreign, context);
                known == Tri::Unknown || known == operand.compare(*family, value, context)
            })
        };
        match state {
            KeyState::Excluded(Foreign::PublicAddress) => {
                value.parse().is_ok_and(|address: IpAddr| !is_special_purpose(address))
            }
            KeyState::Excluded(foreign) => agrees(foreign),
            KeyState::AtLeast(bound) => value.parse().is_ok_and(|number: f64| number >= *bound),
            KeyState::Framed { beginning, end } => {
                value.strip_prefix(beginning.as_str()).is_some_and(|rest| rest.ends_with(end.as_str()))
            }
            _ => true,
        }
    }

    /// Values to choose from: likely ones, and those of the policy.
    fn pool(&self, request: &Request, key: &str, state: &KeyState) -> (Vec<String>, bool) {
        let mut pool: Vec<String> = likely_values(key).into_iter().map(str::to_owned).collect();
        let mut complete = true;
        let mut numbers = Vec::new();
        let mut dates = Vec::new();
        let mut networks = Vec::new();
        let mut kinds = HashSet::new();
        for (_, operand) in &self.operands {
            kinds.insert(std::mem::discriminant(&operand.reading));
            match &operand.reading {
                Reading::Pattern(pattern) => pool.extend(own_texts(pattern, &operand.text)),
                Reading::Plain => pool.push(operand.text.clone()),
                Reading::Bool(_) => pool.extend(["true".to_owned(), "false".to_owned()]),
                Reading::Number(number) => numbers.push(*number),
                Reading::Date(date) => dates.push(*date),
                Reading::Network(network) => networks.push(*network),
                Reading::Unreadable => complete = false,
            }
        }
        complete &= kinds.len() <= 1;
        if let KeyState::AtLeast(bound) = state {
            numbers.push(*bound);
        }
        if let KeyState::Framed { beginning, end } = state {
            pool.push(format!("{beginning}example{end}"));
        }
        pool.extend(around_numbers(numbers));
        pool.extend(around_dates(dates));
        if !networks.is_empty() {
            let excluded = *state == KeyState::Excluded(Foreign::PublicAddress);
            pool.extend(around_networks(&networks, excluded));
        }
        if key == "aws:principalarn" {
            pool.extend(self.roles.iter().map(|arn| (*arn).to_owned()));
        }
        for (pattern, other) in &self.variables {
            let texts = match other.map(|other| request.context.get(other)) {
                None => Some(vec![request.resource.text()]).filter(|_| matches!(request.resource, Target::One(_))),
                Some(KeyState::Known(values)) => Some(values.clone()),
                Some(_) => None,
            };
            let fitting = texts.and_then(|texts| pattern.values_of_variable(key, &texts, &request.context, TEXT_LIMIT));
            complete &= fitting.is_some();
            pool.extend(fitting.into_iter().flatten());
        }
        let typed = |reading: &Reading| !matches!(reading, Reading::Pattern(_) | Reading::Plain | Reading::Unreadable);
        if !self.operands.iter().any(|(_, operand)| typed(&operand.reading)) {
            pool.push(unlike_any(&pool));
        }
        (pool, complete)
    }

    /// The patterns of the conditions with their variables resolved; none where one of them is open.
    fn resolved_patterns(&self, context: &Context) -> Option<Vec<(PatternKind, Glob)>> {
        let patterns = self.operands.iter().filter_map(|(_, operand)| operand.pattern());
        let mut resolved = Vec::new();
        for pattern in patterns {
            for glob in pattern.readings(context)? {
                let one = (pattern.kind, glob);
                if !resolved.contains(&one) {
                    resolved.push(one);
                }
            }
        }
        Some(resolved)
    }
}
