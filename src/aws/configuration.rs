//! What the environment and the profile say, looked at before the SDK uses it: over some values it would panic.

use std::borrow::Cow;

use aws_config::SdkConfig;
use aws_config::profile::load;
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_runtime::env_config::section::{EnvConfigSections, Profile};
use aws_smithy_types::retry::{RetryConfig, RetryMode, RetrySpec};
use aws_types::os_shim_internal::{Env, Fs};
use aws_types::service_config::ServiceConfigKey;

use super::error::Error;
use super::failure::innermost;
use crate::names::{check_endpoint, is_region};

/// The configuration files, with the profile that counts selected.
pub(super) struct Profiles {
    pub(super) sections: Option<EnvConfigSections>,
    /// The profile that was asked for, by option or variable.
    pub(super) asked: Option<String>,
}

/// More profiles than one takes its credentials from.
const LONGEST_CHAIN: usize = 16;

impl Profiles {
    /// Makes sure that the profile asked for with `--profile` or `AWS_PROFILE` exists, before anything is sent.
    /// Without one, files that cannot be read count as empty, as for the SDK.
    pub(super) async fn load(asked: Option<&str>) -> Result<Self, Error> {
        let asked = asked.map(str::to_owned).or_else(|| variable("AWS_PROFILE"));
        let loaded = load(&Fs::real(), &Env::real(), &EnvConfigFiles::default(), asked.clone().map(Cow::Owned)).await;
        let Some(name) = &asked else { return Ok(Self { sections: loaded.ok(), asked }) };
        let sections = loaded.map_err(|error| Error::Configuration(innermost(&error)))?;
        if sections.get_profile(name).is_some() {
            return Ok(Self { sections: Some(sections), asked });
        }
        let mut known: Vec<&str> = sections.profiles().collect();
        known.sort_unstable();
        let known = match known.as_slice() {
            [] => {
                "the configuration files hold none: run `aws configure --profile …` or `aws configure sso`".to_owned()
            }
            names => format!("the configuration files hold `{}`", names.join("`, `")),
        };
        Err(Error::UnknownProfile { name: name.clone(), known })
    }

    /// The profile that counts, and those that it takes its credentials from, one after the other.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Profile> {
        let sections = self.sections.as_ref();
        let named = move |name: &str| sections?.get_profile(name);
        let next =
            move |profile: &&Profile| named(profile.get("source_profile").filter(|source| *source != profile.name())?);
        std::iter::successors(sections.and_then(|sections| named(sections.selected_profile())), next)
            .take(LONGEST_CHAIN)
    }

    /// A setting, and where it is from: the variable comes before the profile, an empty one counts as not set.
    fn setting(&self, name: &str, key: &str) -> Option<(String, String)> {
        let from_variable = || Some((variable(name)?, format!("`{name}`")));
        let from_profile = || Some((self.sections.as_ref()?.get(key)?.to_owned(), format!("`{key}` of the profile")));
        from_variable().or_else(from_profile).filter(|(value, _)| !value.is_empty())
    }

    /// How often and in which way requests are repeated, as
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html> has it. `legacy`, which only some
    /// SDKs have, is taken for `standard`.
    pub(super) fn retries(&self) -> Result<RetryConfig, Error> {
        let wrong = |origin: &str, wanted: &str| Error::Configuration(format!("{origin} is {wanted}"));
        let mut retries = match self.setting("AWS_RETRY_MODE", "retry_mode") {
            None => RetryConfig::standard(),
            Some((mode, origin)) => match mode.to_ascii_lowercase().as_str() {
                "standard" | "legacy" => RetryConfig::standard(),
                "adaptive" => RetryConfig::standard().with_retry_mode(RetryMode::Adaptive),
                _ => return Err(wrong(&origin, "no way to repeat requests: write `standard` or `adaptive`")),
            },
        };
        if let Some((attempts, origin)) = self.setting("AWS_MAX_ATTEMPTS", "max_attempts") {
            let attempts: Option<u32> = attempts.parse().ok().filter(|attempts| *attempts > 0);
            let attempts = attempts.ok_or_else(|| wrong(&origin, "no number of attempts: write 1 or more"))?;
            retries = retries.with_max_attempts(attempts);
        }
        if variable("AWS_NEW_RETRIES_2026").is_some_and(|new| new.eq_ignore_ascii_case("true")) {
            retries = retries.with_retry_spec(RetrySpec::v2_1());
        }
        Ok(retries)
    }

    /// Refuses keys and Regions that a request cannot carry, in the profile and in those that it takes its
    /// credentials from.
    pub(super) fn refuse_unprintable(&self) -> Result<(), Error> {
        const SENT: [&str; 4] = ["aws_access_key_id", "aws_session_token", "region", "sso_region"];
        // It goes with every request too, where a program around us sets it.
        if variable("AWS_EXECUTION_ENV").is_some_and(|words| words.contains(char::is_control)) {
            return Err(unsendable("`AWS_EXECUTION_ENV`"));
        }
        for profile in self.chain() {
            let broken = |key: &&str| profile.get(key).is_some_and(|value| !value.chars().all(is_sendable));
            if let Some(key) = SENT.into_iter().find(broken) {
                return Err(unsendable(&format!("`{key}` of the profile `{}`", profile.name())));
            }
        }
        Ok(())
    }
}

/// Refuses a region and endpoints that no request can be sent to.
pub(super) fn refuse_unusable(config: &SdkConfig) -> Result<(), Error> {
    if config.region().is_some_and(|region| !is_region(region.as_ref())) {
        return Err(Error::Configuration(
            "the region of `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile is none: write it like `us-east-1`, with \
             nothing before or after it"
                .to_owned(),
        ));
    }
    for service in ["S3", "S3 Control", "KMS", "STS", "Organizations", "CloudTrail", "SSO", "SSO OIDC"] {
        let Some(url) = endpoint_override(config, service) else { continue };
        check_endpoint(&url).map_err(|wrong| {
            let variable = service.to_uppercase().replace(' ', "_");
            Error::Configuration(format!(
                "the endpoint for {service}, of `AWS_ENDPOINT_URL_{variable}`, `AWS_ENDPOINT_URL` or the profile: {wrong}"
            ))
        })?;
    }
    Ok(())
}

/// Refuses credentials that cannot be sent. Nothing of them is repeated.
pub(super) fn refuse_broken(credentials: &Credentials, from_profile: bool) -> Result<(), Error> {
    let parts = [
        ("AWS_ACCESS_KEY_ID", "access key id", Some(credentials.access_key_id())),
        ("AWS_SECRET_ACCESS_KEY", "secret access key", Some(credentials.secret_access_key())),
        ("AWS_SESSION_TOKEN", "session token", credentials.session_token()),
    ];
    let broken = parts.into_iter().find(|(.., value)| value.is_some_and(|value| !value.chars().all(is_sendable)));
    let Some((variable, words, _)) = broken else { return Ok(()) };
    let in_variable = !from_profile && std::env::var_os(variable).is_some();
    Err(unsendable(&if in_variable { format!("`{variable}`") } else { format!("the {words} that was found") }))
}

fn unsendable(what: &str) -> Error {
    Error::Configuration(format!(
        "{what} has a line break, a space or another character in it that no request can carry: set it anew, without a \
         line break at its end"
    ))
}

fn is_sendable(character: char) -> bool {
    character.is_ascii_graphic()
}

/// Where the requests of a service go instead of AWS: `--endpoint-url`, else `AWS_ENDPOINT_URL_<SERVICE>` or the
/// profile's `services` section, else `AWS_ENDPOINT_URL` or the profile's `endpoint_url`.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>
pub(super) fn endpoint_override(config: &SdkConfig, service: &str) -> Option<String> {
    let of_service = || {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        config.service_config()?.load_config(key)
    };
    let global = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() { global() } else { of_service().or_else(global) }
}

/// A variable of the environment; an empty one counts as not set.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
