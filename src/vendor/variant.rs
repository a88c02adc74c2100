//! The variants of the connection: who writes, what is required, which keys, which path. One entry each; everything
//! that depends on the variant is read from here.
//!
//! Source: <https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/>; docs/design/connection.md has the
//! same table in words.

use std::fmt;

use jiff::SignedDuration;

use super::VendorAction;

macro_rules! variants {
    ($($(#[$doc:meta])* $name:ident: $rules:expr;)*) => {
        /// Which of the vendor's features the bucket is connected to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum Variant {
            $($(#[$doc])* $name,)*
        }

        impl Variant {
            /// All of them, in the order of the vendor's page.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// What holds for it.
            #[must_use]
            pub const fn rules(self) -> &'static VariantRules {
                match self {
                    $(Self::$name => &$rules,)*
                }
            }
        }
    };
}

/// What holds for a variant.
#[derive(Debug)]
pub struct VariantRules {
    /// As on the command line.
    pub name: &'static str,
    /// The ARN of the principal that writes.
    pub writer: &'static str,
    /// The root ARN of the account that the vendor's sample grants as a whole, where it does.
    pub documented_account: Option<&'static str>,
    /// How much Sailthru needs to list the bucket.
    pub list: Need,
    /// How much it needs to delete objects.
    pub delete: Need,
    /// How much the bucket policy needs the Deny of plain HTTP.
    pub deny_plain_http: Need,
    /// Keys such as it writes, below the agreed path where there is one.
    pub sample_keys: &'static [&'static str],
    /// What an agreed path means.
    pub export_path: ExportPath,
    /// When data comes, and how it is known.
    pub data: DataRhythm,
}

/// When a variant's data comes, and how it is known; docs/design/evidence.md has the sources.
#[derive(Debug, Clone, Copy)]
pub struct DataRhythm {
    /// What counts as data.
    pub shape: DataShape,
    /// How young the newest file is while data flows.
    pub freshness: SignedDuration,
    /// How long to wait for the first data.
    pub window: SignedDuration,
}

/// What counts as a variant's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataShape {
    /// What lies in folders of the shape of Event Stream's tables.
    Tables,
    /// Anything below the agreed path.
    BelowPath,
}

/// Event Stream writes every hour, and begins within two.
const HOURLY: DataRhythm = DataRhythm {
    shape: DataShape::Tables,
    freshness: SignedDuration::from_hours(2),
    window: SignedDuration::from_hours(3),
};

/// Data Exporter writes once a day, and begins the morning after.
const DAILY: DataRhythm = DataRhythm {
    shape: DataShape::BelowPath,
    freshness: SignedDuration::from_hours(36),
    window: SignedDuration::from_hours(48),
};

/// Whether the check fails or warns when something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It fails.
    Required,
    /// It warns.
    Recommended,
}

/// What an agreed path means for a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportPath {
    /// Nothing but this path is written.
    Only,
    /// It is written, and so is the rest of the bucket.
    Beside,
    /// There is none: the whole bucket is written.
    None,
}

/// The role that Event Stream writes as.
const EVENT_STREAM_ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";

/// Keys such as Event Stream writes: of an event table, and of a lookup table, which comes whole every hour.
/// <https://getstarted.sailthru.com/analytics/stc/event-stream-data-sets/>
const EVENT_STREAM_KEYS: &[&str] = &[
    "campaign_send/dt=20261123/client_id=3386/part-0000.csv",
    "campaign/dt=20261123/hr=18/client_id=3386/part-0000.csv",
];

variants! {
    /// Event Stream and Data Exporter together.
    #[default]
    Joint: VariantRules {
        name: "joint",
        writer: EVENT_STREAM_ROLE,
        documented_account: None,
        list: Need::Required,
        delete: Need::Required,
        deny_plain_http: Need::Required,
        sample_keys: EVENT_STREAM_KEYS,
        export_path: ExportPath::Beside,
        data: HOURLY,
    };
    /// Event Stream alone.
    EventStream: VariantRules {
        name: "event-stream",
        writer: EVENT_STREAM_ROLE,
        documented_account: Some("arn:aws:iam::099647660399:root"),
        list: Need::Required,
        delete: Need::Required,
        deny_plain_http: Need::Recommended,
        sample_keys: EVENT_STREAM_KEYS,
        export_path: ExportPath::None,
        data: HOURLY,
    };
    /// Data Exporter alone.
    DataExporter: VariantRules {
        name: "data-exporter",
        writer: "arn:aws:iam::728023223659:user/integ",
        documented_account: None,
        list: Need::Recommended,
        delete: Need::Recommended,
        deny_plain_http: Need::Recommended,
        sample_keys: &["export.csv"],
        export_path: ExportPath::Only,
        data: DAILY,
    };
}

impl Variant {
    /// As on the command line, such as `event-stream`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.rules().name
    }

    /// The ARNs of every principal of the vendor's, of any variant.
    pub(crate) fn principals() -> Vec<&'static str> {
        let mut principals = Vec::new();
        for rules in Self::ALL.into_iter().map(Self::rules) {
            for arn in [Some(rules.writer), rules.documented_account].into_iter().flatten() {
                if !principals.contains(&arn) {
                    principals.push(arn);
                }
            }
        }
        principals
    }
}

impl VariantRules {
    /// How much Sailthru needs to make a request.
    pub(crate) const fn need(&self, action: VendorAction) -> Need {
        match action {
            VendorAction::List => self.list,
            VendorAction::Put { .. } => Need::Required,
            VendorAction::Delete => self.delete,
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
