//! The report as JSON, `stc-check/report/1` (docs/design/interfaces.md), field for field in its order; of several buckets
//! `stc-check/reports/1`, with a `stc-check/report/1` for each.

use serde::Serialize;
use serde_json::json;

use super::overview::Overview;
use super::{Format, Page};
use crate::report::waiver::Outcome;
use crate::report::{CheckResult, FactSource, Report, ReportVerdict, SCHEMA, Subject, Summary};
use crate::text::sanitise;

/// The name of the document of several reports.
const SEVERAL: &str = "stc-check/reports/1";

/// The format for programs.
#[derive(Debug)]
pub struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn alone(&self, report: &Report, _: Page) -> Result<String, serde_json::Error> {
        render(report)
    }

    fn begin(&self, _: &Overview) -> String {
        let tool = json!({"name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION")});
        format!("{{\n  \"schema\": \"{SEVERAL}\",\n  \"tool\": {tool},\n  \"reports\": [")
    }

    fn one(&self, report: &Report, before: &Overview, _: Page) -> Result<String, serde_json::Error> {
        Ok(element(&render(report)?, before))
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        let buckets = json!({
            "pass": overview.count(ReportVerdict::Pass),
            "fail": overview.count(ReportVerdict::Fail),
            "unknown": overview.count(ReportVerdict::Unknown),
        });
        let summary = json!({"buckets": buckets, "checks": overview.checks()});
        let verdict = overview.verdict().as_str();
        let waivers = overview.outcomes();
        let waivers = if waivers.is_empty() {
            String::new()
        } else {
            format!("  \"waivers\": {},\n", sanitise::json(&json!(waivers).to_string()))
        };
        format!("\n  ],\n{waivers}  \"summary\": {summary},\n  \"verdict\": \"{verdict}\"\n}}\n")
    }
}

/// An element of a JSON array that is spread over lines. No string of JSON holds a line feed.
pub(super) fn element(document: &str, before: &Overview) -> String {
    let mut text = if before.is_empty() { String::new() } else { ",".to_owned() };
    for line in document.lines() {
        text.push_str("\n    ");
        text.push_str(line);
    }
    text
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: Tool,
    subject: &'a Subject,
    run: RunDocument<'a>,
    verdict: ReportVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    waivers: &'a [Outcome],
    summary: Summary,
    checks: &'a [CheckResult],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// When, how long and as whom.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Run"))]
struct RunDocument<'a> {
    /// When the facts were read: RFC 3339, in UTC.
    at: String,
    /// How long the run took; null where nothing was asked of AWS.
    duration_ms: Option<u64>,
    /// The ARN that the check ran as, where it is known.
    caller: Option<&'a str>,
    /// That caller's account.
    account: Option<&'a str>,
    /// Whether a snapshot or a plan was judged, and nothing was asked of AWS.
    offline: bool,
}

/// Renders a report as one pretty-printed JSON document, with a line feed at its end.
///
/// `notice` and `waivers` are there only where the report has any. Characters that could disturb a terminal are escaped.
///
/// # Errors
/// When serde cannot serialize it, which no report causes.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let run = &report.run;
    let document = Document {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        subject: &report.subject,
        run: RunDocument {
            at: run.at.to_string(),
            duration_ms: run.duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
            caller: run.caller.as_deref(),
            account: run.account.as_deref(),
            offline: run.source != FactSource::Aws,
        },
        verdict: report.verdict(),
        notice: report.notices().reduce(|one, other| format!("{one}; {other}")),
        waivers: &report.waivers,
        summary: report.summary(),
        checks: &report.checks,
    };
    let mut text = sanitise::json(&serde_json::to_string_pretty(&document)?);
    text.push('\n');
    Ok(text)
}

/// The JSON Schema of the document, generated from the types.
#[cfg(test)]
pub(crate) fn schema() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Document<'_>>().to_value();
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("title".to_owned(), SCHEMA.into());
        schema.insert("description".to_owned(), "A report of stc-check, as --format json prints it.".into());
    }
    schema
}

/// The JSON Schema of several reports in one document, each as above.
#[cfg(test)]
pub(crate) fn schema_of_several() -> serde_json::Value {
    let mut report = schema();
    let mut take = |name: &str| report.as_object_mut().and_then(|report| report.remove(name)).unwrap_or_default();
    let (version, mut definitions) = (take("$schema"), take("$defs"));
    if let Some(definitions) = definitions.as_object_mut() {
        definitions.insert("Report".to_owned(), report);
    }
    let number = json!({"type": "integer", "minimum": 0});
    let buckets = json!({
        "description": "How many buckets came to which verdict.",
        "type": "object",
        "properties": {"pass": number, "fail": number, "unknown": number},
        "required": ["pass", "fail", "unknown"],
    });
    json!({
        "$schema": version,
        "title": SEVERAL,
        "description": "The reports of several buckets, as --format json prints them.",
        "type": "object",
        "properties": {
            "schema": {"const": SEVERAL},
            "tool": {"$ref": "#/$defs/Tool"},
            "reports": {"description": "In the order given.", "type": "array", "items": {"$ref": "#/$defs/Report"}},
            "summary": {
                "type": "object",
                "properties": {"buckets": buckets, "checks": {"$ref": "#/$defs/Summary"}},
                "required": ["buckets", "checks"],
            },
            "verdict": {"description": "The worst of them.", "$ref": "#/$defs/ReportVerdict"},
        },
        "required": ["schema", "tool", "reports", "summary", "verdict"],
        "$defs": definitions,
    })
}
