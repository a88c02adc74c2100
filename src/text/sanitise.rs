//! Makes text from outside (policies, Sids, keys, error messages) harmless to look at: the one place that every
//! renderer goes through.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character can disturb a terminal or the order of what is read: control characters (ANSI escapes begin
/// with one), marks that reorder or hide text, line separators and invisible tags.
pub(crate) fn is_disturbing(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
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
#[must_use]
pub fn ascii(text: &str) -> Cow<'_, str> {
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
