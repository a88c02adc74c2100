//! Answering a question of `simulate --batch`: whatever the line, the answer is one line of JSON with one of five decisions,
//! and a Deny of everything that is added to a policy denies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use stc_check::policy::simulate::answer_line;

fn decision(line: &str) -> String {
    let answer = answer_line(line);
    assert!(!answer.contains('\n'));
    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
    let decision = answer["decision"].as_str().expect("a decision is a word");
    assert!(["allowed", "explicitly-denied", "implicitly-denied", "conditional", "invalid"].contains(&decision));
    decision.to_owned()
}

fuzz_target!(|line: &str| {
    if decision(line) == "invalid" {
        return;
    }
    let Ok(mut question) = serde_json::from_str::<Value>(line) else { return };
    let Some(statement) = question.get_mut("policy").and_then(|policy| policy.get_mut("Statement")) else { return };
    let mut statements = statement.as_array().cloned().unwrap_or_else(|| vec![statement.clone()]);
    statements.push(json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}));
    *statement = json!(statements);
    let after = decision(&question.to_string());
    assert!(after == "explicitly-denied" || after == "invalid", "{after}: {line}");
});
