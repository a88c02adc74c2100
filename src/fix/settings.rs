//! The things that a change replaces as a whole: how each is shown, put in place, and put back.

mod commands;

pub(super) use commands::{file_argument, key_id, show};

use super::edit::Draft;
use super::saveable::make_saveable;
use crate::checks::Case;
use crate::checks::saving::objections;
use crate::policy::DocumentKind;
use crate::report::DocumentName;
use crate::snapshot::{Fact, Operation, PolicyText, ReadFailure, Snapshot};

/// Where the commands take policy documents from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery<'a> {
    /// From the command line itself.
    Inline,
    /// From files in this directory, named as in [`File`].
    Directory(&'a str),
}

/// A document as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, without a directory.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// What a change is for, and so how its files are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It fixes what failed or was warned of.
    Needed,
    /// It comes after those, and decides what is not known.
    Optional,
}

impl Step {
    /// The name of a document's file: as it is to be, or with this ending before `.json`.
    fn file(self, name: DocumentName, ending: &str) -> String {
        let optional = if self == Self::Optional { ".optional" } else { "" };
        format!("{name}{optional}{ending}.json")
    }
}

const BEFORE: &str = ".before";
const ROLLBACK: &str = ".rollback";

/// One document that a change puts in the place of another.
pub(super) struct Replacement<'a> {
    pub(super) name: DocumentName,
    /// The state before.
    pub(super) case: &'a Case<'a>,
    pub(super) after: &'a Snapshot,
    pub(super) step: Step,
}

impl Replacement<'_> {
    /// The commands that make the change.
    pub(super) fn commands(&self, delivery: Delivery<'_>) -> Vec<String> {
        commands::commands(self.case, self.after, self.name, delivery, &self.step.file(self.name, ""))
    }

    /// The commands that undo it.
    pub(super) fn rollback(&self, delivery: Delivery<'_>) -> Vec<String> {
        let (before, ending) = match self.way_back() {
            WayBack::AsItWas => (self.before(), BEFORE),
            WayBack::Without(cleaned) => (*cleaned, ROLLBACK),
            WayBack::None => return Vec::new(),
        };
        let file = self.step.file(self.name, ending);
        commands::commands(&self.case.with_snapshot(self.after), &before, self.name, delivery, &file)
    }

    /// What the way back leads to: from a document that was previewed, to the one in force.
    fn before(&self) -> Snapshot {
        let mut before = self.case.snapshot.clone();
        if self.step == Step::Needed {
            before.bucket_policy = self.case.snapshot.policy_in_force().clone();
            before.key_policy = self.case.snapshot.key_policy_in_force().clone();
        }
        before
    }

    /// How the state before can be put back.
    pub(super) fn way_back(&self) -> WayBack {
        let before = self.before();
        let Some((kind, fact)) = policy_in(&before, self.name) else { return WayBack::AsItWas };
        let case = self.case.with_snapshot(&before);
        let refused = |text: &str| objections(&case, kind, text).iter().any(|objection| objection.seen);
        if !fact.found().is_some_and(|text| refused(&text.policy)) {
            return WayBack::AsItWas;
        }
        let Ok(mut draft) = Draft::read(fact, kind, case.bucket()) else { return WayBack::None };
        make_saveable(&case, kind, &mut draft);
        let mut cleaned = before.clone();
        match kind {
            // Nothing of it has an effect, so that no policy is the same.
            DocumentKind::Bucket if draft.statements().is_empty() => {
                let operation = Operation::GetBucketPolicy;
                cleaned.bucket_policy = Fact::Absent(ReadFailure::new(operation, "NoSuchBucketPolicy", String::new()));
            }
            _ if refused(&draft.text().policy) => return WayBack::None,
            DocumentKind::Bucket => cleaned.bucket_policy = Fact::Found(draft.text()),
            DocumentKind::Key => cleaned.key_policy = Fact::Found(draft.text()),
        }
        WayBack::Without(Box::new(cleaned))
    }

    /// The document before and after, as files.
    pub(super) fn files(&self) -> Vec<File> {
        let text = |snapshot: &Snapshot| match policy_in(snapshot, self.name) {
            Some((_, policy)) => policy.found().map(|text| text.policy.clone()),
            None => show(snapshot, self.name).map(|document| format!("{document:#}\n")),
        };
        let cleaned = match self.way_back() {
            WayBack::Without(cleaned) => Some(cleaned),
            WayBack::AsItWas | WayBack::None => None,
        };
        let before = self.before();
        let states = [(Some(&before), BEFORE), (cleaned.as_deref(), ROLLBACK), (Some(self.after), "")];
        let file = |(state, ending)| Some(File { name: self.step.file(self.name, ending), text: text(state?)? });
        states.into_iter().filter_map(file).collect()
    }
}

/// How the state before a change can be put back.
pub(super) enum WayBack {
    /// As it was.
    AsItWas,
    /// Without the words that the service refuses, which have no effect.
    Without(Box<Snapshot>),
    /// Not at all: the service refuses it, and what it was meant to say is its author's to know.
    None,
}

/// A policy of a snapshot, where the name is that of a policy.
pub(super) fn policy_in(snapshot: &Snapshot, name: DocumentName) -> Option<(DocumentKind, &Fact<PolicyText>)> {
    match name {
        DocumentName::BucketPolicy => Some((DocumentKind::Bucket, &snapshot.bucket_policy)),
        DocumentName::KeyPolicy => Some((DocumentKind::Key, &snapshot.key_policy)),
        _ => None,
    }
}

/// The kind of a policy, and its text before and after.
pub(super) fn policies<'a>(
    name: DocumentName,
    before: &'a Snapshot,
    after: &'a Snapshot,
) -> Option<(DocumentKind, Option<&'a str>, &'a str)> {
    let (kind, after) = policy_in(after, name)?;
    let (_, before) = policy_in(before, name)?;
    Some((kind, before.found().map(|text| text.policy.as_str()), after.found()?.policy.as_str()))
}
