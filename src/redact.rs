//! Snapshots to share: every name of the customer's is replaced, the same by the same stand-in; the vendor's and AWS's own
//! stay, so that the checks give the same results.
//!
//! docs/security.md#what-redaction-keeps lists what stays of a snapshot.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::snapshot::{InvalidSnapshot, ReadFailure, Snapshot};

mod document;
mod message;
mod name;
mod policy;
mod traces;

use name::is_vendor_account;

/// The stand-ins given so far.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// The bucket of the snapshot, whose name is replaced wherever it is.
    bucket: String,
    /// By kind and original.
    names: BTreeMap<(Kind, String), String>,
    /// The values of the bucket's tags: conditions on them must go on holding.
    tag_values: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Account,
    Bucket,
    Hex,
    KeyId,
    MultiRegionKeyId,
    Name,
    Network(&'static str),
    /// The key of an object that the vendor or the customer wrote.
    Object,
    Sid,
    /// The name of a tag or of a part of an encryption context: conditions name them in any case.
    TagKey,
    UniqueId,
}

/// Words of people, ids that mean something to AWS's support alone, and names of things that no check looks at.
const UNSHARED: [&str; 7] = [
    "CloudHsmClusterId",
    "CustomKeyStoreId",
    "Description",
    "DisplayName",
    "EmailAddress",
    "RequestId",
    "XksKeyConfiguration",
];

impl Redactor {
    /// For the snapshots of one bucket.
    #[must_use]
    pub fn new(bucket: &str) -> Self {
        let mut redactor = Self { bucket: bucket.to_owned(), names: BTreeMap::new(), tag_values: BTreeSet::new() };
        redactor.stand_in(Kind::Bucket, bucket);
        redactor
    }

    /// The snapshot with stand-ins.
    ///
    /// # Errors
    /// When a field would no longer be what it was; none is known that would.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> Result<Snapshot, InvalidSnapshot> {
        let original: Value = serde_json::from_str(&snapshot.to_json()).unwrap_or_default();
        let tags = snapshot.tagging.found().map(|answer| answer.tag_set.as_slice()).unwrap_or_default();
        self.tag_values = tags.iter().map(|tag| tag.value.clone()).collect();
        // Once to learn the names: a message may mention one before the place that shows what kind of name it is.
        self.member("", &mut original.clone());
        let mut document = original;
        self.member("", &mut document);
        Snapshot::from_json(&document.to_string())
    }

    fn stand_in(&mut self, kind: Kind, original: &str) -> String {
        if kind == Kind::Account && is_vendor_account(original) {
            return original.to_owned();
        }
        if let Some(known) = self.names.get(&(kind, original.to_owned())) {
            return known.clone();
        }
        let number = self.names.keys().filter(|(other, _)| *other == kind).count() + 1;
        let width = original.len();
        let stand_in = match kind {
            Kind::Account => format!("1{number:0>width$}", width = width - 1),
            Kind::Bucket => format!("bucket-{number}"),
            Kind::Hex => format!("{number:0>64}"),
            Kind::KeyId => format!("00000000-0000-4000-8000-{number:0>12}"),
            Kind::MultiRegionKeyId => format!("mrk-{number:0>width$}", width = width - 4),
            // With zeros, so that a pattern made of one matches no other.
            Kind::Name => format!("name-{number:03}"),
            Kind::Network(prefix) => format!("{prefix}{number:0>width$}", width = width - prefix.len()),
            Kind::Object => format!("object-{number}"),
            Kind::Sid => format!("statement-{number}"),
            Kind::TagKey => format!("tag-{number}"),
            Kind::UniqueId => {
                format!("{}{number:0>width$}", original.get(..4).unwrap_or_default(), width = width - 4)
            }
        };
        self.names.insert((kind, original.to_owned()), stand_in.clone());
        stand_in
    }

    /// The name of a tag, or of a part of an encryption context, which is S3's where it is the object's ARN.
    fn tag_key(&mut self, name: &str) -> String {
        let is_s3s = name.to_lowercase() == "aws:s3:arn";
        if is_s3s || name.trim_matches(['*', '?']).is_empty() {
            return name.to_owned();
        }
        self.stand_in(Kind::TagKey, &name.to_lowercase())
    }

    /// The value of a tag: numbers and yes or no are kept, for the operators that ask for them.
    fn tag_value(&mut self, text: &str) -> String {
        if is_plain(text) { text.to_owned() } else { self.segments(text) }
    }

    /// A member of the snapshot, by its name.
    fn member(&mut self, name: &str, value: &mut Value) {
        match value {
            // A page's end names what the next one begins with, in a form of its own.
            Value::String(text) if ["NextMarker", "NextToken"].contains(&name) => "more".clone_into(text),
            Value::String(text) => *text = self.string(name, text),
            Value::Array(items) if ["Versions", "DeleteMarkers", "Uploads", "Events"].contains(&name) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(|trace| self.trace(trace));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.member(name, item)),
            Value::Object(members) if name == "EncryptionContextSubset" || name == "EncryptionContextEquals" => {
                let pairs = std::mem::take(members).into_iter().map(|(name, value)| {
                    let text = value.as_str().unwrap_or_default();
                    let text = if text.starts_with("arn:") { self.text(text) } else { self.tag_value(text) };
                    (self.tag_key(&name), Value::String(text))
                });
                *members = pairs.collect();
            }
            Value::Object(members) => {
                // The message of a plan's gap is made of the names in the configuration.
                if members.get("Code").and_then(Value::as_str).is_some_and(is_of_plan) {
                    members.insert("Message".to_owned(), Value::from(""));
                }
                members.retain(|name, _| !UNSHARED.contains(&name.as_str()));
                for (name, value) in members.iter_mut() {
                    self.member(name, value);
                }
            }
            _ => {}
        }
    }

    fn string(&mut self, name: &str, text: &str) -> String {
        match name {
            "schema" | "taken_at" | "region" | "Region" | "BucketRegion" | "Code" | "URI" | "Operations" | "Type" => {
                text.to_owned()
            }
            "bucket" => self.stand_in(Kind::Bucket, text),
            "Policy" => self.policy_text(text),
            "KMSMasterKeyID" if text == "(known after apply)" => text.to_owned(),
            "KMSMasterKeyID" | "KeyId" => self.key_reference(text),
            "Arn" if text.starts_with("${") => self.key_reference(text),
            "Key" => self.tag_key(text),
            "Value" => self.tag_value(text),
            "GrantId" | "Name" | "UserId" => self.segments(text),
            "Message" => self.message(text),
            "CloudTrailEventId" => self.stand_in(Kind::Name, text),
            "ID" if !text.is_empty() => self.stand_in(Kind::Hex, text),
            _ => self.text(text),
        }
    }

    fn key_reference(&mut self, text: &str) -> String {
        match text.strip_prefix("alias/") {
            _ if text.starts_with("arn:") => self.arn(text),
            _ if text.starts_with("${") => self.key_name(text),
            Some(name) if name.starts_with("aws/") => text.to_owned(),
            // The key that AWS manages for S3, spelled without `alias/`.
            None if text.starts_with("aws/") => text.to_owned(),
            Some(name) => format!("alias/{}", self.segments(name)),
            None => self.key_name(text),
        }
    }
}

/// A short number, a date, or yes or no, which names nobody.
fn is_plain(text: &str) -> bool {
    let number = text.len() < 9 && text.parse::<f64>().is_ok_and(f64::is_finite);
    number || matches!(text, "" | "true" | "false") || text.parse::<jiff::Timestamp>().is_ok()
}

fn is_of_plan(code: &str) -> bool {
    [ReadFailure::PLANNED, ReadFailure::KNOWN_AFTER_APPLY, ReadFailure::NOT_IN_PLAN].contains(&code)
}
