//! Why a statement does not apply, and which Allow came closest when none did.

use std::fmt;

use super::Tri;
use super::document::{Document, Effect, PatternElement, Statement};
use super::json::Span;
use super::kinship::{Difference, difference};
use super::request::Request;
use super::weigh::{action_applies, resource_applies};

/// An element of a statement that does not certainly match a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Which element.
    pub element: Element,
    /// What the statement has there.
    pub found: Vec<String>,
    /// Whether it certainly does not match; else it is open.
    pub surely: bool,
    /// Of a Principal that resembles the one that was meant: what differs, a clause.
    pub differs: Option<String>,
    /// Where it is in the document's text.
    pub span: Span,
}

/// An element of a statement that a request has to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `Principal`.
    Principal,
    /// `NotPrincipal`.
    NotPrincipal,
    /// `Action`.
    Action,
    /// `NotAction`.
    NotAction,
    /// `Resource`.
    Resource,
    /// `NotResource`.
    NotResource,
    /// One condition, by operator and key as written.
    Condition {
        /// Such as `StringEquals`.
        operator: String,
        /// Such as `aws:SourceVpce`.
        key: String,
    },
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Principal => "Principal",
            Self::NotPrincipal => "NotPrincipal",
            Self::Action => "Action",
            Self::NotAction => "NotAction",
            Self::Resource => "Resource",
            Self::NotResource => "NotResource",
            Self::Condition { operator, key } => return write!(formatter, "Condition {operator} {key}"),
        })
    }
}

impl Mismatch {
    /// A clause such as: its Resource is `arn:aws:s3:::other/*`.
    #[must_use]
    pub fn clause(&self) -> String {
        let found = self.found.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ");
        match (&self.element, self.surely) {
            (element @ (Element::Resource | Element::Action | Element::Principal), true) if self.found.is_empty() => {
                format!("it has no {element}, so it has no effect")
            }
            (Element::Condition { operator, key }, true) => {
                format!("its condition does not match the request ({operator} {key} {found})")
            }
            (element, true) => match &self.differs {
                Some(differs) if self.found.len() == 1 => format!("its {element} is {found}, {differs}"),
                Some(differs) => format!("its {element} is {found}; {differs}"),
                None => format!("its {element} is {found}"),
            },
            (element, false) => format!("it is not known whether its {element} {found} matches"),
        }
    }
}

/// Every element of a statement that does not certainly match; empty where the statement certainly applies.
#[must_use]
pub fn mismatches(statement: &Statement, request: &Request) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let mut note = |result: Tri, element: Element, texts: Vec<String>, span: Span| {
        if result != Tri::True {
            found.push(Mismatch { element, found: texts, surely: result == Tri::False, differs: None, span });
        }
    };
    let principal = &statement.principal;
    let name = if principal.negated { Element::NotPrincipal } else { Element::Principal };
    let texts = principal.entries.iter().map(|entry| entry.text.clone()).collect();
    note(principal.applies_to(&request.principal), name, texts, principal.span);
    let (action, resource) = (&statement.action, &statement.resource);
    let name = if action.negated { Element::NotAction } else { Element::Action };
    note(action_applies(action, request), name, pattern_texts(action), action.span);
    let name = if resource.negated { Element::NotResource } else { Element::Resource };
    note(resource_applies(resource, request), name, pattern_texts(resource), resource.span);
    for condition in &statement.conditions {
        note(
            condition.holds(&request.context),
            Element::Condition { operator: condition.operator_name.clone(), key: condition.key_name.clone() },
            condition.values().map(str::to_owned).collect(),
            condition.span,
        );
    }
    found
}

/// The Allow that came closest to letting a request through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearestMiss {
    /// Its index.
    pub statement: usize,
    /// What certainly does not match; the first is the one to look at.
    pub mismatches: Vec<Mismatch>,
}

/// Finds the Allow with the fewest elements that certainly do not match; of equals the one that speaks of this
/// principal and action, then the first. None where the policy has no Allow.
#[must_use]
pub fn nearest_miss(document: &Document, request: &Request) -> Option<NearestMiss> {
    document
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
        .map(|statement| {
            let mut mismatches = mismatches(statement, request);
            mismatches.retain(|mismatch| mismatch.surely);
            let mut strangeness = 0;
            for mismatch in &mut mismatches {
                strangeness += resembles(mismatch, request);
            }
            (strangeness, NearestMiss { statement: statement.index, mismatches })
        })
        .min_by_key(|(strangeness, miss)| {
            let any = |wanted: [Element; 2]| miss.mismatches.iter().any(|mismatch| wanted.contains(&mismatch.element));
            (miss.mismatches.len(), *strangeness, any([Element::Action, Element::NotAction]), miss.statement)
        })
        .map(|(_, miss)| miss)
}

/// How far a Principal is from the one that was probably meant, noting what differs; 0 for any other element.
fn resembles(mismatch: &mut Mismatch, request: &Request) -> usize {
    match mismatch.element {
        Element::Principal => {
            let differences = mismatch.found.iter().map(|entry| (difference(entry, &request.principal), entry));
            let nearest = differences.filter_map(|(difference, entry)| Some((difference?, entry))).min();
            let Some((Difference { distance, clause }, entry)) = nearest else {
                let owner = request.resource_account.as_deref();
                let is_own = |entry: &String| owner.is_some_and(|owner| entry.contains(owner));
                return if mismatch.found.iter().all(is_own) { OWN } else { STRANGER };
            };
            let one = mismatch.found.len() == 1;
            mismatch.differs = Some(if one { clause } else { format!("the nearest is `{entry}`, {clause}") });
            distance
        }
        Element::NotPrincipal => STRANGER,
        _ => 0,
    }
}

/// Farther off than any principal that resembles another.
const STRANGER: usize = 100;
/// A statement for the owner's own account is not a slip of one for another principal.
const OWN: usize = STRANGER + 1;

/// How many characters of a Sid a sentence holds.
const LONGEST_SID: usize = 100;

/// ``the statement `object permissions` ``, else "the 2nd statement"; of a Sid that would drown the sentence, the beginning.
#[must_use]
pub fn statement_name(statement: &Statement) -> String {
    match &statement.sid {
        Some(sid) if sid.chars().count() > LONGEST_SID => {
            let sid: String = sid.chars().take(LONGEST_SID).collect();
            format!("the statement `{sid}…`")
        }
        Some(sid) if !sid.is_empty() => format!("the statement `{sid}`"),
        _ => format!("the {} statement", ordinal(statement.index + 1)),
    }
}

/// "1st", "2nd", "3rd", "11th".
pub(crate) fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn pattern_texts(element: &PatternElement) -> Vec<String> {
    element.entries.iter().map(|entry| entry.text.clone()).collect()
}
