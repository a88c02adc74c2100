//! The ids of the checks: what reports, waivers, `--only` and `stc-check explain` call them. An id never changes its
//! meaning (docs/design/interfaces.md).

use std::fmt;

use serde::Serialize;

use crate::vendor::KmsAction;

macro_rules! check_ids {
    ({ $($before:ident: $before_id:literal;)* } kms { $($after:ident: $after_id:literal;)* }) => {
        /// The id of a check.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(into = "&'static str")]
        pub enum CheckId {
            $(#[doc = concat!("`", $before_id, "`.")] $before,)*
            /// One check for each permission on the KMS key, such as `kms.decrypt`.
            Kms(KmsAction),
            $(#[doc = concat!("`", $after_id, "`.")] $after,)*
        }

        impl CheckId {
            /// Every check, in the order of the report.
            pub fn all() -> impl Iterator<Item = Self> {
                let kms = KmsAction::ALL.iter().map(|action| Self::Kms(*action));
                [$(Self::$before),*].into_iter().chain(kms).chain([$(Self::$after),*])
            }

            /// As people write it, such as `bucket.exists`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$before => $before_id,)*
                    Self::Kms(action) => action.check(),
                    $(Self::$after => $after_id,)*
                }
            }
        }
    };
}

check_ids! {
    {
        BucketExists: "bucket.exists";
        BucketPartition: "bucket.partition";
        BucketRegionEnabled: "bucket.region-enabled";
        BucketOwner: "bucket.owner";
        PolicyDocument: "policy.document";
        PolicyListBucket: "policy.list-bucket";
        PolicyPutObject: "policy.put-object";
        PolicyDeleteObject: "policy.delete-object";
        PolicyTlsOnly: "policy.tls-only";
        TransportTls: "transport.tls";
        TransportHttpDenied: "transport.http-denied";
        EncryptionDefault: "encryption.default";
        EncryptionNoHeaderDemand: "encryption.no-header-demand";
        EncryptionKeyArn: "encryption.key-arn";
        KmsKeyUsable: "kms.key-usable";
    }
    kms
    {
        KmsPolicyDocument: "kms.policy-document";
        KmsPolicyScope: "kms.policy-scope";
        PublicAccessBlock: "public.access-block";
        PublicPolicy: "public.policy";
        PublicAcl: "public.acl";
        DeliveryOwnership: "delivery.ownership";
        DeliveryRequesterPays: "delivery.requester-pays";
        DeliveryObjectLock: "delivery.object-lock";
        ProbeLeftover: "probe.leftover";
        ProbeUpload: "probe.upload";
        ProbeEncrypted: "probe.encrypted";
        ProbeDelete: "probe.delete";
        OrganizationRcp: "organization.rcp";
        DataFlowing: "data.flowing";
        DataEncrypted: "data.encrypted";
        VendorSeen: "vendor.seen";
    }
}

impl CheckId {
    /// Reads an id.
    ///
    /// # Errors
    /// When there is no such check; names the one that was probably meant.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(id) = Self::all().find(|id| id.as_str() == text) {
            return Ok(id);
        }
        let family: Vec<&str> = Self::all().filter(|id| id.family() == text).map(Self::as_str).collect();
        if let [first, ..] = family.as_slice() {
            return Err(format!("`{text}` is a group of checks: name one of them, such as `{first}`"));
        }
        Err(match nearest(text) {
            Some(nearest) => format!("there is no check `{text}`: did you mean `{nearest}`?"),
            None => format!("there is no check `{text}`; `stc-check explain` lists them all"),
        })
    }

    /// The part before the dot, such as `bucket`.
    #[must_use]
    pub fn family(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// The public page about it: its entry in docs/troubleshooting.md, as `tests/site/build` publishes it. `None` while
    /// the project has no public address, which is `homepage` in Cargo.toml.
    pub(crate) fn page(self) -> Option<String> {
        self.page_under(env!("CARGO_PKG_HOMEPAGE"))
    }

    /// Where more is said of it: its public page, else the command that prints its explanation.
    pub(crate) fn more(self) -> String {
        self.page().unwrap_or_else(|| format!("stc-check explain {self}"))
    }

    fn page_under(self, homepage: &str) -> Option<String> {
        (!homepage.is_empty()).then(|| format!("{}/troubleshooting.html#{self}", homepage.trim_end_matches('/')))
    }
}

/// How alike an id must be to what was typed to be suggested.
const ALIKE: f64 = 0.8;

/// The id that was probably meant. An underscore or the missing part before the dot makes no difference.
fn nearest(text: &str) -> Option<CheckId> {
    let plain = text.to_lowercase().replace(['_', ' '], "-");
    let likeness = |id: &CheckId| {
        let id = id.as_str();
        let half = id.split('.').nth(1).unwrap_or(id);
        strsim::jaro_winkler(&plain, id).max(strsim::jaro_winkler(&plain, half))
    };
    if let Some(begun) = CheckId::all().find(|id| plain.contains('.') && id.as_str().starts_with(&plain)) {
        return Some(begun);
    }
    let best = CheckId::all().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))?;
    (likeness(&best) >= ALIKE).then_some(best)
}

impl fmt::Display for CheckId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl From<CheckId> for &'static str {
    fn from(id: CheckId) -> Self {
        id.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_id_is_answered_with_the_one_that_was_meant() {
        for (typed, meant) in [
            ("policy.put_object", "policy.put-object"),
            ("policy.putobject", "policy.put-object"),
            ("put-object", "policy.put-object"),
            ("kms.decript", "kms.decrypt"),
            ("policy.put", "policy.put-object"),
        ] {
            let error = CheckId::parse(typed).unwrap_err();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{typed}: {error}");
        }
        assert!(CheckId::parse("zzz").unwrap_err().contains("stc-check explain"));
        assert_eq!(CheckId::parse("kms.decrypt").map(CheckId::as_str), Ok("kms.decrypt"));
    }

    #[test]
    fn the_page_of_a_check_is_under_the_public_address_once_there_is_one() {
        let id = CheckId::PolicyPutObject;
        assert_eq!(id.page_under(""), None);
        let page = Some("https://docs.example/troubleshooting.html#policy.put-object".to_owned());
        assert_eq!(id.page_under("https://docs.example"), page);
        assert_eq!(id.page_under("https://docs.example/"), page);
    }
}
