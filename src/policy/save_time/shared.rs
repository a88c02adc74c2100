//! Rules for policies of both kinds.

use super::{Culprit, Objection, without_lead};
use crate::policy::condition::Condition;
use crate::policy::json::Span;
use crate::policy::nearest::statement_name;
use crate::policy::principal::Covers;
use crate::policy::{DocumentKind, Statement};

const DELETED: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids";
const PUT_KEY_POLICY: &str = "https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html";
const PRINCIPAL: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html";
pub(super) const ANALYZER: &str =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";

/// S3 takes nothing that does not begin with a brace
/// (<https://github.com/versity/versitygw/issues/650>). KMS takes no byte order mark, since that is beyond Latin-1
/// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>); of white space that is not known.
pub(super) fn first_byte(text: &str, kind: DocumentKind) -> Option<Objection> {
    let lead = text.len() - without_lead(text).len();
    if lead == 0 {
        return None;
    }
    let what = if text.starts_with('\u{feff}') { "a byte order mark" } else { "white space" };
    let source = "https://github.com/versity/versitygw/issues/650";
    let objection = match kind {
        DocumentKind::Bucket => Objection::seen("Policies must be valid JSON and the first byte must be '{'", source),
        DocumentKind::Key if text.starts_with('\u{feff}') => {
            Objection { seen: true, ..Objection::inferred(PUT_KEY_POLICY) }
        }
        DocumentKind::Key => Objection::inferred(source),
    };
    let span = Span { start: 0, end: 1 };
    Some(
        Objection { span, ..objection }
            .because(format!("the text begins with {what}"), "Save the file so that it begins with `{`."),
    )
}

/// Principals that can be nobody. The service looks each of them up when it saves the policy.
pub(super) fn principals(statement: &Statement, answer: &'static str) -> Vec<Objection> {
    let name = statement_name(statement);
    let element = if statement.principal.negated { "NotPrincipal" } else { "Principal" };
    let mut objections = Vec::new();
    if statement.principal.entries.is_empty() {
        objections.push(
            Objection::inferred(ANALYZER).at(statement.index, statement.principal.span).because(
                format!("the {element} of {name} is empty"),
                format!("Name somebody in {name}, or remove it."),
            ),
        );
    }
    for entry in &statement.principal.entries {
        let text = &entry.text;
        let (objection, cause, advice) = match &entry.covers {
            Covers::DeletedIdentity => (
                Objection::seen(answer, DELETED),
                format!("`{text}` in {name} is the id of a role or user that no longer exists"),
                format!("Take `{text}` out, or write the ARN of the role or user that took its place."),
            ),
            Covers::Nobody => (
                Objection::seen(answer, PRINCIPAL),
                format!("`{text}` in {name} is not an exact principal"),
                format!("Write an exact ARN or a 12-digit account id, without wildcards, in place of `{text}`."),
            ),
            Covers::Identity { account } if account != "cloudfront" && !has_iam_name(text) => (
                Objection::seen(answer, PRINCIPAL),
                format!("no role or user can be called as `{text}` in {name} says"),
                format!("Write the exact ARN in place of `{text}`."),
            ),
            Covers::CanonicalUser if !is_canonical(text) => (
                Objection::inferred(PRINCIPAL),
                format!("`{text}` in {name} is not a canonical user id of 64 hexadecimal digits"),
                format!("Write the account's ARN in place of `{text}`."),
            ),
            Covers::Service if !text.contains('.') => (
                Objection::inferred(PRINCIPAL),
                format!("`{text}` in {name} is not the name of a service, such as `logging.s3.amazonaws.com`"),
                format!("Write the service's whole name in place of `{text}`."),
            ),
            _ => continue,
        };
        let culprit = Culprit::Principal(text.clone());
        objections.push(objection.at(statement.index, entry.span).about(culprit).because(cause, advice));
    }
    objections
}

/// Whether role or user may be called so: letters, digits and `+=,.@_-`, in a path
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names>). Paths may hold
/// any printable ASCII character.
fn has_iam_name(arn: &str) -> bool {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    !name.is_empty() && name.chars().all(plain) && arn.chars().all(|c| c.is_ascii_graphic()) && !arn.contains("${")
}

fn is_canonical(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Conditions that say a key twice in different case.
pub(super) fn conditions(statement: &Statement) -> Vec<Objection> {
    let name = statement_name(statement);
    let mut objections = Vec::new();
    for (position, condition) in statement.conditions.iter().enumerate() {
        let same = |other: &&Condition| {
            other.operator_name.eq_ignore_ascii_case(&condition.operator_name) && other.key == condition.key
        };
        if statement.conditions.iter().take(position).any(|other| same(&other)) {
            let cause = format!("the Condition of {name} has `{}` twice, in different case", condition.key_name);
            objections.push(
                Objection::inferred(ANALYZER)
                    .at(statement.index, condition.span)
                    .because(cause, format!("Write `{}` once, with all its values.", condition.key_name)),
            );
        }
    }
    objections
}

/// An element whose list is empty.
pub(super) fn empty_list(statement: &Statement, element: &str, span: Span) -> Objection {
    let name = statement_name(statement);
    Objection::inferred(ANALYZER).at(statement.index, span).because(
        format!("the {element} of {name} is empty"),
        format!("Fill the {element} of {name}, or remove the statement."),
    )
}
