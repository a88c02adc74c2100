//! The command line: what was typed, what it means, run it, exit.
//!
//! A command is a module with `Arguments` (clap) and `run(Arguments, &Console) -> Result<u8, Error>`, one line in
//! [`Command`] and one in [`run`]. A format of the report is one row of `render::FORMATS`.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use arguments::CheckArguments;
use console::Console;
use error::Error;

mod arguments;
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
mod help;
mod ids;
mod judge;
mod live;
mod man;
mod many;
mod parse;
mod patience;
mod permissions;
mod plan;
mod policy;
mod previews;
mod progress;
mod publisher;
mod schema;
mod signals;
mod simulate;
mod source;
mod stderr;
mod terraform_plan;
mod usage;
mod variables;
mod watch;

/// Check, end to end, that Sailthru Connect can write to your S3 bucket, and say what to fix when it cannot
#[derive(Debug, Parser)]
#[command(name = "stc-check", version, max_term_width = 100)]
#[command(after_help = help::EXAMPLES, after_long_help = help::LONG_EXAMPLES)]
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
    /// Wait until Sailthru's data flows into your bucket
    Watch(Box<watch::Arguments>),
    /// Print the documents that a bucket needs: bucket policy, key policy statement, settings
    Policy(policy::Arguments),
    /// Print the smallest changes that fix what failed, with the commands to apply them and to roll back
    Fix(fix::Arguments),
    /// Show what changed between two snapshots or reports, and which checks came out differently
    Diff(diff::Arguments),
    /// Print the smallest IAM policy that your role needs to run the check
    Permissions(permissions::Arguments),
    /// Explain a check: what it means, why it matters, how to fix it; or what an error message of AWS means
    Explain(explain::Arguments),
    /// Ask the policy evaluator one question, or a file of them
    Simulate(simulate::Arguments),
    /// Print the JSON Schema of a report or a snapshot
    Schema(schema::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Print the manual page
    Man,
}

/// Parses the command line, runs what it says and gives the exit code.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    stderr::say_faults();
    let parsed = variables::with_variables(Cli::command(), &arguments)
        .try_get_matches_from_mut(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage::refuse(error, &arguments),
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
