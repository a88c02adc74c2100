//! From what the file says to the buckets of the plan: where each one's facts come from, and which waivers are whose.

use jiff::civil::Date;
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::vendor::DataExpectation;

use super::super::contradictions::{refuse_contradictions, refuse_lonely_external_id};
use super::super::error::Error;
use super::super::plan::{Source, Target};
use super::super::previews::Previews;
use super::super::source;
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
    let Entry { bucket, name, mut options, .. } = entry;
    refuse_contradictions(&options.connection, &options.probe, false)?;
    refuse_lonely_external_id(&options.probe)?;
    options.connection.bucket = Some(bucket);
    let previews = Previews::read(&options.previews)?;
    let snapshot = options.connection.snapshot.as_ref().filter(|_| !alone);
    if snapshot.is_some_and(|path| path.as_os_str() == "-") {
        return Err(Error::new("standard input cannot be one of several snapshots").help("give files"));
    }
    let (bucket, stored) = source::source(&options.connection, options.aws.region.as_deref())?;
    let source = match (stored, snapshot) {
        (None, _) => Source::Live(Box::new(source::settings(&bucket, &options))),
        // It was read to find mistakes; one of several is read once more when its turn comes.
        (Some(_), Some(path)) => Source::File(path.clone()),
        (Some(stored), None) => Source::Stored(Box::new(stored)),
    };
    let mut target = Target { name, ..source::target(bucket, source, previews, &options)? };
    if options.probe.data {
        target.ask_for_data(DataExpectation::default());
    }
    Ok(target)
}
