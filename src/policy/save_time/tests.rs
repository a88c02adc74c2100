use super::*;

const BUCKET: &str = "arn:aws:s3:::acme-exports";

fn answers(policy: &str) -> Vec<(bool, Option<String>)> {
    judge(policy, Target::Bucket(BUCKET)).into_iter().map(|found| (found.seen, found.answer)).collect()
}

fn statement(more: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"AWS": "099647660399"}}, {more}}}]}}"#
    )
}

#[test]
fn a_good_policy_has_no_objection() {
    let text = statement(
        r#""Action": ["s3:ListBucket", "s3:PutObject", "s3:GetObject*"], "Resource": ["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]"#,
    );
    assert_eq!(judge(&text, Target::Bucket(BUCKET)), []);
}

#[test]
fn each_listed_action_needs_a_resource_of_its_kind() {
    for (action, resource, seen) in [
        (r#""s3:ListBucket""#, "acme-exports/*", Some(true)),
        (r#"["s3:PutObject", "s3:GetBucketLocation"]"#, "acme-exports/*", Some(true)),
        (r#""s3:PutObject""#, "acme-exports", Some(true)),
        (r#""s3:GetObject*""#, "acme-exports", Some(true)),
        (r#""s3:ListAllMyBuckets""#, "acme-exports", Some(true)),
        (r#""s3:Create*""#, "acme-exports", Some(false)),
        (r#""s3:*Bucket*""#, "acme-exports/*", Some(false)),
        (r#""s3:*""#, "acme-exports", None),
        (r#""*""#, "acme-exports/*", None),
        (r#""S3:PUTOBJECT""#, "acme-exports/in/*", None),
        (r#"["s3:PutObject", "s3:ListBucket"]"#, "acme-exports*", None),
    ] {
        let text = statement(&format!(r#""Action": {action}, "Resource": "arn:aws:s3:::{resource}""#));
        let expected = "Action does not apply to any resource(s) in statement".to_owned();
        let expected: Vec<_> = seen.map(|seen| (seen, seen.then_some(expected))).into_iter().collect();
        assert_eq!(answers(&text), expected, "{action} on {resource}");
    }
}

#[test]
fn a_key_of_s3_must_fit_each_exact_action() {
    let with = |action: &str, key: &str| {
        let resource = r#"["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports/*"]"#;
        let condition = format!(r#""Condition": {{"StringLike": {{"{key}": "x"}}}}"#);
        answers(&statement(&format!(r#""Action": {action}, "Resource": {resource}, {condition}"#)))
    };
    let refused = "Conditions do not apply to combination of actions and resources in statement".to_owned();
    let refused = [(true, Some(refused))];
    assert_eq!(with(r#"["s3:ListBucket", "s3:GetBucketLocation"]"#, "s3:prefix"), refused);
    assert_eq!(with(r#""s3:ListBucket""#, "s3:x-amz-acl"), refused);
    assert_eq!(with(r#"["s3:ListBucket", "s3:List*"]"#, "s3:prefix"), []);
    assert_eq!(with(r#""s3:Get*""#, "s3:prefix"), [(false, None)]);
    for (action, key) in [
        (r#""s3:PutObject*""#, "s3:x-amz-server-side-encryption"),
        (r#"["s3:PutObject", "s3:ListBucket"]"#, "aws:SourceIp"),
        (r#"["s3:PutObject", "s3:ListBucket"]"#, "s3:TlsVersion"),
        (r#"["s3:PutObject", "s3:GetObject"]"#, "s3:ResourceAccount"),
        (r#""s3:*""#, "s3:DataAccessPointAccount"),
    ] {
        assert_eq!(with(action, key), [], "{action} with {key}");
    }
    assert_eq!(with(r#""s3:*""#, "aws:NoSuchKey"), [(false, None)]);
    assert_eq!(with(r#""s3:*""#, "kms:ViaService"), [(false, None)]);
}

#[test]
fn only_this_bucket_is_a_resource() {
    let with = |resource: &str| answers(&statement(&format!(r#""Action": "s3:*", "Resource": {resource}"#)));
    let refused = [(true, Some("Policy has invalid resource".to_owned()))];
    assert_eq!(with(r#""*""#), refused);
    assert_eq!(with(r#""arn:aws:s3:::other/*""#), refused);
    assert_eq!(with(r#""arn:aws:s3:us-east-1::acme-exports/*""#), refused);
    assert_eq!(with(r#"["arn:aws:s3:::acme-exports/*", "arn:aws:s3:::other/*"]"#), [(false, None)]);
    assert_eq!(with(r#""arn:aws:s3:::*""#), [(false, None)]);
    assert_eq!(with(r#"["arn:aws:s3:::acme-exports", "arn:aws:s3:::acme-exports"]"#), []);
}

#[test]
fn a_variable_has_a_name_and_a_quoted_default_and_is_compared_as_text() {
    let with = |value: &str, operator: &str| {
        let condition = format!(r#""Condition": {{"{operator}": {{"aws:PrincipalTag/team": "{value}"}}}}"#);
        answers(&statement(&format!(r#""Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports", {condition}"#)))
    };
    for value in ["${aws:username}", "${aws:username, 'nobody'}", "a${*}b${$}", "$x", "${aws:PrincipalTag/cost center}"]
    {
        assert_eq!(with(value, "StringLike"), [], "{value}");
    }
    for value in ["${}", "${ aws:username }", "${aws:username, nobody}", "${aws:username, 'nobody}"] {
        assert_eq!(with(value, "StringLike"), [(false, None)], "{value}");
    }
    assert_eq!(with("${aws:username}", "NumericEquals"), [(false, None)]);
    let resource = statement(r#""Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-exports/${aws:username }/*""#);
    assert_eq!(answers(&resource), [(false, None)]);
    // Under the older version it is plain text.
    assert_eq!(answers(&resource.replace("2012", "2008")), []);
}

#[test]
fn principals_are_looked_up() {
    let with = |principal: &str| {
        let text = statement(r#""Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports""#);
        answers(&text.replace(r#"{"AWS": "099647660399"}"#, principal))
    };
    let refused = [(true, Some("Invalid principal in policy".to_owned()))];
    for principal in [
        r#"{"AWS": "AROAEXAMPLEID12345678"}"#,
        r#"{"AWS": "AIDAEXAMPLEID12345678"}"#,
        r#"{"AWS": "arn:aws:iam::099647660399:role/sc-*"}"#,
        r#"{"AWS": "arn:aws:iam::099647660399:user/${aws:username}"}"#,
        r#"{"AWS": "arn:aws:iam::099647660399:role/<role-name>"}"#,
        r#"{"AWS": "99647660399"}"#,
        r#"{"AWS": ""}"#,
        r#""099647660399""#,
    ] {
        assert_eq!(with(principal), refused, "{principal}");
    }
    assert_eq!(with(r#"{"Service": "logging"}"#), [(false, None)]);
    for principal in [
        r#""*""#,
        r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1A2B3C4D5"}"#,
        r#"{"AWS": "arn:aws:iam::099647660399:role/path/to/a.role+1"}"#,
        r#"{"Federated": "graph.facebook.com"}"#,
        r#"{"Service": "logging.s3.amazonaws.com"}"#,
    ] {
        assert_eq!(with(principal), [], "{principal}");
    }
}

#[test]
fn what_precedes_the_brace_is_refused_and_the_rest_is_read() {
    for lead in ["\u{feff}", " ", "\n"] {
        let text = statement(r#""Action": "s3:ListBucket", "Resource": "arn:aws:s3:::acme-exports/*""#);
        let found = judge(&format!("{lead}{text}"), Target::Bucket(BUCKET));
        assert_eq!(found.len(), 2, "{found:?}");
        let span = found[1].span;
        assert_eq!(&text[span.start..span.end], "\"s3:ListBucket\"");
    }
    let owner = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}"#;
    for (lead, seen) in [("\u{feff}", true), ("\n", false)] {
        let text = format!("{lead}{{\"Version\": \"2012-10-17\", \"Statement\": [{owner}]}}");
        let found =
            judge(&text, Target::Key(KeyOwner { account: Some("111122223333"), partition: "aws", caller: None }));
        assert_eq!(found.iter().map(|objection| objection.seen).collect::<Vec<_>>(), [seen], "{found:?}");
    }
}

#[test]
fn an_empty_list_of_resources_only_warns() {
    let found = answers(&statement(r#""Action": ["s3:GetObject", "s3:ListBucket"], "Resource": []"#));
    assert_eq!(found, [(false, None)]);
}

#[test]
fn broken_grammar_is_told_in_the_words_of_s3() {
    for (from, to, answer) in [
        (r#""Effect": "Allow", "#, "", "Missing required field Effect"),
        (r#""Principal": {"AWS": "099647660399"}, "#, "", "Missing required field Principal"),
        (r#""Action": "s3:*", "#, "", "Missing required field Action"),
        (r#""Allow""#, r#""hello""#, "Invalid effect: hello"),
        (r#""s3:*""#, r#""invalid_action""#, "Policy has invalid action"),
        ("Statement", "Statements", "Missing required field Statement"),
    ] {
        let text = statement(r#""Action": "s3:*", "Resource": "arn:aws:s3:::acme-exports""#).replace(from, to);
        assert_eq!(answers(&text), [(true, Some(answer.to_owned()))], "{text}");
    }
}

fn key_answers(statements: &str, owner: KeyOwner<'_>) -> Vec<(bool, Option<String>)> {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    judge(&text, Target::Key(owner)).into_iter().map(|found| (found.seen, found.answer)).collect()
}

const OWNER: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
const VENDOR: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::099647660399:root"}, "Action": "kms:Decrypt", "Resource": "*"}"#;

#[test]
fn kms_locks_nobody_out() {
    let owner = KeyOwner { account: Some("111122223333"), partition: "aws", caller: None };
    let locked = "The new key policy will not allow you to update the key policy in the future.".to_owned();
    let locked = [(true, Some(locked))];
    assert_eq!(key_answers(&[OWNER, VENDOR].join(","), owner), []);
    assert_eq!(key_answers(VENDOR, owner), locked);
    assert_eq!(key_answers(VENDOR, KeyOwner { account: None, ..owner }), locked);
    assert_eq!(key_answers(OWNER, KeyOwner { account: Some("444455556666"), ..owner }), locked);
    let admin = OWNER.replace(":root", ":role/Admin");
    assert_eq!(key_answers(&admin, owner), []);
    let caller = Principal::parse("arn:aws:iam::111122223333:user/ops").unwrap();
    assert_eq!(key_answers(&admin, KeyOwner { caller: Some(&caller), ..owner }), [(false, None)]);
    assert_eq!(key_answers(OWNER, KeyOwner { caller: Some(&caller), ..owner }), []);
    let stranger = Principal::parse("arn:aws:iam::444455556666:user/ops").unwrap();
    assert_eq!(key_answers(&admin, KeyOwner { caller: Some(&stranger), ..owner }), []);
}

#[test]
fn kms_looks_at_characters_principals_and_elements() {
    let owner = KeyOwner { account: Some("111122223333"), partition: "aws", caller: None };
    let with = |more: &str| key_answers(&[OWNER, more].join(","), owner);
    let principals = "Policy contains a statement with one or more invalid principals.".to_owned();
    let orphan = VENDOR.replace("arn:aws:iam::099647660399:root", "AROAEXAMPLEID12345678");
    assert_eq!(with(&orphan), [(true, Some(principals))]);
    assert_eq!(with(&VENDOR.replace("{\"Effect", "{\"Sid\": \"Schlüssel\", \"Effect")), []);
    assert_eq!(with(&VENDOR.replace("{\"Effect", "{\"Sid\": \"“smart”\", \"Effect")), [(true, None)]);
    assert_eq!(
        with(&VENDOR.replace("\"Resource\": \"*\"", "\"Resource\": \"arn:aws:kms:eu-west-1:111122223333:key/a\"")),
        [(false, None)]
    );
    assert_eq!(with(&VENDOR.replace(", \"Resource\": \"*\"", "")), [(false, None)]);
    assert_eq!(with(&VENDOR.replace(", \"Action\": \"kms:Decrypt\"", "")), [(false, None)]);
}
