//! Standard output, whose reader may have left.

use std::io::{self, Write};
use std::process::ExitCode;

/// Writes all of it, or says why it cannot be.
pub(crate) fn write(text: &[u8]) -> ExitCode {
    match try_write(text) {
        Err(error) => {
            let _ = writeln!(io::stderr(), "chatctl: cannot write: {error}");
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// Writes all of it. That nobody reads it is no failure.
pub(crate) fn try_write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
