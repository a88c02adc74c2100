//! A directory that takes several files of ours, all or none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Readers, directory, neighbour};
use crate::cli::error::Error;

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
