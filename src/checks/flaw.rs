//! What is wrong with a policy document, worded alike for both kinds, and what the service would answer if it was saved.

use serde_json::{Value, json};

use super::policy::{BUCKET_POLICY, KEY_POLICY, names, references};
use super::{Case, Verdict, saving};
use crate::policy::json::Span;
use crate::policy::principal::Covers;
use crate::policy::save_time::Objection;
use crate::policy::{Document, DocumentKind, Effect, InvalidDocument};
use crate::report::{Annotation, Basis, Fix, StatementSource};
use crate::snapshot::PolicyText;

/// How many sentences a message has at most.
const MOST_SENTENCES: usize = 5;

/// Something wrong with a document.
#[derive(Debug, Clone)]
pub(super) struct Flaw {
    /// What it is: a sentence, or what follows "In the statement `x`, ".
    message: String,
    /// Whether the message follows the name of the statement.
    follows_name: bool,
    /// What to write instead: a sentence.
    advice: String,
    /// The statement it is in.
    statement: Option<usize>,
    /// Where to look in the text, and why.
    mark: Option<(Span, String)>,
}

impl Flaw {
    /// Of the document as a whole.
    pub(super) fn of_all(message: String, advice: impl Into<String>) -> Self {
        Self { message, follows_name: false, advice: advice.into(), statement: None, mark: None }
    }

    /// Of a statement, whose name the message follows.
    pub(super) fn within(statement: usize, message: String, advice: String) -> Self {
        Self { follows_name: true, ..Self::of_all(message, advice).of(Some(statement)) }
    }

    /// The same flaw as one of this statement.
    pub(super) fn of(self, statement: Option<usize>) -> Self {
        Self { statement, ..self }
    }

    /// With the place to look at, and why.
    pub(super) fn at(self, span: Span, label: impl Into<String>) -> Self {
        Self { mark: Some((span, label.into())), ..self }
    }
}

/// What makes a document fail, and what only asks for care.
#[derive(Default)]
pub(super) struct Flaws {
    pub(super) failures: Vec<Flaw>,
    pub(super) warnings: Vec<Flaw>,
}

/// Judges a document: what the service would answer if it was saved, the grammar, and what `look` finds. `whole` is said
/// of one without flaws.
pub(super) fn judge(
    case: &Case<'_>,
    kind: DocumentKind,
    text: &PolicyText,
    whole: &str,
    look: impl FnOnce(&Document, &mut Flaws),
) -> Verdict {
    let (name, service) = match kind {
        DocumentKind::Bucket => (BUCKET_POLICY, "AWS"),
        DocumentKind::Key => (KEY_POLICY, "KMS"),
    };
    let objections = saving::of_unsaved(case, kind, text);
    let mut flaws = Flaws::default();
    for objection in &objections {
        let label = objection.answer.as_ref().unwrap_or(&objection.cause);
        let flaw = Flaw::of_all(objection.sentence(kind), objection.advice.as_str()).of(objection.statement);
        // What the service was seen to answer fails, what it is expected to answer asks for care.
        let list = if objection.seen { &mut flaws.failures } else { &mut flaws.warnings };
        list.push(flaw.at(objection.span, label.as_str()));
    }
    let document = match Document::parse(&text.policy, kind) {
        Ok(document) => document,
        Err(error) => {
            // Where the grammar is broken, nothing else matters than what the service says of it.
            flaws.warnings.clear();
            let verdict = flaws.verdict(case, None).unwrap_or_else(|| {
                let message = format!("The {} is not valid ({error}), so {service} would reject it.", name.words());
                let summary = "Correct the document, or replace it with the one that this command prints.";
                Verdict::fail(Basis::Read, message, Fix::new(summary, vec![case.connection.stc_check("policy", &[])]))
            });
            let verdict = with_objections(mark(verdict, name, &flaws.failures), &objections);
            let InvalidDocument { path, line, column, .. } = error;
            return verdict.with("path", path).with("line", line).with("column", column);
        }
    };
    look(&document, &mut flaws);
    let verdict = flaws.verdict(case, Some(&document)).unwrap_or_else(|| Verdict::pass(Basis::Read, whole));
    let told = if flaws.failures.is_empty() { &flaws.warnings } else { &flaws.failures };
    let mut indexes: Vec<usize> = told.iter().filter_map(|flaw| flaw.statement).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let verdict = mark(verdict, name, told).with_statements(references(&document, name, &indexes));
    with_objections(verdict, &objections).with("bytes", text.policy.len())
}

impl Flaws {
    /// A fail where anything fails, else a warning where anything asks for care; none where nothing does.
    fn verdict(&self, case: &Case<'_>, document: Option<&Document>) -> Option<Verdict> {
        let fix = |flaws: &[Flaw]| {
            let advice = distinct(flaws.iter().map(|flaw| flaw.advice.clone()));
            case.edit(format!("{advice} This command writes the corrected policy."))
        };
        let Self { failures, warnings } = self;
        if failures.is_empty() {
            let warn = || Verdict::warn(Basis::Read, sentences(document, warnings), fix(warnings));
            return (!warnings.is_empty()).then(warn);
        }
        Some(Verdict::fail(Basis::Read, sentences(document, failures), fix(failures)))
    }

    /// A document that is too long, or nearly.
    pub(super) fn add_length(&mut self, kind: DocumentKind, bytes: usize) {
        const SHORTEN: &str = "Shorten it: join statements, name accounts instead of long lists.";
        let limit = kind.size_limit();
        let (document, service, care) = match kind {
            DocumentKind::Bucket => ("The document", "S3", "Join statements, or name accounts instead of long lists."),
            DocumentKind::Key => ("The key policy", "KMS", SHORTEN),
        };
        if bytes > limit {
            let message = format!("{document} is {bytes} bytes long, and {service} takes at most {limit}.");
            self.failures.push(Flaw::of_all(message, SHORTEN));
        } else if bytes * 10 > limit * 9 {
            let message = format!(
                "{document} uses {bytes} of the {limit} bytes that {service} takes, so the next addition may not fit."
            );
            self.warnings.push(Flaw::of_all(message, care));
        }
    }

    /// Ids of roles and users that no longer exist. Where a grant or an exemption should be, they fail if Sailthru is
    /// refused; in the Principal of a Deny they harm nobody until somebody saves the policy again. `words` says of an id
    /// what is wrong, and what to write instead.
    pub(super) fn add_orphans(
        &mut self,
        document: &Document,
        words: fn(&str, bool) -> (String, String),
        is_refused: impl FnOnce() -> bool,
    ) {
        let (mut grants, mut others) = (Vec::new(), Vec::new());
        for statement in &document.statements {
            let is_grant = statement.effect == Effect::Allow || statement.principal.negated;
            for entry in statement.principal.entries.iter().filter(|entry| entry.covers == Covers::DeletedIdentity) {
                let (message, advice) = words(&entry.text, is_grant);
                let list = if is_grant { &mut grants } else { &mut others };
                list.push(Flaw::within(statement.index, message, advice).at(entry.span, "no longer exists"));
            }
        }
        let fails = !grants.is_empty() && is_refused();
        if fails { &mut self.failures } else { &mut self.warnings }.extend(grants);
        self.warnings.extend(others);
    }
}

/// Marks the places of flaws in the document's text.
fn mark(mut verdict: Verdict, document: StatementSource, flaws: &[Flaw]) -> Verdict {
    let places = flaws.iter().filter_map(|flaw| flaw.mark.clone());
    verdict.annotations.extend(places.map(|(span, label)| Annotation { document, span, label }));
    verdict
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
