//! Refusals in the light of the case: what else was read tells more than one answer alone.

use super::Case;
use crate::names::Arn;
use crate::refusal::{Answer, Cause, Known, PermissionRequest, Refusal};
use crate::report::RefusedRead;
use crate::snapshot::observations::Step;
use crate::snapshot::{Fact, Operation, ReadFailure, Snapshot};

/// Who refused, with what the rest of the case says of the caller and the key.
pub(super) fn refusal<'a>(case: &Case<'a>, failure: &'a ReadFailure) -> Refusal<'a> {
    Refusal::of(failure.into(), known(case))
}

/// The same for a request that a role made which was assumed for it.
pub(super) fn refusal_of<'a>(case: &Case<'a>, failure: &'a ReadFailure, role: Option<&str>) -> Refusal<'a> {
    let known = known(case);
    let is_owner = if role.is_some() { is_foreign(case, role).map(|foreign| !foreign) } else { known.is_owner };
    Refusal::of(failure.into(), Known { is_owner, ..known })
}

/// Whether a role is of another account than the one that owns the bucket, where both are known.
pub(super) fn is_foreign(case: &Case<'_>, role: Option<&str>) -> Option<bool> {
    let account = account_of_arn(role?)?;
    Some(account != case.vendor().owner_account()?)
}

/// The same for an answer that a report holds.
pub(crate) fn attributed<'a>(case: &Case<'a>, answer: Answer<'a>) -> Refusal<'a> {
    Refusal::of(answer, known(case))
}

fn known<'a>(case: &Case<'a>) -> Known<'a> {
    let is_another = |owner: &&str| case.snapshot.caller_account().is_some_and(|account| account != *owner);
    Known {
        is_owner: is_owner(case),
        key_owner: case.snapshot.named_key().and_then(account_of_arn).filter(is_another),
        ..of_caller(case.snapshot)
    }
}

/// What the answers alone say of the caller and the Region.
pub(super) fn of_caller(snapshot: &Snapshot) -> Known<'_> {
    Known { signed_in: snapshot.caller.found().is_some(), region: snapshot.region.as_deref(), ..Known::default() }
}

/// The fifth part of an ARN, borrowed.
fn account_of_arn(arn: &str) -> Option<&str> {
    Arn::parse(arn).ok()?;
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Whether the caller is of the account that owns the bucket: S3 gives bucket policies to that account alone and answers
/// others with 405. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
pub(super) fn is_owner(case: &Case<'_>) -> Option<bool> {
    match case.snapshot.policy_in_force() {
        Fact::Found(_) | Fact::Absent(_) => return Some(true),
        Fact::Unreadable(failure) if is_method_not_allowed(failure) => return Some(false),
        Fact::Unreadable(_) | Fact::NotRead => {}
    }
    let (expected, live) = (case.connection.expected_owner.as_ref()?, case.live?);
    let Step::Done(confirmed) = &live.owner_confirmed else { return None };
    // Emulators let any expected owner through.
    if live.endpoint_override.is_some() && *confirmed {
        return None;
    }
    let is_expected = case.snapshot.caller_account()? == expected.as_str();
    match (confirmed, is_expected) {
        (true, of_it) => Some(of_it),
        (false, true) => Some(false),
        (false, false) => None,
    }
}

/// S3's answer to a caller who may ask for the policy but is of another account.
pub(super) fn is_method_not_allowed(failure: &ReadFailure) -> bool {
    failure.operation == Operation::GetBucketPolicy
        && (matches!(failure.code.as_str(), "MethodNotAllowed" | "405") || failure.status == Some(405))
}

/// The service's code and message, as sentences quote them.
pub(super) fn said(failure: &ReadFailure) -> String {
    let ReadFailure { code, message, .. } = failure;
    if message.is_empty() { code.clone() } else { format!("{code}: {message}") }
}

/// The service's code, and its sentence where that is more than the form that [`Refusal`] reads.
pub(super) fn quoted(refusal: &Refusal<'_>, failure: &ReadFailure) -> String {
    if refusal.denial.is_some() { failure.code.clone() } else { said(failure) }
}

/// A read that was refused and may lack a permission, in the words of the checks that wait for it.
pub(super) fn refused_read(case: &Case<'_>, failure: &ReadFailure) -> Option<RefusedRead> {
    let refusal = refusal(case, failure);
    let advice = refusal.advice();
    let PermissionRequest { before, action, after } = advice.request.filter(|_| refusal.is_denial())?;
    let why = format!("({}): {}; {before}", quoted(&refusal, failure), advice.what);
    Some(RefusedRead { operation: failure.operation, action, why, end: after })
}

/// What was asked and refused, who refused it, and what to do: the sentence of a check that could not be decided.
pub(super) fn unreadable(case: &Case<'_>, failure: &ReadFailure) -> String {
    if let Some(refused) = refused_read(case, failure) {
        return RefusedRead::sentence(&[&refused]);
    }
    let refusal = refusal(case, failure);
    let happened = match refusal.cause {
        Cause::Throttled => "was throttled",
        Cause::NoAnswer if failure.code == ReadFailure::TIMED_OUT => "timed out",
        Cause::NoAnswer => "got no answer",
        Cause::Expired | Cause::CredentialsRefused | Cause::Clock | Cause::NoCredentials | Cause::RegionNotEnabled => {
            "was not answered"
        }
        _ if refusal.is_denial() => "was refused",
        _ => "failed",
    };
    let (name, said, advice) = (failure.operation, quoted(&refusal, failure), refusal.advice());
    format!("{name} {happened} ({said}): {}; {}", advice.what, advice.remedy)
}
