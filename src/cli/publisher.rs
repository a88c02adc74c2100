//! Where reports go: to files, which take their places once they are whole, and to stdout.

use stc_check::redact::Redactor;
use stc_check::render::{Format, Overview, Page};
use stc_check::report::Report;
use stc_check::snapshot::Snapshot;

use super::console::Console;
use super::error::Error;
use super::file::{PendingFile, Readers};
use super::plan::Plan;

/// Everything that will be written, begun before anything is asked: what cannot be written is found out while nothing
/// is done yet. All files take their places together at the end, or none does.
pub(super) struct Publisher<'a> {
    console: &'a Console,
    outlets: Vec<Outlet>,
    snapshot: Option<PendingFile>,
    redact: bool,
}

struct Outlet {
    format: &'static dyn Format,
    page: Page,
    /// None for stdout.
    file: Option<PendingFile>,
}

impl<'a> Publisher<'a> {
    pub(super) fn begin(plan: &Plan, console: &'a Console) -> Result<Self, Error> {
        let mut outlets = Vec::new();
        let snapshot = plan.save_snapshot.as_ref().map(|file| file.begin(Readers::Owner)).transpose()?;
        for publication in &plan.publications {
            let file = publication.output.as_ref().map(|file| file.begin(Readers::AsBefore)).transpose()?;
            let screen = if file.is_some() { console.page() } else { console.screen() };
            let page = Page { screen, fail_on: plan.patience.fail_on };
            outlets.push(Outlet { format: publication.format, page, file });
        }
        Ok(Self { console, outlets, snapshot, redact: plan.redact })
    }

    /// Keeps what was read, where that was asked for.
    pub(super) fn save(&mut self, snapshot: &Snapshot) -> Result<(), Error> {
        let Some(file) = &mut self.snapshot else { return Ok(()) };
        if !self.redact {
            return file.push(&snapshot.to_json());
        }
        let redacted = Redactor::new(&snapshot.bucket).snapshot(snapshot);
        file.push(&redacted.map_err(|error| Error::new(format!("redacting the snapshot: {error}")))?.to_json())
    }

    /// Writes the report of a single bucket.
    pub(super) fn alone(mut self, report: &Report) -> Result<(), Error> {
        self.each(|format, page| format.alone(report, page))?;
        self.finish()
    }

    /// Writes the next report, and before the first the beginning of the document: not earlier, as nothing is written where
    /// nothing can be checked.
    pub(super) fn next(&mut self, report: &Report, before: &Overview) -> Result<(), Error> {
        if before.is_empty() {
            self.each(|format, _| Ok(format.begin(before)))?;
        }
        self.each(|format, page| format.one(report, before, page))
    }

    /// Writes what comes after the last report.
    pub(super) fn end(mut self, overview: &Overview) -> Result<(), Error> {
        self.each(|format, page| Ok(format.end(overview, page)))?;
        self.finish()
    }

    fn each(&mut self, text: impl Fn(&dyn Format, Page) -> Result<String, serde_json::Error>) -> Result<(), Error> {
        for Outlet { format, page, file } in &mut self.outlets {
            // No report causes it.
            let text = text(*format, *page);
            let text = text.map_err(|error| Error::new(format!("rendering the report as JSON: {error}")))?;
            match file {
                Some(file) => file.push(&text)?,
                None if text.is_empty() => {}
                None => self.console.print(&text)?,
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Error> {
        let files = self.outlets.into_iter().map(|outlet| outlet.file).chain([self.snapshot]);
        let mut files: Vec<PendingFile> = files.flatten().collect();
        files.iter_mut().try_for_each(PendingFile::write_out)?;
        files.into_iter().try_for_each(PendingFile::finish)
    }
}
