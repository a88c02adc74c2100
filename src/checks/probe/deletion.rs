//! `probe.delete`: the probe's object was deleted.

use super::upload::uploaded;
use super::{object_command, policy_command, removal, ruling, who};
use crate::checks::refusals::said;
use crate::checks::verdict::unmet;
use crate::checks::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict};
use crate::refusal::{Cause, Known, Refusal};
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::observations::{Deleted, Probe, Step, Uploaded};
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;
use crate::vendor::requests::VendorAction;

/// `probe.delete`.
pub(crate) static DELETE: Check = Check {
    id: CheckId::ProbeDelete,
    headlines: Headlines::Sentences {
        pass: "The test object was deleted",
        fail: "The test object was not deleted",
        unknown: "Was the test object deleted?",
    },
    group: Group::Probe,
    needs: &[Operation::HeadBucket],
    need: |variant| variant.delete,
    repair: None,
    judge: check,
    explain: Explanation {
        what: "Deletes the object that the test uploaded, and looks whether it is gone.",
        why: "Sailthru deletes its own `_ACCESS_CONFIRMATION` after each test of the connection, and old files when it \
              synchronizes. A Deny that is meant to protect data blocks both.",
        example: "An error occurred (AccessDenied) when calling the DeleteObject operation: … with an explicit deny in \
                  a resource-based policy",
        fix: "Remove the Deny of s3:DeleteObject from the bucket policy, or exempt Sailthru from it. Then remove the \
              object that was left.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html",
        ],
    },
};

fn check(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (probe, uploaded) = uploaded(case, "delete")?;
    let version = uploaded.version_id.as_deref();
    match (&probe.delete, &probe.gone) {
        (Step::Done(deleted), Step::Done(true)) => Ok(gone(case, probe, uploaded, deleted)),
        (Step::Done(_), Step::Done(false)) => {
            let status = unmet(case.connection.variant.rules().delete);
            let message = format!("S3 confirmed the delete of `{PROBE_KEY}`, but the object is still there.");
            let commands = vec![object_command(case, "head-object", None), removal(case, version)];
            let fix = Fix::new("Check again, and remove what is left.", commands);
            Ok(Verdict::broken(status, Basis::Live, message, fix))
        }
        (Step::Done(_), Step::Failed(failure)) => Ok(Verdict::unknown(format!(
            "S3 confirmed the delete of `{PROBE_KEY}`, but stc-check could not see whether the object is gone ({})",
            said(failure)
        ))
        .with_error(failure)),
        (Step::Done(_), Step::NotTried(reason)) => Ok(Verdict::unknown(format!(
            "S3 confirmed the delete of `{PROBE_KEY}`, but stc-check did not look whether the object is gone: {reason}"
        ))),
        (Step::Failed(failure), _) if is_taken(failure) => Ok(Verdict::unknown(format!(
            "Another object replaced the test object before it was deleted ({}), and was left alone",
            said(failure)
        ))
        .with_error(failure)),
        // It went in spite of the failure, or another came in its place.
        (Step::Failed(failure), Step::Done(true)) => {
            Ok(refused(case, probe, failure, "The object is no longer there", None))
        }
        (Step::Failed(failure), _) => {
            let which = version.map(|version| format!(" (version {version})")).unwrap_or_default();
            let removal = removal(case, version);
            let left = format!(
                "The test object `{PROBE_KEY}`{which} is still in the bucket: remove it with `{removal}`, signed in as \
                 somebody who can delete it"
            );
            Ok(refused(case, probe, failure, &left, Some(removal)))
        }
        (Step::NotTried(reason), Step::Done(true)) => {
            Ok(Verdict::unknown(format!("The test object `{PROBE_KEY}` was not deleted: {reason}")))
        }
        (Step::NotTried(reason), _) => Ok(Verdict::unknown(format!(
            "The test object `{PROBE_KEY}` was not deleted ({reason}): remove it with `{}`",
            removal(case, version)
        ))),
    }
}

fn gone(case: &Case<'_>, probe: &Probe, uploaded: &Uploaded, deleted: &Deleted) -> Verdict {
    let remains = match (&uploaded.version_id, deleted.delete_marker) {
        (Some(version), true) => format!(
            " The bucket keeps versions: version {version} and a delete marker{} remain.",
            deleted.version_id.as_ref().map(|marker| format!(" {marker}")).unwrap_or_default()
        ),
        _ => String::new(),
    };
    Verdict::pass(Basis::Live, format!("`{PROBE_KEY}` was deleted {} and is gone.{remains}", who(case, probe)))
        .with("version_id", uploaded.version_id.clone())
        .with("delete_marker", deleted.delete_marker)
        .with("marker_version_id", deleted.version_id.clone())
}

/// Whether the delete's condition, our `ETag`, no longer held.
fn is_taken(failure: &ReadFailure) -> bool {
    matches!(Refusal::of(failure.into(), Known::default()).cause, Cause::Taken | Cause::Conflict)
}

/// What a refused delete leaves in the bucket, as a clause, and the command that removes it.
fn refused(case: &Case<'_>, probe: &Probe, failure: &ReadFailure, left: &str, removal: Option<String>) -> Verdict {
    let step = ruling::Step {
        name: "the delete",
        who: &who(case, probe),
        role: probe.role.as_deref(),
        actions: &[VendorAction::Delete],
        left,
    };
    let mut verdict = ruling::rule(case, failure, &step);
    if let Some(fix) = verdict.fix.as_mut().filter(|fix| fix.commands.is_empty()) {
        fix.commands = [policy_command(case)].into_iter().chain(removal).collect();
    }
    if verdict.status == Status::Fail {
        verdict.status = unmet(case.connection.variant.rules().delete);
    }
    verdict
}
