//! The buckets of LocalStack's seeds, each broken one against the good one that it was: `diff` names what broke it.

use serde_json::{Value, json};
use stc_check::checks::{Case, judge};
use stc_check::comparison::Comparison;
use stc_check::report::{Direction, Status};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::Variant;

use crate::judge::fixture::{self, Fixture};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The value with every `{name}` in its strings replaced, as `localstack/seed` does.
fn filled(value: &Value, key: &str) -> Value {
    let id = key.rsplit('/').next().unwrap();
    let names = [
        ("{bucket}", "acme-exports"),
        ("{account}", "111122223333"),
        ("{key}", key),
        ("{key_id}", id),
        ("{key_alias}", "arn:aws:kms:us-east-1:111122223333:alias/exports"),
    ];
    let text = names.into_iter().fold(value.to_string(), |text, (name, value)| text.replace(name, value));
    serde_json::from_str(&text).unwrap()
}

struct Seeds(Value);

impl Seeds {
    fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/localstack/seeds.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    fn policy(&self, statements: &Value) -> Value {
        let written =
            |item: &Value| item.as_str().map_or_else(|| item.clone(), |name| self.0["statements"][name].clone());
        let statements: Vec<Value> = statements.as_array().unwrap().iter().map(written).collect();
        json!({"Policy": filled(&json!({"Version": "2012-10-17", "Statement": statements}), KEY).to_string()})
    }

    /// The good bucket that a seed was before somebody broke it.
    fn good(&self, seed: &Value) -> Fixture {
        let arguments: Vec<&str> =
            seed["arguments"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let name = arguments.iter().skip_while(|argument| **argument != "--variant").nth(1).unwrap_or(&"joint");
        let variant = Variant::ALL.into_iter().find(|variant| variant.as_str() == *name).unwrap();
        let statements = match variant {
            Variant::Joint => json!(["role-lists", "role-writes", "tls-only"]),
            Variant::EventStream => json!(["account-lists", "account-writes", "tls-only"]),
            Variant::DataExporter => json!(["user-lists", "user-writes", "tls-only"]),
        };
        let mut good = fixture::named("joint").with_answer("s3:GetBucketPolicyStatus", None);
        good.connection.kms_key = None;
        good.connection.variant = variant;
        good.connection.export_path = (variant == Variant::DataExporter).then(|| "reports/sailthru/".to_owned());
        let key = if variant == Variant::EventStream { "for-account" } else { "for-role" };
        let key = if variant == Variant::DataExporter { "for-user" } else { key };
        good.with_answer("s3:GetBucketPolicy", Some(self.policy(&statements)))
            .with_answer("kms:GetKeyPolicy", Some(self.policy(&self.0["keys"][key]["policy"])))
    }

    /// The same bucket as the seed is made, as far as a snapshot shows it.
    fn broken(&self, seed: &Value) -> Fixture {
        let good = self.good(seed);
        let policy = match seed.get("policy") {
            Some(statements) => self.policy(statements),
            None => json!({"Error": {"Code": "NoSuchBucketPolicy", "Message": "none"}}),
        };
        let mut broken = good.with_answer("s3:GetBucketPolicy", Some(policy));
        for (name, value) in seed["settings"].as_object().into_iter().flatten() {
            let value = filled(value, KEY);
            let truths = || {
                value.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!(value == "true"))).collect()
            };
            let (operation, answer) = match name.as_str() {
                "publicAccessBlock" => {
                    ("s3:GetPublicAccessBlock", json!({"PublicAccessBlockConfiguration": Value::Object(truths())}))
                }
                "ownershipControls" => {
                    ("s3:GetBucketOwnershipControls", json!({"OwnershipControls": {"Rules": value["Rule"]}}))
                }
                "requestPayment" => ("s3:GetBucketRequestPayment", value.clone()),
                "encryption" => {
                    ("s3:GetBucketEncryption", json!({"ServerSideEncryptionConfiguration": {"Rules": value["Rule"]}}))
                }
                "object-lock" => {
                    let rule = json!({"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}});
                    (
                        "s3:GetObjectLockConfiguration",
                        json!({"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}}),
                    )
                }
                other => panic!("a seed has the setting `{other}`"),
            };
            let answer = Value::clone(&answer);
            broken = broken.with_answer(operation, Some(answer));
        }
        if seed.get("acl").is_some() {
            let mut acl = good.document["operations"]["s3:GetBucketAcl"].clone();
            let everyone = json!({"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"});
            acl["Grants"].as_array_mut().unwrap().push(everyone);
            broken = broken.with_answer("s3:GetBucketAcl", Some(acl));
        }
        match seed["key"].as_str() {
            Some(key) => self.with_key(&broken, &self.0["keys"][key]),
            None => broken,
        }
    }

    fn with_key(&self, broken: &Fixture, key: &Value) -> Fixture {
        let mut broken = broken.with_answer("kms:GetKeyPolicy", Some(self.policy(&key["policy"])));
        let mut described = broken.document["operations"]["kms:DescribeKey"].clone();
        if let Some(action) = key["then"][0].as_str() {
            described["KeyMetadata"]["KeyState"] =
                json!(if action == "DisableKey" { "Disabled" } else { "PendingDeletion" });
            described["KeyMetadata"]["Enabled"] = json!(false);
        }
        if let Some(region) = key["region"].as_str() {
            let elsewhere = KEY.replace("us-east-1", region);
            described["KeyMetadata"]["Arn"] = json!(elsewhere);
            let rule =
                json!({"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": elsewhere}});
            let encryption = json!({"ServerSideEncryptionConfiguration": {"Rules": [rule]}});
            broken = broken.with_answer("s3:GetBucketEncryption", Some(encryption));
        }
        if let Some(grant) = key.get("grant") {
            let mut grant = grant.clone();
            grant["KeyId"] = json!(KEY);
            broken = broken.with_answer("kms:ListGrants", Some(json!({"Grants": [grant]})));
        }
        broken.with_answer("kms:DescribeKey", Some(described))
    }
}

#[test]
fn every_broken_seed_names_the_change_that_broke_it() {
    let seeds = Seeds::read();
    let (mut compared, mut turned) = (0, 0);
    for seed in seeds.0["seeds"].as_array().unwrap() {
        let name = seed["bucket"].as_str().unwrap();
        if !name.starts_with("broken-") || seed.get("never_made").is_some() {
            continue;
        }
        let (good, broken) = (seeds.good(seed), seeds.broken(seed));
        let operations = |fixture: &Fixture| fixture.document["operations"].as_object().unwrap().clone();
        let (before, after) = (operations(&good), operations(&broken));
        let mut differ: Vec<&String> = after.keys().filter(|name| before.get(*name) != after.get(*name)).collect();
        differ.sort();
        // What is wrong with the others is an option, or an object in the bucket.
        if differ.is_empty() {
            continue;
        }
        compared += 1;
        let report = good.judge();
        let fails: Vec<_> =
            report.checks.iter().filter(|check| check.status == Status::Fail).map(|check| check.id).collect();
        assert!(fails.is_empty(), "{name}: the good one fails {fails:?}");
        let verdict = |snapshot: &Snapshot| judge(&Case::new(&broken.connection, snapshot, None));
        let comparison = Comparison::of_snapshots(&good.snapshot(), &broken.snapshot(), verdict).unwrap();
        let changed: Vec<&str> = comparison.changes.iter().map(|change| change.document.as_str()).collect();
        assert_eq!(changed, differ, "{name}");
        let worse: Vec<_> = comparison.turned.iter().filter(|turn| turn.direction == Direction::Worse).collect();
        assert!(!worse.is_empty() && comparison.is_worse(), "{name}: nothing is worse");
        for turn in &worse {
            turned += 1;
            let by: Vec<&str> = comparison
                .changes
                .iter()
                .filter(|change| change.turns.contains(&turn.check))
                .map(|change| change.document.as_str())
                .collect();
            assert!(!by.is_empty() || differ.len() > 1, "{name}: nothing is said to turn {}", turn.check);
        }
        let explained = |turn: &&&stc_check::comparison::Turn| {
            comparison.changes.iter().any(|change| change.turns.contains(&turn.check))
        };
        assert!(worse.iter().any(|turn| explained(&turn)), "{name}: no change explains any of it");
        // What the seed is broken for is among what turned.
        for (id, status) in seed["expect"].as_object().unwrap() {
            let of_snapshot = !id.starts_with("probe.") && !id.starts_with("kms.") && id != "encryption.key-arn";
            if status == "fail" && of_snapshot {
                assert!(worse.iter().any(|turn| turn.check == *id), "{name}: {id} is not worse");
            }
        }
    }
    assert!(compared >= 25 && turned >= 50, "{compared} seeds, {turned} checks");
}
