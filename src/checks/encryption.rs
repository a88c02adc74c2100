//! FAQ 2 and 3, data at rest: the bucket's default encryption and the key that it names.

mod setting;

pub(crate) use setting::{DefaultEncryption, KeyName, default_encryption, kms_encryption};

use serde_json::json;

use super::{Case, Check, Explanation, Group, Headlines, Missing, Repair, Undecided, Verdict, read, required};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::{BlockedEncryptionTypes, EncryptionByDefault, EncryptionRule, Operation};
use setting::rules;

/// `encryption.default`.
pub(crate) static DEFAULT: Check = Check {
    id: CheckId::EncryptionDefault,
    headlines: Headlines::Sentences {
        pass: "Your bucket encrypts new objects by default",
        fail: "Your bucket has no default encryption",
        unknown: "Does your bucket encrypt new objects by default?",
    },
    group: Group::Faq(2),
    needs: &[Operation::GetBucketEncryption],
    need: required,
    repair: Some(Repair::DefaultEncryption),
    judge: default,
    explain: Explanation {
        what: "Reads the bucket's default encryption. It passes with SSE-S3 (AES256), SSE-KMS (aws:kms) or DSSE-KMS \
               (aws:kms:dsse).",
        why: "Sailthru sends no encryption header with its uploads: the bucket's default encryption alone decides how \
              the data is encrypted.",
        example: "An error occurred (ServerSideEncryptionConfigurationNotFoundError) when calling the \
                  GetBucketEncryption operation: The server side encryption configuration was not found",
        fix: "Set default encryption on the bucket: SSE-S3 needs nothing more; SSE-KMS needs a key of your own with a \
              policy that lets Sailthru use it.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html",
        ],
    },
};

/// `encryption.key-arn`.
pub(crate) static KEY_ARN: Check = Check {
    id: CheckId::EncryptionKeyArn,
    headlines: Headlines::Sentences {
        pass: "Default encryption names its KMS key correctly",
        fail: "Default encryption does not name its KMS key correctly",
        unknown: "Does default encryption name its KMS key correctly?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::DescribeKey],
    need: required,
    repair: Some(Repair::DefaultEncryption),
    judge: key_arn,
    explain: Explanation {
        what: "Reads how default encryption names its KMS key. A full key ARN passes; the ARN of an alias is a warning; \
               a bare key id, a bare alias or no key at all fails, and so does a key other than the one given with \
               --kms-key. Skipped where the default is not KMS and no --kms-key was given.",
        why: "S3 looks up a bare id or alias in the uploader's account, which is Sailthru's. The key does not exist \
              there, so every upload of Sailthru's fails although your own uploads work.",
        example: "An error occurred (KMS.NotFoundException) when calling the PutObject operation: Key \
                  'arn:aws:kms:us-east-1:099647660399:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist",
        fix: "Set default encryption again with the key's full ARN, which `aws kms describe-key --key-id ID --query \
              KeyMetadata.Arn` prints.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html#bucket-encryption-update-bucket-policy",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

fn default(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let answer = read(&case.snapshot.encryption, Operation::GetBucketEncryption)?;
    let rules = answer.iter().flat_map(|answer| rules(&answer.server_side_encryption_configuration));
    let algorithms: Vec<&str> = rules.map(|rule| rule.algorithm.as_str()).collect();
    let known = algorithms.iter().find_map(|algorithm| match *algorithm {
        "AES256" => Some("SSE-S3 (AES256)"),
        "aws:kms" => Some("SSE-KMS (aws:kms)"),
        "aws:kms:dsse" => Some("DSSE-KMS (aws:kms:dsse)"),
        _ => None,
    });
    let verdict = if let Some(name) = known {
        let message = format!("Uploads without encryption headers, such as Sailthru's, are encrypted with {name}.");
        Verdict::pass(Basis::Read, message)
    } else if matches!(default_encryption(case)?, DefaultEncryption::S3) {
        let message =
            "The bucket's encryption setting names no algorithm, so S3 encrypts uploads with SSE-S3, its minimum.";
        Verdict::pass(Basis::Read, message)
    } else {
        let message = "The answer says that no default encryption is set. S3 has encrypted every new object with SSE-S3 \
                       since January 2023 and no longer gives this answer: check again, or set it explicitly.";
        let expected = case.expected_key();
        let algorithm = if expected.is_some() { "aws:kms" } else { "AES256" };
        let command = configuration(case, algorithm, expected.as_deref());
        Verdict::warn(Basis::Read, message, Fix::new("Set default encryption on the bucket.", vec![command]))
    };
    Ok(verdict.with("algorithms", algorithms))
}

fn key_arn(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let expected = case.expected_key();
    let (rule, key) = match (kms_encryption(case), &expected) {
        (Err(Undecided::Skip(_)), Some(expected)) => {
            let message = format!(
                "The bucket's default encryption does not use KMS, so it does not use the expected key `{expected}`."
            );
            let fix = name_key(case, "Set default encryption to the expected key.", "aws:kms", expected);
            return Ok(Verdict::fail(Basis::Read, message, fix).with("expected_key", expected.as_str()));
        }
        (found, _) => found?,
    };
    let described = described_arn(case);
    let full = expected.as_deref().or(described);
    let other_key = |message: String, expected: &str| {
        let summary = "Set default encryption to the expected key, or correct --kms-key.";
        Verdict::fail(Basis::Read, message, name_key(case, summary, &rule.algorithm, expected))
    };
    let verdict = match (key, &expected) {
        (KeyName::Arn(arn), Some(expected)) if arn != expected => {
            let message = format!(
                "Default encryption names the key `{arn}`, not the expected `{expected}`: Sailthru's data is encrypted \
                 with another key than you expect."
            );
            other_key(message, expected)
        }
        (KeyName::Arn(arn), _) => {
            Verdict::pass(Basis::Read, format!("Default encryption names its key by the full ARN `{arn}`."))
        }
        (KeyName::AliasArn(alias), Some(expected)) => match described {
            Some(described) if described == expected => alias_warning(case, rule, alias, Some(expected)),
            Some(described) => {
                let message = format!(
                    "Default encryption names the alias `{alias}`, which points to `{described}`, not to the expected \
                     `{expected}`."
                );
                other_key(message, expected)
            }
            None => {
                read(&case.snapshot.key, Operation::DescribeKey)?;
                return Err(Undecided::Missing(Missing::KeyOfAlias((*alias).to_owned())));
            }
        },
        (KeyName::AliasArn(alias), None) => alias_warning(case, rule, alias, described),
        (KeyName::Planned(key), None) => {
            let message = format!(
                "Default encryption names its key by the full ARN, `{key}`, which is known once the plan is applied."
            );
            Verdict::pass(Basis::Read, message)
        }
        (KeyName::Planned(key), Some(expected)) => {
            let (key, expected) = (key.to_owned(), expected.to_owned());
            return Err(Undecided::Missing(Missing::PlannedKey { key, expected }));
        }
        (KeyName::AfterApply(key), _) => {
            let name = key.map(|key| format!(" (`{key}`)")).unwrap_or_default();
            return Err(Undecided::Missing(Missing::PlannedKeyName(name)));
        }
        (KeyName::Alias(name) | KeyName::Bare(name), _) => {
            let what = if matches!(key, KeyName::Alias(_)) { "alias" } else { "id" };
            let message = format!(
                "Default encryption names its key by the bare {what} `{name}`, which S3 looks up in the uploader's \
                 account. Sailthru's uploads would not find your key."
            );
            Verdict::fail(Basis::Read, message, full_arn_fix(case, &rule.algorithm, name, full))
        }
        (KeyName::AwsManaged, _) => {
            let message = "Default encryption uses the key that AWS manages for S3 (aws/s3). Only your own account can \
                           use that key, so Sailthru's uploads fail.";
            Verdict::fail(Basis::Read, message, own_key_fix(case, &rule.algorithm))
        }
    };
    let verdict = verdict.with("algorithm", rule.algorithm.as_str()).with("key", rule.kms_master_key_id.clone());
    Ok(match expected {
        Some(expected) => verdict.with("expected_key", expected),
        None => verdict,
    })
}

/// The full ARN that `DescribeKey` gave, where the key is the customer's own.
fn described_arn<'a>(case: &Case<'a>) -> Option<&'a str> {
    let arn = case.snapshot.key.found()?.key_metadata.arn.as_deref();
    arn.filter(|arn| !case.is_key_of_aws() && !arn.contains("${"))
}

fn alias_warning(case: &Case<'_>, rule: &EncryptionByDefault, alias: &str, full: Option<&str>) -> Verdict {
    let message = format!(
        "Default encryption names its key by the alias ARN `{alias}`. That works today, but Sailthru asks for the key's \
         own ARN: if the alias is pointed at another key, nobody notices."
    );
    Verdict::warn(Basis::Read, message, full_arn_fix(case, &rule.algorithm, alias, full))
}

fn full_arn_fix(case: &Case<'_>, algorithm: &str, name: &str, full: Option<&str>) -> Fix {
    if let Some(full) = full {
        return name_key(case, &format!("Name the key by its full ARN, `{full}`."), algorithm, full);
    }
    if case.is_key_of_aws() {
        return own_key_fix(case, algorithm);
    }
    if case.snapshot.is_planned() {
        let arn = case.snapshot.key.found().and_then(|answer| answer.key_metadata.arn.as_deref());
        let arn = arn.and_then(|arn| arn.strip_prefix("${")).and_then(|arn| arn.strip_suffix('}'));
        let arn = arn.map_or_else(|| "the `arn` of the key's own resource".to_owned(), |arn| format!("`{arn}`"));
        return Fix::new(format!("Write {arn} in its place in the Terraform configuration."), Vec::new());
    }
    let lookup = case.kms("describe-key", &["--key-id", name, "--query", "KeyMetadata.Arn", "--output", "text"]);
    let put = configuration(case, algorithm, Some("KEY_ARN"));
    let summary = "Look up the key's full ARN with the first command, and put it for KEY_ARN in the second.";
    Fix::new(summary, vec![lookup, put])
}

pub(super) fn name_key(case: &Case<'_>, summary: &str, algorithm: &str, key: &str) -> Fix {
    Fix::new(summary, vec![configuration(case, algorithm, Some(key))])
}

/// Replaces a key that cannot serve by one of the owner's: the expected one, where that is another, or a new one.
pub(super) fn own_key_fix(case: &Case<'_>, algorithm: &str) -> Fix {
    if let Some(expected) = case.expected_key().filter(|key| case.snapshot.named_key() != Some(key)) {
        return name_key(case, "Set default encryption to the expected key.", algorithm, &expected);
    }
    let name = if case.snapshot.is_planned() { "name it by its `arn`" } else { "put its ARN for KEY_ARN" };
    let summary = format!(
        "Create a symmetric key of your own in the bucket's Region, with a policy that lets Sailthru use it \
         (`stc-check policy` prints the statement), and {name}. Or set SSE-S3, which needs no key."
    );
    let create = case.kms("create-key", &["--policy", "file://key-policy.json", "--query", "KeyMetadata.Arn"]);
    Fix::new(summary, vec![create, configuration(case, algorithm, Some("KEY_ARN"))])
}

/// The command that sets default encryption. It replaces the whole rule, so it carries over what else the rule says.
pub(super) fn configuration(case: &Case<'_>, algorithm: &str, key: Option<&str>) -> String {
    let answer = case.snapshot.encryption.found();
    let present = answer.and_then(|answer| answer.server_side_encryption_configuration.rules.first());
    let present = present.cloned().unwrap_or_default();
    let blocked = present.blocked_encryption_types;
    let default = EncryptionByDefault { algorithm: algorithm.to_owned(), kms_master_key_id: key.map(str::to_owned) };
    let rule = EncryptionRule {
        apply_server_side_encryption_by_default: Some(default),
        bucket_key_enabled: present.bucket_key_enabled.or((algorithm == "aws:kms").then_some(true)),
        blocked_encryption_types: blocked.filter(|blocked| *blocked != BlockedEncryptionTypes::default()),
    };
    let configuration = json!({"Rules": [rule]}).to_string();
    case.s3api("put-bucket-encryption", &["--server-side-encryption-configuration", &configuration])
}
