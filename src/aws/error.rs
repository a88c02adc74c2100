//! What ends a run before anything is asked.

/// Why nothing could be asked at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The chain of credential providers came to its end.
    #[error(
        "no AWS credentials were found: run `aws login`, `aws sso login` or `aws configure`, set `AWS_ACCESS_KEY_ID` and \
         `AWS_SECRET_ACCESS_KEY`, or name a profile with `--profile`"
    )]
    NoCredentials,
    /// No configuration file has this profile.
    #[error("the AWS profile `{name}` does not exist; {known}")]
    UnknownProfile {
        /// As it was asked for.
        name: String,
        /// A clause that lists those there are.
        known: String,
    },
    /// A configuration file cannot be used.
    #[error("the AWS configuration cannot be used: {0}")]
    Configuration(String),
}
