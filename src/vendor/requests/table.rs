//! The tables of condition keys: one row a key, and how the two services read them.

use super::{Facts, WRITER_KEYS, kms_keys, s3_keys};
use crate::policy::{KeyState, Request};
use crate::snapshot::{Gap, Operation, Snapshot};

/// Why the keys of VPCs and organizations are taken as they are (docs/design/evaluation.md#the-request).
pub(super) const OUTSIDE_VPCS: &str = "taken as given: Sailthru is in none of your VPCs";
pub(super) const OUTSIDE_ORGANIZATIONS: &str = "taken as given: Sailthru is in none of your organizations";

/// One row of a table: a key, its state, and where that is documented.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) state: fn(&Facts<'_>) -> KeyState,
    source: &'static str,
    basis: Basis,
    /// The operations that the state is read from.
    reads: &'static [Operation],
}

pub(super) const fn row(key: &'static str, state: fn(&Facts<'_>) -> KeyState, source: &'static str) -> Row {
    Row { key, state, source, basis: Basis::Documented, reads: &[] }
}

/// What the state of a key rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Basis {
    /// AWS's documentation, or the vendor's.
    Documented,
    /// Our assumption that Sailthru is outside the customer's VPCs and organizations.
    Assumed,
    /// The owner can look it up, and this check does not.
    Own,
}

impl Row {
    pub(super) const fn assumed(self) -> Self {
        Self { basis: Basis::Assumed, ..self }
    }

    pub(super) const fn own(self) -> Self {
        Self { basis: Basis::Own, ..self }
    }

    pub(super) const fn from(self, reads: &'static [Operation]) -> Self {
        Self { reads, ..self }
    }

    /// Whether it is about a key, or the family of it.
    fn is_of(&self, key: &str) -> bool {
        let family = || self.key.strip_suffix('*').filter(|family| family.ends_with(['/', ':']));
        self.key.eq_ignore_ascii_case(key)
            || family()
                .is_some_and(|family| key.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)))
    }
}

/// The service that judges a request: some keys are its own, and some it sees in another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The writer's requests to the bucket.
    S3,
    /// S3's requests to the key, on Sailthru's behalf.
    Kms,
}

impl Service {
    fn rows(self) -> impl Iterator<Item = &'static Row> {
        let own = match self {
            Self::S3 => s3_keys::KEYS,
            Self::Kms => kms_keys::KEYS,
        };
        own.iter().chain(WRITER_KEYS)
    }

    fn row(self, key: &str) -> Option<&'static Row> {
        self.rows().find(|row| row.key.eq_ignore_ascii_case(key)).or_else(|| self.rows().find(|row| row.is_of(key)))
    }

    /// Why a key is taken as it is: the source of its row, where one knows it.
    pub(crate) fn source_of(self, key: &str) -> Option<&'static str> {
        self.row(key).map(|row| row.source)
    }

    /// Whether the owner can look up what the key's state is, and this check does not.
    pub(crate) fn is_own(self, key: &str) -> bool {
        self.row(key).is_some_and(|row| row.basis == Basis::Own)
    }

    /// What could not be read of all that a key's state follows from.
    pub fn gaps<'a>(self, snapshot: &'a Snapshot, key: &str) -> impl Iterator<Item = Gap<'a>> {
        let reads = self.row(key).map_or(&[][..], |row| row.reads);
        reads.iter().filter_map(|operation| snapshot.gap(*operation))
    }

    /// A request of which nothing is taken as given: the vendor may be in any VPC and organization. An answer that differs
    /// rests on the assumption that it is in none of the customer's (docs/design/evaluation.md#the-request).
    pub(crate) fn without_assumption(self, request: &Request) -> Request {
        let mut request = request.clone();
        for row in self.rows().filter(|row| row.basis == Basis::Assumed) {
            request.context.set(row.key, KeyState::Unknown);
        }
        request
    }
}

pub(super) fn absent(_: &Facts<'_>) -> KeyState {
    KeyState::Absent
}

pub(super) fn unknown(_: &Facts<'_>) -> KeyState {
    KeyState::Unknown
}

pub(super) fn present(_: &Facts<'_>) -> KeyState {
    KeyState::Present
}
