//! Where the facts of a bucket come from: AWS, a snapshot, or a Terraform plan.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use stc_check::aws::{ProbeSettings, Settings};
use stc_check::checks::entry;
use stc_check::names::BucketName;
use stc_check::report::CheckId;
use stc_check::report::selection::Selection;
use stc_check::snapshot::{Operation, Snapshot};
use stc_check::terraform_plan::PlanContext;
use stc_check::vendor::Connection;

use super::arguments::{AwsArguments, ConnectionArguments, Options};
use super::error::Error;
use super::plan::{Source, Stored, Target};
use super::previews::Previews;
use super::{file, terraform_plan};

/// Said where nothing names a bucket.
pub(crate) const NO_BUCKET: &str = "no bucket given";

/// Bounds what is done and asked by what is judged: `--only` bounds all of it, a waiver only what acts, since a waived check
/// is judged all the same. The probe is whole or not at all: it is left out where none of its checks is shown, or its upload
/// is waived.
pub(crate) fn bound(settings: &mut Settings, selection: &Selection, connection: &Connection) {
    let bucket = settings.bucket.as_str().to_owned();
    let upload = CheckId::ProbeUpload;
    let shows_the_probe = CheckId::all().any(|id| id.family() == upload.family() && selection.keeps(id));
    let waives_the_upload = selection.keeps(upload) && !selection.wants(upload, &bucket);
    if !shows_the_probe || waives_the_upload {
        settings.probe = None;
    }
    settings.plain_http &= selection.wants(CheckId::TransportHttpDenied, &bucket);
    if !selection.only.is_empty() {
        // What the probe asks before it writes: whose the bucket is, and what it keeps.
        let before =
            [Operation::GetBucketPolicy, Operation::GetBucketVersioning, Operation::GetObjectLockConfiguration];
        let before = before.into_iter().filter(|_| settings.probe.is_some());
        let needed = selection.only.iter().flat_map(|id| entry(*id).needs).copied();
        // Resource control policies bind what belongs to the account whose bucket it is.
        let whose = Some(Operation::GetBucketPolicy).filter(|_| !connection.organization_policies.is_empty());
        settings.reads = Some(needed.chain(before).chain(whose).collect());
    }
}

/// How AWS is reached by a check.
pub(crate) fn settings(bucket: &BucketName, options: &Options) -> Settings {
    let Options { connection, aws, probe, .. } = options;
    let settings = ProbeSettings {
        role_arn: probe.probe_role_arn.as_ref().map(ToString::to_string),
        external_id: probe.external_id.clone(),
        multipart: probe.probe_multipart,
    };
    Settings {
        probe: (!probe.no_probe).then_some(settings),
        plain_http: !probe.no_plain_http,
        ..read_only(bucket, connection, aws.clone())
    }
}

/// A bucket to check, as its options want it.
///
/// # Errors
/// When options contradict each other, or a file is unusable.
pub(crate) fn target(
    bucket: BucketName,
    source: Source,
    previews: Previews,
    options: &Options,
) -> Result<Target, Error> {
    let Options { connection, aws, previews: given, .. } = options;
    let (to_save, reach) = (connection.to_save(given), connection.reach(aws, given));
    let connection = Connection { reach, ..connection.clone().connection(bucket)? };
    let selection = Selection::default();
    Ok(Target { connection, name: None, source, previews, selection, to_save, baseline: None })
}

/// How AWS is reached by a command that only reads.
pub(crate) fn read_only(bucket: &BucketName, connection: &ConnectionArguments, aws: AwsArguments) -> Settings {
    let AwsArguments { region, profile, endpoint_url } = aws;
    Settings {
        bucket: bucket.clone(),
        region,
        profile,
        endpoint_url,
        expected_owner: connection.expected_bucket_owner.clone(),
        reads: None,
        probe: None,
        evidence: None,
        plain_http: false,
        timeout: None,
    }
}

/// The bucket to check, and the facts of a file where those are to be judged.
///
/// # Errors
/// When neither is given, two files are, or one is unusable.
pub(crate) fn source(
    connection: &ConnectionArguments,
    region: Option<&str>,
) -> Result<(BucketName, Option<Stored>), Error> {
    let ConnectionArguments { bucket, snapshot, terraform_plan, .. } = connection;
    match (bucket, snapshot, terraform_plan) {
        (_, Some(_), Some(_)) => {
            Err(Error::contradiction("--snapshot", "--terraform-plan", "each says what the bucket is like"))
        }
        (bucket, Some(path), None) => stored(path, bucket.as_ref())
            .map(|(bucket, snapshot)| (bucket, Some(Stored { snapshot, plan_context: PlanContext::default() }))),
        (bucket, None, Some(path)) => {
            terraform_plan::one(path, bucket.as_ref(), region).map(|(bucket, stored)| (bucket, Some(stored)))
        }
        (Some(bucket), None, None) => terraform_plan::refuse_address(bucket).map(|()| (bucket.clone(), None)),
        (None, None, None) => Err(Error::new(NO_BUCKET).help(
            "name it, like `acme-exports` or `--bucket acme-exports`; or give a file with `--snapshot` or `--terraform-plan`",
        )),
    }
}

/// Reads a snapshot; the bucket named beside it must be its own.
///
/// # Errors
/// When the file is no snapshot, or is of another bucket.
pub(crate) fn stored(path: &Path, named: Option<&BucketName>) -> Result<(BucketName, Snapshot), Error> {
    let wrong = |wrong: String| Error::on("read the snapshot", path.display(), wrong);
    let snapshot = Snapshot::from_json(&file::read(path)?).map_err(|error| {
        wrong(error.to_string())
            .help("`stc-check --save-snapshot FILE` writes one; each operation is what the AWS CLI prints")
    })?;
    let bucket =
        BucketName::parse(&snapshot.bucket).map_err(|error| wrong(format!("bucket `{}`: {error}", snapshot.bucket)))?;
    match named {
        Some(named) if *named != bucket => Err(wrong(format!("it is of the bucket `{bucket}`, not of `{named}`"))
            .help("leave `--bucket` out, or name the snapshot's own")),
        _ => Ok((bucket, snapshot)),
    }
}

/// The buckets of several snapshots, which are read now to find mistakes, and once more when their turn comes.
///
/// # Errors
/// When a file is no snapshot, two are of one bucket, or buckets are named beside them.
pub(crate) fn several_stored(named: &[BucketName], paths: Vec<PathBuf>) -> Result<Vec<(BucketName, Source)>, Error> {
    if let [first, ..] = named {
        return Err(Error::new(format!(
            "`--bucket {first}` and more contradict `--snapshot`: a snapshot names its bucket"
        ))
        .help("leave `--bucket` out, or give one bucket and its snapshot"));
    }
    let mut seen: HashMap<BucketName, PathBuf> = HashMap::new();
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            return Err(Error::new("standard input cannot be one of several snapshots").help("give files"));
        }
        let (bucket, _) = stored(&path, None)?;
        if let Some(other) = seen.insert(bucket.clone(), path.clone()) {
            let wrong = format!("it is of the bucket `{bucket}`, and so is `{}`", other.display());
            return Err(Error::on("read the snapshot", path.display(), wrong).help("give one snapshot a bucket"));
        }
        sources.push((bucket, Source::File(path)));
    }
    Ok(sources)
}
