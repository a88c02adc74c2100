//! Who would gain by a change: everybody but Sailthru is asked for a request that the changed policy lets through and the one
//! in force does not, and the change is made only where there is none.

use crate::policy::gain::{Gain, Others};
use crate::policy::witness::certain_keys;
use crate::policy::{Document, Principal};
use crate::snapshot::Snapshot;
use crate::vendor::documents;
use crate::vendor::requests::{VendorRequests, principal};

/// An account that has nothing to do with the bucket.
const FOREIGN_ACCOUNT: &str = "444455556666";

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
    let after = after?;
    let mut likely = vendor.object_keys();
    likely.push("unrelated/other.txt".to_owned());
    let logs = has_log_delivery(vendor.snapshot);
    let delivery = Principal::Service(documents::LOG_DELIVERY.to_owned());
    let may_gain = |one: &Principal| is_vendor(vendor, one) || (logs && *one == delivery);
    let others = others(vendor, vendor.owner_account(), &may_gain);
    let gain = others.gain_in_bucket(before, after, &vendor.bucket_arn(), &likely)?;
    Some(clause(&gain, before, after))
}

/// Who, besides Sailthru, may do more with the key by the second document than by the first.
pub(super) fn with_key(
    vendor: &VendorRequests<'_>,
    before: Option<&Document>,
    after: Option<&Document>,
    locked: bool,
) -> Option<String> {
    let after = after?;
    let key = vendor.default_key_arn().unwrap_or_else(|| "arn:aws:kms:us-east-1:000000000000:key/any".to_owned());
    let owner = key.split(':').nth(4);
    let may_gain = |one: &Principal| is_vendor(vendor, one) || (locked && owner.is_some() && one.account() == owner);
    let gain = others(vendor, owner, &may_gain).gain_with_key(before, after, &key)?;
    Some(clause(&gain, before, after))
}

fn others<'a>(
    vendor: &VendorRequests<'a>,
    owner: Option<&'a str>,
    may_gain: &'a dyn Fn(&Principal) -> bool,
) -> Others<'a> {
    let mut accounts = vec![FOREIGN_ACCOUNT.to_owned()];
    accounts.extend(vendor.writers().iter().map(|writer| writer.arn().account.clone()));
    accounts.extend(owner.map(str::to_owned));
    let partition = vendor.snapshot.partition();
    Others { partition, accounts, owner, may_gain }
}

/// Whether what somebody gains is what Sailthru is to gain: the principals of the connection, a role by its sessions, and the
/// account that Sailthru's sample grants as a whole.
fn is_vendor(vendor: &VendorRequests<'_>, caller: &Principal) -> bool {
    let account = vendor.documented_account().map(|account| account.arn().account.clone());
    let is_writer = |writer: &Principal| match (writer, caller) {
        (Principal::AnyOf { account, .. }, _) => caller.account() == Some(account),
        (Principal::Session { session, .. }, Principal::Session { session: own, .. }) => session == own,
        // A role name is unique in its account, whatever the path.
        (Principal::Session { role, .. }, Principal::Role(own)) => role.may_be(&own.arn),
        (Principal::Role(role), Principal::Session { role: own, .. }) => own.may_be(&role.arn),
        _ => writer == caller,
    };
    vendor.writers().iter().any(|writer| is_writer(&principal(writer)))
        || (account.is_some() && caller.account() == account.as_deref())
}

/// The request that shows what is gained.
fn clause(gain: &Gain, before: Option<&Document>, after: &Document) -> String {
    let Gain { request, doubt } = gain;
    let could = if doubt.is_none() { "could" } else { "might" };
    let documents: Vec<&Document> = before.into_iter().chain([after]).collect();
    let keys = certain_keys(&documents, request);
    let keys = if keys.is_empty() { String::new() } else { format!(" {}", keys.join(" and ")) };
    format!(
        "{} {could} then {} on `{}`{keys}",
        name(&request.principal),
        request.action_name(),
        request.resource_text()
    )
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
