//! Texts that patterns tell apart.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::case::lower_case;
use super::context::KeyState;
use super::glob::{Crossing, Glob, Reach, Token};
use super::pattern::PatternKind;

/// More states than this are not looked through.
const STATE_LIMIT: usize = 400;

/// How the texts begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Frame<'a> {
    pub(crate) beginning: &'a str,
    pub(crate) end: &'a str,
}

impl<'a> Frame<'a> {
    /// What is known of the texts that a key may be.
    pub(crate) fn of(state: &'a KeyState) -> Self {
        match state {
            KeyState::Framed { beginning, end } => Self { beginning, end },
            _ => Self::default(),
        }
    }
}

/// One pattern on its way through a text.
struct Walk {
    tokens: Vec<Token>,
    crossing: Crossing,
    ignores_case: bool,
}

impl Walk {
    /// The characters that a token wants, in any case where that does not matter.
    fn spellings(&self, token: Token) -> Vec<char> {
        match token {
            Token::Char(character) if self.ignores_case => character.to_uppercase().chain([character]).collect(),
            Token::Char(character) => vec![character],
            Token::One | Token::Many => Vec::new(),
        }
    }

    fn step(&self, reach: &Reach, character: char) -> Reach {
        if self.ignores_case {
            let folded = lower_case(&character.to_string());
            folded.chars().fold(reach.clone(), |reach, folded| reach.step(&self.tokens, folded, self.crossing))
        } else {
            reach.step(&self.tokens, character, self.crossing)
        }
    }
}

/// One text for each way in which the patterns can answer, found by trying one more character after another, the shortest
/// texts first; and whether nothing was left to try.
pub(crate) fn texts(patterns: &[(PatternKind, Glob)], frame: Frame<'_>) -> (Vec<String>, bool) {
    let own = patterns.iter().map(|(kind, glob)| Walk {
        tokens: glob.tokens(),
        crossing: kind.crossing(),
        ignores_case: *kind == PatternKind::TextIgnoringCase,
    });
    let end: Glob = [Token::Many].into_iter().chain(Glob::new(frame.end, false).tokens()).collect();
    // The end comes behind the beginning, which the walk of the end has therefore not seen.
    let end = Walk { tokens: end.tokens(), crossing: Crossing::Free, ignores_case: false };
    let walks: Vec<Walk> = own.chain([end]).collect();
    let fresh = fresh(&walks);
    let behind = |(at, walk): (usize, &Walk)| {
        let start = Reach::start(&walk.tokens);
        let seen = if at + 1 == walks.len() { "" } else { frame.beginning };
        seen.chars().fold(start, |reach, character| walk.step(&reach, character))
    };
    let start: Vec<Reach> = walks.iter().enumerate().map(behind).collect();
    let mut queue = VecDeque::from([(start.clone(), frame.beginning.to_owned())]);
    let mut seen = HashSet::from([start]);
    let mut texts = HashMap::new();
    while let Some((reached, text)) = queue.pop_front() {
        let answers: Vec<bool> = reached.iter().map(Reach::is_end).collect();
        if answers.last() == Some(&true) {
            let next = texts.len();
            texts.entry(answers).or_insert((next, text.clone()));
        }
        for character in next_characters(&walks, &reached, fresh) {
            let next: Vec<Reach> =
                reached.iter().zip(&walks).map(|(reach, walk)| walk.step(reach, character)).collect();
            if seen.len() < STATE_LIMIT && seen.insert(next.clone()) {
                queue.push_back((next, format!("{text}{character}")));
            }
        }
    }
    let mut texts: Vec<(usize, String)> = texts.into_values().collect();
    texts.sort();
    (texts.into_iter().map(|(_, text)| text).collect(), seen.len() < STATE_LIMIT)
}

/// The characters that make a difference here: one that no pattern has, those that come next in one of them, and a colon.
fn next_characters(walks: &[Walk], reached: &[Reach], fresh: Option<char>) -> Vec<char> {
    let mut characters: Vec<char> = fresh.into_iter().collect();
    let own = walks.iter().zip(reached).flat_map(|(walk, reach)| {
        let wanted = reach.places().filter_map(|at| walk.tokens.get(at));
        wanted.flat_map(|token| walk.spellings(*token)).collect::<Vec<_>>()
    });
    characters.extend(own.collect::<BTreeSet<char>>());
    if !characters.contains(&':') {
        characters.push(':');
    }
    characters
}

/// A character that none of the patterns has.
fn fresh(walks: &[Walk]) -> Option<char> {
    let own: BTreeSet<char> =
        walks.iter().flat_map(|walk| walk.tokens.iter().flat_map(|token| walk.spellings(*token))).collect();
    ('a'..='z').chain('0'..='9').chain('\u{e000}'..'\u{e0ff}').find(|one| !own.contains(one))
}
