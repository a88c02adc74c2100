//! What several reports come to together.
//!
//! Of a report that is written only a row is kept, so that a thousand buckets take little more memory than a few.

use jiff::civil::Date;

use super::wording::{count, name, stands_in_the_way, waived};
use crate::report::waiver::{Outcome, Waiver};
use crate::report::{FailOn, Report, ReportVerdict, Status, Summary};
use crate::text::sanitise;

/// How many ids of checks a line of the table names.
const NAMED: usize = 3;

/// What is kept of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The bucket, and what the configuration calls the connection.
    pub(super) bucket: String,
    pub(super) name: Option<String>,
    pub(super) verdict: ReportVerdict,
    pub(super) summary: Summary,
    /// The ids of the checks that keep its exit code from being 0.
    pub(super) standing: Vec<&'static str>,
    /// How many checks would, were they not waived.
    pub(super) waived: usize,
}

/// A waiver that is not of one report alone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shared {
    waiver: Waiver,
    /// In how many reports it was, or would have been, needed.
    needed: usize,
}

/// What the reports so far come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// How many reports there will be.
    pub(super) expected: usize,
    pub(super) fail_on: FailOn,
    pub(super) rows: Vec<Row>,
    waivers: Vec<Shared>,
    today: Date,
}

impl Overview {
    /// Of so many reports, none of which is there yet.
    #[must_use]
    pub fn new(expected: usize, fail_on: FailOn) -> Self {
        Self { expected, fail_on, rows: Vec::new(), waivers: Vec::new(), today: Date::default() }
    }

    /// With the waivers that are not of one report alone, and the day of the run, in UTC, which says what is over.
    #[must_use]
    pub fn with_waivers(self, waivers: Vec<Waiver>, today: Date) -> Self {
        let waivers = waivers.into_iter().map(|waiver| Shared { waiver, needed: 0 }).collect();
        Self { waivers, today, ..self }
    }

    /// Counts a report in.
    pub fn add(&mut self, report: &Report) {
        let standing = report.checks.iter().filter(|check| stands_in_the_way(check, self.fail_on));
        self.rows.push(Row {
            bucket: sanitise::visible(&report.subject.bucket).into_owned(),
            name: name(&report.subject),
            verdict: report.verdict(),
            summary: report.summary(),
            standing: standing.map(|check| check.id.as_str()).collect(),
            waived: waived(report),
        });
        for outcome in report.waivers.iter().filter(|outcome| outcome.shared.is_some() && outcome.needed) {
            if let Some(shared) = self.waivers.iter_mut().find(|shared| shared.waiver.shared == outcome.shared) {
                shared.needed += 1;
            }
        }
    }

    /// What became of the waivers that are not of one report alone.
    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        self.waivers.iter().map(|shared| shared.waiver.outcome_of_all(shared.needed, self.today)).collect()
    }

    /// How many reports were counted in.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many of them have this verdict.
    #[must_use]
    pub fn count(&self, verdict: ReportVerdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// The worst: `fail` if any report fails; else `unknown` if any is undecided; else `pass`.
    #[must_use]
    pub fn verdict(&self) -> ReportVerdict {
        let worst = [ReportVerdict::Fail, ReportVerdict::Unknown].into_iter().find(|verdict| self.count(*verdict) > 0);
        worst.unwrap_or(ReportVerdict::Pass)
    }

    /// The process's exit code: 1 if any report's is 1, else 3 if any report's is 3, else 0.
    #[must_use]
    pub fn exit(&self) -> u8 {
        let warned = self.fail_on == FailOn::Warn && self.rows.iter().any(|row| row.summary.warn > 0);
        match self.verdict() {
            ReportVerdict::Fail => 1,
            _ if warned => 1,
            ReportVerdict::Unknown => 3,
            ReportVerdict::Pass => 0,
        }
    }

    /// What the verdict means, in a few words.
    pub(super) fn meaning(&self) -> String {
        let of = |number: usize| format!("{number} of {}", count(self.rows.len(), "bucket"));
        let (failed, undecided) = (self.count(ReportVerdict::Fail), self.count(ReportVerdict::Unknown));
        match (failed, undecided) {
            (0, 0) if self.exit() != 0 => "nothing failed, but warnings are counted by --fail-on warn".to_owned(),
            (0, 0) => match self.rows.iter().map(|row| row.waived).sum() {
                0 => "every bucket lets Sailthru Connect write".to_owned(),
                waived => format!("nothing failed except what is waived: {}", count(waived, "check")),
            },
            (0, undecided) => format!("nothing failed, but {} could not be decided", of(undecided)),
            (failed, 0) => format!("{} failed", of(failed)),
            (failed, undecided) => format!("{} failed, and {undecided} could not be decided", of(failed)),
        }
    }

    pub(super) fn checks(&self) -> Summary {
        self.rows.iter().fold(Summary::default(), |all, Row { summary, .. }| Summary {
            pass: all.pass + summary.pass,
            fail: all.fail + summary.fail,
            warn: all.warn + summary.warn,
            unknown: all.unknown + summary.unknown,
            skip: all.skip + summary.skip,
        })
    }
}

impl Row {
    /// The bucket, and the connection's name beside it.
    pub(super) fn title(&self) -> String {
        let name = self.name.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        format!("{}{name}", self.bucket)
    }

    pub(super) fn says(&self) -> String {
        let Summary { pass, warn, skip, .. } = self.summary;
        if self.standing.is_empty() {
            let counts = [(pass, "pass"), (warn, "warn"), (skip, "skip")].into_iter().filter(|(count, _)| *count > 0);
            let waived = if self.waived > 0 { format!(" ({} waived)", self.waived) } else { String::new() };
            return counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ") + &waived;
        }
        let named = self.standing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        match self.standing.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    pub(super) fn status(&self) -> Status {
        match self.verdict {
            ReportVerdict::Pass if !self.standing.is_empty() => Status::Warn,
            ReportVerdict::Pass => Status::Pass,
            ReportVerdict::Fail => Status::Fail,
            ReportVerdict::Unknown => Status::Unknown,
        }
    }
}
