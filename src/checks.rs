//! The checks: one entry each, pure functions of a [`Case`], in the order of the report.
//!
//! Adding a check is adding its [`CheckId`] and one [`Check`]; the compiler asks for the rest.

use crate::names::Arn;
use crate::report::{CheckId, CheckResult, Documents, Report, Status, Subject};
use crate::snapshot::observations::Live;
use crate::snapshot::{Fact, Operation, PolicyText, Snapshot};
use crate::text::shell::command;
use crate::vendor::{Connection, KmsAction};

mod access;
pub mod bucket;
pub mod delivery;
pub mod document;
pub mod encryption;
pub mod header_demand;
pub mod key;
pub mod key_policy;
pub mod policy;
pub mod probe;
pub mod public;
pub mod tls_only;
pub mod transport;
mod verdict;
pub mod writer;

pub use verdict::{Undecided, Verdict, read};

/// Where a check stands in a report for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// The bucket and its policy.
    Setup,
    /// One of the four questions of the vendor's FAQ.
    Faq(u8),
    /// What becomes of the data once it is written.
    Delivery,
    /// The live upload and delete.
    Probe,
}

/// What one check looks at: what is expected, what was read, what was done.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What the owner expects.
    pub connection: &'a Connection,
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What was done live; none when a stored snapshot is judged.
    pub live: Option<&'a Live>,
}

impl<'a> Case<'a> {
    /// The bucket's name.
    #[must_use]
    pub fn bucket(&self) -> &'a str {
        self.connection.bucket.as_str()
    }

    /// The bucket's region.
    ///
    /// # Errors
    /// When no answer told it.
    pub fn region(&self) -> Result<&'a str, Undecided> {
        let Some(region) = self.snapshot.region.as_deref() else {
            let head = read(&self.snapshot.head_bucket, Operation::HeadBucket);
            let planned = self.snapshot.is_planned();
            let reason = if planned {
                "the bucket's region is not known, so this could not be decided; give it with --region"
            } else {
                "no answer names the bucket's region, as S3's always do, so this could not be decided: see that nothing \
                 answers in AWS's place (a proxy, a sign-in page), or add `region` to a snapshot that was put together \
                 by hand"
            };
            return Err(head.err().filter(|_| !planned).unwrap_or(Undecided::Because(reason.to_owned())));
        };
        Ok(region)
    }

    /// `aws s3api OPERATION --bucket BUCKET …`, quoted.
    #[must_use]
    pub fn s3api(&self, operation: &str, more: &[&str]) -> String {
        let words = ["aws", "s3api", operation, "--bucket", self.bucket()];
        command(words.into_iter().chain(more.iter().copied()))
    }

    /// `aws kms OPERATION … --region REGION`, quoted: the region of the key that is named by its ARN, else the bucket's; it is
    /// left out where neither is known.
    #[must_use]
    pub fn kms(&self, operation: &str, more: &[&str]) -> String {
        let of_key = more.iter().find_map(|word| Arn::parse(word).ok()).filter(|arn| arn.service == "kms");
        let region = of_key.map(|arn| arn.region).or_else(|| self.snapshot.region.clone());
        let region = region.iter().flat_map(|region| ["--region", region.as_str()]);
        command(["aws", "kms", operation].into_iter().chain(more.iter().copied()).chain(region))
    }
}

/// One check: what Sailthru or good sense requires.
#[derive(Debug)]
pub struct Check {
    /// Its name in reports.
    pub id: CheckId,
    /// The fact that holds when it passes.
    pub title: &'static str,
    /// Where it stands in a report; gives the FAQ number too.
    pub group: Group,
    /// The operations it is decided from.
    pub needs: &'static [Operation],
    /// Whether the verdict needs it, in this case.
    pub required: fn(&Case<'_>) -> bool,
    /// The judgement itself.
    pub check: fn(&Case<'_>) -> Result<Verdict, Undecided>,
    /// What `explain` prints.
    pub explain: Explanation,
}

/// What a check means, for `stc-check explain`.
#[derive(Debug)]
pub struct Explanation {
    /// What it looks at and when it passes.
    pub what: &'static str,
    /// Why the vendor needs it, or what goes wrong without.
    pub why: &'static str,
    /// What one sees when it is broken: the symptom, an error text, an example.
    pub example: &'static str,
    /// How to mend it.
    pub fix: &'static str,
    /// Pages that the rule comes from.
    pub sources: &'static [&'static str],
}

/// The entry of a check.
#[must_use]
pub fn entry(id: CheckId) -> &'static Check {
    match id {
        CheckId::BucketExists => &bucket::EXISTS,
        CheckId::BucketPartition => &bucket::PARTITION_OF_VENDOR,
        CheckId::BucketOwner => &bucket::OWNER,
        CheckId::PolicyDocument => &document::DOCUMENT,
        CheckId::PolicyListBucket => &writer::LIST_BUCKET,
        CheckId::PolicyPutObject => &writer::PUT_OBJECT,
        CheckId::PolicyDeleteObject => &writer::DELETE_OBJECT,
        CheckId::PolicyTlsOnly => &tls_only::TLS_ONLY,
        CheckId::TransportTls => &transport::TLS,
        CheckId::TransportHttpDenied => &transport::HTTP_DENIED,
        CheckId::EncryptionDefault => &encryption::DEFAULT,
        CheckId::EncryptionNoHeaderDemand => &header_demand::NO_HEADER_DEMAND,
        CheckId::EncryptionKeyArn => &encryption::KEY_ARN,
        CheckId::KmsKeyUsable => &key::USABLE,
        CheckId::Kms(KmsAction::Decrypt) => &key_policy::DECRYPT,
        CheckId::Kms(KmsAction::DescribeKey) => &key_policy::DESCRIBE_KEY,
        CheckId::Kms(KmsAction::Encrypt) => &key_policy::ENCRYPT,
        CheckId::Kms(KmsAction::GenerateDataKey) => &key_policy::GENERATE_DATA_KEY,
        CheckId::Kms(KmsAction::GenerateDataKeyWithoutPlaintext) => &key_policy::GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
        CheckId::Kms(KmsAction::ReEncryptFrom) => &key_policy::RE_ENCRYPT_FROM,
        CheckId::Kms(KmsAction::ReEncryptTo) => &key_policy::RE_ENCRYPT_TO,
        CheckId::KmsPolicyScope => &key_policy::POLICY_SCOPE,
        CheckId::PublicAccessBlock => &public::ACCESS_BLOCK,
        CheckId::PublicPolicy => &public::POLICY,
        CheckId::PublicAcl => &public::ACL,
        CheckId::DeliveryOwnership => &delivery::OWNERSHIP,
        CheckId::DeliveryRequesterPays => &delivery::REQUESTER_PAYS,
        CheckId::DeliveryObjectLock => &delivery::OBJECT_LOCK,
        CheckId::ProbeLeftover => &probe::LEFTOVER,
        CheckId::ProbeUpload => &probe::UPLOAD,
        CheckId::ProbeEncrypted => &probe::ENCRYPTED,
        CheckId::ProbeDelete => &probe::DELETE,
    }
}

/// Every check, in the order of the report.
pub fn all() -> impl Iterator<Item = &'static Check> {
    CheckId::all().map(entry)
}

/// Judges a case: every check, in the order of the report.
///
/// A bucket that does not exist fails `bucket.exists`, and every other check is skipped, naming it.
#[must_use]
pub fn judge(case: &Case<'_>) -> Report {
    let mut results = Vec::new();
    let mut bucket_missing = false;
    for check in all() {
        let required = (check.required)(case);
        let verdict = if bucket_missing {
            Verdict::skip("bucket.exists failed, so there is nothing to look at")
        } else {
            (check.check)(case).unwrap_or_else(|undecided| undecided.verdict())
        };
        let verdict = if check.judges_policies() { verdict.with_empty_lists() } else { verdict };
        bucket_missing |= check.id == CheckId::BucketExists && verdict.status == Status::Fail;
        results.push(check.result(required, verdict));
    }
    let documents = documents(case.snapshot);
    Report { subject: subject(case), notice: None, waivers: Vec::new(), checks: results, documents }
}

fn documents(snapshot: &Snapshot) -> Documents {
    let text = |fact: &Fact<PolicyText>| fact.found().map(|answer| answer.policy.clone());
    Documents {
        bucket_policy: text(&snapshot.bucket_policy),
        key_policy: text(&snapshot.key_policy),
        ..Documents::default()
    }
}

impl Check {
    /// The number of the FAQ question that it answers.
    #[must_use]
    pub fn faq(&self) -> Option<u8> {
        match self.group {
            Group::Faq(number) => Some(number),
            _ => None,
        }
    }

    /// Whether its evidence names statements and condition keys, whatever comes out.
    fn judges_policies(&self) -> bool {
        let policies = [Operation::GetBucketPolicy, Operation::GetKeyPolicy];
        self.id != CheckId::BucketOwner && self.needs.iter().any(|operation| policies.contains(operation))
    }

    fn result(&self, required: bool, verdict: Verdict) -> CheckResult {
        let Verdict { status, basis, message, evidence, exhibits, fix } = verdict;
        let decided = !matches!(status, Status::Unknown | Status::Skip);
        CheckResult {
            id: self.id,
            title: self.title,
            faq: self.faq(),
            required,
            status,
            basis: decided.then_some(basis),
            message: sentence(message),
            evidence,
            exhibits,
            fix: fix.filter(|_| matches!(status, Status::Fail | Status::Warn)),
        }
    }
}

/// A message as the sentence that reports promise: it ends with a full stop, and a plain word at its head has a capital.
fn sentence(mut message: String) -> String {
    let head = message.split(' ').next().unwrap_or_default();
    if head.len() < message.len() && head.bytes().all(|byte| byte.is_ascii_lowercase()) {
        message =
            message.chars().take(1).map(|first| first.to_ascii_uppercase()).chain(message.chars().skip(1)).collect();
    }
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    message
}

/// For checks whose verdict always counts.
#[must_use]
pub fn always(_: &Case<'_>) -> bool {
    true
}

/// For checks whose verdict never counts.
#[must_use]
pub fn never(_: &Case<'_>) -> bool {
    false
}

fn subject(case: &Case<'_>) -> Subject {
    let Case { connection, snapshot, .. } = case;
    let expected = || connection.kms_key.as_ref().map(ToString::to_string);
    Subject {
        bucket: snapshot.bucket.clone(),
        name: None,
        region: snapshot.region.clone(),
        variant: connection.variant.as_str(),
        kms_key: snapshot.default_encryption().and_then(|default| default.kms_master_key_id.clone()).or_else(expected),
        principals: connection.principal_arns(),
    }
}
