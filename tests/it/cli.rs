//! The real binary on stored snapshots: exit codes, bad input, variables, formats, files.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A run of the binary in an environment of its own, with no terminal.
struct Tool {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Tool {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), variables: vec![("LC_ALL".into(), "C.UTF-8".into())] }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn snapshot(&self) -> String {
        self.file("snapshot.json", &good_snapshot().to_string())
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_stc-check"))
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            // Nothing that a live run could reach: no credentials, no metadata service, no home.
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("HOME", self.directory.path())
            .output()
            .unwrap();
        Ran {
            code: status.code().unwrap(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--format", "json"]).collect();
        let ran = self.run(&arguments);
        serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {}{}", ran.out, ran.err))
    }
}

const ROLE: &str = "arn:aws:iam::099647660399:role/sc-event-stream-production";

fn good_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "List", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::acme-exports"},
        {"Sid": "Write", "Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::acme-exports/*"},
        {"Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"],
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    ]})
}

/// A bucket with SSE-S3 that the vendor can write to.
fn good_snapshot() -> Value {
    let block = json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true}});
    json!({
        "schema": "stc-check/snapshot/1", "taken_at": "2026-11-23T18:00:00Z", "bucket": "acme-exports", "region": "us-east-1",
        "operations": {
            "s3:HeadBucket": {"BucketRegion": "us-east-1"},
            "s3:GetBucketPolicy": {"Policy": good_policy().to_string()},
            "s3:GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": false}},
            "s3:GetPublicAccessBlock": block,
            "s3control:GetPublicAccessBlock": {"Error": {"Code": "NoSuchPublicAccessBlockConfiguration", "Message": "none"}},
            "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": false}]}},
            "s3:GetBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            "s3:GetBucketAcl": {"Owner": {"ID": "abc"}, "Grants": []},
            "s3:GetBucketVersioning": {},
            "s3:GetObjectLockConfiguration": {"Error": {"Code": "ObjectLockConfigurationNotFoundError", "Message": "none"}},
            "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
            "sts:GetCallerIdentity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ada", "UserId": "AIDAEXAMPLE"}
        }
    })
}

fn ids(report: &Value) -> Vec<&str> {
    report["checks"].as_array().unwrap().iter().map(|check| check["id"].as_str().unwrap()).collect()
}

fn status<'a>(report: &'a Value, id: &str) -> &'a Value {
    &report["checks"].as_array().unwrap().iter().find(|check| check["id"] == id).unwrap()["status"]
}

#[test]
fn unusable_input_names_what_and_how_to_mend_it() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let wrong_shape = {
        let mut snapshot = good_snapshot();
        snapshot["operations"]["s3:GetBucketAcl"] = json!({"Grants": [{"Permission": 3}]});
        tool.file("wrong.json", &snapshot.to_string())
    };
    let not_json = tool.file("not.json", "{oops");
    let other_schema = tool.file("schema.json", r#"{"schema": "stc-check/snapshot/9"}"#);
    let rows: &[(&[&str], &[&str])] = &[
        (&[], &["no bucket given", "--bucket"]),
        (&["--bucket", "Acme"], &["--bucket", "lower-case"]),
        (&["--bucket", "ab"], &["--bucket", "3 to 63"]),
        (&["--bucket", "10.0.0.1"], &["IP address"]),
        (&["--bucket", "[acme-exports]"], &["square braces"]),
        (&["--bucket", "s3://acme-exports/reports"], &["`acme-exports`", "bucket alone"]),
        (&["--bucket", "acme-abcdef-s3alias"], &["access point alias"]),
        (&["--bucket", "acme--use1-az4--x-s3"], &["directory bucket"]),
        (&["--bucket", "arn:aws:s3:us-east-1:111122223333:accesspoint/x"], &["not the ARN of a bucket"]),
        (&["--bucket", "acme-exports", "--kms-key", "alias/exports"], &["--kms-key", "alias", "full key ARN"]),
        (
            &["--bucket", "acme-exports", "--kms-key", "12345678-90ab-cdef-1234-567890abcdef"],
            &["--kms-key", "full key ARN"],
        ),
        (&["--bucket", "acme-exports", "--kms-key", "arn:aws:kms:us-east-1:111122223333:alias/exports"], &["alias"]),
        (&["--bucket", "acme-exports", "--variant", "everything"], &["--variant", "event-stream"]),
        (&["--bucket", "acme-exports", "--expected-bucket-owner", "11122223333"], &["12 digits", "leading zero"]),
        (&["--bucket", "acme-exports", "--principal", "ada"], &["--principal", "ARN"]),
        (&["--bucket", "acme-exports", "--export-path", "/reports"], &["--export-path", "`reports/`"]),
        (&["--bucket", "acme-exports", "--export-path", "s3://acme-exports/reports"], &["inside the bucket"]),
        (
            &["--bucket", "acme-exports", "--variant", "event-stream", "--export-path", "a"],
            &["--export-path", "event-stream"],
        ),
        (
            &["--bucket", "acme-exports", "--endpoint-url", "localhost:4566"],
            &["--endpoint-url", "http://127.0.0.1:4566"],
        ),
        (
            &["--bucket", "acme-exports", "--no-probe", "--probe-role-arn", "arn:aws:iam::111122223333:role/x"],
            &["--no-probe", "--probe-role-arn"],
        ),
        (&["--bucket", "acme-exports", "--no-probe", "--probe-multipart"], &["--no-probe", "--probe-multipart"]),
        (&["--bucket", "acme-exports", "--external-id", "abc"], &["--external-id", "--probe-role-arn"]),
        (&["--bucket", "acme-exports", "--probe-role-arn", "arn:aws:iam::111122223333:user/x"], &["role"]),
        (&["--bucket", "acme-exports", "--timeout", "soon"], &["--timeout", "90s"]),
        (&["--bucket", "acme-exports", "--wait", "0"], &["--wait"]),
        (&["--snapshot", &snapshot, "--bucket", "other-bucket"], &["acme-exports", "other-bucket"]),
        (&["--snapshot", &snapshot, "--wait", "5m"], &["--wait", "does not change"]),
        (&["--snapshot", &snapshot, "--probe-multipart"], &["--snapshot", "--probe-multipart"]),
        (&["--snapshot", &snapshot, "--probe-role-arn", "arn:aws:iam::111122223333:role/x"], &["without any network"]),
        (&["--snapshot", "nowhere.json"], &["cannot read `nowhere.json`: no such file or directory"]),
        (&["--snapshot", "."], &["directory"]),
        (&["--snapshot", &not_json], &["not.json", "not JSON"]),
        (&["--snapshot", &other_schema], &["schema.json", "stc-check/snapshot/1"]),
        (&["--snapshot", &wrong_shape], &["operations.s3:GetBucketAcl.Grants[0].Permission"]),
        (&["--snapshot", &snapshot, "--bucket-policy", &not_json], &["not.json", "not JSON"]),
        (&["--snapshot", &snapshot, "--key-policy", "nowhere.json"], &["nowhere.json"]),
        (&["--snapshot", &snapshot, "--format", "yaml"], &["--format", "json"]),
        (&["--snapshot", &snapshot, "--output", "no/such/place.txt"], &["no/such/place.txt", "directory"]),
        (&["--snapshot", &snapshot, "--save-snapshot", "."], &["directory"]),
        (&["--snapshot", &snapshot, "--only", "public.acls"], &["did you mean `public.acl`?"]),
        (&["--snapshot", &snapshot, "--skip", "public.acl"], &["reason"]),
        (&["--snapshot", &snapshot, "--skip", "public.acl= "], &["reason"]),
        (&["--snapshot", &snapshot, "--skip", "public.nope=x"], &["public.nope"]),
        (&["--snapshot", &snapshot, "--fail-on", "unknown"], &["--fail-on", "warn"]),
        (&["--snapshot", &snapshot, "-q", "-v"], &["--quiet"]),
        (&["--snapshot", &snapshot, "explain"], &["--snapshot", "explain"]),
        (&["--snapshoot", &snapshot], &["--snapshot"]),
        (&["explain", "public.acls"], &["did you mean `public.acl`?"]),
        (&["--snapshot", &snapshot, "--only", "policy.put"], &["did you mean `policy.put-object`?"]),
        (&["--snapshot", &snapshot, "--skip", "kms=x"], &["a group of checks", "`kms.key-usable`"]),
        (&["explain", "kms"], &["a group of checks"]),
        (&["chekc"], &["needs no command"]),
        (&["help", "polcy"], &["'policy'"]),
        (&["fix", "acme-exports", "--ouput", "x"], &["'--output'"]),
        (&["watch", "acme-exports", "--evry", "3m"], &["'--every'"]),
        (&["schema", "reprot"], &["'report'"]),
        (&["completions", "bsh"], &["'bash'"]),
        (&["polcy"], &["stc-check policy", "--bucket polcy"]),
        (&["acme-exports", "--bucket", "acme-exports"], &["--bucket"]),
    ];
    for (arguments, wanted) in rows {
        let ran = tool.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}{}", ran.out, ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
        assert!(ran.err.starts_with("error: "), "{arguments:?}: {}", ran.err);
        for word in *wanted {
            assert!(ran.err.contains(word), "{arguments:?} lacks {word:?}: {}", ran.err);
        }
    }
}

#[test]
fn a_good_snapshot_passes_and_says_what_is_not_proven() {
    let tool = Tool::new();
    let ran = tool.run(&["--snapshot", &tool.snapshot()]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.err, "");
    for wanted in ["s3://acme-exports  us-east-1", "from a snapshot of ", "joint:", "verdict: pass", "cannot be read"] {
        assert!(ran.out.contains(wanted), "lacks {wanted:?}: {}", ran.out);
    }
    let report = tool.json(&["--snapshot", &tool.snapshot()]);
    assert_eq!(report["schema"], "stc-check/report/1");
    assert_eq!(report["verdict"], "pass");
    let fields: Vec<_> = report.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["schema", "tool", "subject", "run", "verdict", "summary", "checks"]);
}

#[test]
fn every_format_exits_alike() {
    let tool = Tool::new();
    let mut bad = good_snapshot();
    bad["operations"]["s3:GetBucketRequestPayment"] = json!({"Payer": "Requester"});
    let mut unknown = good_snapshot();
    unknown["operations"]["s3:GetBucketEncryption"] =
        json!({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}});
    let mut warned = good_snapshot();
    warned["operations"]["s3:GetBucketOwnershipControls"] =
        json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}});
    for (name, snapshot, arguments, code) in [
        ("bad", bad, &[][..], 1),
        ("unknown", unknown, &[], 3),
        ("warned", warned.clone(), &[], 0),
        ("warned", warned, &["--fail-on", "warn"], 1),
    ] {
        let file = tool.file(name, &snapshot.to_string());
        for format in ["text", "json"] {
            let arguments = [&["--snapshot", &file, "--format", format], arguments].concat();
            let ran = tool.run(&arguments);
            assert_eq!(ran.code, code, "{name} {arguments:?}: {}{}", ran.out, ran.err);
        }
    }
}

#[test]
fn the_bucket_may_be_named_in_three_ways() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    for bucket in ["acme-exports", "s3://acme-exports", "arn:aws:s3:::acme-exports"] {
        assert_eq!(tool.run(&["--snapshot", &snapshot, "--bucket", bucket]).code, 0, "{bucket}");
    }
}

#[test]
fn options_come_from_the_environment_and_the_command_line_wins() {
    let snapshot = |tool: &Tool| tool.snapshot();
    let tool = Tool::new()
        .with("STC_CHECK_FORMAT", "json")
        .with("STC_CHECK_KMS_KEY", "")
        .with("STC_CHECK_VARIANT", "data-exporter");
    let file = snapshot(&tool);
    let report: Value = serde_json::from_str(&tool.run(&["--snapshot", &file]).out).unwrap();
    assert_eq!(report["subject"]["variant"], "data-exporter");
    let report: Value = serde_json::from_str(&tool.run(&["--snapshot", &file, "--variant", "joint"]).out).unwrap();
    assert_eq!(report["subject"]["variant"], "joint");

    let tool =
        Tool::new().with("STC_CHECK_PRINCIPAL", "arn:aws:iam::111111111111:role/a arn:aws:iam::222222222222:user/b,c");
    let report = tool.json(&["--snapshot", &snapshot(&tool)]);
    assert_eq!(
        report["subject"]["principals"],
        json!(["arn:aws:iam::111111111111:role/a", "arn:aws:iam::222222222222:user/b,c"])
    );

    let tool = Tool::new().with("STC_CHECK_SKIP", "bucket.exists=one, and two\npublic.acl=three");
    let report = tool.json(&["--snapshot", &snapshot(&tool)]);
    assert_eq!((status(&report, "bucket.exists"), status(&report, "public.acl")), (&json!("skip"), &json!("skip")));

    let tool = Tool::new().with("STC_CHECK_QUIET", "1");
    assert!(tool.run(&["--snapshot", &snapshot(&tool)]).out.starts_with("verdict: pass"));
    let tool = Tool::new().with("STC_CHECK_BUCKET", "Not A Bucket");
    assert_eq!(tool.run(&["--snapshot", &snapshot(&tool)]).code, 2);
}

#[test]
fn the_check_s_variables_leave_the_other_commands_alone() {
    let variables = [
        ("STC_CHECK_FORMAT", "junit"),
        ("STC_CHECK_FORMAT", "json,junit"),
        ("STC_CHECK_OUTPUT", "report.json"),
        ("STC_CHECK_VARIANT", "nonsense"),
        ("STC_CHECK_ONLY", "nonsense"),
        ("STC_CHECK_VERBOSE", "true"),
        ("STC_CHECK_PRINCIPAL", "arn:aws:iam::111122223333:role/other"),
    ];
    for (name, value) in variables {
        let tool = Tool::new().with(name, value);
        let snapshot = tool.snapshot();
        let mut commands: Vec<Vec<&str>> = vec![vec!["man"], vec!["explain"], vec!["schema", "report"]];
        if name != "STC_CHECK_VARIANT" {
            commands.push(vec!["fix", "--snapshot", &snapshot]);
            commands.push(vec!["policy", "--bucket", "acme-exports"]);
        }
        commands.push(vec!["simulate", "--batch", "/dev/null"]);
        for command in commands {
            let ran = tool.run(&command);
            let worked = ran.code == 0 || (ran.code == 1 && name == "STC_CHECK_PRINCIPAL");
            assert!(worked, "{name}={value} {command:?}: {} {}", ran.code, ran.err);
        }
        assert!(!tool.path("report.json").exists(), "{name}");
    }
    let typo = Tool::new().with("STC_CHECK_FORMAT", "jsno");
    assert_eq!(typo.run(&["policy", "--bucket", "acme-exports"]).code, 2, "no format of any command");
    let tool = Tool::new().with("STC_CHECK_FIX_OUTPUT", "documents");
    let mut bad = good_snapshot();
    bad["operations"]["s3:GetBucketPolicy"] = json!({"Error": {"Code": "NoSuchBucketPolicy", "Message": ""}});
    let bad = tool.file("bad.json", &bad.to_string());
    assert_eq!(tool.run(&["fix", "--snapshot", &bad]).code, 0);
    assert!(tool.path("documents").is_dir());
}

#[test]
fn what_was_typed_comes_before_a_variable_that_contradicts_it() {
    for (name, value, arguments) in [
        ("STC_CHECK_VERBOSE", "1", &["-q"][..]),
        ("STC_CHECK_QUIET", "1", &["-v"]),
        ("STC_CHECK_WAIT", "5m", &[]),
        ("STC_CHECK_PROBE_MULTIPART", "1", &[]),
        ("STC_CHECK_PROBE_ROLE_ARN", "arn:aws:iam::111122223333:role/x", &["--no-probe"]),
    ] {
        let tool = Tool::new().with(name, value);
        let snapshot = tool.snapshot();
        let ran = tool.run(&[&["--snapshot", &snapshot], arguments].concat());
        assert_eq!(ran.code, 0, "{name} {arguments:?}: {}", ran.err);
    }
    for (name, value) in
        [("STC_CHECK_SNAPSHOT", "nowhere.json"), ("STC_CHECK_WAIT", "5m"), ("STC_CHECK_PROBE_MULTIPART", "1")]
    {
        let tool = Tool::new().with(name, value);
        let plan = tool.file("plan.json", include_str!("../fixtures/terraform/existing.json"));
        let ran = tool.run(&["--terraform-plan", &plan]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
    }
    let tool = Tool::new().with("STC_CHECK_NO_PROBE", "1");
    let ran = tool.run(&["--bucket", "acme-exports", "--probe-multipart"]);
    assert!(ran.err.contains("no AWS credentials"), "it gets as far as AWS: {}", ran.err);
    let snapshot = tool.snapshot();
    let both = tool.run(&["--snapshot", &snapshot, "--no-probe", "--probe-multipart"]);
    assert_eq!(both.code, 2, "two options typed still contradict each other");
}

#[test]
fn a_principal_that_is_named_twice_counts_once() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let report = tool.json(&["--snapshot", &snapshot, "--principal", ROLE, "--principal", ROLE]);
    assert_eq!(report["subject"]["principals"], json!([ROLE]));
}

#[test]
fn stray_spaces_in_a_variable_are_no_names() {
    for value in [" acme-exports", "acme-exports ", " acme-exports\n", "acme-exports  acme-exports-2"] {
        let tool = Tool::new().with("STC_CHECK_BUCKET", value);
        let ran = tool.run(&["--no-probe"]);
        assert!(ran.err.contains("no AWS credentials"), "{value:?}: {}", ran.err);
        let one = tool.run(&["policy"]);
        assert_eq!(one.code, if value.contains("exports-2") { 2 } else { 0 }, "{value:?}: {}", one.err);
    }
}

#[test]
fn what_variables_hold_is_not_echoed_raw() {
    for name in ["STC_CHECK_VARIANT", "STC_CHECK_BUCKET", "STC_CHECK_KMS_KEY", "STC_CHECK_ONLY", "STC_CHECK_REGION"] {
        let ran = Tool::new().with(name, "x\u{202e}\u{1b}[31m\u{9b}y").run(&[]);
        assert_eq!(ran.code, 2, "{name}");
        assert!(!ran.err.contains(['\u{202e}', '\u{1b}', '\u{9b}']), "{name}: {:?}", ran.err);
    }
}

#[test]
fn where_stderr_takes_nothing_the_exit_code_says_it() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["--snapshot", "nope.json"][..], &["--nonsense"], &["-v", "--snapshot", "nope.json"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
        let status = command.args(arguments).env_clear().stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn only_judges_and_shows_only_these() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let report = tool.json(&["--snapshot", &snapshot, "--only", "encryption.default", "--only", "public.acl"]);
    assert_eq!(ids(&report), ["encryption.default", "public.acl"]);
    assert_eq!(report["summary"]["pass"], 2);
}

#[test]
fn skip_shows_the_reason() {
    let tool = Tool::new();
    let mut bad = good_snapshot();
    bad["operations"]["s3:GetBucketRequestPayment"] = json!({"Payer": "Requester"});
    let file = tool.file("bad.json", &bad.to_string());
    let skip = ["--snapshot", &file, "--skip", "delivery.requester-pays=ticket 12"];
    let ran = tool.run(&skip);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("ticket 12"));
    assert_eq!(status(&tool.json(&skip), "delivery.requester-pays"), "skip");
}

#[test]
fn a_preview_takes_the_place_of_the_document_in_force() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let open = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports/*"}]});
    let open = tool.file("open.json", &open.to_string());
    let report = tool.json(&["--snapshot", &snapshot, "--bucket-policy", &open]);
    assert_eq!(status(&report, "policy.tls-only"), "fail");
    assert_eq!(status(&report, "public.policy"), "fail", "the status in force says nothing about the preview");

    let as_printed = tool.file("printed.json", &json!({"Policy": good_policy().to_string()}).to_string());
    assert_eq!(tool.run(&["--snapshot", &snapshot, "--bucket-policy", &as_printed]).code, 0);
}

#[test]
fn files_are_written_whole_and_stdout_stays_empty() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    tool.file("report.json", "old");
    let ran = tool.run(&[
        "--snapshot",
        &snapshot,
        "--format",
        "json",
        "--output",
        "report.json",
        "--save-snapshot",
        "copy.json",
    ]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    let report: Value = serde_json::from_str(&read(&tool.path("report.json"))).unwrap();
    assert_eq!(report["verdict"], "pass");
    assert_eq!(tool.json(&["--snapshot", "copy.json"])["checks"], report["checks"]);
    let mut left: Vec<_> =
        std::fs::read_dir(tool.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["copy.json", "report.json", "snapshot.json"]);
    assert_eq!(tool.run(&["--snapshot", &snapshot, "--output", "/dev/null"]).code, 0);
    assert!(Path::new("/dev/null").metadata().is_ok_and(|data| !data.is_file()));
}

#[test]
fn each_output_takes_its_own_format() {
    type Files = &'static [(&'static str, bool)];
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
    let rows: &[(&[&str], Files, &str)] = &[
        (&["--output", "a"], &[("a", false)], ""),
        (&["--output", "b", "--format", "json"], &[("b", true)], ""),
        (&["--format", "json", "--output", "c", "--format", "text"], &[("c", true)], "text"),
        (&["--format", "text", "--format", "json", "--output", "d"], &[("d", true)], "text"),
        (&["-o", "g.json"], &[("g.json", true)], ""),
        (&["-o", "h.json", "-o", "h.txt"], &[("h.json", true), ("h.txt", false)], ""),
        (&["--format", "text", "--output", "i.json"], &[("i.json", false)], ""),
        (&["--format", "json", "--output", "e", "--format", "text", "--output", "f"], &[("e", true), ("f", false)], ""),
    ];
    for (arguments, files, printed) in rows {
        let ran = tool.run(&[&["--snapshot", &snapshot], *arguments].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out.is_empty(), printed.is_empty(), "{arguments:?}: {}", ran.out);
        for (file, json) in *files {
            assert_eq!(is_json(&read(&tool.path(file))), *json, "{arguments:?}");
        }
    }
    let wrong = &["--format", "json", "--format", "text"];
    let ran = tool.run(&[&["--snapshot", snapshot.as_str()][..], wrong].concat());
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{wrong:?}");
}

#[test]
fn what_cannot_be_written_is_found_before_anything_is_asked_and_nothing_is_half_written() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let before = tool.file("before.json", "as it was");
    let sealed = "/proc/report.json";
    for arguments in [
        &["--format", "json", "--output", &before, "--format", "html", "--output", sealed][..],
        &["--format", "json", "--output", &before, "--save-snapshot", sealed],
    ] {
        let ran = tool.run(&[&["--snapshot", &snapshot], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert_eq!(read(Path::new(&before)), "as it was", "{arguments:?}");
        // Without credentials, a live run gets as far as looking for them.
        let live = tool.run(&[&["--bucket", "acme-exports"], arguments].concat());
        assert!(live.err.contains(sealed), "{arguments:?}: {}", live.err);
    }
    let names = || std::fs::read_dir(tool.directory.path()).unwrap().count();
    assert_eq!(names(), 2, "no neighbour stays");
    let live = tool.run(&["--bucket", "acme-exports", "--format", "json", "--output", &before]);
    assert_eq!((live.code, names()), (2, 2), "{}", live.err);
    assert_eq!(read(Path::new(&before)), "as it was");
}

#[test]
fn one_place_takes_one_file() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    for arguments in [
        &["--format", "json", "--output", "a.json", "--format", "html", "--output", "./a.json"][..],
        &["--format", "json", "--output", "a.json", "--save-snapshot", "a.json"],
        &["--format", "json", "--output", "-", "--format", "html"],
    ] {
        let ran = tool.run(&[&["--snapshot", &snapshot], arguments].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(!tool.path("a.json").exists());
    }
    let ran = tool.run(&["--snapshot", &snapshot, "--format", "json", "--output", "-"]);
    assert!(ran.code == 0 && ran.out.starts_with('{'), "{}", ran.err);
    let ran = tool.run(&["--snapshot", "-", "--bucket-policy", "-"]);
    assert!(ran.code == 2 && ran.err.contains("twice"), "{}", ran.err);
    let ran = tool.run(&["--snapshot", "nope.json"]);
    assert!(ran.code == 2 && ran.err.contains("help: name a file that can be read"), "{}", ran.err);
}

/// As Windows PowerShell writes `>`.
#[test]
fn a_file_in_utf_16_is_read_and_a_policy_in_it_refused_by_name() {
    let tool = Tool::new();
    let utf16 = |name: &str, text: &str| {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let path = tool.path(name);
        std::fs::write(&path, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
        path.display().to_string()
    };
    let snapshot = tool.snapshot();
    let snapshot16 = utf16("snapshot16.json", &read(Path::new(&snapshot)));
    let baseline = utf16("baseline16.json", &tool.run(&["--snapshot", &snapshot, "--format", "json"]).out);
    let config = utf16("stc.toml", "[[connection]]\nbucket = \"acme-exports\"\nsnapshot = \"snapshot16.json\"\n");
    for arguments in [
        &["--snapshot", &snapshot16][..],
        &["--snapshot", &snapshot, "--baseline", &baseline],
        &["--config", &config],
        &["diff", &snapshot, &snapshot16],
    ] {
        let ran = tool.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
    }
    let policy = utf16("policy16.json", "{}");
    let ran = tool.run(&["--snapshot", &snapshot, "--bucket-policy", &policy]);
    assert!(ran.code == 2 && ran.err.contains("it is UTF-16 text, which neither"), "{}", ran.err);
    assert!(ran.err.contains("help: save the policy as UTF-8"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_written_again_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let report = tool.file("report.json", "");
    std::fs::set_permissions(&report, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(tool.run(&["--snapshot", &snapshot, "--format", "json", "--output", &report]).code, 0);
    assert!(read(Path::new(&report)).starts_with('{'));
    assert_eq!(std::fs::metadata(&report).unwrap().permissions().mode() & 0o777, 0o600);
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn colour_obeys_option_and_environment() {
    let coloured = |tool: Tool, arguments: &[&str]| {
        let snapshot = tool.snapshot();
        tool.run(&[&["--snapshot", &snapshot], arguments].concat()).out.contains('\u{1b}')
    };
    assert!(!coloured(Tool::new(), &[]));
    assert!(coloured(Tool::new(), &["--color", "always"]));
    assert!(coloured(Tool::new().with("CLICOLOR_FORCE", "1"), &[]));
    assert!(!coloured(Tool::new().with("CLICOLOR_FORCE", "1"), &["--color", "never"]));
    assert!(!coloured(Tool::new().with("NO_COLOR", "1"), &[]));
    assert!(coloured(Tool::new().with("NO_COLOR", "1"), &["--color", "always"]));
}

#[test]
fn ascii_without_a_utf8_locale() {
    let tool = Tool::new().with("LC_ALL", "C");
    assert!(tool.run(&["--snapshot", &tool.snapshot()]).out.is_ascii());
}

#[test]
fn hostile_text_reaches_neither_terminal_nor_json() {
    let evil = "\u{1b}[2J\u{202e}\u{9b}\r\n";
    let tool = Tool::new();
    let mut policy = good_policy();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Sid"] = format!("{evil}{}", "s".repeat(100_000)).into();
    }
    let mut snapshot = good_snapshot();
    snapshot["operations"]["s3:GetBucketPolicy"] = json!({"Policy": policy.to_string()});
    snapshot["operations"]["s3:GetBucketAcl"] = json!({"Error": {"Code": evil, "Message": evil}});
    let file = tool.file("hostile.json", &snapshot.to_string());
    let disturbing = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}');
    for format in ["text", "json"] {
        let ran = tool.run(&["--snapshot", &file, "--format", format]);
        assert!(!disturbing(&ran.out) && !disturbing(&ran.err), "{format}");
        assert!(format == "json" || ran.out.len() < 60_000, "{} bytes", ran.out.len());
    }
    for arguments in [&["--bucket", evil][..], &[evil], &["--snapshot", evil], &["--format", evil]] {
        let ran = tool.run(arguments);
        assert_eq!(ran.code, 2);
        assert!(!disturbing(&ran.err), "{arguments:?}: {:?}", ran.err);
    }
}

#[test]
fn hostile_text_stays_data_in_documents_and_commands() {
    let disturbing = ['\u{202e}', '\u{7f}', '\u{9b}', '\u{1b}', '\u{e0041}'];
    let tool = Tool::new();
    let mut bad = good_snapshot();
    let mut policy = good_policy();
    policy["Statement"][1]["Sid"] = json!("w\u{202e}\u{7f}\u{9b}\u{e0041}");
    policy["Statement"][1]["Action"] = json!("s3:DeleteObject");
    bad["operations"]["s3:GetBucketPolicy"] = json!({"Policy": policy.to_string()});
    let bad = tool.file("bad.json", &bad.to_string());
    let fixed = tool.run(&["fix", "--snapshot", &bad, "--format", "json"]);
    assert!(!fixed.out.contains(disturbing), "{:?}", fixed.out);
    assert!(fixed.out.contains("put-bucket-policy"), "{}{}", fixed.out, fixed.err);
    let text = tool.run(&["fix", "--snapshot", &bad]).out;
    assert!(!text.contains(disturbing), "{text:?}");
    let command = text.lines().find(|line| line.contains("put-bucket-policy")).unwrap();
    assert!(command.contains("\\u202e") && !command.contains("\\u{"), "it is still JSON: {command}");
    for format in ["json", "terraform", "text"] {
        let arguments = ["policy", "--bucket", "acme-exports", "--variant", "data-exporter", "--format", format];
        let refused = tool.run(&[&arguments[..], &["--export-path", "a\u{202e}b"]].concat());
        assert_eq!(refused.code, 2, "{format}");
        let principal = "arn:aws:iam::111122223333:role/a\u{202e}b";
        let ran = tool.run(&[&arguments[..], &["--principal", principal]].concat());
        assert!(!ran.out.contains(disturbing) && !ran.err.contains(disturbing), "{format}: {:?}", ran.out);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let tool = Tool::new();
    let snapshot = tool.snapshot();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(["--snapshot", &snapshot])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn explain_lists_every_check_and_explains_each() {
    let tool = Tool::new();
    let list = tool.run(&["explain"]);
    assert_eq!(list.code, 0);
    assert!(list.out.lines().count() > 15, "{}", list.out);
    for line in list.out.lines() {
        let id = line.split_whitespace().next().unwrap();
        let one = tool.run(&["explain", id]);
        assert_eq!(one.code, 0, "{id}");
        for heading in ["What it checks", "Why", "How it fails", "How to fix it", "Sources"] {
            assert!(one.out.contains(&format!("\n{heading}\n  ")), "{id} lacks {heading}: {}", one.out);
        }
    }
}

/// Whatever is wrong with a value, it is named once.
#[test]
fn an_error_does_not_repeat_the_value() {
    let tool = Tool::new();
    for arguments in [
        &["--bucket", "acme_exports"][..],
        &["acme_exports"],
        &["--bucket", "acme-exports", "--kms-key", "alias/exports"],
        &["--bucket", "acme-exports", "--principal", "somebody"],
        &["--bucket", "acme-exports", "--timeout", "soonish"],
        &["--bucket", "acme-exports", "--only", "policy.putobject"],
        &["--bucket", "acme-exports", "--skip", "policy.putobject=known"],
        &["explain", "policy.putobject"],
        &["--snapshot", "nowhere.json"],
        &["polcys"],
    ] {
        let ran = tool.run(arguments);
        let value = arguments.last().unwrap().trim_end_matches("=known");
        let first = ran.err.lines().next().unwrap();
        assert_eq!((ran.code, first.matches(value).count()), (2, 1), "{arguments:?}: {}", ran.err);
    }
}

/// What came on standard input cannot be read again: the commands of the report name the file to save it in, and work then.
#[test]
fn what_came_on_standard_input_is_to_be_saved_first() {
    let tool = Tool::new();
    let mut snapshot = good_snapshot();
    snapshot["operations"]["s3:GetBucketPolicy"] = json!({"Error": {"Code": "NoSuchBucketPolicy", "Message": "none"}});
    let text = snapshot.to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_stc-check"));
    command.args(["--snapshot", "-"]).env_clear().env("LC_ALL", "C.UTF-8").current_dir(tool.directory.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let (_, next) = out.split_once("\nnext:    save standard input as `snapshot.json`, then\n").expect(&out);
    assert_eq!(next.trim(), "stc-check fix --bucket acme-exports --snapshot snapshot.json --output changes");
    tool.file("snapshot.json", &text);
    let words: Vec<&str> = next.split_whitespace().skip(1).collect();
    let fixed = tool.run(&words);
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
}

/// Of several snapshots, the commands of a report name the one that it is of.
#[test]
fn the_next_command_of_several_snapshots_is_about_one() {
    let tool = Tool::new();
    let snapshot = |bucket: &str| {
        let mut snapshot = good_snapshot();
        snapshot["bucket"] = json!(bucket);
        tool.file(&format!("{bucket}.json"), &snapshot.to_string())
    };
    let files = ["acme-exports", "acme-other"].map(snapshot);
    let ran = tool.run(&["--snapshot", &files[0], "--snapshot", &files[1]]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let next = ran.out.lines().find_map(|line| line.strip_prefix("next:    ")).unwrap();
    assert!(next.contains(&format!("--snapshot {}", files[1])) && next.matches("--snapshot").count() == 1, "{next}");
}

/// Each command has examples, and names only what it takes, under headings that are true of it.
#[test]
fn the_help_of_every_command_is_true_there() {
    let tool = Tool::new();
    for command in ["watch", "policy", "fix", "diff", "permissions", "explain", "simulate", "schema", "completions"] {
        for help in ["-h", "--help"] {
            let page = tool.run(&[command, help]).out;
            assert!(page.contains("Examples:") && page.contains(&format!("stc-check {command}")), "{page}");
            assert!(page.contains("The screen:\n      --color"), "{page}");
            let time = page.split("Time:\n").nth(1).map_or("", |section| section.split("\n\n").next().unwrap());
            assert!(!time.contains("--color"), "{page}");
        }
    }
    for (command, refused) in [("watch", "--snapshot"), ("watch", "--no-probe"), ("diff", "--snapshot")] {
        let page = tool.run(&[command, "--help"]).out;
        assert!(!page.contains(&format!(" {refused} ")), "{command} does not take {refused}: {page}");
    }
    let (short, long) = (tool.run(&["-h"]).out, tool.run(&["--help"]).out);
    assert!(short.lines().count() < 80 && long.lines().count() > short.lines().count(), "{short}");
    assert!(long.contains("--terraform-plan") && !short.contains("--terraform-plan"));
}

#[test]
fn completions_and_manual() {
    let tool = Tool::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = tool.run(&["completions", shell]);
        assert!(ran.code == 0 && ran.out.contains("kms-key"), "{shell}");
        assert!(ran.out.contains("policy.put-object") && ran.out.contains("probe.upload"), "{shell} lacks the ids");
    }
    let ran = tool.run(&["man"]);
    assert!(ran.code == 0 && ran.out.contains(".TH stc-check"), "{}", ran.out);
    let ran = tool.run(&["--version"]);
    assert_eq!((ran.code, ran.out), (0, format!("stc-check {}\n", env!("CARGO_PKG_VERSION"))));
    assert_eq!(tool.run(&["--help"]).code, 0);
}
