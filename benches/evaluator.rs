//! How fast policies are judged, beside the crate `iam-rs` in the same run: `cargo bench`.
//!
//! Every table has the number of statements or the length of the text as its rows: cost must grow no faster than they do.
//! Sixty statements are about 20 KB, the most that a bucket policy may have.
#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]
#![allow(clippy::wildcard_imports, reason = "a group of benchmarks is a module, for the table to show it as one")]

use std::fmt::Write as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use stc_check::policy::{Context, Document, DocumentKind, KeyState, Outcome, Principal, Request, decide};

const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";
const OBJECT: &str = "arn:aws:s3:::acme-exports/campaign_send/dt=20261123/client_id=3386/part-0001.csv";
const STATEMENTS: [usize; 6] = [1, 3, 10, 30, 60, 120];
const LENGTHS: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

/// A policy as buckets have them: the writer's grant last, before it the grants of other teams and Denies with conditions.
fn policy(statements: usize) -> String {
    let mut text = r#"{"Version":"2012-10-17","Statement":["#.to_owned();
    for number in 1..statements {
        let (effect, principal, condition) = match number % 3 {
            0 => ("Deny", r#""*""#.to_owned(), r#"{"Bool":{"aws:SecureTransport":"false"}}"#.to_owned()),
            1 => (
                "Allow",
                format!(r#"{{"AWS":["arn:aws:iam::111122223333:role/team-{number}","{ROLE}"]}}"#),
                r#"{"StringEquals":{"s3:x-amz-storage-class":["STANDARD_IA","GLACIER"]}}"#.to_owned(),
            ),
            _ => (
                "Deny",
                r#"{"AWS":"*"}"#.to_owned(),
                format!(
                    r#"{{"StringLike":{{"aws:UserAgent":"*crawler/{number}.*"}},"StringNotEquals":{{"aws:RequestedRegion":"us-east-1"}}}}"#
                ),
            ),
        };
        write!(
            text,
            r#"{{"Sid":"Statement {number}","Effect":"{effect}","Principal":{principal},"Action":["s3:GetObject","s3:Put*"],"Resource":["arn:aws:s3:::acme-exports/campaign_*","arn:aws:s3:::acme-exports/reports-{number}/*.csv"],"Condition":{condition}}},"#
        )
        .unwrap();
    }
    write!(
        text,
        r#"{{"Sid":"object permissions","Effect":"Allow","Principal":{{"AWS":"{ROLE}"}},"Action":["s3:putObject","s3:deleteObject"],"Resource":"arn:aws:s3:::acme-exports/*"}}]}}"#
    )
    .unwrap();
    text
}

const CONTEXT: [(&str, &str); 3] = [
    ("aws:SecureTransport", "true"),
    ("aws:UserAgent", "aws-cli/2.17 md/crawler"),
    ("aws:RequestedRegion", "us-east-1"),
];

fn document(text: &str) -> Document {
    Document::parse(text, DocumentKind::Bucket).unwrap()
}

fn request(resource: &str, more: &[(&str, &str)]) -> Request {
    let mut context = Context::new(KeyState::Absent);
    for (key, value) in CONTEXT.iter().chain(more) {
        context.set(key, KeyState::known(*value));
    }
    Request::new(Principal::parse(ROLE).unwrap(), "s3:PutObject", resource, Some("111122223333"), context)
}

/// The same for `iam-rs`.
fn their_policy(text: &str) -> iam_rs::PolicyEvaluator {
    iam_rs::PolicyEvaluator::with_policies(vec![iam_rs::IAMPolicy::from_json(text).unwrap()])
}

fn their_request(resource: &str, more: &[(&str, &str)]) -> iam_rs::IAMRequest {
    let mut context = iam_rs::Context::new().with_boolean("aws:SecureTransport", true);
    for (key, value) in CONTEXT.iter().skip(1).chain(more) {
        context = context.with_string(*key, *value);
    }
    let principal = iam_rs::Principal::Aws(iam_rs::PrincipalId::String(ROLE.to_owned()));
    iam_rs::IAMRequest::new_with_context(principal, "s3:PutObject", iam_rs::Arn::parse(resource).unwrap(), context)
}

/// A policy that was read before: decisions a second, by number of statements.
mod parsed_once {
    use super::*;

    #[divan::bench(args = STATEMENTS)]
    fn stc_check(bencher: Bencher, statements: usize) {
        let (document, request) = (document(&policy(statements)), request(OBJECT, &[]));
        assert_eq!(decide(&document, &request).outcome, Outcome::Allowed);
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| decide(black_box(&document), black_box(&request)));
    }

    #[divan::bench(args = STATEMENTS)]
    fn iam_rs(bencher: Bencher, statements: usize) {
        let (policy, request) = (their_policy(&policy(statements)), their_request(OBJECT, &[]));
        bencher.counter(ItemsCount::new(1_usize)).bench_local(|| black_box(&policy).evaluate(black_box(&request)));
    }
}

/// A policy given as text: decisions a second and bytes a second, by number of statements.
mod from_text {
    use super::*;

    #[divan::bench(args = STATEMENTS)]
    fn stc_check(bencher: Bencher, statements: usize) {
        let (text, request) = (policy(statements), request(OBJECT, &[]));
        let counted = bencher.counter(ItemsCount::new(1_usize)).counter(BytesCount::of_str(&text));
        counted.bench_local(|| decide(&document(black_box(&text)), black_box(&request)));
    }

    #[divan::bench(args = STATEMENTS)]
    fn iam_rs(bencher: Bencher, statements: usize) {
        let (text, request) = (policy(statements), their_request(OBJECT, &[]));
        let counted = bencher.counter(ItemsCount::new(1_usize)).counter(BytesCount::of_str(&text));
        counted.bench_local(|| their_policy(black_box(&text)).evaluate(black_box(&request)));
    }
}

/// A line of `simulate --batch`, in and out, by number of statements.
#[divan::bench(args = STATEMENTS)]
fn simulate_line(bencher: Bencher, statements: usize) {
    let line = format!(
        r#"{{"id":"1","policy":{},"principal":"{ROLE}","action":"s3:PutObject","resource":"{OBJECT}","resource_account":"111122223333","context":{{"aws:SecureTransport":"true","aws:RequestedRegion":"us-east-1"}},"unknown":["aws:SourceIp"]}}"#,
        policy(statements)
    );
    let counted = bencher.counter(ItemsCount::new(1_usize)).counter(BytesCount::of_str(&line));
    counted.bench_local(|| stc_check::policy::simulate::answer_line(black_box(&line)));
}

/// One pattern against a text of so many characters, ordinary and hostile: within twice of each other, and linear.
///
/// Every pattern but `four_stars` must look through the whole text before it says no; `four_stars` is refused by its last
/// letter. An ordinary pattern is one that a policy might have on a text as requests carry it, and not one that a search
/// for single bytes alone could settle.
mod patterns {
    use super::*;

    /// A header such as requests carry it, of so many characters.
    fn referer(length: usize) -> String {
        "https://links.example.com/campaign/2026/11/blast-0042?client_id=3386&user=1f3a9c&"
            .chars()
            .cycle()
            .take(length)
            .collect()
    }

    fn one(pattern: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{ROLE}"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-exports/*","Condition":{{"StringLike":{{"aws:Referer":"{pattern}"}}}}}}]}}"#
        )
    }

    fn ours(bencher: Bencher, pattern: &str, text: &str) {
        let (document, request) = (document(&one(pattern)), request(OBJECT, &[("aws:Referer", text)]));
        assert_eq!(decide(&document, &request).outcome, Outcome::ImplicitlyDenied);
        let counted = bencher.counter(BytesCount::of_str(text));
        counted.bench_local(|| decide(black_box(&document), black_box(&request)));
    }

    #[divan::bench(args = LENGTHS)]
    fn ordinary_one_word(bencher: Bencher, length: usize) {
        ours(bencher, "*unsubscribe*", &referer(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn ordinary_two_words(bencher: Bencher, length: usize) {
        ours(bencher, "https://*campaign*send*", &referer(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn ordinary_question_mark(bencher: Bencher, length: usize) {
        ours(bencher, "*client_id=338?&user=x*", &referer(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn four_stars(bencher: Bencher, length: usize) {
        ours(bencher, "a*a*a*a*b", &"a".repeat(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn four_stars_around_a_middle(bencher: Bencher, length: usize) {
        ours(bencher, "a*a*b*a*a", &"a".repeat(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn wrong_last_letter(bencher: Bencher, length: usize) {
        ours(bencher, "*aaaaaaaaaaaaaaab*", &"a".repeat(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn wrong_first_letter(bencher: Bencher, length: usize) {
        ours(bencher, "*baaaaaaaaaaaaaaa*", &"a".repeat(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn question_marks(bencher: Bencher, length: usize) {
        ours(bencher, "*a?a?a?b*", &"a".repeat(length));
    }

    #[divan::bench(args = LENGTHS)]
    fn question_marks_on_long_characters(bencher: Bencher, length: usize) {
        ours(bencher, "*é?é?é?b*", &"é".repeat(length / 2));
    }

    /// Pattern and text grow together: as many stars as half the text's letters, each of which finds its letter at once.
    #[divan::bench(args = [10, 100, 1_000, 3_000])]
    fn stars(bencher: Bencher, stars: usize) {
        ours(bencher, &("a*".repeat(stars) + "b*"), &"a".repeat(2 * stars));
    }

    /// The same where each has to look for its word.
    #[divan::bench(args = [10, 100, 1_000, 3_000])]
    fn stars_between_words(bencher: Bencher, stars: usize) {
        ours(bencher, &("*ab".repeat(stars) + "*c*"), &"xab".repeat(stars));
    }

    #[divan::bench(args = LENGTHS)]
    fn iam_rs_four_stars(bencher: Bencher, length: usize) {
        let text = "a".repeat(length);
        let (policy, request) = (their_policy(&one("a*a*a*a*b")), their_request(OBJECT, &[("aws:Referer", &text)]));
        let counted = bencher.counter(BytesCount::of_str(&text));
        counted.bench_local(|| black_box(&policy).evaluate(black_box(&request)));
    }
}
