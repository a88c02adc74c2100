//! An answer that is open: what it depends on, and who can decide it.

use serde_json::{Map, Value};

use super::super::policy::{names, statements};
use super::super::{Case, Undecided, Verdict};
use super::Answer;
use crate::policy::nearest::{mismatches, statement_name};
use crate::policy::principal::telling_key;
use crate::policy::{Document, Effect, Outcome, Statement, Tri};

impl Answer {
    /// What it depends on, where to look, and what would decide it.
    pub(super) fn condition(&self, case: &Case<'_>, document: &Document, action: &str) -> String {
        let named = names(document, &self.statements);
        let open = self.openings(document).join(", and ");
        let advice = self.advice(case, document).join(" ");
        let what = self.with_its_part(case, action);
        let denies = statements(document, &self.statements).all(|statement| statement.effect == Effect::Deny);
        let verb = match (denies, self.statements.len()) {
            (true, 1) => "denies",
            (true, _) => "deny",
            (false, 1) => "allows",
            (false, _) => "allow",
        };
        format!("Whether {named} {verb} {what} depends on {open}. {advice}")
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
    fn openings(&self, document: &Document) -> Vec<String> {
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
            openings.push(keys.join(", "));
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
        let way = self.way_around(document);
        if vendors {
            advice.push(format!("Ask Sailthru Support, or {way}."));
        } else if own {
            advice.push(format!("Look it up, or {way}."));
        }
        advice
    }

    /// What settles it in the policy itself: no Allow helps against a Deny.
    fn way_around(&self, document: &Document) -> String {
        let of = |effect: Effect| statements(document, &self.statements).filter(move |one| one.effect == effect);
        let denies: Vec<usize> = of(Effect::Deny).map(|statement| statement.index).collect();
        let hangs_on = |statement: &Statement| {
            let asks = |key: &str| statement.conditions.iter().any(|one| one.key_name.eq_ignore_ascii_case(key));
            self.is_open(statement) || self.keys(document).any(asks)
        };
        let exempt = || format!("exempt Sailthru from {}", names(document, &denies));
        let allow = "allow Sailthru in the policy without that condition";
        match (denies.is_empty(), of(Effect::Allow).all(hangs_on)) {
            (true, _) => allow.to_owned(),
            (false, true) if of(Effect::Allow).next().is_some() => format!("{} and {allow}", exempt()),
            (false, _) => exempt(),
        }
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
