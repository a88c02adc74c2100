//! The probe: what happened when `_ACCESS_CONFIRMATION` was uploaded and deleted.

mod deletion;
mod ruling;
mod upload;

pub(crate) use deletion::DELETE;
pub(crate) use upload::{ENCRYPTED, UPLOAD};

use super::bucket::head;
use super::{Case, Check, Explanation, Group, Headlines, Missing, Undecided, Verdict, recommended};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::observations::{Leftover, Probe, Step};
use crate::snapshot::{Fact, Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

/// `probe.leftover`.
pub(crate) static LEFTOVER: Check = Check {
    id: CheckId::ProbeLeftover,
    headlines: Headlines::Sentences {
        pass: "No test object was left in your bucket",
        fail: "A test object was left in your bucket",
        unknown: "Was a test object left in your bucket?",
    },
    group: Group::Probe,
    needs: &[Operation::HeadBucket],
    need: recommended,
    repair: None,
    judge: leftover,
    explain: Explanation {
        what: "Looks for an object `_ACCESS_CONFIRMATION` at the top of the bucket before the test uploads its own. One \
               that is there is a warning. It is never overwritten, and only deleted if this run wrote it.",
        why: "Sailthru uploads and deletes this object from time to time, and so does stc-check. If it is still there, \
              an upload worked and the delete after it did not. If it is seconds old, another test may be running.",
        example: "`aws s3api head-object --bucket acme-exports --key _ACCESS_CONFIRMATION` answers with an object that \
                  was last modified days ago.",
        fix: "Check again in a minute. If the object is still there, see policy.delete-object for what denies the \
              delete, and remove the object by hand.",
        sources: &[
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html",
        ],
    },
};

fn leftover(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let probe = of_this_run(case)?;
    match &probe.leftover {
        Step::Done(None) => {
            Ok(Verdict::pass(Basis::Live, format!("No `{PROBE_KEY}` was in the bucket before the test upload.")))
        }
        Step::Done(Some(leftover)) => Ok(found(case, leftover)),
        Step::Failed(failure) => Err(Undecided::Unreadable(failure.clone())),
        Step::NotTried(reason) => Ok(Verdict::unknown(format!("not looked for: {reason}"))),
    }
}

fn found(case: &Case<'_>, leftover: &Leftover) -> Verdict {
    let since = leftover.last_modified.as_ref().map(|time| format!(", last written at {time}")).unwrap_or_default();
    let (reason, advice) = if leftover.written_by_stc_check {
        (
            "an earlier run of stc-check was stopped before it could delete it, or is still running",
            "Check again in a minute. If it is still there, remove it.",
        )
    } else {
        (
            "an earlier delete failed, or another test is running right now",
            "Check again in a minute. If it is still there, find out what denies the delete, and remove it.",
        )
    };
    let message = format!("`{PROBE_KEY}` is in the bucket{since}: {reason}. It was left alone.");
    let look = object_command(case, "head-object", None);
    let fix = Fix::new(advice, vec![look, removal(case, leftover.version_id.as_deref())]);
    Verdict::warn(Basis::Live, message, fix)
        .with("last_modified", leftover.last_modified.clone())
        .with("etag", leftover.etag.clone())
        .with("version_id", leftover.version_id.clone())
        .with("owner", leftover.owner.clone())
        .with("written_by_stc_check", leftover.written_by_stc_check)
}

/// The probe of this run.
///
/// # Errors
/// When there was none: a skip where none was wanted, undecided where none was possible.
fn of_this_run<'a>(case: &Case<'a>) -> Result<&'a Probe, Undecided> {
    match &case.live()?.probe {
        Step::Done(probe) => Ok(probe),
        Step::Failed(failure) => Err(not_begun(failure)),
        Step::NotTried(reason) => {
            head(case)?;
            Err(Undecided::Skip(format!("not tried: {reason}")))
        }
    }
}

/// Why the probe was not begun.
fn not_begun(failure: &ReadFailure) -> Undecided {
    let unreadable = Undecided::Unreadable(failure.clone());
    if !matches!(failure.operation, Operation::GetBucketPolicy | Operation::GetCallerIdentity) {
        return unreadable;
    }
    Undecided::Several(vec![unreadable, Undecided::Missing(Missing::KnownOwner)])
}

/// As whom the probe was done, and what that is worth.
fn who(case: &Case<'_>, probe: &Probe) -> String {
    if let Some(role) = &probe.role {
        return format!("as `{role}`");
    }
    match case.snapshot.caller.found().and_then(|caller| caller.arn.as_deref()) {
        Some(arn) => format!("as `{arn}`"),
        None => "with your credentials".to_owned(),
    }
}

/// The command that removes what the probe left. Under a retention, a version cannot be deleted before its time, and a
/// delete without a version id is what S3 lets through.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
fn removal(case: &Case<'_>, version: Option<&str>) -> String {
    let version = version.filter(|version| *version != "null" && keeps_no_versions(case));
    object_command(case, "delete-object", version.map(|version| ["--version-id", version]))
}

/// Whether Object Lock is known to retain nothing by default.
fn keeps_no_versions(case: &Case<'_>) -> bool {
    match &case.snapshot.object_lock {
        Fact::Found(answer) => answer.object_lock_configuration.rule.is_none(),
        Fact::Absent(_) => true,
        Fact::Unreadable(_) | Fact::NotRead => false,
    }
}

/// The command that prints the bucket policy.
fn policy_command(case: &Case<'_>) -> String {
    case.s3api("get-bucket-policy", &["--query", "Policy", "--output", "text"])
}

/// An AWS CLI command about the probe's object, that goes where the probe went.
fn object_command(case: &Case<'_>, operation: &str, argument: Option<[&str; 2]>) -> String {
    let options = case.live.iter().flat_map(|live| live.aws_options.iter().map(String::as_str));
    let words = ["--key", PROBE_KEY].into_iter().chain(argument.into_iter().flatten()).chain(options);
    case.s3api(operation, &words.collect::<Vec<_>>())
}
