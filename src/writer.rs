//! The writer's requests: what is known of every condition key when the vendor writes.
//!
//! One row a key, as section 3 of the fact sheet gives it with the rulings of evaluation.md, section 2. A key that no row
//! knows is unknown.

use jiff::Timestamp;

use crate::connection::{
    Connection, DATA_EXPORTER_SAMPLE_FILE, DATA_EXPORTER_USER, EVENT_STREAM_ACCOUNT, EVENT_STREAM_ROLE,
    EVENT_STREAM_SAMPLE_KEYS, PROBE_KEY, Variant, Writer,
};
use crate::names::{Arn, partition_of_region};
use crate::policy::principal::Identity;
use crate::policy::{Context, Foreign, KeyState, Principal, Request};
use crate::snapshot::{Fact, Gap, Snapshot};

mod kms_keys;
mod s3_keys;

/// Everything that a request's context follows from.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What is expected.
    pub connection: &'a Connection,
    /// What was read.
    pub snapshot: &'a Snapshot,
}

/// What the writer does in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// `ListObjectsV2`.
    List,
    /// A plain put, or the end of a multipart upload, which make the object; or one of the other steps of a multipart
    /// upload, which do not.
    Put {
        /// `s3:ObjectCreationOperation`.
        creates_object: bool,
    },
    /// `DeleteObject`.
    Delete,
}

impl Deed {
    /// The IAM action that it needs.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::List => "s3:ListBucket",
            Self::Put { .. } => "s3:PutObject",
            Self::Delete => "s3:DeleteObject",
        }
    }
}

/// One row of a table: a key, its state, and where that is documented.
struct Row {
    key: &'static str,
    state: fn(&Facts<'_>) -> KeyState,
    source: &'static str,
    /// The operations that the state is read from.
    reads: &'static [&'static str],
}

const fn row(key: &'static str, state: fn(&Facts<'_>) -> KeyState, source: &'static str) -> Row {
    Row { key, state, source, reads: &[] }
}

impl Row {
    const fn from(self, reads: &'static [&'static str]) -> Self {
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
    /// S3's requests to the key, on the writer's behalf.
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
    #[must_use]
    pub fn source_of(self, key: &str) -> Option<&'static str> {
        self.row(key).map(|row| row.source)
    }

    /// What could not be read of all that a key's state follows from.
    pub fn gaps<'a>(self, snapshot: &'a Snapshot, key: &str) -> impl Iterator<Item = Gap<'a>> {
        let reads = self.row(key).map_or(&[][..], |row| row.reads);
        reads.iter().filter_map(|operation| snapshot.gap(operation))
    }

    /// A request of which nothing is taken as given: the vendor may be in any VPC and organization. An answer that differs
    /// rests on the ruling that it is in none of the customer's (evaluation.md, section 2).
    #[must_use]
    pub fn without_assumption(self, request: &Request) -> Request {
        let mut request = request.clone();
        for row in self.rows().filter(|row| row.source.starts_with(FOREIGN)) {
            request.context.set(row.key, KeyState::Unknown);
        }
        request
    }
}

fn absent(_: &Facts<'_>) -> KeyState {
    KeyState::Absent
}

fn unknown(_: &Facts<'_>) -> KeyState {
    KeyState::Unknown
}

fn present(_: &Facts<'_>) -> KeyState {
    KeyState::Present
}

/// What one request's keys follow from.
struct Facts<'a> {
    setting: Setting<'a>,
    writer: &'a Writer,
    /// What the writer does in the bucket.
    deed: Deed,
    /// The object that it does it to.
    object_key: &'a str,
    /// Of a request to KMS: `DescribeKey` encrypts nothing and carries no encryption context.
    describes: bool,
}

impl<'a> Setting<'a> {
    /// The principals whose requests decide: those of `--principal`, else the variant's own writer.
    #[must_use]
    pub fn writers(&self) -> Vec<Writer> {
        if !self.connection.principals.is_empty() {
            return self.connection.principals.clone();
        }
        let arn = match self.connection.variant {
            Variant::Joint | Variant::EventStream => EVENT_STREAM_ROLE,
            Variant::DataExporter => DATA_EXPORTER_USER,
        };
        Writer::parse(arn).into_iter().collect()
    }

    /// The account as a whole, which the Event-Stream-only sample grants beside the role.
    #[must_use]
    pub fn documented_account(&self) -> Option<Writer> {
        let own = self.connection.variant == Variant::EventStream && self.connection.principals.is_empty();
        own.then(|| Writer::parse(EVENT_STREAM_ACCOUNT).ok()).flatten()
    }

    /// The ARN of the bucket, in the partition of its region.
    #[must_use]
    pub fn bucket_arn(&self) -> String {
        let partition = self.snapshot.region.as_deref().map_or("aws", partition_of_region);
        format!("arn:{partition}:s3:::{}", self.snapshot.bucket)
    }

    /// The keys that stand for all that the variant writes.
    #[must_use]
    pub fn object_keys(&self) -> Vec<String> {
        let connection = self.connection;
        let event_stream = || EVENT_STREAM_SAMPLE_KEYS.iter().map(|key| (*key).to_owned());
        let top_level = || std::iter::once(PROBE_KEY.to_owned());
        match (connection.variant, &connection.export_path) {
            (Variant::Joint | Variant::EventStream, _) => top_level().chain(event_stream()).collect(),
            (Variant::DataExporter, Some(path)) => vec![format!("{path}{DATA_EXPORTER_SAMPLE_FILE}")],
            (Variant::DataExporter, None) => top_level().chain([DATA_EXPORTER_SAMPLE_FILE.to_owned()]).collect(),
        }
    }

    /// The request of one deed; `object_key` is left out of account when listing.
    #[must_use]
    pub fn bucket_request(&self, writer: &Writer, deed: Deed, object_key: &str) -> Request {
        let facts = Facts { setting: *self, writer, deed, object_key, describes: false };
        let mut context = context_of([WRITER_KEYS, s3_keys::KEYS], &facts);
        for tag in s3_keys::tags(self) {
            for family in ["aws:ResourceTag", "s3:BucketTag"] {
                context.set(&format!("{family}/{}", tag.key), KeyState::known(&tag.value));
            }
        }
        let bucket = self.bucket_arn();
        let resource = if deed == Deed::List { bucket } else { format!("{bucket}/{object_key}") };
        Request::new(principal(writer), deed.action(), &resource, self.owner_account(), context)
    }

    /// S3's request to KMS on the writer's behalf, while it handles `object_key`.
    #[must_use]
    pub fn key_request(&self, writer: &Writer, action: &str, object_key: &str) -> Request {
        kms_keys::request(self, writer, action, object_key)
    }

    /// The encryption context that S3 sends to KMS while it handles `object_key`: the value of `aws:s3:arn`.
    #[must_use]
    pub fn encryption_context(&self, object_key: &str) -> String {
        kms_keys::encryption_context(self, object_key)
    }

    /// The account that owns the bucket: the caller's, where `GetBucketPolicy` was answered (it is refused with 405 to others).
    #[must_use]
    pub fn owner_account(&self) -> Option<&'a str> {
        let answered = matches!(self.snapshot.policy_in_force(), Fact::Found(_) | Fact::Absent(_));
        self.snapshot.caller.found().filter(|_| answered)?.account.as_deref()
    }

    /// The full ARN of the key that the default encryption names, where it is known: not that of a key that is planned.
    #[must_use]
    pub fn default_key_arn(&self) -> Option<String> {
        let described = self.snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
        described.filter(|arn| !arn.contains("${")).or_else(|| {
            let named = self.snapshot.default_encryption()?.kms_master_key_id.clone()?;
            Arn::parse(&named).ok().filter(|arn| arn.resource.starts_with("key/"))?;
            Some(named)
        })
    }
}

/// How the source of a key begins whose state rests on a ruling of ours: the vendor is in none of the customer's VPCs and
/// organizations.
const FOREIGN: &str = "taken as given: ";

/// How the source of a key begins that the owner can look up, and this check does not.
pub const OWN: &str = "your own: ";

/// Who makes the writer's requests.
#[must_use]
pub fn principal(writer: &Writer) -> Principal {
    let identity =
        |arn: &Arn| Identity { arn: arn.to_string(), partition: arn.partition.clone(), account: arn.account.clone() };
    match writer {
        Writer::Role(arn) => Principal::Role(identity(arn)),
        Writer::User(arn) => Principal::User(identity(arn)),
        Writer::Account { arn, account } => {
            Principal::AnyOf { partition: arn.partition.clone(), account: account.as_str().to_owned() }
        }
        Writer::Session(arn) => {
            let role = arn.resource.split('/').nth(1).unwrap_or_default();
            let role = format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account);
            Principal::Session { session: identity(arn), role }
        }
    }
}

fn context_of(tables: [&[Row]; 2], facts: &Facts<'_>) -> Context {
    let mut context = Context::new(KeyState::Unknown);
    for row in tables.into_iter().flatten() {
        context.set(row.key, (row.state)(facts));
    }
    context
}

/// Keys that say who asks, from where and when: the same for S3's and KMS's requests.
static WRITER_KEYS: &[Row] = &[
    row("aws:SecureTransport", |_| KeyState::known("true"), "IAM condition keys, aws:SecureTransport; FAQ 1: TLS only"),
    row("aws:userid", present, "IAM condition keys, aws:userid: always there, the vendor's own"),
    row("aws:username", username, "IAM policy variables, principal table: users only"),
    row("aws:PrincipalOrgID", foreign, "taken as given: the vendor is in none of your organizations"),
    row("aws:PrincipalOrgPaths", foreign, "taken as given: the vendor is in none of your organizations"),
    row("aws:PrincipalTag/*", unknown, "IAM condition keys, aws:PrincipalTag: the vendor's own"),
    row(
        "aws:PrincipalIsAWSService",
        |_| KeyState::known("false"),
        "IAM condition keys, aws:PrincipalIsAWSService: on all signed calls",
    ),
    row("aws:PrincipalServiceName", absent, "IAM condition keys: AWS services only"),
    row("aws:PrincipalServiceNamesList", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceArn", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceAccount", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOwner", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOrgID", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOrgPaths", absent, "IAM condition keys: AWS services only"),
    row(
        "aws:SourceIp",
        |_| KeyState::Excluded(Foreign::PublicAddress),
        "IAM condition keys, aws:SourceIp: public addresses only, absent through a VPC endpoint",
    ),
    row(
        "aws:MultiFactorAuthPresent",
        multi_factor,
        "IAM condition keys, aws:MultiFactorAuthPresent: nobody types a code for a scheduled job",
    ),
    row("aws:MultiFactorAuthAge", absent, "IAM condition keys, aws:MultiFactorAuthAge: only with MFA"),
    row("aws:TokenIssueTime", token_issue_time, "IAM condition keys, aws:TokenIssueTime: temporary credentials only"),
    row("aws:FederatedProvider", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("aws:SourceIdentity", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("aws:Ec2InstanceSourceVpc", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("aws:Ec2InstanceSourcePrivateIPv4", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("ec2:SourceInstanceArn", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("lambda:SourceFunctionArn", of_temporary_credentials, "IAM condition keys: Lambda role credentials only"),
    row("aws:RequestedRegion", region, "IAM condition keys, aws:RequestedRegion: the bucket's after redirects")
        .from(&["s3:HeadBucket"]),
    row("aws:RequestTag/*", absent, "IAM condition keys: tagging operations only"),
    row("aws:TagKeys", absent, "IAM condition keys: tagging operations only"),
    row(
        "aws:CurrentTime",
        |facts| KeyState::known(facts.setting.snapshot.taken_at.to_string()),
        "IAM condition keys, aws:CurrentTime; the time of the run",
    ),
    row(
        "aws:EpochTime",
        |facts| epoch(facts.setting.snapshot.taken_at),
        "IAM condition keys, aws:EpochTime; the time of the run",
    ),
    row("aws:UserAgent", present, "IAM condition keys, aws:UserAgent: not published by the vendor"),
    row("aws:Referer", absent, "IAM condition keys, aws:referer: not for programmatic calls"),
];

fn foreign(_: &Facts<'_>) -> KeyState {
    KeyState::Excluded(Foreign::Identifier { vendor: Vec::new() })
}

/// Identifiers of accounts: the vendor's own may well be named.
fn foreign_account(writer: &Writer) -> KeyState {
    KeyState::Excluded(Foreign::Identifier { vendor: vec![writer.arn().account.clone()] })
}

fn username(facts: &Facts<'_>) -> KeyState {
    match facts.writer {
        Writer::User(arn) => KeyState::known(arn.resource.rsplit('/').next().unwrap_or_default()),
        Writer::Role(_) | Writer::Session(_) => KeyState::Absent,
        Writer::Account { .. } => KeyState::Unknown,
    }
}

fn multi_factor(facts: &Facts<'_>) -> KeyState {
    match facts.writer {
        Writer::User(_) => KeyState::Absent,
        Writer::Role(_) | Writer::Session(_) | Writer::Account { .. } => KeyState::known("false"),
    }
}

fn token_issue_time(facts: &Facts<'_>) -> KeyState {
    match facts.writer {
        Writer::User(_) => KeyState::Absent,
        Writer::Role(_) | Writer::Session(_) => KeyState::Present,
        Writer::Account { .. } => KeyState::Unknown,
    }
}

fn of_temporary_credentials(facts: &Facts<'_>) -> KeyState {
    match facts.writer {
        Writer::User(_) => KeyState::Absent,
        Writer::Role(_) | Writer::Session(_) | Writer::Account { .. } => KeyState::Unknown,
    }
}

fn region(facts: &Facts<'_>) -> KeyState {
    facts.setting.snapshot.region.as_deref().map_or(KeyState::Present, KeyState::known)
}

fn epoch(time: Timestamp) -> KeyState {
    KeyState::known(time.as_second().to_string())
}
