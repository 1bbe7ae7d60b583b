//! The socket in the folder of the data that those open who run the server.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::{Because, Exit};

/// Its name in the folder.
pub(crate) const NAME: &str = "control";

/// Bytes of the longest path that a socket can have on Linux, one less than `sun_path`.
const LONGEST_PATH: usize = 107;

/// The file of a socket, which is removed when this is dropped.
#[derive(Debug)]
pub(crate) struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = fs::remove_file(&self.0);
    }
}

/// Listens in a folder that no other server uses.
pub(crate) fn listen(folder: &Path) -> anyhow::Result<(UnixListener, SocketFile)> {
    listen_at(&folder.join(NAME))
}

/// Listens at a path where nobody else does. Only the owner of the file may open it.
pub(crate) fn listen_at(path: &Path) -> anyhow::Result<(UnixListener, SocketFile)> {
    let shown = path.display();
    let cannot_listen = || Because::new(Exit::NoConnection, format!("cannot listen on {shown}"));
    let begun = path.with_extension("new");
    let bytes = begun.as_os_str().len();
    if bytes > LONGEST_PATH {
        let bytes = path.as_os_str().len();
        let most = LONGEST_PATH - ".new".len();
        let why =
            format!("cannot listen on {shown}: a socket's path has at most {most} bytes, and this one has {bytes}");
        return Err(Because::new(Exit::NoConnection, why).into());
    }
    check_free(path).with_context(cannot_listen)?;
    bind(&begun, path).with_context(cannot_listen)
}

/// Whether there is nothing at a path but perhaps a socket that nobody listens at any more.
fn check_free(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !kind.is_socket() {
        return Err(io::Error::other("there is a file of this name that is no socket"));
    }
    match UnixStream::connect(path) {
        Ok(_) => Err(io::Error::other("another program listens there")),
        // A server that was killed has left it.
        Err(_) => Ok(()),
    }
}

fn bind(begun: &Path, path: &Path) -> io::Result<(UnixListener, SocketFile)> {
    // A server that was killed has left its own.
    if let Err(error) = fs::remove_file(begun)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let listener = UnixListener::bind(begun)?;
    // Nobody can open it by its name before it is the owner's alone.
    fs::set_permissions(begun, Permissions::from_mode(0o600))?;
    fs::rename(begun, path)?;
    Ok((listener, SocketFile(path.to_path_buf())))
}
