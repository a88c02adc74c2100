//! Patterns with `*`, `?` and policy variables, as the elements and operators of a policy read them.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html> (wildcards),
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html> (variables).

use super::Tri;
use super::case::fold;
use super::context::Context;
use super::glob::{self, Glob, Token};
use super::walk::{self, Crossing};

mod substitute;
mod variable;

use variable::{Piece, Value, Variable, pieces};

/// Where a pattern is, which decides how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternKind {
    /// `Action`: wildcards, in any case.
    Action,
    /// `Resource` of a bucket policy: wildcards and variables.
    Resource,
    /// `Resource` of a key policy: `*` is the key itself. Whether the key's own ARN is too, AWS does not say
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>).
    KeyResource,
    /// `StringEquals`: variables only.
    Text,
    /// `StringEqualsIgnoreCase`.
    TextIgnoringCase,
    /// `StringLike`.
    TextLike,
    /// `ArnLike` and `ArnEquals`, which compare the six parts of an ARN one by one.
    Arn,
}

impl PatternKind {
    fn has_wildcards(self) -> bool {
        !matches!(self, Self::Text | Self::TextIgnoringCase)
    }

    fn ignores_case(self) -> bool {
        matches!(self, Self::Action | Self::TextIgnoringCase)
    }

    /// Which wildcards certainly match a colon that divides an ARN.
    pub(crate) fn crossing(self) -> Crossing {
        match self {
            Self::Resource | Self::KeyResource => Crossing::EndOfSegment,
            Self::Arn => Crossing::Never,
            Self::Action | Self::Text | Self::TextIgnoringCase | Self::TextLike => Crossing::Free,
        }
    }
}

/// A pattern of a policy, ready to match.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub(crate) kind: PatternKind,
    form: Form,
}

/// In lower case where case is ignored.
#[derive(Debug, Clone, PartialEq)]
enum Form {
    Fixed(Glob),
    WithVariables(Vec<Piece>),
}

impl Pattern {
    /// Reads a pattern; with `variables`, which only Version 2012-10-17 has, `${…}` stands for a value of the request.
    ///
    /// # Errors
    /// When a `${` is never closed.
    pub(crate) fn parse(text: &str, kind: PatternKind, variables: bool) -> Result<Self, String> {
        let form = if variables && kind != PatternKind::Action && text.contains("${") {
            Form::WithVariables(pieces(text, kind)?)
        } else {
            Form::Fixed(Glob::new(&fold(text, kind.ignores_case()), kind.has_wildcards()))
        };
        Ok(Self { kind, form })
    }

    /// Whether a text matches, with the variables that the request gives.
    ///
    /// A variable without a value matches nothing; one with an unknown value perhaps matches what some value would.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Tri {
        self.matches_folded(&fold(text, self.kind.ignores_case()), context)
    }

    /// The same for a text that is in lower case where the pattern ignores case.
    pub(crate) fn matches_folded(&self, text: &str, context: &Context) -> Tri {
        self.resolve(context, text.len(), |glob, open| match self.kind {
            PatternKind::Arn if glob.is_plain() => (glob.literal == text && text.matches(':').count() >= 5).into(),
            // The star for an open variable may match colons, so that the parts are not known yet.
            PatternKind::Arn if !open => glob::matches_arn(&glob.tokens(), text).into(),
            PatternKind::Resource => walk::matches_resource(glob, text),
            PatternKind::KeyResource if glob.matches_everything() => Tri::True,
            PatternKind::KeyResource => Tri::from(glob.matches(text)).and(Tri::Unknown),
            _ => glob.matches(text).into(),
        })
    }

    /// Whether all texts with one beginning and one end match, given in lower case where the pattern ignores case.
    pub(crate) fn matches_framed(&self, beginning: &str, end: &str, context: &Context) -> Tri {
        self.resolve(context, usize::MAX, |glob, _| {
            let surely = walk::matches_framed(glob, beginning, end, self.kind.crossing());
            match self.kind {
                PatternKind::Resource if surely != Tri::True => {
                    walk::matches_framed(glob, beginning, end, Crossing::Free).and(Tri::Unknown)
                }
                PatternKind::KeyResource if !glob.matches_everything() => surely.and(Tri::Unknown),
                PatternKind::Arn if beginning.matches(':').count() < 5 => surely.and(Tri::Unknown),
                _ => surely,
            }
        })
    }

    /// The pattern itself, where it has no variables.
    pub(crate) fn glob(&self) -> Option<&Glob> {
        match &self.form {
            Form::Fixed(glob) => Some(glob),
            Form::WithVariables(_) => None,
        }
    }

    /// Whether the pattern has neither wildcard nor variable.
    pub(crate) fn is_plain_text(&self) -> bool {
        match &self.form {
            Form::Fixed(glob) => glob.is_plain(),
            Form::WithVariables(pieces) => pieces.iter().all(|piece| match piece {
                Piece::Tokens(tokens) => tokens.iter().all(|token| matches!(token, Token::Char(_))),
                Piece::Variable(_) => false,
            }),
        }
    }

    /// What comes before the first wildcard or variable.
    pub(crate) fn literal_prefix(&self) -> String {
        match &self.form {
            Form::Fixed(glob) => glob.literal.clone(),
            Form::WithVariables(pieces) => {
                let tokens = pieces.iter().map_while(|piece| match piece {
                    Piece::Tokens(tokens) => Some(tokens),
                    Piece::Variable(_) => None,
                });
                tokens.flatten().copied().collect::<Glob>().literal
            }
        }
    }

    /// Its pieces, where it has variables.
    fn pieces(&self) -> &[Piece] {
        match &self.form {
            Form::Fixed(_) => &[],
            Form::WithVariables(pieces) => pieces,
        }
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces().iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Tokens(_) => None,
        })
    }

    /// The keys of its variables, in lower case.
    pub(crate) fn variable_keys(&self) -> impl Iterator<Item = &str> {
        self.variables().map(|variable| variable.key.as_str())
    }

    /// Whether a variable has no value in this request, so that nothing matches.
    pub(crate) fn has_valueless_variable(&self, context: &Context) -> bool {
        self.variables().any(|variable| matches!(variable.value(context, true), Value::None))
    }

    /// Whether the pattern begins with one of these variables, given in lower case, and no default for it.
    pub(crate) fn begins_with_variable(&self, keys: &[&str]) -> bool {
        matches!(self.pieces().first(), Some(Piece::Variable(variable)) if variable.default.is_none() && keys.contains(&variable.key.as_str()))
    }

    /// The names of variables that no request can have: a template's leftovers such as `${bucket}`.
    pub(crate) fn impossible_variables(&self) -> impl Iterator<Item = &str> {
        self.variable_keys().filter(|key| !variable::may_be_a_key(key))
    }

    /// Adds the keys of variables whose value is open in this request.
    pub(crate) fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        let open = self.variables().filter(|variable| matches!(variable.value(context, true), Value::Open));
        keys.extend(open.map(|variable| variable.key.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::KeyState;

    fn matches(pattern: &str, text: &str, context: &Context) -> Tri {
        Pattern::parse(pattern, PatternKind::Resource, true).unwrap().matches(text, context)
    }

    #[test]
    fn variables_take_the_values_of_the_request() {
        let mut context = Context::new(KeyState::Absent);
        context.set("aws:username", KeyState::known("integ"));
        context.set("aws:userid", KeyState::Unknown);
        for (pattern, text, expected) in [
            ("home/${aws:username}/*", "home/integ/x", Tri::True),
            ("home/${AWS:UserName}/*", "home/other/x", Tri::False),
            ("${aws:PrincipalTag/team}", "", Tri::False),
            ("${aws:PrincipalTag/team, 'red'}", "red", Tri::True),
            ("${aws:userid}/x", "anything/x", Tri::Unknown),
            ("${aws:userid}/x", "anything/y", Tri::False),
            ("a${*}b", "a*b", Tri::True),
            ("a${*}b", "axb", Tri::False),
            ("a${?}${$}", "a?$", Tri::True),
            ("${bucket}*", "anything", Tri::False),
        ] {
            assert_eq!(matches(pattern, text, &context), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_a_template_calls_its_own_is_no_key_of_any_request() {
        let open = Context::new(KeyState::Unknown);
        for own in ["bucket", "AWS::AccountId", "self:custom.bucket", "opt:stage", "file(./a.json):b", "ssm:/path"] {
            assert_eq!(matches(&format!("${{{own}}}*"), "anything", &open), Tri::False, "{own}");
        }
        for key in ["aws:PrincipalTag/a:b", "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub", "s3:prefix"] {
            assert_eq!(matches(&format!("${{{key}}}*"), "anything", &open), Tri::Unknown, "{key}");
        }
    }

    #[test]
    fn a_wildcard_in_a_variables_value_is_a_plain_character() {
        let mut context = Context::new(KeyState::Absent);
        context.set("aws:username", KeyState::known("*"));
        assert_eq!(matches("home/${aws:username}", "home/anyone", &context), Tri::False);
    }

    #[test]
    fn without_variables_the_braces_are_plain_text() {
        let parse = |text: &str, variables| Pattern::parse(text, PatternKind::TextLike, variables);
        let pattern = parse("${aws:username}", false).unwrap();
        assert_eq!(pattern.matches("${aws:username}", &Context::new(KeyState::Unknown)), Tri::True);
        assert!(parse("${aws:username", false).is_ok());
        assert!(parse("${aws:username", true).is_err());
    }

    #[test]
    fn only_a_star_that_ends_a_segment_surely_crosses_the_colons_of_an_arn() {
        use Tri::{False, True, Unknown};
        for (pattern, expected) in [
            ("*", True),
            ("arn:*", True),
            ("arn:aws:s3:*", True),
            ("arn:aws:s3*", True),
            ("arn:*:::acme/k", True),
            ("arn:a*s:s3:::acme/k", True),
            ("arn:aws:s3:::ac*k", True),
            ("arn:aws:s3*/k", Unknown),
            ("arn:aws:s3:*/k", Unknown),
            ("arn:a*3:::acme/k", Unknown),
            ("arn:aws?s3:::acme/k", Unknown),
            ("arn?aws:s3:::acme/x", False),
            ("arn:aws:s3*/x", False),
        ] {
            assert_eq!(matches(pattern, "arn:aws:s3:::acme/k", &Context::new(KeyState::Absent)), expected, "{pattern}");
        }
    }

    #[test]
    fn an_empty_variable_perhaps_stands_for_nothing() {
        let mut context = Context::new(KeyState::Absent);
        context.set("aws:username", KeyState::known(""));
        assert_eq!(matches("home/${aws:username}x", "home/x", &context), Tri::Unknown);
        assert_eq!(matches("home/${aws:username}x", "home/y", &context), Tri::False);
        assert_eq!(matches("home/${aws:username, 'b'}x", "home/bx", &context), Tri::Unknown);
    }
}
