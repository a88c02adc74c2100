//! Changes of policies: what `fix` makes of random ones, and random edits; each with what stc-check says that others gain by it.

mod generate;

use serde_json::{Map, Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes::plan;
use stc_check::fix::settings::Delivery;
use stc_check::names::BucketName;
use stc_check::policy::gain::{Gain, Others};
use stc_check::policy::{Document, DocumentKind, KeyState, Principal};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::{Connection, Variant};

use generate::{BUCKET, Choices, KEYS, ROLE, edited, policy};

/// One change and the answer.
pub(crate) struct Change {
    pub(crate) is_fix: bool,
    pub(crate) before: Value,
    pub(crate) after: Value,
    pub(crate) gain: Option<Gain>,
}

/// The changes of the policy that belongs to a seed: what `fix` proposes, and one edit.
pub(crate) fn changes(seed: u64) -> Vec<Change> {
    let mut choices = Choices::new(seed);
    let policy = policy(&mut choices);
    let edit = edited(&mut choices, &policy);
    let fixes = fixes(&policy).into_iter().map(|(before, after)| (true, before, after));
    let all = fixes.chain([(false, policy, edit)]);
    all.map(|(is_fix, before, after)| Change { is_fix, gain: gain(&before, &after), before, after }).collect()
}

/// What `fix` makes of a policy, each step from what is in force.
fn fixes(policy: &Value) -> Vec<(Value, Value)> {
    let name = BucketName::parse("acme-exports").unwrap();
    let connection = Connection { variant: Variant::Joint, ..Connection::new(name) };
    let snapshot = snapshot(policy);
    let plan = plan(&Case::new(&connection, &snapshot, None), Delivery::Inline);
    let of_policy = plan.changes.into_iter().filter(|change| change.document.as_str() == "bucket-policy");
    let mut pairs: Vec<(Value, Value)> =
        of_policy.map(|change| (change.before.unwrap_or_default(), change.after)).collect();
    pairs.dedup();
    pairs
}

/// A bucket with this policy, and nothing else to fix.
fn snapshot(policy: &Value) -> Snapshot {
    let mut whole: Value = serde_json::from_str(include_str!("../fixtures/joint-sse-kms.json")).unwrap();
    let operations = whole["operations"].as_object_mut().unwrap();
    operations.retain(|name, _| !name.starts_with("kms:") && name != "s3:GetBucketPolicyStatus");
    operations["s3:GetBucketPolicy"] = json!({"Policy": policy.to_string()});
    let rule = json!({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}});
    operations["s3:GetBucketEncryption"] = json!({"ServerSideEncryptionConfiguration": {"Rules": [rule]}});
    Snapshot::from_json(&whole.to_string()).unwrap()
}

fn gain(before: &Value, after: &Value) -> Option<Gain> {
    let document = |policy: &Value| Document::parse(&policy.to_string(), DocumentKind::Bucket).ok();
    let others = Others {
        partition: "aws",
        accounts: ["444455556666", "099647660399", "111122223333"].map(str::to_owned).to_vec(),
        owner: Some("111122223333"),
        may_gain: &|principal| matches!(principal, Principal::Role(role) if role.arn == ROLE),
    };
    others.gain_in_bucket(document(before).as_ref(), &document(after).unwrap(), BUCKET, &["any".to_owned()])
}

impl Change {
    /// As a line for `gains.py`; condition keys that may have any value are left out.
    pub(crate) fn line(&self) -> Value {
        let answer = self.gain.as_ref().map_or_else(|| json!({"gain": "none"}), told);
        json!({"before": self.before, "after": self.after, "answer": answer})
    }
}

fn told(Gain { request, doubt }: &Gain) -> Value {
    let principal = match &request.principal {
        Principal::Role(own) | Principal::User(own) | Principal::Root(own) => own.arn.as_str(),
        Principal::Anonymous => "anonymous",
        other => panic!("nobody here asks as {other:?}"),
    };
    let values = |name: &str| match request.context.get(&name.to_lowercase()) {
        KeyState::Known(values) => Some(json!(values)),
        KeyState::Absent => Some(json!([])),
        _ => None,
    };
    let context: Map<String, Value> =
        KEYS.iter().filter_map(|key| Some((key.name.to_owned(), values(key.name)?))).collect();
    json!({
        "gain": if doubt.is_none() { "certain" } else { "doubtful" }, "principal": principal,
        "action": request.action_name(), "resource": request.resource_text(), "context": context,
    })
}
