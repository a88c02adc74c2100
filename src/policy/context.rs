//! What is known of the condition keys of a request.

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
    /// Sorted by the length of the name, then by its last letters, then by all of it: most comparisons need no more than the
    /// first two.
    keys: Vec<Entry>,
    /// For all keys with a beginning (`aws:principaltag/`), in lower case.
    families: Vec<(String, KeyState)>,
    unlisted: KeyState,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// In lower case.
    name: String,
    last_letters: u64,
    /// The name as it was set.
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
        let entry = Entry { spelling: key.to_owned(), state, last_letters: last_letters(&name), name };
        match self.position(&entry.name) {
            Ok(at) => self.keys.splice(at..=at, [entry]).for_each(drop),
            Err(at) => self.keys.insert(at, entry),
        }
    }

    /// Whether the key itself, not its family, was set.
    pub(crate) fn is_set(&self, key: &str) -> bool {
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
    pub(crate) fn spelling(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| entry.spelling.as_str())
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.keys.get(self.position(name).ok()?)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        let rank = (name.len(), last_letters(name));
        self.keys.binary_search_by(|entry| {
            (entry.name.len(), entry.last_letters).cmp(&rank).then_with(|| entry.name.as_str().cmp(name))
        })
    }
}

/// The last eight bytes of a name, where it has so many: tags of one kind begin alike.
fn last_letters(name: &str) -> u64 {
    name.as_bytes().last_chunk().map_or(0, |letters| u64::from_be_bytes(*letters))
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
