//! May the writer do it: one answer out of the decisions on every request that stands for it.

use super::policy::{names, statements};
use crate::connection::Writer;
use crate::policy::json::Span;
use crate::policy::nearest::{Mismatch, statement_name};
use crate::policy::principal::Covers;
use crate::policy::{Decision, Document, Outcome, Principal, Request, Statement, decide, nearest_miss};
use crate::report::Exhibit;
use crate::writer::{is_taken_as_foreign, source_of};

/// A request and how a report names what it is done to.
pub(super) struct Question {
    pub(super) target: String,
    pub(super) request: Request,
}

/// The answer to several questions of one writer: the worst of them decides.
pub(super) struct Answer {
    pub(super) writer: Writer,
    pub(super) outcome: Outcome,
    /// Of the question that decided.
    pub(super) target: String,
    request: Request,
    pub(super) depends_on: Vec<String>,
    /// The statements behind it; where all is allowed, of every question.
    pub(super) statements: Vec<usize>,
}

/// Answers the questions of one writer; none where there is no question.
pub(super) fn answer(document: &Document, writer: &Writer, questions: Vec<Question>) -> Option<Answer> {
    let mut allowed = Vec::new();
    let mut worst: Option<(Question, Decision)> = None;
    for question in questions {
        let decision = decide(document, &question.request);
        if decision.outcome == Outcome::Allowed {
            allowed.extend_from_slice(&decision.statements);
        }
        if worst.as_ref().is_none_or(|(_, other)| badness(&decision) > badness(other)) {
            worst = Some((question, decision));
        }
    }
    let (Question { target, request }, decision) = worst?;
    let mut statements = if decision.outcome == Outcome::Allowed { allowed } else { decision.statements };
    statements.sort_unstable();
    statements.dedup();
    let Decision { outcome, depends_on, .. } = decision;
    Some(Answer { writer: writer.clone(), outcome, target, request, depends_on, statements })
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
    pub(super) fn sentence(&self, document: &Document, action: &str, policy: &str) -> String {
        let Self { writer, target, .. } = self;
        match self.outcome {
            Outcome::Allowed => {
                format!("`{writer}` may {action}: {} of the {policy} allows it.", names(document, &self.statements))
            }
            Outcome::ExplicitlyDenied => {
                let because: Vec<String> = statements(document, &self.statements).map(denial).collect();
                format!("`{writer}` may not {action} on `{target}`: {}.", because.join("; "))
            }
            Outcome::ImplicitlyDenied => {
                format!("`{writer}` may not {action} on `{target}`: {}.", self.nearest(document, policy))
            }
            Outcome::Conditional => self.condition(document, action),
        }
    }

    fn nearest(&self, document: &Document, policy: &str) -> String {
        let Some(miss) = nearest_miss(document, &self.request) else {
            return format!("the {policy} has no Allow at all");
        };
        let Some(statement) = document.statements.get(miss.statement) else {
            return format!("no Allow of the {policy} covers it");
        };
        let clauses: Vec<String> =
            miss.mismatches.iter().map(|mismatch| mismatch.clause() + &dead(statement, &mismatch.element)).collect();
        format!(
            "no Allow of the {policy} covers it; {} comes closest, but {}",
            statement_name(statement),
            clauses.join(" and ")
        )
    }

    fn condition(&self, document: &Document, action: &str) -> String {
        let Self { writer, target, .. } = self;
        let named = names(document, &self.statements);
        let open = if self.depends_on.is_empty() {
            "on whom its Principal names, which nobody but the vendor can tell".to_owned()
        } else {
            let keys = self.depends_on.iter().map(|key| format!("{key}{}", why(key))).collect::<Vec<_>>().join(", ");
            format!("on {keys}")
        };
        format!(
            "Whether `{writer}` may {action} on `{target}` depends {open}; see {named}. Ask Sailthru Support for what is \
             not known here, or name the writer in the policy without that condition."
        )
    }

    /// The places in the document that decided, for a reader to look at; `name` is the document's in evidence.
    pub(super) fn exhibits(&self, document: &Document, action: &str, name: &'static str) -> Vec<Exhibit> {
        let exhibit = |span: Span, label: String| Exhibit { document: name, span, label };
        let deciding = || statements(document, &self.statements);
        match self.outcome {
            Outcome::Allowed => Vec::new(),
            Outcome::ExplicitlyDenied => deciding()
                .map(|statement| match statement.conditions.first() {
                    Some(condition) => exhibit(condition.span, "holds for the writer, so this is refused".to_owned()),
                    None => exhibit(statement.action.span, "refused, without any condition".to_owned()),
                })
                .collect(),
            Outcome::ImplicitlyDenied => nearest_miss(document, &self.request)
                .into_iter()
                .flat_map(|miss| miss.mismatches)
                .map(|Mismatch { element, span, .. }| {
                    let label = match element.as_str() {
                        "Action" | "NotAction" => format!("does not cover {action}"),
                        "Resource" | "NotResource" => format!("does not cover {}", self.target),
                        "Principal" | "NotPrincipal" => "is not the writer".to_owned(),
                        _ => "does not hold for the writer".to_owned(),
                    };
                    exhibit(span, format!("the nearest Allow, but this {label}"))
                })
                .collect(),
            Outcome::Conditional => deciding()
                .flat_map(|statement| &statement.conditions)
                .filter(|condition| self.depends_on.iter().any(|key| key.eq_ignore_ascii_case(&condition.key_name)))
                .map(|condition| exhibit(condition.span, format!("depends on {}", condition.key_name)))
                .collect(),
        }
    }

    /// Whether the grant that lets the writer through names more than the writer: its account, or everyone.
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

/// What a Deny that applies says, and why it applies.
fn denial(statement: &Statement) -> String {
    let mut text = format!("{} refuses it", statement_name(statement));
    if statement.principal.negated {
        text.push_str(" to everyone whom its NotPrincipal does not list with account and session");
    }
    let mut foreign = false;
    let conditions: Vec<String> = statement
        .conditions
        .iter()
        .map(|condition| {
            foreign |= is_taken_as_foreign(&condition.key_name);
            let values = condition.values().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
            format!("{} {} {values}", condition.operator_name, condition.key_name)
        })
        .collect();
    if !conditions.is_empty() {
        text.extend([", since ", &conditions.join(" and "), " holds for its requests"]);
    }
    if foreign {
        text.push_str(" (the vendor is taken to be in none of your VPCs and organizations)");
    }
    text
}

/// What a reader must know of a Principal that looks right and is not.
fn dead(statement: &Statement, element: &str) -> String {
    let deleted = statement.principal.entries.iter().any(|entry| entry.covers == Covers::DeletedIdentity);
    if element == "Principal" && deleted {
        ", the id of a role or user that no longer exists".to_owned()
    } else {
        String::new()
    }
}

fn why(key: &str) -> String {
    source_of(key).map(|source| format!(" ({source})")).unwrap_or_default()
}
