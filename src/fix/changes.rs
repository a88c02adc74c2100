//! The smallest changes to what is in force that turn every fail and warning into a pass: found by changing a copy and
//! judging it again.

use std::collections::{BTreeMap, BTreeSet};

use super::applicable::{Obstacle, obstacle};
use super::no_fix::NoFix;
use super::notes::notes;
pub use super::plan::{Change, Plan, Unfixable, UnfixableGroup};
use super::search::{Fixed, State, differing, fix_all, is_broken};
use super::settings::{Delivery, Replacement, Step, key_id, policy_in, show};
use super::unfixable::unfixable;
use crate::checks::{Case, judge};
use crate::report::{CheckId, DocumentName, Report, Status};
use crate::text::diff::unified;

/// Finds the changes. What was done live is left out: it cannot be done again on paper.
#[must_use]
pub fn plan(case: &Case<'_>, delivery: Delivery<'_>) -> Plan {
    let case = &case.without_witnesses();
    let original = judge(case);
    let start = State { snapshot: case.snapshot.clone(), report: original.clone() };
    let mut reasons: BTreeMap<CheckId, NoFix> = BTreeMap::new();
    // No change lets the vendor into another partition.
    let reachable = !is_broken(&original, CheckId::BucketPartition);
    let needed = fix_all(case, &start, |report, id| reachable && is_broken(report, id), &mut reasons);
    // What was open is not fixed while it warns.
    let open = |report: &Report, id: CheckId| {
        is_conditional(report, id) || (is_broken(report, id) && is_conditional(&needed.state.report, id))
    };
    let optional = fix_all(case, &needed.state, |report, id| reachable && open(report, id), &mut BTreeMap::new());
    let fixed = case.with_snapshot(&needed.state.snapshot);
    let left = &needed.state.report;
    let repaired: BTreeSet<CheckId> = needed.documents.keys().chain(optional.documents.keys()).copied().collect();
    let mut plan = Plan {
        changes: Vec::new(),
        files: Vec::new(),
        key: key_id(case),
        fails: original.checks.iter().any(|check| check.status == Status::Fail && is_broken(left, check.id)),
        unknown: left.checks.iter().any(|check| check.required && check.status == Status::Unknown),
        unfixable: unfixable(case, &original, &optional.state.report, &repaired, &reasons),
    };
    for (case, found, step) in [(case, &needed, Step::Needed), (&fixed, &optional, Step::Optional)] {
        let after = &found.state.snapshot;
        plan.changes.extend(changes(case, found, &original, delivery, step));
        let replaced = differing(case.snapshot, after).into_iter();
        plan.files.extend(replaced.flat_map(|name| Replacement { name, case, after, step }.files()));
    }
    plan.without_refused_calls(case, &original)
}

impl Plan {
    /// Leaves out the changes that the policies in force would refuse to you, and says who can make them.
    fn without_refused_calls(mut self, case: &Case<'_>, original: &Report) -> Self {
        let mut lost: BTreeMap<CheckId, (String, String)> = BTreeMap::new();
        for change in &mut self.changes {
            match obstacle(case, change.document) {
                Some(Obstacle::Denied { who, why }) => {
                    lost.entry(change.check).or_insert((who, why));
                }
                Some(Obstacle::Conditional(note)) => {
                    let notes: Vec<String> = change.note.take().into_iter().chain([note]).collect();
                    change.note = Some(notes.join(" "));
                }
                None => {}
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

/// Whether the answer depends on conditions that this check cannot decide.
fn is_conditional(report: &Report, id: CheckId) -> bool {
    report.check(id).is_some_and(|check| {
        let open = check.evidence.depends_on.as_ref().is_some_and(|keys| !keys.is_empty());
        check.status == Status::Unknown && open
    })
}

/// The changes from the case to what it was changed to.
fn changes(case: &Case<'_>, found: &Fixed, original: &Report, delivery: Delivery<'_>, step: Step) -> Vec<Change> {
    let after = &found.state.snapshot;
    let now = differing(case.snapshot, after);
    let pairs = original.checks.iter().flat_map(|check| {
        let touched = found.documents.get(&check.id).into_iter().flatten();
        touched.filter(|name| now.contains(name)).map(move |name| (check.id, *name))
    });
    let change = |(check, name): (CheckId, DocumentName)| {
        let (before, now) = (show(case.snapshot, name), show(after, name)?);
        let replacement = Replacement { name, case, after, step };
        let optional = step == Step::Optional;
        let given = policy_in(case.snapshot, name).and_then(|(_, policy)| policy.found()?.to_save());
        let now_is = match (case.snapshot.is_planned(), given) {
            (true, _) => "planned",
            (false, Some(_)) if !optional => "given",
            _ => "in force",
        };
        Some(Change {
            check,
            document: name,
            diff: unified([&format!("{name} {now_is}"), &format!("{name} proposed")], before.as_ref(), Some(&now)),
            before,
            after: now,
            optional,
            note: notes(&replacement),
            commands: replacement.commands(delivery),
            rollback: replacement.rollback(delivery),
        })
    };
    pairs.filter_map(change).collect()
}
