//! What `stc-check fix` says: the changes, and what no change fixes.

use serde::Serialize;
use serde_json::Value;

use super::settings::File;
use crate::report::{CheckId, DocumentName};
use crate::text::shell::{command, quote_for_powershell, words};

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

impl Plan {
    /// With options at the end of every command, such as `--profile NAME`.
    #[must_use]
    pub fn with_options(mut self, options: &[&str]) -> Self {
        let all = self.changes.iter_mut().flat_map(|change| change.commands.iter_mut().chain(&mut change.rollback));
        for line in all.filter(|_| !options.is_empty()) {
            *line = format!("{line} {}", command(options));
        }
        self
    }

    /// With every command quoted for PowerShell.
    #[must_use]
    pub fn in_powershell(mut self) -> Self {
        for line in self.changes.iter_mut().flat_map(|change| change.commands.iter_mut().chain(&mut change.rollback)) {
            *line = words(line).iter().map(|word| quote_for_powershell(word)).collect::<Vec<_>>().join(" ");
        }
        self
    }

    /// Gives a document's file another name, where the commands name it as well.
    pub fn rename_file(&mut self, from: &str, to: &str) {
        for file in self.files.iter_mut().filter(|file| file.name == from) {
            to.clone_into(&mut file.name);
        }
        for line in self.changes.iter_mut().flat_map(|change| change.commands.iter_mut().chain(&mut change.rollback)) {
            *line = line.replace(&format!("/{from}"), &format!("/{to}"));
        }
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
