//! What a check comes to, and a whole report.

use serde::{Deserialize, Serialize};

/// The status of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// What the check wants was seen to hold.
    Pass,
    /// It was seen not to hold.
    Fail,
    /// Works today but is unsafe, or recommended and missing.
    Warn,
    /// Could not be decided.
    Unknown,
    /// Does not apply, or was waived.
    Skip,
}

impl Status {
    /// As in JSON and text: `pass`, `fail`, `warn`, `unknown`, `skip`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unknown => "unknown",
            Self::Skip => "skip",
        }
    }

    /// How bad it is.
    pub(crate) fn badness(self) -> u8 {
        match self {
            Self::Pass | Self::Skip => 0,
            Self::Warn => 1,
            Self::Unknown => 2,
            Self::Fail => 3,
        }
    }
}

/// How the status was determined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// It was done against the service.
    Live,
    /// Worked out from policies.
    Evaluated,
    /// A setting, as the service answered.
    Read,
    /// AWS recorded it.
    Observed,
}

impl Basis {
    /// As in JSON and text: `live`, `evaluated`, `read`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Evaluated => "evaluated",
            Self::Read => "read",
            Self::Observed => "observed",
        }
    }
}

/// The verdict of a whole report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ReportVerdict {
    /// No check failed and every required one was decided.
    Pass,
    /// At least one check failed.
    Fail,
    /// None failed, but a required one could not be decided.
    Unknown,
}

impl ReportVerdict {
    /// The status of a check that is as good or as bad.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Pass => Status::Pass,
            Self::Fail => Status::Fail,
            Self::Unknown => Status::Unknown,
        }
    }

    /// As in JSON and text: `pass`, `fail`, `unknown`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.status().as_str()
    }
}

/// How many checks have each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Warnings.
    pub warn: usize,
    /// Undecided.
    pub unknown: usize,
    /// Not applicable or waived.
    pub skip: usize,
}
