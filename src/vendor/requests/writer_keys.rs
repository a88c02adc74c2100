//! What is known of the keys that say who asks, from where and when (docs/design/aws-facts.md#who-when-and-from-where).

use super::{Facts, OUTSIDE_ORGANIZATIONS, Row, absent, present, row, unknown};
use crate::policy::{Foreign, KeyState};
use crate::snapshot::Operation;
use crate::vendor::Writer;

/// Keys that say who asks, from where and when: the same for S3's and KMS's requests.
pub(super) static WRITER_KEYS: &[Row] = &[
    row("aws:SecureTransport", |_| KeyState::known("true"), "IAM condition keys, aws:SecureTransport; FAQ 1: TLS only"),
    row("aws:userid", present, "IAM condition keys, aws:userid: always there, Sailthru's own"),
    row("aws:username", username, "IAM policy variables, principal table: users only"),
    row("aws:PrincipalOrgID", foreign, OUTSIDE_ORGANIZATIONS).assumed(),
    row("aws:PrincipalOrgPaths", foreign, OUTSIDE_ORGANIZATIONS).assumed(),
    row("aws:PrincipalTag/*", unknown, "IAM condition keys, aws:PrincipalTag: Sailthru's own"),
    row(
        "aws:PrincipalIsAWSService",
        |_| KeyState::known("false"),
        "IAM condition keys, aws:PrincipalIsAWSService: on all signed calls",
    ),
    row("aws:PrincipalServiceName", absent, "IAM condition keys: AWS services only"),
    row("aws:PrincipalServiceNamesList", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceArn", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceAccount", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOwner", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOrgID", absent, "IAM condition keys: AWS services only"),
    row("aws:SourceOrgPaths", absent, "IAM condition keys: AWS services only"),
    row(
        "aws:SourceIp",
        |_| KeyState::Excluded(Foreign::PublicAddress),
        "IAM condition keys, aws:SourceIp: public addresses only, absent through a VPC endpoint",
    ),
    row(
        "aws:MultiFactorAuthPresent",
        multi_factor,
        "IAM condition keys, aws:MultiFactorAuthPresent: nobody types a code for a scheduled job",
    ),
    row("aws:MultiFactorAuthAge", absent, "IAM condition keys, aws:MultiFactorAuthAge: only with MFA"),
    row("aws:TokenIssueTime", token_issue_time, "IAM condition keys, aws:TokenIssueTime: temporary credentials only"),
    row("aws:FederatedProvider", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("aws:SourceIdentity", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("aws:Ec2InstanceSourceVpc", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("aws:Ec2InstanceSourcePrivateIPv4", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("ec2:SourceInstanceArn", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("lambda:SourceFunctionArn", of_temporary_credentials, "IAM condition keys: Lambda role credentials only"),
    row("aws:SignInSessionArn", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("aws:AssumedRoot", assumed_root, "IAM condition keys, aws:AssumedRoot: sessions of the root user only"),
    row("aws:ChatbotSourceArn", of_temporary_credentials, "IAM condition keys: depends on how the role was assumed"),
    row("ec2:RoleDelivery", of_temporary_credentials, "IAM condition keys: EC2 role credentials only"),
    row("glue:RoleAssumedBy", of_temporary_credentials, "IAM condition keys: Glue role credentials only"),
    row("glue:CredentialIssuingService", of_temporary_credentials, "IAM condition keys: Glue role credentials only"),
    row("codebuild:BuildArn", of_temporary_credentials, "IAM condition keys: CodeBuild role credentials only"),
    row("codebuild:ProjectArn", of_temporary_credentials, "IAM condition keys: CodeBuild role credentials only"),
    row("ssm:SourceInstanceArn", of_temporary_credentials, "IAM condition keys: Systems Manager credentials only"),
    row("identitystore:UserId", of_temporary_credentials, "IAM condition keys: Identity Center sessions only"),
    row("aws:CalledViaAWSMCP", absent, "IAM condition keys, aws:CalledViaAWSMCP: not through an AWS MCP server"),
    row(
        "aws:ViaAWSMCPService",
        |_| KeyState::OneOf(vec![KeyState::Absent, KeyState::known("false")]),
        "IAM condition keys, aws:ViaAWSMCPService: not through an AWS MCP server",
    ),
    row("aws:RequestedRegion", region, "IAM condition keys, aws:RequestedRegion: the bucket's after redirects")
        .from(&[Operation::HeadBucket]),
    row("aws:RequestTag/*", absent, "IAM condition keys: tagging operations only"),
    row("aws:TagKeys", absent, "IAM condition keys: tagging operations only"),
    row(
        "aws:CurrentTime",
        |facts| KeyState::known(facts.vendor.snapshot.taken_at.to_string()),
        "IAM condition keys, aws:CurrentTime; the time of the run",
    ),
    row(
        "aws:EpochTime",
        |facts| KeyState::known(facts.vendor.snapshot.taken_at.as_second().to_string()),
        "IAM condition keys, aws:EpochTime; the time of the run",
    ),
    row("aws:UserAgent", present, "IAM condition keys, aws:UserAgent: not published by Sailthru"),
    row("aws:Referer", absent, "IAM condition keys, aws:referer: not for programmatic calls"),
];

pub(super) fn foreign(_: &Facts<'_>) -> KeyState {
    KeyState::Excluded(Foreign::Identifier { vendor: Vec::new() })
}

/// Identifiers of accounts: the vendor's own may well be named.
pub(super) fn foreign_account(writer: &Writer) -> KeyState {
    KeyState::Excluded(Foreign::Identifier { vendor: vec![writer.arn().account.clone()] })
}

/// By who writes: a user, a role or a session of one, or any principal of an account.
fn by_writer(facts: &Facts<'_>, [user, role, anyone]: [KeyState; 3]) -> KeyState {
    match facts.writer {
        Writer::User(_) => user,
        Writer::Role(_) | Writer::Session(_) => role,
        Writer::Account { .. } => anyone,
    }
}

fn username(facts: &Facts<'_>) -> KeyState {
    let name = facts.writer.arn().resource.rsplit('/').next().unwrap_or_default();
    by_writer(facts, [KeyState::known(name), KeyState::Absent, KeyState::Unknown])
}

fn multi_factor(facts: &Facts<'_>) -> KeyState {
    by_writer(facts, [KeyState::Absent, KeyState::known("false"), KeyState::known("false")])
}

fn token_issue_time(facts: &Facts<'_>) -> KeyState {
    by_writer(facts, [KeyState::Absent, KeyState::Present, KeyState::Unknown])
}

fn of_temporary_credentials(facts: &Facts<'_>) -> KeyState {
    by_writer(facts, [KeyState::Absent, KeyState::Unknown, KeyState::Unknown])
}

fn assumed_root(facts: &Facts<'_>) -> KeyState {
    by_writer(facts, [KeyState::Absent, KeyState::Absent, KeyState::Unknown])
}

fn region(facts: &Facts<'_>) -> KeyState {
    facts.vendor.snapshot.region.as_deref().map_or(KeyState::Present, KeyState::known)
}
