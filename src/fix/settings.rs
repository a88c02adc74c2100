//! The things that a change replaces as a whole: how each is shown, put in place, and put back.

use serde_json::{Value, json};

use super::edit::Draft;
use super::saveable::make_saveable;
use super::setup::shorthand;
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

/// One thing that is put as a whole.
pub(super) struct ReplaceableSetting {
    /// Which.
    pub(super) name: DocumentName,
    /// As in a snapshot; none where it is not set or not known.
    pub(super) show: fn(&Snapshot) -> Option<Value>,
    /// The commands that make the first snapshot's case like the second.
    commands: fn(&Case<'_>, &Snapshot, Delivery<'_>, &str) -> Vec<String>,
}

impl From<DocumentName> for ReplaceableSetting {
    fn from(name: DocumentName) -> Self {
        type Show = fn(&Snapshot) -> Option<Value>;
        type Commands = fn(&Case<'_>, &Snapshot, Delivery<'_>, &str) -> Vec<String>;
        let (show, commands): (Show, Commands) = match name {
            DocumentName::Key => (key, key_commands),
            DocumentName::KeyPolicy => (|snapshot| policy(&snapshot.key_policy), key_policy_commands),
            DocumentName::DefaultEncryption => (encryption, encryption_commands),
            DocumentName::BucketPolicy => (|snapshot| policy(&snapshot.bucket_policy), bucket_policy_commands),
            DocumentName::Acl => (acl, acl_commands),
            DocumentName::OwnershipControls => (ownership, ownership_commands),
            DocumentName::PublicAccessBlock => (access_block, access_block_commands),
            DocumentName::RequestPayment => (payment, payment_commands),
            DocumentName::ObjectLock => (object_lock, object_lock_commands),
        };
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

fn policy(fact: &Fact<PolicyText>) -> Option<Value> {
    serde_json::from_str(&fact.found()?.policy).ok()
}

/// The argument of a command that takes a policy.
fn argument(text: &str, delivery: Delivery<'_>, name: DocumentName, suffix: &str) -> String {
    match delivery {
        Delivery::Inline => text.to_owned(),
        Delivery::Directory(directory) => format!("file://{directory}/{name}.{suffix}"),
    }
}

fn bucket_policy_commands(case: &Case<'_>, after: &Snapshot, delivery: Delivery<'_>, suffix: &str) -> Vec<String> {
    match &after.bucket_policy {
        Fact::Found(text) => {
            let document = argument(&text.policy, delivery, DocumentName::BucketPolicy, suffix);
            vec![case.s3api("put-bucket-policy", &["--policy", &document])]
        }
        Fact::Absent(_) => vec![case.s3api("delete-bucket-policy", &[])],
        _ => Vec::new(),
    }
}

fn key_policy_commands(case: &Case<'_>, after: &Snapshot, delivery: Delivery<'_>, suffix: &str) -> Vec<String> {
    let Fact::Found(text) = &after.key_policy else { return Vec::new() };
    let document = argument(&text.policy, delivery, DocumentName::KeyPolicy, suffix);
    let key = key_id(case);
    vec![case.kms("put-key-policy", &["--key-id", &key, "--policy-name", "default", "--policy", &document])]
}

fn key_id(case: &Case<'_>) -> String {
    let vendor = case.vendor();
    let named = || case.snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone());
    vendor.default_key_arn().or_else(named).unwrap_or_default()
}

fn key(snapshot: &Snapshot) -> Option<Value> {
    let key = &snapshot.key.found()?.key_metadata;
    Some(json!({"Arn": key.arn, "KeyState": key.key_state, "Enabled": key.enabled, "DeletionDate": key.deletion_date}))
}

/// From one state of the key to another: KMS cancels a deletion into the disabled state.
fn key_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let state = |snapshot: &Snapshot| {
        let key = snapshot.key.found().map(|answer| answer.key_metadata.clone()).unwrap_or_default();
        let enabled = if key.enabled == Some(false) { "Disabled" } else { "Enabled" };
        (key.key_state.unwrap_or_else(|| enabled.to_owned()), key.deletion_date)
    };
    let key = key_id(case);
    let kms = |operation: &str, more: &[&str]| case.kms(operation, &[&["--key-id", key.as_str()], more].concat());
    let ((from, _), (to, date)) = (state(case.snapshot), state(after));
    let enable = || kms("enable-key", &[]);
    match (from.as_str(), to.as_str()) {
        ("PendingDeletion" | "PendingReplicaDeletion", _) => vec![kms("cancel-key-deletion", &[]), enable()],
        (_, "PendingDeletion" | "PendingReplicaDeletion") => {
            let days = days_until(date.as_ref(), case.snapshot.taken_at).to_string();
            vec![kms("schedule-key-deletion", &["--pending-window-in-days", &days])]
        }
        (_, "Disabled") => vec![kms("disable-key", &[])],
        _ => vec![enable()],
    }
}

/// KMS takes a waiting time of 7 to 30 days.
fn days_until(date: Option<&Value>, now: jiff::Timestamp) -> i64 {
    let when = match date {
        Some(Value::String(text)) => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
        Some(other) => other
            .as_f64()
            .and_then(|seconds| jiff::SignedDuration::try_from_secs_f64(seconds).ok())
            .map(|time| time.as_secs()),
        None => None,
    };
    when.map_or(30, |when| (when - now.as_second()).div_euclid(86_400) + 1).clamp(7, 30)
}

fn encryption(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.encryption.found()?.server_side_encryption_configuration).ok()
}

fn encryption_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match encryption(after) {
        Some(document) => vec![
            case.s3api("put-bucket-encryption", &["--server-side-encryption-configuration", &document.to_string()]),
        ],
        None => vec![case.s3api("delete-bucket-encryption", &[])],
    }
}

fn access_block(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.bucket_public_access_block.found()?.public_access_block_configuration).ok()
}

fn access_block_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (&after.bucket_public_access_block, access_block(after)) {
        (Fact::Found(_), Some(document)) => {
            vec![case.s3api("put-public-access-block", &["--public-access-block-configuration", &shorthand(&document)])]
        }
        (Fact::Absent(_), _) => vec![case.s3api("delete-public-access-block", &[])],
        _ => Vec::new(),
    }
}

fn acl(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.acl.found()?).ok()
}

/// A list whose owner is not known can only be made private.
fn acl_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (acl(after), after.acl.found().and_then(|acl| acl.owner.as_ref())) {
        (Some(document), Some(_)) => {
            vec![case.s3api("put-bucket-acl", &["--access-control-policy", &document.to_string()])]
        }
        (Some(_), None) => vec![case.s3api("put-bucket-acl", &["--acl", "private"])],
        _ => Vec::new(),
    }
}

fn ownership(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.ownership.found()?.ownership_controls).ok()
}

fn ownership_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    match (&after.ownership, ownership(after)) {
        (Fact::Found(_), Some(document)) => {
            vec![case.s3api("put-bucket-ownership-controls", &["--ownership-controls", &document.to_string()])]
        }
        (Fact::Absent(_), _) => vec![case.s3api("delete-bucket-ownership-controls", &[])],
        _ => Vec::new(),
    }
}

fn payment(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(snapshot.request_payment.found()?).ok()
}

fn payment_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let payer = after.request_payment.found().and_then(|answer| answer.payer.as_deref());
    let configuration = format!("Payer={}", payer.unwrap_or("BucketOwner"));
    vec![case.s3api("put-bucket-request-payment", &["--request-payment-configuration", &configuration])]
}

fn object_lock(snapshot: &Snapshot) -> Option<Value> {
    serde_json::to_value(&snapshot.object_lock.found()?.object_lock_configuration).ok()
}

fn object_lock_commands(case: &Case<'_>, after: &Snapshot, _: Delivery<'_>, _: &str) -> Vec<String> {
    let document = object_lock(after).unwrap_or_else(|| json!({"ObjectLockEnabled": "Enabled"}));
    vec![case.s3api("put-object-lock-configuration", &["--object-lock-configuration", &document.to_string()])]
}
