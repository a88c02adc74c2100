//! The table of checks tests itself.

use std::collections::BTreeSet;

use stc_check::checks::{Check, all};
use stc_check::report::{CheckId, CheckResult, Status};
use stc_check::snapshot::Operation;

use super::{CONTRACT, fixture, live};
use crate::voice::not_in_the_voice;

/// Every result of every check over every fixture and every live case.
fn results() -> Vec<(String, CheckResult)> {
    let stored = fixture::all().iter().map(|fixture| (fixture.name.clone(), fixture.judge()));
    let live = live::cases().into_iter().map(|case| (case.name.to_owned(), case.judge()));
    stored
        .chain(live)
        .flat_map(|(name, report)| report.checks.into_iter().map(move |check| (name.clone(), check)))
        .collect()
}

#[test]
fn the_ids_are_those_of_the_contract_in_its_order() {
    let ids: Vec<&str> = all().map(|check| check.id.as_str()).collect();
    assert_eq!(ids, CONTRACT);
}

#[test]
fn no_text_is_empty_and_every_source_is_a_page() {
    for check in all() {
        let Check { id, explain, needs, .. } = check;
        let title = check.title();
        for text in [title.as_str(), explain.what, explain.why, explain.example, explain.fix] {
            assert!(text.len() > 10 && text.trim() == text && !text.contains("  "), "{id}: `{text}`");
        }
        assert!(!title.ends_with('.') && title.starts_with(|first: char| first.is_uppercase()), "{id}: `{title}`");
        assert!(!explain.sources.is_empty() && explain.sources.iter().all(|page| page.starts_with("https://")), "{id}");
        assert!(!needs.is_empty() && needs.iter().all(|need| Operation::READS.contains(need)), "{id}: {needs:?}");
    }
}

#[test]
fn each_check_passes_somewhere_and_is_broken_somewhere() {
    let results = results();
    let seen = |id: CheckId, statuses: &[Status]| {
        results.iter().any(|(_, check)| check.id == id && statuses.contains(&check.status))
    };
    for Check { id, .. } in all() {
        assert!(seen(*id, &[Status::Pass]), "{id} passes nowhere");
        // Without TLS there is no answer, and where Sailthru was not seen nothing follows: nothing to call broken.
        let never_broken = [CheckId::TransportTls, CheckId::VendorSeen].contains(id);
        assert!(seen(*id, &[Status::Fail, Status::Warn]) || never_broken, "{id} is broken nowhere");
        assert!(seen(*id, &[Status::Unknown]), "{id} is undecided nowhere");
    }
}

#[test]
fn every_result_says_enough() {
    for (name, check) in results() {
        let CheckResult { id, status, basis, message, fix, .. } = &check;
        let decided = !matches!(status, Status::Unknown | Status::Skip);
        assert!(
            message.len() > 10 && message.trim() == message && !message.contains("  "),
            "{name}, {id}: `{message}`"
        );
        assert!(message.ends_with('.'), "{name}, {id}: `{message}`");
        assert_eq!(basis.is_some(), decided, "{name}, {id}");
        assert_eq!(fix.is_some(), matches!(status, Status::Fail | Status::Warn), "{name}, {id}");
        if let Some(fix) = fix {
            assert!(fix.summary.ends_with('.'), "{name}, {id}: `{}`", fix.summary);
            assert!(!fix.commands.is_empty(), "{name}, {id} has no command");
            for command in &fix.commands {
                assert!(command.starts_with("aws ") || command.starts_with("stc-check "), "{name}, {id}: {command}");
                let puts_back = command.contains("> policy.json") || command.contains("> key-policy.json");
                assert!(!puts_back, "{name}, {id} reads a document and changes nothing in it: {command}");
                assert!(!command.contains(char::is_control), "{name}, {id}: {command:?}");
            }
        }
    }
}

#[test]
fn every_result_is_in_the_voice() {
    for (name, check) in results() {
        let CheckResult { id, headline, message, fix, .. } = &check;
        let fix = fix.as_ref().map_or("", |fix| fix.summary.as_str());
        for text in [headline.to_string().as_str(), message, fix] {
            assert_eq!(not_in_the_voice(text), None, "{name}, {id}: {text}");
        }
    }
}

/// Ids never repeat, so that `--only` and `--skip` mean one check.
#[test]
fn the_ids_are_unique() {
    let unique: BTreeSet<&str> = all().map(|check| check.id.as_str()).collect();
    assert_eq!(unique.len(), all().count());
}
