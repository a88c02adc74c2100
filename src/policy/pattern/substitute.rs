//! Patterns with the values of their variables in place.

use super::variable::{Piece, Value};
use super::{Form, Pattern};
use crate::policy::Tri;
use crate::policy::case::fold;
use crate::policy::context::Context;
use crate::policy::glob::{self, Glob, Token};
use crate::policy::walk::{Crossing, Walk};

impl Pattern {
    /// Puts the values of the variables in their places and asks `decide` about the result. Whether an empty value counts as
    /// one is not documented: the answer is sure where it is the same either way.
    ///
    /// A pattern that has more characters of its own than `longest` matches none of the texts: many variables of a long
    /// value are not put together for nothing.
    pub(super) fn resolve(&self, context: &Context, longest: usize, decide: impl Fn(&Glob, bool) -> Tri) -> Tri {
        let pieces = match &self.form {
            Form::Fixed(glob) => return decide(glob, false),
            Form::WithVariables(pieces) => pieces,
        };
        let reading = |empty_counts| match self.substitute(pieces, context, longest, empty_counts) {
            Some((glob, true)) => decide(&glob, true).and(Tri::Unknown),
            Some((glob, false)) => decide(&glob, false),
            None => Tri::False,
        };
        let has_empty = self.variables().any(|variable| variable.is_empty(context));
        if has_empty { reading(true).agree(reading(false)) } else { reading(true) }
    }

    /// The pattern with the values of its variables, and whether one of them is open, so that a star takes its place.
    /// None where nothing matches.
    fn substitute(
        &self,
        pieces: &[Piece],
        context: &Context,
        longest: usize,
        empty_counts: bool,
    ) -> Option<(Glob, bool)> {
        let mut tokens = Vec::new();
        let mut open = false;
        let mut length = 0_usize;
        for piece in pieces {
            match piece {
                Piece::Tokens(own) => tokens.extend(own),
                Piece::Variable(variable) => match variable.value(context, empty_counts) {
                    Value::Text(text) => {
                        length = length.saturating_add(text.chars().count());
                        tokens.extend(glob::tokens(&fold(text, self.kind.ignores_case()), false));
                    }
                    Value::None => return None,
                    Value::Open => {
                        open = true;
                        tokens.push(Token::Many);
                    }
                },
            }
            if length > longest {
                return None;
            }
        }
        Some((tokens.into_iter().collect(), open))
    }

    /// The pattern with the values of its variables, in each way that they can be read; none where one of them is open.
    pub(crate) fn readings(&self, context: &Context) -> Option<Vec<Glob>> {
        let pieces = match &self.form {
            Form::Fixed(glob) => return Some(vec![glob.clone()]),
            Form::WithVariables(pieces) => pieces,
        };
        let readings = [true, false].map(|empty_counts| self.substitute(pieces, context, usize::MAX, empty_counts));
        let globs = readings.into_iter().flatten().map(|(glob, open)| (!open).then_some(glob));
        globs.collect()
    }

    /// The values of one of its variables with which the pattern matches one of the texts; none where they are not all found,
    /// or are more than `limit`.
    pub(crate) fn values_of_variable(
        &self,
        key: &str,
        texts: &[String],
        context: &Context,
        limit: usize,
    ) -> Option<Vec<String>> {
        let Form::WithVariables(pieces) = &self.form else { return None };
        let is_wanted = |piece: &Piece| matches!(piece, Piece::Variable(variable) if variable.key == key);
        let mut parts = pieces.split(is_wanted);
        let (before, after) = (parts.next()?, parts.next()?);
        if parts.next().is_some() || self.kind.ignores_case() {
            return None;
        }
        let resolved = |pieces: &[Piece]| match self.substitute(pieces, context, usize::MAX, true) {
            Some((glob, false)) => Some(glob.tokens()),
            _ => None,
        };
        let (before, after) = (Walk::of(&resolved(before)?, Crossing::Free), resolved(after)?);
        let mut values = Vec::new();
        for text in texts {
            let mut reached = before.start();
            let places = text.char_indices().map(|(at, character)| (at, Some(character))).chain([(text.len(), None)]);
            for (start, character) in places {
                if before.ends(&reached).next().is_some() {
                    let rest = text.get(start..)?;
                    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
                    let fits = ends.filter(|end| rest.get(*end..).is_some_and(|rest| glob::matches(&after, rest)));
                    values.extend(fits.filter_map(|end| rest.get(..end)).map(str::to_owned));
                    if values.len() > limit {
                        return None;
                    }
                }
                if let Some(character) = character {
                    reached = before.step(&reached, character);
                }
            }
        }
        Some(values)
    }
}
