//! The checks of the bucket policy.

use super::{Case, Undecided, Verdict, read};

/// Whether the bucket policy is public, by our own reading, for where S3 did not say.
///
/// # Errors
/// When the policy could not be read.
pub fn public_by_our_reading(case: &Case<'_>) -> Result<Verdict, Undecided> {
    read(&case.snapshot.policy_status, "s3:GetBucketPolicyStatus")?;
    Err(Undecided::NotRead("s3:GetBucketPolicyStatus"))
}
