//! How the AWS CLI is told to reach the place that the check reaches.

/// Its options for a profile and an endpoint.
pub(crate) fn cli_options<'a>(profile: Option<&'a str>, endpoint_url: Option<&'a str>) -> Vec<&'a str> {
    let profile = profile.map(|profile| ["--profile", profile]);
    let endpoint_url = endpoint_url.map(|url| ["--endpoint-url", url]);
    profile.into_iter().chain(endpoint_url).flatten().collect()
}
