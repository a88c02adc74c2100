//! One request, and what its answer means: the one place where an SDK result becomes a [`Fact`].

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::Limited;
use tokio::time::Instant;

use super::Run;
use crate::snapshot::{Fact, ReadFailure, operation};

/// How long a probe may go on once the run is over, to take its object away: for each request of the clean-up.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// No answer that we ask for is longer: the largest is a page of grants.
const LONGEST_ANSWER: usize = 4 << 20;

/// A request under way. On the heap, since the SDK's own futures are large.
pub(super) type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// When a run is over: at its deadline, or when somebody stops it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    run: Run,
    deadline: Option<Instant>,
}

impl Session {
    pub(super) fn new(run: &Run, limit: Option<Duration>) -> Self {
        Self { run: run.clone(), deadline: limit.and_then(|limit| Instant::now().checked_add(limit)) }
    }

    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    pub(super) fn is_over(&self) -> bool {
        self.run.is_stopped() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Waits for something that is no request, but no longer than the run lasts.
    pub(super) async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Result<T, &'static str> {
        tokio::select! {
            done = work => Ok(done),
            why = self.over() => Err(why),
        }
    }

    async fn over(&self) -> &'static str {
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.run.stopped() => "the run was interrupted before the answer came",
            () = deadline => "the time limit of the whole run passed before the answer came",
        }
    }

    /// Reads one fact: absent only by a code that the table of operations lists for it.
    pub(super) fn read<'a, O, E, T>(
        &'a self,
        name: &'static str,
        call: impl Future<Output = Result<O, SdkError<E, Response>>> + Send + 'a,
        keep: fn(O) -> Result<T, &'static str>,
    ) -> Asked<'a, Fact<T>>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        O: Send + 'a,
        T: 'a,
    {
        let answer = self.ask(name, call);
        Box::pin(async move {
            match answer.await {
                Ok(output) => match keep(output) {
                    Ok(value) => Fact::Found(value),
                    Err(missing) => Fact::Unreadable(malformed(name, missing)),
                },
                Err(failure) => {
                    let absent_codes = operation(name).map_or(&[][..], |operation| operation.absent_codes);
                    if absent_codes.contains(&failure.code.as_str()) {
                        Fact::Absent(failure)
                    } else {
                        Fact::Unreadable(failure)
                    }
                }
            }
        })
    }

    /// Asks, and gives up as soon as the run is over.
    pub(super) fn ask<'a, O, E>(
        &'a self,
        name: &'static str,
        call: impl Future<Output = Result<O, SdkError<E, Response>>> + Send + 'a,
    ) -> Asked<'a, Result<O, ReadFailure>>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        O: Send + 'a,
    {
        self.ask_within(name, call, Duration::ZERO)
    }

    /// Asks, and gives up `grace` after the run is over: for what must not be left half done.
    pub(super) fn ask_within<'a, O, E>(
        &'a self,
        name: &'static str,
        call: impl Future<Output = Result<O, SdkError<E, Response>>> + Send + 'a,
        grace: Duration,
    ) -> Asked<'a, Result<O, ReadFailure>>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        O: Send + 'a,
    {
        Box::pin(self.wait_for(name, call, grace))
    }

    async fn wait_for<O, E>(
        &self,
        name: &'static str,
        call: impl Future<Output = Result<O, SdkError<E, Response>>>,
        grace: Duration,
    ) -> Result<O, ReadFailure>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let started = Instant::now();
        let waiting = self.run.waiting(name);
        let over = async {
            let why = self.over().await;
            tokio::time::sleep(grace).await;
            why
        };
        let answer = tokio::select! {
            biased;
            answer = call => answer.map_err(|error| failure(name, &error)),
            why = over => Err(no_answer(name, ReadFailure::TIMED_OUT, why.to_owned())),
        };
        drop(waiting);
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &answer {
            Ok(_) => tracing::debug!(operation = name, milliseconds, "answered"),
            Err(failure) => tracing::debug!(
                operation = name,
                milliseconds,
                code = failure.code,
                status = failure.status,
                request_id = failure.request_id.as_deref(),
                "failed"
            ),
        }
        answer
    }
}

/// An answer that lacks what it must have.
pub(super) fn malformed(operation: &'static str, message: &str) -> ReadFailure {
    no_answer(operation, ReadFailure::MALFORMED, message.to_owned())
}

fn no_answer(operation: &'static str, code: &str, message: String) -> ReadFailure {
    ReadFailure { operation, code: code.to_owned(), message, status: None, request_id: None }
}

/// The words of the cause at the bottom: the SDK's own say no more than "dispatch failure".
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// What failed, in the service's own words where it had any.
fn failure<E>(operation: &'static str, error: &SdkError<E, Response>) -> ReadFailure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let silent = |code: &str, message: String| no_answer(operation, code, message);
    let mut failure = match error {
        SdkError::TimeoutError(_) => silent(ReadFailure::TIMED_OUT, "no answer came in time".to_owned()),
        SdkError::DispatchFailure(cause) if cause.is_timeout() => {
            silent(ReadFailure::TIMED_OUT, "no answer came in time".to_owned())
        }
        SdkError::ServiceError(cause) => {
            let code = cause.err().code().unwrap_or_default().to_owned();
            silent(&code, cause.err().message().unwrap_or_default().to_owned())
        }
        SdkError::ResponseError(_) => {
            silent(ReadFailure::MALFORMED, format!("the answer could not be understood: {}", innermost(error)))
        }
        _ => silent(ReadFailure::UNREACHABLE, innermost(error)),
    };
    if let Some(answer) = error.raw_response() {
        let header = |name: &str| answer.headers().get(name).map(str::to_owned);
        failure.status = Some(answer.status().as_u16());
        failure.request_id = header("x-amz-request-id").or_else(|| header("x-amzn-requestid"));
        let body = answer.body().bytes().unwrap_or_default();
        if answer.status().as_u16() == 407 {
            "407".clone_into(&mut failure.code);
            "a proxy asks for a user name and a password".clone_into(&mut failure.message);
        } else if is_web_page(body) {
            ReadFailure::MALFORMED.clone_into(&mut failure.code);
            failure.message = format!("a web page (status {}) came in place of AWS's answer", answer.status().as_u16());
        } else if body.is_empty() || failure.code.is_empty() {
            // As the AWS CLI names an error without a body, such as those of HEAD requests.
            failure.code = match failure.code.as_str() {
                ReadFailure::MALFORMED => failure.code,
                _ => answer.status().as_u16().to_string(),
            };
        }
    }
    failure
}

/// Whether a body is HTML, as proxies and captive portals send it. AWS never does.
fn is_web_page(body: &[u8]) -> bool {
    let start: String =
        String::from_utf8_lossy(body.get(..body.len().min(256)).unwrap_or_default()).trim_start().to_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The region that a redirect points to: the header, or an element of the error document.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingRouting.html>
pub(super) fn region_in<E>(error: &SdkError<E, Response>) -> Option<String> {
    let answer = error.raw_response()?;
    let body = String::from_utf8_lossy(answer.body().bytes().unwrap_or_default());
    let in_body = || Some(body.split_once("<Region>")?.1.split_once("</Region>")?.0);
    let named = answer.headers().get("x-amz-bucket-region").or_else(in_body)?;
    let plausible = !named.is_empty() && named.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plausible.then(|| named.to_owned())
}

/// Refuses answers that no service gives, before they fill the memory, and notes what -vv shows.
#[derive(Debug)]
pub(super) struct AnswerGuard {
    /// Set once an answer says that LocalStack gave it.
    pub(super) localstack: Arc<AtomicBool>,
}

#[dyn_dispatch_hint]
impl Intercept for AnswerGuard {
    fn name(&self) -> &'static str {
        "AnswerGuard"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let header = |name: &str| response.headers().get(name);
        if header("x-localstack").is_some() {
            self.localstack.store(true, Ordering::Relaxed);
        }
        tracing::debug!(
            status = response.status().as_u16(),
            request_id = header("x-amz-request-id").or_else(|| header("x-amzn-requestid")),
            "an answer came"
        );
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_pages_are_told_from_answers() {
        assert!(is_web_page(b"\n  <!DOCTYPE HTML><title>Sign in</title>"));
        assert!(is_web_page(b"<html lang=\"en\">"));
        assert!(!is_web_page(b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"));
        assert!(!is_web_page(b""));
    }

    #[tokio::test]
    async fn a_deadline_ends_a_read_and_says_so() {
        let session = Session::new(&Run::new(), Some(Duration::from_millis(10)));
        let call = std::future::pending::<Result<(), SdkError<aws_sdk_s3::Error, Response>>>();
        let Fact::Unreadable(failure) = session.read("s3:GetBucketAcl", call, Ok).await else {
            panic!("a read that never ends is unreadable");
        };
        assert_eq!((failure.code.as_str(), failure.operation), (ReadFailure::TIMED_OUT, "s3:GetBucketAcl"));
        assert!(session.is_over());
    }
}
