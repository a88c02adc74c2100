//! What `stc-check fix` says: the changes, and what no change fixes.

use serde::Serialize;
use serde_json::Value;

use super::settings::{File, file_argument};
use crate::report::{CheckId, DocumentName};
use crate::text::aws_cli::with_options;
use crate::text::shell::{Shell, command, words};

/// All that can be changed, and what cannot: docs/design/interfaces.md#documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// One a check and document. Checks that the same document fixes name the same change, so that applying any of them
    /// applies it for all.
    pub changes: Vec<Change>,
    /// What no change of the owner's can fix, and who can.
    pub unfixable: Vec<Unfixable>,
    /// The documents, for a directory of them.
    #[serde(skip)]
    pub files: Vec<File>,
    /// What names the key to KMS, where that is known.
    #[serde(skip)]
    pub key: Option<String>,
    /// Whether a failed check is left.
    #[serde(skip)]
    pub fails: bool,
    /// Whether a required check is left undecided.
    #[serde(skip)]
    pub unknown: bool,
}

/// One document, for one check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The check that passes with it.
    pub check: CheckId,
    /// What is changed.
    pub document: DocumentName,
    /// As it is; none where it is not set.
    pub before: Option<Value>,
    /// As it is to be, with the changes for every other check.
    pub after: Value,
    /// What differs, as a unified diff.
    pub diff: String,
    /// Whether nothing failed for want of it: made after the others, it decides what is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What else to know before it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// AWS CLI commands that make the change.
    pub commands: Vec<String>,
    /// AWS CLI commands that undo it.
    pub rollback: Vec<String>,
}

/// A check that no change fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfixable {
    /// Its id.
    pub check: CheckId,
    /// Who can do something.
    pub who: String,
    /// What it is about.
    pub why: String,
}

/// What several checks say alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfixableGroup {
    /// The checks.
    pub checks: Vec<CheckId>,
    /// Who can do something.
    pub who: String,
    /// What it is about.
    pub why: String,
}

impl Plan {
    /// Each document of a step once, in the order in which it is to be applied, with the checks that it fixes.
    pub(crate) fn documents(&self, optional: bool) -> Vec<(&Change, Vec<CheckId>)> {
        let mut documents: Vec<(&Change, Vec<CheckId>)> = Vec::new();
        for change in self.changes.iter().filter(|change| change.optional == optional) {
            match documents.iter_mut().find(|(other, _)| other.document == change.document) {
                Some((_, checks)) => checks.push(change.check),
                None => documents.push((change, vec![change.check])),
            }
        }
        documents.sort_by_key(|(change, _)| change.document);
        documents
    }

    /// What no change fixes, each cause once: checks that differ only by the KMS permission that they are about say the same.
    #[must_use]
    pub fn unfixable_groups(&self) -> Vec<UnfixableGroup> {
        const PERMISSION: char = '\u{0}';
        let mut groups: Vec<UnfixableGroup> = Vec::new();
        for Unfixable { check, who, why } in &self.unfixable {
            let why = match check {
                CheckId::Kms(action) => why.replace(action.as_str(), PERMISSION.encode_utf8(&mut [0; 4])),
                _ => why.clone(),
            };
            match groups.iter_mut().find(|group| group.who == *who && group.why == why) {
                Some(group) => group.checks.push(*check),
                None => groups.push(UnfixableGroup { checks: vec![*check], who: who.clone(), why }),
            }
        }
        for group in &mut groups {
            let actions = group.checks.iter().filter_map(|check| match check {
                CheckId::Kms(action) => Some(action.as_str()),
                _ => None,
            });
            group.why = group.why.replace(PERMISSION, &actions.collect::<Vec<_>>().join(", "));
        }
        groups
    }

    /// With options at the end of every command, such as `--profile NAME`; a region only where a command has none.
    #[must_use]
    pub fn with_options(self, options: &[&str]) -> Self {
        self.with_commands(|line| with_options(line, options))
    }

    /// With every command quoted for a shell.
    #[must_use]
    pub fn for_shell(self, shell: Shell) -> Self {
        self.with_commands(|line| shell.translate(line))
    }

    /// Gives a document's file in a directory another name, where the commands name it as well.
    #[must_use]
    pub fn with_renamed_file(mut self, directory: &str, from: &str, to: &str) -> Self {
        for file in self.files.iter_mut().filter(|file| file.name == from) {
            to.clone_into(&mut file.name);
        }
        let [from, to] = [from, to].map(|name| file_argument(directory, name));
        self.with_commands(|line| command(words(line).iter().map(|word| if *word == from { &to } else { word })))
    }

    fn with_commands(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        for line in self.changes.iter_mut().flat_map(|change| change.commands.iter_mut().chain(&mut change.rollback)) {
            *line = rewrite(line);
        }
        self
    }

    /// The exit code: 1 while a failed check is left, else 3 while a required one is undecided, else 0.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match (self.fails, self.unknown) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        }
    }
}
