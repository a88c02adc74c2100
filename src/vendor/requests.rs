//! The writer's requests: what is known of every condition key when the vendor writes.
//!
//! One row a key, as in docs/design/aws-facts.md#condition-keys. A key that no row knows is unknown.

use crate::names::Arn;
use crate::policy::principal::{Identity, SessionRole};
use crate::policy::{KeyState, Principal, Request};
use crate::snapshot::{Fact, Snapshot};
use crate::vendor::{Connection, ExportPath, PROBE_KEY, Writer};

mod kms_keys;
mod organization;
mod s3_keys;
mod state;
mod table;

pub use table::Service;

/// Everything that a request's context follows from.
#[derive(Debug, Clone, Copy)]
pub struct VendorRequests<'a> {
    /// What is expected.
    pub connection: &'a Connection,
    /// What was read.
    pub snapshot: &'a Snapshot,
}

/// What Sailthru does in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VendorAction {
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

impl VendorAction {
    /// Everything that an upload needs: a plain put, and every step of a multipart upload.
    pub const UPLOADS: [Self; 2] = [Self::Put { creates_object: true }, Self::Put { creates_object: false }];

    /// The IAM action that it needs.
    pub(crate) const fn iam_action(self) -> &'static str {
        match self {
            Self::List => "s3:ListBucket",
            Self::Put { .. } => "s3:PutObject",
            Self::Delete => "s3:DeleteObject",
        }
    }
}

/// What one request's keys follow from.
struct Facts<'a> {
    vendor: VendorRequests<'a>,
    writer: &'a Writer,
    /// What Sailthru does in the bucket.
    action: VendorAction,
    /// The object that it does it to.
    object_key: &'a str,
    /// Of a request to KMS: `DescribeKey` encrypts nothing and carries no encryption context.
    describes: bool,
}

impl<'a> VendorRequests<'a> {
    /// The principals whose requests decide: those of `--principal`, else the variant's own writer.
    pub(crate) fn writers(&self) -> Vec<Writer> {
        if !self.connection.principals.is_empty() {
            return self.connection.principals.clone();
        }
        Writer::parse(self.connection.variant.rules().writer).into_iter().collect()
    }

    /// The account that the vendor's sample grants as a whole, where it does.
    pub(crate) fn documented_account(&self) -> Option<Writer> {
        let account = self.connection.variant.rules().documented_account?;
        Writer::parse(account).ok().filter(|_| self.connection.principals.is_empty())
    }

    /// The ARN of the bucket, in the partition of its region.
    pub(crate) fn bucket_arn(&self) -> String {
        self.snapshot.bucket_arn()
    }

    /// Sample keys for all that the variant writes.
    pub(crate) fn object_keys(&self) -> Vec<String> {
        let below = |path: &str| {
            let keys = self.connection.variant.rules().sample_keys.iter();
            keys.map(|key| format!("{path}{key}")).collect::<Vec<_>>()
        };
        match self.export_path() {
            Some(path) => below(path),
            None => [vec![PROBE_KEY.to_owned()], below("")].concat(),
        }
    }

    /// Keys of tables that no text of these names. Sailthru's tables are not a fixed list, so what is open to the named ones
    /// alone is not open to all that it writes; none where the variant writes no tables.
    pub(crate) fn unlisted_keys<'t>(&self, texts: &(impl Iterator<Item = &'t str> + Clone)) -> Vec<String> {
        let names = |table: &str| texts.clone().any(|text| text.contains(table));
        let table =
            (0..1_000_000).map(|number| format!("table_{number}")).find(|table| !names(table)).unwrap_or_default();
        let tables = self.connection.variant.rules().sample_keys.iter().filter_map(|key| key.split_once('/'));
        tables.map(|(_, rest)| format!("{table}/{rest}")).collect()
    }

    /// The path that the variant keeps to; none where it writes anywhere in the bucket.
    pub(crate) fn export_path(&self) -> Option<&'a str> {
        let path = self.connection.export_path.as_deref();
        path.filter(|_| self.connection.variant.rules().export_path == ExportPath::Only)
    }

    /// The request of one action; `object_key` is left out of account when listing.
    pub(crate) fn bucket_request(&self, writer: &Writer, action: VendorAction, object_key: &str) -> Request {
        let facts = Facts { vendor: *self, writer, action, object_key, describes: false };
        let mut context = Service::S3.context(&facts);
        for tag in s3_keys::tags(self) {
            for family in ["aws:ResourceTag", "s3:BucketTag"] {
                context.set(&format!("{family}/{}", tag.key), KeyState::known(&tag.value));
            }
        }
        let bucket = self.bucket_arn();
        let resource = if action == VendorAction::List { bucket } else { format!("{bucket}/{object_key}") };
        Request::new(principal(writer), action.iam_action(), &resource, self.owner_account(), context)
    }

    /// The account that owns the bucket: the caller's, where `GetBucketPolicy` was answered (it is refused with 405 to others).
    pub(crate) fn owner_account(&self) -> Option<&'a str> {
        let answered = matches!(self.snapshot.policy_in_force(), Fact::Found(_) | Fact::Absent(_));
        self.snapshot.caller_account().filter(|_| answered)
    }

    /// The full ARN of the key that the default encryption names, where it is known: not that of a key that is planned.
    pub(crate) fn default_key_arn(&self) -> Option<String> {
        let described = self.snapshot.key.found().and_then(|answer| answer.key_metadata.arn.clone());
        described.filter(|arn| !arn.contains("${")).or_else(|| {
            let named = Arn::parse(self.snapshot.named_key()?).ok()?;
            named.resource.starts_with("key/").then(|| named.to_string())
        })
    }
}

/// Who makes Sailthru's requests.
pub(crate) fn principal(writer: &Writer) -> Principal {
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
            let role = SessionRole::new(&arn.partition, &arn.account, role);
            Principal::Session { session: identity(arn), role }
        }
    }
}
