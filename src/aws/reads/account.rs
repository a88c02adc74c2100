//! Who asks, and what the caller's account and its organization say.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::super::reader::Reader;
use super::access_block;
use crate::snapshot::{CallerIdentity, Fact, Operation, Organization, OrganizationAnswer, PublicAccessBlockAnswer};

/// How much longer than the rest the organization may take: one round to the Region where the service is, from the other
/// end of the world.
const LONGER: Duration = Duration::from_secs(1);

impl Reader<'_> {
    /// Who asks; asked once, as more than one part of a run waits for it.
    pub(in crate::aws) async fn caller(&self) -> Fact<CallerIdentity> {
        let ask = || {
            let call = self.clients.sts().get_caller_identity().send();
            self.session.read(Operation::GetCallerIdentity, call, |output| match output.account {
                Some(_) => Ok(CallerIdentity { account: output.account, arn: output.arn, user_id: output.user_id }),
                None => Err("the answer names no account"),
            })
        };
        self.once.caller.get_or_init(ask).await.clone()
    }

    /// Who asks, and the public access block of the account that owns, or should own, the bucket.
    pub(in crate::aws) async fn caller_and_account(&self) -> (Fact<CallerIdentity>, Fact<PublicAccessBlockAnswer>) {
        let caller = self.caller();
        if let Some(owner) = self.owner() {
            return tokio::join!(caller, self.account_access_block(owner));
        }
        let caller = caller.await;
        let account = match &caller {
            Fact::Found(CallerIdentity { account: Some(account), .. }) => {
                self.account_access_block(account.clone()).await
            }
            // Without an account there is nothing to ask; the reason is the caller's.
            Fact::Unreadable(failure) => Fact::Unreadable(failure.clone()),
            _ => Fact::NotRead,
        };
        (caller, account)
    }

    async fn account_access_block(&self, account: String) -> Fact<PublicAccessBlockAnswer> {
        let s3control = self.clients.s3control(&self.clients.first_region);
        let call = s3control.get_public_access_block().account_id(account).send();
        self.session.read(Operation::GetAccountPublicAccessBlock, call, |output| access_block!(output)).await
    }

    /// The rest, and the organization if its answer comes with it: it is asked beside the rest, and never waited for.
    ///
    /// It is good to know and no more (docs/design/evaluation.md#organization), and many roles may not ask for it. In a network
    /// that lets requests through to the endpoints of S3, KMS and STS alone, no answer comes at all.
    pub(in crate::aws) async fn beside_the_organization<T>(
        &self,
        rest: impl Future<Output = T>,
    ) -> (T, Fact<OrganizationAnswer>) {
        let call = self.clients.organizations().describe_organization().send();
        let organization = self.session.read(Operation::DescribeOrganization, call, |output| {
            let organization = output.organization.ok_or("the answer holds no organization")?;
            let organization = Organization { id: organization.id, master_account_id: organization.master_account_id };
            Ok(OrganizationAnswer { organization: Some(organization) })
        });
        match select(pin!(rest), organization).await {
            Either::Left((rest, organization)) => {
                let answer = tokio::time::timeout(LONGER, organization).await;
                (rest, answer.unwrap_or(Fact::NotRead))
            }
            Either::Right((organization, rest)) => (rest.await, organization),
        }
    }
}
