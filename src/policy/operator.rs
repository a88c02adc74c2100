//! Condition operators and the comparison of one value with one value.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use smol_str::SmolStr;

use super::Tri;
use super::context::{Context, Foreign, is_special_purpose, special_purpose_ranges};
use super::glob::{Continuation, Glob};
use super::pattern::{Pattern, Style, lower_case};

/// A condition operator with its prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) family: Family,
    /// `…Not…`: none of the values matches.
    pub(crate) negated: bool,
    /// `…IfExists`: true where the key is absent.
    pub(crate) if_exists: bool,
    pub(crate) quantifier: Quantifier,
}

/// How the values of the request count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// One value is expected.
    Single,
    /// `ForAllValues:`.
    ForAll,
    /// `ForAnyValue:`.
    ForAny,
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    String,
    StringIgnoreCase,
    StringLike,
    Numeric(Relation),
    Date(Relation),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// The relation of the request's value to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

use Family::{Arn, Binary, Bool, Date, Null, Numeric, String as Text, StringIgnoreCase, StringLike};
use Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};

/// Every base name, in lower case, with its family and whether it is negated.
const OPERATORS: [(&str, Family, bool); 27] = [
    ("stringequals", Text, false),
    ("stringnotequals", Text, true),
    ("stringequalsignorecase", StringIgnoreCase, false),
    ("stringnotequalsignorecase", StringIgnoreCase, true),
    ("stringlike", StringLike, false),
    ("stringnotlike", StringLike, true),
    ("numericequals", Numeric(Equal), false),
    ("numericnotequals", Numeric(Equal), true),
    ("numericlessthan", Numeric(Less), false),
    ("numericlessthanequals", Numeric(LessOrEqual), false),
    ("numericgreaterthan", Numeric(Greater), false),
    ("numericgreaterthanequals", Numeric(GreaterOrEqual), false),
    ("dateequals", Date(Equal), false),
    ("datenotequals", Date(Equal), true),
    ("datelessthan", Date(Less), false),
    ("datelessthanequals", Date(LessOrEqual), false),
    ("dategreaterthan", Date(Greater), false),
    ("dategreaterthanequals", Date(GreaterOrEqual), false),
    ("bool", Bool, false),
    ("binaryequals", Binary, false),
    ("ipaddress", Family::IpAddress, false),
    ("notipaddress", Family::IpAddress, true),
    ("arnequals", Arn, false),
    ("arnlike", Arn, false),
    ("arnnotequals", Arn, true),
    ("arnnotlike", Arn, true),
    ("null", Null, false),
];

impl Operator {
    /// Reads `ForAllValues:StringNotLikeIfExists` and the like, in any case; none for a name that IAM does not have.
    /// `Null` takes neither `IfExists` nor a prefix.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = match name.split_once(':') {
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAllValues") => (Quantifier::ForAll, rest),
            Some((set, rest)) if set.eq_ignore_ascii_case("ForAnyValue") => (Quantifier::ForAny, rest),
            Some(_) => return None,
            None => (Quantifier::Single, name),
        };
        let (base, if_exists) = match name.len().checked_sub("IfExists".len()).and_then(|at| name.split_at_checked(at))
        {
            Some((base, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (base, true),
            _ => (name, false),
        };
        let &(_, family, negated) = OPERATORS.iter().find(|(known, ..)| base.eq_ignore_ascii_case(known))?;
        let plain = !if_exists && quantifier == Quantifier::Single;
        (family != Null || plain).then_some(Self { family, negated, if_exists, quantifier })
    }
}

/// A value of a condition as the policy writes it, read once for its operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operand {
    pub(crate) text: SmolStr,
    reading: Reading,
}

#[derive(Debug, Clone, PartialEq)]
enum Reading {
    Pattern(Pattern),
    Arn(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    Network(IpNet),
    /// Compared as text.
    Plain,
    /// Not a value of the operator's kind: what the service makes of it is not documented, so it is never decided.
    Unreadable,
}

impl Operand {
    /// Reads a value for an operator; variables count in string and ARN operators only.
    pub(crate) fn parse(text: &str, family: Family, variables: bool) -> Result<Self, String> {
        let style = Style { variables, ..Style::EXACT };
        let text = SmolStr::new(text);
        let reading = match family {
            Text => Reading::Pattern(Pattern::of(&text, style)?),
            StringIgnoreCase => Reading::Pattern(Pattern::of(&text, Style { fold_case: true, ..style })?),
            StringLike => Reading::Pattern(Pattern::of(&text, Style { wildcards: true, ..style })?),
            Arn => Reading::Arn(Pattern::of(&text, Style { wildcards: true, ..style })?),
            Numeric(_) => number(&text).map_or(Reading::Unreadable, Reading::Number),
            Date(_) => date(&text).map_or(Reading::Unreadable, Reading::Date),
            Bool | Null => boolean(&text).map_or(Reading::Unreadable, Reading::Bool),
            Binary => Reading::Plain,
            Family::IpAddress => network(&text).map_or(Reading::Unreadable, Reading::Network),
        };
        Ok(Self { text, reading })
    }

    /// The pattern, of string and ARN operators.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.reading {
            Reading::Pattern(pattern) | Reading::Arn(pattern) => Some(pattern),
            _ => None,
        }
    }

    /// The value of a `Bool` or `Null` operand.
    pub(crate) fn boolean(&self) -> Option<bool> {
        match self.reading {
            Reading::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The range of an `IpAddress` operand.
    pub(crate) fn network(&self) -> Option<IpNet> {
        match self.reading {
            Reading::Network(network) => Some(network),
            _ => None,
        }
    }

    /// Whether a value of the request has the family's relation to this one.
    pub(crate) fn compare(&self, family: Family, value: &str, context: &Context) -> Tri {
        match (&self.reading, family) {
            (Reading::Pattern(pattern), _) => pattern.matches(value, context),
            (Reading::Arn(pattern), _) => compare_arn(pattern, value, context),
            (Reading::Number(wanted), Numeric(relation)) => match number(value).and_then(|one| one.partial_cmp(wanted))
            {
                Some(Ordering::Equal) if value != self.text && is_too_long(value).max(is_too_long(&self.text)) => {
                    Tri::Unknown
                }
                order => order.is_some_and(|order| relation.holds(order)).into(),
            },
            (Reading::Date(wanted), Date(relation)) => {
                date(value).is_some_and(|value| relation.holds(value.cmp(wanted))).into()
            }
            (Reading::Bool(wanted), _) => (boolean(value) == Some(*wanted)).into(),
            (Reading::Network(range), _) => value.parse().is_ok_and(|address: IpAddr| range.contains(&address)).into(),
            (Reading::Plain, _) => (value == self.text).into(),
            (Reading::Unreadable | Reading::Number(_) | Reading::Date(_), _) => Tri::Unknown,
        }
    }

    /// The same for a value of which nothing is known but that it is there.
    pub(crate) fn compare_any(&self, context: &Context) -> Tri {
        match &self.reading {
            Reading::Pattern(pattern) if pattern.glob().is_some_and(Glob::matches_everything) => Tri::True,
            Reading::Pattern(pattern) | Reading::Arn(pattern) if pattern.has_valueless_variable(context) => Tri::False,
            _ => Tri::Unknown,
        }
    }

    /// The same for a number of at least `bound`.
    pub(crate) fn compare_at_least(&self, family: Family, bound: f64, context: &Context) -> Tri {
        let (Reading::Number(wanted), Numeric(relation)) = (&self.reading, family) else {
            return self.compare_any(context);
        };
        match relation {
            Equal | LessOrEqual if *wanted < bound => Tri::False,
            Less if *wanted <= bound => Tri::False,
            Greater if *wanted < bound => Tri::True,
            GreaterOrEqual if *wanted <= bound => Tri::True,
            _ => Tri::Unknown,
        }
    }

    /// The same for a text with a known beginning.
    pub(crate) fn compare_beginning(&self, family: Family, beginning: &str, context: &Context) -> Tri {
        match &self.reading {
            Reading::Pattern(pattern) => {
                let beginning =
                    if family == StringIgnoreCase { lower_case(beginning) } else { SmolStr::new(beginning) };
                pattern.matches_beginning(&beginning, context)
            }
            Reading::Arn(pattern) => match pattern.glob() {
                Some(glob) => glob.arn_parts().map_or(Tri::False, |parts| compare_arn_beginning(&parts, beginning)),
                None => pattern.with_glob(context, usize::MAX, |glob| {
                    if glob.continuation(beginning) == Continuation::Never { Tri::False } else { Tri::Unknown }
                }),
            },
            _ => self.compare_any(context),
        }
    }

    /// The same for a value that is none of the customer's own: "excluded" in docs/design/evaluation.md#the-request.
    pub(crate) fn compare_excluded(&self, foreign: &Foreign, context: &Context) -> Tri {
        let everything = self.compare_any(context);
        if everything != Tri::Unknown {
            return everything;
        }
        match (foreign, &self.reading) {
            (Foreign::Identifier { vendor }, Reading::Pattern(pattern) | Reading::Arn(pattern)) => {
                let own = (pattern.is_plain_text() && !vendor.iter().any(|own| *own == self.text))
                    || begins_with_identifier(&pattern.literal_prefix())
                    || pattern.begins_with_variable(&OWN_VARIABLES);
                if own { Tri::False } else { Tri::Unknown }
            }
            (Foreign::PublicAddress, Reading::Network(range)) => {
                let special = special_purpose_ranges().iter().any(|special| special.contains(range));
                if special { Tri::False } else { Tri::Unknown }
            }
            (Foreign::PublicAddress, Reading::Pattern(pattern)) => {
                let special = pattern.is_plain_text() && self.text.parse().is_ok_and(is_special_purpose);
                if special { Tri::False } else { Tri::Unknown }
            }
            _ => Tri::Unknown,
        }
    }
}

impl Relation {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Equal => order.is_eq(),
            Less => order.is_lt(),
            LessOrEqual => order.is_le(),
            Greater => order.is_gt(),
            GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Variables that stand for the customer's own: of the organization and the account that the bucket or key is in.
const OWN_VARIABLES: [&str; 3] = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

/// Whether ranges together hold every address that a request from the internet can come from.
pub(crate) fn cover_every_public_address(ranges: impl Iterator<Item = IpNet>) -> bool {
    let all: Vec<IpNet> = ranges.chain(special_purpose_ranges().iter().copied()).collect();
    let joined = IpNet::aggregate(&all);
    ["0.0.0.0/0", "::/0"].iter().all(|whole| joined.iter().any(|range| whole.parse() == Ok(*range)))
}

/// ARN operators compare the six parts one by one, each with wildcards; a star never crosses the first five colons.
fn compare_arn(pattern: &Pattern, value: &str, context: &Context) -> Tri {
    let Some(values) = six_parts(value) else { return Tri::False };
    let each_matches = |glob: Glob<'_>| -> Tri {
        let parts = glob.arn_parts();
        parts.is_some_and(|parts| parts.iter().zip(values).all(|(part, value)| part.matches(value))).into()
    };
    if let Some(glob) = pattern.glob() {
        return each_matches(glob);
    }
    let mut open = Vec::new();
    pattern.open_keys(context, &mut open);
    pattern.with_glob(context, value.len(), |glob| {
        // An open variable may bring colons of its own, so that the parts are not known yet.
        if open.is_empty() { each_matches(glob) } else { glob.matches(value).into() }
    })
}

fn compare_arn_beginning(parts: &[Glob<'_>; 6], beginning: &str) -> Tri {
    let known: Vec<&str> = beginning.splitn(6, ':').collect();
    let complete = known.len().saturating_sub(1);
    if parts.iter().zip(&known).take(complete).any(|(part, value)| !part.matches(value)) {
        return Tri::False;
    }
    let rest_open = parts.iter().skip(complete).all(|part| part.matches_everything());
    if complete == 5 && rest_open { Tri::True } else { Tri::Unknown }
}

/// The parts of an ARN, of which the last may hold colons.
pub(super) fn six_parts(text: &str) -> Option<[&str; 6]> {
    let mut rest = text;
    let mut next = || {
        let (part, after) = rest.split_at_checked(rest.bytes().position(|byte| byte == b':')?)?;
        rest = after.get(1..)?;
        Some(part)
    };
    Some([next()?, next()?, next()?, next()?, next()?, rest])
}

/// Whether a text begins with, or has as one of its path parts, the whole id of a VPC, an endpoint or an organization.
fn begins_with_identifier(prefix: &str) -> bool {
    prefix.split('/').any(|part| {
        let id = |kind: &str, length: usize| {
            part.strip_prefix(kind)
                .is_some_and(|id| id.len() >= length && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        };
        id("vpc-", 8) || id("vpce-", 8) || id("o-", 10)
    })
}

fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.trim().parse().ok().filter(|_| plain)
}

/// Whether a number has more digits than its reading tells apart.
fn is_too_long(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() > 15
}

fn boolean(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// An address, or a range in CIDR notation.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| address.into()))
}

/// A date in the W3C profile of ISO 8601, with or without a time, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    if let Some(seconds) = number(text) {
        return Timestamp::from_nanosecond(decimal_nanoseconds(seconds)?).ok();
    }
    let midnight = match text.bytes().filter(|byte| *byte == b'-').count() {
        1 => format!("{text}-01T00:00:00Z"),
        _ if text.contains('T') => with_seconds(text)?,
        _ => format!("{text}T00:00:00Z"),
    };
    midnight.parse().ok()
}

/// The profile allows `hh:mm` before the zone, which the parser of full time stamps does not take.
fn with_seconds(text: &str) -> Option<String> {
    let (day, time) = text.split_once('T')?;
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    (clock.len() == 5).then(|| format!("{day}T{clock}:00{zone}"))
}

#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn decimal_nanoseconds(seconds: f64) -> Option<i128> {
    let in_range = seconds.is_finite() && seconds.abs() < 1e12;
    in_range.then(|| (seconds * 1e9).round() as i128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::KeyState;

    fn compare(operator: &str, wanted: &str, value: &str) -> Tri {
        let family = Operator::parse(operator).unwrap().family;
        Operand::parse(wanted, family, true).unwrap().compare(family, value, &Context::new(KeyState::Absent))
    }

    #[test]
    fn names_are_read_with_prefix_and_suffix() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert!(operator.negated && operator.if_exists && operator.quantifier == Quantifier::ForAll);
        for unknown in [
            "StringMatches",
            "NullIfExists",
            "ForAllValues:Null",
            "ForSome:StringLike",
            "",
            "IfExists",
            "StringEquals ",
        ] {
            assert_eq!(Operator::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn one_value_against_one_value() {
        for (operator, wanted, value, expected) in [
            ("StringEquals", "a*", "abc", false),
            ("StringEquals", "a${*}", "a*", true),
            ("StringEqualsIgnoreCase", "ÀB", "àb", true),
            ("StringLike", "a*", "a:b/c", true),
            ("StringLike", "A*", "abc", false),
            ("NumericEquals", "1.20", "1.2", true),
            ("NumericLessThan", "1.3", "1.2", true),
            ("NumericGreaterThanEquals", "10", "9", false),
            ("NumericEquals", "1", "one", false),
            ("NumericLessThan", "12345678901234567890", "9", true),
            ("DateEquals", "2026-11-23", "2026-11-23T00:00:00Z", true),
            ("DateLessThan", "2026-11-23T18:00Z", "1795456799", true),
            ("DateGreaterThan", "2026-11", "2026-11-01T02:00:00+01:00", true),
            ("Bool", "True", "true", true),
            ("Bool", "true", "false", false),
            ("BinaryEquals", "AAEC", "AAEC", true),
            ("IpAddress", "0.0.0.0/0", "52.1.2.3", true),
            ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
            ("IpAddress", "2001:DB8:0:0::/32", "2001:db8::1", true),
            ("IpAddress", "203.0.113.7", "203.0.113.7", true),
            ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::099647660399:role/a/b:c", true),
            ("ArnEquals", "arn:aws:iam::*", "arn:aws:iam::099647660399:role/a", false),
            ("ArnEquals", "arn:*:role/a", "arn:aws:iam::099647660399:role/a", false),
            ("ArnEquals", "arn:aws:s3:::b", "not-an-arn", false),
        ] {
            assert_eq!(compare(operator, wanted, value), expected.into(), "{operator} {wanted} {value}");
        }
    }

    #[test]
    fn a_value_that_the_operator_cannot_read_is_never_decided() {
        for (operator, wanted) in
            [("NumericEquals", "x"), ("DateEquals", "x"), ("Bool", "yes"), ("IpAddress", "10.0.0/8")]
        {
            assert_eq!(compare(operator, wanted, "1"), Tri::Unknown, "{operator}");
        }
    }

    #[test]
    fn numbers_too_long_to_be_told_apart_are_never_equal_for_sure() {
        assert_eq!(compare("NumericEquals", "9007199254740993", "9007199254740992"), Tri::Unknown);
        assert_eq!(compare("NumericEquals", "9007199254740993", "9007199254740993"), Tri::True);
    }

    #[test]
    fn bounded_numbers() {
        let at_least = |operator: &str, wanted: &str| {
            let family = Operator::parse(operator).unwrap().family;
            Operand::parse(wanted, family, true).unwrap().compare_at_least(family, 1.2, &Context::new(KeyState::Absent))
        };
        assert_eq!(at_least("NumericLessThan", "1.2"), Tri::False);
        assert_eq!(at_least("NumericLessThan", "1.3"), Tri::Unknown);
        assert_eq!(at_least("NumericLessThanEquals", "1.1"), Tri::False);
        assert_eq!(at_least("NumericGreaterThanEquals", "1.2"), Tri::True);
        assert_eq!(at_least("NumericGreaterThan", "1.2"), Tri::Unknown);
        assert_eq!(at_least("NumericEquals", "1.0"), Tri::False);
    }

    #[test]
    fn excluded_values() {
        let excluded = |operator: &str, wanted: &str| {
            let family = Operator::parse(operator).unwrap().family;
            let foreign = Foreign::Identifier { vendor: Vec::new() };
            Operand::parse(wanted, family, true).unwrap().compare_excluded(&foreign, &Context::new(KeyState::Absent))
        };
        assert_eq!(excluded("StringEquals", "vpce-0a1b2c3d"), Tri::False);
        assert_eq!(excluded("StringLike", "vpce-*"), Tri::Unknown);
        assert_eq!(excluded("StringLike", "*"), Tri::True);
        assert_eq!(excluded("StringLike", "o-a1b2c3d4e5/*"), Tri::False);
        assert_eq!(excluded("StringLike", "o-*/r-ab12/*"), Tri::Unknown);
        assert_eq!(excluded("ArnLike", "arn:aws:ec2:*:111122223333:vpc/*"), Tri::Unknown);
        assert!(cover_every_public_address(
            ["0.0.0.0/1", "128.0.0.0/1", "::/0"].iter().map(|range| range.parse().unwrap())
        ));
        assert!(!cover_every_public_address(["0.0.0.0/0".parse().unwrap()].into_iter()));
    }
}
