//! Condition keys of which a request has one value at most, whatever operator looks at them.
//!
//! "Single-valued condition context keys have at most one value in the request context"
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>).
//! Which keys these are is said as "Value type" in the list of global keys
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>), and by a type without `ArrayOf`
//! in those of S3 and KMS (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>). Of a key that
//! is not listed here a request may have several.

/// In lower case.
const KEYS: [&str; 60] = [
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:currenttime",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpcsourceip",
    "kms:calleraccount",
    "kms:encryptionalgorithm",
    "kms:grantisforawsresource",
    "kms:keyspec",
    "kms:keyusage",
    "kms:requestalias",
    "kms:viaservice",
    "s3:authtype",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:delimiter",
    "s3:if-match",
    "s3:if-none-match",
    "s3:max-keys",
    "s3:objectcreationoperation",
    "s3:prefix",
    "s3:resourceaccount",
    "s3:signatureage",
    "s3:signatureversion",
    "s3:tlsversion",
    "s3:versionid",
    "s3:x-amz-acl",
    "s3:x-amz-content-sha256",
    "s3:x-amz-server-side-encryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-storage-class",
    "s3:x-amz-website-redirect-location",
];

/// What stands before the name of a tag, of which each has one value.
const FAMILIES: [&str; 7] = [
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "kms:encryptioncontext:",
    "s3:buckettag/",
    "s3:existingobjecttag/",
    "s3:requestobjecttag/",
];

/// Whether a request has one value of the key at most, given in lower case.
pub(super) fn has_one_value(key: &str) -> bool {
    KEYS.contains(&key) || FAMILIES.iter().any(|family| key.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::has_one_value;

    #[test]
    fn a_tag_has_one_value_and_the_names_of_tags_are_several() {
        for key in ["aws:principalarn", "aws:sourcevpce", "aws:resourcetag/team", "kms:encryptioncontext:aws:s3:arn"] {
            assert!(has_one_value(key), "{key}");
        }
        for key in ["aws:tagkeys", "aws:principalorgpaths", "aws:calledvia", "kms:encryptioncontextkeys", "ec2:other"] {
            assert!(!has_one_value(key), "{key}");
        }
    }
}
