//! From the options to the plan: what is needed is there, nothing contradicts, every file is read.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;

use clap::ArgMatches;
use clap::parser::ValueSource;
use jiff::Timestamp;
use jiff::tz::Offset;
use stc_check::names::BucketName;
use stc_check::report::selection::Selection;
use stc_check::vendor::DataExpectation;

use super::arguments::{CheckArguments, Options};
use super::contradictions::{refuse_contradictions, refuse_lonely_external_id};
use super::error::Error;
use super::file::Destination;
use super::ids::Selected;
use super::patience::Patience;
use super::plan::{Plan, Source, Target};
use super::previews::Previews;
use super::source::{bound, settings, several_stored, source, target};
use super::{baseline, config, format, terraform_plan};

/// One run of the check.
///
/// # Errors
/// When options contradict each other, one that is needed is missing, or a file is unusable.
pub(crate) fn plan(arguments: CheckArguments, matches: &ArgMatches) -> Result<Plan, Error> {
    refuse_contradictions(&arguments.connection, &arguments.probe, arguments.wait.is_some())?;
    if arguments.input.redact && arguments.input.save_snapshot.is_none() {
        return Err(Error::new("`--redact` is given without `--save-snapshot`, the only file that it is about")
            .help("add `--save-snapshot FILE`, or leave `--redact` out"));
    }
    let save_snapshot = arguments.input.save_snapshot.clone().map(Destination::new).transpose()?;
    let report = arguments.report.clone();
    let publications = format::publications(&report.format, report.output, matches)?;
    let outputs = publications.iter().filter_map(|publication| publication.output.as_ref());
    let written: Vec<&Destination> = outputs.chain(&save_snapshot).collect();
    format::refuse_same(&written)?;
    let CheckArguments { wait, timeout, jobs, .. } = arguments;
    let (redact, today) = (arguments.input.redact, Offset::UTC.to_datetime(Timestamp::now()).date());
    let selection =
        Selection { only: report.only.into_iter().flat_map(|Selected(ids)| ids).collect(), waived: report.skip, today };
    let data = arguments.probe.data;
    let (mut targets, waivers) = match &arguments.config {
        Some(path) => {
            let configuration = config::read(path, &named(matches)?, matches)?;
            refuse_documents_of_one(matches, configuration.len())?;
            config::targets(configuration, &selection, today)?
        }
        None => (targets(arguments, &selection, matches)?, Vec::new()),
    };
    for Target { source, selection, connection, .. } in &mut targets {
        if let Source::Live(settings) = source {
            bound(settings, selection, connection);
        }
    }
    if let Some(path) = &report.baseline {
        baseline::refuse_writing(path, &written)?;
        baseline::compare_with(path, &mut targets)?;
    }
    if data {
        for target in &mut targets {
            target.ask_for_data(DataExpectation::default());
        }
    }
    let plan = Plan {
        targets,
        waivers,
        today,
        save_snapshot,
        redact,
        publications,
        patience: Patience { wait, timeout, fail_on: report.fail_on, begun: Instant::now(), watch: None },
        jobs,
    };
    match plan.targets.as_slice() {
        _ if plan.save_snapshot.is_none() => {}
        [Target { source: Source::Stored(stored), .. }] => {
            terraform_plan::refuse_sensitive(&stored.plan_context, &Previews::default(), "--save-snapshot", "keep")?;
        }
        [_] => {}
        several => {
            let number = several.len();
            let wrong = format!("`--save-snapshot` keeps the snapshot of one bucket, and there are {number}");
            return Err(Error::new(wrong).help("check each bucket on its own to keep its snapshot"));
        }
    }
    Ok(plan)
}

/// What the options of the command line say, where no configuration does.
fn targets(arguments: CheckArguments, selection: &Selection, matches: &ArgMatches) -> Result<Vec<Target>, Error> {
    refuse_lonely_external_id(&arguments.probe)?;
    let CheckArguments { connection, name, aws, probe, input, .. } = arguments;
    let mut options = Options { connection: connection.named(name), aws, probe, previews: input.previews };
    let previews = Previews::read(&options.previews)?;
    let region = options.aws.region.as_deref();
    let live = |bucket: BucketName| Source::Live(Box::new(settings(&bucket, &options)));
    let sources = match (named(matches)?, snapshots(matches)) {
        (named, paths) if named.len() < 2 && paths.len() < 2 => {
            let (bucket, stored) = source(&options.connection, region)?;
            let source = stored.map_or_else(|| live(bucket.clone()), |stored| Source::Stored(Box::new(stored)));
            vec![(bucket, source)]
        }
        (named, paths) if paths.is_empty() => {
            if let Some(path) = &options.connection.terraform_plan {
                terraform_plan::several(path, named, region)?
            } else {
                named.iter().try_for_each(terraform_plan::refuse_address)?;
                named.into_iter().map(|bucket| (bucket.clone(), live(bucket))).collect()
            }
        }
        (named, paths) => several_stored(&named, paths)?,
    };
    refuse_documents_of_one(matches, sources.len())?;
    let mut targets = Vec::new();
    for (bucket, source) in sources {
        if let Source::File(path) = &source {
            options.connection.snapshot = Some(path.clone());
        }
        targets.push(Target { selection: selection.clone(), ..target(bucket, source, previews.clone(), &options)? });
    }
    Ok(targets)
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
    let given = |id: &str| matches.get_many::<BucketName>(id).into_iter().flatten().cloned();
    let mut named: Vec<BucketName> = given("bucket_name").collect();
    if named.is_empty() {
        named = given("bucket").collect();
    }
    let mut seen = HashSet::new();
    match named.iter().find(|bucket| !seen.insert(*bucket)) {
        Some(twice) => Err(Error::new(format!("the bucket `{twice}` is named twice")).help("name each bucket once")),
        None => Ok(named),
    }
}

fn snapshots(matches: &ArgMatches) -> Vec<PathBuf> {
    matches.get_many("snapshot").into_iter().flatten().cloned().collect()
}
