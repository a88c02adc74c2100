//! What changed between two snapshots, or two reports, of one bucket: which checks changed, and which change of
//! which document did it. It answers "it worked yesterday".

mod sides;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::report::{Direction, Report, Status};
use crate::snapshot::Snapshot;
use crate::text::diff::unified;

pub use sides::{InvalidReport, Side, StoredCheck};

/// Two judgements side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The bucket of both.
    pub bucket: String,
    /// What the configuration calls the connection, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `joint`, `event-stream` or `data-exporter`.
    pub variant: String,
    /// When the older one was made, in RFC 3339, where it says so.
    pub old: Option<String>,
    /// When the newer one was made.
    pub new: Option<String>,
    /// The checks that changed, in the order of the newer report.
    pub turned: Vec<Turn>,
    /// What differs between the snapshots; empty where reports are compared, which hold no documents.
    pub changes: Vec<Change>,
}

/// A check whose status is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Turn {
    /// Its id.
    pub check: String,
    /// Its title.
    pub title: String,
    /// Its status before; none where that side lacks it.
    pub before: Option<Status>,
    /// Its status now; none where this side lacks it.
    pub after: Option<Status>,
    /// Which way it went.
    pub direction: Direction,
    /// What the newer report says of it; of one that is missing there, the older.
    pub message: String,
}

/// An answer of the service that is not the same in both snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The operation whose answer differs: `s3:GetBucketPolicy`; `region` for the bucket's Region, `time` for the time that
    /// passed.
    pub document: String,
    /// What differs, as a unified diff; empty for the time.
    pub diff: String,
    /// The checks that this change alone turns, to the same status or the same way.
    pub turns: Vec<String>,
}

impl Turn {
    /// Whether a change with which the check comes out like this turned it: to the same status, or the same way.
    fn is_like(&self, alone: Option<Status>) -> bool {
        let ways = [Direction::Worse, Direction::Better];
        alone == self.after || (ways.contains(&self.direction) && Direction::of(self.before, alone) == self.direction)
    }
}

impl Comparison {
    /// Compares two sides of one bucket; `None` where they are of different buckets or variants.
    #[must_use]
    pub fn of_sides(old: &Side, new: &Side) -> Option<Self> {
        if (&old.bucket, &old.variant) != (&new.bucket, &new.variant) {
            return None;
        }
        let status = |side: &Side, id: &str| side.check(id).map(|check| check.status);
        let gone = old.checks.iter().filter(|check| new.check(&check.id).is_none());
        let turned = new.checks.iter().chain(gone).filter_map(|check| {
            let (before, after) = (status(old, &check.id), status(new, &check.id));
            (before != after).then(|| Turn {
                check: check.id.clone(),
                title: check.title.clone(),
                before,
                after,
                direction: Direction::of(before, after),
                message: check.message.clone(),
            })
        });
        Some(Self {
            bucket: new.bucket.clone(),
            name: new.name.clone(),
            variant: new.variant.clone(),
            old: old.at.clone(),
            new: new.at.clone(),
            turned: turned.collect(),
            changes: Vec::new(),
        })
    }

    /// Compares two snapshots, each judged at its own time, and finds which of the changes turned which check, by judging
    /// the older snapshot with each change alone.
    #[must_use]
    pub fn of_snapshots(old: &Snapshot, new: &Snapshot, judge: impl Fn(&Snapshot) -> Report) -> Option<Self> {
        let side =
            |snapshot: &Snapshot| Side { at: Some(snapshot.taken_at.to_string()), ..Side::of_report(&judge(snapshot)) };
        let before = side(old);
        let mut comparison = Self::of_sides(&before, &side(new))?;
        let turned = comparison.turned.clone();
        let turns_of = |changed: &Snapshot| {
            let alone = side(changed);
            let status = |turn: &Turn| alone.check(&turn.check).map(|check| check.status);
            turned.iter().filter(|turn| turn.is_like(status(turn))).map(|turn| turn.check.clone()).collect::<Vec<_>>()
        };
        let document = document(old);
        let (before, after) = (facts(&document), facts(&self::document(new)));
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
        comparison.changes = changed
            .map(|name| {
                let with = with_fact(&document, name, after.get(name));
                let turns = with.as_ref().map(turns_of).unwrap_or_default();
                Change { document: name.clone(), diff: difference(name, before.get(name), after.get(name)), turns }
            })
            .collect();
        let later = turns_of(&old.clone().taken_at(new.taken_at));
        if !later.is_empty() {
            comparison.changes.push(Change { document: "time".to_owned(), diff: String::new(), turns: later });
        }
        Some(comparison)
    }

    /// Whether any check got worse.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.turned.iter().any(|turn| turn.direction == Direction::Worse)
    }
}

/// The file form of a snapshot.
fn document(snapshot: &Snapshot) -> Value {
    serde_json::from_str(&snapshot.to_json()).unwrap_or_default()
}

/// The name under which the bucket's Region is compared: the one fact of a snapshot that no single operation answers.
const REGION: &str = "region";

/// What a snapshot holds, by operation; the Region beside them.
fn facts(document: &Value) -> Map<String, Value> {
    let mut facts = document.get("operations").and_then(Value::as_object).cloned().unwrap_or_default();
    facts.extend(document.get(REGION).map(|region| (REGION.to_owned(), region.clone())));
    facts
}

/// A snapshot in which one fact is another.
fn with_fact(document: &Value, name: &str, fact: Option<&Value>) -> Option<Snapshot> {
    let mut document = document.clone();
    let facts = if name == REGION { &mut document } else { document.get_mut("operations")? }.as_object_mut()?;
    match fact {
        Some(fact) => {
            facts.insert(name.to_owned(), fact.clone());
        }
        None => {
            facts.remove(name);
        }
    }
    Snapshot::from_json(&document.to_string()).ok()
}

/// What differs, with policies as the documents that they are.
fn difference(name: &str, before: Option<&Value>, after: Option<&Value>) -> String {
    let laid_out = |answer: Option<&Value>| {
        let policy = answer?.get("Policy").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
        policy.or_else(|| answer.cloned())
    };
    unified([&format!("{name}, before"), &format!("{name}, now")], laid_out(before).as_ref(), laid_out(after).as_ref())
}
