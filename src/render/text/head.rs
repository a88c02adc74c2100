//! The first lines: which bucket, as whom, when, for whom, and where the facts come from.

use super::super::layout::{Ink, Layout, columns};
use super::super::wording::{self, LONGEST_SID, short};
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
    let title = format!("  s3://{bucket}{name}");
    let place_fits = columns(&version) + columns(&title) + 2 + columns(&place) <= layout.width();
    let beside = if place_fits { format!("  {place}") } else { String::new() };
    layout.line(&[(Ink::Faint, &version), (Ink::Strong, &title), (Ink::Plain, &beside)]);
    if !place_fits {
        layout.paragraph(2, Ink::Plain, &place);
    }
    layout.paragraph(0, Ink::Plain, &format!("{}, {}:", wording::checked(report), subject.variant));
    for principal in &subject.principals {
        labelled(layout, &wording::principal_label(principal), principal);
    }
    if let Some(key) = &subject.kms_key {
        labelled(layout, wording::key_label(subject), key);
    }
    layout.blank();
}

/// What something is, and its ARN: beside each other where that fits, since an ARN is never broken.
fn labelled(layout: &mut Layout, label: &str, arn: &str) {
    let arn = short(arn);
    if 2 + columns(label) + 1 + columns(&arn) <= layout.width() {
        layout.line(&[(Ink::Faint, &format!("  {label} ")), (Ink::Plain, &arn)]);
    } else {
        layout.verbatim(2, Ink::Faint, label);
        layout.verbatim(2, Ink::Plain, &arn);
    }
}
