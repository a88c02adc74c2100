//! The check: gather, judge, print, and exit with what the report says.

use clap::ArgMatches;
use stc_check::aws::{LiveRun, Settings};
use stc_check::redact::Redactor;
use stc_check::render::Page;
use stc_check::report::Report;
use stc_check::snapshot::Snapshot;

use super::arguments::CheckArguments;
use super::console::Console;
use super::error::Error;
use super::file::{Destination, PendingFile};
use super::format::{self, Publication};
use super::judge::{judge, judge_live, judge_stored};
use super::live::Ended;
use super::plan::{Plan, Source, Target};
use super::source::stored;
use super::{build, live, many};

/// Runs the check.
///
/// # Errors
/// When the command line or a file is unusable, or there are no credentials: nothing was checked.
pub(crate) fn run(arguments: CheckArguments, matches: &ArgMatches, console: &Console) -> Result<u8, Error> {
    run_plan(build::plan(arguments, matches)?, console)
}

/// Runs a plan.
///
/// # Errors
/// When there are no credentials, or a file cannot be written.
pub(crate) fn run_plan(plan: Plan, console: &Console) -> Result<u8, Error> {
    let [target] = plan.targets.as_slice() else { return many::run(plan, console) };
    let mut files = Files::begin(&plan)?;
    let (report, exit) = match &target.source {
        Source::Stored(stored) => {
            files.save(&plan, &stored.snapshot)?;
            (judge_stored(target, stored), None)
        }
        Source::File(path) => {
            let (_, snapshot) = stored(path, None)?;
            files.save(&plan, &snapshot)?;
            (judge(target, &snapshot, None, None), None)
        }
        Source::Live(settings) => look(&plan, target, settings, &mut files, console)?,
    };
    files.publish(&plan, &report, console)?;
    Ok(exit.unwrap_or_else(|| report.exit(plan.fail_on)))
}

/// Asks AWS, and judges what it said.
fn look(
    plan: &Plan,
    target: &Target,
    settings: &Settings,
    files: &mut Files,
    console: &Console,
) -> Result<(Report, Option<u8>), Error> {
    let judged = |gathered: &LiveRun| judge_live(target, gathered);
    let Ended { gathered, exit } = live::gather(settings, plan.patience(target), judged, console)?;
    if let Some(left) = &gathered.left_behind {
        console.note(left);
    }
    files.save(plan, &gathered.snapshot)?;
    Ok((judged(&gathered), exit))
}

/// Everything that will be written, begun before anything is asked: what cannot be written is found out while nothing
/// is done yet. All files take their places together at the end, or none does.
struct Files {
    snapshot: Option<PendingFile>,
    /// One for each publication; none for stdout.
    reports: Vec<Option<PendingFile>>,
}

impl Files {
    fn begin(plan: &Plan) -> Result<Self, Error> {
        let outputs = || plan.publications.iter().map(|publication| publication.output.as_ref());
        let all: Vec<&Destination> = outputs().chain([plan.save_snapshot.as_ref()]).flatten().collect();
        format::refuse_same(&all)?;
        let begin = |file: Option<&Destination>| file.map(Destination::begin).transpose();
        Ok(Self {
            snapshot: plan.save_snapshot.as_ref().map(Destination::begin_private).transpose()?,
            reports: outputs().map(begin).collect::<Result<_, _>>()?,
        })
    }

    fn save(&mut self, plan: &Plan, snapshot: &Snapshot) -> Result<(), Error> {
        let Some(file) = &mut self.snapshot else { return Ok(()) };
        if !plan.redact {
            return file.push(&snapshot.to_json());
        }
        let redacted = Redactor::new(&snapshot.bucket).snapshot(snapshot);
        file.push(&redacted.map_err(|error| Error::new(format!("redacting the snapshot: {error}")))?.to_json())
    }

    fn publish(mut self, plan: &Plan, report: &Report, console: &Console) -> Result<(), Error> {
        for (Publication { format, .. }, file) in plan.publications.iter().zip(&mut self.reports) {
            let render = |screen| {
                format.alone(report, Page { screen, fail_on: plan.fail_on }).map_err(|error| format::unwritable(&error))
            };
            match file {
                Some(file) => file.push(&render(console.page())?)?,
                None => console.print(&render(console.screen())?)?,
            }
        }
        let mut written: Vec<PendingFile> = self.reports.into_iter().chain([self.snapshot]).flatten().collect();
        written.iter_mut().try_for_each(PendingFile::settle)?;
        written.into_iter().try_for_each(PendingFile::finish)
    }
}
