//! One request, and what its answer means: the one place where an SDK result becomes a [`Fact`].

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;

use super::Run;
use super::failure::{failure, malformed, no_answer};
use crate::snapshot::{Fact, Operation, ReadFailure};

/// How long a probe may go on once the run is over, to take its object away: for all that it still asks together.
const GRACE: Duration = Duration::from_secs(5);

/// An error that a service may answer with.
pub(super) trait ServiceError: ProvideErrorMetadata + StdError + Send + Sync + 'static {}

impl<E: ProvideErrorMetadata + StdError + Send + Sync + 'static> ServiceError for E {}

/// A request under way. On the heap, since the SDK's own futures are large.
pub(super) type Asked<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// When a run is over: at its deadline, or when somebody stops it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    run: Run,
    deadline: Option<Instant>,
    /// The reads that are wanted; none for all.
    reads: Option<Vec<Operation>>,
    /// How long requests may go on once the run is over, all together.
    grace: Duration,
}

impl Session {
    pub(super) fn new(run: &Run, limit: Option<Duration>) -> Self {
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        Self { run: run.clone(), deadline, reads: None, grace: Duration::ZERO }
    }

    /// A session in which only these facts are read.
    pub(super) fn limited_to(self, reads: Option<&[Operation]>) -> Self {
        Self { reads: reads.map(<[Operation]>::to_vec), ..self }
    }

    /// The same for what must not be left half done: the probe takes its object away.
    pub(super) fn with_grace(&self) -> Self {
        Self { grace: GRACE, ..self.clone() }
    }

    fn wants(&self, operation: Operation) -> bool {
        let always = [Operation::HeadBucket, Operation::GetCallerIdentity];
        always.contains(&operation) || self.reads.as_ref().is_none_or(|reads| reads.contains(&operation))
    }

    pub(super) fn run(&self) -> &Run {
        &self.run
    }

    pub(super) fn is_over(&self) -> bool {
        self.over_since().is_some()
    }

    /// When the run came to its end, where it has.
    fn over_since(&self) -> Option<Instant> {
        let passed = self.deadline.filter(|deadline| Instant::now() >= *deadline);
        [self.run.stopped_since(), passed].into_iter().flatten().min()
    }

    /// Rests, but no longer than what is asked within [`GRACE`] may still take.
    pub(super) async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = self.over_for(GRACE) => {}
        }
    }

    /// Comes back once the run has been over for so long, with the reason.
    async fn over_for(&self, grace: Duration) -> &'static str {
        let why = self.over().await;
        tokio::time::sleep_until(self.over_since().unwrap_or_else(Instant::now) + grace).await;
        why
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
    pub(super) fn read<'a, O: Send + 'a, E: ServiceError, T: 'a>(
        &'a self,
        operation: Operation,
        call: impl Future<Output = Result<O, SdkError<E, Response>>> + Send + 'a,
        keep: fn(O) -> Result<T, &'static str>,
    ) -> Asked<'a, Fact<T>> {
        if !self.wants(operation) {
            return Box::pin(async { Fact::NotRead });
        }
        let answer = self.ask(operation, call);
        Box::pin(async move {
            match answer.await.map(keep) {
                Ok(Ok(value)) => Fact::Found(value),
                Ok(Err(missing)) => Fact::Unreadable(malformed(operation, missing)),
                Err(failure) if operation.absent_codes().contains(&failure.code.as_str()) => Fact::Absent(failure),
                Err(failure) => Fact::Unreadable(failure),
            }
        })
    }

    /// Asks, and gives up once the run is over, and its grace with it.
    pub(super) fn ask<'a, O: Send + 'a, E: ServiceError>(
        &'a self,
        operation: Operation,
        call: impl Future<Output = Result<O, SdkError<E, Response>>> + Send + 'a,
    ) -> Asked<'a, Result<O, ReadFailure>> {
        Box::pin(async move {
            let started = Instant::now();
            let waiting = self.run.waiting(operation);
            let answer = tokio::select! {
                biased;
                answer = call => answer.map_err(|error| self.cleaned(&failure(operation, &error))),
                why = self.over_for(self.grace) => Err(no_answer(operation, ReadFailure::TIMED_OUT, why.to_owned())),
            };
            drop(waiting);
            let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            match &answer {
                Ok(_) => tracing::debug!(operation = operation.name(), milliseconds, "answered"),
                Err(failure) => tracing::debug!(
                    operation = operation.name(),
                    milliseconds,
                    code = failure.code,
                    status = failure.status,
                    request_id = failure.request_id.as_deref(),
                    "failed"
                ),
            }
            answer
        })
    }

    /// A failure whose words carry no secret on: S3 repeats what was signed in some errors, and a server may repeat
    /// anything (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
    fn cleaned(&self, failure: &ReadFailure) -> ReadFailure {
        let request_id = failure.request_id.as_ref().map(|id| self.run.cleaned_id(id));
        let (code, message) = (self.run.cleaned(&failure.code), self.run.cleaned(&failure.message));
        ReadFailure { code, message, request_id, ..*failure }
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sdk_s3::config::{BehaviorVersion, Region};
    use aws_sdk_s3::primitives::SdkBody;
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::retry::RetryConfig;

    use super::*;
    use crate::aws::reads::policy_text;
    use crate::snapshot::PolicyText;

    /// A service that gives every request the same answer.
    #[derive(Debug, Clone, Copy)]
    struct Answers {
        status: u16,
        body: &'static str,
    }

    impl HttpConnector for Answers {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let status = self.status.try_into().expect("a status");
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(self.body))))
        }
    }

    /// What `GetBucketPolicy` comes to when the service answers so.
    async fn policy(status: u16, body: &'static str) -> Fact<PolicyText> {
        let service = SharedHttpConnector::new(Answers { status, body });
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| service.clone()))
            .build();
        let call = aws_sdk_s3::Client::from_conf(config).get_bucket_policy().bucket("acme-exports").send();
        Session::new(&Run::default(), None)
            .read(Operation::GetBucketPolicy, call, |output| policy_text(output.policy))
            .await
    }

    #[tokio::test]
    async fn each_answer_becomes_a_fact_of_its_own_kind() {
        const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
        const NO_POLICY: &str = "<Error><Code>NoSuchBucketPolicy</Code><Message>none</Message></Error>";
        const NO_BUCKET: &str = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>";
        const SLOW_DOWN: &str = "<Error><Code>SlowDown</Code><Message>later</Message></Error>";
        let unreadable = async |status, body| match policy(status, body).await {
            Fact::Unreadable(failure) => failure,
            other => panic!("{other:?}"),
        };
        assert_eq!(policy(200, "{}").await.found().map(|found| found.policy.as_str()), Some("{}"));
        assert!(matches!(policy(404, NO_POLICY).await, Fact::Absent(failure) if failure.message == "none"));
        assert!(unreadable(403, DENIED).await.is_denied());
        assert_eq!(unreadable(404, NO_BUCKET).await.code, "NoSuchBucket", "only the listed code means \"not set\"");
        assert!(unreadable(503, SLOW_DOWN).await.is_throttled());
        assert_eq!(unreadable(200, "{\"Version\":").await.code, ReadFailure::MALFORMED);
        assert_eq!(unreadable(403, "<html>blocked</html>").await.code, ReadFailure::MALFORMED);
        assert_eq!(unreadable(403, "").await.code, "403", "as the AWS CLI names an answer without a body");
        assert_eq!(unreadable(407, "<html>who?</html>").await.code, "407");
    }

    #[tokio::test]
    async fn a_deadline_ends_a_read_and_says_so() {
        let session = Session::new(&Run::default(), Some(Duration::from_millis(10)));
        let call = std::future::pending::<Result<(), SdkError<aws_sdk_s3::Error, Response>>>();
        let Fact::Unreadable(failure) = session.read(Operation::GetBucketAcl, call, Ok).await else {
            panic!("a read that never ends is unreadable");
        };
        assert_eq!((failure.code.as_str(), failure.operation), (ReadFailure::TIMED_OUT, Operation::GetBucketAcl));
        assert!(session.is_over());
    }
}
