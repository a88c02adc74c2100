//! The command line: what was typed, what it means, run it, exit.
//!
//! A command is a module with `Arguments` (clap) and `run(Arguments, &Console) -> Result<u8, Error>`, one line in
//! [`Command`] and one in [`run`]. A format of the report is one row of `console::FORMATS`.

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use stc_check::text::sanitise;

use arguments::CheckArguments;
use console::Console;
use error::Error;

mod arguments;
mod aws_cli;
mod baseline;
mod build;
mod check;
mod completions;
mod config;
mod console;
mod contradictions;
mod diff;
mod error;
mod explain;
mod file;
mod fix;
mod format;
mod ids;
mod judge;
mod live;
mod man;
mod many;
mod organization_policy;
mod parse;
mod patience;
mod permissions;
mod plan;
mod policy;
mod previews;
mod progress;
mod schema;
mod signals;
mod simulate;
mod source;
mod terraform_plan;
mod variables;
mod watch;

const AFTER_HELP: &str = "Examples:\n  \
    stc-check acme-exports                       check a bucket\n  \
    stc-check acme-exports --no-probe            only read, and write nothing\n  \
    stc-check fix acme-exports --output changes  write the documents that fix it\n\n\
    `--help` shows every option.";

const AFTER_LONG_HELP: &str = "Examples:\n  \
    stc-check acme-exports\n      check a bucket: read its settings, upload and delete a test object\n  \
    stc-check acme-exports --kms-key arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\n      \
    expect this key in its default encryption\n  \
    stc-check acme-exports --variant data-exporter --export-path reports/sailthru\n      \
    for Data Exporter, and the path that was agreed\n  \
    stc-check acme-exports --no-probe --output report.html --output report.json\n      \
    only read, and write two reports\n  \
    stc-check acme-exports --only kms\n      check the key alone\n  \
    stc-check --config stc.toml\n      check every connection of a file\n  \
    stc-check fix acme-exports --output changes\n      write the documents that fix what failed\n\n\
    Every option can also be set in the environment: --kms-key as STC_CHECK_KMS_KEY, and so on.\n\
    AWS credentials, profiles and regions are found as the AWS CLI finds them.\n\n\
    Exit codes: 0 all required checks passed, 1 a check failed, 2 unusable input or no credentials, \
    3 something required could not be decided.";

/// Checks, end to end, that Sailthru Connect can write into your S3 bucket, and says what to fix when it cannot
#[derive(Debug, Parser)]
#[command(
    name = "stc-check",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: CheckArguments,
    #[command(flatten)]
    console: console::Arguments,
}

/// Everything that is not the check itself.
#[derive(Debug, Subcommand)]
enum Command {
    /// Waits until Sailthru's data flows into the bucket
    Watch(Box<watch::Arguments>),
    /// Prints the documents that a bucket needs: bucket policy, key policy statement, settings
    Policy(policy::Arguments),
    /// Prints the smallest changes that fix what failed or warns, with the commands to apply and to roll back
    Fix(fix::Arguments),
    /// Shows what changed between two snapshots or reports, and which checks it turned
    Diff(diff::Arguments),
    /// Prints the least IAM policy that your role needs to run the check
    Permissions(permissions::Arguments),
    /// What a check means, why it matters and how to fix it (all of them without an id); or what an error of AWS means
    Explain(explain::Arguments),
    /// Asks the policy evaluator one question, or a file of them
    Simulate(simulate::Arguments),
    /// Prints the JSON Schema of a report or a snapshot
    Schema(schema::Arguments),
    /// Prints completions for a shell
    Completions(completions::Arguments),
    /// Prints the manual page
    Man,
}

/// Parses the command line, runs what it says and gives the exit code.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    console::say_faults();
    let parsed = variables::settled(Cli::command(), &arguments)
        .try_get_matches_from_mut(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(error),
    };
    let console = Console::new(&cli.console);
    match catch_unwind(AssertUnwindSafe(|| execute(cli, &matches, &console))) {
        Ok(Ok(code)) => ExitCode::from(code),
        Err(_) => ExitCode::from(Error::FAULT),
        Ok(Err(error)) => {
            console.error(&error);
            ExitCode::from(error.exit)
        }
    }
}

fn execute(cli: Cli, matches: &ArgMatches, console: &Console) -> Result<u8, Error> {
    refuse_stdin_twice(matches.subcommand().map_or(matches, |(_, matches)| matches))?;
    let Some(command) = cli.command else { return check::run(cli.check, matches, console) };
    only_global_options_before(matches)?;
    let (_, command_matches) = matches.subcommand().unwrap_or(("", matches));
    match command {
        Command::Watch(arguments) => watch::run(*arguments, command_matches, console),
        Command::Policy(arguments) => policy::run(arguments, console),
        Command::Fix(arguments) => fix::run(arguments, console),
        Command::Diff(arguments) => diff::run(arguments, console),
        Command::Permissions(arguments) => permissions::run(arguments, console),
        Command::Explain(arguments) => explain::run(&arguments, console),
        Command::Simulate(arguments) => simulate::run(&arguments, console),
        Command::Schema(arguments) => schema::run(&arguments, console),
        Command::Completions(arguments) => completions::run(&arguments, console),
        Command::Man => man::run(console),
    }
}

/// Standard input gives its text once.
fn refuse_stdin_twice(matches: &ArgMatches) -> Result<(), Error> {
    const OUTPUTS: [&str; 2] = ["output", "save_snapshot"];
    let given = |id: &&clap::Id| !OUTPUTS.contains(&id.as_str());
    let values = matches.ids().filter(given).filter_map(|id| matches.try_get_raw(id.as_str()).ok().flatten()).flatten();
    if values.filter(|value| *value == "-").count() < 2 {
        return Ok(());
    }
    Err(Error::new("standard input (`-`) is named twice, and can be read once").help("give a file in place of one"))
}

/// Options of the check, typed before a subcommand, would silently do nothing.
fn only_global_options_before(matches: &ArgMatches) -> Result<(), Error> {
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let options = CheckArguments::augment_args(clap::Command::new(""));
    match (options.get_arguments().find(|arg| typed(arg.get_id().as_str())), matches.subcommand_name()) {
        (Some(option), Some(name)) => {
            let option = option.get_long().map_or_else(|| "BUCKET".to_owned(), |long| format!("--{long}"));
            Err(Error::new(format!("`{option}` is before the command `{name}`, where only the check would use it"))
                .help(format!("put the options of `{name}` after its name; `stc-check {name} --help` lists them")))
        }
        _ => Ok(()),
    }
}

/// Prints clap's message (help and version too) and gives its exit code. Control characters of values are not echoed,
/// wherever they came from, and no endpoint is: it may hold a password.
fn refuse(mut error: clap::Error) -> ExitCode {
    if matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(arg)) if arg.starts_with("--endpoint-url"))
    {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
    let message = error.to_string();
    if !error.use_stderr() || message.lines().all(|line| sanitise::visible(line) == line) {
        let _ = error.print();
    } else {
        let lines: Vec<_> = message.lines().map(sanitise::visible).collect();
        let _ = writeln!(anstream::stderr(), "{}", lines.join("\n"));
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_its_variable() {
        fn look(command: &clap::Command) {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long().filter(|long| !matches!(*long, "help" | "version")) else { continue };
                // The check's is a file and this a directory; the check has forms that this has not.
                let own = match (command.get_name(), long) {
                    ("fix", "output") => "FIX_",
                    ("diff", "format") => "DIFF_",
                    _ => "",
                };
                let wanted = format!("STC_CHECK_{own}{}", long.to_uppercase().replace('-', "_"));
                assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(wanted.as_str()), "--{long}");
            }
            command.get_subcommands().for_each(look);
        }
        look(&Cli::command());
    }
}
