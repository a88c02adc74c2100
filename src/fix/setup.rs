//! Everything that a bucket needs from scratch, with the commands that put it in place.

use serde_json::Value;

use crate::checks::Case;
use crate::text::shell::quote;
use crate::vendor::documents::{self, Encryption};

/// The documents of one connection: docs/design/interfaces.md#documents.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Setup {
    /// As `put-bucket-policy` takes it.
    pub bucket_policy: Value,
    /// To be added to the key's policy; none without a key.
    pub key_policy_statement: Option<Value>,
    /// As `put-public-access-block` takes it.
    pub public_access_block: Value,
    /// As `put-bucket-encryption` takes it.
    pub default_encryption: Value,
    /// AWS CLI commands, one line each, in the order in which they are to be run.
    pub commands: Vec<String>,
}

/// Makes the documents. The options, such as `--profile`, end each command.
#[must_use]
pub fn setup(case: &Case<'_>, encryption: &Encryption, options: &[&str]) -> Setup {
    let vendor = case.vendor();
    let bucket_policy = documents::bucket_policy(&vendor);
    let public_access_block = documents::public_access_block();
    let default_encryption = documents::default_encryption(encryption);
    let key_policy_statement = encryption.key().map(|_| documents::key_statement(&vendor));
    let s3api = |operation: &str, words: [&str; 2]| case.s3api(operation, &[&words, options].concat());
    let key = encryption.key().zip(key_policy_statement.as_ref());
    let mut commands: Vec<String> =
        key.map(|(key, statement)| add_to_key_policy(case, &key.to_string(), statement, options)).into_iter().collect();
    commands.extend([
        s3api("put-bucket-encryption", ["--server-side-encryption-configuration", &default_encryption.to_string()]),
        s3api("put-public-access-block", ["--public-access-block-configuration", &shorthand(&public_access_block)]),
        s3api("put-bucket-policy", ["--policy", &bucket_policy.to_string()]),
    ]);
    Setup { bucket_policy, key_policy_statement, public_access_block, default_encryption, commands }
}

/// Reads a key policy, adds a statement to those that are there, and puts it back: KMS replaces the whole document. JSON has
/// line breaks only between its words, so without them `sed` sees the document as one line; where it finds no list of
/// statements it prints nothing, which KMS does not take.
fn add_to_key_policy(case: &Case<'_>, key: &str, statement: &Value, options: &[&str]) -> String {
    let kms = |operation, words: &[&str]| {
        case.kms(operation, &[&["--key-id", key, "--policy-name", "default"], words, options].concat())
    };
    let mut addition = String::new();
    for character in statement.to_string().chars() {
        if "\\&|".contains(character) {
            addition.push('\\');
        }
        addition.push(character);
    }
    let script = format!(r#"s|"Statement"[[:space:]]*:[[:space:]]*\[|&{addition},|p"#);
    let get = kms("get-key-policy", &["--query", "Policy", "--output", "text"]);
    let put = kms("put-key-policy", &[]);
    format!(r#"{put} --policy "$({get} | tr -d '\r\n' | sed -n {})""#, quote(&script))
}

/// Plain settings as the AWS CLI takes them without quotes: `A=true,B=false`.
pub(super) fn shorthand(settings: &Value) -> String {
    let pairs = settings.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}
