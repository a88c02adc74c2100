//! Plans that nobody wrote: whatever the JSON, the answer is a snapshot or an error, soon.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use stc_check::names::BucketName;
use stc_check::terraform_plan;

use super::plan;
use super::recorded::names;

/// Every place in a document, as JSON pointers.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| self::places(item, &format!("{at}/{index}"), places));
        }
        Value::Object(members) => {
            for (name, member) in members {
                self::places(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        _ => {}
    }
}

/// Something that does not belong where it is put.
fn intruder() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!(-1)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!({"references": ["var.bucket", "each.value.id", "module.exports.bucket", "local.x", "["]})),
        Just(json!({"constant_value": null})),
        "[a-z\\[\\]\".$\\{\\}]{0,12}".prop_map(Value::String),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_that_is_bent_out_of_shape_is_answered(
        fixture in prop::sample::select(names()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), intruder()), 1..6),
        named in any::<bool>(),
    ) {
        let mut document = plan(&fixture);
        for (place, intruder) in changes {
            let mut all = Vec::new();
            places(&document, "", &mut all);
            *document.pointer_mut(place.get(all.as_slice()).as_str()).unwrap() = intruder;
        }
        let bucket = named.then(|| BucketName::parse("acme-exports").unwrap());
        let read = terraform_plan::read(&document.to_string(), bucket.as_ref(), None, Timestamp::UNIX_EPOCH);
        if let Ok(planned) = read {
            prop_assert!(planned.snapshot.is_planned());
        }
    }

    #[test]
    fn a_plan_that_is_cut_or_garbled_is_answered(
        fixture in prop::sample::select(names()), at in any::<prop::sample::Index>(), garbage in ".{0,8}",
    ) {
        let text = plan(&fixture).to_string();
        let at = (0..=at.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (before, after) = text.split_at(at);
        let _ = terraform_plan::read(&format!("{before}{garbage}{after}"), None, None, Timestamp::UNIX_EPOCH);
        prop_assert!(terraform_plan::read(before, None, None, Timestamp::UNIX_EPOCH).is_err());
    }
}

#[test]
fn references_that_multiply_or_go_round_in_circles_end_soon() {
    let mut circle = plan("modules");
    let module = &mut circle["configuration"]["root_module"]["module_calls"]["exports"]["module"];
    module["outputs"]["bucket"]["expression"] =
        json!({"references": ["module.settings.bucket", "module.settings.bucket"]});
    module["module_calls"]["settings"]["expressions"]["bucket"] =
        json!({"references": ["var.name", "var.kms_key_arn", "var.policy"]});
    let call = &mut circle["configuration"]["root_module"]["module_calls"]["exports"];
    let round = json!({"references": ["module.exports[\"eu\"].bucket", "module.exports[\"us\"].bucket"]});
    for name in ["name", "kms_key_arn", "policy"] {
        call["expressions"][name] = round.clone();
    }
    call["module"]["outputs"]["bucket"]["expression"] =
        json!({"references": ["var.name", "var.kms_key_arn", "var.policy"]});
    let bucket = BucketName::parse("acme-exports-eu").unwrap();
    let begun = Instant::now();
    let planned = terraform_plan::read(&circle.to_string(), Some(&bucket), None, Timestamp::UNIX_EPOCH).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert!(planned.snapshot.failures().iter().any(|failure| failure.code == "KnownAfterApply"));
}
