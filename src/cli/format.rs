//! The formats of a report: one row each.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use stc_check::report::text::Screen;
use stc_check::report::{FailOn, Report, json, text};

use super::error::Error;

/// A format by its name on the command line.
#[derive(Debug)]
pub(crate) struct Format {
    name: &'static str,
    pub(crate) render: fn(&Report, Screen, FailOn) -> Result<String, Error>,
}

/// All of them; the first is the default.
static FORMATS: [Format; 2] = [
    Format { name: "text", render: |report, screen, fail_on| Ok(text::render(report, screen, fail_on)) },
    Format {
        name: "json",
        render: |report, _, _| {
            json::render(report).map_err(|error| Error::new(format!("rendering the report as JSON: {error}")))
        },
    },
];

/// Finds a format by its name.
pub(crate) fn parser() -> impl TypedValueParser<Value = &'static Format> {
    PossibleValuesParser::new(FORMATS.iter().map(|format| format.name)).try_map(|name| {
        FORMATS.iter().find(|format| format.name == name).ok_or_else(|| format!("there is no format `{name}`"))
    })
}
