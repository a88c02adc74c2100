//! `bucket.region-enabled`: no account has to enable the bucket's Region first.

use crate::checks::data;
use crate::checks::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, recommended};
use crate::names::{needs_opt_in, partition_of_region};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::Operation;
use crate::text::shell::command;
use crate::vendor::PARTITION;

/// `bucket.region-enabled`.
pub static REGION_ENABLED: Check = Check {
    id: CheckId::BucketRegionEnabled,
    headlines: Headlines {
        pass: "Sailthru's account can use the bucket's Region",
        fail: "Sailthru's account has to enable the bucket's Region",
        unknown: "Can Sailthru's account use the bucket's Region?",
    },
    group: Group::Setup,
    needs: &[Operation::HeadBucket],
    need: recommended,
    document: None,
    repair: None,
    check: region_enabled,
    explain: Explanation {
        what: "Compares the bucket's Region with those that every AWS account has from the start. One that an account has to \
               enable first, as all Regions since 2019, is a warning, unless data.flowing or vendor.seen shows Sailthru at work. \
               Skipped outside the commercial partition.",
        why: "A Region must be enabled in both accounts, yours and Sailthru's: key policies do not let in an account that has \
              not enabled the key's Region, and its session tokens may not be valid there. Nobody but Sailthru can see or \
              change that for Sailthru's account.",
        example: "An error occurred (InvalidToken) when calling the PutObject operation: The provided token is malformed or \
                  otherwise invalid.",
        fix: "Ask Sailthru Support whether its account has the Region enabled, or connect a bucket in a Region that every \
              account has, such as us-east-1 or eu-west-1.",
        sources: &[
            "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
        ],
    },
};

fn region_enabled(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let region = case.region()?;
    if partition_of_region(region) != PARTITION {
        return Ok(Verdict::skip(format!("{region} is outside the commercial partition (bucket.partition)")));
    }
    let verdict = if !needs_opt_in(region) {
        Verdict::pass(Basis::Read, format!("{region} is a Region that every account has."))
    } else if let Some(seen) = data::shows_sailthru(case) {
        Verdict::pass(
            Basis::Observed,
            format!("{region} is a Region that an account has to enable, and Sailthru's account uses it: see {seen}."),
        )
    } else {
        let accounts: Vec<String> = case.vendor().writers().iter().map(|writer| writer.arn().account.clone()).collect();
        Verdict::warn(
            Basis::Read,
            format!(
                "{region} is a Region that an account has to enable. Sailthru's account needs that as much as yours, and you \
                 cannot see whether it has it."
            ),
            Fix::new(
                format!(
                    "Ask Sailthru Support whether {region} is enabled in its account ({}), or connect a bucket in a Region \
                     that every account has.",
                    accounts.join(", ")
                ),
                vec![command(["aws", "account", "get-region-opt-status", "--region-name", region])],
            ),
        )
    };
    Ok(verdict.with("region", region))
}
