//! The report as JSON, `stc-check/report/1` of contracts.md, field for field in its order.

use serde::Serialize;

use crate::report::waiver::Outcome;
use crate::report::{CheckResult, Report, ReportVerdict, SCHEMA, Subject, Summary};
use crate::text::sanitise;

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    schema: &'static str,
    tool: Tool,
    subject: &'a Subject,
    verdict: ReportVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a str>,
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

/// Renders a report as one pretty-printed JSON document, with a line feed at its end.
///
/// `notice` and `waivers` are there only where the report has any. Characters that could disturb a terminal are escaped.
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
    use serde_json::json;
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
        "title": super::combined::SCHEMA,
        "description": "The reports of several buckets, as --format json prints them.",
        "type": "object",
        "properties": {
            "schema": {"const": super::combined::SCHEMA},
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
