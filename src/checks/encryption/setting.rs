//! The setting itself: what default encryption does, and how it spells its key.

use crate::checks::{Case, Missing, Undecided, read};
use crate::names::{Arn, KeyArn, terraform_attribute};
use crate::snapshot::{EncryptionByDefault, EncryptionConfiguration, Operation};

/// What uploads without encryption headers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultEncryption<'a> {
    /// S3 answered that nothing is set, as it did before January 2023.
    None,
    /// SSE-S3.
    S3,
    /// SSE-KMS or DSSE-KMS.
    Kms {
        /// Algorithm and key, as the owner set them.
        rule: &'a EncryptionByDefault,
        /// How the key is spelled.
        key: KeyName<'a>,
    },
}

/// How default encryption spells its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyName<'a> {
    /// None at all, or `alias/aws/s3` in some spelling: the key that AWS manages for S3.
    AwsManaged,
    /// A full key ARN.
    Arn(&'a str),
    /// The ARN of an alias.
    AliasArn(&'a str),
    /// An alias without account and region.
    Alias(&'a str),
    /// An id without account and region, or something that names no key.
    Bare(&'a str),
    /// The ARN of a key of a Terraform plan, known once that is applied: `${aws_kms_key.exports.arn}`.
    Planned(&'a str),
    /// Something else that a Terraform plan leaves open until it is applied; what it is made of, where that is known.
    AfterApply(Option<&'a str>),
}

impl<'a> KeyName<'a> {
    /// Reads `KMSMasterKeyID`.
    pub(crate) fn of(rule: &'a EncryptionByDefault) -> Self {
        let Some(name) = rule.kms_master_key_id.as_deref().filter(|name| !name.is_empty()) else {
            return Self::AwsManaged;
        };
        let alias = match Arn::parse(name) {
            Ok(arn) if arn.service == "kms" => Some(arn.resource),
            _ => Some(name.to_owned()),
        };
        match alias.as_deref() {
            Some("alias/aws/s3" | "aws/s3") => Self::AwsManaged,
            _ if name.starts_with("alias/") => Self::Alias(name),
            Some(alias) if alias.starts_with("alias/") => Self::AliasArn(name),
            _ if KeyArn::parse(name).is_ok() => Self::Arn(name),
            _ => Self::Bare(name),
        }
    }

    /// Reads what a Terraform plan puts for `KMSMasterKeyID`: the expression, where its value is known only after apply.
    pub(crate) fn planned(rule: &'a EncryptionByDefault) -> Self {
        match rule.kms_master_key_id.as_deref() {
            Some("(known after apply)") => Self::AfterApply(None),
            Some(name) => match name.strip_prefix("${").and_then(|name| name.strip_suffix('}')) {
                Some(expression) => Self::of_expression(name, expression),
                None => Self::of(rule),
            },
            None => Self::AwsManaged,
        }
    }

    /// What an attribute of a resource or data source holds, by the pages of the AWS provider:
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key#attribute-reference>.
    fn of_expression(name: &'a str, expression: &str) -> Self {
        match terraform_attribute(expression) {
            Some((kind, attribute)) => match (kind, attribute) {
                ("aws_kms_alias", "arn") => Self::AliasArn(name),
                ("aws_kms_alias", "name" | "id") => Self::Alias(name),
                ("aws_kms_alias", "target_key_arn") => Self::Planned(name),
                (kind, "arn") if is_key(kind) => Self::Planned(name),
                (kind, "key_id" | "id") if is_key(kind) => Self::Bare(name),
                _ => Self::AfterApply(Some(name)),
            },
            None => Self::AfterApply(Some(name)),
        }
    }

    /// Its ARN, of the key or of an alias.
    pub(crate) fn arn(self) -> Option<Arn> {
        match self {
            Self::Arn(text) | Self::AliasArn(text) => Arn::parse(text).ok(),
            _ => None,
        }
    }
}

fn is_key(kind: &str) -> bool {
    matches!(kind, "aws_kms_key" | "aws_kms_replica_key" | "aws_kms_external_key" | "aws_kms_replica_external_key")
}

/// The bucket's default encryption.
///
/// # Errors
/// When it could not be read, when several rules differ, or when the algorithm is none that is known.
pub(crate) fn default_encryption<'a>(case: &Case<'a>) -> Result<DefaultEncryption<'a>, Undecided> {
    let Some(answer) = read(&case.snapshot.encryption, Operation::GetBucketEncryption)? else {
        return Ok(DefaultEncryption::None);
    };
    let mut rules = rules(&answer.server_side_encryption_configuration);
    let Some(rule) = rules.next() else { return Ok(DefaultEncryption::S3) };
    if rules.any(|other| other != rule) {
        return Err(Undecided::Missing(Missing::OneEncryptionRule));
    }
    match rule.algorithm.as_str() {
        "AES256" => Ok(DefaultEncryption::S3),
        "aws:kms" | "aws:kms:dsse" => {
            let key = if case.snapshot.is_planned() { KeyName::planned(rule) } else { KeyName::of(rule) };
            Ok(DefaultEncryption::Kms { rule, key })
        }
        other => Err(Undecided::Missing(Missing::KnownAlgorithm(other.to_owned()))),
    }
}

/// The KMS key of the bucket's default encryption, for the checks of FAQ 3.
///
/// # Errors
/// When it could not be read, or when the default is not KMS, so that these checks do not apply.
pub(crate) fn kms_encryption<'a>(case: &Case<'a>) -> Result<(&'a EncryptionByDefault, KeyName<'a>), Undecided> {
    let otherwise = match default_encryption(case)? {
        DefaultEncryption::Kms { rule, key } => return Ok((rule, key)),
        DefaultEncryption::S3 => "the default is SSE-S3",
        DefaultEncryption::None => "no default encryption is set",
    };
    Err(Undecided::Skip(format!("not encrypted with KMS: {otherwise}")))
}

/// What each rule says of objects without headers.
pub(super) fn rules(configuration: &EncryptionConfiguration) -> impl Iterator<Item = &EncryptionByDefault> {
    configuration.rules.iter().filter_map(|rule| rule.apply_server_side_encryption_by_default.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(key: Option<&str>) -> EncryptionByDefault {
        EncryptionByDefault { algorithm: "aws:kms".to_owned(), kms_master_key_id: key.map(str::to_owned) }
    }

    #[test]
    fn every_spelling_of_the_aws_managed_key_is_known() {
        for key in [None, Some(""), Some("alias/aws/s3"), Some("arn:aws:kms:eu-west-1:111122223333:alias/aws/s3")] {
            assert_eq!(KeyName::of(&rule(key)), KeyName::AwsManaged, "{key:?}");
        }
    }

    #[test]
    fn an_expression_counts_only_in_a_plan() {
        let arn = rule(Some("${aws_kms_key.exports.arn}"));
        assert_eq!(KeyName::of(&arn), KeyName::Bare("${aws_kms_key.exports.arn}"));
        assert_eq!(KeyName::planned(&arn), KeyName::Planned("${aws_kms_key.exports.arn}"));
        let alias = rule(Some("${module.key.aws_kms_alias.exports.arn}"));
        assert_eq!(KeyName::planned(&alias), KeyName::AliasArn("${module.key.aws_kms_alias.exports.arn}"));
        for id in ["${aws_kms_key.exports.key_id}", r#"${module.k.aws_kms_replica_key.this["eu.1[0]"].id}"#] {
            assert_eq!(KeyName::planned(&rule(Some(id))), KeyName::Bare(id));
        }
        let alias = rule(Some("${aws_kms_alias.exports[0].name}"));
        assert_eq!(KeyName::planned(&alias), KeyName::Alias("${aws_kms_alias.exports[0].name}"));
        for open in ["${data.aws_ssm_parameter.key.arn}", "${module.aws_kms_key.aws_sns_topic.x.arn}", "${x}"] {
            assert_eq!(KeyName::planned(&rule(Some(open))), KeyName::AfterApply(Some(open)));
        }
        assert_eq!(KeyName::planned(&rule(Some("(known after apply)"))), KeyName::AfterApply(None));
        assert_eq!(KeyName::planned(&rule(Some("alias/exports"))), KeyName::Alias("alias/exports"));
        assert_eq!(KeyName::planned(&rule(None)), KeyName::AwsManaged);
    }

    #[test]
    fn only_a_full_key_arn_counts_as_one() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let arn = format!("arn:aws:kms:eu-west-1:111122223333:key/{id}");
        let replica = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
        assert_eq!(KeyName::of(&rule(Some(&arn))), KeyName::Arn(&arn));
        assert_eq!(KeyName::of(&rule(Some(replica))), KeyName::Arn(replica));
        let alias = "arn:aws:kms:eu-west-1:111122223333:alias/exports";
        assert_eq!(KeyName::of(&rule(Some(alias))), KeyName::AliasArn(alias));
        assert_eq!(KeyName::of(&rule(Some("alias/aws/s3x"))), KeyName::Alias("alias/aws/s3x"));
        for spelling in ["alias/aws/s3", "aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"] {
            assert_eq!(KeyName::of(&rule(Some(spelling))), KeyName::AwsManaged, "{spelling}");
        }
        for bare in [id, "mrk-1234abcd12ab34cd56ef1234567890ab", "arn:aws:kms:eu-west-1::key/x", "arn:aws:s3:::b"] {
            assert_eq!(KeyName::of(&rule(Some(bare))), KeyName::Bare(bare));
        }
    }
}
