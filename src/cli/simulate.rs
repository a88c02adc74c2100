//! `stc-check simulate`: one question to the policy evaluator, or a file of them.
//!
//! The exit code of one question is the answer's, as users of `kubectl auth can-i` know it: 0 allowed, 1 denied, 3 where
//! it depends on what is not known; 2 for a policy that AWS would refuse. A batch exits with 0 once every line is answered.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use stc_check::policy::nearest::{Mismatch, mismatches, statement_name};
use stc_check::policy::simulate::{
    Given, Question, answer, answer_line, depends_on, invalid, kind_of, request, unreadable_line,
};
use stc_check::policy::{Document, Outcome, decide, nearest_miss};
use stc_check::text::sanitise;

use super::console::Console;
use super::error::Error;
use super::file;

const EXAMPLES: &str = "Examples:\n  \
    stc-check simulate --policy policy.json --action s3:PutObject \\\n    \
    --principal arn:aws:iam::099647660399:role/sc-event-stream-production \\\n    \
    --resource arn:aws:s3:::acme-exports/x\n  \
    stc-check simulate --batch questions.jsonl";

/// The question, or where the questions are.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A file of questions, one JSON object a line; `-` for standard input
    #[arg(long, env = "STC_CHECK_BATCH", value_name = "FILE|-", conflicts_with_all = ["policy", "principal", "action", "resource", "resource_account", "context", "unknown"])]
    batch: Option<PathBuf>,
    /// The policy document
    #[arg(long, env = "STC_CHECK_POLICY", value_name = "FILE", required_unless_present = "batch")]
    policy: Option<PathBuf>,
    /// Who asks: the ARN of a role, role session, user or account root; `*` for an unsigned request
    #[arg(long, env = "STC_CHECK_PRINCIPAL", value_name = "ARN", required_unless_present = "batch")]
    principal: Option<String>,
    /// What they do, like s3:PutObject
    #[arg(long, env = "STC_CHECK_ACTION", value_name = "ACTION", required_unless_present = "batch")]
    action: Option<String>,
    /// What they do it to
    #[arg(long, env = "STC_CHECK_RESOURCE", value_name = "ARN", required_unless_present = "batch")]
    resource: Option<String>,
    /// The account that owns the resource, where its ARN does not say
    #[arg(long, env = "STC_CHECK_RESOURCE_ACCOUNT", value_name = "ID")]
    resource_account: Option<String>,
    /// A condition key of the request; several times for a key with several values
    #[arg(long, env = "STC_CHECK_CONTEXT", value_name = "KEY=VALUE", value_delimiter = None)]
    context: Vec<String>,
    /// A condition key that may be absent or have any value; `*` for every key not given
    #[arg(long, env = "STC_CHECK_UNKNOWN", value_name = "KEY")]
    unknown: Vec<String>,
    /// How to print the answer to one question
    #[arg(long, env = "STC_CHECK_FORMAT", value_name = "FORMAT", default_value = "text", value_parser = PossibleValuesParser::new(["text", "json"]))]
    format: String,
}

/// Answers the question or the batch.
///
/// # Errors
/// When a file cannot be read or the question is not one.
pub(crate) fn run(arguments: &Arguments, console: &Console) -> Result<u8, Error> {
    if let Some(path) = &arguments.batch {
        return batch(path);
    }
    let Arguments {
        policy: Some(policy),
        principal: Some(principal),
        action: Some(action),
        resource: Some(resource),
        ..
    } = arguments
    else {
        return Err(Error::new("a question needs a policy, a principal, an action and a resource")
            .help("give --policy, --principal, --action and --resource, or --batch FILE"));
    };
    let text = file::read_policy(policy)?;
    let given = context(&arguments.context)?;
    let request =
        request(principal, action, resource, arguments.resource_account.as_deref(), &given, &arguments.unknown)
            .map_err(|error| Error::new(format!("cannot read the question: {error}")))?;
    let as_json = arguments.format == "json";
    let document = match Document::parse(&text, kind_of(action)) {
        Ok(document) => document,
        Err(error) => {
            let message = error.to_string();
            let shown = if as_json {
                sanitise::json(&format!("{:#}\n", invalid(&message)))
            } else {
                format!("invalid: AWS would reject this policy: {}\n", sanitise::excerpt(&message, 2_000))
            };
            console.print(&shown)?;
            return Ok(2);
        }
    };
    let question = Question { document, request };
    let outcome = decide(&question.document, &question.request).outcome;
    let shown = if as_json { sanitise::json(&format!("{:#}\n", answer(&question))) } else { explain(&question) };
    console.print(&shown)?;
    Ok(match outcome {
        Outcome::Allowed => 0,
        Outcome::ExplicitlyDenied | Outcome::ImplicitlyDenied => 1,
        Outcome::Conditional => 3,
    })
}

/// Values of one key, given several times, are one list.
fn context(pairs: &[String]) -> Result<Vec<Given>, Error> {
    let mut given: Vec<Given> = Vec::new();
    for pair in pairs {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Error::new(format!("`--context {pair}` is not a key, `=` and a value"))
                .help("write --context aws:SecureTransport=true"));
        };
        match given.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            Some((_, values)) => values.push(value.to_owned()),
            None => given.push((key.to_owned(), vec![value.to_owned()])),
        }
    }
    Ok(given)
}

/// The decision, the statements behind it, and why the others did not count.
fn explain(Question { document, request }: &Question) -> String {
    let decision = decide(document, request);
    let mut lines = vec![decision.outcome.as_str().to_owned()];
    match depends_on(&decision, request).as_slice() {
        [] if decision.outcome == Outcome::Conditional => {
            lines.push("  depends on what AWS's documentation leaves open".to_owned());
        }
        [] => {}
        keys => lines.push(format!("  depends on {}", keys.join(", "))),
    }
    let closest = nearest_miss(document, request).filter(|_| decision.outcome == Outcome::ImplicitlyDenied);
    for statement in &document.statements {
        let decided = decision.statements.contains(&statement.index);
        let clauses: Vec<String> = mismatches(statement, request).iter().map(Mismatch::clause).collect();
        let effect = statement.effect.as_str();
        let name = statement_name(statement);
        let near = if closest.as_ref().is_some_and(|miss| miss.statement == statement.index) {
            ", which comes closest"
        } else {
            ""
        };
        lines.push(match (decided, clauses.is_empty()) {
            (true, true) => format!("  {name}: this {effect} applies"),
            (true, false) => format!("  {name}: this {effect} may apply: {}", clauses.join("; ")),
            (false, true) => format!("  {name}: this {effect} applies, but does not decide"),
            (false, false) => format!("  {name}: this {effect} does not apply{near}: {}", clauses.join("; ")),
        });
    }
    if request.is_closed_to_other_accounts() {
        lines.push("  KMS never lets a principal of another account do this, whatever the policy says".to_owned());
    }
    let safe: Vec<String> = lines.iter().map(|line| sanitise::excerpt(line, 4_000).into_owned()).collect();
    format!("{}\n", safe.join("\n"))
}

/// The longest line of a batch, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// One line in, one line out, in order. A reader that went away early is no error.
fn batch(path: &Path) -> Result<u8, Error> {
    let reading = |error: io::Error| file::unreadable(path, &error);
    let mut input = BufReader::with_capacity(1 << 16, file::open(path)?);
    let mut output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut line).map_err(reading)? == 0 {
            break;
        }
        let too_long = line.len() as u64 > LONGEST_LINE;
        if too_long && !line.ends_with(b"\n") {
            input.skip_until(b'\n').map_err(reading)?;
        }
        let answer = match std::str::from_utf8(&line) {
            _ if too_long => {
                unreadable_line(&String::from_utf8_lossy(&line), "a line has at most 1 MB, and this one has more")
            }
            Ok(text) => answer_line(text),
            Err(error) => {
                let message = format!("not UTF-8 text, from byte {}", error.valid_up_to());
                unreadable_line(&String::from_utf8_lossy(&line), &message)
            }
        };
        // Who asks line by line waits for the answer.
        let waits = input.buffer().is_empty();
        let written = writeln!(output, "{}", sanitise::json(&answer));
        match written.and_then(|()| if waits { output.flush() } else { Ok(()) }) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(0),
            Err(error) => return Err(Error::new(format!("writing to standard output: {error}"))),
        }
    }
    Ok(0)
}
