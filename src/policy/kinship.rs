//! How a principal of a policy resembles the one that was meant: a typing slip, a lost zero, another path.
//!
//! Only exact ARNs cover anybody: no wildcards in the middle of one, no other path, no session's ARN for its role
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).

use super::principal::{Principal, is_deleted_identity};
use crate::names::Arn;
use crate::text::sanitise::is_disturbing;

/// More letters that differ make another name.
const MOST_SLIPS: usize = 3;

/// What tells an entry of a Principal element from the principal that was meant: how far off it is, and a clause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    pub(super) distance: usize,
    pub(super) clause: String,
}

/// How an entry differs from a principal that it does not cover; none where it does not resemble it at all.
pub(super) fn difference(entry: &str, principal: &Principal) -> Option<Difference> {
    let at = |distance: usize, clause: String| Some(Difference { distance, clause });
    if is_deleted_identity(entry) {
        return at(6, "the id of a role or user that no longer exists".to_owned());
    }
    let (Principal::Role(identity) | Principal::User(identity)) = principal else { return None };
    let meant = Arn::parse(&identity.arn).ok()?;
    if entry == identity.arn {
        return at(1, "which has to be under `AWS`".to_owned());
    }
    let plain: String = entry.chars().filter(|c| !is_disturbing(*c) && *c != '\u{a0}').collect();
    if plain != entry && plain.trim() == identity.arn {
        let hidden = entry.chars().find(|c| is_disturbing(*c) || *c == '\u{a0}').map_or(0, u32::from);
        return at(1, format!("with the invisible character U+{hidden:04X} in it"));
    }
    if entry.trim() == identity.arn {
        return at(1, "with a space at its beginning or end".to_owned());
    }
    let short = meant.account.trim_start_matches('0');
    if short != meant.account && (entry == short || entry.contains(&format!(":{short}:"))) {
        return at(1, format!("whose account id has lost its leading zero (`{}`)", meant.account));
    }
    let given = Arn::parse(entry).ok()?;
    let (kind, name) = meant.resource.split_once('/')?;
    let last = name.rsplit('/').next()?;
    let same_account = given.account == meant.account;
    if given.service == "sts" && same_account && given.resource.split('/').nth(1) == Some(last) {
        return at(2, "which covers one session of the role by its name, not the role".to_owned());
    }
    let (given_kind, given_name) = given.resource.split_once('/').unwrap_or((&given.resource, ""));
    let given_last = given_name.rsplit('/').next().unwrap_or_default();
    if entry.eq_ignore_ascii_case(&identity.arn) {
        return at(2, format!("which differs from `{}` in upper and lower case", identity.arn));
    }
    if same_account && given_kind != kind && given_last == last && ["role", "user"].contains(&given_kind) {
        return at(2, format!("a {given_kind} and not the {kind}"));
    }
    if given.partition != meant.partition && given.resource == meant.resource && same_account {
        return at(2, format!("of the partition `{}`", given.partition));
    }
    if same_account && given_kind == kind && given_name.contains(['*', '?']) {
        return at(3, "and a wildcard inside an ARN matches nothing in a Principal".to_owned());
    }
    if same_account && given_kind == kind && given_last == last {
        return at(2, format!("with another path than `{}`", meant.resource));
    }
    let slips = strsim::damerau_levenshtein(&given.resource, &meant.resource);
    let slips_of_account = strsim::damerau_levenshtein(&given.account, &meant.account);
    if given.service == meant.service && slips + slips_of_account <= MOST_SLIPS {
        let letters = if slips + slips_of_account == 1 { "one character" } else { "a few characters" };
        return at(2 + slips + slips_of_account, format!("which differs from `{}` by {letters}", identity.arn));
    }
    if given.resource == meant.resource {
        return at(7, format!("of account {} and not {}", given.account, meant.account));
    }
    if same_account {
        return at(8, format!("another principal of the same account as `{}`", meant.resource));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";

    #[test]
    fn what_differs_is_named_and_the_closest_counts_most() {
        let principal = Principal::parse(ROLE).unwrap();
        let mut before = 0;
        for (entry, words) in [
            ("arn:aws:iam::099647660399:role/sc-event-stream-production\u{200b}", "U+200B"),
            ("\u{a0}arn:aws:iam::099647660399:role/sc-event-stream-production", "U+00A0"),
            ("arn:aws:iam::99647660399:role/sc-event-stream-production", "leading zero"),
            ("99647660399", "leading zero"),
            ("arn:aws:sts::099647660399:assumed-role/sc-event-stream-production/x", "one session"),
            ("arn:aws:iam::099647660399:role/data/sc-event-stream-production", "another path"),
            ("arn:aws-cn:iam::099647660399:role/sc-event-stream-production", "partition"),
            ("arn:aws:iam::099647660399:role/sc-event-stream-prodution", "one character"),
            ("arn:aws:iam::099647660399:role/sc-event-*", "wildcard"),
            ("arn:aws:iam::099647660399:role/SC-event-stream-production", "upper and lower case"),
            ("arn:aws:iam::099647660399:user/sc-event-stream-production", "a user and not the role"),
            (ROLE, "under `AWS`"),
            ("AROAEXAMPLEID12345678", "no longer exists"),
            ("arn:aws:iam::111122223333:role/sc-event-stream-production", "account 111122223333"),
            ("arn:aws:iam::099647660399:role/another", "another principal of the same account"),
        ] {
            let difference = difference(entry, &principal).unwrap_or_else(|| panic!("{entry}"));
            assert!(difference.clause.contains(words), "{entry}: {difference:?}");
            assert!(difference.distance >= before || difference.distance <= 3, "{entry}: {difference:?}");
            before = difference.distance;
        }
        assert_eq!(difference("arn:aws:iam::111122223333:root", &principal), None);
        assert_eq!(difference("AROAEXAMPLE", &principal), None);
    }
}
