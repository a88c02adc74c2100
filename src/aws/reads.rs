//! The reads: every operation of the snapshot, and below each what is kept of its answer. `Err` names the member that an
//! answer must have and lacks.
//!
//! Nothing waits for a whole round: the key's reads follow the encryption's answer, the account's the caller's, the
//! rest the region's. A read that hangs holds up what depends on it and nothing else.

use crate::snapshot::PolicyText;

mod account;
mod bucket;
mod key;

pub(super) use bucket::retention;
pub(super) use key::{default_key, named_key, region_of};

/// What is kept of an answer: the value, or what is missing.
type Kept<T> = Result<T, &'static str>;

/// The services accept nothing but JSON as a policy, so anything else is a broken answer and not a broken policy.
pub(super) fn policy_text(policy: Option<String>) -> Kept<PolicyText> {
    let policy = policy.ok_or("the answer holds no policy")?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&policy) {
        Ok(_) => Ok(PolicyText::in_force(policy)),
        Err(_) => Err("what came in the policy's place is not JSON, or breaks off"),
    }
}

/// A name of the SDK's, as the service writes it.
fn name<T: AsRef<str>>(value: Option<T>) -> Option<String> {
    value.map(|value| value.as_ref().to_owned())
}

fn names<T: AsRef<str>>(values: Vec<T>) -> Vec<String> {
    values.into_iter().map(|value| value.as_ref().to_owned()).collect()
}

/// The public access block of the bucket and that of the account, whose answers are of two types.
macro_rules! access_block {
    ($output:ident) => {{
        let block = $output.public_access_block_configuration.ok_or("the answer holds no configuration")?;
        let public_access_block_configuration = crate::snapshot::PublicAccessBlock {
            block_public_acls: block.block_public_acls.unwrap_or_default(),
            ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
            block_public_policy: block.block_public_policy.unwrap_or_default(),
            restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
        };
        Ok(PublicAccessBlockAnswer { public_access_block_configuration })
    }};
}
use access_block;
