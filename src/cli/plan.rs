//! What the command line means: every name parsed, every file read, nothing contradictory left.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use clap::parser::ValueSource;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use stc_check::aws::{ProbeSettings, Settings};
use stc_check::names::BucketName;
use stc_check::report::FailOn;
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::snapshot::Snapshot;
use stc_check::terraform_plan::PlanContext;
use stc_check::vendor::Connection;

use super::check::{Arguments, PreviewArguments, ProbeArguments};
use super::config;
use super::connection::{self, AwsArguments};
use super::error::Error;
use super::file::{self, Destination};
use super::format::{self, Publication};
use super::live::Patience;
use super::many;
use super::previews::Previews;
use super::terraform_plan;

/// One run of the check.
#[derive(Debug)]
pub(crate) struct Plan {
    /// At least one.
    pub(crate) targets: Vec<Target>,
    /// Those that are not of one target alone.
    pub(crate) waivers: Vec<Waiver>,
    /// In UTC: says which waivers are over.
    pub(crate) today: Date,
    pub(crate) save_snapshot: Option<Destination>,
    /// Whether names are replaced in it.
    pub(crate) redact: bool,
    pub(crate) publications: Vec<Publication>,
    pub(crate) fail_on: FailOn,
    pub(crate) wait: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    /// How many buckets are checked at a time.
    pub(crate) jobs: usize,
    begun: Instant,
}

/// One bucket to check.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) connection: Connection,
    /// What the configuration calls it.
    pub(crate) name: Option<String>,
    pub(crate) source: Source,
    pub(crate) previews: Previews,
    pub(crate) selection: Selection,
}

/// Where the facts come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A snapshot from a file, or that of a Terraform plan.
    Stored(Box<Stored>),
    /// A snapshot that is read from its file when its turn comes: one of several.
    File(PathBuf),
    /// AWS.
    Live(Settings),
}

/// Facts that come from a file.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) snapshot: Snapshot,
    /// What is to be said of them, where they are those of a Terraform plan.
    pub(crate) plan_context: PlanContext,
}

impl Plan {
    /// # Errors
    /// When options contradict each other, one that is needed is missing, or a file is unusable.
    pub(crate) fn new(arguments: Arguments, matches: &ArgMatches) -> Result<Self, Error> {
        refuse_contradictions(&arguments.connection, &arguments.probe, arguments.time.wait.is_some())?;
        if arguments.input.redact && arguments.input.save_snapshot.is_none() {
            return Err(Error::new("`--redact` is given without `--save-snapshot`, the only file that it is about")
                .help("add `--save-snapshot FILE`, or leave `--redact` out"));
        }
        let save_snapshot = arguments.input.save_snapshot.clone().map(Destination::new).transpose()?;
        let report = arguments.report.clone();
        let publications = format::publications(&report.format, report.output, matches)?;
        let (time, jobs) = (arguments.time.clone(), arguments.many.jobs());
        let (redact, today) = (arguments.input.redact, Offset::UTC.to_datetime(Timestamp::now()).date());
        let selection = Selection { only: report.only, waived: report.skip, today };
        let (targets, waivers) = match &arguments.many.config {
            Some(path) => {
                let configuration = config::read(path, &named(matches)?, matches)?;
                refuse_documents_of_one(matches, configuration.len())?;
                config::targets(configuration, &selection, today)?
            }
            None => (targets(arguments, &selection, matches)?, Vec::new()),
        };
        let plan = Self {
            targets,
            waivers,
            today,
            save_snapshot,
            redact,
            publications,
            fail_on: report.fail_on,
            wait: time.wait,
            timeout: time.timeout,
            jobs,
            begun: Instant::now(),
        };
        if plan.targets.len() > 1 {
            many::refuse_single_documents(&plan)?;
        }
        if plan.save_snapshot.is_some()
            && let Some(Target { source: Source::Stored(stored), .. }) = plan.targets.first()
        {
            terraform_plan::refuse_sensitive(&stored.plan_context, &Previews::default(), "--save-snapshot", "keep")?;
        }
        Ok(plan)
    }

    /// How much time there is for one bucket: as much as for all, counted from the beginning of the run.
    pub(crate) fn patience(&self) -> Patience {
        Patience { wait: self.wait, timeout: self.timeout, fail_on: self.fail_on, begun: self.begun }
    }
}

/// What the options of the command line say, where no configuration does.
fn targets(arguments: Arguments, selection: &Selection, matches: &ArgMatches) -> Result<Vec<Target>, Error> {
    refuse_lonely_external_id(&arguments.probe)?;
    let Arguments { connection, aws, probe, input, .. } = arguments;
    let PreviewArguments { bucket_policy, key_policy } = input.previews;
    let previews = Previews::read(bucket_policy.as_deref(), key_policy.as_deref())?;
    let live = |bucket: BucketName| {
        let settings = settings(&bucket, &connection, aws.clone(), probe.clone());
        (bucket, Source::Live(settings))
    };
    let sources = match (named(matches)?, snapshots(matches)) {
        (named, paths) if named.len() < 2 && paths.len() < 2 => match source(&connection, aws.region.as_deref())? {
            (bucket, Some(stored)) => vec![(bucket, Source::Stored(Box::new(stored)))],
            (bucket, None) => vec![live(bucket)],
        },
        (named, paths) if paths.is_empty() => match &connection.terraform_plan {
            Some(path) => terraform_plan::several(path, named, aws.region.as_deref())?,
            None => named.into_iter().map(live).collect(),
        },
        (named, paths) => many::stored(&named, paths)?,
    };
    refuse_documents_of_one(matches, sources.len())?;
    let target = |(bucket, source)| {
        let connection = connection.clone().connection(bucket)?;
        let (previews, selection) = (previews.clone(), selection.clone());
        Ok(Target { connection, name: None, source, previews, selection })
    };
    sources.into_iter().map(target).collect()
}

/// Files of the command line that are about one bucket, and nothing says of which.
fn refuse_documents_of_one(matches: &ArgMatches, number: usize) -> Result<(), Error> {
    let typed = |id: &str| matches.value_source(id).is_some_and(|source| source != ValueSource::DefaultValue);
    let configured = typed("config") && typed("snapshot");
    let wrong = match (typed("bucket_policy") || typed("key_policy"), configured) {
        _ if number == 1 => return Ok(()),
        (true, _) => "`--bucket-policy` and `--key-policy` are the documents of one bucket",
        (false, true) => "`--snapshot` takes the place of one connection's facts",
        (false, false) => return Ok(()),
    };
    let help = if typed("config") {
        "select one with `--bucket`, or name the file in its connection"
    } else {
        "preview one bucket at a time"
    };
    Err(Error::new(format!("{wrong}, and there are {number}")).help(help))
}

/// The buckets that were named, each once.
fn named(matches: &ArgMatches) -> Result<Vec<BucketName>, Error> {
    let named: Vec<BucketName> = matches.get_many("bucket").into_iter().flatten().cloned().collect();
    let mut seen = HashSet::new();
    match named.iter().find(|bucket| !seen.insert(*bucket)) {
        Some(twice) => Err(Error::new(format!("the bucket `{twice}` is named twice")).help("name each bucket once")),
        None => Ok(named),
    }
}

fn snapshots(matches: &ArgMatches) -> Vec<PathBuf> {
    matches.get_many("snapshot").into_iter().flatten().cloned().collect()
}

const PLAN: &str = "--terraform-plan";

/// Options that cannot both be meant, and what is wrong with each pair.
///
/// # Errors
/// When there is such a pair.
pub(crate) fn refuse_contradictions(
    connection: &connection::Arguments,
    probe: &ProbeArguments,
    waits: bool,
) -> Result<(), Error> {
    let ProbeArguments { no_probe, probe_role_arn, probe_multipart, .. } = probe;
    let (stored, planned) = (connection.snapshot.is_some(), connection.terraform_plan.is_some());
    let pairs = [
        (stored && planned, "--snapshot", PLAN, "each says what the bucket is like"),
        (planned && probe_role_arn.is_some(), PLAN, "--probe-role-arn", "a plan is judged without any network"),
        (planned && *probe_multipart, PLAN, "--probe-multipart", "a plan is judged without any network"),
        (planned && waits, PLAN, "--wait", "a plan does not change"),
        (*no_probe && probe_role_arn.is_some(), "--no-probe", "--probe-role-arn", "the role is only used by the probe"),
        (*no_probe && *probe_multipart, "--no-probe", "--probe-multipart", "the multipart upload is part of the probe"),
        (
            stored && probe_role_arn.is_some(),
            "--snapshot",
            "--probe-role-arn",
            "a stored snapshot is judged without any network",
        ),
        (
            stored && *probe_multipart,
            "--snapshot",
            "--probe-multipart",
            "a stored snapshot is judged without any network",
        ),
        (stored && waits, "--snapshot", "--wait", "a stored snapshot does not change"),
    ];
    match pairs.into_iter().find(|(both, ..)| *both) {
        Some((_, one, other, why)) => {
            Err(Error::new(format!("`{one}` contradicts `{other}`: {why}")).help("leave one of them out"))
        }
        None => Ok(()),
    }
}

/// # Errors
/// When there is an external id, and no role that it could be for.
pub(crate) fn refuse_lonely_external_id(probe: &ProbeArguments) -> Result<(), Error> {
    if probe.external_id.is_some() && probe.probe_role_arn.is_none() {
        return Err(Error::new("`--external-id` is given without `--probe-role-arn`, the only role it could be for")
            .help("add `--probe-role-arn ARN`, or leave `--external-id` out"));
    }
    Ok(())
}

/// How AWS is reached by a check.
pub(crate) fn settings(
    bucket: &BucketName,
    connection: &connection::Arguments,
    aws: AwsArguments,
    probe: ProbeArguments,
) -> Settings {
    let ProbeArguments { no_probe, probe_role_arn, external_id, probe_multipart } = probe;
    let probe =
        ProbeSettings { role_arn: probe_role_arn.map(|arn| arn.to_string()), external_id, multipart: probe_multipart };
    Settings { probe: (!no_probe).then_some(probe), ..read_only(bucket, connection, aws) }
}

/// How AWS is reached by a command that only reads.
pub(crate) fn read_only(bucket: &BucketName, connection: &connection::Arguments, aws: AwsArguments) -> Settings {
    let AwsArguments { region, profile, endpoint_url } = aws;
    Settings {
        bucket: bucket.clone(),
        region,
        profile,
        endpoint_url,
        expected_owner: connection.expected_bucket_owner.clone(),
        probe: None,
        timeout: None,
    }
}

/// The bucket that is meant, and what a file says of it where that is to be judged.
///
/// # Errors
/// When neither is given, two files are, or one is unusable.
pub(crate) fn source(
    connection: &connection::Arguments,
    region: Option<&str>,
) -> Result<(BucketName, Option<Stored>), Error> {
    let connection::Arguments { bucket, snapshot, terraform_plan, .. } = connection;
    match (bucket, snapshot, terraform_plan) {
        (_, Some(_), Some(_)) => {
            Err(Error::new("`--snapshot` contradicts `--terraform-plan`: each says what the bucket is like")
                .help("leave one of them out"))
        }
        (bucket, Some(path), None) => stored(path, bucket.as_ref())
            .map(|(bucket, snapshot)| (bucket, Some(Stored { snapshot, plan_context: PlanContext::default() }))),
        (bucket, None, Some(path)) => {
            terraform_plan::one(path, bucket.as_ref(), region).map(|(bucket, stored)| (bucket, Some(stored)))
        }
        (Some(bucket), None, None) => Ok((bucket.clone(), None)),
        (None, None, None) => Err(Error::new("no bucket given: there is nothing to check").help(
            "add `--bucket NAME`, or `--snapshot FILE` or `--terraform-plan FILE` to judge what a file says of one",
        )),
    }
}

/// Reads a snapshot; the bucket named beside it must be its own.
///
/// # Errors
/// When the file is no snapshot, or is of another bucket.
pub(crate) fn stored(path: &Path, named: Option<&BucketName>) -> Result<(BucketName, Snapshot), Error> {
    let wrong = |wrong: String| Error::on("reading the snapshot", path.display(), wrong);
    let snapshot = Snapshot::from_json(&file::read(path)?).map_err(|error| {
        wrong(error.to_string())
            .help("`stc-check --save-snapshot FILE` writes one; each operation is what the AWS CLI prints")
    })?;
    let bucket = BucketName::parse(&snapshot.bucket).map_err(|error| wrong(format!("bucket: {error}")))?;
    match named {
        Some(named) if *named != bucket => Err(wrong(format!("it is of the bucket `{bucket}`, not of `{named}`"))
            .help("leave `--bucket` out, or name the snapshot's own")),
        _ => Ok((bucket, snapshot)),
    }
}
