//! Who refused, by AWS's own words: the table in `tests/fixtures/refusals.tsv`, each row with its public source.

use std::collections::BTreeSet;

use stc_check::refusal::{Answer, Cause, Known, Refusal, Side};

struct Row<'a> {
    answer: Answer<'a>,
    cause: &'a str,
    denial: &'a str,
    action: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let table = include_str!("../fixtures/refusals.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [operation, status, code, message, cause, denial, action, _] = columns[..] else {
            panic!("eight columns: {line}");
        };
        Row { answer: Answer { operation, status: status.parse().ok(), code, message }, cause, denial, action }
    });
    rows.collect()
}

#[test]
fn every_recorded_answer_is_put_down_to_whom_aws_names() {
    for row in rows() {
        let refusal = Refusal::of(row.answer, Known::default());
        let denial = refusal.denial.map(|denial| format!("{denial:?}")).unwrap_or_default();
        let read = (format!("{:?}", refusal.cause), denial, refusal.action.unwrap_or_default());
        assert_eq!(read, (row.cause.to_owned(), row.denial.to_owned(), row.action), "{:?}", row.answer);
    }
}

#[test]
fn only_a_missing_allow_in_iam_is_answered_with_a_permission_to_add() {
    for row in rows() {
        let refusal = Refusal::of(row.answer, Known::default());
        let advice = refusal.advice();
        let asks = advice.remedy.contains("your role needs");
        assert_eq!(
            asks,
            row.cause == "IdentityPolicy" && row.denial == "Implicit",
            "{:?}: {}",
            row.answer,
            advice.remedy
        );
    }
}

#[test]
fn what_does_not_pass_by_itself_is_never_answered_with_run_again() {
    for row in rows() {
        let refusal = Refusal::of(row.answer, Known::default());
        let passes = matches!(refusal.side(), Side::Passing) || refusal.cause == Cause::Conflict;
        assert_eq!(refusal.advice().remedy.contains("run the check again"), passes, "{:?}", row.answer);
    }
}

#[test]
fn every_answer_has_words_for_both_who_may_have_got_it() {
    let mut causes = BTreeSet::new();
    for row in rows() {
        causes.insert(row.cause);
        let advice = Refusal::of(row.answer, Known::default()).advice();
        for text in [&advice.what, &advice.remedy, &advice.who] {
            assert!(!text.is_empty() && !text.ends_with('.'), "a clause: {text}");
        }
        for text in [advice.vendor, advice.quoted] {
            assert!(text.ends_with('.'), "a sentence: {text}");
        }
    }
    assert!(causes.len() >= 36, "the table covers nearly every cause: {causes:?}");
}

#[test]
fn a_policy_that_aws_names_is_named_in_the_reason() {
    let named: Vec<_> = rows()
        .into_iter()
        .map(|row| Refusal::of(row.answer, Known::default()))
        .filter(|refusal| !refusal.policies.is_empty())
        .map(|refusal| (refusal.policies[0], refusal.advice().what))
        .collect();
    assert!(named.len() >= 4, "{named:?}");
    for (policy, what) in named {
        assert!(what.contains(policy), "{what}");
    }
}

#[test]
fn credentials_that_sts_takes_are_not_called_wrong_in_a_region_to_be_enabled() {
    let refused = |code| Answer { operation: "s3:GetBucketAcl", status: Some(403), code, message: "" };
    let signed_in = Known { signed_in: true, region: Some("af-south-1"), ..Known::default() };
    for code in ["InvalidToken", "InvalidAccessKeyId"] {
        let refusal = Refusal::of(refused(code), signed_in);
        assert_eq!(refusal.cause, Cause::RegionNotEnabled, "{code}");
        assert!(refusal.advice().what.contains("af-south-1"), "{}", refusal.advice().what);
    }
    let everywhere = Known { region: Some("us-east-1"), ..signed_in };
    assert_eq!(Refusal::of(refused("InvalidToken"), everywhere).cause, Cause::CredentialsRefused);
}

#[test]
fn the_key_of_another_account_is_that_accounts_business() {
    for operation in ["kms:GetKeyPolicy", "kms:DescribeKey"] {
        let answer = Answer {
            operation,
            status: Some(400),
            code: "AccessDeniedException",
            message: "User: u is not authorized to perform: kms:GetKeyPolicy on this resource because the resource does \
                      not exist in this Region, no resource-based policies allow access, or a resource-based policy \
                      explicitly denies access",
        };
        let known = Known { key_owner: Some("444455556666"), ..Known::default() };
        let advice = Refusal::of(answer, known).advice();
        assert!(advice.remedy.contains("444455556666") && !advice.remedy.contains("kms:"), "{}", advice.remedy);
    }
}

/// `RestrictPublicBuckets` shuts out other accounts alone.
#[test]
fn block_public_access_is_not_suspected_where_the_caller_owns_the_bucket() {
    let denied = Answer {
        operation: "s3:GetBucketAcl",
        status: Some(403),
        code: "AccessDenied",
        message: "User: u is not authorized to perform: s3:GetBucketAcl on resource: \"r\" with an explicit deny in a \
                  resource-based policy",
    };
    let of = |is_owner| Refusal::of(denied, Known { is_owner, ..Known::default() }).advice().what;
    assert!(of(None).contains("Block Public Access") && of(Some(false)).contains("Block Public Access"));
    assert_eq!(of(Some(true)), "a Deny in the bucket policy applies to you");
}

#[test]
fn another_account_is_suspected_only_where_the_caller_is_not_known_to_own_the_bucket() {
    let bare =
        Answer { operation: "s3:GetBucketAcl", status: Some(403), code: "AccessDenied", message: "Access Denied" };
    let of = |is_owner| Refusal::of(bare, Known { is_owner, ..Known::default() }).advice();
    assert!(of(None).what.contains("another account") && of(Some(false)).what.contains("another account"));
    assert!(!of(Some(true)).what.contains("another account"));
    assert!(of(Some(true)).remedy.contains("`s3:GetBucketAcl`"), "the first thing to look at");
}
