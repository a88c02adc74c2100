//! A file of ours on its way to its place.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

use super::{Readers, directory, neighbour};
use crate::cli::error::Error;

/// Where a file of ours will be, known to be possible before any work is done for it.
#[derive(Debug, Clone)]
pub(crate) struct Destination(PathBuf);

impl Destination {
    /// # Errors
    /// When the path is a directory, or lies in none.
    pub(crate) fn new(path: PathBuf) -> Result<Self, Error> {
        let refused =
            |wrong: &str| Err(Error::on("write", path.display(), wrong).help("name a file in a directory that exists"));
        if path.is_dir() {
            return refused("it is a directory");
        }
        if path.file_name().is_none() || !directory(&path).is_dir() {
            return refused("its directory does not exist");
        }
        Ok(Self(path))
    }

    /// Whether both are one file, however they are spelled. Devices take what comes from several.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.place() == other.place() && !is_device(&self.0)
    }

    /// As it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Begins a file that comes piece by piece: in a neighbour, which takes its place once it is whole. Devices and
    /// pipes are written to directly.
    ///
    /// # Errors
    /// When the neighbour cannot be made.
    pub(crate) fn begin(&self, readers: Readers) -> Result<PendingFile, Error> {
        let place = self.place();
        let begun = if is_device(&place) {
            fs::OpenOptions::new().write(true).open(&place).map(|file| (file, None))
        } else {
            neighbour(&place, readers).map(NamedTempFile::into_parts).map(|(file, path)| (file, Some((path, place))))
        };
        let wrong = |error| Error::on("write", self.0.display(), error).help("name a file that can be written");
        let (file, neighbour) = begun.map_err(wrong)?;
        Ok(PendingFile { named: self.0.clone(), file: io::BufWriter::new(file), neighbour })
    }

    /// Where the file is put. Links among the folders are followed, and a link as the last name is replaced: nobody who can
    /// write into a folder can make us write elsewhere. What the system itself links, such as `/dev/stdout`, is
    /// followed to its end.
    fn place(&self) -> PathBuf {
        let folder = fs::canonicalize(directory(&self.0)).unwrap_or_else(|_| directory(&self.0).to_owned());
        let is_system = folder.starts_with("/dev") || folder.starts_with("/proc");
        let followed = || fs::canonicalize(&self.0).ok();
        let name = self.0.file_name().unwrap_or_default();
        if names_device(name) {
            return name.into();
        }
        let plain = folder.join(name);
        if is_system || is_device(&self.0) { followed().unwrap_or(plain) } else { plain }
    }
}

/// Whether it is a pipe or a device, which is written to as it is and never replaced.
fn is_device(path: &Path) -> bool {
    path.file_name().is_some_and(names_device) || fs::metadata(path).is_ok_and(|data| !data.is_file())
}

/// Whether it is the name that Windows has for a device in every folder: what is written there is thrown away, or shown.
/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions>
fn names_device(name: &OsStr) -> bool {
    cfg!(windows) && ["NUL", "CON"].iter().any(|device| name.eq_ignore_ascii_case(device))
}

/// A file on its way. Dropped before it is finished, it leaves the file before as it was.
#[derive(Debug)]
pub(crate) struct PendingFile {
    named: PathBuf,
    file: io::BufWriter<fs::File>,
    /// Where it is written until it is whole, and the place that it takes then; none for a pipe or a device.
    neighbour: Option<(TempPath, PathBuf)>,
}

impl PendingFile {
    /// # Errors
    /// When it cannot be written, as on a full disk.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(|error| Error::on("write", self.named.display(), error))
    }

    /// Sees to it that all of it is written.
    ///
    /// # Errors
    /// When it cannot be, as on a full disk.
    pub(crate) fn write_out(&mut self) -> Result<(), Error> {
        let written = self.file.flush().and_then(|()| match self.neighbour {
            Some(_) => self.file.get_ref().sync_all(),
            None => Ok(()),
        });
        written.map_err(|error| Error::on("write", self.named.display(), error))
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.write_out()?;
        let Some((written, place)) = self.neighbour else { return Ok(()) };
        written.persist(place).map_err(|error| Error::on("write", self.named.display(), error.error))
    }
}
