use super::*;

fn document(operations: &Value) -> Value {
    serde_json::json!({
        "schema": SCHEMA, "taken_at": "2026-11-23T18:00:00Z", "bucket": "acme-exports", "region": "us-east-1",
        "operations": operations,
    })
}

fn read(operations: &Value) -> Result<Snapshot, InvalidSnapshot> {
    Snapshot::from_json(&document(operations).to_string())
}

/// One answer per operation, as the AWS CLI prints it.
fn answers() -> Value {
    serde_json::json!({
        "s3:HeadBucket": {"BucketArn": "arn:aws:s3:::acme-exports", "BucketRegion": "us-east-1", "AccessPointAlias": false},
        "s3:GetBucketPolicy": {"Policy": "{\"Version\":\"2012-10-17\"}"},
        "s3:GetBucketPolicyStatus": {"PolicyStatus": {"IsPublic": false}},
        "s3:GetPublicAccessBlock": {"PublicAccessBlockConfiguration": {
            "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": false}},
        "s3control:GetPublicAccessBlock": {"Error": {"Code": "NoSuchPublicAccessBlockConfiguration", "Message": "none", "RequestId": "4442587FB7D0A2F9"}},
        "s3:GetBucketEncryption": {"ServerSideEncryptionConfiguration": {"Rules": [{
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/exports"},
            "BucketKeyEnabled": true, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]}},
        "s3:GetBucketOwnershipControls": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        "s3:GetBucketAcl": {"Owner": {"DisplayName": "ada", "ID": "abc"}, "Grants": [
            {"Grantee": {"DisplayName": "ada", "ID": "abc", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
            {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]},
        "s3:GetBucketVersioning": {"Status": "Enabled", "MFADelete": "Disabled"},
        "s3:GetObjectLockConfiguration": {"ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 30}}}},
        "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
        "s3:GetBucketAbac": {"AbacStatus": {"Status": "Disabled"}},
        "s3:GetBucketTagging": {"TagSet": [{"Key": "team", "Value": "growth"}]},
        "kms:DescribeKey": {"KeyMetadata": {
            "AWSAccountId": "111122223333", "KeyId": "1234", "Arn": "arn:aws:kms:us-east-1:111122223333:key/1234",
            "Enabled": true, "KeyState": "PendingDeletion", "KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "SYMMETRIC_DEFAULT",
            "KeyManager": "CUSTOMER", "Origin": "EXTERNAL", "MultiRegion": false,
            "CreationDate": "2026-01-01T00:00:00.123000+00:00", "Description": "exports",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "CurrentKeyMaterialId": "96083e4fb6dbc41d77578a213a6b6669c044dd4c143e97755396d2bf11fd6068",
            "MultiRegionConfiguration": {"MultiRegionKeyType": "PRIMARY", "ReplicaKeys": []},
            "DeletionDate": "2026-12-01T00:00:00+00:00", "ValidTo": 1_800_000_000.5}},
        "kms:GetKeyPolicy": {"Policy": "{}"},
        "kms:ListGrants": {"Grants": [{"KeyId": "arn:aws:kms:us-east-1:111122223333:key/1234", "GrantId": "g", "Name": "n",
            "CreationDate": "2026-01-01T00:00:00+00:00", "RetiringPrincipal": "arn:aws:iam::1:role/s", "IssuingAccount": "arn:aws:iam::1:root", "GranteePrincipal": "arn:aws:iam::1:role/r",
            "Operations": ["Decrypt"], "Constraints": {"EncryptionContextSubset": {"aws:s3:arn": "x"}}}]},
        "sts:GetCallerIdentity": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ada", "UserId": "AIDA"},
        "organizations:DescribeOrganization": {"Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": "444455556666"}},
        "s3:ListObjectVersions": {
            "Versions": [{"Key": "_ACCESS_CONFIRMATION", "VersionId": "v1", "LastModified": "2026-11-23T17:00:00Z", "Owner": {"ID": "abc"}}],
            "DeleteMarkers": [{"Key": "_ACCESS_CONFIRMATION", "VersionId": "m1", "LastModified": "2026-11-23T17:00:01Z"}]},
        "s3:ListMultipartUploads": {"Uploads": [{"Key": "campaign_send/x.csv", "Initiated": "2026-11-23T17:00:00Z",
            "Initiator": {"ID": "arn:aws:iam::099647660399:role/r", "DisplayName": "r"}}]},
        "kms:GetKeyLastUsage": {"KeyId": "1234", "KeyLastUsage": {
            "Operation": "GenerateDataKey", "Timestamp": "2026-11-23T17:00:00Z", "CloudTrailEventId": "e1"}},
        "cloudtrail:LookupEvents": {"Events": [{"EventId": "e1", "EventTime": "2026-11-23T17:00:00Z",
            "EventName": "GenerateDataKey", "CloudTrailEvent": "{}"}]},
    })
}

#[test]
fn every_operation_survives_a_round_trip() {
    let answers = answers();
    let names: Vec<_> = answers.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, Operation::READS.iter().map(|operation| operation.name()).collect::<Vec<_>>());
    let snapshot = read(&answers).unwrap();
    let written: Value = serde_json::from_str(&snapshot.to_json()).unwrap();
    assert_eq!(written, document(&answers));
    assert_eq!(Snapshot::from_json(&snapshot.to_json()), Ok(snapshot));
}

#[test]
fn the_file_disturbs_no_terminal() {
    let answers = serde_json::json!({"s3:GetBucketPolicy": {"Policy": "{\"Sid\":\"a\u{202e}\u{9b}\u{7f}\"}"}});
    let snapshot = read(&answers).unwrap();
    let text = snapshot.to_json();
    assert!(!text.contains(['\u{202e}', '\u{9b}', '\u{7f}']), "{text:?}");
    assert_eq!(Snapshot::from_json(&text), Ok(snapshot));
}

#[test]
fn an_error_is_an_absence_only_with_the_code_that_means_it() {
    let error = |code: &str| serde_json::json!({"s3:GetBucketPolicy": {"Error": {"Code": code, "Message": "m"}}});
    assert!(matches!(read(&error("NoSuchBucketPolicy")).unwrap().bucket_policy, Fact::Absent(_)));
    assert!(matches!(read(&error("AccessDenied")).unwrap().bucket_policy, Fact::Unreadable(_)));
    assert!(matches!(read(&error("NoSuchBucket")).unwrap().bucket_policy, Fact::Unreadable(_)));
    assert_eq!(read(&serde_json::json!({})).unwrap().bucket_policy, Fact::NotRead);
}

#[test]
fn a_region_is_a_region() {
    for (region, answered, path) in [
        ("us-east-1/../x", "us-east-1", "region"),
        ("", "us-east-1", "region"),
        ("us-east-1", "US EAST", "operations.s3:HeadBucket.BucketRegion"),
    ] {
        let mut document = document(&serde_json::json!({"s3:HeadBucket": {"BucketRegion": answered}}));
        document["region"] = region.into();
        assert_eq!(Snapshot::from_json(&document.to_string()).unwrap_err().path, path, "{region:?} {answered}");
    }
}

#[test]
fn the_region_is_the_one_that_s3_names() {
    for (written, answered, region) in [
        (Some("us-east-1"), Some("eu-west-1"), Some("eu-west-1")),
        (Some("us-east-1"), None, Some("us-east-1")),
        (None, Some("eu-west-1"), Some("eu-west-1")),
        (None, None, None),
    ] {
        let mut document = document(&serde_json::json!({"s3:HeadBucket": {"BucketRegion": answered}}));
        document["region"] = written.into();
        assert_eq!(Snapshot::from_json(&document.to_string()).unwrap().region.as_deref(), region, "{document}");
    }
}

#[test]
fn what_stands_there_twice_is_named() {
    let text = document(&serde_json::json!({"s3:GetBucketVersioning": {}})).to_string();
    for (from, to, path) in [
        ("\"bucket\":", "\"bucket\":\"other\",\"bucket\":", "bucket"),
        ("\"s3:Get", "\"s3:GetBucketVersioning\":{},\"s3:Get", "operations.s3:GetBucketVersioning"),
        ("{}", "{\"Future\":[{\"a\":1,\"a\":2}]}", "operations.s3:GetBucketVersioning.Future[0].a"),
    ] {
        let error = Snapshot::from_json(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.path, path, "{error}");
    }
}

#[test]
fn what_is_not_known_is_ignored() {
    let mut document = document(&serde_json::json!({
        "s3:GetBucketFuture": 7, "s3:HeadBucket": {"BucketRegion": "eu-west-1", "Future": []}
    }));
    document["comment"] = "by hand".into();
    document["region"] = Value::Null;
    let snapshot = Snapshot::from_json(&document.to_string()).unwrap();
    assert_eq!(snapshot.region.as_deref(), Some("eu-west-1"));
}

#[test]
fn a_wrong_shape_is_named_by_its_path() {
    let rows = [
        (serde_json::json!({"s3:HeadBucket": []}), "operations.s3:HeadBucket"),
        (serde_json::json!({"s3:GetBucketPolicy": {}}), "operations.s3:GetBucketPolicy"),
        (serde_json::json!({"s3:GetBucketPolicy": {"Policy": {}}}), "operations.s3:GetBucketPolicy.Policy"),
        (serde_json::json!({"s3:GetBucketAcl": {"Error": "AccessDenied"}}), "operations.s3:GetBucketAcl.Error.Code"),
        (
            serde_json::json!({"s3:GetBucketAcl": {"Grants": [{"Permission": "READ"}, {"Permission": 3}]}}),
            "operations.s3:GetBucketAcl.Grants[1].Permission",
        ),
        (
            serde_json::json!({"kms:ListGrants": {"Grants": [{"Operations": "Decrypt"}]}}),
            "operations.kms:ListGrants.Grants[0].Operations",
        ),
    ];
    for (operations, path) in rows {
        let error = read(&operations).unwrap_err();
        assert_eq!(error.path, path, "{operations}: {error}");
    }
    for (text, path) in [("", ""), ("[]", ""), ("{}", "schema"), (r#"{"schema": 1}"#, "schema")] {
        assert_eq!(Snapshot::from_json(text).unwrap_err().path, path, "{text}");
    }
}
