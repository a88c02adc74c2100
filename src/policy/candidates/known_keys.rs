//! What is known of the condition keys of requests: how many values they have, and which they really carry.

use std::sync::LazyLock;

use crate::policy::table;

static KEYS: LazyLock<Vec<KnownKey>> = LazyLock::new(|| table(include_str!("known_keys.json")));

/// One key.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct KnownKey {
    /// In lower case; one that ends in `/` or `:` is the beginning of a family of keys, such as tags.
    name: String,
    /// Whether a request has one value of it at most, whatever operator looks at it; of other keys it may have several.
    ///
    /// "Single-valued condition context keys have at most one value in the request context"
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>).
    /// Which keys these are is said as "Value type" in the list of global keys
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>), and by a type without
    /// `ArrayOf` in those of S3 and KMS
    /// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>,
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>).
    pub(super) one_value: bool,
    /// Whether it is a whole number: of entries, seconds, milliseconds or days
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>,
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthage>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>).
    pub(super) whole_number: bool,
    /// Values that requests really carry.
    pub(super) likely: Vec<String>,
}

/// What is known of a key, given in lower case.
pub(super) fn known_key(key: &str) -> &'static KnownKey {
    static STRANGE: KnownKey =
        KnownKey { name: String::new(), one_value: false, whole_number: false, likely: Vec::new() };
    let is_meant =
        |known: &&KnownKey| known.name == key || known.name.ends_with(['/', ':']) && key.starts_with(&known.name);
    KEYS.iter().find(is_meant).unwrap_or(&STRANGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_value_and_the_names_of_tags_are_several() {
        for key in ["aws:principalarn", "aws:sourcevpce", "aws:resourcetag/team", "kms:encryptioncontext:aws:s3:arn"] {
            assert!(known_key(key).one_value, "{key}");
        }
        for key in ["aws:tagkeys", "aws:principalorgpaths", "aws:calledvia", "kms:encryptioncontextkeys", "ec2:other"] {
            assert!(!known_key(key).one_value, "{key}");
        }
        assert!(known_key("s3:max-keys").whole_number && !known_key("s3:tlsversion").whole_number);
        assert_eq!(known_key("s3:tlsversion").likely, ["1.2", "1.3"]);
    }
}
