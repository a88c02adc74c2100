//! An answer that is open: what it depends on, and who can decide it.

use serde_json::{Map, Value};

use super::super::policy::{names, statements};
use super::super::{Case, Undecided, Verdict};
use super::Answer;
use super::open_keys::in_words;
use crate::policy::nearest::{mismatches, statement_name};
use crate::policy::principal::telling_key;
use crate::policy::{Document, Effect, Outcome, Statement, Tri};
use crate::report::Status;
use crate::text::list::listed;

impl Answer {
    /// What it depends on.
    pub(super) fn condition(&self, case: &Case<'_>, document: &Document, action: &str) -> String {
        let named = names(document, &self.statements);
        let open = self.openings(case, document).join(", and ");
        let what = self.with_its_part(case, action);
        let verb = match (self.denials(document).as_slice(), self.statements.len()) {
            (denials, all) if denials.len() == all => {
                if all == 1 {
                    "denies"
                } else {
                    "deny"
                }
            }
            (_, 1) => "allows",
            _ => "allow",
        };
        format!("Whether {named} {verb} {what} depends on {open}.")
    }

    /// Adds to an open verdict where to look, and what would decide it.
    pub(in crate::checks) fn with_advice(&self, case: &Case<'_>, verdict: Verdict, document: &Document) -> Verdict {
        if self.outcome != Outcome::Conditional || verdict.status != Status::Unknown {
            return verdict;
        }
        let advice = self.advice(case, document).join(" ");
        Verdict { message: format!("{} {advice}", verdict.message), ..verdict }
    }

    /// The Denies among the statements that decide.
    fn denials(&self, document: &Document) -> Vec<usize> {
        let denials = statements(document, &self.statements).filter(|statement| statement.effect == Effect::Deny);
        denials.map(|statement| statement.index).collect()
    }

    /// Adds what is known of each condition key that leaves the answer open, with its source.
    pub(in crate::checks) fn with_sources(&self, verdict: Verdict, document: &Document) -> Verdict {
        let source = |key: &str| Some((key.to_owned(), Value::from(self.service.source_of(key)?)));
        let sources: Map<String, Value> = self.keys(document).filter_map(source).collect();
        if self.outcome != Outcome::Conditional || sources.is_empty() {
            verdict
        } else {
            verdict.with("sources", sources)
        }
    }

    /// What leaves the answer open.
    fn openings(&self, case: &Case<'_>, document: &Document) -> Vec<String> {
        let mut openings = Vec::new();
        let principals: Vec<&Statement> =
            statements(document, &self.statements).filter(|one| self.is_open(one)).collect();
        for statement in principals.iter().filter(|statement| statement.principal.negated) {
            openings.push(format!(
                "whether the NotPrincipal of {} exempts it (AWS also requires the root of its account in that list, and \
                 for a role the session)",
                statement_name(statement)
            ));
        }
        let named = principals.iter().any(|statement| !statement.principal.negated);
        let keys: Vec<&str> = self.keys(document).collect();
        if !keys.is_empty() {
            openings.push(listed(&in_words(&keys, &case.connection.who(&self.writer))));
        } else if named {
            openings.push("whether its Principal is Sailthru, which only Sailthru knows".to_owned());
        }
        if openings.is_empty() {
            let open =
                statements(document, &self.statements).flat_map(|statement| mismatches(statement, &self.request));
            let unread = open.filter(|mismatch| !mismatch.surely).map(|mismatch| {
                format!(
                    "how AWS reads {} {}",
                    mismatch.element,
                    mismatch.found.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ")
                )
            });
            openings.extend(unread);
        }
        openings
    }

    /// What would decide it, and who can supply that.
    fn advice(&self, case: &Case<'_>, document: &Document) -> Vec<String> {
        let mut advice = Vec::new();
        let mut principals = statements(document, &self.statements).filter(|statement| self.is_open(statement));
        if principals.any(|statement| statement.principal.negated) {
            advice.push(
                "Use Principal `*` with the condition ArnNotEquals aws:PrincipalArn instead of NotPrincipal."
                    .to_owned(),
            );
        }
        let (mut vendors, mut own) = (advice.is_empty() && self.keys(document).next().is_none(), false);
        for key in self.keys(document) {
            let mut answered = true;
            for gap in self.service.gaps(case.snapshot, key) {
                answered = false;
                let missing = format!("{}.", Undecided::from(gap).message(case));
                if !advice.contains(&missing) {
                    advice.push(missing);
                }
            }
            let is_own = self.service.is_own(key);
            own |= is_own;
            vendors |= answered && !is_own;
        }
        let otherwise = match self.denials(document).as_slice() {
            [] => "allow Sailthru in the policy without that condition".to_owned(),
            denials => format!("exempt Sailthru from {} (`stc-check fix` prints how)", names(document, denials)),
        };
        if vendors {
            advice.push(format!("Ask Sailthru Support, or {otherwise}."));
        } else if own {
            advice.push(format!("Look it up, or {otherwise}."));
        }
        advice
    }

    fn is_open(&self, statement: &Statement) -> bool {
        statement.principal.applies_to(&self.request.principal) == Tri::Unknown
    }

    /// The condition keys that leave the answer open, but for the one that only tells apart whom a Principal names.
    fn keys<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a str> {
        let asked_for = move |key: &str| {
            let mut conditions = statements(document, &self.statements).flat_map(|statement| &statement.conditions);
            conditions.any(|condition| condition.key_name.eq_ignore_ascii_case(key))
        };
        let telling = |statement: &Statement| telling_key(&statement.principal, &self.request.principal);
        let telling: Vec<&str> = statements(document, &self.statements).filter_map(telling).collect();
        let tells = move |key: &str| telling.iter().any(|telling| telling.eq_ignore_ascii_case(key));
        self.depends_on.iter().map(String::as_str).filter(move |key| !tells(key) || asked_for(key))
    }
}
