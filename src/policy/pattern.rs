//! Patterns with `*`, `?` and policy variables, matched in time linear in pattern plus text.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html> (wildcards),
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html> (variables).

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
    parts: Vec<Part>,
    /// Of a pattern without variables.
    glob: Option<Glob>,
    fold_case: bool,
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
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if style.variables && rest.starts_with("${") {
                let Some((inside, after)) = rest.get(2..).and_then(|inside| inside.split_once('}')) else {
                    return Err(format!("`{text}` has a `${{` that is never closed"));
                };
                parts.push(match inside {
                    "*" | "?" | "$" => Part::Token(Token::Literal(inside.to_owned())),
                    _ => Part::Variable(Variable::parse(inside)),
                });
                rest = after;
            } else if style.wildcards && next == '*' {
                parts.push(Part::Token(Token::Many));
                rest = rest.get(1..).unwrap_or_default();
            } else if style.wildcards && next == '?' {
                parts.push(Part::Token(Token::One));
                rest = rest.get(1..).unwrap_or_default();
            } else {
                let special = |at: usize| {
                    let tail = rest.get(at..).unwrap_or_default();
                    (style.wildcards && tail.starts_with(['*', '?'])) || (style.variables && tail.starts_with("${"))
                };
                let end = rest.char_indices().skip(1).map(|(at, _)| at).find(|at| special(*at)).unwrap_or(rest.len());
                let (literal, after) = rest.split_at(end);
                parts.push(Part::Token(Token::Literal(fold(literal, style.fold_case))));
                rest = after;
            }
        }
        let mut pattern = Self { parts, glob: None, fold_case: style.fold_case };
        pattern.glob = pattern.plain_tokens().map(|tokens| Glob::new(tokens.cloned()));
        Ok(pattern)
    }

    /// Whether a text matches, with the variables that the request gives.
    ///
    /// A variable without a value matches nothing; one with an unknown value perhaps matches what some value would.
    #[must_use]
    pub fn matches(&self, text: &str, context: &Context) -> Tri {
        if self.fold_case && text.chars().any(|c| c.is_uppercase() || !c.is_ascii()) {
            return self.matches_folded(&text.to_lowercase(), context);
        }
        self.matches_folded(text, context)
    }

    fn matches_folded(&self, text: &str, context: &Context) -> Tri {
        if let Some(glob) = &self.glob {
            return glob.matches(text).into();
        }
        self.with_tokens(context, |tokens| Glob::new(tokens.into_iter()).matches(text).into())
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
        let mut tokens = Vec::with_capacity(self.parts.len());
        let mut open = false;
        for part in &self.parts {
            match part {
                Part::Token(token) => tokens.push(token.clone()),
                Part::Variable(variable) => match variable.value(context) {
                    Value::Text(text) => tokens.push(Token::Literal(fold(text, self.fold_case))),
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

    /// The tokens of a pattern without variables.
    pub(crate) fn plain_tokens(&self) -> Option<impl Iterator<Item = &Token>> {
        let plain = self.parts.iter().all(|part| matches!(part, Part::Token(_)));
        plain.then(|| {
            self.parts.iter().filter_map(|part| match part {
                Part::Token(token) => Some(token),
                Part::Variable(_) => None,
            })
        })
    }

    /// The compiled form of a pattern without variables.
    pub(crate) fn glob(&self) -> Option<&Glob> {
        self.glob.as_ref()
    }

    /// Whether the pattern has neither wildcard nor variable.
    pub(crate) fn is_plain_text(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Token(Token::Literal(_))))
    }

    /// What stands before the first wildcard or variable.
    pub(crate) fn literal_prefix(&self) -> String {
        self.parts
            .iter()
            .map_while(|part| match part {
                Part::Token(Token::Literal(text)) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The names of variables that no request can have: a template's leftovers such as `${bucket}`.
    pub(crate) fn impossible_variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(variable) if !variable.key.contains(':') => Some(variable.key.as_str()),
            _ => None,
        })
    }

    /// Whether the pattern has any variable.
    pub(crate) fn has_variables(&self) -> bool {
        self.glob.is_none()
    }

    /// Adds the keys of variables whose value is open in this request.
    pub(crate) fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        for part in &self.parts {
            if let Part::Variable(variable) = part
                && matches!(variable.value(context), Value::Open)
            {
                keys.push(variable.key.clone());
            }
        }
    }
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

fn fold(text: &str, fold_case: bool) -> String {
    if fold_case { text.to_lowercase() } else { text.to_owned() }
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
