//! What AWS recorded of the vendor's own acts: the answers of the operations that `watch` and `--data` read beside the
//! rest. docs/design/evidence.md says what each proves.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::answers;

/// `aws s3api list-object-versions` of `_ACCESS_CONFIRMATION`, less the versions that stc-check wrote itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct ObjectVersionsAnswer {
    /// What was uploaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ObjectVersion>,
    /// What was deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delete_markers: Vec<ObjectVersion>,
}

/// `aws s3api list-multipart-uploads`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "PascalCase", default)]
pub struct MultipartUploadsAnswer {
    /// Those that are not finished.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uploads: Vec<UploadBegun>,
}

answers! {
    /// A version of an object, or a delete marker.
    pub struct ObjectVersion {
        /// The object's key.
        pub key: String,
        /// `null` for one that was written before versioning.
        pub version_id: String,
        /// RFC 3339.
        pub last_modified: String,
        /// Who owns it, where the service says so.
        pub owner: Option<Actor>,
    }

    /// A multipart upload that is not finished.
    pub struct UploadBegun {
        /// The key of the object that it will be.
        pub key: String,
        /// RFC 3339.
        pub initiated: String,
        /// Who began it.
        pub initiator: Option<Actor>,
    }

    /// Somebody as S3 names them.
    pub struct Actor {
        /// An ARN, or a canonical user id.
        #[serde(rename = "ID")]
        pub id: Option<String>,
        /// A name, where there is one.
        pub display_name: Option<String>,
    }

    /// `aws kms get-key-last-usage`: the last cryptographic operation on the key that succeeded
    /// (<https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html>).
    pub struct KeyLastUsageAnswer {
        /// The key.
        pub key_id: Option<String>,
        /// None where the key was not used since KMS keeps track.
        pub key_last_usage: Option<KeyUsage>,
    }

    /// One use of a key.
    pub struct KeyUsage {
        /// `GenerateDataKey`, …
        pub operation: Option<String>,
        /// RFC 3339, or seconds since 1970.
        pub timestamp: Option<Value>,
        /// The id of CloudTrail's event of it; whose account's is not documented.
        pub cloud_trail_event_id: Option<String>,
    }

    /// `aws cloudtrail lookup-events`, reduced to the uses of the key for this bucket by the vendor's account.
    pub struct EventsAnswer {
        /// Newest first.
        pub events: Vec<Event>,
    }

    /// One event of CloudTrail's event history.
    pub struct Event {
        /// Its id.
        pub event_id: String,
        /// RFC 3339, or seconds since 1970.
        pub event_time: Option<Value>,
        /// `GenerateDataKey`, …
        pub event_name: String,
        /// The record itself, as JSON in a text: account and principal id, encryption context, key, error code.
        pub cloud_trail_event: String,
    }
}

/// A time as the AWS CLI prints it: RFC 3339, or seconds since 1970.
pub(crate) fn time(printed: &Value) -> Option<Timestamp> {
    match printed {
        Value::String(text) => text.parse().ok(),
        seconds => Timestamp::from_duration(SignedDuration::try_from_secs_f64(seconds.as_f64()?).ok()?).ok(),
    }
}

impl Event {
    /// When it happened: RFC 3339 as the AWS CLI prints it, or seconds since 1970.
    #[must_use]
    pub fn time(&self) -> Option<Timestamp> {
        time(self.event_time.as_ref()?)
    }
}

/// What of a CloudTrail record is evidence: who used which key for what
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyEvent {
    /// The account of who used the key.
    pub account: Option<String>,
    /// Their principal id: `AROA…:session`, `AIDA…`.
    pub principal_id: Option<String>,
    /// The values of the request's encryption context.
    pub context: Vec<String>,
    /// The key's ARN.
    pub key: Option<String>,
    /// Why it was refused, where it was.
    pub error_code: Option<String>,
}

impl KeyEvent {
    /// Reads a record, in every shape that KMS writes: an `AWSAccount`, an `AssumedRole` or an `IAMUser` as the identity.
    /// None where it is not JSON.
    #[must_use]
    pub fn parse(record: &str) -> Option<Self> {
        let record: Value = serde_json::from_str(record).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let at = |path: &str| record.pointer(path).and_then(text);
        let resources = record.get("resources").and_then(Value::as_array).into_iter().flatten();
        let key = resources.filter_map(|resource| resource.get("ARN")).find_map(text);
        let context = record.pointer("/requestParameters/encryptionContext").and_then(Value::as_object);
        Some(Self {
            account: at("/userIdentity/accountId")
                .or_else(|| at("/userIdentity/sessionContext/sessionIssuer/accountId")),
            principal_id: at("/userIdentity/principalId"),
            context: context.into_iter().flat_map(|map| map.values()).filter_map(text).collect(),
            key: key.or_else(|| at("/requestParameters/keyId")),
            error_code: at("/errorCode"),
        })
    }

    /// The record again, with nothing but what is kept of it: no access key, no address, no agent.
    #[must_use]
    pub fn to_record(&self) -> String {
        let mut context = serde_json::Map::new();
        for (index, value) in self.context.iter().enumerate() {
            let name = if index == 0 { "aws:s3:arn".to_owned() } else { format!("context-{index}") };
            context.insert(name, Value::from(value.clone()));
        }
        let mut record = serde_json::json!({
            "userIdentity": {"accountId": self.account, "principalId": self.principal_id},
            "requestParameters": {"encryptionContext": context},
            "resources": [{"ARN": self.key}],
        });
        if let (Some(code), Some(members)) = (&self.error_code, record.as_object_mut()) {
            members.insert("errorCode".to_owned(), Value::from(code.clone()));
        }
        record.to_string()
    }

    /// Whether it is a use of a key for this bucket that succeeded: the context is an object's ARN, or with an S3 Bucket Key
    /// the bucket's (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>).
    #[must_use]
    pub fn is_for_bucket(&self, bucket_arn: &str) -> bool {
        let of_bucket = |value: &String| {
            value.strip_prefix(bucket_arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.error_code.is_none() && self.context.iter().any(of_bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: &str = "arn:aws:s3:::acme-exports";

    fn record(identity: &str, context: &str) -> String {
        format!(
            r#"{{"eventVersion":"1.08","userIdentity":{identity},"eventName":"GenerateDataKey","sourceIPAddress":"s3.amazonaws.com","requestParameters":{{"keyId":"arn:aws:kms:us-east-1:111122223333:key/k","encryptionContext":{{"aws:s3:arn":"{context}"}},"keySpec":"AES_256"}},"resources":[{{"ARN":"arn:aws:kms:us-east-1:111122223333:key/k","accountId":"111122223333","type":"AWS::KMS::Key"}}],"recipientAccountId":"111122223333","sharedEventID":"e"}}"#
        )
    }

    #[test]
    fn each_shape_of_the_identity_names_the_account() {
        for identity in [
            r#"{"type":"AWSAccount","principalId":"AROAX:session","accountId":"099647660399","invokedBy":"AWS Internal"}"#,
            r#"{"type":"AssumedRole","principalId":"AROAX:session","arn":"arn:aws:sts::099647660399:assumed-role/r/session","sessionContext":{"sessionIssuer":{"accountId":"099647660399"}}}"#,
            r#"{"type":"IAMUser","principalId":"AROAX:session","accountId":"099647660399","userName":"integ"}"#,
        ] {
            let event = KeyEvent::parse(&record(identity, BUCKET)).unwrap();
            assert_eq!(event.account.as_deref(), Some("099647660399"), "{identity}");
            assert!(event.is_for_bucket(BUCKET));
            assert_eq!(KeyEvent::parse(&event.to_record()), Some(event.clone()), "what is kept says the same");
        }
    }

    #[test]
    fn another_buckets_context_and_a_refusal_prove_nothing() {
        let seen = |context: &str| KeyEvent::parse(&record("{}", context)).unwrap();
        assert!(seen(&format!("{BUCKET}/campaign/x.csv")).is_for_bucket(BUCKET));
        assert!(!seen(&format!("{BUCKET}-2/x.csv")).is_for_bucket(BUCKET));
        let refused = KeyEvent { error_code: Some("AccessDenied".to_owned()), ..seen(BUCKET) };
        assert!(!refused.is_for_bucket(BUCKET));
        assert_eq!(KeyEvent::parse("not JSON"), None);
    }
}
