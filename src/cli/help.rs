//! The help: examples of every command, and in each command only the options that it takes, under headings that are true
//! there.

use clap::{Arg, Command, CommandFactory};

use super::Cli;

const EXAMPLES: &str = "Examples:\n  \
    stc-check acme-exports                       check a bucket\n  \
    stc-check acme-exports --no-probe            only read, and write nothing\n  \
    stc-check fix acme-exports --output changes  write the documents that fix it\n\n\
    `--help` shows every option.";

const LONG_EXAMPLES: &str = "Examples:\n  \
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

/// A command beside the check: examples, options of the check that say nothing to it, and the heading of its own.
struct Page {
    command: &'static str,
    examples: &'static str,
    without: &'static [&'static str],
    heading: &'static str,
    own: &'static [&'static str],
}

const PAGES: [Page; 9] = [
    Page {
        command: "watch",
        examples: "Examples:\n  \
            stc-check watch acme-exports             wait for data, up to 3 hours\n  \
            stc-check watch acme-exports --once      look once\n  \
            stc-check watch acme-exports --since 1h  count only files of the last hour",
        without: &[
            "snapshot",
            "terraform_plan",
            "no_probe",
            "probe_role_arn",
            "external_id",
            "probe_multipart",
            "no_plain_http",
            "data",
            "bucket_policy",
            "key_policy",
            "save_snapshot",
            "redact",
            "wait",
            "baseline",
        ],
        heading: "Watching",
        own: &[],
    },
    Page {
        command: "policy",
        examples: "Examples:\n  \
            stc-check policy acme-exports                     print what the bucket needs\n  \
            stc-check policy acme-exports --format terraform  as Terraform resources",
        without: &[],
        heading: "The documents",
        own: &["region", "encryption", "profile", "endpoint_url", "format"],
    },
    Page {
        command: "fix",
        examples: "Examples:\n  \
            stc-check fix acme-exports                   show the changes\n  \
            stc-check fix acme-exports --output changes  write the documents as well\n  \
            stc-check fix --snapshot acme.json           fix what a snapshot says",
        without: &[],
        heading: "The changes",
        own: &["bucket_policy", "key_policy", "format", "shell", "output", "timeout"],
    },
    Page {
        command: "diff",
        examples: "Examples:\n  \
            stc-check diff monday.json today.json  two snapshots, or two reports",
        without: &["bucket", "snapshot", "terraform_plan"],
        heading: "Options",
        own: &[],
    },
    Page {
        command: "permissions",
        examples: "Examples:\n  \
            stc-check permissions acme-exports             to run the check\n  \
            stc-check permissions acme-exports --no-probe  without the test object\n  \
            stc-check permissions acme-exports --watch     to run `stc-check watch`",
        without: &[],
        heading: "What the policy is for",
        own: &["region", "no_probe", "probe_role_arn", "data", "watch"],
    },
    Page {
        command: "explain",
        examples: "Examples:\n  \
            stc-check explain                          list every check\n  \
            stc-check explain policy.put-object        explain one\n  \
            stc-check explain --error 'Access Denied'  explain an error of AWS\n  \
            stc-check explain --error - < run.log      explain the error in a log",
        without: &[],
        heading: "Options",
        own: &[],
    },
    Page {
        command: "simulate",
        examples: "Examples:\n  \
            stc-check simulate --policy policy.json --action s3:PutObject \\\n    \
            --principal arn:aws:iam::099647660399:role/sc-event-stream-production \\\n    \
            --resource arn:aws:s3:::acme-exports/x\n  \
            stc-check simulate --batch questions.jsonl",
        without: &[],
        heading: "Options",
        own: &[],
    },
    Page {
        command: "schema",
        examples: "Examples:\n  stc-check schema report",
        without: &[],
        heading: "Options",
        own: &[],
    },
    Page {
        command: "completions",
        examples: "Examples:\n  \
            source <(stc-check completions bash)               in ~/.bashrc\n  \
            stc-check completions zsh > ~/.zfunc/_stc-check    a folder of $fpath\n  \
            stc-check completions fish | source                in config.fish",
        without: &[],
        heading: "Options",
        own: &[],
    },
];

/// The command line, with its help.
pub(super) fn command() -> Command {
    let whole = Cli::command().after_help(EXAMPLES).after_long_help(LONG_EXAMPLES);
    PAGES.iter().fold(whole, |whole, page| whole.mut_subcommand(page.command, |command| apply(page, command)))
}

fn apply(page: &Page, command: Command) -> Command {
    let command = command.mut_args(|arg: Arg| match arg.get_id().as_str() {
        id if page.without.contains(&id) => arg.hide(true),
        id if page.own.contains(&id) => arg.help_heading(page.heading),
        _ => arg,
    });
    command.after_help(page.examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command that is wrapped cannot be pasted, and words that are wrapped begin in the wrong column.
    #[test]
    fn examples_fit_on_a_screen_of_80_columns() {
        let examples = PAGES.iter().map(|page| page.examples).chain([EXAMPLES]);
        let commands = LONG_EXAMPLES.split("\n\n").take(1);
        for line in examples.chain(commands).flat_map(str::lines) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    /// A page for a command or an option that was removed would be empty.
    #[test]
    fn every_page_is_of_a_command_and_its_options() {
        let whole = Cli::command();
        for Page { command, without, own, .. } in PAGES {
            let command = whole.find_subcommand(command).expect("it is a command");
            for id in without.iter().chain(own) {
                assert!(command.get_arguments().any(|arg| arg.get_id() == id), "{}: {id}", command.get_name());
            }
        }
        let described: Vec<&str> = PAGES.iter().map(|page| page.command).collect();
        let lacking = whole.get_subcommands().map(Command::get_name).find(|name| !described.contains(name));
        assert_eq!(lacking, Some("man"), "every other command has examples");
    }
}
