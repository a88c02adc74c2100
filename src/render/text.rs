//! The report for people: what is wrong first, each cause once; then the rest, a line a check; last the verdict and the next
//! command. Wrapped to the width of the screen, colour only beside words.

use super::excerpt::{Excerpt, excerpts};
use super::groups::{Group, Id, Line, is_explained, passed, problems, skipped};
use super::layout::{Detail, Ink, Layout, Screen, columns};
use super::overview::Overview;
use super::wording::{self, LONGEST_SID, Next, REMINDER, glyph, meaning, next, short, standing, tally};
use super::{Format, Page};
use crate::report::{Cause, FailOn, Fix, Report, Status};
use crate::text::sanitise;

mod full;
mod head;
mod several;

/// The format for people.
#[derive(Debug)]
pub struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn ending(&self) -> &'static str {
        "txt"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.screen, page.fail_on))
    }

    fn one(&self, report: &Report, before: &Overview, page: Page) -> Result<String, serde_json::Error> {
        Ok(several::one(report, before, page))
    }

    fn end(&self, overview: &Overview, page: Page) -> String {
        several::table(overview, page.screen)
    }
}

/// Where the words of a cause begin.
const INDENT: usize = 4;

/// The widest headline after which ids are put in a column.
const HEADLINE: usize = 49;

/// Of more checks that were skipped for one reason, only the number is shown: `-v` names them.
const MOST_SKIPPED: usize = 12;

/// What the last line begins with.
const NEXT: &str = "next:   ";

/// Renders a report for reading.
#[must_use]
pub fn render(report: &Report, screen: Screen, fail_on: FailOn) -> String {
    let mut layout = Layout::new(screen);
    if screen.detail == Detail::Quiet {
        in_short(&mut layout, report, screen);
        verdict(&mut layout, report, fail_on, Some(&report.subject.bucket));
        return layout.finish();
    }
    head::head(&mut layout, report);
    notices(&mut layout, report.notice.as_deref().into_iter().chain(report.waiver_notices()));
    if let Some(cause) = &report.cause {
        cause_block(&mut layout, report, cause, screen);
    }
    compared(&mut layout, report);
    let shown = report.changed();
    if screen.detail == Detail::Full {
        full::checks(&mut layout, &shown, screen);
    } else if !shown.checks.is_empty() {
        briefly(&mut layout, &shown, screen);
    }
    foot(&mut layout, report, fail_on);
    layout.finish()
}

/// What a reader must know before anything else, a paragraph each.
fn notices<'a>(layout: &mut Layout, notices: impl Iterator<Item = &'a str>) {
    let mut any = false;
    for notice in notices {
        layout.hanging("!", Ink::Warn, &short(notice), 0);
        any = true;
    }
    if any {
        layout.blank();
    }
}

/// That only what changed is shown, where there is a baseline.
fn compared(layout: &mut Layout, report: &Report) {
    let Some(baseline) = wording::baseline(report) else { return };
    let words = match report.changed().checks.as_slice() {
        [] => format!("No check has another status than in {baseline}."),
        _ => format!("Only checks are shown whose status is not that of {baseline}."),
    };
    layout.paragraph(0, Ink::Plain, &words);
    layout.blank();
}

/// A line for each thing that is wrong.
fn in_short(layout: &mut Layout, report: &Report, screen: Screen) {
    if let Some(cause) = &report.cause {
        let explained = wording::count(explained(report), "check");
        let words = format!("{} ({explained} could not be decided)", cause.headline);
        let sign = glyph(Status::Unknown, screen.unicode);
        layout.hanging(sign, Ink::Unknown, &short(&words), 0);
    }
    for group in problems(&report.changed()) {
        headlines(layout, group.status(), &group.lines(), screen);
    }
}

fn briefly(layout: &mut Layout, report: &Report, screen: Screen) {
    let mut drawn: Vec<(&'static str, Excerpt)> = Vec::new();
    for group in problems(report) {
        problem(layout, report, &group, screen, &mut drawn);
        layout.blank();
    }
    let (passed, skipped) = (passed(report), skipped(report));
    headlines(layout, Status::Pass, &passed, screen);
    // Where one cause left everything else undecided, why the rest was skipped is beside the point.
    if report.cause.is_some() && passed.is_empty() && !skipped.is_empty() {
        let count = wording::count(skipped.iter().map(|group| group.checks.len()).sum::<usize>(), "check");
        layout.hanging_as(glyph(Status::Skip, screen.unicode), Ink::Faint, &format!("{count} skipped"), Ink::Faint, 0);
        layout.blank();
        return;
    }
    for group in &skipped {
        let reason = group.first().map_or_else(String::new, |check| check.message.clone());
        let headline = if group.checks.len() > MOST_SKIPPED {
            format!("{reason} The other {} are skipped.", wording::count(group.checks.len(), "check"))
        } else {
            reason
        };
        let few = group.checks.iter().filter(|_| group.checks.len() <= MOST_SKIPPED);
        let ids = few.map(|check| Id::of(check)).collect();
        headlines(layout, Status::Skip, &[Line { headline, ids }], screen);
    }
    if !(passed.is_empty() && skipped.is_empty()) {
        layout.blank();
    }
}

/// One cause: what is true, why, where, and what to do.
fn problem(
    layout: &mut Layout,
    report: &Report,
    group: &Group<'_>,
    screen: Screen,
    drawn: &mut Vec<(&'static str, Excerpt)>,
) {
    headlines(layout, group.status(), &group.lines(), screen);
    let Some(check) = group.first() else { return };
    layout.paragraph(INDENT, Ink::Plain, &short(&group.message()));
    for excerpt in excerpts(check, &report.documents, screen) {
        if let Some((id, _)) = drawn.iter().find(|(_, earlier)| *earlier == excerpt) {
            layout.paragraph(INDENT, Ink::Faint, &format!("in the {}, as shown at {id}", excerpt.document));
        } else {
            excerpt.draw(layout, INDENT, Ink::of(check.status));
            drawn.push((check.id.as_str(), excerpt));
        }
    }
    if let Some(fix) = &check.fix {
        how_to_fix(layout, fix, INDENT);
    }
}

fn how_to_fix(layout: &mut Layout, fix: &Fix, indent: usize) {
    layout.hanging("fix:", Ink::Strong, &short(&fix.summary), indent);
    for line in &fix.commands {
        layout.command(indent + "fix: ".len(), line);
    }
}

/// What is true, and of which checks, a line each: the ids in a column where the screen is wide enough.
fn headlines(layout: &mut Layout, status: Status, lines: &[Line], screen: Screen) {
    let sign = glyph(status, screen.unicode);
    let column = if screen.width < 80 { 0 } else { HEADLINE };
    for Line { headline, ids } in lines {
        let headline = short(headline);
        let ids = ids.iter().map(Id::to_string).collect::<Vec<_>>().join(" ");
        let length = columns(&headline);
        let fits = |end: &usize| end + 2 + columns(&ids) <= screen.width.saturating_sub(2);
        if let Some(end) = [length.max(column), length].into_iter().find(fits) {
            layout.line(&[
                (Ink::of(status), sign),
                (Ink::Plain, " "),
                (Ink::of_headline(status), &headline),
                (Ink::Plain, &" ".repeat(end - length + 2)),
                (Ink::Faint, &ids),
            ]);
        } else {
            layout.hanging_with_end(sign, Ink::of(status), &headline, Ink::of_headline(status), 0, &ids);
        }
    }
}

/// Why most could not be decided, what to do, and how many checks wait for it.
fn cause_block(layout: &mut Layout, report: &Report, cause: &Cause, screen: Screen) {
    let Cause { headline, detail, advice, command, .. } = cause;
    layout.hanging_as(
        glyph(Status::Unknown, screen.unicode),
        Ink::Unknown,
        &format!("{}.", short(headline)),
        Ink::Strong,
        0,
    );
    layout.paragraph(INDENT, Ink::Plain, &short(detail));
    layout.hanging("fix:", Ink::Strong, &short(advice), INDENT);
    if let Some(command) = command {
        layout.command(INDENT + "fix: ".len(), command);
    }
    let explained = explained(report);
    if explained > 0 {
        let words = format!("{} could not be decided because of this.", wording::count(explained, "check"));
        layout.paragraph(INDENT, Ink::Plain, &words);
    }
    layout.blank();
}

/// How many checks could not be decided because of the cause.
fn explained(report: &Report) -> usize {
    report.checks.iter().filter(|check| is_explained(report, check)).count()
}

fn foot(layout: &mut Layout, report: &Report, fail_on: FailOn) {
    layout.paragraph(0, Ink::Faint, REMINDER);
    if let Some(more) = wording::more(report, fail_on) {
        layout.paragraph(0, Ink::Faint, &format!("More about what is wrong: {more}"));
    }
    let counted = tally(report);
    let counted =
        counted.into_iter().flat_map(|(status, text)| [(Ink::Plain, ", ".to_owned()), (Ink::of(status), text)]);
    let mut pieces: Vec<(Ink, String)> = counted.skip(1).collect();
    if let Some(all) = wording::of_all(report) {
        pieces.push((Ink::Plain, format!(", {} of {all} checks judged", report.judged())));
    }
    pieces.extend(report.run.duration.map(|duration| (Ink::Plain, format!(" in {}", wording::span(duration)))));
    let pieces: Vec<(Ink, &str)> = pieces.iter().map(|(ink, text)| (*ink, text.as_str())).collect();
    if !pieces.is_empty() {
        layout.line(&pieces);
    }
    verdict(layout, report, fail_on, None);
    next_step(layout, report, fail_on);
}

/// What to do next, where something is left to do.
fn next_step(layout: &mut Layout, report: &Report, fail_on: FailOn) {
    let command = match next(report, fail_on) {
        None => return,
        Some(Next::Advice(advice)) => return layout.hanging(NEXT, Ink::Strong, &advice, 0),
        Some(Next::Command(command)) => command,
    };
    layout.label(NEXT, Ink::Strong);
    let indent = match report.next.before.as_ref().filter(|_| command.starts_with("stc-check ")) {
        Some(before) => {
            layout.verbatim(1, Ink::Plain, &format!("{before}, then"));
            NEXT.len() + 1
        }
        None => 1,
    };
    layout.command(indent, &command);
}

/// The verdict, and the ids of what it comes from; with the bucket where nothing else names it.
fn verdict(layout: &mut Layout, report: &Report, fail_on: FailOn, bucket: Option<&str>) {
    let verdict = report.verdict();
    let ink = Ink::of_verdict(verdict, report.exit(fail_on));
    let bucket = bucket.map_or_else(String::new, |bucket| format!("s3://{}: ", sanitise::excerpt(bucket, LONGEST_SID)));
    let ids = if report.baseline.is_some() { Vec::new() } else { standing(report) };
    let words = if ids.is_empty() { meaning(report, fail_on) } else { wording::some_of(&ids) };
    let warned = if ids.is_empty() { None } else { wording::failed_by_warnings(report, fail_on) };
    let words = warned.map_or(words.clone(), |warned| format!("{words}; {warned}"));
    layout.hanging(&format!("verdict: {} ", verdict.as_str()), ink, &format!("{bucket}{words}"), 0);
}
