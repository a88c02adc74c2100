//! `probe.leftover`: nothing lies under the probe's key from earlier.

use super::{object_command, of_this_run, removal};
use crate::checks::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, recommended};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::Operation;
use crate::snapshot::observations::{Leftover, Step};
use crate::vendor::PROBE_KEY;

/// `probe.leftover`.
pub static LEFTOVER: Check = Check {
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
    check,
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

fn check(case: &Case<'_>) -> Result<Verdict, Undecided> {
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
    let look = object_command(case, "head-object", None);
    Verdict::warn(
        Basis::Live,
        format!("`{PROBE_KEY}` is in the bucket{since}: {reason}. It was left alone."),
        Fix::new(advice, vec![look, removal(case, leftover.version_id.as_deref())]),
    )
    .with("last_modified", leftover.last_modified.clone())
    .with("etag", leftover.etag.clone())
    .with("version_id", leftover.version_id.clone())
    .with("owner", leftover.owner.clone())
    .with("written_by_stc_check", leftover.written_by_stc_check)
}
