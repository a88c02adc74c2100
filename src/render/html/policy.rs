//! The policies as they were judged, line by line: what decided is marked, and says for which check.

use maud::{Markup, html};

use super::{Report, anchor, badge};
use crate::policy::json::Span;
use crate::policy::nearest::ordinal;
use crate::render::excerpt::{Lines, marks};
use crate::render::pretty_source::PrettySource;
use crate::render::wording::{LONGEST_SID, is_remarkable};
use crate::report::{CheckResult, Judged, StatementReference, StatementSource, Status};
use crate::text::sanitise;

/// How much of a line is shown.
const LONGEST_LINE: usize = 2_000;

/// A place that decided checks.
struct Mark<'a> {
    span: Span,
    label: String,
    checks: Vec<&'a CheckResult>,
}

/// The documents as they are shown.
pub(super) struct PrettySources<'a>(Vec<(Judged<'a>, PrettySource)>);

impl<'a> PrettySources<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        Self(report.documents.texts().map(|document| (document, PrettySource::new(document.text))).collect())
    }

    /// Where on the page a statement is: none for a grant, and for one that is not shown.
    pub(super) fn anchor(&self, scope: &str, statement: &StatementReference) -> Option<String> {
        let (document, sheet) = self.0.iter().find(|(document, _)| document.name == statement.document)?;
        (statement.index < sheet.statements.len()).then(|| anchor_of(scope, document.name, statement.index))
    }
}

fn anchor_of(scope: &str, document: StatementSource, index: usize) -> String {
    format!("{scope}{document}-{index}")
}

/// A section a document.
pub(super) fn documents(scope: &str, report: &Report, sheets: &PrettySources<'_>) -> Markup {
    html! {
        @for (document, sheet) in &sheets.0 {
            section {
                h2 { "The " (document.name.words()) }
                (figure(scope, report, document, sheet))
            }
        }
    }
}

fn figure(scope: &str, report: &Report, document: &Judged<'_>, sheet: &PrettySource) -> Markup {
    let lines = Lines::new(&sheet.text);
    let marks = all_marks(report, document.name, sheet);
    let begin = |line: usize| {
        let begins = |span: &Span| lines.of(span.start) == line;
        let statements = sheet.statements.iter().enumerate().filter(move |(_, span)| begins(span));
        statements.map(|(index, _)| (index, deciding(report, document.name, index))).collect::<Vec<_>>()
    };
    let last = sheet.text.trim_end().len();
    html! {
        figure {
            figcaption {
                "What denies Sailthru, or may deny it, is underlined; above each statement are the checks that it decides."
            }
            pre class="policy" tabindex="0" role="region" aria-label=(document.name.words()) {
                @for line in 0..=lines.of(last) {
                    @for (index, checks) in begin(line) {
                        span class="row note faint" id=(anchor_of(scope, document.name, index)) {
                            @if !checks.is_empty() { "The " (ordinal(index + 1)) " statement decides " }
                            @for (number, check) in checks.iter().enumerate() {
                                @if number > 0 { ", " }
                                a href={ "#" (anchor(scope, check)) } { (check.id) }
                            }
                        }
                    }
                    span class="row" {
                        span class="number" { (line + 1) }
                        @for (text, status) in pieces(&lines, line, &marks) {
                            @if let Some(status) = status { mark class=(status.as_str()) { (text) } } @else { (text) }
                        }
                    }
                    @for mark in marks.iter().filter(|mark| lines.of(mark.span.start) == line) {
                        span class="row note" {
                            "↑ "
                            @for (number, check) in mark.checks.iter().enumerate() {
                                @if number > 0 { ", " }
                                (badge(check.status)) " " a href={ "#" (anchor(scope, check)) } { (check.id) }
                            }
                            ": " (sanitise::excerpt(&mark.label, LONGEST_SID))
                        }
                    }
                }
            }
        }
    }
}

/// Every place that a check with something to say points at; the same place and words once for all its checks.
fn all_marks<'a>(report: &'a Report, document: StatementSource, sheet: &PrettySource) -> Vec<Mark<'a>> {
    let mut all: Vec<Mark<'_>> = Vec::new();
    for check in report.checks.iter().filter(|check| is_remarkable(check)) {
        for (span, label) in marks(check, document, sheet) {
            let span = sheet.place(span);
            match all.iter_mut().find(|mark| mark.span == span && mark.label == label) {
                Some(mark) => mark.checks.push(check),
                None => all.push(Mark { span, label, checks: vec![check] }),
            }
        }
    }
    all.sort_by_key(|mark| (mark.span.start, mark.span.end));
    all
}

fn deciding<'a>(report: &'a Report, document: StatementSource, index: usize) -> Vec<&'a CheckResult> {
    let decided = |check: &&CheckResult| {
        let statements = check.evidence.statements.iter().flatten();
        statements.into_iter().any(|statement| statement.document == document && statement.index == index)
    };
    report.checks.iter().filter(decided).collect()
}

/// A line in pieces, some of them marked; of marks that overlap the first is shown.
fn pieces(lines: &Lines<'_>, line: usize, marks: &[Mark<'_>]) -> Vec<(String, Option<Status>)> {
    let text = lines.text(line).trim_end_matches(['\r', '\n']);
    let start = lines.start(line);
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut put = |from: usize, to: usize, status: Option<Status>| {
        let piece = text.get(from..to).unwrap_or_default().replace('\t', "    ");
        if !piece.is_empty() {
            pieces.push((sanitise::excerpt(&piece, LONGEST_LINE).into_owned(), status));
        }
    };
    for mark in marks {
        let from = mark.span.start.saturating_sub(start).max(at);
        let to = mark.span.end.saturating_sub(start).min(text.len());
        if from < to && mark.span.start < start + text.len() {
            put(at, from, None);
            put(from, to, mark.checks.first().map(|check| check.status));
            at = to;
        }
    }
    put(at, text.len(), None);
    pieces
}
