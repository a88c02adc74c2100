//! `stc-check explain [ID]`: what a check means, from the table of checks.

use stc_check::checks::entry;
use stc_check::render::explanation;
use stc_check::report::CheckId;

use super::console::Console;
use super::error::Error;

/// Which check.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The check's id; all are listed without one
    #[arg(value_name = "ID", value_parser = CheckId::parse)]
    id: Option<CheckId>,
}

/// Prints one explanation, or the list.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    let screen = console.screen();
    console.print(&match arguments.id {
        Some(id) => explanation::one(entry(id), screen),
        None => explanation::list(screen),
    })?;
    Ok(0)
}
