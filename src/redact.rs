//! Snapshots to share: every name of the customer's is replaced, the same by the same stand-in; the vendor's and AWS's own
//! stay, so that the checks come out alike.
//!
//! Replaced are account ids, bucket names, KMS key ids and aliases, roles, users and their sessions, unique and canonical
//! ids, grants, Sids, tags, and the ids of VPCs, endpoints and organizations. Kept are regions, times, settings, actions,
//! object paths, IP ranges and what the service said of itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::connection::{DATA_EXPORTER_USER, EVENT_STREAM_ACCOUNT, EVENT_STREAM_ROLE};
use crate::names::Arn;
use crate::policy::pattern::{Pattern, Style};
use crate::policy::{Context, KeyState, Tri};
use crate::requirement::document::is_sample_name;
use crate::snapshot::{InvalidSnapshot, Snapshot};

/// The stand-ins given so far.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// The bucket of the snapshot, whose name is replaced wherever it stands.
    bucket: String,
    /// By kind and original.
    names: BTreeMap<(Kind, String), String>,
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
    Sid,
    UniqueId,
}

/// Ids of networks and organizations, by how they begin.
const NETWORKS: [&str; 6] = ["vpce-", "vpc-", "ou-", "o-", "r-", "p-"];

/// Words of AWS's own, whatever a bucket may be called.
const VOCABULARY: [&str; 6] = ["aws:kms", "aws:kms:dsse", "AES256", "true", "false", "*"];

/// Condition keys whose values are the customer's own words, by how they begin, in lower case.
const FREE_TEXT_KEYS: [&str; 14] = [
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "aws:referer",
    "aws:sourceidentity",
    "aws:tagkeys",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:federatedprovider",
    "s3:buckettag/",
    "s3:existingobjecttag/",
    "s3:requestobjecttag/",
    "s3:dataaccesspointaccount",
];

/// Sids of the vendor's samples and of this tool.
const KNOWN_SIDS: [&str; 7] = [
    "AllowSSLRequestsOnly",
    "DenyPlainHttp",
    "SailthruConnectMayListTheBucket",
    "SailthruConnectMayUseTheKey",
    "SailthruConnectMayWriteObjects",
    "bucket permissions",
    "object permissions",
];

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
        let mut redactor = Self { bucket: bucket.to_owned(), names: BTreeMap::new() };
        redactor.stand_in(Kind::Bucket, bucket);
        redactor
    }

    /// The snapshot with stand-ins.
    ///
    /// # Errors
    /// When a field would no longer be what it was; none is known that would.
    pub fn snapshot(&mut self, snapshot: &Snapshot) -> Result<Snapshot, InvalidSnapshot> {
        let original: Value = serde_json::from_str(&snapshot.to_json()).unwrap_or_default();
        // Once to learn the names: one may stand in passing, in a message, before the place that tells what it is.
        self.member("", &mut original.clone());
        let mut document = original;
        self.member("", &mut document);
        Snapshot::from_json(&document.to_string())
    }

    /// One text with stand-ins: an ARN, an id, or a sentence with such in it.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        if is_vendors(text) {
            return text.to_owned();
        }
        if text.starts_with("arn:") && !text.contains(' ') {
            return self.arn(text);
        }
        let mut result = String::with_capacity(text.len());
        let mut word = String::new();
        let mut parts: Vec<(bool, String)> = Vec::new();
        for character in text.chars() {
            let delimits = character.is_whitespace() || "\"'`(),;<>".contains(character);
            if delimits {
                parts.push((true, std::mem::take(&mut word)));
                parts.push((false, character.to_string()));
            } else {
                word.push(character);
            }
        }
        parts.push((true, word));
        for (is_word, part) in parts {
            result.push_str(&if is_word { self.word(&part) } else { part });
        }
        result
    }

    fn word(&mut self, word: &str) -> String {
        if word.starts_with("arn:") {
            let trimmed = word.trim_end_matches(['.', ':']);
            return self.arn(trimmed) + word.get(trimmed.len()..).unwrap_or_default();
        }
        let known =
            self.names.iter().find(|((kind, name), _)| matches!(kind, Kind::Name | Kind::Bucket) && name == word);
        if let Some((_, stand_in)) = known {
            return stand_in.clone();
        }
        self.ids(word)
    }

    /// Replaces ids wherever they stand in a word, by their shapes; and the bucket's own name.
    fn ids(&mut self, word: &str) -> String {
        if VOCABULARY.contains(&word) {
            return word.to_owned();
        }
        let stand_in = self.stand_in(Kind::Bucket, &self.bucket.clone());
        let word = word.replace(&self.bucket, &stand_in);
        let mut result = String::with_capacity(word.len());
        let mut token = String::new();
        for character in word.chars().chain(['\0']) {
            if character.is_ascii_alphanumeric() || character == '-' {
                token.push(character);
            } else {
                let replaced = self.token(&std::mem::take(&mut token));
                result.push_str(&replaced);
                if character != '\0' {
                    result.push(character);
                }
            }
        }
        result
    }

    fn token(&mut self, token: &str) -> String {
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let kind = match token.len() {
            11 | 12 if digits => Kind::Account,
            64 if hex(token) => Kind::Hex,
            36 if token.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && hex(&token.replace('-', "")) => Kind::KeyId,
            _ if token.strip_prefix("mrk-").is_some_and(|id| id.len() >= 8 && hex(id)) => Kind::MultiRegionKeyId,
            16.. if is_unique_id(token) => Kind::UniqueId,
            _ => {
                let id = |prefix: &&&str| {
                    token.strip_prefix(**prefix).is_some_and(|id| {
                        id.len() >= 4
                            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                            && id.bytes().any(|byte| byte.is_ascii_digit())
                    })
                };
                match NETWORKS.iter().find(id) {
                    Some(prefix) => Kind::Network(prefix),
                    None => return self.accounts(token),
                }
            }
        };
        self.stand_in(kind, token)
    }

    /// Replaces account ids within a longer word.
    fn accounts(&mut self, token: &str) -> String {
        let mut result = String::with_capacity(token.len());
        let mut digits = String::new();
        for character in token.chars().chain(['\0']) {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            let run = std::mem::take(&mut digits);
            result.push_str(&if run.len() == 12 { self.stand_in(Kind::Account, &run) } else { run });
            if character != '\0' {
                result.push(character);
            }
        }
        result
    }

    fn arn(&mut self, text: &str) -> String {
        let Ok(Arn { partition, service, region, account, resource }) = Arn::parse(text) else { return self.ids(text) };
        if is_vendor_account(&account) || may_be_vendors(text) {
            return text.to_owned();
        }
        let account = self.ids(&account);
        let resource = match service.as_str() {
            "s3" if account.is_empty() => {
                let (bucket, path) = resource.split_at(resource.find('/').unwrap_or(resource.len()));
                self.bucket_name(bucket) + &self.ids(path)
            }
            "kms" => match resource.split_once('/') {
                Some(("alias", name)) if name.starts_with("aws/") => resource,
                Some((kind, name)) => format!("{kind}/{}", self.key_name(name)),
                None => self.key_name(&resource),
            },
            "iam" | "sts" => match resource.split_once('/') {
                Some((kind, name)) => format!("{kind}/{}", self.segments(name)),
                None => resource,
            },
            _ => match resource.find(['/', ':']) {
                Some(at) => {
                    let (kind, name) = resource.split_at(at + 1);
                    kind.to_owned() + &self.segments(name)
                }
                None => self.segments(&resource),
            },
        };
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The name of a bucket as a resource spells it: with wildcards, braces, or as a template's leftover.
    fn bucket_name(&mut self, text: &str) -> String {
        let inner = text.trim_matches(['[', ']', '{', '}', '<', '>']);
        if inner.is_empty() || inner.contains("${") || is_sample_name(inner) {
            return text.to_owned();
        }
        if inner.contains(['*', '?']) {
            let wild = inner.trim_matches(['*', '?']).is_empty();
            let stand_in = if matches(inner, &self.bucket) { self.bucket.clone() } else { inner.to_owned() };
            return if wild { text.to_owned() } else { self.stand_in(Kind::Bucket, &stand_in) + "*" };
        }
        let stand_in = self.stand_in(Kind::Bucket, inner);
        text.replacen(inner, &stand_in, 1)
    }

    /// A key id, or the name of an alias.
    fn key_name(&mut self, text: &str) -> String {
        let replaced = self.ids(text);
        if replaced != text || text.trim_matches('*').is_empty() { replaced } else { self.segments(text) }
    }

    /// Names with slashes or colons between them, each by its own stand-in; wildcards and variables stay.
    fn segments(&mut self, text: &str) -> String {
        let mut result = String::new();
        let mut name = String::new();
        let mut rest = text.chars().peekable();
        let flush = |redactor: &mut Self, name: &mut String, result: &mut String| {
            if !name.is_empty() {
                let whole = std::mem::take(name);
                // A placeholder stays one, whatever its name.
                let original = whole.trim_matches(['[', ']', '{', '}', '<', '>']);
                let original = if original.is_empty() { whole.as_str() } else { original };
                let ids = redactor.ids(original);
                let stand_in = if ids == original { redactor.stand_in(Kind::Name, original) } else { ids };
                result.push_str(&whole.replacen(original, &stand_in, 1));
            }
        };
        while let Some(character) = rest.next() {
            if character == '$' && rest.peek() == Some(&'{') {
                flush(self, &mut name, &mut result);
                result.push(character);
                for inside in rest.by_ref() {
                    result.push(inside);
                    if inside == '}' {
                        break;
                    }
                }
            } else if "/:*?".contains(character) {
                flush(self, &mut name, &mut result);
                result.push(character);
            } else {
                name.push(character);
            }
        }
        flush(self, &mut name, &mut result);
        result
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
            Kind::Name => format!("name-{number}"),
            Kind::Network(prefix) => format!("{prefix}{number:0>width$}", width = width - prefix.len()),
            Kind::Sid => format!("statement-{number}"),
            Kind::UniqueId => {
                format!("{}{number:0>width$}", original.get(..4).unwrap_or_default(), width = width - 4)
            }
        };
        self.names.insert((kind, original.to_owned()), stand_in.clone());
        stand_in
    }

    /// A member of the snapshot, by its name.
    fn member(&mut self, name: &str, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.string(name, text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.member(name, item)),
            Value::Object(members) if name == "EncryptionContextSubset" || name == "EncryptionContextEquals" => {
                for value in members.values_mut() {
                    self.member(name, value);
                }
            }
            Value::Object(members) => {
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
            "schema" | "taken_at" | "region" | "BucketRegion" | "Code" | "URI" | "Operations" | "Type" => {
                text.to_owned()
            }
            "bucket" => self.stand_in(Kind::Bucket, text),
            "Policy" => self.policy_text(text),
            "KMSMasterKeyID" | "KeyId" => self.key_reference(text),
            "GrantId" | "Name" | "Key" | "Value" if !text.is_empty() => self.segments(text),
            "UserId" => self.segments(text),
            "ID" if !text.is_empty() => self.stand_in(Kind::Hex, text),
            _ => self.text(text),
        }
    }

    fn key_reference(&mut self, text: &str) -> String {
        match text.strip_prefix("alias/") {
            _ if text.starts_with("arn:") => self.arn(text),
            Some(name) if name.starts_with("aws/") => text.to_owned(),
            Some(name) => format!("alias/{}", self.segments(name)),
            None => self.key_name(text),
        }
    }

    /// A policy, kept as the text that it is where it cannot be read.
    fn policy_text(&mut self, text: &str) -> String {
        let Ok(Value::Object(mut policy)) = serde_json::from_str(text) else { return self.text(text) };
        for (name, value) in &mut policy {
            match (name.as_str(), value) {
                ("Id", Value::String(id)) => *id = self.segments(id),
                ("Statement", Value::Object(statement)) => self.statement(statement),
                ("Statement", Value::Array(statements)) => {
                    statements
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|statement| self.statement(statement));
                }
                _ => {}
            }
        }
        Value::Object(policy).to_string()
    }

    fn statement(&mut self, statement: &mut Map<String, Value>) {
        for (name, value) in statement.iter_mut() {
            match (name.as_str(), value) {
                ("Sid", Value::String(sid)) if !KNOWN_SIDS.contains(&sid.as_str()) && !sid.is_empty() => {
                    *sid = self.stand_in(Kind::Sid, sid);
                }
                ("Principal" | "NotPrincipal" | "Resource" | "NotResource", value) => self.names_in(value),
                ("Condition", Value::Object(blocks)) => {
                    for block in blocks.values_mut().filter_map(Value::as_object_mut) {
                        self.conditions(block);
                    }
                }
                _ => {}
            }
        }
    }

    fn conditions(&mut self, block: &mut Map<String, Value>) {
        let mut redacted = Map::new();
        for (key, mut value) in std::mem::take(block) {
            let lower = key.to_lowercase();
            let free = FREE_TEXT_KEYS.iter().any(|known| lower.starts_with(known));
            let name = match key.split_once('/') {
                Some((family, tag)) if free => format!("{family}/{}", self.segments(tag)),
                _ => key,
            };
            if free {
                self.free_text(&mut value);
            } else {
                self.names_in(&mut value);
            }
            redacted.insert(name, value);
        }
        *block = redacted;
    }

    fn free_text(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.segments(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.free_text(item)),
            _ => {}
        }
    }

    fn names_in(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("arn:") => *text = self.arn(text),
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.names_in(item)),
            Value::Object(members) => members.values_mut().for_each(|value| self.names_in(value)),
            Value::Number(number) if number.to_string().len() >= 11 => {
                let text = self.token(&number.to_string());
                *value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            }
            _ => {}
        }
    }
}

fn is_unique_id(token: &str) -> bool {
    const KINDS: [&str; 9] = ["AROA", "AIDA", "AGPA", "ANPA", "AIPA", "ASIA", "AKIA", "ANVA", "APKA"];
    KINDS.iter().any(|kind| token.starts_with(kind))
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn vendor_arns() -> [&'static str; 3] {
    [EVENT_STREAM_ROLE, EVENT_STREAM_ACCOUNT, DATA_EXPORTER_USER]
}

fn is_vendors(text: &str) -> bool {
    vendor_arns().contains(&text)
}

/// Also with its leading zero lost.
fn is_vendor_account(account: &str) -> bool {
    vendor_arns()
        .iter()
        .filter_map(|arn| arn.split(':').nth(4))
        .any(|own| own.trim_start_matches('0') == account.trim_start_matches('0'))
}

/// A pattern that takes in the vendor, such as `arn:aws:iam::*:role/sc-*`.
fn may_be_vendors(pattern: &str) -> bool {
    pattern.contains(['*', '?']) && vendor_arns().iter().any(|arn| matches(pattern, arn))
}

fn matches(pattern: &str, text: &str) -> bool {
    let style = Style { wildcards: true, variables: false, fold_case: false };
    Pattern::parse(pattern, style)
        .is_ok_and(|pattern| pattern.matches(text, &Context::new(KeyState::Absent)) == Tri::True)
}
