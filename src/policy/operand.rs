//! One value of a condition, and its comparison with what is known of the request's value.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::Tri;
use super::address::{SPECIAL_PURPOSE_RANGES, is_special_purpose, lies_in, network};
use super::case::fold;
use super::context::{Context, Foreign};
use super::glob::Glob;
use super::operator::Family::{self, Arn, Binary, Bool, Date, Null, Numeric, StringIgnoreCase, StringLike};
use super::operator::Relation::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
use super::pattern::{Pattern, PatternKind};
use super::value::{boolean, date, is_too_long, number};

/// A value of a condition as the policy writes it, read once for its operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Operand {
    /// As written.
    pub(crate) text: String,
    pub(crate) reading: Reading,
}

/// What a value means to its operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    Pattern(Pattern),
    Number(f64),
    Date(Timestamp),
    Bool(bool),
    Network(IpNet),
    /// Compared as text.
    Plain,
    /// Not a value of the operator's kind: what the service makes of it is not documented, so it is never decided.
    Unreadable,
}

/// A value of a request, read once for all that an operator compares it with.
pub(crate) struct Given<'a> {
    text: &'a str,
    reading: GivenReading<'a>,
}

/// What a value of a request means to an operator; none where it is not of the operator's kind.
enum GivenReading<'a> {
    /// In lower case where the operator ignores case.
    Text(Cow<'a, str>),
    Number(Option<f64>),
    Date(Option<Timestamp>),
    Bool(Option<bool>),
    Address(Option<IpAddr>),
}

impl<'a> Given<'a> {
    /// Reads a value for operators of a family.
    pub(crate) fn new(text: &'a str, family: Family) -> Self {
        let reading = match family {
            StringIgnoreCase => GivenReading::Text(fold(text, true)),
            Family::String | StringLike | Arn | Binary => GivenReading::Text(text.into()),
            Numeric(_) => GivenReading::Number(number(text)),
            Date(_) => GivenReading::Date(date(text)),
            Bool | Null => GivenReading::Bool(boolean(text)),
            Family::IpAddress => GivenReading::Address(text.parse().ok()),
        };
        Self { text, reading }
    }
}

impl Operand {
    /// Reads a value for an operator; variables count in string and ARN operators only.
    pub(crate) fn parse(text: &str, family: Family, variables: bool) -> Result<Self, String> {
        let pattern = |kind| Pattern::parse(text, kind, variables).map(Reading::Pattern);
        let reading = match family {
            Family::String => pattern(PatternKind::Text)?,
            StringIgnoreCase => pattern(PatternKind::TextIgnoringCase)?,
            StringLike => pattern(PatternKind::TextLike)?,
            // No ARN has so few parts, and yet policies are in use that say so and work.
            Arn if !text.is_empty() && text.bytes().all(|byte| byte == b'*') => Reading::Unreadable,
            Arn => pattern(PatternKind::Arn)?,
            Numeric(_) => number(text).map_or(Reading::Unreadable, Reading::Number),
            Date(_) => date(text).map_or(Reading::Unreadable, Reading::Date),
            Bool | Null => boolean(text).map_or(Reading::Unreadable, Reading::Bool),
            Binary => Reading::Plain,
            Family::IpAddress => network(text).map_or(Reading::Unreadable, Reading::Network),
        };
        Ok(Self { text: text.to_owned(), reading })
    }

    /// The pattern, of string and ARN operators.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.reading {
            Reading::Pattern(pattern) => Some(pattern),
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

    /// Whether a value of the request is in the family's relation to this one.
    pub(crate) fn compare(&self, family: Family, value: &Given<'_>, context: &Context) -> Tri {
        match (&self.reading, family, &value.reading) {
            (Reading::Pattern(pattern), _, GivenReading::Text(text)) => pattern.matches_folded(text, context),
            (Reading::Number(wanted), Numeric(relation), GivenReading::Number(number)) => {
                match number.and_then(|number| number.partial_cmp(wanted)) {
                    Some(Ordering::Equal)
                        if value.text != self.text && is_too_long(value.text).max(is_too_long(&self.text)) =>
                    {
                        Tri::Unknown
                    }
                    order => order.is_some_and(|order| relation.holds(order)).into(),
                }
            }
            (Reading::Date(wanted), Date(relation), GivenReading::Date(date)) => {
                date.is_some_and(|date| relation.holds(date.cmp(wanted))).into()
            }
            (Reading::Bool(wanted), _, GivenReading::Bool(value)) => (*value == Some(*wanted)).into(),
            (Reading::Network(range), _, GivenReading::Address(address)) => lies_in(*range, *address, value.text),
            (Reading::Plain, ..) => (value.text == self.text).into(),
            _ => Tri::Unknown,
        }
    }

    /// The same for a value of which nothing is known but that it is there.
    pub(crate) fn compare_any(&self, context: &Context) -> Tri {
        match &self.reading {
            Reading::Pattern(pattern)
                if pattern.kind != PatternKind::Arn && pattern.glob().is_some_and(Glob::matches_everything) =>
            {
                Tri::True
            }
            Reading::Pattern(pattern) if pattern.has_valueless_variable(context) => Tri::False,
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

    /// The same for a text with a known beginning and end.
    pub(crate) fn compare_framed(&self, beginning: &str, end: &str, context: &Context) -> Tri {
        match &self.reading {
            Reading::Pattern(pattern) => {
                let ignore_case = pattern.kind == PatternKind::TextIgnoringCase;
                pattern.matches_framed(&fold(beginning, ignore_case), &fold(end, ignore_case), context)
            }
            _ => self.compare_any(context),
        }
    }

    /// The same for a value that is none of the customer's own ("excluded" in
    /// docs/design/evaluation.md#the-request): equal to no value without
    /// wildcards that the policy names, and no match of a pattern that begins with an identifier of the customer's.
    pub(crate) fn compare_excluded(&self, foreign: &Foreign, context: &Context) -> Tri {
        let everything = self.compare_any(context);
        if everything != Tri::Unknown {
            return everything;
        }
        match (foreign, &self.reading) {
            (Foreign::Identifier { vendor }, Reading::Pattern(pattern)) => {
                let own = (pattern.is_plain_text() && !vendor.contains(&self.text))
                    || begins_with_identifier(&pattern.literal_prefix())
                    || pattern.begins_with_variable(&OWN_VARIABLES);
                if own { Tri::False } else { Tri::Unknown }
            }
            (Foreign::PublicAddress, Reading::Network(range)) => {
                let special = SPECIAL_PURPOSE_RANGES.iter().any(|special| special.contains(range));
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

/// Variables that stand for the customer's own: of the organization and the account that the bucket or key is in.
const OWN_VARIABLES: [&str; 3] = ["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::KeyState;
    use crate::policy::operator::Operator;

    fn compare(operator: &str, wanted: &str, value: &str) -> Tri {
        let family = Operator::parse(operator).unwrap().family;
        let value = Given::new(value, family);
        Operand::parse(wanted, family, true).unwrap().compare(family, &value, &Context::new(KeyState::Absent))
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
            [("NumericEquals", "x"), ("DateEquals", "x"), ("Bool", "yes"), ("IpAddress", "10.0.0/8"), ("ArnLike", "*")]
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
    }
}
