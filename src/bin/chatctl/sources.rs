//! The scripts that a command is given: files, directories and `-` for standard input.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chatctl::script::source::Source;

/// What scripts are called.
const EXTENSION: &str = "chat";

/// Reads all of them: files in the order given, those of a directory (and below) by name.
pub(crate) fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(read_standard_input()?);
        } else if path.is_dir() {
            let found = scripts_below(path).with_context(|| format!("cannot read {}", path.display()))?;
            for file in found {
                sources.push(read_file(&file)?);
            }
        } else {
            sources.push(read_file(path)?);
        }
    }
    Ok(sources)
}

fn read_file(path: &Path) -> anyhow::Result<Source> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    source(path.display().to_string(), bytes)
}

fn read_standard_input() -> anyhow::Result<Source> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    source("-".to_owned(), bytes)
}

fn source(name: String, bytes: Vec<u8>) -> anyhow::Result<Source> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => bail!("cannot read {name}: it is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()),
    }
}

fn scripts_below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        // A symbolic link to a directory may lead round in a circle.
        if path.is_dir() && !path.is_symlink() {
            found.extend(scripts_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            found.push(path);
        }
    }
    Ok(found)
}
