//! Where the reports of many buckets go, each as soon as it is there.

use stc_check::render::{Format, Overview, Page};
use stc_check::report::Report;

use super::super::console::Console;
use super::super::error::Error;
use super::super::file::{Destination, PendingFile};
use super::super::format;
use super::super::plan::Plan;

/// Where the reports go, as they come.
pub(super) struct Publisher {
    outlets: Vec<Outlet>,
}

struct Outlet {
    format: &'static dyn Format,
    page: Page,
    file: Option<PendingFile>,
}

impl Publisher {
    pub(super) fn begin(plan: &Plan, console: &Console) -> Result<Self, Error> {
        let mut outlets = Vec::new();
        for publication in &plan.publications {
            let file = publication.output.as_ref().map(Destination::begin).transpose()?;
            let screen = if file.is_some() { console.page() } else { console.screen() };
            let page = Page { screen, fail_on: plan.fail_on };
            outlets.push(Outlet { format: publication.format, page, file });
        }
        Ok(Self { outlets })
    }

    /// Writes the next report, and before the first the beginning of the document: not earlier, as nothing is written where
    /// nothing can be checked.
    pub(super) fn next(&mut self, report: &Report, before: &Overview, console: &Console) -> Result<(), Error> {
        for outlet in &mut self.outlets {
            if before.is_empty() {
                outlet.push(&outlet.format.begin(before), console)?;
            }
            let text = outlet.format.one(report, before, outlet.page);
            let text = text.map_err(|error| format::unwritable(&error))?;
            outlet.push(&text, console)?;
        }
        Ok(())
    }

    pub(super) fn end(self, overview: &Overview, console: &Console) -> Result<(), Error> {
        for mut outlet in self.outlets {
            outlet.push(&outlet.format.end(overview, outlet.page), console)?;
            if let Some(file) = outlet.file {
                file.finish()?;
            }
        }
        Ok(())
    }
}

impl Outlet {
    fn push(&mut self, text: &str, console: &Console) -> Result<(), Error> {
        match &mut self.file {
            Some(file) => file.push(text),
            None if text.is_empty() => Ok(()),
            None => console.print(text),
        }
    }
}
