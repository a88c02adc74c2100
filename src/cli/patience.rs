//! How long a live run reads, waits and watches.

use std::time::{Duration, Instant};

use stc_check::report::FailOn;

/// How much time there is, and for what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// `--wait`: how long to read again while something stands in the way.
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
