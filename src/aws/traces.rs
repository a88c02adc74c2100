//! What AWS recorded of the vendor's own acts: versions of the confirmation object, uploads under way, uses of the key.
//!
//! docs/design/evidence.md says what each proves and how much is asked.

use std::time::Duration;

use aws_sdk_cloudtrail::types::{Event as TrailEvent, LookupAttribute, LookupAttributeKey};
use aws_sdk_s3::types::Owner;
use aws_smithy_types::DateTime;
use serde_json::Value;

use super::object::{TOOL, rfc3339};
use super::reader::Reader;
use super::reads::{default_key, named_key, region_of};
use super::settings::Evidence;
use crate::snapshot::traces::{
    Actor, Event, EventsAnswer, KeyEvent, KeyLastUsageAnswer, KeyUsage, MultipartUploadsAnswer, ObjectVersion,
    ObjectVersionsAnswer, UploadBegun,
};
use crate::snapshot::{Fact, Operation, ReadFailure, Snapshot};
use crate::vendor::PROBE_KEY;

/// How many of the newest versions are looked at to tell ours from others'.
const MOST_HEADS: usize = 3;
/// Pages of each search of the event history.
const MOST_EVENT_PAGES: usize = 2;
/// CloudTrail takes two look-ups a second in an account and Region
/// (<https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>).
const BETWEEN_LOOKUPS: Duration = Duration::from_millis(500);

impl Reader<'_> {
    /// What the evidence of the vendor's acts is judged by: default encryption, its key, and what AWS recorded.
    pub(super) async fn read_evidence(&self, region: &str, evidence: &Evidence, snapshot: &mut Snapshot) {
        snapshot.encryption = self.encryption(region).await;
        let named = snapshot.encryption.found().and_then(named_key);
        if let Some(alias) = named.filter(|id| id.contains("alias/")) {
            snapshot.key = self.key(&alias, region).await;
        }
        let key = default_key(snapshot);
        snapshot.key_last_usage = self.key_last_usage(key.as_deref(), region).await;
        Box::pin(self.traces(snapshot, key.as_deref(), region, &evidence.vendor)).await;
    }

    /// The last use of the default key; asked before our own probe uses it.
    pub(super) async fn key_last_usage(&self, key: Option<&str>, region: &str) -> Fact<KeyLastUsageAnswer> {
        let Some(key) = key else { return Fact::NotRead };
        let kms = self.clients.kms(&region_of(key, region));
        let call = kms.get_key_last_usage().key_id(key).send();
        let keep = |output: aws_sdk_kms::operation::get_key_last_usage::GetKeyLastUsageOutput| {
            Ok(KeyLastUsageAnswer {
                key_id: output.key_id,
                key_last_usage: output.key_last_usage.map(|usage| KeyUsage {
                    operation: usage.operation.map(|operation| operation.as_str().to_owned()),
                    timestamp: usage.timestamp.and_then(rfc3339).map(Value::from),
                    cloud_trail_event_id: usage.cloud_trail_event_id,
                }),
            })
        };
        self.session.read(Operation::GetKeyLastUsage, call, keep).await
    }

    /// Everything else that may name the vendor.
    pub(super) async fn traces(&self, snapshot: &mut Snapshot, key: Option<&str>, region: &str, vendor: &[String]) {
        (snapshot.versions, snapshot.multipart_uploads, snapshot.events) = tokio::join!(
            Box::pin(self.versions(region)),
            self.uploads(region),
            Box::pin(self.events(snapshot, key, region, vendor))
        );
    }

    async fn versions(&self, region: &str) -> Fact<ObjectVersionsAnswer> {
        let s3 = self.clients.s3(region);
        let call = s3
            .list_object_versions()
            .bucket(self.bucket())
            .prefix(PROBE_KEY)
            .set_expected_bucket_owner(self.owner())
            .send();
        let page = match self.session.read(Operation::ListObjectVersions, call, Ok).await {
            Fact::Found(page) => page,
            Fact::Absent(failure) | Fact::Unreadable(failure) => return Fact::Unreadable(failure),
            Fact::NotRead => return Fact::NotRead,
        };
        let version =
            |(key, version_id, last_modified, owner): (_, Option<String>, Option<DateTime>, Option<Owner>)| {
                let of_probe = key == Some(PROBE_KEY.to_owned());
                of_probe.then(|| ObjectVersion {
                    key: PROBE_KEY.to_owned(),
                    version_id: version_id.unwrap_or_default(),
                    last_modified: last_modified.and_then(rfc3339).unwrap_or_default(),
                    owner: owner.map(|owner| Actor { id: owner.id, display_name: owner.display_name }),
                })
            };
        let versions = page.versions.into_iter().flatten();
        let versions = versions.map(|one| (one.key, one.version_id, one.last_modified, one.owner));
        let markers = page.delete_markers.into_iter().flatten();
        let markers = markers.map(|one| (one.key, one.version_id, one.last_modified, one.owner));
        let mut versions: Vec<ObjectVersion> = versions.filter_map(version).collect();
        versions.sort_by(|one, other| other.last_modified.cmp(&one.last_modified));
        let mut foreign = Vec::new();
        for version in versions.into_iter().take(MOST_HEADS) {
            if !self.is_ours(&s3, &version).await {
                foreign.push(version);
            }
        }
        Fact::Found(ObjectVersionsAnswer { versions: foreign, delete_markers: markers.filter_map(version).collect() })
    }

    /// Whether a version carries our mark; one that cannot be looked at counts as ours, since it proves nothing.
    async fn is_ours(&self, s3: &aws_sdk_s3::Client, version: &ObjectVersion) -> bool {
        let call = s3
            .head_object()
            .bucket(self.bucket())
            .key(PROBE_KEY)
            .version_id(&version.version_id)
            .set_expected_bucket_owner(self.owner())
            .send();
        match self.session.ask(Operation::HeadObject, call).await {
            Ok(head) => head.metadata.is_some_and(|metadata| metadata.contains_key(TOOL)),
            Err(_) => true,
        }
    }

    async fn uploads(&self, region: &str) -> Fact<MultipartUploadsAnswer> {
        let s3 = self.clients.s3(region);
        let call = s3.list_multipart_uploads().bucket(self.bucket()).set_expected_bucket_owner(self.owner()).send();
        let keep = |page: aws_sdk_s3::operation::list_multipart_uploads::ListMultipartUploadsOutput| {
            let uploads = page.uploads.unwrap_or_default().into_iter().map(|upload| UploadBegun {
                key: upload.key.unwrap_or_default(),
                initiated: upload.initiated.and_then(rfc3339).unwrap_or_default(),
                initiator: upload
                    .initiator
                    .map(|initiator| Actor { id: initiator.id, display_name: initiator.display_name }),
            });
            Ok(MultipartUploadsAnswer { uploads: uploads.collect() })
        };
        self.session.read(Operation::ListMultipartUploads, call, keep).await
    }

    /// The vendor's uses of the key for this bucket: by the id of the last use, else by the key and by the event's name.
    async fn events(
        &self,
        snapshot: &Snapshot,
        key: Option<&str>,
        region: &str,
        vendor: &[String],
    ) -> Fact<EventsAnswer> {
        let Some(key) = key else { return Fact::NotRead };
        let region = region_of(key, region);
        let last = snapshot
            .key_last_usage
            .found()
            .and_then(|answer| answer.key_last_usage.as_ref()?.cloud_trail_event_id.clone());
        let bucket = snapshot.bucket_arn();
        let searches = last.map(|id| (LookupAttributeKey::EventId, id, 1)).into_iter().chain([
            (LookupAttributeKey::ResourceName, key.to_owned(), MOST_EVENT_PAGES),
            (LookupAttributeKey::EventName, "GenerateDataKey".to_owned(), MOST_EVENT_PAGES),
        ]);
        for (attribute, value, pages) in searches {
            let events = match self.search(&region, attribute, &value, pages).await {
                Ok(events) => {
                    events.into_iter().filter_map(|event| reduced(event, &bucket, vendor)).collect::<Vec<_>>()
                }
                Err(failure) => return Fact::Unreadable(failure),
            };
            if !events.is_empty() {
                return Fact::Found(EventsAnswer { events });
            }
        }
        Fact::Found(EventsAnswer::default())
    }

    async fn search(
        &self,
        region: &str,
        attribute: LookupAttributeKey,
        value: &str,
        pages: usize,
    ) -> Result<Vec<TrailEvent>, ReadFailure> {
        let trail = self.clients.cloudtrail(region);
        let attribute = LookupAttribute::builder().attribute_key(attribute).attribute_value(value).build().ok();
        let (mut events, mut token) = (Vec::new(), None);
        for _ in 0..pages {
            let call = trail.lookup_events().set_lookup_attributes(attribute.clone().map(|one| vec![one]));
            let page = self.session.ask(Operation::LookupEvents, call.set_next_token(token).send()).await?;
            self.session.rest(BETWEEN_LOOKUPS).await;
            events.extend(page.events.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        Ok(events)
    }
}

/// An event of the vendor's for this bucket, with nothing but what is kept of it.
fn reduced(event: TrailEvent, bucket: &str, vendor: &[String]) -> Option<Event> {
    let record = KeyEvent::parse(event.cloud_trail_event.as_deref()?)?;
    let is_vendor = record.account.as_ref().is_some_and(|account| vendor.contains(account));
    (is_vendor && record.is_for_bucket(bucket)).then(|| Event {
        event_id: event.event_id.unwrap_or_default(),
        event_time: event.event_time.and_then(rfc3339).map(Value::from),
        event_name: event.event_name.unwrap_or_default(),
        cloud_trail_event: record.to_record(),
    })
}
