//! Whether Sailthru can do it: one answer from the decisions on each of its sample requests.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::policy::{capitalised, names, statements};
use super::{Case, Verdict};
use crate::policy::json::Span;
use crate::policy::nearest::{Element, Mismatch, statement_name};
use crate::policy::principal::Covers;
use crate::policy::{Decision, Document, Outcome, Principal, Request, Statement, nearest_miss};
use crate::report::{Annotation, StatementSource};
use crate::snapshot::Snapshot;
use crate::vendor::documents;
use crate::vendor::requests::Service;
use crate::vendor::{PROBE_KEY, Variant, Writer};

mod because;
mod open;
mod open_keys;
mod witness;

use because::{because, unmatched};
pub(super) use open_keys::in_words;

/// A request and how a report names what it is done to.
pub(super) struct Question {
    pub(super) target: String,
    /// Which part of the action it is, where it is not all of it: ` in the steps of a multipart upload`.
    pub(super) part: &'static str,
    pub(super) request: Request,
}

/// The answer to several questions of one writer: the worst of them decides.
pub(super) struct Answer {
    pub(super) writer: Writer,
    pub(super) outcome: Outcome,
    /// Of the question that decided.
    pub(super) target: String,
    part: &'static str,
    request: Request,
    service: Service,
    pub(super) depends_on: Vec<String>,
    /// The statements behind it; where all is allowed, of every question.
    pub(super) statements: Vec<usize>,
    /// Whether it would be another if the vendor were in one of the customer's VPCs or organizations.
    assumed: bool,
}

/// Answers the questions of one writer, each by `decide`; none where there is no question.
pub(super) fn answer(
    document: &Document,
    service: Service,
    writer: &Writer,
    questions: Vec<Question>,
    decide: fn(&Document, &Request) -> Decision,
) -> Option<Answer> {
    let mut allowed = Vec::new();
    let mut worst: Option<(Question, Decision, bool)> = None;
    for question in questions {
        let decision = decide(document, &question.request);
        let assumed = decide(document, &service.without_assumption(&question.request)).outcome != decision.outcome;
        if decision.outcome == Outcome::Allowed {
            allowed.extend_from_slice(&decision.statements);
        }
        let rank = |decision: &Decision, assumed: bool| (badness(decision), assumed);
        if worst.as_ref().is_none_or(|(_, other, known)| rank(&decision, assumed) > rank(other, *known)) {
            worst = Some((question, decision, assumed));
        }
    }
    let (Question { target, part, request }, decision, assumed) = worst?;
    let mut statements = if decision.outcome == Outcome::Allowed { allowed } else { decision.statements };
    statements.sort_unstable();
    statements.dedup();
    let Decision { outcome, depends_on, .. } = decision;
    Some(Answer { writer: writer.clone(), outcome, target, part, request, service, depends_on, statements, assumed })
}

fn badness(decision: &Decision) -> u8 {
    match decision.outcome {
        Outcome::Allowed => 0,
        Outcome::Conditional => 1,
        Outcome::ImplicitlyDenied => 2,
        Outcome::ExplicitlyDenied => 3,
    }
}

impl Answer {
    /// One or two sentences on why the answer is what it is. `action` is the IAM action, `policy` what the document is called.
    pub(super) fn sentence(&self, case: &Case<'_>, document: &Document, action: &str, policy: &str) -> String {
        let who = case.connection.who(&self.writer);
        let it = self.with_its_part(case, "it");
        let text = match self.outcome {
            Outcome::Allowed => {
                let names = capitalised(&names(document, &self.statements));
                let verb = if self.statements.len() == 1 { "allows" } else { "allow" };
                format!("{names} of the {policy} {verb} {action}.")
            }
            Outcome::ExplicitlyDenied => {
                let denials =
                    statements(document, &self.statements).map(|statement| capitalised(&denial(statement, &it, &who)));
                denials.collect::<Vec<_>>().join(" ")
            }
            Outcome::ImplicitlyDenied => {
                format!("No statement of the {policy} allows {it}{}.", self.nearest(document, &who))
            }
            Outcome::Conditional => self.condition(case, document, action),
        };
        if self.assumed {
            format!("{text} We assume that {who} is outside your VPCs and your organization.")
        } else {
            text
        }
    }

    /// What is done, for after "allows" and "denies": the action, or "it", with whatever is not as usual about it.
    fn with_its_part(&self, case: &Case<'_>, action: &str) -> String {
        let Self { writer, target, part, .. } = self;
        let whom = match case.connection.principals.as_slice() {
            [_, _, ..] => format!(" for {}", case.connection.who(writer)),
            _ => String::new(),
        };
        let usual = target == PROBE_KEY || target.starts_with("arn:");
        let of = if usual { String::new() } else { format!(" for `{target}`") };
        format!("{action}{whom}{of}{part}")
    }

    fn nearest(&self, document: &Document, who: &str) -> String {
        let Some(miss) = nearest_miss(document, &self.request) else { return String::new() };
        let Some(statement) = document.statements.get(miss.statement) else { return String::new() };
        let clause = |mismatch: &Mismatch| {
            let condition = statement.conditions.iter().find(|condition| condition.span == mismatch.span);
            match condition.filter(|_| matches!(mismatch.element, Element::Condition { .. })) {
                Some(condition) => unmatched(condition, who),
                None => mismatch.clause() + &self.of_another_variant(mismatch),
            }
        };
        let clauses: Vec<String> = miss.mismatches.iter().map(clause).collect();
        format!("; {} comes closest, but {}", statement_name(statement), clauses.join(" and "))
    }

    /// A remark on a Principal that is Sailthru's, and not the one of the variant that is judged.
    fn of_another_variant(&self, mismatch: &Mismatch) -> String {
        let judged = self.writer.to_string();
        let named = |variant: &Variant| {
            let writer = variant.rules().writer;
            writer != judged && mismatch.found.iter().any(|entry| entry == writer)
        };
        let is_asked = mismatch.element == Element::Principal && Variant::principals().contains(&judged.as_str());
        match Variant::ALL.into_iter().filter(|_| is_asked).find(named) {
            Some(variant) => format!(", which is Sailthru's principal for `--variant {variant}`"),
            None => String::new(),
        }
    }

    /// The places in the document that decided, for a reader to look at; `name` is the document's in evidence.
    pub(super) fn annotations(&self, document: &Document, action: &str, name: StatementSource) -> Vec<Annotation> {
        let annotation = |span: Span, label: String| Annotation { document: name, span, label };
        let deciding = || statements(document, &self.statements);
        match self.outcome {
            Outcome::Allowed => Vec::new(),
            Outcome::ExplicitlyDenied => deciding()
                .map(|statement| match statement.conditions.first() {
                    Some(condition) => annotation(condition.span, "true for Sailthru".to_owned()),
                    None => annotation(statement.action.span, "denied, without any condition".to_owned()),
                })
                .collect(),
            Outcome::ImplicitlyDenied => nearest_miss(document, &self.request)
                .into_iter()
                .flat_map(|miss| miss.mismatches)
                .map(|Mismatch { element, span, .. }| {
                    let label = match element {
                        Element::Action | Element::NotAction => format!("does not cover {action}"),
                        Element::Resource | Element::NotResource => format!("does not cover {}", self.target),
                        Element::Principal | Element::NotPrincipal | Element::Condition { .. } => {
                            "does not match Sailthru".to_owned()
                        }
                    };
                    annotation(span, format!("the nearest Allow, but this {label}"))
                })
                .collect(),
            Outcome::Conditional => deciding()
                .flat_map(|statement| &statement.conditions)
                .filter(|condition| self.depends_on.iter().any(|key| key.eq_ignore_ascii_case(&condition.key_name)))
                .map(|condition| annotation(condition.span, format!("depends on {}", condition.key_name)))
                .collect(),
        }
    }

    /// Whether the grant that lets Sailthru through names more than Sailthru: its account, or everyone.
    pub(super) fn is_broad(&self, document: &Document) -> bool {
        let broad = |statement: &Statement| {
            let covering = statement.principal.entries.iter().filter(|entry| {
                matches!(entry.covers, Covers::Everyone) || matches!(&entry.covers, Covers::Account { account, .. } if self.request.principal.account() == Some(account))
            });
            let exact = statement.principal.entries.iter().any(|entry| entry.text == self.writer.to_string());
            covering.count() > 0 && !exact
        };
        !matches!(self.request.principal, Principal::AnyOf { .. }) && statements(document, &self.statements).any(broad)
    }
}

/// What a Deny that applies denies, and why it applies.
fn denial(statement: &Statement, what: &str, who: &str) -> String {
    let mut text = format!("{} denies {what}", statement_name(statement));
    if statement.principal.negated {
        text.push_str(" to everyone whom its NotPrincipal does not list with account and session");
    }
    if let Some(because) = because(statement, who) {
        text.extend([", ", &because]);
    }
    text + "."
}

/// The snapshot as it would be judged a week later, where a condition of the document asks for the time: a grant may end
/// soon.
pub(super) fn in_a_week(document: &Document, snapshot: &Snapshot) -> Option<Snapshot> {
    let mut conditions = document.conditions();
    let timed = conditions.any(|condition| {
        ["aws:CurrentTime", "aws:EpochTime"].iter().any(|key| condition.key_name.eq_ignore_ascii_case(key))
    });
    let taken_at = snapshot.taken_at.checked_add(SignedDuration::from_hours(7 * 24)).ok().filter(|_| timed)?;
    let mut later = snapshot.clone();
    later.taken_at = taken_at;
    Some(later)
}

/// A pass that does not last, with what the answer will be, so that its reader can act in time.
pub(super) fn ending(pass: Verdict, then: &str) -> Verdict {
    let words = |word: &str| then.strip_prefix(word).map(|rest| word.to_lowercase() + rest);
    let then = words("No ").or_else(|| words("The ")).unwrap_or_else(|| then.to_owned());
    Verdict { message: format!("{} This ends within a week: after that, {then}", pass.message), ..pass }
}

/// How to exempt Sailthru from the Denies that are named.
pub(super) fn exemption(case: &Case<'_>, named: &str) -> String {
    let vendor = case.vendor();
    let exemptions = documents::exemptions(&vendor).into_iter();
    let condition: Map<String, Value> =
        exemptions.map(|(operator, key, values)| (operator.to_owned(), json!({key: values}))).collect();
    let condition = Value::Object(condition);
    let who =
        case.vendor().writers().first().map_or_else(|| "Sailthru".to_owned(), |writer| case.connection.who(writer));
    if case.snapshot.is_planned() {
        return format!("Exempt {who} from {named}: add `{condition}` to its Condition.");
    }
    format!("Exempt {who} from {named}. This command writes the finished policy.")
}
