//! An error as people have it before them: a line of the AWS CLI, of an SDK or of Terraform, XML, JSON, an event of
//! CloudTrail.

mod layout;
mod phrases;

use layout::on_one_line;

use super::Answer;
use super::codes::known_codes;

/// What an error text says; what it does not say is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorText {
    /// `s3:PutObject`.
    pub operation: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// `AccessDenied`.
    pub code: String,
    /// AWS's sentence, as far as it can be separated from the rest; else the whole text.
    pub message: String,
}

/// What is written just before the name of the operation. `"name":` finds that member of a JSON object.
const BEFORE_OPERATION: [&str; 6] = [
    "when calling the ",
    "operation error S3: ",
    "operation error KMS: ",
    "operation error STS: ",
    "\"eventName\":",
    "Error executing \"",
];

/// What is written just before the code.
const BEFORE_CODE: [&str; 11] = [
    "An error occurred (",
    "<Code>",
    "Error Code: ",
    "api error ",
    "\"errorCode\":",
    "\"Code\":",
    "\"code\":",
    "\"__type\":",
    "'Code': '",
    "[Code: ",
    "::Errors::",
];

/// What is written just before AWS's sentence.
const BEFORE_MESSAGE: [&str; 7] =
    ["<Message>", "<message>", "\"errorMessage\":", "\"Message\":", "\"message\":", "'Message': '", "'Message': \""];

const BEFORE_STATUS: [&str; 6] =
    ["StatusCode: ", "StatusCode': ", "Status Code: ", "status code: ", "status: ", "HTTP "];

/// Operations of other services than S3, as error texts name them.
const NOT_S3: [(&str, &str); 14] = [
    ("Decrypt", "kms"),
    ("DescribeKey", "kms"),
    ("Encrypt", "kms"),
    ("GenerateDataKey", "kms"),
    ("GenerateDataKeyWithoutPlaintext", "kms"),
    ("GetKeyPolicy", "kms"),
    ("ListGrants", "kms"),
    ("PutKeyPolicy", "kms"),
    ("ReEncrypt", "kms"),
    ("AssumeRole", "sts"),
    ("AssumeRoleWithWebIdentity", "sts"),
    ("GetCallerIdentity", "sts"),
    ("DescribeOrganization", "organizations"),
    ("LookupEvents", "cloudtrail"),
];

impl ErrorText {
    /// Reads a text.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = &on_one_line(text);
        let message = message(text).unwrap_or_else(|| text.to_owned());
        let status = BEFORE_STATUS.iter().find_map(|label| number(after(text, label)?)).or_else(|| {
            let words =
                ["403 Forbidden", "404 Not Found", "400 Bad Request", "503 Service Unavailable", "503 Slow Down"];
            number(words.into_iter().find(|words| text.contains(words))?)
        });
        let code = BEFORE_CODE
            .iter()
            .find_map(|label| code_word(after(text, label)?))
            .or_else(|| known_word(text))
            .or_else(|| phrases::code(text).map(str::to_owned))
            .unwrap_or_default();
        Self { operation: operation(text).unwrap_or_default(), status, code, message }
    }

    /// For [`super::Refusal::of`].
    #[must_use]
    pub fn answer(&self) -> Answer<'_> {
        Answer { operation: &self.operation, status: self.status, code: &self.code, message: &self.message }
    }
}

/// What follows a label; of a member of a JSON object the text that it holds.
fn after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let mut rests = text.match_indices(label).filter_map(|(at, _)| text.get(at + label.len()..));
    if label.ends_with("\":") { rests.find_map(|rest| rest.trim_start().strip_prefix('"')) } else { rests.next() }
}

fn number(text: &str) -> Option<u16> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|status| (100..600).contains(status))
}

/// `com.amazonaws.kms#AccessDeniedException` is `AccessDeniedException`.
fn code_word(text: &str) -> Option<String> {
    let word: &str = text.split(|c: char| !(c.is_ascii_alphanumeric() || ".#_".contains(c))).next()?;
    let word = word.rsplit('#').next()?.trim_end_matches('.');
    (!word.is_empty()).then(|| word.to_owned())
}

/// The first word that is a code.
fn known_word(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| known_codes().any(|(code, _)| code == *word))
        .map(str::to_owned)
}

/// The operation that is named, else the action that AWS's sentence names.
fn operation(text: &str) -> Option<String> {
    let named = BEFORE_OPERATION.iter().find_map(|label| {
        let word = after(text, label)?.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
        (!word.is_empty()).then_some(word)
    });
    if let Some(name) = named {
        let service = NOT_S3.into_iter().find(|(known, _)| *known == name).map(|(_, service)| service);
        let is_s3 =
            || ["Bucket", "Object", "Part", "Upload", "PublicAccessBlock"].iter().any(|noun| name.contains(noun));
        return Some(match service.or_else(|| is_s3().then_some("s3")) {
            Some(service) => format!("{service}:{name}"),
            None => name.to_owned(),
        });
    }
    let words = text.split(|c: char| c.is_whitespace() || "\"'`,()".contains(c));
    let is_action = |word: &&str| {
        word.split_once(':').is_some_and(|(service, name)| {
            ["s3", "kms", "sts", "organizations"].contains(&service)
                && !name.is_empty()
                && !name.ends_with("Exception")
                && name.chars().all(|c| c.is_ascii_alphanumeric())
        })
    };
    words.map(|word| word.trim_end_matches(['.', ':', ';'])).find(is_action).map(str::to_owned)
}

fn message(text: &str) -> Option<String> {
    let marked = BEFORE_MESSAGE.iter().find_map(|label| {
        let rest = after(text, label)?;
        let end = match label.chars().last()? {
            '>' => rest.find("</")?,
            '\'' => end_of_quoted(rest, '\''),
            _ => end_of_quoted(rest, '"'),
        };
        rest.get(..end)
    });
    let of_cli = || {
        after(after(text, "An error occurred (")?, "operation: ")
            .or_else(|| after(text, "operation (reached")?.split_once("): ").map(|(_, rest)| rest))
    };
    let of_go = || after(text, "api error ")?.split_once(": ").map(|(_, rest)| rest);
    let words = marked.map(|text| text.replace("\\\"", "\"").replace("\\n", " "));
    let words = words.or_else(|| of_cli().or_else(of_go).map(str::to_owned))?;
    Some(words.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|words| !words.is_empty())
}

/// Where a quoted text ends: at the first quote of its kind that no backslash escapes.
fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, character) in text.char_indices() {
        match character {
            _ if character == quote && !escaped => return place,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, Option<u16>, String, String) {
        let ErrorText { operation, status, code, message } = ErrorText::read(text);
        (operation, status, code, message)
    }

    #[test]
    fn one_error_is_read_in_every_form_that_people_paste() {
        let put = "s3:PutObject";
        for (text, operation, status, code, message) in [
            (
                "upload failed: ./a to s3://acme/a An error occurred (AccessDenied) when calling the PutObject operation: \
                 Access Denied",
                put,
                None,
                "AccessDenied",
                "Access Denied",
            ),
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>on &quot;x&quot;</Message>\
                 <RequestId>1</RequestId></Error>",
                "",
                None,
                "AccessDenied",
                "on \"x\"",
            ),
            (
                "operation error S3: PutObject, https response error StatusCode: 403, RequestID: A, HostID: b=, api error \
                 AccessDenied: Access Denied",
                put,
                Some(403),
                "AccessDenied",
                "Access Denied",
            ),
            (
                "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1)",
                "",
                Some(403),
                "AccessDenied",
                "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; Request ID: 1)",
            ),
            (
                "{\"eventName\":\"GenerateDataKey\",\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User: u says \\\"no\\\"\"}",
                "kms:GenerateDataKey",
                None,
                "AccessDenied",
                "User: u says \"no\"",
            ),
            (
                "{\"__type\":\"com.amazonaws.kms#NotFoundException\",\"message\":\"Key does not exist\"}",
                "",
                None,
                "NotFoundException",
                "Key does not exist",
            ),
            ("Aws::S3::Errors::AccessDenied: Access Denied", "", None, "AccessDenied", ""),
            (
                "fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden",
                "s3:HeadObject",
                None,
                "403",
                "Forbidden",
            ),
            ("Error: Token has expired and refresh failed", "", None, "ExpiredToken", ""),
        ] {
            let read = parts(text);
            let message = if message.is_empty() { text } else { message };
            let expected = (operation.to_owned(), status, code.to_owned(), message.to_owned());
            assert_eq!(read, expected, "{text}");
        }
    }
}
