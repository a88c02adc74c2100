//! Whether Sailthru can do it: one answer from the decisions on each of its sample requests.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::policy::{BUCKET_POLICY, KEY_POLICY, capitalised, names, references, statements};
use super::{Case, Verdict};
use crate::policy::json::Span;
use crate::policy::nearest::{Element, Mismatch, statement_name};
use crate::policy::principal::Covers;
use crate::policy::{Decision, Document, Outcome, Principal, Request, Statement, decide, nearest_miss};
use crate::report::{Annotation, CheckId, Fix, StatementSource};
use crate::snapshot::Snapshot;
use crate::vendor::documents;
use crate::vendor::requests::{Service, VendorRequests};
use crate::vendor::{PROBE_KEY, Variant, Writer};

mod because;
mod open;
mod open_keys;
mod witness;

use because::{because, unmatched};
pub(super) use open_keys::in_words;

/// What is asked of a policy: whether it lets Sailthru do one thing.
pub(super) struct Asked<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) document: &'a Document,
    pub(super) service: Service,
    pub(super) check: CheckId,
    /// The IAM action.
    pub(super) action: &'static str,
}

/// A request and how a report names what it is done to.
pub(super) struct Question {
    pub(super) target: String,
    /// Which part of the action it is, where it is not all of it: ` in the steps of a multipart upload`.
    pub(super) part: &'static str,
    pub(super) request: Request,
}

/// The answer to several questions of one writer: the worst of them decides.
pub(super) struct Answer<'a> {
    asked: &'a Asked<'a>,
    pub(super) writer: Writer,
    pub(super) outcome: Outcome,
    /// Of the question that decided.
    pub(super) target: String,
    part: &'static str,
    request: Request,
    depends_on: Vec<String>,
    /// The statements behind it; where all is allowed, of every question.
    pub(super) statements: Vec<usize>,
    /// Whether it would be another if the vendor were in one of the customer's VPCs or organizations.
    assumed: bool,
}

impl<'a> Asked<'a> {
    /// Answers the questions of one writer; none where there is no question.
    pub(super) fn answer(&'a self, writer: &Writer, questions: Vec<Question>) -> Option<Answer<'a>> {
        self.answer_by(decide, writer, questions)
    }

    /// The same, each question by `decide`.
    pub(super) fn answer_by(
        &'a self,
        decide: fn(&Document, &Request) -> Decision,
        writer: &Writer,
        questions: Vec<Question>,
    ) -> Option<Answer<'a>> {
        let decisions = questions.into_iter().map(|question| (decide(self.document, &question.request), question));
        let mut decisions: Vec<(Decision, Question)> = decisions.collect();
        let outcome = decisions.iter().map(|(decision, _)| decision.outcome).max_by_key(|outcome| badness(*outcome))?;
        decisions.retain(|(decision, _)| decision.outcome == outcome);
        // What is open with an assumption is open without.
        let is_assumed = |(_, question): &(Decision, Question)| {
            let request = self.service.without_assumption(&question.request);
            outcome != Outcome::Conditional && decide(self.document, &request).outcome != outcome
        };
        let assumed = decisions.iter().position(is_assumed);
        let mut statements: Vec<usize> =
            decisions.iter().flat_map(|(decision, _)| decision.statements.iter().copied()).collect();
        let (decision, Question { target, part, request }) = decisions.into_iter().nth(assumed.unwrap_or_default())?;
        if outcome != Outcome::Allowed {
            statements = decision.statements;
        }
        statements.sort_unstable();
        statements.dedup();
        let (writer, depends_on, assumed) = (writer.clone(), decision.depends_on, assumed.is_some());
        Some(Answer { asked: self, writer, outcome, target, part, request, depends_on, statements, assumed })
    }

    /// The policy, as evidence names it.
    fn source(&self) -> StatementSource {
        match self.service {
            Service::S3 => BUCKET_POLICY,
            Service::Kms => KEY_POLICY,
        }
    }

    /// A pass, with what the answer will be where a grant ends within a week, so that its reader can act in time. `ask`
    /// answers for what is not allowed then.
    pub(super) fn lasting(&'a self, pass: Verdict, ask: impl Fn(&VendorRequests<'_>) -> Option<Answer<'a>>) -> Verdict {
        let Some(later) = in_a_week(self.document, self.case.snapshot) else { return pass };
        let Some(then) = ask(&VendorRequests { snapshot: &later, ..self.case.vendor() }) else { return pass };
        let then = then.sentence();
        let words = |word: &str| then.strip_prefix(word).map(|rest| word.to_lowercase() + rest);
        let then = words("No ").or_else(|| words("The ")).unwrap_or_else(|| then.clone());
        Verdict { message: format!("{} This ends within a week: after that, {then}", pass.message), ..pass }
    }
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Allowed => 0,
        Outcome::Conditional => 1,
        Outcome::ImplicitlyDenied => 2,
        Outcome::ExplicitlyDenied => 3,
    }
}

impl Answer<'_> {
    /// One or two sentences on why the answer is what it is.
    pub(super) fn sentence(&self) -> String {
        let Asked { case, document, action, .. } = *self.asked;
        let policy = self.asked.source().words();
        let who = case.connection.who(&self.writer);
        let it = self.with_its_part("it");
        let text = match self.outcome {
            Outcome::Allowed => {
                let names = capitalised(&names(document, &self.statements));
                let verb = if self.statements.len() == 1 { "allows" } else { "allow" };
                format!("{names} of the {policy} {verb} {action}.")
            }
            Outcome::ExplicitlyDenied => {
                let denials = self.deciding().map(|statement| capitalised(&denial(statement, &it, &who)));
                denials.collect::<Vec<_>>().join(" ")
            }
            Outcome::ImplicitlyDenied => format!("No statement of the {policy} allows {it}{}.", self.nearest(&who)),
            Outcome::Conditional => self.condition(),
        };
        if self.assumed {
            format!("{text} We assume that {who} is outside your VPCs and your organization.")
        } else {
            text
        }
    }

    /// A verdict with what decided it.
    pub(super) fn evidence(&self, verdict: Verdict) -> Verdict {
        let Asked { document, service, .. } = *self.asked;
        let target = Some(self.target.as_str()).filter(|_| service == Service::S3);
        Verdict { annotations: self.annotations(), ..verdict }
            .with_statements(references(document, self.asked.source(), &self.statements))
            .with_depends_on(self.depends_on.clone())
            .with_principal(&self.writer, target)
    }

    /// The same, with all that helps its reader: requests that show it, what would decide it, and where that is from.
    pub(super) fn explained(&self, verdict: Verdict) -> Verdict {
        self.evidence(self.with_sources(self.with_advice(self.with_witness(verdict))))
    }

    /// The verdict where this is allowed to Sailthru's role, and not to its whole account, as documented.
    pub(super) fn narrower_than(&self, account: &Self, fix: Fix) -> Verdict {
        let message = format!(
            "{} Sailthru's documentation says to allow its whole account (`{}`). This grant is narrower: it works as long as \
             Sailthru uses that role.",
            self.sentence(),
            account.writer
        );
        Verdict::works_for_now(message, fix)
    }

    /// The statements behind the answer.
    fn deciding(&self) -> impl Iterator<Item = &Statement> {
        statements(self.asked.document, &self.statements)
    }

    /// What is done, for after "allows" and "denies": the action, or "it", with whatever is not as usual about it.
    fn with_its_part(&self, action: &str) -> String {
        let Self { writer, target, part, .. } = self;
        let connection = self.asked.case.connection;
        let whom = match connection.principals.as_slice() {
            [_, _, ..] => format!(" for {}", connection.who(writer)),
            _ => String::new(),
        };
        let usual = target == PROBE_KEY || target.starts_with("arn:");
        let of = if usual { String::new() } else { format!(" for `{target}`") };
        format!("{action}{whom}{of}{part}")
    }

    fn nearest(&self, who: &str) -> String {
        let document = self.asked.document;
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

    /// The places in the document that decided, for a reader to look at.
    fn annotations(&self) -> Vec<Annotation> {
        let Asked { document, action, .. } = *self.asked;
        let source = self.asked.source();
        let annotation = |span: Span, label: String| Annotation { document: source, span, label };
        match self.outcome {
            Outcome::Allowed => Vec::new(),
            Outcome::ExplicitlyDenied => {
                let place = |statement: &Statement| match statement.conditions.first() {
                    Some(condition) => annotation(condition.span, "true for Sailthru".to_owned()),
                    None => annotation(statement.action.span, "denied, without any condition".to_owned()),
                };
                self.deciding().map(place).collect()
            }
            Outcome::ImplicitlyDenied => {
                let place = |Mismatch { element, span, .. }| {
                    let label = match element {
                        Element::Action | Element::NotAction => format!("does not cover {action}"),
                        Element::Resource | Element::NotResource => format!("does not cover {}", self.target),
                        _ => "does not match Sailthru".to_owned(),
                    };
                    annotation(span, format!("the nearest Allow, but this {label}"))
                };
                nearest_miss(document, &self.request).into_iter().flat_map(|miss| miss.mismatches).map(place).collect()
            }
            Outcome::Conditional => {
                let conditions = self.deciding().flat_map(|statement| &statement.conditions);
                let open = conditions.filter(|condition| {
                    self.depends_on.iter().any(|key| key.eq_ignore_ascii_case(&condition.key_name))
                });
                open.map(|condition| annotation(condition.span, format!("depends on {}", condition.key_name))).collect()
            }
        }
    }

    /// Whether the grant that lets Sailthru through names more than Sailthru: its account, or everyone.
    pub(super) fn is_broad(&self) -> bool {
        let (principal, writer) = (&self.request.principal, self.writer.to_string());
        let broad = |statement: &Statement| {
            let entries = &statement.principal.entries;
            let covers = |covers: &Covers| match covers {
                Covers::Everyone => true,
                Covers::Account { account, .. } => principal.account() == Some(account),
                _ => false,
            };
            entries.iter().any(|entry| covers(&entry.covers)) && entries.iter().all(|entry| entry.text != writer)
        };
        !matches!(principal, Principal::AnyOf { .. }) && self.deciding().any(broad)
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
fn in_a_week(document: &Document, snapshot: &Snapshot) -> Option<Snapshot> {
    let mut conditions = document.conditions();
    let timed = conditions.any(|condition| {
        ["aws:CurrentTime", "aws:EpochTime"].iter().any(|key| condition.key_name.eq_ignore_ascii_case(key))
    });
    let taken_at = snapshot.taken_at.checked_add(SignedDuration::from_hours(7 * 24)).ok().filter(|_| timed)?;
    Some(snapshot.clone().taken_at(taken_at))
}

/// How to exempt Sailthru from the Denies that are named.
pub(super) fn exemption(case: &Case<'_>, named: &str) -> String {
    let vendor = case.vendor();
    let exemptions = documents::exemptions(&vendor).into_iter();
    let condition: Map<String, Value> =
        exemptions.map(|(operator, key, values)| (operator.to_owned(), json!({key: values}))).collect();
    let condition = Value::Object(condition);
    let writers = vendor.writers();
    let who = writers.first().map_or_else(|| "Sailthru".to_owned(), |writer| case.connection.who(writer));
    if case.snapshot.is_planned() {
        return format!("Exempt {who} from {named}: add `{condition}` to its Condition.");
    }
    format!("Exempt {who} from {named}. This command writes the finished policy.")
}
