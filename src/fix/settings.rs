//! The things that a change replaces as a whole: how each is shown, put in place, and put back.

mod commands;

pub(super) use commands::{file_argument, key_id};

use serde_json::Value;

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
    fn before(self) -> &'static str {
        match self {
            Self::Needed => "before.json",
            Self::Optional => "optional.before.json",
        }
    }

    fn rollback(self) -> &'static str {
        match self {
            Self::Needed => "rollback.json",
            Self::Optional => "optional.rollback.json",
        }
    }

    fn after(self) -> &'static str {
        match self {
            Self::Needed => "json",
            Self::Optional => "optional.json",
        }
    }
}

/// A setting as in a snapshot; none where it is not set or not known.
type Show = fn(&Snapshot) -> Option<Value>;
/// The commands that make the first snapshot's case like the second, with the ending of the files' names.
type Commands = fn(&Case<'_>, &Snapshot, Delivery<'_>, &str) -> Vec<String>;

/// One thing that is put as a whole.
pub(super) struct ReplaceableSetting {
    /// Which.
    pub(super) name: DocumentName,
    /// As in a snapshot; none where it is not set or not known.
    pub(super) show: Show,
    commands: Commands,
}

impl From<DocumentName> for ReplaceableSetting {
    fn from(name: DocumentName) -> Self {
        let (show, commands) = commands::of(name);
        Self { name, show, commands }
    }
}

impl ReplaceableSetting {
    /// The commands that put the second state of it in the place of the first.
    pub(super) fn apply(&self, case: &Case<'_>, after: &Snapshot, delivery: Delivery<'_>, step: Step) -> Vec<String> {
        (self.commands)(case, after, delivery, step.after())
    }

    /// The commands that put the first state back.
    pub(super) fn roll_back(
        &self,
        case: &Case<'_>,
        after: &Snapshot,
        delivery: Delivery<'_>,
        step: Step,
    ) -> Vec<String> {
        let before = to_return_to(case.snapshot, step);
        let (before, suffix) = match self.way_back(case, &before) {
            WayBack::AsItWas => (before, step.before()),
            WayBack::Without(cleaned) => (*cleaned, step.rollback()),
            WayBack::None => return Vec::new(),
        };
        (self.commands)(&case.with_snapshot(after), &before, delivery, suffix)
    }

    /// How the state of before can be put back.
    pub(super) fn way_back(&self, case: &Case<'_>, before: &Snapshot) -> WayBack {
        let Some((kind, fact)) = policy_in(before, self.name) else { return WayBack::AsItWas };
        let case = case.with_snapshot(before);
        let refused = |text: &str| objections(&case, kind, text).iter().any(|objection| objection.seen);
        let Some(text) = fact.found().filter(|text| refused(&text.policy)) else { return WayBack::AsItWas };
        let Ok(mut draft) = Draft::read(&Fact::Found(text.clone()), kind, case.bucket()) else { return WayBack::None };
        make_saveable(&case, kind, &mut draft);
        let mut cleaned = before.clone();
        match kind {
            // Nothing of it has an effect, so that no policy is the same.
            DocumentKind::Bucket if draft.statements().is_empty() => {
                cleaned.bucket_policy = Fact::Absent(ReadFailure {
                    operation: Operation::GetBucketPolicy,
                    code: "NoSuchBucketPolicy".to_owned(),
                    message: String::new(),
                    status: None,
                    request_id: None,
                });
            }
            _ if refused(&draft.text().policy) => return WayBack::None,
            DocumentKind::Bucket => cleaned.bucket_policy = Fact::Found(draft.text()),
            DocumentKind::Key => cleaned.key_policy = Fact::Found(draft.text()),
        }
        WayBack::Without(Box::new(cleaned))
    }

    /// The document before and after, as files.
    pub(super) fn files(&self, case: &Case<'_>, after: &Snapshot, step: Step) -> Vec<File> {
        let text = |snapshot: &Snapshot| match policy_in(snapshot, self.name) {
            Some((_, policy)) => policy.found().map(|text| text.policy.clone()),
            None => (self.show)(snapshot).map(|document| format!("{document:#}\n")),
        };
        let file = |suffix: &str, text: String| File { name: format!("{}.{suffix}", self.name), text };
        let before = to_return_to(case.snapshot, step);
        let cleaned = match self.way_back(case, &before) {
            WayBack::Without(cleaned) => Some(cleaned),
            WayBack::AsItWas | WayBack::None => None,
        };
        let mut files: Vec<File> = text(&before).map(|text| file(step.before(), text)).into_iter().collect();
        files.extend(cleaned.as_deref().and_then(text).map(|text| file(step.rollback(), text)));
        files.extend(text(after).map(|text| file(step.after(), text)));
        files
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

/// What the way back leads to: from a document that was previewed, to the one in force.
pub(super) fn to_return_to(before: &Snapshot, step: Step) -> Snapshot {
    let mut returned = before.clone();
    if step == Step::Needed {
        returned.bucket_policy = before.policy_in_force().clone();
        returned.key_policy = before.key_policy_in_force().clone();
    }
    returned
}

/// A policy of a snapshot, where the name is that of a policy.
pub(super) fn policy_in(snapshot: &Snapshot, name: DocumentName) -> Option<(DocumentKind, &Fact<PolicyText>)> {
    match name {
        DocumentName::BucketPolicy => Some((DocumentKind::Bucket, &snapshot.bucket_policy)),
        DocumentName::KeyPolicy => Some((DocumentKind::Key, &snapshot.key_policy)),
        _ => None,
    }
}
