//! `stc-check schema report|reports|snapshot`.

use clap::ValueEnum;
use stc_check::schema;

use super::console::Console;
use super::error::Error;

const EXAMPLES: &str = "Examples:\n  stc-check schema report";

/// Which document.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The document to print the schema of
    document: Document,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Document {
    /// What --format json prints
    Report,
    /// What --format json prints of several buckets
    Reports,
    /// What --save-snapshot writes and --snapshot reads
    Snapshot,
}

/// Prints the schema.
///
/// # Errors
/// When stdout cannot be written to.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    console.print(match arguments.document {
        Document::Report => schema::REPORT,
        Document::Reports => schema::REPORTS,
        Document::Snapshot => schema::SNAPSHOT,
    })?;
    Ok(0)
}
