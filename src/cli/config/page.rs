//! A TOML file whose every table, key and value knows its place, so that an error can show it.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use stc_check::text::sanitise;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::error::Error;

/// The most of a line that an error shows, in characters.
const WIDEST: usize = 200;
/// How alike two keys are where one is taken for a slip of the other: from 0 to 1, by Jaro and Winkler.
const ALIKE: f64 = 0.8;

/// The file.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

/// A value of it, by itself.
pub(super) type Value<'a> = Spanned<DeValue<'a>>;

impl<'a> Page<'a> {
    /// The table of the whole file.
    ///
    /// # Errors
    /// When it is not TOML.
    pub(super) fn parse(&self) -> Result<Value<'a>, Error> {
        let parsed = DeTable::parse(self.text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            self.wrong(error.span().unwrap_or_default(), format!("not TOML: {message}"))
                .help("docs/config.md has an example")
        });
        Ok(Spanned::new(0..0, DeValue::Table(parsed?.into_inner())))
    }

    /// What is wrong at a place, with its line.
    pub(super) fn wrong(&self, place: Range<usize>, wrong: impl Display) -> Error {
        let (line, column) = self.line_and_column(place.start);
        let wrong = format!("line {line}, column {column}: {wrong}");
        let error = Error::on("read the configuration", self.path.display(), wrong);
        Error { excerpt: self.excerpt(place, line), ..error }
    }

    /// Both from 1; the column counts characters.
    fn line_and_column(&self, place: usize) -> (usize, usize) {
        let before = self.text.get(..place).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        (line, before.chars().rev().take_while(|character| *character != '\n').count() + 1)
    }

    /// The line of a place, and the place underlined.
    fn excerpt(&self, place: Range<usize>, line: usize) -> Vec<String> {
        let (before, rest) = self.text.split_at_checked(place.start).unwrap_or((self.text, ""));
        let begun = before.rfind('\n').map_or(0, |end| end + 1);
        let before = sanitise::visible(before.get(begun..).unwrap_or_default());
        let rest = rest.lines().next().unwrap_or_default();
        let marked = rest.get(..place.len().min(rest.len())).unwrap_or(rest);
        let indent = before.chars().count();
        let marks = sanitise::visible(marked).chars().count().clamp(1, WIDEST);
        if indent + marks > WIDEST {
            return Vec::new();
        }
        let shown = sanitise::excerpt(rest, WIDEST);
        let number = line.to_string();
        vec![
            format!("{number} | {before}{shown}"),
            format!("{:width$} | {:indent$}{}", "", "", "^".repeat(marks), width = number.len()),
        ]
    }
}

/// A value, and the key that it was given for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) key: &'a str,
    pub(super) value: &'a Value<'a>,
}

impl<'a> Given<'a> {
    pub(super) fn place(&self) -> Range<usize> {
        self.value.span()
    }

    pub(super) fn line(&self) -> usize {
        self.page.line_and_column(self.place().start).0
    }

    /// What is wrong with it.
    pub(super) fn wrong(&self, wrong: impl Display) -> Error {
        self.page.wrong(self.place(), wrong)
    }

    /// What is wrong with a value, which says so by itself.
    pub(super) fn unfit(&self, wrong: impl Display) -> Error {
        self.wrong(format!("`{}`: {wrong}", self.key))
    }

    /// # Errors
    /// When it is no text, or an empty one.
    pub(super) fn text(&self) -> Result<&'a str, Error> {
        match self.value.get_ref().as_str() {
            Some("") => Err(self.is_empty()),
            Some(text) => Ok(text),
            None => Err(self.is_no("a text in quotes")),
        }
    }

    /// One text, or several.
    ///
    /// # Errors
    /// When it is neither.
    pub(super) fn texts(&self) -> Result<Vec<&'a str>, Error> {
        match self.value.get_ref() {
            DeValue::Array(values) if values.is_empty() => Err(self.is_empty()),
            DeValue::Array(values) => values.iter().map(|value| Self { value, ..*self }.text()).collect(),
            _ => self.text().map(|text| vec![text]),
        }
    }

    /// # Errors
    /// When it is neither true nor false.
    pub(super) fn flag(&self) -> Result<bool, Error> {
        self.value.get_ref().as_bool().ok_or_else(|| self.is_no("`true` or `false`"))
    }

    /// # Errors
    /// When it is no date.
    pub(super) fn date(&self) -> Result<Date, Error> {
        const WANTED: &str = "a date without quotes and without a time, such as `2026-12-31`";
        let given = self.value.get_ref().as_datetime().filter(|given| given.time.is_none());
        let date = given.and_then(|given| given.date).ok_or_else(|| self.is_no(WANTED))?;
        let part = |number: u8| i8::try_from(number).unwrap_or_default();
        let year = i16::try_from(date.year).unwrap_or_default();
        Date::new(year, part(date.month), part(date.day)).map_err(|_| self.unfit("there is no such day"))
    }

    /// # Errors
    /// When it is no table.
    pub(super) fn table(self) -> Result<Self, Error> {
        match self.value.get_ref() {
            DeValue::Table(_) => Ok(self),
            _ => Err(self.is_no(&format!("a table, written `[{}]`", self.key))),
        }
    }

    /// The tables of an array below a key; none where there is no such key.
    ///
    /// # Errors
    /// When it is no array of tables.
    pub(super) fn tables(&self, key: &str) -> Result<Vec<Self>, Error> {
        let Some(given) = self.get(key) else { return Ok(Vec::new()) };
        match given.value.get_ref() {
            DeValue::Array(values) if values.iter().all(|value| value.get_ref().is_table()) => {
                Ok(values.iter().map(|value| Self { value, ..given }).collect())
            }
            _ => Err(given.is_no(&format!("a list of tables, each written `[[{key}]]`"))),
        }
    }

    /// What a table has under a key.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        self.entries().find(|given| given.key == key)
    }

    /// Every value of a table, in the order of the keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = Self> {
        let page = self.page;
        let entries = self.value.get_ref().as_table().into_iter().flatten();
        entries.map(move |(key, value)| Self { page, key: key.get_ref(), value })
    }

    /// # Errors
    /// When a table has another key than these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Error> {
        let keys = self.value.get_ref().as_table().into_iter().flat_map(|table| table.keys());
        let strange = keys.filter(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = strange.min_by_key(|key| key.span().start) else { return Ok(()) };
        let name = key.get_ref().as_ref();
        let likeness = |other: &&str| strsim::jaro_winkler(name, other);
        let nearest = known.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let help = match nearest.filter(|nearest| likeness(nearest) >= ALIKE) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("there are `{}`", known.join("`, `")),
        };
        Err(self.page.wrong(key.span(), format!("there is no key `{name}` here")).help(help))
    }

    fn is_empty(&self) -> Error {
        self.wrong(format!("`{}` is empty", self.key)).help("give it a value, or leave the key out")
    }

    fn is_no(&self, wanted: &str) -> Error {
        let kind = match self.value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or a time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("`{}` is {wanted}, and this is {kind}", self.key))
    }
}
