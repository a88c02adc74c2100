//! Texts that patterns tell apart.

use std::collections::{BTreeSet, HashSet, VecDeque};

use super::context::KeyState;
use super::glob::{Glob, Token, tokens};
use super::pattern::PatternKind;
use super::walk::{Crossing, Walk};

/// More states than this are not looked through.
const STATE_LIMIT: usize = 4_000;
/// Nor more words of places, all of them once after each character that is tried.
const WORK_LIMIT: usize = 400_000;

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

/// What was found.
pub(crate) struct Texts {
    /// The shortest first.
    pub(crate) found: Vec<String>,
    /// Whether nothing was left to try.
    pub(crate) complete: bool,
    work: usize,
}

/// One text for each way in which groups of patterns can answer, found by trying one more character after another. A group
/// answers whether one of its patterns matches.
pub(crate) fn texts(groups: &[Vec<(PatternKind, Glob)>], frame: Frame<'_>) -> Texts {
    let mut walk = Walk::default();
    for (group, patterns) in groups.iter().enumerate() {
        for (kind, glob) in patterns {
            walk.add(&glob.tokens(), kind.crossing(), *kind == PatternKind::TextIgnoringCase, group);
        }
    }
    let beginning = walk.after(frame.beginning);
    // The end comes behind the beginning, which the pattern of the end has therefore not seen.
    let end: Vec<Token> = [Token::Many].into_iter().chain(tokens(frame.end, false)).collect();
    let begin = walk.add(&end, Crossing::Free, false, groups.len());
    let start = walk.joined(beginning, begin);
    let fresh = ('a'..='z').chain('0'..='9').chain('\u{e000}'..'\u{e0ff}').find(|one| !walk.has_letter(*one));

    let mut queue = VecDeque::from([(start.clone(), frame.beginning.to_owned())]);
    let mut seen = HashSet::from([start]);
    let mut answered = HashSet::new();
    let mut texts = Texts { found: Vec::new(), complete: true, work: 0 };
    while let Some((reached, text)) = queue.pop_front() {
        let answers: BTreeSet<usize> = walk.ends(&reached).collect();
        if answers.contains(&groups.len()) && answered.insert(answers) {
            texts.found.push(text.clone());
        }
        // The characters that make a difference: one that no pattern has, those that come next in one of them, and a colon.
        let own = walk.next_letters(&reached).filter(|letter| *letter != ':');
        for character in fresh.into_iter().chain(own).chain([':']) {
            if seen.len() >= STATE_LIMIT || texts.work + walk.words() > WORK_LIMIT {
                texts.complete = false;
                break;
            }
            texts.work += walk.words();
            let next = walk.step(&reached, character);
            if seen.insert(next.clone()) {
                queue.push_back((next, format!("{text}{character}")));
            }
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_text_for_each_way_to_answer() {
        let like = |pattern: &str| (PatternKind::TextLike, Glob::new(pattern, true));
        let groups = [vec![like("*analytics-production*")], vec![like("*data-engineering-team*"), like("x?*")]];
        let Texts { found, complete, .. } = texts(&groups, Frame::default());
        assert!(complete);
        let matched = |text: &str| groups.clone().map(|group| group.iter().any(|(_, glob)| glob.matches(text)));
        let answers: BTreeSet<[bool; 2]> = found.iter().map(|text| matched(text)).collect();
        assert_eq!((found.len(), answers.len()), (4, 4), "{found:?}");
        let framed = texts(&groups, Frame { beginning: "x", end: "y" }).found;
        assert!(framed.iter().all(|text| text.starts_with('x') && text.ends_with('y')), "{framed:?}");
    }

    #[test]
    fn many_long_patterns_are_given_up_soon() {
        let groups: Vec<_> = (0..200)
            .map(|number| vec![(PatternKind::TextLike, Glob::new(&format!("*a{number}*").repeat(20), true))])
            .collect();
        let texts = texts(&groups, Frame::default());
        assert!(!texts.complete && texts.work <= WORK_LIMIT, "{}", texts.work);
    }
}
