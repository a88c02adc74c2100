//! `stc-check watch`: looks at the data in the bucket again and again, until it flows or the time is over.

use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgMatches};
use stc_check::vendor::DataExpectation;

use super::arguments::CheckArguments;
use super::console::Console;
use super::contradictions::refuse_pairs;
use super::error::Error;
use super::patience::Watch;
use super::source::NO_BUCKET;
use super::{build, check, parse};

const EXAMPLES: &str = "Examples:\n  \
    stc-check watch acme-exports             wait for data, up to 3 hours\n  \
    stc-check watch acme-exports --once      look once\n  \
    stc-check watch acme-exports --since 1h  count only files of the last hour";

/// What was typed. The options of the check that would act or judge something else are refused.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = EXAMPLES, mut_args(without_what_is_not_watched))]
pub(crate) struct Arguments {
    #[command(flatten)]
    check: CheckArguments,
    #[command(flatten)]
    watch: WatchArguments,
}

/// Nothing is written, judged or kept, so that the options for it say nothing here.
fn without_what_is_not_watched(arg: Arg) -> Arg {
    let heading = arg.get_help_heading().unwrap_or_default();
    let says_nothing = ["The probe", "The data", "Snapshots and previews"].contains(&heading)
        || ["snapshot", "terraform_plan", "wait", "baseline"].contains(&arg.get_id().as_str());
    if says_nothing { arg.hide(true) } else { arg }
}

/// For how long to watch, and what counts as new.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Watching")]
struct WatchArguments {
    /// Look once, report, exit
    #[arg(long, env = "STC_CHECK_ONCE", value_parser = BoolishValueParser::new())]
    once: bool,
    /// How long to wait for data [default: 3h, for data-exporter 48h]
    #[arg(long = "for", env = "STC_CHECK_FOR", value_name = "DURATION", value_parser = parse::duration)]
    window: Option<Duration>,
    /// How often to look, at least every 30s
    #[arg(long, env = "STC_CHECK_EVERY", value_name = "DURATION", value_parser = parse::interval)]
    every: Option<Duration>,
    /// How young the newest file must be [default: 2h, for data-exporter 36h]
    #[arg(long, env = "STC_CHECK_FRESH", value_name = "DURATION", value_parser = parse::duration)]
    fresh: Option<Duration>,
    /// Count only files written since then: a time such as 2026-11-26T07:00Z, or how long ago, such as 90m
    #[arg(long, env = "STC_CHECK_SINCE", value_name = "TIME", value_parser = parse::since)]
    since: Option<jiff::Timestamp>,
}

const EVERY: Duration = Duration::from_mins(5);

/// Watches.
///
/// # Errors
/// When options contradict each other, or there are no credentials.
pub(crate) fn run(arguments: Arguments, matches: &ArgMatches, console: &Console) -> Result<u8, Error> {
    let Arguments { mut check, watch } = arguments;
    refuse(&check, &watch)?;
    let data = DataExpectation {
        fresh: watch.fresh.and_then(|fresh| fresh.try_into().ok()),
        since: watch.since,
        watched: true,
    };
    check.probe.no_probe = true;
    let mut plan = build::plan(check, matches).map_err(|error| {
        // The files that the check takes in place of a bucket show no data.
        if error.message == NO_BUCKET {
            error.help("name it, like `stc-check watch acme-exports`, or give a file with `--config`")
        } else {
            error
        }
    })?;
    for target in &mut plan.targets {
        target.ask_for_data(data.clone());
    }
    let every = (!watch.once).then(|| watch.every.unwrap_or(EVERY));
    plan.patience.watch = Some(Watch { every, window: watch.window });
    check::run_plan(&plan, console)
}

fn refuse(check: &CheckArguments, watch: &WatchArguments) -> Result<(), Error> {
    let previews = &check.input.previews;
    let pairs = [
        (watch.once && watch.window.is_some(), "--once", "--for", "a single look waits for nothing"),
        (watch.once && watch.every.is_some(), "--once", "--every", "a single look is not repeated"),
        (
            check.connection.snapshot.is_some(),
            "watch",
            "--snapshot",
            "a stored snapshot does not show whether data flows",
        ),
        (check.connection.terraform_plan.is_some(), "watch", "--terraform-plan", "a plan holds no data"),
        (previews.bucket_policy.is_some(), "watch", "--bucket-policy", "no policy is judged"),
        (previews.key_policy.is_some(), "watch", "--key-policy", "no policy is judged"),
        (check.wait.is_some(), "watch", "--wait", "`--for` says how long to watch"),
        (check.probe.probe_role_arn.is_some(), "watch", "--probe-role-arn", "nothing is uploaded"),
        (check.probe.probe_multipart, "watch", "--probe-multipart", "nothing is uploaded"),
        (check.report.baseline.is_some(), "watch", "--baseline", "it asks whether data flows now, not what changed"),
        (check.input.save_snapshot.is_some(), "watch", "--save-snapshot", "a look at the data is not kept"),
    ];
    refuse_pairs(pairs)
}
