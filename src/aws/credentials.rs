//! Who asks: the profile must exist, and the chain must give credentials.

use std::error::Error as StdError;

use aws_config::SdkConfig;
use aws_config::imds::client::error::ImdsError;
use aws_config::profile::{ProfileFileCredentialsProvider, load};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::Error;
use super::failure::innermost;

/// Why there are no credentials.
#[derive(Debug)]
pub(super) enum Missing {
    /// No provider of the chain is configured.
    NoneFound,
    /// One is, and failed; its own words.
    Failed(String),
}

/// Makes sure that the profile asked for with `--profile` or `AWS_PROFILE` exists, before anything is sent.
pub(super) async fn profile(asked: Option<&str>) -> Result<Option<String>, Error> {
    let from_environment = || std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let Some(name) = asked.map(str::to_owned).or_else(from_environment) else { return Ok(None) };
    let profiles = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), None)
        .await
        .map_err(|error| Error::Configuration(innermost(&error)))?;
    if profiles.get_profile(&name).is_some() {
        return Ok(Some(name));
    }
    let mut known: Vec<&str> = profiles.profiles().collect();
    known.sort_unstable();
    let known = match known.as_slice() {
        [] => "the configuration files hold none: run `aws configure --profile …` or `aws configure sso`".to_owned(),
        names => format!("the configuration files hold `{}`", names.join("`, `")),
    };
    Err(Error::UnknownProfile { name, known })
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
        error => Missing::Failed(innermost(&error)),
    })
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
