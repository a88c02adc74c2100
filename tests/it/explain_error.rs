//! `stc-check explain --error`: an error of AWS, as people paste it, in words.

use std::io::Write;
use std::process::{Command, Stdio};

struct Ran {
    code: i32,
    out: String,
    err: String,
}

/// Runs the tool with this on standard input.
fn run(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_stc-check"))
        .args(arguments)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What is too long is not read to its end.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

const RCP: &str = "An error occurred (AccessDenied) when calling the PutObject operation: User: \
                   arn:aws:sts::111122223333:assumed-role/DataAdmin/ops is not authorized to perform: s3:PutObject on \
                   resource: \"arn:aws:s3:::acme-exports/a\" with an explicit deny in a resource control policy";

#[test]
fn a_line_of_aws_is_explained_for_both_who_may_have_got_it() {
    let ran = run(&["explain", "--error", RCP], "");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let plain = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "AccessDenied of s3:PutObject User: arn:aws:sts::111122223333:assumed-role/DataAdmin/ops",
        "What refused A resource control policy of your organization denies it.",
        "If you got it Ask whoever manages your organization's resource control policies",
        "If Sailthru Support quoted it",
        "Who can lift it Whoever manages",
        "Checks that look into it",
    ] {
        assert!(plain.contains(words), "{words}: {}", ran.out);
    }
}

/// A line of Sailthru's own is no word about the reader's role.
#[test]
fn a_line_that_names_sailthru_says_what_to_do_about_sailthru() {
    let line = "User: arn:aws:sts::099647660399:assumed-role/sc-event-stream-production/x is not authorized to perform: \
                s3:PutObject on resource: \"arn:aws:s3:::acme/a\" ";
    for (reason, words, who) in [
        (
            "with an explicit deny in a resource-based policy",
            "run the check to see which statement",
            "Whoever may change",
        ),
        (
            "because no identity-based policy allows the s3:PutObject action",
            "Send Sailthru Support the line",
            "Sailthru.",
        ),
    ] {
        let ran = run(&["explain", "--error", "-"], &format!("{line}{reason}"));
        let plain = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains("Who was refused Sailthru") && plain.contains(words) && plain.contains(who), "{plain}");
        assert!(!plain.contains("If you got it") && !plain.contains("our role needs"), "{plain}");
    }
}

#[test]
fn standard_input_is_read_and_secrets_are_not_repeated() {
    let error = "<Error><Code>InvalidAccessKeyId</Code><Message>The key AKIAIOSFODNN7EXAMPLE of \
                 wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</Message><AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId>\
                 </Error>\u{1b}[2J";
    let ran = run(&["explain", "--error", "-"], error);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("AWS does not accept the credentials"), "{}", ran.out);
    for secret in ["AKIA", "wJalr", "\u{1b}[2J"] {
        assert!(!ran.out.contains(secret), "{secret:?}: {}", ran.out);
    }
}

#[test]
fn an_unknown_error_names_what_is_near() {
    let ran = run(&["explain", "--error", "An error occurred (AccesDenid) when calling PutObject"], "");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("AccessDenied"), "{}", ran.out);
    let ran = run(&["explain", "--error", "the cat sat on the mat"], "");
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("KMS.NotFoundException") && ran.out.contains("SlowDown"), "{}", ran.out);
}

/// What is not set is no name to be checked, and no permission is missing.
#[test]
fn a_setting_that_is_not_set_says_what_is_so_then() {
    for (code, words, check) in [
        ("NoSuchPublicAccessBlockConfiguration", "all four of its settings are off", "public.access-block"),
        ("NoSuchBucketPolicy", "has no bucket policy", "policy.put-object"),
        ("OwnershipControlsNotFoundError", "whoever uploads an object owns it", "delivery.ownership"),
        ("InvalidBucketAclWithObjectOwnership", "make the ACL private", "public.acl"),
    ] {
        let ran =
            run(&["explain", "--error", &format!("An error occurred ({code}) when calling the X operation: y")], "");
        let plain = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.code == 0 && plain.contains(words) && plain.contains(check), "{code}: {plain}");
        assert!(!plain.contains("Check the name"), "{code}: {plain}");
    }
}

/// KMS shows a key policy to its own account only, and what is encoded can be decoded.
#[test]
fn no_advice_is_given_that_cannot_help() {
    let user = "User: arn:aws:iam::111122223333:user/ops is not authorized to perform:";
    for (text, words, never) in [
        (
            format!(
                "{user} kms:GetKeyPolicy on resource: arn:aws:kms:us-east-1:444455556666:key/1 because no \
                 resource-based policy allows the kms:GetKeyPolicy action"
            ),
            "Ask account 444455556666 to run the check",
            "Allow `kms:GetKeyPolicy`",
        ),
        (
            "AccessDenied: You are not allowed. Encoded authorization failure message: 4GIOHlTkIaWHQD0Q0m6X".to_owned(),
            "aws sts decode-authorization-message",
            "signed in to another account than the bucket's",
        ),
        (
            format!(
                "{user} s3:PutObject on resource: \"arn:aws:s3:::acme/a\" because no resource-based policy allows the \
                 s3:PutObject action"
            ),
            "run the check, which says what is missing",
            "which statement",
        ),
    ] {
        let ran = run(&["explain", "--error", &text], "");
        let plain = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.code == 0 && plain.contains(words) && !plain.contains(never), "{plain}");
    }
}

#[test]
fn no_text_and_too_much_text_are_refused() {
    for (text, words) in [(" \n", "is empty"), (&*"x".repeat(64 * 1024 + 1), "longer than 64 KB")] {
        let ran = run(&["explain", "--error", "-"], text);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""));
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert_eq!(run(&["explain", "public.acl", "--error", "x"], "").code, 2);
}
