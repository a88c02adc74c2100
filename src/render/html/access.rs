//! Who can do what, as a table: writers across, actions down.

use maud::{Markup, html};

use super::{Report, Status, anchor, badge_as, breakable, region};
use crate::policy::{Outcome, Tri};
use crate::report::CheckResult;

/// The table; nothing where no check judged an action.
pub(super) fn table(scope: &str, report: &Report) -> Markup {
    let rows: Vec<(&str, &CheckResult)> = report
        .checks
        .iter()
        .filter(|check| check.status != Status::Skip)
        .filter_map(|check| Some((check.evidence.access.as_ref()?.action, check)))
        .collect();
    let writers = writers(report, &rows);
    html! {
        @if !rows.is_empty() {
            section {
                h2 { "Who can do what" }
                div class="scroll" tabindex="0" role="region" aria-label=(region("Who can do what", report)) {
                    table {
                        caption { "According to the bucket policy, the key policy and the key's grants. What was really tried is under Probe." }
                        thead {
                            tr {
                                th scope="col" { "Action" }
                                @for writer in &writers { th scope="col" { code { (breakable(writer)) } } }
                            }
                        }
                        tbody {
                            @for (action, check) in &rows {
                                tr {
                                    th scope="row" { a href={ "#" (anchor(scope, check)) } { (breakable(action)) } }
                                    @for writer in &writers { (cell(check, writer)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The writers that were judged, in order, else those of the report.
fn writers<'a>(report: &'a Report, rows: &[(&str, &'a CheckResult)]) -> Vec<&'a str> {
    let mut writers: Vec<&str> = Vec::new();
    for (writer, _) in rows.iter().flat_map(|(_, check)| judged(check)) {
        if !writers.contains(&writer) {
            writers.push(writer);
        }
    }
    if writers.is_empty() { report.subject.principals.iter().map(String::as_str).collect() } else { writers }
}

/// Writers and decisions, as the evidence lists them.
fn judged(check: &CheckResult) -> impl Iterator<Item = (&str, Outcome)> {
    let judged = check.evidence.access.iter().flat_map(|access| &access.judged);
    judged.map(|one| (one.principal.as_str(), one.decision))
}

fn cell(check: &CheckResult, writer: &str) -> Markup {
    // An undecided check has an answer to what the policy says only where nothing else can overrule it.
    let decision = judged(check).find(|(judged, _)| *judged == writer).filter(|_| check.status != Status::Unknown);
    let allowed = match (decision, check.status) {
        (Some((_, decision)), _) => decision.allows(),
        // Of a check that judged all writers alike.
        (None, Status::Pass | Status::Warn) => Tri::True,
        (None, Status::Fail) => Tri::False,
        (None, Status::Unknown | Status::Skip) => Tri::Unknown,
    };
    let (word, status) = match allowed {
        Tri::True => ("allowed", Status::Pass),
        Tri::False => ("denied", Status::Fail),
        Tri::Unknown => ("depends", Status::Unknown),
    };
    html! { td class=(status.as_str()) { (badge_as(status, word)) } }
}
