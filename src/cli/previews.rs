//! Documents of files, to judge in place of the ones in force.

use std::path::{Path, PathBuf};

use stc_check::report::{Documents, StatementSource};
use stc_check::snapshot::{PolicyText, Snapshot};
use stc_check::text::not_json::not_json;

use super::arguments::PreviewArguments;
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
    pub(crate) fn read(PreviewArguments { bucket_policy, key_policy }: &PreviewArguments) -> Result<Self, Error> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(policy).transpose();
        Ok(Self { bucket_policy: read(bucket_policy)?, key_policy: read(key_policy)? })
    }

    /// Puts the documents into a snapshot.
    pub(crate) fn apply(&self, snapshot: &mut Snapshot) {
        if let Some(Preview { text, .. }) = &self.bucket_policy {
            snapshot.preview_bucket_policy(text.clone());
        }
        if let Some(Preview { text, .. }) = &self.key_policy {
            snapshot.preview_key_policy(text.clone());
        }
    }

    /// Says of the documents of a report which files they are from.
    pub(crate) fn name_files(&self, documents: &mut Documents) {
        let file = |preview: &Option<Preview>| preview.as_ref().and_then(|preview| preview.file.clone());
        documents.bucket_policy_file = file(&self.bucket_policy);
        documents.key_policy_file = file(&self.key_policy);
    }

    /// Whether there is one of `bucket-policy` or `key-policy`.
    pub(crate) fn replace(&self, document: StatementSource) -> bool {
        if document == StatementSource::KeyPolicy { self.key_policy.is_some() } else { self.bucket_policy.is_some() }
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
/// a `Policy` member. What precedes the JSON is kept: the service would see it.
///
/// # Errors
/// When it is not JSON.
fn policy(path: &Path) -> Result<Preview, Error> {
    let text = file::read_policy(path)?;
    let whole = PolicyText::unsaved(&text);
    let document: serde_json::Value = serde_json::from_str(&whole.policy).map_err(|error| {
        Error::on("read the policy", path.display(), not_json(&error))
            .help("give the policy document itself, as `aws s3api put-bucket-policy --policy file://…` takes it")
    })?;
    let wrapped =
        document.as_object().filter(|object| object.len() == 1).and_then(|object| object.get("Policy")?.as_str());
    Ok(match wrapped {
        Some(wrapped) => Preview { text: PolicyText::unsaved(wrapped), file: None },
        None => Preview { text: whole, file: Some(path.display().to_string()) },
    })
}
