//! How long a live run reads, waits and watches.

use std::fmt;
use std::time::{Duration, Instant};

use stc_check::report::FailOn;

/// How much time there is, and for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// `--wait`: how long to read again while something is missing.
    pub(crate) wait: Option<Duration>,
    /// `--timeout`: how long the whole run may take.
    pub(crate) timeout: Option<Duration>,
    /// What counts as standing in the way.
    pub(crate) fail_on: FailOn,
    /// From when both are counted.
    pub(crate) begun: Instant,
    /// How `watch` goes, where it is not the check.
    pub(crate) watch: Option<Watch>,
}

/// How a watch goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    /// None for a single look.
    pub(crate) every: Option<Duration>,
    /// For how long; none, until it is known which variant is watched.
    pub(crate) window: Option<Duration>,
}

impl Patience {
    /// What is left of the time for the whole run.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.timeout.map(|timeout| timeout.saturating_sub(self.begun.elapsed()))
    }
}

/// A rest between two looks: why there will be another, and when.
#[derive(Debug)]
pub(crate) struct Pause {
    reason: String,
    next: &'static str,
    length: Duration,
    until: Instant,
}

impl Pause {
    /// From now on, before this is done.
    pub(crate) fn new(reason: String, next: &'static str, length: Duration) -> Self {
        Self { reason, next, length, until: Instant::now() + length }
    }

    /// What comes next, and in how long; nothing once it is over.
    pub(crate) fn left(&self) -> Option<(&'static str, Duration)> {
        let left = self.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some((self.next, left))
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {} in {} s", self.reason, self.next, self.length.as_secs().max(1))
    }
}
