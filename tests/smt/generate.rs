//! Random policies, and edits of them, in the part of the language that `gains.py` reads too: no variables, no set operators, no
//! `NotPrincipal`.

use serde_json::{Map, Value, json};

pub(crate) const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";
const USER: &str = "arn:aws:iam::728023223659:user/integ";
pub(crate) const BUCKET: &str = "arn:aws:s3:::acme-exports";

/// Choices that a seed determines: a xorshift generator.
pub(crate) struct Choices(u64);

impl Choices {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 40).unwrap() % limit
    }

    fn rarely(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn some_of(&mut self, from: &[&str]) -> Value {
        let chosen: Vec<&str> = (0..self.pick(&[1, 1, 2, 3])).map(|_| self.pick(from)).collect();
        if chosen.len() == 1 { json!(chosen[0]) } else { json!(chosen) }
    }
}

/// A condition key, the operators that compare it, and values to compare it with.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    operators: &'static [&'static str],
    values: &'static [&'static str],
}

const TEXT: &[&str] = &["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"];

pub(crate) const KEYS: &[Key] = &[
    Key { name: "aws:SecureTransport", operators: &["Bool"], values: &["true", "false"] },
    Key { name: "aws:SourceVpce", operators: TEXT, values: &["vpce-1111", "vpce-2222", "vpce-*", "vpce-1*"] },
    Key { name: "aws:PrincipalOrgID", operators: TEXT, values: &["o-acme", "o-vendor", "o-*", "o-a?me"] },
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress"],
        values: &[
            "203.0.113.0/24",
            "203.0.113.7/32",
            "10.0.0.0/8",
            "2001:db8::/32",
            "0.0.0.0/0",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "::/0",
        ],
    },
    Key {
        name: "aws:PrincipalArn",
        operators: &[
            "ArnEquals",
            "ArnLike",
            "ArnNotEquals",
            "ArnNotLike",
            "StringEquals",
            "StringLike",
            "StringNotLike",
        ],
        values: &[
            ROLE,
            USER,
            "arn:aws:iam::111122223333:role/Admin",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::1111*:role/data/*",
            "arn:aws:iam::099647660399:*",
            "arn:aws:iam::*:user/i?teg",
            "arn:aws:iam::111122223333:root",
        ],
    },
    Key {
        name: "aws:PrincipalAccount",
        operators: TEXT,
        values: &["099647660399", "111122223333", "728023223659", "0996*"],
    },
    Key {
        name: "aws:CurrentTime",
        operators: &[
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
            "DateEquals",
            "DateNotEquals",
        ],
        values: &["2026-11-23T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11-24T12:00:00Z"],
    },
    Key {
        name: "s3:TlsVersion",
        operators: &["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals"],
        values: &["1.2", "1.3"],
    },
    Key {
        name: "aws:PrincipalTag/team",
        operators: &["StringEquals", "StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase", "StringNotLike"],
        values: &["red", "blue", "Red", "r*"],
    },
    Key { name: "s3:x-amz-server-side-encryption", operators: TEXT, values: &["AES256", "aws:kms", "aws:*"] },
];

const PRINCIPALS: &[&str] = &[
    ROLE,
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "arn:aws:iam::111122223333:role/Admin",
    "arn:aws:iam::111122223333:role/data/Loader",
    USER,
    "728023223659",
    "arn:aws:iam::555566667777:root",
    "*",
];

const ACTIONS: &[&str] = &[
    "s3:PutObject",
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:ListBucket",
    "s3:*",
    "s3:Get*",
    "s3:Put*",
    "s3:*Object",
    "s3:List*",
    "s3:PutBucketPolicy",
    "*",
    "s3:?etObject",
];

const RESOURCES: &[&str] = &[
    "arn:aws:s3:::acme-exports",
    "arn:aws:s3:::acme-exports/*",
    "arn:aws:s3:::acme-exports*",
    "*",
    "arn:aws:s3:::acme-exports/data/*",
    "arn:aws:s3:::acme-exports/*.csv",
    "arn:aws:s3:::acme-exports/data/?/*",
    "arn:aws:s3:::acme-exports/_ACCESS_CONFIRMATION",
];

/// A policy of up to five statements; often one with Sailthru's grant in it.
pub(crate) fn policy(choices: &mut Choices) -> Value {
    let count = 1 + choices.below(4);
    let mut statements: Vec<Value> = (0..count).map(|_| statement(choices)).collect();
    if choices.rarely(2) {
        statements.push(json!({
            "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["s3:ListBucket", "s3:PutObject", "s3:DeleteObject"],
            "Resource": [BUCKET, format!("{BUCKET}/*")],
        }));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statement(choices: &mut Choices) -> Value {
    let mut statement = Map::new();
    let mut set = |name: &str, value: Value| statement.insert(name.to_owned(), value);
    set("Effect", json!(choices.pick(&["Allow", "Deny"])));
    set("Principal", if choices.rarely(2) { json!("*") } else { json!({"AWS": choices.some_of(PRINCIPALS)}) });
    set(if choices.rarely(8) { "NotAction" } else { "Action" }, choices.some_of(ACTIONS));
    set(if choices.rarely(8) { "NotResource" } else { "Resource" }, choices.some_of(RESOURCES));
    if !choices.rarely(4) {
        let mut block = Map::new();
        for _ in 0..choices.pick(&[1, 1, 2]) {
            add_condition(choices, &mut block);
        }
        set("Condition", Value::Object(block));
    }
    Value::Object(statement)
}

fn add_condition(choices: &mut Choices, block: &mut Map<String, Value>) {
    let key = &KEYS[choices.below(KEYS.len())];
    let (operator, values) = if choices.rarely(8) {
        ("Null".to_owned(), json!(choices.pick(&["true", "false"])))
    } else {
        let if_exists = if choices.rarely(4) { "IfExists" } else { "" };
        (format!("{}{if_exists}", choices.pick(key.operators)), choices.some_of(key.values))
    };
    block.entry(operator).or_insert_with(|| json!({}))[key.name] = values;
}

/// The policy with one thing changed, as people change them: narrower, wider, or only otherwise.
pub(crate) fn edited(choices: &mut Choices, policy: &Value) -> Value {
    let mut edited = policy.clone();
    let statements = edited["Statement"].as_array_mut().unwrap();
    let at = choices.below(statements.len());
    match choices.below(8) {
        0 if statements.len() > 1 => drop(statements.remove(at)),
        1 => statements.insert(at, statement(choices)),
        2 => statements[at]["Principal"] = json!({"AWS": choices.some_of(PRINCIPALS)}),
        3 => {
            statements[at]["Resource"] = choices.some_of(RESOURCES);
            statements[at].as_object_mut().unwrap().remove("NotResource");
        }
        4 => statements[at]["Effect"] = json!(if statements[at]["Effect"] == "Deny" { "Allow" } else { "Deny" }),
        5 => statements.rotate_left(at),
        6 => {
            // Sailthru alone is exempted, or let in alone.
            let block = statements[at].as_object_mut().unwrap().entry("Condition").or_insert_with(|| json!({}));
            block[choices.pick(&["ArnNotEquals", "StringNotEquals", "ArnEquals"])] =
                json!({"aws:PrincipalArn": [ROLE]});
        }
        _ => {
            let block = statements[at].as_object_mut().unwrap().entry("Condition").or_insert_with(|| json!({}));
            add_condition(choices, block.as_object_mut().unwrap());
        }
    }
    edited
}
