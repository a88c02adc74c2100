//! FAQ 1, by the policy: plain HTTP is refused to everyone.

use super::policy::{BUCKET_POLICY, bucket_policy, references};
use super::transport::edit_bucket_policy;
use super::{Case, Explanation, Group, Requirement, Undecided, Verdict};
use crate::connection::Variant;
use crate::policy::{Context, Decision, Document, KeyState, Outcome, Principal, Request, Target, decide};
use crate::remedy::documents;
use crate::report::{Basis, Fix, Status};
use crate::writer::Setting;

/// `policy.tls-only`.
pub static TLS_ONLY: Requirement = Requirement {
    id: "policy.tls-only",
    title: "the bucket policy refuses plain HTTP to everyone",
    group: Group::Faq(1),
    needs: &["s3:GetBucketPolicy"],
    required: is_required,
    check: tls_only,
    explain: Explanation {
        what: "Asks the policy whether anyone at all, over plain HTTP, with everything else open, is surely refused every S3 \
               action on the bucket and on its objects.",
        why: "The vendor writes over TLS; this statement makes sure that nobody, by mistake or by force, reads or writes the \
              data in the clear. The joint sample has it.",
        example: "A Deny on `s3:GetObject` alone, on `BUCKET/*` without the bucket itself, for one principal, or one that spares \
                  AWS services, leaves part of the traffic open.",
        fix: "Add the Deny of `s3:*` for Principal `*` on the bucket and on `BUCKET/*` with `\"Bool\": \
              {\"aws:SecureTransport\": \"false\"}`.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

/// Whether the variant's documented policy holds the Deny; the others are only advised to have it.
pub(super) fn is_required(case: &Case<'_>) -> bool {
    case.connection.variant == Variant::Joint
}

fn tls_only(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let missing = if is_required(case) { Status::Fail } else { Status::Warn };
    let setting = Setting { connection: case.connection, snapshot: case.snapshot };
    let bucket = setting.bucket_arn();
    let no = |basis: Basis, message: String| Verdict {
        fix: Some(deny_plain_http(case)),
        ..Verdict::new(missing, basis, message)
    };
    let Some(document) = bucket_policy(case)? else {
        let message = "There is no bucket policy, so nothing refuses plain HTTP.".to_owned();
        return Ok(no(Basis::Read, message).with_statements(Vec::new()).with_depends_on(Vec::new()));
    };
    let parts = [("the bucket", Target::One(bucket.clone())), ("its objects", Target::Every(format!("{bucket}/")))];
    let decisions = parts.map(|(name, target)| (name, over_plain_http(&document, target)));
    let refused = |decision: &Decision| decision.outcome == Outcome::ExplicitlyDenied;
    let open: Vec<&str> = decisions.iter().filter(|(_, decision)| !refused(decision)).map(|(name, _)| *name).collect();
    let mut statements: Vec<usize> = decisions
        .iter()
        .filter(|(_, decision)| refused(decision))
        .flat_map(|(_, decision)| decision.statements.clone())
        .collect();
    statements.sort_unstable();
    statements.dedup();
    let mut partial: Vec<usize> = decisions
        .iter()
        .filter(|(_, decision)| !refused(decision))
        .flat_map(|(_, decision)| denies(&document, decision))
        .collect();
    partial.sort_unstable();
    partial.dedup();
    let verdict = if open.is_empty() {
        let named = super::policy::names(&document, &statements);
        Verdict::pass(
            Basis::Evaluated,
            format!("{} refuses every S3 action over plain HTTP to everyone.", capitalised(&named)),
        )
    } else {
        let near = match partial.as_slice() {
            [] => "no Deny of the bucket policy does".to_owned(),
            _ => format!("{} does so only in part", super::policy::names(&document, &partial)),
        };
        no(
            Basis::Evaluated,
            format!(
                "Plain HTTP is not surely refused to everyone for every S3 action on {}: {near}.",
                open.join(" and ")
            ),
        )
    };
    let shown = if open.is_empty() { &statements } else { &partial };
    let mut depends_on: Vec<String> = decisions.iter().flat_map(|(_, decision)| decision.depends_on.clone()).collect();
    depends_on.sort();
    depends_on.dedup();
    Ok(verdict.with_statements(references(&document, BUCKET_POLICY, shown)).with_depends_on(depends_on))
}

/// Anyone, every S3 action, over plain HTTP (where `s3:TlsVersion` is absent), everything else open.
fn over_plain_http(document: &Document, resource: Target) -> Decision {
    let mut context = Context::new(KeyState::Unknown);
    context.set("aws:SecureTransport", KeyState::known("false"));
    context.set("s3:TlsVersion", KeyState::Absent);
    let request = Request::general(Principal::Anyone, Target::Every("s3:".to_owned()), resource, None, context);
    decide(document, &request)
}

/// The Denies among the statements of a decision that perhaps apply.
fn denies(document: &Document, decision: &Decision) -> Vec<usize> {
    let deny = |index: &usize| {
        document.statements.get(*index).is_some_and(|statement| statement.effect == crate::policy::Effect::Deny)
    };
    decision.statements.iter().copied().filter(deny).collect()
}

/// How to add the Deny to the policy in force.
pub(super) fn deny_plain_http(case: &Case<'_>) -> Fix {
    let statement = documents::tls_only(&Setting { connection: case.connection, snapshot: case.snapshot });
    Fix::new(
        format!("Add this statement to the bucket policy and put it back: `{statement}`."),
        edit_bucket_policy(case),
    )
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
