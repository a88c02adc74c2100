//! FAQ 2, by the policy: nothing demands encryption headers, which the vendor never sends.

use std::collections::BTreeSet;

use super::policy::{BUCKET_POLICY, capitalised, edit_bucket_policy, names, references};
use super::{Case, Check, Explanation, Group, Headlines, Repair, Undecided, Verdict, required};
use crate::policy::nearest::{Element, Mismatch, mismatches};
use crate::policy::{Decision, Document, Effect, KeyState, Outcome, Request, Statement, decide};
use crate::report::{Basis, CheckId, DocumentName, Fix};
use crate::snapshot::Operation;
use crate::vendor::Writer;
use crate::vendor::requests::VendorAction;

const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const CUSTOMER_ALGORITHM: &str = "s3:x-amz-server-side-encryption-customer-algorithm";

/// The encryption headers of one upload: condition keys and their values; the others are absent.
type Headers = Vec<(&'static str, String)>;

/// `encryption.no-header-demand`.
pub static NO_HEADER_DEMAND: Check = Check {
    id: CheckId::EncryptionNoHeaderDemand,
    headlines: Headlines {
        pass: "Your bucket policy requires no encryption headers",
        fail: "Your bucket policy requires encryption headers that Sailthru does not send",
        unknown: "Does your bucket policy require encryption headers?",
    },
    group: Group::Faq(2),
    needs: &[Operation::GetBucketPolicy],
    need: required,
    document: Some(DocumentName::BucketPolicy),
    repair: Some(Repair::Access(&VendorAction::UPLOADS)),
    check: no_header_demand,
    explain: Explanation {
        what: "Evaluates Sailthru's uploads without encryption headers and with each usual set of them. It fails when only a header makes the difference.",
        why: "Sailthru sends no encryption headers: encryption at rest comes from the bucket's default alone. A statement that denies uploads without a header looks like good practice, but it denies Sailthru.",
        example: "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied. With \
                  `--sse AES256` the same upload goes through.",
        fix: "Remove the statement (default encryption does the same), exempt Sailthru, or deny only a wrong header: add `\"Null\": {\"s3:x-amz-server-side-encryption\": \"false\"}` to the same Condition.",
        sources: &[
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingServerSideEncryption.html",
            "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms",
            "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
        ],
    },
};

/// What becomes of one upload because it has no header.
enum Finding {
    Fine,
    Open(Decision),
    Demanded(Box<Request>, Decision),
}

fn no_header_demand(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let vendor = case.vendor();
    let Some(document) = case.bucket_policy()? else {
        let message = "Your bucket has no policy, so nothing requires encryption headers.";
        return Ok(Verdict::pass(Basis::Read, message).with_statements(Vec::new()).with_depends_on(Vec::new()));
    };
    let mut open: Option<Decision> = None;
    for writer in vendor.writers() {
        for key in vendor.object_keys() {
            for creates_object in [true, false] {
                match judge(case, document, &writer, VendorAction::Put { creates_object }, &key) {
                    Finding::Fine => {}
                    Finding::Open(decision) => open = open.or(Some(decision)),
                    Finding::Demanded(request, decision) => {
                        return Ok(demanded(case, document, &writer, &request, &decision));
                    }
                }
            }
        }
    }
    let verdict = match open {
        None => Verdict::pass(
            Basis::Evaluated,
            "No statement of the bucket policy denies uploads without encryption headers.",
        )
        .with_statements(Vec::new())
        .with_depends_on(Vec::new()),
        Some(decision) => undecided(case, document, &decision),
    };
    Ok(verdict)
}

fn judge(case: &Case<'_>, document: &Document, writer: &Writer, action: VendorAction, key: &str) -> Finding {
    let vendor = case.vendor();
    let plain = vendor.bucket_request(writer, action, key);
    let without = decide(document, &plain);
    if without.outcome == Outcome::Allowed {
        return Finding::Fine;
    }
    let with_headers = |headers: Headers| {
        let mut request = plain.clone();
        request.context.set(KEY_ID, KeyState::Absent);
        for (key, value) in headers {
            request.context.set(key, KeyState::known(value));
        }
        decide(document, &request).outcome
    };
    let outcomes: Vec<Outcome> = usual_headers(case, document).into_iter().map(with_headers).collect();
    if without.outcome.is_denied() {
        let differs = outcomes.iter().any(|outcome| !outcome.is_denied());
        return if differs { Finding::Demanded(Box::new(plain), without) } else { Finding::Fine };
    }
    let key_decides = without.depends_on.iter().any(|key| key.eq_ignore_ascii_case(KEY_ID));
    if key_decides || outcomes.contains(&Outcome::Allowed) { Finding::Open(without) } else { Finding::Fine }
}

/// The headers that clients send: each algorithm, alone and with each key that anyone here names, and a key of their
/// own (SSE-C).
fn usual_headers(case: &Case<'_>, document: &Document) -> Vec<Headers> {
    let vendor = case.vendor();
    let mut keys: BTreeSet<String> = vendor.default_key_arn().into_iter().collect();
    keys.extend(case.connection.kms_key.as_ref().map(ToString::to_string));
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
    let of_policy = conditions.filter(|condition| condition.key_name.eq_ignore_ascii_case(KEY_ID));
    keys.extend(of_policy.flat_map(|condition| condition.values().map(str::to_owned).collect::<Vec<_>>()));
    let algorithm = |name: &str| (ALGORITHM, name.to_owned());
    let mut headers = vec![vec![algorithm("AES256")], vec![(CUSTOMER_ALGORITHM, "AES256".to_owned())]];
    for name in ["aws:kms", "aws:kms:dsse"] {
        headers.push(vec![algorithm(name)]);
        headers.extend(keys.iter().map(|key| vec![algorithm(name), (KEY_ID, key.clone())]));
    }
    headers
}

fn demanded(case: &Case<'_>, document: &Document, writer: &Writer, request: &Request, decision: &Decision) -> Verdict {
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
    let (does, fix) = if denied {
        (
            if one { "denies uploads without encryption headers" } else { "deny uploads without encryption headers" },
            format!(
                "Exempt {who} from {named}, or deny only a wrong header: add `\"Null\": \
                 {{\"s3:x-amz-server-side-encryption\": \"false\"}}` to the same Condition. This command writes the policy \
                 with the exemption."
            ),
        )
    } else {
        (
            if one {
                "allows uploads only with encryption headers"
            } else {
                "allow uploads only with encryption headers"
            },
            format!(
                "Allow {who} s3:PutObject without the condition of {named}. This command writes the finished policy."
            ),
        )
    };
    let message = format!(
        "{} {does}, and {who} sends none: your bucket's default encryption applies instead.",
        capitalised(&named)
    );
    Verdict::fail(Basis::Evaluated, message, Fix::new(fix, edit_bucket_policy(case)))
        .with_statements(references(document, BUCKET_POLICY, &statements))
        .with_depends_on(Vec::new())
}

/// Whether a statement is about the request but for conditions on encryption headers.
fn asks_for_headers_alone(statement: &Statement, request: &Request) -> bool {
    let missed = mismatches(statement, request);
    let headers = |mismatch: &Mismatch| matches!(&mismatch.element, Element::Condition { key, .. } if key.to_lowercase().contains(ALGORITHM));
    missed.iter().any(|mismatch| mismatch.surely) && missed.iter().filter(|mismatch| mismatch.surely).all(headers)
}

fn undecided(case: &Case<'_>, document: &Document, decision: &Decision) -> Verdict {
    let named = names(document, &decision.statements);
    let keys = decision.depends_on.join(", ");
    let deny = if decision.statements.len() == 1 { "denies" } else { "deny" };
    let kms = if case.snapshot.default_encryption().is_some() {
        "AWS's pages differ on whether default encryption fills in the key id; only Sailthru's own connection test can show it"
    } else {
        "your role needs s3:GetEncryptionConfiguration, or ask Sailthru Support"
    };
    Verdict::unknown(format!("Whether {named} {deny} uploads without encryption headers depends on {keys}: {kms}."))
        .with_statements(references(document, BUCKET_POLICY, &decision.statements))
        .with_depends_on(decision.depends_on.clone())
}
