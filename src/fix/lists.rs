//! The values of policies that may be one text or a list of them, and lists without repetitions.

use serde_json::Value;

/// A value or the items of a list.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

/// As people write it: a list only where there are several.
pub(super) fn one_or_many(mut values: Vec<Value>) -> Value {
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}

/// The items with more, each of which is there once.
pub(super) fn with_more<T: Clone + PartialEq>(items: &[T], more: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all = items.to_vec();
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
