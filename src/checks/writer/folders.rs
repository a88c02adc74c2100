//! What becomes of folders that the bucket policy does not name.

use super::questions::questions_on;
use crate::checks::Verdict;
use crate::checks::access::Asked;
use crate::checks::policy::names;
use crate::policy::{Document, Outcome};
use crate::vendor::requests::VendorAction;

/// What becomes of tables that the policy does not name, where all that it names is open to the writer.
pub(super) fn some_folders_only(asked: &Asked<'_>, actions: &[VendorAction]) -> Option<Verdict> {
    if actions == [VendorAction::List] {
        return None;
    }
    let (vendor, document) = (asked.case.vendor(), asked.document);
    let keys = vendor.unlisted_keys(&resources(document));
    let writers = vendor.writers();
    let answers =
        writers.iter().filter_map(|writer| asked.answer(writer, questions_on(&vendor, writer, actions, &keys)));
    let denied = answers.into_iter().find(|answer| answer.outcome != Outcome::Allowed)?;
    let how = match denied.outcome {
        Outcome::ExplicitlyDenied => format!("{} denies the others", names(document, &denied.statements)),
        Outcome::ImplicitlyDenied => "no statement allows the others".to_owned(),
        _ => format!("{} may not cover the others", names(document, &denied.statements)),
    };
    Some(denied.evidence(Verdict::unknown(format!(
        "The policy allows only some folders: {how}, such as `{}`. Sailthru's sample allows the whole bucket, because \
         its list of tables grows. Ask Sailthru Support which tables you will get, or allow {} on `{}/*`",
        denied.target,
        asked.action,
        vendor.bucket_arn()
    ))))
}

/// The Resource and `NotResource` texts of a policy.
fn resources(document: &Document) -> impl Iterator<Item = &str> + Clone {
    let elements = document.statements.iter().filter_map(|statement| statement.resource.as_ref());
    elements.flat_map(|element| element.entries.iter().map(|entry| entry.text.as_str()))
}
