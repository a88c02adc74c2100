//! What was done against the service, besides reading its settings: the probe, the transport, and a look at the data. None of
//! it is kept in a snapshot's file: a look is old the next minute.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::snapshot::ReadFailure;

/// One step of something done live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step<T> {
    /// The service did it and answered with this.
    Done(T),
    /// It was tried and failed.
    Failed(ReadFailure),
    /// It was not tried, for this reason (a clause without a full stop).
    NotTried(String),
}

impl<T> Step<T> {
    /// A step that was not tried.
    #[must_use]
    pub fn not_tried(why: &str) -> Self {
        Self::NotTried(why.to_owned())
    }
}

/// Everything done live in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The endpoint that S3 requests went to, when it was overridden (`--endpoint-url`, `AWS_ENDPOINT_URL…`).
    pub endpoint_override: Option<String>,
    /// The options with which the AWS CLI reaches the bucket as this run did: `--region`, `--profile`, `--endpoint-url`.
    pub aws_options: Vec<String>,
    /// Whether the service confirmed the expected owner: `HeadBucket` answered without the condition, and then with
    /// it (true) or refused (false): docs/design/aws-facts.md#regions-and-names.
    pub owner_confirmed: Step<bool>,
    /// A request over plain HTTP with valid credentials, and the same over TLS.
    pub plain_http: Step<PlainHttp>,
    /// Upload, delete and look again.
    pub probe: Step<Probe>,
    /// The look at the data in the bucket, where there was one.
    pub look: Option<Look>,
    /// Whether a watch was stopped before its time was over.
    pub interrupted: bool,
}

impl Live {
    /// A run in which nothing was done, for this reason.
    #[must_use]
    pub fn nothing(reason: &str) -> Self {
        Self {
            endpoint_override: None,
            aws_options: Vec::new(),
            owner_confirmed: Step::not_tried(reason),
            plain_http: Step::not_tried(reason),
            probe: Step::not_tried(reason),
            look: None,
            interrupted: false,
        }
    }
}

/// What came of a request over plain HTTP, and of its twin over TLS, signed in the same way: each was answered, or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHttp {
    /// Over plain HTTP.
    pub plain: Result<(), ReadFailure>,
    /// Over TLS.
    pub tls: Result<(), ReadFailure>,
}

/// The probe of `_ACCESS_CONFIRMATION`, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// As whom it was done, when `--probe-role-arn` was given.
    pub role: Option<String>,
    /// What lay there before the upload: none when nothing did.
    pub leftover: Step<Option<Leftover>>,
    /// The conditional upload (`If-None-Match: *`); not tried where another object already lies under the key.
    pub upload: Step<Uploaded>,
    /// The delete of exactly what was uploaded; not tried where another object has taken its place.
    pub delete: Step<Deleted>,
    /// Whether the object was seen to be gone afterwards.
    pub gone: Step<bool>,
    /// The multipart upload of `--probe-multipart`, from start to the object's removal; none where it was not asked for.
    pub multipart: Option<Step<Uploaded>>,
}

/// An object that already lay under the probe's key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leftover {
    /// RFC 3339.
    pub last_modified: Option<String>,
    /// Its `ETag`, with the quotes.
    pub etag: Option<String>,
    /// Its version, on a versioned bucket.
    pub version_id: Option<String>,
    /// Whether its metadata says that an earlier run of this tool wrote it.
    pub written_by_stc_check: bool,
    /// Its owner, where it could be read.
    pub owner: Option<String>,
}

/// What the service answered to the upload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uploaded {
    /// Its `ETag`, with the quotes.
    pub etag: Option<String>,
    /// Its version, on a versioned bucket.
    pub version_id: Option<String>,
    /// `AES256`, `aws:kms`, `aws:kms:dsse`, or nothing where the service did not say.
    pub algorithm: Option<String>,
    /// The ARN of the key that encrypted it.
    pub kms_key: Option<String>,
    /// Whether an S3 Bucket Key was used.
    pub bucket_key: Option<bool>,
}

/// What the service answered to the delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deleted {
    /// Whether the object's newest version is now a delete marker.
    pub delete_marker: bool,
    /// The marker's version.
    pub version_id: Option<String>,
}

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
