//! Command lines of the AWS CLI: the options that every one of them takes, and its short form of settings.

use serde_json::Value;

use super::shell::{command, words};

/// The options that make the AWS CLI reach the place that the check reaches: the profile, the endpoint and the region that
/// were given; commands about a key have the key's region.
#[must_use]
pub fn cli_options([profile, endpoint_url, region]: [Option<&str>; 3]) -> Vec<&str> {
    let options = [("--profile", profile), ("--endpoint-url", endpoint_url), ("--region", region)];
    options.into_iter().filter_map(|(name, value)| Some([name, value?])).flatten().collect()
}

/// A command line with options at its end; each only where the line has none of its name.
pub(crate) fn with_options(line: &str, options: &[&str]) -> String {
    let words = words(line);
    let is_new = |option: &&[&str]| !option.first().is_some_and(|name| words.iter().any(|word| word == name));
    let wanted: Vec<&str> = options.chunks(2).filter(is_new).flatten().copied().collect();
    if wanted.is_empty() { line.to_owned() } else { format!("{line} {}", command(wanted)) }
}

/// Plain settings as the AWS CLI takes them without quotes: `A=true,B=false`.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html>
pub(crate) fn shorthand(settings: &Value) -> String {
    let pairs = settings.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}
