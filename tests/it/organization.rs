//! The organization: asked beside the rest, never required, never waited for.

use std::time::{Duration, Instant};

use crate::collect::check;
use crate::fake_aws::{FakeAws, Fault};

const ORGANIZATION: &str = "organizations:DescribeOrganization";
const RCP: &str = "organization.rcp";

#[test]
fn what_the_organization_is_decides_whether_its_policies_can_bind_the_bucket() {
    let fake = FakeAws::start();
    fake.fail(ORGANIZATION, Fault::Error(400, "AWSOrganizationsNotInUseException"));
    let outcome = check(&fake, &[]);
    assert_eq!((outcome.code, outcome.status(RCP)), (Some(0), "pass"), "{}", outcome.check(RCP));

    let fake = FakeAws::start();
    fake.answer(ORGANIZATION, r#"{"Organization":{"Id":"o-a1b2c3d4e5","MasterAccountId":"111122223333"}}"#);
    let outcome = check(&fake, &[]);
    assert_eq!((outcome.code, outcome.status(RCP)), (Some(0), "pass"), "{}", outcome.check(RCP));

    let outcome = check(&FakeAws::start(), &[]);
    assert_eq!((outcome.code, outcome.status(RCP)), (Some(0), "skip"), "{}", outcome.check(RCP));
    assert!(outcome.check(RCP).to_string().contains("o-a1b2c3d4e5"), "{}", outcome.check(RCP));
}

/// What the organization is weighs more than documents that somebody found.
#[test]
fn documents_bind_nothing_where_no_such_policy_can_apply() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rcp.json");
    let perimeter = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*","kms:*"],"Resource":"*",
        "Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}"#;
    std::fs::write(&file, perimeter).expect("written");
    let arguments = ["--no-probe", "--organization-policy", file.to_str().expect("a plain path")];
    let bound = check(&FakeAws::start(), &arguments);
    for id in [RCP, "policy.put-object", "kms.decrypt"] {
        assert_eq!(bound.status(id), "fail", "{}", bound.check(id));
    }
    let fake = FakeAws::start();
    fake.fail("s3:GetBucketPolicy", Fault::Error(404, "NoSuchBucketPolicy"));
    let closed = check(&fake, &arguments);
    let fix = closed.check("policy.put-object")["fix"].to_string();
    assert!(fix.contains("--organization-policy"), "the next command judges the same documents: {fix}");
    let fake = FakeAws::start();
    fake.fail(ORGANIZATION, Fault::Error(400, "AWSOrganizationsNotInUseException"));
    let free = check(&fake, &arguments);
    assert_eq!(free.code, Some(0), "{:?}", free.statuses());
}

#[test]
fn another_accounts_organization_says_nothing_of_the_bucket() {
    let fake = FakeAws::start();
    fake.fail(ORGANIZATION, Fault::Error(400, "AWSOrganizationsNotInUseException"));
    fake.fail("s3:GetBucketPolicy", Fault::Error(405, "MethodNotAllowed"));
    let outcome = check(&fake, &["--no-probe"]);
    assert_eq!(outcome.status(RCP), "skip", "{}", outcome.check(RCP));
}

#[test]
fn a_role_that_may_not_ask_for_it_reads_no_word_of_it_in_the_verdict() {
    let whole = check(&FakeAws::start(), &[]);
    for fault in [
        Fault::Error(400, "AccessDeniedException"),
        Fault::Error(403, "UnrecognizedClientException"),
        Fault::Answer(407, "text/html", "<html>who are you?</html>".to_owned()),
        Fault::Reset,
    ] {
        let fake = FakeAws::start();
        fake.fail(ORGANIZATION, fault.clone());
        let outcome = check(&fake, &[]);
        assert_eq!((outcome.code, outcome.statuses()), (Some(0), whole.statuses()), "{fault:?}");
        assert!(outcome.check(RCP).to_string().contains(ORGANIZATION), "{}", outcome.check(RCP));
        assert_eq!(outcome.report["cause"], whole.report["cause"], "{fault:?}");
    }
}

/// In many networks the endpoints of S3, KMS and STS can be reached, and no other.
#[test]
fn an_answer_that_never_comes_holds_up_the_run_for_no_more_than_a_moment() {
    let whole = check(&FakeAws::start(), &[]);
    let fake = FakeAws::start();
    fake.fail(ORGANIZATION, Fault::Silence);
    let begun = Instant::now();
    let outcome = check(&fake, &[]);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!((outcome.code, outcome.statuses()), (Some(0), whole.statuses()));
}

/// A perimeter that compares the caller's organization with the bucket's own.
#[test]
fn a_condition_on_the_organization_is_decided_by_what_was_read() {
    let policy = |values: &str| {
        let role = "arn:aws:iam::099647660399:role/sc-event-stream-production";
        format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::acme-exports",
                  "Condition":{{"StringEquals":{{"aws:ResourceOrgID":"{values}"}}}}}}]}}"#
        )
    };
    for (organization, status) in [("o-a1b2c3d4e5", "pass"), ("o-zzzzzzzzzz", "fail")] {
        let fake = FakeAws::start();
        fake.answer("s3:GetBucketPolicy", &policy(organization));
        let outcome = check(&fake, &["--no-probe", "--only", "policy.list-bucket"]);
        assert_eq!(outcome.status("policy.list-bucket"), status, "{}", outcome.check("policy.list-bucket"));
        let fake = FakeAws::start();
        fake.answer("s3:GetBucketPolicy", &policy(organization));
        fake.fail(ORGANIZATION, Fault::Error(400, "AccessDeniedException"));
        let outcome = check(&fake, &["--no-probe"]);
        let check = outcome.check("policy.list-bucket");
        assert_eq!(outcome.status("policy.list-bucket"), "unknown", "{check}");
        assert!(check.to_string().contains("`organizations:DescribeOrganization`"), "names the right: {check}");
    }
}
