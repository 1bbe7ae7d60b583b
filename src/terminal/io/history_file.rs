//! The typed lines of earlier runs: a file of lines, oldest first, that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::terminal::input::history::MAX_HISTORY;

/// The file of the typed lines.
#[derive(Debug, Clone)]
pub(super) struct HistoryFile(PathBuf);

impl HistoryFile {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The last lines, or none if there is no file. A file with more than twice as many lines is cut.
    pub(super) fn read(&self) -> Vec<String> {
        let Ok(bytes) = fs::read(&self.0) else { return Vec::new() };
        let text = String::from_utf8_lossy(&bytes);
        let all: Vec<&str> = text.lines().collect();
        let last: Vec<String> =
            all[all.len().saturating_sub(MAX_HISTORY)..].iter().map(|line| (*line).to_owned()).collect();
        if all.len() > 2 * MAX_HISTORY {
            // The next run will try again.
            let _ = self.rewrite(&last);
        }
        last
    }

    /// Adds a line.
    ///
    /// # Errors
    /// If the file cannot be written to.
    pub(super) fn append(&self, line: &str) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(&self.0)?;
        let newline = if ends_in_the_middle_of_a_line(&mut file)? { "\n" } else { "" };
        file.write_all(format!("{newline}{line}\n").as_bytes())
    }

    fn rewrite(&self, lines: &[String]) -> io::Result<()> {
        let new = self.0.with_extension("new");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all((lines.join("\n") + "\n").as_bytes())?;
        fs::rename(new, &self.0)
    }
}

/// Whether the last line has no newline, because the file was edited by hand or cut off.
fn ends_in_the_middle_of_a_line(file: &mut File) -> io::Result<bool> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/chatctl/history");
        let file = HistoryFile::new(&path);
        assert!(file.read().is_empty());
        file.append("one").unwrap();
        file.append("渊").unwrap();
        assert_eq!(HistoryFile::new(&path).read(), ["one", "渊"]);
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_line_after_half_a_line_is_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        fs::write(&path, "ping one").unwrap();
        HistoryFile::new(&path).append("ping two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "ping one\nping two\n");
    }

    #[test]
    fn a_file_that_has_grown_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let lines: Vec<String> = (0..=2 * MAX_HISTORY).map(|i| i.to_string()).collect();
        fs::write(&path, lines.join("\n")).unwrap();
        let last = HistoryFile::new(&path).read();
        assert_eq!((last.len(), last[MAX_HISTORY - 1].as_str()), (MAX_HISTORY, "2000"));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), MAX_HISTORY);
    }
}
