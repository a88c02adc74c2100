//! Why a text is not JSON, in words.

/// "not JSON: it ends too early, at line 1, column 5".
#[must_use]
pub fn not_json(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() && error.line() <= 1 && error.column() == 0 {
        return "not JSON: it is empty".to_owned();
    }
    if error.is_eof() {
        return format!("not JSON: it ends too early, at {place}");
    }
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    format!("not JSON: {words}, at {place}")
}

#[cfg(test)]
mod tests {
    use super::not_json;

    #[test]
    fn the_place_is_named_and_the_end_of_the_text_is_said_in_words() {
        let said = |text: &str| not_json(&serde_json::from_str::<serde_json::Value>(text).unwrap_err());
        assert_eq!(said(""), "not JSON: it is empty");
        assert_eq!(said("{\"a\":"), "not JSON: it ends too early, at line 1, column 5");
        assert_eq!(said("{\n x"), "not JSON: key must be a string, at line 2, column 2");
    }
}
