//! `stc-check explain [ID]`: what a check means, from the table of checks; `--error`: what an error of AWS means.

use std::path::Path;

use stc_check::checks::entry;
use stc_check::refusal::error_text::ErrorText;
use stc_check::render::{error_explanation, explanation};

use super::console::Console;
use super::error::Error;
use super::file;
use super::ids::{IdParser, Selected};

/// A longer text is no error message.
const LONGEST_ERROR: usize = 64 * 1024;
/// The exit code where the error is not one that we know.
const NOT_KNOWN: u8 = 1;

const EXAMPLES: &str = "Examples:\n  \
    stc-check explain                          list every check\n  \
    stc-check explain policy.put-object        explain one\n  \
    stc-check explain --error 'Access Denied'  explain an error of AWS\n  \
    stc-check explain --error - < run.log      explain the error in a log";

/// Which check, or which error.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The check's id; all are listed without one
    #[arg(value_name = "ID", hide_possible_values = true, value_parser = IdParser { families: false })]
    id: Option<Selected>,
    /// An error message of AWS, as a line or in a whole log; `-` reads standard input
    #[arg(long, env = "STC_CHECK_ERROR", value_name = "TEXT", conflicts_with = "id", allow_hyphen_values = true)]
    error: Option<String>,
}

/// Prints one explanation, or the list.
///
/// # Errors
/// When stdout cannot be written to, or the error text is empty, too long or unreadable.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    let screen = console.screen();
    if let Some(error) = &arguments.error {
        let (explanation, known) = error_explanation::error(&ErrorText::read(&error_text(error)?), screen);
        console.print(&explanation)?;
        return Ok(if known { 0 } else { NOT_KNOWN });
    }
    console.print(&match arguments.id.as_ref().and_then(|Selected(ids)| ids.first()) {
        Some(id) => explanation::one(entry(*id), screen),
        None => explanation::list(screen),
    })?;
    Ok(0)
}

fn error_text(given: &str) -> Result<String, Error> {
    let text = if given == "-" {
        let most = u64::try_from(LONGEST_ERROR).unwrap_or(u64::MAX).saturating_add(1);
        String::from_utf8_lossy(&file::bytes(Path::new("-"), most)?).into_owned()
    } else {
        given.to_owned()
    };
    let help = "give the line with the code and AWS's sentence, such as `An error occurred (AccessDenied) …`";
    if text.trim().is_empty() {
        return Err(Error::new("`--error` is empty").help(help));
    }
    if text.len() > LONGEST_ERROR {
        return Err(Error::new("`--error` is longer than 64 KB").help(help));
    }
    Ok(text)
}
