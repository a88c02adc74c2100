//! What is known of the condition keys of a request.

use std::net::IpAddr;

use smol_str::SmolStr;

use super::pattern::lower_case;

/// The state of one condition key in a request (docs/design/evaluation.md#the-request).
#[derive(Debug, Clone, PartialEq)]
pub enum KeyState {
    /// There, with these values; never empty.
    Known(Vec<String>),
    /// Not there.
    Absent,
    /// There, with any value.
    Present,
    /// May be absent, may have any value.
    Unknown,
    /// One of these, where none means absent.
    OneOf(Vec<Option<String>>),
    /// There, a number of at least this.
    AtLeast(f64),
    /// There, a text with this beginning.
    BeginsWith(String),
    /// May be absent; where it is there, certainly none of the customer's own.
    Excluded(Foreign),
}

/// What an excluded key's value certainly is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// No identifier (VPC, endpoint, organization, account) that a customer's policy names; these values excepted,
    /// which are the vendor's own.
    Identifier {
        /// Values that Sailthru may well have.
        vendor: Vec<String>,
    },
    /// No special-purpose IP address: private, shared, loopback, link-local, documentation and the like.
    PublicAddress,
}

impl KeyState {
    /// There, with one value.
    #[must_use]
    pub fn known(value: impl Into<String>) -> Self {
        Self::Known(vec![value.into()])
    }
}

/// The condition keys of one request. Names are compared without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Sorted by the length of the name, then by name: most comparisons need no more than the length.
    keys: Vec<Entry>,
    /// For all keys with a beginning (`aws:principaltag/`), in lower case.
    families: Vec<(String, KeyState)>,
    unlisted: KeyState,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// In lower case.
    name: SmolStr,
    /// As it was set.
    spelling: String,
    state: KeyState,
}

impl Context {
    /// A context in which every key is in the state `unlisted` until it is set.
    #[must_use]
    pub fn new(unlisted: KeyState) -> Self {
        Self { keys: Vec::new(), families: Vec::new(), unlisted }
    }

    /// Sets a key's state; a name that ends in `/*` or `:*` sets it for every key with that beginning that is not set itself.
    pub fn set(&mut self, key: &str, state: KeyState) {
        let name = lower_case(key);
        if let Some(family) = name.strip_suffix('*').filter(|family| family.ends_with(['/', ':'])) {
            self.families.push((family.to_owned(), state));
            return;
        }
        let entry = Entry { spelling: key.to_owned(), state, name };
        match self.position(&entry.name) {
            Ok(at) => {
                if let Some(old) = self.keys.get_mut(at) {
                    *old = entry;
                }
            }
            Err(at) => self.keys.insert(at, entry),
        }
    }

    /// Whether the key itself, not its family, was set.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.find(&lower_case(key)).is_some()
    }

    /// The state of a key, whose name is given in lower case.
    #[must_use]
    pub fn get(&self, key: &str) -> &KeyState {
        if let Some(entry) = self.find(key) {
            return &entry.state;
        }
        self.families
            .iter()
            .find(|(family, _)| key.starts_with(family.as_str()))
            .map_or(&self.unlisted, |(_, state)| state)
    }

    /// How a key, given in lower case, was spelled when it was set.
    #[must_use]
    pub fn spelling(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| entry.spelling.as_str())
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.keys.get(self.position(name).ok()?)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.keys
            .binary_search_by(|entry| entry.name.len().cmp(&name.len()).then_with(|| entry.name.as_str().cmp(name)))
    }
}

/// Ranges that no request from the internet can come from, by the IANA special-purpose registries
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry/>, <https://www.iana.org/assignments/iana-ipv6-special-registry/>).
pub(crate) const SPECIAL_PURPOSE_RANGES: [&str; 24] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/128",
    "::1/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001:db8::/32",
    "3fff::/20",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
];

/// The special-purpose ranges, parsed once.
pub(crate) fn special_purpose_ranges() -> &'static [ipnet::IpNet] {
    static RANGES: std::sync::OnceLock<Vec<ipnet::IpNet>> = std::sync::OnceLock::new();
    RANGES.get_or_init(|| SPECIAL_PURPOSE_RANGES.iter().filter_map(|range| range.parse().ok()).collect())
}

/// Whether an address lies in a special-purpose range.
pub(crate) fn is_special_purpose(address: IpAddr) -> bool {
    special_purpose_ranges().iter().any(|range| range.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_families_ignore_case_and_a_key_goes_before_its_family() {
        let mut context = Context::new(KeyState::Absent);
        context.set("aws:PrincipalTag/*", KeyState::Unknown);
        context.set("aws:PrincipalTag/Team", KeyState::known("red"));
        context.set("aws:SecureTransport", KeyState::known("true"));
        assert_eq!(context.get("aws:principaltag/team"), &KeyState::known("red"));
        assert_eq!(context.get("aws:principaltag/other"), &KeyState::Unknown);
        assert_eq!(context.get("aws:securetransport"), &KeyState::known("true"));
        assert_eq!(context.get("aws:referer"), &KeyState::Absent);
        assert!(context.is_set("AWS:SecureTransport") && !context.is_set("aws:PrincipalTag/other"));
    }

    #[test]
    fn every_special_purpose_range_is_a_range() {
        assert_eq!(special_purpose_ranges().len(), SPECIAL_PURPOSE_RANGES.len());
        assert!(is_special_purpose("192.168.1.1".parse().unwrap()));
        assert!(!is_special_purpose("52.1.2.3".parse().unwrap()));
    }
}
