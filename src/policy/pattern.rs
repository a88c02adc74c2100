//! Patterns with `*`, `?` and policy variables, matched in time linear in pattern plus text.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html> (wildcards),
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html> (variables).

use std::borrow::Cow;

use smol_str::{SmolStr, StrExt as _};

use super::Tri;
use super::context::{Context, KeyState};
use super::glob::{Continuation, Glob, MANY, ONE};

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

/// A pattern as a policy writes it. It is matched as it is: there is no second form of it to build.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// In lower case where case is ignored, and the keys of its variables always.
    text: SmolStr,
    /// Its `variables` say whether this text has any.
    style: Style,
    /// How many bytes are before the first wildcard.
    fixed: usize,
}

/// A piece of a pattern with variables.
enum Part<'a> {
    /// In which wildcards count.
    Text(&'a str),
    /// `${*}`, `${?}` and `${$}`: the character itself.
    Plain(&'a str),
    Variable(Variable<'a>),
}

/// `${key}` or `${key, 'default'}`.
struct Variable<'a> {
    key: &'a str,
    default: Option<&'a str>,
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
        Self::of(&SmolStr::new(text), style)
    }

    /// The same for a text that the pattern can share.
    pub(crate) fn of(text: &SmolStr, style: Style) -> Result<Self, String> {
        let special = text.bytes().position(|byte| matches!(byte, b'*' | b'?' | b'$')).unwrap_or(text.len());
        let style =
            Style { variables: style.variables && has_variables(text.get(special..).unwrap_or_default()), ..style };
        let text = match (style.variables, style.fold_case) {
            (true, _) => with_lower_case_keys(text, style.fold_case)?.into(),
            (false, true) => lower_case(text),
            (false, false) => text.clone(),
        };
        let wildcard = || text.bytes().skip(special).position(|byte| matches!(byte, b'*' | b'?'));
        let fixed = if style.wildcards { wildcard().map(|at| special + at) } else { None };
        let fixed = fixed.unwrap_or(text.len());
        Ok(Self { text, style, fixed })
    }

    /// Whether a text matches, with the variables that the request gives.
    ///
    /// A variable without a value matches nothing; one with an unknown value perhaps matches what some value would.
    #[must_use]
    pub fn matches(&self, text: &str, context: &Context) -> Tri {
        self.matches_folded(&fold(text, self.style.fold_case), context)
    }

    /// The same for a text that is in lower case where the pattern ignores case.
    pub(crate) fn matches_folded(&self, text: &str, context: &Context) -> Tri {
        self.with_glob(context, text.len(), |glob| glob.matches(text).into())
    }

    /// Whether all texts with one beginning match, given in lower case where the pattern ignores case.
    pub(crate) fn matches_beginning(&self, beginning: &str, context: &Context) -> Tri {
        self.with_glob(context, usize::MAX, |glob| match glob.continuation(beginning) {
            Continuation::Never => Tri::False,
            Continuation::Sometimes => Tri::Unknown,
            Continuation::Always => Tri::True,
        })
    }

    /// Resolves the variables and asks `decide` of the result. Where a value is open it becomes `*`, so that a
    /// refusal is sure and everything else unknown. A pattern whose own characters are more than `longest` matches no text
    /// that is meant: many variables of a long value are not put together in vain.
    pub(crate) fn with_glob(&self, context: &Context, longest: usize, decide: impl FnOnce(Glob<'_>) -> Tri) -> Tri {
        if let Some(glob) = self.glob() {
            return decide(glob);
        }
        let mut resolved = Vec::with_capacity(self.text.len());
        let mut open = false;
        for part in self.parts() {
            if resolved.len().saturating_sub(self.text.len()) > longest {
                return Tri::False;
            }
            match part {
                Part::Text(text) => resolved.extend(text.bytes().map(|byte| match byte {
                    b'*' if self.style.wildcards => MANY,
                    b'?' if self.style.wildcards => ONE,
                    byte => byte,
                })),
                Part::Plain(text) => resolved.extend(text.bytes()),
                Part::Variable(variable) => match variable.value(context) {
                    Value::Text(text) => resolved.extend(fold(text, self.style.fold_case).bytes()),
                    Value::None => return Tri::False,
                    Value::Open => {
                        open = true;
                        resolved.push(MANY);
                    }
                },
            }
        }
        let result = decide(Glob::of_bytes(&resolved));
        if open { result.and(Tri::Unknown) } else { result }
    }

    /// What a pattern without variables matches with, whatever the request.
    pub(crate) fn glob(&self) -> Option<Glob<'_>> {
        (!self.style.variables).then(|| Glob::of_text(&self.text, self.style.wildcards, self.fixed))
    }

    /// Whether the pattern has neither wildcard nor variable.
    pub(crate) fn is_plain_text(&self) -> bool {
        if !self.style.variables {
            return self.fixed == self.text.len();
        }
        self.parts().all(|part| match part {
            Part::Text(text) => !self.style.wildcards || !text.contains(['*', '?']),
            Part::Plain(_) => true,
            Part::Variable(_) => false,
        })
    }

    /// What is before the first wildcard or variable.
    pub(crate) fn literal_prefix(&self) -> String {
        if !self.style.variables {
            return self.text.get(..self.fixed).unwrap_or_default().to_owned();
        }
        let mut prefix = String::new();
        for part in self.parts() {
            match part {
                Part::Plain(text) => prefix.push_str(text),
                Part::Text(text) => {
                    let wildcard = text.find(['*', '?']).filter(|_| self.style.wildcards);
                    prefix.push_str(text.get(..wildcard.unwrap_or(text.len())).unwrap_or_default());
                    if wildcard.is_some() {
                        break;
                    }
                }
                Part::Variable(_) => break,
            }
        }
        prefix
    }

    fn parts(&self) -> Parts<'_> {
        Parts { rest: &self.text }
    }

    fn variables(&self) -> impl Iterator<Item = Variable<'_>> {
        let parts = self.style.variables.then(|| self.parts());
        parts.into_iter().flatten().filter_map(|part| match part {
            Part::Variable(variable) => Some(variable),
            Part::Text(_) | Part::Plain(_) => None,
        })
    }

    /// Whether a variable has no value in this request, so that nothing matches.
    pub(crate) fn has_valueless_variable(&self, context: &Context) -> bool {
        self.variables().any(|variable| matches!(variable.value(context), Value::None))
    }

    /// Whether the pattern begins with one of these variables, given in lower case, and no default for it.
    pub(crate) fn begins_with_variable(&self, keys: &[&str]) -> bool {
        let first = if self.style.variables { self.parts().next() } else { None };
        matches!(first, Some(Part::Variable(variable)) if variable.default.is_none() && keys.contains(&variable.key))
    }

    /// The names of variables that no request can have: a template's leftovers such as `${bucket}`.
    pub(crate) fn impossible_variables(&self) -> impl Iterator<Item = &str> {
        self.variables().map(|variable| variable.key).filter(|key| !key.contains(':'))
    }

    /// Adds the keys of variables whose value is open in this request.
    pub(crate) fn open_keys(&self, context: &Context, keys: &mut Vec<String>) {
        let open = self.variables().filter(|variable| matches!(variable.value(context), Value::Open));
        keys.extend(open.map(|variable| variable.key.to_owned()));
    }
}

/// The pieces of a text with variables, of which every one is closed.
struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if let Some((inside, after)) = self.rest.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
            self.rest = after;
            return Some(match inside {
                "*" | "?" | "$" => Part::Plain(inside),
                _ => Part::Variable(Variable::parse(inside)),
            });
        }
        let end = self.rest.find("${").unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        (!text.is_empty()).then_some(Part::Text(text))
    }
}

fn has_variables(text: &str) -> bool {
    text.as_bytes().contains(&b'$') && text.contains("${")
}

/// The text with the keys of its variables in lower case, and with `fold_case` everything else too.
fn with_lower_case_keys(text: &str, fold_case: bool) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_variable)) = rest.split_once("${") {
        let Some((inside, after)) = from_variable.split_once('}') else {
            return Err(format!("`{text}` has a `${{` that is never closed"));
        };
        let (key, default) = inside.split_at(inside.find(',').unwrap_or(inside.len()));
        result.extend([&fold(before, fold_case), "${", &lower_case(key), &fold(default, fold_case), "}"]);
        rest = after;
    }
    result.push_str(&fold(rest, fold_case));
    Ok(result)
}

impl<'a> Variable<'a> {
    fn parse(inside: &'a str) -> Self {
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => {
                let default = default.trim();
                let unquoted = default.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                (key, Some(unquoted.unwrap_or(default)))
            }
            None => (inside, None),
        };
        Self { key: key.trim(), default }
    }

    fn value<'b>(&self, context: &'b Context) -> Value<'b>
    where
        'a: 'b,
    {
        let default = self.default;
        let absent = || default.map_or(Value::None, Value::Text);
        if !self.key.contains(':') {
            return absent();
        }
        match context.get(self.key) {
            KeyState::Known(values) => match values.as_slice() {
                [value] => Value::Text(value),
                _ => Value::Open,
            },
            KeyState::Absent => absent(),
            _ => Value::Open,
        }
    }
}

/// A text in lower case, character by character: wherever a text is cut in two, its halves have the same form.
pub(crate) fn lower_case(text: &str) -> SmolStr {
    if text.is_ascii() {
        text.to_ascii_lowercase_smolstr()
    } else {
        text.chars().flat_map(char::to_lowercase).collect()
    }
}

fn fold(text: &str, fold_case: bool) -> Cow<'_, str> {
    let changes = fold_case && text.chars().any(|c| c.is_uppercase() || !c.is_ascii());
    if changes { Cow::Owned(lower_case(text).into()) } else { Cow::Borrowed(text) }
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
