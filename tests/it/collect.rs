//! The reads, through the real binary and real sockets: what is asked, in how many rounds, and what each answer means.

use std::process::{Command, Output};

use serde_json::Value;

use crate::fake_aws::{ACCOUNT, BUCKET, FakeAws, Fault, KEY};

/// What one run of the binary came to.
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) report: Value,
    pub(crate) snapshot: Value,
    pub(crate) stderr: String,
}

impl Outcome {
    /// The status of a check.
    pub(crate) fn status(&self, id: &str) -> &str {
        self.check(id)["status"].as_str().unwrap_or("missing")
    }

    pub(crate) fn check(&self, id: &str) -> &Value {
        let checks = self.report["checks"].as_array().unwrap_or_else(|| panic!("no report: {}", self.stderr));
        checks.iter().find(|check| check["id"] == id).unwrap_or(&Value::Null)
    }

    /// Every check's status, by id.
    pub(crate) fn statuses(&self) -> Vec<(String, String)> {
        let checks = self.report["checks"].as_array().unwrap_or_else(|| panic!("no report: {}", self.stderr));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        checks.iter().map(|check| (text(&check["id"]), text(&check["status"]))).collect()
    }

    /// What was read, in the form of docs/design/interfaces.md#snapshot.
    pub(crate) fn operation(&self, name: &str) -> &Value {
        &self.snapshot["operations"][name]
    }
}

/// The program with the signals that it has at a prompt: whoever started the tests, `nohup` or a shell's job in the
/// background, may have told its children to ignore some.
pub(crate) fn program() -> Command {
    let binary = env!("CARGO_BIN_EXE_stc-check");
    if cfg!(not(target_os = "linux")) {
        return Command::new(binary);
    }
    let mut command = Command::new("/usr/bin/env");
    command.args(["--default-signal=HUP,INT,TERM", binary]);
    command
}

/// The binary, with credentials and nothing else of this machine's AWS configuration.
pub(crate) fn stc_check(arguments: &[&str]) -> Command {
    let mut command = program();
    command
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(arguments);
    command
}

/// Checks the fake's bucket.
pub(crate) fn check(fake: &FakeAws, arguments: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("snapshot.json");
    let url = fake.url();
    let mut all = vec!["--bucket", BUCKET, "--endpoint-url", &url, "--format", "json", "--save-snapshot"];
    all.push(file.to_str().expect("a plain path"));
    all.extend(arguments);
    let output = stc_check(&all).output().expect("the binary runs");
    let snapshot = std::fs::read_to_string(&file).unwrap_or_default();
    outcome(&output, &snapshot)
}

pub(crate) fn outcome(output: &Output, snapshot: &str) -> Outcome {
    Outcome {
        code: output.status.code(),
        report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        snapshot: serde_json::from_str(snapshot).unwrap_or_default(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Every operation of a snapshot.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    stc_check::snapshot::Operation::READS.iter().filter(|read| !read.is_evidence()).map(|operation| operation.name())
}

#[test]
fn everything_is_read_once_and_kept_as_the_cli_prints_it() {
    let fake = FakeAws::start();
    let key = format!(
        r#""AWSAccountId":"{ACCOUNT}","KeyId":"1234abcd-12ab-34cd-56ef-1234567890ab","Arn":"{KEY}","KeyState":"Enabled""#
    );
    let more = r#""CreationDate":1767225600.5,"Description":"exports","EncryptionAlgorithms":["SYMMETRIC_DEFAULT"]"#;
    fake.answer("kms:DescribeKey", &format!("{{\"KeyMetadata\":{{{key},{more}}}}}"));
    let grant =
        r#"{"GrantId":"g","RetiringPrincipal":"arn:aws:iam::111122223333:role/backup","Operations":["Decrypt"]}"#;
    fake.answer("kms:ListGrants", &format!("{{\"Grants\":[{grant}],\"Truncated\":false}}"));
    let owner = "<Owner><DisplayName>ada</DisplayName><ID>c0ffee</ID></Owner>";
    fake.answer("s3:GetBucketAcl", &format!("<AccessControlPolicy>{owner}<AccessControlList/></AccessControlPolicy>"));
    let outcome = check(&fake, &["--no-probe"]);
    for name in operations() {
        assert_eq!(fake.count(name), 1, "{name}");
        assert!(!outcome.operation(name).is_null(), "{name} is missing: {}", outcome.stderr);
    }
    assert_eq!(outcome.operation("s3:HeadBucket")["BucketRegion"], "us-east-1");
    assert_eq!(
        outcome.operation("s3control:GetPublicAccessBlock")["Error"]["Code"],
        "NoSuchPublicAccessBlockConfiguration"
    );
    let key = &outcome.operation("kms:DescribeKey")["KeyMetadata"];
    assert_eq!(key["Arn"], KEY);
    assert_eq!(key["CreationDate"], "2026-01-01T00:00:00.500000+00:00", "as the CLI prints it");
    assert_eq!(
        (&key["Description"], &key["EncryptionAlgorithms"][0]),
        (&"exports".into(), &"SYMMETRIC_DEFAULT".into())
    );
    let grant = &outcome.operation("kms:ListGrants")["Grants"][0];
    assert_eq!(grant["RetiringPrincipal"], "arn:aws:iam::111122223333:role/backup");
    assert_eq!(outcome.operation("s3:GetBucketAcl")["Owner"]["DisplayName"], "ada");
    assert_eq!(outcome.operation("sts:GetCallerIdentity")["Account"], ACCOUNT);
    assert_eq!(outcome.status("bucket.exists"), "pass");
    assert_eq!(fake.count("s3:PutObject") + fake.count("s3:DeleteObject"), 0, "--no-probe writes nothing");
}

#[test]
fn the_expected_owner_goes_with_every_request_that_takes_it_but_the_first() {
    let fake = FakeAws::start();
    check(&fake, &["--expected-bucket-owner", ACCOUNT]);
    let requests = fake.requests();
    let of_bucket = requests.iter().filter(|request| request.operation.starts_with("s3:"));
    let without: Vec<&str> = of_bucket
        .filter(|request| request.headers.get("x-amz-expected-bucket-owner").is_none_or(|owner| owner != ACCOUNT))
        .map(|request| request.operation.as_str())
        .collect();
    assert_eq!(without, ["s3:HeadBucket"], "one HeadBucket without it tells \"not mine\" from \"not there\"");
    assert_eq!(fake.count("s3:HeadBucket"), 2);
}

#[test]
fn another_owner_fails_where_the_refusal_has_no_other_reason_and_is_unknown_elsewhere() {
    for (answered_first, status) in [(true, "fail"), (false, "unknown")] {
        let fake = FakeAws::start();
        let times = usize::from(!answered_first);
        fake.fail_times("s3:HeadBucket", Fault::Error(403, "Forbidden"), times);
        fake.refuse_owner("444455556666");
        let outcome = check(&fake, &["--expected-bucket-owner", "444455556666", "--no-probe"]);
        assert_eq!(outcome.status("bucket.owner"), status, "{}", outcome.check("bucket.owner"));
    }
}

#[test]
fn refused_reads_are_unreadable_and_never_absent() {
    for name in operations().filter(|name| *name != "s3:HeadBucket") {
        let fake = FakeAws::start();
        let code = if name.starts_with("kms:") { "AccessDeniedException" } else { "AccessDenied" };
        fake.fail(name, Fault::Error(403, code));
        let outcome = check(&fake, &["--no-probe"]);
        assert_eq!(outcome.operation(name)["Error"]["Code"], code, "{name}: {}", outcome.stderr);
    }
}

#[test]
fn a_bucket_in_another_region_is_found() {
    for (status, arguments) in [(301, &["--no-probe"][..]), (400, &["--no-probe", "--region", "us-west-2"][..])] {
        let fake = FakeAws::start();
        fake.fail_times("s3:HeadBucket", Fault::Elsewhere(status, "eu-central-1"), 1);
        let outcome = check(&fake, arguments);
        assert_eq!(outcome.snapshot["region"], "eu-central-1", "{}", outcome.stderr);
        let policy = fake.requests().into_iter().rfind(|request| request.operation == "s3:GetBucketPolicy");
        let signed = policy.expect("the policy is read").headers["authorization"].clone();
        assert!(signed.contains("/eu-central-1/s3/"), "signed for {signed}");
    }
}

#[test]
fn an_answer_that_names_no_region_proves_nothing() {
    // A captive portal answers every request with its page.
    let page = || Fault::Answer(200, "text/html", "<html><body>Please sign in</body></html>".to_owned());
    let fake = FakeAws::start();
    for operation in operations().chain(["s3:PutObject", "s3:HeadObject", "s3:ListObjectsV2", "s3:DeleteObject"]) {
        fake.fail(operation, page());
    }
    let outcome = check(&fake, &[]);
    assert_eq!(outcome.code, Some(3), "{}", outcome.stderr);
    for id in ["bucket.exists", "bucket.partition"] {
        assert_eq!(outcome.status(id), "unknown", "{}", outcome.check(id));
    }
    // Where another read proves who answers, the region that was asked is the bucket's.
    let fake = FakeAws::start();
    fake.fail("s3:HeadBucket", Fault::Answer(200, "application/xml", String::new()));
    let outcome = check(&fake, &[]);
    assert_eq!((outcome.status("bucket.exists"), outcome.status("bucket.partition")), ("pass", "pass"));
}

#[test]
fn a_redirect_without_the_header_is_followed_all_the_same() {
    let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong</Message>\
                <Region>ap-south-1</Region></Error>";
    for (head, location) in [(307, (200, "<LocationConstraint>ap-south-1</LocationConstraint>")), (400, (400, body))] {
        let fake = FakeAws::start();
        fake.fail_times("s3:HeadBucket", Fault::Answer(head, "application/xml", String::new()), 1);
        fake.fail("s3:GetBucketLocation", Fault::Answer(location.0, "application/xml", location.1.to_owned()));
        let outcome = check(&fake, &[]);
        assert_eq!(outcome.snapshot["region"], "ap-south-1", "{head}: {}", outcome.stderr);
        assert_eq!(outcome.status("bucket.exists"), "pass", "{head}");
        assert_eq!(outcome.status("probe.delete"), "pass", "{head}");
    }
}

#[test]
fn the_key_is_found_by_alias_and_its_policy_by_arn() {
    let fake = FakeAws::start();
    fake.answer(
        "s3:GetBucketEncryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
         <KMSMasterKeyID>alias/exports</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    );
    let outcome = check(&fake, &["--no-probe"]);
    let asked = |operation: &str| {
        let requests = fake.requests();
        let request = requests.iter().find(|request| request.operation == operation).expect("it is asked");
        serde_json::from_str::<Value>(&request.body).expect("JSON")["KeyId"].clone()
    };
    assert_eq!(asked("kms:DescribeKey"), "alias/exports");
    assert_eq!(asked("kms:GetKeyPolicy"), KEY);
    assert_eq!(asked("kms:ListGrants"), KEY);
    assert!(outcome.operation("kms:GetKeyPolicy")["Policy"].is_string());
}

#[test]
fn grants_are_paged_to_the_end_and_half_a_list_is_none() {
    let fake = FakeAws::start();
    let page = |truncated: bool| {
        let marker = if truncated { r#","NextMarker":"more""# } else { "" };
        format!(r#"{{"Grants":[{{"GrantId":"g"}}],"Truncated":{truncated}{marker}}}"#)
    };
    fake.fail_times("kms:ListGrants", Fault::Answer(200, "application/x-amz-json-1.1", page(true)), 2);
    fake.answer("kms:ListGrants", &page(false));
    let outcome = check(&fake, &["--no-probe"]);
    assert_eq!(outcome.operation("kms:ListGrants")["Grants"].as_array().map(Vec::len), Some(3));

    let fake = FakeAws::start();
    fake.fail_times("kms:ListGrants", Fault::Answer(200, "application/x-amz-json-1.1", page(true)), 1);
    fake.answer("kms:ListGrants", "{}");
    let outcome = check(&fake, &["--no-probe"]);
    assert_eq!(outcome.operation("kms:ListGrants")["Error"]["Code"], "MalformedResponse");
}

#[test]
fn a_key_in_another_region_is_asked_there() {
    let fake = FakeAws::start();
    let arn = KEY.replace("us-east-1", "eu-west-1");
    fake.answer(
        "s3:GetBucketEncryption",
        &format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
             <KMSMasterKeyID>{arn}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        ),
    );
    check(&fake, &["--no-probe"]);
    let requests = fake.requests();
    let describe = requests.iter().find(|request| request.operation == "kms:DescribeKey").expect("it is asked");
    assert!(describe.headers["authorization"].contains("/eu-west-1/kms/"));
}

#[test]
fn a_missing_bucket_is_not_read_any_further() {
    let fake = FakeAws::start();
    fake.fail("s3:HeadBucket", Fault::Error(404, "NotFound"));
    let outcome = check(&fake, &[]);
    assert_eq!(outcome.operation("s3:HeadBucket")["Error"]["Code"], "404");
    assert_eq!(outcome.status("bucket.exists"), "fail");
    assert_eq!(fake.count("s3:GetBucketAcl") + fake.count("s3:PutObject"), 0);
    assert_eq!(outcome.code, Some(1));
}

#[test]
fn a_bare_answer_that_asks_for_fewer_requests_is_asked_again() {
    for status in [429, 503] {
        let fake = FakeAws::start();
        for operation in ["s3:HeadBucket", "s3:HeadObject"] {
            fake.fail_times(operation, Fault::Error(status, "SlowDown"), 2);
        }
        let outcome = check(&fake, &[]);
        assert_eq!(outcome.code, Some(0), "{status}: {}", outcome.report);
        fake.fail("s3:HeadBucket", Fault::Error(status, "SlowDown"));
        let outcome = check(&fake, &["--no-probe"]);
        assert_eq!(outcome.operation("s3:HeadBucket")["Error"]["Code"], status.to_string());
        assert!(fake.count("s3:HeadBucket") > 5, "{status}: it is tried several times");
    }
}

#[test]
fn causes_outside_the_bucket_are_said_once_with_what_to_run() {
    for (code, words) in [
        ("ExpiredToken", "credentials have expired"),
        ("InvalidAccessKeyId", "does not accept your credentials"),
        ("RequestTimeTooSkewed", "clock is wrong"),
    ] {
        let fake = FakeAws::start();
        for name in operations().chain(["s3:GetBucketLocation"]) {
            fake.fail(name, Fault::Error(if name == "s3:HeadBucket" { 400 } else { 403 }, code));
        }
        let url = fake.url();
        let output = stc_check(&["--bucket", BUCKET, "--endpoint-url", &url]).output().expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{code}: {text}");
        assert_eq!(text.matches(words).count(), 1, "{code}: {text}");
        assert_eq!(fake.count("s3:PutObject"), 0, "{code}: nothing is written before HeadBucket has answered");
    }
}

/// `--only` bounds all that is asked; a waiver only what acts.
#[test]
fn what_is_not_selected_is_not_asked() {
    let fake = FakeAws::start();
    let outcome = check(&fake, &["--only", "kms"]);
    assert!(outcome.statuses().iter().all(|(id, status)| id.starts_with("kms.") && status == "pass"));
    assert_eq!((fake.count("s3:GetBucketAcl"), fake.count("s3:PutObject")), (0, 0));
    assert_eq!(fake.count("kms:DescribeKey"), 1);

    let fake = FakeAws::start();
    let outcome = check(&fake, &["--skip", "probe.upload=known"]);
    assert_eq!((fake.count("s3:GetBucketAcl"), fake.count("s3:PutObject")), (1, 0), "{}", outcome.stderr);

    let fake = FakeAws::start();
    check(&fake, &["--only", "probe"]);
    assert_eq!((fake.count("s3:PutObject"), fake.count("s3:DeleteObject")), (1, 1), "it is whole or not at all");
}

#[test]
fn an_endpoint_that_nobody_listens_at_is_unknown_and_not_an_error() {
    let output =
        stc_check(&["--bucket", BUCKET, "--endpoint-url", "http://127.0.0.1:9"]).output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("cannot be reached"), "{text}");
}

#[test]
fn without_credentials_or_with_an_unknown_profile_nothing_is_sent() {
    let fake = FakeAws::start();
    let url = fake.url();
    let arguments = ["--bucket", BUCKET, "--endpoint-url", url.as_str()];
    let mut none = stc_check(&arguments);
    none.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let mut unknown = stc_check(&arguments);
    unknown.args(["--profile", "nowhere"]);
    for (command, words) in [(&mut none, "no AWS credentials were found"), (&mut unknown, "`nowhere` does not exist")] {
        let output = command.output().expect("the binary runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_profile_on_the_command_line_comes_before_keys_in_the_environment() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[prod]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n")
        .expect("written");
    let fake = FakeAws::start();
    let url = fake.url();
    let arguments = ["--bucket", BUCKET, "--endpoint-url", url.as_str(), "--no-probe", "--profile", "prod"];
    stc_check(&arguments).env("AWS_SHARED_CREDENTIALS_FILE", &file).output().expect("the binary runs");
    let requests = fake.requests();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|request| request.headers["authorization"].contains("AKIAPROFILE/")));
}

#[test]
fn the_time_for_the_run_ends_what_hangs_and_nothing_else() {
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketAcl", Fault::Silence);
    let started = std::time::Instant::now();
    let outcome = check(&fake, &["--no-probe", "--timeout", "2s"]);
    assert!(started.elapsed() < std::time::Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(outcome.operation("s3:GetBucketAcl")["Error"]["Code"], "RequestTimeout", "{}", outcome.stderr);
    assert!(outcome.operation("kms:ListGrants")["Grants"].is_array(), "the rest is read: {}", outcome.stderr);
}

/// Under an endpoint override, as here, the probe looks before it uploads: one round more than on AWS itself.
#[test]
fn five_rounds_do_for_a_bucket_whose_region_and_key_nobody_named() {
    for (arguments, rounds) in [
        (&[][..], 5),
        (&["--no-probe"][..], 3),
        (&["--no-probe", "--region", "us-east-1"][..], 2),
        (&["--expected-bucket-owner", ACCOUNT][..], 5),
    ] {
        let fake = FakeAws::start();
        fake.slow_down(std::time::Duration::from_millis(250));
        let outcome = check(&fake, arguments);
        assert_eq!(fake.rounds(), rounds, "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_machine_without_credentials_asks_its_metadata_service_and_gives_up() {
    let fake = FakeAws::start();
    fake.fail("s3:PutObject", Fault::Error(403, "Forbidden")); // The request for a token, as the fake sees it.
    let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", "http://127.0.0.1:9"]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", fake.url());
    let output = command.output().expect("the binary runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("no AWS credentials were found"), "{stderr}");
    assert!(fake.count("s3:PutObject") > 0);
}

#[test]
fn an_sso_session_that_has_ended_is_said_with_the_command_that_renews_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("config");
    let profile = "[profile prod]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = reader\n\
                   region = us-east-1\n[sso-session corp]\nsso_region = us-east-1\n\
                   sso_start_url = https://corp.awsapps.com/start\nsso_registration_scopes = sso:account:access\n";
    std::fs::write(&file, profile).expect("written");
    for by_option in [true, false] {
        let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", "http://127.0.0.1:9"]);
        command.env("AWS_CONFIG_FILE", &file).env("HOME", folder.path());
        if by_option {
            command.args(["--profile", "prod"]);
        } else {
            command.env("AWS_PROFILE", "prod").env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        }
        let output = command.output().expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{text}");
        let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains("aws sso login --profile prod"), "{text}");
    }
}

#[test]
fn a_proxy_in_the_way_is_named() {
    let proxy = FakeAws::start();
    proxy.fail("s3:Unknown", Fault::Answer(407, "text/html", "<html>who are you?</html>".to_owned()));
    for name in operations() {
        proxy.fail(name, Fault::Answer(407, "text/html", "<html>who are you?</html>".to_owned()));
    }
    let url = proxy.url();
    for endpoint in ["http://s3.test", "https://s3.test"] {
        let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", endpoint]);
        command.env("HTTP_PROXY", &url).env("HTTPS_PROXY", &url);
        let output = command.output().expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains("A proxy asks for a user name and a password"), "{endpoint}: {text}");
        assert!(text.contains("HTTPS_PROXY"), "{endpoint}: {text}");
    }
}

#[test]
fn a_proxy_that_forbids_a_host_is_not_said_to_want_a_password() {
    let proxy = FakeAws::start();
    proxy.fail("s3:Unknown", Fault::Answer(403, "text/html", "<html>not here</html>".to_owned()));
    let mut command = stc_check(&["--bucket", BUCKET, "--endpoint-url", "https://s3.test"]);
    let output = command.env("HTTPS_PROXY", proxy.url()).output().expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("A proxy opens no connection to AWS"), "{text}");
    assert!(text.contains("NO_PROXY") && !text.contains("password"), "{text}");
}

#[test]
fn a_sign_in_page_in_place_of_answers_is_named() {
    let portal = FakeAws::start();
    for name in operations() {
        let status = if name == "s3:HeadBucket" { 200 } else { 403 };
        portal.fail(name, Fault::Answer(status, "text/html", "<!DOCTYPE html><p>Please sign in".to_owned()));
    }
    let outcome = check(&portal, &["--no-probe"]);
    assert_eq!(outcome.operation("s3:GetBucketPolicy")["Error"]["Code"], "MalformedResponse", "{}", outcome.stderr);
    assert!(outcome.statuses().iter().all(|(_, status)| status != "fail"));
    let said = outcome.report.to_string() + &outcome.stderr;
    assert!(said.contains("sign-in page"), "{said}");
}

#[test]
fn verbose_runs_show_operations_and_request_ids_and_no_secret() {
    let fake = FakeAws::start();
    let url = fake.url();
    let output = stc_check(&[
        "--bucket",
        BUCKET,
        "--endpoint-url",
        &url,
        "-vvv",
        "--probe-role-arn",
        "arn:aws:iam::444455556666:role/outsider",
        "--external-id",
        "between-us",
    ])
    .env("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEXAMPLETOKEN")
    .output()
    .expect("the binary runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    for word in ["s3:GetBucketPolicy", "FAKE200", "milliseconds"] {
        assert!(text.contains(word), "{word} is missing: {text}");
    }
    for secret in ["wJalrXUtnFEMI", "FwoGZXIvYXdz", "role-secret", "role-token", "between-us", "Signature"] {
        assert!(!text.contains(secret), "{secret} was printed: {text}");
    }
}

#[test]
fn text_from_outside_cannot_steer_the_terminal() {
    let hostile = "go\u{1b}]0;owned\u{7}\u{202e}away\u{1b}[2J";
    for format in ["text", "json"] {
        let fake = FakeAws::start();
        fake.answer(
            "s3:GetBucketPolicy",
            &crate::fake_aws::good_policy().replace("\"tls\"", "\"t\\u001b[31mls\\u202e\""),
        );
        fake.fail("s3:GetBucketAcl", Fault::Said(403, "AccessDenied", hostile));
        fake.fail("s3:GetPublicAccessBlock", Fault::Said(403, "InvalidAccessKeyId", hostile));
        let url = fake.url();
        let output = stc_check(&["--bucket", BUCKET, "--endpoint-url", &url, "--format", format, "-vv"])
            .output()
            .expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let steering = text.chars().filter(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(steering.collect::<String>(), "", "{format}: {}", text.escape_debug());
    }
}
