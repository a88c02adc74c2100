//! The values that a condition key may have in a request: one for each way in which the conditions of a policy can answer.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::net::IpAddr;

use ipnet::IpNet;

use super::Tri;
use super::address::{is_special_purpose, special_purpose_ranges};
use super::case::lower_case;
use super::condition::Condition;
use super::context::{Context, Foreign, KeyState};
use super::document::Document;
use super::glob::{Crossing, Glob, Reach, Token};
use super::operand::{Operand, Reading};
use super::operator::{Family, Quantifier};
use super::pattern::{Pattern, PatternKind};
use super::principal::Covers;
use super::request::{Request, Target};

/// More texts than this are not tried for one key.
const TEXT_LIMIT: usize = 64;
/// More states than this are not looked through for texts.
const STATE_LIMIT: usize = 400;

/// What a key may be, as states that are settled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidates {
    /// The likeliest first.
    pub(crate) states: Vec<KeyState>,
    /// Whether every possible request answers as one of these does.
    pub(crate) complete: bool,
}

/// The candidates for a key that is not settled, given in lower case.
pub(crate) fn candidates(document: &Document, request: &Request, key: &str) -> Candidates {
    let uses = Uses::of(document, key);
    let mut found = Candidates { states: Vec::new(), complete: true };
    for state in flatten(request.context.get(key)) {
        if state.is_certain() {
            found.states.push(state.clone());
            continue;
        }
        let (values, complete) = uses.values(request, key, state);
        found.complete &= complete;
        let classes = values.len();
        found.states.extend(values.iter().map(KeyState::known));
        if uses.in_sets {
            found.complete &= classes <= 5;
            found.states.extend(sets(&values));
        }
        if matches!(state, KeyState::Unknown | KeyState::Excluded(_)) {
            found.states.push(KeyState::Absent);
        }
    }
    found
}

fn flatten(state: &KeyState) -> Vec<&KeyState> {
    match state {
        KeyState::OneOf(states) => states.iter().flat_map(flatten).collect(),
        state => vec![state],
    }
}

/// Sets of several of the values: all of them, of five at most.
fn sets(values: &[String]) -> Vec<KeyState> {
    let few: Vec<&String> = values.iter().take(5).collect();
    (1_u32..1 << few.len())
        .filter(|set| set.count_ones() > 1)
        .map(|set| {
            let members = few.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            KeyState::Known(members.map(|(_, value)| (*value).clone()).collect())
        })
        .collect()
}

/// Where a document uses a key.
struct Uses<'a> {
    /// The values that conditions compare it with.
    operands: Vec<(Family, &'a Operand)>,
    /// Whether a condition may look at several values of it.
    in_sets: bool,
    /// Patterns that it is in as a variable, with the key that they are compared with; none for the resource.
    variables: Vec<(&'a Pattern, Option<&'a str>)>,
    /// The roles and users that Principal elements name.
    roles: Vec<&'a str>,
}

impl<'a> Uses<'a> {
    fn of(document: &'a Document, key: &str) -> Self {
        let mut uses = Self { operands: Vec::new(), in_sets: false, variables: Vec::new(), roles: Vec::new() };
        let stands_in = |pattern: &Pattern| pattern.variable_keys().any(|variable| variable == key);
        for statement in &document.statements {
            let resources = statement.resource.iter().flat_map(|resource| &resource.entries);
            uses.variables.extend(
                resources.map(|entry| &entry.pattern).filter(|pattern| stands_in(pattern)).map(|one| (one, None)),
            );
            let entries = statement.principal.entries.iter();
            uses.roles.extend(
                entries
                    .filter(|entry| matches!(entry.covers, Covers::Identity { .. }))
                    .map(|entry| entry.text.as_str()),
            );
            for condition in &statement.conditions {
                let patterns = condition.patterns().filter(|pattern| stands_in(pattern));
                uses.variables.extend(patterns.map(|pattern| (pattern, Some(condition.key.as_str()))));
                if condition.key == key {
                    uses.add(condition);
                }
            }
        }
        uses
    }

    fn add(&mut self, condition: &'a Condition) {
        let operator = condition.operator;
        if operator.family != Family::Null {
            self.operands.extend(condition.operands.iter().map(|operand| (operator.family, operand)));
            self.in_sets |= operator.quantifier != Quantifier::Single;
        }
    }

    /// Single values, no two of which every condition answers alike, and whether there is one for each way to answer.
    fn values(&self, request: &Request, key: &str, state: &KeyState) -> (Vec<String>, bool) {
        let (pool, mut complete) = self.pool(request, key, state);
        let mut seen = HashSet::new();
        let mut values = Vec::new();
        let mut take = |value: String, values: &mut Vec<String>| {
            let answers = self.answers(&value, request, key);
            if self.may_be(&value, state, &request.context) && seen.insert(answers) {
                values.push(value);
            }
        };
        for value in pool {
            take(value, &mut values);
        }
        let patterns = self.resolved_patterns(&request.context);
        if let Some(patterns) = patterns.filter(|patterns| !patterns.is_empty()) {
            if values.len() < 1 << patterns.len().min(16) {
                let (texts, all) = texts(&patterns, state);
                for text in texts {
                    take(text, &mut values);
                }
                complete &= all;
            }
        } else if self.operands.iter().any(|(_, operand)| operand.pattern().is_some()) {
            complete = false;
        }
        (values, complete)
    }

    /// What every condition and every pattern with the key as a variable says of a value.
    fn answers(&self, value: &str, request: &Request, key: &str) -> Vec<Tri> {
        let compared = self.operands.iter().map(|(family, operand)| operand.compare(*family, value, &request.context));
        let mut answers: Vec<Tri> = compared.collect();
        if key == "aws:principalarn" {
            answers.extend(self.roles.iter().map(|arn| Tri::from(*arn == value)));
        }
        if !self.variables.is_empty() {
            let mut context = request.context.clone();
            context.set(key, KeyState::known(value));
            for (pattern, other) in &self.variables {
                answers.push(match other.map(|other| context.get(other)) {
                    None => request.resource.matched_by(pattern, &context),
                    Some(KeyState::Known(values)) => Tri::any(values.iter().map(|one| pattern.matches(one, &context))),
                    Some(_) => Tri::Unknown,
                });
            }
        }
        answers
    }

    /// Whether a key in this state may have the value.
    fn may_be(&self, value: &str, state: &KeyState, context: &Context) -> bool {
        let agrees = |foreign: &Foreign| {
            self.operands.iter().all(|(family, operand)| {
                let known = operand.compare_excluded(foreign, context);
                known == Tri::Unknown || known == operand.compare(*family, value, context)
            })
        };
        match state {
            KeyState::Excluded(Foreign::PublicAddress) => {
                value.parse().is_ok_and(|address: IpAddr| !is_special_purpose(address))
            }
            KeyState::Excluded(foreign) => agrees(foreign),
            KeyState::AtLeast(bound) => value.parse().is_ok_and(|number: f64| number >= *bound),
            KeyState::Framed { beginning, end } => {
                value.strip_prefix(beginning.as_str()).is_some_and(|rest| rest.ends_with(end.as_str()))
            }
            _ => true,
        }
    }

    /// Values to choose from: likely ones, and those of the policy.
    fn pool(&self, request: &Request, key: &str, state: &KeyState) -> (Vec<String>, bool) {
        let mut pool: Vec<String> = likely_values(key).into_iter().map(str::to_owned).collect();
        let mut complete = true;
        let mut numbers = Vec::new();
        let mut dates = Vec::new();
        let mut networks = Vec::new();
        let mut kinds = HashSet::new();
        for (_, operand) in &self.operands {
            kinds.insert(std::mem::discriminant(&operand.reading));
            match &operand.reading {
                Reading::Pattern(pattern) => pool.extend(own_texts(pattern, &operand.text)),
                Reading::Plain => pool.push(operand.text.clone()),
                Reading::Bool(_) => pool.extend(["true".to_owned(), "false".to_owned()]),
                Reading::Number(number) => numbers.push(*number),
                Reading::Date(date) => dates.push(*date),
                Reading::Network(network) => networks.push(*network),
                Reading::Unreadable => complete = false,
            }
        }
        complete &= kinds.len() <= 1;
        if let KeyState::AtLeast(bound) = state {
            numbers.push(*bound);
        }
        if let KeyState::Framed { beginning, end } = state {
            pool.push(format!("{beginning}example{end}"));
        }
        pool.extend(around_numbers(numbers));
        pool.extend(around_dates(dates));
        if !networks.is_empty() {
            let excluded = *state == KeyState::Excluded(Foreign::PublicAddress);
            pool.extend(around_networks(&networks, excluded));
        }
        if key == "aws:principalarn" {
            pool.extend(self.roles.iter().map(|arn| (*arn).to_owned()));
        }
        for (pattern, other) in &self.variables {
            let texts = match other.map(|other| request.context.get(other)) {
                None => Some(vec![request.resource.text()]).filter(|_| matches!(request.resource, Target::One(_))),
                Some(KeyState::Known(values)) => Some(values.clone()),
                Some(_) => None,
            };
            let fitting = texts.and_then(|texts| pattern.values_of_variable(key, &texts, &request.context, TEXT_LIMIT));
            complete &= fitting.is_some();
            pool.extend(fitting.into_iter().flatten());
        }
        let typed = |reading: &Reading| !matches!(reading, Reading::Pattern(_) | Reading::Plain | Reading::Unreadable);
        if !self.operands.iter().any(|(_, operand)| typed(&operand.reading)) {
            pool.push(unlike_any(&pool));
        }
        (pool, complete)
    }

    /// The patterns of the conditions with their variables resolved; none where one of them is open.
    fn resolved_patterns(&self, context: &Context) -> Option<Vec<(PatternKind, Glob)>> {
        let patterns = self.operands.iter().filter_map(|(_, operand)| operand.pattern());
        let mut resolved = Vec::new();
        for pattern in patterns {
            for glob in pattern.readings(context)? {
                let one = (pattern.kind, glob);
                if !resolved.contains(&one) {
                    resolved.push(one);
                }
            }
        }
        Some(resolved)
    }
}

/// Values that requests really carry.
fn likely_values(key: &str) -> Vec<&'static str> {
    match key {
        "aws:sourceip" => vec!["8.8.8.8", "9.9.9.9", "2606:4700:4700::1111"],
        "aws:sourcevpce" => vec!["vpce-0f1e2d3c4b5a69788"],
        "aws:sourcevpc" => vec!["vpc-0f1e2d3c4b5a69788"],
        "aws:principalorgid" | "aws:vpceorgid" | "aws:resourceorgid" | "aws:sourceorgid" => vec!["o-z9y8x7w6v5"],
        "aws:principalorgpaths" | "aws:vpceorgpaths" | "aws:sourceorgpaths" => {
            vec!["o-z9y8x7w6v5/r-z9y8/ou-z9y8-x7w6v5u4/"]
        }
        "aws:sourceaccount" | "aws:vpceaccount" | "aws:principalaccount" | "aws:resourceaccount" => {
            vec!["444455556666"]
        }
        "aws:useragent" => vec!["aws-sdk-java/2.30.0"],
        "aws:referer" => vec!["https://www.example.com/"],
        "aws:userid" => vec!["AROAEXAMPLEEXAMPLEEXA:session"],
        "aws:requestedregion" => vec!["us-east-1", "eu-west-1"],
        "aws:securetransport" | "aws:viaawsservice" | "aws:principalisawsservice" => vec!["true", "false"],
        "s3:tlsversion" => vec!["1.2", "1.3"],
        "s3:signatureversion" => vec!["AWS4-HMAC-SHA256"],
        "s3:authtype" => vec!["REST-HEADER", "REST-QUERY-STRING"],
        "s3:signatureage" => vec!["1000"],
        "s3:x-amz-content-sha256" => vec!["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
        "s3:x-amz-storage-class" => vec!["STANDARD", "STANDARD_IA"],
        "s3:x-amz-server-side-encryption" => vec!["AES256", "aws:kms"],
        "s3:x-amz-acl" => vec!["bucket-owner-full-control", "private"],
        "s3:max-keys" => vec!["1000", "1"],
        "s3:delimiter" => vec!["/"],
        "s3:prefix" => vec![""],
        _ => Vec::new(),
    }
}

/// The text of a pattern without wildcards; of others a text that matches. Where case is ignored, another spelling too.
fn own_texts(pattern: &Pattern, text: &str) -> Vec<String> {
    let plain = match pattern.glob() {
        Some(glob) => glob.tokens().into_iter().map(|token| match token {
            Token::Char(character) => character.to_string(),
            Token::One => "x".to_owned(),
            Token::Many => String::new(),
        }),
        None => return Vec::new(),
    };
    let plain: String = plain.collect();
    match pattern.kind {
        PatternKind::TextIgnoringCase => vec![text.to_owned(), plain.to_uppercase(), plain],
        PatternKind::Text => vec![text.to_owned()],
        _ => vec![plain.clone(), text.replace('*', "example").replace('?', "x"), plain],
    }
}

/// A text that is none of these.
fn unlike_any(pool: &[String]) -> String {
    let longest = pool.iter().map(String::len).max().unwrap_or_default();
    let mut text = "elsewhere".to_owned();
    while pool.contains(&text) && text.len() <= longest + "elsewhere".len() {
        text.push('-');
    }
    text
}

/// Each number, one below, one above, and one between each two of them.
fn around_numbers(mut numbers: Vec<f64>) -> Vec<String> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let between = numbers.windows(2).map(|pair| pair.iter().sum::<f64>() / 2.0);
    let ends = numbers.first().map(|first| first - 1.0).into_iter().chain(numbers.last().map(|last| last + 1.0));
    numbers.iter().copied().chain(ends).chain(between).map(|number| number.to_string()).collect()
}

/// The same for dates.
fn around_dates(mut dates: Vec<jiff::Timestamp>) -> Vec<String> {
    dates.sort();
    dates.dedup();
    let nanoseconds = |date: &jiff::Timestamp| date.as_nanosecond();
    let between = dates.windows(2).map(|pair| pair.iter().map(nanoseconds).sum::<i128>() / 2);
    let second = 1_000_000_000;
    let ends = dates
        .first()
        .map(|first| nanoseconds(first) - second)
        .into_iter()
        .chain(dates.last().map(|last| nanoseconds(last) + second));
    let all = dates.iter().map(nanoseconds).chain(ends).chain(between);
    all.filter_map(|time| jiff::Timestamp::from_nanosecond(time).ok()).map(|date| date.to_string()).collect()
}

/// Addresses of each range, and of what lies between two of them.
fn around_networks(networks: &[IpNet], public_only: bool) -> Vec<String> {
    let special = if public_only { special_purpose_ranges() } else { &[] };
    let host = |address: IpAddr| match address {
        IpAddr::V4(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(address) => address.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    };
    let hosts = networks.iter().filter_map(|network| host(network.network()));
    let starts =
        networks.iter().chain(special).flat_map(|network| [Some(network.network()), host(network.broadcast())]);
    let all = hosts.chain(starts.flatten()).chain(["0.0.0.0", "::"].iter().filter_map(|first| first.parse().ok()));
    all.map(|address| address.to_string()).collect()
}

/// One text for each way in which the patterns can answer, found by trying one more character after another, the shortest
/// texts first; and whether nothing was left to try.
fn texts(patterns: &[(PatternKind, Glob)], state: &KeyState) -> (Vec<String>, bool) {
    let mut globs: Vec<(Vec<Token>, Crossing, bool)> = patterns
        .iter()
        .map(|(kind, glob)| (glob.tokens(), kind.crossing(), *kind == PatternKind::TextIgnoringCase))
        .collect();
    let framed = if let KeyState::Framed { beginning, end } = state {
        let plain = |text: &str| Glob::new(text, false).tokens();
        let frame = plain(beginning).into_iter().chain([Token::Many]).chain(plain(end)).collect();
        globs.push((frame, Crossing::Free, false));
        true
    } else {
        false
    };
    let alphabet = alphabet(&globs);
    let start: Vec<Reach> = globs.iter().map(|(tokens, ..)| Reach::start(tokens)).collect();
    let mut queue = VecDeque::from([(start.clone(), String::new())]);
    let mut seen = HashSet::from([start]);
    let mut texts = HashMap::new();
    while let Some((reached, text)) = queue.pop_front() {
        let answers: Vec<bool> = reached.iter().map(Reach::is_end).collect();
        if !framed || answers.last() == Some(&true) {
            let next = texts.len();
            texts.entry(answers).or_insert((next, text.clone()));
        }
        for character in &alphabet {
            let step = |(reach, (tokens, crossing, fold)): (&Reach, &(Vec<Token>, Crossing, bool))| {
                let folded = if *fold { lower_case(&character.to_string()) } else { character.to_string() };
                folded.chars().fold(reach.clone(), |reach, folded| reach.step(tokens, folded, *crossing))
            };
            let next: Vec<Reach> = reached.iter().zip(&globs).map(step).collect();
            if seen.len() < STATE_LIMIT && seen.insert(next.clone()) {
                queue.push_back((next, format!("{text}{character}")));
            }
        }
    }
    let mut texts: Vec<(usize, String)> = texts.into_values().collect();
    texts.sort();
    (texts.into_iter().map(|(_, text)| text).collect(), seen.len() < STATE_LIMIT)
}

/// The characters that the patterns tell apart, and one that none of them has.
fn alphabet(globs: &[(Vec<Token>, Crossing, bool)]) -> BTreeSet<char> {
    let mut alphabet: BTreeSet<char> = globs
        .iter()
        .flat_map(|(tokens, _, fold)| tokens.iter().map(move |token| (*token, *fold)))
        .flat_map(|(token, fold)| match token {
            Token::Char(character) if fold => character.to_uppercase().chain([character]).collect(),
            Token::Char(character) => vec![character],
            Token::One | Token::Many => Vec::new(),
        })
        .collect();
    alphabet.insert(':');
    let fresh = ('a'..='z').chain('0'..='9').chain('\u{e000}'..'\u{e0ff}').find(|one| !alphabet.contains(one));
    alphabet.extend(fresh);
    alphabet
}
