//! Wildcard matching without backtracking, at a cost that does not depend on what pattern and text say.
//!
//! What is before the first star and after the last is compared in place. Each run between two stars is looked for
//! once, from where the one before it ended, by the Shift-And method: one bit for each byte of the run, one step for each
//! byte of the text.

use std::str;

/// A pattern, and the two bytes in it that stand for other characters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glob<'a> {
    pattern: &'a [u8],
    many: u8,
    one: u8,
    /// How many bytes are before the first wildcard.
    fixed: usize,
}

/// Any characters, or none, in a pattern in which `*` may be itself: a byte that no text has.
pub(crate) const MANY: u8 = 0xff;
/// Any one character in such a pattern.
pub(crate) const ONE: u8 = 0xfe;

impl<'a> Glob<'a> {
    /// A text in which, with `wildcards`, `*` and `?` stand for other characters, with the length of what is before
    /// the first of them.
    pub(crate) fn of_text(text: &'a str, wildcards: bool, fixed: usize) -> Self {
        let (many, one) = if wildcards { (b'*', b'?') } else { (MANY, ONE) };
        Self { pattern: text.as_bytes(), many, one, fixed }
    }

    /// A text with [`MANY`] and [`ONE`] in it.
    pub(crate) fn of_bytes(pattern: &'a [u8]) -> Self {
        Self::new(pattern, MANY, ONE)
    }

    fn new(pattern: &'a [u8], many: u8, one: u8) -> Self {
        let fixed = pattern.iter().position(|byte| [many, one].contains(byte)).unwrap_or(pattern.len());
        Self { pattern, many, one, fixed }
    }

    /// The six parts of an ARN, split at its first five colons; none where it has fewer.
    pub(crate) fn arn_parts(self) -> Option<[Self; 6]> {
        let mut parts = self.pattern.splitn(6, |byte| *byte == b':').map(|part| Self::new(part, self.many, self.one));
        let mut next = || parts.next();
        Some([next()?, next()?, next()?, next()?, next()?, next()?])
    }

    /// Whether every text matches.
    pub(crate) fn matches_everything(self) -> bool {
        !self.pattern.is_empty() && self.pattern.iter().all(|byte| *byte == self.many)
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(self, text: &str) -> bool {
        let (fixed, pattern) = self.pattern.split_at(self.fixed.min(self.pattern.len()));
        if !text.as_bytes().starts_with(fixed) {
            return false;
        }
        let text = text.get(fixed.len()..).unwrap_or_default();
        match pattern {
            [] => return text.is_empty(),
            [only] if *only == self.many => return true,
            _ => {}
        }
        let mut runs = pattern.split(|byte| *byte == self.many);
        let first = runs.next().unwrap_or_default();
        let Some(rest) = self.strip_prefix(first, text) else { return false };
        let Some(last) = runs.next_back() else { return rest.is_empty() };
        let Some(mut rest) = self.strip_suffix(last, rest) else { return false };
        let mut search = Search { one: self.one, masks: None };
        for run in runs.filter(|run| !run.is_empty()) {
            // A hostile pattern is mostly runs that are right here.
            match self.strip_prefix(run, rest).or_else(|| search.skip_past_first(run, rest)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }

    /// What follows a run at the beginning of a text.
    fn strip_prefix<'t>(self, run: &[u8], text: &'t str) -> Option<&'t str> {
        let mut rest = text.as_bytes();
        for wanted in run {
            let (first, after) = rest.split_first()?;
            rest = if *wanted == self.one { skip_continuation(after) } else { after };
            if *wanted != self.one && wanted != first {
                return None;
            }
        }
        text.get(text.len() - rest.len()..)
    }

    /// What is before a run at the end of a text.
    fn strip_suffix<'t>(self, run: &[u8], text: &'t str) -> Option<&'t str> {
        let mut rest = text.as_bytes();
        for wanted in run.iter().rev() {
            let (last, before) = rest.split_last()?;
            if *wanted == self.one {
                rest = rest.get(..rest.iter().rposition(|byte| !is_continuation(*byte))?)?;
            } else if wanted == last {
                rest = before;
            } else {
                return None;
            }
        }
        text.get(..rest.len())
    }

    /// Whether texts that begin with `prefix` and go on in any way match.
    pub(crate) fn continuation(self, prefix: &str) -> Continuation {
        // A state is a number of steps taken; a star at a state lets it stay, and so does a `?` within one character.
        let mut steps = Vec::with_capacity(self.pattern.len());
        let mut stars = Vec::new();
        for byte in self.pattern {
            match *byte {
                byte if byte == self.many => stars.push(steps.len()),
                byte if byte == self.one => steps.push(None),
                byte => steps.push(Some(byte)),
            }
        }
        let mut states = vec![false; steps.len() + 1];
        if let Some(start) = states.first_mut() {
            *start = true;
        }
        for byte in prefix.bytes() {
            let inside = is_continuation(byte);
            let mut next = vec![false; states.len()];
            for star in &stars {
                if let (Some(true), Some(stays)) = (states.get(*star), next.get_mut(*star)) {
                    *stays = true;
                }
            }
            let after = states.iter().skip(1).zip(next.iter_mut().skip(1));
            for ((before, step), (taken, next)) in states.iter().zip(&steps).zip(after) {
                *next |= match step {
                    Some(wanted) => *before && *wanted == byte,
                    None if inside => *taken,
                    None => *before,
                };
            }
            states = next;
        }
        let ends_in_star = stars.last() == Some(&steps.len());
        if ends_in_star && states.last() == Some(&true) {
            Continuation::Always
        } else if states.contains(&true) {
            Continuation::Sometimes
        } else {
            Continuation::Never
        }
    }
}

/// How a pattern relates to all the texts with one beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// None of them matches.
    Never,
    /// Some may.
    Sometimes,
    /// Each of them matches.
    Always,
}

/// Whether a byte goes on with a character of several bytes.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn skip_continuation(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_continuation(*byte)).unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

/// The search for runs, one after the other.
struct Search {
    one: u8,
    /// For the runs of at most 64 bytes; all zero between two of them.
    masks: Option<Masks>,
}

/// For each byte the places of a run that want it, one bit a place.
type Masks = [u64; 256];

fn no_masks() -> Masks {
    [0; 256]
}

impl Search {
    /// What follows the leftmost place where the run is.
    fn skip_past_first<'t>(&mut self, run: &[u8], text: &'t str) -> Option<&'t str> {
        if run.len() > text.len() {
            return None;
        }
        let end = if run.len() <= 64 {
            self.first_end(run, text.as_bytes())
        } else if run.contains(&self.one) {
            self.first_end_of_long(run, text.as_bytes())
        } else {
            str::from_utf8(run).ok().and_then(|run| text.find(run)).map(|start| start + run.len())
        };
        // A `?` at the end is found at the first byte of its character.
        let rest = skip_continuation(text.as_bytes().get(end?..)?);
        text.get(text.len() - rest.len()..)
    }

    /// Where a run of at most 64 bytes first ends.
    fn first_end(&mut self, run: &[u8], text: &[u8]) -> Option<usize> {
        let masks = self.masks.get_or_insert_with(no_masks);
        let holes = mark(masks, run, self.one);
        let last = 1_u64 << run.len().saturating_sub(1);
        let mut places = 0_u64;
        let end = text.iter().position(|byte| {
            places = step(places, 1, wanted(masks, *byte), holes, is_continuation(*byte));
            places & last != 0
        });
        for byte in run {
            if let Some(mask) = masks.get_mut(usize::from(*byte)) {
                *mask = 0;
            }
        }
        end.map(|at| at + 1)
    }

    /// The same for a long run with `?`, 64 places at a time: the work is bounded by the text's length times a 64th of the
    /// run's.
    fn first_end_of_long(&self, run: &[u8], text: &[u8]) -> Option<usize> {
        let mut pieces = Vec::with_capacity(run.len().div_ceil(64));
        for run in run.chunks(64) {
            let mut masks = no_masks();
            let holes = mark(&mut masks, run, self.one);
            pieces.push((masks, holes, 0_u64));
        }
        let last = 1_u64 << (run.len().saturating_sub(1) % 64);
        let end = text.iter().position(|byte| {
            let mut from_below = 1;
            let mut reached = 0;
            for (masks, holes, places) in &mut pieces {
                reached = step(*places, from_below, wanted(masks, *byte), *holes, is_continuation(*byte));
                from_below = *places >> 63;
                *places = reached;
            }
            reached & last != 0
        });
        end.map(|at| at + 1)
    }
}

/// Notes which byte is wanted where; returns the places where any character is.
fn mark(masks: &mut Masks, run: &[u8], one: u8) -> u64 {
    let mut holes = 0;
    for (place, byte) in run.iter().enumerate() {
        if *byte == one {
            holes |= 1_u64 << place;
        } else if let Some(mask) = masks.get_mut(usize::from(*byte)) {
            *mask |= 1 << place;
        }
    }
    holes
}

fn wanted(masks: &Masks, byte: u8) -> u64 {
    masks.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The places of a run that are reached with one more byte of the text. A `?` takes the first byte of a character and stays
/// for the others.
fn step(places: u64, from_below: u64, wanted: u64, holes: u64, inside_character: bool) -> u64 {
    let next = (places << 1) | from_below;
    if inside_character { (next & wanted) | (places & holes) } else { next & (wanted | holes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str) -> Glob<'_> {
        Glob::new(pattern.as_bytes(), b'*', b'?')
    }

    /// The textbook table: which beginnings of the text the pattern so far covers.
    fn covers(pattern: &str, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut reached = vec![false; text.len() + 1];
        reached[0] = true;
        for wanted in pattern.chars() {
            let mut next = vec![false; text.len() + 1];
            for end in 0..=text.len() {
                next[end] = match wanted {
                    '*' => reached[..=end].contains(&true),
                    '?' => end > 0 && reached[end - 1],
                    _ => end > 0 && reached[end - 1] && text[end - 1] == wanted,
                };
            }
            reached = next;
        }
        reached[text.len()]
    }

    /// `STC_CHECK_CASES` times, as the properties of the evaluator, but no fewer than this.
    fn config() -> proptest::test_runner::Config {
        let cases = std::env::var("STC_CHECK_CASES").ok().and_then(|cases| cases.parse().ok());
        proptest::test_runner::Config {
            cases: cases.unwrap_or(0).max(100_000),
            failure_persistence: None,
            ..Default::default()
        }
    }

    proptest::proptest! {
        #![proptest_config(config())]

        #[test]
        fn agrees_with_the_plain_definition(pattern in "[ab?*é😀]{0,9}", text in "[abé😀è]{0,9}", rest in "[ab?*]{0,4}") {
            let resolved = pattern.replace('*', "\n").replace('?', "\r").into_bytes().into_iter();
            let resolved: Vec<u8> = resolved.map(|byte| match byte { b'\n' => MANY, b'\r' => ONE, byte => byte }).collect();
            for pattern in [&pattern, &format!("{pattern}{rest}"), &format!("*{pattern}*"), &format!("{rest}*{pattern}*{rest}")] {
                proptest::prop_assert_eq!(glob(pattern).matches(&text), covers(pattern, &text), "{} on {}", pattern, text);
            }
            proptest::prop_assert_eq!(Glob::of_bytes(&resolved).matches(&text), covers(&pattern, &text));
            proptest::prop_assert_eq!(Glob::of_text(&pattern, false, pattern.len()).matches(&text), pattern == text);
        }

        #[test]
        fn continuations_are_sound(
            pattern in "[ab?*é]{0,6}", prefix in "[abé]{0,4}", rest in "[abé]{0,5}",
        ) {
            let matches = covers(&pattern, &format!("{prefix}{rest}"));
            match glob(&pattern).continuation(&prefix) {
                Continuation::Never => proptest::prop_assert!(!matches),
                Continuation::Always => proptest::prop_assert!(matches),
                Continuation::Sometimes => {}
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        /// Runs of more than 64 bytes, with and without `?`, where the text nearly or really has them.
        #[test]
        fn long_runs_agree_with_the_plain_definition(
            text in "[aé]{100,200}", holes in proptest::collection::vec(0_usize..200, 0..30), cut in 0_usize..30, end in "[ab?]{0,2}",
        ) {
            let mut run: Vec<char> = text.chars().skip(cut).take(90).collect();
            for hole in &holes {
                if let Some(place) = run.get_mut(*hole) {
                    *place = '?';
                }
            }
            let pattern = format!("*{}{end}*", String::from_iter(run));
            proptest::prop_assert_eq!(glob(&pattern).matches(&text), covers(&pattern, &text), "{} on {}", pattern, text);
        }
    }

    #[test]
    fn long_runs_with_question_marks_cross_word_boundaries() {
        let pattern = format!("*{}b*", "a?".repeat(50));
        assert!(glob(&pattern).matches(&format!("xx{}bzz", "ax".repeat(50))));
        assert!(glob(&pattern).matches(&format!("xx{}bzz", "aé".repeat(50))));
        assert!(!glob(&pattern).matches(&"ax".repeat(500)));
    }

    #[test]
    fn a_question_mark_is_one_character_and_never_a_part_of_one() {
        for (pattern, text, expected) in [
            ("?", "é", true),
            ("??", "é", false),
            ("*?", "😀", true),
            ("*??*", "😀", false),
            ("*??*", "😀a", true),
            ("*a?b*", "xa😀by", true),
            ("*a?*?b*", "a😀b", false),
            ("a?", "a😀", true),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let text = "a".repeat(1_000_000);
        for pattern in [
            "a*a*a*a*b".to_owned(),
            "*a".repeat(10_000) + "b",
            "*ab".repeat(10_000),
            format!("*{}b*", "?a".repeat(500)),
            format!("*{}b*", "a".repeat(500_000)),
            format!("*{}{}", "b*".repeat(2), ("a".repeat(100) + "*").repeat(5_000)),
            ("*".to_owned() + &"a".repeat(99) + "b").repeat(5_000),
            ("*b".to_owned() + &"a?".repeat(40)).repeat(5_000),
            ("*".to_owned() + &"a?".repeat(40)).repeat(5_000) + "b",
        ] {
            assert!(!glob(&pattern).matches(&text), "{pattern:.20}");
        }
    }
}
