//! `stc-check diff OLD NEW`: what changed between two snapshots or two reports, and which checks it turned.

use std::path::{Display, PathBuf};

use clap::{Arg, ValueEnum};
use serde_json::Value;
use stc_check::checks::{self, Case};
use stc_check::comparison::{Comparison, Side};
use stc_check::names::BucketName;
use stc_check::render::comparison;
use stc_check::snapshot::Snapshot;
use stc_check::text::not_json::not_json;
use stc_check::text::sanitise;

use super::arguments::ConnectionArguments;
use super::console::Console;
use super::error::Error;
use super::file;

const EXAMPLES: &str = "Examples:\n  \
    stc-check diff monday.json today.json  two snapshots, or two reports";

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = EXAMPLES, mut_args(without_other_sources))]
pub(crate) struct Arguments {
    /// The older snapshot (`--save-snapshot`) or report (`--format json`)
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer one, of the same kind and bucket
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The form of what is printed
    #[arg(long, env = "STC_CHECK_DIFF_FORMAT", default_value = "text")]
    format: Form,
    #[command(flatten)]
    connection: ConnectionArguments,
}

/// The two files name the bucket and hold its facts.
fn without_other_sources(arg: Arg) -> Arg {
    let says_nothing = ["bucket", "snapshot", "terraform_plan"].contains(&arg.get_id().as_str());
    if says_nothing { arg.hide(true) } else { arg }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Json,
    Markdown,
}

/// Prints the differences. The exit code is 1 where a check came out worse.
///
/// # Errors
/// When a file is neither a snapshot nor a report, or the two are not of one kind, bucket and variant.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<u8, Error> {
    let Arguments { old, new, format, connection } = arguments;
    if connection.snapshot.is_some() || connection.terraform_plan.is_some() {
        return Err(Error::new(
            "`diff` compares the two files that it is given, and takes no `--snapshot` or `--terraform-plan`",
        )
        .help("name the older file and the newer one: `stc-check diff OLD NEW`"));
    }
    let (old, new) = (Document::read(old)?, Document::read(new)?);
    let comparisons = match (old.is_snapshot()?, new.is_snapshot()?) {
        (true, true) => vec![snapshots(&old, &new, connection)?],
        (false, false) => reports(&old, &new)?,
        _ => {
            let wrong = format!("one of `{}` and `{}` is a snapshot and the other a report", old.name(), new.name());
            return Err(Error::new(wrong).help("compare two snapshots, or two reports"));
        }
    };
    console.print(&match format {
        Form::Text => comparison::text(&comparisons, console.screen()),
        Form::Markdown => comparison::markdown(&comparisons),
        Form::Json => json(&comparisons),
    })?;
    Ok(u8::from(comparisons.iter().any(Comparison::is_worse)))
}

/// One of the two files.
struct Document {
    path: PathBuf,
    text: String,
    value: Value,
}

impl Document {
    fn read(path: PathBuf) -> Result<Self, Error> {
        let text = file::read(&path)?;
        let value = serde_json::from_str(&text)
            .map_err(|error| Error::on("compare", path.display(), format!("it is {}", not_json(&error))))?;
        Ok(Self { path, text, value })
    }

    fn name(&self) -> Display<'_> {
        self.path.display()
    }

    /// Whether it is a snapshot; else it is a report.
    fn is_snapshot(&self) -> Result<bool, Error> {
        match self.value.get("schema").and_then(Value::as_str) {
            Some(schema) if schema.starts_with("stc-check/snapshot/") => Ok(true),
            Some(schema) if schema.starts_with("stc-check/report") => Ok(false),
            _ => Err(Error::on("compare", self.name(), "it is neither a snapshot nor a report of stc-check")
                .help("`--save-snapshot FILE` keeps a snapshot, `--format json --output FILE` a report")),
        }
    }
}

fn snapshots(old: &Document, new: &Document, connection: ConnectionArguments) -> Result<Comparison, Error> {
    let read = |document: &Document| {
        Snapshot::from_json(&document.text)
            .map_err(|error| Error::on("read the snapshot", document.name(), error.to_string()))
    };
    let (before, after) = (read(old)?, read(new)?);
    let bucket = BucketName::parse(&after.bucket)
        .map_err(|error| Error::on("read the snapshot", new.name(), format!("bucket `{}`: {error}", after.bucket)))?;
    if let Some(named) = connection.bucket.as_ref().filter(|named| **named != bucket) {
        return Err(Error::new(format!("the snapshots are of the bucket `{bucket}`, not of `{named}`"))
            .help("leave `--bucket` out"));
    }
    let connection = connection.connection(bucket)?;
    let judge = |snapshot: &Snapshot| checks::judge(&Case::new(&connection, snapshot, None));
    Comparison::of_snapshots(&before, &after, judge).ok_or_else(|| {
        Error::new(format!(
            "`{}` is of the bucket `{}`, `{}` of `{}`",
            old.name(),
            before.bucket,
            new.name(),
            after.bucket
        ))
        .help("compare two snapshots of one bucket")
    })
}

fn reports(old: &Document, new: &Document) -> Result<Vec<Comparison>, Error> {
    let read = |document: &Document| {
        Side::read(&document.value).map_err(|error| Error::on("read the report", document.name(), error.to_string()))
    };
    let (before, after) = (read(old)?, read(new)?);
    let mut comparisons = Vec::new();
    for now in &after {
        let same = |side: &&Side| (&side.bucket, &side.name) == (&now.bucket, &now.name);
        let Some(earlier) = before.iter().find(same) else { continue };
        comparisons.push(Comparison::of_sides(earlier, now).ok_or_else(|| {
            Error::new(format!(
                "`{}` was checked as `{}` before and as `{}` now",
                now.bucket, earlier.variant, now.variant
            ))
            .help("compare two reports of one variant")
        })?);
    }
    if comparisons.is_empty() {
        let names =
            |sides: &[Side]| sides.iter().map(|side| format!("`{}`", side.bucket)).collect::<Vec<_>>().join(", ");
        return Err(Error::new(format!(
            "`{}` is about {}, `{}` about {}: no bucket is in both",
            old.name(),
            names(&before),
            new.name(),
            names(&after)
        ))
        .help("compare two reports of one bucket"));
    }
    Ok(comparisons)
}

fn json(comparisons: &[Comparison]) -> String {
    let document = serde_json::json!({
        "schema": "stc-check/diff/1",
        "worse": comparisons.iter().any(Comparison::is_worse),
        "comparisons": comparisons,
    });
    sanitise::json(&format!("{document:#}\n"))
}
