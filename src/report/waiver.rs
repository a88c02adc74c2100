//! Waivers: checks that their owner chose not to have judged, why and until when, and what became of each waiver.
//!
//! A waived check is judged all the same: only so can be said whether its waiver is still needed.

use jiff::civil::Date;
use serde::Serialize;

use super::{CheckId, Status};

/// A waiver that ends in so many days or fewer is spoken of.
const SOON: i32 = 14;

/// A check that its owner chose not to have judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The check.
    pub id: CheckId,
    /// Why, in the owner's words.
    pub reason: String,
    /// The last day, in UTC, on which it counts; none for one that was given for this run alone (`--skip`), whose use
    /// is not reported.
    pub expires: Option<Date>,
    /// The bucket that it is for, where it names one.
    pub bucket: Option<String>,
    /// Its number among those that cover several reports of one run: whether such a waiver is needed is known after
    /// the last. None for one of a single report.
    pub shared: Option<usize>,
}

/// What became of a waiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Outcome {
    /// The check's id.
    #[cfg_attr(test, schemars(with = "String"))]
    pub check: CheckId,
    /// The bucket that it is for; null where it names none.
    pub bucket: Option<String>,
    /// Why, in the owner's words.
    pub reason: String,
    /// The last day on which it counts, such as `2026-12-31`; null for one of `--skip`.
    pub expires: Option<String>,
    /// Whether it counted.
    pub state: State,
    /// What its owner ought to know of it; null where there is nothing.
    pub notice: Option<String>,
    #[serde(skip)]
    pub(crate) shared: Option<usize>,
    /// Whether the check is one that somebody has to look at, the waiver left aside.
    #[serde(skip)]
    pub(crate) needed: bool,
}

/// Whether a waiver counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The check would have failed, warned or been undecided without it.
    Used,
    /// It changed nothing.
    Unused,
    /// Its last day is past, so it no longer waives.
    Expired,
}

/// What a waiver met in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaiverMatch {
    /// The check, which came to this by itself.
    Check(Status),
    /// A bucket that does not exist: nothing can be said of the check.
    Nothing,
    /// A bucket that does not exist, which cannot be waived.
    MissingBucket,
    /// The check, which another waiver waives.
    OtherWaiver,
    /// A selection without the check (`--only`).
    LeftOut,
    /// A run without the bucket that it is for.
    NoBucket,
}

impl Waiver {
    /// A waiver for this run alone.
    #[must_use]
    pub fn new(id: CheckId, reason: &str) -> Self {
        Self { id, reason: reason.to_owned(), expires: None, bucket: None, shared: None }
    }

    /// Whether its last day is past.
    pub(crate) fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    /// What a waived check says of its status, which `underneath` would be without the waiver.
    pub(super) fn message(&self, underneath: Status) -> String {
        let until = self.expires.map_or_else(String::new, |last| format!(" until {last}"));
        let without = match underneath {
            Status::Fail | Status::Warn | Status::Unknown => format!(" (without the waiver: {})", underneath.as_str()),
            Status::Pass | Status::Skip => String::new(),
        };
        format!("waived{until}: {}{without}", self.reason)
    }

    /// What became of it in one report.
    pub(super) fn outcome(&self, met: WaiverMatch, today: Date) -> Outcome {
        let needed = matches!(met, WaiverMatch::Check(Status::Fail | Status::Warn | Status::Unknown));
        let state = match (self.is_expired(today), needed) {
            (true, _) => State::Expired,
            (false, true) => State::Used,
            (false, false) => State::Unused,
        };
        let notice = match (state, met) {
            (_, WaiverMatch::MissingBucket) => {
                Some(format!("{} does not count: where there is no bucket, nothing else can be judged", self.named()))
            }
            (State::Expired, _) if needed => Some(format!("{}, so the check counts again", self.ended())),
            // Of what several reports share, the rest is said once, after the last.
            _ if self.shared.is_some() => None,
            (State::Expired, WaiverMatch::Check(Status::Pass)) => {
                Some(format!("{}, and is not needed: the check passes", self.ended()))
            }
            (State::Expired, _) => Some(self.ended()),
            (State::Used, _) => self.soon(today),
            (State::Unused, _) => unused(met).map(|why| format!("{} {why}", self.named())),
        };
        self.with(state, notice, needed)
    }

    /// What became of it in all reports of a run together: in how many of them it was, or would have been, needed.
    pub(crate) fn outcome_of_all(&self, needed: usize, today: Date) -> Outcome {
        let (state, notice) = match (self.is_expired(today), needed) {
            (true, 0) => (State::Expired, Some(format!("{}, and is not needed", self.ended()))),
            (true, _) => (State::Expired, Some(format!("{}, so the check counts again", self.ended()))),
            (false, 0) => {
                let why = if self.shared.is_some() {
                    "is not needed: the check never came out as fail, warn or unknown"
                } else {
                    unused(WaiverMatch::NoBucket).unwrap_or_default()
                };
                (State::Unused, Some(format!("{} {why}", self.named())))
            }
            (false, _) => (State::Used, self.soon(today)),
        };
        self.with(state, notice, needed > 0)
    }

    fn with(&self, state: State, notice: Option<String>, needed: bool) -> Outcome {
        let Self { id, reason, expires, bucket, shared } = self.clone();
        let expires = expires.map(|last| last.to_string());
        Outcome { check: id, bucket, reason, expires, state, notice, shared, needed }
    }

    fn named(&self) -> String {
        match &self.bucket {
            Some(bucket) => format!("the waiver of `{}` for the bucket `{bucket}`", self.id),
            None => format!("the waiver of `{}`", self.id),
        }
    }

    /// That it is over, and what for it was.
    fn ended(&self) -> String {
        let last = self.expires.map_or_else(String::new, |last| format!(" on {last}"));
        format!("{} expired{last} ({})", self.named(), self.reason)
    }

    fn soon(&self, today: Date) -> Option<String> {
        let last = self.expires?;
        let days = today.until(last).ok().map(|left| left.get_days()).filter(|days| *days <= SOON)?;
        let when = match days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            days => format!("in {days} days"),
        };
        Some(format!("{} ends {when}, on {last} ({})", self.named(), self.reason))
    }
}

/// Why a waiver changed nothing.
fn unused(met: WaiverMatch) -> Option<&'static str> {
    Some(match met {
        WaiverMatch::Check(Status::Pass) => "is not needed: the check passes",
        WaiverMatch::Check(_) => "was not used: the check is skipped without it",
        WaiverMatch::OtherWaiver => "was not used: the check is waived already",
        WaiverMatch::LeftOut => "was not used: `--only` leaves the check out",
        WaiverMatch::NoBucket => "was not used: no connection of this run is of that bucket",
        WaiverMatch::Nothing | WaiverMatch::MissingBucket => return None,
    })
}
