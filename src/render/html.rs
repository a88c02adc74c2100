//! The report as one page of HTML that needs nothing else: no script, no network; dark and light, on paper too.
//!
//! The page says of itself, in a content security policy, that it loads nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::groups::Group;
use super::overview::Overview;
use super::wording::{self, LONGEST_SID, REMINDER, glyph, is_remarkable, meaning, name, place, short, tally};
use super::{Format, Page};
use crate::checks::entry;
use crate::checks::policy::capitalised;
use crate::report::{CheckResult, FailOn, Report, Status};
use crate::text::sanitise;

mod access;
mod fixes;
mod policy;

const STYLE: &str = include_str!("html/page.css");

/// The format for a browser.
#[derive(Debug)]
pub struct Html;

impl Format for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on))
    }

    fn begin(&self, overview: &Overview) -> String {
        let title = wording::count(overview.expected, "bucket");
        let top = html! { header { h1 { (title) } p { a href="#all" { "All of them in a table" } } } };
        format!("{}<body>{}<main>", start(&title), top.into_string())
    }

    fn one(&self, report: &Report, before: &Overview, page: Page) -> Result<String, serde_json::Error> {
        let scope = format!("bucket-{}-", before.len() + 1);
        let part = Part::new(report, &scope);
        Ok(html! { article class="bucket" { (part.head(page.fail_on)) (part.body()) } }.into_string())
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        format!("{}</main>{}</body></html>\n", buckets(overview).into_string(), foot().into_string())
    }
}

/// Renders a report as one HTML document.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let part = Part::new(report, "");
    let title = format!("{}: {}", report.verdict().as_str(), part.bucket());
    let body = html! { body { (part.head(fail_on)) main { (part.body()) } (foot()) } };
    format!("{}{}</html>\n", start(&title), body.into_string())
}

/// Everything before the body. What the page may load is said before anything could be loaded.
fn start(title: &str) -> String {
    let head = html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
            title { (title) " · stc-check" }
            style { (PreEscaped(STYLE)) }
        }
    };
    format!("{}<html lang=\"en\">{}", DOCTYPE.into_string(), head.into_string())
}

fn foot() -> Markup {
    html! { footer { p { (REMINDER) } p { "stc-check " (env!("CARGO_PKG_VERSION")) } } }
}

/// A row for each bucket, and what concerns no single one.
fn buckets(overview: &Overview) -> Markup {
    html! {
        section id="all" {
            h2 { "All buckets: " (overview.meaning()) }
            @for notice in overview.notices() { div class="notice" { p { (prose(&notice)) } } }
            div class="scroll" tabindex="0" role="region" aria-label="All buckets" {
                table {
                    thead { tr { th scope="col" { "Verdict" } th scope="col" { "Bucket" } th scope="col" { "Checks" } } }
                    tbody {
                        @for (number, row) in overview.rows.iter().enumerate() {
                            tr {
                                td { (badge_as(row.status(), row.verdict.as_str())) }
                                th scope="row" { a href={ "#bucket-" (number + 1) "-top" } { (row.title()) } }
                                td { (row.says()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The part of a page that is about one bucket.
struct Part<'a> {
    report: &'a Report,
    /// How the anchors begin, so that none is on the page twice.
    scope: &'a str,
    groups: Vec<Group<'a>>,
    sources: policy::PrettySources<'a>,
}

impl<'a> Part<'a> {
    fn new(report: &'a Report, scope: &'a str) -> Self {
        Self { report, scope, groups: fixes::groups(report), sources: policy::PrettySources::new(report) }
    }

    fn bucket(&self) -> String {
        sanitise::excerpt(&self.report.subject.bucket, LONGEST_SID).into_owned()
    }

    fn head(&self, fail_on: FailOn) -> Markup {
        let id = (!self.scope.is_empty()).then(|| format!("{}top", self.scope));
        head(self.report, &self.bucket(), fail_on, id.as_deref())
    }

    fn body(&self) -> Markup {
        let Self { report, scope, groups, sources } = self;
        html! {
            (fixes::fixing(scope, groups))
            (fixes::undecided(scope, report))
            (access::table(scope, report))
            @for (section, checks) in wording::sections(report) {
                section {
                    h2 { (wording::title(section)) }
                    @for check in checks { (one_check(scope, check, groups, sources)) }
                }
            }
            (policy::documents(scope, report, sources))
        }
    }
}

fn head(report: &Report, bucket: &str, fail_on: FailOn, id: Option<&str>) -> Markup {
    let subject = &report.subject;
    let status = report.verdict().status();
    let counts: Vec<_> = tally(report).into_iter().map(|(_, count)| count).collect();
    html! {
        header id=[id] {
            div class={ "verdict " (status.as_str()) } {
                h1 { span aria-hidden="true" { (glyph(status, true)) " " } (report.verdict().as_str()) ": " (bucket) }
                p { (meaning(report, fail_on)) }
            }
            dl {
                dt { "Bucket" } dd { code { "s3://" (bucket) } }
                dt { "Region" } dd { (subject.region.as_deref().map_or("not known".into(), short)) }
                dt { "Variant" } dd { (subject.variant) }
                @if let Some(name) = name(subject) { dt { "Connection" } dd { (name) } }
                @if let Some(owner) = &report.run.owner { dt { "Account" } dd { (short(owner)) } }
                dt { "Checked" } dd { (wording::checked(report)) }
                @for principal in &subject.principals {
                    dt { (capitalised(&wording::principal_label(principal))) }
                    dd { code { (short(principal)) } }
                }
                @if let Some(key) = &subject.kms_key { dt { (capitalised(wording::key_label(subject))) } dd { code { (short(key)) } } }
                dt { "Checks" } dd { (counts.join(", ")) }
            }
            @for notice in report.all_notices() { div class="notice" { p { (prose(&notice)) } } }
        }
    }
}

fn one_check(scope: &str, check: &CheckResult, groups: &[Group<'_>], sources: &policy::PrettySources<'_>) -> Markup {
    let basis = check.basis.map(|basis| format!(" ({})", basis.as_str()));
    let was = check.baseline.map(|earlier| format!(" (baseline: {})", earlier.as_str()));
    let was = was.unwrap_or_default();
    let explain = &entry(check.id).explain;
    html! {
        article id=(anchor(scope, check)) class={ "check " @if is_remarkable(check) { "card " (check.status.as_str()) } @else { "quiet" } } {
            h3 {
                (badge(check.status)) " " code { (check.id) } " " (prose(&check.headline.to_string()))
                span class="faint" { (basis.unwrap_or_default()) @if !check.required { " (not required)" } (was) }
            }
            p { (prose(&check.message)) }
            @if is_remarkable(check) {
                ul {
                    @for statement in check.evidence.statements.iter().flatten() {
                        li { "decided by " (linked(sources.anchor(scope, statement), prose(&place(statement)))) }
                    }
                    @if let Some(keys) = check.evidence.depends_on.as_ref().filter(|keys| !keys.is_empty()) {
                        li { "depends on " (short(&keys.join(", "))) }
                    }
                    @if let Some(place) = fixes::place(scope, check, groups) { li { a href={ "#" (place) } { "how to fix it" } } }
                }
                details {
                    summary { "Why it matters, and where the rule comes from" }
                    p { (prose(explain.why)) }
                    ul {
                        @if let Some(page) = check.id.page() {
                            li { a href=(page) rel="noreferrer" { "how to fix it, step by step" } }
                        } @else {
                            li { "more: " code { (check.id.more()) } }
                        }
                        @for source in explain.sources {
                            li { a href=(source) rel="noreferrer" { (source) } }
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
    badge_as(status, status.as_str())
}

fn badge_as(status: Status, word: &str) -> Markup {
    html! { span class={ "status " (status.as_str()) } { span aria-hidden="true" { (glyph(status, true)) " " } (word) } }
}

fn anchor(scope: &str, check: &CheckResult) -> String {
    format!("{scope}check-{}", check.id.as_str().replace('.', "-"))
}

/// What a reader of the screen calls a part of the page, of which there may be one for each bucket.
fn region(what: &str, report: &Report) -> String {
    let name = name(&report.subject).map_or_else(String::new, |name| format!(" ({name})"));
    format!("{what}, {}{name}", sanitise::excerpt(&report.subject.bucket, LONGEST_SID))
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

/// A sentence, in which names are between backticks.
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
