//! What a look at the bucket's data saw: the newest files, table by table. It is never kept in a snapshot's file, since
//! it is old the next minute.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ReadFailure;
use super::observations::Uploaded;

/// One look at the data in the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When, by the service's clock.
    pub at: Timestamp,
    /// The tables in which data of the vendor's shape was seen; for Data Exporter one, the agreed path.
    pub tables: Vec<TableSeen>,
    /// Lists that were refused or failed.
    pub failures: Vec<ReadFailure>,
    /// The bound that was reached before everything was seen, as a clause: `the first 10 pages of the bucket`.
    pub bound: Option<String>,
    /// How the newest file is encrypted, where there is one.
    pub newest_encryption: Option<Result<Uploaded, ReadFailure>>,
}

/// A table, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableSeen {
    /// Its name: the bucket's top-level folder.
    pub name: String,
    /// The newest of the files that were listed.
    pub newest: Option<DataFile>,
    /// The hours of a lookup table that have a folder, today, yesterday and two days back.
    pub hours: BTreeSet<(Date, i8)>,
}

/// A file of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its key.
    pub key: String,
    /// When it was written, as S3 says.
    pub modified: Timestamp,
    /// In bytes.
    pub size: u64,
}

impl Look {
    /// The newest file of all tables.
    #[must_use]
    pub fn newest(&self) -> Option<&DataFile> {
        self.tables.iter().filter_map(|table| table.newest.as_ref()).max_by_key(|file| file.modified)
    }
}
