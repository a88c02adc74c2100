//! `stc-check permissions`: the least IAM policy for the role that runs the check, ready for `aws iam put-role-policy`.

use clap::builder::BoolishValueParser;
use stc_check::checks::Case;
use stc_check::fix::permissions::{Occasion, Probe, identity_policy};
use stc_check::names::Arn;
use stc_check::snapshot::Snapshot;

use super::arguments::{BucketArgument, ConnectionArguments};
use super::console::Console;
use super::error::Error;
use super::{parse, source, terraform_plan};

const HEADING: &str = "What the policy is for";

const EXAMPLES: &str = "Examples:\n  \
    stc-check permissions acme-exports             to run the check\n  \
    stc-check permissions acme-exports --no-probe  without the test object\n  \
    stc-check permissions acme-exports --watch     to run `stc-check watch`";

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    name: BucketArgument,
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The bucket's Region, if it is in another partition
    #[arg(long, env = "STC_CHECK_REGION", value_name = "REGION", value_parser = parse::region, help_heading = HEADING)]
    region: Option<String>,
    /// For a check that only reads
    #[arg(long, env = "STC_CHECK_NO_PROBE", value_parser = BoolishValueParser::new(), help_heading = HEADING)]
    no_probe: bool,
    /// The role that the test upload is made as; that role needs the rights itself
    #[arg(long, env = "STC_CHECK_PROBE_ROLE_ARN", value_name = "ARN", value_parser = parse::role, help_heading = HEADING)]
    probe_role_arn: Option<Arn>,
    /// For a check with --data
    #[arg(long, env = "STC_CHECK_DATA", value_parser = BoolishValueParser::new(), help_heading = HEADING)]
    data: bool,
    /// For `stc-check watch`, which only looks
    #[arg(long, env = "STC_CHECK_WATCH", value_parser = BoolishValueParser::new(), conflicts_with_all = ["data", "probe_role_arn"], help_heading = HEADING)]
    watch: bool,
}

/// Prints the policy.
///
/// # Errors
/// When no bucket is given, or options contradict each other.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<u8, Error> {
    let Arguments { name, connection, region, no_probe, probe_role_arn, data, watch } = arguments;
    if no_probe && probe_role_arn.is_some() {
        return Err(Error::contradiction("--no-probe", "--probe-role-arn", "the role is only used by the probe"));
    }
    let connection = connection.named(name);
    let (bucket, stored) = source::source(&connection, region.as_deref())?;
    terraform_plan::refuse_nameless(&bucket, "give the bucket's name once the plan is applied")?;
    let connection = connection.connection(bucket)?;
    let region = region.or_else(|| stored.and_then(|stored| stored.snapshot.region));
    let snapshot = Snapshot::new(connection.bucket.as_str(), region.as_deref(), jiff::Timestamp::UNIX_EPOCH);
    let role = probe_role_arn.map(|arn| arn.to_string());
    let probe = match &role {
        _ if no_probe => Probe::None,
        Some(role) => Probe::Role(role),
        None => Probe::Caller,
    };
    let occasion = match (watch, data) {
        (true, _) => Occasion::Watch,
        (false, true) => Occasion::CheckWithData,
        (false, false) => Occasion::Check,
    };
    let case = Case::new(&connection, &snapshot, None);
    console.print(&format!("{:#}\n", identity_policy(&case, &probe, occasion)))?;
    Ok(0)
}
