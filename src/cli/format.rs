//! Which format of the report goes where.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::parser::ValueSource;
use serde::Serialize;
use stc_check::render::text::Text;
use stc_check::render::{FORMATS, Format};
use stc_check::text::sanitise;

use super::error::Error;
use super::file::Destination;

/// Finds a format by its name.
pub(crate) fn parser() -> impl TypedValueParser<Value = &'static dyn Format> {
    PossibleValuesParser::new(FORMATS.iter().map(|format| format.name())).try_map(|name| {
        FORMATS.into_iter().find(|format| format.name() == name).ok_or_else(|| format!("there is no format `{name}`"))
    })
}

/// A report in one format, on its way to a file or to stdout.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) format: &'static dyn Format,
    pub(crate) output: Option<Destination>,
}

/// Which format goes where: an `--output` takes the `--format` before it, else that of its ending, else text; at most one is
/// left for stdout, or sent there as `-`.
///
/// # Errors
/// When two formats would go to stdout, or a file cannot be made.
pub(crate) fn publications(
    formats: &[&'static dyn Format],
    outputs: Vec<PathBuf>,
    matches: &ArgMatches,
) -> Result<Vec<Publication>, Error> {
    let places = |id: &str| matches.indices_of(id).into_iter().flatten().collect::<Vec<_>>();
    let is_default = matches.value_source("format") == Some(ValueSource::DefaultValue) && !outputs.is_empty();
    let given = places("format").into_iter().zip(formats).filter(|_| !is_default);
    let mut taken: Vec<(usize, &'static dyn Format, Option<PathBuf>)> =
        given.map(|(place, format)| (place, *format, None)).collect();
    let mut without: Vec<(usize, PathBuf)> = Vec::new();
    for (place, output) in places("output").into_iter().zip(outputs) {
        match (taken.iter_mut().rfind(|(format, _, output)| *format < place && output.is_none()), of_ending(&output)) {
            (Some((.., slot)), _) => *slot = Some(output),
            (None, Some(format)) => taken.push((place, format, Some(output))),
            (None, None) => without.push((place, output)),
        }
    }
    // A file whose ending says nothing takes a format that is left over, else it is text.
    for (place, output) in without {
        match taken.iter_mut().find(|(format, _, output)| *format > place && output.is_none()) {
            Some((.., slot)) => *slot = Some(output),
            None => taken.push((place, &Text, Some(output))),
        }
    }
    for (.., output) in &mut taken {
        output.take_if(|output| output.as_os_str() == "-");
    }
    if taken.iter().filter(|(.., output)| output.is_none()).count() > 1 {
        return Err(Error::new("two formats would both go to standard output")
            .help("give all but one a file: `--format json --output report.json --format text`"));
    }
    let publication = |(_, format, output): (usize, &'static dyn Format, Option<PathBuf>)| {
        Ok(Publication { format, output: output.map(Destination::new).transpose()? })
    };
    taken.into_iter().map(publication).collect()
}

/// The format that a file's ending names.
fn of_ending(output: &Path) -> Option<&'static dyn Format> {
    let ending = output.extension()?;
    FORMATS.into_iter().find(|format| ending.eq_ignore_ascii_case(format.ending()))
}

/// # Errors
/// When two files would be written to one place.
pub(crate) fn refuse_same(files: &[&Destination]) -> Result<(), Error> {
    let twice =
        files.iter().enumerate().find(|(place, file)| files.iter().take(*place).any(|other| file.is_same(other)));
    match twice {
        Some((_, file)) => {
            Err(Error::on("write", file.path().display(), "two files would be written there").help("name two files"))
        }
        None => Ok(()),
    }
}

/// A document as JSON, safe to show.
pub(crate) fn json(what: &str, document: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(document);
    text.map(|text| sanitise::json(&text) + "\n")
        .map_err(|error| Error::new(format!("cannot write {what} as JSON: {error}")))
}
