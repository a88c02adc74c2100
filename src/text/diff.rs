//! Two documents side by side, as people read changes.

use serde_json::Value;
use similar::TextDiff;

/// A unified diff of two JSON documents, laid out; one that is not there is empty. `names` are what its head shows.
pub(crate) fn unified(names: [&str; 2], before: Option<&Value>, after: Option<&Value>) -> String {
    let text = |document: Option<&Value>| document.map(|document| format!("{document:#}\n")).unwrap_or_default();
    let (before, after) = (text(before), text(after));
    let [old, new] = names;
    TextDiff::from_lines(&before, &after).unified_diff().context_radius(3).header(old, new).to_string()
}
