//! What makes a policy that looks right do nothing, or too much: placeholders, lost zeros, principals that are nobody,
//! rights to manage the bucket.

use serde_json::{Map, Value, json};

use super::edit::{Draft, drop_principals, is_nobody, without};
use super::lists::{list, one_or_many, with_more};
use super::no_fix::NoFix;
use crate::checks::Case;
use crate::checks::document::{
    MANAGEMENT_ACTIONS, is_bracketed, leftover_in_resource, management_rights, names_this_bucket, short_account,
};
use crate::names::Arn;
use crate::policy::glob::Glob;
use crate::policy::principal::Covers;
use crate::text::sanitise::is_disturbing;
use crate::vendor::Variant;
use crate::vendor::documents;
use crate::vendor::requests::VendorRequests;

/// All that the vendor does in the bucket.
const NEEDED: [&str; 3] = ["s3:ListBucket", "s3:PutObject", "s3:DeleteObject"];

/// Fixes what can be fixed without guessing what was meant.
#[expect(clippy::unnecessary_wraps, reason = "an editor among others")]
pub(super) fn fix(vendor: &VendorRequests<'_>, draft: &mut Draft) -> Result<(), NoFix> {
    let case = Case::new(vendor.connection, vendor.snapshot, None);
    let has_variables = draft.document().is_some_and(|document| document.has_variables());
    if !has_variables && draft.text().policy.contains("${") {
        draft.set_version();
    }
    let of_others = draft.document().is_some_and(|document| !names_this_bucket(&case, &document));
    draft.retain(|statement| {
        let keeps_principals = principals(vendor, statement);
        // A right for somebody else was never in force, so it is not given now.
        let may_open = statement.get("Effect") == Some(&json!("Deny")) || is_vendors(vendor, statement);
        keeps_principals && resources(&case, statement, may_open, of_others)
    });
    let rights = draft.document().and_then(|document| management_rights(&case, &document));
    for index in rights.map(|(_, statements)| statements).unwrap_or_default().into_iter().rev() {
        if let Some(Value::Object(statement)) = draft.statements().get_mut(index) {
            reduce(vendor, statement);
            if statement.get("Principal").is_some_and(is_nobody) {
                draft.statements().remove(index);
            }
        }
    }
    Ok(())
}

/// Gives principals their leading zero and their partition back, where it is plain whom they mean.
pub(super) fn correct_principals(vendor: &VendorRequests<'_>, statement: &mut Map<String, Value>) {
    let deny = statement.get("Effect") == Some(&json!("Deny"));
    for name in ["Principal", "NotPrincipal"] {
        let Some(names) = statement.get_mut(name).and_then(|element| element.get_mut("AWS")) else { continue };
        let meant = list(names).iter().flat_map(|name| list(&meant(vendor, name, deny)).to_vec());
        *names = one_or_many(with_more(&[], meant));
    }
}

/// Corrects or takes out principals; whether anybody is left.
fn principals(vendor: &VendorRequests<'_>, statement: &mut Map<String, Value>) -> bool {
    let deny = statement.get("Effect") == Some(&json!("Deny"));
    let is_needed = |action: &Value| {
        action.as_str().is_some_and(|action| NEEDED.iter().any(|needed| needed.eq_ignore_ascii_case(action)))
    };
    let only_needed = !deny && statement.get("Action").is_some_and(|actions| list(actions).iter().all(is_needed));
    correct_principals(vendor, statement);
    let names = statement.get("Principal").and_then(|element| element.get("AWS"));
    let is_orphan = |name: &Value| name.as_str().is_some_and(|text| Covers::parse_aws(text) == Covers::DeletedIdentity);
    let had_orphan = names.is_some_and(|names| list(names).iter().any(is_orphan));
    if !drop_principals(statement, &|kind, text| kind == "AWS" && is_dead(text)) {
        if !(had_orphan && only_needed) {
            return false;
        }
        // An id in place of the vendor's grant was the vendor's role, before it was made anew.
        let principals = json!({"AWS": documents::documented_principals(vendor)});
        statement.insert("Principal".to_owned(), principals);
    }
    if deny && let Some(Value::Object(blocks)) = statement.get_mut("Condition") {
        for values in blocks.values_mut().filter_map(Value::as_object_mut).flat_map(|block| block.values_mut()) {
            if list(values).iter().any(|value| value.as_str().is_some_and(|text| short_account(text).is_some())) {
                *values = one_or_many(list(values).iter().map(|value| corrected(vendor, value, true)).collect());
            }
        }
    }
    true
}

/// A principal with its leading zero and its partition, where it is plainly the vendor's, or where a Deny names it.
fn corrected(vendor: &VendorRequests<'_>, name: &Value, deny: bool) -> Value {
    let Some(text) = name.as_str() else { return name.clone() };
    let seen: String = text.trim().chars().filter(|character| !is_disturbing(*character)).collect();
    // What was pasted along with Sailthru's own principal shows nowhere.
    let mut right = if is_vendor(vendor, &seen) { seen } else { text.to_owned() };
    if let Some(account) = short_account(text) {
        right = text.replacen(account, &format!("0{account}"), 1);
    }
    if let Ok(arn) = Arn::parse(&right)
        && let partition = vendor.snapshot.partition()
        && arn.partition != partition
    {
        right = Arn { partition: partition.to_owned(), ..arn }.to_string();
    }
    if right != text && (deny || is_vendor(vendor, &right)) { json!(right) } else { name.clone() }
}

/// The same for a whole principal: what was the vendor's whole account in an Allow is no more than the variant documents.
fn meant(vendor: &VendorRequests<'_>, name: &Value, deny: bool) -> Value {
    let right = corrected(vendor, name, deny);
    let account = right.as_str().map(|text| text.strip_suffix(":root").unwrap_or(text));
    let account = account.and_then(|text| text.rsplit(':').next()).unwrap_or_default();
    let whole = right.as_str().is_some_and(|text| text.ends_with(":root") || text == account);
    let of_writers = vendor.writers().iter().all(|writer| writer.arn().account == account);
    if right != *name && whole && of_writers && !deny { documents::documented_principals(vendor) } else { right }
}

/// The id of a deleted role, a placeholder, or something that can never be a principal. An account that lost its zero
/// is somebody, only misspelt.
fn is_dead(text: &str) -> bool {
    let nobody = matches!(Covers::parse_aws(text), Covers::DeletedIdentity | Covers::Nobody);
    nobody && (short_account(text).is_none() || is_bracketed(text))
}

fn is_vendor(vendor: &VendorRequests<'_>, text: &str) -> bool {
    let known = Variant::principals().into_iter().filter_map(|arn| Arn::parse(arn).ok());
    let mut all = known.chain(vendor.writers().into_iter().map(|writer| writer.arn().clone()));
    all.any(|arn| arn.to_string() == text || arn.account == text)
}

/// Whether a statement is about the vendor alone.
fn is_vendors(vendor: &VendorRequests<'_>, statement: &Map<String, Value>) -> bool {
    let Some(Value::Object(kinds)) = statement.get("Principal") else { return false };
    kinds.iter().all(|(kind, names)| {
        kind == "AWS" && list(names).iter().all(|name| name.as_str().is_some_and(|text| is_vendor(vendor, text)))
    })
}

/// Writes the bucket's own name over placeholders, or takes out what names nothing; whether any resource is left.
fn resources(case: &Case<'_>, statement: &mut Map<String, Value>, may_open: bool, of_others: bool) -> bool {
    let partition = case.snapshot.partition();
    for name in ["Resource", "NotResource"] {
        let Some(element) = statement.get_mut(name) else { continue };
        let right = |resource: &Value| {
            let text = resource.as_str().unwrap_or_default();
            let path = text.splitn(6, ':').nth(5).unwrap_or_default();
            let (bucket, path) = path.split_at(path.find('/').unwrap_or(path.len()));
            let wrong_bucket = leftover_in_resource(case, text).is_some()
                || (of_others && !bucket.is_empty() && bucket != case.bucket());
            let wrong_partition = Arn::parse(text)
                .is_ok_and(|arn| arn.partition != partition && !arn.partition.contains(['*', '?', '$']));
            match (wrong_bucket || wrong_partition, may_open || name == "NotResource") {
                (false, _) => Some(resource.clone()),
                (true, true) => Some(json!(format!("arn:{partition}:s3:::{}{path}", case.bucket()))),
                (true, false) => None,
            }
        };
        let kept = with_more(&[], list(element).iter().filter_map(right));
        if kept.is_empty() {
            return false;
        }
        *element = if element.is_array() { Value::Array(kept) } else { one_or_many(kept) };
    }
    true
}

/// Leaves the vendor what it needs: in a statement of its own by naming those actions, in one that it shares by taking it
/// out of it.
fn reduce(vendor: &VendorRequests<'_>, statement: &mut Map<String, Value>) {
    if !is_vendors(vendor, statement) {
        if let Some(principal) = statement.get_mut("Principal") {
            without(principal, &|kind, text| kind == "AWS" && is_vendor(vendor, text));
        }
        return;
    }
    let mut kept: Vec<Value> = Vec::new();
    match (statement.remove("NotAction"), statement.get("Action")) {
        (Some(_), _) => kept.extend(NEEDED.map(|action| json!(action))),
        (None, Some(actions)) => {
            for action in list(actions) {
                let text = action.as_str().unwrap_or_default();
                if MANAGEMENT_ACTIONS.iter().any(|managing| covers(text, managing)) {
                    kept.extend(NEEDED.iter().filter(|needed| covers(text, needed)).map(|needed| json!(needed)));
                } else {
                    kept.push(action.clone());
                }
            }
        }
        (None, None) => {}
    }
    let kept = with_more(&[], kept);
    if kept.is_empty() {
        // Nothing of it is the vendor's business.
        statement.insert("Principal".to_owned(), json!({}));
    } else {
        statement.insert("Action".to_owned(), one_or_many(kept));
    }
}

fn covers(pattern: &str, action: &str) -> bool {
    Glob::new(&pattern.to_lowercase(), true).matches(&action.to_lowercase())
}
