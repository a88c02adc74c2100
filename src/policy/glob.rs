//! Wildcard matching in linear time: literal runs are searched one after the other, never backtracking.

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// These characters.
    Literal(String),
    /// `?`: any one character.
    One,
    /// `*`: any characters, or none.
    Many,
}

/// A pattern of literals, `?` and `*`, ready to match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Glob {
    /// Before the first `*`, or the whole pattern where there is none.
    first: Run,
    /// Between the stars.
    middle: Vec<Run>,
    /// After the last `*`; none where there is no `*`.
    last: Option<Run>,
}

/// What stands between two stars.
#[derive(Debug, Clone, PartialEq)]
enum Run {
    Literal(Box<str>),
    /// With `?`, which is none.
    Holes(Vec<Option<char>>),
}

impl Glob {
    pub(crate) fn new(tokens: impl Iterator<Item = Token>) -> Self {
        let mut runs = vec![Run::Literal(Box::default())];
        for token in tokens {
            let run = runs.last_mut();
            match (token, run) {
                (Token::Many, _) => runs.push(Run::Literal(Box::default())),
                (Token::Literal(text), Some(run)) => run.push_text(&text),
                (Token::One, Some(run)) => run.push_hole(),
                (_, None) => {}
            }
        }
        let last = if runs.len() > 1 { runs.pop() } else { None };
        let mut runs = runs.into_iter();
        let first = runs.next().unwrap_or(Run::Literal(Box::default()));
        Self { first, middle: runs.filter(|run| !run.is_empty()).collect(), last }
    }

    /// Reads a text in which, with `wildcards`, `*` and `?` stand for other characters.
    pub(crate) fn of_text(text: &str, wildcards: bool) -> Self {
        if !wildcards || !text.contains(['*', '?']) {
            return Self { first: Run::Literal(text.into()), middle: Vec::new(), last: None };
        }
        let mut runs = text.split('*').map(Run::of_text);
        let first = runs.next().unwrap_or(Run::Literal(Box::default()));
        let mut middle: Vec<Run> = runs.collect();
        let last = middle.pop();
        middle.retain(|run| !run.is_empty());
        Self { first, middle, last }
    }

    /// The pieces that it is made of, neighbouring stars as one.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        let mut tokens = Vec::new();
        self.first.add_to(&mut tokens);
        for run in &self.middle {
            tokens.push(Token::Many);
            run.add_to(&mut tokens);
        }
        if let Some(last) = &self.last {
            tokens.push(Token::Many);
            last.add_to(&mut tokens);
        }
        tokens
    }

    /// Whether it matches one text only.
    pub(crate) fn is_text(&self) -> bool {
        self.last.is_none() && matches!(self.first, Run::Literal(_))
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(rest) = self.first.strip_prefix(text) else { return false };
        let Some(last) = &self.last else { return rest.is_empty() };
        let Some(mut rest) = last.strip_suffix(rest) else { return false };
        for run in &self.middle {
            match run.skip_past_first(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        true
    }

    /// Whether every text matches.
    pub(crate) fn matches_everything(&self) -> bool {
        self.first.is_empty() && self.middle.is_empty() && self.last.as_ref().is_some_and(Run::is_empty)
    }
}

/// How a pattern stands to all the texts with one beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// None of them matches.
    Never,
    /// Some may.
    Sometimes,
    /// Each of them matches.
    Always,
}

/// Whether texts that begin with `prefix` and go on in any way match the tokens.
pub(crate) fn continuation(tokens: &[Token], prefix: &str) -> Continuation {
    let mut steps: Vec<Option<char>> = Vec::new();
    let mut stars = Vec::new();
    for token in tokens {
        match token {
            Token::Literal(text) => steps.extend(text.chars().map(Some)),
            Token::One => steps.push(None),
            Token::Many => stars.push(steps.len()),
        }
    }
    // A state is a number of steps taken; a star at a state lets it stay.
    let mut states = vec![false; steps.len() + 1];
    if let Some(start) = states.first_mut() {
        *start = true;
    }
    for c in prefix.chars() {
        let mut next = vec![false; states.len()];
        for star in &stars {
            if let (Some(true), Some(stays)) = (states.get(*star), next.get_mut(*star)) {
                *stays = true;
            }
        }
        for ((state, step), after) in states.iter().zip(&steps).zip(next.iter_mut().skip(1)) {
            *after |= *state && step.is_none_or(|wanted| wanted == c);
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

impl Run {
    /// A text between two stars, where `?` stands for any character.
    fn of_text(text: &str) -> Self {
        if text.contains('?') {
            Self::Holes(text.chars().map(|c| (c != '?').then_some(c)).collect())
        } else {
            Self::Literal(text.into())
        }
    }

    fn add_to(&self, tokens: &mut Vec<Token>) {
        match self {
            Self::Literal(text) if text.is_empty() => {}
            Self::Literal(text) => tokens.push(Token::Literal(text.to_string())),
            Self::Holes(holes) => {
                tokens.extend(holes.iter().map(|hole| hole.map_or(Token::One, |c| Token::Literal(c.to_string()))));
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Literal(text) => text.is_empty(),
            Self::Holes(holes) => holes.is_empty(),
        }
    }

    fn push_text(&mut self, more: &str) {
        match self {
            Self::Literal(text) => *text = format!("{text}{more}").into(),
            Self::Holes(holes) => holes.extend(more.chars().map(Some)),
        }
    }

    fn push_hole(&mut self) {
        if let Self::Literal(text) = self {
            *self = Self::Holes(text.chars().map(Some).collect());
        }
        if let Self::Holes(holes) = self {
            holes.push(None);
        }
    }

    fn strip_prefix<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Literal(literal) => text.strip_prefix(&**literal),
            Self::Holes(holes) => {
                let mut rest = text.chars();
                holes.iter().all(|hole| rest.next().is_some_and(|c| fits(*hole, c))).then_some(rest.as_str())
            }
        }
    }

    fn strip_suffix<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Literal(literal) => text.strip_suffix(&**literal),
            Self::Holes(holes) => {
                let mut rest = text.chars();
                let fits_all = holes.iter().rev().all(|hole| rest.next_back().is_some_and(|c| fits(*hole, c)));
                fits_all.then_some(rest.as_str())
            }
        }
    }

    /// What follows the leftmost place where the run stands.
    fn skip_past_first<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Literal(literal) => text.find(&**literal).and_then(|at| text.get(at + literal.len()..)),
            Self::Holes(holes) => skip_past_holes(holes, text),
        }
    }
}

fn fits(hole: Option<char>, c: char) -> bool {
    hole.is_none_or(|wanted| wanted == c)
}

/// Leftmost search by the Shift-And method: one bit a position of the run, so that the work is bounded by
/// the text's length times a 64th of the run's.
fn skip_past_holes<'a>(holes: &[Option<char>], text: &'a str) -> Option<&'a str> {
    let words = holes.len().div_ceil(64);
    let last_bit = 1_u64 << ((holes.len() - 1) % 64);
    let mut anything = vec![0_u64; words];
    let mut masks: std::collections::HashMap<char, Vec<u64>> = std::collections::HashMap::new();
    for hole in holes.iter().flatten() {
        masks.entry(*hole).or_insert_with(|| vec![0; words]);
    }
    for (position, hole) in holes.iter().enumerate() {
        let bit = 1_u64 << (position % 64);
        let set = |mask: &mut Vec<u64>| {
            if let Some(word) = mask.get_mut(position / 64) {
                *word |= bit;
            }
        };
        if let Some(c) = hole {
            masks.get_mut(c).into_iter().for_each(set);
        } else {
            set(&mut anything);
            masks.values_mut().for_each(set);
        }
    }
    let mut state = vec![0_u64; words];
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let mask = masks.get(&c).unwrap_or(&anything);
        let mut carry = 1;
        for (word, allowed) in state.iter_mut().zip(mask) {
            let shifted = (*word << 1) | carry;
            carry = *word >> 63;
            *word = shifted & allowed;
        }
        if state.last().is_some_and(|word| word & last_bit != 0) {
            return Some(rest.as_str());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(pattern: &str) -> Vec<Token> {
        pattern
            .chars()
            .map(|c| match c {
                '*' => Token::Many,
                '?' => Token::One,
                _ => Token::Literal(c.to_string()),
            })
            .collect()
    }

    fn slow(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', after)), rest) => slow(after, text) || rest.is_some_and(|(_, text)| slow(pattern, text)),
            (Some((p, after)), Some((c, text))) => (*p == '?' || p == c) && slow(after, text),
            (Some(_), None) => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_plain_definition(pattern in "[ab?*é]{0,9}", text in "[abé]{0,9}") {
            let plain = slow(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            proptest::prop_assert_eq!(Glob::new(tokens(&pattern).into_iter()).matches(&text), plain);
        }

        #[test]
        fn continuations_are_sound(pattern in "[ab?*]{0,6}", prefix in "[ab]{0,4}", rest in "[ab]{0,5}") {
            let matches = Glob::new(tokens(&pattern).into_iter()).matches(&format!("{prefix}{rest}"));
            match continuation(&tokens(&pattern), &prefix) {
                Continuation::Never => proptest::prop_assert!(!matches),
                Continuation::Always => proptest::prop_assert!(matches),
                Continuation::Sometimes => {}
            }
        }
    }

    #[test]
    fn long_runs_with_question_marks_cross_word_boundaries() {
        let pattern = format!("*{}b*", "a?".repeat(50));
        let glob = Glob::new(tokens(&pattern).into_iter());
        assert!(glob.matches(&format!("xx{}bzz", "ax".repeat(50))));
        assert!(!glob.matches(&"ax".repeat(500)));
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let text = "a".repeat(1_000_000);
        for pattern in ["a*a*a*a*b".to_owned(), "*a".repeat(10_000) + "b", format!("*{}b*", "?a".repeat(500))] {
            assert!(!Glob::new(tokens(&pattern).into_iter()).matches(&text), "{pattern:.20}");
        }
    }
}
