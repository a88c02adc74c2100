//! What a check consists of.

use super::{Case, Repair, Undecided, Verdict};
use crate::report::{Answer, CheckId, Headline, Status};
use crate::snapshot::Operation;
use crate::vendor::{Need, VariantRules};

/// One check: what Sailthru or good sense requires.
#[derive(Debug)]
pub struct Check {
    /// Its name in reports.
    pub id: CheckId,
    /// What a report says in one line.
    pub headlines: Headlines,
    /// Its part of a report; gives the FAQ number too.
    pub group: Group,
    /// The operations it is decided from.
    pub needs: &'static [Operation],
    /// Whether the vendor requires it or recommends it, by variant. The verdict on the whole needs what is required.
    pub need: fn(&VariantRules) -> Need,
    /// The change of a document or setting that fixes it; `None` where `stc-check fix` knows none.
    pub(crate) repair: Option<Repair>,
    /// The judgement itself.
    pub(crate) judge: fn(&Case<'_>) -> Result<Verdict, Undecided>,
    /// What `explain` prints.
    pub explain: Explanation,
}

/// One line that says what is true; docs/design/voice.md has the rule.
#[derive(Debug)]
pub enum Headlines {
    /// It is about what Sailthru can do, such as "upload objects": "Sailthru can upload objects", "Sailthru cannot upload
    /// objects", "Can Sailthru upload objects?".
    SailthruCan(&'static str),
    /// It is about something else.
    Sentences {
        /// When the check passes: "Your bucket exists".
        pass: &'static str,
        /// When it fails or warns: "Your bucket does not exist".
        fail: &'static str,
        /// When it could not be decided or does not apply: "Does your bucket exist?".
        unknown: &'static str,
    },
}

impl Headlines {
    /// The headline for a status; `works` says that what is warned of works all the same.
    #[must_use]
    pub fn of(&self, status: Status, works: bool) -> Headline {
        let answer = match status {
            Status::Pass => Answer::Can,
            Status::Warn if works => Answer::ForNow,
            Status::Fail | Status::Warn => Answer::Cannot,
            Status::Unknown | Status::Skip => Answer::Open,
        };
        match (self, answer) {
            (Self::SailthruCan(task), _) => {
                Headline::Ability { who: "Sailthru".to_owned(), answer, tasks: vec![*task] }
            }
            (Self::Sentences { pass, .. }, Answer::Can) => Headline::Sentence((*pass).to_owned()),
            (Self::Sentences { fail, .. }, Answer::Cannot | Answer::ForNow) => Headline::Sentence((*fail).to_owned()),
            (Self::Sentences { unknown, .. }, Answer::Open) => Headline::Sentence((*unknown).to_owned()),
        }
    }
}

/// The part of a report that a check is shown in, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The bucket and its policy.
    Setup,
    /// One of the four questions of the vendor's FAQ.
    Faq(u8),
    /// What becomes of the data once it is written.
    Delivery,
    /// The live upload and delete.
    Probe,
    /// What shows that data flows; judged only where that is asked.
    Data,
}

/// What a check means, for `stc-check explain`.
#[derive(Debug)]
pub struct Explanation {
    /// What it looks at and when it passes.
    pub what: &'static str,
    /// Why the vendor needs it, or what goes wrong without.
    pub why: &'static str,
    /// What one sees when it is broken: the symptom, an error text, an example.
    pub example: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// Pages that the rule comes from.
    pub sources: &'static [&'static str],
}

impl Check {
    /// What is true when it passes.
    #[must_use]
    pub fn title(&self) -> String {
        self.headlines.of(Status::Pass, true).to_string()
    }

    /// The number of the FAQ question that it answers.
    #[must_use]
    pub fn faq(&self) -> Option<u8> {
        match self.group {
            Group::Faq(number) => Some(number),
            _ => None,
        }
    }
}
