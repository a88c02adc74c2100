//! The report as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/>), as code scanning shows findings.
//!
//! | status | result |
//! | --- | --- |
//! | `fail` | level `error` |
//! | `warn` | level `warning` |
//! | `unknown` | kind `open` (not enough is known to decide), for which the standard asks level `none` |
//! | `pass`, `skip` | none: GitHub shows every result as an alert, whatever its kind |
//!
//! A result points at the deciding words of the policy: in the file of `--bucket-policy` or `--key-policy`; else in the
//! policy as it was read, which the run carries with it as `BUCKET/bucket-policy.json` and `BUCKET/key-policy.json`.
//! One that is about a setting points at the bucket as a whole, since GitHub refuses results without a place.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::excerpt::{Lines, marks};
use super::json::element;
use super::overview::Overview;
use super::pretty_source::PrettySource;
use super::wording::{LONGEST_TEXT, is_remarkable};
use super::{Format, Page};
use crate::checks::{self, Check};
use crate::policy::json::Span;
use crate::report::{CheckId, CheckResult, FailOn, Judged, Report, Status, Subject};
use crate::text::sanitise;

/// The format for code scanning.
#[derive(Debug)]
pub struct Sarif;

impl Format for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on))
    }

    fn begin(&self, _: &Overview) -> String {
        format!("{{\n  \"$schema\": \"{SCHEMA}\",\n  \"version\": \"2.1.0\",\n  \"runs\": [")
    }

    fn one(&self, report: &Report, before: &Overview, page: Page) -> Result<String, serde_json::Error> {
        let run = run(report, page.fail_on);
        Ok(element(&sanitise::json(&format!("{run:#}")), before))
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        const END: &str = "\n  ]\n}\n";
        let notifications = notifications(&overview.notices());
        if notifications.is_empty() {
            return END.to_owned();
        }
        let run = notices_alone(&notifications, overview.exit());
        element(&sanitise::json(&format!("{run:#}")), overview) + END
    }
}

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Renders a report as one pretty-printed SARIF log with one run, with a line feed at its end.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run(report, fail_on)]});
    let mut text = sanitise::json(&format!("{log:#}"));
    text.push('\n');
    text
}

fn run(report: &Report, fail_on: FailOn) -> Value {
    let sources: Vec<Source<'_>> = report.documents.texts().map(|text| Source::new(report, text)).collect();
    let results = report.checks.iter().filter(|check| is_remarkable(check));
    let results: Vec<Value> = results.map(|check| result(report, check, &sources)).collect();
    let notices = notifications(&report.all_notices());
    json!({
        "tool": {"driver": {
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "shortDescription": {"text": env!("CARGO_PKG_DESCRIPTION")},
            "rules": checks::all().map(rule).collect::<Vec<_>>(),
        }},
        "automationDetails": {"id": format!("stc-check/{}/", name(report))},
        "columnKind": "unicodeCodePoints",
        "artifacts": sources.iter().map(Source::artifact).collect::<Vec<_>>(),
        "invocations": [invocation(report.exit(fail_on), &notices)],
        "results": results,
        "properties": properties(report),
    })
}

fn properties(report: &Report) -> Value {
    let Subject { bucket, name, variant, .. } = &report.subject;
    let properties =
        json!({"bucket": bucket, "variant": variant, "verdict": report.verdict(), "summary": report.summary()});
    with(properties, "connection", name.as_deref())
}

fn rule(entry: &Check) -> Value {
    let Check { id, explain, .. } = entry;
    let help = format!(
        "{}\n\nWhy: {}\n\nHow it fails: {}\n\nHow to fix it: {}\n\nSources:\n{}",
        explain.what,
        explain.why,
        explain.example,
        explain.fix,
        explain.sources.join("\n")
    );
    let mut tags = vec!["sailthru-connect".to_owned()];
    tags.extend(entry.faq().map(|number| format!("faq-{number}")));
    let rule = json!({
        "id": id,
        "shortDescription": {"text": entry.title()},
        "fullDescription": {"text": explain.what},
        "help": {"text": help},
        "properties": {"tags": tags},
    });
    let page = id.page().or_else(|| explain.sources.first().map(ToString::to_string));
    with(rule, "helpUri", page)
}

fn invocation(exit: u8, notices: &[Value]) -> Value {
    let invocation = json!({"executionSuccessful": true, "exitCode": exit});
    with(invocation, "toolExecutionNotifications", (!notices.is_empty()).then_some(notices))
}

/// An object of JSON with one member more, where there is something to say.
fn with(mut object: Value, name: &str, said: Option<impl Into<Value>>) -> Value {
    if let (Some(said), Some(members)) = (said, object.as_object_mut()) {
        members.insert(name.to_owned(), said.into());
    }
    object
}

fn notifications(notices: &[String]) -> Vec<Value> {
    notices.iter().map(|notice| json!({"level": "warning", "message": {"text": readable(notice)}})).collect()
}

/// A run without results that says what concerns no single report.
fn notices_alone(notifications: &[Value], exit: u8) -> Value {
    json!({
        "tool": {"driver": {"name": env!("CARGO_PKG_NAME"), "semanticVersion": env!("CARGO_PKG_VERSION")}},
        "automationDetails": {"id": "stc-check/waivers/"},
        "invocations": [invocation(exit, notifications)],
        "results": [],
    })
}

fn result(report: &Report, check: &CheckResult, sources: &[Source<'_>]) -> Value {
    let (kind, level) = match check.status {
        Status::Fail => ("fail", "error"),
        Status::Warn => ("fail", "warning"),
        Status::Unknown | Status::Pass | Status::Skip => ("open", "none"),
    };
    let mut message = readable(&check.message);
    if let Some(fix) = &check.fix {
        message.push_str("\n\n");
        message.push_str(&readable(&fix.summary));
    }
    let mut places: Vec<Value> = sources.iter().flat_map(|source| source.places(check)).collect();
    if places.is_empty() {
        let location = json!({"artifactLocation": {"uri": name(report)}, "region": {"startLine": 1}});
        places.push(json!({"physicalLocation": location}));
    }
    let related: Vec<Value> = places.split_off(1);
    let bucket = json!({
        "name": report.subject.bucket,
        "fullyQualifiedName": format!("arn:aws:s3:::{}", report.subject.bucket),
        "kind": "resource",
    });
    if let Some(first) = places.first_mut().and_then(Value::as_object_mut) {
        first.insert("logicalLocations".to_owned(), json!([bucket]));
    }
    let properties =
        json!({"status": check.status, "basis": check.basis, "required": check.required, "fix": check.fix});
    let result = json!({
        "ruleId": check.id,
        "kind": kind,
        "level": level,
        "message": {"text": message},
        "locations": places,
        "relatedLocations": related,
        "partialFingerprints": {"stcCheck/v1": format!("{}/{}", name(report), check.id)},
        "properties": with(properties, "baseline", check.baseline.map(|earlier| json!(earlier))),
    });
    with(result, "ruleIndex", CheckId::all().position(|id| id == check.id))
}

/// A document that results point into.
struct Source<'a> {
    text: Judged<'a>,
    uri: String,
    sheet: PrettySource,
}

impl<'a> Source<'a> {
    fn new(report: &Report, text: Judged<'a>) -> Self {
        let uri = match text.file {
            Some(file) => path(file, cfg!(windows)),
            None => format!("{}/{}.json", name(report), text.name),
        };
        Self { text, uri, sheet: PrettySource::new(text.text) }
    }

    fn artifact(&self) -> Value {
        let artifact = json!({"location": {"uri": self.uri}, "mimeType": "application/json"});
        let contents = json!({"text": self.sheet.text});
        with(artifact, "contents", self.text.file.is_none().then_some(contents))
    }

    /// The places that a check points at here.
    fn places(&self, check: &CheckResult) -> Vec<Value> {
        let lines = Lines::new(if self.text.file.is_some() { self.text.text } else { &self.sheet.text });
        let place = |(span, label): (Span, String)| {
            let span = if self.text.file.is_some() { span } else { self.sheet.place(span) };
            let location = json!({"artifactLocation": {"uri": self.uri}, "region": region(&lines, span)});
            json!({"physicalLocation": location, "message": {"text": readable(&label)}})
        };
        marks(check, self.text.name, &self.sheet).into_iter().map(place).collect()
    }
}

/// Lines and columns from 1; the end is the column after the last character.
fn region(lines: &Lines<'_>, span: Span) -> Value {
    let column = |offset: usize| {
        let line = lines.of(offset);
        let before = lines.text(line).get(..offset - lines.start(line)).unwrap_or_default();
        (line + 1, before.chars().count() + 1)
    };
    let ((start_line, start_column), (end_line, end_column)) = (column(span.start), column(span.end));
    json!({"startLine": start_line, "startColumn": start_column, "endLine": end_line, "endColumn": end_column})
}

/// The bucket's name as a part of a URI, and after it the connection's, where it has one.
fn name(report: &Report) -> String {
    let names = [Some(&report.subject.bucket), report.subject.name.as_ref()];
    names.into_iter().flatten().map(|name| encode(name)).collect::<Vec<_>>().join("/")
}

/// What a path in a URI holds as it is: letters, digits, what RFC 3986 calls unreserved, and slashes.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A part of a URI: what may not be in one is percent-encoded.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// A path as a URI. On Windows `\` separates folders, and a path from the root begins with a drive:
/// <https://www.rfc-editor.org/rfc/rfc8089#appendix-E.2>
fn path(path: &str, on_windows: bool) -> String {
    let slashes = if on_windows { path.replace('\\', "/") } else { path.to_owned() };
    match slashes.split_once(":/").filter(|(drive, _)| on_windows && drive.len() == 1) {
        Some((drive, rest)) => format!("file:///{drive}:/{}", encode(rest)),
        None if slashes.starts_with('/') => format!("file://{}", encode(&slashes)),
        None => encode(&slashes),
    }
}

/// Text from outside in a message: harmless, not endless, and never a link (`[words](address)`).
fn readable(text: &str) -> String {
    sanitise::excerpt(text, LONGEST_TEXT).replace("](", "] (")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_on_every_system() {
        assert_eq!(path("policies/acme 1.json", false), "policies/acme%201.json");
        assert_eq!(path("/tmp/a.json", false), "file:///tmp/a.json");
        assert_eq!(path("a\\b.json", false), "a%5Cb.json");
        assert_eq!(path(".\\policies\\acme.json", true), "./policies/acme.json");
        assert_eq!(path("C:\\work\\a#.json", true), "file:///C:/work/a%23.json");
    }
}
