//! The check: gather, judge, print, and exit with what the report says.

use std::path::PathBuf;
use std::time::Duration;

use clap::ArgMatches;
use clap::builder::BoolishValueParser;
use stc_check::aws::{Gathered, Settings};
use stc_check::checks::{self, Case};
use stc_check::names::Arn;
use stc_check::redact::Redactor;
use stc_check::report::{FailOn, Report, waiver::Waiver};
use stc_check::snapshot::Snapshot;
use stc_check::snapshot::observations::Live;

use super::connection::{self, AwsArguments};
use super::console::Console;
use super::error::Error;
use super::file::{Destination, Growing};
use super::format::{self, Format, Publication};
use super::plan::{Plan, Source, Stored, Target, stored};
use super::{live, many, parse};

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(mut_arg("bucket", many::repeatable_bucket), mut_arg("snapshot", many::repeatable))]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) connection: connection::Arguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) probe: ProbeArguments,
    #[command(flatten)]
    pub(crate) many: many::Arguments,
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
    #[command(flatten)]
    pub(crate) time: TimeArguments,
}

/// The live upload and delete.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The probe")]
pub(crate) struct ProbeArguments {
    /// Only read: upload and delete nothing
    #[arg(long, env = "STC_CHECK_NO_PROBE", value_parser = BoolishValueParser::new())]
    pub(crate) no_probe: bool,
    /// Assume this role for the probe, to try as an outsider of the account
    #[arg(long, env = "STC_CHECK_PROBE_ROLE_ARN", value_name = "ARN", value_parser = parse::role)]
    pub(crate) probe_role_arn: Option<Arn>,
    /// What the role's trust policy asks for in `sts:ExternalId`
    #[arg(long, env = "STC_CHECK_EXTERNAL_ID", value_name = "ID", value_parser = parse::external_id)]
    pub(crate) external_id: Option<String>,
    /// Try a multipart upload too
    #[arg(long, env = "STC_CHECK_PROBE_MULTIPART", value_parser = BoolishValueParser::new())]
    pub(crate) probe_multipart: bool,
}

/// Files that take the place of what would be read, or keep it.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Snapshots and previews")]
pub(crate) struct InputArguments {
    /// Keep everything that was read, for --snapshot
    #[arg(long, env = "STC_CHECK_SAVE_SNAPSHOT", value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,
    /// Replace account ids and names in the file of --save-snapshot, each by the same stand-in; the vendor's stay
    #[arg(long, env = "STC_CHECK_REDACT", value_parser = BoolishValueParser::new())]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) previews: PreviewArguments,
}

/// Documents to judge in place of the ones in force.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct PreviewArguments {
    /// Judge this bucket policy instead of the one in force
    #[arg(long, env = "STC_CHECK_BUCKET_POLICY", value_name = "FILE")]
    pub(crate) bucket_policy: Option<PathBuf>,
    /// Judge this key policy instead of the one in force
    #[arg(long, env = "STC_CHECK_KEY_POLICY", value_name = "FILE")]
    pub(crate) key_policy: Option<PathBuf>,
}

/// What is shown, how and where.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The report")]
pub(crate) struct ReportArguments {
    /// The form of the report (repeatable, each with its own --output)
    #[arg(long, env = "STC_CHECK_FORMAT", default_value = "text", value_delimiter = ',', value_parser = format::parser())]
    pub(crate) format: Vec<&'static Format>,
    /// Write the report of the --format before into a file instead of to stdout
    #[arg(long, env = "STC_CHECK_OUTPUT", value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, env = "STC_CHECK_FAIL_ON", value_name = "STATUS", default_value = "fail", value_parser = parse::fail_on())]
    pub(crate) fail_on: FailOn,
    /// Judge and show only this check (repeatable)
    #[arg(long, env = "STC_CHECK_ONLY", value_name = "ID", value_delimiter = ',', value_parser = parse::check_id)]
    pub(crate) only: Vec<String>,
    /// Waive a check and show why (repeatable)
    #[arg(long, env = "STC_CHECK_SKIP", value_name = "ID=REASON", value_delimiter = '\n', value_parser = parse::waiver)]
    pub(crate) skip: Vec<Waiver>,
}

/// How long.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Time")]
pub(crate) struct TimeArguments {
    /// Read again until all passes or this time is up, such as 10m: changed policies take a while to spread
    #[arg(long, env = "STC_CHECK_WAIT", value_name = "DURATION", value_parser = parse::duration)]
    pub(crate) wait: Option<Duration>,
    /// The longest that the whole run may take, such as 90s; what is known by then is reported
    #[arg(long, env = "STC_CHECK_TIMEOUT", value_name = "DURATION", value_parser = parse::duration)]
    pub(crate) timeout: Option<Duration>,
}

/// Runs the check.
///
/// # Errors
/// When the command line or a file is unusable, or there are no credentials: nothing was checked.
pub(crate) fn run(arguments: Arguments, matches: &ArgMatches, console: &Console) -> Result<u8, Error> {
    let plan = Plan::new(arguments, matches)?;
    let [target] = plan.targets.as_slice() else { return many::run(plan, console) };
    let mut files = Files::begin(&plan)?;
    let report = match &target.source {
        Source::Stored(stored) => {
            files.save(&plan, &stored.snapshot)?;
            judge_stored(target, stored)
        }
        Source::File(path) => {
            let (_, snapshot) = stored(path, None)?;
            files.save(&plan, &snapshot)?;
            judge(target, &snapshot, None, None)
        }
        Source::Live(settings) => look(&plan, target, settings, &mut files, console)?,
    };
    files.publish(&plan, &report, console)?;
    Ok(report.exit(plan.fail_on))
}

/// Asks AWS, and judges what it said.
fn look(
    plan: &Plan,
    target: &Target,
    settings: &Settings,
    files: &mut Files,
    console: &Console,
) -> Result<Report, Error> {
    let judged = |gathered: &Gathered| judge_live(target, gathered);
    let gathered = live::gather(settings, plan.patience(), judged, console)?;
    if let Some(left) = &gathered.left_behind {
        console.note(left);
    }
    files.save(plan, &gathered.snapshot)?;
    Ok(judged(&gathered))
}

/// Everything that will be written, begun before anything is asked: what cannot be written is found out while nothing
/// is done yet. All files take their places together at the end, or none does.
struct Files {
    snapshot: Option<Growing>,
    /// One for each publication; none for stdout.
    reports: Vec<Option<Growing>>,
}

impl Files {
    fn begin(plan: &Plan) -> Result<Self, Error> {
        let outputs = || plan.publications.iter().map(|publication| publication.output.as_ref());
        let all: Vec<&Destination> = outputs().chain([plan.save_snapshot.as_ref()]).flatten().collect();
        format::refuse_same(&all)?;
        let begin = |file: Option<&Destination>| file.map(Destination::begin).transpose();
        Ok(Self {
            snapshot: begin(plan.save_snapshot.as_ref())?,
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
            let render = |screen| (format.render)(report, screen, plan.fail_on);
            match file {
                Some(file) => file.push(&render(console.page())?)?,
                None => console.print(&render(console.screen())?)?,
            }
        }
        let mut written: Vec<Growing> = self.reports.into_iter().chain([self.snapshot]).flatten().collect();
        written.iter_mut().try_for_each(Growing::settle)?;
        written.into_iter().try_for_each(Growing::finish)
    }
}

/// Judges what a file says, and shows of it what may be shown.
pub(super) fn judge_stored(target: &Target, stored: &Stored) -> Report {
    let Stored { snapshot, plan_context } = stored;
    let report = judge(target, snapshot, None, plan_context.notice());
    plan_context.adapt(plan_context.settle(report, |bound| judge(target, bound, None, None)))
}

/// Judges what was read and done live.
pub(super) fn judge_live(target: &Target, gathered: &Gathered) -> Report {
    judge(target, &gathered.snapshot, Some(&gathered.live), gathered.notice.clone())
}

/// Judges a snapshot as the command line and the configuration want it judged.
pub(super) fn judge(target: &Target, snapshot: &Snapshot, live: Option<&Live>, notice: Option<String>) -> Report {
    let mut snapshot = snapshot.clone();
    target.previews.apply(&mut snapshot);
    let mut report = checks::judge(&Case { connection: &target.connection, snapshot: &snapshot, live });
    target.previews.name_files(&mut report.documents);
    report.subject.name.clone_from(&target.name);
    let notice = [notice, target.previews.notice()].into_iter().flatten().collect::<Vec<_>>().join("; ");
    target.selection.apply(Report { notice: Some(notice).filter(|notice| !notice.is_empty()), ..report })
}
