//! The AWS edge: asks each question once and hands the answers over as plain data.
//!
//! Everything that touches the network is here: the clients, the reads (`collect`), the probe (`probe`) and the
//! plain-HTTP request (`transport`). No judgement is passed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Notify, oneshot};

use crate::names::{AccountId, Arn, BucketName};
use crate::report::Cause;
use crate::snapshot::observations::{Live, Probe, Step};
use crate::snapshot::{Fact, HeadBucket, Operation, ReadFailure, Snapshot};
use crate::vendor::{Connection, DataShape};

use answer::Session;
use client::Access;
use collect::{Located, Reader};
use login::Login;
use once::Once;
use writer::Writer;

pub use look::Sought;
pub use run::{Kept, Run, Upcoming};
pub use shared::Shared;
pub use traces::Vendor;

mod answer;
mod client;
mod collect;
mod configuration;
mod connector;
mod convert;
mod credentials;
mod failure;
mod guard;
mod login;
mod look;
mod multipart;
mod object;
mod once;
mod probe;
mod removal;
mod run;
mod shared;
mod traces;
mod transport;
mod writer;

/// What to read, where, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bucket.
    pub bucket: BucketName,
    /// The region that the user says the bucket is in; none to find out.
    pub region: Option<String>,
    /// The profile of the AWS configuration files; none for the default chain's own choice.
    pub profile: Option<String>,
    /// Where every request goes instead of AWS (`--endpoint-url`); `AWS_ENDPOINT_URL…` is read from the environment.
    pub endpoint_url: Option<String>,
    /// The account that must own the bucket; goes with every request that takes it.
    pub expected_owner: Option<AccountId>,
    /// The reads that are wanted; none for all. Where the bucket is and who asks is always asked.
    pub reads: Option<Vec<Operation>>,
    /// How to do the probe; none to leave it out.
    pub probe: Option<ProbeSettings>,
    /// What evidence to look for beside the settings; none to leave it.
    pub evidence: Option<Evidence>,
    /// Whether to send a request over plain HTTP, to see it refused.
    pub plain_http: bool,
    /// How long the whole run may take; none for no limit beyond each request's own.
    pub timeout: Option<Duration>,
}

/// Evidence that data flows, and of who writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What counts as data; none where it cannot be told from anything else.
    pub sought: Option<Sought>,
    /// Whose acts to look for.
    pub vendor: Vendor,
}

impl Settings {
    /// How the AWS CLI is told to do as this run does, in this region.
    fn aws_options(&self, region: &str) -> Vec<String> {
        let profile = self.profile.iter().flat_map(|profile| ["--profile", profile]);
        let endpoint_url = self.endpoint_url.iter().flat_map(|url| ["--endpoint-url", url]);
        ["--region", region].into_iter().chain(profile).chain(endpoint_url).map(str::to_owned).collect()
    }
}

impl Evidence {
    /// What to look for in the bucket of a connection.
    #[must_use]
    pub fn of(connection: &Connection) -> Self {
        let sought = match connection.variant.rules().data.shape {
            DataShape::BelowPath => connection.export_path.clone().map(Sought::Below),
            DataShape::Tables => Some(Sought::Tables),
        };
        let arns = connection.principal_arns();
        let accounts = arns.iter().filter_map(|arn| Arn::parse(arn).ok()).map(|arn| arn.account).collect();
        Self { sought, vendor: Vendor { accounts } }
    }
}

/// How to do the probe.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProbeSettings {
    /// The ARN of a role to assume for upload and delete.
    pub role_arn: Option<String>,
    /// What that role's trust policy asks for.
    pub external_id: Option<String>,
    /// Whether to try a multipart upload as well.
    pub multipart: bool,
}

/// Everything that one run learnt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRun {
    /// What was read.
    pub snapshot: Snapshot,
    /// What was done.
    pub live: Live,
    /// The one cause of most failures, and what to run against it: expired credentials, no connection, a proxy.
    pub cause: Option<Cause>,
    /// How long it took.
    pub duration: Duration,
    /// What the probe left in the bucket and could not take away again, with the command that removes it.
    pub left_behind: Option<String>,
}

/// Why nothing could be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The chain of credential providers came to its end.
    #[error(
        "no AWS credentials were found: run `aws login`, `aws sso login` or `aws configure`, set `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY`, or name a profile with `--profile`"
    )]
    NoCredentials,
    /// No configuration file has this profile.
    #[error("the AWS profile `{name}` does not exist; {known}")]
    UnknownProfile {
        /// As it was asked for.
        name: String,
        /// A clause that lists those there are.
        known: String,
    },
    /// A configuration file cannot be used.
    #[error("the AWS configuration cannot be used: {0}")]
    Configuration(String),
}

/// Reads everything and does the probe.
///
/// `run` is shared with the shell, which may stop it early (the probe then cleans up first) and ask what it waits for.
///
/// # Errors
/// When there are no credentials at all, or the AWS configuration cannot be used. Whatever fails later is a fact of
/// the snapshot, never an error.
pub async fn gather(settings: &Settings, run: &Run) -> Result<LiveRun, Error> {
    gather_sharing(settings, run, &Shared::default()).await
}

/// As [`gather`], with connections and credentials that the runs for other buckets use too.
///
/// # Errors
/// As [`gather`].
pub async fn gather_sharing(settings: &Settings, run: &Run, shared: &Shared) -> Result<LiveRun, Error> {
    let (taken_at, begun) = (Timestamp::now(), Instant::now());
    let session = Session::new(run, settings.timeout).limited_to(settings.reads.as_deref());
    let clients = match shared.access(settings, &session).await? {
        Access::Ready(clients) => *clients,
        Access::Failed { message, s3_override, login } => {
            return Ok(without_credentials(settings, (taken_at, begun), &message, s3_override, &login));
        }
    };
    run.hide(clients.secrets());
    let once = Once::default();
    let reader = Reader { session: &session, clients: &clients, settings, once: &once };
    let ((caller, account), (mut snapshot, live)) =
        tokio::join!(Box::pin(reader.caller_and_account()), Box::pin(bucket(&reader, taken_at)));
    snapshot.caller = caller;
    snapshot.account_public_access_block = match &snapshot.bucket_policy {
        // 405: the caller is of another account than the bucket's owner, so that account's settings say nothing here.
        Fact::Unreadable(failure) if failure.code == "MethodNotAllowed" && settings.expected_owner.is_none() => {
            Fact::NotRead
        }
        _ => account,
    };
    let cause = login::cause(&snapshot, &clients.login, clients.s3_override.as_deref());
    Ok(LiveRun { snapshot, live, cause, duration: begun.elapsed(), left_behind: run.left_behind() })
}

/// Looks at the data alone: `HeadBucket` to find the bucket, and the lists. Nothing is written.
///
/// # Errors
/// As [`gather`].
pub async fn look(settings: &Settings, run: &Run, shared: &Shared) -> Result<LiveRun, Error> {
    let (taken_at, begun) = (Timestamp::now(), Instant::now());
    let session = Session::new(run, settings.timeout);
    let clients = match shared.access(settings, &session).await? {
        Access::Ready(clients) => *clients,
        Access::Failed { message, s3_override, login } => {
            return Ok(without_credentials(settings, (taken_at, begun), &message, s3_override, &login));
        }
    };
    run.hide(clients.secrets());
    let once = Once::default();
    let reader = Reader { session: &session, clients: &clients, settings, once: &once };
    let located = reader.locate().await;
    let head = reader.head_again(&located).await;
    let mut snapshot = Snapshot::new(settings.bucket.as_str(), located.region.as_deref(), taken_at);
    snapshot.head_bucket = head;
    let mut live = Live::nothing("watching only looks");
    live.endpoint_override.clone_from(&clients.s3_override);
    live.aws_options = settings.aws_options(&located.ask);
    let sought = settings.evidence.as_ref().and_then(|evidence| evidence.sought.as_ref());
    if let Some(sought) = sought.filter(|_| !located.is_missing()) {
        live.look = Some(Box::pin(reader.look(&located.ask, sought)).await);
    }
    let cause = login::cause(&snapshot, &clients.login, clients.s3_override.as_deref());
    Ok(LiveRun { snapshot, live, cause, duration: begun.elapsed(), left_behind: None })
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
    let session = Session::new(run, settings.timeout);
    let there = looked.snapshot.head_bucket.found().is_some() || looked.live.look.is_some();
    if let (Some(evidence), true) = (&settings.evidence, there)
        && let Access::Ready(clients) = shared.access(settings, &session).await?
    {
        run.hide(clients.secrets());
        let once = Once::default();
        let reader = Reader { session: &session, clients: &clients, settings, once: &once };
        let region = looked.snapshot.region.clone().unwrap_or_else(|| clients.first_region.clone());
        if let Some(look) = &mut looked.live.look {
            look.newest_encryption = reader.newest_encryption(&region, look).await;
        }
        reader.read_evidence(&region, evidence, &mut looked.snapshot).await;
    }
    Ok(looked)
}

/// A run that found no credentials that work.
fn without_credentials(
    settings: &Settings,
    (taken_at, begun): (Timestamp, Instant),
    message: &str,
    s3_override: Option<String>,
    login: &Login,
) -> LiveRun {
    let snapshot = Snapshot::unreadable(settings.bucket.as_str(), taken_at, ReadFailure::NO_CREDENTIALS, message);
    let mut live = Live::nothing("there are no credentials to do it with");
    live.endpoint_override = s3_override;
    let cause = login::cause(&snapshot, login, None);
    LiveRun { snapshot, live, cause, duration: begun.elapsed(), left_behind: None }
}

/// All that concerns the bucket itself. A region that was given saves the round that would find it, and a
/// `HeadBucket` that hangs holds up nothing for long; should the bucket be elsewhere, it is read again there.
async fn bucket(reader: &Reader<'_>, taken_at: Timestamp) -> (Snapshot, Live) {
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
        let _ = tell.send(Box::pin(writer::writer(reader)).await);
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
    let mut snapshot = read.or(early).unwrap_or_else(|| Snapshot::new(reader.settings.bucket.as_str(), None, taken_at));
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
    writer: oneshot::Receiver<Result<Writer, ReadFailure>>,
) {
    if located.is_missing() {
        return;
    }
    let region = located.ask.as_str();
    let key = collect::default_key(snapshot);
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
    let before = snapshot.clone();
    let traces = Box::pin(reader.traces(&before, key.as_deref(), region, &evidence.vendor));
    let (look, traces, probe) = tokio::join!(look, traces, Box::pin(probe(reader, located, writer)));
    live.look = look;
    live.probe = probe;
    snapshot.versions = traces.versions;
    snapshot.multipart_uploads = traces.uploads;
    snapshot.events = traces.events;
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
    writer: Option<oneshot::Receiver<Result<Writer, ReadFailure>>>,
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

/// The upload and delete, by whoever makes them.
async fn probe(
    reader: &Reader<'_>,
    located: &Located,
    writer: oneshot::Receiver<Result<Writer, ReadFailure>>,
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
        Ok(Ok(writer)) => Step::Done(writer.prober(reader, &located.ask, owner.as_deref()).probe(probe).await),
        Ok(Err(failure)) => Step::Failed(failure),
        Err(_) => Step::not_tried("the run ended before it"),
    }
}
