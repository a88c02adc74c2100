//! The tables of condition keys (`condition_keys.json`): one row a key, and how the two services read them.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Facts;
use super::state::State;
use crate::policy::{Context, KeyState, Request, table};
use crate::snapshot::{Gap, Operation, Snapshot};

static TABLES: LazyLock<Tables> = LazyLock::new(|| table(include_str!("condition_keys.json")));

#[derive(Default, Deserialize)]
struct Tables {
    /// Keys that say who asks, from where and when, where the two others do not have them: the same for S3's and KMS's requests
    /// (docs/design/aws-facts.md#who-when-and-from-where).
    writer: Vec<Row>,
    /// Of Sailthru's own requests to S3 (docs/design/aws-facts.md#requests-to-s3).
    s3: Vec<Row>,
    /// Of S3's requests to KMS on Sailthru's behalf (docs/design/aws-facts.md#s3s-requests-to-kms).
    kms: Vec<Row>,
}

/// One row of a table: a key, its state, and where that is documented.
#[derive(Deserialize)]
struct Row {
    key: String,
    state: State,
    source: String,
}

impl Row {
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
    fn own_rows(self) -> &'static [Row] {
        match self {
            Self::S3 => &TABLES.s3,
            Self::Kms => &TABLES.kms,
        }
    }

    fn rows(self) -> impl Iterator<Item = &'static Row> {
        self.own_rows().iter().chain(&TABLES.writer)
    }

    fn row(self, key: &str) -> Option<&'static Row> {
        self.rows().find(|row| row.key.eq_ignore_ascii_case(key)).or_else(|| self.rows().find(|row| row.is_of(key)))
    }

    /// What is known of the keys of one request.
    pub(super) fn context(self, facts: &Facts<'_>) -> Context {
        let mut context = Context::new(KeyState::Unknown);
        for row in TABLES.writer.iter().chain(self.own_rows()) {
            context.set(&row.key, row.state.of(facts));
        }
        context
    }

    /// Why a key is taken as it is: the source of its row, where one knows it.
    pub(crate) fn source_of(self, key: &str) -> Option<&'static str> {
        self.row(key).map(|row| row.source.as_str())
    }

    /// Whether the owner can look up what the key's state is, and this check does not.
    pub(crate) fn is_own(self, key: &str) -> bool {
        self.row(key).is_some_and(|row| row.state == State::Own)
    }

    /// What could not be read of all that a key's state follows from.
    pub fn gaps<'a>(self, snapshot: &'a Snapshot, key: &str) -> impl Iterator<Item = Gap<'a>> {
        let reads: &[Operation] = self.row(key).map_or(&[], |row| row.state.reads());
        reads.iter().filter_map(|operation| snapshot.gap(*operation))
    }

    /// A request of which nothing is taken as given: the vendor may be in any VPC and organization. An answer that differs
    /// rests on the assumption that it is in none of the customer's (docs/design/evaluation.md#the-request).
    pub(crate) fn without_assumption(self, request: &Request) -> Request {
        let mut request = request.clone();
        for row in self.rows().filter(|row| row.state.is_assumed()) {
            request.context.set(&row.key, KeyState::Unknown);
        }
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_know_each_key_once() {
        let Tables { writer, s3, kms } = &*TABLES;
        assert_eq!([writer.len(), s3.len(), kms.len()], [43, 54, 34]);
        for rows in [writer, s3, kms] {
            for row in rows {
                assert_eq!(
                    rows.iter().filter(|other| other.key.eq_ignore_ascii_case(&row.key)).count(),
                    1,
                    "{}",
                    row.key
                );
                assert!(!row.source.is_empty(), "{}", row.key);
            }
        }
    }
}
