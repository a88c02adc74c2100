//! Options that say which connection is meant, shared by the commands that look at one.

use std::path::PathBuf;

use stc_check::names::{AccountId, BucketName, KeyArn};
use stc_check::vendor::{Connection, ExportPath, Variant, Writer};

use super::{error::Error, parse};

/// What the owner expects.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The connection")]
pub(crate) struct Arguments {
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
    /// Judge a stored snapshot: no network, no credentials
    #[arg(long, env = "STC_CHECK_SNAPSHOT", value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Judge the bucket of a Terraform plan before it is applied: what `terraform show -json PLAN` prints; no network, no credentials
    #[arg(long, env = "STC_CHECK_TERRAFORM_PLAN", value_name = "FILE")]
    pub(crate) terraform_plan: Option<PathBuf>,
}

impl Arguments {
    /// The connection of this bucket.
    ///
    /// # Errors
    /// When an export path is given for Event Stream, which writes anywhere.
    pub(crate) fn connection(self, bucket: BucketName) -> Result<Connection, Error> {
        let Self { kms_key, variant, export_path, principal, expected_bucket_owner, .. } = self;
        if variant.rules().export_path == ExportPath::None && export_path.is_some() {
            return Err(Error::new(format!(
                "`--export-path` contradicts `--variant {variant}`: Event Stream writes anywhere in the bucket",
            ))
            .help("leave the path out, or give `--variant data-exporter` or `--variant joint`"));
        }
        let mut principals: Vec<Writer> = Vec::new();
        for writer in principal {
            if !principals.contains(&writer) {
                principals.push(writer);
            }
        }
        Ok(Connection { bucket, variant, export_path, principals, kms_key, expected_owner: expected_bucket_owner })
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

/// How the AWS CLI is told to reach the same place.
pub(crate) fn cli_options<'a>(profile: Option<&'a str>, endpoint_url: Option<&'a str>) -> Vec<&'a str> {
    let profile = profile.map(|profile| ["--profile", profile]);
    let endpoint_url = endpoint_url.map(|url| ["--endpoint-url", url]);
    profile.into_iter().chain(endpoint_url).flatten().collect()
}
