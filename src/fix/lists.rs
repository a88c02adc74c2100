//! The values of policies that may be one text or a list of them.

use serde_json::Value;

/// A value or the items of a list.
pub(super) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// As people write it: a list only where there are several.
pub(super) fn one_or_many(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}
