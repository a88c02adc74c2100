//! `stc-check man`.

use clap::CommandFactory;

use super::console::Console;
use super::error::Error;
use super::{Cli, variables};

/// Prints the manual page, for `man -l -`.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn run(console: &Console) -> Result<u8, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(variables::without(Cli::command()))
        .render(&mut page)
        .map_err(|error| Error::new(format!("rendering the manual page: {error}")))?;
    console.print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
