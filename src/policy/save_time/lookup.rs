//! What S3 knows of its actions and condition keys
//! (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>): `s3.json`, which
//! `renew_s3.py` writes.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::policy::document::PatternEntry;
use crate::policy::{Context, KeyState, Tri, table};

static S3: LazyLock<Table> = LazyLock::new(|| table(include_str!("s3.json")));

/// Names are in lower case; one of a key that ends in `/` is the beginning of a family of keys.
#[derive(Default, Deserialize)]
struct Table {
    /// The keys of S3 that every action takes.
    universal_keys: Vec<String>,
    /// Every key of S3.
    service_keys: Vec<String>,
    /// The keys that requests to every service may have, and those of other services that S3 knows.
    global_keys: Vec<String>,
    /// In alphabetical order.
    actions: Vec<Action>,
}

/// One action.
#[derive(Deserialize)]
pub(super) struct Action {
    /// With its prefix.
    pub(super) name: String,
    pub(super) applies: Applies,
    /// The keys of S3 that it takes beside the universal ones.
    keys: Vec<String>,
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Applies {
    Bucket,
    Object,
    /// Something that is no part of a bucket: the account, an access point, a job.
    Nothing,
}

impl Action {
    /// Whether a condition on this key of S3, given in lower case, can be about the action.
    pub(super) fn takes(&self, key: &str) -> bool {
        is_among(key, &S3.universal_keys) || is_among(key, &self.keys)
    }
}

/// The names, in lower case, of the actions that are done to an object, or else to a bucket.
pub(crate) fn names(of_object: bool) -> impl Iterator<Item = &'static str> {
    let applies = if of_object { Applies::Object } else { Applies::Bucket };
    S3.actions.iter().filter(move |action| action.applies == applies).map(|action| action.name.as_str())
}

/// The actions that an entry of an Action element means: none for a name that S3 does not have.
pub(super) fn meant_by(entry: &PatternEntry) -> Vec<&'static Action> {
    if entry.pattern.is_plain_text() {
        let name = entry.text.to_ascii_lowercase();
        let found = S3.actions.binary_search_by(|action| action.name.as_str().cmp(&name));
        return found.ok().and_then(|at| S3.actions.get(at)).into_iter().collect();
    }
    let context = Context::new(KeyState::Absent);
    S3.actions.iter().filter(|action| entry.pattern.matches_folded(&action.name, &context) == Tri::True).collect()
}

/// What S3 knows of a condition key, given in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// One that fits every action.
    Universal,
    /// One that some actions of S3 take.
    Specific,
    /// Nothing.
    Unknown,
}

/// Keys of the IAM documentation that the generated table leaves out
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
const MORE_GLOBAL_KEYS: [&str; 3] = ["aws:signinsessionarn", "codebuild:buildarn", "codebuild:projectarn"];

/// Prefixes of keys that describe a session from its beginning, by the identity provider or STS
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>). The keys of web identity
/// providers begin with a host name.
const SESSION_PREFIXES: [&str; 4] = ["saml:", "sts:", "cognito-identity-auth:", "cognito-identity-unauth:"];

pub(super) fn key(name: &str) -> Key {
    let prefix = name.split(':').next().unwrap_or_default();
    let session = prefix.contains('.') || SESSION_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let everywhere = is_among(name, &S3.global_keys) || is_among(name, &S3.universal_keys);
    if session || everywhere || MORE_GLOBAL_KEYS.contains(&name) {
        Key::Universal
    } else if is_among(name, &S3.service_keys) {
        Key::Specific
    } else {
        Key::Unknown
    }
}

/// Whether a key is in a list, itself or by the beginning of its family.
fn is_among(key: &str, list: &[String]) -> bool {
    list.iter().any(|listed| match listed.strip_suffix('/') {
        Some(_) => key.len() > listed.len() && key.starts_with(listed),
        None => listed == key,
    })
}

/// The action that the name of an API operation stands for
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>).
pub(super) fn behind_operation(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    Some(match name.strip_prefix("s3:")? {
        "listobjects" | "listobjectsv2" | "headbucket" => "s3:ListBucket",
        "headobject" => "s3:GetObject",
        "deleteobjects" => "s3:DeleteObject",
        "uploadpart" | "createmultipartupload" | "completemultipartupload" | "postobject" | "copyobject" => {
            "s3:PutObject"
        }
        "listmultipartuploads" => "s3:ListBucketMultipartUploads",
        "listparts" => "s3:ListMultipartUploadParts",
        "listbuckets" => "s3:ListAllMyBuckets",
        "getbucketencryption" => "s3:GetEncryptionConfiguration",
        "getbucketlifecycleconfiguration" => "s3:GetLifecycleConfiguration",
        "getbucketreplication" => "s3:GetReplicationConfiguration",
        "listobjectversions" => "s3:ListBucketVersions",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_whole() {
        assert!(S3.actions.is_sorted_by(|one, other| one.name < other.name));
        assert!(S3.actions.len() > 150);
        let one = |name: &str| S3.actions.iter().find(|action| action.name == name).unwrap();
        assert_eq!(one("s3:putobject").applies, Applies::Object);
        assert_eq!(one("s3:listbucket").applies, Applies::Bucket);
        assert_eq!(one("s3:listallmybuckets").applies, Applies::Nothing);
        assert!(one("s3:listbucket").takes("s3:prefix") && !one("s3:getbucketlocation").takes("s3:prefix"));
        assert!(one("s3:getobject").takes("s3:existingobjecttag/team") && one("s3:putobject").takes("s3:tlsversion"));
    }

    #[test]
    fn keys_are_known_by_name_or_family() {
        for (name, expected) in [
            ("aws:principaltag/team", Key::Universal),
            ("aws:principaltag/", Key::Unknown),
            ("aws:nosuchkey", Key::Unknown),
            ("s3:prefix", Key::Specific),
            ("s3:no-such-key", Key::Unknown),
            ("kms:viaservice", Key::Unknown),
            ("graph.facebook.com:id", Key::Universal),
            ("saml:sub", Key::Universal),
            ("aws:signinsessionarn", Key::Universal),
        ] {
            assert_eq!(key(name), expected, "{name}");
        }
    }
}
