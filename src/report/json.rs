//! The report as JSON, `stc-check/report/1` of contracts.md, field for field in its order.

use serde::Serialize;

use super::{CheckResult, Report, ReportVerdict, SCHEMA, Subject, Summary, sanitise};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    tool: Tool,
    subject: &'a Subject,
    verdict: ReportVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a str>,
    summary: Summary,
    checks: &'a [CheckResult],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Renders a report as one pretty-printed JSON document, with a line feed at its end.
///
/// `notice` is there only where the report has one. Characters that could disturb a terminal are escaped.
///
/// # Errors
/// When serde cannot serialize it, which no report causes.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let document = Document {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        subject: &report.subject,
        verdict: report.verdict(),
        notice: report.notice.as_deref(),
        summary: report.summary(),
        checks: &report.checks,
    };
    let mut text = sanitise::json(&serde_json::to_string_pretty(&document)?);
    text.push('\n');
    Ok(text)
}
