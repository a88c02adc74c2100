//! What a service or a proxy said: names that it quotes, hosts and addresses.

use super::{Kind, Redactor};

/// The words of AWS's sentences about refusals (docs/design/refusals.md), which name nobody even if somebody is called so.
const SENTENCE: &str = "a action allows an and authorized because boundary control deny denied endpoint explicit \
                        identity-based in is no not on perform permissions policies policy resource resource-based \
                        service session the to user vpc with";

/// AWS's own hosts, by how their names end.
const AWS_HOSTS: [&str; 4] = ["amazonaws.com", "amazonaws.com.cn", "api.aws", "aws.amazon.com"];

/// Whether a word belongs to a sentence of AWS's.
pub(super) fn is_of_sentence(word: &str) -> bool {
    SENTENCE.split(' ').any(|known| known == word.to_lowercase())
}

impl Redactor {
    /// What the service said: what it quotes is a name.
    pub(super) fn message(&mut self, text: &str) -> String {
        let said = self.each_word(text, |redactor, word| {
            let trimmed = word.trim_end_matches(['.', ':', '?', '!']);
            let end = word.get(trimmed.len()..).unwrap_or_default();
            redactor.address(trimmed).map_or_else(|| word.to_owned(), |address| address + end)
        });
        let said = self.text(&said);
        let parts: Vec<&str> = said.split_inclusive(['\'', '"', '`']).collect();
        let mut result = String::with_capacity(said.len());
        for (index, part) in parts.iter().enumerate() {
            let inner = part.trim_end_matches(['\'', '"', '`']);
            let is_name = inner.len() < part.len() && !inner.is_empty() && !inner.contains([' ', ':', '{', '}']);
            if index > 0 && is_name && !self.names.values().any(|stand_in| inner.contains(stand_in.as_str())) {
                result.push_str(&self.segments(inner));
                result.push_str(part.get(inner.len()..).unwrap_or_default());
            } else {
                result.push_str(part);
            }
        }
        result
    }

    /// An address such as `https://host/path`, or a host by itself: whose it is, and where it leads, is a name. None for any
    /// other word.
    pub(super) fn address(&mut self, word: &str) -> Option<String> {
        let (scheme, rest) = match word.split_once("://") {
            Some((scheme, rest)) => (format!("{scheme}://"), rest),
            None => (String::new(), word),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, format!(":{port}")),
            _ => (authority, String::new()),
        };
        if host.is_empty() || (scheme.is_empty() && !is_host(host)) {
            return None;
        }
        Some(format!("{scheme}{}{port}{}", self.host(host), self.path(path)))
    }

    /// AWS's own hosts stay, but for the bucket that they begin with.
    fn host(&mut self, host: &str) -> String {
        let is_aws = AWS_HOSTS.iter().any(|own| host == *own || host.ends_with(&format!(".{own}")));
        let is_plain = host.bytes().all(|byte| byte.is_ascii_digit() || b".:[]".contains(&byte)) || host == "localhost";
        let bucket = [".s3.", ".s3-"].iter().find_map(|service| host.find(service));
        match bucket {
            _ if is_plain => host.to_owned(),
            Some(at) if is_aws => {
                let (bucket, service) = host.split_at(at);
                self.stand_in(Kind::Bucket, bucket) + &self.ids(service)
            }
            _ if is_aws => self.ids(host),
            _ => self.stand_in(Kind::Name, host),
        }
    }

    /// What follows a host: folders, a file, a query.
    fn path(&mut self, path: &str) -> String {
        self.each_run(path, |c| "/?#&=".contains(c), Self::segments)
    }
}

/// The name of a host, and no number, file or sentence: labels with dots between them, the last of letters.
fn is_host(word: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let last = word.rsplit('.').next().unwrap_or_default();
    let top = last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    word.contains('.') && word.split('.').all(label) && top
}
