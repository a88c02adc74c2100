//! The smallest changes to what is in force that turn every fail and warning into a pass: found by mending a copy and
//! judging it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::diff::diff;
use super::gain;
use super::mend::MENDERS;
use super::settings::{Delivery, File, THINGS, Thing};
use crate::policy::{Document, DocumentKind};
use crate::report::{CheckResult, Report, Status};
use crate::requirement::{Case, bucket, judge};
use crate::snapshot::{Fact, PolicyText, ReadFailure, Snapshot};
use crate::writer::Setting;

/// S3's limit on a bucket policy and KMS's on a key policy, in bytes.
const LIMITS: [(&str, usize); 2] = [("bucket-policy", 20_480), ("key-policy", 32_768)];

/// How many rounds of mending what a mend itself brings up: an exemption may bring to light rights that a Deny hid.
const ROUNDS: usize = 4;

/// All that can be changed, and what cannot: the form of `stc-check fix` in contracts.md.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// One a check and document. Checks that the same document mends name the same change, so that applying any of them
    /// applies it for all.
    pub changes: Vec<Change>,
    /// What no change of the owner's can settle, and who can.
    pub unfixable: Vec<Unfixable>,
    /// The documents, for a directory of them.
    #[serde(skip)]
    pub files: Vec<File>,
    /// Whether a failed check is left.
    #[serde(skip)]
    pub fails: bool,
    /// Whether a required check is left undecided.
    #[serde(skip)]
    pub unknown: bool,
}

/// One document, for one check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The check that passes with it.
    pub check: &'static str,
    /// `bucket-policy`, `key-policy`, `public-access-block`, `default-encryption`, `ownership-controls`, `acl`,
    /// `request-payment`, `object-lock` or `key`.
    pub document: &'static str,
    /// As it is; none where it is not set.
    pub before: Option<Value>,
    /// As it is to be, with the changes for every other check.
    pub after: Value,
    /// What differs, as a unified diff.
    pub diff: String,
    /// What else to know before it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// AWS CLI commands that make the change.
    pub commands: Vec<String>,
    /// AWS CLI commands that undo it.
    pub rollback: Vec<String>,
}

/// A check that no change settles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unfixable {
    /// Its id.
    pub check: &'static str,
    /// Who can do something.
    pub who: String,
    /// What it is about.
    pub why: String,
}

/// A state of the repair: what was read with the mends so far, and what the checks say of it.
struct State {
    snapshot: Snapshot,
    report: Report,
}

/// Finds the changes. What was done live is left out: it cannot be done again on paper.
#[must_use]
pub fn plan(case: &Case<'_>, delivery: Delivery<'_>) -> Plan {
    let original = judge(case);
    let mut state = State { snapshot: case.snapshot.clone(), report: original.clone() };
    let mut documents: BTreeMap<&'static str, BTreeSet<usize>> = BTreeMap::new();
    let mut reasons: BTreeMap<&'static str, String> = BTreeMap::new();
    // Twice: what stood in the way of a mend may have been mended after it.
    // No change lets the vendor into another partition.
    let reachable = !is_broken(&original, bucket::PARTITION_OF_VENDOR.id);
    for (id, _) in MENDERS.iter().chain(MENDERS).filter(|_| reachable) {
        if !is_broken(&state.report, id) {
            continue;
        }
        match attempt(case, &state, id) {
            Ok(next) => {
                let changed: Vec<usize> = differing(&state.snapshot, &next.snapshot);
                for check in original.checks.iter().filter(|check| is_broken(&state.report, check.id)) {
                    if !is_broken(&next.report, check.id) {
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
    let changes = changes(case, &state, &original, &documents, delivery);
    let in_all = differing(case.snapshot, &state.snapshot);
    let things = in_all.iter().filter_map(|index| THINGS.get(*index));
    let unfixable = unfixable(case, &original, &state.report, &reasons);
    Plan {
        changes,
        files: things.flat_map(|thing| thing.files(case.snapshot, &state.snapshot)).collect(),
        fails: original.checks.iter().any(|check| check.status == Status::Fail && is_broken(&state.report, check.id)),
        unknown: state.report.checks.iter().any(|check| check.required && check.status == Status::Unknown),
        unfixable,
    }
}

/// The place of a document in the order in which changes are to be made; rolling back goes the other way.
#[must_use]
pub fn order(document: &str) -> usize {
    THINGS.iter().position(|thing| thing.name == document).unwrap_or(THINGS.len())
}

impl Plan {
    /// The exit code: 1 while a failed check is left, else 3 while a required one is undecided, else 0.
    #[must_use]
    pub fn exit(&self) -> u8 {
        match (self.fails, self.unknown) {
            (true, _) => 1,
            (false, true) => 3,
            (false, false) => 0,
        }
    }
}

fn find<'a>(report: &'a Report, id: &str) -> Option<&'a CheckResult> {
    report.checks.iter().find(|check| check.id == id)
}

fn is_broken(report: &Report, id: &str) -> bool {
    find(report, id).is_some_and(|check| matches!(check.status, Status::Fail | Status::Warn))
}

fn differing(one: &Snapshot, other: &Snapshot) -> Vec<usize> {
    let differs = |thing: &Thing| (thing.show)(other).is_some() && (thing.show)(one) != (thing.show)(other);
    THINGS.iter().enumerate().filter(|(_, thing)| differs(thing)).map(|(index, _)| index).collect()
}

/// Mends one check, and what that brings up.
///
/// # Errors
/// Says why the mend does not do: it does not settle the check, another gets worse, somebody else gains, or it is too long.
fn attempt(case: &Case<'_>, state: &State, id: &str) -> Result<State, String> {
    let mut next = State { snapshot: state.snapshot.clone(), report: state.report.clone() };
    let mut mends = vec![id.to_owned()];
    for _ in 0..ROUNDS {
        for id in &mends {
            let Some((_, mend)) = MENDERS.iter().find(|(name, _)| name == id) else { continue };
            mend(case, &mut next.snapshot)?;
        }
        next.report = judge(&Case { snapshot: &next.snapshot, ..*case });
        mends = worse(&state.report, &next.report).map(|check| check.id.to_owned()).collect();
        let known = |id: &String| MENDERS.iter().any(|(name, _)| name == id) && is_broken(&next.report, id);
        if mends.is_empty() || !mends.iter().any(known) {
            break;
        }
    }
    verify(case, state, &next, id)?;
    Ok(next)
}

fn verify(case: &Case<'_>, state: &State, next: &State, id: &str) -> Result<(), String> {
    for thing in THINGS {
        let limit = LIMITS.iter().find(|(name, _)| *name == thing.name).map_or(usize::MAX, |(_, limit)| *limit);
        let file = thing.files(&state.snapshot, &next.snapshot).pop();
        if (thing.show)(&state.snapshot) != (thing.show)(&next.snapshot)
            && let Some(size) = file.map(|file| file.text.len()).filter(|size| *size > limit)
        {
            return Err(format!("with the change the {} would have {size} bytes, and AWS takes {limit}", thing.name));
        }
    }
    if let Some(check) = find(&next.report, id).filter(|check| !matches!(check.status, Status::Pass | Status::Skip)) {
        return Err(format!("no change that is known settles it: {}", check.message));
    }
    if let Some(check) = worse(&state.report, &next.report).next() {
        return Err(format!("the change that would settle it breaks {}: {}", check.id, check.message));
    }
    match gains(case, &next.snapshot) {
        Some(gain) => Err(format!("the change that would settle it gives rights to others: {gain}")),
        None => Ok(()),
    }
}

/// The checks that came out worse. The key's own checks may be open where another key is to be named: nothing of that key
/// was read.
fn worse<'a>(before: &'a Report, after: &'a Report) -> impl Iterator<Item = &'a CheckResult> {
    let rank = |status: Status| match status {
        Status::Pass | Status::Skip => 0,
        Status::Warn => 1,
        Status::Unknown => 2,
        Status::Fail => 3,
    };
    after.checks.iter().filter(move |check| {
        let open = check.id.starts_with("kms.") && check.evidence.details.contains_key("not_read");
        find(before, check.id).is_some_and(|before| rank(check.status) > rank(before.status)) && !open
    })
}

/// Who else gains by the policies of the second snapshot.
fn gains(case: &Case<'_>, after: &Snapshot) -> Option<String> {
    let setting = Setting { connection: case.connection, snapshot: case.snapshot };
    let document = |fact: &Fact<PolicyText>, kind| Document::parse(&fact.found()?.policy, kind).ok();
    let bucket = |snapshot: &Snapshot| document(&snapshot.bucket_policy, DocumentKind::Bucket);
    let key = |snapshot: &Snapshot| document(&snapshot.key_policy, DocumentKind::Key);
    let in_bucket = (case.snapshot.bucket_policy != after.bucket_policy)
        .then(|| gain::in_bucket(&setting, bucket(case.snapshot).as_ref(), bucket(after).as_ref()));
    let with_key = (case.snapshot.key_policy != after.key_policy)
        .then(|| gain::with_key(&setting, key(case.snapshot).as_ref(), key(after).as_ref()));
    in_bucket.flatten().or_else(|| with_key.flatten())
}

fn changes(
    case: &Case<'_>,
    state: &State,
    original: &Report,
    documents: &BTreeMap<&'static str, BTreeSet<usize>>,
    delivery: Delivery<'_>,
) -> Vec<Change> {
    let now: Vec<usize> = differing(case.snapshot, &state.snapshot);
    let pairs = original.checks.iter().flat_map(|check| {
        let touched = documents.get(check.id).into_iter().flatten();
        touched.filter(|index| now.contains(index)).map(move |index| (check.id, *index))
    });
    let change = |(check, index): (&'static str, usize)| {
        let thing = THINGS.get(index)?;
        let (before, after) = ((thing.show)(case.snapshot), (thing.show)(&state.snapshot)?);
        Some(Change {
            check,
            document: thing.name,
            diff: diff(thing.name, before.as_ref(), &after),
            before,
            after,
            note: note(thing.name, case, &state.snapshot),
            commands: thing.apply(case, &state.snapshot, delivery),
            rollback: thing.roll_back(case, &state.snapshot, delivery),
        })
    };
    pairs.filter_map(change).collect()
}

/// What the owner should know of a change that goes further than its name says.
fn note(thing: &str, case: &Case<'_>, after: &Snapshot) -> Option<String> {
    let algorithm = |snapshot: &Snapshot| snapshot.default_encryption().map(|rule| rule.algorithm.clone());
    let grants = |snapshot: &Snapshot| snapshot.acl.found().map(|acl| acl.grants.clone()).unwrap_or_default();
    match thing {
        "default-encryption" if algorithm(after).as_deref() == Some("AES256") => {
            let was_kms = algorithm(case.snapshot).is_some_and(|algorithm| algorithm.starts_with("aws:kms"));
            was_kms.then(|| {
                "No key of yours that serves is named, so SSE-S3 is proposed, which needs none; to stay with KMS, give a key of \
                 your own with --kms-key."
                    .to_owned()
            })
        }
        "default-encryption" if matches!(after.key_policy, Fact::NotRead) => Some(
            "Nothing of this key was read, so what its policy lets the vendor do is not known: run the check again once the key \
             is named, or see `stc-check policy` for the statement that it needs."
                .to_owned(),
        ),
        "acl" if grants(case.snapshot).iter().any(|grant| !grants(after).contains(grant)) => {
            Some("See first that nobody relies on the grants that go.".to_owned())
        }
        "object-lock" => Some("Files that are locked already stay locked. Leave it where the retention is wanted.".to_owned()),
        _ => None,
    }
}

fn unfixable(
    case: &Case<'_>,
    original: &Report,
    report: &Report,
    reasons: &BTreeMap<&'static str, String>,
) -> Vec<Unfixable> {
    let left = |check: &&CheckResult| {
        let broken = matches!(check.status, Status::Fail | Status::Warn);
        let open = check.required && check.status == Status::Unknown;
        let settled = matches!(find(original, check.id).map(|check| check.status), Some(Status::Skip));
        (broken || open) && !settled
    };
    let entry = |check: &CheckResult| {
        let why = match (reasons.get(check.id), check.status) {
            (Some(reason), Status::Fail | Status::Warn) if !reason.contains(&check.message) => {
                format!("{} But {reason}.", check.message)
            }
            _ => check.message.clone(),
        };
        Unfixable { check: check.id, who: who(case, check), why }
    };
    report.checks.iter().filter(left).map(entry).collect()
}

/// Who can do something about a check that no change of the owner's settles.
fn who(case: &Case<'_>, check: &CheckResult) -> String {
    let key = case.snapshot.default_encryption().and_then(|rule| rule.kms_master_key_id.as_deref());
    let key_account = key.and_then(|key| key.split(':').nth(4)).filter(|account| !account.is_empty());
    let caller = case.snapshot.caller.found().and_then(|caller| caller.account.as_deref());
    let foreign_key =
        key_account.filter(|account| check.id.starts_with("kms.") && caller.is_some_and(|caller| caller != *account));
    if let Some(account) = foreign_key {
        return format!("the account {account}, which owns the key");
    }
    let code = check.evidence.details.get("error").and_then(|error| error["code"].as_str());
    let who = match (check.id, check.status, code) {
        ("bucket.exists", Status::Fail, _) => "whoever is to own the bucket: create it, or correct its name",
        ("bucket.partition", Status::Fail, _) => "nobody: only a bucket in a commercial region can be reached",
        ("bucket.owner", Status::Fail, _) => "the account that owns the bucket",
        (_, Status::Unknown, Some("MethodNotAllowed")) => "the account that owns the bucket: run this there",
        (_, Status::Unknown, Some(ReadFailure::KNOWN_AFTER_APPLY | ReadFailure::NOT_IN_PLAN)) => {
            "whoever writes the Terraform configuration, or runs the check once it is applied"
        }
        (_, Status::Unknown, Some(code)) if code.starts_with("AccessDenied") => {
            "whoever gives rights to the one who runs the check"
        }
        (_, Status::Unknown, _) if check.evidence.depends_on.as_ref().is_some_and(|keys| !keys.is_empty()) => {
            "Sailthru Support, who know how the vendor's requests are made"
        }
        (_, Status::Unknown, _) => "whoever runs the check",
        (id, ..) if id.starts_with("kms.") => "whoever administers the key",
        _ => "the bucket's owner, by hand",
    };
    who.to_owned()
}
