//! Who may make a request, as far as policies tell callers apart.

use super::candidates::Candidates;
use super::condition::Condition;
use super::context::{Context, KeyState};
use super::document::Statement;
use super::principal::{Covers, Identity, Principal};
use super::request::Request;

/// Everybody whom the statements tell apart: nobody signed, and of each account its root, and roles and users, one for each
/// way in which the statements can answer; sessions and services by name. Of those that do not matter none is looked for.
pub(crate) fn callers(
    statements: &[&Statement],
    partition: &str,
    more_accounts: &[String],
    matters: impl Fn(&Principal) -> bool,
) -> Vec<Principal> {
    let mut callers = vec![Principal::Anonymous];
    for account in accounts(statements, more_accounts) {
        if !matters(&Principal::AnyOf { partition: partition.to_owned(), account: account.clone() }) {
            continue;
        }
        callers.extend(Principal::parse(&format!("arn:{partition}:iam::{account}:root")).ok());
        for kind in ["role", "user"] {
            let everyone = format!("arn:{partition}:iam::{account}:{kind}/");
            callers.extend(identities(statements, partition, &account, &everyone));
        }
    }
    callers.extend(statements.iter().flat_map(|statement| &statement.principal.entries).filter_map(|entry| {
        match &entry.covers {
            Covers::Account { .. } => None,
            Covers::Identity { account } => {
                let (arn, partition) = (entry.text.clone(), entry.text.split(':').nth(1)?.to_owned());
                // An origin access identity has no account id, so that it is no principal by itself.
                let named = Identity { arn, partition, account: account.clone() };
                Principal::parse(&entry.text).ok().or(Some(Principal::User(named)))
            }
            _ => Principal::parse(&entry.text).ok(),
        }
    }));
    let mut known: Vec<Principal> = Vec::new();
    for caller in callers.into_iter().flat_map(|caller| sessions_if_named(statements, caller)) {
        if matters(&caller) && !known.contains(&caller) {
            known.push(caller);
        }
    }
    known
}

/// The accounts that the statements name anywhere, and more.
fn accounts(statements: &[&Statement], more: &[String]) -> Vec<String> {
    let entries = statements.iter().flat_map(|statement| &statement.principal.entries).map(|entry| &*entry.text);
    let values = statements.iter().flat_map(|statement| &statement.conditions).flat_map(Condition::values);
    let words = entries.chain(values).flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    let is_account = |word: &&str| word.len() == 12;
    let mut accounts: Vec<String> = more.iter().cloned().chain(words.filter(is_account).map(str::to_owned)).collect();
    accounts.extend(statements.iter().flat_map(|statement| &statement.conditions).flat_map(matching_accounts));
    accounts.sort();
    accounts.dedup();
    accounts
}

/// Accounts that match the patterns of a condition on who asks: of `1234*` one that begins so.
fn matching_accounts(condition: &Condition) -> Vec<String> {
    let account = |text: &str| {
        let pattern = match condition.key.as_str() {
            "aws:principalaccount" => text,
            "aws:principalarn" => text.split(':').nth(4)?,
            _ => return None,
        };
        let (beginning, end) = pattern.split_once('*')?;
        let length = 12_usize.checked_sub(beginning.len() + end.len())?;
        let account = format!("{beginning}{}{end}", "1".repeat(length)).replace('?', "1");
        account.bytes().all(|byte| byte.is_ascii_digit()).then_some(account)
    };
    condition.values().filter_map(account).collect()
}

/// Roles or users of an account, whose ARNs begin like `everyone`.
fn identities(statements: &[&Statement], partition: &str, account: &str, everyone: &str) -> Vec<Principal> {
    let mut context = Context::new(KeyState::Unknown);
    context.set("aws:PrincipalArn", KeyState::begins_with(everyone));
    let anyone = Principal::AnyOf { partition: partition.to_owned(), account: account.to_owned() };
    let request = Request::new(anyone, "s3:GetObject", "arn:aws:s3:::example", None, context);
    let candidates = Candidates::new(statements, &request, "aws:principalarn");
    let arns = candidates.all(&request).filter_map(|state| match state {
        KeyState::Known(values) => values.first(),
        _ => None,
    });
    arns.filter(|arn| arn.strip_prefix(everyone).is_some_and(is_name))
        .filter_map(|arn| Principal::parse(arn).ok())
        .collect()
}

/// Whether a role or user may have the path and name
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names>).
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte))
}

/// A role by its sessions, where statements name one of them: that one, and another.
pub(crate) fn sessions_if_named(statements: &[&Statement], caller: Principal) -> Vec<Principal> {
    let Principal::Role(role) = &caller else { return vec![caller] };
    let sessions = format!("arn:{}:sts::{}:assumed-role/{}/", role.partition, role.account, role.name());
    let entries = statements.iter().flat_map(|statement| &statement.principal.entries);
    let mut named: Vec<&str> = entries
        .filter(|entry| matches!(entry.covers, Covers::Session { .. }) && entry.text.starts_with(&sessions))
        .map(|entry| &*entry.text)
        .collect();
    if named.is_empty() {
        return vec![caller];
    }
    let other = format!("{sessions}sailthru");
    named.push(&other);
    let mut context = Context::new(KeyState::Absent);
    context.set("aws:PrincipalArn", KeyState::known(&role.arn));
    let session = |arn: &str| {
        let mut session = Principal::parse(arn).ok()?;
        session.learn_from(&context);
        Some(session)
    };
    named.into_iter().filter_map(session).collect()
}

/// What is known of anybody's request: by who asks, and whose the resource is. Roles have no user name, and who does not sign
/// is in no organization and has no tags
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
pub(crate) fn circumstances(caller: &Principal, owner: Option<&str>) -> Context {
    let mut context = Context::new(KeyState::Unknown);
    if let Some(owner) = owner {
        context.set("aws:ResourceAccount", KeyState::known(owner));
        context.set("s3:ResourceAccount", KeyState::known(owner));
    }
    if !matches!(caller, Principal::User(_)) {
        context.set("aws:username", KeyState::Absent);
    }
    match caller {
        Principal::Anonymous => {
            for key in
                ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalTag/*", "aws:MultiFactorAuthPresent"]
            {
                context.set(key, KeyState::Absent);
            }
        }
        Principal::Session { role, .. } => {
            if let Some(arn) = role.known_arn() {
                context.set("aws:PrincipalArn", KeyState::known(arn));
            }
        }
        _ => {}
    }
    context
}
