//! The requests that show what Sailthru does in the bucket.

use crate::checks::access::Question;
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
    keys.iter()
        .flat_map(|key| actions.iter().map(move |action| (key, *action)))
        .map(|(key, action)| Question {
            target: if action == VendorAction::List { vendor.bucket_arn() } else { key.clone() },
            part: if action == (VendorAction::Put { creates_object: false }) {
                " in the steps of a multipart upload"
            } else {
                ""
            },
            request: vendor.bucket_request(writer, action, key),
        })
        .collect()
}
