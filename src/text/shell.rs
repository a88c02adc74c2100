//! Command lines for people to paste, quoted in one place.

use super::sanitise::{self, is_disturbing};

/// One command line out of its words, each quoted where a POSIX shell would read more into it than plain text.
///
/// ```
/// use stc_check::text::shell::command;
/// assert_eq!(command(["aws", "s3api", "head-bucket", "--bucket", "a b"]), "aws s3api head-bucket --bucket 'a b'");
/// ```
pub fn command<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// One word, quoted for a POSIX shell: single quotes, or `$'…'` (bash, zsh, POSIX 2024) where it holds characters that
/// would disturb a terminal, so that none of them reaches one as it is. JSON spells them out by itself.
#[must_use]
pub fn quote(word: &str) -> String {
    if word.starts_with(['{', '[']) && word.contains(is_disturbing) && is_json(word) {
        return quote(&sanitise::json(word));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains(is_disturbing) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for character in word.chars() {
        match character {
            '\\' | '\'' => quoted.extend(['\\', character]),
            disturbing if is_disturbing(disturbing) => {
                let mut bytes = [0; 4];
                for byte in disturbing.encode_utf8(&mut bytes).bytes() {
                    quoted.extend(['\\', octal(byte >> 6), octal(byte >> 3), octal(byte)]);
                }
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
}

/// Whether it is JSON on one line.
fn is_json(word: &str) -> bool {
    !word.contains('\n') && serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok()
}

/// The lowest three bits as a digit.
fn octal(byte: u8) -> char {
    char::from(b'0' + (byte & 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        let words = [
            "plain-1.2/x:y=z",
            "",
            "two words",
            "it's",
            "$(rm -rf ~)",
            "`id`",
            "a\nb\u{1b}[31m'\\",
            "ü*?!",
            "a\u{202e}b",
        ];
        let line = command(["printf", "%s\\0"].into_iter().chain(words));
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        let seen = String::from_utf8(output.stdout).unwrap();
        assert_eq!(seen.split_terminator('\0').collect::<Vec<_>>(), words);
        assert!(!line.contains(is_disturbing), "{line:?}");
    }

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({"Sid": "it's \u{202e}\u{1b}\u{7f}\u{e0041}"});
        let line = command(["printf", "%s", &value.to_string()]);
        assert!(!line.contains(is_disturbing) && line.contains("\\u202e"), "{line:?}");
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap(), value);
    }
}
