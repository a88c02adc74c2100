//! The requests that show what Sailthru does in the bucket, and what the bucket policy makes of them.

use super::beside_policy::cut_off;
use crate::checks::access::{Asked, Question};
use crate::checks::policy::names;
use crate::checks::{Case, Verdict};
use crate::policy::{Document, KeyState, Outcome, Request, Tri, decide};
use crate::vendor::Writer;
use crate::vendor::requests::{VendorAction, VendorRequests};

pub(super) fn questions(vendor: &VendorRequests<'_>, writer: &Writer, actions: &[VendorAction]) -> Vec<Question> {
    questions_on(vendor, writer, actions, &vendor.object_keys())
}

/// The same on objects with these keys; to list the bucket is one question, whatever the keys.
pub(super) fn questions_on(
    vendor: &VendorRequests<'_>,
    writer: &Writer,
    actions: &[VendorAction],
    keys: &[String],
) -> Vec<Question> {
    let keys = if actions == [VendorAction::List] { &[String::new()] } else { keys };
    let question = |key: &String, action: VendorAction| Question {
        target: if action == VendorAction::List { vendor.bucket_arn() } else { key.clone() },
        part: match action {
            VendorAction::Put { creates_object: false } => " in the steps of a multipart upload",
            _ => "",
        },
        request: vendor.bucket_request(writer, action, key),
    };
    keys.iter().flat_map(|key| actions.iter().map(move |action| question(key, *action))).collect()
}

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
    document.statements.iter().flat_map(|statement| &statement.resource.entries).map(|entry| entry.text.as_str())
}

/// Whether policy and Block Public Access let every writer do it, whatever is required of the variant.
pub(in crate::checks) fn vendor_may(case: &Case<'_>, actions: &[VendorAction]) -> Tri {
    vendor_may_as(case, actions, |_| {})
}

/// Whether they let every writer list the bucket over plain HTTP.
pub(in crate::checks) fn vendor_may_over_plain_http(case: &Case<'_>) -> Tri {
    vendor_may_as(case, &[VendorAction::List], |request| {
        request.context.set("aws:SecureTransport", KeyState::known("false"));
        request.context.set("s3:TlsVersion", KeyState::Absent);
    })
}

fn vendor_may_as(case: &Case<'_>, actions: &[VendorAction], change: fn(&mut Request)) -> Tri {
    let document = match case.bucket_policy() {
        Ok(Some(document)) => document,
        Ok(None) => return Tri::False,
        Err(_) => return Tri::Unknown,
    };
    let vendor = case.vendor();
    let writers = vendor.writers();
    let decisions = writers.iter().flat_map(|writer| questions(&vendor, writer, actions)).map(|mut question| {
        change(&mut question.request);
        decide(document, &question.request).outcome.allows()
    });
    let (cut_off, _) = cut_off(case, document);
    Tri::all(decisions).and(!cut_off)
}
