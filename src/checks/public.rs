//! FAQ 4: the bucket is not public, by its settings, its policy and its access control list.

use serde_json::{Map, Value};

use super::delivery::{is_owner_enforced, without_acls};
use super::policy::public_by_our_reading;
use super::{Case, Check, Explanation, Group, Headlines, Missing, Repair, Undecided, Verdict, read, required};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::{AclAnswer, AclGrant, Fact, Operation, PublicAccessBlock, PublicAccessBlockAnswer};
use crate::text::list::listed;

/// `public.access-block`.
pub(crate) static ACCESS_BLOCK: Check = Check {
    id: CheckId::PublicAccessBlock,
    headlines: Headlines::Sentences {
        pass: "Block Public Access is on",
        fail: "Block Public Access is not fully on",
        unknown: "Is Block Public Access on?",
    },
    group: Group::Faq(4),
    needs: &[Operation::GetPublicAccessBlock, Operation::GetAccountPublicAccessBlock],
    need: required,
    repair: Some(Repair::BlockPublicAccess),
    judge: access_block,
    explain: Explanation {
        what: "Reads Block Public Access of the bucket and of the account (the account's answer includes the \
               organization's). A setting is in effect when either has it on. All four in effect pass, one off fails.",
        why: "Sailthru asks you to close the bucket to the public. The four settings keep it closed whatever a later \
              policy or access control list says. They do not affect Sailthru, because your policy names its \
              principals.",
        example: "An error occurred (NoSuchPublicAccessBlockConfiguration) when calling the GetPublicAccessBlock \
                  operation: The public access block configuration was not found",
        fix: "Put all four settings on the bucket with `aws s3api put-public-access-block`.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html",
        ],
    },
};

/// `public.policy`.
pub(crate) static POLICY: Check = Check {
    id: CheckId::PublicPolicy,
    headlines: Headlines::Sentences {
        pass: "Your bucket policy is not public",
        fail: "Your bucket policy is public",
        unknown: "Is your bucket policy public?",
    },
    group: Group::Faq(4),
    needs: &[Operation::GetBucketPolicyStatus, Operation::GetBucketPolicy],
    need: required,
    repair: Some(Repair::LimitPublicStatements),
    judge: policy,
    explain: Explanation {
        what: "Takes S3's own verdict on the bucket policy (GetBucketPolicyStatus) if it could be read. Otherwise stc-check evaluates the policy by the same rule: every Allow must be limited to fixed principals, accounts, networks or the \
               like. No policy is not public.",
        why: "A public policy opens the data to everyone. And where RestrictPublicBuckets is in effect, one public \
              statement cuts off every other account, including Sailthru, whatever the other statements say.",
        example: "`aws s3api get-bucket-policy-status --bucket acme-exports` answers {\"PolicyStatus\": {\"IsPublic\": \
                  true}}",
        fix: "Find the Allow with Principal `*` (or with NotPrincipal) and name its principals, or remove it. Leave \
              Block Public Access on.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html",
        ],
    },
};

/// `public.acl`.
pub(crate) static ACL: Check = Check {
    id: CheckId::PublicAcl,
    headlines: Headlines::Sentences {
        pass: "No access control list makes your bucket public",
        fail: "An access control list makes your bucket public",
        unknown: "Does an access control list make your bucket public?",
    },
    group: Group::Faq(4),
    needs: &[
        Operation::GetBucketAcl,
        Operation::GetPublicAccessBlock,
        Operation::GetAccountPublicAccessBlock,
        Operation::GetBucketOwnershipControls,
    ],
    need: required,
    repair: Some(Repair::PrivateAcl),
    judge: acl,
    explain: Explanation {
        what: "Looks in the bucket's access control list for grants to AllUsers (anyone) and AuthenticatedUsers (any \
               AWS account). It passes without reading the list if IgnorePublicAcls or BucketOwnerEnforced makes it ineffective.",
        why: "Such a grant lets strangers list Sailthru's files, or write among them, whatever the bucket policy says.",
        example: "`aws s3api get-bucket-acl --bucket acme-exports` shows a grantee with the URI \
                  http://acs.amazonaws.com/groups/global/AllUsers",
        fix: "Make the list private with `aws s3api put-bucket-acl --acl private`, then switch access control lists \
              off with BucketOwnerEnforced.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
        ],
    },
};

type Setting = fn(&PublicAccessBlock) -> bool;

const SETTINGS: [(&str, Setting); 4] = [
    ("BlockPublicAcls", |block| block.block_public_acls),
    ("IgnorePublicAcls", IGNORE_PUBLIC_ACLS),
    ("BlockPublicPolicy", |block| block.block_public_policy),
    ("RestrictPublicBuckets", RESTRICT_PUBLIC_BUCKETS),
];

/// Existing public access control lists have no effect.
const IGNORE_PUBLIC_ACLS: Setting = |block| block.ignore_public_acls;
/// A public policy lets in the owner's account and AWS services only.
pub(crate) const RESTRICT_PUBLIC_BUCKETS: Setting = |block| block.restrict_public_buckets;

/// Whether a setting of Block Public Access is in effect: on the bucket or on the account.
///
/// # Errors
/// When neither level is known to have it on and one of them could not be read.
pub(crate) fn in_effect(case: &Case<'_>, setting: Setting) -> Result<bool, Undecided> {
    let levels = levels(case);
    if levels.iter().flatten().any(setting) {
        return Ok(true);
    }
    let mut missing: Vec<Undecided> = levels.into_iter().filter_map(Result::err).collect();
    match missing.len() {
        0 => Ok(false),
        1 => Err(missing.remove(0)),
        _ => Err(Undecided::Several(missing)),
    }
}

/// The settings of the bucket and of the account; not set is all four off.
fn levels(case: &Case<'_>) -> [Result<PublicAccessBlock, Undecided>; 2] {
    let level = |fact: &Fact<PublicAccessBlockAnswer>, operation| {
        read(fact, operation)
            .map(|answer| answer.map(|answer| answer.public_access_block_configuration).unwrap_or_default())
    };
    let snapshot = case.snapshot;
    [
        level(&snapshot.bucket_public_access_block, Operation::GetPublicAccessBlock),
        level(&snapshot.account_public_access_block, Operation::GetAccountPublicAccessBlock),
    ]
}

fn access_block(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let effects = SETTINGS.map(|(name, setting)| (name, in_effect(case, setting)));
    let off: Vec<&str> = effects.iter().filter(|(_, on)| *on == Ok(false)).map(|(name, _)| *name).collect();
    let verdict = if off.is_empty() {
        if let Some(undecided) = effects.iter().find_map(|(_, on)| on.clone().err()) {
            let off = off_on_the_bucket(case);
            return Err(off.map_or(undecided.clone(), |off| Undecided::Several(vec![off, undecided])));
        }
        let message = "All four settings of Block Public Access are in effect. They do not affect Sailthru, because a \
                       policy that names its principals is not public.";
        Verdict::pass(Basis::Read, message)
    } else {
        let are = if off.len() == 1 { "is" } else { "are" };
        let message = format!(
            "{} {are} off on the bucket and on the account, so a policy or access control list can open Sailthru's data \
             to the public.",
            listed(&off)
        );
        let all = SETTINGS.map(|(name, _)| format!("{name}=true")).join(",");
        let command = case.s3api("put-public-access-block", &["--public-access-block-configuration", &all]);
        Verdict::fail(Basis::Read, message, Fix::new("Switch all four settings on for the bucket.", vec![command]))
    };
    let effects: Map<String, Value> =
        effects.into_iter().map(|(name, on)| (name.to_owned(), on.map_or(Value::Null, Value::Bool))).collect();
    let [bucket, account] = levels(case).map(|level| level.ok().and_then(|level| serde_json::to_value(level).ok()));
    Ok(verdict.with("in_effect", effects).with("bucket", bucket).with("account", account))
}

/// What is off on the bucket itself, where the account may have it on.
fn off_on_the_bucket(case: &Case<'_>) -> Option<Undecided> {
    let [bucket, _] = levels(case);
    let bucket = bucket.ok()?;
    let off: Vec<_> = SETTINGS.iter().filter(|(_, setting)| !setting(&bucket)).map(|(name, _)| *name).collect();
    let missing = match off.as_slice() {
        [] => return None,
        [one] => Missing::SettingOnBucket(one),
        _ => Missing::SettingsOnBucket(off),
    };
    Some(Undecided::Missing(missing))
}

fn policy(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let there_is_a_policy = case.snapshot.bucket_policy.found().is_some();
    let is_public = match read(&case.snapshot.policy_status, Operation::GetBucketPolicyStatus) {
        Ok(Some(answer)) => answer.policy_status.is_public,
        // A preview of a policy for a bucket that has none yet.
        Ok(None) | Err(_) if there_is_a_policy => return public_by_our_reading(case),
        Err(undecided) if !matches!(case.snapshot.bucket_policy, Fact::Absent(_)) => return Err(undecided),
        Ok(None) | Err(_) => {
            return Ok(Verdict::pass(Basis::Read, "Your bucket has no policy, so no policy makes it public."));
        }
    };
    let verdict = if is_public {
        let cut = if in_effect(case, RESTRICT_PUBLIC_BUCKETS) == Ok(true) {
            "RestrictPublicBuckets therefore denies every other account, including Sailthru."
        } else {
            "everyone can do what it allows."
        };
        let message = format!("S3 considers the bucket policy public: {cut}");
        let summary = "Name the principals of every Allow that is open to everyone, or remove it. Leave Block Public \
                       Access on.";
        Verdict::fail(Basis::Read, message, case.edit(summary))
    } else {
        Verdict::pass(Basis::Read, "S3 says that the bucket policy is not public.")
    };
    Ok(verdict.with("IsPublic", is_public))
}

fn acl(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let ignored = in_effect(case, IGNORE_PUBLIC_ACLS);
    let enforced = is_owner_enforced(case);
    for (effect, name) in [(&ignored, "IgnorePublicAcls"), (&enforced, "BucketOwnerEnforced")] {
        if *effect == Ok(true) {
            let message = format!("{name} is in effect, so public grants in an access control list have no effect.");
            return Ok(Verdict::pass(Basis::Read, message).with("because_of", name));
        }
    }
    let answer = read(&case.snapshot.acl, Operation::GetBucketAcl)?.cloned().unwrap_or_default();
    let public = public_grants(&answer);
    if public.is_empty() {
        let message = "The access control list grants nothing to the public or to all AWS accounts.";
        return Ok(Verdict::pass(Basis::Read, message));
    }
    ignored?;
    enforced?;
    let message = format!(
        "The access control list grants {}: strangers can reach Sailthru's data despite the bucket policy.",
        public.join(", ")
    );
    let summary = "Make the access control list private, and switch such lists off.";
    Ok(Verdict::fail(Basis::Read, message, Fix::new(summary, without_acls(case))).with("grants", public))
}

fn public_grants(acl: &AclAnswer) -> Vec<String> {
    let groups = [("/groups/global/AllUsers", "everyone"), ("/groups/global/AuthenticatedUsers", "every AWS account")];
    let public = |grant: &AclGrant| {
        let uri = grant.grantee.as_ref()?.uri.as_deref()?;
        let (_, who) = groups.into_iter().find(|(group, _)| uri.ends_with(group))?;
        Some(format!("{} to {who}", grant.permission.as_deref().unwrap_or("a right")))
    };
    acl.grants.iter().filter_map(public).collect()
}
