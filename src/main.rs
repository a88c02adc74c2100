//! The command `stc-check`: parses, runs one command, prints, exits.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::run(std::env::args_os())
}
