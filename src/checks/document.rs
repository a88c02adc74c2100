//! The bucket policy as a document: whole, about this bucket, without leftovers.

use super::policy::{BUCKET_POLICY, capitalised, references};
use super::transport::edit_bucket_policy;
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, read, required};
use crate::policy::nearest::statement_name;
use crate::policy::principal::Covers;
use crate::policy::{Context, Document, DocumentKind, Effect, KeyState, Outcome, Request, Statement, Tri, decide};
use crate::report::{Basis, CheckId, Fix};
use crate::snapshot::{Operation, PolicyText};
use crate::vendor::Need;
use crate::vendor::requests::{VendorAction, principal};

mod statement;

pub(crate) use statement::{is_bracketed, is_sample_name, leftover_in_resource, short_account};

/// S3's limit on a bucket policy, in bytes.
pub(crate) const SIZE_LIMIT: usize = 20_480;

/// Rights that let their holder undo the owner's protection: docs/design/aws-facts.md#limits-of-trust.
pub(crate) const MANAGEMENT_ACTIONS: [&str; 14] = [
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
];

/// `policy.document`.
pub static DOCUMENT: Check = Check {
    id: CheckId::PolicyDocument,
    title: "the bucket policy is whole, names this bucket and holds no leftovers",
    headlines: Headlines {
        pass: "Your bucket policy is valid and refers to your bucket",
        fail: "Your bucket policy has mistakes",
        unknown: "Is your bucket policy valid?",
    },
    group: Group::Setup,
    needs: &[Operation::GetBucketPolicy],
    need: required,
    repair: Some(Repair::PolicyMistakes),
    check: document,
    explain: Explanation {
        what: "Reads the bucket policy as strictly as AWS does, and looks for what makes a policy that looks right do nothing: the \
               sample's placeholder, another bucket's name, an account id that lost its leading zero, principals of another \
               partition, ids of roles that no longer exist.",
        why: "These are the commonest mistakes. S3 says nothing about most of them: the vendor is simply refused.",
        example: "\"Resource\": \"arn:aws:s3:::[yourbucketname]/*\"",
        fix: "Correct the element that is named and put the policy back.",
        sources: &[
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

/// Something wrong with the document: what it is, how to mend it, and the statement it stands in.
struct Flaw {
    message: String,
    mend: String,
    statement: Option<usize>,
}

fn document(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let Some(PolicyText { policy }) = read(&case.snapshot.bucket_policy, Operation::GetBucketPolicy)? else {
        return Ok(Verdict::skip("there is no bucket policy"));
    };
    let document = match Document::parse(policy, DocumentKind::Bucket) {
        Ok(document) => document,
        Err(error) => {
            let message = format!("AWS would refuse the bucket policy: {error}.");
            let fix = Fix::new(format!("Correct the document ({error}) and put it back."), edit_bucket_policy(case));
            let verdict = Verdict::fail(Basis::Read, message, fix);
            return Ok(verdict.with("path", error.path).with("line", error.line).with("column", error.column));
        }
    };
    let mut failures: Vec<Flaw> =
        document.statements.iter().flat_map(|statement| statement::faults(case, &document, statement)).collect();
    failures.extend(whole_faults(case, &document, policy));
    let mut warnings = notes(case, &document, policy);
    let orphans = orphans(&document);
    if !orphans.is_empty() {
        let list = if writer_is_refused(case, &document) { &mut failures } else { &mut warnings };
        list.extend(orphans);
    }
    let (verdict, flaws) = match (failures.is_empty(), warnings.is_empty()) {
        (false, _) => (Verdict::fail(Basis::Read, sentences(&failures), fix(case, &failures)), failures),
        (true, false) => (Verdict::warn(Basis::Read, sentences(&warnings), fix(case, &warnings)), warnings),
        (true, true) => {
            let message = "The bucket policy is well formed, names this bucket and holds no leftovers.";
            (Verdict::pass(Basis::Read, message), Vec::new())
        }
    };
    let mut indexes: Vec<usize> = flaws.iter().filter_map(|flaw| flaw.statement).collect();
    indexes.sort_unstable();
    indexes.dedup();
    Ok(verdict.with_statements(references(&document, BUCKET_POLICY, &indexes)).with("bytes", policy.len()))
}

fn sentences(flaws: &[Flaw]) -> String {
    let mut messages: Vec<&str> = Vec::new();
    for flaw in flaws {
        if !messages.contains(&flaw.message.as_str()) {
            messages.push(&flaw.message);
        }
    }
    messages.join(" ")
}

fn fix(case: &Case<'_>, flaws: &[Flaw]) -> Fix {
    let mut mends: Vec<&str> = Vec::new();
    for flaw in flaws {
        if !mends.contains(&flaw.mend.as_str()) {
            mends.push(&flaw.mend);
        }
    }
    Fix::new(format!("{} Then put the policy back.", mends.join(" ")), edit_bucket_policy(case))
}

/// What is wrong with the document as a whole.
fn whole_faults(case: &Case<'_>, document: &Document, text: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if text.len() > SIZE_LIMIT {
        flaws.push(Flaw {
            message: format!("The document has {} bytes, and S3 takes {SIZE_LIMIT}.", text.len()),
            mend: "Shorten it: join statements, name accounts instead of long lists.".to_owned(),
            statement: None,
        });
    }
    if !names_this_bucket(case, document) {
        flaws.push(Flaw {
            message: format!("No statement names the bucket `{}`: the policy is about others only.", case.bucket()),
            mend: format!("Write `arn:aws:s3:::{0}` and `arn:aws:s3:::{0}/*` as resources.", case.bucket()),
            statement: None,
        });
    }
    flaws
}

/// What is not wrong, but asks for care.
fn notes(case: &Case<'_>, document: &Document, text: &str) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if !document.has_variables() && text.contains("${") {
        flaws.push(Flaw {
            message: "The document holds `${`, and without Version 2012-10-17 that is plain text, not a variable."
                .to_owned(),
            mend: "Set `\"Version\": \"2012-10-17\"`.".to_owned(),
            statement: None,
        });
    }
    if text.len() * 10 > SIZE_LIMIT * 9 && text.len() <= SIZE_LIMIT {
        flaws.push(Flaw {
            message: format!(
                "The document has {} of the {SIZE_LIMIT} bytes that S3 takes, so that the next addition may not fit.",
                text.len()
            ),
            mend: "Join statements, or name accounts instead of long lists.".to_owned(),
            statement: None,
        });
    }
    if let Some((actions, statements)) = management_rights(case, document) {
        let named = super::policy::names(document, &statements);
        let mend = format!("Leave the vendor s3:ListBucket, s3:PutObject and s3:DeleteObject in {named}.");
        flaws.extend(statements.iter().map(|statement| Flaw {
            message: format!(
                "{} gives the vendor rights to manage the bucket: {}.",
                capitalised(&named),
                actions.join(", ")
            ),
            mend: mend.clone(),
            statement: Some(*statement),
        }));
    }
    flaws
}

/// Ids of roles and users that no longer exist, but in a Deny's Principal, where they harm nobody.
fn orphans(document: &Document) -> Vec<Flaw> {
    let about = |statement: &&Statement| statement.effect == Effect::Allow || statement.principal.negated;
    let entries = document.statements.iter().filter(about).flat_map(|statement| {
        let deleted = statement.principal.entries.iter().filter(|entry| entry.covers == Covers::DeletedIdentity);
        deleted.map(move |entry| (statement, entry))
    });
    entries
        .map(|(statement, entry)| Flaw {
            message: format!(
                "In {} the Principal `{}` is the id of a role or user that no longer exists, and covers nobody, even where a new \
                 one has the old name.",
                statement_name(statement),
                entry.text
            ),
            mend: format!("Write the principal's ARN in place of `{}`.", entry.text),
            statement: Some(statement.index),
        })
        .collect()
}

fn writer_is_refused(case: &Case<'_>, document: &Document) -> bool {
    let vendor = case.vendor();
    let actions = [VendorAction::Put { creates_object: true }, VendorAction::List, VendorAction::Delete];
    let rules = case.connection.variant.rules();
    let actions: Vec<_> = actions.into_iter().filter(|action| rules.need(*action) == Need::Required).collect();
    vendor.writers().iter().any(|writer| {
        vendor.object_keys().iter().any(|key| {
            actions
                .iter()
                .any(|action| decide(document, &vendor.bucket_request(writer, *action, key)).outcome.is_denied())
        })
    })
}

/// Whether any statement may be about the bucket or something in it.
pub(crate) fn names_this_bucket(case: &Case<'_>, document: &Document) -> bool {
    let vendor = case.vendor();
    let bucket = vendor.bucket_arn();
    let open = Context::new(KeyState::Unknown);
    let targets = [crate::policy::Target::One(bucket.clone()), crate::policy::Target::Every(format!("{bucket}/"))];
    document.statements.iter().any(|statement| {
        statement.resource.as_ref().is_some_and(|resource| {
            resource.negated
                || resource
                    .entries
                    .iter()
                    .any(|entry| targets.iter().any(|target| target.matched_by(&entry.pattern, &open) != Tri::False))
        })
    })
}

/// The management actions that the writer surely may do, and the statements that let it.
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
