//! FAQ 1, by the policy: plain HTTP is refused to everyone.

use super::policy::{BUCKET_POLICY, capitalised, names, references, statements};
use super::verdict::unmet;
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict};
use crate::policy::document::{PatternElement, PatternEntry};
use crate::policy::weigh::{action_applies, applies, resource_applies};
use crate::policy::{
    Context, Decision, Document, Effect, KeyState, Outcome, Principal, Request, Statement, Target, Tri, decide_granted,
};
use crate::report::{Basis, CheckId, Fix, Status};
use crate::snapshot::Operation;
use crate::vendor::documents;

/// `policy.tls-only`.
pub(crate) static TLS_ONLY: Check = Check {
    id: CheckId::PolicyTlsOnly,
    headlines: Headlines::Sentences {
        pass: "Your bucket policy blocks plain HTTP for everyone",
        fail: "Your bucket policy does not block plain HTTP for everyone",
        unknown: "Does your bucket policy block plain HTTP for everyone?",
    },
    group: Group::Faq(1),
    needs: &[Operation::GetBucketPolicy],
    need: |variant| variant.deny_plain_http,
    repair: Some(Repair::DenyPlainHttp),
    judge: tls_only,
    explain: Explanation {
        what: "Evaluates your bucket policy for plain HTTP requests. It must deny everyone every S3 action, on the \
               bucket and on its objects.",
        why: "Sailthru writes over TLS; this statement makes sure that nobody reads or writes the data unencrypted, by \
              mistake or on purpose. Sailthru's joint sample has it.",
        example: "A Deny of `s3:GetObject` alone, of `BUCKET/*` without the bucket itself, or for one principal only \
                  leaves some requests open.",
        fix: "Add the Deny of `s3:*` for Principal `*` on the bucket and on `BUCKET/*` with `\"Bool\": \
              {\"aws:SecureTransport\": \"false\"}`.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

/// What it comes to where the Deny is missing.
pub(super) fn missing(case: &Case<'_>) -> Status {
    unmet(case.connection.variant.rules().deny_plain_http)
}

fn tls_only(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let bucket = case.vendor().bucket_arn();
    let no = |basis: Basis, message: String| Verdict::broken(missing(case), basis, message, deny_plain_http(case));
    let Some(document) = case.bucket_policy()? else {
        return Ok(no(Basis::Read, "Your bucket has no policy, so nothing blocks plain HTTP.".to_owned()));
    };
    if !case.wants_witnesses && is_plainly_open(document, &bucket) {
        let message = "Plain HTTP is not blocked for everyone and every S3 action on the bucket and its objects.";
        return Ok(no(Basis::Evaluated, message.to_owned()));
    }
    let parts = [("the bucket", Target::One(bucket.clone())), ("its objects", Target::Every(format!("{bucket}/")))];
    let every_action = Target::Every("s3:".to_owned());
    let found = parts.map(|(name, target)| (name, refusing(document, &every_action, &target, SPLITS)));
    let open: Vec<&str> = found.iter().filter(|(_, refusing)| refusing.is_err()).map(|(name, _)| *name).collect();
    let refusing: Vec<usize> = in_order(found.iter().filter_map(|(_, refusing)| refusing.clone().ok()).flatten());
    if open.is_empty() {
        let named = capitalised(&names(document, &refusing));
        let block = if refusing.len() == 1 { "blocks" } else { "together block" };
        let message = format!("{named} {block} every S3 action over plain HTTP for everyone.");
        let pass = Verdict::pass(Basis::Evaluated, message);
        return Ok(pass.with_statements(references(document, BUCKET_POLICY, &refusing)));
    }
    let decisions: Vec<Decision> = found.into_iter().filter_map(|(_, refusing)| refusing.err()).collect();
    let partial = in_order(decisions.iter().flat_map(|decision| denies(document, decision)).chain(refusing));
    let (named, open) = (capitalised(&names(document, &partial)), open.join(" and "));
    let message = match partial.as_slice() {
        [] => "No Deny statement of the bucket policy blocks plain HTTP.".to_owned(),
        [_] => format!("{named} blocks only some of the plain HTTP requests to {open}."),
        _ => format!("{named} together block only some of the plain HTTP requests to {open}."),
    };
    Ok(no(Basis::Evaluated, message)
        .with_statements(references(document, BUCKET_POLICY, &partial))
        .with_depends_on(in_order(decisions.into_iter().flat_map(|decision| decision.depends_on))))
}

/// Anyone, over plain HTTP (where `s3:TlsVersion` is absent), everything else open.
fn over_plain_http(action: Target, resource: Target) -> Request {
    let mut context = Context::new(KeyState::Unknown);
    context.set("aws:SecureTransport", KeyState::known("false"));
    context.set("s3:TlsVersion", KeyState::Absent);
    Request::general(Principal::Anyone, action, resource, None, context)
}

/// How often what one Deny leaves to others is looked into.
const SPLITS: usize = 2;

/// The Denies that together refuse everyone all these actions on all these resources over plain HTTP; the decision
/// if some request could still get through. What a `NotAction` or `NotResource` leaves out must be refused by others.
fn refusing(document: &Document, action: &Target, resource: &Target, splits: usize) -> Result<Vec<usize>, Decision> {
    let request = over_plain_http(action.clone(), resource.clone());
    let decision = decide_granted(document, &request);
    if decision.outcome == Outcome::ExplicitlyDenied {
        return Ok(decision.statements);
    }
    splits.checked_sub(1).and_then(|splits| refusing_in_parts(document, &request, splits)).ok_or(decision)
}

/// Whether no Deny is of one of a few actions, for any caller and any address: then it takes no search to know that plain HTTP
/// is not blocked.
fn is_plainly_open(document: &Document, bucket: &str) -> bool {
    const ACTIONS: [(&str, &str); 4] = [
        ("s3:getbucketlocation", ""),
        ("s3:listbucketmultipartuploads", ""),
        ("s3:getobjecttorrent", "/any"),
        ("s3:abortmultipartupload", "/any"),
    ];
    ACTIONS.into_iter().any(|(action, object)| {
        let request = over_plain_http(Target::One(action.to_owned()), Target::One(format!("{bucket}{object}")));
        let mut denies = document.statements.iter().filter(|statement| statement.effect == Effect::Deny);
        denies.all(|deny| applies(deny, &request) == Tri::False)
    })
}

/// The same by one Deny for a part and by others for what it leaves out.
fn refusing_in_parts(document: &Document, request: &Request, splits: usize) -> Option<Vec<usize>> {
    let (action, resource) = (&request.action, &request.resource);
    let holds = |statement: &&Statement| {
        statement.effect == Effect::Deny
            && statement.principal.applies_to(&request.principal) == Tri::True
            && statement.conditions.iter().all(|condition| condition.holds(&request.context) == Tri::True)
    };
    document.statements.iter().filter(holds).find_map(|statement| {
        let (acts, lies) = (action_applies(&statement.action, request), resource_applies(&statement.resource, request));
        let rest: Vec<(Target, Target)> = match (acts, lies) {
            (Tri::Unknown, Tri::True) => {
                left_out(&statement.action, action)?.into_iter().map(|rest| (rest, resource.clone())).collect()
            }
            (Tri::True, Tri::Unknown) => {
                left_out(&statement.resource, resource)?.into_iter().map(|rest| (action.clone(), rest)).collect()
            }
            _ => return None,
        };
        let others = rest.iter().map(|(action, resource)| refusing(document, action, resource, splits).ok());
        let others: Vec<Vec<usize>> = others.collect::<Option<_>>()?;
        Some(others.into_iter().flatten().chain([statement.index]).collect())
    })
}

/// What a Not element leaves out of a target, where its patterns are plain texts and beginnings; none where that cannot be
/// told, or is not less than the target itself.
fn left_out(element: &PatternElement, target: &Target) -> Option<Vec<Target>> {
    let open = Context::new(KeyState::Unknown);
    let rest = |entry: &PatternEntry| match entry.text.strip_suffix('*') {
        Some(beginning) if entry.text.len() > 1 => Target::Every(beginning.to_owned()),
        _ => Target::One(entry.text.clone()),
    };
    let is_plain = |entry: &&PatternEntry| {
        let text = entry.text.strip_suffix('*').unwrap_or(&entry.text);
        !text.contains(['*', '?', '$']) && !text.is_empty()
    };
    let touching = element.entries.iter().filter(|entry| target.matched_by(&entry.pattern, &open) != Tri::False);
    let touching: Vec<&PatternEntry> = touching.collect();
    (element.negated && touching.iter().all(is_plain)).then(|| touching.into_iter().map(rest).collect())
}

/// The Denies among the statements of a decision that perhaps apply.
fn denies(document: &Document, decision: &Decision) -> Vec<usize> {
    let denies = statements(document, &decision.statements).filter(|statement| statement.effect == Effect::Deny);
    denies.map(|statement| statement.index).collect()
}

fn in_order<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// How to add the Deny to the policy in force.
pub(super) fn deny_plain_http(case: &Case<'_>) -> Fix {
    let statement = documents::tls_only(&case.vendor());
    let summary = if case.snapshot.is_planned() {
        format!("Add this statement to the bucket policy: `{statement}`.")
    } else {
        "Deny plain HTTP to everyone. This command writes the finished policy.".to_owned()
    };
    case.edit(summary)
}
