//! What the probe is about to write, in a line.

use stc_check::aws::{Kept, Settings, Upcoming};
use stc_check::vendor::PROBE_KEY;

/// Where the test object goes, as whom, and what of it will stay.
pub(super) fn of(settings: &Settings, upcoming: &Upcoming) -> String {
    let Upcoming { owner, kept, retains } = upcoming;
    let bucket = &settings.bucket;
    let account = owner.as_ref().map_or_else(String::new, |owner| format!(" of account {owner}"));
    let role = settings.probe.as_ref().and_then(|probe| probe.role_arn.as_ref());
    let role = role.map_or_else(String::new, |role| format!(", as {role}"));
    let stays = match (kept, retains) {
        (_, Some(true)) => "; Object Lock keeps a version of it until its retention ends",
        (Some(Kept::VersionAndMarker), _) => {
            "; the bucket keeps versions, so a version and a delete marker of it will stay"
        }
        (Some(Kept::Marker), _) => "; versioning is suspended, so a delete marker of it will stay",
        (Some(Kept::Nothing), _) => "",
        (None, _) => "; if the bucket keeps versions, a version of it will stay",
    };
    format!(
        "uploading a test object `{PROBE_KEY}` to s3://{bucket}{account}{role} and deleting it{stays} (`--no-probe` only reads)"
    )
}
