//! What becomes of folders that the bucket policy does not name.

use super::questions::questions_on;
use crate::checks::access::answer;
use crate::checks::policy::{BUCKET_POLICY, names, references};
use crate::checks::{Case, Verdict};
use crate::policy::{Document, Outcome, decide};
use crate::vendor::Writer;
use crate::vendor::requests::{Service, VendorAction};

/// What becomes of tables that the policy does not name, where all that it names is open to the writer.
pub(super) fn some_folders_only(case: &Case<'_>, document: &Document, actions: &[VendorAction]) -> Option<Verdict> {
    if actions == [VendorAction::List] {
        return None;
    }
    let vendor = case.vendor();
    let keys = vendor.unlisted_keys(&resources(document));
    let ask =
        |writer: &Writer| answer(document, Service::S3, writer, questions_on(&vendor, writer, actions, &keys), decide);
    let denied = vendor.writers().iter().filter_map(ask).find(|answer| answer.outcome != Outcome::Allowed)?;
    let action = actions.first().map_or("", |action| action.iam_action());
    let how = match denied.outcome {
        Outcome::ExplicitlyDenied => format!("{} denies the others", names(document, &denied.statements)),
        Outcome::ImplicitlyDenied => "no statement allows the others".to_owned(),
        _ => format!("{} may not cover the others", names(document, &denied.statements)),
    };
    let verdict = Verdict::unknown(format!(
        "The policy allows only some folders: {how}, such as `{}`. Sailthru's sample allows the whole bucket, because \
         its list of tables grows. Ask Sailthru Support which tables you will get, or allow {action} on `{}/*`",
        denied.target,
        vendor.bucket_arn()
    ));
    let verdict = Verdict { annotations: denied.annotations(document, action, BUCKET_POLICY), ..verdict };
    Some(
        verdict
            .with_statements(references(document, BUCKET_POLICY, &denied.statements))
            .with_depends_on(denied.depends_on.clone())
            .with_principal(&denied.writer, Some(&denied.target)),
    )
}

/// The Resource and `NotResource` texts of a policy.
fn resources(document: &Document) -> impl Iterator<Item = &str> + Clone {
    document.statements.iter().flat_map(|statement| &statement.resource.entries).map(|entry| entry.text.as_str())
}
