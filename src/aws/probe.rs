//! The probe: upload `_ACCESS_CONFIRMATION` as the vendor does, delete it again, make sure that it is deleted.
//!
//! - The upload carries `If-None-Match: *`, so it can replace nothing.
//! - The delete is a plain one, as the vendor's is: under versioning it leaves our version below a delete marker.
//!   It carries `If-Match` with our `ETag`, so it can hit nothing else. That asks for `s3:GetObject` as well
//!   (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>), which the vendor does not
//!   have, and emulators refuse it: then the object is looked at first, and the delete goes without the condition
//!   only if it is still ours. Such a delete is never repeated unseen.
//! - What ends without an answer may have happened: the object's mark (its metadata) tells.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;

use super::failure::malformed;
use super::object::{Prober, RUN, Seen, TOOL, is_open, request, uploaded};
use super::settings::ProbeSettings;
use crate::snapshot::observations::{Leftover, Probe, Step, Uploaded};
use crate::snapshot::{Operation, ReadFailure};
use crate::text::shell::command;
use crate::vendor::PROBE_KEY;

const TAKEN: &str = "another object is already there and was left alone";

pub(super) const TRIES: u32 = 3;
pub(super) const PAUSE: Duration = Duration::from_millis(250);

impl Prober<'_> {
    pub(super) async fn probe(&self, settings: &ProbeSettings) -> Probe {
        let mut probe = Probe {
            role: settings.role_arn.clone(),
            leftover: Step::not_tried("the run ended before it"),
            upload: Step::not_tried("the run ended before it"),
            delete: Step::not_tried("nothing was uploaded"),
            gone: Step::not_tried("nothing was uploaded"),
            multipart: settings.multipart.then(|| Step::not_tried("the run ended before it")),
        };
        if self.session.is_over() {
            return probe;
        }
        (probe.leftover, probe.upload) = self.look_and_upload().await;
        match &probe.upload {
            Step::Done(uploaded) => (probe.delete, probe.gone) = self.remove(uploaded).await,
            Step::Failed(failure) if !is_open(failure) => self.nothing_left(),
            Step::Failed(_) | Step::NotTried(_) => {}
        }
        if settings.multipart {
            probe.multipart = Some(match &probe.gone {
                _ if self.session.is_over() => Step::not_tried("the run ended before it"),
                Step::Done(true) => self.multipart().await,
                _ => Step::not_tried("the key is not free"),
            });
        }
        probe
    }

    async fn upload(&self) -> Result<Uploaded, ReadFailure> {
        let mut tries = 1;
        loop {
            self.may_be_left(None, None);
            let call = request!(self, writer, put_object)
                .if_none_match("*")
                .checksum_algorithm(ChecksumAlgorithm::Crc32)
                .content_type("text/plain; charset=utf-8")
                .metadata(TOOL, env!("CARGO_PKG_VERSION"))
                .metadata(RUN, &self.run_id)
                .body(ByteStream::from(self.body().into_bytes()));
            match self.session.ask(Operation::PutObject, call.send()).await {
                Ok(put) => {
                    return match put.e_tag {
                        Some(_) => Ok(uploaded!(put)),
                        None => Err(malformed(Operation::PutObject, "the answer holds no ETag")),
                    };
                }
                // Another conditional request is under way on this key; S3 asks to try again.
                Err(failure) if failure.status == Some(409) && tries < TRIES && !self.session.is_over() => {
                    self.session.rest(PAUSE * tries).await;
                    tries += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// What the object says.
    pub(super) fn body(&self) -> String {
        format!(
            "Test object of stc-check {} (run {}): it shows that this bucket can be written to. It is deleted at once; \
             if you find it here, you may delete it.\n",
            env!("CARGO_PKG_VERSION"),
            self.run_id
        )
    }

    /// Looks and uploads side by side: the upload's condition keeps it from harm, and a round is saved. Other services than
    /// AWS may not know the condition, so under an endpoint override the look comes first.
    async fn look_and_upload(&self) -> (Step<Option<Leftover>>, Step<Uploaded>) {
        if self.reader.clients.s3_override.is_some() {
            return self.look_then_upload().await;
        }
        let (mut look, mut upload) = (Box::pin(self.look()), Box::pin(self.upload()));
        let (upload, before) = tokio::select! {
            biased;
            upload = &mut upload => (upload, None),
            before = &mut look => (upload.await, Some(before)),
        };
        let before = match (&upload, before) {
            (Err(_), None) => Some(look.await),
            (_, before) => before,
        };
        self.uploaded(upload, before).await
    }

    /// What an upload came to, with what the look beside it saw.
    async fn uploaded(
        &self,
        upload: Result<Uploaded, ReadFailure>,
        before: Option<Result<Option<Seen>, ReadFailure>>,
    ) -> (Step<Option<Leftover>>, Step<Uploaded>) {
        let failure = match upload {
            // The condition held, so nothing lay there, whatever the look would have seen.
            Ok(uploaded) => return (Step::Done(None), Step::Done(uploaded)),
            Err(failure) => failure,
        };
        let before = before.unwrap_or(Ok(None));
        let leftover = |seen: Result<Option<Seen>, ReadFailure>| match seen {
            Ok(Some(seen)) if seen.is_of(&self.run_id, None) => Step::Done(None),
            Ok(seen) => Step::Done(seen.map(Seen::leftover)),
            Err(failure) => Step::Failed(failure),
        };
        if !is_open(&failure) && !matches!(failure.status, Some(409 | 412)) {
            return (leftover(before), Step::Failed(failure));
        }
        // Taken, or no answer: our own upload may have arrived, at a first attempt or at last.
        match self.look_twice(is_open(&failure)).await {
            Ok(Some(seen)) if seen.is_of(&self.run_id, None) => (Step::Done(None), Step::Done(seen.object)),
            Ok(Some(seen)) => {
                self.nothing_left();
                let seen = self.with_owner(seen).await;
                let upload = match failure.status {
                    Some(409) => Step::Failed(failure),
                    _ => Step::not_tried(TAKEN),
                };
                (Step::Done(Some(seen.leftover())), upload)
            }
            Ok(None) => {
                // What ended without any answer may still be on its way: then the note stays.
                if failure.status.is_some() {
                    self.nothing_left();
                }
                (leftover(before), Step::Failed(failure))
            }
            Err(look) => (Step::Failed(look), Step::Failed(failure)),
        }
    }

    async fn look_then_upload(&self) -> (Step<Option<Leftover>>, Step<Uploaded>) {
        match self.look().await {
            Ok(Some(seen)) => {
                let seen = self.with_owner(seen).await;
                (Step::Done(Some(seen.leftover())), Step::not_tried(TAKEN))
            }
            Ok(None) => self.uploaded(self.upload().await, Some(Ok(None))).await,
            Err(failure) => {
                let why = "stc-check could not see whether another object is there, and this service may not know \
                           uploads with a condition";
                (Step::Failed(failure), Step::not_tried(why))
            }
        }
    }

    /// An upload whose connection broke may take a moment longer to arrive.
    async fn look_twice(&self, again: bool) -> Result<Option<Seen>, ReadFailure> {
        match self.look().await {
            Ok(None) if again => {
                self.session.rest(PAUSE).await;
                self.look().await
            }
            seen => seen,
        }
    }

    pub(super) fn nothing_left(&self) {
        self.session.run().set_left_behind(None);
    }

    /// Notes beforehand what will be in the bucket, so that the message of an interrupted run can name it.
    pub(super) fn may_be_left(&self, uploaded: Option<&Uploaded>, multipart: Option<&str>) {
        let bucket = self.reader.bucket();
        let (what, command) = match multipart {
            Some(upload) => ("an unfinished upload of", self.abort_command(upload)),
            None => ("our object", self.delete_command(uploaded.and_then(|uploaded| uploaded.version_id.as_deref()))),
        };
        let verb = if uploaded.is_some() || multipart.is_some() { "lies" } else { "may lie" };
        self.session.run().set_left_behind(Some(format!(
            "{what} `{PROBE_KEY}` {verb} in the bucket `{bucket}`; remove it with `{command}`"
        )));
    }

    /// Without the version unless it is known that nothing retains it: S3 refuses to delete a retained version, and takes a
    /// delete without one. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
    fn delete_command(&self, version: Option<&str>) -> String {
        let version = version.filter(|version| *version != "null" && self.session.run().retains_nothing());
        self.aws_command("delete-object", version.map(|version| ["--version-id", version]))
    }

    pub(super) fn abort_command(&self, upload: &str) -> String {
        self.aws_command("abort-multipart-upload", Some(["--upload-id", upload]))
    }

    fn aws_command(&self, operation: &str, argument: Option<[&str; 2]>) -> String {
        let mut words = vec!["aws", "s3api", operation, "--bucket", self.reader.bucket(), "--key", PROBE_KEY];
        words.extend(argument.into_iter().flatten());
        let options = self.reader.settings.aws_options(self.region);
        words.extend(options.iter().map(String::as_str));
        command(words)
    }
}
