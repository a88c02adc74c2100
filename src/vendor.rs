//! The vendor as data: who writes, what each variant needs, which key the probe uses.
//!
//! Source: the vendor's page "S3 Bucket Policy Information"
//! (<https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/>).

use std::fmt;

use crate::names::{AccountId, Arn, BucketName, InvalidName, KeyArn};

pub mod documents;
mod kms_action;
pub mod requests;

pub use kms_action::KmsAction;

/// The object that the vendor, and our probe, uploads and deletes at the top of the bucket.
pub const PROBE_KEY: &str = "_ACCESS_CONFIRMATION";

/// The role that Event Stream writes as.
pub const EVENT_STREAM_ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";
/// The account of that role, as the Event-Stream-only sample grants it.
pub const EVENT_STREAM_ACCOUNT: &str = "arn:aws:iam::099647660399:root";
/// The user that Data Exporter writes as.
pub const DATA_EXPORTER_USER: &str = "arn:aws:iam::728023223659:user/integ";
/// The partition in which these principals exist.
pub const PARTITION: &str = "aws";
/// Keys such as Event Stream writes: an event's, and a lookup's with its hour folder.
pub const EVENT_STREAM_SAMPLE_KEYS: [&str; 2] = [
    "campaign_send/dt=20261123/client_id=3386/part-0000.csv",
    "campaign_lookup/dt=20261123/hour=18/client_id=3386/part-0000.csv",
];
/// A file name such as Data Exporter puts under the agreed path.
pub const DATA_EXPORTER_SAMPLE_FILE: &str = "export.csv";

/// A question of the vendor's FAQ, by its number, in our words.
#[must_use]
pub fn faq_question(number: u8) -> &'static str {
    match number {
        1 => "Is data encrypted in transit?",
        2 => "Is data encrypted at rest?",
        3 => "What does KMS default encryption need?",
        _ => "Should the bucket be public?",
    }
}

/// Which of the vendor's features the bucket is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variant {
    /// Event Stream and Data Exporter together.
    #[default]
    Joint,
    /// Event Stream alone.
    EventStream,
    /// Data Exporter alone.
    DataExporter,
}

impl Variant {
    /// All three, in the order of the vendor's page.
    pub const ALL: [Self; 3] = [Self::Joint, Self::EventStream, Self::DataExporter];

    /// As on the command line: `joint`, `event-stream`, `data-exporter`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Joint => "joint",
            Self::EventStream => "event-stream",
            Self::DataExporter => "data-exporter",
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A principal of the vendor's, as IAM names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Writer {
    /// A role, whose sessions write.
    Role(Arn),
    /// A user with access keys.
    User(Arn),
    /// Any principal of an account (given as the account's root ARN).
    Account {
        /// The root ARN.
        arn: Arn,
        /// The account.
        account: AccountId,
    },
    /// One session of a role (`arn:aws:sts::…:assumed-role/ROLE/SESSION`).
    Session(Arn),
}

impl Writer {
    /// Reads a role's, user's, role session's or account root's ARN.
    ///
    /// # Errors
    /// When the ARN is of anything else, or its account is not twelve digits.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let arn = Arn::parse(text)?;
        let account = AccountId::parse(&arn.account)?;
        match (arn.service.as_str(), arn.resource.as_str()) {
            ("iam", "root") => Ok(Self::Account { arn, account }),
            ("iam", resource) if resource.starts_with("role/") && resource.len() > 5 => Ok(Self::Role(arn)),
            ("iam", resource) if resource.starts_with("user/") && resource.len() > 5 => Ok(Self::User(arn)),
            ("sts", resource) if resource.starts_with("assumed-role/") => Ok(Self::Session(arn)),
            _ => Err(InvalidName(format!(
                "`{text}` is not a principal that can write: give the ARN of a role, a user or an account root"
            ))),
        }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Role(arn) | Self::User(arn) | Self::Session(arn) | Self::Account { arn, .. } => arn,
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn().fmt(formatter)
    }
}

/// What the owner expects of the connection: everything that was said on the command line and that a check may ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The bucket.
    pub bucket: BucketName,
    /// The variant.
    pub variant: Variant,
    /// The path agreed for Data Exporter, ending in `/`; none for the whole bucket.
    pub export_path: Option<String>,
    /// The principals given with `--principal`; empty for the vendor's own.
    pub principals: Vec<Writer>,
    /// The key that the default encryption is expected to name.
    pub kms_key: Option<KeyArn>,
    /// The account that is expected to own the bucket.
    pub expected_owner: Option<AccountId>,
}

impl Connection {
    /// The joint connection of a bucket, with nothing else said.
    #[must_use]
    pub fn new(bucket: BucketName) -> Self {
        Self {
            bucket,
            variant: Variant::Joint,
            export_path: None,
            principals: Vec::new(),
            kms_key: None,
            expected_owner: None,
        }
    }

    /// The ARNs of the principals that are judged, as the report's subject names them: those given with
    /// `--principal`, else the variant's own.
    #[must_use]
    pub fn principal_arns(&self) -> Vec<String> {
        if !self.principals.is_empty() {
            return self.principals.iter().map(ToString::to_string).collect();
        }
        match self.variant {
            Variant::Joint => vec![EVENT_STREAM_ROLE.to_owned()],
            Variant::EventStream => vec![EVENT_STREAM_ROLE.to_owned(), EVENT_STREAM_ACCOUNT.to_owned()],
            Variant::DataExporter => vec![DATA_EXPORTER_USER.to_owned()],
        }
    }
}
