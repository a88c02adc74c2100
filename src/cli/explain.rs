//! `stc-check explain [ID]`: what a check means, from the table of requirements.

use stc_check::checks::ALL;
use stc_check::render::explanation;

use super::console::Console;
use super::error::Error;
use super::parse;

/// Which check.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The check's id; all are listed without one
    #[arg(value_name = "ID", value_parser = parse::check_id)]
    id: Option<String>,
}

/// Prints one explanation, or the list.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    let screen = console.screen();
    let asked = |id: &String| ALL.iter().find(|requirement| requirement.id == id);
    console.print(&match arguments.id.as_ref().and_then(asked) {
        Some(requirement) => explanation::one(requirement, screen),
        None => explanation::list(screen),
    })?;
    Ok(0)
}
