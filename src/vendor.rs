//! The vendor as data: who writes, what each variant needs, which key the probe uses.
//!
//! Source: the vendor's page "S3 Bucket Policy Information"
//! (<https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/>).

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::names::{AccountId, Arn, BucketName, InvalidName, KeyArn};
use crate::text::aws_cli::with_options;
use crate::text::shell::command;

pub mod documents;
pub mod folders;
mod kms_action;
pub mod requests;
mod variant;

pub use kms_action::KmsAction;
pub use requests::{VendorAction, VendorRequests};
pub use variant::{DataRhythm, DataShape, ExportPath, Need, Variant, VariantRules};

/// The object that the vendor, and our probe, uploads and deletes at the top of the bucket.
pub const PROBE_KEY: &str = "_ACCESS_CONFIRMATION";

/// The partition in which these principals exist.
pub const PARTITION: &str = "aws";
/// A question of the vendor's FAQ, by its number, in our words.
pub(crate) fn faq_question(number: u8) -> &'static str {
    match number {
        1 => "Is data encrypted in transit?",
        2 => "Is data encrypted at rest?",
        3 => "What does KMS default encryption need?",
        _ => "Should the bucket be public?",
    }
}

/// Whether an account is one that Sailthru writes from.
pub(crate) fn is_sailthrus(account: &str) -> bool {
    Variant::principals().into_iter().filter_map(|arn| Arn::parse(arn).ok()).any(|arn| arn.account == account)
}

/// A principal of the vendor's, as IAM names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Writer {
    /// A role, whose sessions write.
    Role(Arn),
    /// A user with access keys.
    User(Arn),
    /// Any principal of an account (given as the account's root ARN).
    Account {
        /// The root ARN.
        arn: Arn,
        /// The account.
        account: AccountId,
    },
    /// One session of a role (`arn:aws:sts::…:assumed-role/ROLE/SESSION`).
    Session(Arn),
}

impl Writer {
    /// Reads a role's, user's, role session's or account root's ARN.
    ///
    /// # Errors
    /// When the ARN is of anything else, or its account is not twelve digits.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let arn = Arn::parse(text)?;
        let account = AccountId::parse(&arn.account)?;
        match (arn.service.as_str(), arn.resource.as_str()) {
            ("iam", "root") => Ok(Self::Account { arn, account }),
            ("iam", resource) if resource.starts_with("role/") && resource.len() > 5 => Ok(Self::Role(arn)),
            ("iam", resource) if resource.starts_with("user/") && resource.len() > 5 => Ok(Self::User(arn)),
            ("sts", resource) if resource.starts_with("assumed-role/") => Ok(Self::Session(arn)),
            _ => Err(InvalidName("only a role, a user or an account root can write: give the ARN of one".to_owned())),
        }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Role(arn) | Self::User(arn) | Self::Session(arn) | Self::Account { arn, .. } => arn,
        }
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arn().fmt(formatter)
    }
}

/// A resource control policy that was given to be judged as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPolicy {
    /// The file that it is from.
    pub name: String,
    /// The document.
    pub text: String,
}

/// What the owner expects of the connection: everything that was said on the command line and that a check may ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The bucket.
    pub bucket: BucketName,
    /// The variant.
    pub variant: Variant,
    /// The path agreed for Data Exporter, ending in `/`; none for the whole bucket.
    pub export_path: Option<String>,
    /// The principals given with `--principal`; empty for the vendor's own.
    pub principals: Vec<Writer>,
    /// The key that the default encryption is expected to name.
    pub kms_key: Option<KeyArn>,
    /// The account that is expected to own the bucket.
    pub expected_owner: Option<AccountId>,
    /// Resource control policies that were given to be judged as well.
    pub organization_policies: Vec<OrganizationPolicy>,
    /// Further options of the run that the commands of a report need too, such as `--profile prod`, word by word.
    pub reach: Vec<String>,
    /// What is expected of the data, where it is to be looked at.
    pub data: Option<DataExpectation>,
}

/// What is expected of the data in the bucket (docs/design/evidence.md).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataExpectation {
    /// How young the newest file must be; none for the variant's own limit.
    pub fresh: Option<SignedDuration>,
    /// Only files that were written since then count.
    pub since: Option<Timestamp>,
    /// Whether `watch` asks, which waited for it: nothing new is then a failure.
    pub watched: bool,
}

impl Connection {
    /// The joint connection of a bucket, with nothing else said.
    #[must_use]
    pub fn new(bucket: BucketName) -> Self {
        Self {
            bucket,
            variant: Variant::Joint,
            export_path: None,
            principals: Vec::new(),
            kms_key: None,
            expected_owner: None,
            organization_policies: Vec::new(),
            reach: Vec::new(),
            data: None,
        }
    }

    /// `stc-check COMMAND` with every option that says which connection is meant, quoted for a shell.
    pub(crate) fn stc_check(&self, name: &str, more: &[&str]) -> String {
        self.command_line(&["stc-check", name], more)
    }

    /// `stc-check`, the check itself, of the same facts.
    #[must_use]
    pub fn check_command(&self, more: &[&str]) -> String {
        let reach = self.reach.iter().map(String::as_str);
        self.command_line(&["stc-check"], &reach.chain(more.iter().copied()).collect::<Vec<_>>())
    }

    fn command_line(&self, program: &[&str], more: &[&str]) -> String {
        let mut words: Vec<String> = program.iter().map(|word| (*word).to_owned()).collect();
        words.extend(["--bucket".to_owned(), self.bucket.to_string()]);
        let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
        if self.variant != Variant::default() {
            option("--variant", self.variant.to_string());
        }
        self.export_path.iter().for_each(|path| option("--export-path", path.clone()));
        self.principals.iter().for_each(|principal| option("--principal", principal.to_string()));
        self.kms_key.iter().for_each(|key| option("--kms-key", key.to_string()));
        self.expected_owner.iter().for_each(|owner| option("--expected-bucket-owner", owner.to_string()));
        command(words.iter().map(String::as_str).chain(more.iter().copied()))
    }

    /// `stc-check fix`, which prints the finished documents, for the same facts.
    pub(crate) fn fix_command(&self) -> String {
        let reach = self.reach.iter().map(String::as_str);
        self.stc_check("fix", &reach.chain(["--output", "changes"]).collect::<Vec<_>>())
    }

    /// A command of a report with the options that make the AWS CLI reach what the run reached. Those about the organization
    /// are for whoever manages it, with credentials of their own.
    pub(crate) fn with_reach(&self, line: String) -> String {
        const OF_THE_AWS_CLI: [&str; 3] = ["--profile", "--endpoint-url", "--region"];
        if !line.starts_with("aws ") || line.starts_with("aws organizations ") {
            return line;
        }
        let reach: Vec<&str> = self.reach.iter().map(String::as_str).collect();
        let of_the_aws_cli =
            reach.chunks(2).filter(|option| option.first().is_some_and(|name| OF_THE_AWS_CLI.contains(name)));
        with_options(&line, &of_the_aws_cli.flatten().copied().collect::<Vec<_>>())
    }

    /// Who a report speaks of: "Sailthru", or the principal that takes its place.
    pub(crate) fn who(&self, writer: &Writer) -> String {
        if self.principals.is_empty() { "Sailthru".to_owned() } else { format!("`{}`", writer.arn().resource) }
    }

    /// The ARNs of the principals that are judged, as the report's subject names them: those given with
    /// `--principal`, else the variant's own.
    pub(crate) fn principal_arns(&self) -> Vec<String> {
        if !self.principals.is_empty() {
            return self.principals.iter().map(ToString::to_string).collect();
        }
        let rules = self.variant.rules();
        [Some(rules.writer), rules.documented_account].into_iter().flatten().map(str::to_owned).collect()
    }
}
