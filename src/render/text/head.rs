//! The first lines: which bucket, as whom, when, for whom, and where the facts come from.

use super::super::layout::{Ink, Layout};
use super::super::wording::{self, LONGEST_SID, LONGEST_TEXT};
use crate::report::Report;
use crate::text::sanitise;

pub(super) fn head(layout: &mut Layout, report: &Report) {
    let (subject, run) = (&report.subject, &report.run);
    let bucket = sanitise::excerpt(&subject.bucket, LONGEST_SID);
    let name = wording::name(subject).map_or_else(String::new, |name| format!(" ({name})"));
    let region = subject.region.as_deref().unwrap_or("region unknown");
    let owner = run.owner.as_ref().map_or_else(String::new, |owner| format!("  account {owner}"));
    let version = format!("stc-check {}", env!("CARGO_PKG_VERSION"));
    let place = format!("{}{}", sanitise::excerpt(region, LONGEST_SID), sanitise::excerpt(&owner, LONGEST_SID));
    layout.line(&[
        (Ink::Faint, &version),
        (Ink::Strong, &format!("  s3://{bucket}{name}")),
        (Ink::Plain, &format!("  {place}")),
    ]);
    layout.paragraph(0, Ink::Plain, &format!("{}, {}:", wording::checked(report), subject.variant));
    for principal in &subject.principals {
        layout.verbatim(2, Ink::Plain, &sanitise::excerpt(principal, LONGEST_TEXT));
    }
    if let Some(key) = &subject.kms_key {
        let label = format!("{} ", wording::key_label(subject));
        layout.line(&[(Ink::Faint, "  "), (Ink::Faint, &label), (Ink::Plain, &sanitise::excerpt(key, LONGEST_TEXT))]);
    }
    layout.blank();
}
