//! What is written beside a file before it takes its place.

use std::fs;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// The permissions that the file had before; a new file gets those of the system.
    AsBefore,
    /// Its owner alone.
    Owner,
}

/// What is written before it takes the place of a file: beside it, under a name that no other run has.
pub(super) fn neighbour(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".new");
    let before = fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file);
    match (readers, before) {
        // The mode of the file before stays, where the file system has such a thing.
        (Readers::AsBefore, Some(before)) => {
            let file = builder.tempfile_in(directory(path))?;
            let _ = file.as_file().set_permissions(before.permissions());
            Ok(file)
        }
        (Readers::AsBefore, None) => usual_permissions(&mut builder).tempfile_in(directory(path)),
        (Readers::Owner, _) => builder.tempfile_in(directory(path)),
    }
}

/// A new file as any other program makes it, less what the user's umask takes away.
#[cfg(unix)]
fn usual_permissions<'a, 'p, 's>(builder: &'a mut tempfile::Builder<'p, 's>) -> &'a mut tempfile::Builder<'p, 's> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions<'a, 'p, 's>(builder: &'a mut tempfile::Builder<'p, 's>) -> &'a mut tempfile::Builder<'p, 's> {
    builder
}

pub(super) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
