//! `bucket.region-enabled`: no account has to enable the bucket's Region first.

use crate::checks::data;
use crate::checks::{Case, Check, Explanation, Group, Headlines, Undecided, Verdict, recommended};
use crate::names::{needs_opt_in, partition_of_region};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::Operation;
use crate::text::shell::command;
use crate::vendor::PARTITION;

/// `bucket.region-enabled`.
pub(crate) static REGION_ENABLED: Check = Check {
    id: CheckId::BucketRegionEnabled,
    headlines: Headlines::Sentences {
        pass: "Sailthru's account can use the bucket's Region",
        fail: "Sailthru's account has to enable the bucket's Region",
        unknown: "Can Sailthru's account use the bucket's Region?",
    },
    group: Group::Setup,
    needs: &[Operation::HeadBucket],
    need: recommended,
    repair: None,
    judge: region_enabled,
    explain: Explanation {
        what: "Passes when the bucket's Region is enabled in every AWS account from the start. A Region that each \
               account has to enable first, like every Region since 2019, is a warning, unless data.flowing or \
               vendor.seen shows Sailthru at work. Skipped outside the commercial partition.",
        why: "The Region must be enabled in both accounts, yours and Sailthru's. A key policy has no effect for an \
              account that has not enabled the key's Region, and session tokens may not be valid there. Only Sailthru \
              can see and change this for its account.",
        example: "An error occurred (InvalidToken) when calling the PutObject operation: The provided token is malformed or \
                  otherwise invalid.",
        fix: "Ask Sailthru Support whether its account has the Region enabled, or connect a bucket in a Region that is \
              enabled everywhere, such as us-east-1 or eu-west-1.",
        sources: &[
            "https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html",
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
        ],
    },
};

fn region_enabled(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let region = case.region()?;
    if partition_of_region(region) != PARTITION {
        return Ok(Verdict::skip(format!("{region} is not in the commercial partition (see bucket.partition)")));
    }
    let verdict = if !needs_opt_in(region) {
        Verdict::pass(Basis::Read, format!("{region} is enabled in every AWS account."))
    } else if let Some(seen) = data::shows_sailthru(case) {
        let message =
            format!("{region} is a Region that an account has to enable, and Sailthru's account uses it: see {seen}.");
        Verdict::pass(Basis::Observed, message)
    } else {
        let message = format!(
            "{region} has to be enabled in each account that uses it, and you cannot see whether Sailthru's account has \
             done so."
        );
        let summary = format!(
            "Ask Sailthru Support whether {region} is enabled in its account ({}), or connect a bucket in a Region that \
             is enabled in every account, such as us-east-1.",
            case.vendor_accounts().join(", ")
        );
        let look = command(["aws", "account", "get-region-opt-status", "--region-name", region]);
        Verdict::warn(Basis::Read, message, Fix::new(summary, vec![look]))
    };
    Ok(verdict.with("region", region))
}
