//! Names parsed once and then trusted: buckets, accounts, regions, partitions and ARNs.

use std::fmt;

mod arn;
mod bucket;
mod key;
mod region;

pub use arn::Arn;
pub(crate) use arn::arn_parts;
pub use bucket::BucketName;
pub use key::KeyArn;
pub(crate) use key::is_key_id;
pub(crate) use region::needs_opt_in;
pub use region::{is_region, partition_of_region};

/// Why a text is not the name it was given as: what a right one looks like, and what is wrong. The text itself is not
/// repeated, because the message around the error says where it was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidName(pub String);

/// A twelve-digit AWS account id. Kept as text: a leading zero counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

impl AccountId {
    /// Reads twelve digits.
    ///
    /// # Errors
    /// When the text is anything else; eleven digits get a hint about the lost leading zero.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if is_account_id(text) {
            return Ok(Self(text.to_owned()));
        }
        let shorter = text.len() == 11 && is_account_id(&format!("0{text}"));
        let hint = if shorter { " (a leading zero was probably lost: quote it)" } else { "" };
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

/// Whether a text is the id of an account: twelve digits.
pub(crate) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
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

/// The type of a resource of Terraform's, and the attribute that an expression takes of it: `aws_kms_key` and `arn` of
/// `module.keys.aws_kms_key.this["eu.1"].arn`.
pub(crate) fn terraform_attribute(expression: &str) -> Option<(&str, &str)> {
    let (resource, attribute) = expression.rsplit_once('.')?;
    let resource = match resource.strip_suffix(']') {
        Some(indexed) if indexed.ends_with('"') => indexed.rsplit_once("[\"")?.0,
        Some(indexed) => indexed.rsplit_once('[')?.0,
        None => resource,
    };
    let (before, _name) = resource.rsplit_once('.')?;
    Some((before.rsplit('.').next()?, attribute))
}
