//! `stc-check completions SHELL`.

use clap_complete::Shell;

use super::console::Console;
use super::error::Error;
use super::{help, variables};

/// Which shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The shell to complete in
    shell: Shell,
}

/// Prints the script that teaches the shell our options.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut variables::without(help::command()), "stc-check", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
