//! What tickets, terminals and word processors make of a line of AWS: other quotes, line breaks, marks of quotation.

/// The text as AWS wrote it, in one line: without XML's entities, with AWS's quotes and hyphens, and without what marks
/// quoted lines in an e-mail or the edge of Terraform's box.
pub(super) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for part in plain(text).lines() {
        let part = part.trim_start_matches(|c: char| c.is_whitespace() || "│╷╵|>".contains(c));
        for word in part.split_whitespace() {
            line.push_str(word);
            line.push(' ');
        }
        if ends_within_a_word(&line) {
            line.pop();
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Editors break lines after the hyphen of `resource-based` and within ARNs; a hyphen by itself is a word.
fn ends_within_a_word(line: &str) -> bool {
    let mut from_the_end = line.chars().rev().skip(1);
    from_the_end.next() == Some('-') && from_the_end.next().is_some_and(|before| !before.is_whitespace())
}

/// Terminals break lines anywhere, also within words.
pub(super) fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

fn plain(text: &str) -> String {
    const WRITTEN: [(&str, &str); 13] = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
        ("\u{201c}", "\""),
        ("\u{201d}", "\""),
        ("\u{2018}", "'"),
        ("\u{2019}", "'"),
        ("\u{2010}", "-"),
        ("\u{2011}", "-"),
        ("\u{2013}", "-"),
    ];
    WRITTEN.into_iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_as_they_were_broken() {
        for (text, line) in [
            ("an explicit deny in a resource-\nbased  policy\n", "an explicit deny in a resource-based policy"),
            ("> quoted,\n> >  twice-\r\n> broken", "quoted, twice-broken"),
            ("upload failed: -\nto s3://acme", "upload failed: - to s3://acme"),
            ("╷\n│ Error: a\n│ \n│   b\n╵", "Error: a b"),
            ("&lt;Code&gt;", "<Code>"),
            ("", ""),
        ] {
            assert_eq!(on_one_line(text), line, "{text:?}");
        }
    }
}
