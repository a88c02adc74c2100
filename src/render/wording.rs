//! What every form of the report for people says in the same words: sections, verdict, statements.

use crate::report::{CheckResult, FailOn, Report, ReportVerdict, StatementReference, StatementSource, Status, Subject};
use crate::text::sanitise;
use crate::vendor::faq_question;

/// Said once, at the end of every report.
pub(super) const REMINDER: &str = "Only Sailthru's own write is final proof: its side of the permissions cannot be read from here and is taken to allow everything.";

/// How many characters of one outside text are shown.
pub(super) const LONGEST_TEXT: usize = 4_000;
pub(super) const LONGEST_SID: usize = 100;
pub(super) const LONGEST_COMMAND: usize = 32_768;

/// The part of the report that a check is shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Setup,
    Faq(u8),
    Delivery,
    Probe,
    Data,
}

impl Section {
    pub(super) const ALL: [Self; 8] =
        [Self::Setup, Self::Faq(1), Self::Faq(2), Self::Faq(3), Self::Faq(4), Self::Delivery, Self::Probe, Self::Data];

    pub(super) fn of(check: &CheckResult) -> Self {
        match (check.id.family(), check.faq) {
            ("probe", _) => Self::Probe,
            ("delivery", _) => Self::Delivery,
            ("data" | "vendor", _) => Self::Data,
            (_, Some(number @ 1..=4)) => Self::Faq(number),
            _ => Self::Setup,
        }
    }

    pub(super) fn title(self) -> String {
        match self {
            Self::Setup => "Setup".to_owned(),
            Self::Faq(number) => format!("FAQ {number}: {}", faq_question(number)),
            Self::Delivery => "Delivery".to_owned(),
            Self::Probe => "Probe".to_owned(),
            Self::Data => "Data".to_owned(),
        }
    }

    /// The checks of each section that has any, in the report's order.
    pub(super) fn divide(report: &Report) -> Vec<(Self, Vec<&CheckResult>)> {
        let members =
            |section| report.checks.iter().filter(|check| Self::of(check) == section).collect::<Vec<&CheckResult>>();
        Self::ALL
            .into_iter()
            .map(|section| (section, members(section)))
            .filter(|(_, checks)| !checks.is_empty())
            .collect()
    }
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

/// What the verdict means for the reader, in a few words.
pub(super) fn meaning(report: &Report, fail_on: FailOn) -> String {
    let summary = report.summary();
    match report.verdict() {
        ReportVerdict::Pass if fail_on == FailOn::Warn && summary.warn > 0 => {
            format!("nothing failed, but {} counted by --fail-on warn", count(summary.warn, "warning"))
        }
        ReportVerdict::Pass => match waived(report) {
            0 => "nothing seen from this side keeps Sailthru Connect out".to_owned(),
            waived => format!("nothing failed but what is waived: {}", count(waived, "check")),
        },
        ReportVerdict::Fail => format!("{} to mend", count(summary.fail, "check")),
        ReportVerdict::Unknown => {
            let undecided =
                report.checks.iter().filter(|check| check.required && check.status == Status::Unknown).count();
            format!("nothing failed, but {} could not be decided", count(undecided, "required check"))
        }
    }
}

/// How many checks have each status, those of which there are none left out.
pub(super) fn tally(report: &Report) -> Vec<(Status, String)> {
    let summary = report.summary();
    let counts = [
        (Status::Pass, summary.pass),
        (Status::Fail, summary.fail),
        (Status::Warn, summary.warn),
        (Status::Unknown, summary.unknown),
        (Status::Skip, summary.skip),
    ];
    let counted = counts.into_iter().filter(|(_, count)| *count > 0);
    counted.map(|(status, count)| (status, format!("{count} {}", status.as_str()))).collect()
}

/// A statement as a reader finds it: the document, the index from 0, the Sid, the effect.
pub(super) fn place(statement: &StatementReference) -> String {
    let StatementReference { document, index, sid, effect } = statement;
    let sid = sid.as_ref().map_or_else(String::new, |sid| format!(" `{}`", sanitise::excerpt(sid, LONGEST_SID)));
    match document {
        StatementSource::Grant => format!("grant {index}{sid} of the key ({effect})"),
        StatementSource::BucketPolicy | StatementSource::KeyPolicy => {
            format!("Statement[{index}]{sid} ({effect}) of the {}", document.words())
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

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
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
