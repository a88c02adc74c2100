//! Options that cannot both be meant.

use super::arguments::{ConnectionArguments, ProbeArguments};
use super::error::Error;

const PLAN: &str = "--terraform-plan";
const SNAPSHOT: &str = "--snapshot";
const OFFLINE: &str = "a plan is judged without any network";
const STORED_OFFLINE: &str = "a stored snapshot is judged without any network";

/// Options that cannot both be meant, and what is wrong with each pair.
///
/// # Errors
/// When there is such a pair.
pub(crate) fn refuse_contradictions(
    connection: &ConnectionArguments,
    probe: &ProbeArguments,
    waits: bool,
) -> Result<(), Error> {
    let ProbeArguments { no_probe, probe_role_arn, probe_multipart, .. } = probe;
    let (stored, planned) = (connection.snapshot.is_some(), connection.terraform_plan.is_some());
    let pairs = [
        (stored && planned, SNAPSHOT, PLAN, "each says what the bucket is like"),
        (planned && probe_role_arn.is_some(), PLAN, "--probe-role-arn", OFFLINE),
        (planned && *probe_multipart, PLAN, "--probe-multipart", OFFLINE),
        (planned && waits, PLAN, "--wait", "a plan does not change"),
        (*no_probe && probe_role_arn.is_some(), "--no-probe", "--probe-role-arn", "the role is only used by the probe"),
        (*no_probe && *probe_multipart, "--no-probe", "--probe-multipart", "the multipart upload is part of the probe"),
        (stored && probe_role_arn.is_some(), SNAPSHOT, "--probe-role-arn", STORED_OFFLINE),
        (stored && *probe_multipart, SNAPSHOT, "--probe-multipart", STORED_OFFLINE),
        (stored && waits, SNAPSHOT, "--wait", "a stored snapshot does not change"),
    ];
    refuse_pairs(pairs)
}

/// The first of the pairs of options of which both are given, with what is wrong with it.
///
/// # Errors
/// When there is such a pair.
pub(crate) fn refuse_pairs<const N: usize>(pairs: [(bool, &str, &str, &str); N]) -> Result<(), Error> {
    let given = pairs.into_iter().find(|(both, ..)| *both);
    given.map_or(Ok(()), |(_, one, other, why)| Err(Error::contradiction(one, other, why)))
}

/// # Errors
/// When there is an external id, and no role that it could be for.
pub(crate) fn refuse_lonely_external_id(probe: &ProbeArguments) -> Result<(), Error> {
    if probe.external_id.is_some() && probe.probe_role_arn.is_none() {
        return Err(Error::new("`--external-id` is given without `--probe-role-arn`, the only role it could be for")
            .help("add `--probe-role-arn ARN`, or leave `--external-id` out"));
    }
    Ok(())
}
