//! The file form of a snapshot, `stc-check/snapshot/1`, both ways.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Fact, Operation, ReadFailure, SCHEMA, Snapshot};
use crate::names::is_region;
use crate::policy::json;
use crate::text::not_json::not_json;
use crate::text::sanitise;

/// Why a file is not a snapshot, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", prefix(.path))]
pub struct InvalidSnapshot {
    /// The path of the field: `operations.s3:GetBucketAcl.Grants`; empty for the document itself.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl Snapshot {
    /// The file form, pretty-printed. Characters that could disturb a terminal are escaped.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut document = Map::new();
        document.insert("schema".into(), SCHEMA.into());
        document.insert("taken_at".into(), self.taken_at.to_string().into());
        document.insert("bucket".into(), self.bucket.clone().into());
        document.insert("region".into(), self.region.clone().into());
        document.insert("operations".into(), Value::Object(self.operations_to_json()));
        sanitise::json(&format!("{:#}\n", Value::Object(document)))
    }

    /// Reads the file form.
    ///
    /// # Errors
    /// Names the path of the first field that is not as docs/design/interfaces.md says.
    pub fn from_json(text: &str) -> Result<Self, InvalidSnapshot> {
        let document: Value = serde_json::from_str(text).map_err(|error| invalid("", not_json(&error)))?;
        refuse_duplicates(text)?;
        let document = document.as_object().ok_or_else(|| invalid("", "expected an object"))?;
        let text_field = |name: &str| match document.get(name) {
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            None | Some(Value::Null) => Ok(None),
            Some(_) => Err(invalid(name, "expected a string")),
        };
        let required = |name: &str| text_field(name)?.ok_or_else(|| invalid(name, "is missing"));
        let schema = required("schema")?;
        if schema != SCHEMA {
            return Err(invalid("schema", format!("expected `{SCHEMA}`, found `{schema}`")));
        }
        let taken_at = required("taken_at")?;
        let taken_at = taken_at.parse().map_err(|error| {
            invalid("taken_at", format!("`{taken_at}` is not a time like 2026-11-23T18:00:00Z: {error}"))
        })?;
        let operations = match document.get("operations") {
            Some(Value::Object(operations)) => operations,
            Some(_) => return Err(invalid("operations", "expected an object")),
            None => return Err(invalid("operations", "is missing")),
        };
        let mut snapshot = Self::new(required("bucket")?, text_field("region")?, taken_at);
        snapshot.read_operations(operations)?;
        let answered = snapshot.head_bucket.found().and_then(|head| head.bucket_region.clone());
        for (path, region) in [("region", &snapshot.region), ("operations.s3:HeadBucket.BucketRegion", &answered)] {
            if let Some(region) = region.as_ref().filter(|region| !is_region(region)) {
                return Err(invalid(path, format!("`{region}` is no region: one is named like `us-east-1`")));
            }
        }
        // What somebody wrote down may be the Region that was asked; S3 knows where its bucket is.
        snapshot.region = answered.or(snapshot.region);
        Ok(snapshot)
    }
}

/// Two members with one name: the AWS CLI never prints such, and it is not clear which of them counts.
fn refuse_duplicates(text: &str) -> Result<(), InvalidSnapshot> {
    let Ok(document) = json::parse(text) else { return Ok(()) };
    let mut waiting = vec![(String::new(), document)];
    while let Some((path, node)) = waiting.pop() {
        let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match node.value {
            json::Value::Object(members) => {
                let mut seen = HashSet::new();
                for json::Member { name, value, .. } in members {
                    if !seen.insert(name.clone()) {
                        return Err(invalid(&inner(&name), "is there twice; keep one of them"));
                    }
                    waiting.push((inner(&name), value));
                }
            }
            json::Value::Array(items) => {
                let items = items.into_iter().enumerate();
                waiting.extend(items.map(|(index, item)| (format!("{path}[{index}]"), item)));
            }
            _ => {}
        }
    }
    Ok(())
}

fn prefix(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("{path}: ") }
}

fn invalid(path: &str, message: impl Into<String>) -> InvalidSnapshot {
    InvalidSnapshot { path: path.to_owned(), message: message.into() }
}

pub(super) fn answer_to_json<T: Serialize>(fact: &Fact<T>) -> Option<Value> {
    match fact {
        Fact::Found(value) => serde_json::to_value(value).ok(),
        Fact::Absent(failure) | Fact::Unreadable(failure) => {
            let mut error = Map::new();
            error.insert("Code".to_owned(), failure.code.clone().into());
            error.insert("Message".to_owned(), failure.message.clone().into());
            error.extend(failure.request_id.clone().map(|id| ("RequestId".to_owned(), id.into())));
            Some(serde_json::json!({"Error": error}))
        }
        Fact::NotRead => None,
    }
}

pub(super) fn answer_from_json<T: for<'de> Deserialize<'de>>(
    operation: Operation,
    value: &Value,
) -> Result<Fact<T>, InvalidSnapshot> {
    let path = format!("operations.{operation}");
    let Some(answer) = value.as_object() else {
        return Err(invalid(
            &path,
            "expected an object as the AWS CLI prints it, or {\"Error\": {\"Code\", \"Message\"}}",
        ));
    };
    if let Some(error) = answer.get("Error") {
        let optional = |name: &str| match error.get(name) {
            Some(Value::String(text)) => Ok(Some(text.clone())),
            None => Ok(None),
            _ => Err(invalid(&format!("{path}.Error.{name}"), "expected a string")),
        };
        let code = optional("Code")?;
        let failure = ReadFailure {
            operation,
            code: code.ok_or_else(|| invalid(&format!("{path}.Error.Code"), "expected a string"))?,
            message: optional("Message")?.unwrap_or_default(),
            status: None,
            request_id: optional("RequestId")?,
        };
        return Ok(if operation.absent_codes().contains(&failure.code.as_str()) {
            Fact::Absent(failure)
        } else {
            Fact::Unreadable(failure)
        });
    }
    serde_path_to_error::deserialize(value).map(Fact::Found).map_err(|error| {
        let inner = error.path().to_string();
        let path = if inner == "." { path } else { format!("{path}.{inner}") };
        invalid(&path, error.into_inner().to_string())
    })
}
