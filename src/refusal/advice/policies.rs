//! Refusals by the caller's own policies, and by those of the bucket and its organization.

use super::keys::KEY_CHECKS;
use super::{Advice, NO_VERDICT, NOT_ABOUT_SAILTHRU, SAILTHRUS_OWN};
use crate::refusal::{Cause, Denial, Refusal};
use crate::report::CheckId;

const POLICY_CHECKS: &[CheckId] = &[
    CheckId::PolicyPutObject,
    CheckId::PolicyListBucket,
    CheckId::PolicyDeleteObject,
    CheckId::PolicyDocument,
    CheckId::PublicAccessBlock,
];

const BARE: &str = "Sailthru gets exactly this, whatever on your side refuses it: the bucket policy, Block Public \
                    Access on a public policy, a resource control policy, Requester Pays. Its own policies may refuse \
                    too. Run the check on your bucket.";
const BARE_CHECKS: &[CheckId] = &[
    CheckId::PolicyPutObject,
    CheckId::PolicyListBucket,
    CheckId::PolicyDeleteObject,
    CheckId::PublicAccessBlock,
    CheckId::DeliveryRequesterPays,
    CheckId::OrganizationRcp,
    CheckId::BucketOwner,
];

impl Refusal<'_> {
    fn is_explicit(&self) -> bool {
        self.denial == Some(Denial::Explicit)
    }

    /// A policy that the caller meets and Sailthru does not.
    fn own(&self, what: impl Into<String>, remedy: impl Into<String>, who: &str) -> Advice {
        let is_s3 = self.answer.operation.starts_with("s3:");
        let checks: &[CheckId] = if is_s3 { &[CheckId::PolicyPutObject] } else { &[] };
        Advice::new(what, remedy, who, NOT_ABOUT_SAILTHRU, SAILTHRUS_OWN, checks)
    }

    pub(in crate::refusal) fn of_the_callers_policies(&self) -> Advice {
        let named = self.named_policies();
        match (self.cause, self.is_explicit()) {
            (Cause::IdentityPolicy, false) => self
                .own("your IAM policies do not allow it", "", "whoever manages the IAM policies of your role")
                .asking_for(self.needed_action(), "your role needs ", ""),
            (Cause::IdentityPolicy, true) => self.own(
                format!("a Deny in your own IAM policies{named} applies to it"),
                "ask whoever manages the IAM policies of your role to change that Deny; another Allow does not help",
                "whoever manages the IAM policies of your role",
            ),
            (Cause::PermissionsBoundary, explicit) => self.own(
                format!("the permissions boundary of your role{named} {}", refuses(explicit)),
                "ask whoever set the permissions boundary of your role to widen it",
                "whoever set the permissions boundary of your role",
            ),
            (Cause::SessionPolicy, explicit) => self.own(
                format!("the session policy of your sign-in{named} {}", refuses(explicit)),
                "sign in without that session policy, or ask whoever issues your sessions to widen it",
                "whoever issues your sessions",
            ),
            (Cause::ServiceControlPolicy, explicit) => self.own(
                format!("a service control policy of your organization{named} {}", refuses(explicit)),
                "ask whoever manages your organization's service control policies, or run the check as a role that \
                 they exempt",
                "whoever manages your organization's service control policies",
            ),
            (Cause::VpcEndpointPolicy, explicit) => self.own(
                format!("the policy of the VPC endpoint that your requests go through{named} {}", refuses(explicit)),
                "run the check from another network, or ask whoever manages the VPC endpoint to open it for this bucket",
                "whoever manages the VPC endpoint",
            ),
            (Cause::TrustPolicy, explicit) => self.own(
                format!("the trust policy of the role {}", refuses(explicit)),
                "let the role's trust policy name you, with the external id that it asks for (`--external-id`)",
                "whoever manages the role",
            ),
            (Cause::AssumeRole, _) => self.own(
                "either the role's trust policy does not name you (or asks for another external id), or your IAM \
                 policies do not allow `sts:AssumeRole` on the role",
                "check the ARN of `--probe-role-arn`, the role's trust policy and `--external-id`",
                "whoever manages the role",
            ),
            _ => Advice::new(
                format!("a Deny{named} applies to it, and AWS does not say in which policy"),
                "look for it in the IAM policies of your role, in the service control policies of your organization \
                 and in the policy of the bucket or the key",
                "whoever manages the policy with the Deny",
                NO_VERDICT,
                "A Deny on one of the two sides; the line does not say on which. Check your bucket policy and key \
                 policy first.",
                POLICY_CHECKS,
            ),
        }
    }

    pub(in crate::refusal) fn of_the_bucket(&self) -> Advice {
        match self.cause {
            Cause::BucketPolicy => self.by_bucket_policy(),
            Cause::BlockPublicAccess => Advice::new(
                "Block Public Access refuses to save a public policy or ACL",
                "take out what makes it public; do not turn Block Public Access off",
                "whoever writes the policy or the ACL",
                "Sailthru needs no public policy and no ACL: leave Block Public Access on.",
                "Sailthru sends no ACLs and no policies, so this line is not about its uploads.",
                &[CheckId::PublicAccessBlock, CheckId::PublicPolicy, CheckId::PublicAcl],
            ),
            Cause::AclsDisabled => Advice::new(
                "ACLs are disabled on the bucket (BucketOwnerEnforced), and the request carried one",
                "send the request without an ACL",
                "whoever sends the request",
                "Disabled ACLs are right for Sailthru, which sends none.",
                "Sailthru is not known to send ACLs. If it did, your bucket would have to enable them: ask Sailthru \
                 Support why the request carries one.",
                &[CheckId::DeliveryOwnership],
            ),
            Cause::BlockedEncryption => Advice::new(
                "the bucket blocks uploads with this type of encryption",
                "upload without SSE-C headers",
                "whoever sends the request",
                "Sailthru sends no encryption headers, so the block does not touch it.",
                "Sailthru sends no encryption headers, so this line is not about its usual uploads.",
                &[CheckId::EncryptionDefault],
            ),
            Cause::ResourceControlPolicy => Advice::new(
                format!("a resource control policy of your organization{} denies it", self.named_policies()),
                "ask whoever manages your organization's resource control policies whether Sailthru's account is \
                 exempt; your bucket policy cannot override them",
                "whoever manages your organization's resource control policies",
                "It may bind Sailthru too: such policies often exempt third parties by account, or deny by network. \
                 `--organization-policy FILE` judges a copy of the policy for Sailthru.",
                "Your organization's resource control policies do not exempt Sailthru's account.",
                &[CheckId::OrganizationRcp],
            ),
            Cause::NotTheOwner => Advice::new(
                "only the account that owns the bucket can do this, and you are signed in to another",
                "run the check with credentials of the account that owns the bucket",
                "you, with credentials of the bucket's account",
                NO_VERDICT,
                "Sailthru does not read bucket policies: this line is not about its uploads.",
                &[CheckId::BucketOwner],
            ),
            Cause::Retention => Advice::new(
                "Object Lock protects this version of the object",
                "delete without a version id, which leaves a delete marker; the version goes when its retention or \
                 hold ends",
                "nobody before the retention or hold ends (compliance mode), or someone with \
                 `s3:BypassGovernanceRetention`",
                "Sailthru deletes without version ids, which Object Lock does not refuse.",
                "Sailthru deletes without version ids, so the line is not about its usual deletes.",
                &[CheckId::DeliveryObjectLock, CheckId::ProbeDelete],
            ),
            _ => self.without_reason(),
        }
    }

    fn by_bucket_policy(&self) -> Advice {
        let named = self.named_policies();
        // RestrictPublicBuckets lets the owner's own account through.
        let or =
            if self.known.is_owner == Some(true) { "" } else { ", or Block Public Access restricts a public policy" };
        let (what, remedy) = if self.is_explicit() {
            (
                format!("a Deny in the bucket policy{named} applies to you{or}"),
                "change the statement that applies to you; if it keeps you from changing the policy itself, only the \
                 root user of the account can delete the policy",
            )
        } else {
            (
                "neither the bucket policy nor an ACL in effect allows it".to_owned(),
                "allow it in the bucket policy: `stc-check policy` prints the statements that Sailthru needs",
            )
        };
        let (vendor, quoted) = if self.is_explicit() {
            (
                "The statement may hit Sailthru too, or be meant for everyone but Sailthru: the `policy.*` checks \
                 evaluate it for Sailthru.",
                "Your bucket policy (or Block Public Access on a public policy) refuses Sailthru: run the check to see \
                 which statement.",
            )
        } else {
            (
                "It may allow Sailthru all the same: the `policy.*` checks evaluate it for Sailthru.",
                "No statement of your bucket policy allows it for Sailthru: run the check, which says what is missing.",
            )
        };
        Advice::new(what, remedy, "whoever may change your bucket policy", vendor, quoted, POLICY_CHECKS)
    }

    /// "Access Denied" alone, and HEAD's answers, which have no sentence.
    fn without_reason(&self) -> Advice {
        let is_s3 = self.answer.operation.is_empty() || self.answer.operation.starts_with("s3:");
        let (quoted, checks): (_, &[CheckId]) = if is_s3 {
            (BARE, BARE_CHECKS)
        } else if self.answer.operation.starts_with("kms:") {
            ("The key policy, or Sailthru's own policies: run the check, which evaluates the key policy.", KEY_CHECKS)
        } else {
            ("The line is about another service than S3 and KMS, and not about your bucket.", &[])
        };
        let advice = |what: &str, remedy: &str, who: &str| Advice::new(what, remedy, who, NO_VERDICT, quoted, checks);
        if self.answer.message.to_lowercase().contains("encoded authorization failure message") {
            return advice(
                "AWS gives the reason in the encoded message only",
                "decode it with `aws sts decode-authorization-message --encoded-message TEXT`, signed in to the account \
                 that got it",
                "not known before it is decoded",
            );
        }
        let is_silent = self.cause == Cause::Silent || self.known.is_owner == Some(true) || !is_s3;
        let (advice, first) = if is_silent {
            let who = "not known: your IAM policies, your organization's policies, or the policy of the bucket or key";
            (advice("AWS does not say which policy refused", "", who), "first ")
        } else {
            let what = "S3 gives no reason, as it never does to callers outside the bucket's account and organization: \
                        most likely you are signed in to another account than the bucket's, or \
                        `--expected-bucket-owner` names the wrong one";
            let who = "you, with credentials of the bucket's account, if that is what is wrong";
            let first = "sign in to the account that owns the bucket; if you are in that account, ";
            (advice(what, "", who), first)
        };
        match self.needed_action() {
            Some(action) => advice.asking_for(Some(action), &format!("{first}check that your role has "), ""),
            None => Advice { remedy: format!("{first}check the IAM policies of your role"), ..advice },
        }
    }
}

fn refuses(explicit: bool) -> &'static str {
    if explicit { "denies it" } else { "does not allow it" }
}
