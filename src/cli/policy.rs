//! `stc-check policy`: the documents that a bucket needs, from the command line alone. Nothing is asked of AWS.

use std::fmt::Write;

use clap::ValueEnum;
use stc_check::checks::Case;
use stc_check::fix::setup::{CommandStyle, Setup, objections, setup};
use stc_check::fix::terraform;
use stc_check::names::{KeyArn, partition_of_region};
use stc_check::snapshot::Snapshot;
use stc_check::text::aws_cli::cli_options;
use stc_check::text::sanitise;
use stc_check::text::shell::Shell;
use stc_check::vendor::documents::{Encryption, KeyReference};
use stc_check::vendor::requests::VendorRequests;
use stc_check::vendor::{Connection, PARTITION};

use super::arguments::{BucketArgument, ConnectionArguments};
use super::console::Console;
use super::error::Error;
use super::{format, parse, source, terraform_plan};

const HEADING: &str = "The documents";

const EXAMPLES: &str = "Examples:\n  \
    stc-check policy acme-exports                     print what the bucket needs\n  \
    stc-check policy acme-exports --format terraform  as Terraform resources";

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    name: BucketArgument,
    #[command(flatten)]
    connection: ConnectionArguments,
    /// The bucket's Region, if it is in another partition and no key says so
    #[arg(long, env = "STC_CHECK_REGION", value_name = "REGION", value_parser = parse::region, help_heading = HEADING)]
    region: Option<String>,
    /// The default encryption to set: sse-kms if a key is given, else sse-s3
    #[arg(long, env = "STC_CHECK_ENCRYPTION", value_name = "KIND", help_heading = HEADING)]
    encryption: Option<Kind>,
    /// The profile for the printed commands
    #[arg(long, env = "STC_CHECK_PROFILE", value_name = "NAME", value_parser = parse::profile, help_heading = HEADING)]
    profile: Option<String>,
    /// The endpoint for the printed commands, instead of AWS
    #[arg(long, env = "STC_CHECK_ENDPOINT_URL", value_name = "URL", value_parser = parse::endpoint, help_heading = HEADING)]
    endpoint_url: Option<String>,
    /// The form of the documents
    #[arg(long, env = "STC_CHECK_FORMAT", default_value = "text", help_heading = HEADING)]
    format: Form,
    /// The shell that the commands are quoted for: dash, bash, zsh, fish and busybox, or PowerShell 7.3 and later
    #[arg(long, env = "STC_CHECK_SHELL", default_value = "posix", value_parser = parse::shell())]
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[value(name = "sse-s3")]
    S3,
    #[value(name = "sse-kms")]
    Kms,
    #[value(name = "dsse-kms")]
    Dsse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Terraform,
}

/// Prints the documents.
///
/// # Errors
/// When no bucket is given, options contradict each other, or a file is unusable.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<u8, Error> {
    let Arguments { name, connection, region, encryption, profile, endpoint_url, format, shell } = arguments;
    let given_region = region.clone();
    let options = cli_options([profile.as_deref(), endpoint_url.as_deref(), given_region.as_deref()]);
    let connection = connection.named(name);
    let (bucket, stored) = source::source(&connection, region.as_deref())?;
    let configuration = stored.as_ref().map(|stored| stored.plan_context.configuration()).unwrap_or_default();
    let stored = stored.map(|stored| stored.snapshot);
    let connection = connection.connection(bucket)?;
    if format != Form::Terraform {
        terraform_plan::refuse_nameless(
            &connection.bucket,
            "add `--format terraform`, which names it by its resource",
        )?;
    }
    let encryption = chosen(&connection, encryption, stored.as_ref())?;
    let planned = stored.as_ref().is_some_and(Snapshot::is_planned);
    let known = region.or_else(|| stored.and_then(|snapshot| snapshot.region));
    let region = known.or_else(|| key_region(&encryption).map(str::to_owned));
    refuse_other_partitions(&connection, region.as_deref())?;
    refuse_distant_key(&encryption, region.as_deref())?;
    let snapshot = Snapshot::new(connection.bucket.as_str(), region.as_deref(), jiff::Timestamp::UNIX_EPOCH);
    let case = Case::new(&connection, &snapshot, None);
    let mut setup = setup(&case, &encryption, CommandStyle { shell, options: &options });
    let refused = |(why, advice): (String, String)| Error::new(format!("nothing was printed: {why}")).help(advice);
    for doubt in objections(&case, &setup).map_err(refused)? {
        console.note(&doubt);
    }
    if planned {
        // They would change AWS behind Terraform's back.
        setup.commands.clear();
    }
    console.print(&match format {
        Form::Text => text(&setup, &connection, &encryption),
        Form::Json => format::json("the documents", &setup)?,
        Form::Terraform => terraform::resources(
            &VendorRequests { connection: &connection, snapshot: &snapshot },
            &encryption,
            &configuration,
        ),
    })?;
    Ok(0)
}

/// The encryption that was asked for, else the key's that is named on the command line or in the snapshot.
fn chosen(connection: &Connection, kind: Option<Kind>, stored: Option<&Snapshot>) -> Result<Encryption, Error> {
    let default = stored.and_then(Snapshot::default_encryption);
    let named = stored.and_then(Snapshot::named_key).and_then(|key| KeyArn::parse(key).ok());
    let key = connection.kms_key.clone().or(named).map(KeyReference::Arn);
    let key = key.or_else(|| stored.and_then(planned_key));
    let kind = kind.unwrap_or(match default.map(|rule| rule.algorithm.as_str()) {
        Some("aws:kms:dsse") if key.is_some() => Kind::Dsse,
        _ if key.is_some() => Kind::Kms,
        _ => Kind::S3,
    });
    match (kind, key) {
        (Kind::S3, _) if connection.kms_key.is_some() => {
            Err(Error::contradiction("--encryption sse-s3", "--kms-key", "SSE-S3 needs no key of yours"))
        }
        (Kind::S3, _) => Ok(Encryption::S3),
        (Kind::Kms, Some(key)) => Ok(Encryption::Kms(key)),
        (Kind::Dsse, Some(key)) => Ok(Encryption::Dsse(key)),
        (Kind::Kms | Kind::Dsse, None) => Err(Error::new("encryption with KMS needs a key, and none is given")
            .help("add `--kms-key ARN` with a key of your own: Sailthru cannot use the key that AWS manages for S3")),
    }
}

/// The key that a Terraform plan encrypts with and creates.
fn planned_key(stored: &Snapshot) -> Option<KeyReference> {
    let metadata = &stored.key.found()?.key_metadata;
    let expression = metadata.arn.as_deref()?.strip_prefix("${")?.strip_suffix('}')?;
    (metadata.region() == stored.region).then(|| KeyReference::Planned(expression.to_owned()))
}

fn key_region(encryption: &Encryption) -> Option<&str> {
    match encryption.key()? {
        KeyReference::Arn(key) => Some(&key.arn().region),
        KeyReference::Planned(_) => None,
    }
}

/// No document lets a principal into a bucket of another partition.
fn refuse_other_partitions(connection: &Connection, region: Option<&str>) -> Result<(), Error> {
    let Some(region) = region else { return Ok(()) };
    let partition = partition_of_region(region);
    let own = |partition: &str| connection.principals.iter().all(|writer| writer.arn().partition == partition);
    let reachable = if connection.principals.is_empty() { partition == PARTITION } else { own(partition) };
    if reachable {
        return Ok(());
    }
    Err(Error::new(format!(
        "the Region `{region}` is in the partition `{partition}`, where Sailthru's principals do not exist"
    ))
    .help("use a bucket in a commercial Region, such as us-east-1"))
}

fn refuse_distant_key(encryption: &Encryption, region: Option<&str>) -> Result<(), Error> {
    match (encryption.key(), region) {
        (Some(KeyReference::Arn(key)), Some(region)) if key.arn().region != region => Err(Error::new(format!(
            "the key `{key}` is in {}, the bucket in {region}: S3 can only use a key in the bucket's own Region",
            key.arn().region
        ))
        .help("give a key in the bucket's Region")),
        _ => Ok(()),
    }
}

fn text(setup: &Setup, connection: &Connection, encryption: &Encryption) -> String {
    let bucket = &connection.bucket;
    let mut text = String::new();
    let mut section = |title: &str, document: &str| {
        let document: Vec<_> = document.lines().map(sanitise::visible).collect();
        let _ = writeln!(text, "{title}\n\n{}\n", document.join("\n"));
    };
    section(&format!("The bucket policy of {bucket}:"), &format!("{:#}", setup.bucket_policy));
    if let (Some(key), Some(statement)) = (encryption.key(), &setup.key_policy_statement) {
        section(&format!("What to add to the statements of the key policy of {key}:"), &format!("{statement:#}"));
    }
    section("Block Public Access:", &format!("{:#}", setup.public_access_block));
    section("Default encryption:", &format!("{:#}", setup.default_encryption));
    let replaces = "The same as commands. The last one replaces the bucket policy in force as a whole; where there is one, \
                    `stc-check fix`\nmerges what is missing into it instead:";
    if !setup.commands.is_empty() {
        section(replaces, &format!("  {}", setup.commands.join("\n  ")));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
