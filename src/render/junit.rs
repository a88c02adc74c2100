//! The report as JUnit XML, as continuous integration shows test results: a suite a section, a test case a check.
//!
//! | status | test case |
//! | --- | --- |
//! | `pass` | passed |
//! | `fail` | `failure` |
//! | `warn` | passed, with what it warns of in `system-out`; under `--fail-on warn` a `failure` |
//! | `unknown`, required | `error` |
//! | `unknown`, not required | `skipped`, as it keeps nothing from passing |
//! | `skip` | `skipped` |
//!
//! So there is a failure or an error exactly where the exit code is not 0, unless there is a baseline: it changes the exit
//! code and no test case. The elements are those of the schema of
//! Jenkins (<https://github.com/jenkinsci/xunit-plugin>, `junit-10.xsd`).

use std::fmt::Write as _;

use super::details::details;
use super::overview::Overview;
use super::wording;
use super::wording::{LONGEST_SID, short, stands_in_the_way};
use super::{Format, Page};
use crate::checks::Group;
use crate::report::{CheckResult, FailOn, Report, Status};
use crate::text::sanitise;

/// The format for continuous integration.
#[derive(Debug)]
pub struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn ending(&self) -> &'static str {
        "xml"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on))
    }

    fn begin(&self, _: &Overview) -> String {
        format!("{DECLARATION}<testsuites name=\"stc-check\">\n")
    }

    fn one(&self, report: &Report, _: &Overview, page: Page) -> Result<String, serde_json::Error> {
        Ok(suites(report, page.fail_on))
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        let notices = system_out(&overview.notices());
        if notices.is_empty() { END.to_owned() } else { waivers_alone(&notices) + END }
    }
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const END: &str = "</testsuites>\n";

/// Renders a report as one XML document, with a line feed at its end.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let (counts, _) = counts(report.checks.iter(), fail_on);
    let time = time(report);
    format!("{DECLARATION}<testsuites name=\"stc-check\" {counts}{time}>\n{}{END}", suites(report, fail_on))
}

/// A suite for each section of a report; the first has what is said of the whole.
fn suites(report: &Report, fail_on: FailOn) -> String {
    let mut notices = system_out(&report.all_notices());
    let mut time = time(report);
    let sections = wording::sections(report).into_iter();
    let suite = |(section, checks): (Group, Vec<&CheckResult>)| {
        suite(report, section, &checks, fail_on, &std::mem::take(&mut time), &std::mem::take(&mut notices))
    };
    sections.map(suite).collect()
}

/// A suite without test cases that says what concerns no single report.
fn waivers_alone(notices: &str) -> String {
    format!(
        "  <testsuite name=\"Waivers\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\">\n{notices}  </testsuite>\n"
    )
}

/// What the reader must know of a whole report; nothing where there is nothing.
fn system_out(notices: &[String]) -> String {
    let lines: Vec<String> = notices.iter().map(|notice| escape(&short(notice))).collect();
    if lines.is_empty() { String::new() } else { format!("    <system-out>{}</system-out>\n", lines.join("\n")) }
}

fn suite(
    report: &Report,
    section: Group,
    checks: &[&CheckResult],
    fail_on: FailOn,
    time: &str,
    notices: &str,
) -> String {
    let (counts, skipped) = counts(checks.iter().copied(), fail_on);
    let name = escape(&wording::title(section));
    let at = report.run.at.strftime("%Y-%m-%dT%H:%M:%S");
    let mut xml = format!(
        "  <testsuite name=\"{name}\" {counts} skipped=\"{skipped}\"{time} timestamp=\"{at}\">\n    <properties>\n"
    );
    let bucket = escape(&sanitise::excerpt(&report.subject.bucket, LONGEST_SID));
    let connection = wording::name(&report.subject).map(|name| escape(&name));
    let verdict = report.verdict().as_str();
    let properties = [("bucket", bucket.as_str()), ("variant", report.subject.variant), ("verdict", verdict)];
    for (name, value) in properties.into_iter().chain(connection.as_deref().map(|name| ("connection", name))) {
        let _ = writeln!(xml, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    xml.push_str("    </properties>\n");
    let class = connection.map_or_else(|| bucket.clone(), |name| format!("{bucket}.{name}"));
    for check in checks {
        case(&mut xml, report, check, &class, fail_on);
    }
    xml + notices + "  </testsuite>\n"
}

/// How long the run took, as an attribute; nothing where it is not known, as of a snapshot. All checks are judged at once, so
/// the first suite has it all, and no test case has a time of its own.
fn time(report: &Report) -> String {
    let duration = report.run.duration;
    duration.map_or_else(String::new, |duration| format!(" time=\"{:.3}\"", duration.as_secs_f64()))
}

/// What a test case comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    Error,
    Skipped,
}

impl Outcome {
    fn of(check: &CheckResult, fail_on: FailOn) -> Self {
        match check.status {
            Status::Fail | Status::Warn if stands_in_the_way(check, fail_on) => Self::Failed,
            Status::Unknown if stands_in_the_way(check, fail_on) => Self::Error,
            Status::Unknown | Status::Skip => Self::Skipped,
            Status::Pass | Status::Fail | Status::Warn => Self::Passed,
        }
    }
}

fn case(xml: &mut String, report: &Report, check: &CheckResult, class: &str, fail_on: FailOn) {
    let CheckResult { id, status, message, .. } = check;
    let name = escape(id.as_str());
    let message = escape(&short(message));
    let status = status.as_str();
    let _ = write!(xml, "    <testcase classname=\"stc-check.{class}\" name=\"{name}\"");
    let baseline = check.baseline.map(|earlier| format!("baseline: {}", earlier.as_str()));
    let system_out = |text: String| format!("\n      <system-out>{}</system-out>", escape_text(&text));
    let said = baseline.clone().map(system_out).unwrap_or_default();
    let mut with = |tag: &str| {
        let text = escape_text(&details(report, check));
        let _ = writeln!(
            xml,
            ">\n      <{tag} type=\"{status}\" message=\"{message}\">{text}</{tag}>{said}\n    </testcase>"
        );
    };
    match Outcome::of(check, fail_on) {
        Outcome::Failed => with("failure"),
        Outcome::Error => with("error"),
        Outcome::Skipped => {
            let _ = writeln!(xml, ">\n      <skipped message=\"{status}: {message}\"/>{said}\n    </testcase>");
        }
        Outcome::Passed if check.status == Status::Warn => {
            let text = format!("warn: {}{}", details(report, check), baseline.unwrap_or_default());
            let _ = writeln!(xml, ">{}\n    </testcase>", system_out(text));
        }
        Outcome::Passed if said.is_empty() => xml.push_str("/>\n"),
        Outcome::Passed => {
            let _ = writeln!(xml, ">{said}\n    </testcase>");
        }
    }
}

/// How many test cases there are, and have each result, as attributes; those that are skipped apart.
fn counts<'a>(checks: impl Iterator<Item = &'a CheckResult>, fail_on: FailOn) -> (String, usize) {
    let outcomes: Vec<Outcome> = checks.map(|check| Outcome::of(check, fail_on)).collect();
    let count = |outcome| outcomes.iter().filter(|one| **one == outcome).count();
    let (tests, failures, errors) = (outcomes.len(), count(Outcome::Failed), count(Outcome::Error));
    (format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\""), count(Outcome::Skipped))
}

/// Text for an attribute: no line feeds, and none of the characters that XML gives a meaning or forbids.
fn escape(text: &str) -> String {
    escape_text(&sanitise::visible(text))
}

/// Text for an element, whose lines are already harmless.
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}
