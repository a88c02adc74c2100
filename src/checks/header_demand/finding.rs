//! Whether a document lets an upload through with an encryption header, and not without.

use std::collections::BTreeSet;

use crate::checks::Case;
use crate::checks::policy::statements;
use crate::policy::{Decision, Document, KeyState, Outcome, Request, Statement};
use crate::vendor::Writer;
use crate::vendor::requests::VendorAction;

pub(super) const ALGORITHM: &str = "s3:x-amz-server-side-encryption";
const KEY_ID: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";
const CUSTOMER_ALGORITHM: &str = "s3:x-amz-server-side-encryption-customer-algorithm";

/// The encryption headers of one upload: condition keys and their values; the others are absent.
type Headers = Vec<(&'static str, String)>;

/// How a document decides a request.
type Decide = fn(&Document, &Request) -> Decision;

/// What becomes of uploads because they have no header.
pub(super) enum Finding {
    Fine,
    /// They are refused with a header too, and these statements refuse them for want of one.
    RefusedAnyway(Vec<usize>),
    Open(Decision),
    Demanded(Box<Demand>),
}

/// An upload that only lacks a header.
pub(super) struct Demand {
    pub(super) writer: Writer,
    pub(super) request: Request,
    pub(super) decision: Decision,
}

/// The worst of all uploads.
pub(super) fn find(case: &Case<'_>, document: &Document, decide: Decide) -> Finding {
    let vendor = case.vendor();
    let mut worst = Finding::Fine;
    for writer in vendor.writers() {
        for key in vendor.object_keys() {
            for action in VendorAction::UPLOADS {
                match judge(case, document, decide, (&writer, action, &key)) {
                    demanded @ Finding::Demanded(_) => return demanded,
                    open @ Finding::Open(_) if !matches!(worst, Finding::Open(_)) => worst = open,
                    refused @ Finding::RefusedAnyway(_) if matches!(worst, Finding::Fine) => worst = refused,
                    Finding::Open(_) | Finding::RefusedAnyway(_) | Finding::Fine => {}
                }
            }
        }
    }
    worst
}

fn judge(
    case: &Case<'_>,
    document: &Document,
    decide: Decide,
    (writer, action, key): (&Writer, VendorAction, &str),
) -> Finding {
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
        if !differs {
            let asks = |statement: &&Statement| statement.conditions.iter().any(|on| on.key.contains(ALGORITHM));
            let asking: Vec<usize> =
                statements(document, &without.statements).filter(asks).map(|statement| statement.index).collect();
            let refused = without.outcome == Outcome::ExplicitlyDenied && !asking.is_empty();
            return if refused { Finding::RefusedAnyway(asking) } else { Finding::Fine };
        }
        return Finding::Demanded(Box::new(Demand { writer: writer.clone(), request: plain, decision: without }));
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
    let conditions = document.conditions();
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
