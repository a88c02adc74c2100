//! `stc-check fix`: the smallest changes that mend the bucket, as documents and commands. It reads, and changes nothing.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use stc_check::aws::{Gathered, Settings};
use stc_check::connection::Connection;
use stc_check::live::Live;
use stc_check::remedy::fix::{self, Change, Plan, Unfixable};
use stc_check::remedy::settings::Delivery;
use stc_check::report::{FailOn, sanitise};
use stc_check::requirement::{self, Case};
use stc_check::snapshot::Snapshot;

use super::connection::{self, AwsArguments};
use super::console::Console;
use super::error::Error;
use super::file::Directory;
use super::live::{self, Patience};
use super::parse;
use super::plan::{self, Previews};

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    #[command(flatten)]
    connection: connection::Arguments,
    #[command(flatten)]
    aws: AwsArguments,
    /// Mend this bucket policy instead of the one in force
    #[arg(long, env = "STC_CHECK_BUCKET_POLICY", value_name = "FILE")]
    bucket_policy: Option<PathBuf>,
    /// Mend this key policy instead of the one in force
    #[arg(long, env = "STC_CHECK_KEY_POLICY", value_name = "FILE")]
    key_policy: Option<PathBuf>,
    /// The form of the changes
    #[arg(long, env = "STC_CHECK_FORMAT", default_value = "text", value_parser = forms())]
    format: Form,
    /// Write the documents into this directory, for the commands to take them from (or `STC_CHECK_FIX_OUTPUT`)
    #[arg(long, env = "STC_CHECK_FIX_OUTPUT", value_name = "DIRECTORY")]
    output: Option<PathBuf>,
    /// The longest that reading may take, such as 90s
    #[arg(long, env = "STC_CHECK_TIMEOUT", value_name = "DURATION", value_parser = parse::duration)]
    timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

fn forms() -> impl TypedValueParser<Value = Form> {
    PossibleValuesParser::new(["text", "json"]).map(|name| if name == "json" { Form::Json } else { Form::Text })
}

/// Prints the changes, and writes their documents where that was asked for.
///
/// # Errors
/// When the command line or a file is unusable, there are no credentials, or the directory cannot be written.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<u8, Error> {
    let Arguments { connection, aws, bucket_policy, key_policy, format, output, timeout } = arguments;
    let directory = output.map(Directory::new).transpose()?;
    let previews = Previews::read(bucket_policy.as_deref(), key_policy.as_deref())?;
    let (bucket, stored) = plan::source(&connection)?;
    let settings = plan::read_only(&bucket, &connection, aws);
    let connection = connection.connection(bucket)?;
    let (mut snapshot, live) = match stored {
        Some(snapshot) => (snapshot, None),
        None => look(&connection, &settings, timeout, console)?,
    };
    previews.apply(&mut snapshot);
    let case = Case { connection: &connection, snapshot: &snapshot, live: live.as_ref() };
    let place = directory.as_ref().map(|directory| directory.path().display().to_string());
    let plan = fix::plan(&case, place.as_deref().map_or(Delivery::Inline, Delivery::Directory));
    if let Some(directory) = &directory {
        directory.write(plan.files.iter().map(|file| (file.name.as_str(), file.text.as_str())))?;
    }
    console.print(&match format {
        Form::Text => text(&plan, &snapshot, directory.as_ref().map(Directory::path)),
        Form::Json => json(&plan)?,
    })?;
    Ok(plan.exit())
}

/// Reads what is in force. Of what was done live only the owner counts: the rest cannot be done again on paper.
fn look(
    connection: &Connection,
    settings: &Settings,
    timeout: Option<Duration>,
    console: &Console,
) -> Result<(Snapshot, Option<Live>), Error> {
    let patience = Patience { wait: None, timeout, fail_on: FailOn::Fail, begun: Instant::now() };
    let judge = |gathered: &Gathered| {
        requirement::judge(&Case { connection, snapshot: &gathered.snapshot, live: Some(&gathered.live) })
    };
    let gathered = live::gather(settings, patience, judge, console)?;
    if let Some(notice) = &gathered.notice {
        console.note(notice);
    }
    let Live { endpoint_override, owner_confirmed, .. } = gathered.live;
    let live = Live { endpoint_override, owner_confirmed, ..Live::nothing("changes are judged on paper") };
    Ok((gathered.snapshot, Some(live)))
}

fn json(plan: &Plan) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(plan);
    text.map(|text| sanitise::json(&text) + "\n")
        .map_err(|error| Error::new(format!("writing the changes as JSON: {error}")))
}

fn text(plan: &Plan, snapshot: &Snapshot, directory: Option<&Path>) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        let _ = writeln!(text, "{}", sanitise::visible(words));
    };
    let documents = documents(plan);
    if documents.is_empty() && plan.unfixable.is_empty() {
        line(&format!("Nothing to fix in {}.", snapshot.bucket));
    }
    for (change, checks) in &documents {
        line(&format!("{} of {}: settles {}", change.document, snapshot.bucket, checks.join(", ")));
        if let Some(note) = &change.note {
            line(&format!("  {note}"));
        }
        line("");
        change.diff.lines().for_each(|words| line(&format!("  {words}")));
        line("");
    }
    let mut section = |title: &str, commands: Vec<&String>| {
        if !commands.is_empty() {
            line(title);
            line("");
            for command in commands {
                line(&format!("  {command}"));
            }
            line("");
        }
    };
    section("To apply:", documents.iter().flat_map(|(change, _)| &change.commands).collect());
    section("To roll back:", documents.iter().rev().flat_map(|(change, _)| &change.rollback).collect());
    if let Some(directory) = directory.filter(|_| !plan.files.is_empty()) {
        line(&format!("The documents are in {}.", directory.display()));
        line("");
    }
    for Unfixable { check, who, why } in &plan.unfixable {
        line(&format!("Not to be settled here: {check}"));
        line(&format!("  {why}"));
        line(&format!("  who can: {who}"));
        line("");
    }
    if !documents.is_empty() {
        line("Nothing was applied. Judged again with these changes, the checks named pass and none gets worse.");
        line(
            "A command that is refused by a service or resource control policy needs your organization's administrators.",
        );
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Each document once, in the order in which it is to be applied, with the checks that it settles.
fn documents(plan: &Plan) -> Vec<(&Change, Vec<&'static str>)> {
    let mut documents: Vec<(&Change, Vec<&'static str>)> = Vec::new();
    for change in &plan.changes {
        match documents.iter_mut().find(|(other, _)| other.document == change.document) {
            Some((_, checks)) => checks.push(change.check),
            None => documents.push((change, vec![change.check])),
        }
    }
    documents.sort_by_key(|(change, _)| fix::order(change.document));
    documents
}
