//! The decision: one policy, one request, four answers.

use super::document::Document;
use super::explore::explore;
use super::request::Request;
use super::weigh::{Decision, Outcome, weigh};

/// Judges a request by a resource policy alone, as for a principal whose own policies allow everything.
#[must_use]
pub fn decide(document: &Document, request: &Request) -> Decision {
    with_all_values(document, request, false)
}

/// The same where something beside the policy certainly allows the request, as a grant of a key does: only a Deny of
/// the policy can refuse it.
pub(crate) fn decide_granted(document: &Document, request: &Request) -> Decision {
    with_all_values(document, request, true)
}

/// What three-valued logic says, and where that leaves it open, what is the same for all values of the unknown keys.
///
/// Several Denies, none of which applies for certain, may refuse a request together. That is asked of the Denies alone, so
/// that it is no other answer with another Allow.
fn with_all_values(document: &Document, request: &Request, granted: bool) -> Decision {
    let weighed = weigh(document, request, granted);
    let decision = weighed.decision(document, request);
    let found = |granted| explore(document, request, granted, |_, _| {});
    let denies = (decision.outcome != Outcome::ExplicitlyDenied && weighed.is_perhaps_denied()).then(|| found(true));
    if let Some(denied) = denies.as_ref().filter(|found| found.outcome() == Outcome::ExplicitlyDenied) {
        return Decision::certain(Outcome::ExplicitlyDenied, denied.statements.clone());
    }
    if decision.outcome != Outcome::Conditional {
        return decision;
    }
    // Beside a certain Allow nothing but the Denies matters.
    let found = denies.filter(|_| weighed.is_surely_allowed()).unwrap_or_else(|| found(granted));
    match found.outcome() {
        Outcome::Conditional | Outcome::ExplicitlyDenied => decision,
        Outcome::ImplicitlyDenied => Decision::certain(Outcome::ImplicitlyDenied, []),
        Outcome::Allowed => Decision::certain(Outcome::Allowed, found.statements),
    }
}
