//! Every form of the report: the same verdict in each, valid by its schema, harmless whatever a policy holds.

use std::sync::LazyLock;

use jsonschema::Validator;
use roxmltree::{Document, Node};
use serde_json::{Value, json};
use stc_check::policy::json::Span;
use stc_check::render::{Format, Overview, Page, Screen, html, json as json_form, junit, markdown, sarif, text};
use stc_check::report::{Annotation, FailOn, Fix, Report, StatementSource, Status};
use stc_check::schema;
use stc_check::snapshot::Snapshot;

use super::judge::judged;
use super::report::{EVIL, bad_with_policy, good, hostile, is_disturbing, unknown};

/// What markup gives a meaning to, in every form.
const MARKUP: &str = "]]></failure></script></summary><script>alert(1)</script>\"'&amp; | a `b` ``` \n# h [x](https://e.example) ![i](https://e.example/i.png) @ada **b** $x$ \u{ffff}";

/// Every text from outside made of markup.
fn marked_up() -> Report {
    let mut report = bad_with_policy(MARKUP);
    MARKUP.clone_into(&mut report.subject.bucket);
    report.subject.kms_key = Some(MARKUP.to_owned());
    report.subject.principals = vec![MARKUP.to_owned()];
    report.notice = Some(MARKUP.to_owned());
    let check = &mut report.checks[1];
    MARKUP.clone_into(&mut check.message);
    check.evidence.statements.as_mut().unwrap()[0].sid = Some(MARKUP.to_owned());
    check.evidence.depends_on = Some(vec![MARKUP.to_owned()]);
    check.fix = Some(Fix { summary: MARKUP.to_owned(), commands: vec![MARKUP.to_owned()] });
    report
}

fn by_hand() -> [(&'static str, Report); 5] {
    [
        ("good", good()),
        ("bad", bad_with_policy("DenyUnencrypted")),
        ("unknown", unknown()),
        ("hostile", hostile()),
        ("marked up", marked_up()),
    ]
}

/// Those by hand, and of every fixture.
fn every_report() -> impl Iterator<Item = (&'static str, Report)> {
    by_hand().into_iter().chain(judged().into_iter().map(|(name, _, report)| (name, report)))
}

/// The exit code that a reader of each form would work out of it.
fn exits(report: &Report, fail_on: FailOn) -> Vec<(&'static str, u8)> {
    vec![
        ("text", exit_of_text(&text::render(report, Screen::default(), fail_on), fail_on)),
        ("json", exit_of_json(&json_form::render(report).unwrap(), fail_on)),
        ("junit", exit_of_junit(&junit::render(report, fail_on))),
        ("sarif", exit_of_sarif(&sarif::render(report, fail_on), fail_on)),
        ("markdown", exit_of_text(&markdown::render(report, fail_on), fail_on)),
        ("html", exit_of_html(&html::render(report, fail_on), fail_on)),
    ]
}

fn exit_of_text(text: &str, fail_on: FailOn) -> u8 {
    let verdict = text.lines().find(|line| line.starts_with("verdict: ") || line.starts_with("## ")).unwrap();
    match verdict.split([' ', ':']).find(|word| ["pass", "fail", "unknown"].contains(word)).unwrap() {
        "fail" => 1,
        _ if fail_on == FailOn::Warn && (text.contains("failed by --fail-on warn: ")) => 1,
        "unknown" => 3,
        _ => 0,
    }
}

fn exit_of_html(text: &str, fail_on: FailOn) -> u8 {
    let (_, text) = text.split_once("<h1>").unwrap();
    let (verdict, text) = text.split_once("</h1>").unwrap();
    let (_, verdict) = verdict.split_once("</span>").unwrap();
    exit_of_text(&format!("verdict: {verdict}\n{}", text.split("</header>").next().unwrap()), fail_on)
}

fn exit_of_json(text: &str, fail_on: FailOn) -> u8 {
    let document: Value = serde_json::from_str(text).unwrap();
    match document["verdict"].as_str().unwrap() {
        "fail" => 1,
        _ if fail_on == FailOn::Warn && document["summary"]["warn"] != 0 => 1,
        "unknown" => 3,
        _ => 0,
    }
}

fn exit_of_junit(text: &str) -> u8 {
    let document = Document::parse(text).unwrap();
    match (document.root_element().attribute("failures"), document.root_element().attribute("errors")) {
        (Some("0"), Some("0")) => 0,
        (Some("0"), _) => 3,
        _ => 1,
    }
}

fn exit_of_sarif(text: &str, fail_on: FailOn) -> u8 {
    let document: Value = serde_json::from_str(text).unwrap();
    let run = &document["runs"][0];
    let results = run["results"].as_array().unwrap();
    let any = |level: &str| results.iter().any(|result| result["level"] == level);
    let open = results.iter().any(|result| result["kind"] == "open" && result["properties"]["required"] == true);
    let exit = match () {
        () if any("error") || (fail_on == FailOn::Warn && any("warning")) => 1,
        () if open => 3,
        () => 0,
    };
    assert_eq!(run["invocations"][0]["exitCode"], exit);
    exit
}

#[test]
fn every_form_says_the_same() {
    for (name, report) in every_report() {
        for fail_on in [FailOn::Fail, FailOn::Warn] {
            for (form, exit) in exits(&report, fail_on) {
                assert_eq!(exit, report.exit(fail_on), "{name} as {form}, {fail_on:?}");
            }
        }
    }
}

/// What the real program wrote, and the exit code that a reader works out of it.
fn exit_of_file(form: &str, text: &str) -> u8 {
    match form {
        "json" => exit_of_json(text, FailOn::Fail),
        "junit" => exit_of_junit(text),
        "sarif" => exit_of_sarif(text, FailOn::Fail),
        "html" => exit_of_html(text, FailOn::Fail),
        _ => exit_of_text(text, FailOn::Fail),
    }
}

/// The real program over every fixture: one run with every form, and for each exit code one run a form.
#[test]
fn the_exit_code_never_depends_on_the_form() {
    let directory = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stc-check"));
        let output =
            command.env_clear().current_dir(&directory).arg("--snapshot=snapshot.json").args(arguments).output();
        let output = output.unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let mut seen = std::collections::BTreeSet::new();
    for (name, document, _) in judged() {
        let mut unread = document.clone();
        unread["operations"].as_object_mut().unwrap().remove("s3:GetBucketPolicy");
        for document in [document, &unread] {
            std::fs::write(directory.path().join("snapshot.json"), document.to_string()).unwrap();
            let forms = ["text", "json", "junit", "sarif", "markdown", "html"];
            let all: Vec<String> =
                forms.iter().flat_map(|form| [format!("--format={form}"), format!("--output=all.{form}")]).collect();
            let (code, _) = run(&all.iter().map(String::as_str).collect::<Vec<_>>());
            for form in forms {
                let text = std::fs::read_to_string(directory.path().join(format!("all.{form}"))).unwrap();
                assert_eq!(i32::from(exit_of_file(form, &text)), code, "{name} as {form}");
            }
            if !seen.insert(code) {
                continue;
            }
            let (_, json) = run(&["--format=json"]);
            for form in ["text", "junit", "sarif", "markdown", "html"] {
                let (other, text) = run(&["--format", form]);
                assert_eq!(other, code, "{name} as {form}");
                let output = format!("report.{form}");
                assert_eq!(run(&["--format=json", "--format", form, "--output", &output]), (code, json.clone()));
                let written = std::fs::read_to_string(directory.path().join(&output)).unwrap();
                assert!(form == "text" || written == text, "{name} as {form}");
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 1, 3]);
}

#[test]
fn every_check_of_a_report_is_in_every_form() {
    for (name, report) in every_report() {
        let markdown = markdown::render(&report, FailOn::Fail);
        let junit = junit::render(&report, FailOn::Fail);
        let html = html::render(&report, FailOn::Fail);
        let sarif: Value = serde_json::from_str(&sarif::render(&report, FailOn::Fail)).unwrap();
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        for check in &report.checks {
            assert!(markdown.contains(&format!("| `{}` |", check.id)), "{name}: {}", check.id);
            assert!(
                html.contains(&format!("id=\"check-{}\"", check.id.as_str().replace('.', "-"))),
                "{name}: {}",
                check.id
            );
            assert!(junit.contains(&format!("name=\"{}\"", check.id)), "{name}: {}", check.id);
            let wanted = !matches!(check.status, Status::Pass | Status::Skip);
            assert_eq!(
                results.iter().any(|result| result["ruleId"] == check.id.as_str()),
                wanted,
                "{name}: {}",
                check.id
            );
        }
    }
}

/// What the standard's schema says against a log.
pub(super) fn sarif_errors(log: &Value) -> Vec<String> {
    static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
        let mut schema: Value = serde_json::from_str(include_str!("../schema/sarif-2.1.0.json")).unwrap();
        // A pattern of the standard's own has a bracket too many; we give no language.
        for object in ["run", "toolComponent"] {
            schema["definitions"][object]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
        }
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    });
    SCHEMA.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn sarif_is_valid_and_points_where_it_says() {
    for (name, report) in every_report() {
        let log: Value = serde_json::from_str(&sarif::render(&report, FailOn::Fail)).unwrap();
        let errors = sarif_errors(&log);
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        let run = &log["runs"][0];
        for result in run["results"].as_array().unwrap() {
            if let Some(index) = result["ruleIndex"].as_u64() {
                let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).unwrap()];
                assert_eq!(rule["id"], result["ruleId"]);
            }
            assert_eq!(result["locations"].as_array().unwrap().len(), 1, "{name}: GitHub wants one");
        }
    }
}

#[test]
fn json_and_snapshots_are_valid_by_their_schemas() {
    let validator = |schema: &str| {
        let schema = serde_json::from_str(schema).unwrap();
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    };
    let (of_reports, of_snapshots) = (validator(schema::REPORT), validator(schema::SNAPSHOT));
    let of_several = validator(schema::REPORTS);
    let check = |validator: &Validator, name: &str, document: &Value| {
        let errors: Vec<String> =
            validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    };
    for (name, report) in every_report() {
        check(&of_reports, name, &serde_json::from_str(&json_form::render(&report).unwrap()).unwrap());
    }
    let page = Page { screen: Screen::default(), fail_on: FailOn::Fail };
    let mut overview = Overview::new(every_report().count(), FailOn::Fail);
    let mut several = json_form::Json.begin(&overview);
    for (_, report) in every_report() {
        several += &json_form::Json.one(&report, &overview, page).unwrap();
        overview.add(&report);
    }
    several += &json_form::Json.end(&overview, page);
    check(&of_several, "several", &serde_json::from_str(&several).unwrap());
    assert!(!of_several.is_valid(&serde_json::from_str(&json_form::render(&good()).unwrap()).unwrap()));
    for (name, document, _) in judged() {
        check(&of_snapshots, name, document);
        let written = Snapshot::from_json(&document.to_string()).unwrap().to_json();
        check(&of_snapshots, name, &serde_json::from_str(&written).unwrap());
    }
    for wrong in [json!({"schema": "stc-check/report/2"}), json!({"schema": "stc-check/snapshot/1", "operations": []})]
    {
        assert!(!of_reports.is_valid(&wrong) && !of_snapshots.is_valid(&wrong));
    }
}

#[test]
fn sarif_points_at_the_words_of_the_policy_that_was_read() {
    let report = bad_with_policy("DenyUnencrypted");
    let log: Value = serde_json::from_str(&sarif::render(&report, FailOn::Fail)).unwrap();
    let run = &log["runs"][0];
    let location = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "acme-exports/bucket-policy.json");
    let artifact = &run["artifacts"][0];
    assert_eq!(artifact["location"]["uri"], location["artifactLocation"]["uri"]);
    assert_eq!(pointed_at(artifact["contents"]["text"].as_str().unwrap(), location), "\"Deny\"");
}

#[test]
fn sarif_points_into_the_file_that_was_given() {
    let mut report = bad_with_policy("DenyUnencrypted");
    let document = report.documents.bucket_policy.clone().unwrap();
    let start = document.find("\"Null\"").unwrap();
    let span = Span { start, end: start + 6 };
    report.checks[1].annotations =
        vec![Annotation { document: StatementSource::BucketPolicy, span, label: "here".to_owned() }];
    for (file, uri) in [("my policies/é.json", "my%20policies/%C3%A9.json"), ("/tmp/p.json", "file:///tmp/p.json")] {
        report.documents.bucket_policy_file = Some(file.to_owned());
        let log: Value = serde_json::from_str(&sarif::render(&report, FailOn::Fail)).unwrap();
        let run = &log["runs"][0];
        let location = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], uri);
        assert_eq!(run["artifacts"][0]["contents"], Value::Null, "the file itself is there to be opened");
        assert_eq!(pointed_at(&document, location), "\"Null\"");
    }
}

/// What a viewer would underline.
fn pointed_at(text: &str, location: &Value) -> String {
    let number = |name: &str| usize::try_from(location["region"][name].as_u64().unwrap()).unwrap();
    assert_eq!(number("startLine"), number("endLine"));
    let line: Vec<char> = text.lines().nth(number("startLine") - 1).unwrap().chars().collect();
    line[number("startColumn") - 1..number("endColumn") - 1].iter().collect()
}

/// An element, the one it stands in, attributes it must and may have, elements in it.
type Element = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// The elements and attributes of Jenkins' `junit-10.xsd` that we use.
const JUNIT: [Element; 10] = [
    ("testsuites", "", &[], &["name", "tests", "failures", "errors", "time"], &["testsuite"]),
    (
        "testsuite",
        "testsuites",
        &["name", "tests", "failures", "errors"],
        &["skipped", "time", "timestamp"],
        &["properties", "testcase", "system-out"],
    ),
    ("properties", "testsuite", &[], &[], &["property"]),
    ("property", "properties", &["name", "value"], &[], &[]),
    ("testcase", "testsuite", &["name", "classname"], &["time"], &["skipped", "error", "failure", "system-out"]),
    ("skipped", "testcase", &[], &["message"], &[]),
    ("error", "testcase", &[], &["type", "message"], &[]),
    ("failure", "testcase", &[], &["type", "message"], &[]),
    ("system-out", "testcase", &[], &[], &[]),
    ("system-out", "testsuite", &[], &[], &[]),
];

#[test]
fn junit_has_the_elements_that_continuous_integration_knows() {
    for (name, report) in every_report() {
        let xml = junit::render(&report, FailOn::Fail);
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{name}: {error}"));
        for node in document.descendants().filter(Node::is_element) {
            let tag = node.tag_name().name();
            let within = node.parent_element().map_or("", |node| node.tag_name().name());
            let known = JUNIT.iter().find(|(known, parent, ..)| (*known, *parent) == (tag, within));
            let (_, _, required, optional, children) = known.unwrap_or_else(|| panic!("{name}: {tag} in {within}"));
            assert!(required.iter().all(|wanted| node.has_attribute(*wanted)), "{name}: {tag}");
            assert!(node.attributes().all(|one| required.contains(&one.name()) || optional.contains(&one.name())));
            let places: Vec<_> = node
                .children()
                .filter(Node::is_element)
                .map(|child| children.iter().position(|known| *known == child.tag_name().name()).unwrap())
                .collect();
            assert!(places.is_sorted(), "{name}: {tag}");
        }
        counts_add_up(name, document.root_element());
    }
}

fn counts_add_up(name: &str, root: Node<'_, '_>) {
    for (attribute, tag) in
        [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    {
        for node in root.children().filter(Node::is_element).chain([root]).filter(|node| node.has_attribute(attribute))
        {
            let found = node.descendants().filter(|node| node.has_tag_name(tag)).count();
            assert_eq!(node.attribute(attribute), Some(found.to_string().as_str()), "{name}: {attribute}");
        }
    }
}

#[test]
fn junit_keeps_text_as_it_was_meant() {
    let xml = junit::render(&marked_up(), FailOn::Fail);
    let document = Document::parse(&xml).unwrap();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    let wanted = MARKUP.replace('\n', "\\n").replace('\u{ffff}', "\\u{ffff}");
    assert_eq!(failure.attribute("message"), Some(wanted.as_str()));
    assert!(failure.text().unwrap().contains("]]></failure></script>"));
}

/// No line of Markdown may begin a block, close a fold or make a link that the report did not mean.
#[test]
fn markdown_escapes_what_comes_from_outside() {
    let text = markdown::render(&marked_up(), FailOn::Fail);
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        if let Some(open) = fence {
            fence = (line != open).then_some(open);
            continue;
        }
        if line.starts_with("```") {
            fence = Some(line.trim_end_matches(char::is_alphabetic));
            continue;
        }
        let ours = ["<details>", "<details open>", "<summary>", "</summary>", "</details>"];
        let rest = ours.iter().fold(line.to_owned(), |line, tag| line.replace(tag, ""));
        let meant = live(&rest);
        for wrong in ["<", "](", "@", "`", "://"] {
            assert!(!meant.contains(wrong), "{wrong} in {line}");
        }
    }
    assert_eq!(fence, None);
    assert_eq!(text.matches("<details").count(), text.matches("</details>").count());
}

/// What of a line Markdown reads meaning into: neither what is escaped nor what is code.
fn live(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        match character {
            '\\' => rest = rest.get(2..).unwrap_or_default(),
            '`' => {
                let run = &rest[..rest.len() - rest.trim_start_matches('`').len()];
                let after = &rest[run.len()..];
                rest = if let Some((_, after)) = after.split_once(run) {
                    after
                } else {
                    kept.push_str(run);
                    after
                };
            }
            _ => {
                kept.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    kept
}

/// The tags, ids and links of a page that nothing from outside may add to.
#[test]
fn html_is_whole_and_loads_nothing() {
    let page = Page { screen: Screen::default(), fail_on: FailOn::Fail };
    let mut overview = Overview::new(every_report().count(), FailOn::Fail);
    let mut several = html::Html.begin(&overview);
    for (_, report) in every_report() {
        several += &html::Html.one(&report, &overview, page).unwrap();
        overview.add(&report);
    }
    several += &html::Html.end(&overview, page);
    let pages = every_report().map(|(name, report)| (name, html::render(&report, FailOn::Fail)));
    for (name, page) in pages.chain([("all of them", several)]) {
        let (head, body) = page.split_once("<body>").unwrap();
        assert!(head.contains("default-src 'none'; style-src 'unsafe-inline'"), "{name}");
        for wrong in
            ["<script", "<img", "<link", "<iframe", "@import", "url(", " src=", " onclick=", "<b>", "javascript:"]
        {
            assert!(!page.contains(wrong), "{name}: {wrong}");
        }
        let values = |attribute: &str| -> Vec<String> {
            let parts = body.split(attribute).skip(1);
            parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
        };
        let ids = values(" id=\"");
        assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len(), "{name}: an id twice");
        for link in values(" href=\"") {
            match link.strip_prefix('#') {
                Some(target) => assert!(ids.iter().any(|id| id == target), "{name}: {link} leads nowhere"),
                None => assert!(link.starts_with("https://"), "{name}: {link}"),
            }
        }
        let body = body.replace("<br>", "");
        for tag in ["section", "article", "div", "p", "pre", "code", "span", "table", "li", "ul", "details", "mark"] {
            let open = body.matches(&format!("<{tag}>")).count() + body.matches(&format!("<{tag} ")).count();
            assert_eq!(open, body.matches(&format!("</{tag}>")).count(), "{name}: <{tag}>");
        }
    }
}

#[test]
fn html_shows_who_may_do_what_and_what_decided() {
    let (_, _, report) = judged().into_iter().find(|(name, ..)| *name == "joint").unwrap();
    let page = html::render(&report, FailOn::Fail);
    assert_eq!(page.matches("</span>allowed</span></td>").count(), 10, "three of S3, seven of KMS");
    let page = html::render(&bad_with_policy("DenyUnencrypted"), FailOn::Fail);
    assert!(page.contains("<mark class=\"fail\">&quot;Deny&quot;</mark>"), "{page}");
}

#[test]
fn hostile_text_is_harmless_and_short_in_every_form() {
    for report in [hostile(), marked_up()] {
        for (form, text) in [
            ("junit", junit::render(&report, FailOn::Fail)),
            ("sarif", sarif::render(&report, FailOn::Fail)),
            ("markdown", markdown::render(&report, FailOn::Fail)),
            ("html", html::render(&report, FailOn::Fail)),
        ] {
            assert!(!text.chars().any(is_disturbing), "{form}");
            assert!(!text.lines().any(|line| line.starts_with("verdict: pass")), "{form}");
            let limit = if form == "sarif" { 1_000_000 } else { 60_000 };
            assert!(text.len() < limit, "{form}: {} bytes", text.len());
        }
    }
    assert!(EVIL.contains('\u{1b}'));
}

#[test]
fn each_form_of_each_report() {
    for (name, report) in [
        ("good", good()),
        ("bad", bad_with_policy("DenyUnencrypted")),
        ("unknown", unknown()),
        ("marked up", marked_up()),
    ] {
        let name = name.replace(' ', "_");
        insta::assert_snapshot!(format!("{name}.junit"), junit::render(&report, FailOn::Fail));
        let page = html::render(&report, FailOn::Fail).replace("><", ">\n<");
        let (before, after) = page.split_once("<style>").unwrap();
        let (_, after) = after.split_once("</style>").unwrap();
        insta::assert_snapshot!(format!("{name}.html"), format!("{before}{after}"));
        insta::assert_snapshot!(format!("{name}.markdown"), markdown::render(&report, FailOn::Fail));
        let mut log: Value = serde_json::from_str(&sarif::render(&report, FailOn::Fail)).unwrap();
        log["runs"][0]["tool"]["driver"].as_object_mut().unwrap().remove("rules");
        insta::assert_json_snapshot!(format!("{name}.sarif"), log);
    }
}
