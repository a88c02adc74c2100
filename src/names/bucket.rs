//! Names of buckets.

use std::fmt;

use super::{Arn, InvalidName};

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
