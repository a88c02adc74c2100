//! Several reports as text: each under its bucket's name, and a table of all.

use super::super::Page;
use super::super::layout::{Detail, Ink, Layout, Screen};
use super::super::overview::Overview;
use super::super::wording::{LONGEST_SID, count, glyph, name};
use crate::report::{Report, ReportVerdict};
use crate::text::sanitise;

/// Up to so many reports are shown in full; of more, only those that somebody has to read.
const SHOWN_IN_FULL: usize = 3;

/// The next report: in full where there are few, else only what somebody has to read.
pub(super) fn one(report: &Report, before: &Overview, page: Page) -> String {
    let Page { screen, fail_on } = page;
    if before.expected <= SHOWN_IN_FULL && screen.detail != Detail::Quiet {
        return super::render(report, screen, fail_on) + "\n";
    }
    let notices = || report.notice.as_deref().into_iter().chain(report.waiver_notices());
    let is_news = report.baseline.is_some() && !report.changed().checks.is_empty();
    if report.exit(fail_on) == 0 && report.cause.is_none() && notices().next().is_none() && !is_news {
        return String::new();
    }
    if screen.detail == Detail::Quiet {
        return super::render(report, screen, fail_on) + "\n";
    }
    let mut layout = Layout::new(screen);
    let bucket = sanitise::excerpt(&report.subject.bucket, LONGEST_SID);
    let name = name(&report.subject).map_or_else(String::new, |name| format!(" ({name})"));
    layout.line(&[(Ink::Strong, &format!("s3://{bucket}{name}"))]);
    super::notices(&mut layout, notices());
    super::in_short(&mut layout, report, screen);
    super::verdict(&mut layout, report, fail_on, None);
    super::next_step(&mut layout, report, fail_on);
    layout.blank();
    layout.finish()
}

/// A line for each bucket, and the verdict over all; with `-q`, only what somebody has to fix.
pub(super) fn table(overview: &Overview, screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    let shown = || overview.rows.iter().filter(|row| screen.detail != Detail::Quiet || !row.standing.is_empty());
    let widest = shown().map(|row| row.title().chars().count()).max().unwrap_or(0);
    for row in shown() {
        let status = row.status();
        let label = format!("  {} {:<8}", glyph(status, screen.unicode), row.verdict.as_str());
        let bucket = format!("{:<widest$}", row.title());
        let said = row.says();
        layout.beside(&[(Ink::of(status), &label), (Ink::Plain, &bucket)], Ink::of_message(status), &said);
    }
    if shown().next().is_some() {
        layout.blank();
    }
    super::notices(&mut layout, overview.notices().iter().map(String::as_str));
    let verdicts = [ReportVerdict::Pass, ReportVerdict::Fail, ReportVerdict::Unknown];
    if screen.detail != Detail::Quiet {
        let counts = verdicts.map(|verdict| (overview.count(verdict), verdict.as_str()));
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let counts = counts.collect::<Vec<_>>().join(", ");
        layout.line(&[(Ink::Plain, &format!("{}: {counts}", count(overview.len(), "bucket")))]);
    }
    let verdict = overview.verdict();
    let ink = Ink::of_verdict(verdict, overview.exit());
    layout.hanging(&format!("verdict: {} ", verdict.as_str()), ink, &overview.meaning(), 0);
    layout.finish()
}
