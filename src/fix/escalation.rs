//! Who would gain by a change: asked of the evaluator, before and after, for everybody whom the documents name and for
//! strangers.

use crate::policy::principal::Covers;
use crate::policy::{Context, Document, KeyState, Outcome, Principal, Request, decide};
use crate::snapshot::Snapshot;
use crate::vendor::documents;
use crate::vendor::requests::{VendorRequests, principal};

/// Actions on the bucket, and whether each is done to an object.
const S3_ACTIONS: [(&str, bool); 10] = [
    ("s3:ListBucket", false),
    ("s3:PutObject", true),
    ("s3:DeleteObject", true),
    ("s3:GetObject", true),
    ("s3:PutObjectAcl", true),
    ("s3:GetBucketPolicy", false),
    ("s3:PutBucketPolicy", false),
    ("s3:PutBucketAcl", false),
    ("s3:PutBucketPublicAccessBlock", false),
    ("s3:DeleteBucket", false),
];

/// Actions on the key.
const KMS_ACTIONS: [&str; 10] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
];

/// Whether the access control list lets S3 deliver access logs into the bucket: what the policy then gives the service that
/// does so is no more than it has.
pub(super) fn has_log_delivery(snapshot: &Snapshot) -> bool {
    let grants = snapshot.acl.found().map(|acl| acl.grants.as_slice()).unwrap_or_default();
    grants.iter().any(|grant| {
        let uri = grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref());
        uri.is_some_and(|uri| uri.ends_with("/groups/s3/LogDelivery"))
            && matches!(grant.permission.as_deref(), Some("WRITE" | "FULL_CONTROL"))
    })
}

/// Who, besides Sailthru, may do more in the bucket by the second document than by the first.
pub(super) fn in_bucket(
    vendor: &VendorRequests<'_>,
    before: Option<&Document>,
    after: Option<&Document>,
) -> Option<String> {
    let bucket = vendor.bucket_arn();
    let mut keys = vendor.object_keys();
    keys.extend(renamed(before, after).iter().filter_map(|text| Some(text.split_once('/')?.1.to_owned())));
    let questions = S3_ACTIONS.iter().flat_map(|(action, of_object)| {
        let objects = keys.iter().map(String::as_str).chain(["unrelated/other.txt"]);
        let targets: Vec<String> =
            if *of_object { objects.map(|key| format!("{bucket}/{key}")).collect() } else { vec![bucket.clone()] };
        targets.into_iter().map(move |target| (*action, target))
    });
    let logs = has_log_delivery(vendor.snapshot);
    let spared = |stranger: &Principal| logs && *stranger == Principal::Service(documents::LOG_DELIVERY.to_owned());
    find(vendor, before, after, vendor.owner_account(), &questions.collect::<Vec<_>>(), &spared)
}

/// An example of each resource that is new, or reads otherwise than before because `${…}` became a variable.
fn renamed(before: Option<&Document>, after: Option<&Document>) -> Vec<String> {
    let texts = |document: &Document| -> Vec<String> {
        let resources = document.statements.iter().filter_map(|statement| statement.resource.as_ref());
        resources.flat_map(|resource| &resource.entries).map(|entry| entry.text.clone()).collect()
    };
    let (Some(before), Some(after)) = (before, after) else { return Vec::new() };
    let (old, others) = (texts(before), before.has_variables() != after.has_variables());
    let new = texts(after).into_iter().filter(|text| !old.contains(text) || (others && text.contains("${")));
    new.map(|text| example(&text)).collect()
}

/// A text that a pattern may match.
fn example(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((plain, variable)) = rest.split_once("${") {
        text.push_str(plain);
        text.push('x');
        rest = variable.split_once('}').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text.replace(['*', '?'], "x")
}

/// Who, besides Sailthru, may do more with the key by the second document than by the first.
pub(super) fn with_key(
    vendor: &VendorRequests<'_>,
    before: Option<&Document>,
    after: Option<&Document>,
    locked: bool,
) -> Option<String> {
    let key = vendor.default_key_arn().unwrap_or_else(|| "arn:aws:kms:us-east-1:000000000000:key/any".to_owned());
    let owner = key.split(':').nth(4).map(str::to_owned);
    let questions: Vec<_> = KMS_ACTIONS.iter().map(|action| (*action, key.clone())).collect();
    let spared = |stranger: &Principal| locked && owner.is_some() && stranger.account() == owner.as_deref();
    find(vendor, before, after, owner.as_deref(), &questions, &spared)
}

fn find(
    vendor: &VendorRequests<'_>,
    before: Option<&Document>,
    after: Option<&Document>,
    owner: Option<&str>,
    questions: &[(&str, String)],
    spared: &dyn Fn(&Principal) -> bool,
) -> Option<String> {
    let after = after?;
    let strangers = strangers(vendor, before.into_iter().chain([after]), owner);
    for stranger in strangers.into_iter().filter(|stranger| !spared(stranger)) {
        for context in situations(vendor) {
            for (action, target) in questions {
                let request = Request::new(stranger.clone(), action, target, owner, context.clone());
                let then = openness(after, &request);
                if then > 0 && then > before.map_or(0, |document| openness(document, &request)) {
                    return Some(format!("{} might then {action} on `{target}`", name(&stranger)));
                }
            }
        }
    }
    None
}

fn openness(document: &Document, request: &Request) -> u8 {
    match decide(document, request).outcome {
        Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => 0,
        Outcome::Conditional => 1,
        Outcome::Allowed => 2,
    }
}

/// Everybody whom a change must give nothing: anonymous callers, a foreign account, the neighbours of Sailthru, the
/// owner's own people, and all whom the documents name.
fn strangers<'a>(
    vendor: &VendorRequests<'_>,
    documents: impl Iterator<Item = &'a Document>,
    owner: Option<&str>,
) -> Vec<Principal> {
    let granted = vendor.documented_account().map(|account| account.arn().account.clone());
    let writers: Vec<Principal> = vendor.writers().iter().map(principal).collect();
    let mut accounts = vec!["444455556666".to_owned()];
    accounts.extend(vendor.writers().iter().map(|writer| writer.arn().account.clone()));
    accounts.extend(owner.map(str::to_owned));
    let mut texts: Vec<String> = Vec::new();
    for entry in documents.flat_map(|document| &document.statements).flat_map(|statement| &statement.principal.entries)
    {
        match &entry.covers {
            Covers::Account { account, .. } => accounts.push(account.clone()),
            _ => texts.push(entry.text.clone()),
        }
    }
    for account in accounts {
        for kind in ["role/unrelated-role", "user/unrelated-user", "root"] {
            texts.push(format!("arn:aws:iam::{account}:{kind}"));
        }
    }
    texts.sort();
    texts.dedup();
    let mut strangers = vec![Principal::Anonymous];
    strangers.extend(texts.iter().filter_map(|text| Principal::parse(text).ok()));
    let is_role_of_session = |stranger: &Principal| {
        let Principal::Role(own) = stranger else { return false };
        writers.iter().any(|writer| matches!(writer, Principal::Session { role, .. } if role.without_path() == own.arn))
    };
    let is_granted = |stranger: &Principal| {
        writers.contains(stranger)
            || is_role_of_session(stranger)
            || writers
                .iter()
                .any(|writer| matches!(writer, Principal::AnyOf { account, .. } if stranger.account() == Some(account)))
            || (granted.is_some() && stranger.account().map(str::to_owned) == granted)
    };
    strangers.retain(|stranger| !is_granted(stranger));
    strangers
}

/// Everything else open, and everything else absent; over TLS and over plain HTTP.
fn situations(vendor: &VendorRequests<'_>) -> Vec<Context> {
    let mut situations = Vec::new();
    for unlisted in [KeyState::Unknown, KeyState::Absent] {
        for secure in ["true", "false"] {
            let mut context = Context::new(unlisted.clone());
            context.set("aws:SecureTransport", KeyState::known(secure));
            context.set("aws:CurrentTime", KeyState::known(vendor.snapshot.taken_at.to_string()));
            situations.push(context);
        }
    }
    situations
}

fn name(stranger: &Principal) -> String {
    match stranger {
        Principal::Role(own) | Principal::User(own) | Principal::Root(own) | Principal::FederatedUser(own) => {
            format!("`{}`", own.arn)
        }
        Principal::Session { session, .. } => format!("`{}`", session.arn),
        Principal::Service(service) => format!("the service `{service}`"),
        Principal::AnyOf { account, .. } => format!("the account {account}"),
        Principal::Anyone | Principal::Anonymous => "anyone".to_owned(),
    }
}
