//! Judging a snapshot: any text either reads as one or is refused with a message; one that reads is judged for each variant
//! without a panic, says the same when written and read again, and what is printed of it holds no control characters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stc_check::checks::{Case, judge};
use stc_check::names::BucketName;
use stc_check::render;
use stc_check::report::{FailOn, Report};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::{Connection, Variant};

fn judged(snapshot: &Snapshot, variant: Variant) -> Report {
    let bucket = BucketName::parse("acme-exports").expect("a name");
    let connection = Connection { variant, ..Connection::new(bucket) };
    judge(&Case::new(&connection, snapshot, None))
}

fuzz_target!(|text: &str| {
    let snapshot = match Snapshot::from_json(text) {
        Ok(snapshot) => snapshot,
        Err(refusal) => return assert!(!refusal.to_string().is_empty()),
    };
    let again = Snapshot::from_json(&snapshot.to_json()).expect("what was written can be read");
    for variant in Variant::ALL {
        let report = judged(&snapshot, variant);
        let json = render::json::render(&report).expect("a report is JSON");
        assert_eq!(json, render::json::render(&judged(&again, variant)).expect("a report is JSON"));
        let printed = render::text::render(&report, render::Screen::default(), FailOn::Fail);
        assert!(!printed.contains(|character: char| character.is_control() && character != '\n'), "{printed:?}");
        let page = render::html::render(&report, FailOn::Fail);
        assert!(page.starts_with("<!DOCTYPE html>") && !render::sarif::render(&report, FailOn::Fail).is_empty());
    }
});
