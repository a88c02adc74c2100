//! A policy document as it is shown: in its own lines where it has some, pretty-printed where it is all on one, with
//! the way from places in the original to places in what is shown.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::policy::json::{self, Node, Span, Value};

/// Values that take up to this many characters stay on one line.
const INLINE: usize = 72;

/// How deep the statements lie, in `{"Statement": [{…}]}`; they and what is above them are never on one line.
const STATEMENT_DEPTH: usize = 2;

/// A document, ready to be shown.
#[derive(Default)]
pub(super) struct PrettySource {
    pub(super) text: String,
    /// From the original to the text, where the two differ; inner ones come before those around them.
    places: Vec<(Span, Span)>,
    /// Where the outermost of those begins in the text that begin at a byte of the original.
    starts: HashMap<usize, usize>,
    /// Where the innermost of those ends in the text that end after a byte of the original.
    ends: HashMap<usize, usize>,
    /// Where the statements are in the text.
    pub(super) statements: Vec<Span>,
    /// Where the values of the statements' Effects are in the original.
    effects: Vec<Option<Span>>,
}

impl PrettySource {
    pub(super) fn new(document: &str) -> Self {
        let mut sheet = Self::default();
        let root = json::parse(document).ok();
        match &root {
            Some(root) if document.trim_end().lines().count() == 1 => sheet.put(root, 0, false),
            _ => document.clone_into(&mut sheet.text),
        }
        for (from, to) in &sheet.places {
            sheet.starts.insert(from.start, to.start);
            sheet.ends.entry(from.end).or_insert(to.end);
        }
        if let Some(root) = &root {
            let statements = statements(root);
            sheet.statements = statements.iter().map(|node| sheet.place(node.span)).collect();
            sheet.effects = statements.iter().map(|node| member(node, "Effect").map(|value| value.span)).collect();
        }
        sheet
    }

    /// Where the Effect of a statement is in the original.
    pub(super) fn effect(&self, index: usize) -> Option<Span> {
        self.effects.get(index).copied().flatten()
    }

    /// Where in the text a place of the original is.
    pub(super) fn place(&self, span: Span) -> Span {
        if self.places.is_empty() {
            return span;
        }
        if let (Some(start), Some(end)) = (self.starts.get(&span.start), self.ends.get(&span.end)) {
            return Span { start: *start, end: *end };
        }
        let later = self.places.partition_point(|(from, _)| from.end < span.end);
        let mut around = self.places.iter().skip(later).filter(|(from, _)| from.start <= span.start);
        around.next().map(|(_, to)| *to).unwrap_or_default()
    }

    fn put(&mut self, node: &Node<'_>, depth: usize, inline: bool) {
        let start = self.text.len();
        let inline = inline || (depth > STATEMENT_DEPTH && length(node) <= INLINE);
        match &node.value {
            Value::Array(nodes) => self.put_list('[', ']', nodes, depth, inline, |sheet, node| {
                sheet.put(node, depth + 1, inline);
            }),
            Value::Object(members) => self.put_list('{', '}', members, depth, inline, |sheet, member| {
                let start = sheet.text.len();
                sheet.text.push_str(&quoted(&member.name));
                sheet.places.push((member.name_span, Span { start, end: sheet.text.len() }));
                sheet.text.push_str(": ");
                sheet.put(&member.value, depth + 1, inline);
            }),
            scalar => self.text.push_str(&scalar_text(scalar)),
        }
        self.places.push((node.span, Span { start, end: self.text.len() }));
    }

    fn put_list<T>(
        &mut self,
        open: char,
        close: char,
        items: &[T],
        depth: usize,
        inline: bool,
        mut put: impl FnMut(&mut Self, &T),
    ) {
        let line = |sheet: &mut Self, depth: usize| {
            if !inline {
                sheet.text.push('\n');
                sheet.text.extend(std::iter::repeat_n("  ", depth));
            }
        };
        self.text.push(open);
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.text.push_str(if inline { ", " } else { "," });
            }
            line(self, depth + 1);
            put(self, item);
        }
        if !items.is_empty() {
            line(self, depth);
        }
        self.text.push(close);
    }
}

fn statements<'n, 'a>(root: &'n Node<'a>) -> Vec<&'n Node<'a>> {
    match member(root, "Statement") {
        Some(Node { value: Value::Array(nodes), .. }) => nodes.iter().collect(),
        Some(node) => vec![node],
        None => Vec::new(),
    }
}

fn member<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    match &node.value {
        Value::Object(members) => members.iter().find(|member| member.name == name).map(|member| &member.value),
        _ => None,
    }
}

fn scalar_text(value: &Value<'_>) -> String {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => (*text).to_owned(),
        Value::String(text) => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// How many characters a value takes on one line.
fn length(node: &Node<'_>) -> usize {
    match &node.value {
        Value::Array(nodes) => nodes.iter().map(|node| length(node) + 2).sum::<usize>() + 2,
        Value::Object(members) => {
            members.iter().map(|member| quoted(&member.name).chars().count() + length(&member.value) + 4).sum::<usize>()
                + 2
        }
        scalar => scalar_text(scalar).chars().count(),
    }
}

/// The smallest of these places that holds the span.
pub(super) fn around(places: &[Span], span: Span) -> Option<Span> {
    places
        .iter()
        .copied()
        .filter(|place| place.start <= span.start && span.end <= place.end)
        .max_by_key(|place| Reverse(place.end - place.start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_spread_out_and_places_follow() {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Principal":"*","Action":["s3:PutObject","s3:Get*"],"Resource":"x"}]}"#;
        let sheet = PrettySource::new(document);
        insta::assert_snapshot!(sheet.text, @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "A",
              "Effect": "Deny",
              "Principal": "*",
              "Action": ["s3:PutObject", "s3:Get*"],
              "Resource": "x"
            }
          ]
        }
        "#);
        for wanted in [r#""s3:Get*""#, r#""Deny""#, r#"["s3:PutObject","s3:Get*"]"#] {
            let start = document.find(wanted).unwrap();
            let Span { start, end } = sheet.place(Span { start, end: start + wanted.len() });
            assert_eq!(sheet.text[start..end].replace(", ", ","), wanted);
        }
        let effect = sheet.place(sheet.effect(0).unwrap());
        assert_eq!(&sheet.text[effect.start..effect.end], r#""Deny""#);
    }

    #[test]
    fn lines_of_its_own_are_kept() {
        let document = "{\n\"Statement\": {\"Effect\": \"Allow\"}}\n";
        let sheet = PrettySource::new(document);
        assert_eq!(sheet.text, document);
        assert_eq!(sheet.statements.len(), 1);
        assert_eq!(PrettySource::new("{oops").text, "{oops");
    }
}
