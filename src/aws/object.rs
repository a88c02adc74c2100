//! The object under the probe's key: who writes and looks at it, and how to know our own again.

use std::hash::{BuildHasher, RandomState};

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::answer::Session;
use super::client::Clients;
use super::failure::malformed;
use super::reader::Reader;
use crate::snapshot::observations::{Leftover, Uploaded};
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

/// Seconds of a session of `--probe-role-arn`; AWS gives no shorter ones.
const SHORTEST_SESSION: i32 = 900;
/// Metadata that says which tool wrote an object, with its version as the value.
pub(super) const TOOL: &str = "stc-check";
/// Metadata that says which run wrote it.
pub(super) const RUN: &str = "stc-check-run";

/// The two sides of a probe.
pub(super) struct Prober<'a> {
    /// Looks: the caller.
    pub(super) reader: Reader<'a>,
    pub(super) looker: S3,
    /// Uploads and deletes: the caller, or the role of `--probe-role-arn`.
    pub(super) writer: S3,
    /// The run's, with some grace at its end.
    pub(super) session: Session,
    /// The account that every request expects to own the bucket.
    pub(super) owner: Option<String>,
    pub(super) region: &'a str,
    /// Marks our object.
    pub(super) run_id: String,
}

/// A mark that no other run has.
fn new_run_id() -> String {
    format!("{:016x}{:016x}", RandomState::new().hash_one(std::process::id()), RandomState::new().hash_one(TOOL))
}

/// A request about the object: which side makes it, and what the SDK calls it.
macro_rules! request {
    ($prober:ident, $side:ident, $call:ident) => {
        $prober
            .$side
            .$call()
            .bucket($prober.reader.bucket())
            .key(crate::vendor::PROBE_KEY)
            .set_expected_bucket_owner($prober.owner.clone())
    };
}
pub(super) use request;

/// What lies under the key.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) object: Uploaded,
    last_modified: Option<String>,
    owner: Option<String>,
    by_stc_check: bool,
    run: Option<String>,
}

impl Seen {
    /// Whether it is what a run uploaded: its mark, or else the `ETag` that the service gave it.
    pub(super) fn is_of(&self, run: &str, uploaded: Option<&Uploaded>) -> bool {
        let same_etag = || {
            let theirs = uploaded.and_then(|uploaded| uploaded.etag.as_ref());
            theirs.is_some() && theirs == self.object.etag.as_ref()
        };
        match &self.run {
            Some(mark) => mark == run,
            None => same_etag(),
        }
    }

    pub(super) fn leftover(self) -> Leftover {
        Leftover {
            last_modified: self.last_modified,
            etag: self.object.etag,
            version_id: self.object.version_id,
            written_by_stc_check: self.by_stc_check,
            owner: self.owner,
        }
    }
}

impl<'a> Prober<'a> {
    pub(super) fn new(reader: &Reader<'a>, writer: &Clients, region: &'a str, owner: Option<String>) -> Self {
        let (looker, writer) = (reader.clients.s3(region), writer.s3(region));
        let session = reader.session.with_grace();
        Self { reader: *reader, looker, writer, session, owner, region, run_id: new_run_id() }
    }

    /// Looks at the object. Who may not read objects can still see them in the list, with their `ETag`s.
    pub(super) async fn look(&self) -> Result<Option<Seen>, ReadFailure> {
        let call = request!(self, looker, head_object);
        match self.session.ask(Operation::HeadObject, call.send()).await {
            Ok(head) => {
                let metadata = |name: &str| head.metadata.as_ref().and_then(|all| all.get(name)).cloned();
                Ok(Some(Seen {
                    run: metadata(RUN),
                    by_stc_check: metadata(TOOL).is_some(),
                    last_modified: head.last_modified.and_then(rfc3339),
                    owner: None,
                    object: uploaded!(head),
                }))
            }
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => self.look_in_list().await.map_err(|_| failure),
        }
    }

    async fn look_in_list(&self) -> Result<Option<Seen>, ReadFailure> {
        let call = self.looker.list_objects_v2().bucket(self.reader.bucket()).prefix(PROBE_KEY).max_keys(1);
        let call = call.fetch_owner(true).set_expected_bucket_owner(self.owner.clone());
        let list = self.session.ask(Operation::ListObjectsV2, call.send()).await?;
        let object = list.contents.unwrap_or_default().into_iter().find(|object| object.key() == Some(PROBE_KEY));
        Ok(object.map(|object| Seen {
            last_modified: object.last_modified.and_then(rfc3339),
            owner: object.owner.and_then(|owner| owner.id),
            object: Uploaded { etag: object.e_tag, ..Uploaded::default() },
            ..Seen::default()
        }))
    }

    /// The owner, which only the list tells.
    pub(super) async fn with_owner(&self, seen: Seen) -> Seen {
        match self.look_in_list().await {
            Ok(Some(Seen { owner, .. })) => Seen { owner, ..seen },
            _ => seen,
        }
    }
}

/// Assumes the role of `--probe-role-arn`, where one was given.
pub(super) async fn writer(reader: &Reader<'_>) -> Result<Clients, ReadFailure> {
    let asked = reader.settings.probe.as_ref().and_then(|probe| Some((probe.role_arn.as_deref()?, probe)));
    let Some((role, probe)) = asked else { return Ok(reader.clients.clone()) };
    let sts = reader.clients.sts();
    let call = sts
        .assume_role()
        .role_arn(role)
        .role_session_name(TOOL)
        .set_external_id(probe.external_id.clone())
        .duration_seconds(SHORTEST_SESSION);
    let answer = reader.session.ask(Operation::AssumeRole, call.send()).await?;
    let credentials =
        answer.credentials.ok_or_else(|| malformed(Operation::AssumeRole, "the answer holds no credentials"))?;
    let credentials = Credentials::new(
        credentials.access_key_id,
        credentials.secret_access_key,
        Some(credentials.session_token),
        None,
        "AssumeRole",
    );
    let clients = reader.clients.signing_with(credentials);
    reader.session.run().hide(clients.secrets());
    Ok(clients)
}

/// What an answer says of an object and its encryption.
macro_rules! uploaded {
    ($answer:expr) => {{
        let answer = $answer;
        crate::snapshot::observations::Uploaded {
            etag: answer.e_tag,
            version_id: answer.version_id,
            algorithm: answer.server_side_encryption.map(|algorithm| algorithm.as_str().to_owned()),
            kms_key: answer.ssekms_key_id,
            bucket_key: answer.bucket_key_enabled,
        }
    }};
}
pub(super) use uploaded;

/// A time of the service's.
pub(super) fn timestamp(time: DateTime) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_second(time.secs()).ok()
}

pub(super) fn rfc3339(time: DateTime) -> Option<String> {
    time.fmt(Format::DateTime).ok()
}

/// Whether a failed request may have been carried out all the same: no answer, a broken one, or an error of the
/// service's own.
pub(super) fn is_open(failure: &ReadFailure) -> bool {
    failure.status.is_none_or(|status| status >= 500 && status != 501) || failure.code == ReadFailure::MALFORMED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(run: Option<&str>, etag: &str) -> Seen {
        let object = Uploaded { etag: Some(etag.to_owned()), ..Uploaded::default() };
        Seen { run: run.map(str::to_owned), object, ..Seen::default() }
    }

    #[test]
    fn an_object_is_ours_by_its_mark_or_else_by_its_etag() {
        let uploaded = Uploaded { etag: Some("\"a\"".to_owned()), ..Uploaded::default() };
        assert!(seen(Some("1"), "\"a\"").is_of("1", Some(&uploaded)));
        assert!(!seen(Some("2"), "\"a\"").is_of("1", Some(&uploaded)), "another run's mark outweighs the ETag");
        assert!(seen(None, "\"a\"").is_of("1", Some(&uploaded)));
        assert!(!seen(None, "\"b\"").is_of("1", Some(&uploaded)));
        assert!(!seen(None, "\"a\"").is_of("1", None), "without an ETag of ours nothing proves it");
    }

    #[test]
    fn no_two_runs_carry_the_same_mark() {
        assert_ne!(new_run_id(), new_run_id());
        assert_eq!(new_run_id().len(), 32);
    }
}
