//! Whatever comes in, one line of JSON with a decision goes out, and soon.

use std::time::{Duration, Instant};

use proptest::{prop_assert, proptest};
use serde_json::{Map, Value, json};
use stc_check::policy::simulate::answer_line;

use super::generate::{Choices, KEYS, question};
use super::{bytes, config};

const DECISIONS: [&str; 5] = ["allowed", "explicitly-denied", "implicitly-denied", "conditional", "invalid"];

const WORDS: &[&str] = &[
    "Statement",
    "Effect",
    "Allow",
    "Deny",
    "Principal",
    "NotPrincipal",
    "AWS",
    "*",
    "Action",
    "NotAction",
    "s3:*",
    "Resource",
    "NotResource",
    "Condition",
    "StringEquals",
    "ForAllValues:StringLikeIfExists",
    "NumericLessThan",
    "DateGreaterThan",
    "IpAddress",
    "ArnLike",
    "Null",
    "BinaryEquals",
    "Bool",
    "aws:SourceIp",
    "${",
    "${aws:username",
    "${aws:username, '",
    "}",
    "Version",
    "2012-10-17",
    "Sid",
    "Id",
    "id",
    "policy",
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "unknown",
    "arn:aws:iam::099647660399:role/x",
    "arn:::::",
    ":",
    "",
    "\u{1b}[31m",
    "\u{0}",
    "é",
    "𝒳",
    "999.999.1.1/99",
    "1e999",
    "9999-99-99T99:99:99Z",
    "-1",
    "99999999999999999999",
];

/// A well-formed answer: one line, JSON, one of the five words, lists where lists belong, a message where it is invalid,
/// and the question's id where it had one.
fn well_formed(line: &str, id: Option<&Value>) -> bool {
    let answer = answer_line(line);
    let single = !answer.contains('\n');
    let Ok(Value::Object(answer)) = serde_json::from_str(&answer) else { return false };
    single
        && answer.get("decision").and_then(Value::as_str).is_some_and(|decision| DECISIONS.contains(&decision))
        && (answer["decision"] != "invalid" || answer.get("message").is_some_and(Value::is_string))
        && answer.get("statements").is_none_or(Value::is_array)
        && answer.get("depends_on").is_none_or(Value::is_array)
        && answer.contains_key("id")
        && id.is_none_or(|id| answer["id"] == *id)
}

/// Any JSON at all, mostly out of the words of policies.
fn arbitrary(choices: &mut Choices, depth: usize) -> Value {
    match choices.below(if depth == 0 { 6 } else { 12 }) {
        0..=2 => json!(choices.pick(WORDS)),
        3 => choices.pick(&["null", "true", "false", "0", "-1.5e300", "18446744073709551615"]).parse().unwrap(),
        4 => json!(choices.pick(KEYS.iter().map(|key| key.name).collect::<Vec<_>>().as_slice())),
        5 => json!(String::from_utf8_lossy(&[choices.byte(), choices.byte()]).repeat(choices.below(40))),
        6..=8 => (0..choices.below(5)).map(|_| arbitrary(choices, depth - 1)).collect(),
        _ => (0..choices.below(7))
            .map(|_| (choices.pick(WORDS).to_owned(), arbitrary(choices, depth - 1)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Puts arbitrary JSON somewhere into a value.
fn spoil(value: &mut Value, choices: &mut Choices) {
    let entries: Vec<&mut Value> = match value {
        Value::Array(values) if !values.is_empty() => values.iter_mut().collect(),
        Value::Object(values) if !values.is_empty() => values.values_mut().collect(),
        _ => {
            *value = arbitrary(choices, 2);
            return;
        }
    };
    if choices.rarely(6) {
        *value = arbitrary(choices, 3);
    } else {
        let place = choices.below(entries.len());
        spoil(entries.into_iter().nth(place).unwrap(), choices);
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes_are_answered(bytes in bytes()) {
        prop_assert!(well_formed(&String::from_utf8_lossy(&bytes.0), None));
    }

    #[test]
    fn arbitrary_json_is_answered(bytes in bytes()) {
        let mut choices = Choices(bytes.0.iter());
        let bare = arbitrary(&mut choices, 4);
        prop_assert!(well_formed(&bare.to_string(), None), "{}", bare);
        let mut spoiled = question(&mut choices, true);
        spoiled["id"] = json!("7");
        for key in ["policy", "context", "unknown", "principal", "action", "resource", "resource_account"] {
            if choices.rarely(3) {
                spoil(&mut spoiled[key], &mut choices);
            }
        }
        prop_assert!(well_formed(&spoiled.to_string(), Some(&json!("7"))), "{}", spoiled);
    }

    #[test]
    fn a_broken_line_is_answered(bytes in bytes()) {
        let mut choices = Choices(bytes.0.iter());
        let mut line = question(&mut choices, true).to_string().into_bytes();
        for _ in 0..=choices.below(4) {
            let place = choices.below(256) * line.len() / 256;
            match choices.below(3) {
                0 => line[place] = choices.byte(),
                1 => line.truncate(place + 1),
                _ => line.insert(place, choices.pick(b"{}[]\",:\\$*?u")),
            }
        }
        prop_assert!(well_formed(&String::from_utf8_lossy(&line), None));
    }
}

/// The fastest of a few runs, so that a busy machine does not fail the test.
fn quickest(line: &str) -> Duration {
    let run = || {
        let start = Instant::now();
        assert!(well_formed(line, None), "{}", &line[..line.len().min(200)]);
        start.elapsed()
    };
    (0..5).map(|_| run()).min().unwrap()
}

fn asking(pattern: &str, text: &str) -> String {
    let statement = json!({"Effect": "Deny", "Principal": "*", "Action": pattern, "Resource": format!("arn:aws:s3:::{pattern}"), "Condition": {
        "StringLike": {"aws:UserAgent": pattern}, "StringNotLike": {"aws:Referer": pattern},
        "ArnLike": {"aws:SourceArn": format!("arn:{pattern}:{pattern}:{pattern}:{pattern}:{pattern}")},
        "ForAllValues:StringLike": {"aws:TagKeys": [pattern, pattern]},
    }});
    json!({"id": 1, "policy": {"Version": "2012-10-17", "Statement": [statement]}, "principal": super::generate::ROLE, "action": text,
        "resource": format!("arn:aws:s3:::{text}"), "resource_account": "111122223333", "context": {
            "aws:UserAgent": text, "aws:Referer": text, "aws:SourceArn": format!("arn:{text}:{text}:{text}:{text}:{text}"), "aws:TagKeys": [text, text],
    }})
    .to_string()
}

/// Six stars against a hundred and twenty characters take some evaluators more than a minute.
#[test]
fn patterns_with_many_stars_are_answered_in_milliseconds() {
    let many = "a".repeat(1_000);
    for pattern in [
        "a*a*a*a*b",
        "*a*a*a*a*a*a*b",
        "**********b",
        "a?*a?*a?*a?*b",
        "?*?*?*?*?*?*b",
        &"a*".repeat(200),
        &("*a".repeat(300) + "b"),
    ] {
        let taken = quickest(&asking(pattern, &many));
        assert!(taken < Duration::from_millis(200), "`{pattern}`: {taken:?}");
    }
    let variables = "${aws:username}*".repeat(200) + "${aws:username, 'x'}*".repeat(100).as_str();
    assert!(quickest(&asking(&variables, &many)) < Duration::from_millis(200));
}

#[test]
fn deep_and_long_documents_are_answered() {
    let question = |policy: &str| {
        format!(
            r#"{{"id":"1","policy":{policy},"principal":"{}","action":"s3:PutObject","resource":"arn:aws:s3:::acme-exports/a"}}"#,
            super::generate::ROLE
        )
    };
    for depth in [50, 127, 128, 200, 10_000, 100_000] {
        for (open, close) in [("[", "]"), (r#"{"Statement":"#, "}"), (r#"{"a":"#, "}")] {
            let deep = open.repeat(depth) + "1" + &close.repeat(depth);
            assert!(well_formed(&question(&deep), None), "{depth}");
            assert!(well_formed(&(open.repeat(depth)), None), "{depth}");
            assert!(well_formed(&deep, None), "{depth}");
        }
    }
    let statement = r#"{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"*"}"#;
    for statements in [1_000, 20_000] {
        let long = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, vec![statement; statements].join(","));
        assert!(quickest(&question(&long)) < Duration::from_secs(20));
    }
}
