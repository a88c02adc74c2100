//! A strict reader of JSON that keeps positions and duplicate names, both of which a policy's reader needs.

use bumpalo::Bump;

/// Values nested deeper than this are refused; a policy needs five levels.
const DEPTH_LIMIT: usize = 64;

/// Where a value is in its text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A value and where it is. What it holds is in an arena, so that a whole document takes a handful of allocations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) span: Span,
}

/// A JSON value; numbers stay as they were written, objects keep order and duplicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    String(&'a str),
    Array(&'a [Node<'a>]),
    Object(&'a [Member<'a>]),
}

/// One name and value of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) name_span: Span,
    pub(crate) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// The text of a string.
    pub(crate) fn string(&self) -> Option<&'a str> {
        match self.value {
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

/// An arena with room for what a usual policy of this length holds; it grows where that is not enough.
pub(crate) fn arena_for(text: &str) -> Bump {
    Bump::with_capacity((text.len() / 2).saturating_mul(7).min(1 << 17))
}

/// Reads one JSON value that fills the whole text.
pub(crate) fn parse<'a>(text: &'a str, arena: &'a Bump) -> Result<Node<'a>, SyntaxError> {
    let mut reader = Reader::new(text, arena);
    if text.starts_with('\u{feff}') {
        return Err(*reader.error("a byte order mark, which JSON does not allow"));
    }
    reader.skip_space();
    let node = reader.value(0).map_err(|fault| *fault)?;
    reader.skip_space();
    if reader.at < text.len() {
        return Err(*reader.error("something stands after the end of the document"));
    }
    Ok(node)
}

/// The value of a member of the outermost object, for a text that breaks off or goes wrong behind it.
pub(crate) fn salvage_member<'a>(text: &'a str, arena: &'a Bump, wanted: &str) -> Option<Node<'a>> {
    let mut reader = Reader::new(text, arena);
    reader.skip_space();
    reader.expect(b'{', "at the beginning").ok()?;
    loop {
        reader.skip_space();
        if reader.peek() != Some(b'"') {
            return None;
        }
        let name = reader.string().ok()?;
        reader.skip_space();
        reader.expect(b':', "after the name").ok()?;
        reader.skip_space();
        let value = reader.value(1).ok()?;
        if name == wanted {
            return Some(value);
        }
        reader.skip_space();
        reader.expect(b',', "after the value").ok()?;
    }
}

type Fault = Box<SyntaxError>;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    arena: &'a Bump,
    /// What was read of the lists and objects that are not closed yet; the items of a list have no names.
    open: Vec<Member<'a>>,
}

#[expect(clippy::unnecessary_box_returns, reason = "beside a boxed fault what was read comes back in registers")]
impl<'a> Reader<'a> {
    fn new(text: &'a str, arena: &'a Bump) -> Self {
        Self { text, at: 0, arena, open: Vec::with_capacity(14) }
    }

    fn error(&self, message: impl Into<String>) -> Fault {
        Box::new(SyntaxError { offset: self.at, message: message.into() })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8, place: &str) -> Result<(), Fault> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.missing(byte, place))
    }

    #[cold]
    fn missing(&self, byte: u8, place: &str) -> Fault {
        self.unexpected(&format!("`{}` {place}", char::from(byte)))
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Fault {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => self.error(format!("expected {wanted}, found `{}`", found.escape_debug())),
            None => self.error(format!("expected {wanted}, but the text ends")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        if depth > DEPTH_LIMIT {
            return Err(self.error(format!("nested deeper than {DEPTH_LIMIT} levels")));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Value::Number(self.number()?),
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { value, span: Span { start, end: self.at } })
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Fault> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.unexpected("a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        let outer = self.open.len();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(&[]));
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a name in double quotes"));
            }
            let name = self.string()?;
            let name_span = Span { start, end: self.at };
            self.skip_space();
            self.expect(b':', "after the name")?;
            self.skip_space();
            let value = self.value(depth + 1)?;
            self.open.push(Member { name, name_span, value });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    let members = self.arena.alloc_slice_copy(self.open.get(outer..).unwrap_or_default());
                    self.open.truncate(outer);
                    return Ok(Value::Object(members));
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
            self.skip_space();
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        let outer = self.open.len();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(&[]));
        }
        loop {
            let value = self.value(depth + 1)?;
            self.open.push(Member { name: "", name_span: Span::default(), value });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    let items = self.open.get(outer..).unwrap_or_default().iter().map(|item| item.value);
                    let items = self.arena.alloc_slice_fill_iter(items);
                    self.open.truncate(outer);
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            }
            self.skip_space();
        }
    }

    fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.unexpected("a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(self.slice(start, self.at))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.digits();
        if start == self.at { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<&'a str, Fault> {
        self.at += 1;
        let start = self.at;
        self.at += self.plain_length();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(self.slice(start, self.at - 1));
        }
        self.string_with_escapes(start)
    }

    /// The rest of a string that is not simply itself, and is in the text from `start`.
    fn string_with_escapes(&mut self, mut start: usize) -> Result<&'a str, Fault> {
        let mut decoded = String::new();
        loop {
            self.at += self.plain_length();
            match self.peek() {
                Some(b'"') => {
                    decoded.push_str(self.slice(start, self.at));
                    self.at += 1;
                    return Ok(self.arena.alloc_str(&decoded));
                }
                Some(b'\\') => {
                    decoded.push_str(self.slice(start, self.at));
                    decoded.push(self.escape()?);
                    start = self.at;
                }
                Some(_) => return Err(self.error("a control character inside a string")),
                None => return Err(self.error("the text ends inside a string")),
            }
        }
    }

    /// How many bytes of a string are before the next that is not simply itself.
    fn plain_length(&self) -> usize {
        let (eights, rest) = self.text.as_bytes().get(self.at..).unwrap_or_default().as_chunks::<8>();
        let mut length = 0;
        for eight in eights {
            let special = special_bytes(u64::from_le_bytes(*eight));
            if special != 0 {
                return length + special.trailing_zeros() as usize / 8;
            }
            length += 8;
        }
        length + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Result<char, Fault> {
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

    fn unicode_escape(&mut self) -> Result<char, Fault> {
        let first = self.four_hex_digits()?;
        let code = if (0xd800..0xdc00).contains(&first) && self.slice(self.at, self.at + 2) == "\\u" {
            self.at += 2;
            let second = self.four_hex_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            } else {
                first
            }
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair in a \\u escape"))
    }

    fn four_hex_digits(&mut self) -> Result<u32, Fault> {
        let digits = self.slice(self.at, self.at + 4);
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.error("a \\u escape without four hexadecimal digits"));
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| self.error("a \\u escape without four hexadecimal digits"))
    }
}

/// Eight bytes at once: the high bit of the first that is a quote, a backslash or a control character, and perhaps of some
/// behind it (<https://graphics.stanford.edu/~seander/bithacks.html#ValueInWord>).
fn special_bytes(eight: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let (quote, backslash) = (eight ^ (ONES * u64::from(b'"')), eight ^ (ONES * u64::from(b'\\')));
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    (zero(quote) | zero(backslash) | control) & HIGHS
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
        parse(text, &Bump::new()).unwrap_err().message
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
            assert!(parse(text, &Bump::new()).is_ok(), "{text}");
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
            assert!(parse(text, &Bump::new()).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unescapes_strings_and_keeps_duplicates_and_positions() {
        let arena = Bump::new();
        let node = parse(r#"{"a": "x\ty", "a": 1.50}"#, &arena).unwrap();
        let Value::Object(members) = node.value else { panic!("not an object") };
        assert_eq!(members[0].value.value, Value::String("x\ty"));
        assert_eq!(members[1].value.value, Value::Number("1.50"));
        assert_eq!((members[1].name_span.start, members[1].value.span.end), (14, 23));
    }

    #[test]
    fn salvages_a_member_before_the_fault() {
        let arena = Bump::new();
        let id = |text| salvage_member(text, &arena, "id").map(|node| node.value);
        assert_eq!(id(r#"{"id": "7", "policy": {"#), Some(Value::String("7")));
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
