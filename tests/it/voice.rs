//! docs/design/voice.md, held against everything that the program says: of every fixture, of every check, of every command.

mod errors;

use std::process::Command;

use stc_check::checks::{Check, all};
use stc_check::render::{Detail, Screen, explanation, html, markdown, text};
use stc_check::report::{FailOn, Status};

use super::judge::fixture::named;
use super::judge::judged;

/// Words that docs/design/voice.md does not want, riddles, and what nobody says aloud; in lower case, as parts of words.
const NOT_IN_THE_VOICE: [&str; 46] = [
    "mend",
    "settle",
    "bear on",
    "bears on",
    "the writer",
    "whoever runs",
    "from this side",
    " stand ",
    " stands ",
    "come to be",
    "comes to be",
    "came to be",
    "be to tell",
    "is to tell",
    "not surely",
    "is surely",
    "the vendor",
    "shuts out",
    "shut out",
    "is kept out",
    "keeps sailthru out",
    "leftovers",
    "hits you",
    "hits it",
    "lies there",
    " lies in ",
    "may s3:",
    "may kms:",
    "may not s3:",
    "nobody here",
    "so that it grants",
    "still holds",
    "it holds ",
    " holds the ",
    " holds a ",
    "does not hold for",
    "as at ",
    "was come by",
    "come by",
    "by our own reading",
    "is whole",
    "in the clear",
    "good hygiene",
    "be given kms",
    "taken to be",
    "hangs on",
];

/// The first word in a text that is none of ours.
pub(crate) fn not_in_the_voice(text: &str) -> Option<&'static str> {
    let words = text.to_lowercase();
    // Words of the product's and of AWS's own.
    let words = words.replace("recommend", "").replace("amend", "").replace("understand", "");
    NOT_IN_THE_VOICE.into_iter().find(|wrong| words.contains(wrong))
}

fn expect_the_voice(of: &str, text: &str) {
    for line in text.lines() {
        assert_eq!(not_in_the_voice(line), None, "{of}: {line}");
    }
}

#[test]
fn every_screen_and_page_of_every_fixture_keeps_the_voice() {
    for (name, _, report) in judged() {
        for detail in [Detail::Quiet, Detail::Short, Detail::Full] {
            // As wide as can be, so that no word is broken over two lines.
            let screen = Screen { width: 2_000, detail, ..Screen::default() };
            expect_the_voice(name, &text::render(&report, screen, FailOn::Warn));
        }
        expect_the_voice(name, &markdown::render(&report, FailOn::Fail));
        expect_the_voice(name, &html::render(&report, FailOn::Fail));
        for check in &report.checks {
            let labels = check.annotations.iter().map(|annotation| annotation.label.as_str());
            labels.for_each(|label| expect_the_voice(name, label));
        }
    }
}

#[test]
fn every_explanation_keeps_the_voice() {
    let screen = Screen { width: 2_000, ..Screen::default() };
    for check in all() {
        let Check { id, headlines, .. } = check;
        for status in [Status::Pass, Status::Fail, Status::Warn, Status::Unknown] {
            for works in [false, true] {
                expect_the_voice(id.as_str(), &headlines.of(status, works).to_string());
            }
        }
        expect_the_voice(id.as_str(), &explanation::one(check, screen));
    }
}

#[test]
fn the_help_of_every_command_keeps_the_voice() {
    let commands =
        ["watch", "policy", "fix", "diff", "permissions", "explain", "simulate", "schema", "completions", "man"];
    for command in [&[][..]].into_iter().chain(commands.iter().map(std::slice::from_ref)) {
        for help in ["-h", "--help"] {
            let mut program = Command::new(env!("CARGO_BIN_EXE_stc-check"));
            let output = program.args(command).arg(help).env_clear().output().unwrap();
            expect_the_voice(&command.join(" "), &String::from_utf8(output.stdout).unwrap());
        }
    }
}

/// A headline has room beside its id on a screen of 80 columns, so that ids make a column.
#[test]
fn headlines_that_pass_leave_room_for_the_id() {
    for check in all() {
        let (id, title) = (check.id, check.title());
        let long = title.chars().count() + 4 + id.as_str().len() > 80;
        assert!(!long || id.family() == "kms", "{id}: {title}");
    }
}

/// With `--principal`, Sailthru is not who is spoken of.
#[test]
fn a_principal_of_its_own_is_named_in_place_of_sailthru() {
    for fixture in ["another-principal", "two-principals", "deny-hits-a-session-that-was-named"].map(named) {
        for check in fixture.judge().checks {
            let fix = check.fix.as_ref().map_or("", |fix| fix.summary.as_str());
            let labels = check.annotations.iter().map(|annotation| annotation.label.as_str());
            for text in [check.headline.to_string().as_str(), &check.message, fix].into_iter().chain(labels) {
                let kept =
                    ["Sailthru Connect", "Sailthru's sample", "Sailthru's documentation", "Sailthru's joint policy"];
                let rest = kept.iter().fold(text.to_owned(), |rest, name| rest.replace(name, ""));
                assert!(!rest.contains("Sailthru"), "{}, {}: {text}", fixture.name, check.id);
            }
        }
    }
}
