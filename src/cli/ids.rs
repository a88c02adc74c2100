//! Ids of checks as options take them: parsed with a suggestion for a mistyped one, and offered by shell completions.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};
use stc_check::report::CheckId;

/// Checks that `--only` selects.
#[derive(Debug, Clone)]
pub(crate) struct Selected(pub(crate) Vec<CheckId>);

/// Takes an id; with `families` also the word before its dot, which means all checks that have it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdParser {
    pub(crate) families: bool,
}

impl TypedValueParser for IdParser {
    type Value = Selected;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Selected, clap::Error> {
        let text = value.to_string_lossy();
        let of_family: Vec<CheckId> =
            CheckId::all().filter(|id| self.families && id.family() == text.as_ref()).collect();
        if !of_family.is_empty() {
            return Ok(Selected(of_family));
        }
        let near = |family: &&str| self.families && !text.contains('.') && strsim::osa_distance(family, &text) <= 2;
        let meant = CheckId::all().map(CheckId::family).find(near);
        CheckId::parse(&text).map(|id| Selected(vec![id])).map_err(|wrong| {
            let wrong = meant.map_or(wrong, |meant| format!("there is no check `{text}`: did you mean `{meant}`?"));
            let mut error = clap::Error::raw(ErrorKind::ValueValidation, format!("{wrong}\n")).with_cmd(command);
            if let Some(arg) = arg {
                error.insert(ContextKind::InvalidArg, ContextValue::String(arg.to_string()));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let mut words: Vec<&str> = CheckId::all().map(CheckId::as_str).collect();
        if self.families {
            words.extend(CheckId::all().map(CheckId::family));
        }
        words.sort_unstable();
        words.dedup();
        Some(Box::new(words.into_iter().map(PossibleValue::new)))
    }
}
