//! The bytes that `send` sends: a file, or what comes from a pipe, whose size is known once it has ended.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use anyhow::Context;
use chatctl::protocol::file::FileName;
use smol::Unblock;

use crate::files::is_standard_stream;

/// All bytes of a file, and what it is called.
#[derive(Debug)]
pub(super) struct InputFile {
    pub(super) name: FileName,
    pub(super) size: u64,
    pub(super) content: Unblock<File>,
}

impl InputFile {
    /// Opens a file, or standard input for `-`.
    pub(super) fn open(path: &Path, called: Option<&str>) -> anyhow::Result<Self> {
        let is_input = is_standard_stream(path);
        let own = if is_input { "stdin".into() } else { path.file_name().unwrap_or_default().to_string_lossy() };
        let name = FileName::new(called.unwrap_or(&own)).context("--as gives it another name")?;
        let shown = if is_input { "standard input".to_owned() } else { path.display().to_string() };
        let opened = if is_input { spooled(io::stdin().lock()) } else { opened(path) };
        let (size, content) = opened.with_context(|| format!("cannot read {shown}"))?;
        Ok(Self { name, size, content: Unblock::new(content) })
    }
}

fn opened(path: &Path) -> io::Result<(u64, File)> {
    let file = File::open(path)?;
    let is = file.metadata()?;
    if is.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if is.is_file() { Ok((is.len(), file)) } else { spooled(file) }
}

/// What comes until the end, in a file without a name.
fn spooled(mut input: impl Read) -> io::Result<(u64, File)> {
    let path = std::env::temp_dir().join(format!("chatctl-{}-{:016x}", std::process::id(), fastrand::u64(..)));
    let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    let size = io::copy(&mut input, &mut file)?;
    file.rewind()?;
    Ok((size, file))
}
