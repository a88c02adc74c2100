//! The report as Markdown (GitHub's), for a ticket or the summary of a job: the verdict, what to fix with its details
//! folded, and a folded table of everything.
//!
//! Text from outside is escaped: it makes no link, heading, table cell, HTML tag or mention of a person.

use std::fmt::Write as _;

use super::details::{grounds, marked_documents};
use super::groups::{Group, Line, problems};
use super::overview::Overview;
use super::wording::{
    self, LONGEST_SID, LONGEST_TEXT, REMINDER, glyph, meaning, name, shown, stands_in_the_way, tally, was,
};
use super::{Format, Page};
use crate::checks::policy::capitalised;
use crate::report::{CheckResult, FailOn, Report, ReportVerdict, Status};
use crate::text::sanitise;

/// The format for tickets and job summaries.
#[derive(Debug)]
pub struct Markdown;

impl Format for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn ending(&self) -> &'static str {
        "md"
    }

    fn alone(&self, report: &Report, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on))
    }

    fn begin(&self, _: &Overview) -> String {
        String::new()
    }

    fn one(&self, report: &Report, _: &Overview, page: Page) -> Result<String, serde_json::Error> {
        Ok(render(report, page.fail_on) + "\n")
    }

    fn end(&self, overview: &Overview, _: Page) -> String {
        let outcomes = overview.outcomes();
        let mut text = format!("## All buckets: {}\n\n", overview.meaning());
        text.push_str(&waiver_notices(outcomes.iter().filter_map(|outcome| outcome.notice.as_deref())));
        text.push_str("| verdict | bucket | checks |\n| --- | --- | --- |\n");
        for row in &overview.rows {
            let sign = glyph(row.status(), true);
            let name = row.name.as_ref().map_or_else(String::new, |name| format!(" {}", escape(name)));
            let _ = writeln!(text, "| {sign} {} | `{}`{name} | {} |", row.verdict.as_str(), row.bucket, row.says());
        }
        text
    }
}

/// Renders a report.
#[must_use]
pub fn render(report: &Report, fail_on: FailOn) -> String {
    let mut text = String::new();
    head(&mut text, report, fail_on);
    let changed = report.changed();
    for group in problems(&changed) {
        one_group(&mut text, report, &group, fail_on);
    }
    table(&mut text, &changed);
    let _ = writeln!(text, "{REMINDER}");
    text
}

fn head(text: &mut String, report: &Report, fail_on: FailOn) {
    let sign = match report.verdict() {
        ReportVerdict::Pass => glyph(Status::Pass, true),
        ReportVerdict::Fail => glyph(Status::Fail, true),
        ReportVerdict::Unknown => glyph(Status::Unknown, true),
    };
    let subject = &report.subject;
    let bucket = sanitise::excerpt(&subject.bucket, LONGEST_SID);
    let heading = format!("s3://{bucket}: {}", meaning(report, fail_on));
    let _ = writeln!(text, "## {sign} {}: {}\n", report.verdict().as_str(), escape(&heading));
    let mut facts = vec![
        ("Bucket".to_owned(), code(&format!("s3://{bucket}"))),
        (
            "Region".to_owned(),
            subject.region.as_deref().map_or_else(|| "not known".to_owned(), |name| code(&short(name))),
        ),
        ("Variant".to_owned(), subject.variant.to_owned()),
    ];
    facts.extend(name(subject).map(|name| ("Connection".to_owned(), escape(&name))));
    facts.extend(report.run.owner.iter().map(|owner| ("Account".to_owned(), code(&short(owner)))));
    facts.push(("Checked".to_owned(), prose(&wording::checked(report))));
    facts.extend(subject.principals.iter().map(|arn| (capitalised(&wording::principal_label(arn)), code(&short(arn)))));
    facts.extend(subject.kms_key.iter().map(|key| (capitalised(wording::key_label(subject)), code(&short(key)))));
    let checks = tally(report).into_iter().map(|(_, count)| count).collect::<Vec<_>>().join(", ");
    facts.push(("Checks".to_owned(), format!("{checks}, by stc-check {}", env!("CARGO_PKG_VERSION"))));
    for (name, value) in facts {
        let _ = writeln!(text, "- {name}: {value}");
    }
    text.push('\n');
    if let Some(baseline) = wording::baseline(report) {
        let _ = writeln!(text, "> Only checks are shown whose status is not that of {}.\n", prose(&baseline));
    }
    for notice in report.notices() {
        let _ = writeln!(text, "> {}\n", prose(&short(&notice)));
    }
    text.push_str(&waiver_notices(report.waiver_notices()));
}

/// What the owners of waivers ought to know of them.
fn waiver_notices<'a>(notices: impl Iterator<Item = &'a str>) -> String {
    notices.fold(String::new(), |text, notice| format!("{text}> {}\n\n", prose(&short(notice))))
}

/// One cause: what is true, why, what decided, and what to do.
fn one_group(text: &mut String, report: &Report, group: &Group<'_>, fail_on: FailOn) {
    let Some(check) = group.first() else { return };
    let sign = glyph(check.status, true);
    for Line { headline, ids } in group.lines() {
        let ids: Vec<String> = ids.iter().map(|id| code(id.id) + &id.was).collect();
        let _ = writeln!(text, "### {sign} {}\n\n{}: {}\n", prose(&headline), check.status.as_str(), ids.join(", "));
    }
    let _ = writeln!(text, "{}\n", prose(&short(&group.message())));
    let open = if stands_in_the_way(check, fail_on) && check.fix.is_some() { " open" } else { "" };
    let excerpt = marked_documents(report, check);
    let grounds = grounds(check);
    if !grounds.is_empty() || !excerpt.is_empty() {
        let _ = writeln!(text, "<details><summary>What decided</summary>\n");
        for line in &grounds {
            let _ = writeln!(text, "- {}", prose(line));
        }
        if !excerpt.is_empty() {
            text.push('\n');
            fenced(text, "text", &excerpt);
        }
        let _ = writeln!(text, "\n</details>\n");
    }
    if let Some(fix) = &check.fix {
        let _ = writeln!(text, "<details{open}><summary>How to fix it</summary>\n");
        let _ = writeln!(text, "{}\n", prose(&short(&fix.summary)));
        let (commands, notes): (Vec<_>, Vec<_>) = fix.commands.iter().map(|line| shown(line)).partition(Result::is_ok);
        let commands: String = commands.into_iter().flatten().map(|command| command + "\n").collect();
        if !commands.is_empty() {
            fenced(text, "sh", &commands);
        }
        for note in notes.into_iter().filter_map(Result::err) {
            let _ = writeln!(text, "\n{note}");
        }
        let _ = writeln!(text, "\n</details>\n");
    }
    let more = check.id.page().map_or_else(|| code(&check.id.more()), |page| format!("<{page}>"));
    let _ = writeln!(text, "More: {more}\n");
}

fn table(text: &mut String, report: &Report) {
    if report.checks.is_empty() {
        return;
    }
    let title = if report.baseline.is_some() { "Every check that changed" } else { "Every check" };
    let _ = writeln!(text, "<details><summary>{title}</summary>\n");
    let _ = writeln!(text, "| | status | check | |\n| --- | --- | --- | --- |");
    for check in &report.checks {
        let CheckResult { id, headline, status, .. } = check;
        let status = format!("{} | {}{}", glyph(*status, true), status.as_str(), was(check));
        let _ = writeln!(text, "| {status} | `{id}` | {} |", prose(&headline.to_string()));
    }
    let _ = writeln!(text, "\n</details>\n");
}

fn short(text: &str) -> String {
    sanitise::excerpt(text, LONGEST_TEXT).into_owned()
}

/// A block whose fence is longer than any run of backticks in it.
pub(super) fn fenced(text: &mut String, language: &str, block: &str) {
    let longest = block.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "{fence}{language}\n{}\n{fence}", block.trim_end_matches('\n'));
}

/// One piece of text as code; what cannot be, since it holds backticks, is escaped as prose.
fn code(text: &str) -> String {
    if text.is_empty() || text.contains('`') { escape(text) } else { format!("`{text}`") }
}

/// A sentence, in which our own words put names between backticks: those become code, everything else is escaped.
fn prose(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return escape(text);
    }
    let mut prose = String::with_capacity(text.len() + 16);
    for (number, piece) in pieces.into_iter().enumerate() {
        let piece = if number % 2 == 0 { escape(piece) } else { code(piece) };
        // Two runs of backticks that touch would be read as one.
        if prose.ends_with('`') && piece.starts_with('`') {
            prose.push(' ');
        }
        prose.push_str(&piece);
    }
    prose
}

/// Text in which nothing has a meaning for Markdown, HTML or GitHub. What GitHub would take for a reference, to a person, an
/// issue or a commit, becomes code in part: GitHub looks for references after Markdown was read, so that a backslash hides
/// none (<https://docs.github.com/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls>).
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut before = ' ';
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        let next = after.chars().next().unwrap_or(' ');
        if let Some(commit) = commit(rest).filter(|commit| !is_inside(before, commit)) {
            as_code(&mut escaped, commit);
            before = commit.chars().next_back().unwrap_or(' ');
            rest = rest.get(commit.len()..).unwrap_or_default();
            continue;
        }
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => as_code(&mut escaped, "@"),
            '#' if next.is_ascii_digit() => as_code(&mut escaped, "#"),
            '-' if next.is_ascii_digit() && ends_with_gh(&escaped) => as_code(&mut escaped, "-"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => escaped.extend(['\\', character]),
            // An address by itself becomes a link.
            ':' if next == '/' => escaped.push_str("\\:"),
            '.' if escaped.ends_with("www") => escaped.push_str("\\."),
            _ => escaped.push(character),
        }
        (before, rest) = (character, after);
    }
    escaped
}

/// A piece of text as code, apart from code before it: two runs of backticks that touch would be read as one.
fn as_code(escaped: &mut String, piece: &str) {
    escaped.push_str(if escaped.ends_with('`') { " `" } else { "`" });
    escaped.push_str(piece);
    escaped.push('`');
}

/// What may name a commit, at the beginning of a text: a word of 7 to 40 hexadecimal digits.
fn commit(text: &str) -> Option<&str> {
    let end = text.find(|character: char| !matches!(character, '0'..='9' | 'a'..='f')).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let is_whole = !after.starts_with(|character: char| character.is_alphanumeric());
    ((7..=40).contains(&word.len()) && is_whole && word.bytes().any(|byte| byte.is_ascii_digit())).then_some(word)
}

/// Whether such a word goes on with what is before it: as a part of a path or a key's id, or as the account of an ARN.
fn is_inside(before: char, word: &str) -> bool {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
    before.is_alphanumeric() || matches!(before, '/' | '-' | '=') || (before == ':' && is_number)
}

/// Whether a text ends with `GH` as a word, which with a number after it names an issue.
fn ends_with_gh(text: &str) -> bool {
    let Some((before, word)) = text.len().checked_sub(2).and_then(|at| text.split_at_checked(at)) else { return false };
    word.eq_ignore_ascii_case("gh") && !before.ends_with(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_between_backticks_become_code_and_the_rest_is_escaped() {
        assert_eq!(prose("the key `a|b*` is `x`"), "the key `a|b*` is `x`");
        assert_eq!(prose("a `b``c` d"), "a `b` `c` d");
        assert_eq!(prose("an odd `one"), "an odd \\`one");
        assert_eq!(
            prose("[x](https://e.example) <b> | *y* @ada www.e.example"),
            "\\[x\\](https\\://e.example) &lt;b&gt; \\| \\*y\\* `@`ada www\\.e.example"
        );
    }

    #[test]
    fn nothing_refers_to_a_person_an_issue_or_a_commit_of_github() {
        for (text, escaped) in [
            ("@ada", "`@`ada"),
            ("@org/team", "`@`org/team"),
            ("#1 and x#23", "`#`1 and x`#`23"),
            ("owner/repo#45", "owner/repo`#`45"),
            ("GH-7, gh-8, HIGH-9", "GH`-`7, gh`-`8, HIGH-9"),
            ("a5c3785ed8d6a35868bc169f07e40e889087fd2e", "`a5c3785ed8d6a35868bc169f07e40e889087fd2e`"),
            ("ada@a5c3785", "ada`@` `a5c3785`"),
            ("jlord/sheetsee.js@a5c3785.", "jlord/sheetsee.js`@` `a5c3785`."),
            ("# a heading, #tag", "\\# a heading, \\#tag"),
            ("a facade, an xa5c3785", "a facade, an xa5c3785"),
            (
                "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab",
                "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab",
            ),
        ] {
            assert_eq!(escape(text), escaped, "{text}");
        }
    }

    #[test]
    fn no_block_ends_its_own_fence() {
        let mut text = String::new();
        fenced(&mut text, "sh", "echo ````\n");
        assert_eq!(text, "`````sh\necho ````\n`````\n");
    }
}
