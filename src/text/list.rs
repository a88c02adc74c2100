//! Lists and numbers in sentences.

use std::fmt::Display;

/// "a, b and c".
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    joined(names, "and")
}

/// "a, b or c", by the word before the last.
pub(crate) fn joined<T: AsRef<str>>(names: &[T], word: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.split_last() {
        Some((last, others @ [_, ..])) => format!("{} {word} {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// "1 check", "3 checks".
pub(crate) fn count<N: Copy + Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn the_last_of_a_list_follows_and() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed::<&str>(&[]), "");
    }
}
