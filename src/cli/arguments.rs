//! The options in groups, as clap reads them: those of the check, which other commands share where they make sense.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction};
use stc_check::names::{AccountId, Arn, BucketName, KeyArn};
use stc_check::render::Format;
use stc_check::report::waiver::Waiver;
use stc_check::report::{CheckId, FailOn};
use stc_check::vendor::{Connection, ExportPath, Variant, Writer};

use super::error::Error;
use super::organization_policy;
use super::{format, parse};

/// Everything that the check takes.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(mut_arg("bucket", repeatable_bucket), mut_arg("snapshot", repeatable))]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) connection: ConnectionArguments,
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    pub(crate) probe: ProbeArguments,
    #[command(flatten)]
    pub(crate) data: DataArguments,
    #[command(flatten)]
    pub(crate) many: ManyArguments,
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
    /// Send no request over plain HTTP, which is made to see it refused
    #[arg(long, env = "STC_CHECK_NO_PLAIN_HTTP", value_parser = BoolishValueParser::new())]
    pub(crate) no_plain_http: bool,
}

/// Evidence that data flows.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The data")]
pub(crate) struct DataArguments {
    /// Look at the data in the bucket too: whether it flows, how it is encrypted, whether AWS recorded Sailthru at work
    #[arg(long, env = "STC_CHECK_DATA", value_parser = BoolishValueParser::new())]
    pub(crate) data: bool,
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
    pub(crate) format: Vec<&'static dyn Format>,
    /// Write the report of the --format before into a file instead of to stdout
    #[arg(long, env = "STC_CHECK_OUTPUT", value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
    /// What makes the exit code 1
    #[arg(long, env = "STC_CHECK_FAIL_ON", value_name = "STATUS", default_value = "fail", value_parser = parse::fail_on())]
    pub(crate) fail_on: FailOn,
    /// Judge and show only this check (repeatable)
    #[arg(long, env = "STC_CHECK_ONLY", value_name = "ID", value_delimiter = ',', value_parser = CheckId::parse)]
    pub(crate) only: Vec<CheckId>,
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

/// What the owner expects.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The connection")]
pub(crate) struct ConnectionArguments {
    /// The bucket: `NAME`, `s3://NAME` or `arn:aws:s3:::NAME`
    #[arg(long, env = "STC_CHECK_BUCKET", value_name = "NAME", value_parser = BucketName::parse)]
    pub(crate) bucket: Option<BucketName>,
    /// The key that the default encryption is expected to name, by its full ARN
    #[arg(long, env = "STC_CHECK_KMS_KEY", value_name = "ARN", value_parser = KeyArn::parse)]
    kms_key: Option<KeyArn>,
    /// What the bucket is connected to
    #[arg(long, env = "STC_CHECK_VARIANT", default_value = "joint", value_parser = parse::variant())]
    variant: Variant,
    /// The path agreed with Sailthru for Data Exporter, such as reports/sailthru/
    #[arg(long, env = "STC_CHECK_EXPORT_PATH", value_name = "PATH", value_parser = parse::export_path)]
    export_path: Option<String>,
    /// Who writes, in place of the vendor's usual principals (repeatable)
    #[arg(long, env = "STC_CHECK_PRINCIPAL", value_name = "ARN", value_delimiter = ' ', value_parser = Writer::parse)]
    principal: Vec<Writer>,
    /// The account that is expected to own the bucket
    #[arg(long, env = "STC_CHECK_EXPECTED_BUCKET_OWNER", value_name = "ACCOUNT", value_parser = AccountId::parse)]
    pub(crate) expected_bucket_owner: Option<AccountId>,
    /// Judge this resource control policy of your organization as well (repeatable): the document, or what `aws
    /// organizations describe-policy` prints
    #[arg(long, env = "STC_CHECK_ORGANIZATION_POLICY", value_name = "FILE", value_delimiter = '\n')]
    organization_policy: Vec<PathBuf>,
    /// Judge a stored snapshot: no network, no credentials
    #[arg(long, env = "STC_CHECK_SNAPSHOT", value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Judge the bucket of a Terraform plan before it is applied: what `terraform show -json PLAN` prints; no network, no credentials
    #[arg(long, env = "STC_CHECK_TERRAFORM_PLAN", value_name = "FILE")]
    pub(crate) terraform_plan: Option<PathBuf>,
}

impl ConnectionArguments {
    /// The connection of this bucket.
    ///
    /// # Errors
    /// When an export path is given for Event Stream, which writes anywhere.
    pub(crate) fn connection(self, bucket: BucketName) -> Result<Connection, Error> {
        let Self { kms_key, variant, export_path, principal, expected_bucket_owner, organization_policy, .. } = self;
        if variant.rules().export_path == ExportPath::None && export_path.is_some() {
            return Err(Error::new(format!(
                "`--export-path` contradicts `--variant {variant}`: Event Stream writes anywhere in the bucket",
            ))
            .help("leave the path out, or give `--variant data-exporter` or `--variant joint`"));
        }
        let policies = organization_policy.iter().map(|path| organization_policy::read(path));
        let organization_policies = policies.collect::<Result<Vec<_>, _>>()?;
        let mut principals: Vec<Writer> = Vec::new();
        for writer in principal {
            if !principals.contains(&writer) {
                principals.push(writer);
            }
        }
        Ok(Connection {
            bucket,
            variant,
            export_path,
            principals,
            kms_key,
            expected_owner: expected_bucket_owner,
            organization_policies,
            data: None,
        })
    }
}

/// Options that say how AWS is reached.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArguments {
    /// The bucket's region, where you know it: saves a request
    #[arg(long, env = "STC_CHECK_REGION", value_name = "REGION", value_parser = parse::region)]
    pub(crate) region: Option<String>,
    /// The profile to take credentials from
    #[arg(long, env = "STC_CHECK_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Send every request here instead of to AWS
    #[arg(long, env = "STC_CHECK_ENDPOINT_URL", value_name = "URL", value_parser = parse::endpoint)]
    pub(crate) endpoint_url: Option<String>,
}

/// Several buckets in one run.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Many buckets")]
pub(crate) struct ManyArguments {
    /// How many buckets to check at a time
    #[arg(long, env = "STC_CHECK_JOBS", value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Check the connections that this TOML file lists, with its waivers; --bucket then selects among them
    #[arg(long, env = "STC_CHECK_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

impl ManyArguments {
    pub(crate) fn jobs(&self) -> usize {
        usize::from(self.jobs)
    }
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
