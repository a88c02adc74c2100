//! The help of the check, with examples. Each command's own has its examples beside its arguments.

pub(super) const EXAMPLES: &str = "Examples:\n  \
    stc-check acme-exports                       check a bucket\n  \
    stc-check acme-exports --no-probe            only read, and write nothing\n  \
    stc-check fix acme-exports --output changes  write the documents that fix it\n\n\
    `--help` shows every option.";

pub(super) const LONG_EXAMPLES: &str = "Examples:\n  \
    stc-check acme-exports\n      check a bucket: read its settings, upload and delete a test object\n  \
    stc-check acme-exports --kms-key \"$KEY_ARN\"\n      \
    expect the key with this ARN in its default encryption\n  \
    stc-check acme-exports --variant data-exporter --export-path reports/sailthru\n      \
    for Data Exporter, with the path agreed with Sailthru\n  \
    stc-check acme-exports --no-probe --output report.html --output report.json\n      \
    only read, and write two reports\n  \
    stc-check acme-exports --only kms\n      check the key alone\n  \
    stc-check --config stc.toml\n      check every connection of a file\n  \
    stc-check fix acme-exports --output changes\n      write the documents that fix what failed\n\n\
    Every option can also be set in the environment: --kms-key as STC_CHECK_KMS_KEY, and so on.\n\
    AWS credentials, profiles and regions are found as the AWS CLI finds them.\n\n\
    Exit codes: 0 all required checks passed, 1 a check failed, 2 unusable input or no credentials, \
    3 a required check could not be decided.";

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;
    use crate::cli::Cli;

    /// A command that is wrapped cannot be pasted, and words that are wrapped begin in the wrong column.
    #[test]
    fn every_command_has_examples_that_fit_on_a_screen_of_80_columns() {
        let whole = Cli::command();
        let named = whole.get_subcommands().filter(|command| command.get_name() != "man");
        let mut examples: Vec<String> = named.map(examples_of).collect();
        examples.extend([EXAMPLES.to_owned(), LONG_EXAMPLES.split("\n\n").next().unwrap_or_default().to_owned()]);
        for text in examples {
            assert!(text.starts_with("Examples:\n"), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }

    fn examples_of(command: &Command) -> String {
        command.get_after_help().map(ToString::to_string).unwrap_or_default()
    }
}
