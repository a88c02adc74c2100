//! A request over plain HTTP, to see it refused: on AWS's own endpoints only, and never with a payload. What it proves:
//! docs/design/aws-facts.md#transport.

use super::Settings;
use super::answer::Session;
use super::collect::Reader;
use crate::names::partition_of_region;
use crate::snapshot::observations::{PlainHttp, Step};
use crate::snapshot::{Operation, ReadFailure};

/// Lists at most one key over plain HTTP, and the same over TLS: a refusal counts only where TLS is not refused too.
pub(super) async fn plain_http(reader: &Reader<'_>, region: Option<&str>) -> Step<PlainHttp> {
    let Reader { session, clients, settings } = *reader;
    if clients.s3_override.is_some() {
        return Step::not_tried("the endpoint is overridden");
    }
    let Some(region) = region else {
        return Step::not_tried("the bucket's region is not known");
    };
    let Some(suffix) = dns_suffix(region) else {
        return Step::not_tried("the endpoint of the bucket's partition is not known");
    };
    let plain = clients.s3_plain_http(&format!("http://s3.{region}.{suffix}"), region);
    let tls = clients.s3(region);
    let (plain, tls) = tokio::join!(list_one(session, settings, &plain), list_one(session, settings, &tls));
    judge(plain, tls)
}

fn judge(plain: Result<(), ReadFailure>, tls: Result<(), ReadFailure>) -> Step<PlainHttp> {
    match (plain, tls) {
        (Ok(()), _) => Step::Done(PlainHttp::Answered),
        (Err(plain), Ok(())) if plain.is_denied() => Step::Done(PlainHttp::Refused(plain)),
        (Err(plain), Err(tls)) if plain.is_denied() => Step::Failed(tls),
        (Err(plain), _) => Step::Failed(plain),
    }
}

async fn list_one(session: &Session, settings: &Settings, s3: &aws_sdk_s3::Client) -> Result<(), ReadFailure> {
    let owner = settings.expected_owner.as_ref().map(ToString::to_string);
    let call = s3.list_objects_v2().bucket(settings.bucket.as_str()).max_keys(1).set_expected_bucket_owner(owner);
    session.ask(Operation::ListObjectsV2, call.send()).await.map(|_| ())
}

/// What the names of S3's endpoints end in. Where plain HTTP is not offered there is nothing to try.
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
fn dns_suffix(region: &str) -> Option<&'static str> {
    match partition_of_region(region) {
        "aws" | "aws-us-gov" => Some("amazonaws.com"),
        "aws-cn" => Some("amazonaws.com.cn"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: &str) -> ReadFailure {
        ReadFailure {
            operation: Operation::ListObjectsV2,
            code: code.to_owned(),
            message: String::new(),
            status: Some(403),
            request_id: None,
        }
    }

    #[test]
    fn a_refusal_counts_only_beside_an_answer_over_tls() {
        let denied = || Err(failure("AccessDenied"));
        assert_eq!(judge(denied(), Ok(())), Step::Done(PlainHttp::Refused(failure("AccessDenied"))));
        assert_eq!(judge(denied(), denied()), Step::Failed(failure("AccessDenied")), "this caller may not list at all");
        assert_eq!(judge(Ok(()), denied()), Step::Done(PlainHttp::Answered));
        assert_eq!(judge(Err(failure("SlowDown")), Ok(())), Step::Failed(failure("SlowDown")));
    }
}
