//! A strict reader of JSON that keeps positions and duplicate names, both of which a reader of policies needs.

use std::borrow::Cow;

/// Values nested deeper than this are refused; a policy needs five levels.
const DEPTH_LIMIT: usize = 128;

/// Where a value is in its text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A value and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) span: Span,
}

/// A JSON value; numbers stay as they were written, objects keep order and duplicates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

/// One name and value of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) name_span: Span,
    pub(crate) value: Node<'a>,
}

impl Node<'_> {
    /// The text of a string.
    pub(crate) fn string(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

/// Why a text is not JSON, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Reads one JSON value that fills the whole text.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, SyntaxError> {
    let mut reader = Reader { text, at: 0 };
    if text.starts_with('\u{feff}') {
        return Err(reader.error("a byte order mark, which JSON does not allow"));
    }
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(reader.error("there is something after the end of the document"));
    }
    Ok(node)
}

/// The value of a member of the outermost object, for a text that breaks off or goes wrong behind it.
pub(crate) fn salvage_member<'a>(text: &'a str, wanted: &str) -> Option<Node<'a>> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_space();
    reader.expect(b'{', "at the beginning").ok()?;
    loop {
        reader.skip_space();
        let Member { name, value, .. } = reader.member(0).ok()?;
        if name == wanted {
            return Some(value);
        }
        reader.skip_space();
        reader.expect(b',', "after the value").ok()?;
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { offset: self.at, message: message.into() }
    }

    fn unexpected(&self, wanted: &str) -> SyntaxError {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.error(format!("expected {wanted}, found `{}`", found.escape_debug())),
            None => self.error(format!("expected {wanted}, but the text ends")),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Moves on over the byte if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_while(&mut self, skipped: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| !skipped(*byte)).unwrap_or(rest.len());
    }

    fn skip_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn expect(&mut self, byte: u8, place: &str) -> Result<(), SyntaxError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(&format!("`{}` {place}", char::from(byte)))) }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, SyntaxError> {
        if depth > DEPTH_LIMIT {
            return Err(self.error(format!("nested deeper than {DEPTH_LIMIT} levels")));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.list(b'}', |reader| reader.member(depth))?),
            Some(b'[') => Value::Array(self.list(b']', |reader| reader.value(depth + 1))?),
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { value, span: Span { start, end: self.at } })
    }

    fn word(&mut self) -> Result<Value<'a>, SyntaxError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let words = [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];
        let Some((word, value)) = words.into_iter().find(|(word, _)| rest.starts_with(word)) else {
            return Err(self.unexpected("a value"));
        };
        self.at += word.len();
        Ok(value)
    }

    /// What is between two brackets, of which the first is next.
    fn list<T>(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        self.at += 1;
        self.skip_space();
        let mut items = Vec::new();
        if self.take(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            self.skip_space();
            if self.take(close) {
                return Ok(items);
            }
            if !self.take(b',') {
                return Err(self.unexpected(&format!("`,` or `{}`", char::from(close))));
            }
            self.skip_space();
        }
    }

    fn member(&mut self, depth: usize) -> Result<Member<'a>, SyntaxError> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a name in double quotes"));
        }
        let name = self.string()?;
        let name_span = Span { start, end: self.at };
        self.skip_space();
        self.expect(b':', "after the name")?;
        self.skip_space();
        Ok(Member { name, name_span, value: self.value(depth + 1)? })
    }

    fn number(&mut self) -> Result<&'a str, SyntaxError> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.since(start))
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        self.skip_while(|byte| byte.is_ascii_digit());
        if start == self.at { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        self.at += 1;
        let mut decoded = Cow::Borrowed("");
        loop {
            let start = self.at;
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f));
            decoded += self.since(start);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(decoded);
                }
                Some(b'\\') => decoded.to_mut().push(self.escape()?),
                Some(_) => return Err(self.error("a control character inside a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected("an escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// Four hexadecimal digits, or twice four with `\u` between them where the first are half of a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let mut units = vec![self.four_hex_digits()?];
        if (0xd800..0xdc00).contains(units.first().unwrap_or(&0)) && self.text.get(self.at..self.at + 2) == Some("\\u")
        {
            self.at += 2;
            units.push(self.four_hex_digits()?);
        }
        match String::from_utf16(&units).map(|text| text.chars().next()) {
            Ok(Some(decoded)) if decoded.len_utf16() == units.len() => Ok(decoded),
            _ => Err(self.error("half of a surrogate pair in a \\u escape")),
        }
    }

    fn four_hex_digits(&mut self) -> Result<u16, SyntaxError> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
        let value =
            u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(value) = value else {
            return Err(self.error("a \\u escape without four hexadecimal digits"));
        };
        self.at += 4;
        Ok(value)
    }
}

/// The line and column, both from 1 and in characters, of a byte of a text.
#[must_use]
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().message
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "{}",
            "[]",
            " [1, -2.5e+3, true, false, null] ",
            r#"{"a": {"b": ["c", "\u00e9\ud83d\ude00\n\/"]}}"#,
            "\"x\"",
            "0",
        ] {
            assert!(parse(text).is_ok(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "{",
            "{\"a\"}",
            "{\"a\":1,}",
            "[1,]",
            "01",
            "1.",
            ".5",
            "+1",
            "tru",
            "\"\u{1}\"",
            r#""\x""#,
            r#""\ud800""#,
            r#""\u12g4""#,
            "{} {}",
            "“a”",
            "{'a': 1}",
            "\u{feff}{}",
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unescapes_strings_and_keeps_duplicates_and_positions() {
        let node = parse(r#"{"a": "x\ty", "a": 1.50}"#).unwrap();
        let Value::Object(members) = node.value else { panic!("not an object") };
        assert_eq!(members[0].value.value, Value::String("x\ty".into()));
        assert_eq!(members[1].value.value, Value::Number("1.50"));
        assert_eq!((members[1].name_span.start, members[1].value.span.end), (14, 23));
    }

    #[test]
    fn salvages_a_member_before_the_fault() {
        let id = |text| salvage_member(text, "id").map(|node| node.value);
        assert_eq!(id(r#"{"id": "7", "policy": {"#), Some(Value::String("7".into())));
        assert_eq!(id(r#"{"policy": [1], "id": 7"#), Some(Value::Number("7")));
        assert_eq!(id(r#"{"policy": {, "id": 7}"#), None);
        assert_eq!(id("nonsense"), None);
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(message("{\"a\" 1}"), "expected `:` after the name, found `1`");
        assert_eq!(message("{\"a\": 1"), "expected `,` or `}`, but the text ends");
        assert!(message(&"[".repeat(100_000)).contains("nested deeper"));
        assert_eq!(line_and_column("a\nbéx\nc", 5), (2, 3));
        assert_eq!(line_and_column("a\nbéx\nc", 7), (3, 1));
    }
}
