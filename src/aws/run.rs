//! What the shell and a run share while it is under way: the wish to stop, what is waited for, what is in the bucket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;

use crate::refusal::without_secrets;
use crate::snapshot::Operation;

/// A handle on one run; clones are the same run.
#[derive(Debug, Clone, Default)]
pub struct Run(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Since when.
    stopped: watch::Sender<Option<Instant>>,
    /// What the probe is about to write.
    upcoming: watch::Sender<Option<Upcoming>>,
    progress: Mutex<Progress>,
}

/// What a probe is about to write, as far as the first reads say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// The account that its requests expect to own the bucket.
    pub owner: Option<String>,
    /// What versioning will keep of the test object; none where that was not read.
    pub kept: Option<Kept>,
    /// Whether Object Lock will retain it by default; none where that was not read.
    pub retains: Option<bool>,
}

/// What versioning keeps of an object that is uploaded and deleted:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Nothing, as versioning was never on.
    Nothing,
    /// A delete marker, as versioning is suspended.
    Marker,
    /// The version and a delete marker.
    VersionAndMarker,
}

#[derive(Debug, Default)]
struct Progress {
    /// How often each operation is under way.
    waiting: BTreeMap<&'static str, usize>,
    left_behind: Option<String>,
    /// What this run signs with, which no text of the service may carry on.
    secrets: Vec<String>,
    /// Whether the bucket is known to retain nothing by default.
    retains_nothing: bool,
}

/// How long a secret of an emulator's may be at most that is left alone. AWS's own have 16 characters or more
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>).
const SHORTEST_SECRET: usize = 6;

impl Run {
    /// Asks for an early end: reads are given up, the probe takes its object away first.
    pub fn stop(&self) {
        self.0.stopped.send_if_modified(|since| since.is_none() && since.replace(Instant::now()).is_none());
    }

    /// Whether somebody asked for an early end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped_since().is_some()
    }

    /// What lies, or may lie, in the bucket at this moment because of the probe, with the command that removes it.
    #[must_use]
    pub fn left_behind(&self) -> Option<String> {
        self.progress().left_behind.clone()
    }

    /// The operations that are waited for, in alphabetical order.
    #[must_use]
    pub fn waiting_for(&self) -> Vec<&'static str> {
        self.progress().waiting.keys().copied().collect()
    }

    /// Remembers what no text may carry on: an access key id, a secret, a session token. A secret of a few letters, as
    /// emulators take (`test`), is none of AWS's, and hiding it would spoil the words that it is a part of.
    pub(super) fn hide(&self, secrets: impl IntoIterator<Item = String>) {
        self.progress().secrets.extend(secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET));
    }

    /// An id of the service's that may be kept: see [`cleaned_id`].
    pub(super) fn cleaned_id(&self, id: &str) -> String {
        cleaned_id(id, &self.progress().secrets)
    }

    /// A text of the service's without the secrets of this run, and without what looks like one.
    pub(super) fn cleaned(&self, text: &str) -> String {
        without_secrets(&without(&self.progress().secrets, text))
    }

    /// Comes back once the probe is about to write something else than was said before.
    pub async fn next_upcoming(&self, said: Option<&Upcoming>) -> Upcoming {
        let mut upcoming = self.0.upcoming.subscribe();
        loop {
            let found = upcoming.wait_for(|upcoming| upcoming.is_some() && upcoming.as_ref() != said).await;
            // The sender lives as long as `self`, so this waits and never fails.
            if let Some(upcoming) = found.ok().and_then(|found| found.clone()) {
                return upcoming;
            }
            std::future::pending::<()>().await;
        }
    }

    /// Says what the probe is about to write, and lets the shell tell its user before it is written.
    pub(super) async fn announce(&self, upcoming: Upcoming) {
        self.0.upcoming.send_replace(Some(upcoming));
        tokio::task::yield_now().await;
    }

    /// Comes back once somebody asked for an early end.
    pub async fn stopped(&self) {
        // The sender lives as long as `self`, so this waits for the wish and nothing else.
        let _ = self.0.stopped.subscribe().wait_for(Option::is_some).await;
    }

    /// When somebody first asked for an early end.
    pub(super) fn stopped_since(&self) -> Option<Instant> {
        *self.0.stopped.borrow()
    }

    /// Whether Object Lock is known to retain nothing by default in the bucket.
    pub(super) fn retains_nothing(&self) -> bool {
        self.progress().retains_nothing
    }

    pub(super) fn set_retains_nothing(&self) {
        self.progress().retains_nothing = true;
    }

    pub(super) fn set_left_behind(&self, left_behind: Option<String>) {
        self.progress().left_behind = left_behind;
    }

    /// Notes that an operation is under way until the answer is dropped.
    pub(super) fn waiting(&self, operation: Operation) -> Waiting {
        *self.progress().waiting.entry(operation.name()).or_default() += 1;
        Waiting { run: self.clone(), operation }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id of the service's. An id looks like a secret itself, so that only these secrets are taken out of it; what has not the
/// form of an id is text.
pub(super) fn cleaned_id(id: &str, secrets: &[String]) -> String {
    // Those of S3 have 16 characters, all others are UUIDs; a signature has 64.
    let is_id = id.len() <= 48 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let id = without(secrets, id);
    if is_id { id } else { without_secrets(&id) }
}

fn without(secrets: &[String], text: &str) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "[hidden]"))
}

/// An operation that is under way.
pub(super) struct Waiting {
    run: Run,
    operation: Operation,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut progress = self.run.progress();
        if let Some(count) = progress.waiting.get_mut(self.operation.name()) {
            *count -= 1;
            if *count == 0 {
                progress.waiting.remove(self.operation.name());
            }
        }
    }
}
