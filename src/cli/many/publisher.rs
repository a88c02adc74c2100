//! Where the reports of many buckets go, each as soon as it is there.

use stc_check::render::combined::{self, Form, Overview};
use stc_check::render::text::Screen;
use stc_check::report::Report;

use super::super::console::Console;
use super::super::error::Error;
use super::super::file::{Destination, Growing};
use super::super::plan::Plan;

/// Where the reports go, as they come.
pub(super) struct Publisher {
    outlets: Vec<Outlet>,
}

struct Outlet {
    form: Form,
    screen: Screen,
    file: Option<Growing>,
}

impl Publisher {
    pub(super) fn begin(plan: &Plan, console: &Console) -> Result<Self, Error> {
        let mut outlets = Vec::new();
        for publication in &plan.publications {
            let Some(form) = Form::named(publication.format.name) else { continue };
            let file = publication.output.as_ref().map(Destination::begin).transpose()?;
            let screen = if file.is_some() { console.page() } else { console.screen() };
            outlets.push(Outlet { form, screen, file });
        }
        Ok(Self { outlets })
    }

    /// Writes the next report, and before the first what stands before it: not earlier, as nothing is written where
    /// nothing can be checked.
    pub(super) fn next(&mut self, report: &Report, before: &Overview, console: &Console) -> Result<(), Error> {
        for outlet in &mut self.outlets {
            if before.is_empty() {
                outlet.push(&combined::begin(outlet.form), console)?;
            }
            let text = combined::next(outlet.form, report, before, outlet.screen)
                .map_err(|error| Error::new(format!("rendering the report as JSON: {error}")))?;
            outlet.push(&text, console)?;
        }
        Ok(())
    }

    pub(super) fn end(self, overview: &Overview, console: &Console) -> Result<(), Error> {
        for mut outlet in self.outlets {
            outlet.push(&combined::end(outlet.form, overview, outlet.screen), console)?;
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
