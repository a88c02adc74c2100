//! The AWS edge: asks each question once and hands the answers over as plain data.
//!
//! Everything that touches the network is here: the clients, the reads (`collect`), the probe (`probe`) and the
//! plain-HTTP request (`transport`). No judgement is passed.

use std::time::Duration;

use crate::live::Live;
use crate::names::{AccountId, BucketName};
use crate::snapshot::Snapshot;

pub use run::Run;

#[expect(dead_code, reason = "the reads that use the rest come next")]
mod run;

/// What to read, where, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: BucketName,
    /// The region that the user says the bucket is in; none to find out.
    pub region: Option<String>,
    /// The profile of the AWS configuration files; none for the default chain's own choice.
    pub profile: Option<String>,
    /// Where every request goes instead of AWS (`--endpoint-url`); `AWS_ENDPOINT_URL…` is read from the environment.
    pub endpoint_url: Option<String>,
    /// The account that must own the bucket; goes with every request that takes it.
    pub expected_owner: Option<AccountId>,
    /// How to do the probe; none with `--no-probe`.
    pub probe: Option<ProbeSettings>,
    /// How long the whole run may take; none for no limit beyond each request's own.
    pub timeout: Option<Duration>,
}

/// How to do the probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProbeSettings {
    /// The ARN of a role to assume for upload and delete.
    pub role_arn: Option<String>,
    /// What that role's trust policy asks for.
    pub external_id: Option<String>,
    /// Whether to try a multipart upload as well.
    pub multipart: bool,
}

/// Everything that one run learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// What was read.
    pub snapshot: Snapshot,
    /// What was done.
    pub live: Live,
    /// The one cause of most failures, and what to run against it: expired credentials, no connection, a proxy.
    pub notice: Option<String>,
    /// What the probe left in the bucket and could not take away again, with the command that removes it.
    pub left_behind: Option<String>,
}

/// Why nothing could be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The chain of credential providers came to its end.
    #[error(
        "no AWS credentials were found: run `aws configure` or `aws sso login`, set `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY`, or name a profile with `--profile`"
    )]
    NoCredentials,
    /// No configuration file has this profile.
    #[error("the AWS profile `{name}` does not exist; {known}")]
    UnknownProfile {
        /// As it was asked for.
        name: String,
        /// A clause that lists those there are.
        known: String,
    },
    /// A configuration file cannot be used.
    #[error("the AWS configuration cannot be used: {0}")]
    Configuration(String),
}

/// Reads everything and does the probe.
///
/// `run` is shared with the shell, which may stop it early (the probe then cleans up first) and ask what it waits for.
///
/// # Errors
/// When there are no credentials at all, or the AWS configuration cannot be used. Whatever fails later is a fact of
/// the snapshot, never an error.
pub async fn gather(settings: &Settings, run: &Run) -> Result<Gathered, Error> {
    let _ = run;
    tokio::task::yield_now().await;
    Ok(Gathered {
        snapshot: Snapshot::new(settings.bucket.as_str(), settings.region.as_deref(), jiff::Timestamp::now()),
        live: Live::nothing("this version reads nothing yet"),
        notice: None,
        left_behind: None,
    })
}
