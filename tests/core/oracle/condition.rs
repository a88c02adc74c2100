//! Conditions: every operator of `reference_policies_elements_condition_operators`, and the set operators of
//! `reference_policies_condition-single-vs-multi-valued-context-keys`.

use std::net::IpAddr;

use serde_json::Value;

use super::text::{self, Key, Symbol};
use super::{Truth, all, any, list, not};

/// Whether one key of one operator holds: the table in docs/design/aws-facts.md#conditions.
pub(crate) fn holds(question: &Value, operator: &str, name: &str, values: &Value) -> Truth {
    match operator {
        "Null" => return null(question, name, values),
        "ForAllValues:Null" => return Some(true),
        "ForAnyValue:Null" => return Some(false),
        _ => {}
    }
    let (set, operator) = match operator.split_once(':') {
        Some((set, operator)) => (Some(set), operator),
        None => (None, operator),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (family, negated) = family(operator);
    let one = |given: &String| {
        let matched = any(list(values).into_iter().map(|value| compare(question, family, given, &text::of(value))));
        if negated { not(matched) } else { matched }
    };
    let key = text::key(question, name);
    if *values == serde_json::json!([]) {
        let absent = match key {
            Key::Unknown => None,
            Key::Absent => Some(true),
            Key::Known(_) | Key::OneOf(_) => Some(false),
        };
        return match (set, if_exists) {
            (Some("ForAnyValue"), _) => Some(false),
            (None, false) => None,
            _ => absent,
        };
    }
    match (key, set) {
        (Key::OneOf(options), _) => {
            let mut answers = options.iter().map(one);
            let first = answers.next().expect("there is an option");
            if answers.all(|answer| answer == first) { first } else { None }
        }
        (Key::Unknown, _) => None,
        (Key::Absent, _) if if_exists => Some(true),
        (Key::Absent, Some(set)) => Some(set == "ForAllValues"),
        (Key::Absent, None) => Some(negated),
        (Key::Known(given), Some("ForAllValues")) => all(given.iter().map(one)),
        (Key::Known(given), _) => any(given.iter().map(one)),
    }
}

/// `Null`: "true" asks that the key be absent, "false" that it be there.
fn null(question: &Value, name: &str, values: &Value) -> Truth {
    let absent = match text::key(question, name) {
        Key::Unknown => None,
        Key::Absent => Some(true),
        Key::Known(_) | Key::OneOf(_) => Some(false),
    };
    any(list(values).into_iter().map(|value| if text::of(value) == "true" { absent } else { not(absent) }))
}

/// The positive operator behind a name, and whether the name negates it.
fn family(operator: &str) -> (&str, bool) {
    match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "NumericNotEquals" => ("NumericEquals", true),
        "DateNotEquals" => ("DateEquals", true),
        "NotIpAddress" => ("IpAddress", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        "ArnEquals" => ("ArnLike", false),
        positive => (positive, false),
    }
}

/// One value of the request against one value of the policy. Only string and ARN operators know policy variables.
fn compare(question: &Value, operator: &str, given: &str, value: &str) -> Truth {
    match operator {
        "StringEquals" | "StringEqualsIgnoreCase" | "StringLike" | "ArnLike" => {
            let wild = matches!(operator, "StringLike" | "ArnLike");
            text::agreed(question, value, wild, |pattern| Some(covers(operator, pattern, given)))
        }
        "Bool" => Some(given.to_lowercase() == value.to_lowercase()),
        "BinaryEquals" => Some(given == value),
        // Leading zeros: nobody says how they are read.
        "IpAddress" if [given, value].into_iter().any(has_leading_zeros) => None,
        "IpAddress" => Some(in_range(given, value)),
        _ => Some(if operator.starts_with("Date") {
            ordered(operator.trim_start_matches("Date"), instant(given), instant(value))
        } else {
            ordered(operator.trim_start_matches("Numeric"), number(given), number(value))
        }),
    }
}

fn covers(operator: &str, pattern: &[Symbol], given: &str) -> bool {
    let given = text::literal(given);
    match operator {
        "ArnLike" => arn_like(pattern, &given),
        "StringEqualsIgnoreCase" => lower(pattern) == lower(&given),
        _ => text::matches(pattern, &given),
    }
}

fn lower(pattern: &[Symbol]) -> String {
    pattern
        .iter()
        .map(|symbol| if let Symbol::Char(char) = symbol { char.to_lowercase().to_string() } else { String::new() })
        .collect()
}

/// ARN operators compare the six parts of an ARN one by one, so that `*` never crosses one of its first five colons.
fn arn_like(pattern: &[Symbol], given: &[Symbol]) -> bool {
    let parts = |arn: &[Symbol]| {
        arn.splitn(6, |symbol| *symbol == Symbol::Char(':')).map(<[Symbol]>::to_vec).collect::<Vec<_>>()
    };
    let (pattern, given) = (parts(pattern), parts(given));
    pattern.len() == 6
        && given.len() == 6
        && pattern.iter().zip(&given).all(|(pattern, given)| text::matches(pattern, given))
}

fn ordered(operator: &str, given: f64, value: f64) -> bool {
    match operator {
        "Equals" => given.total_cmp(&value).is_eq(),
        "LessThan" => given < value,
        "LessThanEquals" => given <= value,
        "GreaterThan" => given > value,
        "GreaterThanEquals" => given >= value,
        other => panic!("the oracle knows no operator `{other}`"),
    }
}

fn number(text: &str) -> f64 {
    text.parse().expect("the generators write only numbers here")
}

/// Seconds since 1970: a plain number is epoch time, else an ISO 8601 date, with or without a time and an offset.
fn instant(text: &str) -> f64 {
    if let Ok(epoch) = text.parse() {
        return epoch;
    }
    let field = |range: std::ops::Range<usize>| text.get(range).map_or(0, |digits| digits.parse::<u16>().unwrap());
    let (year, month, day) = (field(0..4), field(5..7), field(8..10));
    // Days since 1970 by counting: slow and obvious.
    let leap = |year: u16| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days_of = |month: u16| match month {
        2 => 28 + u32::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let years: u32 = (1970..year).map(|year| 365 + u32::from(leap(year))).sum();
    let days = years + (1..month).map(days_of).sum::<u32>() + u32::from(day) - 1;
    let seconds = |hours: u16, minutes: u16| f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0;
    let offset = match text.get(19..20) {
        Some("+") => seconds(field(20..22), field(23..25)),
        Some("-") => -seconds(field(20..22), field(23..25)),
        _ => 0.0,
    };
    f64::from(days) * 86400.0 + seconds(field(11..13), field(14..16)) + f64::from(field(17..19)) - offset
}

/// Whether an address lies in a range, bit by bit; IPv4 and IPv6 never meet.
fn in_range(given: &str, range: &str) -> bool {
    let (network, length) =
        range.split_once('/').map_or((range, None), |(network, length)| (network, length.parse().ok()));
    match (bits(given), bits(network)) {
        (given, network) if given.len() == network.len() => {
            given.iter().zip(&network).take(length.unwrap_or(given.len())).all(|(given, network)| given == network)
        }
        _ => false,
    }
}

fn has_leading_zeros(address: &str) -> bool {
    address.split(['.', '/']).any(|part| !address.contains(':') && part.len() > 1 && part.starts_with('0'))
}

fn bits(address: &str) -> Vec<bool> {
    let octets = match address.parse().expect("the generators write only addresses here") {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.into_iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect()
}
