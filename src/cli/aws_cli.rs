//! The options that make the AWS CLI reach the place that the check reaches.

/// Its options for the profile, the endpoint and the region that were given; commands about a key have the key's region.
pub(crate) fn cli_options([profile, endpoint_url, region]: [Option<&str>; 3]) -> Vec<&str> {
    let options = [("--profile", profile), ("--endpoint-url", endpoint_url), ("--region", region)];
    options.into_iter().filter_map(|(name, value)| Some([name, value?])).flatten().collect()
}
