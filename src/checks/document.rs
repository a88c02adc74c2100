//! The bucket policy as a document: whole, about this bucket, without leftovers.

use super::flaw::{self, Flaw};
use super::policy::{capitalised, names};
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, read, required};
use crate::policy::document::PatternEntry;
use crate::policy::nearest::statement_name;
use crate::policy::{Context, Document, DocumentKind, KeyState, Outcome, Request, Statement, Tri, decide};
use crate::report::CheckId;
use crate::snapshot::Operation;
use crate::vendor::requests::{VendorAction, principal};
use crate::vendor::{Need, Writer};

mod statement;

use statement::faults;
pub(crate) use statement::{is_bracketed, is_sample_name, leftover_in_resource, short_account};

/// Rights that let their holder undo the owner's protection: docs/design/aws-facts.md#limits-of-trust.
pub(crate) const MANAGEMENT_ACTIONS: [&str; 17] = [
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutLifecycleConfiguration",
    "s3:PutEncryptionConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutReplicationConfiguration",
    "s3:DeleteBucket",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
    "s3:BypassGovernanceRetention",
    "s3:PutBucketObjectLockConfiguration",
    "s3:UpdateObjectEncryption",
    "s3:PutBucketAbac",
    "s3:TagResource",
];

/// `policy.document`.
pub(crate) static DOCUMENT: Check = Check {
    id: CheckId::PolicyDocument,
    headlines: Headlines::Sentences {
        pass: "Your bucket policy is valid and names your bucket",
        fail: "Your bucket policy has mistakes",
        unknown: "Is your bucket policy valid?",
    },
    group: Group::Setup,
    needs: &[Operation::GetBucketPolicy],
    need: required,
    repair: Some(Repair::PolicyMistakes),
    judge: document,
    explain: Explanation {
        what: "Reads the bucket policy as strictly as AWS does, and looks for mistakes that make a policy do nothing \
               although it looks right: the sample's placeholder, another bucket's name, an account id without its \
               leading zero, principals of another partition, ids of roles that no longer exist.",
        why: "These are the most common mistakes. S3 accepts most of them without a word, and Sailthru is denied.",
        example: "\"Resource\": \"arn:aws:s3:::[yourbucketname]/*\"",
        fix: "Correct what the report names, or let `stc-check fix` write the corrected policy.",
        sources: &[
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

fn document(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let Some(text) = read(&case.snapshot.bucket_policy, Operation::GetBucketPolicy)? else {
        return Ok(Verdict::skip("your bucket has no policy"));
    };
    let whole = "The bucket policy is valid and refers to this bucket.";
    Ok(flaw::judge(case, DocumentKind::Bucket, text, whole, |document, flaws| {
        let of_statements = document.statements.iter().flat_map(|statement| faults(case, document, statement));
        flaws.failures.extend(of_statements);
        if !document.has_variables() && text.policy.contains("${") {
            let message =
                "The document contains `${`, but without Version 2012-10-17 that is plain text, not a variable.";
            flaws.warnings.push(Flaw::of_all(message.to_owned(), "Set `\"Version\": \"2012-10-17\"`."));
        }
        flaws.add_length(DocumentKind::Bucket, text.policy.len());
        if !names_this_bucket(case, document) {
            flaws.failures.push(Flaw::of_all(
                format!("No statement refers to the bucket `{}`, so the policy does nothing for it.", case.bucket()),
                format!("Write `{0}` and `{0}/*` as resources.", case.snapshot.bucket_arn()),
            ));
        }
        flaws.warnings.extend(too_many_rights(case, document));
        // What is still to be saved was objected to already.
        if text.to_save().is_none() {
            flaws.add_orphans(document, orphan, || writer_is_refused(case, document));
            flaws.warnings.extend(empty_lists(document));
        }
    }))
}

/// Statements of a policy in force that have no effect because a list in them is empty.
fn empty_lists(document: &Document) -> Vec<Flaw> {
    let flaw = |statement: &Statement, element: &str| {
        let message = format!("the list of {element} is empty, so the statement has no effect.");
        let advice = format!("Fill in the {element} of {}, or remove the statement.", statement_name(statement));
        let label = format!("no effect: {element} is empty");
        Flaw::within(statement.index, message, advice).at(statement.span, label)
    };
    let statements = document.statements.iter();
    statements
        .flat_map(|statement| statement.empty_elements().into_iter().map(move |name| flaw(statement, name)))
        .collect()
}

/// Rights beyond what Sailthru needs.
fn too_many_rights(case: &Case<'_>, document: &Document) -> Vec<Flaw> {
    let Some((actions, statements)) = management_rights(case, document) else { return Vec::new() };
    let named = names(document, &statements);
    let advice = format!("In {named}, allow Sailthru only s3:ListBucket, s3:PutObject and s3:DeleteObject.");
    let (named, actions) = (capitalised(&named), actions.join(", "));
    let flaw = Flaw::of_all(format!("{named} gives Sailthru rights to manage the bucket: {actions}."), advice);
    statements.into_iter().map(|statement| flaw.clone().of(Some(statement))).collect()
}

/// What is wrong with the id of a role or user that no longer exists, and what to write instead.
fn orphan(id: &str, is_grant: bool) -> (String, String) {
    let head = format!("the Principal `{id}` is the id of a role or user that no longer exists.");
    if is_grant {
        let message = format!("{head} It matches nobody, not even a new one with the same name.");
        return (message, format!("Write the principal's ARN in place of `{id}`."));
    }
    (format!("{head} S3 will not save the policy again with it."), format!("Remove `{id}`."))
}

fn writer_is_refused(case: &Case<'_>, document: &Document) -> bool {
    let vendor = case.vendor();
    let rules = case.connection.variant.rules();
    let actions = [VendorAction::Put { creates_object: true }, VendorAction::List, VendorAction::Delete];
    let mut required = actions.into_iter().filter(|action| rules.need(*action) == Need::Required);
    let is_refused = |writer: &Writer, action: VendorAction, key: &String| {
        decide(document, &vendor.bucket_request(writer, action, key)).outcome.is_denied()
    };
    let (writers, keys) = (vendor.writers(), vendor.object_keys());
    required.any(|action| writers.iter().any(|writer| keys.iter().any(|key| is_refused(writer, action, key))))
}

/// Whether any statement may be about the bucket or something in it.
pub(crate) fn names_this_bucket(case: &Case<'_>, document: &Document) -> bool {
    let vendor = case.vendor();
    let bucket = vendor.bucket_arn();
    let open = Context::new(KeyState::Unknown);
    let targets = [crate::policy::Target::One(bucket.clone()), crate::policy::Target::Every(format!("{bucket}/"))];
    let is_here =
        |entry: &PatternEntry| targets.iter().any(|target| target.matched_by(&entry.pattern, &open) != Tri::False);
    let mut resources = document.statements.iter().map(|statement| &statement.resource);
    resources.any(|resource| resource.negated || resource.entries.iter().any(is_here))
}

/// The management actions that Sailthru can certainly do, and the statements that let it.
pub(crate) fn management_rights(case: &Case<'_>, document: &Document) -> Option<(Vec<&'static str>, Vec<usize>)> {
    let vendor = case.vendor();
    let bucket = vendor.bucket_arn();
    let mut actions = Vec::new();
    let mut statements = Vec::new();
    for writer in vendor.writers() {
        let like = vendor.bucket_request(&writer, VendorAction::Delete, "any");
        for action in MANAGEMENT_ACTIONS {
            let of_object = action.contains("Object") && !action.contains("Bucket") || action.contains("Bypass");
            let resource = if of_object { format!("{bucket}/any") } else { bucket.clone() };
            let request = Request::new(principal(&writer), action, &resource, None, like.context.clone());
            let decision = decide(document, &request);
            if decision.outcome == Outcome::Allowed && !actions.contains(&action) {
                actions.push(action);
                statements.extend(decision.statements);
            }
        }
    }
    statements.sort_unstable();
    statements.dedup();
    (!actions.is_empty()).then_some((actions, statements))
}
