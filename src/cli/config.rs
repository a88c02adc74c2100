//! The file of `--config`: connections with their options, and waivers; docs/config.md describes it.
//!
//! The options are those of the command line: [`options`] has the same parsers read them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use clap::ArgMatches;
use stc_check::names::BucketName;
use stc_check::report::CheckId;
use stc_check::report::waiver::Waiver;

use super::arguments::Options;
use super::error::Error;
use super::file;
use options::{Layer, Reader, Settings};
use page::{Given, Page};

mod options;
mod page;
mod targets;

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
    let root = Given { page: &page, key: "", value: &document };
    root.only(&[DEFAULTS, CONNECTION, WAIVER])?;
    let mut reader = Reader::new(path, typed);
    let defaults = match root.get(DEFAULTS).map(Given::table).transpose()? {
        Some(table) => {
            if let Some(bucket) = table.get(options::BUCKET) {
                bucket.text()?;
                return Err(bucket.wrong("`bucket` cannot be the same for all: each connection has its own"));
            }
            table.only(&reader.keys(&[]))?;
            reader.settings(&table, Layer::Defaults)?
        }
        None => Settings::default(),
    };
    let mut connections = Vec::new();
    let mut seen = HashMap::new();
    for table in root.tables(CONNECTION)? {
        let entry = connection(&table, &defaults, &mut reader)?;
        unlike_the_others(&table, &entry, &mut seen)?;
        connections.push(entry);
    }
    let waivers = waivers(&root, true)?;
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

fn connection(table: &Given<'_>, defaults: &Settings, reader: &mut Reader<'_>) -> Result<Entry, Error> {
    table.only(&reader.keys(&[options::BUCKET, NAME, WAIVER]))?;
    let Some(bucket) = table.get(options::BUCKET) else {
        return Err(table.wrong("the connection has no `bucket`").help("add `bucket = \"NAME\"`"));
    };
    let bucket = BucketName::parse(bucket.text()?).map_err(|error| bucket.unfit(error))?;
    let name = table.get(NAME).map(label).transpose()?;
    let own = reader.settings(table, Layer::Connection)?;
    let options = reader.merged(table, defaults, own)?;
    let (path, line) = (table.page.path.display(), table.line());
    let place = format!("cannot read the configuration `{path}`: line {line}: the connection of `{bucket}`");
    Ok(Entry { bucket, name, options, waivers: waivers(table, false)?, place })
}

/// What a report calls a connection.
fn label(given: Given<'_>) -> Result<String, Error> {
    let name = given.text()?;
    let allowed = |character: char| character.is_alphanumeric() || " -_.".contains(character);
    if (1..=64).contains(&name.chars().count()) && name.chars().all(allowed) && name.trim() == name {
        return Ok(name.to_owned());
    }
    Err(given.unfit("a connection's name has 1 to 64 letters, digits, spaces and characters of `-_.`"))
}

/// Several connections of one bucket need different names.
fn unlike_the_others(
    table: &Given<'_>,
    entry: &Entry,
    seen: &mut HashMap<(BucketName, Option<String>), usize>,
) -> Result<(), Error> {
    let Some(other) = seen.insert((entry.bucket.clone(), entry.name.clone()), table.line()) else { return Ok(()) };
    let called = entry.name.as_ref().map_or_else(|| "without a `name`".to_owned(), |name| format!("called `{name}`"));
    let wrong = format!("a second connection of the bucket `{}` {called}: the first is on line {other}", entry.bucket);
    Err(table.wrong(wrong).help("give each a `name` of its own, or take one out"))
}

/// Every `[[waiver]]` of a table: a check, why it is waived, and until when. Those beside the connections may name the bucket
/// that they are for.
fn waivers(table: &Given<'_>, beside_connections: bool) -> Result<Vec<Waiver>, Error> {
    let mut seen = HashSet::new();
    let mut waivers = Vec::new();
    for table in table.tables(WAIVER)? {
        let waiver = waiver(&table, beside_connections)?;
        if !seen.insert((waiver.id, waiver.bucket.clone())) {
            return Err(table.wrong(format!("`{}` is waived twice", waiver.id)).help("take one of the waivers out"));
        }
        waivers.push(waiver);
    }
    Ok(waivers)
}

fn waiver(table: &Given<'_>, beside_connections: bool) -> Result<Waiver, Error> {
    let keys = ["check", "reason", "expires", options::BUCKET];
    table.only(keys.get(..if beside_connections { 4 } else { 3 }).unwrap_or_default())?;
    let lacks = |key: &str, help: &str| table.wrong(format!("the waiver has no `{key}`")).help(help);
    let Some(check) = table.get("check") else {
        return Err(lacks("check", "add `check = \"ID\"`; `stc-check explain` lists the ids"));
    };
    let id = CheckId::parse(check.text()?).map_err(|wrong| check.unfit(wrong))?;
    let reason = table.get("reason").map(|given| given.text()).transpose()?.map(str::trim);
    let Some(reason) = reason.filter(|reason| !reason.is_empty()) else {
        return Err(lacks("reason", "add `reason = \"…\"`: why the check is waived, as the report will show it"));
    };
    let Some(expires) = table.get("expires").map(|given| given.date()).transpose()? else {
        return Err(lacks("expires", "add `expires = 2026-12-31`: the last day on which it counts"));
    };
    let bucket = table.get(options::BUCKET).map(|given| {
        BucketName::parse(given.text()?).map(|bucket| bucket.to_string()).map_err(|error| given.unfit(error))
    });
    Ok(Waiver { id, reason: reason.to_owned(), expires: Some(expires), bucket: bucket.transpose()?, shared: None })
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
