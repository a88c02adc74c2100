//! Makes text from outside (policies, Sids, keys, error messages) harmless to look at: the one place that every
//! renderer goes through.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters that are not seen, as classes of Unicode 16: `Default_Ignorable_Code_Point` and the general category `Cf`
/// (format), with the two separators of lines and paragraphs. First and last of each run, in order.
/// <https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt>
/// <https://www.unicode.org/Public/16.0.0/ucd/extracted/DerivedGeneralCategory.txt>
const UNSEEN: [(char, char); 31] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    // Noncharacters, which no font shows either.
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{1fffe}', '\u{1ffff}'),
    ('\u{2fffe}', '\u{2ffff}'),
    ('\u{efffe}', '\u{effff}'),
    ('\u{10fffe}', '\u{10ffff}'),
];

/// Whether a character can disturb a terminal or the order of what is read, or is not seen at all: control characters
/// (ANSI escapes begin with one), marks that reorder or hide text, line separators and invisible tags.
pub(crate) fn is_disturbing(character: char) -> bool {
    character.is_control()
        || (!character.is_ascii() && UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&character)))
}

/// The text with every disturbing character spelled out: a line feed as `\n`, an escape as `\u{1b}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_disturbing) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\n' | '\r' | '\t' => visible.extend(character.escape_default()),
            _ if is_disturbing(character) => visible.extend(character.escape_unicode()),
            _ => visible.push(character),
        }
    }
    Cow::Owned(visible)
}

/// Like [`visible`], and cut after `limit` characters, saying how many are left out.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(limit) else { return visible(text) };
    let (kept, cut) = text.split_at(end);
    Cow::Owned(format!("{}… ({} more characters)", visible(kept), cut.chars().count()))
}

/// A JSON document whose strings carry no disturbing character as itself: serde escapes those below U+0020, this the
/// rest, as `\uXXXX`. The value stays the same.
#[must_use]
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for character in document.chars() {
        if is_disturbing(character) && character != '\n' {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// The text in ASCII alone: punctuation in its plain form, everything else spelled out.
pub(crate) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '…' => ascii.push_str("..."),
            '’' | '‘' => ascii.push('\''),
            '“' | '”' => ascii.push('"'),
            '–' | '—' | '·' => ascii.push('-'),
            '→' => ascii.push_str("->"),
            '×' => ascii.push('x'),
            '\u{a0}' => ascii.push(' '),
            _ if character.is_ascii() => ascii.push(character),
            _ => ascii.extend(character.escape_unicode()),
        }
    }
    Cow::Owned(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_out_what_moves_the_cursor_or_reorders_text() {
        assert_eq!(visible("a\x1b[2Jb\u{202e}c\u{9b}d\r\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{9b}d\\r\\n");
        assert_eq!(visible("naïve ключ 鍵"), "naïve ключ 鍵");
    }

    #[test]
    fn cuts_long_text_and_says_so() {
        assert_eq!(excerpt("abcdef", 6), "abcdef");
        assert_eq!(excerpt("abcdef\x07", 4), "abcd… (3 more characters)");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let value = serde_json::json!({"sid": "x\u{1b}\u{202e}\u{9b}\u{7f}\u{e0041}é"});
        let safe = json(&value.to_string());
        assert!(!safe.chars().any(is_disturbing), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }

    #[test]
    fn ascii_is_ascii() {
        assert_eq!(ascii("“a” → b…é"), "\"a\" -> b...\\u{e9}");
    }
}
