//! The report for people: grouped, wrapped to the width of the screen, colour only beside words.

use std::collections::BTreeMap;

use super::excerpt::{Excerpt, excerpts};
use super::layout::{Ink, Layout};
use super::{CheckResult, FailOn, Fix, Report, ReportVerdict, StatementReference, Status, sanitise};
use crate::connection::faq_question;

/// Where a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In columns.
    pub width: usize,
    /// Whether characters beyond ASCII can be shown.
    pub unicode: bool,
    /// Whether ANSI colours are wanted.
    pub colour: bool,
    /// Whether only the verdict and what stands in its way is wanted.
    pub quiet: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Self { width: 100, unicode: true, colour: false, quiet: false }
    }
}

/// Said once, at the end of every report.
const REMINDER: &str = "Only Sailthru's own write is final proof: its side of the permissions cannot be read from here and is taken to allow everything.";

/// How many characters of one outside text are shown.
const LONGEST_TEXT: usize = 4_000;
const LONGEST_SID: usize = 100;
const LONGEST_COMMAND: usize = 32_768;

/// Where the text of a check begins.
const INDENT: usize = 12;

/// Renders a report for reading.
#[must_use]
pub fn render(report: &Report, screen: Screen, fail_on: FailOn) -> String {
    let mut layout = Layout::new(screen);
    let (mut shown, mut said) = (Vec::new(), Vec::new());
    let shared = shared_cause(report);
    if !screen.quiet {
        head(&mut layout, report);
    }
    if let Some(notice) = &report.notice {
        layout.hanging("!", Ink::Warn, &sanitise::excerpt(notice, LONGEST_TEXT), 2);
        layout.blank();
    }
    for section in Section::ALL {
        let members = report
            .checks
            .iter()
            .filter(|check| Section::of(check) == section)
            .filter(|check| !screen.quiet || stands_in_the_way(check, fail_on));
        let mut titled = false;
        for check in members {
            if !titled && !screen.quiet {
                layout.paragraph(0, Ink::Heading, &section.title());
            }
            titled = true;
            one_check(&mut layout, check, screen, shared.as_deref());
            if !screen.quiet {
                marked_documents(&mut layout, check, report, screen, &mut shown);
            }
            mending(&mut layout, check, &mut said);
        }
        if titled {
            layout.blank();
        }
    }
    foot(&mut layout, report, screen, fail_on);
    layout.finish()
}

/// The part of the report that a check stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Setup,
    Faq(u8),
    Delivery,
    Probe,
    Data,
}

impl Section {
    const ALL: [Self; 8] =
        [Self::Setup, Self::Faq(1), Self::Faq(2), Self::Faq(3), Self::Faq(4), Self::Delivery, Self::Probe, Self::Data];

    fn of(check: &CheckResult) -> Self {
        match (check.id.split('.').next(), check.faq) {
            (Some("probe"), _) => Self::Probe,
            (Some("delivery"), _) => Self::Delivery,
            (Some("data"), _) => Self::Data,
            (_, Some(number @ 1..=4)) => Self::Faq(number),
            _ => Self::Setup,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Setup => "Setup".to_owned(),
            Self::Faq(number) => format!("FAQ {number}: {}", faq_question(number)),
            Self::Delivery => "Delivery".to_owned(),
            Self::Probe => "Probe".to_owned(),
            Self::Data => "Data".to_owned(),
        }
    }
}

/// Whether a check keeps the exit code from being 0.
fn stands_in_the_way(check: &CheckResult, fail_on: FailOn) -> bool {
    match check.status {
        Status::Fail => true,
        Status::Unknown => check.required,
        Status::Warn => fail_on == FailOn::Warn,
        Status::Pass | Status::Skip => false,
    }
}

fn head(layout: &mut Layout, report: &Report) {
    let subject = &report.subject;
    let place = subject.region.as_deref().map_or_else(|| "region unknown".to_owned(), |region| format!("in {region}"));
    let bucket = sanitise::excerpt(&subject.bucket, LONGEST_SID);
    let place = sanitise::excerpt(&place, LONGEST_SID).into_owned();
    let version = format!("stc-check {}", env!("CARGO_PKG_VERSION"));
    layout.hanging(&version, Ink::Heading, &format!("s3://{bucket} {place}, {}", subject.variant), 0);
    for principal in &subject.principals {
        layout.line(&[(Ink::Faint, "written by "), (Ink::Plain, &sanitise::excerpt(principal, LONGEST_TEXT))]);
    }
    if let Some(key) = &subject.kms_key {
        layout.line(&[(Ink::Faint, "encrypted under "), (Ink::Plain, &sanitise::excerpt(key, LONGEST_TEXT))]);
    }
    layout.blank();
}

fn one_check(layout: &mut Layout, check: &CheckResult, screen: Screen, shared: Option<&str>) {
    let ink = Ink::of(check.status);
    let glyph = glyph(check.status, screen.unicode);
    let word = check.status.as_str();
    let basis = match (check.basis, check.status) {
        (Some(basis), _) => format!(" ({})", basis.as_str()),
        (None, Status::Unknown) if !check.required => " (not required)".to_owned(),
        (None, _) => String::new(),
    };
    let title = sanitise::excerpt(check.title, LONGEST_TEXT);
    layout.entry(ink, &format!("  {glyph} {word:<8}"), check.id, &format!("{title}{basis}"), INDENT);
    match failure(check) {
        Some((operation, code)) if shared == Some(code) => {
            let operation = sanitise::excerpt(operation, LONGEST_SID);
            layout.paragraph(
                INDENT,
                Ink::Plain,
                &format!("{operation} gave no answer, for the reason at the head of the report"),
            );
        }
        _ => layout.paragraph(INDENT, Ink::of_message(check.status), &sanitise::excerpt(&check.message, LONGEST_TEXT)),
    }
    if matches!(check.status, Status::Pass | Status::Skip) {
        return;
    }
    for statement in check.evidence.statements.iter().flatten() {
        layout.paragraph(INDENT, Ink::Plain, &format!("decided by {}", place(statement)));
    }
    if let Some(keys) = check.evidence.depends_on.as_ref().filter(|keys| !keys.is_empty()) {
        let keys = sanitise::excerpt(&keys.join(", "), LONGEST_TEXT).into_owned();
        layout.paragraph(INDENT, Ink::Plain, &format!("depends on {keys}"));
    }
}

/// The documents with the deciding places underlined; what several checks share is shown once.
fn marked_documents<'a>(
    layout: &mut Layout,
    check: &'a CheckResult,
    report: &Report,
    screen: Screen,
    shown: &mut Vec<(&'a str, Excerpt)>,
) {
    if matches!(check.status, Status::Pass | Status::Skip) {
        return;
    }
    for excerpt in excerpts(check, &report.documents, screen.unicode) {
        if let Some((id, _)) = shown.iter().find(|(_, earlier)| *earlier == excerpt) {
            layout.paragraph(INDENT, Ink::Faint, &format!("in the {}, as shown at {id}", excerpt.document));
        } else {
            excerpt.draw(layout, INDENT, Ink::of(check.status));
            shown.push((check.id, excerpt));
        }
    }
}

/// How to mend it; what several checks share is said once.
fn mending<'a>(layout: &mut Layout, check: &'a CheckResult, said: &mut Vec<(&'a str, &'a Fix)>) {
    let Some(fix) = &check.fix else { return };
    if let Some((id, _)) = said.iter().find(|(_, earlier)| *earlier == fix) {
        layout.hanging("fix:", Ink::Strong, &format!("as at {id}"), INDENT);
    } else {
        said.push((check.id, fix));
        layout.hanging("fix:", Ink::Strong, &sanitise::excerpt(&fix.summary, LONGEST_TEXT), INDENT);
        for command in &fix.commands {
            one_command(layout, command);
        }
    }
}

/// The error code that a notice at the head of the report speaks of: the one that most undecided checks have. A
/// refusal is never among them: each names a right of its own.
fn shared_cause(report: &Report) -> Option<String> {
    report.notice.as_ref()?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, code) in report.checks.iter().filter_map(failure) {
        *counts.entry(code).or_default() += 1;
    }
    let (code, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count > 2 && !code.starts_with("AccessDenied")).then(|| code.to_owned())
}

/// The operation and the error code that left a check undecided.
fn failure(check: &CheckResult) -> Option<(&str, &str)> {
    let error = check.evidence.details.get("error").filter(|_| check.status == Status::Unknown)?;
    Some((error.get("operation")?.as_str()?, error.get("code")?.as_str()?))
}

/// A command is one line and never wrapped, so that it can be copied.
fn one_command(layout: &mut Layout, command: &str) {
    if command.len() > LONGEST_COMMAND {
        let note = format!("(a command of {} bytes, too long to show: take it from --format json)", command.len());
        layout.paragraph(INDENT + 2, Ink::Faint, &note);
    } else {
        layout.verbatim(INDENT + 2, Ink::Command, &sanitise::visible(command));
    }
}

/// A statement as a reader finds it: the document, the index from 0, the Sid, the effect.
fn place(statement: &StatementReference) -> String {
    let StatementReference { document, index, sid, effect } = statement;
    let document = document.replace('-', " ");
    let sid = sid.as_ref().map_or_else(String::new, |sid| format!(" `{}`", sanitise::excerpt(sid, LONGEST_SID)));
    match document.as_str() {
        "grant" => format!("grant {index}{sid} of the key ({effect})"),
        _ => format!("Statement[{index}]{sid} ({effect}) of the {document}"),
    }
}

fn foot(layout: &mut Layout, report: &Report, screen: Screen, fail_on: FailOn) {
    let summary = report.summary();
    let counts = [
        (Status::Pass, summary.pass),
        (Status::Fail, summary.fail),
        (Status::Warn, summary.warn),
        (Status::Unknown, summary.unknown),
        (Status::Skip, summary.skip),
    ];
    let counted: Vec<_> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| (Ink::of(status), format!("{count} {}", status.as_str())))
        .collect();
    let mut pieces: Vec<(Ink, &str)> = Vec::new();
    for (ink, text) in &counted {
        if !pieces.is_empty() {
            pieces.push((Ink::Plain, ", "));
        }
        pieces.push((*ink, text));
    }
    if !screen.quiet && !pieces.is_empty() {
        layout.line(&pieces);
    }
    let undecided = report.checks.iter().filter(|check| check.required && check.status == Status::Unknown).count();
    let (ink, verdict, meaning) = match report.verdict() {
        ReportVerdict::Pass if fail_on == FailOn::Warn && summary.warn > 0 => (
            Ink::Warn,
            "pass",
            format!("nothing failed, but {} counted by --fail-on warn", count(summary.warn, "warning")),
        ),
        ReportVerdict::Pass => (Ink::Pass, "pass", "nothing seen from this side keeps Sailthru Connect out".to_owned()),
        ReportVerdict::Fail => (Ink::Fail, "fail", format!("{} to mend", count(summary.fail, "check"))),
        ReportVerdict::Unknown => (
            Ink::Unknown,
            "unknown",
            format!("nothing failed, but {} could not be decided", count(undecided, "required check")),
        ),
    };
    layout.hanging(&format!("verdict: {verdict}"), ink, &format!("— {meaning}"), 0);
    if !screen.quiet {
        layout.paragraph(0, Ink::Faint, REMINDER);
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn glyph(status: Status, unicode: bool) -> &'static str {
    match (status, unicode) {
        (Status::Pass, true) => "✔",
        (Status::Fail, true) => "✘",
        (Status::Warn, true) => "▲",
        (Status::Skip, true) => "○",
        (Status::Pass, false) => "+",
        (Status::Fail, false) => "x",
        (Status::Warn, false) => "!",
        (Status::Skip, false) => "-",
        (Status::Unknown, _) => "?",
    }
}
