//! Options out of the environment: which variables count beside what was typed.
//!
//! - An empty variable counts as not set: it usually comes from a pipeline that had nothing to fill in.
//! - What was typed comes before what a variable says, also where the two contradict each other.
//! - The variables of the check are nothing to the other commands, except for the options that they share.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// Options of the check that cannot both be meant: where the first was typed, a variable for another says nothing.
const GIVE_WAY: [(&str, &[&str]); 5] = [
    ("no_probe", &["probe_role_arn", "external_id", "probe_multipart"]),
    ("probe_role_arn", &["no_probe"]),
    ("probe_multipart", &["no_probe"]),
    ("snapshot", &["probe_role_arn", "external_id", "probe_multipart", "wait", "terraform_plan"]),
    ("terraform_plan", &["probe_role_arn", "external_id", "probe_multipart", "wait", "snapshot"]),
];

/// Options whose values have no spaces in them.
const NAMES: [&str; 2] = ["bucket", "principal"];

/// The command line with the variables that count. They go unnamed in the help, whose last words give their rule.
pub(super) fn with_variables(command: Command, arguments: &[OsString]) -> Command {
    let typed = typed(command.clone(), arguments);
    let named = typed.as_ref().and_then(ArgMatches::subcommand_name).map(str::to_owned);
    let of_check = command.clone();
    let is_typed = |id: &str| {
        let by_command_line = |matches: &ArgMatches| {
            matches.try_contains_id(id).is_ok() && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        let after = typed.as_ref().and_then(ArgMatches::subcommand).map(|(_, matches)| matches);
        typed.iter().chain(after).any(by_command_line)
    };
    let foreign = |arg: &Arg| named.is_some() && !arg.is_global_set();
    let command = take_variables(command, &|command, arg, _| !foreign(arg) && !gives_way(command, arg, &is_typed));
    command.mut_subcommands(|subcommand| {
        take_variables(subcommand, &|command, arg, value| {
            !gives_way(command, arg, &is_typed) && !is_of_check_alone(&of_check, arg, value)
        })
    })
}

/// What was typed, as far as it can be understood without any variable.
fn typed(command: Command, arguments: &[OsString]) -> Option<ArgMatches> {
    without(command).ignore_errors(true).try_get_matches_from(arguments).ok()
}

/// The command line as it is without any variable.
pub(super) fn without(command: Command) -> Command {
    command.mut_args(|arg| arg.env(None::<&'static str>)).mut_subcommands(without)
}

fn take_variables(command: Command, counts: &dyn Fn(&Command, &Arg, &OsStr) -> bool) -> Command {
    let known = command.clone();
    command.mut_args(|arg| {
        let Some(value) = arg.get_env().and_then(std::env::var_os) else { return arg.hide_env(true) };
        if value.is_empty() || !counts(&known, &arg, &value) {
            return arg.env(None::<&'static str>);
        }
        let names = value.to_str().filter(|_| NAMES.contains(&arg.get_id().as_str()));
        match names.map(|names| without_stray_spaces(&arg, names)) {
            Some(names) if names.join(" ") != value.to_string_lossy() => {
                arg.env(None::<&'static str>).default_values(names).hide_default_value(true)
            }
            _ => arg.hide_env(true),
        }
    })
}

/// The names of a variable, several where the option takes several.
fn without_stray_spaces(arg: &Arg, value: &str) -> Vec<String> {
    match arg.get_value_delimiter() {
        Some(' ') => value.split_whitespace().map(str::to_owned).collect(),
        _ => vec![value.trim().to_owned()],
    }
}

/// Whether something was typed that the option contradicts.
fn gives_way(command: &Command, arg: &Arg, is_typed: &dyn Fn(&str) -> bool) -> bool {
    let id = arg.get_id();
    let declared = command.get_arguments().filter(|other| is_typed(other.get_id().as_str())).any(|other| {
        let excludes = |one: &Arg, another: &Arg| {
            command.get_arg_conflicts_with(one).iter().any(|conflict| conflict.get_id() == another.get_id())
        };
        excludes(arg, other) || excludes(other, arg)
    });
    declared || GIVE_WAY.iter().any(|(first, others)| others.contains(&id.as_str()) && is_typed(first))
}

/// Whether a value means something to the check, and nothing to the option of the same name of another command.
fn is_of_check_alone(check: &Command, arg: &Arg, value: &OsStr) -> bool {
    let Some(of_check) = check.get_arguments().find(|other| other.get_id() == arg.get_id()) else { return false };
    let Some(value) = value.to_str() else { return false };
    let takes = |arg: &Arg, value: &str| arg.get_possible_values().iter().any(|name| name.matches(value, false));
    !arg.get_possible_values().is_empty() && !takes(arg, value) && value.split(',').all(|value| takes(of_check, value))
}
