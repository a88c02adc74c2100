//! `--config`: connections and waivers of a file, read by the real binary, mostly over stored snapshots.

use std::fmt::Write as _;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::collect::stc_check;
use crate::fake_aws::{FakeAws, Fault};
use crate::formats::sarif_errors;

/// A folder with `stc.toml` and snapshots, and the binary in it.
struct Tool(TempDir);

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }
}

fn ran(Output { status, stdout, stderr }: Output) -> Ran {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// The fixture of a good joint bucket, under another name.
fn good(bucket: &str) -> Value {
    let text = include_str!("../fixtures/joint-sse-kms.json").replace("acme-exports", bucket);
    serde_json::from_str(&text).unwrap()
}

/// One whose requests must pay, and so fails `delivery.requester-pays`.
fn bad(bucket: &str) -> Value {
    let mut snapshot = good(bucket);
    snapshot["operations"]["s3:GetBucketRequestPayment"] = json!({"Payer": "Requester"});
    snapshot
}

/// One whose default encryption may not be read.
fn unknown(bucket: &str) -> Value {
    let mut snapshot = good(bucket);
    snapshot["operations"]["s3:GetBucketEncryption"] = json!({"Error": {"Code": "AccessDenied", "Message": "no"}});
    snapshot
}

impl Tool {
    /// With snapshots of `acme-good`, `acme-bad` and `acme-shut`.
    fn new() -> Self {
        let tool = Self(TempDir::new().unwrap());
        for (name, snapshot) in [("good", good("acme-good")), ("bad", bad("acme-bad")), ("shut", unknown("acme-shut"))]
        {
            tool.file(&format!("{name}.json"), &snapshot.to_string());
        }
        tool
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
        command.current_dir(self.0.path()).env_clear().env("LC_ALL", "C.UTF-8").env("HOME", self.0.path());
        command.env("AWS_EC2_METADATA_DISABLED", "true").args(arguments);
        command
    }

    fn run(&self, config: &str, arguments: &[&str]) -> Ran {
        self.file("stc.toml", config);
        let arguments = [&["--config", "stc.toml"], arguments].concat();
        ran(self.command(&arguments).output().unwrap())
    }

    fn json(&self, config: &str, arguments: &[&str]) -> Value {
        self.run(config, &[&["--format", "json"], arguments].concat()).json()
    }
}

/// A connection of each of the snapshots.
const THREE: &str = r#"
[[connection]]
bucket = "acme-good"
snapshot = "good.json"

[[connection]]
bucket = "s3://acme-bad"
snapshot = "bad.json"

[[connection]]
bucket = "arn:aws:s3:::acme-shut"
snapshot = "shut.json"
"#;

/// One connection that fails `delivery.requester-pays`, and its waiver.
fn waived(check: &str, expires: &str) -> String {
    format!(
        "[[connection]]\nbucket = \"acme-bad\"\nsnapshot = \"bad.json\"\n\n  [[connection.waiver]]\n  check = \"{check}\"\n  reason = \"ticket 12\"\n  expires = {expires}\n"
    )
}

fn check<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap()
}

fn subjects(reports: &Value) -> Vec<(&str, Option<&str>, &str)> {
    let reports = reports["reports"].as_array().unwrap().iter();
    reports
        .map(|report| {
            let subject = &report["subject"];
            (subject["bucket"].as_str().unwrap(), subject["name"].as_str(), report["verdict"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn every_mistake_is_shown_at_its_place() {
    let connection = |lines: &str| format!("[[connection]]\nbucket = \"acme-good\"\n{lines}\n");
    let waiver = |lines: &str| connection(&format!("\n[[connection.waiver]]\n{lines}"));
    let rows = [
        ("an unknown key", connection("kms_key = \"x\"")),
        ("an unknown key like no other", connection("colour = \"x\"")),
        ("an unknown table", "[[conection]]\nbucket = \"acme-good\"\n".to_owned()),
        ("an unknown key of a waiver", waiver("check = \"public.acl\"\nuntil = 2026-12-31")),
        ("a wrong type", connection("no-probe = \"yes\"")),
        ("a number for an account", connection("expected-bucket-owner = 111122223333")),
        ("a list for one value", connection("region = [\"us-east-1\"]")),
        ("a table for a list of tables", "[connection]\nbucket = \"acme-good\"\n".to_owned()),
        ("a value that the option does not take", connection("kms-key = \"alias/exports\"")),
        ("no such variant", connection("variant = \"event_stream\"")),
        ("one of a list", connection("principal = [\"arn:aws:iam::111122223333:role/a\", \"ada\"]")),
        ("a default that does not fit", format!("[defaults]\nendpoint-url = \"localhost\"\n{}", connection(""))),
        ("a default for the bucket", "[defaults]\nbucket = \"acme-good\"\n".to_owned()),
        ("no bucket", "[[connection]]\nvariant = \"joint\"\n".to_owned()),
        ("no bucket's name", "[[connection]]\nbucket = \"Acme\"\n".to_owned()),
        ("no name", connection("name = \"a/b\"")),
        ("the same connection twice", connection("") + &connection("")),
        ("the same name twice", connection("name = \"x\"") + &connection("name = \"x\"\nvariant = \"data-exporter\"")),
        ("a bad date", waiver("check = \"public.acl\"\nreason = \"x\"\nexpires = \"soon\"")),
        ("a day that there is not", waiver("check = \"public.acl\"\nreason = \"x\"\nexpires = 2026-02-29")),
        ("a time", waiver("check = \"public.acl\"\nreason = \"x\"\nexpires = 2026-02-28T12:00:00Z")),
        ("no date", waiver("check = \"public.acl\"\nreason = \"x\"")),
        ("no reason", waiver("check = \"public.acl\"\nexpires = 2026-12-31")),
        ("an empty reason", waiver("check = \"public.acl\"\nreason = \" \"\nexpires = 2026-12-31")),
        ("no check", waiver("reason = \"x\"\nexpires = 2026-12-31")),
        ("an unknown check", waiver("check = \"public.acls\"\nreason = \"x\"\nexpires = 2026-12-31")),
        ("a bucket in a connection's waiver", waiver("bucket = \"acme-bad\"")),
        ("a check waived twice", {
            let one = "[[waiver]]\ncheck = \"public.acl\"\nreason = \"x\"\nexpires = 2026-12-31\n";
            format!("{}{one}{one}", connection(""))
        }),
        ("an external id without a role", connection("external-id = \"abc\"")),
        ("a role and no probe", connection("no-probe = true\nprobe-role-arn = \"arn:aws:iam::111122223333:role/x\"")),
        ("a path where anything is written", connection("variant = \"event-stream\"\nexport-path = \"a\"")),
        ("a file that is not there", connection("snapshot = \"nowhere.json\"")),
        ("a snapshot of another bucket", connection("snapshot = \"bad.json\"")),
        ("no connection", "# nothing yet\n".to_owned()),
        ("not TOML", "[[connection]]\nbucket = acme\n".to_owned()),
        ("not closed", "[[connection]]\nbucket = \"acme\n".to_owned()),
        ("control characters", "[[connection]]\nbucket = \"a\\u001b[31m\"\n\"\\u001b[31m\" = 1\n".to_owned()),
    ];
    let tool = Tool::new();
    let mut said = String::new();
    for (what, config) in rows {
        let ran = tool.run(&config, &[]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{what}: {}", ran.err);
        writeln!(said, "# {what}\n{}", ran.err).unwrap();
    }
    let directory = ran(tool.command(&["--config", "."]).output().unwrap());
    assert_eq!(directory.code, 2);
    write!(said, "# a directory\n{}", directory.err).unwrap();
    insta::assert_snapshot!(said);
}

#[test]
fn the_connections_are_checked_in_the_order_of_the_file_and_the_worst_verdict_counts() {
    let tool = Tool::new();
    let ran = tool.run(THREE, &["--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let reports = ran.json();
    assert_eq!(reports["schema"], "stc-check/reports/1");
    assert_eq!(
        subjects(&reports),
        [("acme-good", None, "pass"), ("acme-bad", None, "fail"), ("acme-shut", None, "unknown")]
    );
    assert!(reports.get("waivers").is_none(), "there are none");
    for (buckets, code) in [
        (&["acme-good"][..], 0),
        (&["acme-shut"], 3),
        (&["acme-good", "acme-shut"], 3),
        (&["acme-bad", "acme-shut"], 1),
    ] {
        let selected: Vec<_> = buckets.iter().flat_map(|bucket| ["--bucket", bucket]).collect();
        assert_eq!(tool.run(THREE, &selected).code, code, "{buckets:?}");
    }
    let stranger = tool.run(THREE, &["--bucket", "acme-other"]);
    assert_eq!((stranger.code, stranger.out.as_str()), (2, ""));
    assert!(stranger.err.contains("`acme-other`") && stranger.err.contains("--config"), "{}", stranger.err);

    let by_variable = ran_with_variable(&tool);
    assert_eq!(by_variable.code, 1, "{}", by_variable.err);
}

fn ran_with_variable(tool: &Tool) -> Ran {
    ran(tool.command(&[]).env("STC_CHECK_CONFIG", "stc.toml").output().unwrap())
}

#[test]
fn one_connection_is_a_single_check() {
    let tool = Tool::new();
    let one = "[[connection]]\nbucket = \"acme-good\"\nname = \"nightly exports\"\nsnapshot = \"good.json\"\n";
    let report = tool.json(one, &[]);
    assert_eq!(report["schema"], "stc-check/report/1");
    assert_eq!(report["subject"]["name"], "nightly exports");
    for (format, wanted) in [
        ("text", "s3://acme-good (nightly exports)"),
        ("markdown", "- Connection: nightly exports"),
        ("html", "<dd>nightly exports</dd>"),
        ("junit", "classname=\"stc-check.acme-good.nightly exports\""),
        ("sarif", "stc-check/acme-good/nightly%20exports/"),
    ] {
        let ran = tool.run(one, &["--format", format]);
        assert!(ran.code == 0 && ran.out.contains(wanted), "{format}: {}{}", ran.out, ran.err);
    }
    let page = tool.run(THREE, &["--format", "html"]);
    assert_eq!((page.code, page.out.matches("<article class=\"bucket\">").count()), (1, 3), "{}", page.err);
    assert_eq!(tool.run(THREE, &["--format", "html", "--bucket", "acme-good"]).code, 0);
}

#[test]
fn connections_of_one_bucket_are_told_apart_by_name() {
    let tool = Tool::new();
    let config = r#"
[[connection]]
bucket = "acme-good"
name = "stream"
snapshot = "good.json"

[[connection]]
bucket = "acme-good"
name = "files"
variant = "data-exporter"
export-path = "reports"
snapshot = "good.json"
"#;
    let reports = tool.json(config, &[]);
    assert_eq!(
        subjects(&reports),
        [("acme-good", Some("stream"), "pass"), ("acme-good", Some("files"), "fail")],
        "the policy lets Event Stream's role in, and not Data Exporter's user"
    );
    assert_eq!(reports["reports"][1]["subject"]["variant"], "data-exporter");
    let text = tool.run(config, &[]).out;
    for wanted in ["✔ pass    acme-good (stream)  ", "✘ fail    acme-good (files)   "] {
        assert!(text.contains(wanted), "lacks {wanted:?}: {text}");
    }
    let markdown = tool.run(config, &["--format", "markdown"]).out;
    assert!(markdown.contains("| ✔ pass | `acme-good` stream |"), "{markdown}");
}

#[test]
fn defaults_yield_to_the_connection_and_both_to_the_command_line() {
    let tool = Tool::new();
    let config = r#"
[defaults]
variant = "data-exporter"
principal = "arn:aws:iam::111122223333:role/default"
probe-role-arn = "arn:aws:iam::111122223333:role/outsider"
export-path = "reports"

[[connection]]
bucket = "acme-good"
snapshot = "good.json"

[[connection]]
bucket = "acme-bad"
snapshot = "bad.json"
variant = "event-stream"
principal = ["arn:aws:iam::111122223333:role/one", "arn:aws:iam::111122223333:role/two"]
"#;
    let of = |reports: &Value, field: &str| {
        let reports = reports["reports"].as_array().unwrap().iter();
        Value::Array(reports.map(|report| report["subject"][field].clone()).collect())
    };
    let (default, one, two) = (
        "arn:aws:iam::111122223333:role/default",
        "arn:aws:iam::111122223333:role/one",
        "arn:aws:iam::111122223333:role/two",
    );
    let reports = tool.json(config, &[]);
    assert_eq!(
        of(&reports, "variant"),
        json!(["data-exporter", "event-stream"]),
        "a default that is of no use is no error"
    );
    assert_eq!(of(&reports, "principals"), json!([[default], [one, two]]));
    let reports = tool.json(config, &["--variant", "joint", "--principal", default]);
    assert_eq!(of(&reports, "variant"), json!(["joint", "joint"]));
    assert_eq!(of(&reports, "principals"), json!([[default], [default]]));

    let arguments = ["--variant", "event-stream", "--export-path", "a"];
    let contradiction = tool.run(config, &arguments);
    assert_eq!(contradiction.code, 2);
    assert!(contradiction.err.contains("`--export-path` contradicts"), "{}", contradiction.err);
}

#[test]
fn relative_paths_begin_at_the_file() {
    let tool = Tool::new();
    std::fs::create_dir(tool.0.path().join("below")).unwrap();
    let others = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-good/*"}
    ]});
    tool.file("below/others.json", &others.to_string());
    tool.file(
        "below/stc.toml",
        "[[connection]]\nbucket = \"acme-good\"\nsnapshot = \"../good.json\"\nbucket-policy = \"others.json\"\n\n[[connection]]\nbucket = \"acme-bad\"\nsnapshot = \"../bad.json\"\n",
    );
    let run = |arguments: &[&str]| {
        ran(tool.command(&[&["--config", "below/stc.toml", "--format", "json"], arguments].concat()).output().unwrap())
    };
    let reports = run(&[]).json();
    let [previewed, in_force] = reports["reports"].as_array().unwrap().as_slice() else { panic!("{reports}") };
    assert_eq!(check(previewed, "policy.put-object")["status"], "fail", "the preview is this connection's");
    assert_eq!(check(in_force, "policy.put-object")["status"], "pass");
    assert!(previewed["notice"].as_str().unwrap().contains("preview"), "{}", previewed["notice"]);

    let refused = run(&["--bucket-policy", "below/others.json"]);
    assert!(refused.code == 2 && refused.err.contains("there are 2"), "{}", refused.err);
    let refused = run(&["--snapshot", "good.json"]);
    assert!(refused.code == 2 && refused.err.contains("`--snapshot`"), "{}", refused.err);
    let one = run(&["--bucket", "acme-bad", "--bucket-policy", "below/others.json"]).json();
    assert_eq!(check(&one, "policy.put-object")["status"], "fail");
}

#[test]
fn a_waiver_skips_the_check_with_its_reason_and_its_date() {
    let tool = Tool::new();
    let config = waived("delivery.requester-pays", "9999-12-31");
    let report = tool.json(&config, &[]);
    let requester = check(&report, "delivery.requester-pays");
    assert_eq!((requester["status"].as_str(), requester["basis"].as_str()), (Some("skip"), None));
    assert_eq!(requester["message"], "waived until 9999-12-31: ticket 12 (without the waiver: fail)");
    assert_eq!(requester["evidence"]["waived"]["status"], "fail");
    assert_eq!(report["verdict"], "pass");
    assert_eq!(
        report["waivers"],
        json!([{"check": "delivery.requester-pays", "bucket": null, "reason": "ticket 12", "expires": "9999-12-31", "state": "used", "notice": null}])
    );
    let text = tool.run(&config, &[]);
    assert_eq!(text.code, 0);
    assert!(text.out.contains("verdict: pass  nothing failed except what is waived: 1 check"), "{}", text.out);

    let twice = tool.json(&config, &["--skip", "delivery.requester-pays=for today"]);
    assert!(check(&twice, "delivery.requester-pays")["message"].as_str().unwrap().contains("for today"));
    assert_eq!(twice["waivers"][0]["state"], "unused");
}

/// Every format says what is to be said of a waiver, and none lets it change the exit code.
#[test]
fn expired_unused_and_ending_waivers_are_noticed_in_every_format() {
    let tool = Tool::new();
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(72);
    let soon = soon.to_string().split('T').next().unwrap().to_owned();
    let rows = [
        (
            "delivery.requester-pays",
            "2020-02-01",
            1,
            "expired",
            "requester-pays expired on 2020-02-01 (ticket 12), so the check counts again".to_owned(),
        ),
        (
            "public.acl",
            "2020-02-01",
            1,
            "expired",
            "public.acl expired on 2020-02-01 (ticket 12), and is not needed: the check passes".to_owned(),
        ),
        ("public.acl", "9999-12-31", 1, "unused", "public.acl is not needed: the check passes".to_owned()),
        (
            "probe.upload",
            "9999-12-31",
            1,
            "unused",
            "probe.upload was not used: the check is skipped without it".to_owned(),
        ),
        ("delivery.requester-pays", &soon, 0, "used", format!("requester-pays ends in 3 days, on {soon}")),
    ];
    for (id, expires, code, state, notice) in rows {
        let config = waived(id, expires);
        let report = tool.json(&config, &[]);
        assert_eq!(report["waivers"][0]["state"], state, "{id} {expires}");
        for format in ["text", "json", "markdown", "junit", "sarif", "html"] {
            let ran = tool.run(&config, &["--format", format]);
            assert_eq!(ran.code, code, "{format} {id} {expires}");
            // Wrapped or not, with the id as code or escaped.
            let words = |text: &str| {
                let plain = text.replace("<code>", "").replace("</code>", "").replace(['`', '\\'], "");
                plain.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            assert!(words(&ran.out).contains(&words(&notice)), "{format} lacks {notice:?}: {}", ran.out);
        }
    }
    let only = tool.json(&waived("public.acl", "9999-12-31"), &["--only", "public.policy"]);
    assert_eq!(only["waivers"][0]["notice"], "the waiver of `public.acl` was not used: `--only` leaves the check out");
}

#[test]
fn a_waiver_of_several_connections_is_needed_where_one_needs_it() {
    let tool = Tool::new();
    let with = |check: &str, expires: &str, more: &str| {
        format!("{THREE}\n[[waiver]]\ncheck = \"{check}\"\nreason = \"ticket 12\"\nexpires = {expires}\n{more}\n")
    };
    let summary = |reports: &Value| {
        let waivers = reports["waivers"].as_array().unwrap().iter();
        waivers.map(|waiver| (waiver["state"].clone(), waiver["notice"].clone())).collect::<Vec<_>>()
    };
    let used = with("delivery.requester-pays", "9999-12-31", "");
    let reports = tool.json(&used, &[]);
    assert_eq!(summary(&reports), [(json!("used"), Value::Null)]);
    assert_eq!(subjects(&reports)[1].2, "pass");
    assert_eq!(tool.run(&used, &[]).code, 3, "the third stays undecided");
    assert!(!tool.run(&used, &[]).out.contains("! "));

    let unused = "the waiver of `public.acl` is not needed: the check never came out as fail, warn or unknown";
    let expired =
        "the waiver of `delivery.requester-pays` expired on 2020-02-01 (ticket 12), so the check counts again";
    let gone = "the waiver of `public.acl` for the bucket `acme-gone` was not used: no connection of this run is of that bucket";
    for (config, state, notice, times) in [
        (with("public.acl", "9999-12-31", ""), "unused", unused, 1),
        (with("delivery.requester-pays", "2020-02-01", ""), "expired", expired, 2),
        (with("public.acl", "9999-12-31", "bucket = \"acme-gone\""), "unused", gone, 1),
    ] {
        let reports = tool.json(&config, &[]);
        assert_eq!(summary(&reports), [(json!(state), json!(notice))]);
        assert_eq!(subjects(&reports).iter().map(|subject| subject.2).collect::<Vec<_>>(), ["pass", "fail", "unknown"]);
        for format in ["json", "junit", "sarif", "markdown"] {
            let ran = tool.run(&config, &["--format", format]);
            assert_eq!(ran.code, 1);
            let plain = |text: &str| text.replace(['`', '\\'], "");
            assert_eq!(plain(&ran.out).matches(&plain(notice)).count(), times, "{format}: {}", ran.out);
        }
        let text = tool.run(&config, &[]).out;
        assert_eq!(text.matches("! the waiver of").count(), times, "{text}");
    }

    let of_one = with("delivery.requester-pays", "9999-12-31", "bucket = \"acme-bad\"");
    let reports = tool.json(&of_one, &[]);
    assert!(reports.get("waivers").is_none(), "it is of one report");
    assert_eq!(reports["reports"][1]["waivers"][0]["state"], "used");
    let alone = tool.json(&of_one, &["--bucket", "acme-good"]);
    let notice = alone["waivers"][0]["notice"].as_str().unwrap();
    assert!(notice.ends_with("no connection of this run is of that bucket"), "{notice}");
}

#[test]
fn junit_and_sarif_stay_what_they_are() {
    let tool = Tool::new();
    let config =
        format!("{THREE}\n[[waiver]]\ncheck = \"public.acl\"\nreason = \"<&> ticket\"\nexpires = 2020-01-01\n");
    let xml = tool.run(&config, &["--format", "junit"]).out;
    let suites = roxmltree::Document::parse(&xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let out = suites.descendants().find(|node| node.has_tag_name("system-out")).unwrap();
    assert!(out.text().unwrap().contains("(<&> ticket)"), "{xml}");
    let log: Value = serde_json::from_str(&tool.run(&config, &["--format", "sarif"]).out).unwrap();
    let errors = sarif_errors(&log);
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(log["runs"].as_array().unwrap().len(), 4);
}

/// The configuration of live checks, against the fake.
#[test]
fn live_connections_have_options_of_their_own() {
    let (fake, folder) = (FakeAws::start(), TempDir::new().unwrap());
    fake.fail("s3:DeleteObject", Fault::Late(std::time::Duration::from_millis(300)));
    let file = folder.path().join("stc.toml");
    let url = fake.url();
    let config = format!(
        r#"
[defaults]
endpoint-url = "{url}"

[[connection]]
bucket = "acme-1"
name = "one"

[[connection]]
bucket = "acme-1"
name = "two"

[[connection]]
bucket = "acme-2"
no-probe = true
"#
    );
    std::fs::write(&file, config).unwrap();
    let file = file.to_str().unwrap();
    let output = stc_check(&["--config", file, "--format", "json"]).output().unwrap();
    let live = ran(output);
    assert_eq!(
        (live.code, live.err.as_str()),
        (0, ""),
        "two probes of one bucket come one after the other: {}",
        live.out
    );
    let reports = live.json();
    let probes =
        |number: usize| check(&reports["reports"][number], "probe.upload")["status"].as_str().unwrap().to_owned();
    assert_eq!([probes(0), probes(1), probes(2)], ["pass", "pass", "skip"]);
    assert_eq!((fake.count("s3:PutObject"), fake.objects()), (2, 0));

    let read = ran(stc_check(&["--config", file, "--no-probe"]).output().unwrap());
    assert_eq!((read.code, fake.count("s3:PutObject")), (0, 2), "{}", read.err);

    let mut nobody = stc_check(&["--config", file]);
    let nobody = ran(nobody.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").output().unwrap());
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""), "{}", nobody.err);
}

#[test]
fn each_profile_has_its_own_credentials() {
    let (fake, folder) = (FakeAws::start(), TempDir::new().unwrap());
    let path = |name: &str| folder.path().join(name);
    std::fs::write(
        path("credentials"),
        "[one]\naws_access_key_id = AKIAONE\naws_secret_access_key = a\n[two]\naws_access_key_id = AKIATWO\naws_secret_access_key = b\n",
    )
    .unwrap();
    let config = "[[connection]]\nbucket = \"acme-1\"\nprofile = \"one\"\n\n[[connection]]\nbucket = \"acme-2\"\nprofile = \"two\"\n\n[[connection]]\nbucket = \"acme-3\"\nprofile = \"nobody\"\n";
    std::fs::write(path("stc.toml"), config).unwrap();
    let (file, url) = (path("stc.toml"), fake.url());
    let mut command =
        stc_check(&["--config", file.to_str().unwrap(), "--no-probe", "--format", "json", "--endpoint-url", &url]);
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let ran = ran(command.env("AWS_SHARED_CREDENTIALS_FILE", path("credentials")).output().unwrap());
    let reports = ran.json();
    let verdicts: Vec<_> = subjects(&reports).iter().map(|subject| subject.2).collect();
    assert_eq!((ran.code, verdicts.as_slice()), (3, &["pass", "pass", "unknown"][..]), "{}", ran.err);
    assert!(reports["reports"][2]["notice"].as_str().unwrap().contains("`nobody`"));
    for (bucket, key) in [("/acme-1", "AKIAONE/"), ("/acme-2", "AKIATWO/")] {
        let requests = fake.requests();
        let mut of_bucket = requests.iter().filter(|request| request.target.starts_with(bucket)).peekable();
        assert!(of_bucket.peek().is_some());
        assert!(of_bucket.all(|request| request.headers["authorization"].contains(key)), "{bucket} is read with {key}");
    }
}

/// What the page shows, against the fake; a waiver of its that is not over stays so.
#[test]
fn the_page_shows_what_comes_of_its_configuration() {
    let page = include_str!("../../docs/config.md");
    let shown = page.split_once("<!-- config -->").unwrap().1.split_once("<!-- end -->").unwrap().0;
    let block = |fence: &str| shown.split_once(fence).unwrap().1.split_once("```").unwrap().0;
    let (config, console) = (block("```toml\n"), block("```console\n"));
    let fake = FakeAws::start();
    for bucket in ["acme-orders", "acme-refunds"] {
        let payer = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>".to_owned();
        let operation = format!("s3:GetBucketRequestPayment {bucket}");
        fake.fail(&operation, Fault::Answer(200, "application/xml", payer));
    }
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("stc.toml"), config.replace("2027-03-31", "9999-03-31")).unwrap();
    let mut command = stc_check(&["--config", "stc.toml"]);
    command.current_dir(folder.path()).env("LC_ALL", "C.UTF-8").env("STC_CHECK_ENDPOINT_URL", fake.url());
    let ran = ran(command.output().unwrap());
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    // The page is about AWS itself.
    let out = ran.out.replace(&format!(" --endpoint-url {}", fake.url()), "");
    let wanted = format!("$ stc-check --config stc.toml\n{out}");
    assert!(timeless(console) == timeless(&wanted), "the README ought to show\n{wanted}");
}

/// A report without what differs from run to run: when it was, and how long it took.
fn timeless(text: &str) -> String {
    let words = |line: &str| match line.split_once(" UTC, ") {
        Some((before, after)) => format!("{} {after}", before.rsplitn(3, ' ').last().unwrap_or_default()),
        None => match line.rsplit_once(" in ").filter(|(_, time)| time.ends_with(" s")) {
            Some((before, _)) => before.to_owned(),
            None => line.to_owned(),
        },
    };
    text.lines().map(|line| words(line) + "\n").collect()
}

#[test]
fn connections_may_be_of_a_terraform_plan() {
    let tool = Tool::new();
    tool.file("plan.json", include_str!("../fixtures/terraform/existing.json"));
    let config = format!("{THREE}\n[[connection]]\nbucket = \"acme-exports\"\nterraform-plan = \"plan.json\"\n");
    let report = tool.json(&config, &["--bucket", "acme-exports"]);
    assert_eq!((&report["subject"]["bucket"], &report["verdict"]), (&json!("acme-exports"), &json!("pass")));
    assert!(check(&report, "bucket.exists")["message"].as_str().unwrap().starts_with("The plan holds this bucket"));
    let ran = tool.run(&config.replace("acme-exports", "acme-imports"), &[]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("acme-imports") && ran.err.contains("plan.json"), "{}", ran.err);
}
