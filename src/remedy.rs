//! What mends a bucket: documents, changes and the commands for people to paste, quoted in one place. Nothing here applies
//! anything.

mod advice;
mod diff;
pub mod documents;
mod edit;
pub mod fix;
mod gain;
mod leftovers;
mod mend;
pub mod permissions;
mod respell;
pub mod settings;
pub mod setup;
pub mod terraform;

/// One command line out of its words, each quoted where a POSIX shell would read more into it than plain text.
///
/// ```
/// use stc_check::remedy::command;
/// assert_eq!(command(["aws", "s3api", "head-bucket", "--bucket", "a b"]), "aws s3api head-bucket --bucket 'a b'");
/// ```
pub fn command<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// One word, quoted for a POSIX shell: single quotes, or `$'…'` (bash, zsh, POSIX 2024) where it holds control
/// characters, so that none of them reaches a terminal as it is.
#[must_use]
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.contains(char::is_control) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for character in word.chars() {
        match character {
            '\\' | '\'' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let mut bytes = [0; 4];
                for byte in control.encode_utf8(&mut bytes).bytes() {
                    quoted.extend(['\\', octal(byte >> 6), octal(byte >> 3), octal(byte)]);
                }
            }
            other => quoted.push(other),
        }
    }
    quoted.push('\'');
    quoted
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
        let words = ["plain-1.2/x:y=z", "", "two words", "it's", "$(rm -rf ~)", "`id`", "a\nb\u{1b}[31m'\\", "ü*?!"];
        let line = command(["printf", "%s\\0"].into_iter().chain(words));
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        let seen = String::from_utf8(output.stdout).unwrap();
        assert_eq!(seen.split_terminator('\0').collect::<Vec<_>>(), words);
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}
