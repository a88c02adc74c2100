//! The requests that show why a permission of a seed fails or is open, put to `stc-check simulate --batch`.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use super::{Seed, Table, alone, bare, found_in, text};

/// Seeds whose permissions no statement decides: there is no policy, `RestrictPublicBuckets` shuts everybody out, and the key is
/// AWS's own.
const NOT_BY_A_STATEMENT: [&str; 3] = ["broken-no-policy", "broken-public-policy", "broken-kms-managed-key"];

#[test]
#[ignore = "needs LocalStack: run tests/run"]
fn every_permission_of_a_seed_that_fails_or_is_open_shows_requests_that_simulate_answers_alike() {
    let _alone = alone();
    let seeds = Table::read().seeds();
    let promised = |status: &str| {
        let permissions =
            |seed: &Seed| seed.expected.iter().filter(|(id, own)| is_permission(id) && *own == status).count();
        let seeds = seeds.iter().filter(|seed| !NOT_BY_A_STATEMENT.contains(&seed.bucket.as_str()));
        seeds.map(permissions).sum::<usize>()
    };
    assert!(promised("fail") >= 20 && promised("unknown") >= 3, "the seeds have something to show");
    let surprises = found_in(seeds, surprises);
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

fn is_permission(id: &str) -> bool {
    let others = ["kms.key-usable", "kms.policy-document", "kms.policy-scope"];
    ["policy.list-bucket", "policy.put-object", "policy.delete-object"].contains(&id)
        || id.starts_with("kms.") && !others.contains(&id)
}

/// Every permission without its requests, and every request that is answered otherwise.
fn surprises(seed: &Seed) -> Vec<String> {
    let output = seed.check(&["--format", "json", "--no-probe"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let by_a_statement = !NOT_BY_A_STATEMENT.contains(&seed.bucket.as_str());
    let mut surprises = Vec::new();
    let mut lines = Vec::new();
    for check in report["checks"].as_array().unwrap() {
        let id = text(&check["id"]);
        let shown = check.pointer("/evidence/witness").and_then(Value::as_array).cloned().unwrap_or_default();
        let decisions: Vec<String> = shown.iter().map(|line| text(&line["decision"])).collect();
        let refused = |at: usize| decisions.get(at).is_some_and(|decision| decision.ends_with("-denied"));
        let complete = match check["status"].as_str() {
            Some("fail") if is_permission(&id) && by_a_statement => decisions.len() == 1 && refused(0),
            Some("unknown") if is_permission(&id) => decisions.len() == 2 && refused(0) && decisions[1] == "allowed",
            _ => decisions.is_empty(),
        };
        if !complete {
            surprises.push(format!("{}: {id} is {} and shows {decisions:?}", seed.bucket, check["status"]));
        }
        lines.extend(shown);
    }
    for (line, answer) in lines.iter().zip(simulated(&lines)) {
        if answer["decision"] != line["decision"] || answer["id"] != line["id"] {
            surprises.push(format!("{}: {line} is answered {answer}", seed.bucket));
        }
    }
    surprises
}

fn simulated(lines: &[Value]) -> Vec<Value> {
    let mut command = bare();
    let mut child =
        command.args(["simulate", "--batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let text = lines.iter().map(|line| line.to_string() + "\n").collect::<String>();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answers: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len());
    answers
}
