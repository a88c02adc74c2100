//! A run under way: when it began, its credentials, which the runs of one process share, and its outcome.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use tokio::sync::Mutex;

use super::answer::Session;
use super::client::{Clients, NoAccess};
use super::error::Error;
use super::login::Login;
use super::reader::{Once, Reader};
use super::settings::Settings;
use crate::checks::cause;
use crate::report::Cause;
use crate::snapshot::observations::Live;
use crate::snapshot::{ReadFailure, Snapshot};

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

/// A run that has credentials.
pub(super) struct Opened {
    /// When it began, for the snapshot.
    pub(super) taken_at: Timestamp,
    begun: Instant,
    session: Session,
    pub(super) clients: Clients,
    once: Once,
}

impl Opened {
    /// Looks for credentials. Where a provider should have given some and failed, the run ends there: each of its facts says
    /// so.
    ///
    /// # Errors
    /// When there are no credentials at all, or the AWS configuration cannot be used.
    pub(super) async fn new(
        settings: &Settings,
        session: Session,
        shared: &Shared,
    ) -> Result<Result<Self, Box<LiveRun>>, Error> {
        let (taken_at, begun) = (Timestamp::now(), Instant::now());
        match shared.access(settings, &session).await? {
            Ok(clients) => {
                session.run().hide(clients.secrets());
                Ok(Ok(Self { taken_at, begun, session, clients, once: Once::default() }))
            }
            Err(NoAccess { message, s3_override, login }) => {
                let bucket = settings.bucket.as_str();
                let snapshot = Snapshot::unreadable(bucket, taken_at, ReadFailure::NO_CREDENTIALS, &message);
                let mut live = Live::nothing("there are no credentials to do it with");
                live.endpoint_override = s3_override;
                Ok(Err(Box::new(outcome(snapshot, live, (&login, None), begun, None))))
            }
        }
    }

    pub(super) fn reader<'a>(&'a self, settings: &'a Settings) -> Reader<'a> {
        Reader { session: &self.session, clients: &self.clients, settings, once: &self.once }
    }

    /// The outcome of the run.
    pub(super) fn ended(&self, snapshot: Snapshot, live: Live) -> LiveRun {
        let login = (&self.clients.login, self.clients.s3_override.as_deref());
        outcome(snapshot, live, login, self.begun, self.session.run().left_behind())
    }
}

fn outcome(
    snapshot: Snapshot,
    live: Live,
    (login, endpoint): (&Login, Option<&str>),
    begun: Instant,
    left_behind: Option<String>,
) -> LiveRun {
    let cause = cause::cause(&snapshot, &login.sign_in(), endpoint);
    LiveRun { snapshot, live, cause, duration: begun.elapsed(), left_behind }
}

/// Credentials that end sooner than this are looked for again.
const MARGIN: Duration = Duration::from_mins(5);

/// Connections and credentials for the runs of many buckets: one set for each profile and endpoint.
#[derive(Debug, Default)]
pub struct Shared(Mutex<HashMap<Way, Slot>>);

/// What clients are made for: a profile, and where requests go.
type Way = (Option<String>, Option<String>);

/// The clients of one way, once there are some.
type Slot = Arc<Mutex<Option<Clients>>>;

impl Shared {
    /// The clients for a bucket. Those who ask for the same at the same time wait for the first to find credentials;
    /// where it finds none, the next one tries again.
    async fn access(&self, settings: &Settings, session: &Session) -> Result<Result<Clients, NoAccess>, Error> {
        let way = (settings.profile.clone(), settings.endpoint_url.clone());
        let slot = Arc::clone(self.0.lock().await.entry(way).or_default());
        let Ok(mut found) = session.unless_over(slot.lock()).await else {
            let message = "the run was over before there were credentials".to_owned();
            let login = Login::unknown(settings.profile.clone());
            return Ok(Err(NoAccess { message, s3_override: None, login }));
        };
        let lasting = |clients: &&Clients| clients.expiry.is_none_or(|end| end > SystemTime::now() + MARGIN);
        if let Some(clients) = found.as_ref().filter(lasting) {
            return Ok(Ok(clients.of(settings)));
        }
        let access = Box::pin(Clients::load(settings, session)).await?;
        if let Ok(clients) = &access {
            *found = Some(clients.clone());
        }
        Ok(access)
    }
}
