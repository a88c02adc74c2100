//! How the credentials come about: what to run when they are missing, refused or at their end depends on it.
//!
//! The settings of a profile: <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.

use super::configuration::{Profiles, variable};
use crate::checks::cause::SignIn;
use crate::text::shell::command;

/// Where the credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Login {
    /// `AWS_ACCESS_KEY_ID` and its kin.
    Environment,
    /// A session of `aws login`, of this profile.
    SignIn(Option<String>),
    /// IAM Identity Center, of this profile.
    Sso(Option<String>),
    /// A helper program, by its name, of this profile.
    Process(String, Option<String>),
    /// A web identity token, as in GitHub Actions and Kubernetes.
    WebIdentity,
    /// Keys in a file, of this profile.
    Keys(Option<String>),
    /// A role that asks for a second factor, of this profile.
    SecondFactor(Option<String>),
    /// The machine's own role, by its metadata service.
    Machine,
    /// A service that gives credentials, from which no answer comes.
    Unreachable,
    /// None that the files or the environment name.
    Unknown(Option<String>),
}

impl Login {
    /// What the environment and the files say, for the profile that counts. One that was named on the command line comes
    /// before keys in the environment.
    pub(super) fn find(profiles: &Profiles, by_option: bool) -> Self {
        if !by_option && variable("AWS_ACCESS_KEY_ID").is_some() {
            return Self::Environment;
        }
        for found in profiles.chain() {
            let has = |key: &str| found.get(key).filter(|value| !value.is_empty());
            let has_both = |key, other| has(key).is_some() && has(other).is_some();
            let named = (found.name() != "default" || profiles.asked.is_some()).then(|| found.name().to_owned());
            if has_both("role_arn", "mfa_serial") {
                return Self::SecondFactor(named);
            }
            if has_both("role_arn", "source_profile") && has("source_profile") != Some(found.name()) {
                // What ends is the login that the role is assumed with.
                continue;
            }
            if has("web_identity_token_file").is_some() {
                return Self::WebIdentity;
            }
            if has("sso_session").or_else(|| has("sso_start_url")).is_some() {
                return Self::Sso(named);
            }
            if has("login_session").is_some() {
                return Self::SignIn(named);
            }
            if let Some(line) = has("credential_process") {
                return Self::Process(program(line), named);
            }
            if has("aws_access_key_id").is_some() {
                return Self::Keys(named);
            }
            if has("credential_source").is_some() {
                return Self::Machine;
            }
            break;
        }
        let asked = profiles.asked.clone();
        if variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() { Self::WebIdentity } else { Self::Unknown(asked) }
    }

    /// What to do against credentials that AWS does not take any more.
    pub(super) fn sign_in(&self) -> SignIn {
        let advice = self.advice();
        let command = match self {
            Self::SignIn(profile) => Some(with_profile(&["aws", "login"], profile.as_deref())),
            Self::Sso(profile) => Some(with_profile(&["aws", "sso", "login"], profile.as_deref())),
            _ => None,
        };
        SignIn { advice, command, profile: self.profile().cloned() }
    }

    fn profile(&self) -> Option<&String> {
        match self {
            Self::SignIn(profile)
            | Self::Sso(profile)
            | Self::Process(_, profile)
            | Self::SecondFactor(profile)
            | Self::Keys(profile)
            | Self::Unknown(profile) => profile.as_ref(),
            Self::Environment | Self::WebIdentity | Self::Machine | Self::Unreachable => None,
        }
    }

    fn advice(&self) -> String {
        let with = |words: &[&str], profile: &Option<String>| format!("`{}`", with_profile(words, profile.as_deref()));
        match self {
            Self::Environment => {
                "renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, and run again".to_owned()
            }
            Self::SignIn(profile) => format!("run {}, and run again", with(&["aws", "login"], profile)),
            Self::Sso(profile) => format!("run {}, and run again", with(&["aws", "sso", "login"], profile)),
            Self::Process(program, profile) => {
                let of = profile.as_ref().map(|profile| format!(" of the profile `{profile}`")).unwrap_or_default();
                format!("sign in again with `{program}`, the helper program{of} (`credential_process`), and run again")
            }
            Self::WebIdentity => {
                "get a new web identity token (in GitHub Actions, run `aws-actions/configure-aws-credentials` \
                                  again; in Kubernetes, start the pod again), and run again"
                    .to_owned()
            }
            Self::Keys(profile) => {
                format!("renew the keys with {}, and run again", with(&["aws", "configure"], profile))
            }
            // The AWS CLI asks for the code; the SDK cannot.
            Self::SecondFactor(profile) => {
                let export = &["aws", "configure", "export-credentials"];
                let profile = profile.iter().flat_map(|profile| ["--profile", profile.as_str()]);
                let export = command(export.iter().copied().chain(profile).chain(["--format", "env"]));
                format!(
                    "the profile asks for a second factor (`mfa_serial`), which stc-check cannot ask you for: run \
                     `eval \"$({export})\"`, and run again without `--profile`"
                )
            }
            Self::Unreachable => "check your network, `HTTPS_PROXY` and `NO_PROXY`, and run again".to_owned(),
            Self::Machine => "look at the role that this machine runs with, and run again".to_owned(),
            Self::Unknown(profile) => format!(
                "sign in again ({}, or {} for a profile of IAM Identity Center), and run again",
                with(&["aws", "login"], profile),
                with(&["aws", "sso", "login"], profile)
            ),
        }
    }
}

fn with_profile(words: &[&str], profile: Option<&str>) -> String {
    let option = profile.iter().flat_map(|profile| ["--profile", *profile]);
    command(words.iter().copied().chain(option))
}

/// The program of a command line, without its folder and arguments, which may hold a secret.
fn program(line: &str) -> String {
    let line = line.trim_start();
    let word = match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => line.split_whitespace().next(),
    };
    word.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_is_named_without_its_arguments() {
        assert_eq!(program("/opt/bin/okta-aws --secret hunter2"), "okta-aws");
        assert_eq!(program("\"C:\\Program Files\\aws-vault.exe\" exec prod --json"), "aws-vault.exe");
    }

    #[test]
    fn each_kind_of_login_has_its_own_command() {
        let prod = || Some("prod".to_owned());
        for (login, words) in [
            (Login::Environment, "AWS_SESSION_TOKEN"),
            (Login::SignIn(prod()), "`aws login --profile prod`"),
            (Login::SignIn(None), "`aws login`"),
            (Login::Sso(prod()), "`aws sso login --profile prod`"),
            (Login::Process("aws-vault".to_owned(), prod()), "`aws-vault`"),
            (Login::WebIdentity, "web identity token"),
            (Login::Keys(prod()), "`aws configure --profile prod`"),
            (Login::SecondFactor(prod()), "`eval \"$(aws configure export-credentials --profile prod --format env)\"`"),
            (Login::Unreachable, "network"),
            (Login::Machine, "machine"),
        ] {
            let advice = login.advice();
            assert!(advice.contains(words), "{login:?}: {advice}");
            let other = matches!(login, Login::Sso(_) | Login::Unknown(_));
            assert_eq!(advice.contains("sso"), other, "{login:?}: {advice}");
        }
    }
}
