//! The options in groups, as clap reads them: those of the check, which other commands share where they make sense.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction};
use stc_check::names::Arn;
use stc_check::render::Format;
use stc_check::report::FailOn;
use stc_check::report::waiver::Waiver;

use super::ids::{IdParser, Selected};
use super::{format, parse};

mod connection;

pub(crate) use connection::{BucketArgument, ConnectionArguments};

/// Everything that the check takes.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(mut_arg("bucket", repeatable_bucket), mut_arg("snapshot", repeatable))]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) name: BucketArgument,
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) probe: ProbeArguments,
    /// How many buckets to check at a time
    #[arg(long, env = "STC_CHECK_JOBS", hide_short_help = true, value_name = "NUMBER", default_value_t = 4, value_parser = parse::jobs, help_heading = MANY)]
    pub(crate) jobs: usize,
    /// Check the connections that this TOML file lists, with its waivers; --bucket then selects among them
    #[arg(long, env = "STC_CHECK_CONFIG", value_name = "FILE", help_heading = MANY)]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) input: InputArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
    /// Check again until everything passes or this time is up, such as 10m: policy changes take a while to take effect
    #[arg(long, env = "STC_CHECK_WAIT", hide_short_help = true, value_name = "DURATION", value_parser = parse::duration, help_heading = TIME)]
    pub(crate) wait: Option<Duration>,
    /// How long the whole run may take, such as 90s; what is known by then is reported
    #[arg(long, env = "STC_CHECK_TIMEOUT", hide_short_help = true, value_name = "DURATION", value_parser = parse::duration, help_heading = TIME)]
    pub(crate) timeout: Option<Duration>,
}

/// What says how a bucket is checked: a connection of `--config` may have it, too.
#[derive(Debug, Clone, clap::Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) probe: ProbeArguments,
    #[command(flatten)]
    pub(crate) previews: PreviewArguments,
}

/// What is done live: the upload and delete, and a look at the data.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The probe")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct ProbeArguments {
    /// Only read: do not upload and delete a test object
    #[arg(long, env = "STC_CHECK_NO_PROBE", value_parser = BoolishValueParser::new())]
    pub(crate) no_probe: bool,
    /// Assume this role for the test upload, to try it from another account
    #[arg(long, env = "STC_CHECK_PROBE_ROLE_ARN", hide_short_help = true, value_name = "ARN", value_parser = parse::role)]
    pub(crate) probe_role_arn: Option<Arn>,
    /// The external id that the role's trust policy asks for
    #[arg(long, env = "STC_CHECK_EXTERNAL_ID", hide_short_help = true, value_name = "ID", value_parser = parse::external_id)]
    pub(crate) external_id: Option<String>,
    /// Try a multipart upload too
    #[arg(long, env = "STC_CHECK_PROBE_MULTIPART", hide_short_help = true, value_parser = BoolishValueParser::new())]
    pub(crate) probe_multipart: bool,
    /// Do not send the plain HTTP request that S3 should reject
    #[arg(long, env = "STC_CHECK_NO_PLAIN_HTTP", hide_short_help = true, value_parser = BoolishValueParser::new())]
    pub(crate) no_plain_http: bool,
    /// Look at the data in the bucket too: whether it flows, how it is encrypted, whether AWS recorded Sailthru at work
    #[arg(long, env = "STC_CHECK_DATA", value_parser = BoolishValueParser::new(), help_heading = DATA)]
    pub(crate) data: bool,
}

const DATA: &str = "The data";
const MANY: &str = "Many buckets";
const TIME: &str = "Time";

/// Files that take the place of what would be read, or keep it.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Snapshots and previews")]
pub(crate) struct InputArguments {
    /// Save everything that was read in a file, for --snapshot
    #[arg(long, env = "STC_CHECK_SAVE_SNAPSHOT", hide_short_help = true, value_name = "FILE")]
    pub(crate) save_snapshot: Option<PathBuf>,
    /// Replace account ids, key ids and names in the file of --save-snapshot; Sailthru's are kept
    #[arg(long, env = "STC_CHECK_REDACT", hide_short_help = true, value_parser = BoolishValueParser::new())]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) previews: PreviewArguments,
}

/// Documents to judge in place of the ones in force.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(crate) struct PreviewArguments {
    /// Check this bucket policy instead of the one in force
    #[arg(long, env = "STC_CHECK_BUCKET_POLICY", hide_short_help = true, value_name = "FILE")]
    pub(crate) bucket_policy: Option<PathBuf>,
    /// Check this key policy instead of the one in force
    #[arg(long, env = "STC_CHECK_KEY_POLICY", hide_short_help = true, value_name = "FILE")]
    pub(crate) key_policy: Option<PathBuf>,
}

/// What is shown, how and where.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The report")]
pub(crate) struct ReportArguments {
    /// The format of the report (repeatable, each with its own --output)
    #[arg(long, env = "STC_CHECK_FORMAT", default_value = "text", value_delimiter = ',', value_parser = format::parser())]
    pub(crate) format: Vec<&'static dyn Format>,
    /// Write the report into this file, in the --format before it, else in that of its ending (repeatable)
    #[arg(short, long, env = "STC_CHECK_OUTPUT", value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, env = "STC_CHECK_FAIL_ON", hide_short_help = true, value_name = "STATUS", default_value = "fail", value_parser = parse::fail_on())]
    pub(crate) fail_on: FailOn,
    /// Check only this: an id, or the word before its dot, such as `kms` (repeatable)
    #[arg(long, env = "STC_CHECK_ONLY", value_name = "ID", value_delimiter = ',', hide_possible_values = true, value_parser = IdParser { families: true })]
    pub(crate) only: Vec<Selected>,
    /// Waive a check, with the reason that the report shows (repeatable)
    #[arg(long, env = "STC_CHECK_SKIP", value_name = "ID=REASON", value_delimiter = '\n', value_parser = parse::waiver)]
    pub(crate) skip: Vec<Waiver>,
    /// Compare with this earlier report of the same buckets (--format json), and fail only for what became worse
    #[arg(long, env = "STC_CHECK_BASELINE", hide_short_help = true, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
}

/// Options that say how AWS is reached.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArguments {
    /// The bucket's Region, if you know it: saves a request
    #[arg(long, env = "STC_CHECK_REGION", hide_short_help = true, value_name = "REGION", value_parser = parse::region)]
    pub(crate) region: Option<String>,
    /// The AWS profile to take credentials from
    #[arg(short, long, env = "STC_CHECK_PROFILE", value_name = "NAME", value_parser = parse::profile)]
    pub(crate) profile: Option<String>,
    /// Send every request here instead of to AWS
    #[arg(long, env = "STC_CHECK_ENDPOINT_URL", hide_short_help = true, value_name = "URL", value_parser = parse::endpoint)]
    pub(crate) endpoint_url: Option<String>,
}

/// Lets an option of one value take several.
pub(crate) fn repeatable(arg: Arg) -> Arg {
    let help = arg.get_help().map(|help| format!("{help} (repeatable)")).unwrap_or_default();
    arg.action(ArgAction::Append).help(help)
}

/// The same for `--bucket`, whose variable holds several names with spaces between them.
pub(crate) fn repeatable_bucket(arg: Arg) -> Arg {
    repeatable(arg).value_delimiter(' ')
}
