//! The search for changes: a copy of what was read is changed for one check after the other, and judged again.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::document;
use super::escalation;
use super::fixes::{apply, repairs};
use super::no_fix::NoFix;
use super::settings::{policies, show};
use crate::checks::key::replica_in_region;
use crate::checks::saving::objections;
use crate::checks::{Case, entry, judge_anew};
use crate::policy::DocumentKind;
use crate::report::{CheckId, CheckResult, DocumentName, Report, Status};
use crate::snapshot::{PolicyText, Snapshot};

/// How many rounds of fixing what a fix itself brings up: an exemption may bring to light rights that a Deny hid.
const ROUNDS: usize = 4;

/// A state of the repair: what was read with the fixes so far, and what the checks say of it.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) snapshot: Snapshot,
    pub(super) report: Report,
}

/// What a round of fixing changed.
pub(super) struct Fixed {
    pub(super) state: State,
    /// The documents that were changed for each check.
    pub(super) documents: BTreeMap<CheckId, BTreeSet<DocumentName>>,
}

/// When it is proved that nobody else gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Of all changes together.
    Once,
    /// Of each change, to leave out the one by which somebody gains.
    Each,
}

/// Fixes, one after the other, all checks that are as `wanted` says.
pub(super) fn fix_all(
    case: &Case<'_>,
    state: &State,
    wanted: impl Fn(&Report, CheckId) -> bool,
    reasons: &mut BTreeMap<CheckId, NoFix>,
) -> Fixed {
    let mut found = reasons.clone();
    let fixed = fix_each(case, state.clone(), &wanted, &mut found, Proof::Once);
    if gains(case, &fixed.state.snapshot).is_none() {
        *reasons = found;
        return fixed;
    }
    fix_each(case, state.clone(), &wanted, reasons, Proof::Each)
}

fn fix_each(
    case: &Case<'_>,
    mut state: State,
    wanted: &impl Fn(&Report, CheckId) -> bool,
    reasons: &mut BTreeMap<CheckId, NoFix>,
    proof: Proof,
) -> Fixed {
    let mut documents: BTreeMap<CheckId, BTreeSet<DocumentName>> = BTreeMap::new();
    let repairs = repairs();
    // Twice: what stood in the way of a fix may have been fixed after it.
    for _ in 0..2 {
        let mut changed_any = false;
        for (id, _) in &repairs {
            if !wanted(&state.report, *id) {
                continue;
            }
            match attempt(case, &state, *id, proof) {
                Ok(next) => {
                    let changed = differing(&state.snapshot, &next.snapshot);
                    // What nobody can say any more, because another key is to be named, is not fixed.
                    let open = |check: &CheckId| {
                        check != id && next.report.check(*check).is_some_and(|check| check.status == Status::Unknown)
                    };
                    for check in state.report.checks.iter().filter(|check| wanted(&state.report, check.id)) {
                        if !wanted(&next.report, check.id) && !open(&check.id) {
                            documents.entry(check.id).or_default().extend(&changed);
                        }
                    }
                    state = next;
                    changed_any = true;
                }
                Err(reason) => {
                    reasons.insert(*id, reason);
                }
            }
        }
        if !changed_any {
            break;
        }
    }
    Fixed { state, documents }
}

pub(super) fn is_broken(report: &Report, id: CheckId) -> bool {
    report.check(id).is_some_and(|check| matches!(check.status, Status::Fail | Status::Warn))
}

pub(super) fn differing(one: &Snapshot, other: &Snapshot) -> Vec<DocumentName> {
    let differs = |name: &DocumentName| {
        let after = show(other, *name);
        after.is_some() && show(one, *name) != after
    };
    DocumentName::ALL.into_iter().filter(differs).collect()
}

/// Fixes one check, and what that brings up.
///
/// # Errors
/// Says why the fix does not do: it does not fix the check, another gets worse, somebody else gains, or it is too long.
fn attempt(case: &Case<'_>, state: &State, id: CheckId, proof: Proof) -> Result<State, NoFix> {
    let mut next = state.clone();
    let mut broken = vec![id];
    for _ in 0..ROUNDS {
        for id in &broken {
            let Some(repair) = entry(*id).repair else { continue };
            apply(repair, case, &mut next.snapshot)?;
        }
        let changed = state.snapshot.differing(&next.snapshot);
        next.report = judge_anew(&case.with_snapshot(&next.snapshot), &state.report, &changed);
        broken = worse(&state.report, &next.report).map(|check| check.id).collect();
        let known = |id: &CheckId| entry(*id).repair.is_some() && is_broken(&next.report, *id);
        if !broken.iter().any(known) {
            break;
        }
    }
    verify(case, state, &next, id)?;
    match (proof == Proof::Each).then(|| gains(case, &next.snapshot)).flatten() {
        Some(gain) => Err(format!("the change that would fix it gives rights to others: {gain}").into()),
        None => Ok(next),
    }
}

fn verify(case: &Case<'_>, state: &State, next: &State, id: CheckId) -> Result<(), NoFix> {
    for name in DocumentName::ALL {
        let Some((kind, before, text)) = policies(name, &state.snapshot, &next.snapshot) else { continue };
        if before == Some(text) {
            continue;
        }
        let (size, limit) = (text.len(), kind.size_limit());
        if size > limit {
            return Err(format!("with the change the {name} would have {size} bytes, and AWS takes {limit}").into());
        }
        let refused = objections(&case.with_snapshot(&next.snapshot), kind, text);
        if let Some(refusal) = refused.iter().find(|objection| objection.seen) {
            return Err(format!("the changed document could not be saved: {}", refusal.sentence(kind)).into());
        }
    }
    // A replica is of the same key, so that naming it is right before it was read.
    let replica = id == CheckId::KmsKeyUsable
        && replica_in_region(case.snapshot).is_some_and(|replica| next.snapshot.named_key() == Some(replica));
    let undecided = |check: &&CheckResult| !matches!(check.status, Status::Pass | Status::Skip) && !replica;
    if let Some(check) = next.report.check(id).filter(undecided) {
        return Err(NoFix::StillSays(check.message.clone()));
    }
    if let Some(check) = worse(&state.report, &next.report).next() {
        return Err(format!("the change that would fix it breaks {}: {}", check.id, check.message).into());
    }
    Ok(())
}

/// The checks that got worse. The key's own checks may be open where another key is to be named: nothing of that key
/// was read.
fn worse<'a>(before: &'a Report, after: &'a Report) -> impl Iterator<Item = &'a CheckResult> {
    let rank = |status: Status| match status {
        Status::Pass | Status::Skip => 0,
        Status::Warn => 1,
        Status::Unknown => 2,
        Status::Fail => 3,
    };
    after.checks.iter().filter(move |check| {
        let open = check.id.family() == "kms" && check.evidence.not_read.is_some();
        before.check(check.id).is_some_and(|before| rank(check.status) > rank(before.status)) && !open
    })
}

/// Who else gains by the policies of the second snapshot.
fn gains(case: &Case<'_>, after: &Snapshot) -> Option<String> {
    let vendor = case.vendor();
    // Of a document that AWS would refuse, what it would give once respelt is what its owner gives.
    let both = |kind| [case.snapshot, after].map(|snapshot| document(snapshot, kind));
    let in_bucket = || {
        let [before, after] = both(DocumentKind::Bucket);
        escalation::in_bucket(&vendor, before.as_ref(), after.as_ref())
    };
    let with_key = || {
        let [before, after] = both(DocumentKind::Key);
        escalation::with_key(&vendor, before.as_ref(), after.as_ref(), is_locked(case))
    };
    let of_bucket = (case.snapshot.bucket_policy != after.bucket_policy).then(in_bucket).flatten();
    of_bucket.or_else(|| (case.snapshot.key_policy != after.key_policy).then(with_key).flatten())
}

/// Whether the key policy, a preview, would leave nobody in the key's account the right to change it.
fn is_locked(case: &Case<'_>) -> bool {
    let text = case.snapshot.key_policy.found().and_then(PolicyText::to_save);
    text.is_some_and(|text| objections(case, DocumentKind::Key, &text).iter().any(|objection| objection.is_lockout))
}
