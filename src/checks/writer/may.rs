//! Whether bucket policy and Block Public Access let Sailthru do something, for checks that meet a refusal.

use super::cut_off::cut_off;
use super::questions::questions;
use crate::checks::Case;
use crate::policy::{KeyState, Request, Tri, decide};
use crate::vendor::requests::VendorAction;

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
