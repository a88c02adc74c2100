//! Where the statements of a policy use a condition key, and the values that they tell apart by it.

use std::collections::HashSet;
use std::net::IpAddr;

use super::Values;
use super::likely::{around_dates, around_networks, around_numbers, likely_values, own_texts, unlike_any};
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
use crate::policy::texts::{Frame, texts};

/// More texts than this are not tried for one key.
const TEXT_LIMIT: usize = 64;

/// Where statements use a key.
pub(super) struct Uses<'a> {
    /// The values that conditions compare it with.
    operands: Vec<(Family, &'a Operand)>,
    /// Whether a condition may look at several values of it.
    pub(super) in_sets: bool,
    /// Patterns that it is in as a variable, with the key that they are compared with; none for the resource.
    variables: Vec<(&'a Pattern, Option<&'a str>)>,
    /// The roles and users that Principal elements name.
    roles: Vec<&'a str>,
}

impl<'a> Uses<'a> {
    pub(super) fn of(statements: &[&'a Statement], key: &str) -> Self {
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

    /// The values beyond the likely ones that patterns tell apart, and whether those are all.
    pub(super) fn more(&self, values: &Values, request: &Request) -> (Vec<String>, bool) {
        match self.resolved_patterns(&request.context) {
            Some(patterns) if !patterns.is_empty() => {
                let may_be_more = values.found.len() < 1 << patterns.len().min(16);
                if may_be_more { texts(&patterns, Frame::of(&values.case)) } else { (Vec::new(), true) }
            }
            _ => (Vec::new(), !self.operands.iter().any(|(_, operand)| operand.pattern().is_some())),
        }
    }

    /// What every condition and every pattern with the key as a variable says of a value.
    pub(super) fn answers(&self, value: &str, request: &Request, key: &str) -> Vec<Tri> {
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
    pub(super) fn may_be(&self, value: &str, state: &KeyState, context: &Context) -> bool {
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
    pub(super) fn pool(&self, request: &Request, key: &str, state: &KeyState) -> (Vec<String>, bool) {
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
