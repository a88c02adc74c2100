//! Requests that show an answer, as the evidence carries them: docs/design/interfaces.md#report.

use serde_json::Value;

use super::{Answer, Asked};
use crate::checks::Verdict;
use crate::policy::Outcome;
use crate::policy::witness::{Witnesses, difference, line, witnesses};
use crate::report::Status;
use crate::vendor::requests::Service;

impl Answer<'_> {
    /// Adds requests that show why a verdict fails or is open: one that is refused and, where it is open, one that is let
    /// through, each as a line for `simulate --batch`.
    pub(super) fn with_witness(&self, verdict: Verdict) -> Verdict {
        let Asked { case, document, check, service, .. } = *self.asked;
        if !case.wants_witnesses || !matches!(verdict.status, Status::Fail | Status::Unknown) {
            return verdict;
        }
        let fact = match service {
            Service::S3 => &case.snapshot.bucket_policy,
            Service::Kms => &case.snapshot.key_policy,
        };
        let Some(policy) = fact.found().and_then(|text| serde_json::from_str::<Value>(&text.policy).ok()) else {
            return verdict;
        };
        let Witnesses { allowed, refused, .. } = witnesses(document, &self.request);
        // Where the document alone does not decide, it shows nothing of the verdict.
        let shown = match (verdict.status, self.outcome) {
            (Status::Unknown, Outcome::Conditional) if allowed.is_some() && refused.is_some() => {
                vec![&refused, &allowed]
            }
            (Status::Fail, outcome) if outcome.is_denied() && allowed.is_none() => vec![&refused],
            _ => return verdict,
        };
        let lines = shown.into_iter().flatten().enumerate();
        let lines = lines.map(|(number, request)| line(&format!("{check}/{}", number + 1), &policy, document, request));
        let Some(lines) = lines.collect::<Option<Vec<Value>>>().filter(|lines| !lines.is_empty()) else {
            return verdict;
        };
        let contrast = allowed.zip(refused).and_then(|(allowed, refused)| difference(document, &allowed, &refused));
        let message = match contrast {
            Some(contrast) => format!("{} For example, it is {contrast}.", verdict.message),
            None => verdict.message.clone(),
        };
        Verdict { message, ..verdict }.with("witness", lines)
    }
}
