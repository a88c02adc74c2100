//! All that concerns the bucket itself: what is read of it, and what is done in it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use super::client::Clients;
use super::locate::Located;
use super::object::{Prober, writer};
use super::reader::Reader;
use super::reads::default_key;
use super::settings::Evidence;
use super::transport;
use crate::snapshot::observations::{Live, Probe, Step};
use crate::snapshot::{Fact, HeadBucket, ReadFailure, Snapshot};

/// Reads the bucket, and does the probe. A region that was given saves the round that would find it, and a
/// `HeadBucket` that hangs holds up nothing for long; should the bucket be elsewhere, it is read again there.
pub(super) async fn read_and_probe(reader: &Reader<'_>, taken_at: Timestamp) -> (Snapshot, Live) {
    let (located_at_last, started) = (Notify::new(), AtomicBool::new(false));
    let first = reader.clients.first_region.as_str();
    let early = async {
        let wait = if reader.settings.region.is_some() { Duration::ZERO } else { reader.clients.patience };
        tokio::select! {
            biased;
            () = located_at_last.notified() => None,
            () = tokio::time::sleep(wait) => {
                started.store(true, Ordering::Relaxed);
                Some(Box::pin(reader.read_bucket(first, taken_at)).await)
            }
        }
    };
    // Assuming a role may take its time; only the probe waits for it.
    let (tell, told) = oneshot::channel();
    let assume = async {
        let _ = tell.send(Box::pin(writer(reader)).await);
    };
    let located_then_rest = async {
        let located = reader.locate().await;
        located_at_last.notify_one();
        let read = async {
            let known = located.is_missing() || (started.load(Ordering::Relaxed) && located.ask == first);
            if known { None } else { Some(Box::pin(reader.read_bucket(&located.ask, taken_at)).await) }
        };
        // Where evidence is looked for, the last use of the key is asked before our own probe uses it.
        let (now, later) = if reader.settings.evidence.is_none() { (Some(told), None) } else { (None, Some(told)) };
        let (read, head, live) = tokio::join!(read, reader.head_again(&located), Box::pin(live(reader, &located, now)));
        (located, read, head, live, later)
    };
    let (early, (located, read, head, mut live, later), (), ()) =
        tokio::join!(early, Box::pin(located_then_rest), assume, Box::pin(reader.before_the_probe(first)));
    let mut snapshot = read.or(early).unwrap_or_else(|| reader.nothing_read(None, taken_at));
    // A region that answers for the bucket is the bucket's, even where `HeadBucket` itself got no answer.
    let proven = [
        matches!(snapshot.bucket_policy, Fact::Found(_) | Fact::Absent(_)),
        snapshot.versioning.found().is_some(),
        snapshot.encryption.found().is_some(),
        snapshot.acl.found().is_some(),
    ];
    let answered = proven.contains(&true).then(|| located.ask.clone());
    snapshot.region = located.region.clone().or(answered);
    if let (Some(evidence), Some(later)) = (&reader.settings.evidence, later) {
        Box::pin(look_around(reader, &located, evidence, &mut snapshot, &mut live, later)).await;
    }
    live.owner_confirmed = refused_for_the_owner_alone(live.owner_confirmed, &head);
    snapshot.head_bucket = head;
    (snapshot, live)
}

/// The evidence, and then the probe.
async fn look_around(
    reader: &Reader<'_>,
    located: &Located,
    evidence: &Evidence,
    snapshot: &mut Snapshot,
    live: &mut Live,
    writer: oneshot::Receiver<Result<Clients, ReadFailure>>,
) {
    if located.is_missing() {
        return;
    }
    let region = located.ask.as_str();
    let key = default_key(snapshot);
    snapshot.key_last_usage = reader.key_last_usage(key.as_deref(), region).await;
    let look = async {
        match &evidence.sought {
            Some(sought) => {
                let mut look = Box::pin(reader.look(region, sought)).await;
                look.newest_encryption = reader.newest_encryption(region, &look).await;
                Some(look)
            }
            None => None,
        }
    };
    let traces = Box::pin(reader.traces(snapshot, key.as_deref(), region, &evidence.vendor));
    (live.look, (), live.probe) = tokio::join!(look, traces, Box::pin(probe(reader, located, writer)));
}

/// A refusal with the expected owner says who the owner is not, but only where there is none without it.
fn refused_for_the_owner_alone(confirmed: Step<bool>, head: &Fact<HeadBucket>) -> Step<bool> {
    match confirmed {
        Step::Failed(failure) if failure.is_denied() && head.found().is_some() => Step::Done(false),
        confirmed => confirmed,
    }
}

/// What is done, once `HeadBucket` has answered; without a writer, all but the probe.
async fn live(
    reader: &Reader<'_>,
    located: &Located,
    writer: Option<oneshot::Receiver<Result<Clients, ReadFailure>>>,
) -> Live {
    if located.is_missing() {
        return Live::nothing("there is no such bucket");
    }
    let probe = async {
        match writer {
            Some(writer) => probe(reader, located, writer).await,
            None => Step::not_tried("it comes after the evidence"),
        }
    };
    let (owner_confirmed, plain_http, probe) = tokio::join!(
        reader.confirm_owner(located),
        transport::plain_http(reader, located.region.as_deref()),
        Box::pin(probe)
    );
    let aws_options = reader.settings.aws_options(&located.ask);
    Live {
        endpoint_override: reader.clients.s3_override.clone(),
        aws_options,
        owner_confirmed,
        plain_http,
        probe,
        look: None,
        interrupted: false,
    }
}

/// The upload and the delete, with your credentials or those of the probe role.
async fn probe(
    reader: &Reader<'_>,
    located: &Located,
    writer: oneshot::Receiver<Result<Clients, ReadFailure>>,
) -> Step<Probe> {
    let Some(probe) = &reader.settings.probe else { return Step::not_tried("it was left out") };
    if !located.answered() {
        return Step::not_tried("`HeadBucket` was not answered, and nothing is written before it is");
    }
    let owner = match reader.owner_for_probe(&located.ask).await {
        Ok(owner) => owner,
        Err(failure) => return Step::Failed(failure),
    };
    reader.session.run().announce(reader.upcoming(&located.ask, owner.as_deref()).await).await;
    match writer.await {
        Ok(Ok(writer)) => Step::Done(Prober::new(reader, &writer, &located.ask, owner).probe(probe).await),
        Ok(Err(failure)) => Step::Failed(failure),
        Err(_) => Step::not_tried("the run ended before it"),
    }
}
