//! Answers about what is set on the bucket: nothing, or something in the way of another setting.

use super::{Advice, NO_VERDICT};
use crate::refusal::{Cause, Refusal};
use crate::report::CheckId;

const PERMISSIONS: &[CheckId] =
    &[CheckId::PolicyListBucket, CheckId::PolicyPutObject, CheckId::PolicyDeleteObject, CheckId::PolicyTlsOnly];

/// What it means that a setting is not set: the code, what is so then, what Sailthru meets, and the checks that judge it
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
const NOT_SET: [(&str, &str, &str, &[CheckId]); 8] = [
    (
        "NoSuchBucketPolicy",
        "the bucket has no bucket policy",
        "Without a bucket policy no other account gets in, so Sailthru cannot upload either.",
        PERMISSIONS,
    ),
    (
        "NoSuchPublicAccessBlockConfiguration",
        "Block Public Access is not set on this bucket or account, so all four of its settings are off there",
        "It does not keep Sailthru out, but the bucket may become public.",
        &[CheckId::PublicAccessBlock],
    ),
    (
        "OwnershipControlsNotFoundError",
        "Object Ownership is not set on the bucket, so whoever uploads an object owns it",
        "Sailthru would own what it uploads.",
        &[CheckId::DeliveryOwnership],
    ),
    (
        "ServerSideEncryptionConfigurationNotFoundError",
        "no default encryption is set on the bucket; S3 then encrypts with SSE-S3",
        "It does not keep Sailthru out.",
        &[CheckId::EncryptionDefault],
    ),
    (
        "ObjectLockConfigurationNotFoundError",
        "Object Lock is not set on the bucket",
        "That is right for Sailthru.",
        &[CheckId::DeliveryObjectLock],
    ),
    (
        "NoSuchObjectLockConfiguration",
        "Object Lock is not set on the object",
        "That is right for Sailthru.",
        &[CheckId::DeliveryObjectLock],
    ),
    ("NoSuchTagSet", "the bucket has no tags", "Sailthru needs none.", &[]),
    (
        "AWSOrganizationsNotInUseException",
        "the account is in no organization",
        "So no resource control policy keeps Sailthru out.",
        &[CheckId::OrganizationRcp],
    ),
];

impl Refusal<'_> {
    pub(in crate::refusal) fn of_the_settings(&self) -> Advice {
        match self.cause {
            Cause::AclsInUse => Advice::new(
                "the bucket's ACL still grants something to others than its owner, so ACLs cannot be disabled",
                "look at what `aws s3api get-bucket-acl` shows, grant it by the bucket policy if it is still needed, \
                 and make the ACL private (`aws s3api put-bucket-acl --acl private`); then disable ACLs",
                "whoever may change the bucket's ACL",
                "Sailthru's uploads work before and after; with ACLs disabled you own them.",
                "Sailthru does not change Object Ownership, so this line is not about its uploads.",
                &[CheckId::DeliveryOwnership, CheckId::PublicAcl],
            ),
            Cause::PlainHttp => Advice::new(
                "S3 encrypts with KMS keys over TLS only, and the request came over plain HTTP",
                "send it to an `https://` endpoint",
                "whoever sends the request",
                "Sailthru sends over TLS.",
                "Sailthru's request did not go over TLS. Send Sailthru Support the line.",
                &[CheckId::PolicyTlsOnly, CheckId::TransportTls],
            ),
            _ => self.of_what_is_not_there(),
        }
    }

    fn of_what_is_not_there(&self) -> Advice {
        let set = NOT_SET.into_iter().find(|(code, ..)| *code == self.answer.code);
        let (what, remedy, vendor, quoted, checks) = match set {
            Some((_, what, vendor, checks)) => (
                what,
                "run the check, which knows what that means for Sailthru",
                vendor,
                "Sailthru does not read this setting, so this line is not about its uploads.",
                checks,
            ),
            None => (
                "what was asked for is not there",
                "check the name that was asked for",
                NO_VERDICT,
                "Something that Sailthru asked for is not there; for an upload that has no meaning.",
                [CheckId::BucketExists].as_slice(),
            ),
        };
        Advice::new(what, remedy, "nobody: there is nothing to lift", vendor, quoted, checks)
    }
}
