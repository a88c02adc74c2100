//! What every text of a check goes through before it is shown.

use super::policy::capitalised;
use crate::report::{Answer, Headline};
use crate::vendor::Connection;

/// What follows the name where it stays as it is: these are about Sailthru itself, even with `--principal`.
const OF_SAILTHRU: [&str; 4] = [" Connect", "'s sample", "'s joint policy", "'s documentation"];

/// Several principals together.
const EVERY: &str = "every given principal";

/// Several of which one cannot: "every given principal cannot" would say more than is known.
const NOT_EVERY: &str = "Not every given principal";

/// Who writes, where that is not Sailthru but the principals given with `--principal`.
fn given(connection: &Connection) -> Option<String> {
    match connection.principals.as_slice() {
        [] => None,
        [one] => Some(format!("`{}`", one.arn().resource)),
        _ => Some(EVERY.to_owned()),
    }
}

/// A headline that names the principals given with `--principal` instead of Sailthru.
pub(super) fn headline(headline: Headline, connection: &Connection) -> Headline {
    let Some(who) = given(connection) else { return headline };
    match headline {
        Headline::Sentence(text) => Headline::Sentence(named(&text, connection)),
        Headline::Ability { answer: Answer::Cannot, tasks, .. } if who == EVERY => {
            Headline::Ability { who: NOT_EVERY.to_owned(), answer: Answer::Can, tasks }
        }
        Headline::Ability { answer: Answer::Open, tasks, .. } => Headline::Ability { who, answer: Answer::Open, tasks },
        Headline::Ability { answer, tasks, .. } => Headline::Ability { who: capitalised(&who), answer, tasks },
    }
}

/// A text that names the principals given with `--principal` instead of Sailthru.
pub(super) fn named(text: &str, connection: &Connection) -> String {
    let Some(name) = given(connection) else { return text.to_owned() };
    if let Some(task) = text.strip_prefix("Sailthru cannot ").filter(|_| name == EVERY) {
        return format!("{NOT_EVERY} can {}", named(task, connection));
    }
    let mut pieces = text.split("Sailthru");
    let mut said = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (instead, rest) = match piece.strip_prefix(" Support") {
            _ if OF_SAILTHRU.iter().any(|kept| piece.starts_with(kept)) => ("Sailthru".to_owned(), piece),
            Some(rest) => (format!("whoever manages {name}"), rest),
            None => (name.clone(), piece),
        };
        let begins = said.is_empty() || said.ends_with(". ") || said.ends_with("? ");
        said.push_str(&if begins { capitalised(&instead) } else { instead });
        said.push_str(rest);
    }
    said
}

/// A message as the sentence that reports promise: it ends with a full stop, and a plain word at its head has a capital.
pub(super) fn sentence(mut message: String) -> String {
    let head = message.split(' ').next().unwrap_or_default();
    if head.len() < message.len() && head.bytes().all(|byte| byte.is_ascii_lowercase()) {
        message = capitalised(&message);
    }
    if !message.ends_with(['.', '!', '?']) {
        message.push('.');
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::BucketName;
    use crate::vendor::Writer;

    #[test]
    fn a_principal_of_its_own_is_named_in_every_text() {
        let mut connection = Connection::new(BucketName::parse("acme-exports").unwrap());
        let text = "Sailthru's grant is as in Sailthru's sample. Ask Sailthru Support, not Sailthru.";
        assert_eq!(named(text, &connection), text);
        let role = |name: &str| Writer::parse(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap();
        connection.principals = vec![role("x")];
        let one = "`role/x`'s grant is as in Sailthru's sample. Ask whoever manages `role/x`, not `role/x`.";
        assert_eq!(named(text, &connection), one);
        connection.principals = vec![role("x"), role("y")];
        assert_eq!(named("Sailthru cannot list", &connection), "Not every given principal can list");
        let of = |answer| {
            let tasks = vec!["list your bucket"];
            headline(Headline::Ability { who: "Sailthru".to_owned(), answer, tasks }, &connection).to_string()
        };
        assert_eq!(of(Answer::Can), "Every given principal can list your bucket");
        assert_eq!(of(Answer::Cannot), "Not every given principal can list your bucket");
        assert_eq!(of(Answer::Open), "Can every given principal list your bucket?");
        assert!(named(text, &connection).starts_with("Every given principal's grant is as in Sailthru's sample."));
    }
}
