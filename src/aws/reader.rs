//! What every request needs: the session, the clients, what is asked for, and the answers that several parts of a run wait for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::answer::Session;
use super::client::Clients;
use super::settings::Settings;
use crate::snapshot::{CallerIdentity, Fact, ObjectLockAnswer, PolicyText, Snapshot, Versioning};

/// What is asked, of which bucket, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) session: &'a Session,
    pub(super) clients: &'a Clients,
    pub(super) settings: &'a Settings,
    pub(super) once: &'a Once,
}

impl Reader<'_> {
    pub(super) fn bucket(&self) -> &str {
        self.settings.bucket.as_str()
    }

    pub(super) fn owner(&self) -> Option<String> {
        self.settings.expected_owner.as_ref().map(ToString::to_string)
    }

    /// A snapshot of the bucket in which nothing has been read yet.
    pub(super) fn nothing_read(&self, region: Option<&str>, taken_at: Timestamp) -> Snapshot {
        Snapshot::new(self.bucket(), region, taken_at)
    }
}

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Once {
    pub(super) caller: OnceCell<Fact<CallerIdentity>>,
    /// What each region answered for the bucket.
    by_region: Mutex<BTreeMap<String, Arc<Regional>>>,
}

/// What a region answered for the bucket.
#[derive(Debug, Default)]
pub(super) struct Regional {
    pub(super) policy: OnceCell<Fact<PolicyText>>,
    pub(super) versioning: OnceCell<Fact<Versioning>>,
    pub(super) object_lock: OnceCell<Fact<ObjectLockAnswer>>,
}

impl Once {
    pub(super) fn regional(&self, region: &str) -> Arc<Regional> {
        let mut regions = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(regions.entry(region.to_owned()).or_default())
    }
}
