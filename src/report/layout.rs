//! Lines, indents, wrapping and colours of the text report. What comes in is already sanitised.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Status, sanitise, text::Screen};

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

    pub(super) fn of_message(status: Status) -> Self {
        if matches!(status, Status::Pass | Status::Skip) { Self::Faint } else { Self::Plain }
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

    /// A label, and words that stay to its right.
    pub(super) fn hanging(&mut self, label: &str, ink: Ink, text: &str, indent: usize) {
        let hang = indent + label.chars().count() + 1;
        self.indent(indent);
        self.piece(ink, label);
        let lines = wrap(text, self.screen.width.saturating_sub(hang));
        for (number, line) in lines.iter().enumerate() {
            self.indent(if number == 0 { 1 } else { hang });
            self.piece(Ink::Plain, line);
            self.blank();
        }
        if lines.is_empty() {
            self.blank();
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
        let text = if self.screen.unicode { text.into() } else { sanitise::ascii(text) };
        let style = ink.style();
        if self.screen.colour && !text.is_empty() && style != Style::new() {
            let _ = write!(self.text, "{style}{text}{style:#}");
        } else {
            self.text.push_str(&text);
        }
    }
}

/// The text in lines of at most `width` characters, broken between words; a longer word stays whole, so that an ARN
/// can be copied.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut columns = 0;
    for word in text.split_ascii_whitespace() {
        let length = word.chars().count();
        if columns > 0 && columns + 1 + length > width {
            lines.push(std::mem::take(&mut line));
            columns = 0;
        }
        if columns > 0 {
            line.push(' ');
            columns += 1;
        }
        line.push_str(word);
        columns += length;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
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
}
