//! The smallest changes to what is in force that turn every fail and warning into a pass: found by changing a copy and
//! judging it again.

use std::collections::{BTreeMap, BTreeSet};

use super::advice::{notes, unfixable};
use super::applicable::{Obstacle, obstacle};
use super::edit::Draft;
use super::escalation;
use super::fixes::{apply, repairs};
use super::no_fix::NoFix;
pub use super::plan::{Change, Plan, Unfixable};
use super::settings::{Delivery, ReplaceableSetting, Step, policy_in};
use crate::checks::key::replica_in_region;
use crate::checks::saving::objections;
use crate::checks::{Case, entry, judge};
use crate::policy::DocumentKind;
use crate::report::{CheckId, CheckResult, DocumentName, Report, Status};
use crate::snapshot::{Fact, PolicyText, Snapshot};
use crate::text::diff::unified;

/// How many rounds of fixing what a fix itself brings up: an exemption may bring to light rights that a Deny hid.
const ROUNDS: usize = 4;

/// A state of the repair: what was read with the fixes so far, and what the checks say of it.
struct State {
    snapshot: Snapshot,
    report: Report,
}

/// Finds the changes. What was done live is left out: it cannot be done again on paper.
#[must_use]
pub fn plan(case: &Case<'_>, delivery: Delivery<'_>) -> Plan {
    let original = judge(case);
    let start = State { snapshot: case.snapshot.clone(), report: original.clone() };
    let mut reasons: BTreeMap<CheckId, NoFix> = BTreeMap::new();
    // No change lets the vendor into another partition.
    let reachable = !is_broken(&original, CheckId::BucketPartition);
    let needed = mend_all(case, start, |report, id| reachable && is_broken(report, id), &mut reasons);
    let settled = State { snapshot: needed.state.snapshot.clone(), report: needed.state.report.clone() };
    // What was open is not fixed while it warns.
    let open = |report: &Report, id: CheckId| {
        is_conditional(report, id) || (is_broken(report, id) && is_conditional(&needed.state.report, id))
    };
    let optional = mend_all(case, settled, |report, id| reachable && open(report, id), &mut BTreeMap::new());
    let mended = case.with_snapshot(&needed.state.snapshot);
    let steps = [(case, &needed, Step::Needed), (&mended, &optional, Step::Optional)];
    let in_all = |case: &Case<'_>, after: &State, step| {
        let changed = differing(case.snapshot, &after.snapshot);
        let settings = changed.into_iter().map(ReplaceableSetting::from);
        settings.flat_map(|setting| setting.files(case, &after.snapshot, step)).collect::<Vec<_>>()
    };
    let left = &needed.state.report;
    let plan = Plan {
        changes: steps
            .iter()
            .flat_map(|(case, found, step)| changes(case, found, &original, delivery, *step))
            .collect(),
        files: steps.iter().flat_map(|(case, found, step)| in_all(case, &found.state, *step)).collect(),
        fails: original.checks.iter().any(|check| check.status == Status::Fail && is_broken(left, check.id)),
        unknown: left.checks.iter().any(|check| check.required && check.status == Status::Unknown),
        unfixable: unfixable(case, &original, &optional.state.report, &reasons),
    };
    plan.without_refused_calls(case, &original)
}

impl Plan {
    /// Leaves out the changes that the policies in force would refuse to whoever asks, and says who can make them.
    fn without_refused_calls(mut self, case: &Case<'_>, original: &Report) -> Self {
        let mut refused: BTreeMap<DocumentName, (String, String)> = BTreeMap::new();
        for change in &mut self.changes {
            match obstacle(case, change.document) {
                Some(Obstacle::Denied { who, why }) => {
                    refused.insert(change.document, (who, why));
                }
                Some(Obstacle::Conditional(note)) => {
                    change.note =
                        Some(change.note.take().map_or_else(|| note.clone(), |before| format!("{before} {note}")));
                }
                None => {}
            }
        }
        let mut lost: BTreeMap<CheckId, (String, String)> = BTreeMap::new();
        for change in &self.changes {
            if let Some(reason) = refused.get(&change.document) {
                lost.entry(change.check).or_insert_with(|| reason.clone());
            }
        }
        self.changes.retain(|change| !lost.contains_key(&change.check));
        let kept: BTreeSet<DocumentName> = self.changes.iter().map(|change| change.document).collect();
        self.files.retain(|file| {
            kept.iter().any(|name| file.name.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.')))
        });
        self.fails |= lost.keys().any(|id| original.check(*id).is_some_and(|check| check.status == Status::Fail));
        self.unfixable.extend(lost.into_iter().map(|(check, (who, why))| Unfixable { check, who, why }));
        self
    }
}

/// What a round of fixing changed.
struct Mended {
    state: State,
    /// The documents that were changed for each check.
    documents: BTreeMap<CheckId, BTreeSet<DocumentName>>,
}

/// Mends, one after the other, all checks that are as `wanted` says.
fn mend_all(
    case: &Case<'_>,
    mut state: State,
    wanted: impl Fn(&Report, CheckId) -> bool,
    reasons: &mut BTreeMap<CheckId, NoFix>,
) -> Mended {
    let mut documents: BTreeMap<CheckId, BTreeSet<DocumentName>> = BTreeMap::new();
    // Twice: what stood in the way of a fix may have been fixed after it.
    let repairs = repairs();
    for (id, _) in repairs.iter().chain(&repairs).copied() {
        if !wanted(&state.report, id) {
            continue;
        }
        match attempt(case, &state, id) {
            Ok(next) => {
                let changed = differing(&state.snapshot, &next.snapshot);
                for check in state.report.checks.iter().filter(|check| wanted(&state.report, check.id)) {
                    if !wanted(&next.report, check.id) {
                        documents.entry(check.id).or_default().extend(&changed);
                    }
                }
                state = next;
            }
            Err(reason) => {
                reasons.insert(id, reason);
            }
        }
    }
    Mended { state, documents }
}

fn is_broken(report: &Report, id: CheckId) -> bool {
    report.check(id).is_some_and(|check| matches!(check.status, Status::Fail | Status::Warn))
}

/// Whether the answer hangs on conditions that nobody here can decide.
fn is_conditional(report: &Report, id: CheckId) -> bool {
    report.check(id).is_some_and(|check| {
        let open = check.evidence.depends_on.as_ref().is_some_and(|keys| !keys.is_empty());
        check.status == Status::Unknown && open
    })
}

fn differing(one: &Snapshot, other: &Snapshot) -> Vec<DocumentName> {
    let differs = |name: &DocumentName| {
        let setting = ReplaceableSetting::from(*name);
        (setting.show)(other).is_some() && (setting.show)(one) != (setting.show)(other)
    };
    DocumentName::ALL.into_iter().filter(differs).collect()
}

/// Fixes one check, and what that brings up.
///
/// # Errors
/// Says why the fix does not do: it does not fix the check, another gets worse, somebody else gains, or it is too long.
fn attempt(case: &Case<'_>, state: &State, id: CheckId) -> Result<State, NoFix> {
    let mut next = State { snapshot: state.snapshot.clone(), report: state.report.clone() };
    let mut mends = vec![id];
    for _ in 0..ROUNDS {
        for id in &mends {
            let Some(repair) = entry(*id).repair else { continue };
            apply(repair, case, &mut next.snapshot)?;
        }
        next.report = judge(&case.with_snapshot(&next.snapshot));
        mends = worse(&state.report, &next.report).map(|check| check.id).collect();
        let known = |id: &CheckId| entry(*id).repair.is_some() && is_broken(&next.report, *id);
        if mends.is_empty() || !mends.iter().any(known) {
            break;
        }
    }
    verify(case, state, &next, id)?;
    Ok(next)
}

fn verify(case: &Case<'_>, state: &State, next: &State, id: CheckId) -> Result<(), NoFix> {
    for name in DocumentName::ALL {
        let Some((kind, text)) = changed_policy(name, &state.snapshot, &next.snapshot) else { continue };
        let limit = kind.size_limit();
        if text.len() > limit {
            let size = text.len();
            return Err(format!("with the change the {} would have {size} bytes, and AWS takes {limit}", name).into());
        }
        let refused = objections(&case.with_snapshot(&next.snapshot), kind, text);
        if let Some(refusal) = refused.iter().find(|objection| objection.seen) {
            return Err(format!("the changed document could not be saved: {}", refusal.sentence(kind)).into());
        }
    }
    // A replica is of the same key, so that naming it is right before it was read.
    let replica = id == CheckId::KmsKeyUsable
        && replica_in_region(case.snapshot).is_some_and(|replica| named_key(&next.snapshot) == Some(replica));
    let unsettled = |check: &&CheckResult| !matches!(check.status, Status::Pass | Status::Skip) && !replica;
    if let Some(check) = next.report.check(id).filter(unsettled) {
        return Err(NoFix::StillSays(check.message.clone()));
    }
    if let Some(check) = worse(&state.report, &next.report).next() {
        return Err(format!("the change that would fix it breaks {}: {}", check.id, check.message).into());
    }
    match gains(case, &next.snapshot) {
        Some(gain) => Err(format!("the change that would fix it gives rights to others: {gain}").into()),
        None => Ok(()),
    }
}

fn named_key(snapshot: &Snapshot) -> Option<&str> {
    snapshot.default_encryption()?.kms_master_key_id.as_deref()
}

/// A policy that differs in the second snapshot.
fn changed_policy<'a>(name: DocumentName, before: &Snapshot, after: &'a Snapshot) -> Option<(DocumentKind, &'a str)> {
    let (kind, after) = policy_in(after, name)?;
    let (_, before) = policy_in(before, name)?;
    let text = &after.found()?.policy;
    (before.found().map(|before| &before.policy) != Some(text)).then_some((kind, text.as_str()))
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
    let document = |fact: &Fact<PolicyText>, kind| Draft::read(fact, kind, case.bucket()).ok()?.document();
    let bucket = |snapshot: &Snapshot| document(&snapshot.bucket_policy, DocumentKind::Bucket);
    let key = |snapshot: &Snapshot| document(&snapshot.key_policy, DocumentKind::Key);
    let in_bucket = (case.snapshot.bucket_policy != after.bucket_policy)
        .then(|| escalation::in_bucket(&vendor, bucket(case.snapshot).as_ref(), bucket(after).as_ref()));
    let with_key = (case.snapshot.key_policy != after.key_policy)
        .then(|| escalation::with_key(&vendor, key(case.snapshot).as_ref(), key(after).as_ref(), is_locked(case)));
    in_bucket.flatten().or_else(|| with_key.flatten())
}

/// Whether the key policy, a preview, would leave nobody in the key's account the right to change it.
fn is_locked(case: &Case<'_>) -> bool {
    let text = case.snapshot.key_policy.found().and_then(PolicyText::to_save);
    text.is_some_and(|text| {
        let found = objections(case, DocumentKind::Key, &text);
        found.iter().any(|objection| objection.seen && objection.culprit.is_none())
    })
}

/// The changes from the case to what it was changed to.
fn changes(case: &Case<'_>, found: &Mended, original: &Report, delivery: Delivery<'_>, step: Step) -> Vec<Change> {
    let after = &found.state.snapshot;
    let now = differing(case.snapshot, after);
    let pairs = original.checks.iter().flat_map(|check| {
        let touched = found.documents.get(&check.id).into_iter().flatten();
        touched.filter(|name| now.contains(name)).map(move |name| (check.id, *name))
    });
    let change = |(check, name): (CheckId, DocumentName)| {
        let setting = ReplaceableSetting::from(name);
        let (before, now) = ((setting.show)(case.snapshot), (setting.show)(after)?);
        let now_is = if case.snapshot.is_planned() { "planned" } else { "in force" };
        let optional = step == Step::Optional;
        Some(Change {
            check,
            document: name,
            diff: unified([&format!("{name} {now_is}"), &format!("{name} proposed")], before.as_ref(), Some(&now)),
            before,
            after: now,
            optional,
            note: notes(&setting, case, after, step),
            commands: setting.apply(case, after, delivery, step),
            rollback: setting.roll_back(case, after, delivery, step),
        })
    };
    pairs.filter_map(change).collect()
}
