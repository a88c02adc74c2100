//! Everything that a bucket needs from scratch, with the commands that put it in place.

use serde_json::{Value, json};

use crate::checks::{Case, saving};
use crate::policy::DocumentKind;
use crate::text::aws_cli::{shorthand, with_options};
use crate::text::shell::Shell;
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

/// How the commands are to be written.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommandStyle<'a> {
    /// The shell that they are for.
    pub shell: Shell,
    /// What ends each of them, such as `--profile NAME`.
    pub options: &'a [&'a str],
}

/// Makes the documents and the commands.
#[must_use]
pub fn setup(case: &Case<'_>, encryption: &Encryption, style: CommandStyle<'_>) -> Setup {
    let vendor = case.vendor();
    let bucket_policy = documents::bucket_policy(&vendor);
    let public_access_block = documents::public_access_block();
    let default_encryption = documents::default_encryption(encryption);
    let key_policy_statement = encryption.key().map(|_| documents::key_statement(&vendor));
    let s3api = |operation: &str, words: [&str; 2]| {
        style.shell.translate(&with_options(&case.s3api(operation, &words), style.options))
    };
    let key = encryption.key().zip(key_policy_statement.as_ref());
    let mut commands: Vec<String> =
        key.map(|(key, statement)| add_to_key_policy(case, &key.to_string(), statement, style)).into_iter().collect();
    commands.extend([
        s3api("put-bucket-encryption", ["--server-side-encryption-configuration", &default_encryption.to_string()]),
        s3api("put-public-access-block", ["--public-access-block-configuration", &shorthand(&public_access_block)]),
        s3api("put-bucket-policy", ["--policy", &bucket_policy.to_string()]),
    ]);
    Setup { bucket_policy, key_policy_statement, public_access_block, default_encryption, commands }
}

/// Why S3 or KMS would refuse to save the documents, or may: sentences, the certain ones first. They hold what was given
/// on the command line, which can be what neither takes.
///
/// # Errors
/// The first refusal that is certain, and what to do about it.
pub fn objections(case: &Case<'_>, setup: &Setup) -> Result<Vec<String>, (String, String)> {
    let key_policy = setup.key_policy_statement.as_ref().map(|statement| {
        let owner = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"});
        (DocumentKind::Key, json!({"Version": "2012-10-17", "Statement": [owner, statement]}))
    });
    let mut doubts = Vec::new();
    for (kind, document) in std::iter::once((DocumentKind::Bucket, setup.bucket_policy.clone())).chain(key_policy) {
        let text = document.to_string();
        let limit = kind.size_limit();
        if text.len() > limit {
            let size = text.len();
            let long = format!("the policy would have {size} bytes, and {} takes {limit}", kind.service());
            return Err((long, "Give fewer principals.".to_owned()));
        }
        for objection in saving::objections(case, kind, &text) {
            if objection.seen {
                return Err((objection.sentence(kind), objection.advice));
            }
            doubts.push(objection.sentence(kind));
        }
    }
    Ok(doubts)
}

/// Where a key policy has its list of statements, for `sed` and for .NET.
const STATEMENTS_FOR_SED: &str = r#""Statement"[[:space:]]*:[[:space:]]*\["#;
const STATEMENTS_FOR_POWERSHELL: &str = r#"("Statement"\s*:\s*\[)"#;

/// Reads a key policy, adds a statement to those that are there, and puts it back: KMS replaces the whole document. JSON has
/// line breaks only between its words, so without them the document is one line. Where it has no list of statements nothing
/// is put: the AWS CLI takes no empty policy.
fn add_to_key_policy(case: &Case<'_>, key: &str, statement: &Value, style: CommandStyle<'_>) -> String {
    let kms = |operation, words: &[&str]| {
        let line = case.kms(operation, &[&["--key-id", key, "--policy-name", "default"], words].concat());
        style.shell.translate(&with_options(&line, style.options))
    };
    let get = kms("get-key-policy", &["--query", "Policy", "--output", "text"]);
    let escaped = |special: &str, escape: char| {
        let mut text = String::new();
        for character in statement.to_string().chars() {
            text.extend(special.contains(character).then_some(escape));
            text.push(character);
        }
        text
    };
    match style.shell {
        Shell::Posix => {
            let script = format!("s|{STATEMENTS_FOR_SED}|&{},|p", escaped(r"\&|", '\\'));
            // A pipe, since shells differ in how they put the output of one command into another's line.
            let put = kms("put-key-policy", &["--policy", "file:///dev/stdin"]);
            format!(r"{get} | tr -d '\r\n' | sed -n {} | {put}", style.shell.quote(&script))
        }
        Shell::PowerShell => {
            let pattern = style.shell.quote(STATEMENTS_FOR_POWERSHELL);
            let replacement = style.shell.quote(&format!("$1{},", escaped("$", '$')));
            let put = kms("put-key-policy", &[]);
            format!(
                "$policy = ({get}) -join ' '; if ($policy -cmatch {pattern}) {{ {put} --policy ($policy -creplace {pattern}, \
                 {replacement}) }} else {{ throw 'The key policy has no list of statements, so it was left as it is.' }}"
            )
        }
    }
}
