//! The rounds of `stc-check watch`.

use std::time::Duration;

use stc_check::aws::{self, LiveRun, Run, Settings, Shared};
use stc_check::report::{CheckId, Report, Status};

use super::LONGEST_READING;
use crate::cli::patience::{Patience, Pause, Watch};

/// Looks until data flows, the window is over, or nothing more can be learnt; then once at all there is. Stopped before,
/// it gives what was seen last, and says that it was stopped.
///
/// # Errors
/// When there are no credentials, or the AWS configuration cannot be used.
pub(super) async fn rounds(
    settings: &Settings,
    watch: Watch,
    patience: Patience,
    judge: impl Fn(&LiveRun) -> Report,
    run: &Run,
    announce: impl Fn(Pause),
    shared: Option<&Shared>,
) -> Result<LiveRun, aws::Error> {
    let begun = tokio::time::Instant::now();
    let window = watch.window.unwrap_or_default();
    loop {
        let left = patience.left();
        let round = Settings { timeout: Some(left.unwrap_or(LONGEST_READING)), ..settings.clone() };
        let fresh = Shared::default();
        let shared = shared.unwrap_or(&fresh);
        let mut looked = aws::look(&round, run, shared).await?;
        looked.live.interrupted = run.is_stopped();
        let report = judge(&looked);
        let over = window.saturating_sub(begun.elapsed()).min(left.unwrap_or(Duration::MAX));
        let pause = watch.every.unwrap_or_default().min(over);
        if pause.is_zero() || run.is_stopped() || is_final(&report, &looked) {
            return aws::look_closely(&round, looked, run, shared).await;
        }
        announce(Pause::new(newest(&report), "looking again", pause));
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = run.stopped() => {
                looked.live.interrupted = true;
                return Ok(looked);
            }
        }
    }
}

/// Whether another look would say the same: data flows, there is no bucket, or the lists are refused.
fn is_final(report: &Report, looked: &LiveRun) -> bool {
    let is = |id, status| report.checks.iter().any(|check| check.id == id && check.status == status);
    let refused =
        looked.live.look.iter().flat_map(|look| &look.failures).any(stc_check::snapshot::ReadFailure::is_denied);
    is(CheckId::DataFlowing, Status::Pass) || is(CheckId::BucketExists, Status::Fail) || refused
}

/// What was seen last, in a line.
fn newest(report: &Report) -> String {
    let flowing = report.checks.iter().find(|check| check.id == CheckId::DataFlowing);
    flowing.map_or_else(String::new, |check| check.message.trim_end_matches('.').to_owned())
}
