//! The scripts that a command line names: files, directories and `-`.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use chatctl::diagnostic::source::Source;
use chatctl::lang::with_included;
use chatctl::text::system::without_numbers;

use crate::files::is_standard_stream;
use crate::output;

/// All files that cannot be read, each with its reason.
#[derive(Debug)]
struct Unreadable(Vec<anyhow::Error>);

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|error| format!("{error:#}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Unreadable {}

/// What a command line names.
#[derive(Debug, Default)]
pub(crate) struct FoundFiles {
    /// The scripts, in order.
    pub(crate) sources: Vec<Source>,
    /// Files and directories that cannot be read: the name, and the reason with the name in it.
    pub(crate) unreadable: Vec<(String, anyhow::Error)>,
    /// The names of those that nobody named: they were found in a directory.
    searched: HashSet<String>,
}

/// Reads every file of scripts that `paths` name: files as they are, all `*.chat` files below a directory in order of their
/// names, `-` for standard input.
///
/// # Errors
/// A line for each path that cannot be read.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    find(paths)?.sources()
}

/// Reads the scripts as [`read`] does, without those that are only parts of others: found in a directory, and included by
/// another one of these.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_whole(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    find(paths)?.whole().sources()
}

/// Reads the scripts as [`read`] does, and keeps apart those that cannot be read.
///
/// # Errors
/// If standard input is named twice: it can be read once.
pub(crate) fn find(paths: &[PathBuf]) -> anyhow::Result<FoundFiles> {
    if paths.iter().filter(|path| is_standard_stream(path)).count() > 1 {
        bail!("standard input (-) can be read only once");
    }
    let mut found = FoundFiles::default();
    for path in paths {
        found.add(path);
    }
    Ok(found)
}

impl FoundFiles {
    /// Without the files that were found in a directory and are included by another one.
    pub(crate) fn whole(mut self) -> Self {
        let place = |name: &str| fs::canonicalize(name).unwrap_or_else(|_| PathBuf::from(name));
        let included = self.sources.iter().flat_map(Source::included).map(|file| place(&file.name));
        let included: HashSet<PathBuf> = included.collect();
        let Self { sources, searched, .. } = &mut self;
        sources.retain(|source| !searched.contains(source.name()) || !included.contains(&place(source.name())));
        self
    }

    fn sources(self) -> anyhow::Result<Vec<Source>> {
        let errors: Vec<anyhow::Error> = self.unreadable.into_iter().map(|(_, error)| error).collect();
        if errors.is_empty() { Ok(self.sources) } else { Err(Unreadable(errors).into()) }
    }

    fn add(&mut self, path: &Path) {
        let files = match files(path) {
            Ok(files) => files,
            Err(error) => return self.unreadable.push((path.display().to_string(), error)),
        };
        if files.is_empty() {
            output::complain(&format!("no *.chat files in {}", path.display()));
        }
        for file in files {
            if file != path {
                self.searched.insert(file.display().to_string());
            }
            match read_one(&file) {
                Ok(source) => self.sources.push(source),
                Err(error) => self.unreadable.push((file.display().to_string(), error)),
            }
        }
    }
}

/// Whether the source came from standard input, which cannot be written back.
pub(crate) fn is_standard_input(source: &Source) -> bool {
    is_standard_stream(source.name())
}

fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    search(path, &mut found)?;
    Ok(found)
}

fn search(directory: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = entries.with_context(|| format!("cannot read the directory {}", directory.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a directory could lead back up, so only true directories are searched.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            search(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "chat") {
            // To read a pipe or a device could take for ever; whoever wants that names it.
            match fs::metadata(&path) {
                Ok(file) if file.is_file() => found.push(path),
                Ok(_) => output::complain(&format!("skipped {}: not a regular file", path.display())),
                Err(error) => output::complain(&format!("skipped {}: {error}", path.display())),
            }
        }
    }
    Ok(())
}

fn read_one(path: &Path) -> anyhow::Result<Source> {
    let is_standard_input = is_standard_stream(path);
    let bytes = if is_standard_input {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let name = path.display().to_string();
    let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
    let text = text_of(bytes).map_err(|why| anyhow!("cannot read {name}: {why}"))?;
    Ok(with_included(&Source::new(name, text), |path| {
        fs::read(path).map_err(|error| without_numbers(&error.to_string())).and_then(text_of)
    }))
}

/// The text of a file, or which line is none.
fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("line {line} is not valid UTF-8")
    })
}
