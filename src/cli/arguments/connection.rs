//! What the owner expects of which bucket, and what the commands of a report are given of it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use stc_check::names::{AccountId, BucketName, KeyArn};
use stc_check::policy::{Document, DocumentKind};
use stc_check::text::not_json::not_json;
use stc_check::vendor::{Connection, ExportPath, OrganizationPolicy, Variant, Writer};

use super::{AwsArguments, PreviewArguments};
use crate::cli::error::Error;
use crate::cli::{file, parse};

/// The bucket without an option's name before it.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The connection")]
pub(crate) struct BucketArgument {
    /// The bucket: `NAME`, `s3://NAME` or `arn:aws:s3:::NAME`
    #[arg(value_name = "BUCKET", value_parser = parse::bucket, conflicts_with = "bucket")]
    pub(crate) bucket_name: Option<BucketName>,
}

/// What the owner expects.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "The connection")]
pub(crate) struct ConnectionArguments {
    /// The bucket: `NAME`, `s3://NAME` or `arn:aws:s3:::NAME`
    #[arg(short, long, env = "STC_CHECK_BUCKET", value_name = "NAME", value_parser = BucketName::parse)]
    pub(crate) bucket: Option<BucketName>,
    /// The full ARN of the key that you expect in the default encryption
    #[arg(long, env = "STC_CHECK_KMS_KEY", value_name = "ARN", value_parser = KeyArn::parse)]
    kms_key: Option<KeyArn>,
    /// Which part of Sailthru Connect writes into the bucket
    #[arg(long, env = "STC_CHECK_VARIANT", default_value = "joint", value_parser = parse::variant())]
    variant: Variant,
    /// The path agreed with Sailthru for Data Exporter, such as reports/sailthru/
    #[arg(long, env = "STC_CHECK_EXPORT_PATH", value_name = "PATH", value_parser = parse::export_path)]
    export_path: Option<String>,
    /// The principal to check instead of Sailthru's own (repeatable)
    #[arg(long, env = "STC_CHECK_PRINCIPAL", hide_short_help = true, value_name = "ARN", value_delimiter = ' ', value_parser = Writer::parse)]
    principal: Vec<Writer>,
    /// The account that you expect to own the bucket
    #[arg(long, env = "STC_CHECK_EXPECTED_BUCKET_OWNER", hide_short_help = true, value_name = "ACCOUNT", value_parser = AccountId::parse)]
    pub(crate) expected_bucket_owner: Option<AccountId>,
    /// Judge this resource control policy of your organization as well (repeatable): the document, or what `aws
    /// organizations describe-policy` prints
    #[arg(
        long,
        env = "STC_CHECK_ORGANIZATION_POLICY",
        hide_short_help = true,
        value_name = "FILE",
        value_delimiter = '\n'
    )]
    organization_policy: Vec<PathBuf>,
    /// Check a stored snapshot: no network, no credentials
    #[arg(long, env = "STC_CHECK_SNAPSHOT", value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// Check the bucket of a Terraform plan before it is applied (`terraform show -json PLAN`): no network, no credentials
    #[arg(long, env = "STC_CHECK_TERRAFORM_PLAN", hide_short_help = true, value_name = "FILE")]
    pub(crate) terraform_plan: Option<PathBuf>,
}

impl ConnectionArguments {
    /// With the bucket that was named without `--bucket`, where one was.
    pub(crate) fn named(self, BucketArgument { bucket_name }: BucketArgument) -> Self {
        Self { bucket: bucket_name.or(self.bucket), ..self }
    }

    /// What the commands of a report are to be given as well, so that they look at the same facts: word by word.
    pub(crate) fn reach(&self, aws: &AwsArguments, previews: &PreviewArguments) -> Vec<String> {
        let options = [
            ("--region", aws.region.clone()),
            ("--profile", aws.profile.clone()),
            ("--endpoint-url", aws.endpoint_url.clone()),
        ];
        let files = self.files(previews).map(|(name, path)| {
            let saved = || file_for(name).to_owned();
            (name, Some(if path.as_os_str() == "-" { saved() } else { path.display().to_string() }))
        });
        let given = options.into_iter().chain(files).filter_map(|(name, value)| Some([name.to_owned(), value?]));
        given.flatten().collect()
    }

    /// What has to be saved to a file before the commands of a report can read it, where it came on standard input.
    pub(crate) fn to_save(&self, previews: &PreviewArguments) -> Option<&'static str> {
        self.files(previews).find(|(_, path)| path.as_os_str() == "-").map(|(name, _)| file_for(name))
    }

    /// Every file that is read, by its option.
    fn files<'a>(&'a self, previews: &'a PreviewArguments) -> impl Iterator<Item = (&'static str, &'a PathBuf)> {
        let single = [
            ("--snapshot", &self.snapshot),
            ("--terraform-plan", &self.terraform_plan),
            ("--bucket-policy", &previews.bucket_policy),
            ("--key-policy", &previews.key_policy),
        ];
        let single = single.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?)));
        single.chain(self.organization_policy.iter().map(|path| ("--organization-policy", path)))
    }

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
        let policies = organization_policy.iter().map(|path| resource_control_policy(path));
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
            reach: Vec::new(),
            data: None,
        })
    }
}

/// What the commands of a report call a file that came on standard input.
fn file_for(option: &str) -> &'static str {
    match option {
        "--snapshot" => "snapshot.json",
        "--terraform-plan" => "plan.json",
        "--bucket-policy" => "policy.json",
        "--key-policy" => "key-policy.json",
        _ => "organization-policy.json",
    }
}

/// Reads a policy as it is attached, or as `aws organizations describe-policy` prints it.
///
/// # Errors
/// When it is no policy, or one without Principal, which is a service control policy and binds your own principals alone.
fn resource_control_policy(path: &Path) -> Result<OrganizationPolicy, Error> {
    let wrong = |wrong: String| {
        Error::on("read the resource control policy", path.display(), wrong)
            .help("give a resource control policy, or what `aws organizations describe-policy --policy-id p-…` prints")
    };
    let given = file::read(path)?;
    let value: Value = serde_json::from_str(&given).map_err(|error| wrong(not_json(&error)))?;
    let kind = value.pointer("/Policy/PolicySummary/Type").and_then(Value::as_str);
    if kind.is_some_and(|kind| kind != "RESOURCE_CONTROL_POLICY") {
        return Err(wrong(format!("it is a policy of the type {}", kind.unwrap_or_default())));
    }
    let text = value.pointer("/Policy/Content").and_then(Value::as_str).unwrap_or(&given).to_owned();
    let policy: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("its content is {}", not_json(&error))))?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => return Err(wrong("it has no Statement".to_owned())),
    };
    if statements.iter().any(|statement| statement.get("Principal").is_none()) {
        return Err(wrong(
            "a statement has no Principal, so it is a service control policy, which binds your own principals and not \
             Sailthru"
                .to_owned(),
        ));
    }
    Document::parse(&text, DocumentKind::Bucket).map_err(|error| wrong(error.to_string()))?;
    Ok(OrganizationPolicy { name: path.display().to_string(), text })
}
