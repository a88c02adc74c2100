//! What every answer passes before it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU16, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeDeserializationInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body_util::Limited;
use jiff::{SignedDuration, Timestamp};

use super::run::cleaned_id;

/// No answer that we ask for is longer: the largest is a page of grants.
const LONGEST_ANSWER: usize = 4 << 20;

/// Refuses answers that no service gives, before they fill the memory, and notes what -vv shows.
#[derive(Debug)]
pub(super) struct AnswerGuard {
    /// What no log carries on.
    pub(super) secrets: Vec<String>,
    /// Set once an answer says that LocalStack gave it; `None` on AWS's own endpoints, where no answer is believed that.
    pub(super) localstack: Option<Arc<AtomicBool>>,
    /// Set by the `Date` of each answer.
    pub(super) clock: ServiceClock,
}

/// How far the service's clock is ahead of ours, in seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct ServiceClock(Arc<AtomicI64>);

impl ServiceClock {
    /// Clocks that differ by less tell the same time: an answer is on its way for a while.
    const TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

    /// The time by the service's clock, where the two differ by more than a minute; else by ours.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.0.load(Ordering::Relaxed));
        let now = Timestamp::now();
        if ahead.abs() > Self::TOLERANCE { now.checked_add(ahead).unwrap_or(now) } else { now }
    }

    fn note(&self, date: &str) {
        if let Ok(theirs) = jiff::fmt::rfc2822::parse(date) {
            self.0.store(theirs.timestamp().duration_since(Timestamp::now()).as_secs(), Ordering::Relaxed);
        }
    }
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
        if let Some(localstack) = self.localstack.as_ref().filter(|_| header("x-localstack").is_some()) {
            localstack.store(true, Ordering::Relaxed);
        }
        if let Some(date) = header("date") {
            self.clock.note(date);
        }
        tracing::debug!(
            status = response.status().as_u16(),
            request_id = header("x-amz-request-id")
                .or_else(|| header("x-amzn-requestid"))
                .map(|id| cleaned_id(id, &self.secrets)),
            "an answer came"
        );
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = SdkBody::from_body_1_x(Limited::new(body, LONGEST_ANSWER));
        Ok(())
    }
}

/// Keeps the status of the last answer, for operations whose output is made of nothing: any 2xx passes for success there.
#[derive(Debug, Clone, Default)]
pub(super) struct LastStatus(Arc<AtomicU16>);

impl LastStatus {
    pub(super) fn get(&self) -> u16 {
        self.0.load(Ordering::Relaxed)
    }
}

#[dyn_dispatch_hint]
impl Intercept for LastStatus {
    fn name(&self) -> &'static str {
        "LastStatus"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(context.response().status().as_u16(), Ordering::Relaxed);
        Ok(())
    }
}

/// Repeats what was answered with 429, as the SDK itself does with 503: an answer to HEAD has no body that says more.
#[derive(Debug)]
pub(super) struct TooManyRequests;

impl ClassifyRetry for TooManyRequests {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(response) if response.status().as_u16() == 429 => RetryAction::throttling_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "TooManyRequests"
    }
}
