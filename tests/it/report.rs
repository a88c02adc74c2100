//! What people and programs read, over reports put together by hand: good, bad, unknown and hostile.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use stc_check::checks::Case;
use stc_check::fix::changes;
use stc_check::fix::settings::Delivery;
use stc_check::policy::json::Span;
use stc_check::render::json as json_form;
use stc_check::render::{Detail, Screen, text};
use stc_check::report::selection::Selection;
use stc_check::report::waiver::Waiver;
use stc_check::report::{
    Annotation, Basis, CheckId, CheckResult, Documents, Evidence, FactSource, FailOn, Fix, Headline, NextCommands,
    Report, ReportVerdict, RunFacts, StatementReference, StatementSource, Status, Subject,
};

use super::collect::stc_check;
use super::fake_aws::{BUCKET, FakeAws, Fault};
use super::judge::fixture::{all, named};
use super::judge::judged;

const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";

pub(super) fn report(checks: Vec<CheckResult>) -> Report {
    let subject = Subject {
        bucket: "acme-exports".to_owned(),
        name: None,
        region: Some("us-east-1".to_owned()),
        variant: "joint",
        kms_key: None,
        key_is_expected: false,
        principals: vec![ROLE.to_owned()],
    };
    let run = RunFacts {
        at: "2026-11-26T07:10:00Z".parse().unwrap(),
        duration: Some(Duration::from_millis(480)),
        caller: Some("arn:aws:sts::111122223333:assumed-role/DataAdmin/ada".to_owned()),
        account: Some("111122223333".to_owned()),
        owner: Some("111122223333".to_owned()),
        source: FactSource::Aws,
    };
    let next = NextCommands {
        before: None,
        fix: "stc-check fix --bucket acme-exports --output changes".to_owned(),
        permissions: "stc-check permissions --bucket acme-exports".to_owned(),
    };
    Report {
        subject,
        run,
        cause: None,
        notice: None,
        baseline: None,
        next,
        waivers: Vec::new(),
        checks,
        documents: Documents::default(),
    }
}

pub(super) fn check(id: &str, title: &'static str, faq: Option<u8>, status: Status, message: &str) -> CheckResult {
    let decided = !matches!(status, Status::Unknown | Status::Skip);
    CheckResult {
        id: CheckId::parse(id).unwrap(),
        title: title.to_owned(),
        faq,
        required: true,
        status,
        basis: decided.then_some(Basis::Evaluated),
        headline: Headline::Sentence(title.to_owned()),
        message: message.to_owned(),
        evidence: Evidence::default(),
        annotations: Vec::new(),
        fix: None,
        baseline: None,
    }
}

pub(super) fn good() -> Report {
    report(vec![
        check("bucket.exists", "the bucket answers", None, Status::Pass, "it answered from us-east-1"),
        check("policy.put-object", "the writer may put objects", None, Status::Pass, "Statement[0] allows it"),
        check("policy.tls-only", "plain HTTP is denied", Some(1), Status::Pass, "every request without TLS is denied"),
        check("kms.decrypt", "the writer may decrypt", Some(3), Status::Skip, "not encrypted with KMS"),
        check("delivery.object-lock", "no default retention", None, Status::Pass, "no retention is set"),
        check("probe.upload", "the upload succeeded", None, Status::Skip, "a stored snapshot is judged"),
    ])
}

pub(super) fn bad() -> Report {
    let put = CheckResult {
        evidence: Evidence {
            statements: Some(vec![
                StatementReference { document: StatementSource::BucketPolicy, index: 3, sid: Some("DenyUnencrypted".to_owned()), effect: "Deny" },
                StatementReference { document: StatementSource::Grant, index: 0, sid: None, effect: "Allow" },
            ]),
            ..Evidence::default()
        },
        fix: Some(Fix {
            summary: "Take the statement DenyUnencrypted out of the bucket policy, or let it spare the writer.".to_owned(),
            commands: vec![
                "aws s3api put-bucket-policy --bucket acme-exports --policy file://policy.json --expected-bucket-owner 111122223333 --region us-east-1".to_owned(),
            ],
        }),
        ..check(
            "policy.put-object",
            "the writer may put objects everywhere it has to",
            None,
            Status::Fail,
            "The bucket policy refuses the upload of campaign_send/dt=20261123/client_id=3386/part-0000.csv, and so no event reaches the bucket.",
        )
    };
    let ownership = CheckResult {
        required: false,
        basis: Some(Basis::Read),
        fix: Some(Fix { summary: "Turn ACLs off.".to_owned(), commands: vec![] }),
        ..check(
            "delivery.ownership",
            "the owner will own the data",
            None,
            Status::Warn,
            "the vendor would own what it uploads",
        )
    };
    report(vec![good().checks[0].clone(), put, ownership, good().checks[3].clone()])
}

/// The policy that the bad report is about, all on one line, as S3 returns it.
pub(super) fn policy(sid: &str) -> String {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": action, "Resource": resource});
    json!({"Version": "2012-10-17", "Statement": [
        allow("s3:ListBucket", "arn:aws:s3:::acme-exports"),
        allow("s3:PutObject", "arn:aws:s3:::acme-exports/*"),
        allow("s3:DeleteObject", "arn:aws:s3:::acme-exports/*"),
        {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/*",
         "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}},
    ]})
    .to_string()
}

pub(super) fn bad_with_policy(sid: &str) -> Report {
    let mut report = bad();
    report.documents.bucket_policy = Some(policy(sid));
    report
}

pub(super) fn unknown() -> Report {
    let conditional = CheckResult {
        evidence: Evidence { depends_on: Some(vec!["aws:SourceIp".to_owned()]), ..Evidence::default() },
        ..check(
            "policy.put-object",
            "the writer may put objects",
            None,
            Status::Unknown,
            "it depends on where the vendor writes from",
        )
    };
    let optional = CheckResult {
        required: false,
        ..check(
            "delivery.ownership",
            "the owner will own the data",
            None,
            Status::Unknown,
            "s3:GetBucketOwnershipControls was refused",
        )
    };
    let mut report = report(vec![conditional, optional]);
    report.notice = Some("the credentials have expired: run `aws sso login --profile acme`".to_owned());
    report
}

pub(super) const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}drowssap\u{9b}31m\r\nverdict: pass";

pub(super) fn hostile() -> Report {
    let mut report = bad_with_policy(&EVIL.repeat(3_000));
    EVIL.clone_into(&mut report.subject.bucket);
    report.subject.kms_key = Some(EVIL.to_owned());
    report.notice = Some(EVIL.to_owned());
    let check = &mut report.checks[1];
    check.message = format!("{EVIL} and much more {}", "m".repeat(100_000));
    check.evidence.statements.as_mut().unwrap()[0].sid = Some(EVIL.repeat(3_000));
    check.evidence.depends_on = Some(vec![EVIL.to_owned()]);
    check.evidence.details.insert(EVIL.to_owned(), EVIL.into());
    check.fix = Some(Fix { summary: EVIL.to_owned(), commands: vec![EVIL.to_owned(), "c".repeat(100_000)] });
    report
}

fn shown(report: &Report, screen: Screen) -> String {
    text::render(report, screen, FailOn::Fail)
}

pub(super) fn is_disturbing(character: char) -> bool {
    (character.is_control() && character != '\n') || ('\u{202a}'..='\u{202e}').contains(&character)
}

#[test]
fn a_good_bucket() {
    insta::assert_snapshot!(shown(&good(), Screen::default()));
}

#[test]
fn a_bad_bucket() {
    insta::assert_snapshot!(shown(&bad(), Screen { width: 72, ..Screen::default() }));
}

#[test]
fn a_policy_is_shown_as_a_compiler_would() {
    insta::assert_snapshot!(shown(&bad_with_policy("DenyUnencrypted"), Screen::default()));
}

#[test]
fn what_a_check_points_at_is_underlined_in_the_file_s_own_lines() {
    let mut report = bad_with_policy("DenyUnencrypted");
    let document = "{\n\t\"Statement\": [\n\t\t{ \"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Principal\": \"*\",\n\t\t  \"Resource\": \"arn:aws:s3:::acmé/*\" }\n\t]\n}\n";
    let span = |text: &str| {
        let start = document.find(text).unwrap();
        Span { start, end: start + text.len() }
    };
    let annotation = |text: &str, label: &str| Annotation {
        document: StatementSource::BucketPolicy,
        span: span(text),
        label: label.to_owned(),
    };
    report.checks[1].annotations = vec![
        annotation("\"s3:GetObject\"", "the nearest Allow is of another action"),
        annotation("\"arn:aws:s3:::acmé/*\"", "and of another bucket"),
    ];
    report.checks.push(CheckResult { id: CheckId::PolicyDeleteObject, ..report.checks[1].clone() });
    report.documents.bucket_policy = Some(document.to_owned());
    let text = shown(&report, Screen::default());
    let excerpt: Vec<_> =
        text.lines().skip_while(|line| !line.contains("--> ")).take(5).map(|line| line.get(4..).unwrap()).collect();
    assert_eq!(
        excerpt,
        [
            " --> bucket policy, `DenyUnencrypted`",
            "3 | { \"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Principal\": \"*\",",
            "  |                                ^^^^^^^^^^^^^^ the nearest Allow is of another action",
            "4 |   \"Resource\": \"arn:aws:s3:::acmé/*\" }",
            "  |               ^^^^^^^^^^^^^^^^^^^^^ and of another bucket",
        ]
    );
    assert_eq!(text.matches("and of another bucket").count(), 1, "one cause is told once: {text}");
    let ascii = shown(&report, Screen { unicode: false, ..Screen::default() });
    assert!(ascii.contains("acm\\u{e9}/*\" }\n"), "{ascii}");
    assert!(ascii.contains(&format!("|               {} and", "^".repeat(26))), "{ascii}");
}

/// The excerpt of a bad report, under the head that names the document, without its indent.
fn excerpt_of(report: &Report, width: usize) -> Vec<String> {
    let text = shown(report, Screen { width, ..Screen::default() });
    let lines = text.lines().skip_while(|line| !line.contains("--> ")).skip(1);
    lines.take_while(|line| line.contains(" | ")).map(|line| line.get(4..).unwrap().to_owned()).collect()
}

/// A report whose first failure points at this text of this document.
fn pointing_at(document: &str, text: &str) -> Report {
    let mut report = bad_with_policy("DenyUnencrypted");
    let start = document.find(text).unwrap();
    let span = Span { start, end: start + text.len() };
    report.checks[1].annotations =
        vec![Annotation { document: StatementSource::BucketPolicy, span, label: "here".to_owned() }];
    report.documents.bucket_policy = Some(document.to_owned());
    report
}

#[test]
fn wide_combining_and_reordering_characters_do_not_move_the_underline() {
    for (sid, columns) in [
        ("plain", 5),
        ("鍵鍵", 4),
        ("🔑", 2),
        ("e\u{301}n\u{303}", 2),
        ("a\u{200b}\u{202e}", 1 + 2 * "\\u{200b}".len()),
        ("\t\t", 8),
    ] {
        let document = format!("{{\n\"Statement\": [{{\"Sid\": \"{sid}\", \"Action\": \"s3:Get鍵*\"}}]\n}}\n");
        let excerpt = excerpt_of(&pointing_at(&document, "\"s3:Get鍵*\""), 100);
        let mark = excerpt.iter().find(|line| line.contains('^')).unwrap();
        let before = "2 | \"Statement\": [{\"Sid\": \"\", \"Action\": ".len();
        assert_eq!(mark.find('^'), Some(before + columns), "{sid}: {excerpt:#?}");
        assert!(mark.contains(&format!(" {} here", "^".repeat(11))), "{sid}: {excerpt:#?}");
    }
}

#[test]
fn of_a_line_that_is_too_long_the_marked_part_is_shown() {
    let long = format!(
        "{{\n\"Statement\": [{{\"Sid\": \"{}\", \"Action\": \"s3:Get*\", {}}}]\n}}\n",
        "鍵".repeat(300),
        " ".repeat(300)
    );
    for width in [60, 80, 120] {
        let excerpt = excerpt_of(&pointing_at(&long, "\"s3:Get*\""), width);
        let position = excerpt.iter().position(|line| line.contains('^')).unwrap();
        let (line, mark) = (&excerpt[position - 1], &excerpt[position]);
        assert!(line.starts_with("2 | ...") && line.contains("\"s3:Get*\"") && line.ends_with("..."), "{excerpt:#?}");
        let shown_at = unicode_width::UnicodeWidthStr::width(line.split("\"s3").next().unwrap());
        assert_eq!(mark.find('^'), Some(shown_at), "{excerpt:#?}");
        assert!(unicode_width::UnicodeWidthStr::width(line.as_str()) + 4 <= width, "{excerpt:#?}");
    }
}

#[test]
fn a_bucket_that_could_not_be_read() {
    insta::assert_snapshot!(shown(&unknown(), Screen::default()));
}

#[test]
fn quiet_shows_the_verdict_and_what_failed() {
    insta::assert_snapshot!(shown(&bad(), Screen { detail: Detail::Quiet, ..Screen::default() }));
    assert_eq!(
        shown(&good(), Screen { detail: Detail::Quiet, ..Screen::default() }),
        "verdict: pass  s3://acme-exports: every selected check passed\n"
    );
}

#[test]
fn ascii_where_the_locale_wants_it() {
    let mut report = bad();
    report.checks[0].headline = Headline::Sentence("naïve “quotes” — and 鍵".to_owned());
    let text = shown(&report, Screen { unicode: false, ..Screen::default() });
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("x the writer may put objects"), "{text}");
}

#[test]
fn colour_only_where_wanted_and_beside_words() {
    let plain = shown(&bad(), Screen::default());
    assert!(!plain.contains('\u{1b}'));
    let coloured = shown(&bad(), Screen { colour: true, ..Screen::default() });
    assert!(coloured.contains("\u{1b}[31m") && coloured.contains("fail"), "{coloured}");
    assert_eq!(anstream_strip(&coloured), plain);
}

fn anstream_strip(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn no_prose_is_wider_than_the_screen() {
    for width in [40, 60, 80, 120] {
        for line in shown(&bad(), Screen { width, ..Screen::default() }).lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let may_overflow =
                ["aws s3api", "stc-check ", "arn:", " passed, "].iter().any(|whole| line.contains(whole))
                    || words.len() <= 3;
            assert!(line.chars().count() <= width || may_overflow, "{width}: {line}");
        }
    }
}

/// A role that can read nothing hears once what it needs, and not once a setting.
#[test]
fn reads_that_lack_permissions_are_told_as_one() {
    let refused = json!({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}});
    let fixture = ["s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetBucketRequestPayment"]
        .into_iter()
        .fold(named("joint"), |fixture, operation| fixture.with_answer(operation, Some(refused.clone())));
    let report = fixture.judge();
    let screen = shown(&report, Screen { width: 2_000, ..Screen::default() });
    for told in [
        "s3:GetBucketPolicy and s3:GetBucketRequestPayment were refused (AccessDenied: Access Denied): S3 gives no reason",
        "check that your role has `s3:GetBucketPolicy` and `s3:GetBucketRequestPayment`.",
        "S3 gives no reason",
    ] {
        assert_eq!(screen.matches(told).count(), 1, "{screen}");
    }
    assert!(screen.contains("? Is Requester Pays off?"), "{screen}");
    let page = stc_check::render::markdown::render(&report, FailOn::Fail);
    assert!(page.contains("and s3:GetBucketRequestPayment were refused"), "{page}");
    // The seven permissions on the key share a line here too.
    let report = named("joint").with_answer("s3:GetBucketEncryption", Some(refused)).judge();
    let screen = shown(&report, Screen::default());
    let together = "? Can S3 encrypt with your KMS key?                  kms.key-usable\n\
                    ? Can Sailthru use your KMS key?                     kms (all seven permissions)\n";
    assert!(screen.contains(together) && !screen.contains("kms.decrypt  "), "{screen}");
}

/// What a Deny leaves open is decided by a change: the next command prints it.
#[test]
fn the_next_command_of_what_is_open_prints_a_change() {
    let mut led_to_a_change = 0;
    for fixture in all() {
        let report = fixture.judge();
        let text = shown(&report, Screen::default());
        if report.verdict() != ReportVerdict::Unknown || !text.contains("\nnext:    stc-check fix ") {
            continue;
        }
        let snapshot = fixture.snapshot();
        let plan = changes::plan(&Case::new(&fixture.connection, &snapshot, None), Delivery::Inline);
        assert!(!plan.changes.is_empty(), "{}: {text}", fixture.name);
        led_to_a_change += 1;
    }
    assert!(led_to_a_change > 0);
}

/// A command that is pasted acts on what the run looked at, with the credentials of the run.
#[test]
fn every_command_carries_what_reaches_the_bucket() {
    let reach = ["--region", "eu-west-1", "--profile", "two words", "--endpoint-url", "http://127.0.0.1:4566"];
    for fixture in all() {
        let mut fixture = fixture.clone();
        fixture.connection.reach = reach.map(str::to_owned).to_vec();
        let fixes = fixture.judge().checks.into_iter().filter_map(|check| check.fix);
        for line in fixes.flat_map(|fix| fix.commands) {
            // Whoever manages the organization has other credentials, and a policy is printed without asking AWS.
            let own = line.starts_with("aws organizations ") || line.starts_with("stc-check policy ");
            let count = |words: &str| line.matches(words).count();
            assert_eq!(count(" --profile 'two words'"), usize::from(!own), "{}: {line}", fixture.name);
            assert_eq!(count(" --endpoint-url http://127.0.0.1:4566"), usize::from(!own), "{}: {line}", fixture.name);
            assert_eq!(count(" --region "), usize::from(!own), "{}: {line}", fixture.name);
        }
    }
}

/// What only advice can be given for is a sentence, and wrapped like one.
#[test]
fn advice_is_no_command() {
    let mut report = unknown();
    report.cause = Some(stc_check::report::Cause {
        headline: "Your AWS credentials have expired".to_owned(),
        detail: "`s3:GetBucketPolicy` answered `ExpiredToken`".to_owned(),
        advice: "renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, and run again".to_owned(),
        command: None,
        codes: Vec::new(),
    });
    let text = shown(&report, Screen { width: 60, ..Screen::default() });
    let last = "next:    renew `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`\n         and `AWS_SESSION_TOKEN`, and run again\n";
    assert!(text.ends_with(last), "{text}");
}

#[test]
fn the_head_says_what_each_arn_is_and_keeps_to_the_screen() {
    let mut report = good();
    report.subject.kms_key =
        Some("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab".to_owned());
    report.subject.principals.push("arn:aws:iam::444455556666:role/staging".to_owned());
    let head = |width: usize| {
        let text = shown(&report, Screen { width, ..Screen::default() });
        text.split("\n\n").next().unwrap().to_owned()
    };
    assert_eq!(
        head(60),
        "stc-check 0.2.0  s3://acme-exports\n  us-east-1 account 111122223333\nas role/DataAdmin, 2026-11-26 07:10 UTC, \
         joint:\n  Sailthru role\n  arn:aws:iam::099647660399:role/sc-event-stream-production\n  role \
         arn:aws:iam::444455556666:role/staging\n  default key\n  \
         arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    );
    assert!(head(100).contains("\n  Sailthru role arn:aws:iam::099647660399:role/sc-event-stream-production\n"));
    assert!(
        head(100)
            .ends_with("\n  default key arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
    );
}

/// Of what the program says of every fixture, nothing is wider than the screen but what has to be copied whole.
#[test]
fn every_fixture_keeps_to_the_screen() {
    for (name, _, report) in judged() {
        for width in [60, 80, 120] {
            for line in shown(&report, Screen { width, ..Screen::default() }).lines() {
                let widest = line.split_whitespace().map(str::len).max().unwrap_or_default();
                let whole = line.contains("aws ")
                    || line.contains("stc-check ")
                    || line.starts_with("next:")
                    || widest + 24 > width;
                assert!(line.chars().count() <= width || whole, "{name}, {width}: {line}");
            }
        }
    }
}

/// A good bucket fits on a screen; of a bad one the last lines say what failed and what comes next.
#[test]
fn the_screen_holds_what_a_person_needs() {
    let screen = Screen { width: 80, ..Screen::default() };
    for (name, _, report) in judged() {
        let text = shown(&report, screen);
        let lines: Vec<&str> = text.lines().collect();
        if report.checks.iter().all(|check| matches!(check.status, Status::Pass | Status::Skip)) {
            assert!(lines.len() <= 45, "{name} takes {} lines: {text}", lines.len());
        }
        if report.exit(FailOn::Fail) == 0 {
            continue;
        }
        let last = lines[lines.len() - 5..].join("\n");
        let named = report.checks.iter().any(|check| last.contains(check.id.as_str()));
        assert!(named && last.contains("verdict: ") && last.contains("\nnext:    "), "{name}: {last}");
    }
}

/// A live run has more to say than a stored snapshot: what its endpoint leaves out, and who could know more.
#[test]
fn a_live_run_of_a_good_bucket_fits_on_a_screen() {
    let fake = FakeAws::start();
    for refused in [None, Some("organizations:DescribeOrganization")] {
        if let Some(operation) = refused {
            fake.fail(operation, Fault::Error(400, "AccessDeniedException"));
        }
        let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", &fake.url()]);
        let output = command.env("COLUMNS", "80").output().expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.lines().count() <= 45, "{} lines: {text}", text.lines().count());
    }
}

/// Of each line like `  ✔ pass     bucket.exists: …` of `-v`, the id and the word; twice of no check.
pub(super) fn statuses_of_text(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, status, id, ..] = words.as_slice() else { continue };
        if let Ok(id) = CheckId::parse(id.trim_end_matches(':')) {
            let before = found.insert(id.as_str().to_owned(), (*status).to_owned());
            assert_eq!(before, None, "{id} is there twice: {text}");
        }
    }
    found
}

/// In full, text says of each check what JSON says.
#[test]
fn text_has_every_check_with_the_status_of_json() {
    for (name, _, report) in judged() {
        let json: Value = serde_json::from_str(&json_form::render(&report).unwrap()).unwrap();
        let word = |check: &Value, field: &str| check[field].as_str().unwrap().to_owned();
        let wanted: BTreeMap<String, String> =
            json["checks"].as_array().unwrap().iter().map(|check| (word(check, "id"), word(check, "status"))).collect();
        for (width, unicode) in [(40, true), (80, false), (200, true)] {
            let text = shown(&report, Screen { width, unicode, detail: Detail::Full, ..Screen::default() });
            assert_eq!(statuses_of_text(&text), wanted, "{name} at {width} columns");
        }
    }
}

#[test]
fn a_command_in_a_sentence_is_not_broken() {
    let mut report = unknown();
    report.notice = Some("the credentials have expired: run `aws sso login --profile acme`, and run again".to_owned());
    for width in 40..100 {
        let text = shown(&report, Screen { width, ..Screen::default() });
        assert!(text.contains("`aws sso login --profile acme`"), "{width}: {text}");
    }
}

#[test]
fn commands_are_not_wrapped() {
    let text = shown(&bad(), Screen { width: 40, ..Screen::default() });
    assert!(
        text.contains("--policy file://policy.json --expected-bucket-owner 111122223333 --region us-east-1\n"),
        "{text}"
    );
}

#[test]
fn hostile_text_stays_text() {
    let text = shown(&hostile(), Screen::default());
    assert!(!text.chars().any(is_disturbing), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("verdict: pass")), "{text}");
    assert!(text.contains("\\u{1b}[2J") && text.contains("\\u{202e}drowssap"), "{text}");
    assert!(text.len() < 20_000, "{} bytes", text.len());
}

#[test]
fn hostile_text_keeps_its_meaning_in_json() {
    let text = json_form::render(&hostile()).unwrap();
    assert!(!text.chars().any(is_disturbing));
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["subject"]["bucket"], EVIL);
    assert_eq!(document["checks"][1]["evidence"]["statements"][0]["sid"], EVIL.repeat(3_000));
    assert_eq!(document["checks"][1]["evidence"][EVIL], EVIL);
}

#[test]
fn json_is_as_promised() {
    insta::assert_snapshot!(json_form::render(&bad()).unwrap());
    let document: Value = serde_json::from_str(&json_form::render(&unknown()).unwrap()).unwrap();
    assert_eq!(document["notice"], unknown().notice.unwrap());
    assert_eq!(document["checks"][0]["basis"], Value::Null);
    assert_eq!(document["checks"][0]["evidence"], json!({"depends_on": ["aws:SourceIp"]}));
    assert_eq!(document["subject"]["kms_key"], Value::Null);
}

#[test]
fn exit_codes_follow_the_report() {
    let warned = report(vec![check("delivery.ownership", "t", None, Status::Warn, "m")]);
    for (report, fail_on, exit, verdict) in [
        (good(), FailOn::Fail, 0, ReportVerdict::Pass),
        (bad(), FailOn::Fail, 1, ReportVerdict::Fail),
        (unknown(), FailOn::Fail, 3, ReportVerdict::Unknown),
        (warned.clone(), FailOn::Fail, 0, ReportVerdict::Pass),
        (warned, FailOn::Warn, 1, ReportVerdict::Pass),
    ] {
        assert_eq!((report.exit(fail_on), report.verdict()), (exit, verdict));
    }
}

#[test]
fn only_keeps_and_skip_waives() {
    let only = Selection { only: vec![CheckId::PolicyPutObject], ..Selection::default() }.apply(bad());
    assert_eq!(only.checks.iter().map(|check| check.id).collect::<Vec<_>>(), [CheckId::PolicyPutObject]);
    assert_eq!(only.exit(FailOn::Fail), 1);

    let waiver = Waiver::new(CheckId::PolicyPutObject, "ticket 12");
    let spared = Selection { waived: vec![waiver], ..Selection::default() }.apply(bad());
    let check = spared.checks.iter().find(|check| check.id.as_str() == "policy.put-object").unwrap();
    assert_eq!((check.status, check.basis, &check.fix), (Status::Skip, None, &None));
    assert!(check.message.contains("ticket 12"));
    assert_eq!(spared.exit(FailOn::Fail), 0);
}

#[test]
fn a_missing_bucket_cannot_be_selected_away() {
    let missing = report(vec![
        check("bucket.exists", "the bucket answers", None, Status::Fail, "there is none"),
        check("policy.put-object", "the writer may put objects", None, Status::Skip, "bucket.exists failed"),
    ]);
    let only = Selection { only: vec![CheckId::PolicyPutObject], ..Selection::default() }.apply(missing.clone());
    assert_eq!(only.exit(FailOn::Fail), 1);

    let waiver = Waiver::new(CheckId::BucketExists, "ticket 12");
    let judged = Selection { waived: vec![waiver], ..Selection::default() }.apply(missing);
    assert_eq!((judged.exit(FailOn::Fail), judged.checks[0].status), (1, Status::Fail));
    let notice = judged.waivers[0].notice.as_deref().unwrap();
    assert!(notice.contains("does not count"), "{notice}");
}

#[test]
fn a_waiver_counts_to_the_end_of_its_last_day_and_says_before_that_it_will_end() {
    let last = jiff::civil::date(2026, 12, 31);
    let waived_on = |id: CheckId, today| {
        let waiver = Waiver { expires: Some(last), ..Waiver::new(id, "ticket 12") };
        let report = Selection { waived: vec![waiver], today, ..Selection::default() }.apply(bad());
        let status = report.checks.iter().find(|check| check.id == id).unwrap().status;
        let notice = report.waivers[0].notice.clone().unwrap_or_default();
        (status, format!("{:?}: {notice}", report.waivers[0].state))
    };
    let date = jiff::civil::date;
    for (today, status, said) in [
        (date(2026, 12, 16), Status::Skip, "Used: "),
        (
            date(2026, 12, 17),
            Status::Skip,
            "Used: the waiver of `policy.put-object` ends in 14 days, on 2026-12-31 (ticket 12)",
        ),
        (
            date(2026, 12, 30),
            Status::Skip,
            "Used: the waiver of `policy.put-object` ends tomorrow, on 2026-12-31 (ticket 12)",
        ),
        (
            date(2026, 12, 31),
            Status::Skip,
            "Used: the waiver of `policy.put-object` ends today, on 2026-12-31 (ticket 12)",
        ),
        (
            date(2027, 1, 1),
            Status::Fail,
            "Expired: the waiver of `policy.put-object` expired on 2026-12-31 (ticket 12), so the check counts again",
        ),
    ] {
        assert_eq!(waived_on(CheckId::PolicyPutObject, today), (status, said.to_owned()), "{today}");
    }
    let (status, said) = waived_on(CheckId::BucketExists, date(2026, 1, 1));
    assert_eq!(
        (status, said.as_str()),
        (Status::Skip, "Unused: the waiver of `bucket.exists` is not needed: the check passes")
    );
}
