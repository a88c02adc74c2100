//! Text as policies write it: wildcards, policy variables, and the values of context keys.

use serde_json::Value;

use super::Asked;

/// One place of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Symbol {
    /// `*`: any number of characters, none included.
    Many,
    /// `?`: exactly one character.
    One,
    Char(char),
}

/// What became of the policy variables of a text.
enum Expanded {
    /// A variable stands for a key that is unknown.
    Unknown,
    /// A variable stands for a key that the request does not have: equal to nothing and like nothing.
    NoValue,
    Pattern(Vec<Symbol>),
}

/// A context key as the question gives it.
pub(crate) enum Key {
    Absent,
    Unknown,
    Known(Vec<String>),
    /// One of these values: a session's role, whose path is not known.
    OneOf(Vec<String>),
}

/// The text of a string, a boolean or a number.
pub(crate) fn of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The state of a context key; key names are case-insensitive.
pub(crate) fn key(question: &Value, name: &str) -> Key {
    let given = question["context"].as_object().into_iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case(name));
    if let Some((_, value)) = given {
        return Key::Known(super::list(value).into_iter().map(of).collect());
    }
    let unknown =
        |name: &str| question["unknown"].as_array().into_iter().flatten().any(|key| of(key).eq_ignore_ascii_case(name));
    if unknown(name) {
        return Key::Unknown;
    }
    let asked = Asked::read(&of(&question["principal"]));
    if let Some(arns) = asked.possible_arns(question).filter(|_| name.eq_ignore_ascii_case("aws:PrincipalArn")) {
        return Key::OneOf(arns);
    }
    match asked.derived(&name.to_lowercase()) {
        Some(value) => Key::Known(vec![value]),
        None if unknown("*") => Key::Unknown,
        None => Key::Absent,
    }
}

pub(crate) fn literal(text: &str) -> Vec<Symbol> {
    text.chars().map(Symbol::Char).collect()
}

pub(crate) fn wildcards(text: &str) -> Vec<Symbol> {
    text.chars()
        .map(|char| match char {
            '*' => Symbol::Many,
            '?' => Symbol::One,
            other => Symbol::Char(other),
        })
        .collect()
}

/// What a text with variables says, where it says the same whether an empty variable counts as a value or not.
pub(crate) fn agreed(
    question: &Value,
    text: &str,
    wild: bool,
    covers: impl Fn(&[Symbol]) -> super::Truth,
) -> super::Truth {
    let [one, other] = [true, false].map(|empty_counts| match expand(question, text, wild, empty_counts) {
        Expanded::Unknown => None,
        Expanded::NoValue => Some(false),
        Expanded::Pattern(pattern) => covers(&pattern),
    });
    if one == other { one } else { None }
}

/// Replaces the policy variables of a text; only Version 2012-10-17 has them (`reference_policies_elements_version`).
/// `${*}`, `${?}` and `${$}` are the plain characters, `${key, 'x'}` has a default. `wild` says whether the rest of the
/// text may hold wildcards; what a variable stands for is always literal.
fn expand(question: &Value, text: &str, wild: bool, empty_counts: bool) -> Expanded {
    let plain = if wild { wildcards } else { literal };
    if question["policy"]["Version"] != "2012-10-17" {
        return Expanded::Pattern(plain(text));
    }
    let mut pattern = Vec::new();
    let mut unknown = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${")
        && let Some((inside, after)) = after.split_once('}')
    {
        pattern.extend(plain(before));
        rest = after;
        if ["*", "?", "$"].contains(&inside) {
            pattern.extend(literal(inside));
            continue;
        }
        let (name, default) = match inside.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
            None => (inside, None),
        };
        match (key(question, name), default) {
            (Key::Known(values), Some(default)) if values == [""] && !empty_counts => pattern.extend(literal(default)),
            (Key::Known(values), None) if values == [""] && !empty_counts => return Expanded::NoValue,
            (Key::Known(values), _) => pattern.extend(literal(&values.concat())),
            (Key::Absent, Some(default)) => pattern.extend(literal(default)),
            (Key::Absent, None) => return Expanded::NoValue,
            (Key::Unknown | Key::OneOf(_), _) => unknown = true,
        }
    }
    pattern.extend(plain(rest));
    if unknown { Expanded::Unknown } else { Expanded::Pattern(pattern) }
}

/// Whether a pattern covers a whole text, by the textbook table: `reached[n]` says whether the pattern so far can end after
/// `n` characters.
pub(crate) fn matches(pattern: &[Symbol], text: &[Symbol]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for symbol in pattern {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match symbol {
                Symbol::Many => reached[..=end].contains(&true),
                Symbol::One => end > 0 && reached[end - 1],
                Symbol::Char(_) => end > 0 && reached[end - 1] && text[end - 1] == *symbol,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

/// Whether a pattern covers an ARN (`reference_policies_elements_resource`): a star at the end of a segment may run over the
/// colons between segments; that one inside a segment or a `?` may, is said nowhere.
pub(crate) fn matches_resource(pattern: &[Symbol], arn: &[Symbol]) -> super::Truth {
    if !matches(pattern, arn) {
        return Some(false);
    }
    let dividers: Vec<usize> = (0..arn.len()).filter(|at| arn[*at] == Symbol::Char(':')).take(5).collect();
    let crosses = |from: usize, to: usize| dividers.iter().any(|at| (from..to).contains(at));
    let mut reached = vec![false; arn.len() + 1];
    reached[0] = true;
    for (index, symbol) in pattern.iter().enumerate() {
        let after = pattern[index + 1..].iter().find(|symbol| **symbol != Symbol::Many);
        let ends_segment = matches!(after, None | Some(Symbol::Char(':')));
        let mut next = vec![false; arn.len() + 1];
        for from in (0..=arn.len()).filter(|from| reached[*from]) {
            for (to, covered) in next.iter_mut().enumerate().skip(from) {
                *covered |= match symbol {
                    Symbol::Many => ends_segment || !crosses(from, to),
                    Symbol::One => to == from + 1 && !crosses(from, to),
                    Symbol::Char(_) => to == from + 1 && arn[from] == *symbol,
                };
            }
        }
        reached = next;
    }
    reached[arn.len()].then_some(true)
}
