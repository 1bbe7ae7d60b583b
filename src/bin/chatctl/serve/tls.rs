//! `--tls-listen`, `--tls-cert` and `--tls-key`: what the server proves itself with, and when it is read again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};
use chatctl::server::{CredentialFiles, Credentials};
use clap::Args;

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
    /// What the server proves itself with, if it speaks TLS: at its own door, or as this other flag asks for. A certificate of
    /// its own is for these names.
    pub(super) fn credentials(
        &self,
        other: Option<&str>,
        data: Option<&Path>,
        names: impl IntoIterator<Item = String>,
    ) -> anyhow::Result<Option<Arc<Credentials>>> {
        let asked = self.tls_listen.as_ref().map(|_| "--tls-listen").or(other);
        let credentials = match (&self.tls_cert, &self.tls_key, asked, data) {
            (Some(certificate), Some(key), ..) => {
                Credentials::from_files(CredentialFiles { certificate: certificate.clone(), key: key.clone() })
            }
            (_, _, Some(_), Some(data)) => {
                let this_machine = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
                Credentials::kept_in(&data.join("tls"), names.into_iter().chain(this_machine).collect())
            }
            (_, _, Some(flag), None) => {
                bail!("{flag} needs --tls-cert and --tls-key, or --data, where a certificate of its own is kept")
            }
            (_, _, None, _) => return Ok(None),
        };
        let credentials = credentials.map_err(|error| anyhow!(Because::new(Exit::Usage, error.to_string())))?;
        Ok(Some(Arc::new(credentials)))
    }
}

/// Reads the files again for the connections to come; if they are broken, says so and goes on with what it has.
pub(super) fn reload(credentials: &Credentials) -> Result<(), String> {
    let read = credentials.reload();
    match &read {
        Ok(()) => tracing::info!("certificate reloaded: key {}", credentials.current().fingerprint()),
        Err(error) => tracing::error!("keeping the old certificate: {error}"),
    }
    read.map_err(|error| format!("keeping the old certificate: {error}"))
}
