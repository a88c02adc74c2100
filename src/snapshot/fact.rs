//! What one read came to: an answer, the absence of a setting, or why nothing is known.

use super::Operation;

/// What one read came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fact<T> {
    /// The service answered with this.
    Found(T),
    /// The service answered that it is not set, with a code that means exactly that.
    Absent(ReadFailure),
    /// Refused, throttled, timed out, malformed: nothing is known.
    Unreadable(ReadFailure),
    /// The operation was never asked.
    #[default]
    NotRead,
}

impl<T> Fact<T> {
    /// The value, where one was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            _ => None,
        }
    }

    /// Why nothing is known, where nothing is; `operation` names what was never asked.
    pub(super) fn gap(&self, operation: Operation) -> Option<Gap<'_>> {
        match self {
            Self::Found(_) | Self::Absent(_) => None,
            Self::Unreadable(failure) => Some(Gap::Failed(failure)),
            Self::NotRead => Some(Gap::NotRead(operation)),
        }
    }
}

/// Why nothing is known of an operation's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap<'a> {
    /// It failed.
    Failed(&'a ReadFailure),
    /// It was never asked.
    NotRead(Operation),
}

/// What stood between the program and AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Between {
    /// A proxy that wants a user name and a password.
    ProxyLogin,
    /// A proxy that opens no connection, as to a host that it does not allow.
    Proxy,
    /// A proxy or a sign-in page that answers in place of AWS.
    WebPage,
}

/// How the messages begin that tell of it. The file of a snapshot keeps code and message alone, so the two are all that
/// tells such failures from others; the first two are hyper's.
const PROXY_LOGIN: &str = "tunnel error: proxy authorization required";
const NO_TUNNEL: &str = "tunnel error";
const WEB_PAGE: &str = "a web page";

/// Why an operation gave no value. Codes are the service's own; where no answer came at all the code is one of
/// the constants in [`ReadFailure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFailure {
    /// What was asked.
    pub operation: Operation,
    /// The service's error code: `AccessDenied`, `NoSuchBucketPolicy`, `SlowDown`.
    pub code: String,
    /// The service's message; may be empty.
    pub message: String,
    /// The HTTP status, where there was an answer. Not kept in files.
    pub status: Option<u16>,
    /// The service's request id, where there was one.
    pub request_id: Option<String>,
}

impl ReadFailure {
    /// Those below: no service answers with them.
    pub(crate) const OWN_CODES: [&'static str; 7] = [
        Self::TIMED_OUT,
        Self::UNREACHABLE,
        Self::MALFORMED,
        Self::NO_CREDENTIALS,
        Self::PLANNED,
        Self::KNOWN_AFTER_APPLY,
        Self::NOT_IN_PLAN,
    ];
    /// No answer came within the time limit.
    pub const TIMED_OUT: &'static str = "RequestTimeout";
    /// No connection, or it broke.
    pub const UNREACHABLE: &'static str = "ConnectionFailed";
    /// An answer came that could not be understood.
    pub const MALFORMED: &'static str = "MalformedResponse";
    /// There were no credentials to sign with, or getting them failed.
    pub const NO_CREDENTIALS: &'static str = "NoCredentials";
    /// Nothing was asked: the facts are those of a Terraform plan, which the message names a resource of.
    pub const PLANNED: &'static str = "Planned";
    /// A Terraform plan leaves it open until it is applied; the message names resource and attribute.
    pub const KNOWN_AFTER_APPLY: &'static str = "KnownAfterApply";
    /// A Terraform plan says nothing about it; the message says what is missing.
    pub const NOT_IN_PLAN: &'static str = "NotInPlan";

    /// A failure without an answer: no status, no request id.
    pub(crate) fn new(operation: Operation, code: &str, message: String) -> Self {
        Self { operation, code: code.to_owned(), message, status: None, request_id: None }
    }

    /// Something else answered with a web page, with this status.
    #[cfg(feature = "live")]
    pub(crate) fn web_page(operation: Operation, status: u16) -> Self {
        let message = format!("{WEB_PAGE} (status {status}) came in place of AWS's answer");
        Self { operation, code: Self::MALFORMED.to_owned(), message, status: Some(status), request_id: None }
    }

    /// Who stood between the program and AWS, where AWS did not answer itself.
    pub(crate) fn between(&self) -> Option<Between> {
        match self.code.as_str() {
            "407" => Some(Between::ProxyLogin),
            Self::UNREACHABLE if self.message.starts_with(PROXY_LOGIN) => Some(Between::ProxyLogin),
            Self::UNREACHABLE if self.message.starts_with(NO_TUNNEL) => Some(Between::Proxy),
            Self::MALFORMED if self.message.starts_with(WEB_PAGE) => Some(Between::WebPage),
            _ => None,
        }
    }

    /// Whether the service said that the caller lacks the right (`AccessDenied`, `AccessDeniedException`, a bare 403).
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.code.starts_with("AccessDenied") || matches!(self.code.as_str(), "403" | "Forbidden" | "AllAccessDisabled")
    }

    /// Whether the service asked for fewer requests.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        matches!(
            self.code.as_str(),
            "SlowDown"
                | "Throttling"
                | "ThrottlingException"
                | "ThrottledException"
                | "RequestLimitExceeded"
                | "TooManyRequestsException"
                | "TooManyRequests"
                | "RequestThrottled"
                | "503"
                | "429"
        )
    }
}
