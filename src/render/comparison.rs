//! What `stc-check diff` prints, as text and as Markdown.

use std::fmt::Write as _;

use super::layout::{Detail, Ink, Layout, Screen};
use super::markdown::{escape, fenced};
use super::wording::{glyph, short};
use crate::comparison::{Change, Comparison, Turn};
use crate::report::{Direction, Status};
use crate::text::sanitise;

/// Renders comparisons for reading, one a bucket.
#[must_use]
pub fn text(comparisons: &[Comparison], screen: Screen) -> String {
    let mut layout = Layout::new(screen);
    for comparison in comparisons {
        layout.hanging("stc-check diff", Ink::Heading, &head(comparison), 0);
        layout.blank();
        for turn in &comparison.turned {
            one_turn(&mut layout, turn, screen);
        }
        for change in comparison.changes.iter().filter(|_| screen.detail != Detail::Quiet) {
            one_change(&mut layout, change);
        }
        layout.paragraph(0, Ink::Strong, &verdict(comparison));
        layout.blank();
    }
    layout.finish().trim_end().to_owned() + "\n"
}

/// Renders comparisons as Markdown, one section a bucket.
#[must_use]
pub fn markdown(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    for comparison in comparisons {
        let _ = writeln!(text, "## {}\n", escape(&head(comparison)));
        let _ = writeln!(text, "{}\n", escape(&verdict(comparison)));
        if !comparison.turned.is_empty() {
            let _ = writeln!(text, "| check | before | now | |\n| --- | --- | --- | --- |");
        }
        for turn in &comparison.turned {
            let (before, after) = (named(turn.before), named(turn.after));
            let message = escape(&short(&turn.message));
            let _ = writeln!(text, "| `{}` | {before} | {after} | {message} |", sanitise::visible(&turn.check));
        }
        for Change { document, diff, turns } in &comparison.changes {
            let _ = writeln!(text, "\n### {}\n\n{}\n", escape(document), escape(&consequence(document, turns)));
            if !diff.is_empty() {
                fenced(&mut text, "diff", &lines(diff));
            }
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

fn head(comparison: &Comparison) -> String {
    let Comparison { bucket, name, variant, old, new, .. } = comparison;
    let name = name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
    let time = |at: &Option<String>| at.as_deref().unwrap_or("an unknown time").to_owned();
    short(&format!("s3://{bucket}{name}, {variant}: {} to {}", time(old), time(new)))
}

fn one_turn(layout: &mut Layout, turn: &Turn, screen: Screen) {
    let Turn { check, before, after, direction, message, .. } = turn;
    let status = after.or(*before).unwrap_or(Status::Skip);
    let sign = glyph(status, screen.unicode);
    let way = match direction {
        Direction::Worse => "worse",
        Direction::Better => "better",
        Direction::Even => "changed",
        Direction::New => "new",
        Direction::Gone => "gone",
    };
    let label = format!("{sign} {way}");
    layout.hanging(&label, Ink::of(status), &format!("{}: {} → {}", short(check), named(*before), named(*after)), 0);
    if screen.detail != Detail::Quiet && *direction != Direction::Gone {
        layout.paragraph(4, Ink::Plain, &short(message));
    }
}

fn one_change(layout: &mut Layout, change: &Change) {
    let Change { document, diff, turns } = change;
    layout.blank();
    layout.paragraph(0, Ink::Heading, &short(document));
    layout.paragraph(2, Ink::Plain, &consequence(document, turns));
    layout.diff(2, diff);
}

/// What a change did by itself.
fn consequence(document: &str, turns: &[String]) -> String {
    let what = if document == "time" { "The time that passed" } else { "This change" };
    match turns {
        [] => format!("{what} turns no check by itself."),
        turns => format!("{what} alone turns {}.", short(&turns.join(", "))),
    }
}

fn verdict(comparison: &Comparison) -> String {
    let of = |direction| comparison.turned.iter().filter(|turn| turn.direction == direction).collect::<Vec<_>>();
    let (worse, better) = (of(Direction::Worse), of(Direction::Better));
    if comparison.turned.is_empty() {
        return match comparison.changes.len() {
            0 => "Nothing changed.".to_owned(),
            1 => "One setting changed, and no check came out otherwise.".to_owned(),
            count => format!("{count} settings changed, and no check came out otherwise."),
        };
    }
    let ids = |turns: &[&Turn]| turns.iter().map(|turn| short(&turn.check)).collect::<Vec<_>>().join(", ");
    match (worse.as_slice(), better.as_slice()) {
        ([], []) => "Nothing is worse.".to_owned(),
        ([], better) => format!("Nothing is worse. Better: {}.", ids(better)),
        (worse, []) => format!("Worse: {}.", ids(worse)),
        (worse, better) => format!("Worse: {}. Better: {}.", ids(worse), ids(better)),
    }
}

fn named(status: Option<Status>) -> &'static str {
    status.map_or("not there", Status::as_str)
}

/// A diff whose lines stay lines and hold nothing that disturbs.
fn lines(diff: &str) -> String {
    diff.lines().map(|line| sanitise::visible(line).into_owned() + "\n").collect()
}
