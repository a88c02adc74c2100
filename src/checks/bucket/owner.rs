//! `bucket.owner`: the bucket belongs to the account that is expected to own it.

use super::{Head, head};
use crate::checks::refusals::{is_method_not_allowed, refusal};
use crate::checks::{Case, Check, Explanation, Group, Headlines, Missing, Undecided, Verdict, read, required};
use crate::names::AccountId;
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::Operation;
use crate::snapshot::observations::{Live, Step};
use crate::text::shell::command;

/// `bucket.owner`.
pub(crate) static OWNER: Check = Check {
    id: CheckId::BucketOwner,
    headlines: Headlines::Sentences {
        pass: "The expected account owns your bucket",
        fail: "Another account owns your bucket",
        unknown: "Does the expected account own your bucket?",
    },
    group: Group::Setup,
    needs: &[Operation::GetBucketPolicy, Operation::GetCallerIdentity],
    need: required,
    repair: None,
    judge: owner,
    explain: Explanation {
        what: "Compares the account given with --expected-bucket-owner with the account that owns the bucket. S3 shows \
               a bucket policy only to the account that owns the bucket, and answers 405 MethodNotAllowed to others who \
               are allowed to ask. Skipped when no account is named.",
        why: "A bucket name that was mistyped, or given up and taken by somebody else, would send your data to somebody \
              else.",
        example: "An error occurred (MethodNotAllowed) when calling the GetBucketPolicy operation: The specified \
                  method is not allowed against this resource.",
        fix: "Compare the bucket's name with the account id. `aws sts get-caller-identity` says which account you are \
              signed in to.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html",
        ],
    },
};

fn owner(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let Some(expected) = &case.connection.expected_owner else {
        return Ok(Verdict::skip("no `--expected-bucket-owner` was given"));
    };
    if case.snapshot.is_planned() {
        return planned_owner(case, expected);
    }
    let by_policy = owner_by_policy(case, expected);
    if by_policy.as_ref().is_ok_and(|verdict| verdict.status != Status::Unknown) {
        return by_policy;
    }
    let Some(Live { endpoint_override, owner_confirmed: Step::Done(confirmed), .. }) = case.live else {
        return by_policy;
    };
    let verdict = match (confirmed, endpoint_override) {
        // A caller who may not ask at all is refused, whichever account owns the bucket.
        (false, _) if !matches!(head(case), Ok(Head::Open(_))) => by_policy?,
        (false, _) => {
            let message = format!(
                "S3 answers for this bucket, but not if {expected} must own it: the bucket belongs to another account, \
                 and Sailthru's data would go there."
            );
            not_the_owner(case, expected, message)
        }
        // Emulators let any expected owner through.
        (true, Some(_)) => by_policy?,
        (true, None) => Verdict::pass(Basis::Live, format!("S3 confirmed that the bucket belongs to {expected}.")),
    };
    Ok(verdict.with("expected_owner", expected.as_str()))
}

/// A bucket that Terraform makes or manages is of the account whose credentials it does that with.
fn planned_owner(case: &Case<'_>, expected: &AccountId) -> Result<Verdict, Undecided> {
    let account = case.snapshot.caller_account().ok_or(Undecided::Missing(Missing::PlannedAccount))?;
    let verdict = if account == expected.as_str() {
        Verdict::pass(Basis::Read, format!("The plan is for the expected account {account}."))
    } else {
        let message = format!(
            "The plan is for the account {account}, not for the expected account {expected}. Sailthru's data would go \
             to the wrong account."
        );
        let summary = "Plan with credentials of the expected account, or correct --expected-bucket-owner.";
        Verdict::fail(Basis::Read, message, Fix::new(summary, Vec::new()))
    };
    Ok(verdict.with("owner", account).with("expected_owner", expected.as_str()))
}

fn owner_by_policy(case: &Case<'_>, expected: &AccountId) -> Result<Verdict, Undecided> {
    let of_the_owners_account = match read(case.snapshot.policy_in_force(), Operation::GetBucketPolicy) {
        Ok(_) => true,
        Err(Undecided::Unreadable(failure)) if is_method_not_allowed(&failure) => false,
        // Only callers of the owner's account or organization get a reason; a bare refusal may be for another account.
        Err(Undecided::Unreadable(failure)) if failure.is_denied() && refusal(case, &failure).denial.is_none() => {
            let alike = Undecided::Missing(Missing::Owner(expected.clone()));
            return Err(Undecided::Several(vec![Undecided::Unreadable(failure), alike]));
        }
        Err(undecided) => return Err(undecided),
    };
    read(&case.snapshot.caller, Operation::GetCallerIdentity)?;
    let Some(caller) = case.snapshot.caller_account() else {
        return Ok(Verdict::unknown("sts:GetCallerIdentity did not say which account you are signed in to"));
    };
    let verdict = match (of_the_owners_account, caller == expected.as_str()) {
        (true, true) => {
            let message = format!(
                "S3 shows a bucket policy only to the account that owns the bucket, and it showed this one to \
                 {expected}."
            );
            Verdict::pass(Basis::Read, message)
        }
        (true, false) => {
            let message = format!(
                "The bucket belongs to {caller}, not to the expected account {expected}. Sailthru's data would go to \
                 the wrong account."
            );
            not_the_owner(case, expected, message).with("owner", caller)
        }
        (false, true) => {
            let message = format!(
                "You are signed in to the expected owner {expected}, and S3 says that this account does not own the \
                 bucket (405 MethodNotAllowed). Sailthru's data would go to somebody else."
            );
            not_the_owner(case, expected, message)
        }
        (false, false) => Verdict::unknown(format!(
            "Your account {caller} does not own this bucket (405 MethodNotAllowed). Run the check with credentials of \
             {expected} to find out whether that account does"
        )),
    };
    Ok(verdict.with("caller_account", caller).with("expected_owner", expected.as_str()))
}

fn not_the_owner(case: &Case<'_>, expected: &AccountId, message: String) -> Verdict {
    let summary = "Compare the bucket's name with the expected account. The first command succeeds only if that account \
                   owns the bucket.";
    let look = case.s3api("head-bucket", &["--expected-bucket-owner", expected.as_str()]);
    let fix = Fix::new(summary, vec![look, command(["aws", "sts", "get-caller-identity"])]);
    Verdict::fail(Basis::Read, message, fix)
}
