//! Answers of AWS replayed in its own envelopes, through the real binary: the rows of `tests/fixtures/refusals.tsv`, each
//! with its public source, as S3, KMS and STS send them.

use stc_check::refusal::{Answer, Known, Refusal};

use crate::collect::check;
use crate::fake_aws::{FakeAws, Fault};

/// One row: what AWS answers, and who refused.
pub(crate) struct Row {
    pub(crate) answer: Answer<'static>,
    pub(crate) cause: &'static str,
}

pub(crate) fn rows(of: &str) -> Vec<Row> {
    let table = include_str!("../fixtures/refusals.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<&'static str> = line.split('\t').collect();
        let [operation, status, code, message, cause, ..] = columns[..] else { panic!("eight columns: {line}") };
        Row { answer: Answer { operation, status: status.parse().ok(), code, message }, cause }
    });
    rows.filter(|row| row.answer.operation == of).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// As the service writes its errors.
pub(crate) fn envelope(answer: Answer<'_>, capital: bool) -> Fault {
    let Answer { operation, status, code, message } = answer;
    let status = status.expect("recorded answers have a status");
    let words = escaped(message);
    let service = operation.split(':').next().unwrap_or_default();
    match service {
        "kms" => {
            let name = if capital { "Message" } else { "message" };
            let body = serde_json::json!({"__type": format!("com.amazonaws.kms#{code}"), name: message}).to_string();
            Fault::Answer(status, "application/x-amz-json-1.1", body)
        }
        "sts" => {
            let body = format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    \
                 <Code>{code}</Code>\n    <Message>{words}</Message>\n  </Error>\n  <RequestId>01234567</RequestId>\n\
                 </ErrorResponse>"
            );
            Fault::Answer(status, "text/xml", body)
        }
        _ => {
            let body = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{words}</Message>\
                 <RequestId>4442587FB7D0A2F9</RequestId><HostId>vlR7PnpV2Ce81l0PRw6jlUpck7Jo5ZsQjryTjKlc5aLWGVHPZLj5NeC6qMa0emYBDXOo6QBU0Wo=</HostId></Error>"
            );
            Fault::Answer(status, "application/xml", body)
        }
    }
}

/// What the answer to the upload comes to for a bucket whose policies let Sailthru in.
pub(crate) fn status_of_upload(cause: &str) -> &'static str {
    match cause {
        "BucketPolicy" | "KeyPolicy" | "ForeignKey" => "skip",
        "KeyMissing" | "KeyDisabled" | "KeyState" | "KeyUsage" | "KeyName" | "ShutByAws" => "fail",
        _ => "unknown",
    }
}

#[test]
fn each_answer_to_the_upload_is_put_down_to_whom_aws_names() {
    let rows = rows("s3:PutObject");
    assert!(rows.len() >= 15, "{} rows", rows.len());
    for Row { answer, cause } in rows {
        let fake = FakeAws::start();
        fake.fail("s3:PutObject", envelope(answer, false));
        let outcome = check(&fake, &[]);
        let said = outcome.check("probe.upload").to_string();
        assert_eq!(outcome.status("probe.upload"), status_of_upload(cause), "{cause}: {said}");
        assert!(said.contains(answer.code), "AWS's own code stays: {said}");
        let needs = said.contains("your role needs");
        assert_eq!(needs, cause == "IdentityPolicy" && answer.message.contains("because no"), "{cause}: {said}");
        assert_eq!(fake.object(), None, "nothing is left");
    }
}

/// The check of `id` names who refused, in the words of the table.
fn names_who_refused(of: &str, arguments: &[&str], id: &str, capital: bool) -> usize {
    let rows = rows(of);
    for Row { answer, cause } in &rows {
        let fake = FakeAws::start();
        fake.fail(of, envelope(*answer, capital));
        let outcome = check(&fake, arguments);
        let checked = outcome.check(id);
        let said = checked["message"].as_str().expect("a message");
        assert_eq!(outcome.status(id), "unknown", "{cause}: {said}");
        let is_owner = (!of.starts_with("s3:")).then_some(true);
        let advice = Refusal::of(*answer, Known { signed_in: true, is_owner, ..Known::default() }).advice();
        assert!(said.contains(&advice.what) && said.contains(&advice.remedy), "{cause}: {said}");
    }
    rows.len()
}

#[test]
fn a_refused_read_names_who_refused_it() {
    assert!(names_who_refused("s3:GetBucketPolicy", &["--no-probe"], "policy.put-object", false) >= 12);
}

#[test]
fn a_refused_key_policy_names_who_refused_it_whatever_the_case_of_the_message() {
    for capital in [true, false] {
        assert!(names_who_refused("kms:GetKeyPolicy", &["--no-probe"], "kms.decrypt", capital) >= 2);
    }
}

#[test]
fn a_role_that_is_refused_names_who_refused_it() {
    let role = ["--probe-role-arn", "arn:aws:iam::444455556666:role/outsider"];
    assert!(names_who_refused("sts:AssumeRole", &role, "probe.upload", false) >= 4);
}
