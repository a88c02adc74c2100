//! What the commands of a report have to carry so that they reach what the report is about.

use std::path::Path;

use stc_check::report::Report;
use stc_check::text::shell::command;

use super::arguments::{AwsArguments, ConnectionArguments, PreviewArguments};
use super::aws_cli::cli_options;
use super::plan::Source;

/// Options of a run that its commands repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct FixOptions {
    /// For `stc-check fix`.
    fix: Vec<String>,
    /// For the AWS CLI.
    aws: Vec<String>,
    /// Whether a file was standard input, which cannot be read a second time.
    from_stdin: bool,
}

impl FixOptions {
    /// Collects them for one target.
    pub(crate) fn of(
        connection: &ConnectionArguments,
        aws: &AwsArguments,
        previews: &PreviewArguments,
        source: &Source,
    ) -> Self {
        let mut options = Self::default();
        let mut text = |name: &str, value: Option<&str>| {
            options.fix.extend(value.into_iter().flat_map(|value| [name.to_owned(), value.to_owned()]));
        };
        text("--region", aws.region.as_deref());
        text("--profile", aws.profile.as_deref());
        text("--endpoint-url", aws.endpoint_url.as_deref());
        let snapshot = match source {
            Source::File(path) => Some(path.as_path()),
            Source::Stored(_) | Source::Live(_) => connection.snapshot.as_deref(),
        };
        options.file("--snapshot", snapshot);
        options.file("--terraform-plan", connection.terraform_plan.as_deref());
        options.file("--bucket-policy", previews.bucket_policy.as_deref());
        options.file("--key-policy", previews.key_policy.as_deref());
        let aws = cli_options(aws.profile.as_deref(), aws.endpoint_url.as_deref());
        options.aws = aws.into_iter().map(str::to_owned).collect();
        options
    }

    fn file(&mut self, name: &str, path: Option<&Path>) {
        let Some(path) = path else { return };
        let stdin = path.as_os_str() == "-";
        self.from_stdin |= stdin;
        self.fix.extend([name.to_owned(), if stdin { "FILE".to_owned() } else { path.display().to_string() }]);
    }

    /// Lets every command of a report carry them.
    pub(crate) fn complete(&self, report: &mut Report) {
        for fix in report.checks.iter_mut().filter_map(|check| check.fix.as_mut()) {
            let mut reads_stdin = false;
            for line in &mut fix.commands {
                let options = if line.starts_with("stc-check fix ") {
                    reads_stdin = self.from_stdin;
                    &self.fix
                } else if line.starts_with("aws ") {
                    &self.aws
                } else {
                    continue;
                };
                if !options.is_empty() {
                    *line = format!("{line} {}", command(options));
                }
            }
            if reads_stdin {
                fix.summary.push_str(" Save the input to a file first, and name it in place of FILE.");
            }
        }
    }
}
