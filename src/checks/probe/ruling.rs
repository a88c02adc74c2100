//! What a refused step of the probe says of Sailthru: the probe is made by you, and Sailthru writes.
//! docs/design/evaluation.md, "The probe".

use crate::checks::key_policy;
use crate::checks::organization;
use crate::checks::policy::{capitalised, is_public};
use crate::checks::public::{RESTRICT_PUBLIC_BUCKETS, in_effect};
use crate::checks::refusals::{is_foreign, is_owner, quoted, refusal_of};
use crate::checks::{Case, Verdict, writer};
use crate::policy::Tri;
use crate::refusal::{Advice, Cause, Denial, Refusal, Side};
use crate::report::{Basis, Fix};
use crate::snapshot::ReadFailure;
use crate::vendor::requests::VendorAction;

/// What the step was that was refused.
pub(super) struct Step<'a> {
    /// As it is called in a sentence: `the upload`.
    pub(super) name: &'a str,
    /// Who made it: `as arn:…`.
    pub(super) who: &'a str,
    /// The role that made it, where one was assumed.
    pub(super) role: Option<&'a str>,
    /// What Sailthru does in its place.
    pub(super) actions: &'a [VendorAction],
    /// What is left in the bucket because of it, a clause; empty for nothing.
    pub(super) left: &'a str,
}

/// The verdict on a refused step, without the commands that fix it.
pub(super) fn rule(case: &Case<'_>, failure: &ReadFailure, step: &Step<'_>) -> Verdict {
    // The probe met the policy in force, whatever is previewed in its place.
    let mut in_force = case.snapshot.clone();
    in_force.bucket_policy = case.snapshot.policy_in_force().clone();
    in_force.key_policy = case.snapshot.key_policy_in_force().clone();
    let case = &Case::new(case.connection, &in_force, case.live);
    let refusal = refusal_of(case, failure, step.role);
    let advice = refusal.advice();
    let Step { name, who, left, .. } = step;
    let said = quoted(&refusal, failure);
    let head = format!("S3 refused {name} {who} ({said})");
    let end = if left.is_empty() { String::new() } else { format!(" {left}.") };
    let unknown = |why: &str| Verdict::unknown(format!("{head}: {why}.{end}"));
    let fails = |why: &str| {
        Verdict::fail(
            Basis::Live,
            format!("{head}: {why}.{end}"),
            Fix::new(capitalised(&advice.remedy) + ".", Vec::new()),
        )
    };
    let verdict = match refusal.side() {
        Side::Bucket | Side::Key if by_policy(&refusal) => {
            match (vendor_may(case, &refusal, step.actions), &refusal.denial) {
                (Tri::True, _) => Verdict::skip(format!(
                    "{head}, because {} you out, not Sailthru, so the test shows nothing about Sailthru.{end}",
                    keeps_out(&refusal)
                )),
                // What is not allowed to you may still be allowed to Sailthru; a Deny that hits you may well hit Sailthru.
                (Tri::Unknown, None | Some(Denial::Implicit)) => {
                    unknown(&format!("{}; {}", advice.what, advice.remedy))
                }
                (Tri::Unknown, Some(Denial::Explicit)) | (Tri::False, _) => fails(&by_whom(case, &refusal, &advice)),
            }
        }
        Side::Bucket | Side::Key | Side::Aws => fails(&advice.what),
        Side::Occupied => Verdict::unknown(format!(
            "S3 did not complete {name} because of another object or request under the same key ({said}): {}.{end}",
            advice.remedy
        )),
        Side::Passing => {
            Verdict::unknown(format!("S3 did not complete {name} ({said}): {}; {}.{end}", advice.what, advice.remedy))
        }
        Side::Open if is_owner(case) == Some(false) && case.connection.expected_owner.is_none() => unknown(
            "your account does not own the bucket, and stc-check writes nothing to a bucket of an unknown owner; name \
             the owner with `--expected-bucket-owner` to allow the test upload",
        ),
        Side::Organization => match organization::decided(case) {
            Some(Tri::True) => Verdict { fix: Some(organization::exempt(case)), ..fails(&advice.what) },
            Some(Tri::False) => Verdict::skip(format!(
                "{head}, because a resource control policy keeps you out and, as far as the given documents go, not Sailthru, \
                 so the test shows nothing about Sailthru.{end}"
            )),
            Some(Tri::Unknown) | None => unknown(&format!("{}; {}", advice.what, advice.remedy)),
        },
        Side::Open if refusal.cause == Cause::Bare && is_foreign(case, step.role) == Some(true) => unknown(
            "S3 gives no reason to a role of another account, and your bucket may well let Sailthru in and not this role; the \
             `policy.*` checks evaluate it for Sailthru",
        ),
        Side::Caller | Side::Request | Side::Open => unknown(&format!("{}; {}", advice.what, advice.remedy)),
    };
    verdict.with_error(failure)
}

/// Whether it is a policy that refused, which may treat Sailthru otherwise than you.
fn by_policy(refusal: &Refusal<'_>) -> bool {
    matches!(refusal.cause, Cause::BucketPolicy | Cause::KeyPolicy | Cause::ForeignKey)
}

/// Whether our evaluation lets Sailthru do in its turn what was refused.
fn vendor_may(case: &Case<'_>, refusal: &Refusal<'_>, actions: &[VendorAction]) -> Tri {
    match refusal.cause {
        Cause::BucketPolicy => writer::vendor_may(case, actions),
        _ => key_policy::vendor_may(case, refusal.action),
    }
}

fn keeps_out(refusal: &Refusal<'_>) -> &'static str {
    if refusal.cause == Cause::BucketPolicy { "your bucket policy keeps" } else { "the key policy keeps" }
}

/// The reason, without Block Public Access where it is known not to be it.
fn by_whom(case: &Case<'_>, refusal: &Refusal<'_>, advice: &Advice) -> String {
    match (refusal.cause, refusal.denial) {
        (Cause::BucketPolicy, Some(Denial::Explicit)) if restricts(case) => {
            "the bucket policy is public and RestrictPublicBuckets blocks other accounts; a Deny may apply to you as \
             well"
                .to_owned()
        }
        (Cause::BucketPolicy, Some(Denial::Explicit)) if is_read(case) => {
            "a Deny in the bucket policy applies to you and, as far as stc-check can tell, to Sailthru too".to_owned()
        }
        _ => advice.what.clone(),
    }
}

fn is_read(case: &Case<'_>) -> bool {
    matches!(case.bucket_policy(), Ok(Some(_)))
}

/// Whether `RestrictPublicBuckets` is what S3 words as a Deny.
fn restricts(case: &Case<'_>) -> bool {
    let Ok(Some(document)) = case.bucket_policy() else { return false };
    is_public(case, document) == Tri::True && in_effect(case, RESTRICT_PUBLIC_BUCKETS).unwrap_or(false)
}
