//! What the environment and the profile may say: nothing of it ends in a panic, and no secret of it is repeated.

use std::process::Command;

use crate::collect::stc_check;
use crate::fake_aws::{BUCKET, FakeAws};

/// Exit code, and everything that was said.
fn ran(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked") && !said.contains("a fault of stc-check"), "{said}");
    (output.status.code(), said)
}

/// A check of the fake's bucket with these variables beside the usual ones.
fn check(fake: &FakeAws, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let url = fake.url();
    ran(stc_check(&["--bucket", BUCKET, "--endpoint-url", &url, "--no-probe"]).envs(variables.iter().copied()))
}

#[test]
fn values_that_no_request_can_carry_are_refused_by_the_name_of_their_variable() {
    let fake = FakeAws::start();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE\n"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE\r"),
        ("AWS_ACCESS_KEY_ID", "\u{1b}AKIAIOSFODNN7EXAMPLE"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE\u{7f}"),
        ("AWS_ACCESS_KEY_ID", "AKIAñIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI\n"),
        ("AWS_SESSION_TOKEN", "FwoGZXIvYXdz\nnext"),
        ("AWS_REGION", "us-east-1\n"),
        ("AWS_REGION", "us-\u{1b}east-1"),
        ("AWS_REGION", "us-east-1/../x"),
        ("AWS_MAX_ATTEMPTS", "abc"),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_MAX_ATTEMPTS", "-1"),
        ("AWS_RETRY_MODE", "often"),
        ("AWS_EXECUTION_ENV", "x\ny"),
    ] {
        let (code, said) = check(&fake, &[(name, value)]);
        assert_eq!(code, Some(2), "{name}={value:?}: {said}");
        assert!(said.contains(&format!("`{name}`")), "{name}={value:?}: {said}");
        for secret in ["IOSFODNN7", "wJalr", "FwoGZ"] {
            assert!(!said.contains(secret), "{name}: {said}");
        }
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn the_retry_mode_of_older_tools_and_empty_values_are_taken() {
    let fake = FakeAws::start();
    for (name, value) in [
        ("AWS_RETRY_MODE", "legacy"),
        ("AWS_RETRY_MODE", "Adaptive"),
        ("AWS_RETRY_MODE", ""),
        ("AWS_MAX_ATTEMPTS", ""),
        ("AWS_MAX_ATTEMPTS", "5"),
        ("AWS_REGION", ""),
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_SESSION_TOKEN", "FwoGZXIvYXdz\n"),
    ] {
        let (code, said) = check(&fake, &[(name, value)]);
        assert_eq!(code, Some(0), "{name}={value:?}: {said}");
    }
}

#[test]
fn a_profile_is_looked_at_like_the_variables() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("config");
    let path = file.to_str().expect("a plain path");
    let fake = FakeAws::start();
    for (setting, code, words) in [
        ("retry_mode = legacy", 0, ""),
        ("retry_mode = x", 2, "`retry_mode` of the profile"),
        ("max_attempts = x", 2, "`max_attempts` of the profile"),
        ("max_attempts = 0", 2, "`max_attempts` of the profile"),
        ("region = us-\u{1b}[31m", 2, "`region` of the profile `default`"),
        ("endpoint_url = ::", 0, ""),
    ] {
        std::fs::write(&file, format!("[default]\n{setting}\n")).expect("written");
        let (exit, said) = check(&fake, &[("AWS_CONFIG_FILE", path)]);
        assert_eq!(exit, Some(code), "{setting}: {said}");
        assert!(said.contains(words), "{setting}: {said}");
    }
}

#[test]
fn credentials_of_a_profile_that_no_request_can_carry_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("credentials");
    let fake = FakeAws::start();
    let url = fake.url();
    let source = "[base]\naws_access_key_id = AKIA\u{1b}X\naws_secret_access_key = s\n";
    let role = "[prod]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\n";
    std::fs::write(&file, format!("{source}{role}")).expect("written");
    for profile in ["base", "prod"] {
        let arguments = ["--bucket", BUCKET, "--endpoint-url", url.as_str(), "--profile", profile];
        let (code, said) = ran(stc_check(&arguments).env("AWS_SHARED_CREDENTIALS_FILE", &file));
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("`aws_access_key_id` of the profile `base`") && !said.contains("AKIA"), "{said}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn where_no_authority_is_trusted_only_plain_http_is_possible() {
    let fake = FakeAws::start();
    let empty = tempfile::tempdir().expect("a temporary folder");
    let empty = empty.path().to_str().expect("a plain path");
    for (name, value) in
        [("SSL_CERT_FILE", "/nope"), ("SSL_CERT_FILE", "/dev/null"), ("SSL_CERT_DIR", "/nope"), ("SSL_CERT_DIR", empty)]
    {
        let (code, said) = check(&fake, &[(name, value)]);
        assert_eq!(code, Some(0), "{name}={value}: {said}");
        let arguments = ["--bucket", BUCKET, "--endpoint-url", "https://127.0.0.1:9", "--no-probe"];
        let (code, said) = ran(stc_check(&arguments).env(name, value));
        assert_eq!(code, Some(2), "{name}={value}: {said}");
        assert!(said.contains(&format!("`{name}` names `{value}`")) && said.contains("AWS_CA_BUNDLE"), "{said}");
    }
}

#[test]
fn many_buckets_are_refused_like_one() {
    let fake = FakeAws::start();
    let url = fake.url();
    let arguments = ["--bucket", "acme-1", "--bucket", "acme-2", "--endpoint-url", url.as_str(), "--no-probe"];
    for (name, value) in [("AWS_ACCESS_KEY_ID", "AKIA\n"), ("AWS_RETRY_MODE", "x"), ("AWS_REGION", "a\u{1b}")] {
        let (code, said) = ran(stc_check(&arguments).env(name, value));
        assert_eq!(code, Some(2), "{name}={value:?}: {said}");
    }
}

#[test]
fn an_endpoint_is_an_address_and_its_password_is_never_repeated() {
    const PASSWORD: &str = "https://ada:hunter2@127.0.0.1:9";
    let arguments = ["--bucket", BUCKET, "--no-probe"];
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_STS"] {
        for value in [PASSWORD, "::", "ftp://x", "http://", "http://127.0.0.1:99999"] {
            let (code, said) = ran(stc_check(&arguments).env(name, value));
            assert_eq!(code, Some(2), "{name}={value}: {said}");
            assert!(said.contains(name) && !said.contains("hunter2") && !said.contains("ada:"), "{said}");
        }
    }
    let by_option = stc_check(&arguments).args(["--endpoint-url", PASSWORD]).output().expect("the binary runs");
    let joined = format!("--endpoint-url={PASSWORD}");
    let by_variable = stc_check(&arguments).env("STC_CHECK_ENDPOINT_URL", PASSWORD).output().expect("the binary runs");
    let in_one = stc_check(&arguments).arg(joined).output().expect("the binary runs");
    for output in [by_option, by_variable, in_one] {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("the password out") && !said.contains("hunter2"), "{said}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("config");
    std::fs::write(&file, format!("[default]\nendpoint_url = {PASSWORD}\n")).expect("written");
    let (code, said) = ran(stc_check(&arguments).env("AWS_CONFIG_FILE", &file));
    assert_eq!(code, Some(2), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
