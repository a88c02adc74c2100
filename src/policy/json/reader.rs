//! The reading itself, byte by byte.

use std::borrow::Cow;

use super::{Member, Node, Span, SyntaxError, Value};

/// Values nested deeper than this are refused; a policy needs five levels.
const DEPTH_LIMIT: usize = 128;

/// A text, and how far it was read.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    pub(super) fn error(&self, message: impl Into<String>) -> SyntaxError {
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

    pub(super) fn skip_space(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn expect(&mut self, byte: u8, place: &str) -> Result<(), SyntaxError> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected(&format!("`{}` {place}", char::from(byte)))) }
    }

    pub(super) fn value(&mut self, depth: usize) -> Result<Node<'a>, SyntaxError> {
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

    pub(super) fn member(&mut self, depth: usize) -> Result<Member<'a>, SyntaxError> {
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
