//! Files that are written whole or not at all: to a temporary name beside the file, flushed, synced and renamed. `-` stands
//! for standard output.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::output;

/// What stands for standard input or output where a file is named.
pub(crate) const STANDARD_STREAM: &str = "-";

/// Whether this names standard input or output, and no file.
pub(crate) fn is_standard_stream(name: impl AsRef<Path>) -> bool {
    name.as_ref().as_os_str() == STANDARD_STREAM
}

/// Makes sure that one of these names at most is standard output. Returns whether one is: then what is said to people goes to
/// standard error.
pub(crate) fn takes_standard_output<'n>(names: impl IntoIterator<Item = &'n Path>) -> anyhow::Result<bool> {
    match names.into_iter().filter(|name| is_standard_stream(name)).count() {
        0 => Ok(false),
        1 => Ok(true),
        _ => bail!("only one report can go to standard output (-)"),
    }
}

/// Where a report goes.
#[derive(Debug)]
pub(crate) enum Destination {
    /// Into a file.
    File(NewFile),
    /// To standard output.
    StandardOutput,
}

impl Destination {
    /// Creates the file, if it is one.
    pub(crate) fn create(name: &Path) -> anyhow::Result<Self> {
        if is_standard_stream(name) { Ok(Self::StandardOutput) } else { NewFile::create(name).map(Self::File) }
    }

    /// Writes the content.
    pub(crate) fn finish(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
        match self {
            Self::File(file) => file.finish(write),
            Self::StandardOutput => {
                let mut content = Vec::new();
                write(&mut content).context("cannot make the report")?;
                output::write("the report", &content)
            }
        }
    }
}

/// A file that is being written. Until [`finish`](Self::finish), whatever had its name before stays as it was.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// As the user named it, for messages.
    name: PathBuf,
    /// What it becomes; `None` for a device or a pipe, which is written to directly.
    destination: Option<PathBuf>,
    /// Where it is written.
    written: PathBuf,
    content: File,
}

impl NewFile {
    /// Creates the file, and the directories above it.
    pub(crate) fn create(name: &Path) -> anyhow::Result<Self> {
        Self::try_create(name).with_context(|| format!("cannot write {}", name.display()))
    }

    fn try_create(name: &Path) -> io::Result<Self> {
        // A link stays a link: what it points to is replaced.
        let destination = fs::canonicalize(name).unwrap_or_else(|_| name.to_owned());
        let existing = fs::metadata(&destination).ok();
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            let content = File::options().write(true).open(&destination)?;
            return Ok(Self { name: name.to_owned(), destination: None, written: destination, content });
        }
        if let Some(parent) = destination.parent() {
            fs::create_dir_all(parent)?;
        }
        let written = temporary(&destination)?;
        let content = File::options().write(true).create_new(true).open(&written)?;
        let file = Self { name: name.to_owned(), destination: Some(destination), written, content };
        if let Some(existing) = existing {
            file.content.set_permissions(existing.permissions())?;
        }
        Ok(file)
    }

    /// Writes the content, and gives the file its name once every byte of it is on the disk.
    pub(crate) fn finish(mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
        self.try_finish(write).with_context(|| format!("cannot write {}", self.name.display()))
    }

    fn try_finish(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = BufWriter::new(&self.content);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        if let Some(destination) = &self.destination {
            self.content.sync_all()?;
            fs::rename(&self.written, destination)?;
            self.destination = None;
        }
        Ok(())
    }
}

impl Drop for NewFile {
    /// Takes away what was not finished.
    fn drop(&mut self) {
        if self.destination.is_some() {
            let _ = fs::remove_file(&self.written);
        }
    }
}

/// Writes the whole file, or leaves it as it was.
pub(crate) fn write(name: &Path, content: &[u8]) -> anyhow::Result<()> {
    NewFile::create(name)?.finish(|out| out.write_all(content))
}

/// A name beside the file that nobody else uses.
fn temporary(destination: &Path) -> io::Result<PathBuf> {
    let Some(name) = destination.file_name() else { return Err(io::ErrorKind::IsADirectory.into()) };
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{:08x}", std::process::id(), fastrand::u32(..)));
    Ok(destination.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn directories_above_a_file_are_created() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reports/today/run.json");
        write(&file, b"{}").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"{}");
        assert_eq!(names(file.parent().unwrap()), ["run.json"]);
    }

    #[test]
    fn a_file_that_cannot_be_finished_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.chat");
        write(&file, b"before").unwrap();
        let refused = NewFile::create(&file).unwrap().finish(|out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(format!("{:#}", refused.unwrap_err()).contains("a.chat: no storage space"));
        assert_eq!(fs::read(&file).unwrap(), b"before");
        assert_eq!(names(folder.path()), ["a.chat"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_device_is_an_error() {
        let refused = write(Path::new("/dev/full"), b"x").unwrap_err();
        assert!(format!("{refused:#}").starts_with("cannot write /dev/full: No space left"), "{refused:#}");
    }

    #[test]
    #[cfg(unix)]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"before").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"after").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"after");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
