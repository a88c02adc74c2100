//! What a condition key that leaves an answer open asks about, in words.

/// Condition keys with what each asks about: "the IP address that Sailthru sends from (aws:SourceIp)". The others are named
/// as they are.
pub(in crate::checks) fn in_words<T: AsRef<str>>(keys: &[T], who: &str) -> Vec<String> {
    let word = |key: &T| {
        let key = key.as_ref();
        words(key, who).map_or_else(|| key.to_owned(), |words| format!("{words} ({key})"))
    };
    keys.iter().map(word).collect()
}

fn words(key: &str, who: &str) -> Option<String> {
    let key = key.to_ascii_lowercase();
    let (name, tag) = key.split_once('/').map_or((key.as_str(), false), |(name, _)| (name, true));
    Some(match (name, tag) {
        ("aws:sourceip" | "aws:vpcsourceip", _) => format!("the IP address that {who} sends from"),
        ("aws:useragent", _) => format!("the program that {who} sends with"),
        ("aws:referer", _) => "the Referer header of the request".to_owned(),
        ("aws:principaltag", true) => format!("a tag of {who}'s principal"),
        ("aws:resourcetag" | "s3:buckettag", true) => "a tag of the bucket or the key".to_owned(),
        ("s3:requestobjecttag", true) | ("s3:requestobjecttagkeys", _) => format!("the tags that {who} puts on files"),
        ("s3:tlsversion", _) => format!("the TLS version that {who} uses"),
        ("s3:signatureversion" | "s3:authtype" | "s3:signatureage" | "s3:x-amz-content-sha256", _) => {
            format!("how {who} signs its requests")
        }
        ("s3:x-amz-storage-class", _) => format!("the storage class that {who} asks for"),
        ("s3:x-amz-acl", _) => format!("the access control list that {who} sends"),
        ("s3:prefix" | "s3:delimiter" | "s3:max-keys", _) => format!("how {who} lists your bucket"),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", _) => {
            "whether default encryption counts as naming the key".to_owned()
        }
        ("aws:principalorgid" | "aws:principalorgpaths", _) => format!("the organization that {who}'s account is in"),
        ("aws:principalarn" | "aws:userid" | "aws:username", _) => format!("the role or session that {who} uses"),
        ("aws:resourceorgid" | "aws:resourceorgpaths", _) => "the organization that your account is in".to_owned(),
        ("aws:multifactorauthpresent" | "aws:multifactorauthage", _) => {
            format!("whether {who} signs in with a second factor")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn a_key_is_said_in_words_and_named() {
        let keys = ["aws:SourceIp", "aws:PrincipalTag/team", "s3:unheard-of"];
        assert_eq!(
            in_words(&keys, "Sailthru"),
            [
                "the IP address that Sailthru sends from (aws:SourceIp)",
                "a tag of Sailthru's principal (aws:PrincipalTag/team)",
                "s3:unheard-of",
            ]
        );
    }
}
