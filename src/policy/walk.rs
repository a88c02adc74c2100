//! Patterns side by side on their way through a text: how far each of them can have come, and what can be said of texts of
//! which only the ends are known.

use std::collections::BTreeMap;

use super::Tri;
use super::glob::{Glob, Token, matches};

/// Which wildcards may match the first five colons of a text, which divide an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crossing {
    /// All of them: the text is no ARN.
    Free,
    /// A star that ends a segment.
    EndOfSegment,
    /// None.
    Never,
}

/// Some places of patterns, a bit for each: many long patterns take a step in as many operations as they have words of places.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Places(Vec<u64>);

impl Places {
    fn put(&mut self, place: usize) {
        self.0.resize(self.0.len().max(place / 64 + 1), 0);
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    fn word(&self, at: usize) -> u64 {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn has(&self, place: usize) -> bool {
        self.word(place / 64) >> (place % 64) & 1 == 1
    }

    fn meet(&self, others: &Self) -> bool {
        self.0.iter().zip(&others.0).any(|(one, other)| one & other != 0)
    }
}

/// Patterns, laid out one behind the other: each has a place before every token, and one behind the last.
#[derive(Default)]
pub(crate) struct Walk {
    length: usize,
    begins: Places,
    /// Behind each pattern, with its group.
    ends: Vec<(usize, usize)>,
    /// Before each star.
    stars: Places,
    /// Before each `?`.
    ones: Places,
    /// For each character the places before it.
    letters: BTreeMap<char, Places>,
    /// Before the wildcards that may not cross a colon.
    guarded: Places,
    /// All places of patterns with such wildcards.
    guarding: Places,
}

/// How far the patterns can have come after a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Reached {
    places: Places,
    /// How many of the first five colons were met, where a pattern may not cross them.
    colons: usize,
}

impl Walk {
    /// One pattern alone, whose places are the numbers of the tokens before them.
    pub(crate) fn of(tokens: &[Token], crossing: Crossing) -> Self {
        let mut walk = Self::default();
        walk.add(tokens, crossing, false, 0);
        walk
    }

    /// Adds a pattern of a group, of which no two stars are beside each other, and returns the place where it begins.
    pub(crate) fn add(&mut self, tokens: &[Token], crossing: Crossing, ignores_case: bool, group: usize) -> usize {
        let begin = self.length;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Many => self.stars.put(begin + at),
                Token::One => self.ones.put(begin + at),
                Token::Char(letter) => {
                    for spelling in letter.to_uppercase().filter(|_| ignores_case).chain([*letter]) {
                        self.letters.entry(spelling).or_default().put(begin + at);
                    }
                }
            }
            let crosses = *token == Token::Many && crossing == Crossing::EndOfSegment && ends_segment(tokens, at);
            if crossing != Crossing::Free && !crosses {
                self.guarded.put(begin + at);
            }
        }
        let end = begin + tokens.len();
        if crossing != Crossing::Free {
            (begin..=end).for_each(|place| self.guarding.put(place));
        }
        self.begins.put(begin);
        self.ends.push((end, group));
        self.length = end + 1;
        begin
    }

    /// How many words the places of the patterns take.
    pub(crate) fn words(&self) -> usize {
        self.length.div_ceil(64)
    }

    /// Before the first character.
    pub(crate) fn start(&self) -> Reached {
        let mut places = self.begins.clone();
        places.0.resize(self.words(), 0);
        self.let_stars_take_nothing(&mut places);
        Reached { places, colons: 0 }
    }

    /// The same with a pattern that was added since, at its beginning.
    pub(crate) fn joined(&self, mut reached: Reached, begin: usize) -> Reached {
        reached.places.0.resize(self.words(), 0);
        reached.places.put(begin);
        self.let_stars_take_nothing(&mut reached.places);
        reached
    }

    /// After a whole text.
    pub(crate) fn after(&self, text: &str) -> Reached {
        text.chars().fold(self.start(), |reached, character| self.step(&reached, character))
    }

    /// After one more character.
    pub(crate) fn step(&self, reached: &Reached, character: char) -> Reached {
        let guarded = character == ':' && reached.colons < 5;
        let letter = self.letters.get(&character);
        let mut places = Places(Vec::with_capacity(self.words()));
        let mut carry = 0;
        for (at, word) in reached.places.0.iter().enumerate() {
            let free = if guarded { !self.guarded.word(at) } else { u64::MAX };
            let moving = letter.map_or(0, |letter| letter.word(at)) | self.ones.word(at) & free;
            let moved = word & moving;
            places.0.push(word & self.stars.word(at) & free | moved << 1 | carry);
            carry = moved >> 63;
        }
        self.let_stars_take_nothing(&mut places);
        // Only patterns that are still on their way can be kept from crossing: what is alike from here on compares as equal.
        let colons = if places.meet(&self.guarding) { reached.colons + usize::from(guarded) } else { 5 };
        Reached { places, colons }
    }

    fn let_stars_take_nothing(&self, places: &mut Places) {
        let mut carry = 0;
        for (at, word) in places.0.iter_mut().enumerate() {
            *word |= carry;
            let behind = *word & self.stars.word(at);
            *word |= behind << 1;
            carry = behind >> 63;
        }
    }

    /// The groups of which a pattern may end here.
    pub(crate) fn ends(&self, reached: &Reached) -> impl Iterator<Item = usize> {
        self.ends.iter().filter(|(end, _)| reached.places.has(*end)).map(|(_, group)| *group)
    }

    /// Whether one of the patterns has the character.
    pub(crate) fn has_letter(&self, letter: char) -> bool {
        self.letters.contains_key(&letter)
    }

    /// The characters that come next in one of the patterns, in order.
    pub(crate) fn next_letters(&self, reached: &Reached) -> impl Iterator<Item = char> {
        self.letters.iter().filter(|(_, places)| reached.places.meet(places)).map(|(letter, _)| *letter)
    }
}

/// Whether a star is the last of its segment of an ARN.
fn ends_segment(tokens: &[Token], star: usize) -> bool {
    let next = tokens.iter().skip(star).find(|token| **token != Token::Many);
    matches!(next, None | Some(Token::Char(':')))
}

/// Whether the tokens match the whole text without wildcards that cross what they may not.
fn reaches_the_end(tokens: &[Token], text: &str, crossing: Crossing) -> bool {
    let walk = Walk::of(tokens, crossing);
    walk.ends(&walk.after(text)).next().is_some()
}

/// Whether the pattern matches all the texts with this beginning and this end, none of them, or some.
pub(crate) fn matches_framed(glob: &Glob, beginning: &str, end: &str, crossing: Crossing) -> Tri {
    // For most patterns what comes before the first wildcard decides.
    if !beginning.starts_with(&glob.literal) && !glob.literal.starts_with(beginning) {
        return Tri::False;
    }
    let tokens = glob.tokens();
    let walk = Walk::of(&tokens, crossing);
    let reached = walk.after(beginning);
    let ends = |at: usize| tokens.get(at..).is_some_and(|rest| matches(rest, end));
    // A star that is reached takes whatever is between beginning and end.
    let mut places = (0..=tokens.len()).filter(|at| reached.places.has(*at)).peekable();
    let first = places.peek().copied();
    if places.any(|at| tokens.get(at) == Some(&Token::Many) && ends(at)) {
        return Tri::True;
    }
    // Some text between them leads from the first place that is reached to any place behind it.
    let possible = first.is_some_and(|first| (first..=tokens.len()).any(ends));
    Tri::from(possible).and(Tri::Unknown)
}

/// Whether the pattern matches a resource. Only a star that ends a segment certainly matches one of the five colons that
/// divide an ARN; of a star inside a segment and of `?` the documentation does not say it
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
pub(crate) fn matches_resource(glob: &Glob, arn: &str) -> Tri {
    if !glob.matches(arn) {
        return Tri::False;
    }
    let colons = || glob.literal.bytes().filter(|byte| *byte == b':').count();
    if matches!(glob.rest.as_slice(), [] | [Token::Many]) || colons() >= 5 {
        return Tri::True;
    }
    let surely = reaches_the_end(&glob.tokens(), arn, Crossing::EndOfSegment);
    Tri::from(surely).or(Tri::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::matches_arn;

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 20_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_walk_ends_where_the_pattern_matches(pattern in "[ab?*é😀]{0,9}", text in "[abé😀è]{0,9}") {
            for pattern in [&pattern, &format!("*{pattern}*"), &format!("a{pattern}")] {
                let glob = Glob::new(pattern, true);
                let reaches = reaches_the_end(&glob.tokens(), &text, Crossing::Free);
                proptest::prop_assert_eq!(reaches, glob.matches(&text), "{} on {}", pattern, text);
            }
        }

        #[test]
        fn what_is_said_of_a_beginning_and_an_end_holds_for_what_stands_between(
            pattern in "[ab?*é]{0,6}", beginning in "[abé]{0,3}", middle in "[abé]{0,4}", end in "[abé]{0,3}",
        ) {
            let glob = Glob::new(&pattern, true);
            let said = matches_framed(&glob, &beginning, &end, Crossing::Free);
            let matches = glob.matches(&format!("{beginning}{middle}{end}"));
            proptest::prop_assert!(said == Tri::Unknown || said == Tri::from(matches), "{} is {:?}", pattern, said);
        }

        #[test]
        fn an_arn_is_compared_part_by_part(pattern in "[a:*?]{5,14}", text in "[a:]{5,12}") {
            let never = reaches_the_end(&Glob::new(&pattern, true).tokens(), &text, Crossing::Never);
            let is_arn = pattern.matches(':').count() >= 5 && text.matches(':').count() >= 5;
            proptest::prop_assert_eq!(matches_arn(&Glob::new(&pattern, true).tokens(), &text), never && is_arn);
        }

        #[test]
        fn patterns_side_by_side_come_as_far_as_each_alone(
            patterns in proptest::collection::vec("[ab:?*]{0,7}", 1..12), text in "[abc:]{0,9}",
        ) {
            for crossing in [Crossing::Free, Crossing::EndOfSegment, Crossing::Never] {
                let mut walk = Walk::default();
                for (group, pattern) in patterns.iter().enumerate() {
                    walk.add(&Glob::new(pattern, true).tokens(), crossing, false, group);
                }
                let ends: Vec<usize> = walk.ends(&walk.after(&text)).collect();
                for (group, pattern) in patterns.iter().enumerate() {
                    let alone = reaches_the_end(&Glob::new(pattern, true).tokens(), &text, crossing);
                    proptest::prop_assert_eq!(ends.contains(&group), alone, "{} on {} as {:?}", pattern, text, crossing);
                }
            }
        }
    }
}
