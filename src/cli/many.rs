//! Many buckets in one run: so many at a time, reported in the order given, each written as soon as it can be.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use stc_check::aws::{Run, Settings, Shared};
use stc_check::names::BucketName;
use stc_check::render::Overview;
use stc_check::report::{Report, ReportVerdict};
use stc_check::snapshot::observations::Live;
use stc_check::snapshot::{ReadFailure, Snapshot};
use stc_check::vendor::PROBE_KEY;
use tokio::sync::{Mutex, Semaphore};

use super::console::Console;
use super::error::Error;
use super::judge::{judge, judge_live, judge_stored};
use super::live::{rounds, runtime};
use super::patience::Pause;
use super::plan::{Plan, Source, Target};
use super::progress::{StatusLine, TICK};
use super::publisher::Publisher;
use super::signals::{Interruption, Signals};
use super::source::stored;

/// So many finished or running checks are held at a time, for each that may run: one that is slow then holds up
/// no others for a while, and memory stays bounded.
const AHEAD: usize = 4;

/// Checks every bucket.
///
/// # Errors
/// When there are no credentials, a file cannot be written, or a signal came.
pub(crate) fn run(plan: &Plan, console: &Console) -> Result<u8, Error> {
    let runtime = runtime()?;
    let publisher = Publisher::begin(plan, console)?;
    let overview = runtime.block_on(attended(plan, publisher, console));
    runtime.shutdown_background();
    overview.map(|overview| overview.exit())
}

/// What all checks under way share.
struct WorkerPool<'a> {
    plan: &'a Plan,
    console: &'a Console,
    line: RefCell<StatusLine>,
    shared: Shared,
    permits: Semaphore,
    /// Those that talk to AWS at this moment, by the number of their bucket.
    runs: RefCell<BTreeMap<usize, (&'a BucketName, Run)>>,
    stopped: Cell<bool>,
    /// What probes left in their buckets.
    left: RefCell<Vec<String>>,
    begun: Instant,
    /// Whether all look for the same credentials: where one finds none, none will.
    one_profile: bool,
    /// Whether somebody found some.
    credentials: Cell<bool>,
    /// The buckets that several connections probe, one after the other: the probe's key is the same.
    probed: HashMap<BucketName, Mutex<()>>,
}

impl WorkerPool<'_> {
    fn stop(&self) {
        self.stopped.set(true);
        self.runs.borrow().values().for_each(|(_, run)| run.stop());
    }

    fn left_behind(&self) -> Option<String> {
        joined(&self.runs.borrow().values().filter_map(|(_, run)| run.left_behind()).collect::<Vec<_>>())
    }
}

fn joined(left: &[String]) -> Option<String> {
    (!left.is_empty()).then(|| left.join("; "))
}

async fn attended(plan: &Plan, mut publisher: Publisher<'_>, console: &Console) -> Result<Overview, Error> {
    let mut signals = Signals::new().map_err(|error| Error::new(format!("listening for signals: {error}")))?;
    let mut ticks = tokio::time::interval(TICK);
    let overview = Overview::new(plan.targets.len(), plan.patience.fail_on);
    let mut overview = overview.with_waivers(plan.waivers.clone(), plan.today);
    let pool = WorkerPool {
        plan,
        console,
        line: RefCell::new(console.status_line()),
        shared: Shared::default(),
        permits: Semaphore::new(plan.jobs),
        runs: RefCell::default(),
        stopped: Cell::new(false),
        left: RefCell::default(),
        begun: Instant::now(),
        one_profile: one_profile(plan),
        credentials: Cell::new(false),
        probed: probed_more_than_once(plan),
    };
    let probed = live_settings(plan).filter(|settings| settings.probe.is_some()).count();
    if probed > 0 {
        console.hint(&format!(
            "uploading a test object `{PROBE_KEY}` to each of {probed} buckets and deleting it; where a bucket keeps versions, a \
             version of it will stay (`--no-probe` only reads)"
        ));
    }
    let watches = plan.patience.watch.is_some();
    let mut stopped_by: Option<Interruption> = None;
    let mut refused: Option<Error> = None;
    let targets = plan.targets.iter().enumerate().take_while(|_| !pool.stopped.get());
    let checks = stream::iter(targets).map(|(number, target)| finished(one(&pool, number, target)));
    let mut checks = pin!(checks.buffered(plan.jobs * AHEAD));
    loop {
        tokio::select! {
            finished = checks.next() => {
                let Some(finished) = finished else { break };
                pool.line.borrow_mut().clear();
                let taken_in = finished.and_then(|report| {
                    // What a watch has seen by then is worth telling.
                    if !pool.stopped.get() || (watches && stopped_by.is_some()) {
                        publisher.next(&report, &overview)?;
                        overview.add(&report);
                    }
                    Ok(())
                });
                if let Err(error) = taken_in {
                    pool.stop();
                    refused.get_or_insert(error);
                }
            }
            interruption = signals.next() => {
                pool.line.borrow_mut().clear();
                if stopped_by.is_some() {
                    return Err(interruption.error(pool.left_behind()));
                }
                console.note(&interruption.answer(watches));
                pool.stop();
                stopped_by = Some(interruption);
            }
            _ = ticks.tick() => progress(&pool, &overview),
        }
    }
    pool.line.borrow_mut().clear();
    match (stopped_by, refused) {
        (Some(interruption), _) => {
            let error = interruption.error(joined(&pool.left.borrow()));
            let (done, all) = (overview.len(), plan.targets.len());
            if watches && done > 0 {
                publisher.end(&overview)?;
            }
            let message = format!("stopped by {}: {done} of {all} buckets were judged", interruption.name);
            Err(Error { message, ..error })
        }
        (None, Some(error)) => Err(error),
        (None, None) => publisher.end(&overview).map(|()| overview),
    }
}

/// What a check comes to. A fault of our own in one ends no other before its probe has cleaned up.
async fn finished(check: impl Future<Output = Result<Report, Error>>) -> Result<Report, Error> {
    let mut check = pin!(check);
    let poll = |context: &mut Context<'_>| {
        let polled = catch_unwind(AssertUnwindSafe(|| check.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(Error::new("checking a bucket did not finish"))))
    };
    poll_fn(poll).await
}

/// Checks one bucket, once it is its turn.
async fn one<'a>(pool: &WorkerPool<'a>, number: usize, target: &'a Target) -> Result<Report, Error> {
    let _alone = match pool.probed.get(&target.connection.bucket) {
        Some(alone) => Some(alone.lock().await),
        None => None,
    };
    let _turn = pool.permits.acquire().await.map_err(|error| Error::new(error.to_string()))?;
    match &target.source {
        Source::Stored(stored) => Ok(judge_stored(target, stored)),
        Source::File(path) => {
            let (_, snapshot) = stored(path, Some(&target.connection.bucket))?;
            Ok(judge(target, &snapshot, None, None))
        }
        Source::Live(settings) => Box::pin(live(pool, number, target, settings)).await,
    }
}

async fn live<'a>(
    pool: &WorkerPool<'a>,
    number: usize,
    target: &'a Target,
    settings: &Settings,
) -> Result<Report, Error> {
    let patience = pool.plan.patience(target);
    if pool.stopped.get() && patience.watch.is_some() {
        return Ok(unread(target, ReadFailure::TIMED_OUT, "the watch was stopped before this bucket's turn came"));
    }
    if pool.stopped.get() || patience.left() == Some(Duration::ZERO) {
        let why = "the time limit of the whole run passed before this bucket's turn came";
        return Ok(unread(target, ReadFailure::TIMED_OUT, why));
    }
    let run = Run::default();
    let bucket = &target.connection.bucket;
    pool.runs.borrow_mut().insert(number, (bucket, run.clone()));
    let announce = |pause: Pause| pool.line.borrow_mut().announce(&format!("{bucket}: {pause}"));
    let judged = |gathered: &_| judge_live(target, gathered);
    let gathered = Box::pin(rounds(settings, patience, judged, &run, announce, Some(&pool.shared))).await;
    pool.runs.borrow_mut().remove(&number);
    match gathered {
        Ok(gathered) => {
            pool.credentials.set(true);
            if let Some(left) = &gathered.left_behind {
                pool.line.borrow_mut().clear();
                pool.console.note(left);
                pool.left.borrow_mut().push(left.clone());
            }
            Ok(judged(&gathered))
        }
        // Where others found credentials, or looked elsewhere, this one was unlucky, and the others go on.
        Err(error) if pool.one_profile && !pool.credentials.get() => Err(Error::new(error.to_string())),
        Err(error) => Ok(unread(target, ReadFailure::NO_CREDENTIALS, &error.to_string())),
    }
}

/// The report of a bucket that nothing was asked about.
fn unread(target: &Target, code: &str, why: &str) -> Report {
    let snapshot = Snapshot::unreadable(target.connection.bucket.as_str(), Timestamp::now(), code, why);
    judge(target, &snapshot, Some(&Live::nothing(why)), Some(why.to_owned()))
}

fn live_settings(plan: &Plan) -> impl Iterator<Item = &Settings> {
    plan.targets.iter().filter_map(|target| match &target.source {
        Source::Live(settings) => Some(settings.as_ref()),
        Source::Stored(_) | Source::File(_) => None,
    })
}

fn one_profile(plan: &Plan) -> bool {
    let mut profiles = live_settings(plan).map(|settings| settings.profile.as_deref());
    let first = profiles.next();
    profiles.all(|profile| Some(profile) == first)
}

fn probed_more_than_once(plan: &Plan) -> HashMap<BucketName, Mutex<()>> {
    let mut seen = HashSet::new();
    let probed = live_settings(plan).filter(|settings| settings.probe.is_some()).map(|settings| &settings.bucket);
    probed.filter(|bucket| !seen.insert(*bucket)).map(|bucket| (bucket.clone(), Mutex::default())).collect()
}

fn progress(pool: &WorkerPool<'_>, overview: &Overview) {
    const CELLS: usize = 20;
    if pool.begun.elapsed() < Duration::from_millis(300) {
        return;
    }
    let (done, all) = (overview.len(), pool.plan.targets.len());
    let full = done * CELLS / all.max(1);
    let bar = format!("{}{}", "#".repeat(full), ".".repeat(CELLS - full));
    let failed = overview.count(ReportVerdict::Fail);
    let waiting: Vec<&str> = pool.runs.borrow().values().map(|(bucket, _)| bucket.as_str()).collect();
    let waiting = waiting.join(", ");
    pool.line.borrow_mut().show(&format!("[{bar}] {done} of {all} buckets, {failed} failed; checking {waiting}"));
}
