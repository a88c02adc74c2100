//! What several reports come to together.
//!
//! Of a report that is written only a row is kept, so that a thousand buckets take little more memory than a few.

use jiff::civil::Date;

use super::wording::{as_before, count, name, stands_in_the_way, waived};
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
    /// Its exit code.
    exit: u8,
    /// How many checks failed in the baseline too; none where there is no baseline.
    failed_before: Option<usize>,
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
        let standing = report.checks.iter().filter(|check| check.counts() && stands_in_the_way(check, self.fail_on));
        self.rows.push(Row {
            bucket: sanitise::visible(&report.subject.bucket).into_owned(),
            name: name(&report.subject),
            verdict: report.verdict(),
            summary: report.summary(),
            standing: standing.map(|check| check.id.as_str()).collect(),
            waived: waived(report),
            exit: report.exit(self.fail_on),
            failed_before: report.baseline.map(|_| report.failed_before()),
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

    /// What the owners of those waivers ought to know of them.
    pub(super) fn notices(&self) -> Vec<String> {
        self.outcomes().into_iter().filter_map(|outcome| outcome.notice).collect()
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
        [1, 3].into_iter().find(|exit| self.rows.iter().any(|row| row.exit == *exit)).unwrap_or(0)
    }

    /// What the verdict means, in a few words.
    pub(super) fn meaning(&self) -> String {
        if self.rows.iter().any(|row| row.failed_before.is_some()) {
            return self.since();
        }
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

    /// What became worse since the baseline, and what is as it was.
    fn since(&self) -> String {
        let worse = self.rows.iter().filter(|row| row.exit != 0).count();
        let words = match worse {
            0 => "no bucket is worse than in the baseline".to_owned(),
            worse => format!("{worse} of {} worse than in the baseline", count(self.rows.len(), "bucket")),
        };
        let before = as_before(self.rows.iter().filter_map(|row| row.failed_before).sum());
        [Some(words), before].into_iter().flatten().collect::<Vec<_>>().join("; ")
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
            let counts = counts.map(|(count, word)| format!("{count} {word}"));
            let before = self.failed_before.and_then(as_before);
            return counts.chain(before).collect::<Vec<_>>().join(", ") + &waived;
        }
        let named = self.standing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        match self.standing.len().saturating_sub(NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    pub(super) fn status(&self) -> Status {
        let is_warned = self.verdict == ReportVerdict::Pass && !self.standing.is_empty();
        if is_warned { Status::Warn } else { self.verdict.status() }
    }
}
