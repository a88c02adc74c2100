//! Everything there is to say of one check as plain text, for forms that hold a text whole: JUnit, Markdown.

use super::excerpt::excerpts;
use super::layout::{Detail, Ink, Layout, Screen};
use super::wording::{place, short};
use crate::report::{CheckResult, Report};

/// Where it is read is not known: any character, lines as on a page.
const PAGE: Screen = Screen { width: 100, unicode: true, colour: false, detail: Detail::Full };

/// The message, what decided, the lines of the policy, the fix.
pub(super) fn details(report: &Report, check: &CheckResult) -> String {
    let mut layout = Layout::new(PAGE);
    layout.paragraph(0, Ink::Plain, &short(&check.message));
    for line in grounds(check) {
        layout.paragraph(0, Ink::Plain, &line);
    }
    draw(&mut layout, report, check);
    if let Some(fix) = &check.fix {
        layout.hanging("fix:", Ink::Plain, &short(&fix.summary), 0);
        for command in &fix.commands {
            layout.command(2, command);
        }
    }
    layout.finish()
}

/// What decided it, a line each.
pub(super) fn grounds(check: &CheckResult) -> Vec<String> {
    let statements = check.evidence.statements.iter().flatten();
    let mut lines: Vec<String> = statements.map(|statement| format!("decided by {}", place(statement))).collect();
    if let Some(keys) = check.evidence.depends_on.as_ref().filter(|keys| !keys.is_empty()) {
        lines.push(format!("depends on {}", short(&keys.join(", "))));
    }
    lines
}

/// The lines of the policies with the deciding places underlined; empty where there are none.
pub(super) fn marked_documents(report: &Report, check: &CheckResult) -> String {
    let mut layout = Layout::new(PAGE);
    draw(&mut layout, report, check);
    layout.finish()
}

fn draw(layout: &mut Layout, report: &Report, check: &CheckResult) {
    for excerpt in excerpts(check, &report.documents, PAGE) {
        excerpt.draw(layout, 0, Ink::Plain);
    }
}
