//! The organization of the caller's account: asked beside the rest, and never waited for.
//!
//! It is good to know and no more (docs/design/evaluation.md#organization), and many roles may not ask for it. In a network
//! that lets requests through to the endpoints of S3, KMS and STS alone, no answer comes at all.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::convert;
use super::reader::Reader;
use crate::snapshot::{Fact, Operation, OrganizationAnswer};

/// How much longer than the rest it may take: one round to the Region where the service is, from the other end of the world.
const LONGER: Duration = Duration::from_secs(1);

impl Reader<'_> {
    /// The rest, and the organization if its answer comes with it.
    pub(super) async fn beside_the_organization<T>(
        &self,
        rest: impl Future<Output = T>,
    ) -> (T, Fact<OrganizationAnswer>) {
        let call = self.clients.organizations().describe_organization().send();
        let organization = self.session.read(Operation::DescribeOrganization, call, convert::organization);
        match select(pin!(rest), organization).await {
            Either::Left((rest, organization)) => {
                let answer = tokio::time::timeout(LONGER, organization).await;
                (rest, answer.unwrap_or(Fact::NotRead))
            }
            Either::Right((organization, rest)) => (rest.await, organization),
        }
    }
}
