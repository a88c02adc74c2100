//! What the command line does not take, said as every other error is.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use stc_check::text::sanitise;

use super::stderr::say_error;
use super::{Cli, parse};

/// How much of a value is shown.
const LONGEST_VALUE: usize = 200;

/// Prints clap's message (help and version too) and gives its exit code. Control characters of values are not echoed,
/// wherever they came from, and no endpoint is: it may hold a password.
pub(super) fn refuse(mut error: clap::Error, arguments: &[OsString]) -> ExitCode {
    let exit = ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    if let Some(refused) = invalid_value(&error).or_else(|| second_word(&error, arguments)) {
        say_error(&refused);
        return exit;
    }
    if let Some(meant) = mistyped_command(&error) {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![meant]));
    }
    let message = error.to_string();
    if !error.use_stderr() || message.lines().all(|line| sanitise::visible(line) == line) {
        let _ = error.print();
    } else {
        let lines: Vec<_> = message.lines().map(sanitise::visible).collect();
        let _ = writeln!(anstream::stderr(), "{}", lines.join("\n"));
    }
    exit
}

/// A value that an option does not take: the option, and why not. The value is named once: here, or by the reason.
fn invalid_value(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::ValueValidation {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let argument = text(ContextKind::InvalidArg)?.split(' ').next()?.trim_matches(['[', ']', '<', '>']);
    let (reason, value) = (error.source()?.to_string(), text(ContextKind::InvalidValue)?);
    let value = sanitise::excerpt(value, LONGEST_VALUE);
    let is_value = |quoted: &str| quoted.len() > 3 && (value.contains(quoted) || quoted.contains(&*value));
    let quoted = reason.split('`').skip(1).step_by(2).any(is_value);
    let named = argument == "--endpoint-url" || value.is_empty() || quoted;
    Some(if named { format!("{argument}: {reason}") } else { format!("{argument} `{value}`: {reason}") })
}

/// A word after the first one where nothing takes it: the first was a mistyped command, or both are buckets.
fn second_word(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return None,
    };
    let Some(ContextValue::String(second)) = error.get(kind) else { return None };
    let first = arguments.get(1)?.to_str().filter(|first| !first.starts_with('-') && *first != second)?;
    let is_command = first == "help" || Cli::command().get_subcommands().any(|command| command.get_name() == first);
    if second.starts_with('-') || is_command {
        return None;
    }
    Some(match parse::bucket(first) {
        Err(wrong) => format!("BUCKET `{}`: {wrong}", sanitise::excerpt(first, LONGEST_VALUE)),
        Ok(_) => format!(
            "`{}` comes after the bucket `{first}`: to check several buckets, give each with `--bucket`",
            sanitise::excerpt(second, LONGEST_VALUE)
        ),
    })
}

/// The command that was probably meant.
fn mistyped_command(error: &clap::Error) -> Option<String> {
    let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(typed))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
    else {
        return None;
    };
    let command = Cli::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let near = names.min_by_key(|name| strsim::osa_distance(name, typed))?;
    (strsim::osa_distance(near, typed) <= 2).then(|| near.to_owned())
}
