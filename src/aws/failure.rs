//! What a failed request says of itself, in the service's own words where it had any.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::names::is_region;
use crate::snapshot::{Operation, ReadFailure};

/// An answer that lacks what it must have.
pub(super) fn malformed(operation: Operation, message: &str) -> ReadFailure {
    no_answer(operation, ReadFailure::MALFORMED, message.to_owned())
}

pub(super) fn no_answer(operation: Operation, code: &str, message: String) -> ReadFailure {
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

/// The same for a file that could not be read, of which the system does not repeat the name.
pub(super) fn innermost_of_files(error: &(dyn StdError + 'static)) -> String {
    let mut outer = error;
    while let Some(deeper) = outer.source() {
        if deeper.is::<std::io::Error>() && deeper.source().is_none() {
            return format!("{outer}: {deeper}");
        }
        outer = deeper;
    }
    outer.to_string()
}

/// What failed, in the service's own words where it had any.
pub(super) fn failure<E>(operation: Operation, error: &SdkError<E, Response>) -> ReadFailure
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let too_late = match error {
        SdkError::TimeoutError(_) => true,
        SdkError::DispatchFailure(cause) => cause.is_timeout(),
        _ => false,
    };
    let (code, message) = match error {
        _ if too_late => (ReadFailure::TIMED_OUT, "no answer came in time".to_owned()),
        SdkError::ServiceError(cause) => {
            (cause.err().code().unwrap_or_default(), cause.err().message().unwrap_or_default().to_owned())
        }
        SdkError::ResponseError(_) => {
            (ReadFailure::MALFORMED, format!("the answer could not be understood: {}", innermost(error)))
        }
        _ => (ReadFailure::UNREACHABLE, innermost(error)),
    };
    let mut failure = no_answer(operation, code, message);
    if let Some(answer) = error.raw_response() {
        let header = |name: &str| answer.headers().get(name).map(str::to_owned);
        let status = answer.status().as_u16();
        failure.status = Some(status);
        failure.request_id = header("x-amz-request-id").or_else(|| header("x-amzn-requestid"));
        let body = answer.body().bytes().unwrap_or_default();
        if status == 407 {
            "407".clone_into(&mut failure.code);
            "a proxy asks for a user name and a password".clone_into(&mut failure.message);
        } else if is_web_page(body) {
            failure = ReadFailure { request_id: failure.request_id, ..ReadFailure::web_page(operation, status) };
        } else if failure.code.is_empty() || (body.is_empty() && failure.code != ReadFailure::MALFORMED) {
            // As the AWS CLI names an error without a body, such as those of HEAD requests.
            failure.code = status.to_string();
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
    is_region(named).then(|| named.to_owned())
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
}
