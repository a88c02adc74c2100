//! FAQ 3, by the key policy and the key's grants: what Sailthru may do with the key.

use super::access::{Answer, Question, answer, ending, exemption, in_a_week};
use super::encryption::{KeyName, kms_encryption, own_key_fix};
use super::organization;
use super::policy::{KEY_POLICY, names, references};
use super::{Case, Missing, Undecided, Verdict};
use crate::policy::condition::Condition;
use crate::policy::nearest::ordinal;
use crate::policy::{Document, Outcome, Request, Tri, decide, decide_granted};
use crate::report::{Basis, CheckId, Fix, JudgedPrincipal, StatementReference, Status};
use crate::snapshot::{Fact, Snapshot};
use crate::vendor::requests::{Service, VendorRequests};
use crate::vendor::{KmsAction, Writer};

mod document;
mod grant;
mod permissions;
mod scope;

pub use document::DOCUMENT;
use grant::{contexts_of_grants, granted};
pub(super) use permissions::entry;
pub use scope::POLICY_SCOPE;

fn is_aws_managed(case: &Case<'_>, key: KeyName<'_>) -> bool {
    let manager = case.snapshot.key.found().and_then(|answer| answer.key_metadata.key_manager.as_deref());
    key == KeyName::AwsManaged || manager == Some("AWS")
}

fn judge(case: &Case<'_>, action: KmsAction) -> Result<Verdict, Undecided> {
    let check = CheckId::Kms(action);
    let action = action.as_str();
    let (rule, key) = kms_encryption(case)?;
    if is_aws_managed(case, key) {
        let message = format!(
            "The key is managed by AWS for S3. Only your own account can use it and its policy cannot be changed, so it \
             cannot allow Sailthru {action}."
        );
        return Ok(Verdict::fail(Basis::Read, message, own_key_fix(case, &rule.algorithm)));
    }
    if let Fact::Unreadable(failure) = &case.snapshot.key
        && failure.code == "NotFoundException"
    {
        return Err(Undecided::Missing(Missing::ExistingKey));
    }
    let document = case.key_policy()?;
    let vendor = case.vendor();
    let sampled = vendor.object_keys();
    let asked = Asked { check, action, keys: &sampled };
    let (answers, verdicts) = judge_on(case, document, &asked)?;
    let judged = judged(&answers, &verdicts);
    let worst = verdicts.into_iter().max_by_key(|verdict| verdict.status.badness());
    let verdict = match worst.unwrap_or_else(|| Verdict::unknown("There is no principal to check.")) {
        verdict if matches!(verdict.status, Status::Pass | Status::Warn) => {
            some_tables_only(case, document, &asked)?.unwrap_or(verdict)
        }
        verdict => verdict,
    };
    let requests = |keys: &[String]| {
        let of_writer = |writer: &Writer| questions(&vendor, writer, &Asked { keys, ..asked });
        let requests: Vec<Request> =
            vendor.writers().iter().flat_map(of_writer).map(|question| question.request).collect();
        requests
    };
    let verdict = organization::under(case, verdict, Status::Fail, organization::key_is_bound(case), &requests);
    Ok(verdict.with_access(action, judged))
}

/// What is asked of the key: one action, while S3 handles these objects.
struct Asked<'a> {
    check: CheckId,
    action: &'a str,
    keys: &'a [String],
}

/// The answer and the verdict for each writer.
fn judge_on(case: &Case<'_>, document: &Document, asked: &Asked<'_>) -> Result<(Vec<Answer>, Vec<Verdict>), Undecided> {
    let vendor = case.vendor();
    let ask = |writer: &Writer| answer(document, Service::Kms, writer, questions(&vendor, writer, asked), decide);
    let answers: Vec<Answer> = vendor.writers().iter().filter_map(ask).collect();
    let account = vendor.documented_account().and_then(|account| ask(&account));
    let verdicts = answers.iter().map(|answer| of_answer(case, document, asked, answer, account.as_ref()));
    let verdicts = verdicts.collect::<Result<Vec<_>, _>>()?;
    Ok((answers, verdicts))
}

/// What becomes of tables that neither key policy nor grants name: without S3 Bucket Keys the encryption context is the
/// object's ARN, and Sailthru's tables are not a fixed list.
fn some_tables_only(case: &Case<'_>, document: &Document, asked: &Asked<'_>) -> Result<Option<Verdict>, Undecided> {
    let conditions = document.conditions();
    let named: Vec<&str> = conditions.flat_map(Condition::values).chain(contexts_of_grants(case)).collect();
    let vendor = case.vendor();
    let keys = vendor.unlisted_keys(&named.iter().copied());
    if keys.is_empty() {
        return Ok(None);
    }
    let (_, verdicts) = judge_on(case, document, &Asked { keys: &keys, ..*asked })?;
    let closed = verdicts.into_iter().find(|verdict| matches!(verdict.status, Status::Fail | Status::Unknown));
    Ok(closed.map(|mut verdict| {
        // It shows that one object is refused, and the check is about all of them.
        verdict.evidence.details.remove("witness");
        let message = format!(
            "Only some tables are open to {0}: without S3 Bucket Keys the encryption context is the ARN of each object, and no \
             condition covers the others, such as `{1}`. Sailthru's list of tables is not fixed and grows: turn on Bucket \
             Keys and allow the context `{2}`, or allow `{2}/*`",
            asked.action,
            keys.first().map_or("", String::as_str),
            vendor.bucket_arn(),
        );
        Verdict { status: Status::Unknown, message, fix: None, ..verdict }
    }))
}

/// Whether key policy and grants let every writer do it; true where no key is asked. An action that Sailthru does not need
/// represents the making of a data key, which every upload begins with.
pub(super) fn vendor_may(case: &Case<'_>, action: Option<&str>) -> Tri {
    let named = KmsAction::ALL.iter().find(|known| Some(known.as_str()) == action);
    match judge(case, named.copied().unwrap_or(KmsAction::GenerateDataKey)).map(|verdict| verdict.status) {
        Ok(Status::Pass | Status::Warn | Status::Skip) => Tri::True,
        Ok(Status::Fail) => Tri::False,
        Ok(Status::Unknown) | Err(_) => Tri::Unknown,
    }
}

/// What each writer may, with the grants counted.
fn judged(answers: &[Answer], verdicts: &[Verdict]) -> Vec<JudgedPrincipal> {
    let decision = |answer: &Answer, verdict: &Verdict| match verdict.status {
        Status::Pass | Status::Warn | Status::Skip => Outcome::Allowed,
        Status::Unknown => Outcome::Conditional,
        Status::Fail => answer.outcome,
    };
    let one = |(answer, verdict): (&Answer, &Verdict)| JudgedPrincipal {
        principal: answer.writer.to_string(),
        decision: decision(answer, verdict),
        resource: None,
    };
    answers.iter().zip(verdicts).map(one).collect()
}

fn questions(vendor: &VendorRequests<'_>, writer: &Writer, asked: &Asked<'_>) -> Vec<Question> {
    let request = |key: &str| vendor.key_request(writer, asked.action, key);
    asked.keys.iter().map(|key| Question { target: key.clone(), part: "", request: request(key) }).collect()
}

fn of_answer(
    case: &Case<'_>,
    document: &Document,
    asked: &Asked<'_>,
    answer: &Answer,
    account: Option<&Answer>,
) -> Result<Verdict, Undecided> {
    let action = asked.action;
    let evidence = |verdict: Verdict, answer: &Answer| {
        Verdict { annotations: answer.annotations(document, action, KEY_POLICY), ..verdict }
            .with_statements(references(document, KEY_POLICY, &answer.statements))
            .with_depends_on(answer.depends_on.clone())
            .with_principal(&answer.writer, None)
    };
    let sentence = |answer: &Answer| answer.sentence(case, document, action, "key policy");
    let by_policy = sentence(answer);
    let verdict = match answer.outcome {
        Outcome::Allowed => match account.filter(|account| account.outcome != Outcome::Allowed) {
            Some(account) => Verdict::works_for_now(
                format!(
                    "{by_policy} Sailthru's documentation says to allow its whole account (`{}`). This grant is narrower: it \
                     works as long as Sailthru uses that role.",
                    account.writer
                ),
                add_statement(case),
            ),
            None => match in_a_week(document, case.snapshot)
                .and_then(|later| refused_then(case, document, asked, answer, &later))
            {
                Some(then) => ending(Verdict::pass(Basis::Evaluated, by_policy), &sentence(&then)),
                None => Verdict::pass(Basis::Evaluated, by_policy),
            },
        },
        Outcome::ExplicitlyDenied => {
            Verdict::fail(Basis::Evaluated, by_policy, exempt(case, document, &answer.statements))
        }
        // A grant replaces an Allow of the policy; it does not lift a Deny, nor one that perhaps applies.
        Outcome::ImplicitlyDenied | Outcome::Conditional => match granted(case, &answer.writer, asked) {
            Ok(Some((Tri::True, reference))) => match beside_a_grant(case, document, asked, &answer.writer) {
                Some(open) => {
                    let verdict = open.with_advice(case, Verdict::unknown(sentence(&open)), document);
                    return Ok(evidence(verdict, &open));
                }
                None => return Ok(only_by_grant(case, action, answer, reference)),
            },
            Ok(Some((_, reference))) => Verdict::unknown(format!(
                "{by_policy} The {} grant of the key is for one session of the role, and only Sailthru knows whether it \
                 uses that session. Ask Sailthru Support, or allow {action} in the key policy.",
                ordinal(reference.index + 1)
            )),
            Err(undecided) if answer.outcome == Outcome::ImplicitlyDenied => return Err(undecided),
            Ok(None) if answer.outcome == Outcome::ImplicitlyDenied => {
                Verdict::fail(Basis::Evaluated, by_policy, add_statement(case))
            }
            Ok(None) | Err(_) => Verdict::unknown(by_policy),
        },
    };
    let text = case.snapshot.key_policy.found().map(|answer| answer.policy.as_str()).unwrap_or_default();
    let verdict = answer.with_witness(case, verdict, asked.check, document, text);
    let verdict = answer.with_sources(answer.with_advice(case, verdict, document), document);
    Ok(evidence(verdict, answer))
}

/// The answer at another time, where it is not that all is allowed.
fn refused_then(
    case: &Case<'_>,
    document: &Document,
    asked: &Asked<'_>,
    now: &Answer,
    later: &Snapshot,
) -> Option<Answer> {
    let vendor = VendorRequests { connection: case.connection, snapshot: later };
    let questions = questions(&vendor, &now.writer, asked);
    answer(document, Service::Kms, &now.writer, questions, decide).filter(|answer| answer.outcome != Outcome::Allowed)
}

/// The answer of the Denies alone, where one perhaps applies.
fn beside_a_grant(case: &Case<'_>, document: &Document, asked: &Asked<'_>, writer: &Writer) -> Option<Answer> {
    let vendor = case.vendor();
    answer(document, Service::Kms, writer, questions(&vendor, writer, asked), decide_granted)
        .filter(|answer| answer.outcome != Outcome::Allowed)
}

fn only_by_grant(case: &Case<'_>, action: &str, answer: &Answer, reference: StatementReference) -> Verdict {
    let message = format!(
        "Only the {} grant of the key allows {action}, not the key policy. Sailthru asks for the key policy, because grants \
         are easily retired and overlooked.",
        ordinal(reference.index + 1)
    );
    Verdict::works_for_now(message, add_statement(case))
        .with_statements(vec![reference])
        .with_principal(&answer.writer, None)
}

fn add_statement(case: &Case<'_>) -> Fix {
    let summary = if case.snapshot.is_planned() {
        "Allow Sailthru the seven KMS actions in the key policy. This command prints the statement.".to_owned()
    } else {
        "Allow Sailthru the seven KMS actions in the key policy. This command writes the finished policy.".to_owned()
    };
    Fix::new(summary, edit_key_policy(case))
}

fn exempt(case: &Case<'_>, document: &Document, denies: &[usize]) -> Fix {
    Fix::new(exemption(case, &format!("{} of the key policy", names(document, denies))), edit_key_policy(case))
}

/// What prints the finished key policy: KMS replaces the whole document, it does not merge.
fn edit_key_policy(case: &Case<'_>) -> Vec<String> {
    vec![case.connection.fix_command()]
}
