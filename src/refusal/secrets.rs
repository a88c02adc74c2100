//! Error texts that may be shown: without keys, tokens, signatures and passwords.
//!
//! S3 itself repeats access key ids, tokens and what was signed, in some errors
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).

/// The replacement of a secret.
const HIDDEN: &str = "[hidden]";
/// Shorter words are no key and no token.
const SHORTEST_KEY: usize = 28;
/// Shorter words after a telling name are words of a sentence, as in `InvalidToken: The provided token …`.
const SHORTEST_VALUE: usize = 6;

const LABELS: [&str; 8] =
    ["password", "passwd", "secret", "token", "signature", "credential", "authorization", "accesskeyid"];

/// Whether what comes next is the value of a telling name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Anything,
    /// A telling name came, and perhaps a quote or a space: a value follows if `=`, `:` or `>` does.
    Separator,
    Value,
}

/// The text without what could be a secret: long opaque words, access key ids, values of telling names, and passwords
/// in addresses.
pub(crate) fn without_secrets(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut next = Next::Anything;
    for piece in text.split_inclusive(is_end) {
        let (word, end) = match piece.char_indices().next_back() {
            Some((place, last)) if is_end(last) => piece.split_at(place),
            _ => (piece, ""),
        };
        let (name, value) = match word.split_once(':') {
            Some((name, value)) if is_label(name) => (Some(name), value),
            _ => (None, word),
        };
        let is_value = name.is_some() || next == Next::Value;
        let hide = is_opaque(value) || is_key_id(value) || (is_value && value.len() >= SHORTEST_VALUE);
        if let Some(name) = name {
            safe.push_str(name);
            safe.push(':');
        }
        safe.push_str(&if hide { HIDDEN.to_owned() } else { without_password(value) });
        safe.push_str(end);
        let begun = if name.is_some() && value.is_empty() {
            Next::Value
        } else if !word.is_empty() {
            if is_label(word) { Next::Separator } else { Next::Anything }
        } else {
            next
        };
        next = if begun == Next::Separator && matches!(end, "=" | ">") { Next::Value } else { begun };
    }
    safe
}

fn is_end(character: char) -> bool {
    character.is_whitespace() || "\"'`<>=&,;()[]{}".contains(character)
}

fn is_label(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace(['-', '_'], "");
    LABELS.iter().any(|label| word.ends_with(label))
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
fn is_key_id(word: &str) -> bool {
    ["AKIA", "ASIA"].iter().any(|prefix| {
        word.match_indices(prefix).any(|(place, _)| {
            let id = word.get(place..).unwrap_or_default();
            id.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count() >= 16
        })
    })
}

/// Long, of letters in both cases and digits, as base64 is; ARNs, addresses, ids in hexadecimal and paths of plain words
/// are not.
fn is_opaque(word: &str) -> bool {
    if word.starts_with("arn:") || word.len() < SHORTEST_KEY {
        return false;
    }
    let word = word.split_once("://").map_or(word, |(_, rest)| rest);
    word.split([':', '.', '@', '?', '#']).any(|part| {
        let has = |kind: fn(&u8) -> bool| part.bytes().any(|byte| kind(&byte));
        part.len() >= SHORTEST_KEY
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_digit)
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-%~".contains(&byte))
    })
}

/// `https://user:password@host` without user and password.
fn without_password(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest.get(..host_end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://{HIDDEN}{}", rest.get(at..).unwrap_or_default()),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tokens_signatures_and_passwords_are_left_out() {
        const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        const TOKEN: &str = "IQoJb3JpZ2luX2VjEPb2VjEPaaaaaaaaaaaaaaaaaaaaa4TESTTOKEN";
        for (text, secret) in [
            (format!("aws_secret_access_key = {SECRET}"), SECRET),
            (format!("\"SecretAccessKey\": \"{SECRET}\""), SECRET),
            (format!("<Token-0>{TOKEN}</Token-0>"), TOKEN),
            (format!("?X-Amz-Security-Token={TOKEN}&x=1"), TOKEN),
            ("<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>".to_owned(), "AKIAIOSFODNN7EXAMPLE"),
            ("Credential=ASIAIOSFODNN7EXAMPLE/20261126/us-east-1/s3/aws4_request".to_owned(), "ASIAIOSFODNN7"),
            ("Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024".to_owned(), "fe5f80f7"),
            ("https://ops:hunter2@proxy.example.com:8080/x".to_owned(), "hunter2"),
            ("password: 'correct-horse'".to_owned(), "correct-horse"),
            ("password = hunter2".to_owned(), "hunter2"),
            ("x-amz-security-token:AbCdEfGh".to_owned(), "AbCdEfGh"),
        ] {
            let safe = without_secrets(&text);
            assert!(!safe.contains(secret) && safe.contains(HIDDEN), "{safe}");
        }
    }

    #[test]
    fn what_tells_who_was_refused_stays() {
        for text in [
            "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_b65279a07fc16dfa/ops@x.com is \
             not authorized to perform: kms:GenerateDataKey on resource: \
             \"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"",
            "ExpiredToken: The provided token has expired.",
            "GenerateDataKeyWithoutPlaintext",
            "https://s3.us-east-1.amazonaws.com/acme-exports/campaign_send/dt=20261126",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
