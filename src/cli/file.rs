//! Files that are given and files that are made.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::error::Error;

/// The text of a file, `-` for standard input; a byte order mark is dropped.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    text(path, bytes(path, u64::MAX)?)
}

/// The text of a file, `-` for standard input, with everything that is in it.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub(crate) fn read_exactly(path: &Path) -> Result<String, Error> {
    utf8(path, bytes(path, u64::MAX)?)
}

/// The first so many bytes of a file, `-` for standard input.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    read.map(|_| bytes).map_err(|error| unreadable(path, &error))
}

/// The text in the bytes of a file; a byte order mark is dropped.
///
/// # Errors
/// When they are not UTF-8.
pub(crate) fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    let text = utf8(path, bytes)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn utf8(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        Error::on("reading", path.display(), format!("not UTF-8 text, from byte {}", error.utf8_error().valid_up_to()))
    })
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::on("reading", path.display(), error).help("name a file that can be read, or `-` for standard input")
}

/// Where a file of ours will be, known to be possible before any work is done for it.
#[derive(Debug, Clone)]
pub(crate) struct Destination(PathBuf);

impl Destination {
    /// # Errors
    /// When the path is a directory, or lies in none.
    pub(crate) fn new(path: PathBuf) -> Result<Self, Error> {
        let refused = |wrong: &str| {
            Err(Error::on("writing", path.display(), wrong).help("name a file in a directory that exists"))
        };
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
        let place = |Self(path): &Self| {
            let made = || Some(fs::canonicalize(directory(path)).ok()?.join(path.file_name()?));
            fs::canonicalize(path).ok().or_else(made)
        };
        place(self) == place(other) && !fs::metadata(&self.0).is_ok_and(|data| !data.is_file())
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
    pub(crate) fn begin(&self) -> Result<PendingFile, Error> {
        let path = fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone());
        let in_place = fs::metadata(&path).is_ok_and(|data| !data.is_file());
        let neighbour = (!in_place).then(|| neighbour(&path));
        let opened = match &neighbour {
            Some(neighbour) => fs::OpenOptions::new().write(true).create_new(true).open(neighbour),
            None => fs::OpenOptions::new().write(true).open(&path),
        };
        let wrong = |error| Error::on("writing", self.0.display(), error).help("name a file that can be written");
        let file = opened.map_err(wrong)?;
        if let (Some(_), Ok(before)) = (&neighbour, fs::metadata(&path)) {
            // The mode of the file before stays, where the file system has such a thing.
            let _ = file.set_permissions(before.permissions());
        }
        Ok(PendingFile { named: self.0.clone(), path, neighbour, file: io::BufWriter::new(file) })
    }
}

/// A file on its way. Dropped before it is finished, it leaves the file before as it was.
#[derive(Debug)]
pub(crate) struct PendingFile {
    named: PathBuf,
    path: PathBuf,
    neighbour: Option<PathBuf>,
    file: io::BufWriter<fs::File>,
}

impl PendingFile {
    /// # Errors
    /// When it cannot be written, as on a full disk.
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(|error| Error::on("writing", self.named.display(), error))
    }

    /// Sees to it that all of it is written.
    ///
    /// # Errors
    /// When it cannot be, as on a full disk.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let settled = self.file.flush().and_then(|()| match &self.neighbour {
            Some(_) => self.file.get_ref().sync_all(),
            None => Ok(()),
        });
        settled.map_err(|error| Error::on("writing", self.named.display(), error))
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.settle()?;
        if let Some(neighbour) = &self.neighbour {
            fs::rename(neighbour, &self.path).map_err(|error| Error::on("writing", self.named.display(), error))?;
        }
        self.neighbour = None;
        Ok(())
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if let Some(neighbour) = &self.neighbour {
            let _ = fs::remove_file(neighbour);
        }
    }
}

/// A directory for files of ours; made where there is none yet.
#[derive(Debug, Clone)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// # Errors
    /// When the path is a file, or the directory that it would be made in does not exist.
    pub(crate) fn new(path: PathBuf) -> Result<Self, Error> {
        let refused = |wrong: &str| {
            Err(Error::on("writing into", path.display(), wrong).help("name a directory that can be written"))
        };
        if path.exists() && !path.is_dir() {
            return refused("it is a file");
        }
        if !path.exists() && (path.file_name().is_none() || !directory(&path).is_dir()) {
            return refused("the directory around it does not exist");
        }
        Ok(Self(path))
    }

    /// As it was given.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Other names for the files of what was before, where files with other contents have theirs: `….before.json` is then
    /// `….before-2.json`, or the next that is free. What somebody kept is not overwritten.
    pub(crate) fn free_names<'a>(&self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
        let kept = files.filter(|(name, _)| name.ends_with(".before.json"));
        let free = |(name, text): (&str, &str)| {
            let stem = name.strip_suffix(".json")?;
            let numbered = (2..).map(|number| format!("{stem}-{number}.json"));
            let ours = |name: &String| {
                let path = self.0.join(name);
                !path.exists() || fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
            };
            let found = std::iter::once(name.to_owned()).chain(numbered).find(ours)?;
            (found != name).then(|| (name.to_owned(), found))
        };
        kept.filter_map(free).collect()
    }

    /// Writes all files or none: each to a neighbour first, and once all are written each into its place.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub(crate) fn write<'a>(&self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Error> {
        let files: Vec<(PathBuf, &str)> = files.map(|(name, text)| (self.0.join(name), text)).collect();
        let wrong = |error: io::Error| {
            Error::on("writing into", self.0.display(), error).help("name a directory that can be written")
        };
        if let Some((path, _)) = files.iter().find(|(path, _)| path.is_dir()) {
            return Err(Error::on("writing", path.display(), "it is a directory").help("name another directory"));
        }
        let made = !files.is_empty() && !self.0.exists();
        if made {
            fs::create_dir(&self.0).map_err(wrong)?;
        }
        let mut written = Ok(());
        for (path, text) in &files {
            written = written.and_then(|()| write_beside(path, text));
        }
        for (path, _) in &files {
            written = written.and_then(|()| fs::rename(neighbour(path), path));
        }
        if written.is_err() {
            for (path, _) in &files {
                let _ = fs::remove_file(neighbour(path));
            }
            if made {
                let _ = fs::remove_dir(&self.0);
            }
        }
        written.map_err(wrong)
    }
}

fn write_beside(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(neighbour(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
}

/// Where a file is written before it takes its place.
fn neighbour(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", std::process::id()));
    directory(path).join(name)
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}
