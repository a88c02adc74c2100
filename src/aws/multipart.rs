//! The probe's multipart upload (`--probe-multipart`): the way large files come, and what the key's permissions of
//! FAQ 3 are for. It ends completed and removed, or aborted.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, MultipartUpload};
use aws_smithy_types::date_time::Format;

use super::failure::malformed;
use super::object::{Prober, RUN, TOOL, is_open, request, uploaded};
use crate::snapshot::observations::{Step, Uploaded};
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

const ABORT_TRIES: usize = 3;

impl Prober<'_> {
    pub(super) async fn multipart(&self) -> Step<Uploaded> {
        let earlier = self.unfinished().await;
        let came_to = self.upload_in_parts().await;
        if let (Some(note), None) = (earlier, self.session.run().left_behind()) {
            self.session.run().set_left_behind(Some(note));
        }
        came_to
    }

    /// Uploads that an earlier run was killed over: they are in no list of objects, and are paid for.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>
    async fn unfinished(&self) -> Option<String> {
        let call = self.looker.list_multipart_uploads().bucket(self.reader.bucket()).prefix(PROBE_KEY);
        let call = call.set_expected_bucket_owner(self.owner.clone()).send();
        let list = self.reader.session.ask(Operation::ListMultipartUploads, call).await.ok()?;
        let of_probe = |upload: &&MultipartUpload| upload.key() == Some(PROBE_KEY);
        let commands: Vec<String> = list
            .uploads()
            .iter()
            .filter(of_probe)
            .filter_map(|upload| {
                let begun = upload.initiated().and_then(|time| time.fmt(Format::DateTime).ok()).unwrap_or_default();
                Some(format!("`{}` (begun {begun})", self.abort_command(upload.upload_id()?)))
            })
            .collect();
        (!commands.is_empty()).then(|| {
            format!(
                "unfinished uploads of `{PROBE_KEY}` lie in the bucket from before; if no other run is under way, abort \
                 them with {}",
                commands.join(", ")
            )
        })
    }

    async fn upload_in_parts(&self) -> Step<Uploaded> {
        let upload = match self.create().await {
            Ok(upload) => upload,
            Err(failure) => return Step::Failed(failure),
        };
        self.may_be_left(None, Some(&upload));
        let uploaded = match self.part_and_completion(&upload).await {
            Ok(uploaded) => Ok(uploaded),
            // Completed after all, perhaps: then there is nothing to abort.
            Err(failure) if is_open(&failure) => match self.look().await {
                Ok(Some(seen)) if seen.is_of(&self.run_id, None) => Ok(seen.object),
                _ => Err(failure),
            },
            Err(failure) => Err(failure),
        };
        match uploaded {
            Ok(uploaded) => match self.remove(&uploaded).await {
                (Step::Failed(failure), _) | (_, Step::Failed(failure)) => Step::Failed(failure),
                (Step::NotTried(why), _) => Step::NotTried(why),
                _ => Step::Done(uploaded),
            },
            Err(failure) => {
                self.abort(&upload).await;
                Step::Failed(failure)
            }
        }
    }

    async fn create(&self) -> Result<String, ReadFailure> {
        let call = request!(self, writer, create_multipart_upload)
            .content_type("text/plain; charset=utf-8")
            // The completion may name checksums of parts only where the beginning named their algorithm.
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .metadata(TOOL, env!("CARGO_PKG_VERSION"))
            .metadata(RUN, &self.run_id);
        let created = self.session.ask(Operation::CreateMultipartUpload, call.send()).await?;
        created.upload_id.ok_or_else(|| malformed(Operation::CreateMultipartUpload, "the answer holds no upload id"))
    }

    async fn part_and_completion(&self, upload: &str) -> Result<Uploaded, ReadFailure> {
        let call = request!(self, writer, upload_part)
            .upload_id(upload)
            .part_number(1)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .body(ByteStream::from(self.body().into_bytes()));
        let part = self.session.ask(Operation::UploadPart, call.send()).await?;
        let part = CompletedPart::builder()
            .part_number(1)
            .set_e_tag(part.e_tag)
            .set_checksum_crc32(part.checksum_crc32)
            .build();
        let call = request!(self, writer, complete_multipart_upload)
            .upload_id(upload)
            .if_none_match("*")
            .multipart_upload(CompletedMultipartUpload::builder().parts(part).build());
        let done = self.session.ask(Operation::CompleteMultipartUpload, call.send()).await?;
        Ok(uploaded!(done))
    }

    async fn abort(&self, upload: &str) {
        for _ in 0..ABORT_TRIES {
            let call = request!(self, writer, abort_multipart_upload).upload_id(upload);
            match self.session.ask(Operation::AbortMultipartUpload, call.send()).await {
                Ok(_) => return self.nothing_left(),
                Err(failure) if failure.code == "NoSuchUpload" => return self.nothing_left(),
                Err(failure) if is_open(&failure) => {}
                Err(_) => return,
            }
        }
    }
}
