//! `stc-check completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::console::Console;
use super::error::Error;
use super::{Cli, variables};

const EXAMPLES: &str = "Examples:\n  \
    source <(stc-check completions bash)               in ~/.bashrc\n  \
    stc-check completions zsh > ~/.zfunc/_stc-check    a folder of $fpath\n  \
    stc-check completions fish | source                in config.fish";

/// Which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
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
    clap_complete::generate(arguments.shell, &mut variables::without(Cli::command()), "stc-check", &mut script);
    console.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
