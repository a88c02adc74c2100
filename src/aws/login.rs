//! How the credentials come about: what to run when they are missing, refused or at their end depends on it.
//!
//! The settings of a profile: <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.

use super::configuration::{Profiles, variable};
use crate::checks::cause::SignIn;
use crate::text::shell::command;

/// Where the credentials come from, and by which profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    way: Way,
    profile: Option<String>,
}

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// `AWS_ACCESS_KEY_ID` and its kin.
    Environment,
    /// A session of `aws login`.
    SignIn,
    /// IAM Identity Center.
    Sso,
    /// A helper program, by its name.
    Process(String),
    /// A web identity token, as in GitHub Actions and Kubernetes.
    WebIdentity,
    /// Keys in a file.
    Keys,
    /// A role that asks for a second factor.
    SecondFactor,
    /// The machine's own role, by its metadata service.
    Machine,
    /// A service that gives credentials, from which no answer comes.
    Unreachable,
    /// None that the files or the environment name.
    Unknown,
}

impl Login {
    /// No answer comes from where they should come from.
    pub(super) const UNREACHABLE: Self = Self { way: Way::Unreachable, profile: None };

    /// None that the files or the environment name, by this profile.
    pub(super) const fn unknown(profile: Option<String>) -> Self {
        Self { way: Way::Unknown, profile }
    }

    /// What the environment and the files say, for the profile that counts. One that was named on the command line comes
    /// before keys in the environment.
    pub(super) fn find(profiles: &Profiles, by_option: bool) -> Self {
        if !by_option && variable("AWS_ACCESS_KEY_ID").is_some() {
            return Self { way: Way::Environment, profile: None };
        }
        for found in profiles.chain() {
            let has = |key: &str| found.get(key).filter(|value| !value.is_empty());
            let assumes = has("role_arn").is_some();
            let way = if assumes && has("mfa_serial").is_some() {
                Way::SecondFactor
            } else if assumes && has("source_profile").is_some_and(|source| source != found.name()) {
                // What ends is the login that the role is assumed with.
                continue;
            } else if has("web_identity_token_file").is_some() {
                Way::WebIdentity
            } else if has("sso_session").or_else(|| has("sso_start_url")).is_some() {
                Way::Sso
            } else if has("login_session").is_some() {
                Way::SignIn
            } else if let Some(line) = has("credential_process") {
                Way::Process(program(line))
            } else if has("aws_access_key_id").is_some() {
                Way::Keys
            } else if has("credential_source").is_some() {
                Way::Machine
            } else {
                break;
            };
            let names_profile = found.name() != "default" || profiles.asked.is_some();
            let of_profile = names_profile && !matches!(way, Way::WebIdentity | Way::Machine);
            return Self { way, profile: of_profile.then(|| found.name().to_owned()) };
        }
        match variable("AWS_WEB_IDENTITY_TOKEN_FILE") {
            Some(_) => Self { way: Way::WebIdentity, profile: None },
            None => Self::unknown(profiles.asked.clone()),
        }
    }

    /// What to do against credentials that AWS does not take any more.
    pub(super) fn sign_in(&self) -> SignIn {
        let command = match self.way {
            Way::SignIn => Some(self.command(&["aws", "login"])),
            Way::Sso => Some(self.command(&["aws", "sso", "login"])),
            _ => None,
        };
        SignIn { advice: self.advice(), command, profile: self.profile.clone() }
    }

    fn advice(&self) -> String {
        let with = |words: &[&str]| format!("`{}`", self.command(words));
        match &self.way {
            Way::Environment => {
                "renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, and run again".to_owned()
            }
            Way::SignIn => format!("run {}, and run again", with(&["aws", "login"])),
            Way::Sso => format!("run {}, and run again", with(&["aws", "sso", "login"])),
            Way::Process(program) => {
                let profile = self.profile.as_ref();
                let of = profile.map(|profile| format!(" of the profile `{profile}`")).unwrap_or_default();
                format!("sign in again with `{program}`, the helper program{of} (`credential_process`), and run again")
            }
            Way::WebIdentity => "get a new web identity token (in GitHub Actions, run \
                                 `aws-actions/configure-aws-credentials` again; in Kubernetes, start the pod again), and \
                                 run again"
                .to_owned(),
            Way::Keys => format!("renew the keys with {}, and run again", with(&["aws", "configure"])),
            // The AWS CLI asks for the code; the SDK cannot.
            Way::SecondFactor => format!(
                "the profile asks for a second factor (`mfa_serial`), which stc-check cannot ask you for: run \
                 `eval \"$({} --format env)\"`, and run again without `--profile`",
                self.command(&["aws", "configure", "export-credentials"])
            ),
            Way::Unreachable => "check your network, `HTTPS_PROXY` and `NO_PROXY`, and run again".to_owned(),
            Way::Machine => "look at the role that this machine runs with, and run again".to_owned(),
            Way::Unknown => format!(
                "sign in again ({}, or {} for a profile of IAM Identity Center), and run again",
                with(&["aws", "login"]),
                with(&["aws", "sso", "login"])
            ),
        }
    }

    /// A command for the profile.
    fn command(&self, words: &[&str]) -> String {
        let option = self.profile.iter().flat_map(|profile| ["--profile", profile.as_str()]);
        command(words.iter().copied().chain(option))
    }
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
        let prod = |way| Login { way, profile: Some("prod".to_owned()) };
        let plain = |way| Login { way, profile: None };
        for (login, words) in [
            (plain(Way::Environment), "AWS_SESSION_TOKEN"),
            (prod(Way::SignIn), "`aws login --profile prod`"),
            (plain(Way::SignIn), "`aws login`"),
            (prod(Way::Sso), "`aws sso login --profile prod`"),
            (prod(Way::Process("aws-vault".to_owned())), "`aws-vault`"),
            (plain(Way::WebIdentity), "web identity token"),
            (prod(Way::Keys), "`aws configure --profile prod`"),
            (prod(Way::SecondFactor), "`eval \"$(aws configure export-credentials --profile prod --format env)\"`"),
            (Login::UNREACHABLE, "network"),
            (plain(Way::Machine), "machine"),
        ] {
            let advice = login.advice();
            assert!(advice.contains(words), "{login:?}: {advice}");
            let other = matches!(login.way, Way::Sso | Way::Unknown);
            assert_eq!(advice.contains("sso"), other, "{login:?}: {advice}");
        }
    }
}
