//! What there is to do: every fix once, with the checks that it fixes and why; and what nobody could decide.

use maud::{Markup, html};

use super::{Report, Status, anchor, badge, prose};
use crate::render::groups::{Group, problems};
use crate::render::wording::shown;
use crate::report::{CheckResult, Fix};

/// Failures and warnings, those of one cause together.
pub(super) fn groups(report: &Report) -> Vec<Group<'_>> {
    problems(report).into_iter().filter(|group| matches!(group.status(), Status::Fail | Status::Warn)).collect()
}

/// Where on the page it says how to fix a check.
pub(super) fn place(scope: &str, check: &CheckResult, groups: &[Group<'_>]) -> Option<String> {
    let holds = |group: &Group<'_>| group.fix().is_some() && group.checks.iter().any(|other| other.id == check.id);
    groups.iter().position(holds).map(|number| format!("{scope}fix-{}", number + 1))
}

/// The section of what failed or warns; nothing where nothing does.
pub(super) fn fixing(scope: &str, groups: &[Group<'_>]) -> Markup {
    cards("What to fix", scope, groups, |number| Some(format!("{scope}fix-{}", number + 1)))
}

/// The section of what is not known, by the reason; nothing where all is.
pub(super) fn undecided(scope: &str, report: &Report) -> Markup {
    let reasons = problems(report).into_iter().filter(|group| group.status() == Status::Unknown);
    cards("What could not be decided", scope, &reasons.collect::<Vec<_>>(), |_| None)
}

/// A section with a card for each group, at the place that `id` gives for its number.
fn cards(title: &str, scope: &str, groups: &[Group<'_>], id: impl Fn(usize) -> Option<String>) -> Markup {
    html! {
        @if !groups.is_empty() {
            section {
                h2 { (title) }
                @for (number, group) in groups.iter().enumerate() {
                    div class={ "check card " (group.status().as_str()) } id=[id(number)] {
                        (listed(scope, &group.checks))
                        @if let Some(first) = group.first() { p { (prose(&first.message)) } }
                        @if let Some(fix) = group.fix() {
                            p { strong { "Fix: " } (prose(&fix.summary)) }
                            (commands(fix))
                        }
                    }
                }
            }
        }
    }
}

/// The checks of a card, a line each.
fn listed(scope: &str, checks: &[&CheckResult]) -> Markup {
    html! {
        ul class="listed" {
            @for check in checks {
                li {
                    (badge(check.status)) " " a href={ "#" (anchor(scope, check)) } { (check.id) } " " (prose(&check.headline.to_string()))
                    @if !check.required { span class="faint" { " (not required)" } }
                }
            }
        }
    }
}

fn commands(fix: &Fix) -> Markup {
    html! {
        @for command in &fix.commands {
            @match shown(command) {
                Ok(command) => pre class="command" tabindex="0" role="group" aria-label="command" { code { (command) } },
                Err(note) => p class="faint" { (note) },
            }
        }
    }
}
