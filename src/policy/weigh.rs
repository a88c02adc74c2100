//! Kleene's three-valued logic over the statements of a policy: what is certain of a request, and what depends on its unknown keys.

use std::collections::BTreeSet;

use super::Tri;
use super::context::{Context, KeyState};
use super::document::{Document, Effect, PatternElement, Statement};
use super::principal::telling_key;
use super::request::{Request, Target};

/// What a resource policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// An Allow applies for certain, and no Deny, not even perhaps.
    Allowed,
    /// A Deny applies for certain.
    ExplicitlyDenied,
    /// No Allow applies, not even perhaps, and no Deny for certain.
    ImplicitlyDenied,
    /// Anything else: it differs with what is not known.
    Conditional,
}

impl Outcome {
    /// The word of docs/design/interfaces.md#simulate.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitlyDenied => "explicitly-denied",
            Self::ImplicitlyDenied => "implicitly-denied",
            Self::Conditional => "conditional",
        }
    }

    /// Whether it lets the request through.
    pub(crate) fn allows(self) -> Tri {
        match self {
            Self::Allowed => Tri::True,
            Self::Conditional => Tri::Unknown,
            Self::ImplicitlyDenied | Self::ExplicitlyDenied => Tri::False,
        }
    }

    /// Whether it is certainly a refusal.
    pub(crate) fn is_denied(self) -> bool {
        matches!(self, Self::ExplicitlyDenied | Self::ImplicitlyDenied)
    }
}

/// An outcome and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// The indexes of the statements that decided, or that leave it open.
    pub statements: Vec<usize>,
    /// The condition keys that could tip a conditional answer; sorted, none twice.
    pub depends_on: Vec<String>,
}

/// The statements that apply, for certain or perhaps.
pub(crate) struct Weighed {
    granted: bool,
    /// With their indexes, in order.
    applying: Vec<(Effect, Tri, usize)>,
}

/// Kleene's three-valued logic, statement by statement; `granted` says that something beside the policy allows the request.
pub(crate) fn weigh(document: &Document, request: &Request, granted: bool) -> Weighed {
    let closed = request.is_closed_to_other_accounts();
    let matters = document.statements.iter().filter(|statement| statement.effect == Effect::Deny || !closed);
    let weighed = matters.map(|statement| (statement.effect, applies(statement, request), statement.index));
    Weighed { granted, applying: weighed.filter(|(_, applies, _)| *applies != Tri::False).collect() }
}

impl Weighed {
    fn has(&self, effect: Effect, applies: Tri) -> bool {
        self.applying.iter().any(|(own, how, _)| (*own, *how) == (effect, applies))
    }

    /// Whether something allows the request for certain, unless a Deny refuses it.
    pub(crate) fn is_surely_allowed(&self) -> bool {
        self.granted || self.has(Effect::Allow, Tri::True)
    }

    /// Whether a Deny refuses it perhaps.
    pub(crate) fn is_perhaps_denied(&self) -> bool {
        self.has(Effect::Deny, Tri::Unknown)
    }

    /// The answer.
    pub(crate) fn outcome(&self) -> Outcome {
        let (denied, perhaps_denied) = (self.has(Effect::Deny, Tri::True), self.is_perhaps_denied());
        match (denied, self.is_surely_allowed(), self.has(Effect::Allow, Tri::Unknown), perhaps_denied) {
            // A Deny wins over every Allow.
            (true, ..) => Outcome::ExplicitlyDenied,
            // Without any Allow it is refused, whether or not a Deny refuses it as well.
            (false, false, false, _) => Outcome::ImplicitlyDenied,
            // An Allow and nothing that could refuse it.
            (false, true, _, false) => Outcome::Allowed,
            // An Allow, unless one of these Denies applies; or Allows that perhaps apply.
            (false, true, _, true) | (false, false, true, _) => Outcome::Conditional,
        }
    }

    /// The indexes of the statements that decide, or that leave it open.
    pub(crate) fn statements(&self) -> Vec<usize> {
        use Effect::{Allow, Deny};
        let deciding: &[(Effect, Tri)] = match self.outcome() {
            Outcome::ExplicitlyDenied => &[(Deny, Tri::True)],
            Outcome::ImplicitlyDenied => &[],
            Outcome::Allowed => &[(Allow, Tri::True)],
            Outcome::Conditional if self.is_surely_allowed() => &[(Allow, Tri::True), (Deny, Tri::Unknown)],
            Outcome::Conditional => &[(Allow, Tri::Unknown), (Deny, Tri::Unknown)],
        };
        let decides = |(effect, applies, _): &&(Effect, Tri, usize)| deciding.contains(&(*effect, *applies));
        self.applying.iter().filter(decides).map(|(_, _, index)| *index).collect()
    }

    /// The whole decision.
    pub(crate) fn decision(&self, document: &Document, request: &Request) -> Decision {
        let (outcome, statements) = (self.outcome(), self.statements());
        let depends_on = match outcome {
            Outcome::Conditional => {
                let keys = open_keys(document.statements_at(&statements), request).into_iter();
                let names: BTreeSet<String> = keys.map(|key| spelling(document, request, key)).collect();
                names.into_iter().collect()
            }
            _ => Vec::new(),
        };
        Decision { outcome, statements, depends_on }
    }
}

impl Decision {
    /// One that depends on nothing.
    pub(crate) fn certain(outcome: Outcome, statements: impl IntoIterator<Item = usize>) -> Self {
        Self { outcome, statements: statements.into_iter().collect(), depends_on: Vec::new() }
    }
}

/// Whether a statement applies to a request.
pub(crate) fn applies(statement: &Statement, request: &Request) -> Tri {
    let principal = statement.principal.applies_to(&request.principal);
    let applies = principal
        .and_then(|| action_applies(&statement.action, request))
        .and_then(|| resource_applies(&statement.resource, request))
        .and_then(|| Tri::all(statement.conditions.iter().map(|condition| condition.holds(&request.context))));
    if applies == Tri::Unknown { by_cases(statement, request) } else { applies }
}

/// A key that has one of a few values is looked at value by value: for each of them another condition may fail.
fn by_cases(statement: &Statement, request: &Request) -> Tri {
    let mut states = statement.conditions.iter().map(|condition| (&condition.key, request.context.get(&condition.key)));
    let few = states.find_map(|(key, state)| match state {
        KeyState::OneOf(options) => Some((key, options)),
        _ => None,
    });
    let Some((key, options)) = few else { return Tri::Unknown };
    let cases = options.iter().map(|option| {
        let mut case = request.clone();
        case.context.set(key, option.clone());
        applies(statement, &case)
    });
    cases.reduce(Tri::agree).unwrap_or(Tri::Unknown)
}

/// Whether an Action or `NotAction` element is about the request.
pub(crate) fn action_applies(action: &PatternElement, request: &Request) -> Tri {
    element_applies(action, &request.action, &request.context)
}

/// Whether a Resource or `NotResource` element is about the request.
pub(crate) fn resource_applies(resource: &PatternElement, request: &Request) -> Tri {
    element_applies(resource, &request.resource, &request.context)
}

/// An empty list covers nothing; what AWS makes of one behind a `Not` is not documented.
fn element_applies(element: &PatternElement, target: &Target, context: &Context) -> Tri {
    let matches = Tri::any(element.entries.iter().map(|entry| target.matched_by(&entry.pattern, context)));
    match (element.negated, element.entries.is_empty()) {
        (true, true) => Tri::Unknown,
        (true, false) => !matches,
        (false, _) => matches,
    }
}

/// The keys that leave these statements open, in lower case.
pub(crate) fn open_keys<'a>(statements: impl IntoIterator<Item = &'a Statement>, request: &Request) -> Vec<String> {
    let mut keys = Vec::new();
    statements.into_iter().for_each(|statement| add_open_keys(statement, request, &mut keys));
    keys
}

fn add_open_keys(statement: &Statement, request: &Request, keys: &mut Vec<String>) {
    if statement.principal.applies_to(&request.principal) == Tri::Unknown {
        keys.extend(telling_key(&statement.principal, &request.principal).map(str::to_owned));
    }
    if resource_applies(&statement.resource, request) == Tri::Unknown {
        for entry in &statement.resource.entries {
            if request.resource.matched_by(&entry.pattern, &request.context) == Tri::Unknown {
                entry.pattern.open_keys(&request.context, keys);
            }
        }
    }
    for condition in &statement.conditions {
        if condition.holds(&request.context) == Tri::Unknown {
            condition.open_keys(&request.context, keys);
        }
    }
}

/// A key as the request spells it, else as the policy does.
fn spelling(document: &Document, request: &Request, key: String) -> String {
    if let Some(name) = request.context.spelling(&key) {
        return name.to_owned();
    }
    document.conditions().find(|condition| condition.key == key).map_or(key, |condition| condition.key_name.clone())
}
