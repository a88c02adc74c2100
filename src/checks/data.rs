//! After the connection: whether data flows, how it is encrypted, and whether AWS recorded the vendor at work.
//!
//! What each reading proves, and what it does not, is in docs/design/evidence.md.

mod seen;
mod wording;

pub(crate) use seen::VENDOR_SEEN;

use jiff::{SignedDuration, Timestamp};

use super::encryption::{DefaultEncryption, KeyName, default_encryption};
use super::{Case, Check, Explanation, Group, Headlines, Missing, Undecided, Verdict, recommended};
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::Operation;
use crate::snapshot::observations::{DataFile, Look, Uploaded};
use crate::vendor::{DataExpectation, DataShape};
use wording::{duration, hours_missing, size, tables};

const EVENT_STREAM: &str = "https://getstarted.sailthru.com/analytics/stc/event-stream/";

/// `data.flowing`.
pub(crate) static FLOWING: Check = Check {
    id: CheckId::DataFlowing,
    headlines: Headlines::Sentences {
        pass: "Sailthru's data is flowing",
        fail: "Sailthru has delivered no new data",
        unknown: "Is Sailthru's data flowing?",
    },
    group: Group::Data,
    needs: &[Operation::HeadBucket],
    need: recommended,
    repair: None,
    judge: flowing,
    explain: Explanation {
        what: "Lists the newest folders that look like Sailthru's data, and passes when a file in them is less than two \
               hours old (Data Exporter: 36 hours, below --export-path; --fresh changes both).",
        why: "Event Stream starts to write within two hours after the bucket's name is saved with Sailthru, and then \
              writes every hour: its lookup tables come complete each time, even if nothing was sent. Data Exporter \
              writes once a day.",
        example: "The newest file, `campaign/dt=20261126/hr=05/client_id=3386/part-0000.csv`, is 5 hours old.",
        fix: "Run the check itself first. If it passes, ask Sailthru Support whether the bucket's name is saved and the \
              feature is switched on.",
        sources: &[EVENT_STREAM],
    },
};

/// `data.encrypted`.
pub(crate) static ENCRYPTED: Check = Check {
    id: CheckId::DataEncrypted,
    headlines: Headlines::Sentences {
        pass: "Sailthru's newest file has the bucket's default encryption",
        fail: "Sailthru's newest file does not have the bucket's default encryption",
        unknown: "Does Sailthru's newest file have the bucket's default encryption?",
    },
    group: Group::Data,
    needs: &[Operation::HeadBucket, Operation::GetBucketEncryption],
    need: recommended,
    repair: None,
    judge: encrypted,
    explain: Explanation {
        what: "Looks at the newest file of Sailthru's data, and compares its encryption with the bucket's default and with \
               --kms-key.",
        why: "Sailthru sends no encryption headers, so each file gets the bucket's default. A default that names its \
              key by an alias, or not at all, may use another key than you expect.",
        example: "The file is encrypted with arn:aws:kms:us-east-1:111122223333:key/…, and the default names another \
                  key.",
        fix: "Name the key in the bucket's default encryption by its full ARN; existing files keep their key until they \
              are copied.",
        sources: &["https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html"],
    },
};

/// What is expected, and what was seen.
fn look<'a>(case: &Case<'a>) -> Result<(&'a DataExpectation, &'a Look), Undecided> {
    if case.connection.variant.rules().data.shape == DataShape::BelowPath && case.connection.export_path.is_none() {
        return Err(Undecided::Missing(Missing::ExportPath));
    }
    let (Some(expectation), Some(live)) = (case.connection.data.as_ref(), case.live) else {
        return Err(Undecided::Skip("a stored snapshot does not show whether data flows".to_owned()));
    };
    let unasked = || match case.snapshot.gap(Operation::HeadBucket) {
        Some(gap) => gap.into(),
        None => Undecided::Missing(Missing::LookAtTheData),
    };
    Ok((expectation, live.look.as_ref().ok_or_else(unasked)?))
}

/// The check that shows Sailthru's account at work in the bucket, where one was asked for and does.
pub(super) fn shows_sailthru(case: &Case<'_>) -> Option<CheckId> {
    case.connection.data.as_ref()?;
    let flows = flowing(case).is_ok_and(|verdict| verdict.status == Status::Pass);
    let was_seen = || seen::seen(case).status == Status::Pass;
    if flows { Some(CheckId::DataFlowing) } else { was_seen().then_some(CheckId::VendorSeen) }
}

fn flowing(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (expectation, look) = look(case)?;
    let fresh = expectation.fresh.unwrap_or_else(|| case.connection.variant.rules().data.freshness);
    let counts = |file: &&DataFile| expectation.since.is_none_or(|since| file.modified >= since);
    let newest = look.newest().filter(counts);
    let verdict = match newest {
        Some(file) if age(look.at, file) <= fresh => Verdict::pass(Basis::Observed, young(look, file)),
        _ if let Some(failure) = look.failures.first() => return Err(Undecided::Unreadable(failure.clone())),
        newest => match &look.bound {
            Some(bound) => Verdict::unknown(format!(
                "no new data was found in {bound}. stc-check looked no further, because the bucket contains a lot \
                 besides Sailthru's data"
            )),
            None => stale(case, expectation, look, newest, fresh),
        },
    };
    let verdict = newest.into_iter().fold(verdict, |verdict, file| {
        verdict.with("newest", file.key.as_str()).with("modified", file.modified.to_string()).with("size", file.size)
    });
    Ok(verdict.with("tables", look.tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>()))
}

/// Everything could be looked at, and nothing is new.
fn stale(
    case: &Case<'_>,
    expectation: &DataExpectation,
    look: &Look,
    newest: Option<&DataFile>,
    fresh: SignedDuration,
) -> Verdict {
    let limit = duration(fresh);
    let once = match case.connection.variant.rules().data.shape {
        DataShape::BelowPath => " If this was a one-time export, that is normal.",
        DataShape::Tables => "",
    };
    let (message, stopped) = match newest {
        Some(file) => {
            let (key, age) = (&file.key, duration(age(look.at, file)));
            let message = format!(
                "Sailthru has delivered nothing in the last {limit}: the newest file, `{key}`, is {age} old.{once}"
            );
            (message, true)
        }
        None => ("there is no data from Sailthru in the bucket, or none from the last three days".to_owned(), false),
    };
    if case.live.is_some_and(|live| live.interrupted) {
        return Verdict::unknown(format!("{message}; the watch was stopped before its time was over"));
    }
    if !expectation.watched && !stopped {
        return Verdict::unknown(format!("{message}; if the connection is new, data starts within 2 hours"));
    }
    let check = case.connection.check_command(&[]);
    let ask =
        "Run the check. If it passes, ask Sailthru Support whether this bucket's name is saved and the feature is on.";
    Verdict::fail(Basis::Observed, message, Fix::new(ask, vec![check]))
}

fn age(now: Timestamp, file: &DataFile) -> SignedDuration {
    now.duration_since(file.modified).max(SignedDuration::ZERO)
}

/// What was seen of data that flows.
fn young(look: &Look, file: &DataFile) -> String {
    let age = duration(age(look.at, file));
    let missing = hours_missing(look).map_or_else(String::new, |missing| format!(" {missing}"));
    format!("The newest file, `{}` ({}), is {age} old. {}{missing}", file.key, size(file.size), tables(look))
}

fn encrypted(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (_, look) = look(case)?;
    let (Some(file), Some(answer)) = (look.newest(), &look.newest_encryption) else {
        return Ok(Verdict::unknown("there is no file from Sailthru to look at yet"));
    };
    let found = answer.as_ref().map_err(|failure| Undecided::Unreadable(failure.clone()))?;
    let default = default_encryption(case)?;
    let message = format!("`{}` is encrypted {}", file.key, how(found));
    let verdict = match wrong_encryption(found, &default, case.expected_key().as_deref()) {
        None => Verdict::pass(Basis::Observed, message),
        Some(wrong) => {
            let summary = "Check which key the bucket's default encryption names. Existing files keep their key until \
                           they are copied.";
            let fix = Fix::new(summary, vec![case.connection.check_command(&["--only", "encryption"])]);
            Verdict::warn(Basis::Observed, format!("{message}, but {wrong}"), fix)
        }
    };
    Ok(verdict
        .with("newest", file.key.as_str())
        .with("algorithm", found.algorithm.clone())
        .with("kms_key", found.kms_key.clone()))
}

/// How a file is encrypted, as words that follow "is encrypted".
fn how(found: &Uploaded) -> String {
    match (&found.kms_key, found.algorithm.as_deref()) {
        (Some(key), _) => format!("with {key}"),
        (None, Some("AES256") | None) => "with SSE-S3".to_owned(),
        (None, Some(other)) => format!("with {other}"),
    }
}

/// What a file's encryption differs from, as a clause; none where it is as it should be.
fn wrong_encryption(found: &Uploaded, default: &DefaultEncryption<'_>, wanted: Option<&str>) -> Option<String> {
    let key = found.kms_key.as_deref();
    if let Some(wanted) = wanted.filter(|wanted| key != Some(wanted)) {
        return Some(format!("the expected key is {wanted}"));
    }
    let by_kms = found.algorithm.as_deref().is_some_and(|algorithm| algorithm.starts_with("aws:kms"));
    match default {
        DefaultEncryption::Kms { .. } if !by_kms => Some("the bucket's default is a KMS key".to_owned()),
        DefaultEncryption::Kms { key: KeyName::Arn(named), .. } if key.is_some_and(|key| key != *named) => {
            Some(format!("the bucket's default names {named}"))
        }
        DefaultEncryption::None | DefaultEncryption::S3 if by_kms => Some("the bucket's default is SSE-S3".to_owned()),
        _ => None,
    }
}
