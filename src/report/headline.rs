//! What is true, in a line.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::text::list::joined;

/// What is true, in a line: the head of what a report says of a check (docs/design/voice.md).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headline {
    /// A sentence of its own: "Your bucket exists".
    Sentence(String),
    /// Whether somebody can do something: "Sailthru can list your bucket".
    Ability {
        /// Who, as the sentence has it.
        who: String,
        /// Whether it can.
        answer: Answer,
        /// What it can do, or cannot; never empty.
        tasks: Vec<&'static str>,
    },
}

/// Whether somebody can do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// "Sailthru can …"
    Can,
    /// "Sailthru can … for now": it works, and ought not to be left so.
    ForNow,
    /// "Sailthru cannot …"
    Cannot,
    /// "Can Sailthru …?"
    Open,
}

impl Headline {
    /// Headlines that differ only in what is done, as one: "Sailthru cannot list your bucket or upload objects".
    pub(crate) fn joined<'a>(mut headlines: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let mut joined = headlines.next()?.clone();
        let Self::Ability { who, answer, tasks } = &mut joined else { return None };
        for headline in headlines {
            match headline {
                Self::Ability { who: also, answer: same, tasks: more } if also == who && same == answer => {
                    tasks.extend(more);
                }
                _ => return None,
            }
        }
        Some(joined)
    }
}

/// Tasks as a list has them: "upload" before "delete objects", where both are of objects.
fn without_repetition<'a>(tasks: &[&'a str]) -> Vec<&'a str> {
    let mut next = tasks.iter().skip(1);
    let short = |task: &&'a str| match (task.split_once(' '), next.next().and_then(|next| next.split_once(' '))) {
        (Some((verb, what)), Some((_, next))) if what == next => verb,
        _ => task,
    };
    tasks.iter().map(short).collect()
}

impl fmt::Display for Headline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (who, answer, tasks) = match self {
            Self::Sentence(sentence) => return formatter.write_str(sentence),
            Self::Ability { who, answer, tasks } => (who, answer, tasks),
        };
        let word = if matches!(answer, Answer::Can | Answer::ForNow) { "and" } else { "or" };
        let tasks = joined(&without_repetition(tasks), word);
        match answer {
            Answer::Can => write!(formatter, "{who} can {tasks}"),
            Answer::ForNow => write!(formatter, "{who} can {tasks} for now"),
            Answer::Cannot => write!(formatter, "{who} cannot {tasks}"),
            Answer::Open => write!(formatter, "Can {who} {tasks}?"),
        }
    }
}

impl Serialize for Headline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(who: &str, answer: Answer, tasks: &[&'static str]) -> String {
        let headlines: Vec<Headline> =
            tasks.iter().map(|task| Headline::Ability { who: who.to_owned(), answer, tasks: vec![*task] }).collect();
        Headline::joined(headlines.iter()).unwrap().to_string()
    }

    #[test]
    fn headlines_that_differ_in_the_deed_are_joined() {
        assert_eq!(
            joined("Sailthru", Answer::Cannot, &["list your bucket", "upload objects"]),
            "Sailthru cannot list your bucket or upload objects"
        );
        assert_eq!(
            joined("Sailthru", Answer::Open, &["list your bucket", "upload objects", "delete objects"]),
            "Can Sailthru list your bucket, upload or delete objects?"
        );
        assert_eq!(
            joined("Sailthru", Answer::ForNow, &["upload objects", "delete objects"]),
            "Sailthru can upload and delete objects for now"
        );
        assert_eq!(joined("Sailthru", Answer::Can, &["a", "b", "c"]), "Sailthru can a, b and c");
        assert_eq!(joined("every given principal", Answer::Open, &["a", "b"]), "Can every given principal a or b?");
        assert_eq!(joined("`role/x`", Answer::Open, &["a"]), "Can `role/x` a?");
    }

    #[test]
    fn headlines_of_other_kinds_stay_apart() {
        let ability = |answer| Headline::Ability { who: "Sailthru".to_owned(), answer, tasks: vec!["a"] };
        let sentence = Headline::Sentence("Your bucket exists".to_owned());
        assert_eq!(Headline::joined([&sentence, &ability(Answer::Can)].into_iter()), None);
        assert_eq!(Headline::joined([&ability(Answer::Can), &sentence].into_iter()), None);
        assert_eq!(Headline::joined([&ability(Answer::Can), &ability(Answer::Cannot)].into_iter()), None);
    }
}
