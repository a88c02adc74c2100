//! Where the bucket is, and whether it is whose it should be.

use std::future::Future;
use std::sync::OnceLock;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::operation::head_bucket::HeadBucketOutput;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;

use super::failure::region_in;
use super::reader::Reader;
use crate::names::is_region;
use crate::snapshot::observations::Step;
use crate::snapshot::{Fact, HeadBucket, Operation, ReadFailure};

/// Where the bucket is, as far as `HeadBucket` could tell.
#[derive(Debug, Clone)]
pub(super) struct Located {
    /// The answer itself.
    pub(super) head: Fact<HeadBucket>,
    /// The bucket's region, once the service has named or confirmed it.
    pub(super) region: Option<String>,
    /// The region to ask from now on: the bucket's, else the one that was asked first.
    pub(super) ask: String,
    /// Whether the answer sent us to another region.
    redirected: bool,
}

impl Located {
    /// Whether the service said that there is such a bucket: the probe may begin.
    pub(super) fn answered(&self) -> bool {
        self.region.is_some()
            || matches!(&self.head, Fact::Found(_))
            || matches!(&self.head, Fact::Unreadable(failure) if failure.is_denied())
    }

    /// Whether the service said that there is none.
    pub(super) fn is_missing(&self) -> bool {
        matches!(&self.head, Fact::Unreadable(failure) if failure.status == Some(404))
    }
}

impl Reader<'_> {
    /// Asks any region for the bucket. Without the expected owner, so that "not there" and "not yours" stay apart
    /// (docs/design/aws-facts.md#regions-and-names); a redirect names the right region.
    pub(super) async fn locate(&self) -> Located {
        let first = self.clients.first_region.clone();
        let s3 = self.clients.s3(&first);
        let (head, mut named) = self.head_bucket(&s3).await;
        let wants_redirect = |head: &Fact<HeadBucket>| {
            matches!(head, Fact::Unreadable(ReadFailure { status: Some(301 | 307 | 400), .. }))
        };
        if named.is_none() && wants_redirect(&head) {
            named = self.bucket_location(&s3).await;
        }
        let region = match &head {
            // S3 always names it. What does not is no proof of anything: a sign-in page answers every request alike.
            Fact::Found(found) => found.bucket_region.clone(),
            _ => named,
        };
        let ask = region.clone().unwrap_or_else(|| first.clone());
        Located { redirected: wants_redirect(&head) && region.is_some(), head, region, ask }
    }

    /// `HeadBucket`, and the region that a refusal names.
    async fn head_bucket(&self, s3: &S3) -> (Fact<HeadBucket>, Option<String>) {
        let named = OnceLock::new();
        let call = noting_the_region(s3.head_bucket().bucket(self.bucket()).send(), &named);
        let head = self.session.read(Operation::HeadBucket, call, |output| Ok(head_bucket(output))).await;
        (head, named.into_inner())
    }

    /// The older way to ask for the region, for redirects that name none.
    async fn bucket_location(&self, s3: &S3) -> Option<String> {
        let named = OnceLock::new();
        let call = noting_the_region(s3.get_bucket_location().bucket(self.bucket()).send(), &named);
        match self.session.ask(Operation::GetBucketLocation, call).await {
            Ok(location) => Some(match location.location_constraint.as_ref().map_or("", |region| region.as_str()) {
                "" => "us-east-1".to_owned(),
                "EU" => "eu-west-1".to_owned(),
                region => region.to_owned(),
            })
            .filter(|region| is_region(region)),
            Err(_) => named.into_inner(),
        }
    }

    /// After a redirect: the answer of the right region.
    pub(super) async fn head_again(&self, located: &Located) -> Fact<HeadBucket> {
        if !located.redirected {
            return located.head.clone();
        }
        let (head, _) = self.head_bucket(&self.clients.s3(&located.ask)).await;
        match head {
            Fact::Found(found) => Fact::Found(HeadBucket {
                bucket_region: found.bucket_region.or_else(|| located.region.clone()),
                ..found
            }),
            head => head,
        }
    }

    /// Whether the expected owner is the owner: the same question once more, now with the condition.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    pub(super) async fn confirm_owner(&self, located: &Located) -> Step<bool> {
        let Some(owner) = self.owner() else { return Step::not_tried("no owner is expected") };
        let s3 = self.clients.s3(&located.ask);
        let call = s3.head_bucket().bucket(self.bucket()).expected_bucket_owner(owner);
        match self.session.ask(Operation::HeadBucket, call.send()).await {
            Ok(_) => Step::Done(true),
            Err(failure) => Step::Failed(failure),
        }
    }
}

fn head_bucket(output: HeadBucketOutput) -> HeadBucket {
    HeadBucket {
        bucket_arn: output.bucket_arn,
        bucket_location_type: output.bucket_location_type.map(|kind| kind.to_string()),
        bucket_location_name: output.bucket_location_name,
        // It becomes a part of host names, so what is none is not taken.
        bucket_region: output.bucket_region.filter(|region| is_region(region)),
        access_point_alias: output.access_point_alias,
    }
}

/// A request; the region that a refusal names is put where it can be found.
async fn noting_the_region<T, E>(
    call: impl Future<Output = Result<T, SdkError<E, Response>>>,
    named: &OnceLock<String>,
) -> Result<T, SdkError<E, Response>> {
    call.await.inspect_err(|error| {
        let _ = region_in(error).map(|region| named.set(region));
    })
}
