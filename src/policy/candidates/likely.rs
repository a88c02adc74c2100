//! Values to choose from: those near the values of a policy.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::policy::address::SPECIAL_PURPOSE_RANGES;
use crate::policy::glob::Token;
use crate::policy::pattern::{Pattern, PatternKind};

/// The text of a pattern without wildcards; of others a text that matches. Where case is ignored, another spelling too.
pub(super) fn own_texts(pattern: &Pattern, text: &str) -> Vec<String> {
    let Some(glob) = pattern.glob() else { return Vec::new() };
    let plain = without_stars(&glob.tokens());
    match pattern.kind {
        PatternKind::TextIgnoringCase => vec![text.to_owned(), plain.to_uppercase(), plain],
        PatternKind::Text => vec![text.to_owned()],
        _ => vec![text.replace('*', "example").replace('?', "x"), plain],
    }
}

/// A text that all patterns match which begin and end with a star: what they have between their stars, one behind the other.
pub(super) fn matching_all<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Option<String> {
    let mut text = String::new();
    for pattern in patterns {
        let tokens = pattern.glob()?.tokens();
        if tokens.first() == Some(&Token::Many) && tokens.last() == Some(&Token::Many) {
            text += &without_stars(&tokens);
        }
    }
    Some(text).filter(|text| !text.is_empty())
}

fn without_stars(tokens: &[Token]) -> String {
    let characters = tokens.iter().filter_map(|token| match token {
        Token::Char(character) => Some(*character),
        Token::One => Some('x'),
        Token::Many => None,
    });
    characters.collect()
}

/// A text that is none of these.
pub(super) fn unlike_any(pool: &[String]) -> String {
    let longest = pool.iter().map(String::len).max().unwrap_or_default();
    let mut text = "elsewhere".to_owned();
    while pool.contains(&text) && text.len() <= longest + "elsewhere".len() {
        text.push('-');
    }
    text
}

/// Each number, one below, one above, and one between each two of them: a whole one, where there is one.
pub(super) fn around_numbers(mut numbers: Vec<f64>) -> Vec<String> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let all = around(&numbers, |first| first.ceil() - 1.0, |number| number.floor() + 1.0, f64::midpoint);
    all.into_iter().map(|number| number.to_string()).collect()
}

/// The same for dates, by whole seconds.
pub(super) fn around_dates(mut dates: Vec<jiff::Timestamp>) -> Vec<String> {
    const SECOND: i128 = 1_000_000_000;
    dates.sort();
    dates.dedup();
    let times: Vec<i128> = dates.iter().map(|date| date.as_nanosecond()).collect();
    let all = around(&times, |first| first - SECOND, |time| time - time.rem_euclid(SECOND) + SECOND, i128::midpoint);
    let dates = all.into_iter().filter_map(|time| jiff::Timestamp::from_nanosecond(time).ok());
    dates.map(|date| date.to_string()).collect()
}

/// Sorted values, one below and one above them, and one between each two: the next one above the lower, else the middle.
fn around<T: Copy + PartialOrd>(
    values: &[T],
    below: impl Fn(T) -> T,
    above: impl Fn(T) -> T,
    middle: impl Fn(T, T) -> T,
) -> Vec<T> {
    let between = values.windows(2).filter_map(|pair| {
        let [lower, upper] = *pair else { return None };
        Some(above(lower)).filter(|next| *next < upper).or_else(|| Some(middle(lower, upper)))
    });
    let ends = values.first().map(|first| below(*first)).into_iter().chain(values.last().map(|last| above(*last)));
    values.iter().copied().chain(ends).chain(between).collect()
}

/// Addresses of each range, and of what lies between two of them.
pub(super) fn around_networks(networks: &[IpNet], public_only: bool) -> Vec<String> {
    let special = if public_only { SPECIAL_PURPOSE_RANGES.as_slice() } else { &[] };
    let host = |address: IpAddr| match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    };
    let hosts = networks.iter().filter_map(|network| host(network.network()));
    let starts =
        networks.iter().chain(special).flat_map(|network| [Some(network.network()), host(network.broadcast())]);
    let all = hosts.chain(starts.flatten()).chain(["0.0.0.0", "::"].iter().filter_map(|first| first.parse().ok()));
    all.map(|address| address.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_values_there_is_a_plain_one_if_there_is_any() {
        assert_eq!(around_numbers(vec![10.0, 9.5, 10.0, 20.0]), ["9.5", "10", "20", "9", "21", "9.75", "11"]);
        assert_eq!(around_numbers(vec![1.2, 1.3]), ["1.2", "1.3", "1", "2", "1.25"]);
        let dates = ["2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z"].map(|date| date.parse().unwrap());
        let around = around_dates(dates.to_vec());
        assert_eq!(around.last().map(String::as_str), Some("2026-11-24T00:00:01Z"), "{around:?}");
    }
}
