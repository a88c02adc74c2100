//! What the runs of one process share: connections, and credentials that are looked for once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;

use super::answer::Session;
use super::client::{Access, Clients};
use super::error::Error;
use super::login::Login;
use super::settings::Settings;

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
    pub(super) async fn access(&self, settings: &Settings, session: &Session) -> Result<Access, Error> {
        let way = (settings.profile.clone(), settings.endpoint_url.clone());
        let slot = Arc::clone(self.0.lock().await.entry(way).or_default());
        let Ok(mut found) = session.unless_over(slot.lock()).await else {
            let message = "the run was over before there were credentials".to_owned();
            return Ok(Access::Failed { message, s3_override: None, login: Login::Unknown(settings.profile.clone()) });
        };
        let lasting = |clients: &&Clients| clients.expiry.is_none_or(|end| end > SystemTime::now() + MARGIN);
        if let Some(clients) = found.as_ref().filter(lasting) {
            return Ok(Access::Ready(Box::new(clients.of(settings))));
        }
        let access = Box::pin(Clients::load(settings, session)).await?;
        if let Access::Ready(clients) = &access {
            *found = Some(Clients::clone(clients));
        }
        Ok(access)
    }
}
