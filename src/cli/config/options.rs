//! The options of a connection: those of the command line, read by the same parsers, in three layers of which the
//! later wins: `[defaults]`, the connection, the command line with its variables.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::super::arguments::Options;
use super::super::error::Error;
use super::page::Given;

/// The one option that chooses the connection instead of describing it.
pub(super) const BUCKET: &str = "bucket";

/// Where a setting was made; the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Defaults,
    Connection,
    CommandLine,
}

/// Settings by the long names of their options.
pub(super) type Settings = BTreeMap<String, Setting>;

/// What was said of one option.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    layer: Layer,
    /// As arguments; none for a flag that is off.
    arguments: Vec<OsString>,
    /// In the file.
    place: Range<usize>,
}

/// A setting, the argument that it has, and the options that are of no use beside it: one of a lower layer then goes
/// unsaid, and one of the same or a higher layer contradicts it.
const USELESS: [(&str, Option<&str>, &[&str]); 4] = [
    ("no-probe", None, &OF_THE_PROBE),
    ("snapshot", None, &OF_THE_PROBE),
    ("terraform-plan", None, &OF_THE_PROBE),
    ("variant", Some("--variant=event-stream"), &["export-path"]),
];

const OF_THE_PROBE: [&str; 3] = ["probe-role-arn", "external-id", "probe-multipart"];

/// What the options are, in the form of the command line.
fn command() -> Command {
    Options::command().mut_args(|arg| arg.env(None::<&'static str>))
}

/// Reads settings.
pub(super) struct Reader<'a> {
    command: Command,
    /// Relative paths of the file begin here.
    base: PathBuf,
    typed: &'a ArgMatches,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &Path, typed: &'a ArgMatches) -> Self {
        Self { command: command(), base: file.parent().unwrap_or(Path::new("")).to_owned(), typed }
    }

    /// The keys that are options, and more.
    pub(super) fn keys(&self, more: &[&'static str]) -> Vec<&str> {
        let options = self.command.get_arguments().filter_map(Arg::get_long).filter(|long| *long != BUCKET);
        more.iter().copied().chain(options).collect()
    }

    /// The settings of one table, each of them fit.
    ///
    /// # Errors
    /// When a value is not what its option takes.
    pub(super) fn settings(&mut self, table: &Given<'_>, layer: Layer) -> Result<Settings, Error> {
        let mut settings = Settings::new();
        for given in table.entries().filter(|given| given.key != BUCKET) {
            let mut options = self.command.get_arguments();
            let Some(option) = options.find(|arg| arg.get_long() == Some(given.key)) else { continue };
            let setting = Setting { layer, arguments: self.arguments(option, &given)?, place: given.place() };
            settings.insert(given.key.to_owned(), setting);
        }
        self.parse(table, &settings)?;
        Ok(settings)
    }

    fn arguments(&self, option: &Arg, given: &Given<'_>) -> Result<Vec<OsString>, Error> {
        let key = given.key;
        Ok(match option.get_action() {
            ArgAction::SetTrue => given.flag()?.then(|| format!("--{key}").into()).into_iter().collect(),
            ArgAction::Append => given.texts()?.into_iter().map(|text| with_value(key, text)).collect(),
            _ if is_path(option) => vec![with_value(key, self.base.join(given.text()?))],
            _ => vec![with_value(key, given.text()?)],
        })
    }

    /// What a connection comes to, all layers together.
    ///
    /// # Errors
    /// When options of the command line do not fit.
    pub(super) fn merged(&mut self, table: &Given<'_>, defaults: &Settings, own: Settings) -> Result<Options, Error> {
        let mut settings = defaults.clone();
        settings.extend(own);
        settings.extend(self.typed_settings());
        for (key, argument, useless) in USELESS {
            let is_it = |setting: &&Setting| match argument {
                Some(argument) => setting.arguments.iter().any(|one| one == argument),
                None => !setting.arguments.is_empty(),
            };
            let Some(layer) = settings.get(key).filter(is_it).map(|setting| setting.layer) else { continue };
            settings.retain(|key, setting| !useless.contains(&key.as_str()) || setting.layer >= layer);
        }
        self.parse(table, &settings)
    }

    /// Those of the command line and its variables.
    fn typed_settings(&self) -> Settings {
        let typed = |option: &Arg| {
            let (id, long) = (option.get_id().as_str(), option.get_long()?);
            let source = self.typed.value_source(id)?;
            if long == BUCKET || source == ValueSource::DefaultValue {
                return None;
            }
            let arguments = if matches!(option.get_action(), ArgAction::SetTrue) {
                self.typed.get_flag(id).then(|| format!("--{long}").into()).into_iter().collect()
            } else {
                self.typed.get_raw(id)?.map(|value| with_value(long, value)).collect()
            };
            Some((long.to_owned(), Setting { layer: Layer::CommandLine, arguments, place: 0..0 }))
        };
        self.command.get_arguments().filter_map(typed).collect()
    }

    fn parse(&mut self, table: &Given<'_>, settings: &Settings) -> Result<Options, Error> {
        let arguments = settings.values().flat_map(|setting| &setting.arguments);
        let matches = self.command.try_get_matches_from_mut(arguments);
        matches.and_then(|matches| Options::from_arg_matches(&matches)).map_err(|error| unfit(table, settings, &error))
    }
}

fn with_value(key: &str, value: impl AsRef<OsStr>) -> OsString {
    let mut argument = OsString::from(format!("--{key}="));
    argument.push(value);
    argument
}

fn is_path(option: &Arg) -> bool {
    option.get_value_parser().type_id() == TypeId::of::<PathBuf>()
}

/// A value that its option does not take, at its place in the file.
fn unfit(table: &Given<'_>, settings: &Settings, error: &clap::Error) -> Error {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(format!("`{}`", texts.join("`, `"))),
        _ => None,
    };
    let option = said(ContextKind::InvalidArg).unwrap_or_default();
    let key = option.trim_start_matches('-').split([' ', '=']).next().unwrap_or_default();
    let reason = match (error.kind(), error.source()) {
        (ErrorKind::InvalidValue, _) => {
            let value = said(ContextKind::InvalidValue).unwrap_or_default();
            format!("`{value}` is none of {}", said(ContextKind::ValidValue).unwrap_or_default())
        }
        (_, Some(source)) => source.to_string(),
        (kind, None) => kind.to_string(),
    };
    match settings.get(key) {
        Some(setting) => table.page.wrong(setting.place.clone(), format!("`{key}`: {reason}")),
        None => table.wrong(reason),
    }
}

/// The rows of docs/config.md on a connection's keys.
#[cfg(test)]
pub(super) fn reference() -> String {
    use std::fmt::Write as _;

    let mut rows = String::from("| key | value | what it says |\n| --- | --- | --- |\n");
    for option in command().get_arguments() {
        let choices: Vec<_> =
            option.get_possible_values().iter().map(|value| format!("`{}`", value.get_name())).collect();
        let value = match option.get_action() {
            ArgAction::SetTrue => "`true` or `false`".to_owned(),
            ArgAction::Append => "text, or a list of texts".to_owned(),
            _ if is_path(option) => "path".to_owned(),
            _ if choices.is_empty() => "text".to_owned(),
            _ => choices.join(", "),
        };
        let help = option.get_help().unwrap_or_default().to_string();
        let help = help.trim_end_matches(" (repeatable)");
        let _ = writeln!(rows, "| `{}` | {value} | {help} |", option.get_long().unwrap_or_default());
    }
    rows
}

/// The keys of [`USELESS`].
#[cfg(test)]
pub(super) fn useless() -> impl Iterator<Item = &'static str> {
    USELESS.into_iter().flat_map(|(key, _, others)| others.iter().copied().chain([key]))
}
