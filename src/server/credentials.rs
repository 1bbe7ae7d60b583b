//! Where a server's certificate and key come from: files, which are read again when somebody says so, or memory.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use thiserror::Error;

use crate::lock::Locked;
use crate::net::tls::{Identity, IdentityError, NewCertificate};

/// Their names in a folder of our own.
const CERTIFICATE: &str = "cert.pem";
const KEY: &str = "key.pem";

/// What a server proves itself with, now.
#[derive(Debug)]
pub struct Credentials {
    held: Mutex<HeldCredentials>,
}

/// What credentials are, and the files that they are of.
#[derive(Debug, Clone)]
struct HeldCredentials {
    files: Option<CredentialFiles>,
    identity: Identity,
}

/// Credentials that were read and are right, and do not hold yet.
#[derive(Debug)]
#[must_use]
pub struct NewCredentials(HeldCredentials);

/// The files of a certificate with its chain, and of its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// Why there are no credentials.
#[derive(Debug, Error)]
pub enum CredentialsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What the files hold is of no use.
    #[error("cannot use {} with {}: {source}", files.certificate.display(), files.key.display())]
    Use {
        /// The files.
        files: CredentialFiles,
        /// Why not.
        source: IdentityError,
    },
    /// A certificate of our own cannot be made or kept.
    #[error("cannot make a certificate{}: {why}", place.as_ref().map(|place| format!(" in {}", place.display())).unwrap_or_default())]
    Make {
        /// Where it would have been kept.
        place: Option<PathBuf>,
        /// Why not.
        why: String,
    },
}

impl Credentials {
    /// What these files hold, now and whenever they are read again.
    ///
    /// # Errors
    /// If they cannot be read, or do not belong together.
    pub fn from_files(files: CredentialFiles) -> Result<Self, CredentialsError> {
        let identity = files.read()?;
        Ok(Self { held: Mutex::new(HeldCredentials { files: Some(files), identity }) })
    }

    /// What is kept in a folder of our own. What is missing there is made for these names, and has signed itself.
    ///
    /// # Errors
    /// If it cannot be read, made or kept.
    pub fn kept_in(folder: &Path, names: Vec<String>) -> Result<Self, CredentialsError> {
        let files = CredentialFiles { certificate: folder.join(CERTIFICATE), key: folder.join(KEY) };
        let cannot = |why: String| CredentialsError::Make { place: Some(folder.to_path_buf()), why };
        if !(files.certificate.exists() && files.key.exists()) {
            make_folder(folder).map_err(|error| cannot(error.to_string()))?;
            // Whoever knows the key goes on trusting it.
            let key = files.key.exists().then(|| read(&files.key)).transpose()?;
            let key = key.map(|key| String::from_utf8_lossy(&key).into_owned());
            let made = NewCertificate::for_names(names, key.as_deref()).map_err(cannot)?;
            let kept = replace(&files.key, &made.key).and_then(|()| replace(&files.certificate, &made.certificate));
            kept.map_err(|error| cannot(error.to_string()))?;
        }
        Self::from_files(files)
    }

    /// A key and a certificate that nobody has seen before, for as long as the program runs.
    ///
    /// # Errors
    /// If they cannot be made.
    pub fn for_now(names: Vec<String>) -> Result<Self, CredentialsError> {
        let cannot = |why: String| CredentialsError::Make { place: None, why };
        let made = NewCertificate::for_names(names, None).map_err(cannot)?;
        let identity = Identity::from_pem(made.certificate.as_bytes(), made.key.as_bytes());
        let identity = identity.map_err(|error| cannot(error.to_string()))?;
        Ok(Self { held: Mutex::new(HeldCredentials { files: None, identity }) })
    }

    /// Reads the files again, or these in their place. What held before holds until [`Self::replace`].
    ///
    /// # Errors
    /// If they cannot be read, or do not belong together.
    pub fn read_again(&self, others: Option<CredentialFiles>) -> Result<NewCredentials, CredentialsError> {
        let mut new = self.held.locked().clone();
        new.files = others.or(new.files);
        if let Some(files) = &new.files {
            new.identity = files.read()?;
        }
        Ok(NewCredentials(new))
    }

    /// Lets what was read hold, for the connections to come.
    pub fn replace(&self, new: NewCredentials) {
        *self.held.locked() = new.0;
    }

    /// What holds now.
    #[must_use]
    pub fn current(&self) -> Identity {
        self.held.locked().identity.clone()
    }
}

impl CredentialFiles {
    fn read(&self) -> Result<Identity, CredentialsError> {
        let identity = Identity::from_pem(&read(&self.certificate)?, &read(&self.key)?);
        identity.map_err(|source| CredentialsError::Use { files: self.clone(), source })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CredentialsError> {
    fs::read(path).map_err(|source| CredentialsError::Read { path: path.to_path_buf(), source })
}

/// For its owner alone.
fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that nobody else may read, in one step for whoever looks.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let begun = path.with_extension("new");
    let mut file: File = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&begun)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&begun, path)
}
