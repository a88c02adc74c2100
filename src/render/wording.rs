//! What every form of the report for people says in the same words: sections, verdict, statements.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::checks::{Group, entry};
use crate::names::Arn;
use crate::policy::nearest::ordinal;
use crate::refusal::{Known, Refusal};
use crate::report::{
    CheckId, CheckResult, Evidence, FactSource, FailOn, Failure, Report, ReportVerdict, StatementReference,
    StatementSource, Status, Subject,
};
pub(super) use crate::text::list::count;
use crate::text::sanitise;
use crate::vendor::{Variant, faq_question};

/// Said once, at the end of every report.
pub(super) const REMINDER: &str =
    "Sailthru's own IAM permissions cannot be read from your account; this check assumes they allow the requests.";

/// How many characters of one outside text are shown.
pub(super) const LONGEST_TEXT: usize = 4_000;
pub(super) const LONGEST_SID: usize = 100;
pub(super) const LONGEST_COMMAND: usize = 32_768;

/// A text from outside, as much of it as is shown.
pub(super) fn short(text: &str) -> String {
    sanitise::excerpt(text, LONGEST_TEXT).into_owned()
}

/// What a section is called.
pub(super) fn title(section: Group) -> String {
    match section {
        Group::Setup => "Setup".to_owned(),
        Group::Faq(number) => format!("FAQ {number}: {}", faq_question(number)),
        Group::Delivery => "Delivery".to_owned(),
        Group::Probe => "Probe".to_owned(),
        Group::Data => "Data".to_owned(),
    }
}

/// The checks of each section that has any, in the report's order.
pub(super) fn sections(report: &Report) -> BTreeMap<Group, Vec<&CheckResult>> {
    let mut sections: BTreeMap<Group, Vec<&CheckResult>> = BTreeMap::new();
    for check in &report.checks {
        sections.entry(entry(check.id).group).or_default().push(check);
    }
    sections
}

/// Whether a check keeps the exit code from being 0.
pub(super) fn stands_in_the_way(check: &CheckResult, fail_on: FailOn) -> bool {
    match check.status {
        Status::Fail => true,
        Status::Unknown => check.required,
        Status::Warn => fail_on == FailOn::Warn,
        Status::Pass | Status::Skip => false,
    }
}

/// Whether there is something to say of a check beyond that it holds or does not apply.
pub(super) fn is_remarkable(check: &CheckResult) -> bool {
    matches!(check.status, Status::Fail | Status::Warn | Status::Unknown)
}

/// What the configuration calls the connection.
pub(super) fn name(subject: &Subject) -> Option<String> {
    subject.name.as_ref().map(|name| sanitise::excerpt(name, LONGEST_SID).into_owned())
}

/// How many checks would keep the verdict from being a pass, were they not waived.
pub(super) fn waived(report: &Report) -> usize {
    let stands = |check: &&CheckResult| match check.evidence.waived.as_ref().map(|waived| waived.status) {
        Some(Status::Fail) => true,
        Some(Status::Unknown) => check.required,
        _ => false,
    };
    report.checks.iter().filter(stands).count()
}

/// What a check was in the baseline, where it is something else now.
pub(super) fn was(check: &CheckResult) -> String {
    let Some(earlier) = check.baseline.filter(|_| check.is_changed()) else { return String::new() };
    earlier.status.map_or_else(|| " (new)".to_owned(), |status| format!(" (was {})", status.as_str()))
}

/// The earlier report, with its time where it says so; none where there is no such report.
pub(super) fn baseline(report: &Report) -> Option<String> {
    let at = report.baseline?.at.map(|at| format!(" of {}", time(at)));
    Some(format!("the baseline{}", at.unwrap_or_default()))
}

/// What became worse since the baseline, and how many old failures are left.
fn since(report: &Report, fail_on: FailOn) -> String {
    let worse = |status: Status, word: &str| {
        let counted = of_status(report, status).filter(|check| check.counts() && stands_in_the_way(check, fail_on));
        let ids: Vec<&str> = counted.map(|check| check.id.as_str()).collect();
        (!ids.is_empty()).then(|| format!("newly {word}: {}", some_of(&ids)))
    };
    let worse = [(Status::Fail, "failed"), (Status::Unknown, "undecided"), (Status::Warn, "warned")]
        .into_iter()
        .filter_map(|(status, word)| worse(status, word));
    let mut words: Vec<String> = worse.collect();
    if words.is_empty() {
        words.push("no worse than the baseline".to_owned());
    }
    words.extend(as_before(report.failed_before()));
    words.join("; ")
}

/// How many failures are as old as the baseline, as a clause; none where none is.
pub(super) fn as_before(failed: usize) -> Option<String> {
    let fail = if failed == 1 { "fails" } else { "fail" };
    (failed > 0).then(|| format!("{} {fail} as before", count(failed, "check")))
}

/// What the verdict means for the reader, in a few words.
pub(super) fn meaning(report: &Report, fail_on: FailOn) -> String {
    if report.baseline.is_some() {
        return since(report, fail_on);
    }
    let failed = report.summary().fail;
    let warned = failed_by_warnings(report, fail_on);
    match (report.verdict(), warned) {
        (ReportVerdict::Pass, Some(warned)) => warned,
        (ReportVerdict::Pass, None) => match waived(report) {
            0 if of_all(report).is_some() => "every selected check passed".to_owned(),
            0 => "your bucket lets Sailthru Connect write".to_owned(),
            waived => format!("nothing failed except what is waived: {}", count(waived, "check")),
        },
        (ReportVerdict::Fail, _) => format!("{} failed", count(failed, "check")),
        (ReportVerdict::Unknown, _) if report.judged() == 0 => {
            "no selected check applies here, so nothing was judged".to_owned()
        }
        (ReportVerdict::Unknown, warned) => {
            let undecided =
                format!("nothing failed, but {} could not be decided", count(standing(report).len(), "required check"));
            warned.map_or(undecided.clone(), |warned| format!("{undecided}; {warned}"))
        }
    }
}

/// How many checks there are, where a report has only some of them: those of `--only`, or of the data.
pub(super) fn of_all(report: &Report) -> Option<usize> {
    let all = CheckId::all().filter(|id| entry(*id).group != Group::Data).count();
    (report.checks.len() < all).then_some(all)
}

/// The warnings that `--fail-on warn` counts, where nothing else makes the exit code 1.
pub(super) fn failed_by_warnings(report: &Report, fail_on: FailOn) -> Option<String> {
    let counted = fail_on == FailOn::Warn && report.verdict() != ReportVerdict::Fail;
    let warned: Vec<&str> =
        of_status(report, Status::Warn).filter(|_| counted).map(|check| check.id.as_str()).collect();
    (!warned.is_empty()).then(|| format!("failed by --fail-on warn: {}", some_of(&warned)))
}

/// The ids of what the verdict comes from: what failed, else what is required and could not be decided.
pub(super) fn standing(report: &Report) -> Vec<&'static str> {
    let verdict = report.verdict();
    let checks = of_status(report, verdict.status()).filter(|check| match verdict {
        ReportVerdict::Pass => false,
        ReportVerdict::Fail => true,
        ReportVerdict::Unknown => check.required,
    });
    checks.map(|check| check.id.as_str()).collect()
}

fn of_status(report: &Report, status: Status) -> impl Iterator<Item = &CheckResult> {
    report.checks.iter().filter(move |check| check.status == status)
}

/// How many ids are listed before the rest is counted.
const LISTED: usize = 6;

/// Ids in a line, not more than a reader takes in.
pub(super) fn some_of(ids: &[&str]) -> String {
    match ids.get(..LISTED) {
        Some(first) if ids.len() > LISTED + 1 => format!("{} and {} more", first.join(", "), ids.len() - LISTED),
        _ => ids.join(", "),
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// A command to paste.
    Command(String),
    /// A clause that says what to see to.
    Advice(String),
}

/// What to do next; none where nothing is left to do.
pub(super) fn next(report: &Report, fail_on: FailOn) -> Option<Next> {
    let exit = report.exit(fail_on);
    if exit == 0 {
        return None;
    }
    if report.judged() == 0 {
        return Some(Next::Advice("select other checks with --only, or leave it out".to_owned()));
    }
    let counted = |status| of_status(report, status).filter(|check| check.counts()).collect::<Vec<_>>();
    if exit == 3 {
        let required: Vec<_> = counted(Status::Unknown).into_iter().filter(|check| check.required).collect();
        return to_decide(report, &required);
    }
    let failed = counted(Status::Fail);
    let checks = if failed.is_empty() { counted(Status::Warn) } else { failed };
    let fixes = checks.iter().filter_map(|check| check.fix.as_ref());
    let commands: Vec<&String> = fixes.flat_map(|fix| &fix.commands).collect();
    let repairable = checks.iter().any(|check| entry(check.id).repair.is_some());
    let planned = report.run.source == FactSource::TerraformPlan;
    match commands.first() {
        // Where one command is not enough, `fix` prints all of them in their order.
        _ if commands.contains(&&report.next.fix) || (repairable && (planned || commands.len() > 1)) => {
            Some(Next::Command(report.next.fix.clone()))
        }
        Some(command) => Some(Next::Command((*command).clone())),
        None => explain(&checks),
    }
}

/// What to do where nothing failed and something that is required could not be decided.
fn to_decide(report: &Report, checks: &[&CheckResult]) -> Option<Next> {
    if let Some(cause) = &report.cause {
        let advice = || Next::Advice(cause.advice.clone());
        return Some(cause.command.clone().map_or_else(advice, Next::Command));
    }
    let lacks = |failure: &Failure| Refusal::of(failure.into(), Known::default()).may_lack_permission();
    if checks.iter().any(|check| check.evidence.error.as_ref().is_some_and(lacks)) {
        return Some(Next::Command(report.next.permissions.clone()));
    }
    if checks.iter().any(|check| may_be_exempted(check)) {
        return Some(Next::Command(report.next.fix.clone()));
    }
    explain(checks)
}

fn explain(checks: &[&CheckResult]) -> Option<Next> {
    checks.first().map(|check| Next::Command(format!("stc-check explain {}", check.id)))
}

/// Whether a change of the document decides a check that depends on what cannot be seen from here.
fn may_be_exempted(check: &CheckResult) -> bool {
    let Evidence { statements, depends_on, error, .. } = &check.evidence;
    let denies = statements.iter().flatten().any(|statement| statement.effect == "Deny");
    let open = depends_on.as_ref().is_some_and(|keys| !keys.is_empty());
    denies && open && error.is_none() && entry(check.id).repair.is_some()
}

/// Where more is said of the first check that keeps the run from succeeding; none where the next step says it already.
pub(super) fn more(report: &Report, fail_on: FailOn) -> Option<String> {
    let of = |status: Status| of_status(report, status).find(|check| status != Status::Unknown || check.required);
    let first = match report.verdict() {
        _ if report.exit(fail_on) == 0 => None,
        ReportVerdict::Fail => of(Status::Fail),
        ReportVerdict::Unknown if report.cause.is_none() => of(Status::Unknown),
        ReportVerdict::Unknown => None,
        ReportVerdict::Pass => of(Status::Warn),
    };
    first.map(|check| check.id.more()).filter(|more| next(report, fail_on) != Some(Next::Command(more.clone())))
}

/// When, as whom and from what, for forms that list it.
pub(super) fn checked(report: &Report) -> String {
    let run = &report.run;
    let time = time(run.at);
    match run.source {
        FactSource::Aws => {
            let caller = run.caller.as_deref().map_or_else(|| "an unknown caller".to_owned(), caller);
            format!("as {}, {time}", sanitise::excerpt(&caller, LONGEST_SID))
        }
        FactSource::Snapshot => format!("from a snapshot of {time}"),
        FactSource::TerraformPlan => "from a Terraform plan, not from AWS".to_owned(),
    }
}

/// A point in time, to the minute.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// What a principal of a report is: one of Sailthru's by what it is, another one by no name.
pub(super) fn principal_label(arn: &str) -> String {
    let who = if Variant::principals().contains(&arn) { "Sailthru " } else { "" };
    let what = match Arn::parse(arn).map(|arn| arn.resource).unwrap_or_default() {
        resource if resource.starts_with("role/") => "role",
        resource if resource.starts_with("assumed-role/") => "role session",
        resource if resource.starts_with("user/") => "user",
        resource if resource == "root" => "account",
        _ => "principal",
    };
    format!("{who}{what}")
}

/// What the key of a report is.
pub(super) fn key_label(subject: &Subject) -> &'static str {
    if subject.key_is_expected { "expected key" } else { "default key" }
}

/// A duration as people say it.
pub(super) fn span(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 9.95 { format!("{seconds:.1} s") } else { format!("{seconds:.0} s") }
}

/// The caller without what every ARN says: `role/DataAdmin`, `user/ada`.
pub(super) fn caller(arn: &str) -> String {
    let resource = Arn::parse(arn).map_or_else(|_| arn.to_owned(), |arn| arn.resource);
    match resource.strip_prefix("assumed-role/").and_then(|session| session.split('/').next()) {
        Some(role) => format!("role/{role}"),
        None => resource,
    }
}

/// How many checks have each status, those of which there are none left out: "3 failed".
pub(super) fn tally(report: &Report) -> Vec<(Status, String)> {
    let summary = report.summary();
    let counts = [
        (Status::Pass, summary.pass, "passed"),
        (Status::Fail, summary.fail, "failed"),
        (Status::Warn, summary.warn, "warned"),
        (Status::Unknown, summary.unknown, "undecided"),
        (Status::Skip, summary.skip, "skipped"),
    ];
    let counted = counts.into_iter().filter(|(_, count, _)| *count > 0);
    counted.map(|(status, count, word)| (status, format!("{count} {word}"))).collect()
}

/// A statement as a reader finds it: by its Sid, else by its number, with its document and its effect.
pub(super) fn place(statement: &StatementReference) -> String {
    let StatementReference { document, index, sid, effect } = statement;
    let named = sid.as_ref().map(|sid| format!("`{}`", sanitise::excerpt(sid, LONGEST_SID)));
    match document {
        StatementSource::Grant => {
            let named = named.map_or_else(String::new, |named| format!(" {named}"));
            format!("the {} grant{named} of the key ({effect})", ordinal(index + 1))
        }
        StatementSource::BucketPolicy | StatementSource::KeyPolicy => {
            let statement = match named {
                Some(named) => format!("the statement {named}"),
                None => format!("the {} statement", ordinal(index + 1)),
            };
            format!("{statement} of the {} ({effect})", document.words())
        }
    }
}

/// A command as it is shown, or that it is too long for that.
pub(super) fn shown(command: &str) -> Result<String, String> {
    if command.len() > LONGEST_COMMAND {
        return Err(format!("(a command of {} bytes, too long to show: take it from --format json)", command.len()));
    }
    Ok(sanitise::visible(command).into_owned())
}

/// The status as a sign, for use beside the word.
pub(super) fn glyph(status: Status, unicode: bool) -> &'static str {
    match (status, unicode) {
        (Status::Pass, true) => "✔",
        (Status::Fail, true) => "✘",
        (Status::Warn, true) => "▲",
        (Status::Skip, true) => "○",
        (Status::Pass, false) => "+",
        (Status::Fail, false) => "x",
        (Status::Warn, false) => "!",
        (Status::Skip, false) => "-",
        (Status::Unknown, _) => "?",
    }
}
