//! Files that are given, and what is written beside a file before it takes its place.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use stc_check::text::encoding;
use tempfile::NamedTempFile;

use super::error::Error;

mod destination;
mod directory;

pub(crate) use destination::{Destination, PendingFile};
pub(crate) use directory::Directory;

/// The largest snapshot, preview, report or configuration that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// The text of a file, `-` for standard input, in whichever Unicode encoding it is; a byte order mark is dropped.
///
/// # Errors
/// When it cannot be read, is no text, or has more than 32 MB.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    let bytes = bounded(path, LARGEST)?;
    let text = encoding::decode(&bytes).map_err(|wrong| Error::on("read", path.display(), wrong))?;
    Ok(text.into_owned())
}

/// The bytes of a file that has at most so many, `-` for standard input.
///
/// # Errors
/// When it cannot be read, or has more.
pub(crate) fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let bytes = bytes(path, most.saturating_add(1))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        let wrong = format!("it has more than {} MB, the most that is read of such a file", most >> 20);
        return Err(Error::on("read", path.display(), wrong));
    }
    Ok(bytes)
}

/// The largest policy that is read, in bytes: fifty times what S3 takes.
const LARGEST_POLICY: u64 = 1 << 20;

/// The text of a policy's file, `-` for standard input, with everything that is in it.
///
/// # Errors
/// When it cannot be read, is not UTF-8, or has more than 1 MB.
pub(crate) fn read_policy(path: &Path) -> Result<String, Error> {
    let bytes = bounded(path, LARGEST_POLICY)?;
    if encoding::is_utf16(&bytes) {
        return Err(Error::on("read", path.display(), "it is UTF-16 text, which neither the AWS CLI nor AWS takes")
            .help("save the policy as UTF-8, without a byte order mark"));
    }
    String::from_utf8(bytes)
        .map_err(|error| Error::on("read", path.display(), encoding::NotText::Utf8(error.utf8_error().valid_up_to())))
}

/// The first so many bytes of a file, `-` for standard input.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(most).read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| unreadable(path, &error))
}

/// A file to read, `-` for standard input.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, Error> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(fs::File::open(path).map_err(|error| unreadable(path, &error))?))
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::on("read", path.display(), error).help("name a file that can be read, or `-` for standard input")
}

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// The permissions that the file had before; a new file gets those of the system.
    AsBefore,
    /// Its owner alone.
    Owner,
}

/// What is written before it takes the place of a file: beside it, under a name that no other run has.
fn neighbour(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
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

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
