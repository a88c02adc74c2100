//! Wildcard patterns, and whether a text matches.

use super::case::without_beginning;

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
    pub(crate) rest: Vec<Token>,
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

    /// All of its tokens; of stars beside each other one.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = tokens(&self.literal, false).chain(self.rest.iter().copied()).collect();
        tokens.dedup_by(|one, other| (*one, *other) == (Token::Many, Token::Many));
        tokens
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
        let Some(text) = without_beginning(text, &self.literal) else { return false };
        match self.rest.as_slice() {
            [] => text.is_empty(),
            [Token::Many] => true,
            rest => matches(rest, text),
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

/// Whether the pattern matches an ARN, part by part: no wildcard matches one of the five colons that divide it.
pub(crate) fn matches_arn(tokens: &[Token], arn: &str) -> bool {
    let mut parts = tokens.splitn(6, |token| *token == Token::Char(':'));
    let mut values = arn.splitn(6, ':');
    let pairs: Vec<_> = parts.by_ref().zip(values.by_ref()).collect();
    pairs.len() == 6 && pairs.into_iter().all(|(part, value)| matches(part, value))
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
            }
            proptest::prop_assert_eq!(Glob::new(&pattern, false).matches(&text), pattern == text);
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
