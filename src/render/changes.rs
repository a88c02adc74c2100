//! What `stc-check fix` prints for reading: each document with what it fixes, then the commands for all of them.

use super::layout::{Ink, Layout, Screen};
use crate::fix::changes::{Change, Plan, UnfixableGroup};
use crate::report::CheckId;
use crate::text::sanitise;

/// Said under every change that was judged.
const JUDGED: &str = "Nothing was applied. With these changes the checks that are named pass, and no other check gets worse: \
                      all of them were judged again.";

/// Said where there is a command, since none of the owner's policies shows this.
const ADMINISTRATORS: &str =
    "If a service or resource control policy refuses a command, ask your organization's administrators.";

/// Renders the changes to a bucket; `directory` is where their documents were written.
#[must_use]
pub fn text(plan: &Plan, bucket: &str, directory: Option<&str>, screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    let [needed, optional] = [false, true].map(|optional| plan.documents(optional));
    if needed.is_empty() && optional.is_empty() && plan.unfixable.is_empty() {
        layout.paragraph(0, Ink::Plain, &shown(&format!("Nothing to fix in {bucket}.")));
    }
    tell(&mut layout, &needed, bucket, ["To apply:", "To roll back:"]);
    tell(&mut layout, &optional, bucket, ["To apply as well:", "To roll that back, before the rest:"]);
    if let Some(directory) = directory.filter(|_| !plan.files.is_empty()) {
        layout.paragraph(0, Ink::Plain, &shown(&format!("The documents are in {directory}.")));
        layout.blank();
    }
    for UnfixableGroup { checks, who, why } in plan.unfixable_groups() {
        layout.paragraph(0, Ink::Strong, &format!("Cannot be fixed here: {}", listed(&checks)));
        layout.paragraph(2, Ink::Plain, &shown(&why));
        layout.hanging("who can:", Ink::Strong, &shown(&who), 2);
        layout.blank();
    }
    if !plan.changes.is_empty() {
        layout.paragraph(0, Ink::Plain, JUDGED);
    }
    if plan.changes.iter().any(|change| !change.commands.is_empty()) {
        layout.paragraph(0, Ink::Faint, ADMINISTRATORS);
    }
    layout.finish().trim_end().to_owned() + "\n"
}

/// Documents with what they fix, then the commands for all of them.
fn tell(layout: &mut Layout, documents: &[(&Change, Vec<CheckId>)], bucket: &str, titles: [&str; 2]) {
    for (change, checks) in documents {
        let title = format!("{} of {bucket}: fixes {}", change.document, listed(checks));
        layout.paragraph(0, Ink::Strong, &shown(&title));
        if let Some(note) = &change.note {
            layout.paragraph(2, Ink::Plain, &shown(note));
        }
        layout.blank();
        layout.diff(2, &change.diff);
        layout.blank();
    }
    let apply: Vec<&String> = documents.iter().flat_map(|(change, _)| &change.commands).collect();
    let back: Vec<&String> = documents.iter().rev().flat_map(|(change, _)| &change.rollback).collect();
    for (title, commands) in titles.into_iter().zip([apply, back]).filter(|(_, commands)| !commands.is_empty()) {
        layout.paragraph(0, Ink::Strong, title);
        layout.blank();
        for command in commands {
            layout.verbatim(2, Ink::Command, &shown(command));
        }
        layout.blank();
    }
}

fn listed(checks: &[CheckId]) -> String {
    checks.iter().map(|check| check.as_str()).collect::<Vec<_>>().join(", ")
}

/// A text in full, since a command that is cut short is of no use, without what disturbs a terminal.
fn shown(text: &str) -> String {
    sanitise::visible(text).into_owned()
}
