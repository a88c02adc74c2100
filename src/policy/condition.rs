//! One key of a condition block, and whether it holds for a request of which not everything is known.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.
//!
//! Points that the documentation leaves open are [`Tri::Unknown`] where they matter: an operator without a prefix on a
//! key with several values that disagree, `ForAllValues:` and `ForAnyValue:` on an empty text, `Null` on an empty
//! text, an empty list of values, a value that is not of the operator's kind.

use smol_str::SmolStr;

use super::Tri;
use super::context::{Context, Foreign, KeyState};
use super::json::Span;
use super::operator::{Family, Operand, Operator, Quantifier, cover_every_public_address};
use super::pattern::Pattern;

/// An operator, a key and the values that it is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator as written.
    pub operator_name: SmolStr,
    /// The key as written.
    pub key_name: SmolStr,
    pub(crate) operator: Operator,
    /// In lower case.
    pub(crate) key: SmolStr,
    pub(crate) operands: Vec<Operand>,
    /// Where key and values are in the text.
    pub span: Span,
}

impl Condition {
    /// Whether the condition holds.
    #[must_use]
    pub fn holds(&self, context: &Context) -> Tri {
        self.holds_in_state(context.get(&self.key), context)
    }

    /// Adds the keys, in lower case, that leave the condition open.
    pub fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        let state = context.get(&self.key);
        let decided = matches!(state, KeyState::Absent);
        if !matches!(state, KeyState::Absent | KeyState::Known(_)) {
            keys.push(self.key.to_string());
        }
        let before = keys.len();
        if !decided {
            self.patterns().for_each(|pattern| pattern.open_keys(context, keys));
        }
        let documentation_is_open = matches!(state, KeyState::Known(_)) && keys.len() == before;
        if documentation_is_open {
            keys.push(self.key.to_string());
        }
    }

    /// The values as written.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.operands.iter().map(|operand| operand.text.as_str())
    }

    /// The patterns among the values.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.operands.iter().filter_map(Operand::pattern)
    }

    fn holds_in_state(&self, state: &KeyState, context: &Context) -> Tri {
        if self.operator.family == Family::Null {
            return self.null_holds(state);
        }
        let family = self.operator.family;
        match state {
            KeyState::Known(values) => self.holds_for_values(values, context),
            KeyState::Absent => self.holds_when_absent(),
            KeyState::Present => self.for_one(self.matches_any(|operand| operand.compare_any(context))),
            KeyState::Unknown => {
                self.for_one(self.matches_any(|operand| operand.compare_any(context))).agree(self.holds_when_absent())
            }
            KeyState::OneOf(options) => options
                .iter()
                .map(|option| match option {
                    Some(value) => self.holds_for_values(std::slice::from_ref(value), context),
                    None => self.holds_when_absent(),
                })
                .reduce(Tri::agree)
                .unwrap_or(Tri::Unknown),
            KeyState::AtLeast(bound) => {
                self.for_one(self.matches_any(|operand| operand.compare_at_least(family, *bound, context)))
            }
            KeyState::BeginsWith(beginning) => {
                self.for_one(self.matches_any(|operand| operand.compare_beginning(family, beginning, context)))
            }
            KeyState::Excluded(foreign) => {
                self.for_one(self.matches_excluded(foreign, context)).agree(self.holds_when_absent())
            }
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

    fn holds_for_values(&self, values: &[String], context: &Context) -> Tri {
        let mut results = values.iter().map(|value| {
            self.for_one(self.matches_any(|operand| operand.compare(self.operator.family, value, context)))
        });
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
    fn matches_any(&self, compare: impl FnMut(&Operand) -> Tri) -> Tri {
        if self.operands.is_empty() {
            return Tri::Unknown;
        }
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

    /// `Null: true` wants the key absent, `Null: false` wants it there.
    fn null_holds(&self, state: &KeyState) -> Tri {
        let absent = match state {
            KeyState::Known(values) if values.iter().all(String::is_empty) => Tri::Unknown,
            KeyState::Known(_) | KeyState::Present | KeyState::AtLeast(_) | KeyState::BeginsWith(_) => Tri::False,
            KeyState::Absent => Tri::True,
            KeyState::Unknown | KeyState::Excluded(_) => Tri::Unknown,
            KeyState::OneOf(options) => {
                options.iter().map(|option| Tri::from(option.is_none())).reduce(Tri::agree).unwrap_or(Tri::Unknown)
            }
        };
        let wants = |value: bool| self.operands.iter().any(|operand| operand.boolean() == Some(value));
        if wants(true) && wants(false) {
            return Tri::True;
        }
        self.matches_any(|operand| match operand.boolean() {
            Some(true) => absent,
            Some(false) => !absent,
            None => Tri::Unknown,
        })
    }
}
