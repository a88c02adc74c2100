//! What the checks look at.

use std::cell::OnceCell;

use super::{Missing, Undecided, read};
use crate::names::{Arn, is_key_id};
use crate::policy::{Document, DocumentKind, InvalidDocument};
use crate::report::Fix;
use crate::snapshot::observations::Live;
use crate::snapshot::{Fact, Operation, PolicyText, Snapshot};
use crate::text::shell::command;
use crate::vendor::requests::VendorRequests;
use crate::vendor::{Connection, OrganizationPolicy};

/// What one check looks at: what is expected, what was read, what was done.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// What the owner expects.
    pub connection: &'a Connection,
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What was done live; none when a stored snapshot is judged.
    pub live: Option<&'a Live>,
    /// Whether requests are looked for that show why an answer is what it is.
    pub(crate) wants_witnesses: bool,
    bucket_policy: OnceCell<Result<Document, InvalidDocument>>,
    key_policy: OnceCell<Result<Document, InvalidDocument>>,
    organization_policies: OnceCell<Vec<Option<Document>>>,
}

impl<'a> Case<'a> {
    /// A case of which no policy has been parsed yet.
    #[must_use]
    pub fn new(connection: &'a Connection, snapshot: &'a Snapshot, live: Option<&'a Live>) -> Self {
        Self {
            connection,
            snapshot,
            live,
            wants_witnesses: true,
            bucket_policy: OnceCell::new(),
            key_policy: OnceCell::new(),
            organization_policies: OnceCell::new(),
        }
    }

    /// The same expectations of another snapshot.
    pub(crate) fn with_snapshot<'b>(&self, snapshot: &'b Snapshot) -> Case<'b>
    where
        'a: 'b,
    {
        let wants_witnesses = self.wants_witnesses;
        Case { wants_witnesses, ..Case::new(self.connection, snapshot, self.live) }
    }

    /// The same case for a search through many: nobody reads how each answer comes about.
    pub(crate) fn without_witnesses(&self) -> Self {
        Self { wants_witnesses: false, ..self.clone() }
    }

    /// The requests that Sailthru makes.
    pub(crate) fn vendor(&self) -> VendorRequests<'a> {
        VendorRequests { connection: self.connection, snapshot: self.snapshot }
    }

    /// The bucket policy, where there is one.
    ///
    /// # Errors
    /// When it could not be read, or AWS would refuse it.
    pub(crate) fn bucket_policy(&self) -> Result<Option<&Document>, Undecided> {
        parsed(&self.bucket_policy, &self.snapshot.bucket_policy, Operation::GetBucketPolicy, DocumentKind::Bucket)
    }

    /// The key policy.
    ///
    /// # Errors
    /// When it could not be read, or AWS would refuse it.
    pub(crate) fn key_policy(&self) -> Result<&Document, Undecided> {
        parsed(&self.key_policy, &self.snapshot.key_policy, Operation::GetKeyPolicy, DocumentKind::Key)?
            .ok_or(Undecided::NotRead(Operation::GetKeyPolicy))
    }

    /// The resource control policies that were given, with their names.
    pub(super) fn organization_policies(&self) -> impl Iterator<Item = (&'a str, &Document)> {
        let given = &self.connection.organization_policies;
        let parse = |one: &OrganizationPolicy| Document::parse(&one.text, DocumentKind::Bucket).ok();
        let documents = self.organization_policies.get_or_init(|| given.iter().map(parse).collect());
        given.iter().zip(documents).filter_map(|(one, document)| Some((one.name.as_str(), document.as_ref()?)))
    }

    /// What was done live.
    ///
    /// # Errors
    /// When nothing was, since a stored snapshot or a plan is judged.
    pub(crate) fn live(&self) -> Result<&'a Live, Undecided> {
        let judged = if self.snapshot.is_planned() { "Terraform plan" } else { "stored snapshot" };
        self.live.ok_or_else(|| Undecided::Skip(format!("a {judged} was checked, not AWS, so nothing was sent")))
    }

    /// The bucket's name.
    pub(crate) fn bucket(&self) -> &'a str {
        self.connection.bucket.as_str()
    }

    /// The accounts that write.
    pub(super) fn vendor_accounts(&self) -> Vec<String> {
        self.vendor().writers().iter().map(|writer| writer.arn().account.clone()).collect()
    }

    /// Whether AWS manages the key, as far as `DescribeKey` said.
    pub(super) fn is_key_of_aws(&self) -> bool {
        self.snapshot.key.found().is_some_and(|answer| answer.key_metadata.key_manager.as_deref() == Some("AWS"))
    }

    /// The key that default encryption is expected to name.
    pub(crate) fn expected_key(&self) -> Option<String> {
        self.connection.kms_key.as_ref().map(ToString::to_string)
    }

    /// The bucket's region.
    ///
    /// # Errors
    /// Where no answer has it.
    pub(crate) fn region(&self) -> Result<&'a str, Undecided> {
        let Some(region) = self.snapshot.region.as_deref() else {
            let head = read(&self.snapshot.head_bucket, Operation::HeadBucket);
            let planned = self.snapshot.is_planned();
            let missing = if planned { Missing::PlannedRegion } else { Missing::Region };
            return Err(head.err().filter(|_| !planned).unwrap_or(Undecided::Missing(missing)));
        };
        Ok(region)
    }

    /// A fix that `stc-check fix` writes: S3 and KMS replace a policy as a whole, they do not merge.
    pub(super) fn edit(&self, summary: impl Into<String>) -> Fix {
        Fix::new(summary, vec![self.connection.fix_command()])
    }

    /// `aws s3api OPERATION --bucket BUCKET …`, quoted; with the account that is expected to own the bucket, where one is:
    /// then S3 refuses what would touch somebody else's.
    pub(crate) fn s3api(&self, operation: &str, more: &[&str]) -> String {
        const OWNER: &str = "--expected-bucket-owner";
        let owner = self.connection.expected_owner.as_ref().filter(|_| !more.contains(&OWNER));
        let owner = owner.iter().flat_map(|owner| [OWNER, owner.as_str()]);
        let words = ["aws", "s3api", operation, "--bucket", self.bucket()];
        command(words.into_iter().chain(owner).chain(more.iter().copied()))
    }

    /// `aws kms OPERATION … --region REGION`, quoted: the region of the key that is named by its ARN, else the bucket's; it is
    /// left out where neither is known. What can be no key's id is not repeated: the AWS CLI would read `file://…` as a file.
    pub(crate) fn kms(&self, operation: &str, more: &[&str]) -> String {
        let mut words = more.to_vec();
        if let Some(key) = words.iter_mut().skip_while(|word| **word != "--key-id").nth(1).filter(|key| !is_key_id(key))
        {
            *key = "KEY_ARN";
        }
        let of_key = words.iter().find_map(|word| Arn::parse(word).ok()).filter(|arn| arn.service == "kms");
        let region = of_key.map(|arn| arn.region).or_else(|| self.snapshot.region.clone());
        let region = region.iter().flat_map(|region| ["--region", region.as_str()]);
        command(["aws", "kms", operation].into_iter().chain(words).chain(region))
    }
}

/// A policy of the snapshot, parsed when it is asked for the first time.
fn parsed<'c>(
    document: &'c OnceCell<Result<Document, InvalidDocument>>,
    fact: &Fact<PolicyText>,
    operation: Operation,
    kind: DocumentKind,
) -> Result<Option<&'c Document>, Undecided> {
    let Some(PolicyText { policy, .. }) = read(fact, operation)? else { return Ok(None) };
    document
        .get_or_init(|| Document::parse(policy, kind))
        .as_ref()
        .map(Some)
        .map_err(|error| Undecided::Missing(Missing::ReadablePolicy { document: kind.name(), error: error.clone() }))
}
