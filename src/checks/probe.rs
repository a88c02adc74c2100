//! The probe: what happened when `_ACCESS_CONFIRMATION` was uploaded and deleted.

mod deletion;
mod leftover;
mod ruling;
mod upload;

pub use deletion::DELETE;
pub use leftover::LEFTOVER;
pub use upload::{ENCRYPTED, UPLOAD};

use super::bucket::head;
use super::{Case, Missing, Undecided};
use crate::snapshot::observations::{Probe, Step};
use crate::snapshot::{Fact, Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

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
