//! S3's requests to KMS on Sailthru's behalf (docs/design/aws-facts.md#s3s-requests-to-kms).

use super::{Facts, Service, VendorAction, VendorRequests, principal};
use crate::names::{Arn, partition_of_region};
use crate::policy::{Request, Target};
use crate::vendor::Writer;

impl VendorRequests<'_> {
    /// S3's request to KMS on Sailthru's behalf, while it handles `object_key`.
    pub(crate) fn key_request(&self, writer: &Writer, action: &str, object_key: &str) -> Request {
        let describes = action.eq_ignore_ascii_case("kms:DescribeKey");
        let put = VendorAction::Put { creates_object: true };
        let context = Service::Kms.context(&Facts { vendor: *self, writer, action: put, object_key, describes });
        let owner = self.key_owner();
        let resource = match self.default_key_arn() {
            Some(arn) => Target::One(arn),
            // The ARN is not known in full: every key that it may be must give the same answer.
            None => Target::Every(known_start(self)),
        };
        Request::general(principal(writer), Target::One(action.to_owned()), resource, owner.as_deref(), context)
    }

    /// The account that owns the key that the default encryption names, where it is known.
    pub(crate) fn key_owner(&self) -> Option<String> {
        let snapshot = self.snapshot;
        let described = || snapshot.key.found().and_then(|answer| answer.key_metadata.owner());
        let named = [self.default_key_arn(), snapshot.named_key().map(str::to_owned)];
        let by_arn = named.into_iter().flatten().find_map(|arn| Arn::parse(&arn).ok());
        by_arn.map(|arn| arn.account).or_else(described)
    }

    /// The encryption context that S3 sends to KMS while it handles `object_key`, as grants compare it: the value of
    /// `aws:s3:arn`.
    pub(crate) fn encryption_context(&self, object_key: &str) -> String {
        let bucket = self.bucket_arn();
        if self.snapshot.uses_bucket_key() { bucket } else { format!("{bucket}/{object_key}") }
    }
}

/// How the ARN of the default key certainly begins: that of a planned key is known up to its id.
fn known_start(vendor: &VendorRequests<'_>) -> String {
    let planned = vendor.snapshot.key.found().and_then(|answer| answer.key_metadata.region());
    let Some(region) = planned else { return "arn:".to_owned() };
    let start = format!("arn:{}:kms:{region}:", partition_of_region(&region));
    vendor.key_owner().map(|account| format!("{start}{account}:key/")).unwrap_or(start)
}
