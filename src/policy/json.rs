//! A strict reader of JSON that keeps positions and duplicate names, both of which a reader of policies needs.

use std::borrow::Cow;

mod reader;

use reader::Reader;

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

    /// The values of a list; of anything else that itself.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Value::Array(nodes) => nodes,
            _ => std::slice::from_ref(self),
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
    let mut reader = Reader::new(text);
    if text.starts_with('\u{feff}') {
        return Err(reader.error("a byte order mark, which JSON does not allow"));
    }
    reader.skip_space();
    let node = reader.value(0)?;
    reader.skip_space();
    if !reader.is_at_end() {
        return Err(reader.error("there is something after the end of the document"));
    }
    Ok(node)
}

/// The value of a member of the outermost object, for a text that breaks off or goes wrong behind it.
pub(crate) fn salvage_member<'a>(text: &'a str, wanted: &str) -> Option<Node<'a>> {
    let mut reader = Reader::new(text);
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

/// The line and column, both from 1 and in characters, of a byte of a text.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
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
