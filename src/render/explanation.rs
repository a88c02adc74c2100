//! What `explain` prints: the table of checks in words.

use super::layout::{Ink, Layout, Screen};
use crate::checks::{Check, all};

/// Every check, one a line: id and title.
#[must_use]
pub fn list(screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    put_list(&mut layout, "", &all().collect::<Vec<_>>());
    layout.finish()
}

/// Checks, one a line, after an indent.
pub(super) fn put_list(layout: &mut Layout, indent: &str, checks: &[&Check]) {
    let widest = checks.iter().map(|check| check.id.as_str().len()).max().unwrap_or_default();
    for check in checks {
        let id = format!("{:<widest$}  ", check.id);
        layout.line(&[(Ink::Plain, indent), (Ink::Strong, &id), (Ink::Plain, &check.title())]);
    }
}

/// One check: what it looks at, why, how it fails, how to fix it, where the rule comes from.
#[must_use]
pub fn one(check: &Check, screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    let Check { id, explain, .. } = check;
    let faq = check.faq().map_or_else(String::new, |number| format!(" (FAQ {number})"));
    layout.hanging(&format!("{id}{faq}:"), Ink::Strong, &check.title(), 0);
    let parts = [
        ("What it checks", explain.what),
        ("Why", explain.why),
        ("How it fails", explain.example),
        ("How to fix it", explain.fix),
        ("Sources", &explain.sources.join("\n")),
    ];
    for (heading, body) in parts {
        layout.blank();
        layout.paragraph(0, Ink::Heading, heading);
        for line in body.lines() {
            layout.paragraph(2, Ink::Plain, line);
        }
    }
    layout.finish()
}
