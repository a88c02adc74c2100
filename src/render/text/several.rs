//! Several reports as text: each under its bucket's name, and a table of all.

use super::super::Page;
use super::super::layout::{Ink, Layout, Screen};
use super::super::overview::Overview;
use super::super::wording::{count, glyph, name};
use crate::report::{Report, ReportVerdict};
use crate::text::sanitise;

/// Up to so many reports are shown in full; of more, only those that somebody has to read.
const SHOWN_IN_FULL: usize = 3;

/// The next report: in full where there are few, else only what somebody has to read.
pub(super) fn one(report: &Report, before: &Overview, page: Page) -> String {
    let Page { screen, fail_on } = page;
    if before.expected <= SHOWN_IN_FULL && !screen.quiet {
        return super::render(report, screen, fail_on) + "\n";
    }
    if report.exit(fail_on) == 0 && report.notice.is_none() && report.waiver_notices().next().is_none() {
        return String::new();
    }
    let mut layout = Layout::new(screen);
    let bucket = sanitise::visible(&report.subject.bucket).into_owned();
    let name = name(&report.subject).map_or_else(String::new, |name| format!(" ({name})"));
    layout.paragraph(0, Ink::Heading, &format!("s3://{bucket}{name}"));
    layout.finish() + &super::render(report, Screen { quiet: true, ..screen }, fail_on) + "\n"
}

/// A line for each bucket, and the verdict over all; with `-q`, only what somebody has to fix.
pub(super) fn table(overview: &Overview, screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    let shown = || overview.rows.iter().filter(|row| !screen.quiet || !row.standing.is_empty());
    let widest = shown().map(|row| row.title().chars().count()).max().unwrap_or(0);
    for row in shown() {
        let status = row.status();
        let label = format!("  {} {:<8}", glyph(status, screen.unicode), row.verdict.as_str());
        let bucket = format!("{:<widest$}  ", row.title());
        let said = row.says();
        layout.line(&[(Ink::of(status), &label), (Ink::Plain, &bucket), (Ink::of_message(status), &said)]);
    }
    if shown().next().is_some() {
        layout.blank();
    }
    let outcomes = overview.outcomes();
    super::waiver_notices(&mut layout, outcomes.iter().filter_map(|outcome| outcome.notice.as_deref()));
    let verdicts = [ReportVerdict::Pass, ReportVerdict::Fail, ReportVerdict::Unknown];
    if !screen.quiet {
        let counts = verdicts.map(|verdict| (overview.count(verdict), verdict.as_str()));
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let counts = counts.collect::<Vec<_>>().join(", ");
        layout.line(&[(Ink::Plain, &format!("{}: {counts}", count(overview.len(), "bucket")))]);
    }
    let ink = match overview.verdict() {
        ReportVerdict::Pass if overview.exit() != 0 => Ink::Warn,
        ReportVerdict::Pass => Ink::Pass,
        ReportVerdict::Fail => Ink::Fail,
        ReportVerdict::Unknown => Ink::Unknown,
    };
    let verdict = overview.verdict().as_str();
    layout.hanging(&format!("verdict: {verdict}"), ink, &format!("— {}", overview.meaning()), 0);
    layout.finish()
}
