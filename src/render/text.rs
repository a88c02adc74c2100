//! The report for people: grouped, wrapped to the width of the screen, colour only beside words.

use std::collections::BTreeMap;

use super::excerpt::{Excerpt, excerpts};
use super::layout::{Ink, Layout, Screen};
use super::overview::Overview;
use super::wording;
use super::wording::{
    LONGEST_SID, LONGEST_TEXT, REMINDER, Section, glyph, meaning, place, shown, stands_in_the_way, tally,
};
use super::{Format, Page};
use crate::report::{CheckResult, FailOn, Fix, Report, ReportVerdict, Status};
use crate::snapshot::ReadFailure;
use crate::text::sanitise;

mod several;

/// The format for people.
#[derive(Debug)]
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.screen, page.fail_on))
    }

    fn begin(&self, _: &Overview) -> String {
        String::new()
    }

    fn one(&self, report: &Report, before: &Overview, page: Page) -> Result<String, serde_json::Error> {
        Ok(several::one(report, before, page))
    }

    fn end(&self, overview: &Overview, page: Page) -> String {
        several::table(overview, page.screen)
    }
}

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
    waiver_notices(&mut layout, report.waiver_notices());
    for (section, members) in Section::divide(report) {
        let mut titled = false;
        for check in members.into_iter().filter(|check| !screen.quiet || stands_in_the_way(check, fail_on)) {
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

/// What the owners of waivers ought to know of them.
pub(super) fn waiver_notices<'a>(layout: &mut Layout, notices: impl Iterator<Item = &'a str>) {
    let mut any = false;
    for notice in notices {
        layout.hanging("!", Ink::Warn, &sanitise::excerpt(notice, LONGEST_TEXT), 2);
        any = true;
    }
    if any {
        layout.blank();
    }
}

fn head(layout: &mut Layout, report: &Report) {
    let subject = &report.subject;
    let place = subject.region.as_deref().map_or_else(|| "region unknown".to_owned(), |region| format!("in {region}"));
    let bucket = sanitise::excerpt(&subject.bucket, LONGEST_SID);
    let place = sanitise::excerpt(&place, LONGEST_SID).into_owned();
    let version = format!("stc-check {}", env!("CARGO_PKG_VERSION"));
    let name = wording::name(subject).map_or_else(String::new, |name| format!(" ({name})"));
    layout.hanging(&version, Ink::Heading, &format!("s3://{bucket} {place}, {}{name}", subject.variant), 0);
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
    layout.entry(ink, &format!("  {glyph} {word:<8}"), check.id.as_str(), &format!("{title}{basis}"), INDENT);
    match failure(check) {
        Some((operation, code)) if shared == Some(code) => {
            let operation = sanitise::excerpt(operation, LONGEST_SID);
            layout.paragraph(
                INDENT,
                Ink::Plain,
                &format!("{operation} gave no answer, for the reason at the head of the report."),
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
            shown.push((check.id.as_str(), excerpt));
        }
    }
}

/// How to fix it; what several checks share is said once.
fn mending<'a>(layout: &mut Layout, check: &'a CheckResult, said: &mut Vec<(&'a str, &'a Fix)>) {
    let Some(fix) = &check.fix else { return };
    if let Some((id, _)) = said.iter().find(|(_, earlier)| *earlier == fix) {
        layout.hanging("fix:", Ink::Strong, &format!("as at {id}"), INDENT);
    } else {
        said.push((check.id.as_str(), fix));
        layout.hanging("fix:", Ink::Strong, &sanitise::excerpt(&fix.summary, LONGEST_TEXT), INDENT);
        for command in &fix.commands {
            one_command(layout, command);
        }
    }
}

/// The error code that a notice at the head of the report speaks of: the one that most undecided checks have. A
/// refusal is never among them: each names a right of its own; nor what a Terraform plan leaves open, which each names too.
fn shared_cause(report: &Report) -> Option<String> {
    report.notice.as_ref()?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, code) in report.checks.iter().filter_map(failure) {
        *counts.entry(code).or_default() += 1;
    }
    let (code, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let own = code.starts_with("AccessDenied")
        || matches!(code, ReadFailure::KNOWN_AFTER_APPLY | ReadFailure::NOT_IN_PLAN | ReadFailure::PLANNED);
    (count > 2 && !own).then(|| code.to_owned())
}

/// The operation and the error code that left a check undecided.
fn failure(check: &CheckResult) -> Option<(&str, &str)> {
    let error = check.evidence.error.as_ref().filter(|_| check.status == Status::Unknown)?;
    Some((error.operation.name(), &error.code))
}

/// A command is one line and never wrapped, so that it can be copied.
fn one_command(layout: &mut Layout, command: &str) {
    match shown(command) {
        Ok(command) => layout.verbatim(INDENT + 2, Ink::Command, &command),
        Err(note) => layout.paragraph(INDENT + 2, Ink::Faint, &note),
    }
}

fn foot(layout: &mut Layout, report: &Report, screen: Screen, fail_on: FailOn) {
    let counted = tally(report);
    let mut pieces: Vec<(Ink, &str)> = Vec::new();
    for (status, text) in &counted {
        if !pieces.is_empty() {
            pieces.push((Ink::Plain, ", "));
        }
        pieces.push((Ink::of(*status), text));
    }
    if !screen.quiet && !pieces.is_empty() {
        layout.line(&pieces);
    }
    let ink = match report.verdict() {
        ReportVerdict::Pass if report.exit(fail_on) != 0 => Ink::Warn,
        ReportVerdict::Pass => Ink::Pass,
        ReportVerdict::Fail => Ink::Fail,
        ReportVerdict::Unknown => Ink::Unknown,
    };
    let verdict = report.verdict().as_str();
    layout.hanging(&format!("verdict: {verdict}"), ink, &format!("— {}", meaning(report, fail_on)), 0);
    if !screen.quiet {
        layout.paragraph(0, Ink::Faint, REMINDER);
    }
}
