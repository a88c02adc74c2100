//! Many buckets in one run: so many at a time, reported in the order given, each written as soon as it can be.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use stc_check::aws::{Run, Settings, Shared};
use stc_check::names::BucketName;
use stc_check::render::Overview;
use stc_check::report::{Report, ReportVerdict};
use stc_check::snapshot::observations::Live;
use stc_check::snapshot::{ReadFailure, Snapshot};
use stc_check::vendor::PROBE_KEY;
use tokio::sync::{Mutex, Semaphore, mpsc};
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::console::Console;
use super::error::Error;
use super::judge::{judge, judge_live, judge_stored};
use super::live::{rounds, runtime};
use super::patience::Pause;
use super::plan::{Plan, Source, Target};
use super::progress::{StatusLine, TICK};
use super::signals::{Interruption, Signals};
use super::source::stored;

mod publisher;

use publisher::Publisher;

/// So many finished or running checks are held at a time, for each that may run: one that is slow then holds up
/// no others for a while, and memory stays bounded.
const AHEAD: usize = 4;

/// Checks every bucket.
///
/// # Errors
/// When there are no credentials, a file cannot be written, or a signal came.
pub(crate) fn run(plan: Plan, console: &Console) -> Result<u8, Error> {
    let runtime = runtime()?;
    let publisher = Publisher::begin(&plan, console)?;
    let overview = LocalSet::new().block_on(&runtime, attended(plan, publisher, console));
    runtime.shutdown_background();
    overview.map(|overview| overview.exit())
}

/// What all checks under way share.
struct WorkerPool {
    plan: Plan,
    shared: Shared,
    permits: Semaphore,
    /// Those that talk to AWS at this moment, by the number of their bucket.
    runs: RefCell<BTreeMap<usize, Run>>,
    stopped: Cell<bool>,
    /// What is waited for, and what a probe left behind.
    plan_context: mpsc::UnboundedSender<Remark>,
    begun: Instant,
    /// Whether all look for the same credentials: where one finds none, none will.
    one_profile: bool,
    /// Whether somebody found some.
    credentials: Cell<bool>,
    /// The buckets that several connections probe, one after the other: the probe's key is the same.
    probed: HashMap<BucketName, Mutex<()>>,
}

/// Something to say while the work goes on.
enum Remark {
    Waiting(String),
    LeftBehind(String),
}

impl WorkerPool {
    fn stop(&self) {
        self.stopped.set(true);
        self.runs.borrow().values().for_each(Run::stop);
    }

    fn left_behind(&self) -> Option<String> {
        let left: Vec<_> = self.runs.borrow().values().filter_map(Run::left_behind).collect();
        (!left.is_empty()).then(|| left.join("; "))
    }
}

/// A check under way.
type Job = JoinHandle<Result<Report, Error>>;

async fn attended(plan: Plan, mut publisher: Publisher, console: &Console) -> Result<Overview, Error> {
    let mut signals = Signals::new().map_err(|error| Error::new(format!("listening for signals: {error}")))?;
    let mut line = console.status_line();
    let mut ticks = tokio::time::interval(TICK);
    let (plan_context, mut remark) = mpsc::unbounded_channel();
    let overview = Overview::new(plan.targets.len(), plan.fail_on);
    let mut overview = overview.with_waivers(plan.waivers.clone(), plan.today);
    let pool = Rc::new(WorkerPool {
        shared: Shared::default(),
        permits: Semaphore::new(plan.jobs),
        runs: RefCell::default(),
        stopped: Cell::new(false),
        plan_context,
        begun: Instant::now(),
        one_profile: one_profile(&plan),
        credentials: Cell::new(false),
        probed: probed_more_than_once(&plan),
        plan,
    });
    let probed = live_settings(&pool.plan).filter(|settings| settings.probe.is_some()).count();
    if probed > 0 {
        console.hint(&format!(
            "uploading a test object `{PROBE_KEY}` to each of {probed} buckets and deleting it; where a bucket keeps versions, a \
             version of it will stay (`--no-probe` only reads)"
        ));
    }
    let mut waiting = 0..pool.plan.targets.len();
    let mut jobs: VecDeque<Job> = VecDeque::new();
    let mut stopped_by: Option<Interruption> = None;
    let mut left: Vec<String> = Vec::new();
    let mut refused: Option<Error> = None;
    loop {
        while jobs.len() < pool.plan.jobs * AHEAD && !pool.stopped.get() {
            let Some(number) = waiting.next() else { break };
            jobs.push_back(spawn_local(one(Rc::clone(&pool), number)));
        }
        let Some(job) = jobs.front_mut() else { break };
        tokio::select! {
            finished = job => {
                jobs.pop_front();
                let finished = finished.unwrap_or_else(|error| Err(Error::new(format!("checking a bucket: {error}"))));
                line.clear();
                let taken_in = finished.and_then(|report| {
                    // What a watch has seen by then is worth telling.
                    if !pool.stopped.get() || (pool.plan.watch.is_some() && stopped_by.is_some()) {
                        publisher.next(&report, &overview, console)?;
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
                line.clear();
                if stopped_by.is_some() {
                    return Err(interruption.error(pool.left_behind()));
                }
                console.note(&interruption.answer(pool.plan.watch.is_some()));
                pool.stop();
                stopped_by = Some(interruption);
            }
            Some(remark) = remark.recv() => match remark {
                Remark::Waiting(reason) => line.announce(&reason),
                Remark::LeftBehind(what) => {
                    line.clear();
                    console.note(&what);
                    left.push(what);
                }
            },
            _ = ticks.tick() => progress(&mut line, &pool, &overview),
        }
    }
    line.clear();
    while let Ok(Remark::LeftBehind(what)) = remark.try_recv() {
        console.note(&what);
        left.push(what);
    }
    match (stopped_by, refused) {
        (Some(interruption), _) => {
            let error = interruption.error((!left.is_empty()).then(|| left.join("; ")));
            let (done, all) = (overview.len(), pool.plan.targets.len());
            if pool.plan.watch.is_some() && done > 0 {
                publisher.end(&overview, console)?;
            }
            let message = format!("stopped by {}: {done} of {all} buckets were judged", interruption.name);
            Err(Error { message, ..error })
        }
        (None, Some(error)) => Err(error),
        (None, None) => publisher.end(&overview, console).map(|()| overview),
    }
}

/// Checks one bucket, once it is its turn.
async fn one(pool: Rc<WorkerPool>, number: usize) -> Result<Report, Error> {
    let target = pool.plan.targets.get(number);
    let alone = target.and_then(|target| pool.probed.get(&target.connection.bucket));
    let _alone = match alone {
        Some(alone) => Some(alone.lock().await),
        None => None,
    };
    let _turn = pool.permits.acquire().await.map_err(|error| Error::new(error.to_string()))?;
    let Some(target) = target else {
        return Err(Error::new(format!("there is no bucket number {number}")));
    };
    match &target.source {
        Source::Stored(stored) => Ok(judge_stored(target, stored)),
        Source::File(path) => {
            let (_, snapshot) = stored(path, Some(&target.connection.bucket))?;
            Ok(judge(target, &snapshot, None, None))
        }
        Source::Live(settings) => Box::pin(live(&pool, number, target, settings)).await,
    }
}

async fn live(pool: &WorkerPool, number: usize, target: &Target, settings: &Settings) -> Result<Report, Error> {
    let patience = pool.plan.patience(target);
    if pool.stopped.get() && patience.watch.is_some() {
        return Ok(unread(target, ReadFailure::TIMED_OUT, "the watch was stopped before this bucket's turn came"));
    }
    if pool.stopped.get() || patience.timeout.is_some_and(|timeout| patience.begun.elapsed() >= timeout) {
        let why = "the time limit of the whole run passed before this bucket's turn came";
        return Ok(unread(target, ReadFailure::TIMED_OUT, why));
    }
    let run = Run::new();
    pool.runs.borrow_mut().insert(number, run.clone());
    let bucket = &target.connection.bucket;
    let announce = |pause: Pause| {
        let _ = pool.plan_context.send(Remark::Waiting(format!("{bucket}: {pause}")));
    };
    let judged = |gathered: &_| judge_live(target, gathered);
    let gathered = Box::pin(rounds(settings, patience, judged, &run, announce, Some(&pool.shared))).await;
    pool.runs.borrow_mut().remove(&number);
    match gathered {
        Ok(gathered) => {
            pool.credentials.set(true);
            if let Some(left) = &gathered.left_behind {
                let _ = pool.plan_context.send(Remark::LeftBehind(left.clone()));
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

fn progress(line: &mut StatusLine, pool: &WorkerPool, overview: &Overview) {
    const CELLS: usize = 20;
    if pool.begun.elapsed() < Duration::from_millis(300) {
        return;
    }
    let (done, all) = (overview.len(), pool.plan.targets.len());
    let full = done * CELLS / all.max(1);
    let bar = format!("{}{}", "#".repeat(full), ".".repeat(CELLS - full));
    let failed = overview.count(ReportVerdict::Fail);
    let waiting: Vec<&str> = pool
        .runs
        .borrow()
        .keys()
        .filter_map(|number| pool.plan.targets.get(*number))
        .map(|target| target.connection.bucket.as_str())
        .collect();
    line.show(&format!("[{bar}] {done} of {all} buckets, {failed} failed; checking {}", waiting.join(", ")));
}
