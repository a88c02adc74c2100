//! The lines of a policy document that a check points at, as a compiler would show them.

use std::collections::BTreeSet;

use super::layout::{Detail, Ink, Layout, Screen, columns, wrap};
use super::pretty_source::{PrettySource, around};
use super::wording::LONGEST_SID;
use crate::policy::json::Span;
use crate::report::{CheckId, CheckResult, Documents, Judged, StatementReference, StatementSource, Status};
use crate::text::sanitise;

/// A statement of up to this many lines is shown whole; of a longer one, what is near the marks.
const WHOLE: usize = 14;
/// How many lines around a mark are near.
const NEAR: usize = 2;
/// How many more lines of what is marked are shown below its first.
const MOST_OF_A_MARK: usize = 3;
/// The most lines and marks of one excerpt.
const MOST_LINES: usize = 40;
const MOST_MARKS: usize = 4;
/// How much of a label is shown.
const LONGEST_LABEL: usize = 200;

/// A document with marked places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// `bucket policy` or `key policy`, and the statement's Sid.
    pub(super) document: String,
    pub(super) rows: Vec<Row>,
}

/// One row of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    /// A line of the document, by its number from 1.
    Line { number: usize, text: String },
    /// Lines that are left out.
    Gap,
    /// What is underlined in the line above, in columns from 0, and why.
    Mark { column: usize, length: usize, label: String },
}

/// The least room for a line of a document, however narrow the screen is.
const LEAST_ROOM: usize = 20;

impl Excerpt {
    /// Puts the excerpt on the page. Of a line that is wider than the screen, the part that is marked is shown.
    pub(super) fn draw(&self, layout: &mut Layout, indent: usize, ink: Ink) {
        let numbers = self.rows.iter().filter_map(|row| match row {
            Row::Line { number, .. } => Some(number.to_string().len()),
            _ => None,
        });
        let gutter = numbers.max().unwrap_or_default();
        let room = layout.width().saturating_sub(indent + gutter + 3).max(LEAST_ROOM);
        let margin = |number: &str| format!("{}{number:>gutter$} | ", " ".repeat(indent));
        let mut skipped = 0;
        layout.verbatim(indent + gutter, Ink::Faint, &format!("--> {}", self.document));
        for (position, row) in self.rows.iter().enumerate() {
            match row {
                Row::Line { number, text } => {
                    skipped = self.skip(position, room);
                    let text = window(text, skipped, room);
                    layout.line(&[(Ink::Faint, &margin(&number.to_string())), (Ink::Plain, &text)]);
                }
                Row::Gap => layout.verbatim(indent, Ink::Faint, &format!("{:>gutter$}", "...")),
                Row::Mark { column, length, label } => {
                    let column = column.saturating_sub(skipped).min(room.saturating_sub(1));
                    let underline = "^".repeat((*length).min(room - column));
                    let mut mark = |column: usize, text: &str| {
                        layout.line(&[(Ink::Faint, &margin("")), (Ink::Plain, &" ".repeat(column)), (ink, text)]);
                    };
                    let label_length = columns(label);
                    if column + underline.len() + 1 + label_length <= room {
                        mark(column, &format!("{underline} {label}"));
                    } else {
                        mark(column, &underline);
                        for line in wrap(label, room) {
                            mark(column.min(room.saturating_sub(columns(&line))), &line);
                        }
                    }
                }
            }
        }
    }

    /// How many columns of a line are left out, so that what is marked first in it can be seen.
    fn skip(&self, position: usize, room: usize) -> usize {
        match (self.rows.get(position), self.rows.get(position + 1)) {
            (Some(Row::Line { text, .. }), Some(Row::Mark { column, length, .. }))
                if columns(text) > room && column + length + CUT.len() > room =>
            {
                column.saturating_sub(room.saturating_sub(length + CUT.len()).max(CUT.len()))
            }
            _ => 0,
        }
    }
}

/// What is shown where a part of a line is left out.
const CUT: &str = "...";

/// The part of a line that begins after `skipped` columns and fits into `room`.
fn window(text: &str, skipped: usize, room: usize) -> String {
    let head = if skipped > 0 { CUT } else { "" };
    let rest = after(text, skipped + head.len());
    if head.len() + columns(&rest) <= room {
        return format!("{head}{rest}");
    }
    let mut left = room.saturating_sub(head.len() + CUT.len());
    let fits = |character: &char| {
        let rest = left.checked_sub(width(*character));
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    let kept: String = rest.chars().take_while(fits).collect();
    format!("{head}{kept}{CUT}")
}

/// A text without so many columns at its beginning. A wide character that this cuts in two leaves blanks.
fn after(text: &str, skipped: usize) -> String {
    let mut column = 0;
    for (place, character) in text.char_indices() {
        if column >= skipped {
            let rest = text.get(place..).unwrap_or_default();
            return " ".repeat(column - skipped) + rest;
        }
        column += width(character);
    }
    String::new()
}

fn width(character: char) -> usize {
    columns(character.encode_utf8(&mut [0; 4]))
}

/// The excerpts that explain a check, one a document.
pub(super) fn excerpts(check: &CheckResult, documents: &Documents, screen: Screen) -> Vec<Excerpt> {
    let mut excerpts = Vec::new();
    for Judged { name, text, .. } in documents.texts() {
        let sheet = PrettySource::new(text);
        let marks = marks(check, name, &sheet).into_iter().take(MOST_MARKS);
        let marks: Vec<_> = marks.map(|(span, label)| (sheet.place(span), label)).collect();
        if !marks.is_empty() {
            let rows = rows(&sheet, &marks, screen);
            let sid = sid(check, name).map_or_else(String::new, |sid| format!(", `{sid}`"));
            excerpts.push(Excerpt { document: format!("{}{sid}", name.words()), rows });
        }
    }
    excerpts
}

/// What the check points at, in the bytes of the document; where it points nowhere, the Effects of the statements that
/// decided.
pub(super) fn marks(check: &CheckResult, document: StatementSource, sheet: &PrettySource) -> Vec<(Span, String)> {
    if !check.annotations.is_empty() {
        let annotations = check.annotations.iter().filter(|annotation| annotation.document == document);
        return annotations.map(|annotation| (annotation.span, annotation.label.clone())).collect();
    }
    deciding(check, document)
        .filter_map(|statement| {
            let label = match (check.id, check.status) {
                (CheckId::PolicyDocument | CheckId::KmsPolicyDocument, _) => "in this statement",
                (_, Status::Unknown) => "this statement may decide it",
                _ => "this statement decides it",
            };
            Some((sheet.effect(statement.index)?, label.to_owned()))
        })
        .collect()
}

/// The statements of a document that decided.
pub(super) fn deciding(check: &CheckResult, document: StatementSource) -> impl Iterator<Item = &StatementReference> {
    check.evidence.statements.iter().flatten().filter(move |statement| statement.document == document)
}

/// The Sid of the statement that decided, where there is one alone.
fn sid(check: &CheckResult, document: StatementSource) -> Option<String> {
    let [one] = deciding(check, document).collect::<Vec<_>>()[..] else { return None };
    one.sid.as_ref().map(|sid| sanitise::excerpt(sid, LONGEST_SID).into_owned())
}

fn rows(sheet: &PrettySource, marks: &[(Span, String)], screen: Screen) -> Vec<Row> {
    let (unicode, whole) = (screen.unicode, screen.detail == Detail::Full);
    let lines = Lines::new(&sheet.text);
    let mut shown = BTreeSet::new();
    for (span, _) in marks {
        let line = lines.of(span.start);
        let statement = around(&sheet.statements, *span).map(|span| (lines.of(span.start), lines.of(span.end)));
        let (first, last) = match statement {
            _ if !whole => (line, lines.of(span.end.saturating_sub(1)).clamp(line, line + MOST_OF_A_MARK)),
            Some((first, last)) if last - first < WHOLE => (first, last),
            Some((first, last)) => (line.saturating_sub(NEAR).max(first), (line + NEAR).min(last)),
            None => (line.saturating_sub(NEAR), line + NEAR),
        };
        shown.extend(first..=last);
        shown.extend(statement.filter(|_| whole).map(|(first, _)| first));
    }
    let shown: Vec<usize> = shown.into_iter().filter(|line| *line < lines.count()).take(MOST_LINES).collect();
    let margins = shown.iter().filter(|line| !lines.text(**line).trim().is_empty()).map(|line| lines.margin(*line));
    let margin = margins.min().unwrap_or_default();
    let mut rows = Vec::new();
    let mut previous = None;
    for line in shown {
        if previous.is_some_and(|previous| previous + 1 < line) {
            rows.push(Row::Gap);
        }
        previous = Some(line);
        rows.push(Row::Line { number: line + 1, text: readable(lines.text_from(line, margin), unicode) });
        for (span, label) in marks.iter().filter(|(span, _)| lines.of(span.start) == line) {
            rows.push(mark(&lines, (line, margin), *span, label, unicode));
        }
    }
    rows
}

/// Underlines a span as far as it goes on its first line, whose margin is not shown.
fn mark(lines: &Lines<'_>, (line, margin): (usize, usize), span: Span, label: &str, unicode: bool) -> Row {
    let text = lines.text_from(line, margin);
    let from = lines.start(line) + margin;
    let start = span.start.saturating_sub(from);
    let end = span.end.saturating_sub(from).min(text.trim_end().len()).max(start);
    let between = |from: usize, to: usize| columns(&readable(text.get(from..to).unwrap_or_default(), unicode));
    Row::Mark {
        column: between(0, start),
        length: between(start, end).max(1),
        label: sanitise::excerpt(label, LONGEST_LABEL).into_owned(),
    }
}

/// A line without anything that would disturb the columns.
fn readable(line: &str, unicode: bool) -> String {
    let line = line.trim_end_matches(['\r', '\n']).replace('\t', "    ");
    let visible = sanitise::visible(&line);
    if unicode { visible.into_owned() } else { sanitise::ascii(&visible).into_owned() }
}

/// A text by its lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line, from 0, that holds this byte.
    pub(super) fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }

    /// How many blanks the line begins with.
    fn margin(&self, line: usize) -> usize {
        let text = self.text(line);
        text.len() - text.trim_start_matches([' ', '\t']).len()
    }

    /// The line without so many blanks at its beginning.
    fn text_from(&self, line: usize, margin: usize) -> &'a str {
        self.text(line).get(margin..).unwrap_or_default()
    }

    pub(super) fn text(&self, line: usize) -> &'a str {
        self.text.get(self.start(line)..self.start(line + 1)).unwrap_or_default()
    }
}
