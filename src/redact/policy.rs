//! Principals and conditions of a policy, each by what may be in it.

use serde_json::{Map, Value};

use super::name::{NETWORKS, is_unique_id, matches, vendor_names};
use super::{Kind, Redactor, is_plain};

/// Condition keys whose values are the customer's own words, by how they begin, in lower case; so are those of every service
/// but S3 and KMS.
const FREE_TEXT_KEYS: [&str; 15] = [
    "kms:encryptioncontext:",
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

/// Whether the names of a family of condition keys end in the name of a tag.
pub(super) fn is_tag_family(name: &str) -> bool {
    FREE_TEXT_KEYS.iter().any(|key| key.strip_suffix(['/', ':']) == Some(name))
}

/// Identity providers that everybody may use, and AWS's own, by how their names end.
const KNOWN_PROVIDERS: [&str; 5] = [
    "amazonaws.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
    "token.actions.githubusercontent.com",
];

impl Redactor {
    pub(super) fn principals(&mut self, element: &mut Value) {
        let Value::Object(kinds) = element else { return self.names_in(element) };
        for (kind, names) in kinds.iter_mut() {
            match kind.as_str() {
                "CanonicalUser" => {
                    each(names, |id| if id == "*" { id.to_owned() } else { self.stand_in(Kind::Hex, id) });
                }
                "AWS" => {
                    self.names_in(names);
                    each(names, |name| self.stray(name));
                }
                "Federated" => each(names, |name| if is_host(name) { self.segments(name) } else { self.text(name) }),
                _ => self.names_in(names),
            }
        }
    }

    /// A name that is no principal, where one should be.
    fn stray(&mut self, name: &str) -> String {
        let is_word = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.@+=/".contains(c));
        let is_number = name.chars().all(|c| c.is_ascii_digit());
        let known = is_number || is_unique_id(name) || self.names.values().any(|stand_in| stand_in == name);
        if is_word && !known { self.segments(name) } else { name.to_owned() }
    }

    pub(super) fn conditions(&mut self, operator: &str, block: &mut Map<String, Value>) {
        let mut redacted = Map::new();
        for (key, mut value) in std::mem::take(block) {
            let lower = key.to_lowercase();
            let service = lower.split(':').next().unwrap_or_default();
            let free =
                FREE_TEXT_KEYS.iter().any(|known| lower.starts_with(known)) || !matches!(service, "aws" | "s3" | "kms");
            let of_context = "kms:EncryptionContext:".len();
            let name = match key.split_once('/') {
                Some((family, tag)) if free => format!("{family}/{}", self.tag_key(tag)),
                _ if lower.starts_with("kms:encryptioncontext:") => {
                    let (family, name) = key.split_at(of_context);
                    family.to_owned() + &self.tag_key(name)
                }
                _ => match key.split_once(':') {
                    Some((provider, name)) if is_host(provider) => format!("{}:{name}", self.segments(provider)),
                    _ => key,
                },
            };
            match lower.as_str() {
                "kms:encryptioncontextkeys" | "s3:requestobjecttagkeys" | "aws:tagkeys" => {
                    each(&mut value, |name| self.tag_key(name));
                }
                "s3:x-amz-copy-source" => each(&mut value, |source| self.copy_source(source)),
                "kms:requestalias" | "kms:resourcealiases" => each(&mut value, |alias| self.key_reference(alias)),
                key if key.contains("org") || key.contains("vpc") => each(&mut value, |path| self.networks(path)),
                _ if free => self.free_text(&mut value, operator),
                _ => self.names_in(&mut value),
            }
            redacted.insert(name, value);
        }
        *block = redacted;
    }

    /// The bucket and the object that are copied from, in one word.
    fn copy_source(&mut self, source: &str) -> String {
        let (slash, path) = source.strip_prefix('/').map_or(("", source), |path| ("/", path));
        match path.split_once('/') {
            _ if source.starts_with("arn:") => self.arn(source),
            Some((bucket, key)) => format!("{slash}{}/{}", self.bucket_name(bucket), self.segments(key)),
            None => format!("{slash}{}", self.bucket_name(path)),
        }
    }

    /// Ids of networks and organizations, and paths of them, whatever letters they are made of.
    fn networks(&mut self, text: &str) -> String {
        if text.starts_with("arn:") { self.arn(text) } else { self.each_run(text, |c| c == '/', Self::network) }
    }

    fn network(&mut self, text: &str) -> String {
        match NETWORKS.iter().find(|prefix| text.starts_with(**prefix) && text.len() > prefix.len()) {
            Some(prefix) if !text.contains(['*', '?', '$']) => self.stand_in(Kind::Network(prefix), text),
            _ => self.ids(text),
        }
    }

    /// Words of the customer's own. One that the bucket's tags match, as the operator compares, goes on matching them; the
    /// vendor's own names are kept.
    fn free_text(&mut self, value: &mut Value, operator: &str) {
        let mut redacted: Vec<Value> = Vec::new();
        for item in items(value).to_vec() {
            let Value::String(text) = item else {
                redacted.push(item);
                continue;
            };
            let same = |other: &str| match operator {
                like if like.contains("like") => matches(&text, other),
                fold if fold.contains("ignorecase") => text.eq_ignore_ascii_case(other),
                _ => text == other,
            };
            if is_plain(&text) || vendor_names().any(same) {
                redacted.push(Value::String(text));
                continue;
            }
            let alike: Vec<String> = self.tag_values.iter().filter(|value| same(value)).cloned().collect();
            let own = if text.starts_with("arn:") { self.arn(&text) } else { self.segments(&text) };
            let stand_ins = alike.iter().map(|value| self.tag_value(value)).collect::<Vec<_>>();
            redacted.extend(stand_ins.into_iter().chain([own]).map(Value::String));
        }
        redacted.dedup();
        *value = match (value.is_array(), redacted.len()) {
            (false, 1) => redacted.remove(0),
            _ => Value::Array(redacted),
        };
    }

    pub(super) fn names_in(&mut self, value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("arn:") => *text = self.arn(text),
            Value::String(text) if text.starts_with("alias/") => *text = self.key_reference(text),
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

/// An identity provider of somebody's own, by the name of its host.
fn is_host(name: &str) -> bool {
    let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.contains('.') && name.split('.').all(is_name) && !KNOWN_PROVIDERS.iter().any(|known| name.ends_with(known))
}

/// A value or the items of a list.
pub(super) fn items(value: &mut Value) -> &mut [Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_mut(one),
    }
}

/// Rewrites the texts of a value or list.
pub(super) fn each(value: &mut Value, mut rewrite: impl FnMut(&str) -> String) {
    for item in items(value) {
        if let Value::String(text) = item {
            *text = rewrite(text);
        }
    }
}
