//! Regions and the partitions that they are in.

/// Whether a text can be a region's name: it becomes a part of host names and signatures.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.len() <= 63 && text.bytes().all(allowed)
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
pub(crate) fn needs_opt_in(region: &str) -> bool {
    partition_of_region(region) == "aws" && !ENABLED_BY_DEFAULT.contains(&region)
}
