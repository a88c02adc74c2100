//! Names by their shapes: ARNs, ids, the bucket's name; and who of them is the vendor's.

use super::message::is_of_sentence;
use super::{Kind, Redactor};
use crate::checks::document::is_sample_name;
use crate::names::{Arn, terraform_attribute};
use crate::policy::glob::Glob;
use crate::vendor::Variant;

/// Ids of networks and organizations, by how they begin.
pub(super) const NETWORKS: [&str; 6] = ["vpce-", "vpc-", "ou-", "o-", "r-", "p-"];

/// Words of AWS's own, whatever a bucket may be called.
const VOCABULARY: [&str; 6] = ["aws:kms", "aws:kms:dsse", "AES256", "true", "false", "*"];

impl Redactor {
    /// One text with stand-ins: an ARN, an id, or a sentence with such in it.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        if is_vendors(text) {
            return text.to_owned();
        }
        if text.starts_with("arn:") && !text.contains(' ') {
            return self.arn(text);
        }
        self.each_word(text, Self::word)
    }

    /// The text with every word rewritten.
    pub(super) fn each_word(&mut self, text: &str, rewrite: fn(&mut Self, &str) -> String) -> String {
        self.each_run(text, |c| c.is_whitespace() || "\"'`(),;<>".contains(c), rewrite)
    }

    /// The text with everything that is between two delimiters rewritten.
    pub(super) fn each_run(
        &mut self,
        text: &str,
        delimits: impl Fn(char) -> bool,
        rewrite: fn(&mut Self, &str) -> String,
    ) -> String {
        let mut result = String::with_capacity(text.len());
        for part in text.split_inclusive(&delimits) {
            let run = part.trim_end_matches(&delimits);
            if !run.is_empty() {
                result.push_str(&rewrite(self, run));
            }
            result.push_str(part.get(run.len()..).unwrap_or_default());
        }
        result
    }

    fn word(&mut self, word: &str) -> String {
        let trimmed = word.trim_end_matches(['.', ':', '?', '!']);
        let end = word.get(trimmed.len()..).unwrap_or_default();
        let is_name = |kind: Kind, name: &str| match kind {
            Kind::Name | Kind::Bucket | Kind::Object | Kind::Sid => name == trimmed,
            Kind::TagKey => *name == trimmed.to_lowercase(),
            _ => false,
        };
        let known = self.names.iter().find(|((kind, name), _)| is_name(*kind, name) && !is_of_sentence(trimmed));
        let is_address = trimmed.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let replaced = match (known, trimmed.split_once('/')) {
            (Some((_, stand_in)), _) => stand_in.clone(),
            _ if trimmed.starts_with("arn:") => self.arn(trimmed),
            (None, Some(("alias", _))) => self.key_reference(trimmed),
            (None, Some((kind @ ("assumed-role" | "role" | "user" | "federated-user"), name))) => {
                format!("{kind}/{}", self.segments(name))
            }
            _ if is_address => self.segments(trimmed),
            _ => self.ids(trimmed),
        };
        replaced + end
    }

    /// Replaces ids wherever they are in a word, by their shapes; and the bucket's own name.
    pub(super) fn ids(&mut self, word: &str) -> String {
        if VOCABULARY.contains(&word) {
            return word.to_owned();
        }
        let stand_in = self.stand_in(Kind::Bucket, &self.bucket.clone());
        let word = word.replace(&self.bucket, &stand_in);
        self.each_run(&word, |c| !c.is_ascii_alphanumeric() && c != '-', Self::token)
    }

    pub(super) fn token(&mut self, token: &str) -> String {
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let kind = match token.len() {
            11 | 12 if digits => Kind::Account,
            14 if is_dashed_account(token) => return self.dashed_account(token),
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

    /// An account id as the console shows it: `1111-2222-3333`.
    fn dashed_account(&mut self, token: &str) -> String {
        let account = self.stand_in(Kind::Account, &token.replace('-', ""));
        match (account.get(..4), account.get(4..8), account.get(8..)) {
            (Some(first), Some(second), Some(third)) => format!("{first}-{second}-{third}"),
            _ => account,
        }
    }

    /// Replaces account ids within a longer word.
    fn accounts(&mut self, token: &str) -> String {
        self.each_run(
            token,
            |c| !c.is_ascii_digit(),
            |redactor, digits| {
                if digits.len() == 12 { redactor.stand_in(Kind::Account, digits) } else { digits.to_owned() }
            },
        )
    }

    pub(super) fn arn(&mut self, text: &str) -> String {
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
    pub(super) fn bucket_name(&mut self, text: &str) -> String {
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

    /// What a Terraform plan names a key by until it is applied: type and attribute stay.
    fn expression(&mut self, text: &str) -> String {
        let expression = text.trim_start_matches("${").trim_end_matches('}');
        let (kind, attribute) = terraform_attribute(expression).unwrap_or(("value", "value"));
        let address = expression.strip_suffix(attribute).unwrap_or(expression);
        let stand_in = self.stand_in(Kind::Name, address);
        format!("${{{kind}.{stand_in}.{attribute}}}")
    }

    /// A key id, or the name of an alias.
    pub(super) fn key_name(&mut self, text: &str) -> String {
        if text.starts_with("${") && text.ends_with('}') && text.matches("${").count() == 1 {
            return self.expression(text);
        }
        let replaced = self.ids(text);
        if replaced != text || text.trim_matches('*').is_empty() { replaced } else { self.segments(text) }
    }

    /// Names with slashes or colons between them, each by its own stand-in; wildcards and variables stay.
    pub(super) fn segments(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        for (plain, variable) in around_variables(text) {
            result.push_str(&self.each_run(plain, |c| "/:*?".contains(c), Self::segment));
            result.push_str(variable);
        }
        result
    }

    /// One name. A placeholder stays one, whatever its name.
    fn segment(&mut self, whole: &str) -> String {
        let inner = whole.trim_matches(['[', ']', '{', '}', '<', '>']);
        let original = if inner.is_empty() { whole } else { inner };
        let ids = self.ids(original);
        let stand_in = if ids == original { self.stand_in(Kind::Name, original) } else { ids };
        whole.replacen(original, &stand_in, 1)
    }
}

/// A text in turns: what is before a variable, and the variable with its braces; one that is never closed is the rest.
pub(super) fn around_variables(text: &str) -> Vec<(&str, &str)> {
    let mut turns = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (plain, from_variable) = rest.split_at(start);
        let end = from_variable.find('}').map_or(from_variable.len(), |end| end + 1);
        let (variable, after) = from_variable.split_at(end);
        turns.push((plain, variable));
        rest = after;
    }
    turns.push((rest, ""));
    turns
}

/// What the vendor's role and user are called.
pub(super) fn vendor_names() -> impl Iterator<Item = &'static str> {
    Variant::principals().into_iter().filter_map(|arn| arn.rsplit_once('/').map(|(_, name)| name))
}

fn is_dashed_account(token: &str) -> bool {
    token.split('-').map(str::len).eq([4, 4, 4]) && token.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

pub(super) fn is_unique_id(token: &str) -> bool {
    const KINDS: [&str; 9] = ["AROA", "AIDA", "AGPA", "ANPA", "AIPA", "ASIA", "AKIA", "ANVA", "APKA"];
    KINDS.iter().any(|kind| token.starts_with(kind))
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_vendors(text: &str) -> bool {
    Variant::principals().contains(&text)
}

/// Also with its leading zero lost.
pub(super) fn is_vendor_account(account: &str) -> bool {
    Variant::principals()
        .iter()
        .filter_map(|arn| arn.split(':').nth(4))
        .any(|own| own.trim_start_matches('0') == account.trim_start_matches('0'))
}

/// A pattern that takes in the vendor, such as `arn:aws:iam::*:role/sc-*`.
fn may_be_vendors(pattern: &str) -> bool {
    pattern.contains(['*', '?']) && Variant::principals().iter().any(|arn| matches(pattern, arn))
}

pub(super) fn matches(pattern: &str, text: &str) -> bool {
    Glob::new(pattern, true).matches(text)
}
