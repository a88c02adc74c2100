//! Who asks: the chain must give credentials.

use std::error::Error as StdError;

use aws_config::SdkConfig;
use aws_config::imds::client::error::ImdsError;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;

use super::failure::innermost;
use crate::refusal::without_secrets;

/// Why there are no credentials.
#[derive(Debug)]
pub(super) enum Missing {
    /// No provider of the chain is configured.
    NoneFound,
    /// One is, and failed; its own words.
    Failed(String),
}

/// Gets credentials once for the whole run. A profile named on the command line comes before keys in the environment,
/// as in the AWS CLI: <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html>.
pub(super) async fn resolve(config: &SdkConfig, profile: Option<&str>) -> Result<Credentials, Missing> {
    let found = match profile {
        Some(name) => {
            let mut provider_config = ProviderConfig::without_region().with_region(config.region().cloned());
            if let Some(http_client) = config.http_client() {
                provider_config = provider_config.with_http_client(http_client);
            }
            let provider = ProfileFileCredentialsProvider::builder().configure(&provider_config).profile_name(name);
            provider.build().provide_credentials().await
        }
        None => match config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await,
            None => return Err(Missing::NoneFound),
        },
    };
    found.map_err(|error| match error {
        CredentialsError::CredentialsNotLoaded(_) => Missing::NoneFound,
        // The end of the default chain asks the machine itself: one that gives nothing has nothing to give.
        error if profile.is_none() && is_metadata_service(&error) => Missing::NoneFound,
        error => Missing::Failed(without_secrets(&without_stderr(innermost(&error)))),
    })
}

/// What a helper program wrote to its standard error, which the SDK repeats, is for the one at the terminal: no report
/// carries it on.
fn without_stderr(message: String) -> String {
    match message.split_once("Stderr:") {
        Some((before, _)) => {
            let before = before.trim_end_matches([' ', '.', ',', ';']);
            format!("{before}; run the helper program by itself to see what it says")
        }
        None => message,
    }
}

/// Whether the EC2 instance metadata service, or what answers in its place, is what failed.
fn is_metadata_service(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<ImdsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}
