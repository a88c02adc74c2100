//! Errors of AWS as people paste them, in every form that tools and tickets give them.

use stc_check::refusal::error_text::ErrorText;
use stc_check::refusal::{Cause, Known, Refusal};

const PUT: &str = "s3:PutObject";
const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/Loader/s is not authorized to perform: s3:PutObject on \
                    resource: \"arn:aws:s3:::acme-exports/a.csv\"";
const ORGANIZATION: &str = "arn:aws:organizations::987654321098:policy/o-qv5af4abcd";

#[expect(clippy::too_many_lines, reason = "it is a table")]
/// What a text is, by whom it says that it was refused, and of which operation.
fn forms() -> Vec<(String, Cause, &'static str)> {
    use Cause as C;
    let with = |before: &str, after: &str| format!("{before}{USER} {after}");
    let deny = |policy: &str| format!("with an explicit deny in {policy}");
    vec![
        // boto3
        (
            with(
                "botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the PutObject operation: ",
                &deny(&format!("a service control policy: {ORGANIZATION}/service_control_policy/p-2kgnabcd")),
            ),
            C::ServiceControlPolicy,
            PUT,
        ),
        (
            with(
                "boto3.exceptions.S3UploadFailedError: Failed to upload a.csv to acme-exports/a.csv: An error occurred \
                 (AccessDenied) when calling the PutObject operation: ",
                "because no identity-based policy allows the s3:PutObject action",
            ),
            C::IdentityPolicy,
            PUT,
        ),
        // Terraform, with the AWS SDK for Go
        (
            "Error: putting S3 Bucket (acme-exports) Policy: operation error S3: PutBucketPolicy, https response error \
             StatusCode: 403, RequestID: ABC, HostID: x=, api error AccessDenied: User: arn:aws:iam::111122223333:user/tf is \
             not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::acme-exports\" because public policies \
             are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
                .to_owned(),
            C::BlockPublicAccess,
            "s3:PutBucketPolicy",
        ),
        (
            "Error: error putting S3 policy: AccessDenied: Access Denied\n\tstatus code: 403, request id: 1, host id: a"
                .to_owned(),
            C::Bare,
            "",
        ),
        (
            "Error: No valid credential sources found\n\n  with provider[\"registry.terraform.io/hashicorp/aws\"]".to_owned(),
            C::NoCredentials,
            "",
        ),
        // the AWS SDKs for Java
        (
            with(
                "software.amazon.awssdk.services.s3.model.S3Exception: ",
                &(deny("a resource-based policy")
                    + " (Service: S3, Status Code: 403, Request ID: 7V, Extended Request ID: zz) (SDK Attempt Count: 1)"),
            ),
            C::BucketPolicy,
            PUT,
        ),
        (
            "com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied (Service: Amazon S3; Status Code: 403; Error \
             Code: AccessDenied; Request ID: ABC; S3 Extended Request ID: x=; Proxy: null), S3 Extended Request ID: x="
                .to_owned(),
            C::Bare,
            "",
        ),
        (
            "java.nio.file.AccessDeniedException: s3a://acme/x: getFileStatus on s3a://acme/x: \
             com.amazonaws.services.s3.model.AmazonS3Exception: Forbidden (Service: Amazon S3; Status Code: 403; Error Code: \
             403 Forbidden; Request ID: ABC)"
                .to_owned(),
            C::Silent,
            "",
        ),
        // JavaScript, Ruby, PHP, Python, .NET
        (
            "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized to perform: \
             kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:111122223333:key/1234 because no resource-based policy \
             allows the kms:GenerateDataKey action\n    at throwDefaultError (/x/index.js:388:20) {\n  '$fault': 'client',\n  \
             '$metadata': { httpStatusCode: 403 },\n  Code: 'AccessDenied' }"
                .to_owned(),
            C::KeyPolicy,
            "kms:GenerateDataKey",
        ),
        ("Aws::S3::Errors::AccessDenied (Access Denied)".to_owned(), C::Bare, ""),
        (
            "Error executing \"PutObject\" on \"https://acme-exports.s3.amazonaws.com/a\"; AWS HTTP error: Client error: `PUT \
             https://acme-exports.s3.amazonaws.com/a` resulted in a `403 Forbidden` response: <?xml version=\"1.0\"?> \
             <Error><Code>AccessDenied</Code><Message>Access Denied</Message>"
                .to_owned(),
            C::Bare,
            PUT,
        ),
        ("PermissionError: Access Denied".to_owned(), C::Bare, ""),
        ("Amazon.S3.AmazonS3Exception: Access Denied\n ---> Amazon.Runtime.Internal".to_owned(), C::Bare, ""),
        // other tools
        ("ERROR: S3 error: 403 (AccessDenied): Access Denied".to_owned(), C::Bare, ""),
        ("Failed to copy: AccessDenied: Access Denied status code: 403, request id: XYZ".to_owned(), C::Bare, ""),
        ("Failure using stage area. Cause: [Access Denied (Status Code: 403; Error Code: AccessDenied)]".to_owned(), C::Bare, ""),
        // wrapped, in lower case, out of a ticket
        (
            format!(
                "An error occurred (AccessDenied) when calling the\nPutObject operation: User:\n  arn:aws:iam::1:user/x is not \
                 authorized to perform:\n  s3:PutObject on resource: \"r\" with an explicit\n  deny in a resource control\n  \
                 policy: {ORGANIZATION}/resource_control_policy/p-abc"
            ),
            C::ResourceControlPolicy,
            PUT,
        ),
        (with("", &deny("a VPC endpoint policy")).to_lowercase(), C::VpcEndpointPolicy, "s3:putobject"),
        (
            USER.replace("resource: \"", "resource: \u{201c}").replace("csv\"", "csv\u{201d}")
                + " with an explicit deny in a resource\u{2011}based policy",
            C::BucketPolicy,
            PUT,
        ),
        // newer sentences
        (with("AccessDenied: ", "because no permissions boundary allows the s3:PutObject action"), C::PermissionsBoundary, PUT),
        (with("", "because no session policy allows the s3:PutObject action"), C::SessionPolicy, PUT),
        (with("", "because no service control policy allows the s3:PutObject action"), C::ServiceControlPolicy, PUT),
        (
            with("", &deny("an identity-based policy: arn:aws:iam::111122223333:policy/Quarantine")),
            C::IdentityPolicy,
            PUT,
        ),
        (
            with("", "because no identity-based policy allows the s3:PutObject action. Encoded authorization failure message: A1"),
            C::IdentityPolicy,
            PUT,
        ),
        // broken by an editor, by an e-mail and by a terminal
        (with("", "with an explicit deny in a resource-\nbased policy"), C::BucketPolicy, PUT),
        (with("> An error occurred\n> (AccessDenied): ", "because no identity-\n> > based policy allows it"), C::IdentityPolicy, PUT),
        (with("", "with an expl\nicit deny in a resource contr\nol policy"), C::ResourceControlPolicy, PUT),
        (
            "An error occurred\n(403) when calling the\nHeadObject operation: Forbidden".to_owned(),
            C::Silent,
            "s3:HeadObject",
        ),
        // a printed answer of boto3
        (
            "{'Error': {'Code': '404', 'Message': 'Not Found'}, 'ResponseMetadata': {'HTTPStatusCode': 404}}".to_owned(),
            C::NotThere,
            "",
        ),
        // KMS's answers where nothing names the operation
        (
            "Aws::KMS::Errors::NotFoundException: Invalid keyId '1234abcd-12ab-34cd-56ef-1234567890ab'".to_owned(),
            C::KeyMissing,
            "",
        ),
        ("{\"__type\":\"NotFoundException\",\"message\":\"Topic does not exist\"}".to_owned(), C::Unrecognised, ""),
        // other operations
        (
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::1:user/ops is not \
             authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/outsider"
                .to_owned(),
            C::AssumeRole,
            "sts:AssumeRole",
        ),
        (
            "An error occurred (400) when calling the HeadObject operation: Bad Request".to_owned(),
            C::BadRequest,
            "s3:HeadObject",
        ),
        (
            "fatal error: An error occurred (403) when calling the HeadBucket operation: Forbidden".to_owned(),
            C::Silent,
            "s3:HeadBucket",
        ),
        (
            "kms:AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in \
             this region, or you are not allowed to access."
                .to_owned(),
            C::ForeignKey,
            "",
        ),
        (
            "An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: You are not authorized \
             to perform this operation."
                .to_owned(),
            C::Bare,
            "DescribeInstances",
        ),
        (
            "An error occurred (AWSOrganizationsNotInUseException) when calling the DescribeOrganization operation: Your \
             account is not a member of an organization."
                .to_owned(),
            C::NotThere,
            "organizations:DescribeOrganization",
        ),
        // logins
        ("Your session has expired. Please reauthenticate using 'aws login'.".to_owned(), C::Expired, ""),
        ("Error when retrieving token from sso: Token has expired and refresh failed".to_owned(), C::Expired, ""),
        ("Unable to locate credentials. You can configure credentials by running \"aws configure\".".to_owned(), C::NoCredentials, ""),
        (
            "An error occurred (InvalidToken) when calling the ListObjectsV2 operation: The provided token is malformed or \
             otherwise invalid."
                .to_owned(),
            C::RegionNotEnabled,
            "s3:ListObjectsV2",
        ),
        // CloudTrail
        (
            format!(
                "{{\"eventName\": \"PutObject\", \"errorCode\": \"AccessDenied\", \"errorMessage\": \"{}\"}}",
                with("", &deny("a resource-based policy")).replace('"', "\\\"")
            ),
            C::BucketPolicy,
            PUT,
        ),
    ]
}

/// Sentences of AWS without any code, as .NET prints them and people quote them.
#[test]
fn a_sentence_alone_is_known() {
    use Cause as C;
    for (sentence, cause) in [
        ("Invalid arn us-west-2", C::KeyMissing),
        ("Key 'arn:aws:kms:us-east-1:111122223333:key/1234' does not exist", C::KeyMissing),
        ("Amazon.S3.AmazonS3Exception: Invalid keyId 'alias/aws/s3'", C::KeyMissing),
        ("arn:aws:kms:us-east-1:111122223333:key/1234 is disabled.", C::KeyDisabled),
        ("arn:aws:kms:us-east-1:111122223333:key/1234 is pending deletion.", C::KeyState),
        ("You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.", C::Throttled),
        ("The conditional request cannot succeed due to a conflicting operation against this resource.", C::Conflict),
        ("The eu-west-1 location constraint is incompatible for the region specific endpoint", C::WrongRegion),
        (
            "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
            C::WrongRegion,
        ),
        ("The specified bucket does not exist", C::NoBucket),
        ("The bucket policy does not exist", C::NotThere),
        ("The public access block configuration was not found", C::NotThere),
        ("The bucket does not allow ACLs", C::AclsDisabled),
        ("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", C::AclsInUse),
        ("Policy has invalid resource", C::DocumentRefused),
        ("Please reduce your request rate.", C::Throttled),
        (
            "Requests specifying Server Side Encryption with AWS KMS managed keys must be made over a secure connection.",
            C::PlainHttp,
        ),
        ("The feature is disabled.", C::Unrecognised),
        ("It failed because no colleague would allow it", C::Unrecognised),
    ] {
        let read = ErrorText::read(sentence);
        assert_eq!(Refusal::of(read.answer(), Known::default()).cause, cause, "{sentence}");
    }
}

#[test]
fn every_form_is_put_down_to_whom_aws_names() {
    let forms = forms();
    assert!(forms.len() >= 35, "{} forms", forms.len());
    for (text, cause, operation) in forms {
        let read = ErrorText::read(&text);
        let refusal = Refusal::of(read.answer(), Known::default());
        assert_eq!((refusal.cause, read.operation.as_str()), (cause, operation), "{text}");
        assert!(!read.message.contains('\n'), "one line: {:?}", read.message);
    }
}
