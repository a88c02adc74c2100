//! The types of resources of the AWS provider that hold the settings of a bucket.

pub(super) const POLICY: &str = "aws_s3_bucket_policy";
pub(super) const ACCESS_BLOCK: &str = "aws_s3_bucket_public_access_block";
pub(super) const ENCRYPTION: &str = "aws_s3_bucket_server_side_encryption_configuration";
pub(super) const OWNERSHIP: &str = "aws_s3_bucket_ownership_controls";
pub(super) const ACL: &str = "aws_s3_bucket_acl";
pub(super) const VERSIONING: &str = "aws_s3_bucket_versioning";
pub(super) const OBJECT_LOCK: &str = "aws_s3_bucket_object_lock_configuration";
pub(super) const REQUEST_PAYMENT: &str = "aws_s3_bucket_request_payment_configuration";
pub(super) const ABAC: &str = "aws_s3_bucket_abac";

/// The types of the AWS provider that hold one setting of a bucket each.
pub(super) const KINDS: [&str; 9] =
    [POLICY, ACCESS_BLOCK, ENCRYPTION, OWNERSHIP, ACL, VERSIONING, OBJECT_LOCK, REQUEST_PAYMENT, ABAC];
