//! From facts to a report, as the command line and the configuration want it.

use stc_check::aws::LiveRun;
use stc_check::checks::{self, Case};
use stc_check::report::{Report, StatementSource};
use stc_check::snapshot::Snapshot;
use stc_check::snapshot::observations::Live;

use super::plan::{Stored, Target};

/// Judges what a file says, and shows of it what may be shown.
pub(super) fn judge_stored(target: &Target, stored: &Stored) -> Report {
    let Stored { snapshot, plan_context } = stored;
    let report = alone(target, snapshot, None, plan_context.notice());
    let mut report = plan_context.adapt(plan_context.decide(report, |bound| alone(target, bound, None, None)));
    // `fix` shows nothing of what the plan marks as sensitive; a copy of the policy can be checked in its place.
    let hidden = plan_context.sensitive().map(|(document, _)| document);
    if let Some(document) = hidden.into_iter().find(|document| !target.previews.replace(*document)) {
        let (option, file) = match document {
            StatementSource::KeyPolicy => ("--key-policy", "key-policy.json"),
            StatementSource::BucketPolicy | StatementSource::Grant => ("--bucket-policy", "policy.json"),
        };
        report.next.before = Some(format!("save the sensitive policy as `{file}`"));
        report.next.fix = target.connection.check_command(&[option, file]);
    }
    compared(target, report)
}

/// Judges what was read and done live.
pub(super) fn judge_live(target: &Target, gathered: &LiveRun) -> Report {
    let mut report = judge(target, &gathered.snapshot, Some(&gathered.live), None);
    report.cause.clone_from(&gathered.cause);
    report.run.duration = Some(gathered.duration);
    report
}

/// Judges a snapshot as the command line and the configuration want it judged.
pub(super) fn judge(target: &Target, snapshot: &Snapshot, live: Option<&Live>, notice: Option<String>) -> Report {
    compared(target, alone(target, snapshot, live, notice))
}

/// Beside the report of `--baseline`, where there is one.
fn compared(target: &Target, report: Report) -> Report {
    match &target.baseline {
        Some(side) => side.as_baseline_of(report),
        None => report,
    }
}

/// Without a look at the baseline.
fn alone(target: &Target, snapshot: &Snapshot, live: Option<&Live>, notice: Option<String>) -> Report {
    let mut snapshot = snapshot.clone();
    target.previews.apply(&mut snapshot);
    let mut report = checks::judge(&Case::new(&target.connection, &snapshot, live));
    target.previews.name_files(&mut report.documents);
    report.subject.name.clone_from(&target.name);
    report.next.before = target.to_save.map(|file| format!("save standard input as `{file}`"));
    let notice = [notice, target.previews.notice()].into_iter().flatten().collect::<Vec<_>>().join("; ");
    target.selection.apply(Report { notice: Some(notice).filter(|notice| !notice.is_empty()), ..report })
}
