//! Condition operators and their names.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::cmp::Ordering;

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
    /// `Null` takes no `IfExists`.
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
        (family != Null || !if_exists).then_some(Self { family, negated, if_exists, quantifier })
    }
}

impl Relation {
    /// Whether the relation holds for two values in this order.
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Equal => order.is_eq(),
            Less => order.is_lt(),
            LessOrEqual => order.is_le(),
            Greater => order.is_gt(),
            GreaterOrEqual => order.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_prefix_and_suffix() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert!(operator.negated && operator.if_exists && operator.quantifier == Quantifier::ForAll);
        assert_eq!(Operator::parse("ForAnyValue:Null").unwrap().quantifier, Quantifier::ForAny);
        for unknown in ["StringMatches", "NullIfExists", "ForSome:StringLike", "", "IfExists", "StringEquals "] {
            assert_eq!(Operator::parse(unknown), None, "{unknown}");
        }
    }
}
