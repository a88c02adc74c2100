//! Statements of the bucket policy that let everyone in.

use serde_json::{Value, json};

use crate::fix::edit::{Draft, is_nobody, without};
use crate::fix::lists::{list, one_or_many, with_more};
use crate::fix::no_fix::NoFix;
use crate::policy::public::publicity;
use crate::vendor::requests::VendorRequests;

/// Limits each statement that is open to everyone to the owner's account, which is all that Block Public Access leaves of
/// it; takes it out where that account is not known.
pub(super) fn narrow(vendor: &VendorRequests<'_>, draft: &mut Draft) -> Result<(), NoFix> {
    let open = draft.document().map(|document| publicity(&document).statements).unwrap_or_default();
    if open.is_empty() {
        return Err("S3 calls the policy public, and by our own reading no statement is".into());
    }
    let owner = vendor.owner_account().map(|account| json!(format!("arn:aws:iam::{account}:root")));
    for index in open.iter().rev() {
        let Some(principal) = draft.statements().get_mut(*index).and_then(|statement| statement.get_mut("Principal"))
        else {
            continue;
        };
        if principal == "*" {
            *principal = json!({"AWS": "*"});
        }
        let everyone = principal.get("AWS").is_some_and(|names| list(names).iter().any(|name| name == "*"));
        without(principal, &|kind, text| match kind {
            "AWS" => text == "*",
            "Service" => text.contains(['*', '?']),
            kind => kind == "Federated",
        });
        if let (true, Some(owner), Value::Object(kinds)) = (everyone, &owner, &mut *principal) {
            let names = kinds.get("AWS").map(list).unwrap_or_default();
            kinds.insert("AWS".to_owned(), one_or_many(with_more(names, [owner.clone()])));
        }
        if is_nobody(principal) {
            draft.statements().remove(*index);
        }
    }
    Ok(())
}
