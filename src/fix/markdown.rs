//! The changes as Markdown, for a ticket or a pull request.

use std::fmt::Write as _;

use super::plan::{Plan, UnfixableGroup};
use crate::report::CheckId;
use crate::text::sanitise::visible;

/// A heading for each document, with what it fixes, the difference, and the commands there and back.
#[must_use]
pub fn markdown(plan: &Plan, bucket: &str, language: &str) -> String {
    let mut text = format!("# Changes to {}\n", code(bucket));
    let listed = |checks: &[CheckId]| checks.iter().map(|check| code(check.as_str())).collect::<Vec<_>>().join(", ");
    for (change, checks) in [false, true].into_iter().flat_map(|optional| plan.documents(optional)) {
        let optional = if change.optional { " (optional)" } else { "" };
        let _ = write!(text, "\n## {}{optional}\n\nFixes {}.\n", change.document, listed(&checks));
        if let Some(note) = &change.note {
            let _ = write!(text, "\n{}\n", prose(note));
        }
        text.push_str(&block("diff", &change.diff));
        for (title, commands) in [("To apply:", &change.commands), ("To roll back:", &change.rollback)] {
            if !commands.is_empty() {
                let _ = write!(text, "\n{title}\n{}", block(language, &commands.join("\n")));
            }
        }
    }
    if !plan.unfixable.is_empty() {
        text.push_str("\n## What no change fixes\n\n");
        for UnfixableGroup { checks, who, why } in plan.unfixable_groups() {
            let _ = writeln!(text, "- {}: {} Who can: {}.", listed(&checks), prose(&why), prose(&who));
        }
    }
    if plan.changes.is_empty() && plan.unfixable.is_empty() {
        text.push_str("\nThere is nothing to fix.\n");
    }
    text
}

/// A fence that is longer than any in the text.
fn block(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: String = text.lines().map(|line| visible(line).into_owned() + "\n").collect();
    format!("\n{fence}{language}\n{lines}{fence}\n")
}

fn code(text: &str) -> String {
    let text = visible(text).replace('`', "'");
    format!("`{text}`")
}

/// Words of the report, in which only backticks mark anything up.
fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut quoted = false;
    for character in visible(text).chars() {
        quoted ^= character == '`';
        if !quoted && matches!(character, '<' | '>' | '*' | '_' | '[' | ']' | '|' | '#' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped.replace('\n', " ")
}
