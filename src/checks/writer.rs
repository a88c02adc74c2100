//! What Sailthru can do in the bucket: list, put, delete.

mod beside_policy;
mod questions;

use beside_policy::{cut_off, leaves_open};
use questions::{questions, questions_on, some_folders_only};

pub(super) use questions::{vendor_may, vendor_may_over_plain_http};

use super::access::{Answer, Asked, exemption};
use super::organization;
use super::policy::{BUCKET_POLICY, names, references};
use super::verdict::unmet;
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, required};
use crate::policy::public::publicity;
use crate::policy::{Outcome, Request, Tri};
use crate::report::{Basis, CheckId, Fix, JudgedPrincipal, Status};
use crate::snapshot::Operation;
use crate::vendor::Writer;
use crate::vendor::documents;
use crate::vendor::requests::{Service, VendorAction, VendorRequests};

const SOURCES: &[&str] = &[
    "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
];

const NEEDS: &[Operation] = &[
    Operation::GetBucketPolicy,
    Operation::GetBucketPolicyStatus,
    Operation::GetPublicAccessBlock,
    Operation::GetAccountPublicAccessBlock,
    Operation::GetBucketEncryption,
    Operation::GetObjectLockConfiguration,
    Operation::GetBucketAbac,
    Operation::GetBucketTagging,
    Operation::GetBucketOwnershipControls,
    Operation::GetBucketAcl,
    Operation::GetCallerIdentity,
    Operation::DescribeOrganization,
];

/// `policy.list-bucket`.
pub(crate) static LIST_BUCKET: Check = Check {
    id: CheckId::PolicyListBucket,
    headlines: Headlines::SailthruCan("list your bucket"),
    group: Group::Setup,
    needs: NEEDS,
    need: |variant| variant.list,
    repair: Some(Repair::Access(&[VendorAction::List])),
    judge: |case| judge(case, &[VendorAction::List]),
    explain: Explanation {
        what: "Evaluates your bucket policy for Sailthru's ListObjectsV2 request, with every condition key that is \
               known about it.",
        why: "Sailthru lists your bucket before it copies. Without s3:ListBucket it stops before the first file.",
        example: "An error occurred (AccessDenied) when calling the ListObjectsV2 operation: Access Denied",
        fix: "Allow s3:ListBucket for Sailthru on the bucket's own ARN, without `/*`.",
        sources: SOURCES,
    },
};

/// `policy.put-object`.
pub(crate) static PUT_OBJECT: Check = Check {
    id: CheckId::PolicyPutObject,
    headlines: Headlines::SailthruCan("upload objects"),
    group: Group::Setup,
    needs: NEEDS,
    need: required,
    repair: Some(Repair::Access(&VendorAction::UPLOADS)),
    judge: |case| judge(case, &VendorAction::UPLOADS),
    explain: Explanation {
        what: "Evaluates your bucket policy for Sailthru's uploads, in one piece and as multipart uploads, of the test \
               object and of keys like those that Sailthru uses.",
        why: "Without s3:PutObject no data arrives. A Deny that requires an encryption header, a VPC endpoint, an \
              organization or an access control list applies to Sailthru like to everyone else.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied",
        fix: "Allow s3:PutObject for Sailthru on the bucket's ARN with `/*`, and exempt it from the Deny that is named.",
        sources: SOURCES,
    },
};

/// `policy.delete-object`.
pub(crate) static DELETE_OBJECT: Check = Check {
    id: CheckId::PolicyDeleteObject,
    headlines: Headlines::SailthruCan("delete objects"),
    group: Group::Setup,
    needs: NEEDS,
    need: |variant| variant.delete,
    repair: Some(Repair::Access(&[VendorAction::Delete])),
    judge: |case| judge(case, &[VendorAction::Delete]),
    explain: Explanation {
        what: "Evaluates your bucket policy for Sailthru's deletes of the test object and of keys like those that \
               Sailthru uses.",
        why: "Sailthru replaces and deletes files, and its connection test deletes the object that it uploaded. Without \
              s3:DeleteObject the test object stays in your bucket and the test counts as failed.",
        example: "An error occurred (AccessDenied) when calling the DeleteObject operation: Access Denied",
        fix: "Allow s3:DeleteObject for Sailthru on the bucket's ARN with `/*`.",
        sources: SOURCES,
    },
};

fn judge(case: &Case<'_>, actions: &[VendorAction]) -> Result<Verdict, Undecided> {
    let vendor = case.vendor();
    let Some(first) = actions.first() else { return Ok(Verdict::skip("nothing was asked")) };
    let refusal = unmet(case.connection.variant.rules().need(*first));
    let action = first.iam_action();
    let Some(document) = case.bucket_policy()? else {
        if let Some(open) = leaves_open(case, *first, "The bucket has no policy") {
            return Ok(under_organization(case, open, refusal, actions));
        }
        let message = format!("Your bucket has no policy, so Sailthru's account cannot {}.", in_words(*first));
        return Ok(Verdict::broken(refusal, Basis::Read, message, grant(case, action)));
    };
    let check = match first {
        VendorAction::List => CheckId::PolicyListBucket,
        VendorAction::Put { .. } => CheckId::PolicyPutObject,
        VendorAction::Delete => CheckId::PolicyDeleteObject,
    };
    let asked = Asked { case, document, service: Service::S3, check, action };
    let ask = |vendor: &VendorRequests<'_>, writer: &Writer| asked.answer(writer, questions(vendor, writer, actions));
    let answers: Vec<Answer<'_>> = vendor.writers().iter().filter_map(|writer| ask(&vendor, writer)).collect();
    let verdict = match cut_off(case, document) {
        (Tri::True, because) => {
            let summary = "Remove the public statement, or name its principals; leave Block Public Access on.";
            Verdict::broken(refusal, Basis::Evaluated, because, case.edit(summary)).with_statements(references(
                document,
                BUCKET_POLICY,
                &publicity(document).statements,
            ))
        }
        (Tri::Unknown, because) if !answers.iter().any(|answer| answer.outcome.is_denied()) => {
            Verdict::unknown(because)
        }
        _ if let Some(open) = beside_policy(case, *first, &answers) => open,
        _ => {
            let account = vendor.documented_account().and_then(|account| ask(&vendor, &account));
            of_answers(case, &asked, refusal, &answers, account.as_ref())
        }
    };
    let verdict = match verdict.status {
        Status::Pass | Status::Warn => some_folders_only(&asked, actions).unwrap_or(verdict),
        _ => verdict,
    };
    let verdict = match verdict.status {
        Status::Pass => asked.lasting(verdict, |later| {
            let writers = later.writers();
            writers.iter().filter_map(|writer| ask(later, writer)).find(|answer| answer.outcome != Outcome::Allowed)
        }),
        _ => verdict,
    };
    Ok(under_organization(case, verdict, refusal, actions).with_access(action, judged(&answers)))
}

fn under_organization(case: &Case<'_>, verdict: Verdict, refusal: Status, actions: &[VendorAction]) -> Verdict {
    let vendor = case.vendor();
    let requests = |keys: &[String]| {
        let of_writer = |writer: &Writer| questions_on(&vendor, writer, actions, keys);
        vendor.writers().iter().flat_map(of_writer).map(|question| question.request).collect::<Vec<Request>>()
    };
    organization::under(case, verdict, refusal, Tri::True, &requests)
}

/// What the access control list leaves open, where the policy neither allows nor denies it.
fn beside_policy(case: &Case<'_>, action: VendorAction, answers: &[Answer<'_>]) -> Option<Verdict> {
    let any = |wanted: Outcome| answers.iter().any(|answer| answer.outcome == wanted);
    let silent = any(Outcome::ImplicitlyDenied) && !any(Outcome::ExplicitlyDenied);
    silent.then(|| leaves_open(case, action, "No statement of the bucket policy allows it")).flatten()
}

/// The worst writer decides; for Event Stream the account as a whole tells whether the grant is narrower than documented.
fn of_answers(
    case: &Case<'_>,
    asked: &Asked<'_>,
    refusal: Status,
    answers: &[Answer<'_>],
    account: Option<&Answer<'_>>,
) -> Verdict {
    let find = |test: &dyn Fn(Outcome) -> bool| answers.iter().find(|answer| test(answer.outcome));
    if let Some(denied) = find(&Outcome::is_denied) {
        let fix = if denied.outcome == Outcome::ExplicitlyDenied {
            case.edit(exemption(case, &names(asked.document, &denied.statements)))
        } else {
            grant(case, asked.action)
        };
        return denied.explained(Verdict::broken(refusal, Basis::Evaluated, denied.sentence(), fix));
    }
    if let Some(open) = find(&|outcome| outcome == Outcome::Conditional) {
        return open.explained(Verdict::unknown(open.sentence()));
    }
    let Some(first) = answers.first() else { return Verdict::unknown("There is no principal to check.") };
    if let Some(account) = account.filter(|account| account.outcome != Outcome::Allowed) {
        return first.explained(first.narrower_than(account, grant(case, asked.action)));
    }
    let mut message = answers.iter().map(Answer::sentence).collect::<Vec<_>>().join(" ");
    if account.is_none() && answers.iter().any(Answer::is_broad) {
        message.push_str(" This is broader than Sailthru's sample: it also allows principals other than Sailthru's.");
    }
    first.explained(Verdict::pass(Basis::Evaluated, message))
}

fn judged(answers: &[Answer<'_>]) -> Vec<JudgedPrincipal> {
    let one = |answer: &Answer<'_>| JudgedPrincipal {
        principal: answer.writer.to_string(),
        decision: answer.outcome,
        resource: Some(answer.target.clone()),
    };
    answers.iter().map(one).collect()
}

/// The action as people call it.
fn in_words(action: VendorAction) -> &'static str {
    match action {
        VendorAction::List => "list it",
        VendorAction::Put { .. } => "upload to it",
        VendorAction::Delete => "delete from it",
    }
}

/// The statement that is missing.
pub(super) fn grant(case: &Case<'_>, action: &str) -> Fix {
    let statement = documents::grant(&case.vendor(), &[action]);
    let summary = if case.snapshot.is_planned() {
        format!("Add this statement to the bucket policy: `{statement}`.")
    } else {
        format!("Allow Sailthru {action} in the bucket policy. This command writes the finished policy.")
    };
    case.edit(summary)
}
