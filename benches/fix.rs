//! How long `stc-check fix` takes for policies as long as AWS takes them, and for longer ones: `cargo bench --bench fix`.
//!
//! The bucket policy is close to 20 KB and the key policy close to 32 KB. All their statements but the owner's are of one
//! shape, and there are 48 shapes. Half a second each is the most that people should wait for.
#![allow(
    clippy::indexing_slicing,
    clippy::unused_self,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first surprise, and its cases read as one"
)]

use std::fmt;

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use serde_json::{Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes::plan;
use stc_check::fix::settings::Delivery;
use stc_check::names::{BucketName, KeyArn};
use stc_check::snapshot::Snapshot;
use stc_check::vendor::Connection;

const BUCKET: &str = "acme-exports";
const SNAPSHOT: &str = include_str!("../tests/fixtures/joint-sse-kms.json");
/// What AWS takes, less what a fix adds.
const BUCKET_POLICY_BYTES: usize = 19_000;
const KEY_POLICY_BYTES: usize = 31_000;

fn main() {
    divan::main();
}

/// What all statements of a document are like.
#[derive(Debug, Clone, Copy)]
struct Shape {
    effect: &'static str,
    principal: usize,
    condition: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let principal = ["everyone", "roles", "accounts", "many"].get(self.principal).unwrap();
        let condition = ["none", "network", "addresses", "callers", "headers", "patterns"].get(self.condition).unwrap();
        write!(formatter, "{} {principal} {condition}", self.effect)
    }
}

fn shapes() -> impl Iterator<Item = Shape> {
    let effects = ["Allow", "Deny"].into_iter();
    effects.flat_map(|effect| {
        (0..4).flat_map(move |principal| (0..6).map(move |condition| Shape { effect, principal, condition }))
    })
}

impl Shape {
    fn principal(self, number: usize) -> Value {
        let account = 100_000_000_000 + number;
        match self.principal {
            0 => json!("*"),
            1 => json!({"AWS": format!("arn:aws:iam::111122223333:role/team-{number}")}),
            2 => json!({"AWS": [account.to_string(), format!("arn:aws:iam::{account}:root")]}),
            _ => {
                let user = |user| format!("arn:aws:iam::{account}:user/loader-{user}");
                json!({"AWS": (0..8).map(user).collect::<Vec<_>>(), "Service": "logging.s3.amazonaws.com"})
            }
        }
    }

    fn condition(self, number: usize) -> Value {
        match self.condition {
            0 => json!({}),
            1 => json!({"StringNotEquals": {"aws:SourceVpce": [format!("vpce-{number}"), "vpce-0123456789abcdef0"]}}),
            2 => json!({"NotIpAddress": {"aws:SourceIp": [format!("10.0.{}.0/24", number % 250), "198.51.100.0/24"]}}),
            3 => json!({
                "StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "ArnNotLike": {"aws:PrincipalArn": format!("arn:aws:iam::111122223333:role/team-{number}/*")},
            }),
            4 => json!({"Null": {"aws:PrincipalTag/team": "true"}, "Bool": {"aws:SecureTransport": "true"}}),
            _ => json!({"StringLike": {"aws:UserAgent": [format!("*loader/{number}.*"), "*crawler*"]}}),
        }
    }

    fn statement(self, number: usize, actions: &[&str], resource: &Value) -> Value {
        json!({"Sid": format!("Statement{number}"), "Effect": self.effect, "Principal": self.principal(number),
            "Action": actions, "Resource": resource, "Condition": self.condition(number)})
    }

    /// As many statements as fit, up to a number of them.
    fn policy(self, first: Option<Value>, bytes: usize, most: usize, statement: impl Fn(usize) -> Value) -> String {
        let mut statements: Vec<Value> = first.into_iter().collect();
        let mut length = 60 + statements.iter().map(|one| one.to_string().len() + 1).sum::<usize>();
        for number in 0..most {
            let next = statement(number);
            length += next.to_string().len() + 1;
            if length > bytes {
                break;
            }
            statements.push(next);
        }
        json!({"Version": "2012-10-17", "Statement": statements}).to_string()
    }

    fn snapshot(self, bytes: [usize; 2], most: usize) -> Snapshot {
        let arn = format!("arn:aws:s3:::{BUCKET}");
        let objects = |number| json!([arn, format!("{arn}/team-{number}/*"), format!("{arn}/_ACCESS*")]);
        let of_bucket = |number| self.statement(number, &["s3:PutObject", "s3:ListBucket"], &objects(number));
        let of_key = |number| self.statement(number, &["kms:Decrypt", "kms:GenerateDataKey*"], &json!("*"));
        let owner = json!({"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "kms:*", "Resource": "*"});
        let mut document: Value = serde_json::from_str(SNAPSHOT).unwrap();
        let policies = [
            ("s3:GetBucketPolicy", self.policy(None, bytes[0], most, of_bucket)),
            ("kms:GetKeyPolicy", self.policy(Some(owner), bytes[1], most, of_key)),
        ];
        for (operation, policy) in policies {
            document["operations"][operation] = json!({"Policy": policy});
        }
        document["operations"].as_object_mut().unwrap().remove("s3:GetBucketPolicyStatus");
        Snapshot::from_json(&document.to_string()).unwrap()
    }
}

fn measure(bencher: Bencher, snapshot: &Snapshot) {
    let mut connection = Connection::new(BucketName::parse(BUCKET).unwrap());
    let key = snapshot.default_encryption().and_then(|rule| rule.kms_master_key_id.clone()).unwrap();
    connection.kms_key = Some(KeyArn::parse(&key).unwrap());
    let case = Case::new(&connection, snapshot, None);
    let found = plan(&case, Delivery::Inline);
    assert!(!found.changes.is_empty() || !found.unfixable.is_empty());
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| plan(black_box(&case), Delivery::Inline));
}

/// Documents as long as AWS takes them.
#[divan::bench(args = shapes(), sample_count = 3, sample_size = 1)]
fn longest_policies(bencher: Bencher, shape: Shape) {
    measure(bencher, &shape.snapshot([BUCKET_POLICY_BYTES, KEY_POLICY_BYTES], usize::MAX));
}

/// Longer ones than AWS takes, which a preview may have: time must grow no faster than they do.
#[divan::bench(args = [100, 1_000, 10_000], sample_count = 1, sample_size = 1)]
fn many_statements(bencher: Bencher, statements: usize) {
    let shape = Shape { effect: "Deny", principal: 1, condition: 1 };
    measure(bencher, &shape.snapshot([usize::MAX, usize::MAX], statements));
}
