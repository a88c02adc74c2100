//! Texts that patterns tell apart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use super::context::KeyState;
use super::glob::{Crossing, Glob, Token, ends_segment};
use super::pattern::PatternKind;

/// More states than this are not looked through.
const STATE_LIMIT: usize = 4_000;
/// Nor more words of states, one after each character that is tried.
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

/// One text for each way in which groups of patterns can answer, found by trying one more character after another, the
/// shortest texts first; and whether nothing was left to try. A group answers whether one of its patterns matches.
pub(crate) fn texts(groups: &[Vec<(PatternKind, Glob)>], frame: Frame<'_>) -> (Vec<String>, bool) {
    let mut walk = Walk::default();
    for (group, (kind, glob)) in
        groups.iter().enumerate().flat_map(|(group, patterns)| patterns.iter().map(move |pattern| (group, pattern)))
    {
        walk.add(&glob.tokens(), kind.crossing(), *kind == PatternKind::TextIgnoringCase, group);
    }
    let beginning = walk.after(frame.beginning);
    // The end comes behind the beginning, which the walk of the end has therefore not seen.
    let end: Glob = [Token::Many].into_iter().chain(Glob::new(frame.end, false).tokens()).collect();
    let start = walk.add(&end.tokens(), Crossing::Free, false, groups.len());
    let start = walk.joined(beginning, start);

    let mut queue = VecDeque::from([(start.clone(), frame.beginning.to_owned())]);
    let mut seen = HashSet::from([start]);
    let mut texts = HashMap::new();
    let mut work = 0;
    let mut all = true;
    while let Some((reached, text)) = queue.pop_front() {
        let answers = walk.answers(&reached, groups.len() + 1);
        if answers.last() == Some(&true) {
            let next = texts.len();
            texts.entry(answers).or_insert((next, text.clone()));
        }
        for character in walk.next_characters(&reached) {
            work += reached.words.len();
            if seen.len() >= STATE_LIMIT || work > WORK_LIMIT {
                all = false;
                break;
            }
            let next = walk.step(&reached, character);
            if seen.insert(next.clone()) {
                queue.push_back((next, format!("{text}{character}")));
            }
        }
    }
    let mut texts: Vec<(usize, String)> = texts.into_values().collect();
    texts.sort();
    (texts.into_iter().map(|(_, text)| text).collect(), all)
}

/// Some places of the patterns, a bit for each: before every token, and behind the last.
type Places = Vec<u64>;

/// How far all the patterns can have come after a text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reached {
    words: Places,
    /// How many of the first five colons were met, where a pattern may not cross them.
    colons: usize,
}

/// All the patterns side by side on their way through a text: one step for all of them at once.
#[derive(Default)]
struct Walk {
    length: usize,
    /// Before each star.
    stars: Places,
    /// Before each `?`.
    ones: Places,
    /// Before the stars and `?` that may not take one of the first five colons.
    guarded: Places,
    /// All places of patterns with such wildcards.
    guarding: Places,
    /// For each character the places before it.
    letters: BTreeMap<char, Places>,
    /// Behind the last token of each pattern, with the number of its group.
    ends: Vec<(usize, usize)>,
}

impl Walk {
    /// Adds a pattern and returns the place where it begins.
    fn add(&mut self, tokens: &[Token], crossing: Crossing, ignores_case: bool, group: usize) -> usize {
        let begin = self.length;
        for (at, token) in tokens.iter().enumerate() {
            let place = self.length;
            let may_cross = match (crossing, token) {
                (Crossing::Free, _) => true,
                (Crossing::EndOfSegment, Token::Many) => ends_segment(tokens, at),
                _ => false,
            };
            match token {
                // Two stars are one.
                Token::Many if at > 0 && tokens.get(at - 1) == Some(&Token::Many) => continue,
                Token::Many => put(&mut self.stars, place),
                Token::One => put(&mut self.ones, place),
                Token::Char(character) => {
                    let cases = character.to_uppercase().filter(|_| ignores_case);
                    for spelling in cases.chain([*character]) {
                        put(self.letters.entry(spelling).or_default(), place);
                    }
                }
            }
            if !may_cross && !matches!(token, Token::Char(_)) {
                put(&mut self.guarded, place);
            }
            self.length += 1;
        }
        self.ends.push((self.length, group));
        self.length += 1;
        if crossing != Crossing::Free {
            (begin..self.length).for_each(|place| put(&mut self.guarding, place));
        }
        begin
    }

    /// Where all patterns are behind a text.
    fn after(&self, text: &str) -> Reached {
        let mut start = Reached { words: vec![0; self.length.div_ceil(64)], colons: 0 };
        let begins = [0].into_iter().chain(self.ends.iter().map(|(end, _)| end + 1)).filter(|at| *at < self.length);
        begins.for_each(|place| put(&mut start.words, place));
        self.let_stars_take_nothing(&mut start.words);
        text.chars().fold(start, |reached, character| self.step(&reached, character))
    }

    /// The same with a pattern that was added since at its beginning.
    fn joined(&self, mut reached: Reached, begin: usize) -> Reached {
        reached.words.resize(self.length.div_ceil(64), 0);
        put(&mut reached.words, begin);
        self.let_stars_take_nothing(&mut reached.words);
        reached
    }

    fn step(&self, reached: &Reached, character: char) -> Reached {
        let guarded = character == ':' && reached.colons < 5;
        let letter = self.letters.get(&character);
        let mut words = Vec::with_capacity(reached.words.len());
        let mut carry = 0;
        for (at, word) in reached.words.iter().enumerate() {
            let free = if guarded { !word_of(&self.guarded, at) } else { u64::MAX };
            let moving = letter.map_or(0, |letter| word_of(letter, at)) | (word_of(&self.ones, at) & free);
            let moved = word & moving;
            words.push(word & word_of(&self.stars, at) & free | moved << 1 | carry);
            carry = moved >> 63;
        }
        let colons = reached.colons + usize::from(guarded);
        self.let_stars_take_nothing(&mut words);
        // Only patterns that are still on their way can be kept from crossing: what is alike from here on compares as equal.
        let is_guarding = words.iter().enumerate().any(|(at, word)| word & word_of(&self.guarding, at) != 0);
        Reached { words, colons: if is_guarding { colons } else { 5 } }
    }

    fn let_stars_take_nothing(&self, words: &mut Places) {
        let mut carry = 0;
        for (at, word) in words.iter_mut().enumerate() {
            *word |= carry;
            let behind = *word & word_of(&self.stars, at);
            *word |= behind << 1;
            carry = behind >> 63;
        }
    }

    fn answers(&self, reached: &Reached, groups: usize) -> Vec<bool> {
        let mut answers = vec![false; groups];
        for (end, group) in &self.ends {
            if let Some(answer) = answers.get_mut(*group) {
                *answer |= word_of(&reached.words, end / 64) >> (end % 64) & 1 == 1;
            }
        }
        answers
    }

    /// The characters that make a difference here: one that no pattern has, those that come next in one of them, and a colon.
    fn next_characters(&self, reached: &Reached) -> Vec<char> {
        let is_next =
            |places: &Places| reached.words.iter().enumerate().any(|(at, word)| word & word_of(places, at) != 0);
        let own = self.letters.iter().filter(|(_, places)| is_next(places)).map(|(character, _)| *character);
        let mut characters: BTreeSet<char> = own.collect();
        characters.remove(&':');
        let fresh =
            ('a'..='z').chain('0'..='9').chain('\u{e000}'..'\u{e0ff}').find(|one| !self.letters.contains_key(one));
        fresh.into_iter().chain(characters).chain([':']).collect()
    }
}

fn put(places: &mut Places, place: usize) {
    let word = place / 64;
    if places.len() <= word {
        places.resize(word + 1, 0);
    }
    if let Some(word) = places.get_mut(word) {
        *word |= 1 << (place % 64);
    }
}

fn word_of(places: &Places, at: usize) -> u64 {
    places.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::Reach;

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 5_000, failure_persistence: None, ..Default::default() })]

        #[test]
        fn patterns_side_by_side_come_as_far_as_each_alone(
            patterns in proptest::collection::vec("[ab:?*]{0,7}", 1..12), text in "[abc:]{0,9}",
        ) {
            for kind in [PatternKind::TextLike, PatternKind::Resource, PatternKind::Arn] {
                let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::new(pattern, true)).collect();
                let mut walk = Walk::default();
                for (group, glob) in globs.iter().enumerate() {
                    walk.add(&glob.tokens(), kind.crossing(), false, group);
                }
                let answers = walk.answers(&walk.after(&text), globs.len());
                for ((glob, pattern), answer) in globs.iter().zip(&patterns).zip(answers) {
                    let alone = Reach::after(&glob.tokens(), &text, kind.crossing()).is_end();
                    proptest::prop_assert_eq!(answer, alone, "{} on {} as {:?}", pattern, text, kind);
                }
            }
        }
    }

    #[test]
    fn there_is_a_text_for_each_way_to_answer() {
        let like = |pattern: &str| (PatternKind::TextLike, Glob::new(pattern, true));
        let groups = [vec![like("*analytics-production*")], vec![like("*data-engineering-team*"), like("x?*")]];
        let (found, all) = texts(&groups, Frame::default());
        assert!(all);
        let matched = |text: &str| groups.clone().map(|group| group.iter().any(|(_, glob)| glob.matches(text)));
        let answers: BTreeSet<[bool; 2]> = found.iter().map(|text| matched(text)).collect();
        assert_eq!((found.len(), answers.len()), (4, 4), "{found:?}");
        let framed = texts(&groups, Frame { beginning: "x", end: "y" }).0;
        assert!(framed.iter().all(|text| text.starts_with('x') && text.ends_with('y')), "{framed:?}");
    }

    #[test]
    fn many_long_patterns_are_given_up_soon() {
        let started = std::time::Instant::now();
        let groups: Vec<_> = (0..200)
            .map(|number| vec![(PatternKind::TextLike, Glob::new(&format!("*a{number}*").repeat(20), true))])
            .collect();
        assert!(!texts(&groups, Frame::default()).1);
        assert!(started.elapsed() < std::time::Duration::from_secs(5));
    }
}
