//! Whether bucket policy and Block Public Access let Sailthru do something, for checks that meet a refusal.

use super::cut_off::cut_off;
use super::questions::questions;
use crate::checks::Case;
use crate::checks::access::answer;
use crate::policy::{KeyState, Outcome, Request, Tri, decide};
use crate::vendor::Writer;
use crate::vendor::requests::{Service, VendorAction, VendorRequests};

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
    let vendor = VendorRequests { connection: case.connection, snapshot: case.snapshot };
    let asked = |writer: &Writer| {
        let mut questions = questions(&vendor, writer, actions);
        for question in &mut questions {
            change(&mut question.request);
        }
        answer(document, Service::S3, writer, questions, decide)
    };
    let writers = vendor.writers();
    let answers = writers.iter().filter_map(asked).map(|answer| match answer.outcome {
        Outcome::Allowed => Tri::True,
        Outcome::Conditional => Tri::Unknown,
        Outcome::ImplicitlyDenied | Outcome::ExplicitlyDenied => Tri::False,
    });
    let (cut_off, _) = cut_off(case, document);
    Tri::all(answers).and(!cut_off)
}
