//! What a changed policy newly lets through: a request that shows it, or the proof that there is none.
//!
//! A request is made up of what the two documents can tell apart: callers, actions, objects and condition keys that they do not
//! mention answer like one another. Condition keys stay symbols as long as they can: a statement is reduced to what its unknown
//! keys leave open of it, and where each reduced statement of the change has its like in the other document, nothing is gained
//! whatever the keys turn out to be. Only where that is not so are they filled in.

use super::callers::{callers, circumstances};
use super::document::{Document, Statement};
use super::principal::Principal;
use super::request::Request;
use super::search::Reason;
use super::targets::{actions_of_bucket, actions_of_key};

mod change;

use change::Change;

/// A request that is let through by the changed policy and was not before.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// With a certain value for every condition key that matters; the others may have any.
    pub request: Request,
    /// Why it is not certain, if it is not.
    pub doubt: Option<Reason>,
}

/// Who else there is.
pub struct Others<'a> {
    /// The partition of their accounts.
    pub partition: &'a str,
    /// Accounts beside those that the documents name.
    pub accounts: Vec<String>,
    /// The account that owns the bucket or key.
    pub owner: Option<&'a str>,
    /// Whether a change may give somebody more.
    pub may_gain: &'a dyn Fn(&Principal) -> bool,
}

impl Others<'_> {
    /// What others gain in a bucket, given by its ARN; none where they gain nothing. Of its objects the `likely` ones, given
    /// by their keys, are looked at first.
    #[must_use]
    pub fn gain_in_bucket(
        &self,
        before: Option<&Document>,
        after: &Document,
        bucket: &str,
        likely: &[String],
    ) -> Option<Gain> {
        self.first_gain(&Change::new(before, after), |statements| actions_of_bucket(statements, bucket, likely))
    }

    /// What others gain with a key, given by its ARN; none where they gain nothing.
    pub(crate) fn gain_with_key(&self, before: Option<&Document>, after: &Document, key: &str) -> Option<Gain> {
        self.first_gain(&Change::new(before, after), |statements| actions_of_key(statements, key))
    }

    /// `actions` gives the actions that the statements tell apart, with what each may be done to.
    fn first_gain(
        &self,
        change: &Change<'_>,
        actions: impl FnOnce(&[&Statement]) -> Vec<(String, Vec<String>)>,
    ) -> Option<Gain> {
        let statements = change.statements();
        let matters = |caller: &Principal| change.is_about(caller) && !(self.may_gain)(caller);
        let callers = callers(&statements, self.partition, &self.accounts, matters);
        let actions = if callers.is_empty() { Vec::new() } else { actions(&statements) };
        let mut doubtful = None;
        for caller in &callers {
            let context = circumstances(caller, self.owner);
            for (action, target) in
                actions.iter().flat_map(|(name, targets)| targets.iter().map(move |one| (name, one)))
            {
                match change.gain(&Request::new(caller.clone(), action, target, self.owner, context.clone())) {
                    Some(certain @ Gain { doubt: None, .. }) => return Some(certain),
                    found => doubtful = doubtful.or(found),
                }
            }
        }
        doubtful
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::DocumentKind;

    fn document(statements: &str) -> Document {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        Document::parse(&text, DocumentKind::Bucket).unwrap()
    }

    fn gain(before: &str, after: &str) -> Option<Gain> {
        let others = Others {
            partition: "aws",
            accounts: vec!["444455556666".to_owned()],
            owner: None,
            may_gain: &|principal| principal.account() != Some("444455556666"),
        };
        others.gain_in_bucket(Some(&document(before)), &document(after), "arn:aws:s3:::b", &[])
    }

    const OPEN: &str = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;

    fn deny(condition: &str) -> String {
        format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}, {OPEN}"#
        )
    }

    #[test]
    fn a_request_that_is_newly_let_through_is_shown_with_its_keys() {
        let (old, new) = (
            deny(r#""StringNotEquals": {"aws:SourceVpce": ["a", "b"]}"#),
            deny(r#""StringNotEquals": {"aws:SourceVpce": ["a", "b", "c"]}"#),
        );
        let found = gain(&old, &new).unwrap();
        assert_eq!(found.doubt, None);
        assert_eq!(found.request.context.get("aws:sourcevpce"), &crate::policy::KeyState::known("c"));
        assert_eq!(gain(&new, &old), None);
    }

    #[test]
    fn an_exemption_of_somebody_else_gives_nothing() {
        let tagged = r#""StringNotEqualsIfExists": {"aws:PrincipalTag/team": "x"}"#;
        let old = deny(&format!(r#""Null": {{"aws:PrincipalOrgID": "true"}}, {tagged}"#));
        let new = deny(&format!(
            r#""ArnNotEquals": {{"aws:PrincipalArn": "arn:aws:iam::099647660399:role/one"}}, "Null": {{"aws:PrincipalOrgID": "true"}}, {tagged}"#
        ));
        assert_eq!(gain(&old, &new), None);
        let everybody = deny(
            r#""Null": {"aws:PrincipalOrgID": "true"}, "StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}"#,
        );
        assert!(gain(&old, &everybody).is_some());
    }

    #[test]
    fn keys_that_both_documents_have_are_never_filled_in() {
        let denies: Vec<String> = (0..40)
            .map(|number| {
                format!(
                    r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalTag/t{number}": "x"}}}}}}"#
                )
            })
            .collect();
        let allow = |more: &str| {
            format!(
                r#"{{"Effect": "Allow", "Principal": {{"AWS": "444455556666"}}, "Action": "s3:Get*", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": "o-1"{more}}}}}}}"#
            )
        };
        let narrow = allow(r#", "aws:SourceVpce": "vpce-1""#);
        let with = |allow: &str| format!("{}, {allow}", denies.join(", "));
        let (old, new) = (with(&allow("")), with(&narrow));
        assert_eq!(gain(&old, &new), None);
        assert!(gain(&new, &old).is_some());
    }
}
