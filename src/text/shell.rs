//! Command lines for people to paste, quoted in one place.

use std::borrow::Cow;

use super::sanitise::{self, is_disturbing};

/// One command line out of its words, each quoted where a shell would read more into it than plain text.
///
/// ```
/// use stc_check::text::shell::command;
/// assert_eq!(command(["aws", "s3api", "head-bucket", "--bucket", "a b"]), "aws s3api head-bucket --bucket 'a b'");
/// ```
pub fn command<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> String {
    words.into_iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// The shell that command lines are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shell {
    /// dash, bash, zsh, fish and busybox's ash, which all read the same words.
    #[default]
    Posix,
    /// PowerShell 7.3 or later.
    PowerShell,
}

impl Shell {
    /// One word, quoted for this shell.
    pub(crate) fn quote(self, word: &str) -> String {
        match self {
            Self::Posix => quote(word),
            Self::PowerShell => quote_for_powershell(word),
        }
    }

    /// A command line that [`command`] made, for this shell.
    pub(crate) fn translate(self, line: &str) -> String {
        match self {
            Self::Posix => line.to_owned(),
            Self::PowerShell => words(line).iter().map(|word| self.quote(word)).collect::<Vec<_>>().join(" "),
        }
    }
}

/// One word, quoted so that dash, bash, zsh, fish and busybox's ash read the same bytes.
///
/// Single quotes hold everything but themselves and the backslash, which fish reads otherwise inside them; these two are
/// outside the quotes, behind a backslash. JSON spells out by itself what would disturb a terminal. Of any other word such
/// a character is shown and not meant: a command with it fails, and does nothing else.
pub(crate) fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@+".contains(c);
    // zsh reads `=name` as the path of a program.
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        return word.to_owned();
    }
    let word = without_disturbance(word);
    let mut quoted = String::with_capacity(word.len() + 2);
    let mut inside = false;
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        // A backslash means itself inside, but for fish before another one, or before the quote.
        let ends = matches!(characters.peek(), None | Some('\\' | '\''));
        let outside = character == '\'' || (character == '\\' && ends);
        if inside == outside {
            quoted.push('\'');
            inside = !outside;
        }
        if outside {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    if inside || quoted.is_empty() {
        quoted.push_str(if inside { "'" } else { "''" });
    }
    quoted
}

/// One word, quoted for PowerShell 7.3 and later, which hands double quotes on to programs as they are
/// (<https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules>). It reads the
/// typographic apostrophes and dashes as the plain ones, and splits a bare `-a.b` in two.
fn quote_for_powershell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+".contains(c);
    let is_split = word.starts_with('-') && word.contains(['.', ':']);
    if !word.is_empty() && word.chars().all(plain) && !is_split {
        return word.to_owned();
    }
    let mut quoted = String::from("'");
    for character in without_disturbance(word).chars() {
        quoted.push(character);
        if matches!(character, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(character);
        }
    }
    quoted.push('\'');
    quoted
}

/// The words of a command line that [`command`] made.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                word.extend(characters.by_ref().take_while(|character| *character != '\''));
            }
            '\\' => word.get_or_insert_default().extend(characters.next()),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    words
}

fn without_disturbance(word: &str) -> Cow<'_, str> {
    if !word.contains(is_disturbing) {
        return Cow::Borrowed(word);
    }
    if word.trim_start().starts_with(['{', '[']) && is_json(word) {
        // Inside its strings JSON has no such character: these are between its words.
        return Cow::Owned(sanitise::json(&word.replace(['\n', '\r', '\t'], " ")));
    }
    // Line feeds are no disturbance to `visible`.
    Cow::Owned(sanitise::visible(word).replace('\n', "\u{fffd}"))
}

/// Whether it is JSON.
fn is_json(word: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        let strange = [
            "plain-1.2/x:y=z",
            "",
            "two words",
            "=ls",
            "it's",
            "$(rm -rf ~)",
            "`id`",
            "a\\b\\\\'c\\'",
            "ü*?!",
            "'",
            "\\",
        ];
        let line = command(["printf", "%s\\0"].into_iter().chain(strange));
        assert_eq!(words(&line).get(2..).unwrap(), strange);
        for shell in ["bash", "dash", "zsh", "fish", "busybox"] {
            let mut command = std::process::Command::new(shell);
            command.args((shell == "busybox").then_some("sh")).args(["-c", &line]);
            // CI has them all (tests/run); elsewhere those that are there.
            let Ok(output) = command.output() else { continue };
            let seen = String::from_utf8(output.stdout).unwrap();
            assert_eq!(seen.split_terminator('\0').collect::<Vec<_>>(), strange, "{shell}: {line}");
        }
    }

    #[test]
    fn a_document_with_the_line_breaks_of_windows_stays_json() {
        let document = "\r\n{\r\n\t\"Sid\": \"a\u{202e}\"\r\n}\r\n";
        let line = command(["--policy", document]);
        let word = words(&line).pop().unwrap();
        assert!(!line.contains(is_disturbing), "{line:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&word).unwrap()["Sid"], "a\u{202e}");
    }

    #[test]
    fn no_control_character_is_written() {
        for word in ["a\nb\u{1b}[31m", "a\u{202e}b", "{\"a\": \"\u{202e}\"}\n"] {
            let line = command(["x", word]);
            assert!(!line.contains(is_disturbing) && !line.contains('\n'), "{line:?}");
            assert!(!quote_for_powershell(word).contains(is_disturbing));
        }
    }

    #[test]
    fn powershell_gets_its_own_quotes() {
        for (word, quoted) in [
            ("--bucket", "--bucket"),
            ("file://changes/bucket-policy.json", "file://changes/bucket-policy.json"),
            ("", "''"),
            ("it's", "'it''s'"),
            ("a\u{2019}b", "'a\u{2019}\u{2019}b'"),
            ("a,b", "'a,b'"),
            ("@args", "'@args'"),
            ("$env:HOME", "'$env:HOME'"),
            ("-a.b", "'-a.b'"),
            ("`n", "'`n'"),
            (r#"{"a": "b"}"#, r#"'{"a": "b"}'"#),
        ] {
            assert_eq!(Shell::PowerShell.quote(word), quoted);
        }
        assert_eq!(Shell::PowerShell.translate(r"aws x 'it'\''s'"), "aws x 'it''s'");
    }

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({"Sid": "it's \u{202e}\u{1b}\u{7f}\u{e0041} \" \\ \n"});
        let line = command(["printf", "%s", &value.to_string()]);
        assert!(!line.contains(is_disturbing) && line.contains("u202e"), "{line:?}");
        let output = std::process::Command::new("bash").args(["-c", &line]).output().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap(), value);
    }
}
