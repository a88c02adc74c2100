//! What becomes of a request when its unknown keys are filled in: the search behind a decision that plain three-valued logic
//! leaves open, and behind the requests that show it.

use std::collections::BTreeSet;

use super::document::{Document, Effect};
use super::request::Request;
use super::search::{Judged, Reason, Search};
use super::weigh::{Outcome, open_keys, weigh};

/// As many requests are judged in one search: of a policy of ten kilobytes or more the fewest, of shorter ones more.
const REQUEST_LIMITS: (usize, usize) = (300, 3_000);

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Found {
    /// Whether some request is let through.
    allowed: bool,
    /// Whether some request is refused.
    refused: bool,
    /// Whether some request is refused without any Deny.
    implicitly: bool,
    /// The statements that decide one of the requests.
    pub(crate) statements: BTreeSet<usize>,
    /// Why something stays open, if it does.
    pub(crate) open: Option<Reason>,
}

impl Found {
    /// The answer that holds for every request, where the search shows it.
    pub(crate) fn outcome(&self) -> Outcome {
        match (self.open.is_some(), self.allowed, self.refused) {
            (false, true, false) => Outcome::Allowed,
            (false, false, true) if self.implicitly => Outcome::ImplicitlyDenied,
            (false, false, true) => Outcome::ExplicitlyDenied,
            _ => Outcome::Conditional,
        }
    }
}

/// Fills in the unknown keys until both answers are found or all values are tried. Where something beside the policy allows
/// the request (`granted`), only its Denies matter. Shows each request that is decided, and whether it is let through.
pub(crate) fn explore(
    document: &Document,
    request: &Request,
    granted: bool,
    mut show: impl FnMut(&Request, bool),
) -> Found {
    let mut found = Found::default();
    let matters = |effect: Effect| !granted || effect == Effect::Deny;
    let statements: Vec<_> = document.statements.iter().filter(|statement| matters(statement.effect)).collect();
    let limit = request_limit(document);
    let mut search = Search::new(statements, limit);
    let _ = search.run(request, &mut |request| {
        let weighed = weigh(document, request, granted);
        let outcome = weighed.outcome();
        if outcome == Outcome::Conditional {
            return Judged::Open(open_keys(document.statements_at(&weighed.statements()), request));
        }
        found.statements.extend(weighed.statements());
        found.implicitly |= outcome == Outcome::ImplicitlyDenied;
        let allowed = outcome == Outcome::Allowed;
        show(request, allowed);
        *(if allowed { &mut found.allowed } else { &mut found.refused }) = true;
        if found.allowed && found.refused { Judged::Finished } else { Judged::Decided }
    });
    found.open = search.open.map(|(_, reason)| reason);
    found
}

fn request_limit(document: &Document) -> usize {
    let (Some(first), Some(last)) = (document.statements.first(), document.statements.last()) else { return 0 };
    let kilobytes = 1 + last.span.end.saturating_sub(first.span.start) / 1_000;
    let (fewest, most) = REQUEST_LIMITS;
    (most / kilobytes).max(fewest)
}
