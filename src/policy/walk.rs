//! Patterns side by side on their way through a text: how far each of them can have come, and what can be said of texts of
//! which only the ends are known.

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

/// Patterns, laid out one behind the other.
#[derive(Default)]
pub(crate) struct Walk {
    places: Vec<Place>,
    /// Where each pattern begins.
    begins: Vec<usize>,
}

/// A place of a pattern: before a token, or behind the last.
struct Place {
    step: Step,
    /// Whether the pattern is one of an ARN, with wildcards that may not cross the colons which divide it.
    guards: bool,
}

enum Step {
    Letter(char),
    LetterInAnyCase(char),
    One {
        crosses: bool,
    },
    Many {
        crosses: bool,
    },
    /// Behind a pattern of this group.
    End(usize),
}

/// How far the patterns can have come after a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Reached {
    /// In order.
    places: Vec<usize>,
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

    /// Adds a pattern of a group, and returns the place where it begins.
    pub(crate) fn add(&mut self, tokens: &[Token], crossing: Crossing, ignores_case: bool, group: usize) -> usize {
        let begin = self.places.len();
        let guards = crossing != Crossing::Free;
        let steps = tokens.iter().enumerate().map(|(at, token)| match token {
            Token::Char(letter) if ignores_case => Step::LetterInAnyCase(*letter),
            Token::Char(letter) => Step::Letter(*letter),
            Token::One => Step::One { crosses: !guards },
            Token::Many => {
                Step::Many { crosses: !guards || crossing == Crossing::EndOfSegment && ends_segment(tokens, at) }
            }
        });
        self.places.extend(steps.chain([Step::End(group)]).map(|step| Place { step, guards }));
        self.begins.push(begin);
        begin
    }

    /// How many places the patterns have.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Before the first character.
    pub(crate) fn start(&self) -> Reached {
        let mut reached = Reached { places: Vec::new(), colons: 0 };
        self.begins.iter().for_each(|begin| self.arrive(*begin, &mut reached));
        reached
    }

    /// After a whole text.
    pub(crate) fn after(&self, text: &str) -> Reached {
        text.chars().fold(self.start(), |reached, character| self.step(&reached, character))
    }

    /// After one more character.
    pub(crate) fn step(&self, reached: &Reached, character: char) -> Reached {
        let guarded = character == ':' && reached.colons < 5;
        let mut next = Reached { places: Vec::with_capacity(reached.places.len()), colons: 5 };
        for (at, place) in self.reached(reached) {
            match place.step {
                Step::Letter(_) | Step::LetterInAnyCase(_) if place.letters().any(|own| own == character) => {
                    self.arrive(at + 1, &mut next);
                }
                Step::One { crosses } if crosses || !guarded => self.arrive(at + 1, &mut next),
                Step::Many { crosses } if crosses || !guarded => self.arrive(at, &mut next),
                _ => {}
            }
        }
        // Only patterns that are still on their way can be kept from crossing: what is alike from here on compares as equal.
        if self.reached(&next).any(|(_, place)| place.guards) {
            next.colons = reached.colons + usize::from(guarded);
        }
        next
    }

    /// Adds a place behind those that are reached, and those behind the stars there, which can take nothing.
    pub(crate) fn arrive(&self, mut at: usize, reached: &mut Reached) {
        while reached.places.last().is_none_or(|last| *last < at) {
            reached.places.push(at);
            at += usize::from(self.is_star(at));
        }
    }

    /// Whether a place is before a star.
    fn is_star(&self, at: usize) -> bool {
        self.places.get(at).is_some_and(|place| matches!(place.step, Step::Many { .. }))
    }

    /// The groups of which a pattern may end here.
    pub(crate) fn ends(&self, reached: &Reached) -> impl Iterator<Item = usize> {
        self.reached(reached).filter_map(|(_, place)| match place.step {
            Step::End(group) => Some(group),
            _ => None,
        })
    }

    /// The characters that come next in one of the patterns.
    pub(crate) fn next_letters(&self, reached: &Reached) -> impl Iterator<Item = char> {
        self.reached(reached).flat_map(|(_, place)| place.letters())
    }

    /// The characters of all patterns.
    pub(crate) fn letters(&self) -> impl Iterator<Item = char> {
        self.places.iter().flat_map(Place::letters)
    }

    fn reached(&self, reached: &Reached) -> impl Iterator<Item = (usize, &Place)> {
        reached.places.iter().filter_map(|at| Some((*at, self.places.get(*at)?)))
    }
}

impl Place {
    /// The characters that it takes, where it is before one of them.
    fn letters(&self) -> impl Iterator<Item = char> + use<> {
        let (plain, any_case) = match self.step {
            Step::Letter(letter) => (Some(letter), None),
            Step::LetterInAnyCase(letter) => (Some(letter), Some(letter)),
            Step::One { .. } | Step::Many { .. } | Step::End(_) => (None, None),
        };
        plain.into_iter().chain(any_case.into_iter().flat_map(char::to_uppercase))
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
    let Some(beginning) = beginning.strip_prefix(glob.literal.as_str()) else {
        let possible = glob.literal.starts_with(beginning) && {
            let tokens = glob.tokens();
            let reached = beginning.chars().count();
            (reached..=tokens.len()).any(|at| tokens.get(at..).is_some_and(|rest| matches(rest, end)))
        };
        return Tri::from(possible).and(Tri::Unknown);
    };
    let tokens = glob.rest.as_slice();
    let walk = Walk::of(tokens, crossing);
    let start = Reached { colons: glob.literal.matches(':').count().min(5), ..walk.start() };
    let reached = beginning.chars().fold(start, |reached, character| walk.step(&reached, character));
    let ends = |at: usize| tokens.get(at..).is_some_and(|rest| matches(rest, end));
    // A star that is reached takes whatever is between beginning and end.
    if reached.places.iter().any(|at| walk.is_star(*at) && ends(*at)) {
        return Tri::True;
    }
    // Some text between them leads from the first place that is reached to any place behind it.
    let possible = reached.places.first().is_some_and(|first| (*first..=tokens.len()).any(ends));
    if possible { Tri::Unknown } else { Tri::False }
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
