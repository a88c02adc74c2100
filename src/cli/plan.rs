//! What the command line means: every name parsed, every file read, nothing contradictory left.

use std::path::PathBuf;

use jiff::civil::Date;
use stc_check::aws::{Evidence, Settings};
use stc_check::comparison::Side;
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::snapshot::Snapshot;
use stc_check::terraform_plan::PlanContext;
use stc_check::vendor::{Connection, DataExpectation};

use super::file::Destination;
use super::format::Publication;
use super::patience::{Patience, Watch};
use super::previews::Previews;

/// One run of the check.
#[derive(Debug)]
pub(crate) struct Plan {
    /// At least one.
    pub(crate) targets: Vec<Target>,
    /// Those that are not of one target alone.
    pub(crate) waivers: Vec<Waiver>,
    /// In UTC: says which waivers are over.
    pub(crate) today: Date,
    pub(crate) save_snapshot: Option<Destination>,
    /// Whether names are replaced in it.
    pub(crate) redact: bool,
    pub(crate) publications: Vec<Publication>,
    /// How much time there is for all buckets together.
    pub(crate) patience: Patience,
    /// How many buckets are checked at a time.
    pub(crate) jobs: usize,
}

/// One bucket to check.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) connection: Connection,
    /// What the configuration calls it.
    pub(crate) name: Option<String>,
    pub(crate) source: Source,
    pub(crate) previews: Previews,
    pub(crate) selection: Selection,
    /// The name under which the commands of the report read what came on standard input.
    pub(crate) to_save: Option<&'static str>,
    /// What `--baseline` says of it.
    pub(crate) baseline: Option<Side>,
}

/// Where the facts come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A snapshot from a file, or that of a Terraform plan.
    Stored(Box<Stored>),
    /// A snapshot that is read from its file when its turn comes: one of several.
    File(PathBuf),
    /// AWS.
    Live(Box<Settings>),
}

/// Facts that come from a file.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) snapshot: Snapshot,
    /// What is to be said of them, where they are those of a Terraform plan.
    pub(crate) plan_context: PlanContext,
}

impl Target {
    /// Has the data in the bucket looked at as well.
    pub(crate) fn ask_for_data(&mut self, expectation: DataExpectation) {
        if let Source::Live(settings) = &mut self.source {
            settings.evidence = Some(Evidence::of(&self.connection));
        }
        self.connection.data = Some(expectation);
    }
}

impl Plan {
    /// How much time there is for one bucket: as much as for all, counted from the beginning of the run.
    pub(crate) fn patience(&self, target: &Target) -> Patience {
        let usual = target.connection.variant.rules().data.window.unsigned_abs();
        let watch = self.patience.watch.map(|watch| Watch { window: watch.window.or(Some(usual)), ..watch });
        Patience { watch, ..self.patience }
    }
}
