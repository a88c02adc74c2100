//! What to read, where, as whom, and what to do beside it.

use std::time::Duration;

use crate::names::{AccountId, Arn, BucketName};
use crate::snapshot::Operation;
use crate::vendor::{Connection, DataShape};

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
    /// The reads that are wanted; none for all. Where the bucket is and who asks is always asked.
    pub reads: Option<Vec<Operation>>,
    /// How to do the probe; none to leave it out.
    pub probe: Option<ProbeSettings>,
    /// What evidence to look for beside the settings; none to leave it.
    pub evidence: Option<Evidence>,
    /// Whether to send a request over plain HTTP, to see it refused.
    pub plain_http: bool,
    /// How long the whole run may take; none for no limit beyond each request's own.
    pub timeout: Option<Duration>,
}

/// Evidence that data flows, and of who writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What counts as data; none where it looks like anything else.
    pub(super) sought: Option<Sought>,
    /// The accounts that count as the vendor's, whose acts are looked for.
    pub(super) vendor: Vec<String>,
}

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    /// Event Stream's tables, by the shape of their folders.
    Tables,
    /// Anything below a path.
    Below(String),
}

impl Settings {
    /// The options that make the AWS CLI do as this run does, in this region.
    pub(super) fn aws_options(&self, region: &str) -> Vec<String> {
        let profile = self.profile.iter().flat_map(|profile| ["--profile", profile]);
        let endpoint_url = self.endpoint_url.iter().flat_map(|url| ["--endpoint-url", url]);
        ["--region", region].into_iter().chain(profile).chain(endpoint_url).map(str::to_owned).collect()
    }
}

impl Evidence {
    /// What to look for in the bucket of a connection.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let sought = match connection.variant.rules().data.shape {
            DataShape::BelowPath => connection.export_path.clone().map(Sought::Below),
            DataShape::Tables => Some(Sought::Tables),
        };
        let arns = connection.principal_arns();
        let vendor = arns.iter().filter_map(|arn| Arn::parse(arn).ok()).map(|arn| arn.account).collect();
        Self { sought, vendor }
    }
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
