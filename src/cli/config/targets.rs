//! From what the file says to the buckets of the plan: where each one's facts come from, and which waivers are whose.

use std::path::PathBuf;

use jiff::civil::Date;
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::terraform_plan::PlanContext;
use stc_check::vendor::{Connection, DataExpectation};

use super::super::arguments::PreviewArguments;
use super::super::contradictions::{refuse_contradictions, refuse_lonely_external_id};
use super::super::error::Error;
use super::super::plan::{Source, Stored, Target};
use super::super::previews::Previews;
use super::super::source;
use super::super::terraform_plan;
use super::{Configuration, Entry};

/// The targets of a plan, and the waivers that are not of one of them alone.
///
/// # Errors
/// When options of a connection contradict each other, or one of its files is unusable.
pub(crate) fn targets(
    configuration: Configuration,
    selection: &Selection,
    today: Date,
) -> Result<(Vec<Target>, Vec<Waiver>), Error> {
    let Configuration { connections, waivers: beside } = configuration;
    let alone = connections.len() == 1;
    let (mut targets, mut lists) = (Vec::new(), Vec::new());
    for mut entry in connections {
        lists.push(std::mem::take(&mut entry.waivers));
        let place = entry.place.clone();
        targets.push(target(entry, alone).map_err(|error| error.about(&place))?);
    }
    let mut apart = Vec::new();
    for (number, waiver) in beside.into_iter().enumerate() {
        let is_for = |target: &Target| match &waiver.bucket {
            Some(bucket) => target.connection.bucket.as_str() == bucket,
            None => true,
        };
        let covered: Vec<bool> = targets.iter().map(is_for).collect();
        let covers = covered.iter().filter(|covered| **covered).count();
        let waiver = Waiver { shared: (covers > 1).then_some(number), ..waiver };
        for (list, covered) in lists.iter_mut().zip(covered) {
            // One that is for no bucket of the run is spoken of in the one report that there is, or after the last.
            if covered || alone {
                list.push(waiver.clone());
            }
        }
        if covers != 1 && !alone {
            apart.push(waiver);
        }
    }
    for (target, list) in targets.iter_mut().zip(lists) {
        target.selection = Selection { today, ..selection.clone() };
        target.selection.waived.extend(list);
    }
    Ok((targets, apart))
}

fn target(entry: Entry, alone: bool) -> Result<Target, Error> {
    let Entry { bucket, name, options, .. } = entry;
    refuse_contradictions(&options.connection, &options.probe, false)?;
    refuse_lonely_external_id(&options.probe)?;
    let reach = options.connection.reach(&options.aws, &options.previews);
    let to_save = options.connection.to_save(&options.previews);
    let PreviewArguments { bucket_policy, key_policy } = &options.previews;
    let previews = Previews::read(bucket_policy.as_deref(), key_policy.as_deref())?;
    let source = match (&options.connection.snapshot, &options.connection.terraform_plan) {
        (Some(path), _) => stored(path.clone(), &bucket, alone)?,
        (None, Some(path)) => {
            let (_, planned) = terraform_plan::one(path, Some(&bucket), options.aws.region.as_deref())?;
            Source::Stored(Box::new(planned))
        }
        (None, None) => {
            terraform_plan::refuse_address(&bucket)?;
            Source::Live(Box::new(source::settings(&bucket, &options.connection, options.aws, options.probe)))
        }
    };
    let connection = Connection { reach, ..options.connection.connection(bucket)? };
    let selection = Selection::default();
    let mut target = Target { connection, name, source, previews, selection, to_save, baseline: None };
    if options.data.data {
        target.ask_for_data(DataExpectation::default());
    }
    Ok(target)
}

/// A snapshot is read now to find mistakes; one of several is read once more when its turn comes.
fn stored(path: PathBuf, bucket: &stc_check::names::BucketName, alone: bool) -> Result<Source, Error> {
    if path.as_os_str() == "-" && !alone {
        return Err(Error::new("standard input cannot be one of several snapshots").help("give files"));
    }
    let (_, snapshot) = source::stored(&path, Some(bucket))?;
    Ok(if alone {
        Source::Stored(Box::new(Stored { snapshot, plan_context: PlanContext::default() }))
    } else {
        Source::File(path)
    })
}
