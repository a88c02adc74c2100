//! What becomes of the vendor's files: who owns them, who pays, how long they stay.

use serde_json::json;

use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, read, recommended, required};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::Operation;
use crate::text::list::count;

/// `delivery.ownership`.
pub(crate) static OWNERSHIP: Check = Check {
    id: CheckId::DeliveryOwnership,
    headlines: Headlines::Sentences {
        pass: "You own what Sailthru uploads",
        fail: "You do not own what Sailthru uploads",
        unknown: "Do you own what Sailthru uploads?",
    },
    group: Group::Delivery,
    needs: &[Operation::GetBucketOwnershipControls],
    need: recommended,
    repair: Some(Repair::OwnerEnforced),
    judge: ownership,
    explain: Explanation {
        what: "Reads the bucket's Object Ownership. BucketOwnerEnforced passes; any other setting, or none, is a \
               warning.",
        why: "Sailthru uploads without an access control list. Unless the bucket enforces its owner, each file then \
              belongs to Sailthru's account, and S3 does not let you read it although it is in your bucket.",
        example: "`aws s3 cp s3://acme-exports/campaign_send/…/part-0000.csv .` by the bucket's owner: An error \
                  occurred (403) when calling the HeadObject operation: Forbidden",
        fix: "Set BucketOwnerEnforced; it also applies to existing files. A grant to the public or to others in the \
              bucket's access control list has to go first (`put-bucket-acl --acl private`).",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html",
        ],
    },
};

/// `delivery.requester-pays`.
pub(crate) static REQUESTER_PAYS: Check = Check {
    id: CheckId::DeliveryRequesterPays,
    headlines: Headlines::Sentences {
        pass: "Requester Pays is off",
        fail: "Requester Pays is on",
        unknown: "Is Requester Pays off?",
    },
    group: Group::Delivery,
    needs: &[Operation::GetBucketRequestPayment],
    need: required,
    repair: Some(Repair::OwnerPays),
    judge: requester_pays,
    explain: Explanation {
        what: "Reads who pays for requests to the bucket. It passes when the bucket's owner does.",
        why: "A Requester Pays bucket refuses every request of another account that does not carry the header \
              `x-amz-request-payer`. Sailthru does not send it.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        fix: "Let the bucket's owner pay: `aws s3api put-bucket-request-payment … Payer=BucketOwner`.",
        sources: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html"],
    },
};

/// `delivery.object-lock`.
pub(crate) static OBJECT_LOCK: Check = Check {
    id: CheckId::DeliveryObjectLock,
    headlines: Headlines::Sentences {
        pass: "No default retention locks Sailthru's files",
        fail: "A default retention locks Sailthru's files",
        unknown: "Does a default retention lock Sailthru's files?",
    },
    group: Group::Delivery,
    needs: &[Operation::GetObjectLockConfiguration],
    need: recommended,
    repair: Some(Repair::NoDefaultRetention),
    judge: object_lock,
    explain: Explanation {
        what: "Reads the bucket's Object Lock configuration. A default retention is a warning; Object Lock without one \
               passes.",
        why: "Default retention locks every upload, including Sailthru's recurring `_ACCESS_CONFIRMATION`. A delete \
              then only hides the file: its locked version stays, and you pay for it, until the retention ends. Uploads \
              then also need a checksum, or S3 refuses them.",
        example: "An error occurred (AccessDenied) when calling the DeleteObject operation: Access Denied because \
                  object protected by object lock.",
        fix: "If you do not want the retention, set the Object Lock configuration without a rule. If you do, expect old \
              versions to pile up.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html",
        ],
    },
};

/// How long something is kept.
fn term(days: Option<i64>, years: Option<i64>) -> String {
    match (days, years) {
        (Some(days), _) => format!("for {}", count(days, "day")),
        (None, Some(years)) => format!("for {}", count(years, "year")),
        (None, None) => "for an unknown time".to_owned(),
    }
}

/// The bucket's Object Ownership; a bucket without the setting has the oldest behaviour, `ObjectWriter`.
fn object_ownership<'a>(case: &Case<'a>) -> Result<&'a str, Undecided> {
    let answer = read(&case.snapshot.ownership, Operation::GetBucketOwnershipControls)?;
    let rule = answer.and_then(|answer| answer.ownership_controls.rules.first());
    Ok(rule.map_or("ObjectWriter", |rule| rule.object_ownership.as_str()))
}

/// Whether access control lists are switched off (BucketOwnerEnforced).
///
/// # Errors
/// When the setting could not be read.
pub(crate) fn is_owner_enforced(case: &Case<'_>) -> Result<bool, Undecided> {
    object_ownership(case).map(|ownership| ownership == "BucketOwnerEnforced")
}

/// The commands that make the access control list private, and switch such lists off.
pub(super) fn without_acls(case: &Case<'_>) -> Vec<String> {
    let enforced = ["--ownership-controls", "Rules=[{ObjectOwnership=BucketOwnerEnforced}]"];
    vec![case.s3api("put-bucket-acl", &["--acl", "private"]), case.s3api("put-bucket-ownership-controls", &enforced)]
}

fn ownership(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let ownership = object_ownership(case)?;
    let verdict = if ownership == "BucketOwnerEnforced" {
        Verdict::pass(Basis::Read, "The bucket's owner owns every file in the bucket, whoever uploads it.")
    } else {
        let message = format!(
            "Object Ownership is `{ownership}` and Sailthru sends no access control list, so Sailthru would own what it \
             uploads and you could not read it."
        );
        let summary = "Let the bucket's owner own every file. S3 refuses this while the access control list grants \
                       rights to others, so make it private first; check before that nobody needs it.";
        Verdict::warn(Basis::Read, message, Fix::new(summary, without_acls(case)))
    };
    Ok(verdict.with("ObjectOwnership", ownership))
}

fn requester_pays(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let answer = read(&case.snapshot.request_payment, Operation::GetBucketRequestPayment)?;
    let payer = answer.and_then(|answer| answer.payer.as_deref());
    let verdict = match payer {
        Some("BucketOwner") => {
            Verdict::pass(Basis::Read, "The bucket's owner pays for requests, so they need no extra header.")
        }
        Some("Requester") => {
            let message = "Requester Pays is on, so S3 refuses Sailthru's requests: they do not carry the header \
                           `x-amz-request-payer`.";
            let by_owner = ["--request-payment-configuration", "Payer=BucketOwner"];
            let commands = vec![case.s3api("put-bucket-request-payment", &by_owner)];
            Verdict::fail(Basis::Read, message, Fix::new("Let the bucket's owner pay for requests.", commands))
        }
        Some(other) => Verdict::unknown(format!(
            "s3:GetBucketRequestPayment named the payer `{other}`, which this version of stc-check does not know"
        )),
        None => Verdict::unknown("s3:GetBucketRequestPayment did not say who pays"),
    };
    Ok(verdict.with("Payer", payer))
}

fn object_lock(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let answer = read(&case.snapshot.object_lock, Operation::GetObjectLockConfiguration)?;
    let rule = answer.and_then(|answer| answer.object_lock_configuration.rule.as_ref());
    let Some(retention) = rule.and_then(|rule| rule.default_retention.as_ref()) else {
        return Ok(Verdict::pass(Basis::Read, "No default retention is set, so Sailthru can delete its files."));
    };
    let kept = term(retention.days, retention.years);
    let length = match &retention.default_event_hold {
        None => kept,
        Some(hold) if (retention.days, retention.years) == (None, None) => {
            format!("until its event hold is released, and {} after that", term(hold.days, hold.years))
        }
        Some(hold) => format!("{kept}, and {} after its event hold is released", term(hold.days, hold.years)),
    };
    let mode = match retention.mode.as_deref() {
        Some("COMPLIANCE") => " in COMPLIANCE mode, and nobody can shorten it".to_owned(),
        Some(mode) => format!(" in {mode} mode"),
        None => String::new(),
    };
    let message = format!(
        "Object Lock keeps every upload {length}{mode}. Until then, every test object and every file that Sailthru \
         deletes stays in the bucket as a hidden version that you pay for. Uploads also need a checksum, or S3 refuses \
         them; only Sailthru Support knows whether Sailthru sends one."
    );
    let without_rule = ["--object-lock-configuration", "ObjectLockEnabled=Enabled"];
    let fix = Fix::new(
        "If you do not want the retention, remove its rule. Files that are already locked stay locked.",
        vec![case.s3api("put-object-lock-configuration", &without_rule)],
    );
    Ok(Verdict::warn(Basis::Read, message, fix).with("DefaultRetention", json!(retention)))
}
