//! The file of `--config`: connections with their options, and waivers; docs/config.md describes it.
//!
//! The options are those of the command line: [`options`] has the same parsers read them.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use clap::ArgMatches;
use stc_check::names::BucketName;
use stc_check::report::waiver::Waiver;

use super::arguments::Options;
use super::error::Error;
use super::file;
use options::{Layer, Reader, Settings};
use page::{Page, Table};

mod options;
mod page;
mod targets;
mod waivers;

pub(crate) use targets::targets;

/// What the file says, and what the command line says to it.
#[derive(Debug)]
pub(crate) struct Configuration {
    /// At least one, in the file's order.
    connections: Vec<Entry>,
    /// The waivers beside the connections.
    waivers: Vec<Waiver>,
}

impl Configuration {
    /// How many connections there are to check.
    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }
}

/// One connection.
#[derive(Debug)]
struct Entry {
    bucket: BucketName,
    name: Option<String>,
    options: Options,
    waivers: Vec<Waiver>,
    /// For errors: the file, and the place of the connection in it.
    place: String,
}

const CONNECTION: &str = "connection";
const DEFAULTS: &str = "defaults";
const WAIVER: &str = "waiver";
const NAME: &str = "name";

/// Reads the file; of its connections, those of the buckets that are named, or all.
///
/// # Errors
/// When the file cannot be read or is no such file, or a bucket is in none of its connections.
pub(crate) fn read(path: &Path, named: &[BucketName], typed: &ArgMatches) -> Result<Configuration, Error> {
    let text = file::read(path)?;
    let page = Page { path, text: &text };
    let document = page.parse()?;
    let root = Table::whole(&page, &document);
    root.only(&[DEFAULTS, CONNECTION, WAIVER])?;
    let mut reader = Reader::new(path, typed);
    let defaults = match root.table(DEFAULTS)? {
        Some(table) => {
            if let Some((_, place)) = table.text(options::BUCKET)? {
                return Err(page.wrong(place, "`bucket` cannot be the same for all: each connection has its own"));
            }
            table.only(&reader.keys(&[]))?;
            reader.settings(&table, Layer::Defaults)?
        }
        None => Settings::default(),
    };
    let mut connections = Vec::new();
    let mut seen = HashMap::new();
    for table in root.tables(CONNECTION)? {
        let entry = connection(&page, &table, &defaults, &mut reader)?;
        unlike_the_others(&page, &table, &entry, &mut seen)?;
        connections.push(entry);
    }
    let waivers = waivers::read(&root, true)?;
    if connections.is_empty() {
        return Err(Error::on("read the configuration", path.display(), "it lists no connection")
            .help("add `[[connection]]` and under it `bucket = \"NAME\"`; docs/config.md has an example"));
    }
    if let Some(stranger) = named.iter().find(|name| connections.iter().all(|entry| entry.bucket != **name)) {
        let wrong = format!("no connection is for the bucket `{stranger}`");
        return Err(Error::on("read the configuration", path.display(), wrong)
            .help("`--bucket` selects among the connections of `--config`; leave it out for all of them"));
    }
    connections.retain(|entry| named.is_empty() || named.contains(&entry.bucket));
    Ok(Configuration { connections, waivers })
}

fn connection(
    page: &Page<'_>,
    table: &Table<'_>,
    defaults: &Settings,
    reader: &mut Reader<'_>,
) -> Result<Entry, Error> {
    table.only(&reader.keys(&[options::BUCKET, NAME, WAIVER]))?;
    let Some((bucket, place)) = table.text(options::BUCKET)? else {
        return Err(table.wrong("the connection has no `bucket`").help("add `bucket = \"NAME\"`"));
    };
    let bucket = BucketName::parse(bucket).map_err(|error| page.wrong(place, format!("`bucket`: {error}")))?;
    let name = table.text(NAME)?.map(|(name, place)| label(page, name, place)).transpose()?;
    let own = reader.settings(table, Layer::Connection)?;
    let options = reader.merged(table, defaults, own)?;
    let (line, _) = page.line_and_column(table.start());
    let place =
        format!("cannot read the configuration `{}`: line {line}: the connection of `{bucket}`", page.path.display());
    Ok(Entry { bucket, name, options, waivers: waivers::read(table, false)?, place })
}

/// What a report calls a connection.
fn label(page: &Page<'_>, name: &str, place: Range<usize>) -> Result<String, Error> {
    let allowed = |character: char| character.is_alphanumeric() || " -_.".contains(character);
    if (1..=64).contains(&name.chars().count()) && name.chars().all(allowed) && name.trim() == name {
        return Ok(name.to_owned());
    }
    Err(page.wrong(place, "`name`: a connection's name has 1 to 64 letters, digits, spaces and characters of `-_.`"))
}

/// Several connections of one bucket need different names.
fn unlike_the_others(
    page: &Page<'_>,
    table: &Table<'_>,
    entry: &Entry,
    seen: &mut HashMap<(BucketName, Option<String>), usize>,
) -> Result<(), Error> {
    let (line, _) = page.line_and_column(table.start());
    let Some(other) = seen.insert((entry.bucket.clone(), entry.name.clone()), line) else { return Ok(()) };
    let called = entry.name.as_ref().map_or_else(|| "without a `name`".to_owned(), |name| format!("called `{name}`"));
    let wrong = format!("a second connection of the bucket `{}` {called}: the first is on line {other}", entry.bucket);
    Err(table.wrong(wrong).help("give each a `name` of its own, or take one out"))
}

#[cfg(test)]
mod tests {
    use super::options::{reference, useless};

    /// The table of docs/config.md is what the options say of themselves.
    #[test]
    fn the_reference_is_complete() {
        let page = include_str!("../../docs/config.md");
        let reference = reference();
        assert!(page.contains(&reference), "docs/config.md ought to have\n{reference}");
    }

    #[test]
    fn what_may_go_unsaid_is_an_option() {
        let reference = reference();
        for key in useless() {
            assert!(reference.contains(&format!("| `{key}` |")), "{key}");
        }
    }
}
