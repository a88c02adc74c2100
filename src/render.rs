//! The renderers: one format of the report a file. None decides anything; what they print is in [`crate::report`].
//!
//! Adding a format is a file with its [`Format`], and its name in [`FORMATS`].

use std::fmt::Debug;

use crate::report::{FailOn, Report};

pub mod changes;
pub mod comparison;
mod details;
pub mod error_explanation;
mod excerpt;
pub mod explanation;
mod groups;
pub mod html;
pub mod json;
pub mod junit;
mod layout;
pub mod markdown;
mod overview;
mod pretty_source;
pub mod sarif;
pub mod text;
mod wording;

pub use layout::{Detail, Screen};
pub use overview::Overview;

/// A format of the report: of one bucket by itself, or of several in one document.
pub trait Format: Debug + Sync {
    /// As `--format` names it.
    fn name(&self) -> &'static str;

    /// The ending of a file that has it: `--output report.xml` needs no `--format`.
    fn ending(&self) -> &'static str {
        self.name()
    }

    /// The report of one bucket, by itself.
    ///
    /// # Errors
    /// When serde cannot serialize it, which no report causes.
    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error>;

    /// What comes before the first of several reports.
    fn begin(&self, _: &Overview) -> String {
        String::new()
    }

    /// The next of several reports; `before` sums up those before it.
    ///
    /// # Errors
    /// When serde cannot serialize it, which no report causes.
    fn one(&self, report: &Report, before: &Overview, page: Page) -> Result<String, serde_json::Error>;

    /// What comes after the last of several reports.
    fn end(&self, overview: &Overview, page: Page) -> String;
}

/// Every format; the first is the default.
pub static FORMATS: [&dyn Format; 6] =
    [&text::Text, &json::Json, &junit::Junit, &sarif::Sarif, &markdown::Markdown, &html::Html];

/// Where a report is read, and what makes it exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How wide it is, and what it can show; text alone asks.
    pub screen: Screen,
    /// What counts as a failure.
    pub fail_on: FailOn,
}
