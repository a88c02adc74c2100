//! FAQ 3, by the key policy and the key's grants: what Sailthru may do with the key.

use super::access::{Answer, Asked, Question, exemption};
use super::encryption::{KeyName, kms_encryption, own_key_fix};
use super::organization;
use super::policy::names;
use super::{Case, Missing, Undecided, Verdict};
use crate::policy::condition::Condition;
use crate::policy::nearest::ordinal;
use crate::policy::{Outcome, Request, Tri, decide_granted};
use crate::report::{Basis, CheckId, Fix, JudgedPrincipal, StatementReference, Status};
use crate::snapshot::Fact;
use crate::vendor::requests::{Service, VendorRequests};
use crate::vendor::{KmsAction, Writer};

mod document;
mod grant;
mod permissions;
mod scope;

pub(crate) use document::DOCUMENT;
use grant::{contexts_of_grants, granted};
pub(super) use permissions::entry;
pub(crate) use scope::POLICY_SCOPE;

fn is_aws_managed(case: &Case<'_>, key: KeyName<'_>) -> bool {
    key == KeyName::AwsManaged || case.is_key_of_aws()
}

fn judge(case: &Case<'_>, action: KmsAction) -> Result<Verdict, Undecided> {
    let (rule, key) = kms_encryption(case)?;
    if is_aws_managed(case, key) {
        let message = format!(
            "The key is managed by AWS for S3. Only your own account can use it and its policy cannot be changed, so it \
             cannot allow Sailthru {}.",
            action.as_str()
        );
        return Ok(Verdict::fail(Basis::Read, message, own_key_fix(case, &rule.algorithm)));
    }
    if matches!(&case.snapshot.key, Fact::Unreadable(failure) if failure.code == "NotFoundException") {
        return Err(Undecided::Missing(Missing::ExistingKey));
    }
    let (check, document) = (CheckId::Kms(action), case.key_policy()?);
    let asked = Asked { case, document, service: Service::Kms, check, action: action.as_str() };
    let vendor = case.vendor();
    let sampled = vendor.object_keys();
    let (answers, verdicts) = judge_on(&asked, &sampled)?;
    let judged = judged(&answers, &verdicts);
    let worst = verdicts.into_iter().max_by_key(|verdict| verdict.status.badness());
    let verdict = worst.unwrap_or_else(|| Verdict::unknown("There is no principal to check."));
    let verdict = match verdict.status {
        Status::Pass | Status::Warn => some_tables_only(&asked)?.unwrap_or(verdict),
        _ => verdict,
    };
    let requests = |keys: &[String]| {
        let of_writer = |writer: &Writer| questions(&vendor, writer, asked.action, keys);
        vendor.writers().iter().flat_map(of_writer).map(|question| question.request).collect::<Vec<Request>>()
    };
    let verdict = organization::under(case, verdict, Status::Fail, organization::key_is_bound(case), &requests);
    Ok(verdict.with_access(asked.action, judged))
}

/// The answer and the verdict for each writer, while S3 handles these objects.
fn judge_on<'a>(asked: &'a Asked<'a>, keys: &[String]) -> Result<(Vec<Answer<'a>>, Vec<Verdict>), Undecided> {
    let vendor = asked.case.vendor();
    let ask = |writer: &Writer| asked.answer(writer, questions(&vendor, writer, asked.action, keys));
    let answers: Vec<Answer<'_>> = vendor.writers().iter().filter_map(ask).collect();
    let account = vendor.documented_account().and_then(|account| ask(&account));
    let verdicts = answers.iter().map(|answer| of_answer(asked, keys, answer, account.as_ref()));
    let verdicts = verdicts.collect::<Result<Vec<_>, _>>()?;
    Ok((answers, verdicts))
}

/// What becomes of tables that neither key policy nor grants name: without S3 Bucket Keys the encryption context is the
/// object's ARN, and Sailthru's tables are not a fixed list.
fn some_tables_only(asked: &Asked<'_>) -> Result<Option<Verdict>, Undecided> {
    let Asked { case, document, action, .. } = *asked;
    let conditions = document.conditions();
    let named: Vec<&str> = conditions.flat_map(Condition::values).chain(contexts_of_grants(case)).collect();
    let vendor = case.vendor();
    let keys = vendor.unlisted_keys(&named.iter().copied());
    let Some(example) = keys.first() else { return Ok(None) };
    let (_, verdicts) = judge_on(asked, &keys)?;
    let closed = verdicts.into_iter().find(|verdict| matches!(verdict.status, Status::Fail | Status::Unknown));
    Ok(closed.map(|mut verdict| {
        // It shows that one object is refused, and the check is about all of them.
        verdict.evidence.details.remove("witness");
        let bucket = vendor.bucket_arn();
        let message = format!(
            "Only some tables are open to {action}: without S3 Bucket Keys the encryption context is the ARN of each object, \
             and no condition covers the others, such as `{example}`. Sailthru's list of tables is not fixed and grows: turn \
             on Bucket Keys and allow the context `{bucket}`, or allow `{bucket}/*`"
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
fn judged(answers: &[Answer<'_>], verdicts: &[Verdict]) -> Vec<JudgedPrincipal> {
    let one = |(answer, verdict): (&Answer<'_>, &Verdict)| {
        let decision = match verdict.status {
            Status::Pass | Status::Warn | Status::Skip => Outcome::Allowed,
            Status::Unknown => Outcome::Conditional,
            Status::Fail => answer.outcome,
        };
        JudgedPrincipal { principal: answer.writer.to_string(), decision, resource: None }
    };
    answers.iter().zip(verdicts).map(one).collect()
}

fn questions(vendor: &VendorRequests<'_>, writer: &Writer, action: &str, keys: &[String]) -> Vec<Question> {
    let question = |key: &String| {
        let request = vendor.key_request(writer, action, key);
        Question { target: key.clone(), part: "", request }
    };
    keys.iter().map(question).collect()
}

fn of_answer(
    asked: &Asked<'_>,
    keys: &[String],
    answer: &Answer<'_>,
    account: Option<&Answer<'_>>,
) -> Result<Verdict, Undecided> {
    let Asked { case, action, .. } = *asked;
    let by_policy = answer.sentence();
    let verdict = match answer.outcome {
        Outcome::Allowed => match account.filter(|account| account.outcome != Outcome::Allowed) {
            Some(account) => answer.narrower_than(account, add_statement(case)),
            None => asked.lasting(Verdict::pass(Basis::Evaluated, by_policy), |later| {
                let then = asked.answer(&answer.writer, questions(later, &answer.writer, action, keys));
                then.filter(|then| then.outcome != Outcome::Allowed)
            }),
        },
        Outcome::ExplicitlyDenied => {
            let named = format!("{} of the key policy", names(asked.document, &answer.statements));
            Verdict::fail(Basis::Evaluated, by_policy, case.edit(exemption(case, &named)))
        }
        // A grant replaces an Allow of the policy; it does not lift a Deny, nor one that perhaps applies.
        Outcome::ImplicitlyDenied | Outcome::Conditional => match granted(asked, &answer.writer, keys) {
            Ok(Some((Tri::True, reference))) => {
                let questions = questions(&case.vendor(), &answer.writer, action, keys);
                let beside = asked.answer_by(decide_granted, &answer.writer, questions);
                return Ok(match beside.filter(|beside| beside.outcome != Outcome::Allowed) {
                    Some(open) => open.evidence(open.with_advice(Verdict::unknown(open.sentence()))),
                    None => only_by_grant(asked, answer, reference),
                });
            }
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
    Ok(answer.explained(verdict))
}

fn only_by_grant(asked: &Asked<'_>, answer: &Answer<'_>, reference: StatementReference) -> Verdict {
    let message = format!(
        "Only the {} grant of the key allows {}, not the key policy. Sailthru asks for the key policy, because grants \
         are easily retired and overlooked.",
        ordinal(reference.index + 1),
        asked.action
    );
    Verdict::works_for_now(message, add_statement(asked.case))
        .with_statements(vec![reference])
        .with_principal(&answer.writer, None)
}

fn add_statement(case: &Case<'_>) -> Fix {
    let command = if case.snapshot.is_planned() { "prints the statement" } else { "writes the finished policy" };
    let summary = format!("Allow Sailthru the seven KMS actions in the key policy. This command {command}.");
    case.edit(summary)
}
