//! The clients: one HTTP connector for all, the default chain for the rest, endpoints as the user overrode them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_smithy_types::endpoint::EndpointAuthScheme;
use aws_smithy_types::retry::RetryConfig;

use super::answer::Session;
use super::configuration::{self, Profiles, endpoint_override, variable};
use super::connector::{Limits, http_client};
use super::credentials::{self, Missing};
use super::error::Error;
use super::guard::{AnswerGuard, ServiceClock, TooManyRequests};
use super::login::Login;
use super::settings::Settings;

/// The region that is asked first where nothing names one: every region of the partition knows a bucket's region.
const FIRST_GUESS: &str = "us-east-1";
/// What the SDK does when nobody configured a number of attempts.
const SDK_DEFAULT_ATTEMPTS: u32 = 3;
/// What we do then: throttling and broken connections deserve a little more patience.
const ATTEMPTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes the clients of one run.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    config: SdkConfig,
    /// How long to wait for `HeadBucket` before the rest is asked without it.
    pub(super) patience: Duration,
    path_style: bool,
    localstack: Arc<AtomicBool>,
    clock: ServiceClock,
    /// The region to ask first.
    pub(super) first_region: String,
    /// Where the credentials come from.
    pub(super) login: Login,
    /// Where S3 requests go instead of AWS.
    pub(super) s3_override: Option<String>,
    s3control_override: Option<String>,
    /// What signs: access key id, secret, session token.
    secrets: Vec<String>,
    /// When the credentials end, where that is known.
    pub(super) expiry: Option<SystemTime>,
}

/// The configuration of a service in a region, as every client has it.
macro_rules! service_config {
    ($clients:ident, $sdk:ident, $region:expr) => {
        $sdk::config::Builder::from(&$clients.config)
            .region($sdk::config::Region::new($region.to_owned()))
            .retry_classifier(TooManyRequests)
            .interceptor($clients.guard())
    };
}

/// Why there are no clients where a provider should have given credentials: an expired SSO session, a broken helper
/// program.
pub(super) struct NoAccess {
    /// What went wrong, in the provider's words.
    pub(super) message: String,
    /// Where S3 requests would have gone.
    pub(super) s3_override: Option<String>,
    /// Where the credentials should have come from.
    pub(super) login: Login,
}

impl Clients {
    /// Walks the default chain once.
    pub(super) async fn load(settings: &Settings, session: &Session) -> Result<Result<Self, NoAccess>, Error> {
        let profiles = Profiles::load(settings.profile.as_deref()).await?;
        profiles.refuse_unprintable()?;
        let login = Login::find(&profiles, settings.profile.is_some());
        let limits = Limits::within(settings.timeout);
        let (http, trusts_nobody) = http_client(limits)?;
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest())
                .http_client(http)
                .retry_config(profiles.retries()?)
                .timeout_config(
                    TimeoutConfig::builder()
                        .connect_timeout(limits.connect)
                        .operation_attempt_timeout(limits.attempt)
                        .operation_timeout(limits.operation)
                        .build(),
                )
                .stalled_stream_protection(
                    aws_config::stalled_stream_protection::StalledStreamProtectionConfig::disabled(),
                );
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        } else if let Some(region) = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")) {
            loader = loader.region(Region::new(region));
        } else if ["AWS_ACCESS_KEY_ID", "AWS_REGION"].iter().any(|name| std::env::var_os(name).is_some()) {
            // Such keys are not the machine's own, so its metadata service is not asked for a region either; and an
            // empty variable is none, which the SDK's own chain would take for a region.
            let files = ProfileFileRegionProvider::builder();
            let files = settings.profile.iter().fold(files, |files, profile| files.profile_name(profile.clone()));
            loader = loader.region(RegionProviderChain::first_try(files.build()).or_else(Region::new(FIRST_GUESS)));
        }
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = match session.unless_over(Box::pin(loader.load())).await {
            Ok(config) => config,
            Err(why) => return Ok(Err(NoAccess { message: why.to_owned(), s3_override: None, login })),
        };
        configuration::refuse_unusable(&config)?;
        let s3_override = endpoint_override(&config, "S3");
        let is_plain = s3_override.as_ref().is_some_and(|url| url.starts_with("http://"));
        if let Some(why) = trusts_nobody.filter(|_| !is_plain) {
            return Err(Error::Configuration(why));
        }
        let resolved = session.unless_over(credentials::resolve(&config, settings.profile.as_deref())).await;
        let credentials = match resolved {
            Ok(Ok(credentials)) => credentials,
            Ok(Err(Missing::NoneFound)) => return Err(Error::NoCredentials),
            Ok(Err(Missing::Failed { message, unreachable })) => {
                let login = if unreachable { Login::UNREACHABLE } else { login };
                return Ok(Err(NoAccess { message, s3_override, login }));
            }
            Err(why) => return Ok(Err(NoAccess { message: why.to_owned(), s3_override, login })),
        };
        configuration::refuse_broken(&credentials, settings.profile.is_some())?;
        tracing::debug!(profile = profiles.asked.as_deref(), "found credentials");
        let first_region = config.region().map_or(FIRST_GUESS, AsRef::as_ref).to_owned();
        Ok(Ok(Self {
            path_style: path_style(settings, s3_override.as_deref()),
            expiry: credentials.expiry(),
            secrets: secrets_of(&credentials),
            s3control_override: endpoint_override(&config, "S3 Control"),
            s3_override,
            login,
            first_region,
            patience: limits.attempt / 2,
            localstack: Arc::default(),
            clock: ServiceClock::default(),
            config: Self::with_credentials(&config, credentials),
        }))
    }

    /// The same clients for another bucket.
    pub(super) fn of(&self, settings: &Settings) -> Self {
        Self {
            path_style: path_style(settings, self.s3_override.as_deref()),
            // What one bucket's answers say of the service is no word about another's.
            localstack: Arc::default(),
            first_region: settings.region.as_ref().unwrap_or(&self.first_region).clone(),
            ..self.clone()
        }
    }

    /// The same clients, signing with other credentials.
    pub(super) fn signing_with(&self, credentials: Credentials) -> Self {
        let secrets = self.secrets.iter().cloned().chain(secrets_of(&credentials)).collect();
        Self { config: Self::with_credentials(&self.config, credentials), secrets, ..self.clone() }
    }

    fn with_credentials(config: &SdkConfig, credentials: Credentials) -> SdkConfig {
        let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let attempts = if retries.max_attempts() == SDK_DEFAULT_ATTEMPTS { ATTEMPTS } else { retries.max_attempts() };
        config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(
                retries.with_max_attempts(attempts).with_initial_backoff(FIRST_PAUSE).with_max_backoff(LONGEST_PAUSE),
            )
            .build()
    }

    /// S3 in a region.
    pub(super) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::from_conf(self.s3_config(region).build())
    }

    /// S3 at one of its own addresses, with the bucket's name in the path. Endpoints of FIPS and of both address families have
    /// other names, and the SDK refuses an address together with them.
    pub(super) fn s3_at(&self, endpoint: &str, region: &str) -> aws_sdk_s3::Client {
        let config = self.s3_config(region).endpoint_url(endpoint).force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.use_fips(false).use_dual_stack(false).build())
    }

    fn s3_config(&self, region: &str) -> aws_sdk_s3::config::Builder {
        service_config!(self, aws_sdk_s3, region)
            .force_path_style(self.path_style)
            // Whatever the environment says: buckets with a default retention take no upload without a checksum.
            // <https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html>
            .request_checksum_calculation(aws_sdk_s3::config::RequestChecksumCalculation::WhenSupported)
    }

    fn guard(&self) -> AnswerGuard {
        AnswerGuard {
            localstack: self.s3_override.as_ref().map(|_| Arc::clone(&self.localstack)),
            clock: self.clock.clone(),
            secrets: self.secrets.clone(),
        }
    }

    /// The time, by the service's clock where it differs from ours.
    pub(super) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Whether an answer so far came from LocalStack.
    pub(super) fn is_localstack(&self) -> bool {
        self.localstack.load(Ordering::Relaxed)
    }

    /// KMS in a region.
    pub(super) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::from_conf(service_config!(self, aws_sdk_kms, region).build())
    }

    /// What no text may carry on.
    pub(super) fn secrets(&self) -> impl Iterator<Item = String> + '_ {
        self.secrets.iter().cloned()
    }

    /// CloudTrail in a region.
    pub(super) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::from_conf(service_config!(self, aws_sdk_cloudtrail, region).build())
    }

    /// Organizations, which has one endpoint for each partition: that of the region that is asked first.
    pub(super) fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::from_conf(
            service_config!(self, aws_sdk_organizations, &self.first_region).build(),
        )
    }

    /// STS, in the region that is asked first.
    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::from_conf(service_config!(self, aws_sdk_sts, &self.first_region).build())
    }

    /// S3 Control in a region.
    pub(super) fn s3control(&self, region: &str) -> aws_sdk_s3control::Client {
        let mut config = service_config!(self, aws_sdk_s3control, region);
        if let Some(url) = &self.s3control_override {
            config = config.endpoint_resolver(FixedEndpoint { url: url.clone(), region: region.to_owned() });
        }
        aws_sdk_s3control::Client::from_conf(config.build())
    }
}

fn secrets_of(credentials: &Credentials) -> Vec<String> {
    let parts = [Some(credentials.access_key_id()), Some(credentials.secret_access_key()), credentials.session_token()];
    parts.into_iter().flatten().map(str::to_owned).collect()
}

/// Whether the bucket's name goes into the path: no certificate covers a host name with dots in the bucket's part.
fn path_style(settings: &Settings, s3_override: Option<&str>) -> bool {
    s3_override.is_some() || settings.bucket.as_str().contains('.')
}

/// S3 Control at one address. The SDK's own rules put the account's id before the host, which resolves nowhere but
/// at AWS.
#[derive(Debug)]
struct FixedEndpoint {
    url: String,
    region: String,
}

impl ResolveEndpoint for FixedEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder()
            .url(self.url.clone())
            .auth_scheme(
                EndpointAuthScheme::with_capacity("sigv4", 3)
                    .put("disableDoubleEncoding", true)
                    .put("signingName", "s3".to_owned())
                    .put("signingRegion", self.region.clone()),
            )
            .build()))
    }
}
