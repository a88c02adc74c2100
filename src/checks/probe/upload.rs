//! `probe.upload` and `probe.encrypted`: the probe's upload, and its status.

use super::{of_this_run, policy_command, ruling, who};
use crate::checks::encryption::{DefaultEncryption, KeyName, default_encryption, name_key};
use crate::checks::{Case, Check, Explanation, Group, Headlines, Missing, Undecided, Verdict, required};
use crate::names::KeyArn;
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::observations::{Probe, Step, Uploaded};
use crate::snapshot::{EncryptionByDefault, Operation, ReadFailure};
use crate::vendor::PROBE_KEY;
use crate::vendor::requests::VendorAction;

/// `probe.upload`.
pub(crate) static UPLOAD: Check = Check {
    id: CheckId::ProbeUpload,
    headlines: Headlines::Sentences {
        pass: "The test upload worked",
        fail: "The test upload failed",
        unknown: "Does a test upload work?",
    },
    group: Group::Probe,
    needs: &[Operation::HeadBucket],
    need: required,
    repair: None,
    judge: upload,
    explain: Explanation {
        what: "Uploads `_ACCESS_CONFIRMATION` the way Sailthru does: at the top of the bucket, without encryption \
               header, over TLS, and never over an object that is there.",
        why: "An upload tests everything at once: bucket policy, default encryption, the key and its state. It uses \
              your credentials though (or those of --probe-role-arn), so it does not prove that Sailthru can upload.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: User: \
                  arn:aws:iam::111122223333:user/ops is not authorized to perform: s3:PutObject on resource: \
                  \"arn:aws:s3:::acme-exports/_ACCESS_CONFIRMATION\" with an explicit deny in a resource-based policy",
        fix: "Look at the error code. AccessDenied means a Deny in the bucket policy or the key policy, or a permission \
              that your role lacks. A code that begins with KMS. is about the default key.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html",
        ],
    },
};

/// `probe.encrypted`.
pub(crate) static ENCRYPTED: Check = Check {
    id: CheckId::ProbeEncrypted,
    headlines: Headlines::Sentences {
        pass: "The test object got the bucket's default encryption",
        fail: "The test object did not get the bucket's default encryption",
        unknown: "Did the test object get the bucket's default encryption?",
    },
    group: Group::Probe,
    needs: &[Operation::GetBucketEncryption, Operation::DescribeKey],
    need: required,
    repair: None,
    judge: encrypted,
    explain: Explanation {
        what: "Compares what S3 answered to the test upload, the algorithm and the key, with the bucket's default \
               encryption and with --kms-key.",
        why: "The test object is uploaded without encryption headers, like Sailthru's files, so it shows how those are \
              really encrypted.",
        example: "`ServerSideEncryption: aws:kms`, `SSEKMSKeyId: arn:aws:kms:us-east-1:111122223333:key/…` of another \
                  key than you expect.",
        fix: "Set default encryption to the right key, by its full ARN, and wait a few minutes for it to take effect.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html",
        ],
    },
};

fn upload(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let probe = of_this_run(case)?;
    let uploaded = match &probe.upload {
        Step::Done(uploaded) => uploaded,
        Step::Failed(failure) => return Ok(refused(case, probe, failure, "the upload")),
        Step::NotTried(reason) => return Ok(Verdict::unknown(format!("The test upload was not tried: {reason}"))),
    };
    let (as_a_whole, multipart) = match &probe.multipart {
        None => ("", "not asked for"),
        Some(Step::Done(_)) => (", in one piece and as a multipart upload", "done"),
        Some(Step::Failed(failure)) => {
            return Ok(refused(case, probe, failure, &format!("the multipart upload ({})", failure.operation)));
        }
        Some(Step::NotTried(reason)) => {
            let message =
                format!("`{PROBE_KEY}` was uploaded in one piece, but the multipart upload was not tried: {reason}");
            return Ok(Verdict::unknown(message).with("multipart", format!("not tried: {reason}")));
        }
    };
    let message = format!(
        "`{PROBE_KEY}` was uploaded {}{as_a_whole}. This shows that the bucket and its key work, but not that they let \
         Sailthru in.",
        who(case, probe)
    );
    Ok(Verdict::pass(Basis::Live, message)
        .with("etag", uploaded.etag.clone())
        .with("version_id", uploaded.version_id.clone())
        .with("multipart", multipart))
}

fn refused(case: &Case<'_>, probe: &Probe, failure: &ReadFailure, name: &str) -> Verdict {
    let actions: &[VendorAction] = match failure.operation {
        Operation::DeleteObject => &[VendorAction::Delete],
        _ => &VendorAction::UPLOADS,
    };
    let step = ruling::Step { name, who: &who(case, probe), role: probe.role.as_deref(), actions, left: "" };
    let mut verdict = ruling::rule(case, failure, &step);
    if let Some(fix) = verdict.fix.as_mut().filter(|fix| fix.commands.is_empty()) {
        fix.commands = to_look_at(case, failure);
    }
    verdict
}

/// The probe of this run and what it uploaded, to look at or to delete.
///
/// # Errors
/// When there is none: a skip where the upload was refused in a way that keeps you out and not Sailthru.
pub(super) fn uploaded<'a>(case: &Case<'a>, what_for: &'static str) -> Result<(&'a Probe, &'a Uploaded), Undecided> {
    let probe = of_this_run(case)?;
    match &probe.upload {
        Step::Done(uploaded) => Ok((probe, uploaded)),
        Step::Failed(failure) if refused(case, probe, failure, "the upload").status == Status::Skip => {
            let why = "the test upload was refused for a reason that does not apply to Sailthru (see probe.upload)";
            Err(Undecided::Skip(why.to_owned()))
        }
        Step::Failed(_) | Step::NotTried(_) => Err(Undecided::Missing(Missing::TestObject(what_for))),
    }
}

/// The commands that show what refused: the key for its own errors, else the policies.
fn to_look_at(case: &Case<'_>, failure: &ReadFailure) -> Vec<String> {
    let (first, of_key) = match failure.code.as_str() {
        "KMS.DisabledException" => (case.s3api("get-bucket-encryption", &[]), "enable-key"),
        code if code.starts_with("KMS.") => (case.s3api("get-bucket-encryption", &[]), "describe-key"),
        _ => (policy_command(case), "get-key-policy"),
    };
    let key = case.snapshot.named_key().map(|key| case.kms(of_key, &["--key-id", key]));
    [first].into_iter().chain(key).collect()
}

fn encrypted(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (probe, uploaded) = uploaded(case, "look at")?;
    let first = compare(case, uploaded)?;
    if first.status != Status::Pass {
        return Ok(first);
    }
    match &probe.multipart {
        Some(Step::Done(parts)) => compare(case, parts),
        _ => Ok(first),
    }
}

fn compare(case: &Case<'_>, uploaded: &Uploaded) -> Result<Verdict, Undecided> {
    let verdict = match (case.expected_key(), used(uploaded)) {
        (Some(expected), Some(used)) if used != expected => {
            let message =
                format!("The test object was encrypted with `{used}`, not with the expected key `{expected}`.");
            mismatch(case, message, &expected)
        }
        _ => match default_encryption(case)? {
            DefaultEncryption::None => Verdict::skip("no default encryption is set to compare the test object with"),
            DefaultEncryption::S3 => by_algorithm(case, uploaded, "AES256"),
            DefaultEncryption::Kms { rule, key } => match by_algorithm(case, uploaded, &rule.algorithm) {
                verdict if verdict.status == Status::Pass => by_key(case, uploaded, rule, key),
                verdict => verdict,
            },
        },
    };
    Ok(verdict
        .with("ServerSideEncryption", uploaded.algorithm.clone())
        .with("SSEKMSKeyId", uploaded.kms_key.clone())
        .with("BucketKeyEnabled", uploaded.bucket_key))
}

/// What the object was certainly encrypted with: a key, or SSE-S3. (Emulators answer with an alias where one was set.)
fn used(uploaded: &Uploaded) -> Option<&str> {
    match (uploaded.algorithm.as_deref(), uploaded.kms_key.as_deref()) {
        (Some("AES256"), _) => Some("SSE-S3 (AES256)"),
        (_, Some(key)) => KeyArn::parse(key).is_ok().then_some(key),
        _ => None,
    }
}

fn by_algorithm(case: &Case<'_>, uploaded: &Uploaded, wanted: &str) -> Verdict {
    match uploaded.algorithm.as_deref() {
        Some(algorithm) if algorithm == wanted => {
            let message = format!("The test object was encrypted with {wanted}, as default encryption says.");
            Verdict::pass(Basis::Live, message)
        }
        Some(algorithm) => {
            let message = format!(
                "The test object was encrypted with `{algorithm}`, although default encryption says `{wanted}`: the \
                 setting may have just changed."
            );
            let summary = "Wait a few minutes for a change of default encryption to take effect, and check again.";
            Verdict::fail(Basis::Live, message, Fix::new(summary, vec![case.s3api("get-bucket-encryption", &[])]))
        }
        None if case.live.is_some_and(|live| live.endpoint_override.is_some()) => Verdict::skip(
            "the overridden endpoint did not say how it encrypted the test object; AWS always does, emulators often do \
             not",
        ),
        None => Verdict::unknown(
            "S3 did not say how it encrypted the test object; look at one of Sailthru's files with `aws s3api \
             head-object`",
        ),
    }
}

fn by_key(case: &Case<'_>, uploaded: &Uploaded, rule: &EncryptionByDefault, key: KeyName<'_>) -> Verdict {
    let Some(used) = uploaded.kms_key.as_deref() else {
        return Verdict::unknown("S3 did not say which key it encrypted the test object with");
    };
    let encrypted = format!("The test object was encrypted with `{used}`");
    let described = case.snapshot.key.found().and_then(|answer| answer.key_metadata.arn.as_deref());
    if [rule.kms_master_key_id.as_deref(), described].contains(&Some(used)) {
        return Verdict::pass(Basis::Live, format!("{encrypted}, the key of default encryption."));
    }
    match key {
        KeyName::Arn(named) => {
            mismatch(case, format!("{encrypted}, although default encryption names `{named}`."), named)
        }
        _ => Verdict::unknown(format!(
            "{encrypted}. Whether that is the key of default encryption is not known, because your role cannot describe \
             the key: your role needs `kms:DescribeKey`"
        )),
    }
}

fn mismatch(case: &Case<'_>, message: String, key: &str) -> Verdict {
    let summary =
        "Set default encryption to the right key by its full ARN; a change needs a few minutes to take effect.";
    Verdict::fail(Basis::Live, message, name_key(case, summary, "aws:kms", key))
}
