//! The report as Markdown (GitHub's), for a ticket or the summary of a job: the verdict, what to fix with its details
//! folded, and a folded table of everything.
//!
//! Text from outside is escaped: it makes no link, heading, table cell, HTML tag or mention of a person.

use std::fmt::Write as _;

mod escape;

use super::details::{grounds, marked_documents};
use super::groups::{Group, Line, problems};
use super::overview::Overview;
use super::wording::{self, LONGEST_SID, REMINDER, glyph, meaning, name, short, shown, stands_in_the_way, tally, was};
use super::{Format, Page};
use crate::checks::policy::capitalised;
use crate::report::{CheckResult, FailOn, Report};
use crate::text::sanitise;
use escape::{code, prose};
pub(super) use escape::{escape, fenced};

/// The format for tickets and job summaries.
#[derive(Debug)]
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn ending(&self) -> &'static str {
        "md"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on))
    }

    fn one(&self, report: &Report, _: &Overview, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on) + "\n")
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        let mut text = format!("## All buckets: {}\n\n", overview.meaning());
        quote(&mut text, &overview.notices());
        text.push_str("| verdict | bucket | checks |\n| --- | --- | --- |\n");
        for row in &overview.rows {
            let sign = glyph(row.status(), true);
            let name = row.name.as_ref().map_or_else(String::new, |name| format!(" {}", escape(name)));
            let _ = writeln!(text, "| {sign} {} | `{}`{name} | {} |", row.verdict.as_str(), row.bucket, row.says());
        }
        text
    }
}

/// Renders a report.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let mut text = String::new();
    head(&mut text, report, fail_on);
    let changed = report.changed();
    for group in problems(&changed) {
        one_group(&mut text, report, &group, fail_on);
    }
    table(&mut text, &changed);
    let _ = writeln!(text, "{REMINDER}");
    text
}

fn head(text: &mut String, report: &Report, fail_on: FailOn) {
    let sign = glyph(report.verdict().status(), true);
    let subject = &report.subject;
    let bucket = sanitise::excerpt(&subject.bucket, LONGEST_SID);
    let heading = format!("s3://{bucket}: {}", meaning(report, fail_on));
    let _ = writeln!(text, "## {sign} {}: {}\n", report.verdict().as_str(), escape(&heading));
    let mut facts = vec![
        ("Bucket".to_owned(), code(&format!("s3://{bucket}"))),
        (
            "Region".to_owned(),
            subject.region.as_deref().map_or_else(|| "not known".to_owned(), |name| code(&short(name))),
        ),
        ("Variant".to_owned(), subject.variant.to_owned()),
    ];
    facts.extend(name(subject).map(|name| ("Connection".to_owned(), escape(&name))));
    facts.extend(report.run.owner.iter().map(|owner| ("Account".to_owned(), code(&short(owner)))));
    facts.push(("Checked".to_owned(), prose(&wording::checked(report))));
    facts.extend(subject.principals.iter().map(|arn| (capitalised(&wording::principal_label(arn)), code(&short(arn)))));
    facts.extend(subject.kms_key.iter().map(|key| (capitalised(wording::key_label(subject)), code(&short(key)))));
    let checks = tally(report).into_iter().map(|(_, count)| count).collect::<Vec<_>>().join(", ");
    facts.push(("Checks".to_owned(), format!("{checks}, by stc-check {}", env!("CARGO_PKG_VERSION"))));
    for (name, value) in facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    text.push('\n');
    if let Some(baseline) = wording::baseline(report) {
        let _ = writeln!(text, "> Only checks are shown whose status is not that of {}.\n", prose(&baseline));
    }
    quote(text, &report.all_notices());
}

/// What a reader must know before anything else, a paragraph each.
fn quote(text: &mut String, notices: &[String]) {
    for notice in notices {
        let _ = writeln!(text, "> {}\n", prose(&short(notice)));
    }
}

/// One cause: what is true, why, what decided, and what to do.
fn one_group(text: &mut String, report: &Report, group: &Group<'_>, fail_on: FailOn) {
    let Some(check) = group.first() else { return };
    let sign = glyph(check.status, true);
    for Line { headline, ids } in group.lines() {
        let ids: Vec<String> = ids.iter().map(|id| code(id.id) + &id.was).collect();
        let _ = writeln!(text, "### {sign} {}\n\n{}: {}\n", prose(&headline), check.status.as_str(), ids.join(", "));
    }
    let _ = writeln!(text, "{}\n", prose(&short(&group.message())));
    let open = if stands_in_the_way(check, fail_on) && check.fix.is_some() { " open" } else { "" };
    let excerpt = marked_documents(report, check);
    let grounds = grounds(check);
    if !grounds.is_empty() || !excerpt.is_empty() {
        let _ = writeln!(text, "<details><summary>What decided</summary>\n");
        for line in &grounds {
            let _ = writeln!(text, "- {}", prose(line));
        }
        if !excerpt.is_empty() {
            text.push('\n');
            fenced(text, "text", &excerpt);
        }
        let _ = writeln!(text, "\n</details>\n");
    }
    if let Some(fix) = &check.fix {
        let _ = writeln!(text, "<details{open}><summary>How to fix it</summary>\n");
        let _ = writeln!(text, "{}\n", prose(&short(&fix.summary)));
        let (commands, notes): (Vec<_>, Vec<_>) = fix.commands.iter().map(|line| shown(line)).partition(Result::is_ok);
        let commands: String = commands.into_iter().flatten().map(|command| command + "\n").collect();
        if !commands.is_empty() {
            fenced(text, "sh", &commands);
        }
        for note in notes.into_iter().filter_map(Result::err) {
            let _ = writeln!(text, "\n{note}");
        }
        let _ = writeln!(text, "\n</details>\n");
    }
    let more = check.id.page().map_or_else(|| code(&check.id.more()), |page| format!("<{page}>"));
    let _ = writeln!(text, "More: {more}\n");
}

fn table(text: &mut String, report: &Report) {
    if report.checks.is_empty() {
        return;
    }
    let title = if report.baseline.is_some() { "Every check that changed" } else { "Every check" };
    let _ = writeln!(text, "<details><summary>{title}</summary>\n");
    let _ = writeln!(text, "| | status | check | |\n| --- | --- | --- | --- |");
    for check in &report.checks {
        let CheckResult { id, headline, status, .. } = check;
        let status = format!("{} | {}{}", glyph(*status, true), status.as_str(), was(check));
        let _ = writeln!(text, "| {status} | `{id}` | {} |", prose(&headline.to_string()));
    }
    let _ = writeln!(text, "\n</details>\n");
}
