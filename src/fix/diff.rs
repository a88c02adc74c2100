//! Two documents side by side, as people read changes.

use serde_json::Value;
use similar::TextDiff;

/// A unified diff of the documents, laid out; none at all is empty.
pub(super) fn diff(name: &str, before: Option<&Value>, after: &Value) -> String {
    let text = |document: &Value| format!("{document:#}\n");
    let (before, after) = (before.map(text).unwrap_or_default(), text(after));
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(3)
        .header(&format!("{name} in force"), &format!("{name} proposed"))
        .to_string()
}
