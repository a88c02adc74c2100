//! The end of the probe: taking away the object that was uploaded, and no other.

use aws_smithy_types::retry::RetryConfig;

use super::failure::malformed;
use super::guard::LastStatus;
use super::object::{Prober, is_open, request};
use super::probe::{PAUSE, TRIES};
use crate::snapshot::observations::{Deleted, Step, Uploaded};
use crate::snapshot::{Operation, ReadFailure};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
const NO_CONTENT: u16 = 204;

impl Prober<'_> {
    /// Takes away what we wrote, and nothing else.
    pub(super) async fn remove(&self, uploaded: &Uploaded) -> (Step<Deleted>, Step<bool>) {
        self.may_be_left(Some(uploaded), None);
        // LocalStack answers 501 to `If-Match` on a delete; knowing it saves the rounds that would find out.
        let unconditional = self.reader.clients.is_localstack();
        let mut condition = uploaded.etag.clone().filter(|_| !unconditional);
        let mut delete = Step::not_tried("the object could not be looked at");
        let mut sure = condition.is_some() || unconditional;
        for attempt in 1..=TRIES {
            let look = if sure { None } else { Some(self.look().await) };
            sure = false;
            match look {
                Some(Ok(None)) => {
                    // An earlier attempt succeeded, whatever became of its answer.
                    self.nothing_left();
                    return (Step::Done(Deleted::default()), Step::Done(true));
                }
                Some(Ok(Some(seen))) if !seen.is_of(&self.run_id, Some(uploaded)) => {
                    self.nothing_left();
                    let why = "another object has taken the place of ours and is left alone";
                    return (Step::not_tried(why), Step::Done(true));
                }
                Some(Err(failure)) if condition.is_none() => return (delete, Step::Failed(failure)),
                _ => {}
            }
            match self.delete(condition.clone()).await {
                Ok(deleted) => match self.look().await {
                    Ok(Some(seen)) if seen.is_of(&self.run_id, Some(uploaded)) => delete = Step::Done(deleted),
                    Ok(_) => {
                        self.nothing_left();
                        return (Step::Done(deleted), Step::Done(true));
                    }
                    Err(failure) => {
                        self.nothing_left();
                        return (Step::Done(deleted), Step::Failed(failure));
                    }
                },
                Err(failure) => {
                    let may_pass = is_open(&failure) || failure.is_throttled();
                    let refused = !may_pass && !matches!(failure.status, Some(404 | 412));
                    delete = Step::Failed(failure);
                    if refused && condition.take().is_none() {
                        break;
                    }
                    if refused {
                        continue;
                    }
                }
            }
            self.session.rest(PAUSE * attempt).await;
        }
        let gone = match self.look().await {
            Ok(seen) => Step::Done(!seen.is_some_and(|seen| seen.is_of(&self.run_id, Some(uploaded)))),
            Err(failure) => Step::Failed(failure),
        };
        if gone == Step::Done(true) {
            self.nothing_left();
            if matches!(&delete, Step::Failed(failure) if is_open(failure)) {
                return (Step::Done(Deleted::default()), gone);
            }
        }
        (delete, gone)
    }

    async fn delete(&self, condition: Option<String>) -> Result<Deleted, ReadFailure> {
        // Repeating it without the condition could hit an object that came meanwhile.
        let retries = if condition.is_some() { None } else { Some(RetryConfig::disabled()) };
        let status = LastStatus::default();
        let mut once = aws_sdk_s3::config::Config::builder();
        once.set_retry_config(retries);
        let call = request!(self, writer, delete_object)
            .set_if_match(condition)
            .customize()
            .interceptor(status.clone())
            .config_override(once);
        let answer = self.session.ask(Operation::DeleteObject, call.send()).await?;
        if status.get() != NO_CONTENT {
            return Err(malformed(
                Operation::DeleteObject,
                "the answer is not the empty one that S3 gives to a delete",
            ));
        }
        Ok(Deleted { delete_marker: answer.delete_marker.unwrap_or_default(), version_id: answer.version_id })
    }
}
