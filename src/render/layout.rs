//! Lines, indents, wrapping and colours of the text report. What comes in is already sanitised.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::report::{ReportVerdict, Status};
use crate::text::sanitise;

use super::wording::shown;

/// Where a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// In columns.
    pub width: usize,
    /// Whether characters beyond ASCII can be shown.
    pub unicode: bool,
    /// Whether ANSI colours are wanted.
    pub colour: bool,
    /// How much is wanted.
    pub detail: Detail,
}

/// How much of a report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// The verdict, and a line for each check that fails, warns or could not be decided.
    Quiet,
    /// What is wrong with its cause and its fix, and a line for each other check.
    #[default]
    Short,
    /// Every check in full.
    Full,
}

impl Default for Screen {
    fn default() -> Self {
        Self { width: 100, unicode: true, colour: false, detail: Detail::Short }
    }
}

/// Fewer columns are too little to read words in beside something else.
const LEAST_BESIDE: usize = 30;

/// Where words begin that found no room beside something else.
const BELOW: usize = 12;

/// What a piece of text is, which gives it its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Heading,
    Command,
    Pass,
    Fail,
    Warn,
    Unknown,
}

impl Ink {
    pub(super) fn of(status: Status) -> Self {
        match status {
            Status::Pass => Self::Pass,
            Status::Fail => Self::Fail,
            Status::Warn => Self::Warn,
            Status::Unknown => Self::Unknown,
            Status::Skip => Self::Faint,
        }
    }

    /// Of a verdict: one that `--fail-on warn` makes a failure is a warning.
    pub(super) fn of_verdict(verdict: ReportVerdict, exit: u8) -> Self {
        if verdict == ReportVerdict::Pass && exit != 0 { Self::Warn } else { Self::of(verdict.status()) }
    }

    pub(super) fn of_message(status: Status) -> Self {
        if matches!(status, Status::Pass | Status::Skip) { Self::Faint } else { Self::Plain }
    }

    /// Of a headline: what is wrong is strong.
    pub(super) fn of_headline(status: Status) -> Self {
        match status {
            Status::Fail | Status::Warn | Status::Unknown => Self::Strong,
            Status::Pass => Self::Plain,
            Status::Skip => Self::Faint,
        }
    }

    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Self::Plain => Style::new(),
            Self::Strong => Style::new().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Heading => Style::new().bold().underline(),
            Self::Command => colour(AnsiColor::Cyan),
            Self::Pass => colour(AnsiColor::Green),
            Self::Fail => colour(AnsiColor::Red).bold(),
            Self::Warn => colour(AnsiColor::Yellow).bold(),
            Self::Unknown => colour(AnsiColor::Magenta).bold(),
        }
    }
}

/// A text that grows line by line.
pub(super) struct Layout {
    screen: Screen,
    text: String,
}

impl Layout {
    pub(super) fn new(screen: Screen) -> Self {
        Self { screen, text: String::new() }
    }

    /// The columns of the screen.
    pub(super) fn width(&self) -> usize {
        self.screen.width
    }

    /// An empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// One line of pieces, not wrapped.
    pub(super) fn line(&mut self, pieces: &[(Ink, &str)]) {
        for (ink, piece) in pieces {
            self.piece(*ink, piece);
        }
        self.blank();
    }

    /// One line that is never wrapped, after an indent.
    pub(super) fn verbatim(&mut self, indent: usize, ink: Ink, text: &str) {
        self.indent(indent);
        self.piece(ink, text);
        self.blank();
    }

    /// Words, wrapped to the screen and indented; nothing for an empty text.
    pub(super) fn paragraph(&mut self, indent: usize, ink: Ink, text: &str) {
        for line in wrap(text, self.screen.width.saturating_sub(indent)) {
            self.verbatim(indent, ink, &line);
        }
    }

    /// A label at the beginning of a line that something else completes.
    pub(super) fn label(&mut self, label: &str, ink: Ink) {
        self.piece(ink, label);
    }

    /// A label, and words that stay to its right.
    pub(super) fn hanging(&mut self, label: &str, ink: Ink, text: &str, indent: usize) {
        self.hanging_as(label, ink, text, Ink::Plain, indent);
    }

    /// The same with words that are not plain.
    pub(super) fn hanging_as(&mut self, label: &str, ink: Ink, text: &str, text_ink: Ink, indent: usize) {
        self.hanging_with_end(label, ink, text, text_ink, indent, "");
    }

    /// The same, and a faint end: after the last word where it fits, else in lines of its own.
    pub(super) fn hanging_with_end(
        &mut self,
        label: &str,
        ink: Ink,
        text: &str,
        text_ink: Ink,
        indent: usize,
        end: &str,
    ) {
        let hang = indent + columns(label) + 1;
        let room = self.screen.width.saturating_sub(hang);
        self.indent(indent);
        self.piece(ink, label);
        let lines = wrap(text, room);
        self.flow(1, hang, text_ink, &lines);
        let fits = lines.last().is_none_or(|last| columns(last) + 2 + columns(end) <= room);
        if fits && !end.is_empty() {
            self.indent(2);
            self.piece(Ink::Faint, end);
        }
        self.blank();
        if !fits {
            self.paragraph(hang, Ink::Faint, end);
        }
    }

    /// Pieces, and words that stay to their right, or below them where little room is left.
    pub(super) fn beside(&mut self, pieces: &[(Ink, &str)], text_ink: Ink, text: &str) {
        let hang = pieces.iter().map(|(_, piece)| columns(piece)).sum::<usize>() + 2;
        let room = self.screen.width.saturating_sub(hang);
        let below = text.is_empty() || (room < LEAST_BESIDE && columns(text) > room);
        for (number, (ink, piece)) in pieces.iter().enumerate() {
            let is_last = number + 1 == pieces.len();
            self.piece(*ink, if below && is_last { piece.trim_end() } else { piece });
        }
        if !below {
            self.flow(2, hang, text_ink, &wrap(text, room));
        }
        self.blank();
        if below {
            self.paragraph(BELOW, text_ink, text);
        }
    }

    /// Lines of words after what is on the line already: `gap` blanks after it, and the later ones `hang` columns in.
    fn flow(&mut self, gap: usize, hang: usize, ink: Ink, lines: &[String]) {
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                self.blank();
            }
            self.indent(if number == 0 { gap } else { hang });
            self.piece(ink, line);
        }
    }

    /// A command is one line and never wrapped, so that it can be copied.
    pub(super) fn command(&mut self, indent: usize, command: &str) {
        match shown(command) {
            Ok(command) => self.verbatim(indent, Ink::Command, &command),
            Err(note) => self.paragraph(indent, Ink::Faint, &note),
        }
    }

    /// A unified diff, its lines whole.
    pub(super) fn diff(&mut self, indent: usize, diff: &str) {
        for (number, line) in diff.lines().enumerate() {
            let ink = match line.as_bytes() {
                // The names of the two sides.
                [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] if number < 2 => Ink::Faint,
                [b'+', ..] => Ink::Pass,
                [b'-', ..] => Ink::Fail,
                _ => Ink::Faint,
            };
            self.verbatim(indent, ink, &sanitise::visible(line));
        }
    }

    /// The first line of a check: its label, its id and its title, which stays to the right of `column`.
    pub(super) fn entry(&mut self, ink: Ink, label: &str, id: &str, title: &str, column: usize) {
        self.piece(ink, label);
        let lines = wrap(&format!("{id}: {title}"), self.screen.width.saturating_sub(column));
        for (number, line) in lines.iter().enumerate() {
            let rest = match line.strip_prefix(id) {
                Some(rest) if number == 0 => {
                    self.piece(Ink::Strong, id);
                    rest
                }
                _ => {
                    self.indent(column);
                    line
                }
            };
            self.piece(Ink::Plain, rest);
            self.blank();
        }
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn indent(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }

    fn piece(&mut self, ink: Ink, text: &str) {
        // A command with other characters than its own would do something else.
        let whole = self.screen.unicode || ink == Ink::Command;
        let text = if whole { text.into() } else { sanitise::ascii(text) };
        let style = ink.style();
        if self.screen.colour && !text.is_empty() && style != Style::new() {
            let _ = write!(self.text, "{style}{text}{style:#}");
        } else {
            self.text.push_str(&text);
        }
    }
}

/// How many columns of a screen a text takes: a wide character two, a combining one none.
pub(super) fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in lines of at most `width` columns, broken between words. A longer word stays whole, so that an ARN can be
/// copied; so does text between backticks, where it fits on a line or is a command.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text, width) {
        if !line.is_empty() && columns(&line) + 1 + columns(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The words of a text; text between backticks is one, unless it is too wide and no command.
fn words(text: &str, width: usize) -> Vec<String> {
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split_ascii_whitespace() {
        match words.last_mut().filter(|_| open) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        open ^= paired && !word.matches('`').count().is_multiple_of(2);
    }
    let whole = |word: &String| columns(word) <= width || word.contains("`aws ");
    let broken = words
        .into_iter()
        .flat_map(|word| if whole(&word) { vec![word] } else { word.split(' ').map(str::to_owned).collect() });
    broken.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words_and_keeps_long_ones_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a arn:aws:iam::1:role/x b", 5), ["a", "arn:aws:iam::1:role/x", "b"]);
        assert!(wrap("  ", 5).is_empty());
    }

    #[test]
    fn keeps_what_can_be_copied_whole() {
        let text = "it is gone: run `aws sso login --profile acme`, or renew it (`the keys`).";
        let lines = ["it is gone: run", "`aws sso login --profile acme`,", "or renew it", "(`the keys`)."];
        assert_eq!(wrap(text, 16), lines);
        assert_eq!(wrap("an odd ` tick and `more` words", 12), ["an odd `", "tick and", "`more` words"]);
        assert_eq!(wrap("`a long name of a statement` x", 12), ["`a long name", "of a", "statement` x"]);
        assert_eq!(wrap("a ` b` c", 10), ["a ` b` c"]);
    }

    fn at(width: usize, draw: impl Fn(&mut Layout)) -> String {
        let mut layout = Layout::new(Screen { width, ..Screen::default() });
        draw(&mut layout);
        layout.finish()
    }

    #[test]
    fn words_beside_something_stay_to_its_right_or_go_below() {
        let row = |layout: &mut Layout| {
            layout.beside(
                &[(Ink::Fail, "x fail "), (Ink::Plain, "acme    ")],
                Ink::Plain,
                "one, two, three, four, five, six",
            );
        };
        assert_eq!(at(80, row), "x fail acme      one, two, three, four, five, six\n");
        assert_eq!(at(47, row), "x fail acme      one, two, three, four, five,\n                 six\n");
        assert_eq!(at(40, row), "x fail acme\n            one, two, three, four, five,\n            six\n");
    }

    #[test]
    fn an_end_follows_the_last_word_where_it_fits() {
        let words =
            |layout: &mut Layout| layout.hanging_with_end("o", Ink::Plain, "one two three", Ink::Plain, 0, "a.b");
        assert_eq!(at(20, words), "o one two three  a.b\n");
        assert_eq!(at(14, words), "o one two\n  three  a.b\n");
        assert_eq!(at(11, words), "o one two\n  three\n  a.b\n");
    }

    #[test]
    fn a_command_keeps_its_characters_on_every_screen() {
        let mut layout = Layout::new(Screen { unicode: false, ..Screen::default() });
        layout.verbatim(0, Ink::Command, "stc-check --snapshot é.json");
        layout.verbatim(0, Ink::Plain, "é");
        assert_eq!(layout.finish(), "stc-check --snapshot é.json\n\\u{e9}\n");
    }

    #[test]
    fn counts_columns_not_characters() {
        assert_eq!(wrap("鍵鍵鍵 鍵鍵", 8), ["鍵鍵鍵", "鍵鍵"]);
        assert_eq!(wrap("e\u{301}e\u{301} x", 4), ["e\u{301}e\u{301} x"]);
    }
}
