//! The report as one page of HTML that needs nothing else: no script, no network; dark and light, on paper too.
//!
//! The page says of itself, in a content security policy, that it loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::words::{LONGEST_SID, LONGEST_TEXT, REMINDER, Section, glyph, is_remarkable, meaning, name, place, tally};
use crate::checks::ALL;
use crate::report::{CheckResult, FailOn, Report, ReportVerdict, Status};
use crate::text::sanitise;

mod access;
mod mend;
mod policy;

const STYLE: &str = include_str!("html/page.css");

/// Renders a report as one HTML document.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let verdict = report.verdict().as_str();
    let bucket = sanitise::excerpt(&report.subject.bucket, LONGEST_SID);
    let errands = mend::errands(report);
    let sheets = policy::Sheets::new(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (verdict) ": " (bucket) " · stc-check" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(report, &bucket, fail_on))
                main {
                    (mend::mending(&errands))
                    (mend::undecided(report))
                    (access::table(report))
                    @for (section, checks) in Section::divide(report) {
                        section {
                            h2 { (section.title()) }
                            @for check in checks { (one_check(check, &errands, &sheets)) }
                        }
                    }
                    (policy::documents(report, &sheets))
                }
                footer { p { (REMINDER) } p { "stc-check " (env!("CARGO_PKG_VERSION")) } }
            }
        }
    };
    let mut text = page.into_string();
    text.push('\n');
    text
}

fn head(report: &Report, bucket: &str, fail_on: FailOn) -> Markup {
    let subject = &report.subject;
    let status = match report.verdict() {
        ReportVerdict::Pass => Status::Pass,
        ReportVerdict::Fail => Status::Fail,
        ReportVerdict::Unknown => Status::Unknown,
    };
    let counts: Vec<_> = tally(report).into_iter().map(|(_, count)| count).collect();
    html! {
        header {
            div class={ "verdict " (status.as_str()) } {
                h1 { span aria-hidden="true" { (glyph(status, true)) " " } (report.verdict().as_str()) ": " (bucket) }
                p { (meaning(report, fail_on)) }
            }
            dl {
                dt { "Bucket" } dd { code { "s3://" (bucket) } }
                dt { "Region" } dd { (subject.region.as_deref().map_or("not known".into(), short)) }
                dt { "Variant" } dd { (subject.variant) }
                @if let Some(name) = name(subject) { dt { "Connection" } dd { (name) } }
                dt { "Written by" }
                @for principal in &subject.principals { dd { code { (short(principal)) } } }
                @if let Some(key) = &subject.kms_key { dt { "Encrypted under" } dd { code { (short(key)) } } }
                dt { "Checks" } dd { (counts.join(", ")) }
            }
            @if let Some(notice) = &report.notice { div class="notice" { p { (prose(notice)) } } }
            @for notice in report.waiver_notices() { div class="notice" { p { (prose(notice)) } } }
        }
    }
}

fn one_check(check: &CheckResult, errands: &[mend::Errand<'_>], sheets: &policy::Sheets<'_>) -> Markup {
    let basis = check.basis.map(|basis| format!(" ({})", basis.as_str()));
    let explained = ALL.iter().find(|requirement| requirement.id == check.id);
    html! {
        article id=(anchor(check)) class={ "check " @if is_remarkable(check) { "card " (check.status.as_str()) } @else { "quiet" } } {
            h3 {
                (badge(check.status)) " " code { (check.id) } " " (prose(check.title))
                span class="faint" { (basis.unwrap_or_default()) @if !check.required { " (not required)" } }
            }
            p { (prose(&check.message)) }
            @if is_remarkable(check) {
                ul {
                    @for statement in check.evidence.statements.iter().flatten() {
                        li { "decided by " (linked(sheets.anchor(statement), prose(&place(statement)))) }
                    }
                    @if let Some(keys) = check.evidence.depends_on.as_ref().filter(|keys| !keys.is_empty()) {
                        li { "depends on " (short(&keys.join(", "))) }
                    }
                    @if let Some(place) = mend::place(check, errands) { li { a href={ "#" (place) } { "how to mend it" } } }
                }
                @if let Some(requirement) = explained {
                    details {
                        summary { "Why it matters, and where the rule comes from" }
                        p { (prose(requirement.explain.why)) }
                        ul {
                            @for source in requirement.explain.sources {
                                li { a href=(source) rel="noreferrer" { (source) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn linked(place: Option<String>, words: Markup) -> Markup {
    match place {
        Some(place) => html! { a href={ "#" (place) } { (words) } },
        None => words,
    }
}

/// A status in words, with its sign.
fn badge(status: Status) -> Markup {
    let word = status.as_str();
    html! { span class={ "status " (word) } { span aria-hidden="true" { (glyph(status, true)) " " } (word) } }
}

fn anchor(check: &CheckResult) -> String {
    format!("check-{}", check.id.replace('.', "-"))
}

fn short(text: &str) -> String {
    sanitise::excerpt(text, LONGEST_TEXT).into_owned()
}

/// A name that may be broken where a reader would: after the colons and slashes of an ARN, before a word's capital.
fn breakable(name: &str) -> Markup {
    let name = short(name);
    let (mut pieces, mut piece) = (Vec::new(), String::new());
    let mut previous = ' ';
    for character in name.chars() {
        let after = matches!(previous, ':' | '/') && previous != character;
        if after || previous.is_lowercase() && character.is_uppercase() {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(character);
        previous = character;
    }
    html! { @for piece in &pieces { (piece) wbr; } (piece) }
}

/// A sentence, in which names stand between backticks.
fn prose(text: &str) -> Markup {
    let text = short(text);
    let pieces: Vec<&str> = text.split('`').collect();
    html! {
        @if pieces.len().is_multiple_of(2) {
            (text)
        } @else {
            @for (number, piece) in pieces.iter().enumerate() {
                @if number % 2 == 0 { (piece) } @else { code { (piece) } }
            }
        }
    }
}
