//! Names parsed once and then trusted: buckets, accounts, regions, partitions and ARNs.

use std::fmt;

/// Why a text is not the name it was given as: what a right one looks like, and what is wrong. The text itself is not
/// repeated, because whoever shows the error says where it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(pub String);

/// A general purpose bucket's name, by the rules of
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>; or, for a bucket of a Terraform plan, its
/// resource's address, which is never a bucket's name because of the underscores in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketName(String);

/// Endings that S3 reserves for things that are not general purpose buckets, and what each is.
const RESERVED_SUFFIXES: [(&str, &str); 5] = [
    ("-s3alias", "an access point alias"),
    ("--ol-s3", "an Object Lambda access point alias"),
    ("--x-s3", "a directory bucket (S3 Express One Zone)"),
    ("--table-s3", "a table bucket"),
    (".mrap", "a Multi-Region Access Point alias"),
];

/// Beginnings that S3 reserves.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

impl BucketName {
    /// Reads `NAME`, `s3://NAME`, `s3://NAME/` or `arn:aws:s3:::NAME`; or an address such as `aws_s3_bucket.exports`.
    ///
    /// # Errors
    /// Says which naming rule is broken, or what the name is instead of a general purpose bucket's.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if is_bucket_address(text) {
            return Ok(Self(text.to_owned()));
        }
        let name = bare_bucket_name(text)?;
        let invalid = |rule: String| Err(InvalidName(rule));
        if let Some((suffix, what)) = RESERVED_SUFFIXES.into_iter().find(|(suffix, _)| name.ends_with(suffix)) {
            return invalid(format!(
                "a name that ends in `{suffix}` is {what}: give the name of the general purpose bucket itself"
            ));
        }
        if !(3..=63).contains(&name.len()) {
            return invalid(format!("a bucket name has 3 to 63 characters, not {}", name.chars().count()));
        }
        if let Some(bad) = name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')) {
            let hint = if matches!(bad, '[' | ']') { "; leave out the square braces of Sailthru's sample" } else { "" };
            return invalid(format!(
                "a bucket name has only lower-case letters, digits, dots and hyphens, not `{}`{hint}",
                bad.escape_debug()
            ));
        }
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
            || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return invalid("a bucket name begins and ends with a letter or a digit".to_owned());
        }
        if name.contains("..") {
            return invalid("a bucket name never has two dots in a row".to_owned());
        }
        if name.parse::<std::net::Ipv4Addr>().is_ok() {
            return invalid("a bucket name never looks like an IP address".to_owned());
        }
        if let Some(prefix) = RESERVED_PREFIXES.into_iter().find(|prefix| name.starts_with(prefix)) {
            return invalid(format!("S3 reserves names that begin with `{prefix}`"));
        }
        Ok(Self(name.to_owned()))
    }

    /// Whether this is the address of a resource in a Terraform plan, whose bucket gets its name when the plan is applied.
    #[must_use]
    pub fn is_address(&self) -> bool {
        is_bucket_address(&self.0)
    }

    /// The name alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a text has the form of a Terraform address of an `aws_s3_bucket`, in whatever module:
/// <https://developer.hashicorp.com/terraform/cli/state/resource-addressing>.
fn is_bucket_address(text: &str) -> bool {
    const RESOURCE: &str = "aws_s3_bucket.";
    let in_module = || text.starts_with("module.") && text.contains(&format!(".{RESOURCE}"));
    (text.starts_with(RESOURCE) || in_module())
        && text.len() > RESOURCE.len()
        && text.len() <= 1024
        && !text.ends_with('.')
        && !text.chars().any(|character| character.is_control() || character.is_whitespace() && character != ' ')
}

fn bare_bucket_name(text: &str) -> Result<&str, InvalidName> {
    if let Some(rest) = text.strip_prefix("s3://") {
        return match rest.split_once('/') {
            None | Some((_, "")) => Ok(rest.trim_end_matches('/')),
            Some((bucket, key)) => {
                Err(InvalidName(format!("this names the object or folder `{key}`; give the bucket alone: `{bucket}`")))
            }
        };
    }
    if text.starts_with("arn:") {
        let arn = Arn::parse(text)?;
        if arn.service != "s3" || !arn.region.is_empty() || !arn.account.is_empty() {
            return Err(InvalidName(
                "this is not the ARN of a bucket, which looks like `arn:aws:s3:::acme-exports`".to_owned(),
            ));
        }
        let start = text.len() - arn.resource.len();
        let name = text.get(start..).unwrap_or_default();
        if name.contains('/') {
            return Err(InvalidName("this is the ARN of an object; give the bucket's".to_owned()));
        }
        return Ok(name);
    }
    Ok(text)
}

/// The type of a resource of Terraform's, and the attribute that an expression takes of it: `aws_kms_key` and `arn` of
/// `module.keys.aws_kms_key.this["eu.1"].arn`.
#[must_use]
pub fn terraform_attribute(expression: &str) -> Option<(&str, &str)> {
    let (resource, attribute) = expression.rsplit_once('.')?;
    let resource = match resource.strip_suffix(']') {
        Some(indexed) if indexed.ends_with('"') => indexed.rsplit_once("[\"")?.0,
        Some(indexed) => indexed.rsplit_once('[')?.0,
        None => resource,
    };
    let (before, _name) = resource.rsplit_once('.')?;
    Some((before.rsplit('.').next()?, attribute))
}

/// A twelve-digit AWS account id. Kept as text: a leading zero counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Reads twelve digits.
    ///
    /// # Errors
    /// When the text is anything else; eleven digits get a hint about the lost leading zero.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        if digits && text.len() == 12 {
            return Ok(Self(text.to_owned()));
        }
        let hint = if digits && text.len() == 11 { " (a leading zero was probably lost: quote it)" } else { "" };
        Err(InvalidName(format!("an account id has exactly 12 digits{hint}")))
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether a text can be a region's name: it becomes a part of host names and signatures.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(allowed)
}

/// Whether a text can name a key to KMS: an id, an alias, or the ARN of either
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>).
#[must_use]
pub fn is_key_id(text: &str) -> bool {
    let is_id = |text: &str| {
        !text.is_empty()
            && !text.starts_with('-')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_alias = |text: &str| {
        text.strip_prefix("alias/").is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
        })
    };
    let is_resource = |text: &str| is_alias(text) || text.strip_prefix("key/").is_some_and(is_id);
    text.len() <= 2048
        && (is_id(text)
            || is_alias(text)
            || Arn::parse(text).is_ok_and(|arn| {
                arn.service == "kms"
                    && is_region(&arn.region)
                    && AccountId::parse(&arn.account).is_ok()
                    && is_resource(&arn.resource)
            }))
}

/// Makes sure that a text is the address of an endpoint: `http` or `https`, a host, perhaps a port and a path.
///
/// # Errors
/// What an endpoint looks like. The text is never repeated: it may hold a password.
pub fn check_endpoint(url: &str) -> Result<(), &'static str> {
    const WANTED: &str = "an endpoint is a URL like `http://127.0.0.1:4566`";
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).ok_or(WANTED)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err("leave the user name and the password out: AWS credentials sign each request");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let reachable = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.chars().all(name),
    };
    let reachable = reachable && port.is_none_or(|port| port.parse::<u16>().is_ok());
    if reachable && path.chars().all(|c| c.is_ascii_graphic() && !"?#\\\"<>^`{|}".contains(c)) {
        Ok(())
    } else {
        Err(WANTED)
    }
}

/// The partition that a region belongs to (`aws`, `aws-cn`, `aws-us-gov`, …), by the beginning of its name.
#[must_use]
pub fn partition_of_region(region: &str) -> &'static str {
    const BY_PREFIX: [(&str, &str); 8] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("eusc-", "aws-eusc"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("us-iso", "aws-iso"),
    ];
    BY_PREFIX.into_iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// The Regions of the partition `aws` that every account has from the start.
/// <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>
const ENABLED_BY_DEFAULT: [&str; 17] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
];

/// Whether an account of the partition `aws` has to enable a Region before it can use it. All that came since 2019 are
/// such, so one that is not known counts as one.
#[must_use]
pub fn needs_opt_in(region: &str) -> bool {
    partition_of_region(region) == "aws" && !ENABLED_BY_DEFAULT.contains(&region)
}

/// An Amazon Resource Name in its six parts:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Arn {
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// `s3`, `iam`, `kms`, …
    pub service: String,
    /// May be empty.
    pub region: String,
    /// May be empty; not checked to be twelve digits.
    pub account: String,
    /// All that follows the fifth colon, colons included.
    pub resource: String,
}

impl Arn {
    /// Reads `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
    ///
    /// # Errors
    /// When there are fewer than six parts, or one that must not be empty is.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next();
        if let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (next(), next(), next(), next(), next(), next())
            && !partition.is_empty()
            && !service.is_empty()
            && !resource.is_empty()
        {
            return Ok(Self {
                partition: partition.to_owned(),
                service: service.to_owned(),
                region: region.to_owned(),
                account: account.to_owned(),
                resource: resource.to_owned(),
            });
        }
        Err(InvalidName("an ARN has six parts, `arn:partition:service:region:account:resource`".to_owned()))
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// The full ARN of a KMS key: `arn:aws:kms:REGION:ACCOUNT:key/ID`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyArn(Arn);

impl KeyArn {
    /// Reads a key ARN.
    ///
    /// # Errors
    /// When it is an alias, a bare id or anything else: the vendor needs the fully qualified key
    /// ARN (FAQ 3), because aliases and ids are looked up in the caller's account.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const WANTED: &str = "give the full key ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID` (`aws kms describe-key --key-id … --query KeyMetadata.Arn`)";
        let Ok(arn) = Arn::parse(text) else {
            let what = if text.starts_with("alias/") { "an alias" } else { "not an ARN" };
            return Err(InvalidName(format!("this is {what}: {WANTED}")));
        };
        if arn.service == "kms" && arn.resource.starts_with("alias/") {
            return Err(InvalidName(format!("this is the ARN of an alias: {WANTED}")));
        }
        let named = arn
            .resource
            .strip_prefix("key/")
            .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        if arn.service != "kms" || !named || arn.region.is_empty() || AccountId::parse(&arn.account).is_err() {
            return Err(InvalidName(format!("this is not the ARN of a KMS key: {WANTED}")));
        }
        Ok(Self(arn))
    }

    /// Its parts.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        &self.0
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
