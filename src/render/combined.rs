//! Several reports as one: what stands before the first, each as it is finished, and what stands after the last.
//!
//! Of a report that is written only a row is kept, so that a thousand buckets take little more memory than a few.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::layout::{Ink, Layout};
use super::text::{self, Screen};
use super::words::{count, glyph, name, stands_in_the_way, waived};
use super::{json, junit, markdown, sarif};
use crate::report::waiver::{Outcome, Waiver};
use crate::report::{FailOn, Report, ReportVerdict, Status, Summary};
use crate::text::sanitise;

/// The name of the JSON form.
pub const SCHEMA: &str = "stc-check/reports/1";

/// Up to so many reports are shown in full as text; of more, only those that somebody has to read.
const SHOWN_IN_FULL: usize = 3;

/// How many ids of checks a line of the table names.
const NAMED: usize = 3;

/// A form in which several reports can be one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Every report under its bucket's name, and a table.
    Text,
    /// [`SCHEMA`], with a `stc-check/report/1` for each bucket.
    Json,
    /// The suites of every bucket.
    Junit,
    /// A run for each bucket.
    Sarif,
    /// Every report under its own heading, and a table.
    Markdown,
}

impl Form {
    /// By the name of the format on the command line.
    #[must_use]
    pub fn named(format: &str) -> Option<Self> {
        Some(match format {
            "text" => Self::Text,
            "json" => Self::Json,
            "junit" => Self::Junit,
            "sarif" => Self::Sarif,
            "markdown" => Self::Markdown,
            _ => return None,
        })
    }
}

/// What is kept of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The bucket, and what the configuration calls the connection.
    bucket: String,
    name: Option<String>,
    verdict: ReportVerdict,
    summary: Summary,
    /// The ids of the checks that keep its exit code from being 0.
    standing: Vec<&'static str>,
    /// How many checks would, were they not waived.
    waived: usize,
}

/// A waiver that is not of one report alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shared {
    waiver: Waiver,
    /// In how many reports it was, or would have been, needed.
    needed: usize,
}

/// What the reports so far come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// How many reports there will be.
    expected: usize,
    fail_on: FailOn,
    rows: Vec<Row>,
    waivers: Vec<Shared>,
    today: Date,
}

impl Overview {
    /// Of so many reports, none of which is there yet.
    #[must_use]
    pub fn new(expected: usize, fail_on: FailOn) -> Self {
        Self { expected, fail_on, rows: Vec::new(), waivers: Vec::new(), today: Date::default() }
    }

    /// With the waivers that are not of one report alone, and the day of the run, in UTC, which says what is over.
    #[must_use]
    pub fn with_waivers(self, waivers: Vec<Waiver>, today: Date) -> Self {
        let waivers = waivers.into_iter().map(|waiver| Shared { waiver, needed: 0 }).collect();
        Self { waivers, today, ..self }
    }

    /// Counts a report in.
    pub fn add(&mut self, report: &Report) {
        let standing = report.checks.iter().filter(|check| stands_in_the_way(check, self.fail_on));
        self.rows.push(Row {
            bucket: sanitise::visible(&report.subject.bucket).into_owned(),
            name: name(&report.subject),
            verdict: report.verdict(),
            summary: report.summary(),
            standing: standing.map(|check| check.id).collect(),
            waived: waived(report),
        });
        for outcome in report.waivers.iter().filter(|outcome| outcome.shared.is_some() && outcome.needed) {
            if let Some(shared) = self.waivers.iter_mut().find(|shared| shared.waiver.shared == outcome.shared) {
                shared.needed += 1;
            }
        }
    }

    /// What became of the waivers that are not of one report alone.
    fn outcomes(&self) -> Vec<Outcome> {
        self.waivers.iter().map(|shared| shared.waiver.outcome_of_all(shared.needed, self.today)).collect()
    }

    /// How many reports were counted in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of them have this verdict.
    #[must_use]
    pub fn count(&self, verdict: ReportVerdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The worst: `fail` if any report fails; else `unknown` if any is undecided; else `pass`.
    #[must_use]
    pub fn verdict(&self) -> ReportVerdict {
        let worst = [ReportVerdict::Fail, ReportVerdict::Unknown].into_iter().find(|verdict| self.count(*verdict) > 0);
        worst.unwrap_or(ReportVerdict::Pass)
    }

    /// The process's exit code: 1 if any report's is 1, else 3 if any report's is 3, else 0.
    #[must_use]
    pub fn exit(&self) -> u8 {
        let warned = self.fail_on == FailOn::Warn && self.rows.iter().any(|row| row.summary.warn > 0);
        match self.verdict() {
            ReportVerdict::Fail => 1,
            _ if warned => 1,
            ReportVerdict::Unknown => 3,
            ReportVerdict::Pass => 0,
        }
    }

    /// What the verdict means, in a few words.
    fn meaning(&self) -> String {
        let of = |number: usize| format!("{number} of {}", count(self.rows.len(), "bucket"));
        let (failed, undecided) = (self.count(ReportVerdict::Fail), self.count(ReportVerdict::Unknown));
        match (failed, undecided) {
            (0, 0) if self.exit() != 0 => "nothing failed, but warnings are counted by --fail-on warn".to_owned(),
            (0, 0) => match self.rows.iter().map(|row| row.waived).sum() {
                0 => "nothing seen from this side keeps Sailthru Connect out of any bucket".to_owned(),
                waived => format!("nothing failed but what is waived: {}", count(waived, "check")),
            },
            (0, undecided) => format!("nothing failed, but {} could not be decided", of(undecided)),
            (failed, 0) => format!("{} to mend", of(failed)),
            (failed, undecided) => format!("{} to mend, and {undecided} could not be decided", of(failed)),
        }
    }

    fn checks(&self) -> Summary {
        self.rows.iter().fold(Summary::default(), |all, Row { summary, .. }| Summary {
            pass: all.pass + summary.pass,
            fail: all.fail + summary.fail,
            warn: all.warn + summary.warn,
            unknown: all.unknown + summary.unknown,
            skip: all.skip + summary.skip,
        })
    }
}

impl Row {
    /// The bucket, and the connection's name beside it.
    fn title(&self) -> String {
        let name = self.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        format!("{}{name}", self.bucket)
    }

    fn says(&self) -> String {
        let Summary { pass, warn, skip, .. } = self.summary;
        if self.standing.is_empty() {
            let counts = [(pass, "pass"), (warn, "warn"), (skip, "skip")].into_iter().filter(|(count, _)| *count > 0);
            let waived = if self.waived > 0 { format!(" ({} waived)", self.waived) } else { String::new() };
            return counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ") + &waived;
        }
        let named = self.standing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        match self.standing.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    fn status(&self) -> Status {
        match self.verdict {
            ReportVerdict::Pass if !self.standing.is_empty() => Status::Warn,
            ReportVerdict::Pass => Status::Pass,
            ReportVerdict::Fail => Status::Fail,
            ReportVerdict::Unknown => Status::Unknown,
        }
    }
}

/// What stands before the first report.
#[must_use]
pub fn begin(form: Form) -> String {
    match form {
        Form::Text | Form::Markdown => String::new(),
        Form::Json => {
            let tool = json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
            format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"tool\": {tool},\n  \"reports\": [")
        }
        Form::Junit => {
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"stc-check\" time=\"0\">\n".to_owned()
        }
        Form::Sarif => "{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": ["
            .to_owned(),
    }
}

/// The next report; `before` is what the reports before it come to.
///
/// # Errors
/// When serde cannot serialize it, which no report causes.
pub fn next(form: Form, report: &Report, before: &Overview, screen: Screen) -> Result<String, serde_json::Error> {
    let fail_on = before.fail_on;
    Ok(match form {
        Form::Text => next_text(report, before, screen),
        Form::Json => element(&json::render(report)?, before),
        Form::Junit => suites(&junit::render(report, fail_on)),
        Form::Sarif => {
            let log: Value = serde_json::from_str(&sarif::render(report, fail_on))?;
            let run = log.pointer("/runs/0").map(|run| format!("{run:#}")).unwrap_or_default();
            element(&sanitise::json(&run), before)
        }
        Form::Markdown => markdown::render(report, fail_on) + "\n",
    })
}

/// What stands after the last report.
#[must_use]
pub fn end(form: Form, overview: &Overview, screen: Screen) -> String {
    let waivers = overview.outcomes();
    let notices: Vec<&str> = waivers.iter().filter_map(|waiver| waiver.notice.as_deref()).collect();
    let said = notices.iter().copied();
    match form {
        Form::Text => table(overview, said, screen),
        Form::Json => {
            let buckets = json!({
                "pass": overview.count(ReportVerdict::Pass),
                "fail": overview.count(ReportVerdict::Fail),
                "unknown": overview.count(ReportVerdict::Unknown),
            });
            let summary = json!({"buckets": buckets, "checks": overview.checks()});
            let verdict = overview.verdict().as_str();
            let waivers = if waivers.is_empty() {
                String::new()
            } else {
                format!("  \"waivers\": {},\n", sanitise::json(&json!(waivers).to_string()))
            };
            format!("\n  ],\n{waivers}  \"summary\": {summary},\n  \"verdict\": \"{verdict}\"\n}}\n")
        }
        Form::Junit if notices.is_empty() => "</testsuites>\n".to_owned(),
        Form::Junit => junit::notices_alone(said) + "</testsuites>\n",
        Form::Sarif if notices.is_empty() => "\n  ]\n}\n".to_owned(),
        Form::Sarif => {
            let run = sarif::notices_alone(said, overview.exit());
            element(&sanitise::json(&format!("{run:#}")), overview) + "\n  ]\n}\n"
        }
        Form::Markdown => markdown_table(overview, said),
    }
}

/// An element of a JSON array that is spread over lines. No string of JSON holds a line feed.
fn element(document: &str, before: &Overview) -> String {
    let mut text = if before.is_empty() { String::new() } else { ",".to_owned() };
    for line in document.lines() {
        text.push_str("\n    ");
        text.push_str(line);
    }
    text
}

/// The suites of a JUnit document, without what stands around them.
fn suites(document: &str) -> String {
    let inner = document.split_once("<testsuites").and_then(|(_, rest)| rest.split_once(">\n"));
    inner.map(|(_, suites)| suites.trim_end().trim_end_matches("</testsuites>").to_owned()).unwrap_or_default()
}

fn next_text(report: &Report, before: &Overview, screen: Screen) -> String {
    if before.expected <= SHOWN_IN_FULL && !screen.quiet {
        return text::render(report, screen, before.fail_on) + "\n";
    }
    if report.exit(before.fail_on) == 0 && report.notice.is_none() && report.waiver_notices().next().is_none() {
        return String::new();
    }
    let mut layout = Layout::new(screen);
    let bucket = sanitise::visible(&report.subject.bucket).into_owned();
    let name = name(&report.subject).map_or_else(String::new, |name| format!(" ({name})"));
    layout.paragraph(0, Ink::Heading, &format!("s3://{bucket}{name}"));
    layout.finish() + &text::render(report, Screen { quiet: true, ..screen }, before.fail_on) + "\n"
}

/// A line for each bucket, and the verdict over all; with `-q`, only what somebody has to mend.
fn table<'a>(overview: &Overview, notices: impl Iterator<Item = &'a str>, screen: Screen) -> String {
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
    text::waiver_notices(&mut layout, notices);
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

fn markdown_table<'a>(overview: &Overview, notices: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("## All buckets: {}\n\n", overview.meaning());
    text.push_str(&markdown::waiver_notices(notices));
    text.push_str("| verdict | bucket | checks |\n| --- | --- | --- |\n");
    for row in &overview.rows {
        let sign = glyph(row.status(), true);
        let name = row.name.as_ref().map_or_else(String::new, |name| format!(" {}", markdown::escape(name)));
        let _ = writeln!(text, "| {sign} {} | `{}`{name} | {} |", row.verdict.as_str(), row.bucket, row.says());
    }
    text
}
