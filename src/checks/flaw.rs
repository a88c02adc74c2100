//! What is wrong with a policy document, worded alike for both kinds, and what the service would answer if it was saved.

use serde_json::{Value, json};

use super::policy::{names, references};
use super::{Case, Verdict};
use crate::policy::json::Span;
use crate::policy::principal::Covers;
use crate::policy::save_time::Objection;
use crate::policy::{Document, DocumentKind, Effect, InvalidDocument};
use crate::report::{Basis, Fix, StatementSource};

/// How many sentences a message has at most.
const MOST_SENTENCES: usize = 5;

/// Something wrong with a document.
#[derive(Debug, Clone)]
pub(super) struct Flaw {
    /// What it is: a sentence, or what follows "In the statement `x`, ".
    pub(super) message: String,
    /// Whether the message follows the name of the statement.
    pub(super) follows_name: bool,
    /// What to write instead: a sentence.
    pub(super) advice: String,
    /// The statement it is in.
    pub(super) statement: Option<usize>,
    /// Where to look in the text, and why.
    pub(super) mark: Option<(Span, String)>,
}

impl Flaw {
    /// Of the document as a whole.
    pub(super) fn of_all(message: String, advice: &str) -> Self {
        Self { message, follows_name: false, advice: advice.to_owned(), statement: None, mark: None }
    }

    /// What the service would answer.
    fn at_saving(objection: &Objection, kind: DocumentKind) -> Self {
        let label = objection.answer.clone().unwrap_or_else(|| objection.cause.clone());
        Self {
            message: objection.sentence(kind),
            follows_name: false,
            advice: objection.advice.clone(),
            statement: objection.statement,
            mark: Some((objection.span, label)),
        }
    }
}

/// Adds what the service would answer: to the failures where it was seen, to the warnings where it is expected.
pub(super) fn add_objections(
    objections: &[Objection],
    kind: DocumentKind,
    failures: &mut Vec<Flaw>,
    warnings: &mut Vec<Flaw>,
) {
    for objection in objections {
        let list = if objection.seen { &mut *failures } else { &mut *warnings };
        list.push(Flaw::at_saving(objection, kind));
    }
}

/// A fail where anything fails, else a warning where anything asks for care; none where nothing does.
pub(super) fn verdict(
    document: Option<&Document>,
    failures: &[Flaw],
    warnings: &[Flaw],
    commands: Vec<String>,
) -> Option<Verdict> {
    let sentences = |flaws: &[Flaw]| sentences(document, flaws);
    let advice = |flaws: &[Flaw]| {
        Fix::new(
            format!(
                "{} This command writes the corrected policy.",
                distinct(flaws.iter().map(|flaw| flaw.advice.clone()))
            ),
            commands,
        )
    };
    match (failures, warnings) {
        ([], []) => None,
        ([], _) => Some(Verdict::warn(Basis::Read, sentences(warnings), advice(warnings))),
        _ => Some(Verdict::fail(Basis::Read, sentences(failures), advice(failures))),
    }
}

/// A document in which the grammar is broken, which the service would reject.
pub(super) fn unreadable(
    case: &Case<'_>,
    (service, name): (&str, StatementSource),
    error: InvalidDocument,
    failures: &[Flaw],
    objections: &[Objection],
) -> Verdict {
    let told = verdict(None, failures, &[], vec![case.connection.fix_command()]);
    let verdict = told.unwrap_or_else(|| {
        let message = format!("The {} is not valid ({error}), so {service} would reject it.", name.words());
        let fix = Fix::new(
            "Correct the document, or replace it with the one that this command prints.",
            vec![case.connection.stc_check("policy", &[])],
        );
        Verdict::fail(Basis::Read, message, fix)
    });
    let InvalidDocument { path, line, column, .. } = error;
    with_objections(mark(verdict, name, failures), objections)
        .with("path", path)
        .with("line", line)
        .with("column", column)
}

/// Ids of roles and users that no longer exist: first those where a grant or an exemption should be, then those in the
/// Principal of a Deny, where they harm nobody until somebody saves the policy again. `words` says of an id what is
/// wrong, and what to write instead.
pub(super) fn orphans(document: &Document, words: impl Fn(&str, bool) -> (String, String)) -> (Vec<Flaw>, Vec<Flaw>) {
    let (mut grants, mut others) = (Vec::new(), Vec::new());
    for statement in &document.statements {
        let is_grant = statement.effect == Effect::Allow || statement.principal.negated;
        for entry in statement.principal.entries.iter().filter(|entry| entry.covers == Covers::DeletedIdentity) {
            let (message, advice) = words(&entry.text, is_grant);
            let mark = Some((entry.span, "no longer exists".to_owned()));
            let list = if is_grant { &mut grants } else { &mut others };
            list.push(Flaw { message, follows_name: true, advice, statement: Some(statement.index), mark });
        }
    }
    (grants, others)
}

/// Names the statements that a verdict is about, and marks the places.
pub(super) fn point(verdict: Verdict, document: &Document, name: StatementSource, flaws: &[Flaw]) -> Verdict {
    let mut indexes: Vec<usize> = flaws.iter().filter_map(|flaw| flaw.statement).collect();
    indexes.sort_unstable();
    indexes.dedup();
    mark(verdict, name, flaws).with_statements(references(document, name, &indexes))
}

/// Marks the places of flaws in the document's text.
fn mark(verdict: Verdict, name: StatementSource, flaws: &[Flaw]) -> Verdict {
    let places = flaws.iter().filter_map(|flaw| flaw.mark.clone());
    places.fold(verdict, |verdict, (span, label)| verdict.with_annotation(name, span, label))
}

/// The objections as evidence: all of them, whatever the message has room for.
pub(super) fn with_objections(verdict: Verdict, objections: &[Objection]) -> Verdict {
    if objections.is_empty() {
        return verdict;
    }
    let entry = |objection: &Objection| {
        let Objection { seen, answer, cause, statement, source, .. } = objection;
        json!({"seen": seen, "answer": answer, "cause": cause, "statement": statement, "source": source})
    };
    verdict.with("objections", objections.iter().map(entry).collect::<Value>())
}

/// What is wrong, each thing once with every statement that it is in.
fn sentences(document: Option<&Document>, flaws: &[Flaw]) -> String {
    let sentence = |flaw: &Flaw| match document.filter(|_| flaw.follows_name) {
        Some(document) => {
            let alike = flaws.iter().filter(|other| other.follows_name && other.message == flaw.message);
            let mut statements: Vec<usize> = alike.filter_map(|other| other.statement).collect();
            statements.dedup();
            format!("In {}, {}", names(document, &statements), flaw.message)
        }
        None => flaw.message.clone(),
    };
    distinct(flaws.iter().map(sentence))
}

fn distinct(all: impl Iterator<Item = String>) -> String {
    let mut sentences: Vec<String> = Vec::new();
    for sentence in all {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let more = sentences.len().saturating_sub(MOST_SENTENCES);
    sentences.truncate(MOST_SENTENCES);
    sentences.extend((more > 0).then(|| format!("{more} more of this kind are not listed here.")));
    sentences.join(" ")
}
