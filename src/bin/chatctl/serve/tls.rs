//! `--tls-listen`, `--tls-cert` and `--tls-key`: what the server proves itself with, and when it is read again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;
use chatctl::server::{CredentialFiles, Credentials};
use clap::Args;

use super::config_file::Misfit;
use crate::exit::{Because, Exit};
use crate::target::host_and_port;

/// The door with TLS.
#[derive(Debug, Args)]
pub(super) struct TlsArguments {
    /// Also listen on this address with TLS; the usual port is 7697
    #[arg(long, value_name = "ADDR", value_parser = host_and_port)]
    pub(super) tls_listen: Option<String>,
    /// Certificate chain in PEM, read again at SIGHUP; the web address then uses TLS too [default: a self-signed one,
    /// kept in the directory of --data]
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl TlsArguments {
    /// The files of the certificate and its key, if they are given.
    pub(super) fn files(&self) -> Option<CredentialFiles> {
        let (certificate, key) = self.tls_cert.clone().zip(self.tls_key.clone())?;
        Some(CredentialFiles { certificate, key })
    }

    /// What is wrong with the files, if they are given.
    pub(super) fn misfit_of_files(&self) -> Option<Misfit> {
        let wrong = Credentials::from_files(self.files()?).err()?;
        Some(Misfit { flags: &["tls-cert", "tls-key"], why: wrong.to_string() })
    }

    /// What the server proves itself with, if it speaks TLS: if there are files, or if it has a door that needs a certificate.
    /// One of its own is for these names, and kept in the folder of the data; such a door without it is refused before.
    pub(super) fn credentials(
        &self,
        has_door: bool,
        data: Option<&Path>,
        names: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<Option<Arc<Credentials>>> {
        let credentials = match (self.files(), data.filter(|_| has_door)) {
            (Some(files), _) => Credentials::from_files(files),
            (None, Some(data)) => {
                let this_machine = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
                Credentials::kept_in(&data.join("tls"), names.into_iter().chain(this_machine).collect())
            }
            (None, None) => return Ok(None),
        };
        let credentials = credentials.map_err(|error| anyhow!(Because::new(Exit::Usage, error.to_string())))?;
        Ok(Some(Arc::new(credentials)))
    }
}
