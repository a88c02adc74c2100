//! What AWS recorded of the vendor's acts, with names replaced: accounts, keys, ids of requests and uploads, object keys.

use serde_json::{Map, Value};

use super::{Kind, Redactor};
use crate::snapshot::traces::KeyEvent;
use crate::vendor::PROBE_KEY;

impl Redactor {
    /// A version, a delete marker, an upload or an event.
    pub(super) fn trace(&mut self, trace: &mut Map<String, Value>) {
        for (name, value) in trace.iter_mut() {
            match (name.as_str(), value) {
                ("Key", Value::String(key)) => *key = self.object_key(key),
                ("VersionId" | "EventId" | "UploadId", Value::String(id)) => *id = self.stand_in(Kind::Name, id),
                ("CloudTrailEvent", Value::String(record)) => {
                    *record =
                        KeyEvent::parse(record).map(|event| self.key_event(event).to_record()).unwrap_or_default();
                }
                ("Owner" | "Initiator", Value::Object(actor)) => {
                    actor.retain(|name, _| name == "ID");
                    if let Some(Value::String(id)) = actor.get_mut("ID") {
                        *id = if id.starts_with("arn:") { self.text(id) } else { self.stand_in(Kind::Hex, id) };
                    }
                }
                _ => {}
            }
        }
    }

    fn key_event(&mut self, event: KeyEvent) -> KeyEvent {
        let KeyEvent { account, principal_id, context, key, error_code } = event;
        KeyEvent {
            account: account.map(|account| self.stand_in(Kind::Account, &account)),
            // The id of a role and the name of its session.
            principal_id: principal_id
                .map(|id| self.stand_in(Kind::UniqueId, id.split(':').next().unwrap_or_default())),
            context: context.iter().map(|value| self.object_arn(value)).collect(),
            key: key.map(|key| self.key_reference(&key)),
            error_code,
        }
    }

    /// The ARN of a bucket, or of an object in it.
    fn object_arn(&mut self, arn: &str) -> String {
        match arn.split_once('/') {
            Some((bucket, key)) => format!("{}/{}", self.text(bucket), self.object_key(key)),
            None => self.text(arn),
        }
    }

    /// The name of the object that the vendor uploads and deletes is public.
    fn object_key(&mut self, key: &str) -> String {
        if key == PROBE_KEY { key.to_owned() } else { self.stand_in(Kind::Object, key) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn traces_lose_every_name_but_the_vendors() {
        let record = json!({
            "userIdentity": {"accountId": "099647660399", "principalId": "AROAEXAMPLE1234567890:loader"},
            "requestParameters": {"encryptionContext": {"aws:s3:arn": "arn:aws:s3:::acme-exports/campaign_send/secret.csv"}},
            "resources": [{"ARN": "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}],
        });
        let mut traces = json!({
            "Events": [{"EventId": "e-12345", "EventName": "GenerateDataKey", "CloudTrailEvent": record.to_string()}],
            "Uploads": [{"Key": "campaign_send/secret.csv", "UploadId": "up-12345", "Initiator": {
                "ID": "arn:aws:iam::111122223333:user/ada", "DisplayName": "ada@acme.example"}}],
            "Versions": [{"Key": "_ACCESS_CONFIRMATION", "VersionId": "v-12345"}],
        });
        Redactor::new("acme-exports").member("", &mut traces);
        let text = traces.to_string();
        for name in ["acme", "secret", "111122223333", "1234abcd", "12345", "loader", "ada"] {
            assert!(!text.contains(name), "{name} is in {text}");
        }
        for kept in ["099647660399", "_ACCESS_CONFIRMATION", "GenerateDataKey"] {
            assert!(text.contains(kept), "{kept} is not in {text}");
        }
    }
}
