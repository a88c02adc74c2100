//! What the command line means: every name parsed, every file read, nothing contradictory left.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use stc_check::aws::Settings;
use stc_check::report::FailOn;
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::snapshot::Snapshot;
use stc_check::terraform_plan::PlanContext;
use stc_check::vendor::Connection;

use super::file::Destination;
use super::fix_options::FixOptions;
use super::format::Publication;
use super::live::Patience;
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
    pub(crate) fail_on: FailOn,
    pub(crate) wait: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    /// How many buckets are checked at a time.
    pub(crate) jobs: usize,
    pub(crate) begun: Instant,
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
    /// What `stc-check fix` has to be told beside the connection to find the same facts.
    pub(crate) fix_options: FixOptions,
}

/// Where the facts come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A snapshot from a file, or that of a Terraform plan.
    Stored(Box<Stored>),
    /// A snapshot that is read from its file when its turn comes: one of several.
    File(PathBuf),
    /// AWS.
    Live(Settings),
}

/// Facts that come from a file.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) snapshot: Snapshot,
    /// What is to be said of them, where they are those of a Terraform plan.
    pub(crate) plan_context: PlanContext,
}

impl Plan {
    /// How much time there is for one bucket: as much as for all, counted from the beginning of the run.
    pub(crate) fn patience(&self) -> Patience {
        Patience { wait: self.wait, timeout: self.timeout, fail_on: self.fail_on, begun: self.begun }
    }
}
