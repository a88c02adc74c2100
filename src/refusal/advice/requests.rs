//! Refusals of the request itself, and what passes by itself.

use super::{Advice, NO_VERDICT};
use crate::refusal::{Cause, Refusal};
use crate::report::CheckId;

const SENT_BY_SAILTHRU: &str =
    "The request itself is at fault, so only Sailthru can change it. Send Sailthru Support the line.";
const PASSES: &str = "It passes by itself; Sailthru's next upload tries again.";

impl Refusal<'_> {
    pub(in crate::refusal) fn of_the_request(&self) -> Advice {
        match self.cause {
            Cause::ShutByAws => Advice::new(
                "AWS has disabled access to the bucket or the account",
                "open a case with AWS Support from the account that owns the bucket; no permission helps",
                "AWS Support",
                "Sailthru has no access either.",
                "AWS has disabled access to your bucket or an account: ask AWS Support, from the account that owns the \
                 bucket.",
                &[CheckId::BucketExists],
            ),
            Cause::WrongRegion => advice(
                "the bucket is in another Region than the request went to",
                "send it to the bucket's own Region (`--region`)",
                "whoever sends the request",
                "Sailthru asked in the wrong Region: tell Sailthru Support the Region of your bucket.",
                &[CheckId::BucketExists],
            ),
            Cause::ChecksumMissing => Advice::new(
                "the bucket's Object Lock asks every upload for a checksum, and the request carried none",
                "send a checksum with the upload (the AWS CLI and SDKs do unless they are told not to)",
                "whoever sends the request",
                "Sailthru must send a checksum with every upload as well, if Object Lock has a default retention.",
                "Your bucket's Object Lock asks for a checksum that Sailthru's upload did not carry: take the default \
                 retention off, or ask Sailthru Support to send checksums.",
                &[CheckId::DeliveryObjectLock],
            ),
            Cause::NoBucket => Advice::new(
                "there is no bucket of this name",
                "check the spelling of the bucket's name",
                "whoever named the bucket",
                "Sailthru finds no such bucket either.",
                "The bucket's name as Sailthru has it does not exist: compare it with yours, letter by letter.",
                &[CheckId::BucketExists],
            ),
            Cause::DocumentRefused => advice(
                "AWS does not take the policy document as it is",
                "preview it with `--bucket-policy FILE` or `--key-policy FILE`, which names the statement",
                "whoever writes the document",
                "Sailthru saves no policies: this line is about a document on your side.",
                &[CheckId::PolicyDocument, CheckId::KmsPolicyDocument],
            ),
            Cause::NotOffered => advice(
                "the service does not offer this operation",
                "check that the endpoint is AWS's own",
                "whoever runs the endpoint",
                SENT_BY_SAILTHRU,
                &[CheckId::TransportTls],
            ),
            Cause::NoAnswer => advice(
                "no answer came",
                "check the network, `HTTPS_PROXY` and the endpoint, or give more time with `--timeout`",
                "whoever runs the network in between",
                "Sailthru did not reach S3, which is not about your bucket.",
                &[CheckId::BucketExists],
            ),
            Cause::Intermediary => advice(
                "something between here and AWS answered in its place",
                "check `HTTPS_PROXY`, `NO_PROXY` and the network",
                "whoever runs the network in between",
                "Something between Sailthru and S3 answered in its place, which is not about your bucket.",
                &[CheckId::TransportTls],
            ),
            Cause::BadRequest if self.answer.code == "400" => advice(
                "S3 does not take the request and gives no reason, as it never does to a HEAD: often the login has \
                 expired, the bucket is in another Region, or your account has not enabled its Region",
                "sign in again, and name the bucket's own Region (`--region`)",
                "whoever sends the request",
                "S3 gave no reason. Send Sailthru Support the line, with the Region of your bucket.",
                &[CheckId::BucketExists, CheckId::BucketRegionEnabled],
            ),
            Cause::BadRequest => advice(
                "AWS does not take the request as it is, however often it is sent",
                "look at the code and the sentence; if they make no sense to you, run with `-vv` and file an issue \
                 with its output",
                "whoever sends the request",
                SENT_BY_SAILTHRU,
                &[],
            ),
            _ => advice(
                "stc-check does not know this answer",
                "run with `-vv`, which shows the request id",
                "not known",
                "stc-check does not know this answer: ask Sailthru Support for the whole line and the request id.",
                &[],
            ),
        }
    }

    /// Load, and requests that met another one.
    pub(in crate::refusal) fn of_what_passes(&self) -> Advice {
        match self.cause {
            Cause::Throttled => advice(
                "AWS asks for fewer requests",
                "run the check again later",
                "nobody: it passes",
                "Too many requests at once. If it stays so for uploads under a KMS key, turn on S3 Bucket Keys.",
                &[CheckId::EncryptionDefault],
            ),
            Cause::ServiceFault => {
                advice("AWS had an internal error", "run the check again", "nobody: it passes", PASSES, &[])
            }
            Cause::ChecksumWrong => advice(
                "what arrived is not what was sent",
                "look for a proxy that changes what it passes on",
                "whoever runs the network in between",
                "The upload was damaged on its way. The next one tries again.",
                &[],
            ),
            Cause::Conflict => advice(
                "another request on the same key was under way",
                "run the check again in a minute",
                "nobody: it passes",
                "Two requests on one key met. The next upload tries again.",
                &[CheckId::ProbeLeftover],
            ),
            Cause::Taken => advice(
                "another object is already there",
                "look at it, and delete it if nobody needs it",
                "whoever may delete objects in the bucket",
                "There is already an object with the key that Sailthru wanted to create.",
                &[CheckId::ProbeLeftover],
            ),
            _ => advice(
                "another change of the bucket is under way",
                "run the check again in a few minutes",
                "nobody: it passes",
                PASSES,
                &[CheckId::BucketExists],
            ),
        }
    }
}

fn advice(what: &str, remedy: &str, who: &str, quoted: &'static str, checks: &'static [CheckId]) -> Advice {
    Advice::new(what, remedy, who, NO_VERDICT, quoted, checks)
}
