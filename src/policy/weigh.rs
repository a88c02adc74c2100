//! Kleene's three-valued logic over the statements of a policy: what is certain of a request, and what depends on its unknown keys.

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Weighed {
    granted: bool,
    sure_allows: Vec<usize>,
    perhaps_allows: Vec<usize>,
    sure_denies: Vec<usize>,
    pub(crate) perhaps_denies: Vec<usize>,
}

/// Kleene's three-valued logic, statement by statement; `granted` says that something beside the policy allows the request.
pub(crate) fn weigh(document: &Document, request: &Request, granted: bool) -> Weighed {
    let mut weighed = Weighed { granted, ..Weighed::default() };
    let closed = request.is_closed_to_other_accounts();
    for statement in &document.statements {
        let list = match (statement.effect, applies(statement, request)) {
            (_, Tri::False) => continue,
            (Effect::Allow, _) if closed => continue,
            (Effect::Allow, Tri::True) => &mut weighed.sure_allows,
            (Effect::Allow, Tri::Unknown) => &mut weighed.perhaps_allows,
            (Effect::Deny, Tri::True) => &mut weighed.sure_denies,
            (Effect::Deny, Tri::Unknown) => &mut weighed.perhaps_denies,
        };
        list.push(statement.index);
    }
    weighed
}

impl Weighed {
    /// Whether something allows the request for certain, unless a Deny refuses it.
    pub(crate) fn is_surely_allowed(&self) -> bool {
        self.granted || !self.sure_allows.is_empty()
    }

    /// The answer.
    pub(crate) fn outcome(&self) -> Outcome {
        match (
            self.sure_denies.is_empty(),
            self.is_surely_allowed(),
            self.perhaps_allows.is_empty(),
            &*self.perhaps_denies,
        ) {
            // A Deny wins over every Allow.
            (false, ..) => Outcome::ExplicitlyDenied,
            // Without any Allow it is refused, whether or not a Deny refuses it as well.
            (true, false, true, _) => Outcome::ImplicitlyDenied,
            // An Allow and nothing that could refuse it.
            (true, true, _, []) => Outcome::Allowed,
            // An Allow, unless one of these Denies applies; or Allows that perhaps apply.
            (true, true, _, [_, ..]) | (true, false, false, _) => Outcome::Conditional,
        }
    }

    /// The indexes of the statements that decide, or that leave it open.
    pub(crate) fn into_statements(self) -> Vec<usize> {
        match self.outcome() {
            Outcome::ExplicitlyDenied => self.sure_denies,
            Outcome::ImplicitlyDenied => Vec::new(),
            Outcome::Allowed => self.sure_allows,
            Outcome::Conditional if !self.is_surely_allowed() => merged([&self.perhaps_allows, &self.perhaps_denies]),
            Outcome::Conditional => merged([&self.sure_allows, &self.perhaps_denies]),
        }
    }

    /// The whole decision.
    pub(crate) fn into_decision(self, document: &Document, request: &Request) -> Decision {
        let outcome = self.outcome();
        let statements = self.into_statements();
        let depends_on = match outcome {
            Outcome::Conditional => named_open_keys(document, request, &statements),
            _ => Vec::new(),
        };
        Decision { outcome, statements, depends_on }
    }
}

impl Decision {
    /// One that depends on nothing.
    pub(crate) fn certain(outcome: Outcome, statements: &[usize]) -> Self {
        Self { outcome, statements: merged([statements]), depends_on: Vec::new() }
    }
}

/// Whether a statement applies to a request.
pub(crate) fn applies(statement: &Statement, request: &Request) -> Tri {
    let mut result = statement.principal.applies_to(&request.principal);
    if result != Tri::False {
        result = result.and(action_applies(&statement.action, request));
    }
    if result != Tri::False {
        result = result.and(resource_applies(statement, request));
    }
    if result != Tri::False {
        result = result.and(Tri::all(statement.conditions.iter().map(|condition| condition.holds(&request.context))));
    }
    if result == Tri::Unknown { by_cases(statement, request) } else { result }
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

/// Whether a Resource or `NotResource` element is about the request. A key policy's statement without one has no effect.
pub(crate) fn resource_applies(statement: &Statement, request: &Request) -> Tri {
    let Some(resource) = &statement.resource else { return Tri::False };
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

/// The keys that leave these statements open, as they are spelled; sorted, none twice.
fn named_open_keys(document: &Document, request: &Request, indexes: &[usize]) -> Vec<String> {
    let keys = open_keys(document, request, indexes);
    let mut names: Vec<String> = keys.into_iter().map(|key| spelling(document, request, key)).collect();
    names.sort();
    names.dedup();
    names
}

/// The keys that leave these statements open, in lower case.
pub(crate) fn open_keys(document: &Document, request: &Request, indexes: &[usize]) -> Vec<String> {
    let mut keys = Vec::new();
    for statement in indexes.iter().filter_map(|index| document.statements.get(*index)) {
        add_open_keys(statement, request, &mut keys);
    }
    keys
}

/// Adds the keys, in lower case, that leave a statement open.
pub(crate) fn add_open_keys(statement: &Statement, request: &Request, keys: &mut Vec<String>) {
    if statement.principal.applies_to(&request.principal) == Tri::Unknown {
        keys.extend(telling_key(&statement.principal, &request.principal).map(str::to_owned));
    }
    if resource_applies(statement, request) == Tri::Unknown {
        for entry in statement.resource.iter().flat_map(|resource| &resource.entries) {
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
    let mut conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    conditions.find(|condition| condition.key == key).map_or(key, |condition| condition.key_name.clone())
}

fn merged<const N: usize>(lists: [&[usize]; N]) -> Vec<usize> {
    let mut merged = lists.concat();
    merged.sort_unstable();
    merged.dedup();
    merged
}
