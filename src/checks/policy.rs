//! The bucket policy as the checks see it: read once, quoted in one way.

use super::{Case, Undecided, Verdict};
use crate::policy::nearest::statement_name;
use crate::policy::public::{Publicity, publicity};
use crate::policy::{Document, Statement, Tri};
use crate::report::{Basis, StatementReference, StatementSource};
use crate::text::list::listed;

pub(super) const BUCKET_POLICY: StatementSource = StatementSource::BucketPolicy;
pub(super) const KEY_POLICY: StatementSource = StatementSource::KeyPolicy;

/// Statements as evidence quotes them.
pub(super) fn references(document: &Document, name: StatementSource, indexes: &[usize]) -> Vec<StatementReference> {
    let reference = |statement: &Statement| StatementReference {
        document: name,
        index: statement.index,
        sid: statement.sid.as_deref().map(str::to_owned),
        effect: statement.effect.as_str(),
    };
    statements(document, indexes).map(reference).collect()
}

/// The statements with these indexes.
pub(super) fn statements<'a>(document: &'a Document, indexes: &'a [usize]) -> impl Iterator<Item = &'a Statement> {
    indexes.iter().filter_map(|index| document.statements.get(*index))
}

/// ``the statements `Read` and `Write` ``, "the 1st and the 3rd statement", or both kinds by themselves.
pub(super) fn names(document: &Document, indexes: &[usize]) -> String {
    let names: Vec<String> = statements(document, indexes).map(statement_name).collect();
    let by_sid: Option<Vec<String>> =
        names.iter().map(|name| name.strip_prefix("the statement ").map(str::to_owned)).collect();
    match by_sid {
        Some(sids) if sids.len() > 1 => format!("the statements {}", listed(&sids)),
        _ => listed(&names),
    }
}

/// A text, such as a statement's name, at the beginning of a sentence.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Whether the policy in hand is public: as S3 says where that was read, else by our own reading.
pub(super) fn is_public(case: &Case<'_>, document: &Document) -> Tri {
    match case.snapshot.policy_status.found() {
        Some(answer) => answer.policy_status.is_public.into(),
        None => publicity(document).public,
    }
}

/// Whether the bucket policy is public, by our own reading, for where S3 did not say.
///
/// # Errors
/// When the policy could not be read, or whether it is public is not documented.
pub(super) fn public_by_our_reading(case: &Case<'_>) -> Result<Verdict, Undecided> {
    let Some(document) = case.bucket_policy()? else {
        return Ok(Verdict::pass(Basis::Evaluated, "Your bucket has no policy, so no policy makes it public."));
    };
    let Publicity { public, statements } = publicity(document);
    let named = names(document, &statements);
    let (allow, it) = if statements.len() == 1 { ("allows", "it") } else { ("allow", "them") };
    let verdict = match public {
        Tri::False => {
            let message = "stc-check considers this policy not public (S3's own answer could not be read): every Allow is \
                           limited to fixed principals or sources.";
            Verdict::pass(Basis::Evaluated, message)
        }
        Tri::True => {
            let message = format!(
                "stc-check considers this policy public (S3's own answer could not be read): {named} {allow} everyone, \
                 without a limit to fixed principals or sources."
            );
            let summary = format!("Name the principals of {named}, or remove {it}. Leave Block Public Access on.");
            Verdict::fail(Basis::Evaluated, message, case.edit(summary))
        }
        Tri::Unknown if case.snapshot.is_planned() => Verdict::unknown(format!(
            "AWS does not document whether S3 considers {named} public: check the bucket once the plan is applied"
        )),
        Tri::Unknown => Verdict::unknown(format!(
            "AWS does not document whether S3 considers {named} public. To find out, your role needs \
             s3:GetBucketPolicyStatus"
        )),
    };
    Ok(verdict.with_statements(references(document, BUCKET_POLICY, &statements)).with("own_reading", true))
}
