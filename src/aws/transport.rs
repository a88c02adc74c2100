//! A request over plain HTTP, to see it refused: on AWS's own endpoints only, and never with a payload. What it proves:
//! docs/design/aws-facts.md#transport.

use super::reader::Reader;
use crate::names::partition_of_region;
use crate::snapshot::observations::{PlainHttp, Step};
use crate::snapshot::{Operation, ReadFailure};
use crate::vendor::PROBE_KEY;

/// The test object's name is the most that a listener on the way gets to read.
const PREFIX: &str = PROBE_KEY;

/// Lists at most one key over plain HTTP, and the same over TLS, signed in the same way: a refusal of the first counts
/// only where the second is answered.
pub(super) async fn plain_http(reader: &Reader<'_>, region: Option<&str>) -> Step<PlainHttp> {
    let Reader { clients, settings, .. } = *reader;
    if !settings.plain_http {
        return Step::not_tried("it was left out");
    }
    if clients.s3_override.is_some() {
        return Step::not_tried("the endpoint is overridden");
    }
    let Some(region) = region else {
        return Step::not_tried("the bucket's region is not known");
    };
    let Some(suffix) = dns_suffix(region) else {
        return Step::not_tried("the endpoint of the bucket's partition is not known");
    };
    let host = format!("s3.{region}.{suffix}");
    let plain = clients.s3_at(&format!("http://{host}"), region);
    let tls = clients.s3_at(&format!("https://{host}"), region);
    let (plain, tls) = tokio::join!(list_one(reader, &plain), list_one(reader, &tls));
    Step::Done(PlainHttp { plain, tls })
}

/// `GET`, since a refused `HEAD` does not say who refused; signed in the headers, since a signature in the address would be
/// worth something to a listener.
async fn list_one(reader: &Reader<'_>, s3: &aws_sdk_s3::Client) -> Result<(), ReadFailure> {
    let call = s3.list_objects_v2().bucket(reader.bucket()).prefix(PREFIX).max_keys(1);
    let call = call.set_expected_bucket_owner(reader.owner()).send();
    reader.session.ask(Operation::ListObjectsV2, call).await.map(|_| ())
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
