//! Every check in full (`-v`): by section, each with its basis, its words, what decided, and how to fix it.

use super::super::details::grounds;
use super::super::excerpt::excerpts;
use super::super::layout::{Ink, Layout, Screen};
use super::super::wording::{glyph, is_remarkable, sections, short, title, was};
use super::how_to_fix;
use crate::report::{CheckResult, Report};

/// Where the text of a check begins.
const INDENT: usize = 12;

pub(super) fn checks(layout: &mut Layout, report: &Report, screen: Screen) {
    for (section, checks) in sections(report) {
        layout.paragraph(0, Ink::Heading, &title(section));
        for check in checks {
            one(layout, report, check, screen);
        }
        layout.blank();
    }
}

fn one(layout: &mut Layout, report: &Report, check: &CheckResult, screen: Screen) {
    let ink = Ink::of(check.status);
    let label = format!("  {} {:<8}", glyph(check.status, screen.unicode), check.status.as_str());
    let basis = check.basis.map_or_else(String::new, |basis| format!(" ({})", basis.as_str()));
    let required = if check.required || check.basis.is_some() { "" } else { " (not required)" };
    let headline = short(&check.headline.to_string());
    layout.entry(ink, &label, check.id.as_str(), &format!("{headline}{basis}{required}{}", was(check)), INDENT);
    layout.paragraph(INDENT, Ink::of_message(check.status), &short(&check.message));
    for line in grounds(check) {
        layout.paragraph(INDENT, Ink::Plain, &line);
    }
    if !is_remarkable(check) {
        return;
    }
    for excerpt in excerpts(check, &report.documents, screen) {
        excerpt.draw(layout, INDENT, ink);
    }
    if let Some(fix) = &check.fix {
        how_to_fix(layout, fix, INDENT);
    }
}
