//! Documents of files, to judge in place of the ones in force.

use std::path::Path;

use stc_check::fix::changes;
use stc_check::policy::DocumentKind;
use stc_check::report::Documents;
use stc_check::snapshot::{Fact, PolicyText, Snapshot};

use super::error::Error;
use super::file;

/// Documents to judge in place of the ones in force.
#[derive(Debug, Clone, Default)]
pub(crate) struct Previews {
    bucket_policy: Option<Preview>,
    key_policy: Option<Preview>,
}

/// A document of a file.
#[derive(Debug, Clone)]
struct Preview {
    text: PolicyText,
    /// The file, where it holds the document and nothing else.
    file: Option<String>,
}

impl Previews {
    /// # Errors
    /// When a file is not a policy document.
    pub(crate) fn read(bucket_policy: Option<&Path>, key_policy: Option<&Path>) -> Result<Self, Error> {
        Ok(Self {
            bucket_policy: bucket_policy.map(|path| policy(path, DocumentKind::Bucket)).transpose()?,
            key_policy: key_policy.map(|path| policy(path, DocumentKind::Key)).transpose()?,
        })
    }

    /// Puts the documents into a snapshot.
    pub(crate) fn apply(&self, snapshot: &mut Snapshot) {
        if let Some(Preview { text, .. }) = &self.bucket_policy {
            snapshot.preview_bucket_policy(text.clone());
        }
        if let Some(Preview { text, .. }) = &self.key_policy {
            snapshot.key_policy = Fact::Found(text.clone());
        }
    }

    /// Says of the documents of a report which files they are from.
    pub(crate) fn name_files(&self, documents: &mut Documents) {
        let file = |preview: &Option<Preview>| preview.as_ref().and_then(|preview| preview.file.clone());
        documents.bucket_policy_file = file(&self.bucket_policy);
        documents.key_policy_file = file(&self.key_policy);
    }

    /// Whether there is one of `bucket-policy` or `key-policy`.
    pub(crate) fn replace(&self, document: &str) -> bool {
        if document == "key-policy" { self.key_policy.is_some() } else { self.bucket_policy.is_some() }
    }

    /// What a reader of the report must know: that it is about documents that are not in force.
    pub(crate) fn notice(&self) -> Option<String> {
        let previewed = match (&self.bucket_policy, &self.key_policy) {
            (Some(_), Some(_)) => "the bucket policy and the key policy",
            (Some(_), None) => "the bucket policy",
            (None, Some(_)) => "the key policy",
            (None, None) => return None,
        };
        Some(format!("a preview: {previewed} of a file, not of AWS, was judged"))
    }
}

/// Reads a policy document: JSON as it would be put, or as `get-bucket-policy` and `get-key-policy` print it, in
/// a `Policy` member.
///
/// # Errors
/// When it is not JSON, or longer than the service takes even without any space.
fn policy(path: &Path, kind: DocumentKind) -> Result<Preview, Error> {
    let text = file::read(path)?;
    let document: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        Error::on("reading the policy", path.display(), format!("not JSON: {error}"))
            .help("give the policy document itself, as `aws s3api put-bucket-policy --policy file://…` takes it")
    })?;
    let wrapped =
        document.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("Policy")?.as_str());
    let least = match wrapped {
        Some(wrapped) => {
            serde_json::from_str::<serde_json::Value>(wrapped).map_or(wrapped.len(), |inner| inner.to_string().len())
        }
        None => document.to_string().len(),
    };
    let (service, limit) = changes::limit(kind);
    if least > limit {
        let wrong = format!("without any space it has {least} bytes, and {service} takes {limit}");
        return Err(Error::on("reading the policy", path.display(), wrong)
            .help("shorten it: join statements, name accounts instead of long lists"));
    }
    Ok(match wrapped {
        Some(wrapped) => Preview { text: PolicyText { policy: wrapped.to_owned() }, file: None },
        None => Preview { text: PolicyText { policy: text }, file: Some(path.display().to_string()) },
    })
}
