//! The scripts that a command line names: files, directories and `-`.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatctl::diagnostic::source::Source;

/// The name of standard input, on the command line and in messages.
const STANDARD_INPUT: &str = "-";

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

/// Reads every script that `paths` name: files as they are, all `*.chat` files below a directory in order of their
/// names, `-` for standard input.
///
/// # Errors
/// A line for each path that cannot be read.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let (mut sources, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        match files(path) {
            Err(error) => errors.push(error),
            Ok(files) => {
                for file in files {
                    match read_one(&file) {
                        Ok(source) => sources.push(source),
                        Err(error) => errors.push(error),
                    }
                }
            }
        }
    }
    if errors.is_empty() { Ok(sources) } else { Err(Unreadable(errors).into()) }
}

/// Whether the source came from standard input, which cannot be written back.
pub(crate) fn is_standard_input(source: &Source) -> bool {
    source.name() == STANDARD_INPUT
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
            found.push(path);
        }
    }
    Ok(())
}

fn read_one(path: &Path) -> anyhow::Result<Source> {
    let is_standard_input = path == Path::new(STANDARD_INPUT);
    let bytes = if is_standard_input {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let name = path.display().to_string();
    let bytes = bytes.with_context(|| format!("cannot read {name}"))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
            bail!("cannot read {name}: line {line} is not valid UTF-8");
        }
    }
}
