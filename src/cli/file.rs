//! Files that are given and files that are made.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::Error;

/// The largest snapshot, preview, report or configuration that is read, in bytes.
const LARGEST: u64 = 32 << 20;

/// The text of a file, `-` for standard input; a byte order mark is dropped.
///
/// # Errors
/// When it cannot be read, is not UTF-8, or has more than 32 MB.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    text(path, bounded(path, LARGEST)?)
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
    utf8(path, bounded(path, LARGEST_POLICY)?)
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
        Error::on("read", path.display(), format!("not UTF-8 text, from byte {}", error.utf8_error().valid_up_to()))
    })
}

/// A file that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::on("read", path.display(), error).help("name a file that can be read, or `-` for standard input")
}

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
        self.place() == other.place() && !fs::metadata(&self.0).is_ok_and(|data| !data.is_file())
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
        self.begin_with(Readers::AsBefore)
    }

    /// As [`Self::begin`], for a file that only its owner may read: a snapshot holds the policies of a bucket.
    ///
    /// # Errors
    /// When the neighbour cannot be made.
    pub(crate) fn begin_private(&self) -> Result<PendingFile, Error> {
        self.begin_with(Readers::Owner)
    }

    fn begin_with(&self, readers: Readers) -> Result<PendingFile, Error> {
        let path = self.place();
        let in_place = fs::metadata(&path).is_ok_and(|data| !data.is_file());
        let wrong = |error| Error::on("write", self.0.display(), error).help("name a file that can be written");
        let file = if in_place {
            Open::Device(fs::OpenOptions::new().write(true).open(&path).map_err(wrong)?)
        } else {
            Open::Neighbour(neighbour(&path, readers).map_err(wrong)?)
        };
        Ok(PendingFile { named: self.0.clone(), path, file: io::BufWriter::new(file) })
    }

    /// Where the file is put. Links among the folders are followed, and a link as the last name is replaced: whoever can
    /// write into a folder cannot make us write elsewhere. What the system itself links, such as `/dev/stdout`, is
    /// followed to its end.
    fn place(&self) -> PathBuf {
        let folder = fs::canonicalize(directory(&self.0)).unwrap_or_else(|_| directory(&self.0).to_owned());
        let is_system = folder.starts_with("/dev") || folder.starts_with("/proc");
        let followed = || fs::canonicalize(&self.0).ok();
        let is_device = || fs::metadata(&self.0).is_ok_and(|data| !data.is_file());
        let plain = folder.join(self.0.file_name().unwrap_or_default());
        if is_system || is_device() { followed().unwrap_or(plain) } else { plain }
    }
}

/// Who may read a file that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Whoever could read the file before; of a new one, whoever the system lets.
    AsBefore,
    /// Its owner alone.
    Owner,
}

/// What is written to until the file takes its place.
#[derive(Debug)]
enum Open {
    /// A pipe or a device, which is never replaced.
    Device(fs::File),
    /// A file beside the one that it will replace, gone if it does not.
    Neighbour(NamedTempFile),
}

impl Write for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Device(file) => file.write(bytes),
            Self::Neighbour(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Device(file) => file.flush(),
            Self::Neighbour(file) => file.flush(),
        }
    }
}

/// A file on its way. Dropped before it is finished, it leaves the file before as it was.
#[derive(Debug)]
pub(crate) struct PendingFile {
    named: PathBuf,
    path: PathBuf,
    file: io::BufWriter<Open>,
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
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let settled = self.file.flush().and_then(|()| match self.file.get_ref() {
            Open::Neighbour(file) => file.as_file().sync_all(),
            Open::Device(_) => Ok(()),
        });
        settled.map_err(|error| Error::on("write", self.named.display(), error))
    }

    /// Puts the whole file in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.settle()?;
        let wrong = |error: io::Error| Error::on("write", self.named.display(), error);
        match self.file.into_inner().map_err(|error| wrong(error.into_error()))? {
            Open::Neighbour(file) => file.persist(&self.path).map(drop).map_err(|error| wrong(error.error)),
            Open::Device(_) => Ok(()),
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
            Err(Error::on("write into", path.display(), wrong).help("name a directory that can be written"))
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

    /// Other names for files whose names are those of files with other contents: `….before.json` is then `….before-2.json`, or
    /// the next that is free. What somebody keeps there is not overwritten.
    pub(crate) fn free_names<'a>(&self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
        let free = |(name, text): (&str, &str)| {
            let stem = name.strip_suffix(".json")?;
            let numbered = (2..).map(|number| format!("{stem}-{number}.json"));
            let ours = |name: &String| {
                let path = self.0.join(name);
                let contents = fs::symlink_metadata(&path).is_ok_and(|data| !data.is_dir()).then(|| fs::read(path));
                contents.is_none_or(|contents| contents.is_ok_and(|bytes| bytes == text.as_bytes()))
            };
            let found = std::iter::once(name.to_owned()).chain(numbered).find(ours)?;
            (found != name).then(|| (name.to_owned(), found))
        };
        files.filter_map(free).collect()
    }

    /// Writes all files or none: each to a neighbour first, and once all are written each into its place.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub(crate) fn write<'a>(&self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Error> {
        let files: Vec<(PathBuf, &str)> = files.map(|(name, text)| (self.0.join(name), text)).collect();
        let wrong = |error: io::Error| {
            Error::on("write into", self.0.display(), error).help("name a directory that can be written")
        };
        if let Some((path, _)) = files.iter().find(|(path, _)| path.is_dir()) {
            return Err(Error::on("write", path.display(), "it is a directory").help("name another directory"));
        }
        let made = !files.is_empty() && !self.0.exists();
        if made {
            fs::create_dir(&self.0).map_err(wrong)?;
        }
        let beside =
            files.iter().map(|(path, text)| Ok((write_beside(path, text)?, path))).collect::<io::Result<Vec<_>>>();
        let written = beside.and_then(|beside| {
            beside.into_iter().try_for_each(|(file, path)| file.persist(path).map(drop).map_err(|error| error.error))
        });
        if written.is_err() && made {
            let _ = fs::remove_dir(&self.0);
        }
        written.map_err(wrong)
    }
}

fn write_beside(path: &Path, text: &str) -> io::Result<NamedTempFile> {
    let mut file = neighbour(path, Readers::AsBefore)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
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
