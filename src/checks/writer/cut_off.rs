//! What Block Public Access does to a public bucket policy.

use crate::checks::Case;
use crate::checks::policy::{is_public, names};
use crate::checks::public::{RESTRICT_PUBLIC_BUCKETS, in_effect};
use crate::policy::public::publicity;
use crate::policy::{Document, Tri};

/// Whether Block Public Access denies other accounts whatever the statements say, and why:
/// docs/design/aws-facts.md#block-public-access.
pub(super) fn cut_off(case: &Case<'_>, document: &Document) -> (Tri, String) {
    let public = is_public(case, document);
    let restricted = in_effect(case, RESTRICT_PUBLIC_BUCKETS);
    let in_effect = restricted.as_ref().map_or(Tri::Unknown, |on| Tri::from(*on));
    let statements = publicity(document).statements;
    let which = if statements.is_empty() { String::new() } else { format!(" ({})", names(document, &statements)) };
    let message = match public.and(in_effect) {
        Tri::True => format!(
            "Your bucket policy is public{which} and RestrictPublicBuckets is in effect, so S3 denies every other account, \
             including Sailthru, whatever the other statements say."
        ),
        _ => match &restricted {
            Err(undecided) if public == Tri::True => format!(
                "Your bucket policy is public{which}; if RestrictPublicBuckets is in effect, S3 denies Sailthru. {}",
                undecided.message(case)
            ),
            _ if case.snapshot.is_planned() => format!(
                "AWS does not document whether S3 considers this bucket policy public{which}; if it does, RestrictPublicBuckets \
                 denies Sailthru. Check the bucket once the plan is applied"
            ),
            _ => {
                let missing = restricted.as_ref().err().map(|undecided| format!(" {}.", undecided.message(case)));
                format!(
                    "AWS does not document whether S3 considers this bucket policy public{which}; if it does, RestrictPublicBuckets \
                     denies Sailthru. To find out, your role needs s3:GetBucketPolicyStatus.{}",
                    missing.unwrap_or_default()
                )
            }
        },
    };
    (public.and(in_effect), message)
}
