//! Amazon Resource Names.

use std::fmt;

use super::InvalidName;

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
        match arn_parts(text) {
            Some([partition, service, region, account, resource]) if ![partition, service, resource].contains(&"") => {
                let [partition, service, region, account, resource] =
                    [partition, service, region, account, resource].map(str::to_owned);
                Ok(Self { partition, service, region, account, resource })
            }
            _ => Err(InvalidName("an ARN has six parts, `arn:partition:service:region:account:resource`".to_owned())),
        }
    }
}

/// The parts of an ARN behind `arn:`, empty ones too; the last may hold colons.
pub(crate) fn arn_parts(text: &str) -> Option<[&str; 5]> {
    let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
    let mut next = || parts.next();
    Some([next()?, next()?, next()?, next()?, next()?])
}

impl fmt::Display for Arn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(formatter, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
