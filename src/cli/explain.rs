//! `stc-check explain [ID]`: what a check means, from the table of requirements.

use std::fmt::Write as _;

use stc_check::requirement::{ALL, Explanation, Requirement};

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
    let text = match &arguments.id {
        None => list(),
        Some(id) => ALL.iter().filter(|requirement| requirement.id == id).map(|requirement| one(requirement)).collect(),
    };
    console.print(&text)?;
    Ok(0)
}

fn list() -> String {
    let widest = ALL.iter().map(|requirement| requirement.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    for Requirement { id, title, .. } in ALL {
        let _ = writeln!(text, "{id:<widest$}  {title}");
    }
    text
}

fn one(requirement: &Requirement) -> String {
    let Requirement { id, title, explain, .. } = requirement;
    let Explanation { what, why, example, fix, sources } = explain;
    let faq = requirement.faq().map_or_else(String::new, |number| format!(" (FAQ {number})"));
    let mut text = format!("{id}{faq}: {title}\n");
    let mut part = |heading: &str, lines: &mut dyn Iterator<Item = &str>| {
        let _ = writeln!(text, "\n{heading}");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
    };
    part("What it checks", &mut what.lines());
    part("Why", &mut why.lines());
    part("How it fails", &mut example.lines());
    part("How to mend it", &mut fix.lines());
    part("Sources", &mut sources.iter().copied());
    text
}
