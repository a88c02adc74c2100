//! Texts compared, with and without regard to case.

use std::borrow::Cow;

/// A text in lower case, character by character: wherever a text is cut in two, its halves have the same form.
pub(crate) fn lower_case(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().flat_map(char::to_lowercase).collect() }
}

/// The same where it is wanted and changes anything.
pub(crate) fn fold(text: &str, fold_case: bool) -> Cow<'_, str> {
    let changes = fold_case && text.chars().any(|c| c.is_uppercase() || !c.is_ascii());
    if changes { Cow::Owned(lower_case(text)) } else { Cow::Borrowed(text) }
}
