//! Wildcard patterns: whether a text matches, and what can be said of texts of which only the ends are known.

use super::Tri;
use super::case::begins_with;

/// One place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

impl Token {
    fn takes(self, character: char) -> bool {
        match self {
            Self::Char(wanted) => wanted == character,
            Self::One | Self::Many => true,
        }
    }
}

/// A text as tokens; without `wildcards` every character stands for itself.
pub(crate) fn tokens(text: &str, wildcards: bool) -> impl Iterator<Item = Token> + '_ {
    text.chars().map(move |character| match character {
        '*' if wildcards => Token::Many,
        '?' if wildcards => Token::One,
        plain => Token::Char(plain),
    })
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Glob {
    /// What comes before the first wildcard.
    pub(crate) literal: String,
    /// The first wildcard and what follows it.
    rest: Vec<Token>,
}

impl FromIterator<Token> for Glob {
    fn from_iter<I: IntoIterator<Item = Token>>(tokens: I) -> Self {
        let mut glob = Self::default();
        for token in tokens {
            match token {
                Token::Char(character) if glob.rest.is_empty() => glob.literal.push(character),
                token => glob.rest.push(token),
            }
        }
        glob
    }
}

impl Glob {
    /// Reads a text; without `wildcards` every character stands for itself.
    pub(crate) fn new(text: &str, wildcards: bool) -> Self {
        let wildcard = text.find(['*', '?']).filter(|_| wildcards);
        let (literal, rest) = text.split_at(wildcard.unwrap_or(text.len()));
        Self { literal: literal.to_owned(), rest: tokens(rest, true).collect() }
    }

    /// All of its tokens.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        tokens(&self.literal, false).chain(self.rest.iter().copied()).collect()
    }

    /// Whether it is one text.
    pub(crate) fn is_plain(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether every text matches.
    pub(crate) fn matches_everything(&self) -> bool {
        self.literal.is_empty() && !self.rest.is_empty() && self.rest.iter().all(|token| *token == Token::Many)
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self.rest.as_slice() {
            [] => text.len() == self.literal.len() && begins_with(text, &self.literal),
            [Token::Many] => begins_with(text, &self.literal),
            rest => {
                begins_with(text, &self.literal)
                    && text.get(self.literal.len()..).is_some_and(|text| matches(rest, text))
            }
        }
    }
}

/// Whether the tokens match the whole text: each star takes as little as it can, and only the last one met is asked for more.
///
/// The work is at most the product of the two lengths: of a policy's 32 KB and a key's 1,024 bytes, tens of milliseconds.
pub(crate) fn matches(tokens: &[Token], text: &str) -> bool {
    let mut rest = text.chars();
    let mut place = 0;
    let mut last_star = None;
    loop {
        match tokens.get(place) {
            Some(Token::Many) => {
                place += 1;
                last_star = Some((place, rest.clone()));
                continue;
            }
            Some(token) => {
                let Some(character) = rest.next() else { return false };
                if token.takes(character) {
                    place += 1;
                    continue;
                }
            }
            None if rest.as_str().is_empty() => return true,
            None => {}
        }
        let Some((after_star, from)) = &mut last_star else { return false };
        if from.next().is_none() {
            return false;
        }
        place = *after_star;
        rest = from.clone();
    }
}

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

/// The state of matching a pattern against the beginning of a text: every number of tokens that may be used up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Reach {
    /// By the number of tokens.
    reached: Vec<bool>,
    /// Those of the first five that were met, where wildcards may not cross them.
    colons: usize,
}

impl Reach {
    /// Before the first character.
    pub(crate) fn start(tokens: &[Token]) -> Self {
        let mut reached = vec![false; tokens.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        let mut reach = Self { reached, colons: 0 };
        reach.let_stars_take_nothing(tokens);
        reach
    }

    /// After a whole text.
    pub(crate) fn after(tokens: &[Token], text: &str, crossing: Crossing) -> Self {
        text.chars().fold(Self::start(tokens), |reach, character| reach.step(tokens, character, crossing))
    }

    /// After one more character.
    pub(crate) fn step(&self, tokens: &[Token], character: char, crossing: Crossing) -> Self {
        let guarded = character == ':' && self.colons < 5 && crossing != Crossing::Free;
        let may_cross = |at: usize| !guarded || (crossing == Crossing::EndOfSegment && ends_segment(tokens, at));
        let mut next = vec![false; self.reached.len()];
        for (at, token) in tokens.iter().enumerate().filter(|(at, _)| self.reached.get(*at) == Some(&true)) {
            let to = match token {
                Token::Char(wanted) if *wanted == character => at + 1,
                Token::One if !guarded => at + 1,
                Token::Many if may_cross(at) => at,
                _ => continue,
            };
            if let Some(state) = next.get_mut(to) {
                *state = true;
            }
        }
        let is_dead = !next.contains(&true);
        // Only the first five can be forbidden to cross: what is alike from here on compares as equal.
        let colons = if is_dead { 5 } else { self.colons + usize::from(guarded) };
        let mut next = Self { reached: next, colons };
        next.let_stars_take_nothing(tokens);
        next
    }

    fn let_stars_take_nothing(&mut self, tokens: &[Token]) {
        let mut before = false;
        for (at, reached) in self.reached.iter_mut().enumerate() {
            *reached |= before;
            before = *reached && tokens.get(at) == Some(&Token::Many);
        }
    }

    /// Whether the pattern may end here.
    pub(crate) fn is_end(&self) -> bool {
        self.reached.last() == Some(&true)
    }

    /// The numbers of tokens that may be used up.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.reached.iter().enumerate().filter(|(_, reached)| **reached).map(|(at, _)| at)
    }
}

/// Whether a star is the last of its segment of an ARN.
pub(super) fn ends_segment(tokens: &[Token], star: usize) -> bool {
    let next = tokens.iter().skip(star).find(|token| **token != Token::Many);
    matches!(next, None | Some(Token::Char(':')))
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
    let colons = if crossing == Crossing::Free { 0 } else { glob.literal.matches(':').count().min(5) };
    let start = Reach { colons, ..Reach::start(tokens) };
    let reach = beginning.chars().fold(start, |reach, character| reach.step(tokens, character, crossing));
    let ends = |at: usize| tokens.get(at..).is_some_and(|rest| matches(rest, end));
    // A star that is reached takes whatever is between beginning and end.
    if reach.places().any(|at| tokens.get(at) == Some(&Token::Many) && ends(at)) {
        return Tri::True;
    }
    // Some text between them leads from the first place that is reached to any place behind it.
    let first = reach.places().next().unwrap_or(usize::MAX);
    let possible = (0..=tokens.len()).any(|at| at >= first && ends(at));
    if possible { Tri::Unknown } else { Tri::False }
}

/// Whether the pattern matches an ARN, part by part: no wildcard matches one of the five colons that divide it.
pub(crate) fn matches_arn(tokens: &[Token], arn: &str) -> bool {
    let mut parts = tokens.splitn(6, |token| *token == Token::Char(':'));
    let mut values = arn.splitn(6, ':');
    let pairs: Vec<_> = parts.by_ref().zip(values.by_ref()).collect();
    pairs.len() == 6 && pairs.into_iter().all(|(part, value)| matches(part, value))
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
    let surely = Reach::after(&glob.tokens(), arn, Crossing::EndOfSegment).is_end();
    Tri::from(surely).or(Tri::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 20_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn agrees_with_the_plain_definition(pattern in "[ab?*é😀]{0,9}", text in "[abé😀è]{0,9}") {
            for pattern in [&pattern, &format!("*{pattern}*"), &format!("a{pattern}")] {
                let glob = Glob::new(pattern, true);
                proptest::prop_assert_eq!(glob.matches(&text), covers(pattern, &text), "{} on {}", pattern, text);
                let reach = Reach::after(&glob.tokens(), &text, Crossing::Free);
                proptest::prop_assert_eq!(reach.is_end(), covers(pattern, &text), "{} on {}", pattern, text);
            }
            proptest::prop_assert_eq!(Glob::new(&pattern, false).matches(&text), pattern == text);
        }

        #[test]
        fn what_is_said_of_a_beginning_and_an_end_holds_for_what_stands_between(
            pattern in "[ab?*é]{0,6}", beginning in "[abé]{0,3}", middle in "[abé]{0,4}", end in "[abé]{0,3}",
        ) {
            let matches = covers(&pattern, &format!("{beginning}{middle}{end}"));
            let said = matches_framed(&Glob::new(&pattern, true), &beginning, &end, Crossing::Free);
            proptest::prop_assert!(said == Tri::Unknown || said == Tri::from(matches), "{} is {:?}", pattern, said);
        }

        #[test]
        fn an_arn_is_compared_part_by_part(pattern in "[a:*?]{5,14}", text in "[a:]{5,12}") {
            let never = Reach::after(&Glob::new(&pattern, true).tokens(), &text, Crossing::Never).is_end();
            let is_arn = pattern.matches(':').count() >= 5 && text.matches(':').count() >= 5;
            proptest::prop_assert_eq!(matches_arn(&Glob::new(&pattern, true).tokens(), &text), never && is_arn);
        }
    }

    #[test]
    fn what_the_service_takes_is_matched_in_milliseconds() {
        let started = std::time::Instant::now();
        let pattern = format!("*{}b*", "a".repeat(512)).repeat(62);
        assert!(!Glob::new(&pattern, true).matches(&"a".repeat(1_024)));
        assert!(started.elapsed() < std::time::Duration::from_secs(1));
    }
}
