//! Random policies and requests that look like real ones. The alphabets are small so that matches collide often.
//!
//! Everything is built from a string of bytes, one choice a byte: proptest then shrinks a failing case by dropping and
//! lowering bytes, and every list below begins with its plainest entry.
//!
//! Left out, because the documentation leaves them open (the evaluator may answer `conditional` there) or AWS refuses them:
//! plain operators on keys with several values, set operators and `Null` on an empty string, `ForAnyValue:…IfExists` on an
//! absent key, several values or wildcards inside what a policy variable stands for, variables under `Bool`, values that
//! their operator cannot read, a `*` beyond the fifth colon of an ARN condition whose resource part holds colons, and
//! principals as a canonical user id.

use serde_json::{Map, Value, json};

pub(crate) const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";
pub(crate) const SESSION: &str = "arn:aws:sts::099647660399:assumed-role/sc-event-stream-production/hourly";
pub(crate) const USER: &str = "arn:aws:iam::728023223659:user/integ";
const OTHER_ROLE: &str = "arn:aws:iam::099647660399:role/another";
/// A role that a session of ROLE's name may be of.
pub(crate) const PATHED_ROLE: &str = "arn:aws:iam::099647660399:role/data/sc-event-stream-production";

/// Choices read from bytes; when they are used up, every choice is the first.
pub(crate) struct Choices<'a>(pub(crate) std::slice::Iter<'a, u8>);

impl Choices<'_> {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) * limit / 256
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    /// True in `one_in` of the cases, never once the bytes are used up.
    pub(crate) fn rarely(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One to three of a list, alone or as a list.
    fn some_of(&mut self, from: &[&str]) -> Value {
        let chosen: Vec<&str> = (0..self.pick(&[1, 1, 1, 2, 3])).map(|_| self.pick(from)).collect();
        if chosen.len() == 1 && !self.rarely(3) { json!(chosen[0]) } else { json!(chosen) }
    }

    /// The same, or now and then an empty list.
    fn some_or_none_of(&mut self, from: &[&str]) -> Value {
        if self.rarely(40) { json!([]) } else { self.some_of(from) }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Address,
    Binary,
}

/// A context key: its name, what it holds, values that requests carry, further values that policies compare with, and
/// whether it may hold several values.
pub(crate) struct ContextKey {
    pub(crate) name: &'static str,
    kind: Kind,
    values: &'static [&'static str],
    compared: &'static [&'static str],
    several: bool,
}

const fn key(
    name: &'static str,
    kind: Kind,
    values: &'static [&'static str],
    compared: &'static [&'static str],
) -> ContextKey {
    ContextKey { name, kind, values, compared, several: false }
}

const fn keys(name: &'static str, values: &'static [&'static str], compared: &'static [&'static str]) -> ContextKey {
    ContextKey { name, kind: Kind::Text, values, compared, several: true }
}

pub(crate) const KEYS: &[ContextKey] = &[
    key("aws:SecureTransport", Kind::Bool, &["true", "false", "True"], &["FALSE"]),
    key("s3:x-amz-server-side-encryption", Kind::Text, &["AES256", "aws:kms"], &["aws:*", "aes256", "AES25?", "${*}"]),
    key("aws:SourceVpce", Kind::Text, &["vpce-1111", "vpce-2222"], &["vpce-*", "vpce-111?", "*"]),
    key(
        "aws:SourceIp",
        Kind::Address,
        &["203.0.113.7", "10.1.2.3", "2001:db8:1234:5678::1", "2001:0DB8:1234:5678:0:0:0:2", "10.1.2.03"],
        &[
            "203.0.113.7/32",
            "203.0.113.0/24",
            "10.0.0.0/8",
            "0.0.0.0/0",
            "2001:DB8:1234:5678::/64",
            "::/0",
            "203.0.112.0/23",
        ],
    ),
    key("aws:PrincipalOrgID", Kind::Text, &["o-acme", "o-vendor"], &["o-*", "O-ACME"]),
    key(
        "aws:PrincipalArn",
        Kind::Arn,
        &[ROLE, USER],
        &[
            SESSION,
            "arn:aws:iam::099647660399:root",
            ANY_ROLE,
            ANY_USER,
            "arn:*:iam::*:*",
            PATHED_ROLE,
            "arn:aws:iam::099647660399:role/data/*",
            "arn:aws:iam::099647660399:role/*sc-event-stream-production",
        ],
    ),
    key("aws:PrincipalAccount", Kind::Text, &["099647660399", "728023223659"], &["111122223333", "0996*"]),
    key("aws:PrincipalType", Kind::Text, &["AssumedRole", "User"], &["*Role"]),
    key("aws:username", Kind::Text, &["integ", "Integ", "red"], &["int*", "${aws:PrincipalTag/team}"]),
    key(
        "aws:PrincipalTag/team",
        Kind::Text,
        &["red", "blue", "integ"],
        &["${aws:username}", "${aws:username, 'red'}", "r?d", "${aws:PrincipalTag/none}"],
    ),
    key("s3:prefix", Kind::Text, &["", "exports/", "integ/"], &["exports/*", "${aws:username}/", "*", "?*"]),
    key("s3:max-keys", Kind::Number, &["10", "1000", "1"], &["9.5", "10.0", "-1"]),
    key("s3:TlsVersion", Kind::Number, &["1.2", "1.3"], &["1.20", "1.1"]),
    key("aws:CurrentTime", Kind::Date, &INSTANTS, &["2026-11-24", "2026-03-01T00:00:01Z", "1795478400"]),
    key("aws:EpochTime", Kind::Date, &["1795456800", "1795392000", "1772323199"], &INSTANTS),
    key("aws:MultiFactorAuthPresent", Kind::Bool, &["false", "true"], &["FALSE"]),
    key(
        "aws:SourceArn",
        Kind::Arn,
        &["arn:aws:s3:::acme-exports", "arn:aws:sns:us-east-1:111122223333:news"],
        &SOURCES,
    ),
    key("s3:x-amz-content-sha256", Kind::Binary, &["QmluYXJ5", "VmFsdWU="], &["qmluyxj5"]),
    keys("aws:TagKeys", &["team", "cost", "env"], &["t*", "*", "e?v", "${aws:PrincipalTag/team}"]),
    keys("s3:RequestObjectTagKeys", &["red", "blue", "team"], &["r*", "${aws:username}"]),
];

const ANY_ROLE: &str = "arn:aws:iam::*:role/*";
const ANY_USER: &str = "arn:aws:iam::72802322365?:user/${aws:username}";
/// The last two are one instant.
const INSTANTS: [&str; 5] =
    ["2026-11-23T18:00:00Z", "2026-11-23", "2026-02-28T23:59:59Z", "2026-03-01T01:30:00+01:30", "2026-03-01T00:00:00Z"];
const SOURCES: [&str; 6] = [
    "arn:aws:s3:::acme-*",
    "arn:aws:s3:*:*:acme-exports",
    "arn:aws:sns:*:111122223333:*",
    "arn:*:sns:*:*:n?ws",
    "arn:aws:s3:::*",
    "arn:aws:s?s:us-*-1:*:ne${*}s",
];

const DERIVED: [&str; 3] = ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType"];

const ACTIONS: &[&str] = &[
    "s3:*",
    "s3:*",
    "s3:*",
    "*",
    "s3:PutObject",
    "*",
    "s3:ListBucket",
    "s3:putObject",
    "S3:DELETEOBJECT",
    "s3:Put*",
    "s3:*Object",
    "s3:?etObject",
    "s3:GetObject",
    "s3:List*",
    "s3:*Object*",
    "s3:PutObjectAcl",
    "s3:Delete*",
    "kms:*",
];

const RESOURCES: &[&str] = &[
    "arn:aws:s3:::acme-exports/*",
    "arn:aws:s3:::acme-exports/*",
    "*",
    "*",
    "arn:aws:s3:::acme-exports",
    "arn:aws:s3:::acme-exports*",
    "arn:aws:s3:::acme-exports*",
    "arn:aws:s3:::acme-*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::acme-exports/exports/*",
    "arn:aws:s3:::acme-exports/_ACCESS_*",
    "arn:aws:s3:::acme-exports/*/??.csv",
    "arn:aws:s3:::ACME-EXPORTS/*",
    "arn:aws:s3:::other/*",
    "arn:aws:s3:::acme-exports/${aws:username}/*",
    "arn:aws:s3:::acme-exports/${aws:PrincipalTag/team, 'exports'}/*",
    "arn:aws:s3:::acme-exports/a${*}b",
    "arn:aws:s3:::acme-exports/${aws:PrincipalTag/none}*",
    "arn:aws:s3:::${bucket}/*",
    "arn:aws:s3:::acme-exports/a*b",
    "arn:aws:s3:*",
    "arn:*:acme-exports/*",
    "arn:aws:s3*/a1.csv",
    "arn:a?s:s3:::acme-exports/*",
    "arn:aws?s3:::acme-exports*",
    "arn:a*:::acme-exports/*",
    "arn:aws:s3:::acme-exports/${s3:prefix}*",
    "arn:aws:s3:::acme-exports/${s3:prefix, 'red'}/*",
];

const ASKED: &[&str] = &[
    "arn:aws:s3:::acme-exports/_ACCESS_CONFIRMATION",
    "arn:aws:s3:::acme-exports",
    "arn:aws:s3:::acme-exports/exports/a1.csv",
    "arn:aws:s3:::acme-exports/integ/dt=1:2/b.csv",
    "arn:aws:s3:::acme-exports/red/a1.csv",
    "arn:aws:s3:::acme-exports/a*b",
    "arn:aws:s3:::acme-exports/a-b",
    "arn:aws:s3:::acme-exports/${aws:username}/c.csv",
];

const PRINCIPALS: &[&str] = &[
    ROLE,
    "arn:aws:iam::099647660399:root",
    "*",
    USER,
    "099647660399",
    "728023223659",
    "arn:aws:iam::728023223659:root",
    SESSION,
    OTHER_ROLE,
    PATHED_ROLE,
    "arn:aws:iam::111122223333:root",
    "AROAEXAMPLEEXAMPLEEXA",
];

/// What `NotPrincipal` lists; a session is never listed without its role.
const EXEMPTED: &[&[&str]] = &[
    &[ROLE],
    &[USER, "arn:aws:iam::728023223659:root"],
    &[ROLE, "099647660399"],
    &[SESSION, ROLE, "arn:aws:iam::099647660399:root"],
    &[USER],
    &["arn:aws:iam::099647660399:root"],
    &["111122223333"],
    &[USER, "728023223659", ROLE, "099647660399"],
    &["AROAEXAMPLEEXAMPLEEXA"],
    &[PATHED_ROLE, "099647660399"],
    &[],
];

/// A question of `simulate --batch`; `unknowns` says whether it may leave keys unknown.
pub(crate) fn question(choices: &mut Choices, unknowns: bool) -> Value {
    let statements: Vec<Value> = (0..=choices.below(5)).map(|index| statement(choices, index, None)).collect();
    let single = statements.len() == 1 && choices.rarely(3);
    let mut policy = Map::new();
    if let Some(version) = choices.pick(&[Some("2012-10-17"), Some("2012-10-17"), Some("2008-10-17"), None]) {
        policy.insert("Version".to_owned(), json!(version));
    }
    policy.insert("Statement".to_owned(), if single { statements[0].clone() } else { json!(statements) });
    let mut context = Map::new();
    let mut unknown = Vec::new();
    for key in KEYS.iter().filter(|key| !DERIVED.contains(&key.name)) {
        match choices.below(if unknowns { 6 } else { 4 }) {
            0 | 1 => {}
            2 | 3 => {
                context.insert(spelled(choices, key.name), key.value(choices));
            }
            _ => unknown.push(spelled(choices, key.name)),
        }
    }
    if unknowns && choices.rarely(8) {
        unknown = vec!["*".to_owned()];
    }
    json!({
        "id": "1", "policy": policy, "context": context, "unknown": unknown, "resource_account": "111122223333",
        "principal": choices.pick(&[ROLE, USER, SESSION, OTHER_ROLE]),
        "action": choices.pick(&["s3:PutObject", "s3:ListBucket", "s3:DeleteObject", "s3:GetObject", "s3:AbortMultipartUpload"]),
        "resource": choices.pick(ASKED),
    })
}

/// A statement that AWS would accept, of the given effect or of either.
pub(crate) fn statement(choices: &mut Choices, index: usize, effect: Option<&'static str>) -> Value {
    let effect = effect.unwrap_or_else(|| choices.pick(&["Allow", "Deny"]));
    let mut statement = Map::new();
    let mut set = |name: &str, value: Value| statement.insert(name.to_owned(), value);
    set("Effect", json!(effect));
    if choices.rarely(2) {
        set("Sid", json!(format!("statement {index}")));
    }
    if effect == "Deny" && choices.rarely(6) {
        set("NotPrincipal", json!({"AWS": choices.pick(EXEMPTED)}));
    } else {
        set("Principal", principal(choices));
    }
    let (name, others) = (choices.rarely(6), choices.rarely(6));
    let actions = choices.some_or_none_of(ACTIONS);
    set(if name { "NotAction" } else { "Action" }, actions);
    let resources = choices.some_or_none_of(RESOURCES);
    set(if others { "NotResource" } else { "Resource" }, resources);
    if choices.below(2) > 0 {
        set("Condition", conditions(choices));
    }
    Value::Object(statement)
}

fn principal(choices: &mut Choices) -> Value {
    match choices.below(9) {
        0..=3 => json!("*"),
        8 => json!({"Service": "logging.s3.amazonaws.com", "AWS": choices.some_or_none_of(PRINCIPALS)}),
        7 if choices.rarely(2) => choices
            .pick(&[r#"{"Service":["s3.amazonaws.com"]}"#, r#"{"Federated":"graph.facebook.com"}"#])
            .parse()
            .unwrap(),
        _ => json!({"AWS": choices.some_of(PRINCIPALS)}),
    }
}

fn conditions(choices: &mut Choices) -> Value {
    let mut block = Map::new();
    for _ in 0..choices.pick(&[1, 1, 2, 3]) {
        let key = &KEYS[choices.below(KEYS.len())];
        let (operator, values) = key.condition(choices);
        let under = block.entry(operator).or_insert_with(|| json!({})).as_object_mut().unwrap();
        // A key that stands there already, in whatever spelling, is not written twice.
        if !under.keys().any(|other| other.eq_ignore_ascii_case(key.name)) {
            under.insert(spelled(choices, key.name), values);
        }
    }
    Value::Object(block)
}

impl ContextKey {
    /// A value that a request may carry.
    pub(crate) fn value(&self, choices: &mut Choices) -> Value {
        if self.several {
            return json!((0..=choices.below(3)).map(|_| choices.pick(self.values)).collect::<Vec<_>>());
        }
        let value = choices.pick(self.values);
        self.bare(value, choices.rarely(4))
    }

    /// A value that no policy here names.
    pub(crate) fn foreign(&self) -> Value {
        let value = match self.kind {
            Kind::Number => "77",
            Kind::Date => "2031-01-02T03:04:05Z",
            Kind::Bool => "true",
            Kind::Address => "198.51.100.9",
            Kind::Arn => "arn:aws:lambda:eu-west-1:444455556666:other",
            Kind::Text | Kind::Binary => "elsewhere",
        };
        if self.several { json!([value]) } else { json!(value) }
    }

    /// The value as text, or as the JSON boolean or number that it spells.
    fn bare(&self, value: &str, bare: bool) -> Value {
        match self.kind {
            Kind::Bool | Kind::Number | Kind::Date if bare => value.parse().unwrap_or_else(|_| json!(value)),
            _ => json!(value),
        }
    }

    /// An operator that fits the key, with values to compare with.
    fn condition(&self, choices: &mut Choices) -> (String, Value) {
        // The one empty string that requests carry: neither `Null` nor a set operator asks for it.
        let may_be_empty = self.values.contains(&"");
        if !may_be_empty && choices.rarely(8) {
            let asked = [json!("true"), json!("false"), json!(true), json!(["true", "false"])];
            let set = choices.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
            return (format!("{set}Null"), asked[choices.below(asked.len())].clone());
        }
        let text: &[&str] = &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
        ];
        let operators: &[&str] = match self.kind {
            Kind::Text => text,
            Kind::Arn => &[
                "ArnLike",
                "ArnNotLike",
                "ArnEquals",
                "ArnNotEquals",
                "StringEquals",
                "StringNotEquals",
                "StringLike",
                "StringNotLike",
            ],
            Kind::Number => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            Kind::Date => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            Kind::Bool => &["Bool"],
            Kind::Address => &["IpAddress", "NotIpAddress"],
            Kind::Binary => &["BinaryEquals"],
        };
        let operator = choices.pick(operators);
        let set = match (self.several, may_be_empty) {
            (true, _) => choices.pick(&["ForAnyValue:", "ForAllValues:"]),
            (false, true) => "",
            (false, false) => choices.pick(&["", "", "", "", "", "", "", "", "ForAnyValue:", "ForAllValues:"]),
        };
        let if_exists = if set != "ForAnyValue:" && choices.rarely(4) { "IfExists" } else { "" };
        if choices.rarely(40) && !may_be_empty {
            return (format!("{set}{operator}{if_exists}"), json!([]));
        }
        let known: Vec<&str> = self.values.iter().chain(self.compared).copied().collect();
        let values: Vec<Value> = (0..choices.pick(&[1, 1, 2, 3]))
            .map(|_| {
                let value = choices.pick(&known);
                self.bare(value, choices.rarely(4))
            })
            .collect();
        let values = if values.len() == 1 && !choices.rarely(3) { values[0].clone() } else { json!(values) };
        (format!("{set}{operator}{if_exists}"), values)
    }
}

/// Key names are case-insensitive.
fn spelled(choices: &mut Choices, name: &str) -> String {
    match choices.below(6) {
        4 => name.to_lowercase(),
        5 => name.to_uppercase(),
        _ => name.to_owned(),
    }
}
