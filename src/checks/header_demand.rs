//! FAQ 2, by the policy: nothing demands encryption headers, which the vendor never sends.

mod finding;

use super::access::in_words;
use super::organization;
use super::policy::{BUCKET_POLICY, capitalised, names, references};
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, required};
use crate::policy::nearest::{Element, Mismatch, mismatches};
use crate::policy::{Decision, Document, Effect, Outcome, Request, Statement, decide, decide_granted};
use crate::report::{Basis, CheckId, Status};
use crate::snapshot::Operation;
use crate::text::list::listed;
use crate::vendor::requests::VendorAction;
use finding::{ALGORITHM, Demand, Finding, find};

/// `encryption.no-header-demand`.
pub(crate) static NO_HEADER_DEMAND: Check = Check {
    id: CheckId::EncryptionNoHeaderDemand,
    headlines: Headlines::Sentences {
        pass: "Your bucket policy requires no encryption headers",
        fail: "Your bucket policy requires encryption headers that Sailthru does not send",
        unknown: "Does your bucket policy require encryption headers?",
    },
    group: Group::Faq(2),
    needs: &[
        Operation::GetBucketPolicy,
        Operation::GetBucketEncryption,
        Operation::GetObjectLockConfiguration,
        Operation::GetBucketAbac,
        Operation::GetBucketTagging,
        Operation::DescribeOrganization,
    ],
    need: required,
    repair: Some(Repair::Access(&VendorAction::UPLOADS)),
    judge: no_header_demand,
    explain: Explanation {
        what: "Evaluates Sailthru's uploads without encryption headers and with each usual set of them. It fails when \
               only a header makes the difference. The policies given with --organization-policy count as well.",
        why: "Sailthru sends no encryption headers: encryption at rest comes from the bucket's default alone. A \
              statement that denies uploads without a header looks like good practice, but it denies Sailthru.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied. With \
                  `--sse AES256` the same upload goes through.",
        fix: "Remove the statement (default encryption does the same), exempt Sailthru, or deny only a wrong header: \
              add `\"Null\": {\"s3:x-amz-server-side-encryption\": \"false\"}` to the same Condition.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

fn no_header_demand(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let by_organization = by_organization(case);
    if let Some(verdict) = by_organization.as_ref().filter(|verdict| verdict.status == Status::Fail) {
        return Ok(verdict.clone());
    }
    let by_bucket = by_bucket_policy(case)?;
    Ok(by_organization.filter(|_| by_bucket.status == Status::Pass).unwrap_or(by_bucket))
}

fn by_bucket_policy(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let Some(document) = case.bucket_policy()? else {
        let message = "Your bucket has no policy, so nothing requires encryption headers.";
        return Ok(Verdict::pass(Basis::Read, message));
    };
    Ok(match find(case, document, decide) {
        Finding::Fine => {
            let message = "No statement of the bucket policy denies uploads without encryption headers.";
            Verdict::pass(Basis::Evaluated, message)
        }
        Finding::RefusedAnyway(asking) => {
            let deny = if asking.len() == 1 { "denies" } else { "deny" };
            let message = format!(
                "{} {deny} uploads without encryption headers. With them they are refused too, so headers make no difference \
                 until policy.put-object passes.",
                capitalised(&names(document, &asking))
            );
            Verdict::pass(Basis::Evaluated, message).with_statements(references(document, BUCKET_POLICY, &asking))
        }
        Finding::Open(decision) => undecided(case, document, &decision),
        Finding::Demanded(demand) => demanded(case, document, &demand),
    })
}

/// What the given resource control policies say, where they demand a header or may.
fn by_organization(case: &Case<'_>) -> Option<Verdict> {
    let mut open = None;
    for (name, document) in organization::given(case) {
        match find(case, document, decide_granted) {
            Finding::Fine | Finding::RefusedAnyway(_) => {}
            Finding::Open(decision) => {
                let depends_on = decision.depends_on;
                let message = format!(
                    "Whether {} of `{name}` refuses uploads without encryption headers depends on {}: ask whoever manages your \
                     organization's resource control policies.",
                    names(document, &decision.statements),
                    listed(&in_words(&depends_on, "Sailthru"))
                );
                open = Some(Verdict::unknown(message).with_depends_on(depends_on));
            }
            Finding::Demanded(demand) => {
                let Demand { writer, decision, .. } = *demand;
                let message = format!(
                    "A resource control policy of your organization ({} of `{name}`) refuses uploads without encryption \
                     headers, and {} sends none. No bucket policy can override that.",
                    names(document, &decision.statements),
                    case.connection.who(&writer)
                );
                return Some(Verdict::fail(Basis::Evaluated, message, organization::exempt(case)));
            }
        }
    }
    open
}

fn demanded(case: &Case<'_>, document: &Document, demand: &Demand) -> Verdict {
    let Demand { writer, request, decision } = demand;
    let denied = decision.outcome == Outcome::ExplicitlyDenied;
    let statements: Vec<usize> = if denied {
        decision.statements.clone()
    } else {
        let asking =
            |statement: &&Statement| statement.effect == Effect::Allow && asks_for_headers_alone(statement, request);
        document.statements.iter().filter(asking).map(|statement| statement.index).collect()
    };
    let (named, who) = (names(document, &statements), case.connection.who(writer));
    let one = statements.len() == 1;
    let (does, summary) = if denied {
        let deny = if one { "denies" } else { "deny" };
        let summary = format!(
            "Exempt {who} from {named}, or deny only a wrong header: add `\"Null\": \
             {{\"s3:x-amz-server-side-encryption\": \"false\"}}` to the same Condition. This command writes the policy \
             with the exemption."
        );
        (format!("{deny} uploads without"), summary)
    } else {
        let allow = if one { "allows" } else { "allow" };
        let summary = format!(
            "Allow {who} s3:PutObject without the condition of {named}. This command writes the finished policy."
        );
        (format!("{allow} uploads only with"), summary)
    };
    let message = format!(
        "{} {does} encryption headers, and {who} sends none: your bucket's default encryption applies instead.",
        capitalised(&named)
    );
    Verdict::fail(Basis::Evaluated, message, case.edit(summary)).with_statements(references(
        document,
        BUCKET_POLICY,
        &statements,
    ))
}

/// Whether a statement is about the request but for conditions on encryption headers.
fn asks_for_headers_alone(statement: &Statement, request: &Request) -> bool {
    let missed = mismatches(statement, request);
    let headers = |mismatch: &Mismatch| matches!(&mismatch.element, Element::Condition { key, .. } if key.to_lowercase().contains(ALGORITHM));
    missed.iter().any(|mismatch| mismatch.surely) && missed.iter().filter(|mismatch| mismatch.surely).all(headers)
}

fn undecided(case: &Case<'_>, document: &Document, decision: &Decision) -> Verdict {
    let named = names(document, &decision.statements);
    let keys = listed(&in_words(&decision.depends_on, "Sailthru"));
    let deny = if decision.statements.len() == 1 { "denies" } else { "deny" };
    let kms = if case.snapshot.default_encryption().is_some() {
        "AWS's pages differ on that, and only Sailthru's own connection test can show it; or exempt Sailthru (`stc-check fix` \
         prints how)"
    } else {
        "your role needs s3:GetEncryptionConfiguration, or ask Sailthru Support"
    };
    Verdict::unknown(format!("Whether {named} {deny} uploads without encryption headers depends on {keys}: {kms}."))
        .with_statements(references(document, BUCKET_POLICY, &decision.statements))
        .with_depends_on(decision.depends_on.clone())
}
