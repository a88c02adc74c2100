//! An answer that is open: what it depends on, and who can decide it.

use serde_json::{Map, Value};

use super::super::policy::names;
use super::super::{Undecided, Verdict};
use super::Answer;
use super::open_keys::in_words;
use crate::policy::nearest::{mismatches, statement_name};
use crate::policy::principal::telling_key;
use crate::policy::{Effect, Outcome, Statement, Tri};
use crate::report::Status;
use crate::text::list::listed;

impl Answer<'_> {
    /// What it depends on.
    pub(super) fn condition(&self) -> String {
        let named = names(self.asked.document, &self.statements);
        let verb = match (self.denials().len(), self.statements.len()) {
            (1, 1) => "denies",
            (denials, all) if denials == all => "deny",
            (_, 1) => "allows",
            _ => "allow",
        };
        let (what, open) = (self.with_its_part(self.asked.action), self.openings().join(", and "));
        format!("Whether {named} {verb} {what} depends on {open}.")
    }

    /// Adds to an open verdict where to look, and what would decide it.
    pub(in crate::checks) fn with_advice(&self, verdict: Verdict) -> Verdict {
        if self.outcome != Outcome::Conditional || verdict.status != Status::Unknown {
            return verdict;
        }
        Verdict { message: format!("{} {}", verdict.message, self.advice().join(" ")), ..verdict }
    }

    /// The Denies among the statements that decide.
    fn denials(&self) -> Vec<usize> {
        let denials = self.deciding().filter(|statement| statement.effect == Effect::Deny);
        denials.map(|statement| statement.index).collect()
    }

    /// Adds what is known of each condition key that leaves the answer open, with its source.
    pub(super) fn with_sources(&self, verdict: Verdict) -> Verdict {
        let source = |key: &str| Some((key.to_owned(), Value::from(self.asked.service.source_of(key)?)));
        let sources: Map<String, Value> = self.keys().filter_map(source).collect();
        if self.outcome != Outcome::Conditional || sources.is_empty() {
            verdict
        } else {
            verdict.with("sources", sources)
        }
    }

    /// What leaves the answer open.
    fn openings(&self) -> Vec<String> {
        let principals: Vec<&Statement> = self.deciding().filter(|one| self.is_open(one)).collect();
        let negated = principals.iter().filter(|statement| statement.principal.negated);
        let exempts = |statement: &&Statement| {
            format!(
                "whether the NotPrincipal of {} exempts it (AWS also requires the root of its account in that list, and \
                 for a role the session)",
                statement_name(statement)
            )
        };
        let mut openings: Vec<String> = negated.map(exempts).collect();
        let keys: Vec<&str> = self.keys().collect();
        if !keys.is_empty() {
            openings.push(listed(&in_words(&keys, &self.asked.case.connection.who(&self.writer))));
        } else if principals.iter().any(|statement| !statement.principal.negated) {
            openings.push("whether its Principal is Sailthru, which only Sailthru knows".to_owned());
        }
        if openings.is_empty() {
            let open = self.deciding().flat_map(|statement| mismatches(statement, &self.request));
            let unread = open.filter(|mismatch| !mismatch.surely).map(|mismatch| {
                let found: Vec<String> = mismatch.found.iter().map(|text| format!("`{text}`")).collect();
                format!("how AWS reads {} {}", mismatch.element, found.join(", "))
            });
            openings.extend(unread);
        }
        openings
    }

    /// What would decide it, and who can supply that.
    fn advice(&self) -> Vec<String> {
        let case = self.asked.case;
        let mut advice = Vec::new();
        if self.deciding().any(|statement| self.is_open(statement) && statement.principal.negated) {
            let instead = "Use Principal `*` with the condition ArnNotEquals aws:PrincipalArn instead of NotPrincipal.";
            advice.push(instead.to_owned());
        }
        let (mut vendors, mut own) = (advice.is_empty() && self.keys().next().is_none(), false);
        for key in self.keys() {
            let mut answered = true;
            for gap in self.asked.service.gaps(case.snapshot, key) {
                answered = false;
                let missing = format!("{}.", Undecided::from(gap).message(case));
                if !advice.contains(&missing) {
                    advice.push(missing);
                }
            }
            let is_own = self.asked.service.is_own(key);
            own |= is_own;
            vendors |= answered && !is_own;
        }
        let otherwise = match self.denials().as_slice() {
            [] => "allow Sailthru in the policy without that condition".to_owned(),
            denials => {
                format!("exempt Sailthru from {} (`stc-check fix` prints how)", names(self.asked.document, denials))
            }
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
    fn keys(&self) -> impl Iterator<Item = &str> {
        let asked_for = |key: &str| {
            let mut conditions = self.deciding().flat_map(|statement| &statement.conditions);
            conditions.any(|condition| condition.key_name.eq_ignore_ascii_case(key))
        };
        let telling = |statement: &Statement| telling_key(&statement.principal, &self.request.principal);
        let telling: Vec<&str> = self.deciding().filter_map(telling).collect();
        let tells = move |key: &str| telling.iter().any(|telling| telling.eq_ignore_ascii_case(key));
        self.depends_on.iter().map(String::as_str).filter(move |key| !tells(key) || asked_for(key))
    }
}
