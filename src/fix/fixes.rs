//! How to fix each check: the edit of the one fact that it is about, in a copy of what was read.

mod encryption;
mod key_policy;
mod ownership;
mod public;

use serde_json::Value;

use super::edit::{Draft, document};
use super::no_fix::NoFix;
use super::placeholders;
use super::saveable::make_saveable;
use crate::checks::{self, Case, Repair};
use crate::policy::public::publicity;
use crate::policy::weigh::applies;
use crate::policy::{Document, DocumentKind, Effect, Outcome, Request, Statement, Tri, decide};
use crate::report::CheckId;
use crate::snapshot::{Fact, PublicAccessBlockAnswer, RequestPayment, Snapshot};
use crate::vendor::Writer;
use crate::vendor::documents;
use crate::vendor::requests::{VendorAction, VendorRequests};

/// The checks that a change can fix, in the order in which the changes are tried.
pub(super) fn repairs() -> Vec<(CheckId, Repair)> {
    let mut repairs: Vec<_> = checks::all().filter_map(|check| Some((check.id, check.repair?))).collect();
    repairs.sort_by_key(|(_, repair)| *repair);
    repairs
}

/// Makes the change in a snapshot, or says why it cannot be made.
pub(super) fn apply(repair: Repair, case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    match repair {
        Repair::DefaultEncryption => encryption::name_key(case, snapshot)?,
        Repair::UsableKey => encryption::usable_key(case, snapshot)?,
        Repair::PolicyMistakes => bucket_policy(case, snapshot, placeholders::fix)?,
        Repair::LimitPublicStatements => bucket_policy(case, snapshot, public::narrow)?,
        Repair::Access(actions) => bucket_policy(case, snapshot, |vendor, draft| access(vendor, draft, actions))?,
        Repair::DenyPlainHttp => bucket_policy(case, snapshot, |vendor, draft| {
            draft.add(documents::tls_only(vendor));
            Ok(())
        })?,
        Repair::KeyPolicyMistakes => key_policy::return_to_owner(case, snapshot)?,
        Repair::KeyAccess(action) => key_policy::access(case, snapshot, action)?,
        Repair::LimitKeyPolicy => key_policy::limit_to_owner(case, snapshot)?,
        Repair::BlockPublicAccess => {
            snapshot.bucket_public_access_block = Fact::Found(PublicAccessBlockAnswer::all_on());
        }
        Repair::PrivateAcl => ownership::private_acl(snapshot)?,
        Repair::OwnerEnforced => ownership::enforce(case, snapshot)?,
        Repair::OwnerPays => {
            snapshot.request_payment = Fact::Found(RequestPayment { payer: Some("BucketOwner".to_owned()) });
        }
        Repair::NoDefaultRetention => no_default_retention(snapshot)?,
    }
    Ok(())
}

fn bucket_policy(
    case: &Case<'_>,
    snapshot: &mut Snapshot,
    edit: impl FnOnce(&VendorRequests<'_>, &mut Draft) -> Result<(), NoFix>,
) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.bucket_policy, DocumentKind::Bucket, &snapshot.bucket)?;
    edit(&VendorRequests { connection: case.connection, snapshot }, &mut draft)?;
    propose(case, snapshot, draft);
    Ok(())
}

/// Puts a bucket policy into a snapshot. What S3 said of the policy in force, that it is not public, holds for the new one
/// where the edits opened nothing.
fn propose(case: &Case<'_>, snapshot: &mut Snapshot, mut draft: Draft) {
    if draft.statements().is_empty() {
        // There is no policy without a statement: what the vendor needs takes the place of what helped nobody.
        let Value::Object(mut whole) =
            documents::bucket_policy(&VendorRequests { connection: case.connection, snapshot })
        else {
            return;
        };
        if let Some(Value::Array(statements)) = whole.remove("Statement") {
            *draft.statements() = statements;
        }
    }
    make_saveable(&case.with_snapshot(snapshot), DocumentKind::Bucket, &mut draft);
    let public = |document: Option<Document>| document.map_or(0, |document| publicity(&document).statements.len());
    let opened = public(draft.document()) > public(document(snapshot, DocumentKind::Bucket));
    let said = snapshot.policy_status.found().cloned().filter(|answer| !answer.policy_status.is_public && !opened);
    snapshot.preview_bucket_policy(draft.text());
    if let Some(answer) = said {
        snapshot.policy_status = Fact::Found(answer);
    }
}

fn access(vendor: &VendorRequests<'_>, draft: &mut Draft, actions: &[VendorAction]) -> Result<(), NoFix> {
    let action = actions.first().map_or("", |action| action.iam_action());
    let requests = of_everybody(vendor, |writer, key| {
        actions.iter().map(|action| vendor.bucket_request(writer, *action, key)).collect()
    });
    let is_open = |document: &Document, request: &Request| decide(document, request).outcome == Outcome::Allowed;
    if draft.document().is_some_and(|document| requests.iter().all(|request| is_open(&document, request))) {
        // The statements let Sailthru through. That some other is public can keep it out all the same.
        let is_public = vendor.snapshot.policy_status.found().is_some_and(|answer| answer.policy_status.is_public);
        if !is_public && draft.document().is_some_and(|document| publicity(&document).statements.is_empty()) {
            return Err("no statement of the bucket policy keeps Sailthru out".into());
        }
        return public::narrow(vendor, draft);
    }
    open(vendor, draft, &requests, |draft| draft.allow(action, documents::named_grant(vendor, &[action])));
    Ok(())
}

/// The requests of all who write for Sailthru, and for each of the sample objects.
fn of_everybody(vendor: &VendorRequests<'_>, requests: impl Fn(&Writer, &str) -> Vec<Request>) -> Vec<Request> {
    let keys = vendor.object_keys();
    let writers = vendor.writers();
    let account = vendor.documented_account();
    let each = |writer: &Writer| keys.iter().flat_map(|key| requests(writer, key)).collect::<Vec<_>>();
    writers.iter().chain(&account).flat_map(each).collect()
}

/// Makes every request come through: exempts Sailthru from each Deny that may hit one of them, and allows what no
/// statement certainly allows.
fn open(vendor: &VendorRequests<'_>, draft: &mut Draft, requests: &[Request], allow: impl FnOnce(&mut Draft)) {
    let statements = draft.document().map(|document| document.statements).unwrap_or_default();
    let surely = |request: &Request| {
        statements.iter().any(|statement| statement.effect == Effect::Allow && applies(statement, request) == Tri::True)
    };
    if !requests.iter().all(surely) {
        allow(draft);
    }
    let hits = |statement: &&Statement| {
        statement.effect == Effect::Deny && requests.iter().any(|request| applies(statement, request) != Tri::False)
    };
    // From the last to the first: taking one out moves those after it.
    for statement in statements.iter().rev().filter(hits) {
        draft.exempt(statement.index, vendor);
    }
}

fn no_default_retention(snapshot: &mut Snapshot) -> Result<(), NoFix> {
    let Fact::Found(answer) = &mut snapshot.object_lock else {
        return Err("the Object Lock configuration could not be read".into());
    };
    answer.object_lock_configuration.rule = None;
    Ok(())
}
