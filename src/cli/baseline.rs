//! `--baseline FILE`: the earlier report of the same buckets, which is read and never written.

use std::fs;
use std::path::Path;

use stc_check::comparison::Side;
use stc_check::text::not_json::not_json;

use super::error::Error;
use super::file::{self, Destination};
use super::plan::Target;

/// Gives each bucket its part of the baseline.
///
/// # Errors
/// When the file is no report of the same buckets and variants.
pub(crate) fn compare_with(path: &Path, targets: &mut [Target]) -> Result<(), Error> {
    let wrong = |why: String| {
        Error::on("read the baseline", path.display(), why)
            .help("make one of the same buckets: `--format json --output FILE`, without `--baseline`")
    };
    let document =
        serde_json::from_str(&file::read(path)?).map_err(|error| wrong(format!("it is {}", not_json(&error))))?;
    let sides = Side::read(&document).map_err(|error| wrong(error.to_string()))?;
    for target in &mut *targets {
        let (bucket, name) = (target.connection.bucket.as_str(), &target.name);
        let Some(side) = sides.iter().find(|side| side.bucket == bucket && side.name == *name) else {
            return Err(wrong(format!("it holds no report of {}", called(bucket, name.as_deref()))));
        };
        let variant = target.connection.variant.as_str();
        if side.variant != variant {
            return Err(wrong(format!(
                "`{bucket}` was checked as `{}` then, and is checked as `{variant}` now",
                side.variant
            )));
        }
        target.baseline = Some(side.clone());
    }
    let is_checked = |side: &&Side| {
        targets.iter().any(|target| target.connection.bucket.as_str() == side.bucket && target.name == side.name)
    };
    match sides.iter().find(|side| !is_checked(side)) {
        Some(other) => {
            let called = called(&other.bucket, other.name.as_deref());
            Err(wrong(format!("it is also of {called}, which this run does not check")))
        }
        None => Ok(()),
    }
}

fn called(bucket: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("the bucket `{bucket}` with the name `{name}`"),
        None => format!("the bucket `{bucket}`"),
    }
}

/// A baseline stays as it was accepted: no file of this run may take its place.
///
/// # Errors
/// When one would.
pub(crate) fn refuse_writing(path: &Path, written: &[&Destination]) -> Result<(), Error> {
    if path.as_os_str() == "-" {
        return Ok(());
    }
    let places = [Some(path.to_owned()), fs::canonicalize(path).ok()];
    let places: Vec<Destination> = places.into_iter().flatten().flat_map(Destination::new).collect();
    match written.iter().find(|file| places.iter().any(|place| file.is_same(place))) {
        Some(file) => {
            Err(Error::on("write", file.path().display(), "it is the file of `--baseline`, which stays as it is")
                .help("name another file for the new report"))
        }
        None => Ok(()),
    }
}
