//! A live run: the runtime, signals, the progress line and `--wait`.

mod watching;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use stc_check::aws::{self, Kept, LiveRun, Run, Settings, Shared, Upcoming};
use stc_check::report::{Report, Status};
use stc_check::vendor::PROBE_KEY;
use tokio::runtime::Runtime;

use super::console::Console;
use super::error::Error;
use super::patience::{Patience, Pause};
use super::progress::TICK;
use super::signals::{Interruption, Signals};

/// How long one reading may take where `--timeout` does not say.
const LONGEST_READING: Duration = Duration::from_mins(2);

/// The first pause of `--wait`, the longest, and the shortest that `--timeout` may press it to.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// How a live run ended.
pub(crate) struct Ended {
    pub(crate) gathered: LiveRun,
    /// The exit code of the signal that ended a watch.
    pub(crate) exit: Option<u8>,
}

/// Gathers what there is to judge, again and again under `--wait`. A signal stops it, after the probe has cleaned up;
/// a second one at once.
///
/// # Errors
/// When there are no credentials, the AWS configuration cannot be used, or a signal came.
pub(crate) fn gather(
    settings: &Settings,
    patience: Patience,
    judge: impl Fn(&LiveRun) -> Report,
    console: &Console,
) -> Result<Ended, Error> {
    let runtime = runtime()?;
    let run = Run::default();
    let attended = || runtime.block_on(attended(settings, patience, judge, &run, console));
    let gathered = catch_unwind(AssertUnwindSafe(attended));
    runtime.shutdown_background();
    gathered.unwrap_or_else(|_| {
        Err(run.left_behind().into_iter().fold(Error::new("reading the bucket did not finish"), Error::help))
    })
}

pub(super) fn runtime() -> Result<Runtime, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Error::new(format!("starting the asynchronous runtime: {error}")))
}

async fn attended(
    settings: &Settings,
    patience: Patience,
    judge: impl Fn(&LiveRun) -> Report,
    run: &Run,
    console: &Console,
) -> Result<Ended, Error> {
    let mut signals = Signals::new().map_err(|error| Error::new(format!("listening for signals: {error}")))?;
    let mut ticks = tokio::time::interval(TICK);
    let (line, pause) = (RefCell::new(console.status_line()), RefCell::new(None::<Pause>));
    let mut stopped_by: Option<Interruption> = None;
    let mut upcoming: Option<Upcoming> = None;
    let announce = |next: Pause| {
        line.borrow_mut().announce(&next.to_string());
        pause.replace(Some(next));
    };
    let work = rounds(settings, patience, judge, run, announce, None);
    tokio::pin!(work);
    let gathered = loop {
        tokio::select! {
            // What is about to be written is said before the work goes on to write it.
            biased;
            next = run.next_upcoming(upcoming.as_ref()) => {
                line.borrow_mut().clear();
                console.hint(&announcement(settings, &next));
                upcoming = Some(next);
            }
            interruption = signals.next() => {
                line.borrow_mut().clear();
                if stopped_by.is_some() {
                    return Err(interruption.error(run.left_behind()));
                }
                console.note(&interruption.answer(patience.watch.is_some()));
                run.stop();
                stopped_by = Some(interruption);
            }
            gathered = &mut work => break gathered,
            _ = ticks.tick() => {
                let left = pause.borrow().as_ref().and_then(Pause::left);
                line.borrow_mut().progress(patience.begun, &run.waiting_for(), left);
            }
        }
    };
    line.borrow_mut().clear();
    match (stopped_by, gathered) {
        (None, Ok(gathered)) => Ok(Ended { gathered, exit: None }),
        (None, Err(error)) => Err(Error::new(error.to_string())),
        // What a watch has seen by then is worth telling.
        (Some(Interruption { exit, .. }), Ok(gathered)) if patience.watch.is_some() => {
            Ok(Ended { gathered, exit: Some(exit) })
        }
        (Some(interruption), _) => Err(interruption.error(run.left_behind())),
    }
}

/// Where the test object goes, as whom, and what of it will stay.
fn announcement(settings: &Settings, upcoming: &Upcoming) -> String {
    let Upcoming { owner, kept, retains } = upcoming;
    let bucket = &settings.bucket;
    let account = owner.as_ref().map_or_else(String::new, |owner| format!(" of account {owner}"));
    let role = settings.probe.as_ref().and_then(|probe| probe.role_arn.as_ref());
    let role = role.map_or_else(String::new, |role| format!(", as {role}"));
    let stays = match (kept, retains) {
        (_, Some(true)) => "; Object Lock keeps a version of it until its retention ends",
        (Some(Kept::VersionAndMarker), _) => {
            "; the bucket keeps versions, so a version and a delete marker of it will stay"
        }
        (Some(Kept::Marker), _) => "; versioning is suspended, so a delete marker of it will stay",
        (Some(Kept::Nothing), _) => "",
        (None, _) => "; if the bucket keeps versions, a version of it will stay",
    };
    format!(
        "uploading a test object `{PROBE_KEY}` to s3://{bucket}{account}{role} and deleting it{stays} (`--no-probe` only reads)"
    )
}

/// Reads, and reads again while something is missing and there is time. Without `shared`, every round looks for
/// credentials anew: somebody may have signed in meanwhile.
///
/// # Errors
/// When there are no credentials, or the AWS configuration cannot be used.
pub(super) async fn rounds(
    settings: &Settings,
    patience: Patience,
    judge: impl Fn(&LiveRun) -> Report,
    run: &Run,
    announce: impl Fn(Pause),
    shared: Option<&Shared>,
) -> Result<LiveRun, aws::Error> {
    if let Some(watch) = patience.watch {
        return watching::rounds(settings, watch, patience, judge, run, announce, shared).await;
    }
    let begun = patience.begun;
    let mut pause = FIRST_PAUSE;
    let mut earlier: Option<LiveRun> = None;
    loop {
        let mut round = settings.clone();
        round.timeout = patience.left().or(Some(LONGEST_READING));
        let proven = earlier.take().filter(|gathered| probe_is_settled(&judge(gathered)));
        if proven.is_some() {
            round.probe = None;
        }
        let fresh = Shared::default();
        let mut gathered = aws::gather(&round, run, shared.unwrap_or(&fresh)).await?;
        if let Some(proven) = proven {
            gathered.live.probe = proven.live.probe;
            gathered.left_behind = gathered.left_behind.or(proven.left_behind);
        }
        gathered.duration = begun.elapsed();
        let report = judge(&gathered);
        // Half of the time that the whole run still has is for reading.
        let rest = patience.left().map_or(Duration::MAX, |left| left / 2);
        let pause_now = pause.min(patience.wait.unwrap_or_default().saturating_sub(begun.elapsed())).min(rest);
        let over = pause_now.is_zero() || rest < SHORTEST_PAUSE;
        if over || run.is_stopped() || report.exit(patience.fail_on) == 0 {
            return Ok(gathered);
        }
        announce(Pause::new(standing(&report), "reading again", pause_now));
        tokio::select! {
            () = tokio::time::sleep(pause_now) => {}
            () = run.stopped() => return Ok(gathered),
        }
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        earlier = Some(gathered);
    }
}

/// Whether the probe has shown all it can, so that another upload would only be noise in the bucket.
fn probe_is_settled(report: &Report) -> bool {
    let mut probe = report.checks.iter().filter(|check| check.id.family() == "probe");
    probe.all(|check| !matches!(check.status, Status::Fail | Status::Unknown))
}

/// What is still in the way, in a line.
fn standing(report: &Report) -> String {
    let mut blocking = report.checks.iter().filter(|check| {
        check.status == Status::Fail
            || check.status == Status::Warn
            || (check.required && check.status == Status::Unknown)
    });
    let first = blocking.next().map_or_else(String::new, |check| format!("{}: {}", check.id, check.message));
    match blocking.count() {
        0 => format!("not yet: {first}"),
        more => format!("not yet: {first} (and {more} more)"),
    }
}
