//! The policies as they were judged, line by line: what decided is marked, and says for which check.

use std::collections::{BTreeSet, HashMap};

use maud::{Markup, html};

use super::{Report, anchor, badge, region};
use crate::policy::json::Span;
use crate::policy::nearest::ordinal;
use crate::render::excerpt::{self, Lines, marks};
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
    let marked = by_number(marks.iter().flat_map(|mark| {
        (lines.of(mark.span.start)..=lines.of(mark.span.end.max(mark.span.start))).map(move |line| (line, mark))
    }));
    let begun = sheet.statements.iter().enumerate().map(|(index, span)| (lines.of(span.start), index));
    let (begun, deciding) = (by_number(begun), deciding(report, document.name));
    let last = sheet.text.trim_end().len();
    html! {
        figure {
            figcaption {
                "What denies Sailthru, or may deny it, is underlined; above each statement are the checks that it decides."
            }
            pre class="policy" tabindex="0" role="region" aria-label=(region(document.name.words(), report)) {
                @for line in 0..=lines.of(last) {
                    @for index in begun.get(&line).into_iter().flatten() {
                        span class="row note faint" id=(anchor_of(scope, document.name, *index)) {
                            @if deciding.contains_key(index) { "The " (ordinal(index + 1)) " statement decides " }
                            @for (number, check) in deciding.get(index).into_iter().flatten().enumerate() {
                                @if number > 0 { ", " }
                                a href={ "#" (anchor(scope, check)) } { (check.id) }
                            }
                        }
                    }
                    span class="row" {
                        span class="number" { (line + 1) }
                        @for (text, status) in pieces(&lines, line, marked.get(&line).map_or(&[], Vec::as_slice)) {
                            @if let Some(status) = status { mark class=(status.as_str()) { (text) } } @else { (text) }
                        }
                    }
                    @for mark in marked.get(&line).into_iter().flatten().filter(|mark| lines.of(mark.span.start) == line) {
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
    let mut places = HashMap::new();
    for check in report.checks.iter().filter(|check| is_remarkable(check)) {
        for (span, label) in marks(check, document, sheet) {
            let span = sheet.place(span);
            let known = *places.entry((span.start, span.end, label.clone())).or_insert(all.len());
            match all.get_mut(known) {
                Some(mark) => mark.checks.push(check),
                None => all.push(Mark { span, label, checks: vec![check] }),
            }
        }
    }
    all.sort_by_key(|mark| (mark.span.start, mark.span.end));
    all
}

/// What belongs to each line or statement, in the order given.
fn by_number<T>(items: impl Iterator<Item = (usize, T)>) -> HashMap<usize, Vec<T>> {
    let mut lines: HashMap<usize, Vec<T>> = HashMap::new();
    for (line, item) in items {
        lines.entry(line).or_default().push(item);
    }
    lines
}

/// The checks that each statement of a document decides.
fn deciding(report: &Report, document: StatementSource) -> HashMap<usize, Vec<&CheckResult>> {
    let of_check = |check| {
        let statements: BTreeSet<usize> = excerpt::deciding(check, document).map(|statement| statement.index).collect();
        statements.into_iter().map(move |statement| (statement, check))
    };
    by_number(report.checks.iter().flat_map(of_check))
}

/// A line in pieces, some of them marked; of marks that overlap the first is shown.
fn pieces(lines: &Lines<'_>, line: usize, marks: &[&Mark<'_>]) -> Vec<(String, Option<Status>)> {
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
