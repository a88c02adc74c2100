//! FAQ 3, by the key policy and the key's grants: what Sailthru may do with the key.

use super::access::{Answer, Question, answer, ending, exemption, in_a_week};
use super::encryption::{KeyName, kms_encryption, own_key_fix};
use super::organization;
use super::policy::{KEY_POLICY, capitalised, names, references};
use super::{Case, Check, Explanation, Group, Headlines, Missing, Repair, Undecided, Verdict, recommended, required};
use crate::policy::condition::Condition;
use crate::policy::public::unlimited_statements;
use crate::policy::{Document, Outcome, Request, Tri, decide, decide_granted};
use crate::report::{Basis, CheckId, DocumentName, Fix, JudgedPrincipal, StatementReference, Status};
use crate::snapshot::{Fact, Operation, Snapshot};
use crate::vendor::documents;
use crate::vendor::requests::{Service, VendorRequests};
use crate::vendor::{KmsAction, Writer};

mod document;
mod grant;

pub use document::DOCUMENT;
use grant::{contexts_of_grants, granted};

const NEEDS: &[Operation] = &[
    Operation::GetBucketEncryption,
    Operation::GetKeyPolicy,
    Operation::ListGrants,
    Operation::DescribeKey,
    Operation::DescribeOrganization,
];

const SOURCES: &[&str] = &[
    "https://getstarted.sailthru.com/analytics/stc/s3-bucket-policy-information/",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions",
    "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html",
];

/// One check for each permission of FAQ 3: they differ in action and words only.
macro_rules! kms_check {
    ($name:ident, $variant:ident, $action:literal, $can:literal, $why:literal, $example:literal) => {
        #[doc = concat!("The check of `", $action, "`.")]
        static $name: Check = Check {
            id: CheckId::Kms(KmsAction::$variant),
            headlines: Headlines {
                pass: concat!("Sailthru can ", $can),
                fail: concat!("Sailthru cannot ", $can),
                unknown: concat!("Can Sailthru ", $can, "?"),
            },
            group: Group::Faq(3),
            needs: NEEDS,
            need: required,
            document: Some(DocumentName::KeyPolicy),
            repair: Some(Repair::KeyAccess(KmsAction::$variant)),
            check: |case| judge(case, KmsAction::$variant),
            explain: Explanation {
                what: concat!(
                    "Evaluates the key policy and the key's grants for Sailthru's ",
                    $action,
                    ", which S3 requests from KMS on its behalf."
                ),
                why: $why,
                example: $example,
                fix: concat!("Allow ", $action, " to Sailthru's principal in the key policy, with Resource `*`."),
                sources: SOURCES,
            },
        };
    };
}

kms_check!(
    DECRYPT,
    Decrypt,
    "kms:Decrypt",
    "decrypt with your KMS key",
    "S3 decrypts the parts of a multipart upload to join them: without this permission small files arrive and large \
     ones fail.",
    "An error occurred (AccessDenied) when calling the CompleteMultipartUpload operation: … is not authorized to \
     perform: kms:Decrypt"
);
kms_check!(
    DESCRIBE_KEY,
    DescribeKey,
    "kms:DescribeKey",
    "describe your KMS key",
    "Sailthru asks for it, to see that the key exists and is enabled before it writes.",
    "An error occurred (AccessDeniedException) when calling the DescribeKey operation: … is not authorized to perform: \
     kms:DescribeKey"
);
kms_check!(
    ENCRYPT,
    Encrypt,
    "kms:Encrypt",
    "encrypt with your KMS key",
    "Sailthru asks for it in its list for multipart uploads.",
    "… is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    GENERATE_DATA_KEY,
    GenerateDataKey,
    "kms:GenerateDataKey",
    "create data keys with your KMS key",
    "S3 needs a data key for every object and for the start of every multipart upload: without it nothing arrives.",
    "An error occurred (AccessDenied) when calling the PutObject operation: … is not authorized to perform: \
     kms:GenerateDataKey"
);
kms_check!(
    GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
    GenerateDataKeyWithoutPlaintext,
    "kms:GenerateDataKeyWithoutPlaintext",
    "create data keys without plaintext",
    "Sailthru asks for it; `kms:GenerateDataKey` alone does not cover it, `kms:GenerateDataKey*` does.",
    "… is not authorized to perform: kms:GenerateDataKeyWithoutPlaintext on resource: \
     arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    RE_ENCRYPT_FROM,
    ReEncryptFrom,
    "kms:ReEncryptFrom",
    "re-encrypt from your KMS key",
    "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    "… is not authorized to perform: kms:ReEncryptFrom on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);
kms_check!(
    RE_ENCRYPT_TO,
    ReEncryptTo,
    "kms:ReEncryptTo",
    "re-encrypt to your KMS key",
    "Sailthru asks for it; the action `kms:ReEncrypt` does not exist, `kms:ReEncrypt*` covers it.",
    "… is not authorized to perform: kms:ReEncryptTo on resource: arn:aws:kms:us-east-1:111122223333:key/…"
);

/// The entry of a permission's check.
pub(super) fn entry(action: KmsAction) -> &'static Check {
    match action {
        KmsAction::Decrypt => &DECRYPT,
        KmsAction::DescribeKey => &DESCRIBE_KEY,
        KmsAction::Encrypt => &ENCRYPT,
        KmsAction::GenerateDataKey => &GENERATE_DATA_KEY,
        KmsAction::GenerateDataKeyWithoutPlaintext => &GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
        KmsAction::ReEncryptFrom => &RE_ENCRYPT_FROM,
        KmsAction::ReEncryptTo => &RE_ENCRYPT_TO,
    }
}

/// `kms.policy-scope`.
pub static POLICY_SCOPE: Check = Check {
    id: CheckId::KmsPolicyScope,
    headlines: Headlines {
        pass: "Your key policy is not open to everyone",
        fail: "Your key policy is open to everyone",
        unknown: "Is your key policy open to everyone?",
    },
    group: Group::Faq(3),
    needs: &[Operation::GetBucketEncryption, Operation::GetKeyPolicy, Operation::DescribeKey],
    need: recommended,
    document: Some(DocumentName::KeyPolicy),
    repair: Some(Repair::LimitKeyPolicy),
    check: policy_scope,
    explain: Explanation {
        what: "Looks in the key policy for an Allow with Principal `*` without a condition that limits it to an \
               account, an organization or a principal.",
        why: "Any identity in any AWS account could then use the key, if its own account allows it.",
        example: "{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"kms:*\", \"Resource\": \"*\"}",
        fix: "Name the principals, or limit the statement with `kms:CallerAccount`.",
        sources: &[
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html",
            "https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-caller-account",
        ],
    },
};

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
    let worst = verdicts.into_iter().max_by_key(|verdict| severity(verdict.status));
    let verdict = match worst.unwrap_or_else(|| Verdict::unknown("There is no principal to check.")) {
        verdict if matches!(verdict.status, Status::Pass | Status::Warn) => {
            some_tables_only(case, document, &asked)?.unwrap_or(verdict)
        }
        verdict => verdict,
    };
    let bound = organization::key_is_bound(case);
    let requests = |writer: &Writer| questions(&vendor, writer, &asked).into_iter().map(|question| question.request);
    let requests: Vec<Request> = vendor.writers().iter().filter(|_| bound).flat_map(requests).collect();
    let verdict = organization::under(case, verdict, &requests, Status::Fail);
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
    let conditions = document.statements.iter().flat_map(|statement| &statement.conditions);
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
/// stands for the making of a data key, which every upload begins with.
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

fn severity(status: Status) -> u8 {
    match status {
        Status::Pass | Status::Skip => 0,
        Status::Warn => 1,
        Status::Unknown => 2,
        Status::Fail => 3,
    }
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
            Some(account) => Verdict::warn(
                Basis::Evaluated,
                format!(
                    "{by_policy} Sailthru's documentation says to allow its whole account (`{}`); this grant is \
                     narrower.",
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
        // A grant stands in for an Allow of the policy; it does not lift a Deny, nor one that perhaps applies.
        Outcome::ImplicitlyDenied | Outcome::Conditional => match granted(case, &answer.writer, asked) {
            Ok(Some((Tri::True, reference))) => match beside_a_grant(case, document, asked, &answer.writer) {
                Some(open) => return Ok(evidence(Verdict::unknown(sentence(&open)), &open)),
                None => return Ok(only_by_grant(case, action, answer, reference)),
            },
            Ok(Some((_, reference))) => Verdict::unknown(format!(
                "{by_policy} Grant {} of the key is for one session of the role, and only Sailthru knows whether it \
                 uses that session. Ask Sailthru Support, or allow {action} in the key policy.",
                reference.index
            )),
            Err(undecided) if answer.outcome == Outcome::ImplicitlyDenied => return Err(undecided),
            Ok(None) if answer.outcome == Outcome::ImplicitlyDenied => {
                Verdict::fail(Basis::Evaluated, by_policy, add_statement(case))
            }
            Ok(None) | Err(_) => Verdict::unknown(by_policy),
        },
    };
    let text = case.snapshot.key_policy.found().map(|answer| answer.policy.as_str()).unwrap_or_default();
    let verdict = answer.with_sources(answer.with_witness(verdict, asked.check, document, text), document);
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
        "Only grant {} of the key allows {action}, not the key policy. Sailthru asks for the key policy, because grants are \
         easily retired and overlooked.",
        reference.index
    );
    Verdict::warn(Basis::Evaluated, message, add_statement(case))
        .with_statements(vec![reference])
        .with_depends_on(Vec::new())
        .with_principal(&answer.writer, None)
}

fn policy_scope(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let (_, key) = kms_encryption(case)?;
    if is_aws_managed(case, key) {
        return Ok(Verdict::skip("the key is managed by AWS for S3, and so is its policy"));
    }
    let document = case.key_policy()?;
    let open = unlimited_statements(document);
    let verdict = if open.is_empty() {
        Verdict::pass(
            Basis::Evaluated,
            "Every statement of the key policy that allows something is limited to accounts, an organization or \
             principals.",
        )
    } else {
        let named = names(document, &open);
        Verdict::warn(
            Basis::Evaluated,
            format!(
                "{} of the key policy allows every identity in any AWS account, if that account's own administrators \
                 allow it.",
                capitalised(&named)
            ),
            Fix::new(
                format!(
                    "Name the principals of {named}, or limit it with `\"StringEquals\": {{\"kms:CallerAccount\": \
                     [\"ACCOUNT\"]}}`."
                ),
                edit_key_policy(case),
            ),
        )
    };
    Ok(verdict.with_statements(references(document, KEY_POLICY, &open)))
}

fn add_statement(case: &Case<'_>) -> Fix {
    let statement = documents::key_statement(&case.vendor());
    let summary = if case.snapshot.is_planned() {
        format!("Add this statement to the key policy: `{statement}`.")
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
