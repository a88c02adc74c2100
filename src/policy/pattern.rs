//! Patterns with `*`, `?` and policy variables, matched in time linear in pattern plus text.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html> (wildcards),
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html> (variables).

use std::borrow::Cow;

use super::Tri;
use super::context::{Context, KeyState};
use super::glob::{Continuation, Glob, Token, continuation};

/// How a text is read as a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether `*` and `?` stand for other characters.
    pub(crate) wildcards: bool,
    /// Whether `${…}` is a variable: only under Version 2012-10-17.
    pub(crate) variables: bool,
    /// Whether case is ignored.
    pub(crate) fold_case: bool,
}

impl Style {
    /// Plain text.
    pub(crate) const EXACT: Self = Self { wildcards: false, variables: false, fold_case: false };
    /// Actions: wildcards, any case, no variables.
    pub(crate) const ACTION: Self = Self { wildcards: true, variables: false, fold_case: true };
}

/// A pattern as a policy writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    form: Form,
    fold_case: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// Without variables.
    Plain(Glob),
    WithVariables(Vec<Part>),
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Token(Token),
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq)]
struct Variable {
    /// In lower case.
    key: String,
    default: Option<String>,
}

/// What a variable stands for in one request.
enum Value<'a> {
    Text(&'a str),
    /// It has none, so that nothing matches.
    None,
    /// It may have any.
    Open,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When a `${` is never closed.
    pub(crate) fn parse(text: &str, style: Style) -> Result<Self, String> {
        let form = if style.variables && text.contains("${") {
            Form::WithVariables(parts(text, style)?)
        } else {
            Form::Plain(Glob::of_text(&fold(text, style.fold_case), style.wildcards))
        };
        Ok(Self { form, fold_case: style.fold_case })
    }

    /// Whether a text matches, with the variables that the request gives.
    ///
    /// A variable without a value matches nothing; one with an unknown value perhaps matches what some value would.
    #[must_use]
    pub fn matches(&self, text: &str, context: &Context) -> Tri {
        self.matches_folded(&fold(text, self.fold_case), context)
    }

    /// The same for a text that is in lower case where the pattern ignores case.
    pub(crate) fn matches_folded(&self, text: &str, context: &Context) -> Tri {
        match &self.form {
            Form::Plain(glob) => glob.matches(text).into(),
            Form::WithVariables(_) => {
                self.with_tokens(context, |tokens| Glob::new(tokens.into_iter()).matches(text).into())
            }
        }
    }

    /// Whether all texts with one beginning match, given in lower case where the pattern ignores case.
    pub(crate) fn matches_beginning(&self, beginning: &str, context: &Context) -> Tri {
        self.with_tokens(context, |tokens| match continuation(&tokens, beginning) {
            Continuation::Never => Tri::False,
            Continuation::Sometimes => Tri::Unknown,
            Continuation::Always => Tri::True,
        })
    }

    /// Resolves the variables and asks `decide` of the tokens. Where a value is open it stands as `*`, so that a
    /// refusal is sure and everything else unknown.
    pub(crate) fn with_tokens(&self, context: &Context, decide: impl FnOnce(Vec<Token>) -> Tri) -> Tri {
        let parts = match &self.form {
            Form::Plain(glob) => return decide(glob.tokens()),
            Form::WithVariables(parts) => parts,
        };
        let mut tokens = Vec::with_capacity(parts.len());
        let mut open = false;
        for part in parts {
            match part {
                Part::Token(token) => tokens.push(token.clone()),
                Part::Variable(variable) => match variable.value(context) {
                    Value::Text(text) => tokens.push(Token::Literal(fold(text, self.fold_case).into_owned())),
                    Value::None => return Tri::False,
                    Value::Open => {
                        open = true;
                        tokens.push(Token::Many);
                    }
                },
            }
        }
        let result = decide(tokens);
        if open { result.and(Tri::Unknown) } else { result }
    }

    /// The compiled form of a pattern without variables.
    pub(crate) fn glob(&self) -> Option<&Glob> {
        match &self.form {
            Form::Plain(glob) => Some(glob),
            Form::WithVariables(_) => None,
        }
    }

    /// Whether the pattern has neither wildcard nor variable.
    pub(crate) fn is_plain_text(&self) -> bool {
        match &self.form {
            Form::Plain(glob) => glob.is_text(),
            Form::WithVariables(parts) => parts.iter().all(|part| matches!(part, Part::Token(Token::Literal(_)))),
        }
    }

    /// What stands before the first wildcard or variable.
    pub(crate) fn literal_prefix(&self) -> String {
        let literal = |token: &Token| match token {
            Token::Literal(text) => Some(text.clone()),
            Token::One | Token::Many => None,
        };
        match &self.form {
            Form::Plain(glob) => glob.tokens().iter().map_while(literal).collect(),
            Form::WithVariables(parts) => parts
                .iter()
                .map_while(|part| match part {
                    Part::Token(token) => literal(token),
                    Part::Variable(_) => None,
                })
                .collect(),
        }
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        let parts = match &self.form {
            Form::Plain(_) => &[],
            Form::WithVariables(parts) => parts.as_slice(),
        };
        parts.iter().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Token(_) => None,
        })
    }

    /// The names of variables that no request can have: a template's leftovers such as `${bucket}`.
    pub(crate) fn impossible_variables(&self) -> impl Iterator<Item = &str> {
        self.variables().filter(|variable| !variable.key.contains(':')).map(|variable| variable.key.as_str())
    }

    /// Adds the keys of variables whose value is open in this request.
    pub(crate) fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        let open = self.variables().filter(|variable| matches!(variable.value(context), Value::Open));
        keys.extend(open.map(|variable| variable.key.clone()));
    }
}

/// The parts of a pattern with variables.
fn parts(text: &str, style: Style) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, from_variable)) = rest.split_once("${") {
        parts.extend(
            Glob::of_text(&fold(before, style.fold_case), style.wildcards).tokens().into_iter().map(Part::Token),
        );
        let Some((inside, after)) = from_variable.split_once('}') else {
            return Err(format!("`{text}` has a `${{` that is never closed"));
        };
        parts.push(match inside {
            "*" | "?" | "$" => Part::Token(Token::Literal(inside.to_owned())),
            _ => Part::Variable(Variable::parse(inside)),
        });
        rest = after;
    }
    parts.extend(Glob::of_text(&fold(rest, style.fold_case), style.wildcards).tokens().into_iter().map(Part::Token));
    Ok(parts)
}

impl Variable {
    fn parse(inside: &str) -> Self {
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => {
                let default = default.trim();
                let unquoted = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                (key, Some(unquoted.unwrap_or(default).to_owned()))
            }
            None => (inside, None),
        };
        Self { key: key.trim().to_lowercase(), default }
    }

    fn value<'a>(&'a self, context: &'a Context) -> Value<'a> {
        let absent = || self.default.as_deref().map_or(Value::None, Value::Text);
        if !self.key.contains(':') {
            return absent();
        }
        match context.get(&self.key) {
            KeyState::Known(values) => match values.as_slice() {
                [value] => Value::Text(value),
                _ => Value::Open,
            },
            KeyState::Absent => absent(),
            _ => Value::Open,
        }
    }
}

fn fold(text: &str, fold_case: bool) -> Cow<'_, str> {
    let changes = fold_case && text.chars().any(|c| c.is_uppercase() || !c.is_ascii());
    if changes { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESOURCE: Style = Style { wildcards: true, variables: true, fold_case: false };

    fn matches(pattern: &str, text: &str, context: &Context) -> Tri {
        Pattern::parse(pattern, RESOURCE).unwrap().matches(text, context)
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
    fn a_wildcard_in_a_variables_value_is_a_plain_character() {
        let mut context = Context::new(KeyState::Absent);
        context.set("aws:username", KeyState::known("*"));
        assert_eq!(matches("home/${aws:username}", "home/anyone", &context), Tri::False);
    }

    #[test]
    fn without_variables_the_braces_are_plain_text() {
        let style = Style { variables: false, ..RESOURCE };
        let pattern = Pattern::parse("${aws:username}", style).unwrap();
        assert_eq!(pattern.matches("${aws:username}", &Context::new(KeyState::Unknown)), Tri::True);
        assert!(Pattern::parse("${aws:username", style).is_ok());
        assert!(Pattern::parse("${aws:username", RESOURCE).is_err());
    }
}
