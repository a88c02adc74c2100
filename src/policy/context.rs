//! What is known of the condition keys of a request.

use std::collections::BTreeMap;

use super::case::lower_case;

/// What is known of one condition key in a request (docs/design/evaluation.md#the-request).
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
    /// In one of these states.
    OneOf(Vec<KeyState>),
    /// There, a number of at least this.
    AtLeast(f64),
    /// There, a text with this beginning and this end.
    Framed {
        /// How it begins.
        beginning: String,
        /// How it ends, behind the beginning.
        end: String,
    },
    /// May be absent; where it is there, certainly none of the customer's own.
    Excluded(Foreign),
}

/// What an excluded key's value certainly is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// No identifier (VPC, endpoint, organization, account) that a customer's policy names; these values excepted,
    /// which are the vendor's own.
    Identifier {
        /// Values that the vendor may well have.
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

    /// There, a text with this beginning.
    pub(crate) fn begins_with(beginning: impl Into<String>) -> Self {
        Self::Framed { beginning: beginning.into(), end: String::new() }
    }

    /// Whether the key is known to be absent or to have certain values.
    pub(crate) fn is_certain(&self) -> bool {
        matches!(self, Self::Known(_) | Self::Absent)
    }
}

/// The condition keys of one request. Names are compared without regard to case.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// By the name in lower case: the name as it was set, and the state.
    keys: BTreeMap<String, (String, KeyState)>,
    /// For all keys with a beginning (`aws:principaltag/`), in lower case.
    families: Vec<(String, KeyState)>,
    unlisted: KeyState,
}

impl Context {
    /// A context in which every key is in the state `unlisted` until it is set.
    #[must_use]
    pub fn new(unlisted: KeyState) -> Self {
        Self { keys: BTreeMap::new(), families: Vec::new(), unlisted }
    }

    /// Sets a key's state; a name that ends in `/*` or `:*` sets it for every key with that beginning that is not set itself.
    pub fn set(&mut self, key: &str, state: KeyState) {
        let name = lower_case(key);
        if let Some(family) = name.strip_suffix('*').filter(|family| family.ends_with(['/', ':'])) {
            self.families.push((family.to_owned(), state));
        } else {
            self.keys.insert(name, (key.to_owned(), state));
        }
    }

    /// Whether the key itself, not its family, was set.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        self.keys.contains_key(&lower_case(key))
    }

    /// The state of a key, whose name is given in lower case.
    #[must_use]
    pub fn get(&self, key: &str) -> &KeyState {
        let of_family = || self.families.iter().find(|(family, _)| key.starts_with(family.as_str()));
        let own = self.keys.get(key).or_else(of_family);
        own.map_or(&self.unlisted, |(_, state)| state)
    }

    /// How a key, given in lower case, was spelled when it was set.
    pub(crate) fn spelling(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(|(spelling, _)| spelling.as_str())
    }
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
}
