//! Where statements use a condition key.

use std::collections::HashSet;
use std::net::IpAddr;

use super::known_keys::{KnownKey, known_key};
use super::likely::{around_dates, around_networks, around_numbers, matching_all, own_texts, unlike_any};
use crate::policy::Tri;
use crate::policy::address::is_special_purpose;
use crate::policy::condition::Condition;
use crate::policy::context::{Context, Foreign, KeyState};
use crate::policy::document::Statement;
use crate::policy::glob::Glob;
use crate::policy::operand::{Operand, Reading};
use crate::policy::operator::{Family, Quantifier};
use crate::policy::pattern::{Pattern, PatternKind};
use crate::policy::principal::Covers;
use crate::policy::request::{Request, Target};

/// More texts than this are not tried for one variable.
const TEXT_LIMIT: usize = 64;

/// Where statements use a key.
pub(super) struct Uses<'a> {
    /// In lower case.
    key: String,
    known: &'static KnownKey,
    /// The conditions on it, of several that compare it with the same values one.
    conditions: Vec<&'a Condition>,
    /// Whether a condition may look at several values of it.
    in_sets: bool,
    /// Patterns that it is in as a variable, with the key that they are compared with; none for the resource.
    variables: Vec<(&'a Pattern, Option<&'a str>)>,
    /// The roles and users that Principal elements name.
    roles: Vec<&'a str>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(statements: &[&'a Statement], key: &str) -> Self {
        let mut uses = Self {
            key: key.to_owned(),
            known: known_key(key),
            conditions: Vec::new(),
            in_sets: false,
            variables: Vec::new(),
            roles: Vec::new(),
        };
        let stands_in = |pattern: &Pattern| pattern.variable_keys().any(|variable| variable == key);
        for statement in statements {
            let resources = statement.resource.entries.iter();
            uses.variables.extend(
                resources.map(|entry| &entry.pattern).filter(|pattern| stands_in(pattern)).map(|one| (one, None)),
            );
            if key == "aws:principalarn" {
                let entries = statement.principal.entries.iter();
                let roles = entries.filter(|entry| matches!(entry.covers, Covers::Identity { .. }));
                uses.roles.extend(roles.map(|entry| entry.text.as_str()));
            }
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
        if operator.family == Family::Null {
            return;
        }
        self.in_sets |= operator.quantifier != Quantifier::Single;
        let is_alike = |one: &&Condition| one.operator.family == operator.family && one.operands == condition.operands;
        if !self.conditions.iter().any(is_alike) {
            self.conditions.push(condition);
        }
    }

    /// Whether other keys of the request matter to what is said of this one.
    pub(super) fn has_variables(&self) -> bool {
        let with_variables =
            |condition: &&Condition| condition.patterns().any(|one| one.variable_keys().next().is_some());
        !self.variables.is_empty() || self.conditions.iter().any(with_variables)
    }

    /// Whether several values of the key at once may be answered otherwise than each of them.
    pub(super) fn come_in_sets(&self) -> bool {
        self.in_sets && !self.known.one_value
    }

    /// What every condition and every pattern with the key as a variable says of a value.
    pub(super) fn answers(&self, value: &str, request: &Request) -> Vec<Tri> {
        let matches = self.conditions.iter().map(|condition| condition.matches(value, &request.context));
        let mut answers: Vec<Tri> = matches.collect();
        answers.extend(self.roles.iter().map(|arn| Tri::from(*arn == value)));
        if !self.variables.is_empty() {
            let mut context = request.context.clone();
            context.set(&self.key, KeyState::known(value));
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

    /// Whether the key in this state is an address or a number, and few texts are.
    pub(super) fn takes_few_texts(&self, state: &KeyState) -> bool {
        matches!(state, KeyState::Excluded(Foreign::PublicAddress) | KeyState::AtLeast(_)) || self.known.whole_number
    }

    /// Whether a key in this state may have the value.
    pub(super) fn may_be(&self, value: &str, state: &KeyState, context: &Context) -> bool {
        let agrees = |foreign: &Foreign| {
            self.conditions.iter().all(|condition| condition.agrees_with_excluded(foreign, value, context))
        };
        if self.known.whole_number && value.parse::<u64>().is_err() {
            return false;
        }
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
    pub(super) fn pool(&self, request: &Request, state: &KeyState) -> (Vec<String>, bool) {
        let mut pool: Vec<String> = self.known.likely.clone();
        let mut complete = true;
        let mut numbers = Vec::new();
        let mut dates = Vec::new();
        let mut networks = Vec::new();
        let mut kinds = HashSet::new();
        for operand in self.operands() {
            kinds.insert(std::mem::discriminant(&operand.reading));
            match &operand.reading {
                Reading::Pattern(pattern) => {
                    pool.extend(own_texts(pattern, &operand.text));
                    if self.key == "aws:sourceip" {
                        pool.extend(
                            ["1", "1.1", "1.1.1"].map(|rest| operand.text.replace('*', rest).replace('?', "1")),
                        );
                    }
                }
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
        pool.extend(self.roles.iter().map(|arn| (*arn).to_owned()));
        for (pattern, other) in &self.variables {
            let texts = match other.map(|other| request.context.get(other)) {
                None => Some(vec![request.resource.text()]).filter(|_| matches!(request.resource, Target::One(_))),
                Some(KeyState::Known(values)) => Some(values.clone()),
                Some(_) => None,
            };
            let fitting =
                texts.and_then(|texts| pattern.values_of_variable(&self.key, &texts, &request.context, TEXT_LIMIT));
            complete &= fitting.is_some();
            pool.extend(fitting.into_iter().flatten());
        }
        let typed = |reading: &Reading| !matches!(reading, Reading::Pattern(_) | Reading::Plain | Reading::Unreadable);
        if !self.operands().any(|operand| typed(&operand.reading)) {
            pool.push(unlike_any(&pool));
            pool.extend(matching_all(self.operands().filter_map(Operand::pattern)));
        }
        (pool, complete)
    }

    /// The patterns of each condition that has some, with their variables resolved; none where one of them is open.
    pub(super) fn resolved_patterns(&self, context: &Context) -> Option<Vec<Vec<(PatternKind, Glob)>>> {
        let of_one = |condition: &&Condition| {
            let mut resolved = Vec::new();
            for pattern in condition.patterns() {
                resolved.extend(pattern.readings(context)?.into_iter().map(|glob| (pattern.kind, glob)));
            }
            Some(resolved)
        };
        let groups: Option<Vec<_>> = self.conditions.iter().map(of_one).collect();
        groups.map(|groups| groups.into_iter().filter(|group| !group.is_empty()).collect())
    }

    fn operands(&self) -> impl Iterator<Item = &'a Operand> {
        self.conditions.iter().flat_map(|condition| &condition.operands)
    }
}
