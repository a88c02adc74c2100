//! Text that means nothing to Markdown, HTML or GitHub.

use std::fmt::Write as _;

/// A block whose fence is longer than any run of backticks in it.
pub(in crate::render) fn fenced(text: &mut String, language: &str, block: &str) {
    let longest = block.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "{fence}{language}\n{}\n{fence}", block.trim_end_matches('\n'));
}

/// One piece of text as code; what cannot be, since it holds backticks, is escaped as prose.
pub(super) fn code(text: &str) -> String {
    if text.is_empty() || text.contains('`') { escape(text) } else { format!("`{text}`") }
}

/// A sentence, in which our own words put names between backticks: those become code, everything else is escaped.
pub(super) fn prose(text: &str) -> String {
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
pub(in crate::render) fn escape(text: &str) -> String {
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
