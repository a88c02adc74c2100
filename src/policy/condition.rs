//! One key of a condition block, and whether it holds for a request of which not everything is known.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.
//!
//! Points that the documentation leaves open are [`Tri::Unknown`] where they matter: an operator without a prefix on a
//! key with several values that disagree, `ForAllValues:` and `ForAnyValue:` on an empty text, `Null` on an empty
//! text, an empty list of values without a prefix, a value that is not of the operator's kind.

use super::Tri;
use super::address::cover_every_public_address;
use super::context::{Context, Foreign, KeyState};
use super::json::Span;
use super::operand::{Given, Operand};
use super::operator::{Family, Operator, Quantifier};
use super::pattern::Pattern;

/// An operator, a key and the values that it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator as written.
    pub operator_name: String,
    /// The key as written.
    pub key_name: String,
    pub(crate) operator: Operator,
    /// In lower case.
    pub(crate) key: String,
    pub(crate) operands: Vec<Operand>,
    /// Where key and values are in the text.
    pub span: Span,
}

impl Condition {
    /// Whether the condition holds.
    pub(crate) fn holds(&self, context: &Context) -> Tri {
        self.holds_in_state(context.get(&self.key), context)
    }

    /// Whether another condition asks the same, wherever it is.
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        self.operator == other.operator && self.key == other.key && self.operands == other.operands
    }

    /// Adds the keys, in lower case, that leave the condition open.
    pub(crate) fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        let state = context.get(&self.key);
        let Operator { quantifier, if_exists, .. } = self.operator;
        let tells_nothing = self.operands.is_empty() && quantifier == Quantifier::Single && !if_exists;
        if !state.is_certain() && !tells_nothing {
            keys.push(self.key.clone());
        }
        let before = keys.len();
        if *state != KeyState::Absent {
            self.patterns().for_each(|pattern| pattern.open_keys(context, keys));
        }
        let documentation_is_open = matches!(state, KeyState::Known(_)) && keys.len() == before;
        if documentation_is_open {
            keys.push(self.key.clone());
        }
    }

    /// The values as written.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.operands.iter().map(|operand| operand.text.as_str())
    }

    /// The patterns among the values.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.operands.iter().filter_map(Operand::pattern)
    }

    fn holds_in_state(&self, state: &KeyState, context: &Context) -> Tri {
        if let KeyState::OneOf(states) = state {
            let holds = states.iter().map(|state| self.holds_in_state(state, context));
            return holds.reduce(Tri::agree).unwrap_or(Tri::Unknown);
        }
        if self.operator.family == Family::Null {
            return self.null_holds(state);
        }
        if self.operands.is_empty() {
            return self.empty_list_holds(state);
        }
        let family = self.operator.family;
        let one = |compare: &dyn Fn(&Operand) -> Tri| self.for_one(self.matches_any(compare));
        match state {
            KeyState::Known(values) => self.holds_for_values(values, context),
            KeyState::Absent => self.holds_when_absent(),
            KeyState::Present => one(&|operand| operand.compare_any(context)),
            KeyState::AtLeast(bound) => one(&|operand| operand.compare_at_least(family, *bound, context)),
            KeyState::Framed { beginning, end } => one(&|operand| operand.compare_framed(beginning, end, context)),
            KeyState::Unknown => one(&|operand| operand.compare_any(context)).agree(self.holds_when_absent()),
            KeyState::Excluded(foreign) => {
                self.for_one(self.matches_excluded(foreign, context)).agree(self.holds_when_absent())
            }
            KeyState::OneOf(_) => Tri::Unknown,
        }
    }

    /// Positive operators are false on an absent key and negated ones true; `IfExists` and `ForAllValues:` are true,
    /// `ForAnyValue:` is false.
    fn holds_when_absent(&self) -> Tri {
        let Operator { negated, if_exists, quantifier, .. } = self.operator;
        let holds = if_exists
            || match quantifier {
                Quantifier::Single => negated,
                Quantifier::ForAll => true,
                Quantifier::ForAny => false,
            };
        holds.into()
    }

    /// With an empty list of values `ForAllValues:` and `IfExists` hold only where the key is absent, and `ForAnyValue:`
    /// never; of other operators the documentation says two things
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>).
    fn empty_list_holds(&self, state: &KeyState) -> Tri {
        match (self.operator.quantifier, self.operator.if_exists) {
            (Quantifier::ForAll, _) | (Quantifier::Single, true) => is_absent(state),
            (Quantifier::ForAny, false) => Tri::False,
            (Quantifier::ForAny, true) => is_absent(state).and(Tri::Unknown),
            (Quantifier::Single, false) => Tri::Unknown,
        }
    }

    fn holds_for_values(&self, values: &[String], context: &Context) -> Tri {
        let mut results = values.iter().map(|value| self.for_one(self.matches(value, context)));
        match (self.operator.quantifier, values) {
            (_, []) => self.holds_when_absent(),
            (Quantifier::Single, _) => results.reduce(Tri::agree).unwrap_or(Tri::Unknown),
            (Quantifier::ForAll | Quantifier::ForAny, [only]) if only.is_empty() => {
                results.next().unwrap_or(Tri::Unknown).agree(self.holds_when_absent())
            }
            (Quantifier::ForAll, _) => Tri::all(results),
            (Quantifier::ForAny, _) => Tri::any(results),
        }
    }

    /// Whether one value of the request matches any of the policy's.
    pub(crate) fn matches(&self, value: &str, context: &Context) -> Tri {
        let family = self.operator.family;
        let value = Given::new(value, family);
        self.matches_any(|operand| operand.compare(family, &value, context))
    }

    /// Whether a value is not one that an excluded key certainly does not have.
    pub(crate) fn agrees_with_excluded(&self, foreign: &Foreign, value: &str, context: &Context) -> bool {
        let family = self.operator.family;
        let value = Given::new(value, family);
        self.operands.iter().all(|operand| {
            let known = operand.compare_excluded(foreign, context);
            known == Tri::Unknown || known == operand.compare(family, &value, context)
        })
    }

    /// The same for what is known of a value.
    fn matches_any(&self, compare: impl FnMut(&Operand) -> Tri) -> Tri {
        Tri::any(self.operands.iter().map(compare))
    }

    fn matches_excluded(&self, foreign: &Foreign, context: &Context) -> Tri {
        let ranges = || self.operands.iter().filter_map(Operand::network);
        if *foreign == Foreign::PublicAddress && cover_every_public_address(ranges()) {
            return Tri::True;
        }
        self.matches_any(|operand| operand.compare_excluded(foreign, context))
    }

    /// The answer for one value of the request: negated operators want that none matches.
    fn for_one(&self, matches: Tri) -> Tri {
        if self.operator.negated { !matches } else { matches }
    }

    /// `Null: true` wants the key absent, `Null: false` wants it there. With `ForAllValues:` it always holds and with
    /// `ForAnyValue:` never (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>).
    fn null_holds(&self, state: &KeyState) -> Tri {
        match (self.operator.quantifier, self.operands.is_empty()) {
            (Quantifier::ForAny, _) => return Tri::False,
            (Quantifier::ForAll, true) => return is_absent(state).or(Tri::Unknown),
            (Quantifier::ForAll, false) => return Tri::True,
            (Quantifier::Single, true) => return Tri::Unknown,
            (Quantifier::Single, false) => {}
        }
        let wants = |value: bool| self.operands.iter().any(|operand| operand.boolean() == Some(value));
        if wants(true) && wants(false) {
            return Tri::True;
        }
        let absent = is_absent(state);
        self.matches_any(|operand| match operand.boolean() {
            Some(true) => absent,
            Some(false) => !absent,
            None => Tri::Unknown,
        })
    }
}

/// Whether a key is absent; whether one with an empty text counts as such is not documented.
fn is_absent(state: &KeyState) -> Tri {
    match state {
        KeyState::Known(values) if values.iter().all(String::is_empty) => Tri::Unknown,
        KeyState::Known(_) | KeyState::Present | KeyState::AtLeast(_) | KeyState::Framed { .. } => Tri::False,
        KeyState::Absent => Tri::True,
        KeyState::Unknown | KeyState::Excluded(_) => Tri::Unknown,
        KeyState::OneOf(states) => states.iter().map(is_absent).reduce(Tri::agree).unwrap_or(Tri::Unknown),
    }
}
