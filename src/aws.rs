//! The AWS edge: asks each question once and hands the answers over as plain data.
//!
//! Everything that touches the network is here: the clients, the reads (`reads`), the probe (`probe`) and the
//! plain-HTTP request (`transport`). No judgement is passed.

use crate::snapshot::Fact;
use crate::snapshot::observations::Live;

use answer::Session;
use opened::Opened;

pub use error::Error;
pub use opened::{LiveRun, Shared};
pub use run::{Kept, Run, Upcoming};
pub use settings::{Evidence, ProbeSettings, Settings};

mod answer;
mod beforehand;
mod bucket;
mod client;
mod configuration;
mod connector;
mod credentials;
mod error;
mod failure;
mod guard;
mod locate;
mod login;
mod look;
mod multipart;
mod object;
mod opened;
mod probe;
mod reader;
mod reads;
mod removal;
mod run;
mod settings;
mod traces;
mod transport;

/// Reads everything and does the probe.
///
/// `run` is shared with the shell, which may stop it early (the probe then cleans up first) and ask what it waits for;
/// `shared` holds connections and credentials that the runs for other buckets use too.
///
/// # Errors
/// When there are no credentials at all, or the AWS configuration cannot be used. Whatever fails later is a fact of
/// the snapshot, never an error.
pub async fn gather(settings: &Settings, run: &Run, shared: &Shared) -> Result<LiveRun, Error> {
    let session = Session::new(run, settings.timeout).limited_to(settings.reads.as_deref());
    let opened = match Opened::new(settings, session, shared).await? {
        Ok(opened) => opened,
        Err(ended) => return Ok(*ended),
    };
    let reader = opened.reader(settings);
    let all = async {
        tokio::join!(Box::pin(reader.caller_and_account()), Box::pin(bucket::read_and_probe(&reader, opened.taken_at)))
    };
    let (((caller, account), (mut snapshot, live)), organization) = Box::pin(reader.beside_the_organization(all)).await;
    snapshot.caller = caller;
    snapshot.organization = organization;
    snapshot.account_public_access_block = match &snapshot.bucket_policy {
        // 405: the caller is of another account than the bucket's owner, so that account's settings say nothing here.
        Fact::Unreadable(failure) if failure.code == "MethodNotAllowed" && settings.expected_owner.is_none() => {
            Fact::NotRead
        }
        _ => account,
    };
    Ok(opened.ended(snapshot, live))
}

/// Looks at the data alone: `HeadBucket` to find the bucket, and the lists. Nothing is written.
///
/// # Errors
/// As [`gather`].
pub async fn look(settings: &Settings, run: &Run, shared: &Shared) -> Result<LiveRun, Error> {
    let opened = match Opened::new(settings, Session::new(run, settings.timeout), shared).await? {
        Ok(opened) => opened,
        Err(ended) => return Ok(*ended),
    };
    let reader = opened.reader(settings);
    let located = reader.locate().await;
    let mut snapshot = reader.nothing_read(located.region.as_deref(), opened.taken_at);
    snapshot.head_bucket = reader.head_again(&located).await;
    let mut live = Live::nothing("watching only looks");
    live.endpoint_override.clone_from(&opened.clients.s3_override);
    live.aws_options = settings.aws_options(&located.ask);
    let sought = settings.evidence.as_ref().and_then(|evidence| evidence.sought.as_ref());
    if let Some(sought) = sought.filter(|_| !located.is_missing()) {
        live.look = Some(Box::pin(reader.look(&located.ask, sought)).await);
    }
    Ok(opened.ended(snapshot, live))
}

/// After the last look, what `data.encrypted` and `vendor.seen` are decided from. Nothing is written.
///
/// # Errors
/// As [`gather`].
pub async fn look_closely(
    settings: &Settings,
    mut looked: LiveRun,
    run: &Run,
    shared: &Shared,
) -> Result<LiveRun, Error> {
    let there = looked.snapshot.head_bucket.found().is_some() || looked.live.look.is_some();
    let Some(evidence) = settings.evidence.as_ref().filter(|_| there) else { return Ok(looked) };
    let session = Session::new(run, settings.timeout);
    if let Ok(opened) = Opened::new(settings, session, shared).await? {
        let region = looked.snapshot.region.clone().unwrap_or_else(|| opened.clients.first_region.clone());
        let reader = opened.reader(settings);
        if let Some(look) = &mut looked.live.look {
            look.newest_encryption = reader.newest_encryption(&region, look).await;
        }
        reader.read_evidence(&region, evidence, &mut looked.snapshot).await;
    }
    Ok(looked)
}
