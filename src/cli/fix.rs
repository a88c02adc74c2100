//! `stc-check fix`: the smallest changes that fix the bucket, as documents and commands. It reads, and changes nothing.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use stc_check::aws::{LiveRun, Settings};
use stc_check::checks::{self, Case};
use stc_check::fix::changes;
use stc_check::fix::markdown::markdown;
use stc_check::fix::settings::Delivery;
use stc_check::fix::terraform;
use stc_check::render;
use stc_check::report::FailOn;
use stc_check::snapshot::Snapshot;
use stc_check::snapshot::observations::Live;
use stc_check::terraform_plan::PlanContext;
use stc_check::text::aws_cli::cli_options;
use stc_check::text::sanitise;
use stc_check::text::shell::Shell;
use stc_check::vendor::Connection;

use super::arguments::{AwsArguments, BucketArgument, ConnectionArguments, PreviewArguments};
use super::console::Console;
use super::error::Error;
use super::file::Directory;
use super::patience::Patience;
use super::plan::Stored;
use super::previews::Previews;
use super::{format, live, parse, source, terraform_plan};

const HEADING: &str = "The changes";

const EXAMPLES: &str = "Examples:\n  \
    stc-check fix acme-exports                   show the changes\n  \
    stc-check fix acme-exports --output changes  write the documents as well\n  \
    stc-check fix --snapshot acme.json           fix what a snapshot says";

/// What was typed.
#[derive(Debug, clap::Args)]
#[group(skip)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    name: BucketArgument,
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(flatten)]
    aws: AwsArguments,
    /// Fix this bucket policy instead of the one in force
    #[arg(long, env = "STC_CHECK_BUCKET_POLICY", value_name = "FILE", help_heading = HEADING)]
    bucket_policy: Option<PathBuf>,
    /// Fix this key policy instead of the one in force
    #[arg(long, env = "STC_CHECK_KEY_POLICY", value_name = "FILE", help_heading = HEADING)]
    key_policy: Option<PathBuf>,
    /// The format of the changes
    #[arg(long, env = "STC_CHECK_FORMAT", default_value = "text", help_heading = HEADING)]
    format: Form,
    /// The shell that the commands are quoted for: dash, bash, zsh, fish and busybox, or PowerShell 7.3 and later
    #[arg(long, env = "STC_CHECK_SHELL", default_value = "posix", value_parser = parse::shell(), help_heading = HEADING)]
    shell: Shell,
    /// Write the documents into this directory, for the commands to take them from (or `STC_CHECK_FIX_OUTPUT`)
    #[arg(short, long, env = "STC_CHECK_FIX_OUTPUT", value_name = "DIRECTORY", help_heading = HEADING)]
    output: Option<PathBuf>,
    /// How long reading may take, such as 90s
    #[arg(long, env = "STC_CHECK_TIMEOUT", value_name = "DURATION", value_parser = parse::duration, help_heading = HEADING)]
    timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Markdown,
    Terraform,
}

/// Prints the changes, and writes their documents where that was asked for.
///
/// # Errors
/// When the command line or a file is unusable, there are no credentials, or the directory cannot be written.
pub(crate) fn run(arguments: Arguments, console: &Console) -> Result<u8, Error> {
    let Arguments { name, connection, aws, bucket_policy, key_policy, format, shell, output, timeout } = arguments;
    let directory = output.map(Directory::new).transpose()?;
    let place = directory.as_ref().map(|directory| place(directory.path())).transpose()?;
    let previews = Previews::read(&PreviewArguments { bucket_policy, key_policy })?;
    let connection = connection.named(name);
    let (bucket, stored) = source::source(&connection, aws.region.as_deref())?;
    let settings = source::read_only(&bucket, &connection, aws);
    let connection = connection.connection(bucket)?;
    let (mut snapshot, live, plan_context) = if let Some(Stored { snapshot, plan_context }) = stored {
        terraform_plan::refuse_sensitive(&plan_context, &previews, "fix", "show")?;
        if let Some(notice) = plan_context.notice() {
            console.note(&notice);
        }
        (snapshot, None, plan_context)
    } else {
        let (snapshot, live) = look(&connection, &settings, timeout, console)?;
        (snapshot, live, PlanContext::default())
    };
    previews.apply(&mut snapshot);
    let case = Case::new(&connection, &snapshot, live.as_ref());
    let options = [&settings.profile, &settings.endpoint_url, &settings.region].map(Option::as_deref);
    let options = cli_options(options);
    let delivery = place.as_deref().map_or(Delivery::Inline, Delivery::Directory);
    let mut plan = plan_context.adapt_changes(changes::plan(&case, delivery).with_options(&options));
    if let Some(directory) = &directory {
        for (taken, free) in
            directory.free_names(plan.files.iter().map(|file| (file.name.as_str(), file.text.as_str())))
        {
            plan = plan.with_renamed_file(place.as_deref().unwrap_or_default(), &taken, &free);
        }
        directory.write(plan.files.iter().map(|file| (file.name.as_str(), file.text.as_str())))?;
    }
    plan = plan.for_shell(shell);
    let bucket = snapshot.bucket.as_str();
    console.print(&match format {
        Form::Text => {
            let place = directory.as_ref().map(|directory| directory.path().display().to_string());
            render::changes::text(&plan, bucket, place.as_deref(), console.screen())
        }
        Form::Json => format::json("the changes", &plan)?,
        Form::Markdown => markdown(&plan, bucket, if shell == Shell::PowerShell { "powershell" } else { "sh" }),
        Form::Terraform => terraform::changes(&plan, bucket, &plan_context.configuration()),
    })?;
    Ok(plan.exit())
}

/// A directory as the commands are to name it. The AWS CLI expands `~` and `$NAME` in the path of a file, and no shell hands on
/// a control character.
fn place(directory: &Path) -> Result<String, Error> {
    let refused = |wrong| Error::on("write into", directory.display(), wrong).help("name another directory");
    let text =
        directory.to_str().ok_or_else(|| refused("its name is not UTF-8, so no command could name its files"))?;
    let expanded: &[char] = if cfg!(windows) { &['$', '%'] } else { &['$'] };
    if text.starts_with('~') || text.contains(expanded) {
        return Err(refused("the AWS CLI would read `~` at its beginning, and `$` in it, as something else"));
    }
    if sanitise::visible(text) != text || text.contains('\n') {
        return Err(refused("it has control or invisible characters in its name"));
    }
    Ok(text.to_owned())
}

/// Reads what is in force. Of what was done live only the owner counts: the rest cannot be done again on paper.
fn look(
    connection: &Connection,
    settings: &Settings,
    timeout: Option<Duration>,
    console: &Console,
) -> Result<(Snapshot, Option<Live>), Error> {
    let patience = Patience { wait: None, timeout, fail_on: FailOn::Fail, begun: Instant::now(), watch: None };
    let judge = |gathered: &LiveRun| checks::judge(&Case::new(connection, &gathered.snapshot, Some(&gathered.live)));
    let live::Ended { gathered, .. } = live::gather(settings, patience, judge, console)?;
    if let Some(cause) = &gathered.cause {
        console.note(&cause.to_string());
    }
    let Live { endpoint_override, owner_confirmed, .. } = gathered.live;
    let live = Live { endpoint_override, owner_confirmed, ..Live::nothing("changes are judged on paper") };
    Ok((gathered.snapshot, Some(live)))
}
