//! The evaluator against an oracle written apart from it, against its own promises, and against named cases.
//!
//! Each property runs 10,000 times with the same cases, or `STC_CHECK_CASES` times with new ones:
//! `STC_CHECK_CASES=1000000 cargo test --release evaluator::`.

mod cases;
mod generate;
mod hostile;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::{ProptestConfig, any};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use proptest::{prop_assert, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};
use stc_check::policy::simulate::{answer_line, request};
use stc_check::policy::witness::{Reason, line, witnesses};
use stc_check::policy::{Document, DocumentKind, Request};

use crate::oracle;
use generate::{Choices, KEYS, question, statement};

/// The same cases in every run; others, as many as are asked for, with `STC_CHECK_CASES`.
fn config() -> ProptestConfig {
    let asked = std::env::var("STC_CHECK_CASES").ok();
    let cases = asked.as_ref().map_or(10_000, |cases| cases.parse().expect("STC_CHECK_CASES is a number"));
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(2026) };
    ProptestConfig { cases, rng_seed, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() }
}

/// Bytes to make choices from, shown in short.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Bytes enough for a policy of several statements, its request and a few changes of them.
fn bytes() -> impl Strategy<Value = Bytes> {
    proptest::collection::vec(any::<u8>(), 40..300).prop_map(Bytes)
}

fn ask(question: &Value) -> Value {
    let line = answer_line(&question.to_string());
    assert!(!line.contains('\n'), "one line: {line}");
    serde_json::from_str(&line).expect("an answer is JSON")
}

fn decision(answer: &Value) -> &str {
    answer["decision"].as_str().expect("a decision is a word")
}

/// The condition keys that an answer depends on, lower-cased.
fn depends_on(answer: &Value) -> BTreeSet<String> {
    oracle::list(&answer["depends_on"])
        .into_iter()
        .map(|key| key.as_str().expect("a key is a name").to_lowercase())
        .collect()
}

/// Whether a decided answer stands on statements of its effect that surely apply, told by index, Sid and effect.
fn stands_on_its_statements(question: &Value, answer: &Value) -> bool {
    let statements = oracle::statements(question);
    let told = oracle::list(&answer["statements"]);
    let statement_of = |one: &Value| statements[usize::try_from(one["index"].as_u64().unwrap()).unwrap()];
    let known = told.iter().all(|one| {
        let statement = statement_of(one);
        one["effect"] == statement["Effect"] && one["sid"] == statement["Sid"]
    });
    let effect = match decision(answer) {
        "allowed" => "Allow",
        "explicitly-denied" => "Deny",
        _ => return known,
    };
    known
        && !told.is_empty()
        && told.iter().all(|one| one["effect"] == effect && oracle::applies(question, statement_of(one)) == Some(true))
}

/// The keys that a question leaves unknown and its policy mentions, with names in lower case.
fn unknown_keys(question: &Value) -> BTreeSet<String> {
    let policy = question["policy"].to_string().to_lowercase();
    KEYS.iter()
        .map(|key| key.name.to_lowercase())
        .chain(["aws:principaltag/none".to_owned()])
        .filter(|name| {
            let key = oracle::text::key(question, name);
            // A session's role is told by its key, which no element has to mention.
            matches!(key, oracle::text::Key::OneOf(_))
                || policy.contains(name) && matches!(key, oracle::text::Key::Unknown)
        })
        .collect()
}

/// The question with some of its unknown keys filled in: absent, a value that policies name, or a value of no policy. A session's
/// role is always one of its name. The keys in `open` stay unknown.
fn filled(question: &Value, choices: &mut Choices, unknown: &BTreeSet<String>, open: &BTreeSet<String>) -> Value {
    let mut filled = question.clone();
    for name in unknown.difference(open) {
        if let oracle::text::Key::OneOf(arns) = oracle::text::key(question, name) {
            // AWS found the role without a path that a Principal names, so that there is no other of its name.
            let named = |element: &str| question["policy"].to_string().contains(element);
            let settled = named(&format!("\"{}\"", arns[0])) && (named("\"Principal\"") || named("\"NotPrincipal\""));
            filled["context"][name.as_str()] = json!(arns[if settled { 0 } else { choices.below(arns.len()) }]);
            continue;
        }
        let key = KEYS.iter().find(|key| key.name.eq_ignore_ascii_case(name));
        let value = match (choices.below(6), key) {
            (0 | 1, _) => continue,
            (5, Some(key)) => key.foreign(),
            (_, Some(key)) => key.value(choices),
            (_, None) => json!("red"),
        };
        // A request that is still to come has an address as AWS writes it; odd spellings are those that somebody types.
        let is_odd = |text: &str| text.parse::<std::net::IpAddr>().is_err();
        let odd = name.eq_ignore_ascii_case("aws:SourceIp") && value.as_str().is_some_and(is_odd);
        let value = if odd { json!("10.1.2.3") } else { value };
        filled["context"][name.as_str()] = value;
    }
    filled["unknown"] = json!(open);
    filled
}

/// The question written differently without changing what it asks: statements turned round, lists of one for single values
/// and the reverse, other Sids, other case in actions and key names.
fn rewritten(question: &Value, choices: &mut Choices) -> Value {
    let mut rewritten = question.clone();
    let mut statements: Vec<Value> = oracle::statements(question).into_iter().cloned().collect();
    let turns = choices.below(statements.len());
    statements.rotate_left(turns);
    for (index, statement) in statements.iter_mut().enumerate() {
        statement["Sid"] = json!(format!("renamed {index}"));
        for element in ["Action", "NotAction", "Resource", "NotResource"] {
            if let Some(value) = statement.get_mut(element) {
                reshape(value, choices);
                if element.ends_with("Action") {
                    let upper = value.to_string().to_uppercase();
                    *value = upper.parse().expect("JSON still");
                }
            }
        }
        if let Some(identities) = statement.get_mut("Principal").and_then(|principal| principal.get_mut("AWS")) {
            reshape(identities, choices);
        }
        for (_, keys) in statement.get_mut("Condition").and_then(Value::as_object_mut).into_iter().flatten() {
            *keys = keys
                .as_object()
                .expect("keys")
                .iter()
                .map(|(key, values)| (key.to_uppercase(), values.clone()))
                .collect();
            keys.as_object_mut().expect("keys").values_mut().for_each(|values| reshape(values, choices));
        }
    }
    rewritten["policy"]["Statement"] = json!(statements);
    let context: Map<String, Value> = question["context"]
        .as_object()
        .expect("a context")
        .iter()
        .map(|(key, value)| (key.to_lowercase(), value.clone()))
        .collect();
    rewritten["context"] = Value::Object(context);
    rewritten["action"] = json!(question["action"].as_str().expect("an action").to_uppercase());
    rewritten
}

/// A single value as a list of one, and a list of one as a single value.
fn reshape(value: &mut Value, choices: &mut Choices) {
    if choices.rarely(2) {
        *value = match value.as_array() {
            Some(one) if one.len() == 1 => one[0].clone(),
            Some(several) => json!(several),
            None => json!([value]),
        };
    }
}

/// The same policy with one more statement, anywhere among the others.
fn with_another(question: &Value, choices: &mut Choices, effect: &'static str) -> Value {
    let mut more = question.clone();
    let mut statements: Vec<Value> = oracle::statements(question).into_iter().cloned().collect();
    let place = choices.below(statements.len() + 1);
    statements.insert(place, statement(choices, 9, Some(effect)));
    more["policy"]["Statement"] = json!(statements);
    more
}

proptest! {
    #![proptest_config(config())]

    /// With every key known or absent the evaluator and the oracle agree, and the statements named are the ones that apply.
    #[test]
    fn agrees_with_the_oracle(bytes in bytes()) {
        let question = question(&mut Choices(bytes.0.iter()), false);
        let answer = ask(&question);
        let truth = oracle::decide(&question);
        let open = matches!((truth, decision(&answer)), ("conditional", _) | ("implicitly-denied", "explicitly-denied"));
        if open && decision(&answer) != truth {
            // The evaluator sees that no path of the session's role makes a difference, or that for each of them another
            // Deny refuses it.
            let oracle::text::Key::OneOf(arns) = oracle::text::key(&question, "aws:PrincipalArn") else {
                return Err(TestCaseError::fail(format!("{question}\n{answer}")));
            };
            for arn in arns {
                let mut settled = question.clone();
                settled["context"]["aws:PrincipalArn"] = json!(arn);
                let with_path = oracle::decide(&settled);
                let refused = [with_path, decision(&answer)].map(|decision| decision != "allowed");
                prop_assert_eq!(refused[0], refused[1], "{}\n{}", settled, answer);
                prop_assert!(truth == "conditional" || with_path == decision(&answer), "{}\n{}", settled, answer);
            }
            return Ok(());
        }
        prop_assert_eq!(decision(&answer), truth, "{}\n{}", question, answer);
        prop_assert!(stands_on_its_statements(&question, &answer), "{}\n{}", question, answer);
    }

    /// A decided answer holds for every filling of the unknown keys; an undecided one names keys that can tip it, and
    /// once these are known nothing else is in doubt.
    #[test]
    fn is_sound_whatever_the_unknown_keys_turn_out_to_be(bytes in bytes()) {
        let mut choices = Choices(bytes.0.iter());
        let question = question(&mut choices, true);
        let answer = ask(&question);
        let unknown = unknown_keys(&question);
        let mut named = depends_on(&answer);
        // Which session of a role asks is told by a key that no policy here mentions.
        if question["unknown"] == json!(["*"]) {
            named.remove("aws:userid");
        }
        if decision(&answer) == "conditional" {
            prop_assert!(named.is_subset(&unknown), "{}\n{}", question, answer);
            let statements = oracle::statements(&question);
            // Beside a sure Allow only a Deny can tip it.
            let allowed = statements.iter().any(|one| one["Effect"] == "Allow" && oracle::applies(&question, one) == Some(true));
            for key in &named {
                let doubtful = statements.iter().any(|statement| {
                    !(allowed && statement["Effect"] == "Allow")
                        && oracle::applies(&question, statement).is_none()
                        && (key == "aws:principalarn" || statement.to_string().to_lowercase().contains(key))
                });
                prop_assert!(doubtful, "`{}` cannot tip it: {}\n{}", key, question, answer);
            }
        } else {
            prop_assert!(named.is_empty(), "{}\n{}", question, answer);
        }
        for _ in 0..3 {
            let full = filled(&question, &mut choices, &unknown, &BTreeSet::new());
            let truth = oracle::decide(&full);
            if decision(&answer) != "conditional" {
                // Without any Allow it is refused already; a Deny that only perhaps applies may come to refuse it as well.
                let holds = decision(&answer) == truth || (decision(&answer), truth) == ("implicitly-denied", "explicitly-denied");
                prop_assert!(holds, "{}\n{}\n{} but {}", question, full, answer, truth);
            } else if truth != "conditional" {
                prop_assert!(!named.is_empty(), "{}\n{}", question, answer);
                let others = unknown.difference(&named).cloned().collect();
                let tipped = filled(&question, &mut choices, &unknown, &others);
                // What then stays open is who asks, which no key tells.
                let open = oracle::decide(&filled(&tipped, &mut choices, &others, &BTreeSet::new())) == "conditional";
                let settled = open || decision(&ask(&tipped)) != "conditional";
                prop_assert!(settled, "more than the named keys matter: {}\n{}\n{}", question, tipped, answer);
            }
        }
    }

    /// Where plain Kleene logic over the elements of each statement decides, the evaluator decides too.
    #[test]
    fn is_at_least_as_exact_as_plain_three_valued_logic(bytes in bytes()) {
        let question = question(&mut Choices(bytes.0.iter()), true);
        let answer = ask(&question);
        let plain = oracle::decide(&question);
        // It may see more: that a pattern cannot match whatever its variables stand for.
        let as_exact = decision(&answer) == plain || (plain, decision(&answer)) == ("implicitly-denied", "explicitly-denied");
        prop_assert!(plain == "conditional" || as_exact, "{}\n{} but {}", question, answer, plain);
    }

    /// Another Deny never allows, another Allow never denies.
    #[test]
    fn another_statement_moves_the_decision_only_its_own_way(bytes in bytes()) {
        let mut choices = Choices(bytes.0.iter());
        let question = question(&mut choices, true);
        let before = ask(&question);
        let denied = with_another(&question, &mut choices, "Deny");
        let after = ask(&denied);
        let possible: &[&str] = match decision(&before) {
            "allowed" => &["allowed", "conditional", "explicitly-denied"],
            "implicitly-denied" => &["implicitly-denied", "explicitly-denied"],
            "conditional" => &["conditional", "implicitly-denied", "explicitly-denied"],
            _ => &["explicitly-denied"],
        };
        prop_assert!(possible.contains(&decision(&after)), "{}\n{}", denied, after);
        let allowed = with_another(&question, &mut choices, "Allow");
        let after = ask(&allowed);
        let possible: &[&str] = match decision(&before) {
            "allowed" => &["allowed"],
            "implicitly-denied" => &["implicitly-denied", "conditional", "allowed"],
            "conditional" => &["conditional", "allowed"],
            _ => &["explicitly-denied"],
        };
        prop_assert!(possible.contains(&decision(&after)), "{}\n{}", allowed, after);
    }

    /// The order of statements, lists of one, Sids, and the case of actions and key names do not matter.
    #[test]
    fn the_way_of_writing_does_not_matter(bytes in bytes()) {
        let mut choices = Choices(bytes.0.iter());
        let question = question(&mut choices, true);
        let rewritten = rewritten(&question, &mut choices);
        let (one, other) = (ask(&question), ask(&rewritten));
        prop_assert_eq!(decision(&one), decision(&other), "{}\n{}", question, rewritten);
        prop_assert_eq!(depends_on(&one), depends_on(&other), "{}\n{}", question, rewritten);
    }
}

/// An endless supply of choices, from a seed.
fn endless(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u8::try_from(state >> 56).expect("eight bits")
    };
    (0..400).map(|_| next()).collect()
}

/// The document and the request of a question.
fn read(question: &Value) -> (Document, Request) {
    let document = Document::parse(&question["policy"].to_string(), DocumentKind::Bucket).expect("a policy");
    let texts = |value: &Value| oracle::list(value).into_iter().map(oracle::text::of).collect::<Vec<_>>();
    let given: Vec<_> = question["context"]
        .as_object()
        .expect("a context")
        .iter()
        .map(|(key, value)| (key.clone(), texts(value)))
        .collect();
    let text = |name: &str| question[name].as_str().expect("a text");
    let account = question["resource_account"].as_str();
    let unknown = texts(&question["unknown"]);
    let request = request(text("principal"), text("action"), text("resource"), account, &given, &unknown);
    (document, request.expect("a request"))
}

/// What the answers that depend on something come to.
#[derive(Debug, Default)]
struct Tally {
    questions: usize,
    conditional: usize,
    /// With a request that is let through and one that is refused.
    shown: usize,
    /// Whose two requests differ in more than one key.
    far: usize,
    /// Because AWS does not document what the policy means: the oracle has no answer either to one of the requests.
    undocumented: usize,
    /// The same, where the oracle had an answer to all that were tried; with the question.
    answered: Vec<String>,
    /// Because the keys have more values than are tried; with the question.
    too_many_values: Vec<String>,
    /// For no reason at all.
    unexplained: Vec<String>,
}

/// An answer depends on something only where there is a request for each of the two answers, which the oracle and `simulate`
/// judge alike and which differ in one key, or where the reason is named: the documentation leaves it open, or there are more
/// values than are tried. The latter is rare, so that hardly an answer is open without need.
#[test]
fn a_conditional_answer_has_a_request_for_each_way() {
    let mut tally =
        Tally { questions: usize::try_from(config().cases).expect("a number of cases"), ..Tally::default() };
    for seed in 0..u64::from(config().cases) {
        let supply = endless(seed);
        let question = question(&mut Choices(supply.iter()), true);
        let answer = ask(&question);
        if decision(&answer) != "conditional" {
            continue;
        }
        tally.conditional += 1;
        let (document, request) = read(&question);
        let found = witnesses(&document, &request);
        let mut lines = Vec::new();
        for (id, request) in [("refused", &found.refused), ("allowed", &found.allowed)] {
            let Some(line) = request.as_ref().and_then(|request| line(id, &question["policy"], &document, request))
            else {
                continue;
            };
            assert_eq!(oracle::decide(&line), line["decision"], "{line}");
            assert_eq!(line["decision"] == "allowed", id == "allowed", "{line}");
            lines.push(line);
        }
        match (lines.as_slice(), found.reason) {
            ([one, other], _) => {
                let context = |line: &Value| line["context"].as_object().expect("a context").clone();
                let (one, other) = (context(one), context(other));
                let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                tally.far += usize::from(keys.into_iter().filter(|key| one.get(*key) != other.get(*key)).count() > 1);
                tally.shown += 1;
            }
            (_, Some(Reason::Undocumented)) => {
                tally.undocumented += 1;
                let unknown = unknown_keys(&question);
                let filled = |number: u64| {
                    filled(&question, &mut Choices(endless(seed + number).iter()), &unknown, &BTreeSet::new())
                };
                if (0..200).all(|number| oracle::decide(&filled(number)) != "conditional") {
                    tally.answered.push(format!("{question}\n{answer}"));
                }
            }
            (_, Some(Reason::TooManyValues)) => tally.too_many_values.push(format!("{question}\n{answer}")),
            (_, None) => tally.unexplained.push(format!("{question}\n{answer}")),
        }
    }
    let Tally { questions, conditional, shown, far, undocumented, answered, too_many_values, unexplained } = &tally;
    println!(
        "{questions} questions, {conditional} depend on something: {shown} shown by two requests ({far} far apart), {undocumented} \
         undocumented ({} perhaps not), {} with too many values, {} unexplained",
        answered.len(),
        too_many_values.len(),
        unexplained.len()
    );
    let needless: Vec<&String> = too_many_values.iter().chain(unexplained).collect();
    let first: Vec<_> = needless.iter().take(4).collect();
    assert!(needless.len() * 100 < *conditional, "{} of {conditional}: {first:#?}", needless.len());
    // Two hundred fillings do not reach every combination that has no answer.
    assert!(answered.len() * 50 < *conditional, "{} of {conditional}: {answered:#?}", answered.len());
    assert!(far * 50 < *conditional, "{far} of {conditional} pairs differ in more than one key");
}

/// The generators must not drift into asking only for what is denied anyway.
#[test]
fn the_generated_questions_have_every_decision() {
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeMap::new();
    for _ in 0..1_000 {
        let bytes = bytes().new_tree(&mut runner).unwrap().current();
        *seen.entry(oracle::decide(&question(&mut Choices(bytes.0.iter()), true))).or_insert(0) += 1;
    }
    assert!(seen.len() == 4 && seen.values().all(|count| *count >= 50), "{seen:?}");
}
