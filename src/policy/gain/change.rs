//! Two versions of a policy, and what one request can tell of them.

use super::Gain;
use crate::policy::Tri;
use crate::policy::condition::Condition;
use crate::policy::document::{Document, Effect, PatternElement, Statement};
use crate::policy::principal::{Principal, PrincipalElement};
use crate::policy::request::Request;
use crate::policy::search::{Judged, Search};
use crate::policy::weigh::{Outcome, action_applies, applies, open_keys, resource_applies, weigh};

/// More requests than this are not judged for one caller, action and resource.
const REQUEST_LIMIT: usize = 1_000;

/// Two documents, and the statements that may open something.
pub(super) struct Change<'a> {
    before: Option<&'a Document>,
    after: &'a Document,
    /// Allows that are wider than any before, and Denies of which nothing as wide is left.
    changed: Vec<&'a Statement>,
}

impl<'a> Change<'a> {
    pub(super) fn new(before: Option<&'a Document>, after: &'a Document) -> Self {
        let old = before.map(|document| document.statements.as_slice()).unwrap_or_default();
        let new = after.statements.as_slice();
        Self { before, after, changed: without_like(old, new, |statement| Some(Rest::all_of(statement))) }
    }

    /// All statements of both.
    pub(super) fn statements(&self) -> Vec<&'a Statement> {
        self.old().iter().chain(&self.after.statements).collect()
    }

    pub(super) fn is_about(&self, caller: &Principal) -> bool {
        self.changed.iter().any(|statement| statement.principal.applies_to(caller) != Tri::False)
    }

    fn old(&self) -> &'a [Statement] {
        self.before.map(|document| document.statements.as_slice()).unwrap_or_default()
    }

    /// One of the requests that a request with unknown keys may be, and that is newly allowed.
    pub(super) fn gain(&self, request: &Request) -> Option<Gain> {
        if !self.changed.iter().any(|statement| applies(statement, request) != Tri::False) {
            return None;
        }
        let mut certain = None;
        let mut search = Search::new(self.statements(), REQUEST_LIMIT);
        let _ = search.run(request, &mut |request| {
            let then = weigh(self.after, request, false).outcome();
            let now = self.before.map_or(Outcome::ImplicitlyDenied, |before| weigh(before, request, false).outcome());
            if then.is_denied() || now == Outcome::Allowed {
                return Judged::Decided;
            }
            if then == Outcome::Allowed && now.is_denied() {
                certain = Some(request.clone());
                return Judged::Finished;
            }
            let without_like = without_like(self.old(), &self.after.statements, |one| Rest::of(one, request));
            if without_like.is_empty() {
                return Judged::Decided;
            }
            // What is new decides sooner than what both documents have.
            let open = |statements: Vec<&Statement>| {
                let perhaps = statements.into_iter().filter(|one| applies(one, request) == Tri::Unknown);
                let mut keys = open_keys(perhaps, request);
                keys.retain(|key| !request.context.get(key).is_certain());
                keys
            };
            let keys = open(without_like);
            let all = || open(self.statements());
            Judged::Open(if keys.is_empty() { all() } else { keys })
        });
        let doubtful = search.open.map(|(request, reason)| Gain { request, doubt: Some(reason) });
        certain.map(|request| Gain { request, doubt: None }).or(doubtful)
    }
}

/// The new Allows that have no like among the old ones, and the old Denies without one among the new, by what `rest` leaves of
/// them. If there are none, every request that is allowed was allowed before: by the like of the Allow, and past the likes of
/// all Denies.
fn without_like<'a>(
    old: &'a [Statement],
    new: &'a [Statement],
    rest: impl Fn(&'a Statement) -> Option<Rest<'a>>,
) -> Vec<&'a Statement> {
    let lone = |statements: &'a [Statement], others: &'a [Statement], effect: Effect| {
        let of_effect = move |one: &&Statement| one.effect == effect;
        let others: Vec<Rest<'_>> = others.iter().filter(of_effect).filter_map(&rest).collect();
        let has_none = |one: &Rest<'_>| !others.iter().any(|other| other.follows_from(one));
        let is_lone = |one: &&'a Statement| rest(one).as_ref().is_some_and(has_none);
        statements.iter().filter(of_effect).filter(is_lone).collect::<Vec<_>>()
    };
    [lone(new, old, Effect::Allow), lone(old, new, Effect::Deny)].concat()
}

/// What a request leaves open of a statement that may apply to it: all of it has to hold.
#[derive(Default)]
struct Rest<'a> {
    principal: Option<&'a PrincipalElement>,
    action: Option<&'a PatternElement>,
    resource: Option<&'a PatternElement>,
    conditions: Vec<&'a Condition>,
}

impl<'a> Rest<'a> {
    /// None where the statement certainly does not apply.
    fn of(statement: &'a Statement, request: &Request) -> Option<Self> {
        match applies(statement, request) {
            Tri::False => return None,
            Tri::True => return Some(Self::default()),
            Tri::Unknown => {}
        }
        let open = |applies: Tri| applies == Tri::Unknown;
        let mut rest = Self::all_of(statement);
        rest.principal = rest.principal.filter(|element| open(element.applies_to(&request.principal)));
        rest.action = rest.action.filter(|element| open(action_applies(element, request)));
        rest.resource = rest.resource.filter(|element| open(resource_applies(element, request)));
        rest.conditions.retain(|condition| open(condition.holds(&request.context)));
        Some(rest)
    }

    fn all_of(statement: &'a Statement) -> Self {
        Self {
            principal: Some(&statement.principal),
            action: Some(&statement.action),
            resource: Some(&statement.resource),
            conditions: statement.conditions.iter().collect(),
        }
    }

    /// Whether it holds wherever the other does.
    fn follows_from(&self, other: &Rest<'_>) -> bool {
        let principal = self.principal.is_none_or(|own| other.principal.is_some_and(|one| same_principals(own, one)));
        let element = |own: Option<&PatternElement>, other: Option<&PatternElement>| {
            own.is_none_or(|own| other.is_some_and(|other| same_patterns(own, other)))
        };
        let held = |own: &&Condition| other.conditions.iter().any(|one| own.asks_the_same(one));
        principal
            && element(self.action, other.action)
            && element(self.resource, other.resource)
            && self.conditions.iter().all(held)
    }
}

fn same_principals(one: &PrincipalElement, other: &PrincipalElement) -> bool {
    let (own, others) = (one.entries.iter(), other.entries.iter());
    let covered = own.map(|entry| (&entry.text, &entry.covers));
    one.negated == other.negated && covered.eq(others.map(|entry| (&entry.text, &entry.covers)))
}

fn same_patterns(one: &PatternElement, other: &PatternElement) -> bool {
    let (own, others) = (one.entries.iter(), other.entries.iter());
    one.negated == other.negated && own.map(|entry| &entry.pattern).eq(others.map(|entry| &entry.pattern))
}
