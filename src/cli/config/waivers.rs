//! The waivers of the file: a check, why it is waived, and until when.

use std::collections::HashSet;

use stc_check::names::BucketName;
use stc_check::report::CheckId;
use stc_check::report::waiver::Waiver;

use super::super::error::Error;
use super::page::Table;

const BUCKET: &str = "bucket";

/// Every `[[waiver]]` of a table; those beside the connections may name the bucket that they are for.
///
/// # Errors
/// When one has an unknown key, lacks one, or waives what another waives already.
pub(super) fn read(table: &Table<'_>, beside_connections: bool) -> Result<Vec<Waiver>, Error> {
    let mut seen = HashSet::new();
    let mut waivers = Vec::new();
    for table in table.tables(super::WAIVER)? {
        let waiver = one(&table, beside_connections)?;
        if !seen.insert((waiver.id, waiver.bucket.clone())) {
            return Err(table.wrong(format!("`{}` is waived twice", waiver.id)).help("take one of the waivers out"));
        }
        waivers.push(waiver);
    }
    Ok(waivers)
}

fn one(table: &Table<'_>, beside_connections: bool) -> Result<Waiver, Error> {
    let keys = ["check", "reason", "expires", BUCKET];
    table.only(keys.get(..if beside_connections { 4 } else { 3 }).unwrap_or_default())?;
    let lacks = |key: &str, help: &str| table.wrong(format!("the waiver has no `{key}`")).help(help);
    let Some((check, place)) = table.text("check")? else {
        return Err(lacks("check", "add `check = \"ID\"`; `stc-check explain` lists the ids"));
    };
    let id = CheckId::parse(check).map_err(|wrong| table.wrong_at(place, format!("`check`: {wrong}")))?;
    let reason = table.text("reason")?.map(|(reason, _)| reason.trim()).filter(|reason| !reason.is_empty());
    let Some(reason) = reason else {
        return Err(lacks("reason", "add `reason = \"…\"`: why the check is waived, as the report will show it"));
    };
    let Some(expires) = table.date("expires")? else {
        return Err(lacks("expires", "add `expires = 2026-12-31`: the last day on which it counts"));
    };
    let bucket = table.text(BUCKET)?.map(|(bucket, place)| {
        BucketName::parse(bucket).map_err(|error| table.wrong_at(place, format!("`{BUCKET}`: {error}")))
    });
    let bucket = bucket.transpose()?.map(|bucket| bucket.to_string());
    Ok(Waiver { id, reason: reason.to_owned(), expires: Some(expires), bucket, shared: None })
}
