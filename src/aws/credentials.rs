//! Who asks: the chain must give credentials.

use std::error::Error as StdError;

use aws_config::SdkConfig;
use aws_config::imds::client::error::ImdsError;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::failure::innermost_of_files;
use crate::refusal::without_secrets;

/// Why there are no credentials.
#[derive(Debug)]
pub(super) enum Missing {
    /// No provider of the chain is configured.
    NoneFound,
    /// One is, and failed.
    Failed {
        /// Its own words.
        message: String,
        /// Whether nobody answered where it asked.
        unreachable: bool,
    },
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
        error if profile.is_none() && holds::<ImdsError>(&error) => Missing::NoneFound,
        error => Missing::Failed {
            message: without_secrets(without_stderr(&innermost_of_files(&error)).trim_end()),
            unreachable: holds::<ConnectorError>(&error),
        },
    })
}

/// What a helper program wrote to its standard error, which the SDK repeats, is for the one at the terminal: no report
/// carries it on.
fn without_stderr(message: &str) -> String {
    match message.split_once("Stderr:") {
        Some((before, _)) => {
            let before = before.trim_end_matches([' ', '.', ',', ';']);
            format!("{before}; run the helper program by itself to see what it says")
        }
        None => message.to_owned(),
    }
}

/// Whether an error of this kind, such as that of the EC2 instance metadata service, is among the causes.
fn holds<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<E>() {
            return true;
        }
        cause = error.source();
    }
    false
}
