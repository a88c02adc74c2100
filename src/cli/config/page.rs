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

impl<'a> Page<'a> {
    /// # Errors
    /// When it is not TOML.
    pub(super) fn parse(&self) -> Result<DeTable<'a>, Error> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            self.wrong(error.span().unwrap_or_default(), format!("not TOML: {message}"))
                .help("docs/config.md has an example")
        })
    }

    /// What is wrong at a place, with its line.
    pub(super) fn wrong(&self, place: Range<usize>, wrong: impl Display) -> Error {
        let (line, column) = self.line_and_column(place.start);
        let wrong = format!("line {line}, column {column}: {wrong}");
        let error = Error::on("read the configuration", self.path.display(), wrong);
        Error { excerpt: self.excerpt(place, line), ..error }
    }

    /// Both from 1; the column counts characters.
    pub(super) fn line_and_column(&self, place: usize) -> (usize, usize) {
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

/// One table of it.
#[derive(Debug)]
pub(super) struct Table<'a> {
    page: &'a Page<'a>,
    place: Range<usize>,
    entries: &'a DeTable<'a>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl<'a> Table<'a> {
    pub(super) fn whole(page: &'a Page<'a>, entries: &'a DeTable<'a>) -> Self {
        Self { page, place: 0..0, entries }
    }

    pub(super) fn start(&self) -> usize {
        self.place.start
    }

    /// What is wrong with the table as a whole.
    pub(super) fn wrong(&self, wrong: impl Display) -> Error {
        self.page.wrong(self.place.clone(), wrong)
    }

    /// What is wrong with a part of it.
    pub(super) fn wrong_at(&self, place: Range<usize>, wrong: impl Display) -> Error {
        self.page.wrong(place, wrong)
    }

    /// # Errors
    /// When there is another key than these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Error> {
        let strange = self.entries.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
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

    /// Every key and its value, in the order of the keys.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Given<'a>)> {
        self.entries.iter().map(|(key, value)| (key.get_ref().as_ref(), self.given(key.get_ref(), value)))
    }

    fn given(&self, key: &'a str, value: &'a Value<'a>) -> Given<'a> {
        Given { page: self.page, key, value }
    }

    fn get(&self, key: &'a str) -> Option<Given<'a>> {
        self.entries.get(key).map(|value| self.given(key, value))
    }

    /// # Errors
    /// When it is no text, or an empty one.
    pub(super) fn text(&self, key: &'a str) -> Result<Option<(&'a str, Range<usize>)>, Error> {
        self.get(key).map(|given| given.text().map(|text| (text, given.place()))).transpose()
    }

    /// # Errors
    /// When it is no date.
    pub(super) fn date(&self, key: &'a str) -> Result<Option<Date>, Error> {
        self.get(key).map(|given| given.date()).transpose()
    }

    /// # Errors
    /// When it is no table.
    pub(super) fn table(&self, key: &'a str) -> Result<Option<Table<'a>>, Error> {
        let Some(given) = self.get(key) else { return Ok(None) };
        let entries = given.value.get_ref().as_table();
        let entries = entries.ok_or_else(|| given.is_no(&format!("a table, written `[{key}]`")))?;
        Ok(Some(Table { page: self.page, place: given.place(), entries }))
    }

    /// The tables of an array; none where there is no such key.
    ///
    /// # Errors
    /// When it is no array of tables.
    pub(super) fn tables(&self, key: &'a str) -> Result<Vec<Table<'a>>, Error> {
        let Some(given) = self.get(key) else { return Ok(Vec::new()) };
        let wrong = || given.is_no(&format!("a list of tables, each written `[[{key}]]`"));
        let table = |value: &'a Value<'a>| {
            let entries = value.get_ref().as_table().ok_or_else(wrong)?;
            Ok(Table { page: self.page, place: value.span(), entries })
        };
        given.value.get_ref().as_array().ok_or_else(wrong)?.iter().map(table).collect()
    }
}

/// A value, and the key that it was given for.
#[derive(Debug)]
pub(super) struct Given<'a> {
    page: &'a Page<'a>,
    key: &'a str,
    value: &'a Value<'a>,
}

impl<'a> Given<'a> {
    pub(super) fn place(&self) -> Range<usize> {
        self.value.span()
    }

    /// # Errors
    /// When it is no text, or an empty one.
    pub(super) fn text(&self) -> Result<&'a str, Error> {
        self.text_of(self.value)
    }

    /// One text, or several.
    ///
    /// # Errors
    /// When it is neither.
    pub(super) fn texts(&self) -> Result<Vec<&'a str>, Error> {
        match self.value.get_ref() {
            DeValue::Array(values) if values.is_empty() => Err(self.is_empty(self.value)),
            DeValue::Array(values) => values.iter().map(|value| self.text_of(value)).collect(),
            _ => self.text().map(|text| vec![text]),
        }
    }

    /// # Errors
    /// When it is neither true nor false.
    pub(super) fn flag(&self) -> Result<bool, Error> {
        self.value.get_ref().as_bool().ok_or_else(|| self.is_no("`true` or `false`"))
    }

    fn text_of(&self, value: &'a Value<'a>) -> Result<&'a str, Error> {
        match value.get_ref().as_str() {
            Some("") => Err(self.is_empty(value)),
            Some(text) => Ok(text),
            None => Err(self.wrong_kind(value, "a text in quotes")),
        }
    }

    fn date(&self) -> Result<Date, Error> {
        const WANTED: &str = "a date without quotes and without a time, such as `2026-12-31`";
        let given = self.value.get_ref().as_datetime().filter(|given| given.time.is_none());
        let date = given.and_then(|given| given.date).ok_or_else(|| self.is_no(WANTED))?;
        let part = |number: u8| i8::try_from(number).unwrap_or_default();
        let year = i16::try_from(date.year).unwrap_or_default();
        Date::new(year, part(date.month), part(date.day))
            .map_err(|_| self.page.wrong(self.place(), format!("`{}`: there is no such day", self.key)))
    }

    fn is_empty(&self, value: &Value<'_>) -> Error {
        let wrong = self.page.wrong(value.span(), format!("`{}` is empty", self.key));
        wrong.help("give it a value, or leave the key out")
    }

    fn is_no(&self, wanted: &str) -> Error {
        self.wrong_kind(self.value, wanted)
    }

    fn wrong_kind(&self, value: &Value<'_>, wanted: &str) -> Error {
        let kind = match value.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or a time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.page.wrong(value.span(), format!("`{}` is {wanted}, and this is {kind}", self.key))
    }
}
