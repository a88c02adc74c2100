//! Refusals that are about who signs, not about what is asked for.

use super::{Advice, NO_VERDICT};
use crate::names::needs_opt_in;
use crate::refusal::{Cause, Refusal};
use crate::report::CheckId;

const QUOTED: &str =
    "These are Sailthru's own credentials, so only Sailthru can renew them. Send Sailthru Support the line.";

impl Refusal<'_> {
    pub(in crate::refusal) fn of_the_login(&self) -> Advice {
        let advice = |what: &str, remedy: &str, quoted| Advice::new(what, remedy, "you", NO_VERDICT, quoted, &[]);
        match self.cause {
            Cause::Expired => advice("your AWS credentials have expired", "sign in again", QUOTED),
            Cause::Clock => advice(
                "the clock of this computer is off, so AWS refuses what it signs",
                "set the clock",
                "The clock of Sailthru's machine is off, which only Sailthru can fix. Send Sailthru Support the line.",
            ),
            Cause::RegionNotEnabled => self.region_not_enabled(),
            Cause::NoCredentials => advice("there are no AWS credentials to sign with", "sign in", QUOTED),
            _ => advice(
                "AWS does not accept the credentials",
                "sign in again, with credentials of the partition that the bucket is in",
                QUOTED,
            ),
        }
    }

    /// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
    fn region_not_enabled(&self) -> Advice {
        let region = self.known.region.filter(|region| needs_opt_in(region));
        let named = region.map_or_else(|| "the bucket's Region".to_owned(), |region| format!("the Region {region}"));
        let what = if self.answer.code == "RegionDisabledException" {
            format!("{named} is not enabled in your account, or STS is not activated there")
        } else if self.known.signed_in {
            format!("most likely {named} is not enabled in your account: STS takes the same credentials")
        } else {
            format!("{named} is not enabled in your account, or the session token is broken or of the old kind")
        };
        Advice::new(
            what,
            format!("enable {named} in your account, or sign in through an STS endpoint of that Region"),
            "whoever may enable Regions in your account (`account:EnableRegion`)",
            "Sailthru's account needs the Region enabled as well: `bucket.region-enabled` says whether it is one to \
             ask Sailthru Support about.",
            "Sailthru's account has not enabled your bucket's Region, or its token is not valid there. Only Sailthru \
             can enable it; a bucket in a Region that is enabled in every account needs no such step.",
            &[CheckId::BucketRegionEnabled, CheckId::BucketPartition],
        )
    }
}
