//! The check: gather, judge, print, and exit with what the report says.

use clap::ArgMatches;
use stc_check::aws::LiveRun;

use super::arguments::CheckArguments;
use super::console::Console;
use super::error::Error;
use super::judge::{judge, judge_live, judge_stored};
use super::live::Ended;
use super::plan::{Plan, Source};
use super::publisher::Publisher;
use super::source::stored;
use super::{build, live, many};

/// Runs the check.
///
/// # Errors
/// When the command line or a file is unusable, or there are no credentials: nothing was checked.
pub(crate) fn run(arguments: CheckArguments, matches: &ArgMatches, console: &Console) -> Result<u8, Error> {
    run_plan(&build::plan(arguments, matches)?, console)
}

/// Runs a plan.
///
/// # Errors
/// When there are no credentials, or a file cannot be written.
pub(crate) fn run_plan(plan: &Plan, console: &Console) -> Result<u8, Error> {
    let [target] = plan.targets.as_slice() else { return many::run(plan, console) };
    let mut publisher = Publisher::begin(plan, console)?;
    let (report, exit) = match &target.source {
        Source::Stored(stored) => {
            publisher.save(&stored.snapshot)?;
            (judge_stored(target, stored), None)
        }
        Source::File(path) => {
            let (_, snapshot) = stored(path, None)?;
            publisher.save(&snapshot)?;
            (judge(target, &snapshot, None, None), None)
        }
        Source::Live(settings) => {
            let judged = |gathered: &LiveRun| judge_live(target, gathered);
            let Ended { gathered, exit } = live::gather(settings, plan.patience(target), judged, console)?;
            if let Some(left) = &gathered.left_behind {
                console.note(left);
            }
            publisher.save(&gathered.snapshot)?;
            (judged(&gathered), exit)
        }
    };
    publisher.alone(&report)?;
    Ok(exit.unwrap_or_else(|| report.exit(plan.patience.fail_on)))
}
