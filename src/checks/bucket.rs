//! The bucket itself: that it answers, where it is, whose it is.

mod owner;
mod region_enabled;

pub(crate) use owner::OWNER;
pub(crate) use region_enabled::REGION_ENABLED;

use super::refusals::{refusal, said};
use super::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, required};
use crate::names::partition_of_region;
use crate::refusal::Cause;
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::{Fact, HeadBucket, Operation, ReadFailure};
use crate::text::shell::command;
use crate::vendor::PARTITION;

/// `bucket.exists`.
pub(crate) static EXISTS: Check = Check {
    id: CheckId::BucketExists,
    headlines: Headlines::Sentences {
        pass: "Your bucket exists",
        fail: "Your bucket does not exist",
        unknown: "Does your bucket exist?",
    },
    group: Group::Setup,
    needs: &[Operation::HeadBucket],
    need: required,
    repair: None,
    judge: exists,
    explain: Explanation {
        what: "Asks S3 for the bucket (HeadBucket). It passes when S3 answers, even with a redirect to another Region \
               or with a refusal, because S3 gives those only for a bucket that exists. When there is no such bucket, \
               every other check is skipped.",
        why: "Bucket names are global. A mistyped name is nobody's bucket, or somebody else's, and the name is all that \
              Sailthru has.",
        example: "An error occurred (404) when calling the HeadBucket operation: Not Found",
        fix: "Look up the name with `aws s3api list-buckets --query 'Buckets[].Name'` under the profile of the \
              account that owns the bucket, and give exactly that name to the check and to Sailthru. Give a bucket, \
              not an access point or its alias.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
        ],
    },
};

/// `bucket.partition`.
pub(crate) static PARTITION_OF_VENDOR: Check = Check {
    id: CheckId::BucketPartition,
    headlines: Headlines::Sentences {
        pass: "Your bucket is in Sailthru's AWS partition",
        fail: "Your bucket is not in Sailthru's AWS partition",
        unknown: "Is your bucket in Sailthru's AWS partition?",
    },
    group: Group::Setup,
    needs: &[Operation::HeadBucket],
    need: required,
    repair: None,
    judge: partition,
    explain: Explanation {
        what: "Looks up the partition of the bucket's Region. Any Region of the commercial partition `aws` passes; China, \
               GovCloud, the European Sovereign Cloud and the isolated partitions fail.",
        why: "An account exists in one partition only. Sailthru's are in `aws`, so no policy in another partition can \
              name or allow them.",
        example: "A bucket policy in cn-north-1 that names arn:aws:iam::099647660399:role/sc-event-stream-production \
                  is refused with `MalformedPolicy: Invalid principal in policy`.",
        fix: "Create a bucket in a Region of the commercial partition and connect that one. If you need the data in the \
              other partition, copy it from there.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
        ],
    },
};

/// What S3 said when it was asked for the bucket.
pub(super) enum Head<'a> {
    /// It is there, and the caller may list it.
    Open(&'a HeadBucket),
    /// It is there, and the caller may not list it.
    Refused(&'a ReadFailure),
    /// It is there, in another region than was asked.
    Elsewhere(&'a ReadFailure),
    /// It is not there.
    Missing(&'a ReadFailure),
    /// It is that of a Terraform plan: S3 was not asked.
    Planned(&'a ReadFailure),
}

/// Reads the answer to `HeadBucket`, which has no body: the status is the code.
///
/// # Errors
/// When no answer came, or one that says nothing about the bucket.
pub(super) fn head<'a>(case: &Case<'a>) -> Result<Head<'a>, Undecided> {
    let failure = match &case.snapshot.head_bucket {
        Fact::Found(head) => return Ok(Head::Open(head)),
        Fact::NotRead => match missing_bucket(case) {
            Some(failure) => return Ok(Head::Missing(failure)),
            None => return Err(Undecided::NotRead(Operation::HeadBucket)),
        },
        Fact::Absent(failure) | Fact::Unreadable(failure) => failure,
    };
    match (failure.code.as_str(), failure.status) {
        (ReadFailure::PLANNED, _) => Ok(Head::Planned(failure)),
        ("404" | "NotFound" | "NoSuchBucket", _) | (_, Some(404)) => Ok(Head::Missing(failure)),
        (
            "301"
            | "307"
            | "MovedPermanently"
            | "PermanentRedirect"
            | "TemporaryRedirect"
            | "AuthorizationHeaderMalformed",
            _,
        )
        | (_, Some(301 | 307)) => Ok(Head::Elsewhere(failure)),
        // A 403 without a body may also be about the credentials; the answers that have one tell.
        _ if failure.is_denied() && !credentials_are_bad(case) => Ok(Head::Refused(failure)),
        // Whatever is wrong with who signs: S3 names a Region only for a bucket that is there.
        _ if case.snapshot.region.is_some() && is_about_who_signs(case, failure) => Ok(Head::Refused(failure)),
        _ => Err(Undecided::Unreadable(failure.clone())),
    }
}

/// Another operation's answer that there is no such bucket.
fn missing_bucket<'a>(case: &Case<'a>) -> Option<&'a ReadFailure> {
    case.snapshot.failures().into_iter().find(|failure| failure.code == "NoSuchBucket")
}

fn credentials_are_bad(case: &Case<'_>) -> bool {
    let mut failures = case.snapshot.failures().into_iter();
    failures.any(|failure| {
        let about_who_signs = matches!(
            refusal(case, failure).cause,
            Cause::Expired | Cause::CredentialsRefused | Cause::Clock | Cause::NoCredentials
        );
        failure.operation.name().starts_with("s3:") && about_who_signs
    })
}

/// Whether S3 refused a HEAD because of the credentials, which it does with 400 or 403, by the code of its other answers.
fn is_about_who_signs(case: &Case<'_>, failure: &ReadFailure) -> bool {
    matches!(failure.code.as_str(), "400" | "403")
        || matches!(
            refusal(case, failure).cause,
            Cause::Expired | Cause::CredentialsRefused | Cause::Clock | Cause::RegionNotEnabled
        )
}

fn exists(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let bucket = case.bucket();
    let answer = head(case)?;
    if let Head::Missing(failure) = answer {
        let message = format!(
            "There is no bucket `{bucket}` in this AWS partition, so Sailthru has nothing to write to.{}",
            account_regional(case)
        );
        let list = command(["aws", "s3api", "list-buckets", "--query", "Buckets[].Name"]);
        let fix = Fix::new("Look up the bucket's exact name in the account that owns it, or create it.", vec![list]);
        return Ok(Verdict::fail(Basis::Read, message, fix).with_error(failure));
    }
    if let Head::Planned(failure) = answer {
        let planned = if failure.message.is_empty() { "the bucket is a Terraform plan's" } else { &failure.message };
        return Ok(Verdict::skip(format!("{planned}; S3 was not asked for it")).with_error(failure));
    }
    if let Head::Open(HeadBucket { access_point_alias: Some(true), .. }) = answer {
        let message =
            format!("`{bucket}` is the alias of an access point, not a bucket; Sailthru writes to buckets by name.");
        let account = case.snapshot.caller_account().unwrap_or("ACCOUNT");
        let list = command(["aws", "s3control", "list-access-points", "--account-id", account]);
        let fix = Fix::new("Give the name of the bucket behind the access point.", vec![list]);
        return Ok(Verdict::fail(Basis::Read, message, fix).with("access_point_alias", true));
    }
    let region = case.region()?;
    let found = format!("S3 found the bucket in {region}");
    let verdict = match answer {
        Head::Refused(failure) => {
            let refusal = refusal(case, failure);
            let refused = if refusal.is_denial() { "you cannot list it" } else { "S3 does not take your request" };
            let (said, remedy) = (said(failure), refusal.advice().remedy);
            let found = format!("{found}, but {refused} ({said}): {remedy}.{}", named_elsewhere(case, region));
            Verdict::pass(Basis::Read, found).with_error(failure)
        }
        Head::Elsewhere(failure) => {
            Verdict::pass(Basis::Read, format!("{found} and redirected the request there.")).with_error(failure)
        }
        Head::Open(_) | Head::Missing(_) | Head::Planned(_) => {
            Verdict::pass(Basis::Read, format!("{found}.{}", named_elsewhere(case, region)))
        }
    };
    Ok(verdict.with("region", region))
}

/// What the name itself says of where the bucket is, for one that only exists in the account and Region that it names.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn account_regional(case: &Case<'_>) -> String {
    let Some((account, region)) = account_and_region(case.bucket()) else { return String::new() };
    let yours = match case.snapshot.caller_account() {
        Some(caller) if caller != account => format!(" Your credentials are of account {caller}."),
        _ => String::new(),
    };
    format!(
        " A name that ends in `-an` exists only in the account and Region that it names: {account}, {region}.{yours}"
    )
}

/// The same of a bucket that is there, where the name says another account or Region than is known.
fn named_elsewhere(case: &Case<'_>, region: &str) -> String {
    let is_elsewhere = account_and_region(case.bucket()).is_some_and(|(account, named)| {
        named != region || case.snapshot.caller_account().is_some_and(|caller| caller != account)
    });
    if is_elsewhere { account_regional(case) } else { String::new() }
}

/// `PREFIX-111122223333-us-east-1-an` in parts.
fn account_and_region(name: &str) -> Option<(&str, &str)> {
    let name = name.strip_suffix("-an")?;
    let is_account = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    let places = name.match_indices('-').map(|(place, _)| place);
    places.filter_map(|place| name.get(place + 1..)?.split_once('-')).find(|(account, _)| is_account(account))
}

fn partition(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let region = case.region()?;
    let partition = partition_of_region(region);
    let writers = case.vendor().writers();
    let verdict = match writers.iter().find(|writer| writer.arn().partition != partition) {
        None => {
            Verdict::pass(Basis::Read, format!("{region} is in the partition `{partition}`, like Sailthru's accounts."))
        }
        Some(writer) => outside(case, region, partition, &writer.arn().partition),
    };
    Ok(verdict.with("region", region).with("partition", partition))
}

fn outside(case: &Case<'_>, region: &str, partition: &str, vendors: &str) -> Verdict {
    // A region to propose, for the partitions that customers have a choice of.
    let proposed = match vendors {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "eu-west-1",
    };
    let suffix = if vendors == PARTITION { "-commercial" } else { "-connect" };
    let name: String = case.bucket().chars().take(52).chain(suffix.chars()).collect();
    let location = format!("LocationConstraint={proposed}");
    let place = ["--region", proposed, "--create-bucket-configuration", &location];
    let create = command(["aws", "s3api", "create-bucket", "--bucket", &name].into_iter().chain(place));
    let message = format!(
        "{region} is in the partition `{partition}`. Sailthru's accounts do not exist there, so no policy there can \
         allow them."
    );
    let summary = format!(
        "Create a bucket in a region of the partition `{vendors}`, in an account of that partition, and connect that one."
    );
    Verdict::fail(Basis::Read, message, Fix::new(summary, vec![create]))
}
