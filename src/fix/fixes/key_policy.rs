//! What Sailthru needs of the key policy, and what its owner must keep.

use serde_json::{Value, json};

use super::{of_everybody, open};
use crate::checks::Case;
use crate::checks::saving::objections;
use crate::fix::edit::{Draft, Extension};
use crate::fix::lists::with_more;
use crate::fix::no_fix::NoFix;
use crate::fix::placeholders::correct_principals;
use crate::fix::saveable::make_saveable;
use crate::fix::settings::key_id;
use crate::names::KeyArn;
use crate::policy::condition::Condition;
use crate::policy::nearest::mismatches;
use crate::policy::public::unlimited_statements;
use crate::policy::weigh::applies;
use crate::policy::{DocumentKind, Effect, KeyState, Request, Statement, Tri};
use crate::snapshot::{Fact, Snapshot};
use crate::vendor::KmsAction;
use crate::vendor::documents;
use crate::vendor::requests::VendorRequests;

/// Corrects and edits the key policy, and takes out what KMS refuses to save.
fn key_policy(
    case: &Case<'_>,
    snapshot: &mut Snapshot,
    edit: impl FnOnce(&VendorRequests<'_>, &mut Draft) -> Result<(), NoFix>,
) -> Result<(), NoFix> {
    let mut draft = Draft::read(&snapshot.key_policy, DocumentKind::Key, &snapshot.bucket)?;
    refuse_unreachable_key(&case.with_snapshot(snapshot))?;
    let vendor = VendorRequests { connection: case.connection, snapshot };
    for statement in draft.statements().iter_mut().filter_map(Value::as_object_mut) {
        correct_principals(&vendor, statement);
    }
    edit(&vendor, &mut draft)?;
    make_saveable(&case.with_snapshot(snapshot), DocumentKind::Key, &mut draft);
    snapshot.key_policy = Fact::Found(draft.text());
    Ok(())
}

/// The key's policy can be changed in its own account only, and by a name that KMS knows.
fn refuse_unreachable_key(case: &Case<'_>) -> Result<(), NoFix> {
    let snapshot = case.snapshot;
    let key = snapshot.named_key().and_then(|key| KeyArn::parse(key).ok());
    match (key, snapshot.caller_account()) {
        (Some(key), Some(caller)) if key.arn().account != caller => Err(format!(
            "the key belongs to the account {}, and only there can its policy be changed",
            key.arn().account
        )
        .into()),
        _ if key_id(case).is_none() && !snapshot.is_planned() => {
            Err("default encryption names its key by a text that KMS does not take for a key".into())
        }
        _ => Ok(()),
    }
}

/// Allows Sailthru one permission.
pub(super) fn access(case: &Case<'_>, snapshot: &mut Snapshot, action: KmsAction) -> Result<(), NoFix> {
    if snapshot.key.found().is_some_and(|answer| answer.key_metadata.key_manager.as_deref() == Some("AWS")) {
        return Ok(());
    }
    let action = action.as_str();
    key_policy(case, snapshot, |vendor, draft| {
        let requests = of_everybody(vendor, |writer, key| vec![vendor.key_request(writer, action, key)]);
        extend_conditions(vendor, draft, &requests);
        open(vendor, draft, &requests, |draft| draft.allow(action, documents::key_statement(vendor)));
        Ok(())
    })
}

/// Condition keys of KMS whose values the owner chose for Sailthru: where one of them is all that keeps a request out, the
/// value that the request has is added, and the condition stays.
const EXTENDABLE: [&str; 3] = ["kms:encryptioncontext:aws:s3:arn", "kms:viaservice", "kms:calleraccount"];

/// Adds what requests have to the conditions of the statements that name Sailthru and would allow them otherwise.
fn extend_conditions(vendor: &VendorRequests<'_>, draft: &mut Draft, requests: &[Request]) {
    let Some(document) = draft.document() else { return };
    let allows = || document.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let is_open = |request: &&Request| !allows().any(|one| applies(one, request) == Tri::True);
    let extensions = requests.iter().filter(is_open).flat_map(|request| {
        allows().flat_map(move |statement| extensions_of(vendor, statement, request).unwrap_or_default())
    });
    for extension in with_more(&[], extensions) {
        draft.extend_condition(&extension);
    }
}

/// The values that a statement's conditions lack for a request; none where something else is in the way.
fn extensions_of(vendor: &VendorRequests<'_>, statement: &Statement, request: &Request) -> Option<Vec<Extension>> {
    let open: Vec<_> = mismatches(statement, request);
    let conditions: Vec<&Condition> =
        statement.conditions.iter().filter(|condition| condition.holds(&request.context) != Tri::True).collect();
    let everyone = statement.principal.entries.iter().any(|entry| entry.text == "*");
    if open.len() != conditions.len() || conditions.is_empty() || everyone {
        return None;
    }
    let bucket = vendor.bucket_arn();
    let extension = |condition: &&Condition| {
        let key = condition.key_name.to_ascii_lowercase();
        let KeyState::Known(values) = request.context.get(&key) else { return None };
        let value = values.first().filter(|_| EXTENDABLE.contains(&key.as_str()))?;
        let value = if value.starts_with(&format!("{bucket}/")) { format!("{bucket}/*") } else { value.clone() };
        let positive = ["StringEquals", "StringLike", "ArnEquals", "ArnLike"]
            .into_iter()
            .any(|operator| operator.eq_ignore_ascii_case(&condition.operator_name));
        positive.then(|| Extension {
            statement: statement.index,
            operator: condition.operator_name.clone(),
            key: condition.key_name.clone(),
            value,
        })
    };
    conditions.iter().map(extension).collect()
}

/// Gives the key's own account its key back where nobody there could change the policy any more; what else KMS refuses is
/// corrected in, or taken out of, every key policy that is proposed.
pub(super) fn return_to_owner(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    key_policy(case, snapshot, |vendor, draft| {
        let case = Case::new(vendor.connection, vendor.snapshot, None);
        let found = objections(&case, DocumentKind::Key, &draft.text().policy);
        if found.iter().any(|objection| objection.is_lockout)
            && let Some(key) = vendor.default_key_arn().and_then(|arn| KeyArn::parse(&arn).ok())
        {
            let root = format!("arn:{}:iam::{}:root", key.arn().partition, key.arn().account);
            draft.add(json!({
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": root},
                "Action": "kms:*",
                "Resource": "*",
            }));
        }
        Ok(())
    })
}

/// Limits each Allow that is open to everyone to callers of the key's own account.
pub(super) fn limit_to_owner(case: &Case<'_>, snapshot: &mut Snapshot) -> Result<(), NoFix> {
    key_policy(case, snapshot, |vendor, draft| {
        let arn = vendor.default_key_arn().and_then(|arn| KeyArn::parse(&arn).ok());
        let account = arn.map(|key| key.arn().account.clone()).ok_or("the key's own account is not known")?;
        let open = draft.document().map(|document| unlimited_statements(&document)).unwrap_or_default();
        for index in open {
            if let Some(Value::Object(statement)) = draft.statements().get_mut(index)
                && let Value::Object(conditions) = statement.entry("Condition").or_insert_with(|| json!({}))
                && let Value::Object(block) = conditions.entry("StringEquals").or_insert_with(|| json!({}))
            {
                block.insert("kms:CallerAccount".to_owned(), json!(account));
            }
        }
        Ok(())
    })
}
